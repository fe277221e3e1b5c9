/*
 * Looking for messages. The index gives the candidates, in the order of their keys: those that
 * have the words and the authors. What it does not know (phrases, letter case) is looked up in the
 * candidates themselves. Times of a room never go back, so dates become bounds of keys.
 */
#include "schema/message.h"

#include <assert.h>
#include <stdio.h>

#include "schema/chat_internal.h"
#include "schema/words.h"

/* Words asked for, each followed by a blank in .text. */
struct asked {
	struct pchat_buf text;
	struct pchat_str v[PCHAT_SEARCH_WORDS];
	size_t n;
};

struct finding {
	struct pchat_chat *chat;
	const struct pchat_message_search *s;
	pchat_message_fn each;
	void *ctx;

	struct asked folded, written; /* .written: only if the letter case matters */
	PCHAT_VEC(int64_t) authors;
	struct pchat_buf query; /* for the index; empty: it is not asked */
	struct pchat_buf text;  /* scratch: words of a candidate */

	struct pchat_range range;
	int64_t room; /* number the guid below belongs to */
	char guid[PCHAT_GUID_LEN + 1];
	struct pchat_message_found found;
};

static void
release(struct finding *f)
{
	pchat_buf_release(&f->folded.text);
	pchat_buf_release(&f->written.text);
	pchat_buf_release(&f->query);
	pchat_buf_release(&f->text);
	pchat_vec_release(&f->authors);
}

/* ---- what is asked ---- */

static enum pchat_code
split(struct asked *a, struct pchat_str text, enum pchat_words_form form, struct pchat_err *err)
{
	struct pchat_str rest;
	enum pchat_code code;

	pchat_words_text(&a->text, text, form);
	code = pchat_buf_check(&a->text, err);
	rest = pchat_buf_view(&a->text);
	while (code == PCHAT_OK && rest.n > 0) {
		struct pchat_str word = pchat_str_cut(rest, ' ', &rest);

		if (a->n == PCHAT_SEARCH_WORDS)
			return pchat_fail(err, PCHAT_LIMIT, "more than %d words to look for",
			                  PCHAT_SEARCH_WORDS);
		a->v[a->n++] = word;
	}
	return code;
}

static enum pchat_code
ask_words(struct finding *f, struct pchat_err *err)
{
	const struct pchat_message_filter *filter = &f->s->filter;
	enum pchat_code code;

	if (filter->text.n == 0)
		return PCHAT_OK;
	code = split(&f->folded, filter->text, PCHAT_WORDS_FOLDED, err);
	if (code == PCHAT_OK && filter->match_case)
		code = split(&f->written, filter->text, PCHAT_WORDS_WRITTEN, err);
	if (code == PCHAT_OK && f->folded.n == 0) {
		pchat_fail(err, PCHAT_INVALID, "there is no word in the text to look for");
		pchat_hint(err, "words consist of letters and digits");
		return PCHAT_INVALID;
	}
	return code;
}

/* An author has a number for each name he ever wrote under. */
static enum pchat_code
add_author(struct finding *f, struct pchat_str uri, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(query) q = { 0 };
	bool row = false;
	enum pchat_code code = pchat_query_use(&f->chat->conn, PCHAT_Q_AUTHORS_NAMED, &q, err);

	if (code == PCHAT_OK)
		pchat_stmt_str(q.stmt, 1, uri);
	while (code == PCHAT_OK && (code = pchat_query_step(&q, &row, err)) == PCHAT_OK && row) {
		if (f->authors.n == PCHAT_SEARCH_AUTHORS)
			return pchat_fail(err, PCHAT_LIMIT, "more than %d names of authors",
			                  PCHAT_SEARCH_AUTHORS);
		if (!pchat_vec_push(&f->authors, pchat_col_int(q.stmt, 0)))
			return pchat_no_memory(err);
	}
	return code;
}

/* *ret_none: none of the authors ever wrote. */
static enum pchat_code
ask_authors(struct finding *f, bool *ret_none, struct pchat_err *err)
{
	const struct pchat_message_filter *filter = &f->s->filter;
	enum pchat_code code = PCHAT_OK;

	for (size_t i = 0; code == PCHAT_OK && i < filter->n_authors; i++)
		code = add_author(f, filter->authors[i], err);
	*ret_none = filter->n_authors > 0 && f->authors.n == 0;
	return code;
}

static enum pchat_code
ask_index(struct finding *f, struct pchat_err *err)
{
	const struct pchat_words_query q = {
		.words = f->folded.v,
		.n_words = f->folded.n,
		.any = f->s->filter.match == PCHAT_MATCH_ANY,
		.authors = f->authors.v,
		.n_authors = f->authors.n,
	};

	f->chat->driver->words_query(&f->query, &q);
	return pchat_buf_check(&f->query, err);
}

