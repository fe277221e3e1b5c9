#include "pchatd/writer.h"

#include <stdlib.h>

#include "base/log.h"

struct pchat_writer {
	struct pchat_mailbox in;
	struct pchat_mailbox *out;
	struct pchat_chat *chat;
	struct pchat_log *log;
	pthread_t thread;
	bool failing; /* the last commit failed: logged once per outage */
};

/* ---- posts ---- */

static struct pchat_str
copy_text(char **at, struct pchat_str s)
{
	struct pchat_str copy = { *at, s.n };

	if (s.n)
		memcpy(*at, s.p, s.n);
	*at += s.n;
	return copy;
}

struct pchat_post *
pchat_post_new(const struct pchat_message *m, struct pchat_str envid, struct pchat_str seqid)
{
	size_t size = m->room.n + m->author.n + m->display.n + m->text.n + m->extra.n +
	              m->attributes.n + envid.n + seqid.n;
	struct pchat_post *post = malloc(sizeof(*post) + size);
	char *at;

	if (!post)
		return NULL;
	*post = (struct pchat_post){ .m = *m };
	at = (char *)(post + 1);
	post->m.room = copy_text(&at, m->room);
	post->m.author = copy_text(&at, m->author);
	post->m.display = copy_text(&at, m->display);
	post->m.text = copy_text(&at, m->text);
	post->m.attributes = copy_text(&at, m->attributes);
	post->m.extra = copy_text(&at, m->extra);
	post->envid = copy_text(&at, envid);
	post->seqid = copy_text(&at, seqid);
	return post;
}

void
pchat_post_free(struct pchat_post *post)
{
	free(post);
}

/* ---- the thread ---- */

static struct pchat_write *
write_of(struct pchat_letter *letter)
{
	return (struct pchat_write *)letter; /* the first member */
}

static enum pchat_code
carry_out(struct pchat_writer *w, struct pchat_write *write, struct pchat_err *err)
{
	struct pchat_post *post = (struct pchat_post *)write; /* the first member */

	if (write->run)
		return write->run(write, w->chat, err);
	return post->refusal ? PCHAT_OK : pchat_chat_add(w->chat, &post->m, post->keep, err);
}

static enum pchat_code
store(struct pchat_writer *w, struct pchat_letter *first, struct pchat_letter *end,
      struct pchat_err *err)
{
	enum pchat_code code = pchat_chat_begin(w->chat, err);

	for (struct pchat_letter *l = first; !code && l != end; l = l->next)
		code = carry_out(w, write_of(l), err);
	if (!code)
		code = pchat_chat_commit(w->chat, err);
	if (code)
		pchat_chat_rollback(w->chat);
	return code;
}

/* An outage (disk full, store gone) fails every batch: one line when it begins, one at its end. */
static void
report(struct pchat_writer *w, enum pchat_code code, const struct pchat_err *err)
{
	if (code && !w->failing)
		pchat_log(w->log, PCHAT_LOG_ERROR, "messages cannot be stored", "error",
		          pchat_err_text(err), NULL);
	if (!code && w->failing)
		pchat_log(w->log, PCHAT_LOG_NOTICE, "messages are stored again", NULL);
	w->failing = code != PCHAT_OK;
}

static void
store_batch(struct pchat_writer *w, struct pchat_letter *first, struct pchat_letter *end)
{
	struct pchat_err err = { 0 };
	enum pchat_code code = store(w, first, end, &err);

	for (struct pchat_letter *l = first; l != end; l = l->next)
		write_of(l)->code = code;
	/* One of several may be what the store does not take: each gets a chance of its own. */
	if (code && first->next != end) {
		for (struct pchat_letter *l = first; l != end; l = l->next) {
			pchat_err_release(&err);
			write_of(l)->code = code = store(w, l, l->next, &err);
			if (code == PCHAT_BUSY || code == PCHAT_UNAVAILABLE)
				break; /* the others would wait in vain as long as this one */
		}
	}
	report(w, code, &err);
	pchat_err_release(&err);
}

static void *
run(void *ctx)
{
	struct pchat_writer *w = ctx;
	struct pchat_letter *letters;

	while ((letters = pchat_mailbox_wait(&w->in, false))) {
		while (letters) {
			struct pchat_letter *end = letters, *last = NULL;

			for (size_t n = 0; end && n < PCHAT_WRITER_BATCH; n++) {
				last = end;
				end = end->next;
			}
			store_batch(w, letters, end);
			last->next = NULL;
			pchat_mailbox_return(w->out, letters);
			letters = end;
		}
	}
	return NULL;
}

enum pchat_code
pchat_writer_start(const char *store_path, struct pchat_mailbox *out, struct pchat_log *log,
                   struct pchat_writer **ret, struct pchat_err *err)
{
	struct pchat_writer *w = calloc(1, sizeof(*w));
	enum pchat_code code;

	if (!w)
		return pchat_no_memory(err);
	w->out = out;
	w->log = log;
	code = pchat_chat_open(store_path, true, &w->chat, err);
	if (!code)
		code = pchat_mailbox_init(&w->in, PCHAT_WRITER_QUEUE, false, err);
	w->in.kind = PCHAT_LETTER_WRITE;
	if (!code && pthread_create(&w->thread, NULL, run, w) != 0)
		code = pchat_fail(err, PCHAT_UNAVAILABLE, "cannot start the writer thread");
	if (code) {
		pchat_mailbox_release(&w->in);
		pchat_chat_close(w->chat);
		free(w);
		return code;
	}
	*ret = w;
	return PCHAT_OK;
}

bool
pchat_writer_put(struct pchat_writer *w, struct pchat_write *write)
{
	return pchat_mailbox_put(&w->in, &write->letter);
}

bool
pchat_writer_full(struct pchat_writer *w)
{
	return pchat_mailbox_count(&w->in) >= PCHAT_WRITER_QUEUE;
}

size_t
pchat_writer_waiting(struct pchat_writer *w)
{
	return pchat_mailbox_count(&w->in);
}

void
pchat_writer_stop(struct pchat_writer *w)
{
	if (!w)
		return;
	pchat_mailbox_close(&w->in);
	pthread_join(w->thread, NULL);
	pchat_mailbox_release(&w->in);
	pchat_chat_close(w->chat);
	free(w);
}
