#include "pchatd/feed.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "pchatd/invite.h"
#include "pchatd/probation.h"
#include "schema/chat.h"

struct pchat_feed {
	struct pchat_store *store;
	struct pchat_chat *chat; /* to forget the messages of deleted rooms */
	bool cleaning;           /* there may be some */
	struct pchat_mailbox *out;
	void (*done)(void *ctx, struct pchat_letter *letter);
	struct pchat_log *log;
	uint64_t revision; /* handed over */
	bool failing;
	struct pchat_probation probation;
	char *path;

	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool woken, stopping;
	uint64_t unconfirmed;
	int64_t deadline; /* of that one */
	bool cut;         /* the last look ended at what is held */
	uint64_t held;    /* not to be handed over yet, and what follows; 0: nothing is held */
};

/* What one look at the journal has read so far. */
struct reading {
	struct pchat_feed *feed;
	struct pchat_feed_batch *batch;
	uint64_t last;
};

void
pchat_feed_batch_free(struct pchat_feed_batch *batch)
{
	if (!batch)
		return;
	for (size_t i = 0; i < batch->n; i++) {
		pchat_object_free(batch->rows[i].object);
		pchat_object_free(batch->rows[i].before);
	}
	free(batch);
}

static struct pchat_feed_batch *
new_batch(struct pchat_feed *f)
{
	struct pchat_feed_batch *b = malloc(sizeof(*b));

	if (!b)
		return NULL;
	b->letter = (struct pchat_letter){ .done = f->done };
	b->revision = 0;
	b->n = 0;
	return b;
}

static void
hand_over(struct reading *r, uint64_t revision)
{
	r->batch->revision = revision;
	pchat_mailbox_return(r->feed->out, &r->batch->letter);
	r->batch = NULL;
}

/* Does it have consequences in chat.db? A row of a room that stays as it is says that its messages
 * were changed (schema/message.h): whoever decided that may have died before he could do it. */
static bool
is_carried_out(const struct pchat_journal_row *row)
{
	bool room = row->kind == PCHAT_KIND_ROOM;

	if (row->op == PCHAT_OP_DELETE)
		return room || row->kind == PCHAT_KIND_USER;
	return room && row->before && row->after && pchat_object_eq(row->before, row->after);
}

static enum pchat_code
take_row(void *ctx, const struct pchat_journal_row *row, struct pchat_err *err)
{
	const struct pchat_object *o = row->after ? row->after : row->before;
	struct reading *r = ctx;
	PCHAT_AUTO(object) copy = NULL;
	PCHAT_AUTO(object) before = NULL;

	/* A row may be about something that is no object, such as a password. */
	if (!o)
		return PCHAT_OK;
	if (r->batch && r->batch->n == PCHAT_FEED_BATCH)
		hand_over(r, row->revision - 1);
	if (is_carried_out(row))
		r->feed->cleaning = true;
	if (!r->batch && !(r->batch = new_batch(r->feed)))
		return pchat_no_memory(err);
	copy = pchat_object_copy(o);
	if (copy && row->before && pchat_invite_concerns(row->before, row->after) &&
	    !(before = pchat_object_copy(row->before)))
		return pchat_no_memory(err);
	if (!copy)
		return pchat_no_memory(err);
	r->batch->rows[r->batch->n++] = (struct pchat_feed_row){ row->revision, row->op,
		                                                 PCHAT_TAKE(copy),
		                                                 PCHAT_TAKE(before) };
	return PCHAT_OK;
}

/* What there is, without what is held. Asked after the revision was read: what is committed was
 * held before. */
static uint64_t
allowed_upto(struct pchat_feed *f, uint64_t upto)
{
	pthread_mutex_lock(&f->lock);
	f->cut = f->held && f->held <= upto;
	if (f->cut)
		upto = f->held - 1;
	pthread_mutex_unlock(&f->lock);
	return upto;
}

static void
tell_unconfirmed(struct pchat_feed *f)
{
	/* What was deleted meanwhile may be forgotten when nothing waits any more. */
	if (f->unconfirmed != f->probation.revision)
		f->cleaning = true;
	pthread_mutex_lock(&f->lock);
	f->unconfirmed = f->probation.revision;
	f->deadline = f->probation.deadline;
	pthread_mutex_unlock(&f->lock);
}

/* What waits for its confirmation is known before anybody hears of the change. */
static enum pchat_code
read_revision(struct pchat_feed *f, uint64_t *ret, struct pchat_err *err)
{
	enum pchat_code code = pchat_store_revision(f->store, ret, err);

	if (!code)
		code = pchat_probation_look(&f->probation, f->store, err);
	tell_unconfirmed(f);
	return code;
}

static enum pchat_code
read_journal(struct pchat_feed *f, struct reading *r, struct pchat_err *err)
{
	uint64_t upto;
	enum pchat_code code = read_revision(f, &upto, err);

	if (!code)
		upto = allowed_upto(f, upto);
	if (code || upto <= f->revision)
		return code;
	code = pchat_store_journal(f->store, f->revision, upto, take_row, r, err);
	if (code)
		return code;
	if (!r->batch && !(r->batch = new_batch(f)))
		return pchat_no_memory(err);
	hand_over(r, upto);
	f->revision = upto;
	return PCHAT_OK;
}

