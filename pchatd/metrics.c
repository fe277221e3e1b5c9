#include "pchatd/metrics.h"

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "pchatd/reader.h"
#include "pchatd/server.h"
#include "pchatd/session.h"
#include "pchatd/writer.h"

static const uint64_t bounds[PCHAT_BUCKETS] = { 100,   250,   500,   1000,   2500,   5000,
	                                        10000, 25000, 50000, 100000, 500000, 2500000 };

void
pchat_metrics_clock(struct pchat_metrics *m, enum pchat_clocked what, int64_t microseconds)
{
	struct pchat_histogram *h = &m->clocked[what];
	uint64_t t = microseconds > 0 ? (uint64_t)microseconds : 0;

	for (size_t i = 0; i < PCHAT_BUCKETS; i++) {
		if (t <= bounds[i]) {
			h->buckets[i]++;
			break;
		}
	}
	h->n++;
	h->sum += t;
	h->last = t;
}

/* ---- samples ---- */

struct teller {
	pchat_sample_fn *fn;
	void *ctx;
	const char *last; /* name of the sample before */
};

static void
tell(struct teller *t, struct pchat_sample s)
{
	if (t->last && strcmp(t->last, s.name) == 0)
		s.type = NULL;
	t->last = s.name;
	if (!s.suffix)
		s.suffix = "";
	t->fn(t->ctx, &s);
}

static void
tell_uint(struct teller *t, struct pchat_sample s, uint64_t v)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)v);
	s.value = text;
	tell(t, s);
}

static void
seconds(char text[32], uint64_t microseconds)
{
	snprintf(text, 32, "%llu.%06llu", (unsigned long long)(microseconds / 1000000),
	         (unsigned long long)(microseconds % 1000000));
}

static void
tell_gauge(struct teller *t, const char *name, const char *help, uint64_t v)
{
	tell_uint(t, (struct pchat_sample){ .name = name, .type = "gauge", .help = help }, v);
}

static void
tell_counters(struct teller *t, const struct pchat_metrics *m)
{
	static const struct {
		const char *name, *help;
	} rows[] = {
#define X(symbol, word, text) [PCHAT_COUNT_##symbol] = { word, text },
		PCHAT_COUNTERS(X)
#undef X
	};

	for (size_t i = 0; i < PCHAT_N_COUNTERS; i++)
		tell_uint(t,
		          (struct pchat_sample){
				  .name = rows[i].name, .type = "counter", .help = rows[i].help },
		          m->counters[i]);
}

static void
tell_labelled(struct teller *t, const struct pchatd *d)
{
	const struct pchat_metrics *m = &d->metrics;
	struct pchat_sample s = { .type = "counter" };

	s.name = "pchat_commands_total";
	s.help = "commands of clients";
	s.label = "command";
	for (size_t i = 0; i < PCHAT_XCCOS_N_CMDS; i++) {
		s.label_value = pchat_xccos_cmd_name((enum pchat_xccos_cmd)i);
		if (m->commands[i])
			tell_uint(t, s, m->commands[i]);
	}
	s.name = "pchat_sessions_refused_total";
	s.help = "sessions refused, by the diagnostics they were told";
	s.label = "diagnostics";
	for (size_t i = 0; i < PCHAT_SIP_N_DIAGS; i++) {
		char id[16];

		snprintf(id, sizeof(id), "%u", pchat_sip_diag_id((enum pchat_sip_diag)i));
		s.label_value = id;
		if (m->refused[i])
			tell_uint(t, s, m->refused[i]);
	}
	s.name = "pchat_sessions_closed_total";
	s.help = "sessions closed, by why";
	s.label = "reason";
	for (size_t i = 0; i < PCHAT_SIP_N_ENDS; i++) {
		s.label_value = pchat_sip_end_text((enum pchat_sip_end)i);
		if (m->ended[i])
			tell_uint(t, s, m->ended[i]);
	}
	s.name = "pchat_connections_refused_total";
	s.help = "connections refused, by why";
	for (size_t i = 0; i < PCHAT_SIP_N_REFUSALS; i++) {
		s.label_value = pchat_sip_refusal_text((enum pchat_sip_refusal)i);
		tell_uint(t, s, m->conns_refused[i]);
	}
}

static void
tell_histogram(struct teller *t, const char *name, const char *help,
               const struct pchat_histogram *h)
{
	struct pchat_sample s = { .name = name, .type = "histogram", .help = help };
	uint64_t n = 0;
	char text[32];

	for (size_t i = 0; i < PCHAT_BUCKETS; i++) {
		n += h->buckets[i];
		seconds(text, bounds[i]);
		s.suffix = "_bucket";
		s.label = "le";
		s.label_value = text;
		tell_uint(t, s, n);
	}
	s.label_value = "+Inf";
	tell_uint(t, s, h->n);
	s.label = s.label_value = NULL;
	s.suffix = "_count";
	tell_uint(t, s, h->n);
	seconds(text, h->sum);
	s.suffix = "_sum";
	s.value = text;
	tell(t, s);
}

/* ---- what is read off ---- */

