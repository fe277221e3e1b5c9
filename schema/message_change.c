/*
 * What an administrator does to messages: decided in policy.db, carried out in chat.db.
 */
#include "schema/message.h"

#include <assert.h>

#include "schema/chat_internal.h"
#include "schema/internal.h"
#include "schema/words.h"

/* Messages changed in one transaction: the writer is never kept waiting for long. */
#define SLICE 1000

static const char *const op_words[PCHAT_N_MESSAGE_OPS] = {
#define X(symbol, word) [PCHAT_MESSAGES_##symbol] = (word),
	PCHAT_MESSAGE_OPS(X)
#undef X
};

const char *
pchat_message_op_word(enum pchat_message_op op)
{
	assert((unsigned)op < PCHAT_N_MESSAGE_OPS);
	return op_words[op];
}

/* ---- deciding ---- */

static enum pchat_code
check_words(struct pchat_str text, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(buf) words = { 0 };
	size_t n = 0;

	if (text.n == 0)
		return PCHAT_OK;
	pchat_words_text(&words, text, PCHAT_WORDS_FOLDED);
	for (size_t i = 0; i < words.n; i++)
		n += words.p[i] == ' ';
	if (!pchat_buf_ok(&words))
		return pchat_no_memory(err);
	if (n > PCHAT_SEARCH_WORDS)
		return pchat_fail(err, PCHAT_LIMIT, "more than %d words to look for",
		                  PCHAT_SEARCH_WORDS);
	if (n > 0)
		return PCHAT_OK;
	pchat_fail(err, PCHAT_INVALID, "there is no word in the text to look for");
	pchat_hint(err, "words consist of letters and digits");
	return PCHAT_INVALID;
}

static enum pchat_code
check_change(const struct pchat_message_change *c, struct pchat_err *err)
{
	const struct pchat_message_filter *f = &c->filter;

	assert(f->room && (unsigned)c->op < PCHAT_N_MESSAGE_OPS);
	if (c->op == PCHAT_MESSAGES_CLEAR &&
	    (f->text.n > 0 || f->n_authors > 0 || f->from > 0 || f->after > 0 || f->before > 0))
		return pchat_fail(err, PCHAT_INVALID,
		                  "clearing a room takes everything up to a date");
	if ((c->op == PCHAT_MESSAGES_REPLACE) != (c->replacement.n > 0))
		return pchat_fail(err, PCHAT_INVALID, "a replacement needs a text, the rest none");
	if (c->replacement.n > PCHAT_CHAT_MAX_TEXT || f->text.n > PCHAT_CHAT_MAX_TEXT)
		return pchat_fail(err, PCHAT_LIMIT, "a text of more than %llu octets",
		                  (unsigned long long)PCHAT_CHAT_MAX_TEXT);
	if (!pchat_utf8_valid(c->replacement, NULL) || !pchat_utf8_valid(f->text, NULL))
		return pchat_fail(err, PCHAT_INVALID, "the text is not UTF-8");
	if (f->n_authors > PCHAT_SEARCH_AUTHORS)
		return pchat_fail(err, PCHAT_LIMIT, "more than %d authors", PCHAT_SEARCH_AUTHORS);
	return check_words(f->text, err);
}

static void
bind_change(struct pchat_query *q, struct pchat_store *store, const struct pchat_message_change *c,
            const char *guid, struct pchat_str authors)
{
	const struct pchat_message_filter *f = &c->filter;
	int64_t now = store->write.time;

	pchat_stmt_int(q->stmt, 1, store->write.next_journal);
	pchat_stmt_int(q->stmt, 2, (int64_t)store->write.revision);
	pchat_stmt_int(q->stmt, 3, now);
	pchat_stmt_text(q->stmt, 4, op_words[c->op]);
	pchat_stmt_text(q->stmt, 5, guid);
	pchat_stmt_str(q->stmt, 6, f->text);
	pchat_stmt_int(q->stmt, 7, f->match);
	pchat_stmt_int(q->stmt, 8, f->match_case);
	pchat_stmt_str(q->stmt, 9, authors);
	pchat_stmt_int(q->stmt, 10, f->from > 0 ? f->from : 0);
	pchat_stmt_int(q->stmt, 11, f->to > 0 && f->to < now ? f->to : now);
	pchat_stmt_int(q->stmt, 12, (int64_t)f->after);
	pchat_stmt_int(q->stmt, 13, (int64_t)f->before);
	pchat_stmt_str(q->stmt, 14, c->replacement);
}

