#include "schema/invite.h"

#include <assert.h>

#include "schema/chat_internal.h"

enum pchat_code
pchat_chat_invitations(struct pchat_chat *chat, struct pchat_str user, uint64_t after,
                       unsigned count, pchat_invitation_fn each, void *ctx, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(query) q = { 0 };
	bool row = false;
	enum pchat_code code = pchat_query_use(&chat->conn, PCHAT_Q_INVITATIONS, &q, err);

	if (code != PCHAT_OK)
		return code;
	pchat_stmt_str(q.stmt, 1, user);
	pchat_stmt_int(q.stmt, 2, after < INT64_MAX ? (int64_t)after : INT64_MAX);
	pchat_stmt_int(q.stmt, 3, count);
	while ((code = pchat_query_step(&q, &row, err)) == PCHAT_OK && row) {
		const struct pchat_invitation i = {
			.number = (uint64_t)pchat_col_int(q.stmt, 0),
			.room = pchat_col_str(q.stmt, 1).p,
			.created = pchat_col_int(q.stmt, 2),
		};

		code = each(ctx, &i, err);
		if (code != PCHAT_OK)
			break;
	}
	return code;
}

/* When the invitation there is was made; 0 if there is none. */
static enum pchat_code
made_at(struct pchat_chat *chat, struct pchat_str user, const char *room, int64_t *ret,
        struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(query) q = { 0 };
	bool row = false;
	enum pchat_code code = pchat_query_use(&chat->conn, PCHAT_Q_INVITATION_MADE, &q, err);

	if (code != PCHAT_OK)
		return code;
	pchat_stmt_str(q.stmt, 1, user);
	pchat_stmt_text(q.stmt, 2, room);
	code = pchat_query_step(&q, &row, err);
	*ret = code == PCHAT_OK && row ? pchat_col_int(q.stmt, 0) : 0;
	return code;
}

static enum pchat_code
next_number(struct pchat_chat *chat, struct pchat_str user, uint64_t *ret, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(query) q = { 0 };
	bool row = false;
	enum pchat_code code = pchat_query_use(&chat->conn, PCHAT_Q_INVITATION_NUMBER, &q, err);

	if (code != PCHAT_OK)
		return code;
	pchat_stmt_str(q.stmt, 1, user);
	code = pchat_query_step(&q, &row, err);
	if (code == PCHAT_OK)
		*ret = (uint64_t)pchat_col_int(q.stmt, 0);
	return code;
}

enum pchat_code
pchat_chat_invite(struct pchat_chat *chat, struct pchat_str user, const char *room, int64_t created,
                  uint64_t *ret_number, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(query) q = { 0 };
	uint64_t number = 0;
	int64_t before = 0;
	enum pchat_code code = made_at(chat, user, room, &before, err);

	assert(chat->batch && user.n > 0);
	*ret_number = 0;
	if (code != PCHAT_OK || before >= created)
		return code;
	code = next_number(chat, user, &number, err);
	if (code == PCHAT_OK)
		code = pchat_query_use(&chat->conn, PCHAT_Q_INVITATION_PUT, &q, err);
	if (code != PCHAT_OK)
		return code;
	pchat_stmt_str(q.stmt, 1, user);
	pchat_stmt_int(q.stmt, 2, (int64_t)number);
	pchat_stmt_text(q.stmt, 3, room);
	pchat_stmt_int(q.stmt, 4, created);
	code = pchat_query_run(&q, err);
	if (code == PCHAT_OK)
		*ret_number = number;
	return code;
}

enum pchat_code
pchat_chat_invited(struct pchat_chat *chat, uint64_t *ret, bool *ret_known, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(query) q = { 0 };
	enum pchat_code code = pchat_query_use(&chat->conn, PCHAT_Q_INVITED, &q, err);

	*ret_known = false;
	if (code == PCHAT_OK)
		code = pchat_query_step(&q, ret_known, err);
	*ret = code == PCHAT_OK && *ret_known ? (uint64_t)pchat_col_int(q.stmt, 0) : 0;
	return code;
}

enum pchat_code
pchat_chat_set_invited(struct pchat_chat *chat, uint64_t revision, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(query) q = { 0 };
	enum pchat_code code = pchat_query_use(&chat->conn, PCHAT_Q_INVITED_SET, &q, err);

	assert(chat->batch);
	if (code != PCHAT_OK)
		return code;
	pchat_stmt_int(q.stmt, 1, (int64_t)revision);
	return pchat_query_run(&q, err);
}