/* ---- where ---- */

/* The first message of @r that is not before @time: narrows @r to it and what follows. */
static enum pchat_code
not_before(struct pchat_chat *chat, struct pchat_range *r, int64_t time, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(query) q = { 0 };
	int64_t lo = r->lo, hi = r->hi;
	enum pchat_code code = pchat_query_use(&chat->conn, PCHAT_Q_MESSAGE_AT, &q, err);

	while (code == PCHAT_OK && lo < hi) {
		int64_t middle = lo + (hi - lo) / 2;
		bool row = false;

		pchat_stmt_int(q.stmt, 1, middle);
		pchat_stmt_int(q.stmt, 2, hi);
		code = pchat_query_step(&q, &row, err);
		if (code == PCHAT_OK && row && pchat_col_int(q.stmt, 1) < time)
			lo = pchat_col_int(q.stmt, 0) + 1;
		else
			hi = middle;
		pchat_query_reset(&q);
	}
	r->lo = lo;
	return code;
}

enum pchat_code
pchat_chat_between(struct pchat_chat *chat, struct pchat_range *r, int64_t from, int64_t to,
                   struct pchat_err *err)
{
	struct pchat_range rest = *r;
	enum pchat_code code = from > 0 ? not_before(chat, r, from, err) : PCHAT_OK;

	if (code != PCHAT_OK || to <= 0 || to == INT64_MAX)
		return code;
	rest.lo = r->lo;
	code = not_before(chat, &rest, to + 1, err);
	r->hi = rest.lo;
	return code;
}

static enum pchat_code
range_of_room(struct finding *f, struct pchat_err *err)
{
	const struct pchat_message_filter *filter = &f->s->filter;
	struct pchat_room_activity room = { 0 };
	enum pchat_code code = pchat_chat_room_number(f->chat, filter->room, &f->room, err);

	if (code == PCHAT_OK)
		code = pchat_chat_room(f->chat, filter->room, &room, err);
	if (code != PCHAT_OK || f->room == 0)
		return code;
	snprintf(f->guid, sizeof(f->guid), "%s", filter->room);
	f->range = pchat_range_of(f->room);
	f->range.hi = f->range.lo + (int64_t)room.last_id + 1;
	if (filter->before > 0 && filter->before <= room.last_id)
		f->range.hi = f->range.lo + (int64_t)filter->before;
	if (filter->after > 0)
		f->range.lo += (int64_t)(filter->after < room.last_id ? filter->after + 1
		                                                      : room.last_id + 1);
	return pchat_chat_between(f->chat, &f->range, filter->from, filter->to, err);
}

static enum pchat_code
find_range(struct finding *f, struct pchat_err *err)
{
	const struct pchat_message_filter *filter = &f->s->filter;

	if (filter->room)
		return range_of_room(f, err);
	if (filter->after > 0 || filter->before > 0)
		return pchat_fail(err, PCHAT_INVALID,
		                  "numbers of messages mean nothing without a room");
	f->range.hi = INT64_MAX;
	return PCHAT_OK;
}

/* ---- candidates ---- */

/* Is @word, which has a blank behind it, a word of the candidate? */
static bool
has(const struct pchat_buf *text, struct pchat_str word)
{
	const char *at = text->p, *end = text->p + text->n;

	while ((at = memmem(at, (size_t)(end - at), word.p, word.n + 1))) {
		if (at[-1] == ' ') /* a blank is in front of the first */
			return true;
		at++;
	}
	return false;
}

static bool
has_words(const struct finding *f, const struct asked *a)
{
	size_t n = 0;

	if (f->s->filter.match == PCHAT_MATCH_PHRASE)
		return has(&f->text, (struct pchat_str){ a->text.p, a->text.n - 1 });
	for (size_t i = 0; i < a->n; i++)
		n += has(&f->text, a->v[i]);
	return f->s->filter.match == PCHAT_MATCH_ANY ? n > 0 : n == a->n;
}

/* What the index cannot say of @m. */
static enum pchat_code
check(struct finding *f, const struct pchat_message *m, bool *ret, struct pchat_err *err)
{
	const struct pchat_message_filter *filter = &f->s->filter;
	const struct asked *a = filter->match_case ? &f->written : &f->folded;

	*ret = (filter->from <= 0 || m->time >= filter->from) &&
	       (filter->to <= 0 || m->time <= filter->to);
	if (!*ret || a->n == 0 ||
	    (!filter->match_case && (filter->match != PCHAT_MATCH_PHRASE || a->n == 1)))
		return PCHAT_OK;
	pchat_buf_clear(&f->text);
	pchat_words_message(&f->text, m->text, m->extra,
	                    filter->match_case ? PCHAT_WORDS_WRITTEN : PCHAT_WORDS_FOLDED);
	*ret = pchat_buf_ok(&f->text) && has_words(f, a);
	return pchat_buf_check(&f->text, err);
}