static enum pchat_code
add_change(struct pchat_store *store, const struct pchat_message_change *c, const char *guid,
           struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(buf) authors = { 0 };
	PCHAT_AUTO_VALUE(query) q = { 0 };
	enum pchat_code code;

	for (size_t i = 0; i < c->filter.n_authors; i++) {
		if (i > 0)
			pchat_buf_char(&authors, ' ');
		pchat_buf_str(&authors, c->filter.authors[i]);
	}
	code = pchat_buf_check(&authors, err);
	if (code == PCHAT_OK)
		code = pchat_query_use(&store->conn, PCHAT_Q_MESSAGE_CHANGE_ADD, &q, err);
	if (code != PCHAT_OK)
		return code;
	bind_change(&q, store, c, guid, pchat_buf_view(&authors));
	return pchat_query_run(&q, err);
}

static enum pchat_code
decide(struct pchat_store *store, const struct pchat_message_change *c,
       const struct pchat_origin *origin, struct pchat_err *err)
{
	PCHAT_AUTO(object) room = NULL;
	int64_t id = 0;
	enum pchat_code code = pchat_store_get_guid(store, PCHAT_KIND_ROOM, c->filter.room, &room,
	                                            err);

	if (code == PCHAT_OK)
		code = pchat_read_id(store, PCHAT_KIND_ROOM, pchat_str(pchat_object_key(room)), &id,
		                     err);
	if (code == PCHAT_OK)
		code = pchat_write_revision(store, origin, err);
	if (code == PCHAT_OK)
		code = add_change(store, c, room->guid, err);
	if (code == PCHAT_OK)
		code = pchat_journal_add(store,
		                         &(struct pchat_journal_entry){
						 .row = store->write.next_journal++,
						 .object = id,
						 .op = PCHAT_OP_UPDATE,
						 .before = room,
						 .after = room,
					 },
		                         err);
	return code;
}

enum pchat_code
pchat_txn_change_messages(struct pchat_txn *txn, const struct pchat_message_change *change,
                          const struct pchat_origin *origin, struct pchat_err *err)
{
	struct pchat_store *store = txn->store;
	struct pchat_guard guard;
	enum pchat_code code;

	assert(store && store->write.open);
	code = check_change(change, err);
	if (code == PCHAT_OK)
		code = pchat_write_alive(store, err);
	if (code == PCHAT_OK)
		code = pchat_write_guard(store, 1, &guard, err);
	if (code != PCHAT_OK)
		return code;
	code = decide(store, change, origin, err);
	return pchat_write_guard_end(store, &guard, code, err);
}

/* ---- what was decided ---- */

/* Columns of CHANGE_COLUMNS in queries.def. */
enum {
	COL_REVISION,
	COL_DECIDED,
	COL_OP,
	COL_ROOM,
	COL_TEXT,
	COL_MATCH,
	COL_MATCH_CASE,
	COL_AUTHORS,
	COL_FROM,
	COL_TO,
	COL_AFTER,
	COL_BEFORE,
	COL_REPLACEMENT,
};

static enum pchat_message_op
op_of(struct pchat_str word)
{
	unsigned op = 0;

	while (op < PCHAT_N_MESSAGE_OPS && !pchat_str_is(word, op_words[op]))
		op++;
	return (enum pchat_message_op)op;
}

