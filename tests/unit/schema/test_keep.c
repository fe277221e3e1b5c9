/* Preferences and file tokens. */
#include "tests/unit/schema/support.h"

#include <stdio.h>

#include "schema/keep.h"

#define NOW INT64_C(1795247866308250)

static int
setup(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	assert_non_null(p);
	place_with_store(p);
	*state = p;
	return 0;
}

static int
teardown(void **state)
{
	place_free(*state);
	free(*state);
	return 0;
}

static struct pchat_chat *
begin(struct place *p)
{
	struct pchat_chat *chat = NULL;
	struct pchat_err err = { 0 };

	ok(&err, pchat_chat_open(p->store, true, &chat, &err));
	ok(&err, pchat_chat_begin(chat, &err));
	return chat;
}

static void
assert_preference(struct pchat_chat *chat, const char *uri, const char *label, uint64_t version,
                  const char *content)
{
	PCHAT_AUTO_VALUE(preference) p = { 0 };
	struct pchat_err err = { 0 };

	ok(&err, pchat_chat_preference(chat, uri, pchat_str(label), &p, &err));
	assert_int_equal(p.version, version);
	if (content)
		assert_string_equal(p.content, content);
	else
		assert_null(p.content);
}

static uint64_t
set(struct pchat_chat *chat, const char *uri, const char *label, uint64_t version, const char *text)
{
	struct pchat_err err = { 0 };
	uint64_t got = 0;

	ok(&err, pchat_chat_preference_set(chat, uri, pchat_str(label), version, pchat_str(text),
	                                   &got, &err));
	return got;
}

static void
test_preferences(void **state)
{
	PCHAT_AUTO(chat) chat = begin(*state);

	assert_preference(chat, AMY, "a", 0, NULL);
	assert_int_equal(set(chat, AMY, "a", 71, "one"), 72);
	assert_preference(chat, AMY, "a", 72, "one");
	assert_int_equal(set(chat, AMY, "a", 3, "two"), 73);
	assert_int_equal(set(chat, AMY, "a", 100, ""), 101);
	assert_preference(chat, AMY, "a", 101, "");
	assert_preference(chat, AMY, "A", 0, NULL);
	assert_preference(chat, BOB, "a", 0, NULL);
}

static void
test_preference_limits(void **state)
{
	PCHAT_AUTO(chat) chat = begin(*state);
	struct pchat_err err = { 0 };
	char label[PCHAT_PREFERENCE_LABEL + 2], name[20];
	char *large = malloc(PCHAT_PREFERENCE_CONTENT + 1);
	uint64_t got = 0;

	assert_non_null(large);
	memset(large, 'x', PCHAT_PREFERENCE_CONTENT + 1);
	memset(label, 'x', sizeof(label));
	ok(&err, pchat_chat_preference_set(
			 chat, AMY, (struct pchat_str){ label, 255 }, PCHAT_PREFERENCE_VERSION,
			 (struct pchat_str){ large, PCHAT_PREFERENCE_CONTENT }, &got, &err));
	failed(&err, PCHAT_LIMIT, "255", NULL,
	       pchat_chat_preference_set(chat, AMY, (struct pchat_str){ label, 256 }, 0,
	                                 PCHAT_STR(""), &got, &err));
	failed(&err, PCHAT_LIMIT, "255", NULL,
	       pchat_chat_preference_set(chat, AMY, PCHAT_STR(""), 0, PCHAT_STR(""), &got, &err));
	failed(&err, PCHAT_LIMIT, "65536", NULL,
	       pchat_chat_preference_set(chat, AMY, PCHAT_STR("a"), 0,
	                                 (struct pchat_str){ large, PCHAT_PREFERENCE_CONTENT + 1 },
	                                 &got, &err));
	failed(&err, PCHAT_LIMIT, "too large", NULL,
	       pchat_chat_preference_set(chat, AMY, PCHAT_STR("a"), PCHAT_PREFERENCE_VERSION + 1,
	                                 PCHAT_STR(""), &got, &err));
	for (int i = 1; i < PCHAT_PREFERENCES_PER_USER; i++) {
		snprintf(name, sizeof(name), "%d", i);
		set(chat, AMY, name, 0, "x");
	}
	failed(&err, PCHAT_LIMIT, "more than 64", NULL,
	       pchat_chat_preference_set(chat, AMY, PCHAT_STR("one more"), 0, PCHAT_STR(""), &got,
	                                 &err));
	set(chat, AMY, "1", 0, "an old one may change");
	set(chat, BOB, "1", 0, "and others are others");
	free(large);
}