/* After a failure all is read again: rows applied twice do no harm. */
static bool
look(struct pchat_feed *f)
{
	struct pchat_err err = { 0 };
	struct reading r = { .feed = f };
	enum pchat_code code = read_journal(f, &r, &err);

	pchat_feed_batch_free(r.batch);
	if (code && !f->failing)
		pchat_log(f->log, PCHAT_LOG_ERROR, "changes cannot be read", "error",
		          pchat_err_text(&err), NULL);
	f->failing = code != PCHAT_OK;
	pchat_err_release(&err);
	return code == PCHAT_OK;
}

/* Nobody sees a deleted room any more, so its messages can go in peace, in slices between those
 * that are stored. */
static void
clean(struct pchat_feed *f)
{
	struct pchat_err err = { 0 };

	if (!f->cleaning)
		return;
	if (pchat_chat_catch_up(f->store, f->chat, &err))
		pchat_log(f->log, PCHAT_LOG_WARNING, "what is deleted is not forgotten yet",
		          "error", pchat_err_text(&err), NULL);
	f->cleaning = false;
	pchat_err_release(&err);
}

static bool
pause_feed(struct pchat_feed *f)
{
	int64_t until = pchat_monotonic() +
	                pchat_probation_pause(&f->probation, pchat_now(),
	                                      PCHAT_FEED_POLL_MS * INT64_C(1000));
	struct timespec ts = { .tv_sec = until / PCHAT_SECOND,
		               .tv_nsec = until % PCHAT_SECOND * 1000 };
	bool stopping;

	pthread_mutex_lock(&f->lock);
	if (!f->woken && !f->stopping)
		pthread_cond_timedwait(&f->wake, &f->lock, &ts);
	f->woken = false;
	stopping = f->stopping;
	pthread_mutex_unlock(&f->lock);
	return !stopping;
}

/* What that commits is a change like any other, and is read at once. */
static bool
take_back(struct pchat_feed *f)
{
	bool done = pchat_probation_settle(&f->probation, f->path, pchat_now(), f->log);

	tell_unconfirmed(f);
	return done;
}

static void *
run(void *ctx)
{
	struct pchat_feed *f = ctx;
	bool behind = true;

	do {
		if (pchat_store_changed(f->store))
			behind = true;
		if (behind)
			behind = !look(f) || f->cut;
		if (take_back(f))
			behind = !look(f) || f->cut;
		if (!behind)
			clean(f);
	} while (pause_feed(f));
	return NULL;
}

static void
init_lock(struct pchat_feed *f)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&f->wake, &attr);
	pthread_condattr_destroy(&attr);
	pthread_mutex_init(&f->lock, NULL);
}

enum pchat_code
pchat_feed_start(const char *store_path, uint64_t revision, struct pchat_mailbox *out,
                 void (*done)(void *ctx, struct pchat_letter *letter), struct pchat_log *log,
                 struct pchat_feed **ret, struct pchat_err *err)
{
	struct pchat_feed *f = calloc(1, sizeof(*f));
	enum pchat_code code;

	if (!f)
		return pchat_no_memory(err);
	f->out = out;
	f->done = done;
	f->log = log;
	f->revision = revision;
	f->cleaning = true; /* whoever was there before us may have been cut short */
	init_lock(f);
	f->path = pchat_str_dup(pchat_str(store_path));
	code = f->path ? pchat_store_open(store_path, PCHAT_STORE_READ, &f->store, err)
	               : pchat_no_memory(err);
	if (!code)
		code = pchat_chat_open(store_path, true, &f->chat, err);
	if (!code && pthread_create(&f->thread, NULL, run, f) != 0)
		code = pchat_fail(err, PCHAT_UNAVAILABLE, "cannot start the feed thread");
	if (code) {
		pchat_chat_close(f->chat);
		pchat_store_close(f->store);
		free(f->path);
		free(f);
		return code;
	}
	*ret = f;
	return PCHAT_OK;
}

void
pchat_feed_wake(struct pchat_feed *f)
{
	pthread_mutex_lock(&f->lock);
	f->woken = true;
	pthread_cond_signal(&f->wake);
	pthread_mutex_unlock(&f->lock);
}

uint64_t
pchat_feed_unconfirmed(struct pchat_feed *f, int64_t *ret_deadline)
{
	uint64_t revision;

	pthread_mutex_lock(&f->lock);
	revision = f->unconfirmed;
	*ret_deadline = f->deadline;
	pthread_mutex_unlock(&f->lock);
	return revision;
}

void
pchat_feed_hold(struct pchat_feed *f, uint64_t revision)
{
	pthread_mutex_lock(&f->lock);
	f->held = revision;
	pthread_mutex_unlock(&f->lock);
}

void
pchat_feed_release(struct pchat_feed *f)
{
	pthread_mutex_lock(&f->lock);
	f->held = 0;
	f->woken = true;
	pthread_cond_signal(&f->wake);
	pthread_mutex_unlock(&f->lock);
}

void
pchat_feed_stop(struct pchat_feed *f)
{
	if (!f)
		return;
	pthread_mutex_lock(&f->lock);
	f->stopping = true;
	pthread_cond_signal(&f->wake);
	pthread_mutex_unlock(&f->lock);
	pthread_join(f->thread, NULL);
	pthread_cond_destroy(&f->wake);
	pthread_mutex_destroy(&f->lock);
	pchat_chat_close(f->chat);
	pchat_store_close(f->store);
	free(f->path);
	free(f);
}