uint64_t
pchat_resident(void)
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
tell_sessions(struct teller *t, const struct pchatd *d)
{
	uint64_t users = 0, seats = 0, in = 0, out = 0;

	for (const struct pchat_session *s = d->sessions; s; s = s->next) {
		users += s->attendee.person->v[0] == &s->attendee;
		seats += s->attendee.n_places;
		in += s->n_inbox + s->in_flight;
		out += s->dialog ? pchat_sip_dialog_queued(s->dialog) : 0;
	}
	tell_gauge(t, "pchat_sessions", "sessions there are", d->n_sessions);
	tell_gauge(t, "pchat_users", "users who have a session", users);
	tell_gauge(t, "pchat_joined_rooms", "rooms joined, summed over all sessions", seats);
	tell_gauge(t, "pchat_inbound_queue", "messages of clients not yet carried out", in);
	tell_gauge(t, "pchat_outbound_queue", "messages to clients not yet confirmed", out);
}

static void
tell_gauges(struct teller *t, const struct pchatd *d)
{
	const struct pchat_sip_stats *sip = pchat_sip_stats(d->sip);
	struct pchat_sample last = { .name = "pchat_store_write_last_seconds",
		                     .type = "gauge",
		                     .help = "what the last message to be stored had to wait" };
	char text[32];

	tell_sessions(t, d);
	tell_gauge(t, "pchat_connections", "connections there are", sip->conns);
	tell_gauge(t, "pchat_connections_unauthenticated", "connections nobody has signed in on",
	           sip->strangers);
	tell_gauge(t, "pchat_store_write_queue", "writes waiting for the store",
	           pchat_writer_waiting(d->writer));
	tell_gauge(t, "pchat_store_read_queue", "reads waiting for the store",
	           pchat_reader_waiting(d->reader));
	seconds(text, d->metrics.clocked[PCHAT_CLOCKED_WRITE].last);
	last.value = text;
	tell(t, last);
	tell_gauge(t, "pchat_revision", "revision of the store in force", d->reached);
	tell_gauge(t, "pchat_memory_bytes", "resident memory", pchat_resident());
	tell_gauge(t, "pchat_uptime_seconds", "how long it has been running",
	           (uint64_t)((pchat_now() - d->since) / PCHAT_SECOND));
	tell_gauge(t, "pchat_serving", "1 while it takes sessions, 0 while it drains",
	           d->state == PCHATD_SERVING);
}

static void
tell_sip(struct teller *t, const struct pchatd *d)
{
	const struct pchat_sip_stats *sip = pchat_sip_stats(d->sip);
	const struct {
		const char *name, *help;
		uint64_t v;
	} rows[] = {
		{ "pchat_sip_connections_accepted_total", "connections accepted", sip->accepted },
		{ "pchat_sip_connections_reaped_total", "connections without a request in time",
		  sip->reaped },
		{ "pchat_sip_requests_total", "SIP requests of clients", sip->requests },
		{ "pchat_sip_refused_total", "of these answered 400 to 699", sip->refused },
		{ "pchat_sip_busy_total", "of these answered 503", sip->busy },
		{ "pchat_sip_info_total", "INFO sent", sip->infos },
		{ "pchat_sip_info_answers_total", "of these answered", sip->info_answers },
		{ "pchat_sip_info_timeouts_total", "of these not answered in time",
		  sip->info_timeouts },
		{ "pchat_sip_overflows_total", "sessions ended because they took nothing",
		  sip->overflows },
		{ "pchat_sip_strays_total", "answers to nothing that was asked", sip->strays },
	};

	for (size_t i = 0; i < PCHAT_N(rows); i++)
		tell_uint(t,
		          (struct pchat_sample){
				  .name = rows[i].name, .type = "counter", .help = rows[i].help },
		          rows[i].v);
}

void
pchat_metrics_each(struct pchatd *d, pchat_sample_fn *fn, void *ctx)
{
	struct teller t = { .fn = fn, .ctx = ctx };

	tell_gauges(&t, d);
	tell_counters(&t, &d->metrics);
	tell_labelled(&t, d);
	tell_histogram(&t, "pchat_store_write_seconds",
	               "time from a message until it was stored, in the queue and in the store",
	               &d->metrics.clocked[PCHAT_CLOCKED_WRITE]);
	tell_histogram(
		&t, "pchat_store_read_seconds",
		"time a read took (history, search, credentials), with its time in the queue",
		&d->metrics.clocked[PCHAT_CLOCKED_READ]);
	tell_sip(&t, d);
}

/* ---- text ---- */

static void
put_sample(void *ctx, const struct pchat_sample *s)
{
	struct pchat_buf *out = ctx;

	if (s->type)
		pchat_buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", s->name, s->help, s->name,
		                 s->type);
	pchat_buf_printf(out, "%s%s", s->name, s->suffix);
	if (s->label)
		pchat_buf_printf(out, "{%s=\"%s\"}", s->label, s->label_value);
	pchat_buf_printf(out, " %s\n", s->value);
}

void
pchat_metrics_text(struct pchatd *d, struct pchat_buf *out)
{
	pchat_metrics_each(d, put_sample, out);
}
