/* Reports of what is used and by whom, and what is not (schema-and-capacity.md 6). */
#include <stdlib.h>

#include "base/clock.h"
#include "base/text.h"
#include "pchatctl/noun.h"
#include "pchatctl/tally.h"

/* Posters that are listed unless told otherwise. */
#define POSTERS_DEFAULT 20

static void
put_time(struct pchat_record *r, const char *name, int64_t t, char text[PCHAT_TIME_MAX])
{
	pchat_record_text(r, name, t ? pchat_time_text(t, text) : NULL);
}

/* ---- rooms by how much was posted ---- */

static int
compare_numbers(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

/* Rooms without a message are told apart by how long that has been so. */
static int
quietest_first(const void *x, const void *y)
{
	const struct pchat_tally *a = *(struct pchat_tally *const *)x;
	const struct pchat_tally *b = *(struct pchat_tally *const *)y;
	int c = compare_numbers(a->messages, b->messages);

	if (!c)
		c = compare_numbers((uint64_t)a->last, (uint64_t)b->last);
	return c ? c : pchat_fold_cmp(pchat_str(a->name), pchat_str(b->name));
}

static int
busiest_first(const void *x, const void *y)
{
	const struct pchat_tally *a = *(struct pchat_tally *const *)x;
	const struct pchat_tally *b = *(struct pchat_tally *const *)y;
	int c = compare_numbers(b->messages, a->messages);

	return c ? c : pchat_fold_cmp(pchat_str(a->name), pchat_str(b->name));
}

static void
record_room(struct pchat_record *r, const struct pchat_tally *t, char first[PCHAT_TIME_MAX],
            char last[PCHAT_TIME_MAX])
{
	pchat_record_clear(r);
	pchat_record_text(r, "room", t->name);
	pchat_record_text(r, "category", t->place);
	pchat_record_uint(r, "messages", t->messages);
	pchat_record_uint(r, "characters", t->characters);
	pchat_record_uint(r, "posters", t->others);
	put_time(r, "first", t->first, first);
	put_time(r, "last", t->last, last);
	pchat_record_bool(r, "disabled", t->disabled);
}

static enum pchat_code
put_rooms(struct pchat_ctl *ctl, const struct pchat_tallies *t, uint64_t limit,
          struct pchat_err *err)
{
	static const char *const columns[] = { "room",       "category", "messages",
		                               "characters", "posters",  "first",
		                               "last",       "disabled", NULL };
	struct pchat_out_head head = { .list = true,
		                       .what = "rooms",
		                       .columns = columns,
		                       .table = "room,category,messages,posters,last" };
	PCHAT_AUTO_VALUE(record) r = { 0 };
	PCHAT_AUTO(out) out = NULL;

	PCHAT_TRY(pchat_out_open(ctl, &head, &out, err));
	for (size_t i = 0; i < t->v.n && i < limit; i++) {
		char first[PCHAT_TIME_MAX], last[PCHAT_TIME_MAX];

		record_room(&r, t->v.v[i], first, last);
		PCHAT_TRY(pchat_out_put(out, &r, err));
	}
	return pchat_out_close(out, err);
}

/* The category must exist: a misspelled one would look like an idle one. */
static enum pchat_code
check_category(struct pchat_ctl *ctl, const char *name, struct pchat_err *err)
{
	PCHAT_AUTO(object) o = NULL;

	return name ? pchat_store_get(ctl->store, PCHAT_KIND_CATEGORY, name, &o, err) : PCHAT_OK;
}

static enum pchat_code
report_rooms(struct pchat_ctl *ctl, const struct pchat_call *call,
             int (*order)(const void *, const void *), struct pchat_err *err)
{
	const char *category = pchat_call_text(call, "--category");
	PCHAT_AUTO_VALUE(tallies) t = { 0 };
	PCHAT_AUTO(chat) chat = NULL;

	PCHAT_TRY_WORD(category, err, check_category(ctl, category, err));
	PCHAT_TRY(pchat_ctl_chat(ctl, false, &chat, err));
	PCHAT_TRY(pchat_tally_rooms(ctl, category, &t, err));
	PCHAT_TRY(pchat_tally_by_room(&t, chat, pchat_call_moment(call, "--since", false),
	                              pchat_call_moment(call, "--until", true), err));
	if (t.v.n)
		qsort(t.v.v, t.v.n, sizeof(struct pchat_tally *), order);
	return put_rooms(ctl, &t, pchat_call_number(call, "--limit", UINT64_MAX), err);
}

enum pchat_code
pchat_report_usage_run(struct pchat_ctl *ctl, const struct pchat_call *call, struct pchat_err *err)
{
	return report_rooms(ctl, call, busiest_first, err);
}

enum pchat_code
pchat_report_least_active_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                              struct pchat_err *err)
{
	return report_rooms(ctl, call, quietest_first, err);
}

/* ---- rooms in which nothing happens ---- */

static enum pchat_code
take_counters(void *ctx, const struct pchat_room_activity *a, struct pchat_err *err)
{
	struct pchat_tally *t = pchat_tally_find(ctx, pchat_str(a->guid));

	(void)err;
	if (t) {
		t->messages = a->kept;
		t->last = a->last_time;
	}
	return PCHAT_OK;
}

/* When something happened there last: the room itself is something, too. */
static int64_t
last_life(const struct pchat_tally *t)
{
	return t->last > t->created ? t->last : t->created;
}

