#include "schema/keep.h"

#include "base/clock.h"
#include "schema/chat_internal.h"

/* Tokens that have run out, forgotten with each new one: more than one, so that they go down. */
#define EXPIRED_SLICE 16

static enum pchat_code
count(struct pchat_query *q, int64_t *ret, struct pchat_err *err)
{
	bool row = false;
	enum pchat_code code = pchat_query_step(q, &row, err);

	if (code == PCHAT_OK)
		*ret = row ? pchat_col_int(q->stmt, 0) : 0;
	return code;
}

/* ---- preferences ---- */

void
pchat_preference_release(struct pchat_preference *p)
{
	if (!p)
		return;
	free(p->content);
	*p = (struct pchat_preference){ 0 };
}

static enum pchat_code
use_preference(struct pchat_chat *chat, enum pchat_query_id id, const char *uri,
               struct pchat_str label, struct pchat_query *q, struct pchat_err *err)
{
	enum pchat_code code = pchat_query_use(&chat->conn, id, q, err);

	if (code != PCHAT_OK)
		return code;
	pchat_stmt_text(q->stmt, 1, uri);
	pchat_stmt_str(q->stmt, 2, label);
	return PCHAT_OK;
}

enum pchat_code
pchat_chat_preference(struct pchat_chat *chat, const char *uri, struct pchat_str label,
                      struct pchat_preference *ret, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(query) q = { 0 };
	bool row = false;
	enum pchat_code code = use_preference(chat, PCHAT_Q_PREFERENCE, uri, label, &q, err);

	*ret = (struct pchat_preference){ 0 };
	if (code == PCHAT_OK)
		code = pchat_query_step(&q, &row, err);
	if (code != PCHAT_OK || !row)
		return code;
	ret->content = pchat_str_dup(pchat_col_str(q.stmt, 1));
	if (!ret->content)
		return pchat_no_memory(err);
	ret->version = (uint64_t)pchat_col_int(q.stmt, 0);
	return PCHAT_OK;
}

/* A user who has no preference of that label yet may have one more? */
static enum pchat_code
check_room(struct pchat_chat *chat, const char *uri, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(query) q = { 0 };
	int64_t n = 0;
	enum pchat_code code = pchat_query_use(&chat->conn, PCHAT_Q_PREFERENCES_COUNT, &q, err);

	if (code != PCHAT_OK)
		return code;
	pchat_stmt_text(q.stmt, 1, uri);
	code = count(&q, &n, err);
	if (code == PCHAT_OK && n >= PCHAT_PREFERENCES_PER_USER)
		return pchat_fail(err, PCHAT_LIMIT, "more than %d preferences of one user",
		                  PCHAT_PREFERENCES_PER_USER);
	return code;
}

static enum pchat_code
check_preference(struct pchat_str label, uint64_t version, struct pchat_str content,
                 struct pchat_err *err)
{
	if (label.n == 0 || pchat_utf8_length(label) > PCHAT_PREFERENCE_LABEL)
		return pchat_fail(err, PCHAT_LIMIT, "a label has 1 to %d characters",
		                  PCHAT_PREFERENCE_LABEL);
	if (content.n > PCHAT_PREFERENCE_CONTENT)
		return pchat_fail(err, PCHAT_LIMIT, "a preference of more than %u octets",
		                  PCHAT_PREFERENCE_CONTENT);
	if (version > PCHAT_PREFERENCE_VERSION)
		return pchat_fail(err, PCHAT_LIMIT, "the number of a preference is too large");
	return PCHAT_OK;
}

enum pchat_code
pchat_chat_preference_set(struct pchat_chat *chat, const char *uri, struct pchat_str label,
                          uint64_t version, struct pchat_str content, uint64_t *ret_version,
                          struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(preference) old = { 0 };
	PCHAT_AUTO_VALUE(query) q = { 0 };
	enum pchat_code code = check_preference(label, version, content, err);

	if (code == PCHAT_OK)
		code = pchat_chat_preference(chat, uri, label, &old, err);
	if (code == PCHAT_OK && old.version == 0)
		code = check_room(chat, uri, err);
	if (code == PCHAT_OK)
		code = use_preference(chat, PCHAT_Q_PREFERENCE_SET, uri, label, &q, err);
	if (code != PCHAT_OK)
		return code;
	version = (version > old.version ? version : old.version) + 1;
	pchat_stmt_int(q.stmt, 3, (int64_t)version);
	pchat_stmt_str(q.stmt, 4, content);
	pchat_stmt_int(q.stmt, 5, pchat_now());
	code = pchat_query_run(&q, err);
	if (code == PCHAT_OK)
		*ret_version = version;
	return code;
}

/* ---- file tokens ---- */

