#include "pchatd/editor.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/log.h"
#include "pchatd/feed.h"

struct pchat_editor {
	struct pchat_mailbox in;
	struct pchat_mailbox *out;
	struct pchat_feed *feed;
	struct pchat_log *log;
	struct pchat_store *store; /* opened for the first edit */
	char *path;
	pthread_t thread;
	atomic_bool stopping; /* what waits is refused */
};

/* How long an edit waits for the store while others write; and when the one before waited in vain,
 * for then all that follow would hold each other up. Milliseconds. */
#define PATIENCE        5000
#define PATIENCE_FAILED 100

void
pchat_edit_release(struct pchat_edit *e)
{
	for (size_t i = 0; i < e->fields.n; i++)
		free(e->fields.v[i].text);
	for (size_t i = 0; i < e->lists.n; i++)
		pchat_list_release(&e->lists.v[i].principals);
	pchat_vec_release(&e->fields);
	pchat_vec_release(&e->lists);
	free(e->actor);
	free(e->text);
	e->actor = e->text = NULL;
}

static void
hold_feed(void *ctx, uint64_t revision)
{
	struct pchat_editor *ed = ctx;

	pchat_feed_hold(ed->feed, revision);
}

static void
edit(struct pchat_editor *ed, struct pchat_edit *e)
{
	struct pchat_err err = { 0 };

	if (atomic_load(&ed->stopping)) {
		pchat_fail(&err, PCHAT_UNAVAILABLE, "shutting down");
		e->result = PCHAT_XCCOS_DATABASE;
	} else if (!ed->store && pchat_store_open(ed->path, PCHAT_STORE_WRITE, &ed->store, &err)) {
		e->result = PCHAT_XCCOS_DATABASE;
	} else {
		pchat_edit_run(e, ed->store, hold_feed, ed, &err);
		pchat_store_set_timeout(ed->store,
		                        err.code == PCHAT_BUSY ? PATIENCE_FAILED : PATIENCE);
	}
	if (e->result == PCHAT_XCCOS_OK)
		pchat_log(ed->log, PCHAT_LOG_NOTICE, "room managed", "user", e->actor, "command",
		          e->command, "room", e->room, NULL);
	else
		pchat_log(ed->log,
		          e->result >= PCHAT_XCCOS_SERVER ? PCHAT_LOG_ERROR : PCHAT_LOG_INFO,
		          "room management refused", "user", e->actor, "command", e->command,
		          "error", pchat_err_text(&err), NULL);
	pchat_err_release(&err);
}

static void *
run(void *ctx)
{
	struct pchat_editor *ed = ctx;
	struct pchat_letter *letter;

	while ((letter = pchat_mailbox_wait(&ed->in, true))) {
		edit(ed, (struct pchat_edit *)letter); /* the first member */
		/* The feed has nothing of it until the loop has the outcome. */
		pchat_mailbox_return(ed->out, letter);
		pchat_feed_release(ed->feed);
	}
	return NULL;
}

enum pchat_code
pchat_editor_start(const char *store_path, struct pchat_feed *feed, struct pchat_mailbox *out,
                   struct pchat_log *log, struct pchat_editor **ret, struct pchat_err *err)
{
	struct pchat_editor *ed = calloc(1, sizeof(*ed));
	enum pchat_code code;

	if (!ed)
		return pchat_no_memory(err);
	ed->feed = feed;
	ed->out = out;
	ed->log = log;
	ed->path = pchat_str_dup(pchat_str(store_path));
	code = ed->path ? pchat_mailbox_init(&ed->in, PCHAT_EDITOR_QUEUE, false, err)
	                : pchat_no_memory(err);
	if (!code && pthread_create(&ed->thread, NULL, run, ed) != 0)
		code = pchat_fail(err, PCHAT_UNAVAILABLE, "cannot start the editor thread");
	if (code) {
		pchat_mailbox_release(&ed->in);
		free(ed->path);
		free(ed);
		return code;
	}
	*ret = ed;
	return PCHAT_OK;
}

bool
pchat_editor_put(struct pchat_editor *ed, struct pchat_edit *e)
{
	return pchat_mailbox_put(&ed->in, &e->letter);
}

void
pchat_editor_stop(struct pchat_editor *ed)
{
	if (!ed)
		return;
	atomic_store(&ed->stopping, true);
	pchat_mailbox_close(&ed->in);
	pthread_join(ed->thread, NULL);
	pchat_mailbox_release(&ed->in);
	pchat_store_close(ed->store);
	free(ed->path);
	free(ed);
}
