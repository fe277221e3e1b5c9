#include "schema/activity.h"

#include "schema/chat_internal.h"

enum pchat_code
pchat_chat_active(struct pchat_chat *chat, int64_t since, pchat_room_activity_fn each, void *ctx,
                  struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(query) q = { 0 };
	bool row = false;
	enum pchat_code code = pchat_query_use(&chat->conn, PCHAT_Q_ROOMS_SINCE, &q, err);

	if (code != PCHAT_OK)
		return code;
	pchat_stmt_int(q.stmt, 1, since);
	while ((code = pchat_query_step(&q, &row, err)) == PCHAT_OK && row) {
		struct pchat_room_activity a = {
			.guid = pchat_col_str(q.stmt, 0).p,
			.last_id = (uint64_t)pchat_col_int(q.stmt, 1),
			.last_time = pchat_col_int(q.stmt, 2),
			.kept = (uint64_t)pchat_col_int(q.stmt, 3),
		};

		code = each(ctx, &a, err);
		if (code != PCHAT_OK)
			return code;
	}
	return code;
}
