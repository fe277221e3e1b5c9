/* server, metrics, trace, drain: the daemon itself. */
#include <unistd.h>

#include "base/clock.h"
#include "pchatd/control_private.h"
#include "pchatd/feed.h"
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
put_unconfirmed(struct pchat_json *j, const struct pchatd *d)
{
	int64_t deadline;
	uint64_t revision = pchat_feed_unconfirmed(d->feed, &deadline);

	pchat_control_put_uint(j, "unconfirmed", revision);
	if (revision)
		pchat_control_put_time(j, "unconfirmedUntil", deadline);
	else
		pchat_control_put_text(j, "unconfirmedUntil", NULL);
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
	put_unconfirmed(&j, d);
	pchat_control_put_uint(&j, "users", users_here(d));
	pchat_control_put_uint(&j, "sessions", d->n_sessions);
	pchat_control_put_uint(&j, "connections", sip->conns);
	pchat_control_put_uint(&j, "postsWaiting", pchat_writer_waiting(d->writer));
	pchat_control_put_uint(&j, "readsWaiting", pchat_reader_waiting(d->reader));
	pchat_control_put_text(&j, "metrics", d->scrape ? pchat_metrics_bound(d->scrape) : NULL);
	pchat_control_put_uint(&j, "trace", d->trace);
	pchat_control_put_uint(&j, "memory", pchat_resident());
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

/* ---- metrics ---- */

struct metrics_reply {
	struct pchat_control_client *c;
	const char *type, *help; /* of the name told last */
	uint64_t n;
};

static void
put_sample(void *ctx, const struct pchat_sample *s)
{
	struct metrics_reply *m = ctx;
	struct pchat_json j;
	PCHAT_AUTO_TEXT name = pchat_text("%s%s", s->name, s->suffix);
	PCHAT_AUTO_TEXT label = s->label ? pchat_text("%s=%s", s->label, s->label_value) : NULL;

	if (s->type) {
		m->type = s->type;
		m->help = s->help;
	}
	pchat_control_record(m->c, &j);
	pchat_control_put_text(&j, "name", name);
	pchat_control_put_text(&j, "label", label);
	pchat_control_put_text(&j, "type", m->type);
	pchat_control_put_text(&j, "value", s->value);
	pchat_control_put_text(&j, "help", m->help);
	pchat_control_record_end(m->c, &j);
	m->n++;
}

void
pchat_control_metrics(struct pchat_control_client *c, struct pchat_str args)
{
	struct metrics_reply m = { .c = c };

	(void)args;
	pchat_control_begin(c, "metrics");
	pchat_metrics_each(c->control->d, put_sample, &m);
	pchat_control_end(c, m.n);
}

/* ---- trace ---- */

void
pchat_control_trace(struct pchat_control_client *c, struct pchat_str args)
{
	struct pchatd *d = c->control->d;
	struct pchat_str by, count = pchat_str_cut(args, ' ', &by);
	uint64_t n;

	if (!pchat_str_uint(count, PCHAT_TRACE_MAX, &n)) {
		pchat_control_fail(c, PCHAT_INVALID, "say how many envelopes: 0 to 1000");
		return;
	}
	if (pchat_str_starts(by, "by="))
		pchat_str_cut(by, '=', &by);
	d->trace = (unsigned)n;
	pchat_control_log(d, n ? "trace on" : "trace off", by, d->n_sessions);
	pchat_control_begin(c, "trace");
	put_server(c);
	pchat_control_end(c, 1);
}
