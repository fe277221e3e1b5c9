/* server, drain: the daemon itself. */
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "pchatd/control_private.h"
#include "pchatd/reader.h"
#include "pchatd/session.h"
#include "pchatd/writer.h"

static const char *const states[] = {
	[PCHATD_SERVING] = "serving",
	[PCHATD_DRAINING] = "draining",
	[PCHATD_CLOSING] = "closing",
};

void
pchat_control_log(struct pchatd *d, const char *event, struct pchat_str by, uint64_t n)
{
	PCHAT_AUTO_TEXT actor = by.n ? pchat_str_dup(by) : NULL;
	PCHAT_AUTO_TEXT count = pchat_text("%llu", (unsigned long long)n);

	pchat_log(d->log, PCHAT_LOG_NOTICE, event, "sessions", count, "by", actor, NULL);
}

/* Octets of memory in use, as the kernel counts them; 0 if it does not tell. */
static uint64_t
resident(void)
{
	FILE *f = fopen("/proc/self/statm", "re");
	unsigned long long all, pages = 0;

	if (!f)
		return 0;
	if (fscanf(f, "%llu %llu", &all, &pages) != 2)
		pages = 0;
	fclose(f);
	return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void
put_addresses(struct pchat_json *j, const struct pchatd *d)
{
	pchat_json_key(j, "listen");
	pchat_json_begin_array(j);
	for (size_t i = 0; i < d->bound.n; i++)
		pchat_json_text(j, d->bound.v[i]);
	pchat_json_end_array(j);
}

static uint64_t
users_here(const struct pchatd *d)
{
	uint64_t n = 0;

	/* Each user at the first of his sessions. */
	for (const struct pchat_session *s = d->sessions; s; s = s->next)
		n += s->attendee.person->v[0] == &s->attendee;
	return n;
}

static void
put_server(struct pchat_control_client *c)
{
	const struct pchatd *d = c->control->d;
	const struct pchat_sip_stats *sip = pchat_sip_stats(d->sip);
	struct pchat_json j;

	pchat_control_record(c, &j);
	pchat_control_put_text(&j, "state", states[d->state]);
	pchat_control_put_text(&j, "version", PCHAT_VERSION);
	pchat_control_put_uint(&j, "pid", (uint64_t)getpid());
	pchat_control_put_text(&j, "store", d->opt->store);
	pchat_control_put_time(&j, "since", d->since);
	put_addresses(&j, d);
	pchat_control_put_uint(&j, "revision", d->reached);
	pchat_control_put_uint(&j, "users", users_here(d));
	pchat_control_put_uint(&j, "sessions", d->n_sessions);
	pchat_control_put_uint(&j, "connections", sip->conns);
	pchat_control_put_uint(&j, "postsWaiting", pchat_writer_waiting(d->writer));
	pchat_control_put_uint(&j, "readsWaiting", pchat_reader_waiting(d->reader));
	pchat_control_put_uint(&j, "memory", resident());
	pchat_control_record_end(c, &j);
}

void
pchat_control_server(struct pchat_control_client *c, struct pchat_str args)
{
	(void)args;
	pchat_control_begin(c, "server");
	put_server(c);
	pchat_control_end(c, 1);
}

void
pchat_control_drain(struct pchat_control_client *c, struct pchat_str args)
{
	struct pchatd *d = c->control->d;
	struct pchat_str by = { 0 };

	if (pchat_str_starts(args, "by="))
		pchat_str_cut(args, '=', &by);
	pchat_control_log(d, "asked to drain", by, d->n_sessions);
	pchatd_drain(d);
	pchat_control_begin(c, "drain");
	put_server(c);
	pchat_control_end(c, 1);
}
