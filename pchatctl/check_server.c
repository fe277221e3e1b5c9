/* check server: does a pchatd serve the store, and does it decide by what is in it? */
#include "base/text.h"
#include "pchatctl/check.h"
#include "pchatctl/daemon.h"

#define AREA "server"

struct server {
	uint64_t revision, sessions;
	char state[16];
};

static enum pchat_code
look(void *ctx, const struct pchat_reply *r, struct pchat_err *err)
{
	struct server *s = ctx;
	const char *state = pchat_reply_text(r, "state");

	(void)err;
	s->revision = pchat_reply_uint(r, "revision");
	s->sessions = pchat_reply_uint(r, "sessions");
	snprintf(s->state, sizeof(s->state), "%s", state ? state : "");
	return PCHAT_OK;
}

static enum pchat_code
judge(struct pchat_checkup *c, const struct server *s, uint64_t stored, struct pchat_err *err)
{
	if (s->revision < stored)
		return pchat_checkup_put(c, AREA, PCHAT_RESULT_PROBLEM,
		                         "look at the log of pchatd, or start it anew", err,
		                         "pchatd decides by revision %llu, the store has %llu",
		                         (unsigned long long)s->revision,
		                         (unsigned long long)stored);
	if (strcmp(s->state, "serving") != 0)
		return pchat_checkup_put(c, AREA, PCHAT_RESULT_WARNING,
		                         "it ends once everybody has gone; start it again then",
		                         err, "pchatd is %s and takes no new sessions", s->state);
	return pchat_checkup_put(c, AREA, PCHAT_RESULT_OK, NULL, err,
	                         "pchatd serves the store at revision %llu, %llu signed in",
	                         (unsigned long long)s->revision, (unsigned long long)s->sessions);
}

enum pchat_code
pchat_check_server(struct pchat_checkup *c, struct pchat_err *err)
{
	const char *path = c->ctl->globals.v[PCHAT_GLOBAL_STORE].text;
	PCHAT_AUTO(daemon) d = NULL;
	PCHAT_AUTO(store) store = NULL;
	struct pchat_err failed = { 0 };
	struct server s = { 0 };
	uint64_t stored = 0;

	/* The store first: what is stored now, the daemon may not have had the time to read. */
	if (!pchat_store_open(path, PCHAT_STORE_READ, &store, NULL))
		(void)pchat_store_revision(store, &stored, NULL);
	if (pchat_daemon_open(path, &d, &failed)) {
		if (c->alone)
			return pchat_checkup_failed(c, AREA, &failed, err);
		pchat_err_release(&failed);
		return pchat_checkup_put(c, AREA, PCHAT_RESULT_WARNING, "systemctl start pchatd",
		                         err, "no pchatd serves the store");
	}
	if (pchat_daemon_ask(d, "server", c->ctl->globals.timeout * 1000, look, &s, &failed))
		return pchat_checkup_failed(c, AREA, &failed, err);
	return judge(c, &s, stored, err);
}
