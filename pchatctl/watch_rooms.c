/* watch rooms: where something is written. The counters of the rooms are looked at, no message
 * is read. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/hash.h"
#include "pchatctl/handlers.h"
#include "pchatctl/watch.h"
#include "schema/activity.h"

#define LOOK_MS 1000

/* A room that was seen active. */
struct room {
	uint64_t last_id;
	char guid[PCHAT_GUID_LEN + 1];
};

struct rooms {
	struct pchat_watch watch;
	struct pchat_chat *chat;
	struct pchat_hash seen; /* guid -> struct room, owned */
	int64_t since;
	bool silent; /* the first look: what was written before is no news */
};

static const char *const columns[] = { "time", "room", "guid", "new", "lastId", "kept", NULL };

static void
release(struct rooms *w)
{
	size_t i = 0;
	void *room;

	while (pchat_hash_next(&w->seen, &i, NULL, &room))
		free(room);
	pchat_hash_release(&w->seen);
	pchat_chat_close(w->chat);
	pchat_watch_release(&w->watch);
}

static struct room *
room_of(struct rooms *w, const struct pchat_room_activity *a, struct pchat_err *err)
{
	struct room *room = pchat_hash_get(&w->seen, pchat_str(a->guid));

	if (room)
		return room;
	room = calloc(1, sizeof(*room));
	if (!room || strlen(a->guid) != PCHAT_GUID_LEN) {
		free(room);
		pchat_fail(err, room ? PCHAT_CORRUPT : PCHAT_NO_MEMORY,
		           room ? "a room of the store is damaged" : "out of memory");
		return NULL;
	}
	memcpy(room->guid, a->guid, sizeof(room->guid));
	/* What it had before is not known: one it had not before the watch began is all new. */
	if (pchat_hash_put(&w->seen, pchat_str(room->guid), room))
		return room;
	free(room);
	pchat_no_memory(err);
	return NULL;
}

static enum pchat_code
put(struct rooms *w, const struct pchat_room_activity *a, uint64_t fresh, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(record) r = { 0 };
	PCHAT_AUTO_VALUE(buf) line = { 0 };
	PCHAT_AUTO(object) o = NULL;
	char time[PCHAT_TIME_MAX];
	const char *name = "";

	/* Deleted meanwhile: its messages go a little later. */
	if (!pchat_store_get_guid(w->watch.ctl->store, PCHAT_KIND_ROOM, a->guid, &o, NULL))
		name = pchat_object_key(o);
	pchat_time_text(a->last_time, time);
	pchat_buf_printf(&line, "%s %s: %llu new, %llu kept", time, *name ? name : a->guid,
	                 (unsigned long long)fresh, (unsigned long long)a->kept);
	PCHAT_TRY(pchat_buf_check(&line, err));
	pchat_record_text(&r, "time", time);
	pchat_record_text(&r, "room", *name ? name : NULL);
	pchat_record_text(&r, "guid", a->guid);
	pchat_record_uint(&r, "new", fresh);
	pchat_record_uint(&r, "lastId", a->last_id);
	pchat_record_uint(&r, "kept", a->kept);
	return pchat_watch_put(&w->watch, pchat_buf_cstr(&line), &r, err);
}

static enum pchat_code
look(void *ctx, const struct pchat_room_activity *a, struct pchat_err *err)
{
	struct rooms *w = ctx;
	struct room *room = room_of(w, a, err);
	uint64_t fresh;

	if (!room)
		return err->code;
	fresh = a->last_id - room->last_id;
	room->last_id = a->last_id;
	w->since = a->last_time > w->since ? a->last_time : w->since;
	return w->silent || !fresh ? PCHAT_OK : put(w, a, fresh, err);
}

static enum pchat_code
follow(struct rooms *w, struct pchat_err *err)
{
	bool over = false;

	while (!over) {
		PCHAT_TRY(pchat_chat_active(w->chat, w->since, look, w, err));
		w->silent = false;
		PCHAT_TRY(pchat_watch_wait(&w->watch, LOOK_MS, &over, err));
	}
	return PCHAT_OK;
}

enum pchat_code
pchat_watch_rooms_run(struct pchat_ctl *ctl, const struct pchat_call *call, struct pchat_err *err)
{
	const struct pchat_out_head head = { .list = true, .what = "activity", .columns = columns };
	struct rooms w = { .silent = true };
	enum pchat_code code = pchat_watch_open(&w.watch, ctl, call, &head, err);

	if (!code)
		code = pchat_chat_open(pchat_store_path(ctl->store), false, &w.chat, err);
	if (!code)
		code = follow(&w, err);
	code = pchat_watch_close(&w.watch, code, err);
	release(&w);
	return code;
}
