/* Messages found, counted, changed. */
#include "tests/unit/schema/support.h"

#include <stdio.h>

#include "base/clock.h"
#include "schema/chat_internal.h"
#include "schema/message.h"

struct fixture {
	struct place place;
	struct pchat_store *store;
	struct pchat_chat *chat;
	char rates[PCHAT_GUID_LEN + 1]; /* a room that policy.db knows */
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct pchat_err err = { 0 };
	struct pchat_object *o;

	assert_non_null(f);
	place_with_store(&f->place);
	ok(&err, pchat_store_open(f->place.store, PCHAT_STORE_WRITE, &f->store, &err));
	create_contoso(f->store);
	o = get(f->store, "room Rates desk");
	memcpy(f->rates, o->guid, sizeof(f->rates));
	pchat_object_free(o);
	ok(&err, pchat_chat_open(f->place.store, true, &f->chat, &err));
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	pchat_chat_close(f->chat);
	pchat_store_close(f->store);
	place_free(&f->place);
	free(f);
	return 0;
}

struct line {
	const char *room, *author, *text, *extra;
};

static void
post(struct fixture *f, const struct line *lines, size_t n)
{
	struct pchat_err err = { 0 };

	ok(&err, pchat_chat_begin(f->chat, &err));
	for (size_t i = 0; i < n; i++) {
		struct pchat_message m = {
			.room = pchat_str(lines[i].room),
			.author = pchat_str(lines[i].author),
			.display = PCHAT_STR("Somebody"),
			.text = pchat_str(lines[i].text),
			.extra = pchat_str(lines[i].extra),
			.attributes = PCHAT_STR(" x=\"y\""),
		};

		ok(&err, pchat_chat_add(f->chat, &m, true, &err));
	}
	ok(&err, pchat_chat_commit(f->chat, &err));
}

static enum pchat_code
note(void *ctx, const struct pchat_message *m, struct pchat_err *err)
{
	(void)err;
	pchat_buf_printf(ctx, "%.1s%llu ", m->room.p, (unsigned long long)m->id);
	return PCHAT_OK;
}

/* "11 12 ": first digit of the room, number of the message. */
static void
assert_found(struct fixture *f, struct pchat_message_search s, const char *wanted, uint64_t count,
             bool more)
{
	PCHAT_AUTO_VALUE(buf) out = { 0 };
	struct pchat_message_found found = { 0 };
	struct pchat_err err = { 0 };

	ok(&err, pchat_chat_search(f->chat, &s, note, &out, &found, &err));
	assert_string_equal(pchat_buf_cstr(&out), wanted);
	assert_int_equal(found.count, count);
	assert_int_equal(found.more, more);
}

