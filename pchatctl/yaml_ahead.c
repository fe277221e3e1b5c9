#include "pchatctl/yaml_ahead.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "base/buf.h"

/* Events handed over at once, and how many such batches may wait: enough for neither side to
 * wait often, little enough to stay in the cache. */
#define BATCH_EVENTS 512
#define BATCHES      4

struct item {
	struct pchat_yaml_event event;
	size_t at; /* of its text in .texts */
};

struct batch {
	struct item items[BATCH_EVENTS];
	size_t n;
	struct pchat_buf texts; /* each ends with NUL */
	enum pchat_code code;   /* after the last item; with .err */
	struct pchat_err err;
};

struct pchat_yaml_ahead {
	struct pchat_yaml *yaml;
	pchat_yaml_read read;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t filled, emptied;
	struct batch batches[BATCHES];
	size_t n_filled, n_emptied; /* since the beginning; under the lock */
	bool stop;                  /* under the lock */
	size_t at;                  /* of the batch being emptied */
};

/* ---- the thread ---- */

static bool
is_last(const struct batch *b)
{
	return b->code || (b->n && b->items[b->n - 1].event.type == PCHAT_YAML_END);
}

static void
fill(struct pchat_yaml_ahead *a, struct batch *b)
{
	b->n = 0;
	pchat_buf_clear(&b->texts);
	do {
		struct item *item = &b->items[b->n];

		b->code = a->read(a->yaml, &item->event, &b->err);
		if (b->code)
			break;
		item->at = b->texts.n;
		pchat_buf_add(&b->texts, item->event.text.p, item->event.text.n);
		pchat_buf_char(&b->texts, '\0');
		b->n++;
	} while (b->n < BATCH_EVENTS && !is_last(b));
	if (pchat_buf_ok(&b->texts))
		return;
	b->n = 0;
	b->code = pchat_no_memory(&b->err);
}

/* The next batch to fill, or NULL if there is nobody to read it. */
static struct batch *
wait_for_room(struct pchat_yaml_ahead *a)
{
	bool stop;

	pthread_mutex_lock(&a->lock);
	while (a->n_filled - a->n_emptied == BATCHES && !a->stop)
		pthread_cond_wait(&a->emptied, &a->lock);
	stop = a->stop;
	pthread_mutex_unlock(&a->lock);
	return stop ? NULL : &a->batches[a->n_filled % BATCHES];
}

static void *
run(void *arg)
{
	struct pchat_yaml_ahead *a = arg;
	struct batch *b;
	bool last = false;

	while (!last && (b = wait_for_room(a))) {
		fill(a, b);
		last = is_last(b);
		pthread_mutex_lock(&a->lock);
		a->n_filled++;
		pthread_cond_signal(&a->filled);
		pthread_mutex_unlock(&a->lock);
	}
	return NULL;
}

/* Signals are for the thread that carries the command out. */
static int
start(struct pchat_yaml_ahead *a)
{
	sigset_t all, before;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&a->thread, NULL, run, a);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc;
}

/* ---- the reader ---- */

struct pchat_yaml_ahead *
pchat_yaml_ahead_new(struct pchat_yaml *y, pchat_yaml_read read)
{
	struct pchat_yaml_ahead *a = calloc(1, sizeof(*a));

	if (!a)
		return NULL;
	a->yaml = y;
	a->read = read;
	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->filled, NULL);
	pthread_cond_init(&a->emptied, NULL);
	if (start(a) == 0)
		return a;
	free(a);
	return NULL;
}

void
pchat_yaml_ahead_free(struct pchat_yaml_ahead *a)
{
	if (!a)
		return;
	pthread_mutex_lock(&a->lock);
	a->stop = true;
	pthread_cond_signal(&a->emptied);
	pthread_mutex_unlock(&a->lock);
	pthread_join(a->thread, NULL);
	for (size_t i = 0; i < BATCHES; i++) {
		pchat_buf_release(&a->batches[i].texts);
		pchat_err_release(&a->batches[i].err);
	}
	pthread_mutex_destroy(&a->lock);
	pthread_cond_destroy(&a->filled);
	pthread_cond_destroy(&a->emptied);
	free(a);
}

/* Give the batch that was read back, if there is one, and wait for the next. */
static void
turn(struct pchat_yaml_ahead *a, bool give_back)
{
	pthread_mutex_lock(&a->lock);
	if (give_back) {
		a->n_emptied++;
		a->at = 0;
		pthread_cond_signal(&a->emptied);
	}
	while (a->n_filled == a->n_emptied)
		pthread_cond_wait(&a->filled, &a->lock);
	pthread_mutex_unlock(&a->lock);
}

static void
give_failure(struct batch *b, struct pchat_err *err)
{
	if (!err)
		return;
	pchat_err_release(err);
	*err = b->err;
	b->err = (struct pchat_err){ 0 };
}

enum pchat_code
pchat_yaml_ahead_next(struct pchat_yaml_ahead *a, struct pchat_yaml_event *ret,
                      struct pchat_err *err)
{
	struct batch *b = &a->batches[a->n_emptied % BATCHES];
	const struct item *item;

	if (a->at == 0)
		turn(a, false);
	if (a->at == b->n && !b->code) {
		turn(a, true);
		b = &a->batches[a->n_emptied % BATCHES];
	}
	if (a->at == b->n) {
		give_failure(b, err);
		return b->code;
	}
	item = &b->items[a->at++];
	*ret = item->event;
	if (ret->type == PCHAT_YAML_SCALAR)
		ret->text.p = b->texts.p + item->at;
	return PCHAT_OK;
}