static size_t
split_authors(struct pchat_str text, struct pchat_str *out)
{
	size_t n = 0;

	while (text.n > 0 && n < PCHAT_SEARCH_AUTHORS)
		out[n++] = pchat_str_cut(text, ' ', &text);
	return n;
}

static enum pchat_code
give_change(const struct pchat_query *q, pchat_message_change_fn each, void *ctx,
            struct pchat_err *err)
{
	struct pchat_str authors[PCHAT_SEARCH_AUTHORS];
	struct pchat_message_change c = {
		.op = op_of(pchat_col_str(q->stmt, COL_OP)),
		.filter = {
			.room = pchat_col_str(q->stmt, COL_ROOM).p,
			.text = pchat_col_str(q->stmt, COL_TEXT),
			.match = (enum pchat_match)pchat_col_int(q->stmt, COL_MATCH),
			.match_case = pchat_col_int(q->stmt, COL_MATCH_CASE) != 0,
			.authors = authors,
			.n_authors = split_authors(pchat_col_str(q->stmt, COL_AUTHORS), authors),
			.from = pchat_col_int(q->stmt, COL_FROM),
			.to = pchat_col_int(q->stmt, COL_TO),
			.after = (uint64_t)pchat_col_int(q->stmt, COL_AFTER),
			.before = (uint64_t)pchat_col_int(q->stmt, COL_BEFORE),
		},
		.replacement = pchat_col_str(q->stmt, COL_REPLACEMENT),
		.revision = (uint64_t)pchat_col_int(q->stmt, COL_REVISION),
		.decided = pchat_col_int(q->stmt, COL_DECIDED),
	};

	if (c.op == PCHAT_N_MESSAGE_OPS)
		return pchat_fail(err, PCHAT_CORRUPT, "a change of messages with a damaged name");
	return each(ctx, &c, err);
}

enum pchat_code
pchat_store_message_changes(struct pchat_store *store, uint64_t after, uint64_t upto,
                            pchat_message_change_fn each, void *ctx, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(query) q = { 0 };
	bool row = false;
	enum pchat_code code = pchat_query_use(&store->conn, PCHAT_Q_MESSAGE_CHANGES, &q, err);

	if (code != PCHAT_OK)
		return code;
	pchat_stmt_int(q.stmt, 1, (int64_t)after);
	pchat_stmt_int(q.stmt, 2, upto > 0 && upto < INT64_MAX ? (int64_t)upto : INT64_MAX);
	while (code == PCHAT_OK && (code = pchat_query_step(&q, &row, err)) == PCHAT_OK && row)
		code = give_change(&q, each, ctx, err);
	return code;
}

/* ---- carrying out ---- */

static enum pchat_code
lower_kept(struct pchat_chat *chat, int64_t room, int64_t n, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(query) q = { 0 };
	enum pchat_code code = pchat_query_use(&chat->conn, PCHAT_Q_COUNTER_KEPT_DOWN, &q, err);

	if (code != PCHAT_OK)
		return code;
	pchat_stmt_int(q.stmt, 1, n);
	pchat_stmt_int(q.stmt, 2, room);
	return pchat_query_run(&q, err);
}

static enum pchat_code
forget_range(struct pchat_chat *chat, struct pchat_range r, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(query) q = { 0 };
	enum pchat_code code = pchat_query_use(&chat->conn, PCHAT_Q_MESSAGES_FORGET, &q, err);

	if (code != PCHAT_OK)
		return code;
	pchat_stmt_int(q.stmt, 1, r.lo);
	pchat_stmt_int(q.stmt, 2, r.hi);
	return pchat_query_run(&q, err);
}

/* Take the words of at most @max messages of @r out of the index and put @replacement in, if
 * there is one; r->hi: after the last of them. */