static const struct pchat_file_right upload = { AMY, ROOM_1, true, { "a.txt", 5 } };

static void
make(struct pchat_chat *chat, const struct pchat_file_right *right, int64_t now,
     char token[PCHAT_GUID_LEN + 1])
{
	struct pchat_err err = { 0 };

	ok(&err, pchat_chat_token_new(chat, right, now, token, &err));
	assert_int_equal(strlen(token), PCHAT_GUID_LEN);
}

static void
denied(struct pchat_chat *chat, const char *token, struct pchat_file_right right, int64_t now)
{
	struct pchat_err err = { 0 };
	char *name = NULL;

	failed(&err, PCHAT_DENIED, "not valid", NULL,
	       pchat_chat_token_redeem(chat, pchat_str(token), &right, now, &name, &err));
	assert_null(name);
}

static void
test_token_once(void **state)
{
	PCHAT_AUTO(chat) chat = begin(*state);
	struct pchat_err err = { 0 };
	char token[PCHAT_GUID_LEN + 1], other[PCHAT_GUID_LEN + 1];
	char *name = NULL;

	make(chat, &upload, NOW, token);
	make(chat, &upload, NOW, other);
	assert_string_not_equal(token, other);
	denied(chat, token, (struct pchat_file_right){ .uri = BOB, .room = ROOM_1, .upload = true },
	       NOW);
	denied(chat, token, (struct pchat_file_right){ .uri = AMY, .room = ROOM_2, .upload = true },
	       NOW);
	denied(chat, token, (struct pchat_file_right){ .uri = AMY, .room = ROOM_1 }, NOW);
	denied(chat, token, upload, NOW + PCHAT_TOKEN_TIME);
	denied(chat, ROOM_1, upload, NOW);
	denied(chat, "not a guid", upload, NOW);
	ok(&err, pchat_chat_token_redeem(chat, pchat_str(token), &upload,
	                                 NOW + PCHAT_TOKEN_TIME - 1, &name, &err));
	assert_string_equal(name, "a.txt");
	free(name);
	denied(chat, token, upload, NOW);
	ok(&err, pchat_chat_token_redeem(chat, pchat_str(other), &upload, NOW, NULL, &err));
}

static void
test_token_limits(void **state)
{
	PCHAT_AUTO(chat) chat = begin(*state);
	struct pchat_err err = { 0 };
	char token[PCHAT_GUID_LEN + 1], text[PCHAT_FILE_NAME + 2];
	struct pchat_file_right right = upload;

	memset(text, 'x', sizeof(text));
	right.name = (struct pchat_str){ text, PCHAT_FILE_NAME };
	make(chat, &right, NOW, token);
	right.name.n++;
	failed(&err, PCHAT_LIMIT, "256", NULL,
	       pchat_chat_token_new(chat, &right, NOW, token, &err));
	right.name.n = 0;
	failed(&err, PCHAT_LIMIT, "256", NULL,
	       pchat_chat_token_new(chat, &right, NOW, token, &err));
	for (int i = 1; i < PCHAT_TOKENS_PER_USER; i++)
		make(chat, &upload, NOW + i, token);
	failed(&err, PCHAT_LIMIT, "more than 64 files", NULL,
	       pchat_chat_token_new(chat, &upload, NOW, token, &err));
	/* Others may, and he when one has run out or was used. */
	right = upload;
	right.uri = BOB;
	make(chat, &right, NOW, token);
	make(chat, &upload, NOW + PCHAT_TOKEN_TIME, token);
	ok(&err, pchat_chat_token_redeem(chat, pchat_str(token), &upload, NOW, NULL, &err));
	make(chat, &upload, NOW + PCHAT_TOKEN_TIME, token);
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_preferences),
		test(test_preference_limits),
		test(test_token_once),
		test(test_token_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
