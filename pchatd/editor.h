/*
 * Room management: one thread that changes rooms for the clients that ask for it. It plans
 * and checks as pchatctl does, with a handle of its own and inside the write lock, and
 * journals the change with the user as actor; the feed then brings it into the view like
 * any other. The outcome reaches the SIP loop before the change does.
 */
#pragma once

#include "base/vec.h"
#include "pchatd/mailbox.h"
#include "schema/store.h"
#include "wire/xccos/result.h"

#define PCHAT_EDITOR_QUEUE 256 /* edits waiting; beyond it they are refused */

enum pchat_edit_kind {
	PCHAT_EDIT_CREATE,
	PCHAT_EDIT_MODIFY,
	PCHAT_EDIT_MOVE,
	PCHAT_EDIT_ADD, /* principals to a list */
	PCHAT_EDIT_DROP,
};

/* A scalar field (PCHAT_ROOM_NAME ...) and its new text. */
struct pchat_edit_field {
	unsigned field;
	char *text; /* owned */
};

/* A list of the room and canonical principals: to be added, dropped, or, with MODIFY, the whole
 * list. */
struct pchat_edit_list {
	unsigned field;
	struct pchat_list principals;
};

/* One change of one room, to be embedded in what its maker needs; { 0 } is empty. */
struct pchat_edit {
	struct pchat_letter letter; /* .done: on the SIP loop, before the view has the change */
	enum pchat_edit_kind kind;
	const char *command; /* static; for the journal */
	char *actor;         /* owned: sip:user@domain */
	/* The room; in the end also that of a new one. */
	char room[PCHAT_GUID_LEN + 1];
	char category[PCHAT_GUID_LEN + 1]; /* CREATE, MOVE */
	bool has_addin;
	char addin[PCHAT_GUID_LEN + 1]; /* "": none */
	bool has_updated;
	int64_t updated; /* the state the change starts from */
	PCHAT_VEC(struct pchat_edit_field) fields;
	PCHAT_VEC(struct pchat_edit_list) lists;

	/* What became of it. */
	enum pchat_xccos_result result;
	char *text;        /* owned; NULL: the usual sentence */
	uint64_t revision; /* in which it is in force */
};
void pchat_edit_release(struct pchat_edit *e);

/* Carry out in @store. @commit (may be NULL) is called with the revision to come, right before the
 * commit. Fills .result, .text, .revision, .room; *err tells what the client is not told. */
void pchat_edit_run(struct pchat_edit *e, struct pchat_store *store,
                    void (*commit)(void *ctx, uint64_t revision), void *ctx, struct pchat_err *err);

struct pchat_editor;
struct pchat_feed;
struct pchat_log;
/* Finished edits go to @out. All but the path are borrowed. */
enum pchat_code pchat_editor_start(const char *store_path, struct pchat_feed *feed,
                                   struct pchat_mailbox *out, struct pchat_log *log,
                                   struct pchat_editor **ret, struct pchat_err *err);
/* False if the queue is full; the edit stays the caller's. */
bool pchat_editor_put(struct pchat_editor *ed, struct pchat_edit *e);
/* End the thread after what it is at, before the feed is stopped; what waits is refused. NULL is
 * allowed. */
void pchat_editor_stop(struct pchat_editor *ed);