static enum pchat_code
forget_expired(struct pchat_chat *chat, int64_t now, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(query) q = { 0 };
	enum pchat_code code = pchat_query_use(&chat->conn, PCHAT_Q_TOKENS_EXPIRED, &q, err);

	if (code != PCHAT_OK)
		return code;
	pchat_stmt_int(q.stmt, 1, now);
	pchat_stmt_int(q.stmt, 2, EXPIRED_SLICE);
	return pchat_query_run(&q, err);
}

static enum pchat_code
check_tokens(struct pchat_chat *chat, const char *uri, int64_t now, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(query) q = { 0 };
	int64_t n = 0;
	enum pchat_code code = pchat_query_use(&chat->conn, PCHAT_Q_TOKENS_COUNT, &q, err);

	if (code != PCHAT_OK)
		return code;
	pchat_stmt_text(q.stmt, 1, uri);
	pchat_stmt_int(q.stmt, 2, now);
	code = count(&q, &n, err);
	if (code == PCHAT_OK && n >= PCHAT_TOKENS_PER_USER)
		return pchat_fail(err, PCHAT_LIMIT, "more than %d files under way",
		                  PCHAT_TOKENS_PER_USER);
	return code;
}

static enum pchat_code
add_token(struct pchat_chat *chat, const struct pchat_file_right *right, int64_t now,
          const char *token, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(query) q = { 0 };
	enum pchat_code code = pchat_query_use(&chat->conn, PCHAT_Q_TOKEN_NEW, &q, err);

	if (code != PCHAT_OK)
		return code;
	pchat_stmt_text(q.stmt, 1, token);
	pchat_stmt_text(q.stmt, 2, right->uri);
	pchat_stmt_text(q.stmt, 3, right->room);
	pchat_stmt_int(q.stmt, 4, right->upload);
	pchat_stmt_str(q.stmt, 5, right->name);
	pchat_stmt_int(q.stmt, 6, now);
	pchat_stmt_int(q.stmt, 7, now + PCHAT_TOKEN_TIME);
	return pchat_query_run(&q, err);
}

enum pchat_code
pchat_chat_token_new(struct pchat_chat *chat, const struct pchat_file_right *right, int64_t now,
                     char ret_token[PCHAT_GUID_LEN + 1], struct pchat_err *err)
{
	enum pchat_code code;

	if (right->name.n == 0 || pchat_utf8_length(right->name) > PCHAT_FILE_NAME)
		return pchat_fail(err, PCHAT_LIMIT, "the name of a file has 1 to %d characters",
		                  PCHAT_FILE_NAME);
	code = forget_expired(chat, now, err);
	if (code == PCHAT_OK)
		code = check_tokens(chat, right->uri, now, err);
	if (code != PCHAT_OK)
		return code;
	pchat_guid_new(ret_token);
	return add_token(chat, right, now, ret_token, err);
}

static bool
is_for(struct pchat_query *q, const struct pchat_file_right *right, int64_t now)
{
	return pchat_str_is(pchat_col_str(q->stmt, 0), right->uri) &&
	       pchat_str_is(pchat_col_str(q->stmt, 1), right->room) &&
	       (pchat_col_int(q->stmt, 2) != 0) == right->upload && pchat_col_int(q->stmt, 4) > now;
}

static enum pchat_code
drop_token(struct pchat_chat *chat, const char *token, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(query) q = { 0 };
	enum pchat_code code = pchat_query_use(&chat->conn, PCHAT_Q_TOKEN_DROP, &q, err);

	if (code != PCHAT_OK)
		return code;
	pchat_stmt_text(q.stmt, 1, token);
	return pchat_query_run(&q, err);
}

enum pchat_code
pchat_chat_token_redeem(struct pchat_chat *chat, struct pchat_str token,
                        const struct pchat_file_right *right, int64_t now, char **ret_name,
                        struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(query) q = { 0 };
	PCHAT_AUTO_TEXT name = NULL;
	char guid[PCHAT_GUID_LEN + 1];
	bool row = false;
	enum pchat_code code = pchat_query_use(&chat->conn, PCHAT_Q_TOKEN, &q, err);

	if (code != PCHAT_OK)
		return code;
	if (!pchat_guid_parse(token, guid))
		return pchat_fail(err, PCHAT_DENIED, "the file token is not valid");
	pchat_stmt_text(q.stmt, 1, guid);
	code = pchat_query_step(&q, &row, err);
	if (code != PCHAT_OK)
		return code;
	if (!row || !is_for(&q, right, now))
		return pchat_fail(err, PCHAT_DENIED, "the file token is not valid");
	name = pchat_str_dup(pchat_col_str(q.stmt, 3));
	if (!name)
		return pchat_no_memory(err);
	pchat_query_reset(&q);
	code = drop_token(chat, guid, err);
	if (code == PCHAT_OK && ret_name)
		*ret_name = PCHAT_TAKE(name);
	return code;
}