static enum pchat_code
reword(struct pchat_chat *chat, struct pchat_range *r, int64_t max,
       const struct pchat_str *replacement, int64_t *ret_n, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(query) q = { 0 };
	bool row = false;
	enum pchat_code code = pchat_query_use(&chat->conn, PCHAT_Q_MESSAGES_SLICE, &q, err);

	if (code != PCHAT_OK)
		return code;
	pchat_stmt_int(q.stmt, 1, r->lo);
	pchat_stmt_int(q.stmt, 2, r->hi);
	pchat_stmt_int(q.stmt, 3, max);
	r->hi = r->lo;
	while (code == PCHAT_OK && (code = pchat_query_step(&q, &row, err)) == PCHAT_OK && row) {
		int64_t key = pchat_col_int(q.stmt, 0), author = pchat_col_int(q.stmt, 1);

		code = pchat_chat_words_drop(chat, key, author, pchat_col_str(q.stmt, 2),
		                             pchat_col_str(q.stmt, 3), err);
		if (code == PCHAT_OK && replacement)
			code = pchat_chat_words_add(chat, key, author, *replacement,
			                            (struct pchat_str){ 0 }, err);
		r->hi = key + 1;
		++*ret_n;
	}
	return code;
}

enum pchat_code
pchat_chat_drop_slice(struct pchat_chat *chat, int64_t room, struct pchat_range r, int64_t max,
                      int64_t *ret_n, struct pchat_err *err)
{
	enum pchat_code code;

	*ret_n = 0;
	code = reword(chat, &r, max, NULL, ret_n, err);
	if (code == PCHAT_OK && *ret_n > 0)
		code = forget_range(chat, r, err);
	return code == PCHAT_OK && *ret_n > 0 ? lower_kept(chat, room, *ret_n, err) : code;
}

static enum pchat_code
replace_one(struct pchat_chat *chat, int64_t key, const struct pchat_str *text,
            struct pchat_err *err)
{
	struct pchat_range r = { key, key + 1 };
	PCHAT_AUTO_VALUE(query) q = { 0 };
	int64_t n = 0;
	enum pchat_code code = reword(chat, &r, 1, text, &n, err);

	if (code == PCHAT_OK)
		code = pchat_query_use(&chat->conn, PCHAT_Q_MESSAGE_REPLACE, &q, err);
	if (code != PCHAT_OK)
		return code;
	pchat_stmt_str(q.stmt, 1, *text);
	pchat_stmt_int(q.stmt, 2, key);
	return pchat_query_run(&q, err);
}

/* Messages to be changed: found first, changed then, because the index cannot be changed while it
 * is read. */
struct slice {
	struct pchat_chat *chat;
	int64_t room;
	PCHAT_VEC(uint64_t) ids;
};

static enum pchat_code
note_id(void *ctx, const struct pchat_message *m, struct pchat_err *err)
{
	struct slice *s = ctx;

	return pchat_vec_push(&s->ids, m->id) ? PCHAT_OK : pchat_no_memory(err);
}

static enum pchat_code
change_slice(struct slice *s, const struct pchat_message_change *c, struct pchat_err *err)
{
	enum pchat_code code = PCHAT_OK;

	for (size_t i = 0; code == PCHAT_OK && i < s->ids.n; i++) {
		int64_t key = pchat_range_of(s->room).lo + (int64_t)s->ids.v[i], n;

		if (c->op == PCHAT_MESSAGES_REPLACE)
			code = replace_one(s->chat, key, &c->replacement, err);
		else
			code = pchat_chat_drop_slice(
				s->chat, s->room, (struct pchat_range){ key, key + 1 }, 1, &n, err);
	}
	return code;
}

static enum pchat_code
find_and_change(struct slice *s, const struct pchat_message_change *c,
                struct pchat_message_search *search, bool *ret_more, struct pchat_err *err)
{
	const struct pchat_driver *d = s->chat->driver;
	struct pchat_message_found found = { 0 };
	enum pchat_code code = d->begin(s->chat->conn.db, true, err);