static int
longest_idle_first(const void *x, const void *y)
{
	const struct pchat_tally *a = *(struct pchat_tally *const *)x;
	const struct pchat_tally *b = *(struct pchat_tally *const *)y;
	int64_t ta = last_life(a), tb = last_life(b);

	if (ta != tb)
		return ta < tb ? -1 : 1;
	return pchat_fold_cmp(pchat_str(a->name), pchat_str(b->name));
}

static enum pchat_code
put_inactive(struct pchat_ctl *ctl, const struct pchat_tallies *t, int64_t since, uint64_t limit,
             struct pchat_err *err)
{
	static const char *const columns[] = { "room", "category", "created", "last",
		                               "kept", "disabled", NULL };
	struct pchat_out_head head = { .list = true, .what = "inactive rooms", .columns = columns };
	PCHAT_AUTO_VALUE(record) r = { 0 };
	PCHAT_AUTO(out) out = NULL;

	PCHAT_TRY(pchat_out_open(ctl, &head, &out, err));
	for (size_t i = 0; i < t->v.n && i < limit && last_life(t->v.v[i]) < since; i++) {
		char created[PCHAT_TIME_MAX], last[PCHAT_TIME_MAX];

		pchat_record_clear(&r);
		pchat_record_text(&r, "room", t->v.v[i]->name);
		pchat_record_text(&r, "category", t->v.v[i]->place);
		put_time(&r, "created", t->v.v[i]->created, created);
		put_time(&r, "last", t->v.v[i]->last, last);
		pchat_record_uint(&r, "kept", t->v.v[i]->messages);
		pchat_record_bool(&r, "disabled", t->v.v[i]->disabled);
		PCHAT_TRY(pchat_out_put(out, &r, err));
	}
	return pchat_out_close(out, err);
}

enum pchat_code
pchat_report_inactive_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                          struct pchat_err *err)
{
	const char *category = pchat_call_text(call, "--category");
	PCHAT_AUTO_VALUE(tallies) t = { 0 };
	PCHAT_AUTO(chat) chat = NULL;

	PCHAT_TRY_WORD(category, err, check_category(ctl, category, err));
	PCHAT_TRY(pchat_ctl_chat(ctl, false, &chat, err));
	PCHAT_TRY(pchat_tally_rooms(ctl, category, &t, err));
	PCHAT_TRY(pchat_chat_rooms(chat, take_counters, &t, err));
	if (t.v.n)
		qsort(t.v.v, t.v.n, sizeof(struct pchat_tally *), longest_idle_first);
	return put_inactive(ctl, &t, pchat_call_moment(call, "--since", false),
	                    pchat_call_number(call, "--limit", UINT64_MAX), err);
}

/* ---- who posts ---- */

static int
most_first(const void *x, const void *y)
{
	const struct pchat_tally *a = *(struct pchat_tally *const *)x;
	const struct pchat_tally *b = *(struct pchat_tally *const *)y;
	int c = compare_numbers(b->messages, a->messages);

	return c ? c : pchat_fold_cmp(pchat_str(a->key), pchat_str(b->key));
}

static enum pchat_code
put_poster(struct pchat_ctl *ctl, const struct pchat_tally *t, struct pchat_out *out,
           struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(record) r = { 0 };
	PCHAT_AUTO(object) user = NULL;
	char first[PCHAT_TIME_MAX], last[PCHAT_TIME_MAX];

	/* Who is gone has no name any more, but has posted. */
	(void)pchat_store_get(ctl->store, PCHAT_KIND_USER, t->key, &user, NULL);
	pchat_record_text(&r, "user", t->key);
	pchat_record_text(&r, "displayName", user ? user->v[PCHAT_USER_DISPLAY_NAME].text : NULL);
	pchat_record_uint(&r, "messages", t->messages);
	pchat_record_uint(&r, "characters", t->characters);
	pchat_record_uint(&r, "rooms", t->others);
	put_time(&r, "first", t->first, first);
	put_time(&r, "last", t->last, last);
	return pchat_out_put(out, &r, err);
}

static enum pchat_code
put_posters(struct pchat_ctl *ctl, const struct pchat_tallies *t, uint64_t limit,
            struct pchat_err *err)
{
	static const char *const columns[] = { "user",  "displayName", "messages", "characters",
		                               "rooms", "first",       "last",     NULL };
	struct pchat_out_head head = { .list = true,
		                       .what = "posters",
		                       .columns = columns,
		                       .table = "user,displayName,messages,rooms,last" };
	PCHAT_AUTO(out) out = NULL;

	PCHAT_TRY(pchat_out_open(ctl, &head, &out, err));
	for (size_t i = 0; i < t->v.n && i < limit; i++)
		PCHAT_TRY(put_poster(ctl, t->v.v[i], out, err));
	return pchat_out_close(out, err);
}

enum pchat_code
pchat_report_top_posters_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                             struct pchat_err *err)
{
	const char *name = pchat_call_text(call, "--room");
	PCHAT_AUTO_VALUE(tallies) t = { 0 };
	PCHAT_AUTO(object) room = NULL;
	PCHAT_AUTO(chat) chat = NULL;

	if (name)
		PCHAT_TRY_WORD(name, err, pchat_noun_room(ctl, name, &room, err));
	PCHAT_TRY(pchat_ctl_chat(ctl, false, &chat, err));
	PCHAT_TRY(pchat_tally_by_user(&t, chat, room ? room->guid : NULL,
	                              pchat_call_moment(call, "--since", false),
	                              pchat_call_moment(call, "--until", true), err));
	if (t.v.n)
		qsort(t.v.v, t.v.n, sizeof(struct pchat_tally *), most_first);
	return put_posters(ctl, &t, pchat_call_number(call, "--limit", POSTERS_DEFAULT), err);
}