#define found_text(f, words, how, wanted, n)                                                  \
	assert_found(f,                                                                       \
	             (struct pchat_message_search){ .filter = { .room = ROOM_1,               \
	                                                        .text = pchat_str(words),     \
	                                                        .match = PCHAT_MATCH_##how }, \
	                                            .oldest_first = true },                   \
	             wanted, n, false)

static void
post_some(struct fixture *f)
{
	static const struct line lines[] = {
		{ ROOM_2, AMY, "the other room", "" },
		{ ROOM_1, AMY, "The quick brown fox", "" },
		{ ROOM_1, BOB, "jumps over the lazy dog", "" },
		{ ROOM_2, BOB, "quick as lightning", "" },
		{ ROOM_1, AMY, "brown quick, not quick brown", "" },
		{ ROOM_1, BOB,
		  "Fu\xc3\x9f\xc3\xa4ll\xc3\xaa and <a href=\"http://x.example/Plan\">it</a>",
		  "<rtf>{\\rtf1 formatted \\b text}</rtf><story>Title here</story>" },
		{ ROOM_1, BOB, "QUICK", "" },
	};

	post(f, lines, PCHAT_N(lines));
}

static void
test_words(void **state)
{
	struct fixture *f = *state;

	post_some(f);
	found_text(f, "quick", ANY, "11 13 15 ", 3);
	found_text(f, "Quick dog", ANY, "11 12 13 15 ", 4);
	found_text(f, "quick BROWN", ALL, "11 13 ", 2);
	found_text(f, "quick dog", ALL, "", 0);
	found_text(f, "quick brown", PHRASE, "11 13 ", 2);
	found_text(f, "brown quick", PHRASE, "13 ", 1);
	found_text(f, "brown, QUICK! not", PHRASE, "13 ", 1);
	found_text(f, "rown quick", PHRASE, "", 0);
	found_text(f, "the quick", PHRASE, "11 ", 1);
	found_text(f, "nowhere", ANY, "", 0);
	found_text(f, "fusssalle", ANY, "", 0);
	found_text(f,
	           "fu\xc3\x9f"
	           "alle",
	           ANY, "14 ", 1);
	found_text(f, "plan", ANY, "14 ", 1);
	found_text(f, "href", ANY, "", 0);
	found_text(f, "formatted text", PHRASE, "14 ", 1);
	found_text(f, "rtf1", ANY, "", 0);
	found_text(f, "title", ANY, "14 ", 1);
	/* Not across the end of the text. */
	found_text(f, "it formatted", PHRASE, "", 0);
	/* Nothing that means something to the index gets through. */
	found_text(f, "\"quick\" OR dog*", ALL, "", 0);
	found_text(f, "NOT NEAR(quick)", ANY, "11 13 15 ", 3);
	found_text(f, "_1", ANY, "", 0);
}

static void
test_case(void **state)
{
	struct fixture *f = *state;
	struct pchat_message_search s = {
		.filter = { .room = ROOM_1, .text = PCHAT_STR("The"), .match_case = true }
	};

	post_some(f);
	assert_found(f, s, "11 ", 1, false);
	s.filter.text = PCHAT_STR("quick QUICK");
	assert_found(f, s, "15 13 11 ", 3, false);
	s.filter.match = PCHAT_MATCH_ALL;
	assert_found(f, s, "", 0, false);
	s.filter.match = PCHAT_MATCH_PHRASE;
	s.filter.text = PCHAT_STR("quick brown");
	assert_found(f, s, "13 11 ", 2, false);
	s.filter.text = PCHAT_STR("Quick brown");
	assert_found(f, s, "", 0, false);
	s.filter.match_case = false;
	assert_found(f, s, "13 11 ", 2, false);
}

static void
test_authors(void **state)
{
	struct fixture *f = *state;
	const struct pchat_str both[] = { PCHAT_STR(AMY), PCHAT_STR(BOB) };
	const struct pchat_str nobody = PCHAT_STR("sip:nobody@contoso.example");
	struct pchat_message_search s = {
		.filter = { .room = ROOM_1, .authors = both, .n_authors = 1 }
	};

	post_some(f);
	assert_found(f, s, "13 11 ", 2, false);
	s.filter.text = PCHAT_STR("quick");
	s.filter.n_authors = 2;
	assert_found(f, s, "15 13 11 ", 3, false);
	s.filter.authors = &both[1];
	s.filter.n_authors = 1;
	assert_found(f, s, "15 ", 1, false);
	s.filter.authors = &nobody;
	assert_found(f, s, "", 0, false);
	/* All rooms: one after the other. */
	s.filter.room = NULL;
	s.filter.authors = both;
	s.oldest_first = true;
	assert_found(f, s, "11 13 ", 2, false);
	s.filter.authors = &both[1];
	assert_found(f, s, "22 15 ", 2, false);
}

static void
test_limit_and_going_on(void **state)
{
	struct fixture *f = *state;
	struct pchat_message_search s = {
		.filter = { .room = ROOM_1, .text = PCHAT_STR("quick the") }, .limit = 2
	};

	post_some(f);
	assert_found(f, s, "15 13 ", 2, true);
	s.filter.before = 3;
	assert_found(f, s, "12 11 ", 2, false);
	s.filter.before = 0;
	s.count = 3;
	assert_found(f, s, "15 13 ", 3, true);
	s.count = 10;
	assert_found(f, s, "15 13 ", 4, true);
	s.limit = 4;
	assert_found(f, s, "15 13 12 11 ", 4, false);
	s.oldest_first = true;
	s.limit = 1;
	s.count = 0;
	s.filter.after = 1;
	assert_found(f, s, "12 ", 1, true);
	s.filter.after = 5;
	assert_found(f, s, "", 0, false);
	s.filter.after = UINT64_MAX;
	assert_found(f, s, "", 0, false);
	/* Candidates looked at. */
	s = (struct pchat_message_search){ .filter = { .room = ROOM_1,
		                                       .text = PCHAT_STR("brown quick"),
		                                       .match = PCHAT_MATCH_PHRASE },
		                           .oldest_first = true,
		                           .examine = 1 };
	assert_found(f, s, "", 0, true);
	s.examine = 2;
	assert_found(f, s, "13 ", 1, false);
	/* No words: all messages. */
	s = (struct pchat_message_search){ .filter = { .room = ROOM_1 }, .limit = 2 };
	assert_found(f, s, "15 14 ", 2, true);
}

static void
test_dates(void **state)
{
	struct fixture *f = *state;
	struct pchat_err err = { 0 };
	struct pchat_message_search s = { .filter = { .room = ROOM_1 }, .oldest_first = true };
	int64_t times[6] = { 0 };

	for (unsigned i = 0; i < 5; i++) {
		struct pchat_message m = { .room = PCHAT_STR(ROOM_1),
			                   .author = PCHAT_STR(AMY),
			                   .text = PCHAT_STR("word") };

		ok(&err, pchat_chat_begin(f->chat, &err));
		ok(&err, pchat_chat_add(f->chat, &m, i != 2, &err));
		ok(&err, pchat_chat_commit(f->chat, &err));
		times[i] = m.time;
		while (pchat_now() <= m.time)
			; /* the next one is a microsecond later */
	}
	s.filter.from = times[1];
	assert_found(f, s, "12 14 15 ", 3, false);
	s.filter.from = times[1] + 1;
	assert_found(f, s, "14 15 ", 2, false);
	s.filter.to = times[3];
	assert_found(f, s, "14 ", 1, false);
	s.filter.to = times[3] - 1;
	assert_found(f, s, "", 0, false);
	s.filter.from = 0;
	s.filter.text = PCHAT_STR("word");
	assert_found(f, s, "11 12 ", 2, false);
	s.filter.room = NULL;
	assert_found(f, s, "11 12 ", 2, false);
	s.filter.to = INT64_MAX;
	assert_found(f, s, "11 12 14 15 ", 4, false);
	s.filter.room = ROOM_1;
	s.filter.from = INT64_MAX;
	assert_found(f, s, "", 0, false);
}

static void
refused(struct fixture *f, struct pchat_message_search s, enum pchat_code code, const char *text)
{
	struct pchat_err err = { 0 };

	failed(&err, code, text, NULL, pchat_chat_search(f->chat, &s, NULL, NULL, NULL, &err));
}

static void
test_refused(void **state)
{
	struct fixture *f = *state;
	PCHAT_AUTO_VALUE(buf) words = { 0 };
	struct pchat_str authors[PCHAT_SEARCH_AUTHORS + 1];
	struct pchat_message_search s = { .filter = { .text = PCHAT_STR(" ,;") } };
	struct pchat_err err = { 0 };

	post_some(f);
	refused(f, s, PCHAT_INVALID, "no word");
	s.filter = (struct pchat_message_filter){ .before = 7 };
	refused(f, s, PCHAT_INVALID, "without a room");
	for (int i = 0; i < PCHAT_SEARCH_WORDS; i++)
		pchat_buf_lit(&words, "w ");
	s.filter = (struct pchat_message_filter){ .text = pchat_buf_view(&words) };
	assert_found(f, s, "", 0, false);
	pchat_buf_lit(&words, "w");
	s.filter.text = pchat_buf_view(&words);
	refused(f, s, PCHAT_LIMIT, "more than 32 words");
	for (size_t i = 0; i < PCHAT_N(authors); i++)
		authors[i] = PCHAT_STR(AMY);
	s.filter = (struct pchat_message_filter){ .authors = authors,
		                                  .n_authors = PCHAT_SEARCH_AUTHORS };
	ok(&err, pchat_chat_search(f->chat, &s, NULL, NULL, NULL, &err));
	s.filter.n_authors++;
	refused(f, s, PCHAT_LIMIT, "authors");
}

/* What was taken back is not found; the batch after it is. */
static void
test_rollback(void **state)
{
	struct fixture *f = *state;
	struct pchat_err err = { 0 };

	ok(&err, pchat_chat_begin(f->chat, &err));
	ok(&err, say(f->chat, ROOM_1, "taken back", NULL, &err));
	pchat_chat_rollback(f->chat);
	post_some(f);
	found_text(f, "taken", ANY, "", 0);
	found_text(f, "lazy", ANY, "12 ", 1);
}

/* Many rooms in one batch, later batches for earlier rooms, texts larger than what is held back. */
static void
test_order_of_keys(void **state)
{
	struct fixture *f = *state;
	struct pchat_err err = { 0 };
	char *large = malloc((1u << 20) + 1);

	assert_non_null(large);
	memset(large, 'x', 1u << 20);
	for (size_t i = 7; i < (1u << 20); i += 8)
		large[i] = ' ';
	large[1u << 20] = '\0';
	ok(&err, pchat_chat_begin(f->chat, &err));
	for (int i = 0; i < 6; i++) {
		ok(&err, say(f->chat, ROOM_2, large, NULL, &err));
		ok(&err, say(f->chat, ROOM_1, "small word", NULL, &err));
	}
	ok(&err, pchat_chat_commit(f->chat, &err));
	found_text(f, "word", ANY, "11 12 13 14 15 16 ", 6);
	assert_found(f,
	             (struct pchat_message_search){
			     .filter = { .room = ROOM_2, .text = PCHAT_STR("xxxxxxx") } },
	             "26 25 24 23 22 21 ", 6, false);
	free(large);
}

/* ---- counts ---- */

static enum pchat_code
note_room(void *ctx, const struct pchat_room_activity *a, struct pchat_err *err)
{
	(void)err;
	assert_true(a->last_time > 0);
	pchat_buf_printf(ctx, "%.1s:%llu/%llu ", a->guid, (unsigned long long)a->kept,
	                 (unsigned long long)a->last_id);
	return PCHAT_OK;
}

static enum pchat_code
note_activity(void *ctx, const struct pchat_activity *a, struct pchat_err *err)
{
	(void)err;
	assert_true(a->first > 0 && a->first <= a->last);
	pchat_buf_printf(ctx, "%.1s:%.*s:%llu:%llu ", a->room, 3, a->author.p + 4,
	                 (unsigned long long)a->messages, (unsigned long long)a->characters);
	return PCHAT_OK;
}

static void
test_counts(void **state)
{
	struct fixture *f = *state;
	PCHAT_AUTO_VALUE(buf) rooms = { 0 };
	PCHAT_AUTO_VALUE(buf) all = { 0 };
	PCHAT_AUTO_VALUE(buf) one = { 0 };
	PCHAT_AUTO_VALUE(buf) late = { 0 };
	struct pchat_room_activity a = { 0 };
	struct pchat_err err = { 0 };

	post_some(f);
	ok(&err, pchat_chat_begin(f->chat, &err));
	ok(&err, pchat_chat_add(f->chat,
	                        &(struct pchat_message){ .room = PCHAT_STR(ROOM_2),
	                                                 .author = PCHAT_STR(AMY),
	                                                 .text = PCHAT_STR("not kept") },
	                        false, &err));
	ok(&err, pchat_chat_commit(f->chat, &err));
	ok(&err, pchat_chat_rooms(f->chat, note_room, &rooms, &err));
	assert_string_equal(pchat_buf_cstr(&rooms), "2:2/3 1:5/5 ");
	ok(&err, pchat_chat_room(f->chat, ROOM_2, &a, &err));
	assert_int_equal(a.last_id, 3);
	assert_int_equal(a.kept, 2);
	ok(&err, pchat_chat_room(f->chat, f->rates, &a, &err));
	assert_int_equal(a.last_id, 0);
	ok(&err, pchat_chat_activity(f->chat, NULL, 0, 0, note_activity, &all, &err));
	assert_string_equal(pchat_buf_cstr(&all), "2:amy:1:14 2:bob:1:18 1:amy:2:47 1:bob:3:139 ");
	ok(&err, pchat_chat_activity(f->chat, ROOM_2, 0, pchat_now(), note_activity, &one, &err));
	assert_string_equal(pchat_buf_cstr(&one), "2:amy:1:14 2:bob:1:18 ");
	ok(&err,
	   pchat_chat_activity(f->chat, NULL, pchat_now() + 1, 0, note_activity, &late, &err));
	assert_int_equal(late.n, 0);
}

/* ---- changes ---- */

static const struct pchat_origin origin = { .actor = "root",
	                                    .source = "command",
	                                    .command = "message remove" };

static uint64_t
decide(struct fixture *f, struct pchat_message_change c)
{
	PCHAT_AUTO_VALUE(txn) txn = { 0 };
	struct pchat_err err = { 0 };
	uint64_t revision = 0;

	c.filter.room = f->rates;
	ok(&err, pchat_txn_begin(&txn, f->store, &err));
	ok(&err, pchat_txn_change_messages(&txn, &c, &origin, &err));
	ok(&err, pchat_txn_commit(&txn, &revision, &err));
	return revision;
}

static void
catch_up(struct fixture *f)
{
	struct pchat_err err = { 0 };

	ok(&err, pchat_chat_catch_up(f->store, f->chat, &err));
}

static void
post_rates(struct fixture *f)
{
	const struct line lines[] = {
		{ f->rates, AMY, "secret plan", "<rtf>{\\rtf1 secret too}</rtf>" },
		{ f->rates, BOB, "harmless", "" },
		{ f->rates, BOB, "another secret", "" },
		{ f->rates, AMY, "last words", "" },
	};

	post(f, lines, PCHAT_N(lines));
}

static void
assert_rates(struct fixture *f, const char *wanted, uint64_t kept)
{
	struct pchat_err err = { 0 };
	uint64_t n = 77;
	char *text = read_last(f->chat, f->rates, 0, 100, NULL);

	assert_string_equal(text, wanted);
	free(text);
	ok(&err, pchat_chat_count(f->chat, f->rates, &n, &err));
	assert_int_equal(n, kept);
}

static uint64_t
matches(struct fixture *f, const char *words)
{
	struct pchat_message_search s = { .filter = { .room = f->rates,
		                                      .text = pchat_str(words) } };
	struct pchat_message_found found = { 0 };
	struct pchat_err err = { 0 };

	ok(&err, pchat_chat_search(f->chat, &s, NULL, NULL, &found, &err));
	return found.count;
}

static void
test_remove(void **state)
{
	struct fixture *f = *state;

	post_rates(f);
	decide(f, (struct pchat_message_change){ .op = PCHAT_MESSAGES_REMOVE,
	                                         .filter.text = PCHAT_STR("Secret") });
	assert_rates(f, "1:secret plan 2:harmless 3:another secret 4:last words ", 4);
	catch_up(f);
	assert_rates(f, "2:harmless 4:last words ", 2);
	assert_int_equal(matches(f, "secret"), 0);
	assert_int_equal(matches(f, "plan too another"), 0);
	assert_int_equal(matches(f, "harmless"), 1);
	/* Numbers go on; what is posted later stays. */
	post_rates(f);
	catch_up(f);
	assert_int_equal(matches(f, "secret"), 2);
}

static void
test_remove_by_author_and_date(void **state)
{
	const struct pchat_str bob = PCHAT_STR(BOB);
	struct fixture *f = *state;

	post_rates(f);
	decide(f, (struct pchat_message_change){ .op = PCHAT_MESSAGES_REMOVE,
	                                         .filter = { .authors = &bob, .n_authors = 1 } });
	decide(f, (struct pchat_message_change){ .op = PCHAT_MESSAGES_REMOVE,
	                                         .filter = { .from = INT64_MAX } });
	catch_up(f);
	assert_rates(f, "1:secret plan 4:last words ", 2);
	assert_int_equal(matches(f, "harmless"), 0);
}

static void
test_clear(void **state)
{
	struct fixture *f = *state;
	int64_t middle;

	post_rates(f);
	middle = pchat_now();
	while (pchat_now() <= middle)
		;
	post_rates(f);
	decide(f, (struct pchat_message_change){ .op = PCHAT_MESSAGES_CLEAR, .filter.to = middle });
	catch_up(f);
	assert_rates(f, "5:secret plan 6:harmless 7:another secret 8:last words ", 4);
	decide(f, (struct pchat_message_change){ .op = PCHAT_MESSAGES_CLEAR });
	catch_up(f);
	assert_rates(f, "", 0);
	assert_int_equal(matches(f, "secret harmless last"), 0);
	post_rates(f);
	assert_int_equal(matches(f, "secret"), 2);
}

static enum pchat_code
note_all(void *ctx, const struct pchat_message *m, struct pchat_err *err)
{
	(void)err;
	pchat_buf_printf(ctx, "%.*s|%.*s|%.*s|%.*s ", PCHAT_STR_ARG(m->author),
	                 PCHAT_STR_ARG(m->text), PCHAT_STR_ARG(m->extra),
	                 PCHAT_STR_ARG(m->attributes));
	return PCHAT_OK;
}

static void
test_replace(void **state)
{
	struct fixture *f = *state;
	PCHAT_AUTO_VALUE(buf) out = { 0 };
	struct pchat_message_search s = { .filter = { .text = PCHAT_STR("taken") } };
	struct pchat_err err = { 0 };

	post_rates(f);
	decide(f, (struct pchat_message_change){ .op = PCHAT_MESSAGES_REPLACE,
	                                         .filter.text = PCHAT_STR("secret"),
	                                         .replacement = PCHAT_STR("taken, secret") });
	catch_up(f);
	assert_rates(f, "1:taken, secret 2:harmless 3:taken, secret 4:last words ", 4);
	assert_int_equal(matches(f, "plan"), 0);
	assert_int_equal(matches(f, "too"), 0);
	assert_int_equal(matches(f, "secret"), 2);
	ok(&err, pchat_chat_search(f->chat, &s, note_all, &out, NULL, &err));
	assert_string_equal(pchat_buf_cstr(&out), BOB "|taken, secret|| " AMY "|taken, secret|| ");
}

/* Cut short after each slice, and begun again: the same in the end. */
static void
test_many_and_again(void **state)
{
	struct fixture *f = *state;
	struct pchat_err err = { 0 };
	uint64_t reached = 0;

	ok(&err, pchat_chat_begin(f->chat, &err));
	for (int i = 0; i < 2500; i++)
		ok(&err, say(f->chat, f->rates, i % 2 ? "odd one" : "even one", NULL, &err));
	ok(&err, pchat_chat_commit(f->chat, &err));
	ok(&err, pchat_chat_reached(f->chat, &reached, &err));
	decide(f, (struct pchat_message_change){ .op = PCHAT_MESSAGES_REPLACE,
	                                         .filter.text = PCHAT_STR("odd"),
	                                         .replacement = PCHAT_STR("odd again") });
	ok(&err, pchat_chat_change_messages(f->store, f->chat, reached, INT64_MAX, &err));
	ok(&err, pchat_chat_change_messages(f->store, f->chat, reached, INT64_MAX, &err));
	assert_int_equal(matches(f, "again"), 1250);
	decide(f, (struct pchat_message_change){ .op = PCHAT_MESSAGES_REMOVE,
	                                         .filter.text = PCHAT_STR("even again"),
	                                         .filter.after = 10 });
	ok(&err, pchat_chat_change_messages(f->store, f->chat, reached, INT64_MAX, &err));
	catch_up(f);
	assert_int_equal(matches(f, "again"), 5);
	assert_int_equal(matches(f, "one"), 5);
	ok(&err, pchat_chat_count(f->chat, f->rates, &reached, &err));
	assert_int_equal(reached, 10);
}

static enum pchat_code
note_change(void *ctx, const struct pchat_message_change *c, struct pchat_err *err)
{
	(void)err;
	assert_true(c->decided > 0 && c->filter.to == c->decided);
	pchat_buf_printf(ctx, "%llu %s '%.*s' %d%d %zu '%.*s'\n", (unsigned long long)c->revision,
	                 pchat_message_op_word(c->op), PCHAT_STR_ARG(c->filter.text),
	                 c->filter.match, c->filter.match_case, c->filter.n_authors,
	                 PCHAT_STR_ARG(c->replacement));
	for (size_t i = 0; i < c->filter.n_authors; i++)
		pchat_buf_printf(ctx, " %.*s", PCHAT_STR_ARG(c->filter.authors[i]));
	return PCHAT_OK;
}

static enum pchat_code
note_journal(void *ctx, const struct pchat_journal_row *row, struct pchat_err *err)
{
	(void)err;
	pchat_buf_printf(ctx, "%s %s %d", row->command, row->key,
	                 pchat_object_eq(row->before, row->after));
	return PCHAT_OK;
}

static void
test_journal(void **state)
{
	const struct pchat_str authors[] = { PCHAT_STR(AMY), PCHAT_STR(BOB) };
	struct fixture *f = *state;
	PCHAT_AUTO_VALUE(buf) out = { 0 };
	PCHAT_AUTO_VALUE(buf) wanted = { 0 };
	PCHAT_AUTO_VALUE(buf) row = { 0 };
	struct pchat_err err = { 0 };
	uint64_t a, b;

	a = decide(f, (struct pchat_message_change){
			      .op = PCHAT_MESSAGES_REMOVE,
			      .filter = { .text = PCHAT_STR("a b"),
	                                  .match = PCHAT_MATCH_PHRASE,
	                                  .match_case = true,
	                                  .authors = authors,
	                                  .n_authors = 2 },
		      });
	b = decide(f, (struct pchat_message_change){ .op = PCHAT_MESSAGES_CLEAR });
	assert_int_equal(b, a + 1);
	ok(&err, pchat_store_message_changes(f->store, 0, 0, note_change, &out, &err));
	pchat_buf_printf(&wanted,
	                 "%llu remove 'a b' 21 2 ''\n " AMY " " BOB "%llu clear '' 00 0 ''\n",
	                 (unsigned long long)a, (unsigned long long)b);
	assert_string_equal(pchat_buf_cstr(&out), pchat_buf_cstr(&wanted));
	pchat_buf_clear(&out);
	ok(&err, pchat_store_message_changes(f->store, a, b, note_change, &out, &err));
	assert_non_null(strstr(pchat_buf_cstr(&out), "clear"));
	assert_null(strstr(pchat_buf_cstr(&out), "remove"));
	ok(&err, pchat_store_journal(f->store, a - 1, a, note_journal, &row, &err));
	assert_string_equal(pchat_buf_cstr(&row), "message remove Rates desk 1");
}

static void
not_decided(struct fixture *f, struct pchat_message_change c, enum pchat_code code,
            const char *text)
{
	PCHAT_AUTO_VALUE(txn) txn = { 0 };
	struct pchat_err err = { 0 };
	uint64_t revision = 0;

	if (!c.filter.room)
		c.filter.room = f->rates;
	ok(&err, pchat_txn_begin(&txn, f->store, &err));
	failed(&err, code, text, NULL, pchat_txn_change_messages(&txn, &c, &origin, &err));
	ok(&err, pchat_txn_commit(&txn, &revision, &err));
	assert_int_equal(revision, txn.base);
}

static void
test_not_decided(void **state)
{
	struct fixture *f = *state;
	PCHAT_AUTO_VALUE(buf) words = { 0 };

	not_decided(
		f,
		(struct pchat_message_change){ .op = PCHAT_MESSAGES_REMOVE, .filter.room = ROOM_1 },
		PCHAT_NOT_FOUND, "no room");
	not_decided(f, (struct pchat_message_change){ .op = PCHAT_MESSAGES_REPLACE }, PCHAT_INVALID,
	            "needs a text");
	not_decided(f,
	            (struct pchat_message_change){ .op = PCHAT_MESSAGES_REMOVE,
	                                           .replacement = PCHAT_STR("x") },
	            PCHAT_INVALID, "needs a text");
	not_decided(f,
	            (struct pchat_message_change){ .op = PCHAT_MESSAGES_CLEAR,
	                                           .filter.text = PCHAT_STR("x") },
	            PCHAT_INVALID, "up to a date");
	not_decided(f,
	            (struct pchat_message_change){ .op = PCHAT_MESSAGES_REMOVE,
	                                           .filter.text = PCHAT_STR("!") },
	            PCHAT_INVALID, "no word");
	not_decided(f,
	            (struct pchat_message_change){ .op = PCHAT_MESSAGES_REPLACE,
	                                           .replacement = PCHAT_STR("\xff") },
	            PCHAT_INVALID, "UTF-8");
	for (int i = 0; i <= PCHAT_SEARCH_WORDS; i++)
		pchat_buf_lit(&words, "w ");
	not_decided(f,
	            (struct pchat_message_change){ .op = PCHAT_MESSAGES_REMOVE,
	                                           .filter.text = pchat_buf_view(&words) },
	            PCHAT_LIMIT, "more than 32");
}

/* A deleted room leaves nothing to find. */
static void
test_deleted_room(void **state)
{
	struct fixture *f = *state;
	struct pchat_err err = { 0 };

	post_some(f);
	ok(&err, pchat_chat_forget_room(f->chat, ROOM_1, &err));
	assert_found(f, (struct pchat_message_search){ .filter.text = PCHAT_STR("quick") }, "22 ",
	             1, false);
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_words),
		test(test_case),
		test(test_authors),
		test(test_limit_and_going_on),
		test(test_dates),
		test(test_refused),
		test(test_rollback),
		test(test_order_of_keys),
		test(test_counts),
		test(test_remove),
		test(test_remove_by_author_and_date),
		test(test_clear),
		test(test_replace),
		test(test_many_and_again),
		test(test_journal),
		test(test_not_decided),
		test(test_deleted_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