	s->ids.n = 0;
	if (code == PCHAT_OK)
		code = pchat_chat_search(s->chat, search, note_id, s, &found, err);
	if (code == PCHAT_OK)
		code = change_slice(s, c, err);
	if (code == PCHAT_OK)
		code = d->commit(s->chat->conn.db, err);
	if (code != PCHAT_OK)
		d->rollback(s->chat->conn.db);
	*ret_more = found.more;
	if (s->ids.n > 0)
		search->filter.after = s->ids.v[s->ids.n - 1];
	return code;
}

static enum pchat_code
carry_out(struct pchat_chat *chat, const struct pchat_message_change *c, struct pchat_err *err)
{
	struct pchat_message_search search = { .filter = c->filter,
		                               .oldest_first = true,
		                               .limit = SLICE };
	struct slice s = { .chat = chat };
	bool more = true;
	enum pchat_code code = pchat_chat_room_number(s.chat, c->filter.room, &s.room, err);

	if (code == PCHAT_OK && s.room == 0)
		return PCHAT_OK;
	while (code == PCHAT_OK && more)
		code = find_and_change(&s, c, &search, &more, err);
	pchat_vec_release(&s.ids);
	return code;
}

/* A change with texts of its own: policy.db is not read while chat.db is written, which may take
 * long and would hold back its log. */
struct kept_change {
	struct pchat_message_change c;
	struct pchat_buf texts;
	struct pchat_str authors[];
};

static struct pchat_str
keep_text(struct kept_change *k, struct pchat_str s)
{
	const char *at = k->texts.p + k->texts.n;

	pchat_buf_str(&k->texts, s); /* reserved: does not move */
	pchat_buf_char(&k->texts, '\0');
	return (struct pchat_str){ at, s.n };
}

static size_t
texts_size(const struct pchat_message_change *c)
{
	size_t n = strlen(c->filter.room) + c->filter.text.n + c->replacement.n + 3;

	for (size_t i = 0; i < c->filter.n_authors; i++)
		n += c->filter.authors[i].n + 1;
	return n;
}

struct kept_changes {
	PCHAT_VEC(struct kept_change *) v;
};

static void
kept_changes_release(struct kept_changes *all)
{
	for (size_t i = 0; i < all->v.n; i++) {
		pchat_buf_release(&all->v.v[i]->texts);
		free(all->v.v[i]);
	}
	pchat_vec_release(&all->v);
}

static enum pchat_code
keep_change(void *ctx, const struct pchat_message_change *c, struct pchat_err *err)
{
	struct kept_changes *all = ctx;
	struct kept_change *k = calloc(1, sizeof(*k) + c->filter.n_authors * sizeof(*k->authors));

	if (!k || !pchat_vec_push(&all->v, k)) {
		free(k);
		return pchat_no_memory(err);
	}
	k->c = *c;
	if (!pchat_buf_reserve(&k->texts, texts_size(c)))
		return pchat_no_memory(err);
	k->c.filter.room = keep_text(k, pchat_str(c->filter.room)).p;
	k->c.filter.text = keep_text(k, c->filter.text);
	k->c.replacement = keep_text(k, c->replacement);
	for (size_t i = 0; i < c->filter.n_authors; i++)
		k->authors[i] = keep_text(k, c->filter.authors[i]);
	k->c.filter.authors = k->authors;
	return PCHAT_OK;
}

enum pchat_code
pchat_chat_change_messages(struct pchat_store *store, struct pchat_chat *chat, uint64_t after,
                           uint64_t upto, struct pchat_err *err)
{
	struct kept_changes all = { 0 };
	enum pchat_code code;

	assert(chat->writer && !chat->batch);
	pchat_chat_forget_cache(chat);
	code = pchat_store_message_changes(store, after, upto, keep_change, &all, err);
	for (size_t i = 0; code == PCHAT_OK && i < all.v.n; i++)
		code = carry_out(chat, &all.v.v[i]->c, err);
	kept_changes_release(&all);
	return code;
}
