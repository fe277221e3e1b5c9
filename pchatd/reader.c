#include "pchatd/reader.h"

#include <stdlib.h>

struct thread {
	struct pchat_reader *reader;
	struct pchat_reader_handles handles;
	pthread_t id;
};

struct pchat_reader {
	struct pchat_mailbox in;
	struct pchat_mailbox *out;
	struct thread threads[PCHAT_READER_THREADS];
	size_t n;
};

static void *
run(void *ctx)
{
	struct thread *t = ctx;
	struct pchat_letter *letter;

	while ((letter = pchat_mailbox_wait(&t->reader->in, true))) {
		struct pchat_job *job = (struct pchat_job *)letter; /* the first member */

		job->run(job, &t->handles);
		pchat_mailbox_return(t->reader->out, letter);
	}
	return NULL;
}

static enum pchat_code
start_thread(struct pchat_reader *r, const char *store_path, struct pchat_err *err)
{
	struct thread *t = &r->threads[r->n];
	enum pchat_code code = pchat_chat_open(store_path, false, &t->handles.chat, err);

	t->reader = r;
	if (!code)
		code = pchat_store_open(store_path, PCHAT_STORE_READ, &t->handles.store, err);
	if (!code && pthread_create(&t->id, NULL, run, t) != 0)
		code = pchat_fail(err, PCHAT_UNAVAILABLE, "cannot start a reader thread");
	if (code) {
		pchat_store_close(t->handles.store);
		pchat_chat_close(t->handles.chat);
		return code;
	}
	r->n++;
	return PCHAT_OK;
}

enum pchat_code
pchat_reader_start(const char *store_path, struct pchat_mailbox *out, struct pchat_reader **ret,
                   struct pchat_err *err)
{
	struct pchat_reader *r = calloc(1, sizeof(*r));
	enum pchat_code code;

	if (!r)
		return pchat_no_memory(err);
	r->out = out;
	code = pchat_mailbox_init(&r->in, PCHAT_READER_QUEUE, false, err);
	r->in.kind = PCHAT_LETTER_READ;
	while (!code && r->n < PCHAT_READER_THREADS)
		code = start_thread(r, store_path, err);
	if (code) {
		pchat_reader_stop(r);
		return code;
	}
	*ret = r;
	return PCHAT_OK;
}

bool
pchat_reader_put(struct pchat_reader *r, struct pchat_job *job)
{
	return pchat_mailbox_put(&r->in, &job->letter);
}

size_t
pchat_reader_waiting(struct pchat_reader *r)
{
	return pchat_mailbox_count(&r->in);
}

void
pchat_reader_stop(struct pchat_reader *r)
{
	if (!r)
		return;
	if (r->in.last)
		pchat_mailbox_close(&r->in);
	for (size_t i = 0; i < r->n; i++) {
		pthread_join(r->threads[i].id, NULL);
		pchat_store_close(r->threads[i].handles.store);
		pchat_chat_close(r->threads[i].handles.chat);
	}
	pchat_mailbox_release(&r->in);
	free(r);
}
