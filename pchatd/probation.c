#include "pchatd/probation.h"

#include <stdio.h>

#include "base/log.h"
#include "schema/confirmation.h"

/* The feed has to go on reading while somebody writes a lot. */
#define LOCK_WAIT_MS 50

/* A failure that lasts is told once. */
static void
tell_failure(struct pchat_probation *p, enum pchat_code code, struct pchat_err *err,
             struct pchat_log *log)
{
	if (code && code != PCHAT_BUSY && !p->failing)
		pchat_log(log, PCHAT_LOG_ERROR, "unconfirmed change cannot be taken back", "error",
		          pchat_err_text(err), NULL);
	if (code != PCHAT_BUSY)
		p->failing = code != PCHAT_OK;
	pchat_err_release(err);
}

enum pchat_code
pchat_probation_look(struct pchat_probation *p, struct pchat_store *store, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(confirmation) c = { 0 };
	enum pchat_code code = pchat_store_waiting(store, &c, err);

	if (!code) {
		p->revision = c.revision;
		p->deadline = c.deadline;
	}
	return code;
}

int64_t
pchat_probation_pause(const struct pchat_probation *p, int64_t now, int64_t pause_us)
{
	int64_t left = p->deadline - now;

	/* What is overdue could not be taken back just now: not before the next turn. */
	return p->revision && left > 0 && left < pause_us ? left : pause_us;
}

static void
tell(const struct pchat_confirmation *c, struct pchat_log *log)
{
	char revision[24], undone[24];

	snprintf(revision, sizeof(revision), "%llu", (unsigned long long)c->revision);
	snprintf(undone, sizeof(undone), "%llu", (unsigned long long)c->undone);
	if (c->state == PCHAT_CONFIRM_STUCK)
		pchat_log(log, PCHAT_LOG_WARNING, "unconfirmed change stays", "revision", revision,
		          "error", c->reason, NULL);
	else
		pchat_log(log, PCHAT_LOG_NOTICE, "unconfirmed change taken back", "revision",
		          revision, "by_revision", c->undone ? undone : "none", NULL);
}

bool
pchat_probation_settle(struct pchat_probation *p, const char *path, int64_t now,
                       struct pchat_log *log)
{
	PCHAT_AUTO_VALUE(confirmation) c = { 0 };
	struct pchat_err err = { 0 };
	enum pchat_code code;

	if (!p->revision || p->deadline > now)
		return false;
	code = pchat_store_settle(path, now, LOCK_WAIT_MS, &c, &err);
	tell_failure(p, code, &err, log);
	if (code)
		return false;
	/* If somebody else was faster the feed hears of it like of any change. */
	p->revision = 0;
	if (c.revision)
		tell(&c, log);
	return c.revision;
}
