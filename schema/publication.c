#include "schema/publication.h"

#include "schema/chat_internal.h"

static enum pchat_code
use(struct pchat_chat *chat, enum pchat_query_id id, const char *uri,
    const struct pchat_kept_publication *p, struct pchat_query *q, struct pchat_err *err)
{
	enum pchat_code code = pchat_query_use(&chat->conn, id, q, err);

	if (code != PCHAT_OK)
		return code;
	pchat_stmt_text(q->stmt, 1, uri);
	pchat_stmt_str(q->stmt, 2, p->category);
	pchat_stmt_int(q->stmt, 3, p->container);
	pchat_stmt_int(q->stmt, 4, p->instance);
	return PCHAT_OK;
}

enum pchat_code
pchat_chat_publication_version(struct pchat_chat *chat, const char *uri,
                               const struct pchat_kept_publication *p, int64_t now, uint32_t *ret,
                               struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(query) q = { 0 };
	bool row = false;
	enum pchat_code code = use(chat, PCHAT_Q_PUBLICATION_VERSION, uri, p, &q, err);

	if (code == PCHAT_OK) {
		pchat_stmt_int(q.stmt, 5, now);
		code = pchat_query_step(&q, &row, err);
	}
	if (code == PCHAT_OK)
		*ret = row ? (uint32_t)pchat_col_int(q.stmt, 0) : 0;
	return code;
}

enum pchat_code
pchat_chat_publication_put(struct pchat_chat *chat, const char *uri,
                           const struct pchat_kept_publication *p, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(query) q = { 0 };
	enum pchat_code code = use(chat, PCHAT_Q_PUBLICATION_PUT, uri, p, &q, err);

	if (code != PCHAT_OK)
		return code;
	pchat_stmt_int(q.stmt, 5, p->version);
	pchat_stmt_int(q.stmt, 6, p->has_expires ? (int64_t)p->expires : -1);
	pchat_stmt_int(q.stmt, 7, p->until);
	pchat_stmt_int(q.stmt, 8, p->time);
	pchat_stmt_str(q.stmt, 9, p->room);
	pchat_stmt_str(q.stmt, 10, p->content);
	return pchat_query_run(&q, err);
}

enum pchat_code
pchat_chat_publication_drop(struct pchat_chat *chat, const char *uri,
                            const struct pchat_kept_publication *p, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(query) q = { 0 };
	enum pchat_code code = use(chat, PCHAT_Q_PUBLICATION_DROP, uri, p, &q, err);

	return code == PCHAT_OK ? pchat_query_run(&q, err) : code;
}

static struct pchat_kept_publication
read_row(struct pchat_stmt *stmt)
{
	int64_t expires = pchat_col_int(stmt, 4);

	return (struct pchat_kept_publication){
		.category = pchat_col_str(stmt, 0),
		.container = (uint32_t)pchat_col_int(stmt, 1),
		.instance = (uint32_t)pchat_col_int(stmt, 2),
		.version = (uint32_t)pchat_col_int(stmt, 3),
		.has_expires = expires >= 0,
		.expires = expires >= 0 ? (uint32_t)expires : 0,
		.until = pchat_col_int(stmt, 5),
		.time = pchat_col_int(stmt, 6),
		.room = pchat_col_str(stmt, 7),
		.content = pchat_col_str(stmt, 8),
	};
}

enum pchat_code
pchat_chat_publications(struct pchat_chat *chat, const char *uri, struct pchat_str category,
                        int64_t now, pchat_publication_fn each, void *ctx, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(query) q = { 0 };
	bool row = false;
	enum pchat_code code = pchat_query_use(
		&chat->conn, category.n ? PCHAT_Q_PUBLICATIONS_OF_CATEGORY : PCHAT_Q_PUBLICATIONS,
		&q, err);

	if (code != PCHAT_OK)
		return code;
	pchat_stmt_text(q.stmt, 1, uri);
	pchat_stmt_int(q.stmt, 2, now);
	if (category.n)
		pchat_stmt_str(q.stmt, 3, category);
	while ((code = pchat_query_step(&q, &row, err)) == PCHAT_OK && row) {
		struct pchat_kept_publication p = read_row(q.stmt);

		code = each(ctx, &p, err);
		if (code != PCHAT_OK)
			break;
	}
	return code;
}
