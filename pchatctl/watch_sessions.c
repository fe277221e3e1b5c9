/* watch sessions: who signs in and off, by asking pchatd again and again. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/hash.h"
#include "pchatctl/daemon.h"
#include "pchatctl/handlers.h"
#include "pchatctl/watch.h"

#define LOOK_MS 1000
/* Sessions that are kept in mind. */
#define SESSIONS_MAX 1000000

struct session {
	char id[24];
	uint64_t round; /* in which it was last seen */
	char *user, *address, *client;
};

struct sessions {
	struct pchat_watch watch;
	struct pchat_daemon *daemon;
	struct pchat_hash seen; /* id -> struct session, owned */
	uint64_t round;
};

static const char *const columns[] = { "time", "event", "id", "user", "address", "client", NULL };

static void
session_free(struct session *s)
{
	free(s->user);
	free(s->address);
	free(s->client);
	free(s);
}

static void
release(struct sessions *w)
{
	size_t i = 0;
	void *s;

	while (pchat_hash_next(&w->seen, &i, NULL, &s))
		session_free(s);
	pchat_hash_release(&w->seen);
	pchat_daemon_close(w->daemon);
	pchat_watch_release(&w->watch);
}

static enum pchat_code
put(struct sessions *w, const struct session *s, const char *event, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(record) r = { 0 };
	PCHAT_AUTO_VALUE(buf) line = { 0 };
	char time[PCHAT_TIME_MAX];
	uint64_t id = 0;

	(void)pchat_str_uint(pchat_str(s->id), UINT64_MAX, &id);
	pchat_time_text(pchat_now(), time);
	pchat_buf_printf(&line, "%s %s %s from %s (session %s)", time, s->user, event, s->address,
	                 s->id);
	PCHAT_TRY(pchat_buf_check(&line, err));
	pchat_record_text(&r, "time", time);
	pchat_record_text(&r, "event", event);
	pchat_record_uint(&r, "id", id);
	pchat_record_text(&r, "user", s->user);
	pchat_record_text(&r, "address", s->address);
	pchat_record_text(&r, "client", s->client);
	return pchat_watch_put(&w->watch, pchat_buf_cstr(&line), &r, err);
}

static char *
copy(const struct pchat_reply *r, const char *key)
{
	const char *text = pchat_reply_text(r, key);

	return pchat_str_dup(pchat_str(text ? text : ""));
}

static enum pchat_code
add(struct sessions *w, const char *id, const struct pchat_reply *r, struct pchat_err *err)
{
	struct session *s = w->seen.n < SESSIONS_MAX ? calloc(1, sizeof(*s)) : NULL;

	if (!s)
		return w->seen.n < SESSIONS_MAX ? pchat_no_memory(err)
		                                : pchat_fail(err, PCHAT_LIMIT,
		                                             "more than %d sessions", SESSIONS_MAX);
	memcpy(s->id, id, strlen(id) + 1);
	s->round = w->round;
	s->user = copy(r, "user");
	s->address = copy(r, "address");
	s->client = copy(r, "client");
	if (!s->user || !s->address || !s->client ||
	    !pchat_hash_put(&w->seen, pchat_str(s->id), s)) {
		session_free(s);
		return pchat_no_memory(err);
	}
	return put(w, s, w->round == 1 ? "is there" : "signed in", err);
}

static enum pchat_code
look(void *ctx, const struct pchat_reply *r, struct pchat_err *err)
{
	struct sessions *w = ctx;
	struct session *s;
	char id[24];

	snprintf(id, sizeof(id), "%llu", (unsigned long long)pchat_reply_uint(r, "id"));
	s = pchat_hash_get(&w->seen, pchat_str(id));
	if (!s)
		return add(w, id, r, err);
	s->round = w->round;
	return PCHAT_OK;
}

/* Those who were not there any more. */
static enum pchat_code
put_gone(struct sessions *w, struct pchat_err *err)
{
	enum pchat_code code = PCHAT_OK;
	size_t i = 0;
	void *value;

	while (!code && pchat_hash_next(&w->seen, &i, NULL, &value)) {
		struct session *s = value;

		if (s->round == w->round)
			continue;
		pchat_hash_del(&w->seen, pchat_str(s->id));
		code = put(w, s, "signed off", err);
		session_free(s);
	}
	return code;
}

static enum pchat_code
follow(struct sessions *w, struct pchat_err *err)
{
	uint64_t timeout = w->watch.ctl->globals.timeout * 1000;
	bool over = false;

	while (!over) {
		w->round++;
		PCHAT_TRY(pchat_daemon_ask(w->daemon, "sessions", timeout, look, w, err));
		PCHAT_TRY(put_gone(w, err));
		PCHAT_TRY(pchat_watch_wait(&w->watch, LOOK_MS, &over, err));
	}
	return PCHAT_OK;
}

enum pchat_code
pchat_watch_sessions_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                         struct pchat_err *err)
{
	const struct pchat_out_head head = { .list = true, .what = "sessions", .columns = columns };
	struct sessions w = { 0 };
	enum pchat_code code;

	w.watch.signals = -1;
	code = pchat_ctl_daemon(ctl, &w.daemon, err);
	if (!code)
		code = pchat_watch_open(&w.watch, ctl, call, &head, err);
	if (!code)
		code = follow(&w, err);
	code = pchat_watch_close(&w.watch, code, err);
	release(&w);
	return code;
}