/* The guid of the room a key is of; messages of one room come together. */
static enum pchat_code
find_guid(struct finding *f, int64_t key, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(query) q = { 0 };
	bool row = false;
	enum pchat_code code;

	if (f->room == key >> PCHAT_KEY_SHIFT)
		return PCHAT_OK;
	code = pchat_query_use(&f->chat->conn, PCHAT_Q_ROOM_GUID, &q, err);
	if (code != PCHAT_OK)
		return code;
	f->room = key >> PCHAT_KEY_SHIFT;
	pchat_stmt_int(q.stmt, 1, f->room);
	code = pchat_query_step(&q, &row, err);
	if (code == PCHAT_OK)
		snprintf(f->guid, sizeof(f->guid), "%.*s", PCHAT_STR_ARG(pchat_col_str(q.stmt, 0)));
	return code;
}

/* Take a message that matches. *ret_done: it is known now all that was asked. */
static enum pchat_code
take(struct finding *f, const struct pchat_message *m, bool *ret_done, struct pchat_err *err)
{
	const struct pchat_message_search *s = f->s;

	if (s->limit > 0 && f->found.given == s->limit) {
		f->found.more = true;
		if (f->found.count < s->count)
			f->found.count++;
		*ret_done = f->found.count >= s->count;
		return PCHAT_OK;
	}
	f->found.given++;
	f->found.count++;
	return f->each ? f->each(f->ctx, m, err) : PCHAT_OK;
}

static enum pchat_code
candidate(struct finding *f, const struct pchat_query *q, bool *ret_done, struct pchat_err *err)
{
	struct pchat_message m;
	bool good = false;
	enum pchat_code code;

	if (f->s->examine > 0 && f->found.examined == f->s->examine) {
		f->found.more = *ret_done = true;
		return PCHAT_OK;
	}
	f->found.examined++;
	m = pchat_chat_message_of(q, f->guid);
	code = check(f, &m, &good, err);
	if (code != PCHAT_OK || !good)
		return code;
	code = find_guid(f, pchat_col_int(q->stmt, 0), err);
	m.room = pchat_str(f->guid);
	return code == PCHAT_OK ? take(f, &m, ret_done, err) : code;
}

static enum pchat_code
walk(struct finding *f, struct pchat_err *err)
{
	static const enum pchat_query_id queries[2][2] = {
		{ PCHAT_Q_MESSAGES_NEWEST, PCHAT_Q_MESSAGES_OLDEST },
		{ PCHAT_Q_WORDS_NEWEST, PCHAT_Q_WORDS_OLDEST },
	};
	PCHAT_AUTO_VALUE(query) q = { 0 };
	bool row = false, done = false;
	enum pchat_code code = pchat_query_use(
		&f->chat->conn, queries[f->query.n > 0][f->s->oldest_first], &q, err);

	if (code != PCHAT_OK)
		return code;
	pchat_stmt_int(q.stmt, 1, f->range.lo);
	pchat_stmt_int(q.stmt, 2, f->range.hi);
	if (f->query.n > 0)
		pchat_stmt_str(q.stmt, 3, pchat_buf_view(&f->query));
	while (code == PCHAT_OK && !done) {
		code = pchat_query_step(&q, &row, err);
		if (code != PCHAT_OK || !row)
			break;
		code = candidate(f, &q, &done, err);
	}
	return code;
}

static enum pchat_code
find(struct finding *f, struct pchat_err *err)
{
	bool none = false;
	enum pchat_code code = ask_words(f, err);

	if (code == PCHAT_OK)
		code = find_range(f, err);
	if (code == PCHAT_OK)
		code = ask_authors(f, &none, err);
	if (code != PCHAT_OK || none || f->range.lo >= f->range.hi)
		return code;
	code = ask_index(f, err);
	return code == PCHAT_OK ? walk(f, err) : code;
}

enum pchat_code
pchat_chat_search(struct pchat_chat *chat, const struct pchat_message_search *search,
                  pchat_message_fn each, void *ctx, struct pchat_message_found *ret,
                  struct pchat_err *err)
{
	struct finding f = { .chat = chat, .s = search, .each = each, .ctx = ctx };
	bool began = false;
	enum pchat_code code;

	assert(!chat->batch);
	code = pchat_chat_read_begin(chat, &began, err);
	if (code == PCHAT_OK) {
		code = find(&f, err);
		pchat_chat_read_end(chat, began);
	}
	if (code == PCHAT_OK && ret)
		*ret = f.found;
	release(&f);
	return code;
}
