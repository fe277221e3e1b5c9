#include "schema/internal.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "schema/chat.h"
#include "schema/confirmation.h"
#include "schema/migrate.h"

void
pchat_store_close(struct pchat_store *store)
{
	if (!store)
		return;
	if (store->conn.db)
		store->driver->rollback(store->conn.db);
	pchat_conn_close(&store->conn);
	pchat_buf_release(&store->fold);
	pchat_buf_release(&store->json_before);
	pchat_buf_release(&store->json_after);
	free(store);
}

static enum pchat_code
open_store(struct pchat_store *store, struct pchat_err *err)
{
	unsigned flags = store->mode == PCHAT_STORE_WRITE ? PCHAT_DB_WRITE : 0;
	enum pchat_code code = pchat_driver_for(store->path, &store->driver, err);

	if (code == PCHAT_OK)
		code = store->driver->open(store->path, PCHAT_PART_POLICY, flags, &store->conn.db,
		                           err);
	if (code == PCHAT_OK)
		code = pchat_migrate_check(store->conn.db, PCHAT_PART_POLICY, store->path, err);
	return code;
}

enum pchat_code
pchat_store_open_as_is(const char *path, enum pchat_store_mode mode, struct pchat_store **ret,
                       struct pchat_err *err)
{
	struct pchat_store *store;
	enum pchat_code code;
	int n;

	store = calloc(1, sizeof(*store));
	if (!store)
		return pchat_no_memory(err);
	store->mode = mode;
	n = snprintf(store->path, sizeof(store->path), "%s", path);
	if (n < 0 || (size_t)n >= sizeof(store->path))
		code = pchat_fail(err, PCHAT_LIMIT, "path of the store is too long");
	else
		code = open_store(store, err);
	if (code != PCHAT_OK) {
		pchat_store_close(store);
		return code;
	}
	*ret = store;
	return PCHAT_OK;
}

/* How long somebody who may only want to read waits for the lock to take something back. */
#define SETTLE_WAIT_MS 500

/* Whoever comes when its time is up takes back what nobody confirmed. Who cannot, for want of
 * permission, say, leaves it to the next and works with what is there. */
static void
settle_waiting(struct pchat_store *store)
{
	PCHAT_AUTO_VALUE(confirmation) c = { 0 };
	int64_t now = pchat_now();

	if (pchat_store_waiting(store, &c, NULL) == PCHAT_OK && c.revision && c.deadline <= now)
		(void)pchat_store_settle(store->path, now, SETTLE_WAIT_MS, NULL, NULL);
}

enum pchat_code
pchat_store_open(const char *path, enum pchat_store_mode mode, struct pchat_store **ret,
                 struct pchat_err *err)
{
	struct pchat_store *store = NULL;
	enum pchat_code code = pchat_store_open_as_is(path, mode, &store, err);

	if (code != PCHAT_OK)
		return code;
	settle_waiting(store);
	*ret = store;
	return PCHAT_OK;
}

void
pchat_store_set_timeout(struct pchat_store *store, unsigned milliseconds)
{
	store->driver->set_timeout(store->conn.db, milliseconds);
}

const char *
pchat_store_path(const struct pchat_store *store)
{
	return store->path;
}

bool
pchat_store_changed(struct pchat_store *store)
{
	int64_t seen = store->data_version;

	/* Who cannot tell looks: a damaged or locked store is reported by that. */
	if (store->driver->data_version(store->conn.db, &store->data_version, NULL) != PCHAT_OK)
		return true;
	return store->data_version != seen;
}

enum pchat_code
pchat_store_revision_time(struct pchat_store *store, uint64_t revision, int64_t *ret,
                          struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(query) q = { 0 };
	bool row = false;
	enum pchat_code code = pchat_query_use(&store->conn, PCHAT_Q_REVISION, &q, err);

	if (code != PCHAT_OK)
		return code;
	pchat_stmt_int(q.stmt, 1, (int64_t)revision);
	code = pchat_query_step(&q, &row, err);
	if (code == PCHAT_OK)
		*ret = row ? pchat_col_int(q.stmt, 3) : 0;
	return code;
}

enum pchat_code
pchat_store_identity(struct pchat_store *store, char ret_id[PCHAT_GUID_LEN + 1],
                     uint64_t *ret_revision, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(query) q = { 0 };
	bool row = false;
	enum pchat_code code = pchat_query_use(&store->conn, PCHAT_Q_STORE, &q, err);

	if (code == PCHAT_OK)
		code = pchat_query_step(&q, &row, err);
	if (code != PCHAT_OK)
		return code;
	if (!row)
		return pchat_fail(err, PCHAT_CORRUPT, "store '%s' has lost its identity",
		                  store->path);
	snprintf(ret_id, PCHAT_GUID_LEN + 1, "%.*s", PCHAT_STR_ARG(pchat_col_str(q.stmt, 0)));
	if (ret_revision)
		*ret_revision = (uint64_t)pchat_col_int(q.stmt, 1);
	return PCHAT_OK;
}

enum pchat_code
pchat_store_revision(struct pchat_store *store, uint64_t *ret, struct pchat_err *err)
{
	char id[PCHAT_GUID_LEN + 1];

	return pchat_store_identity(store, id, ret, err);
}

static enum pchat_code
count_kind(struct pchat_store *store, enum pchat_kind kind, uint64_t *ret, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(query) q = { 0 };
	bool row = false;
	enum pchat_code code = pchat_query_use_object(&store->conn, PCHAT_O_COUNT, kind, &q, err);

	if (code == PCHAT_OK)
		code = pchat_query_step(&q, &row, err);
	if (code == PCHAT_OK)
		*ret = (uint64_t)pchat_col_int(q.stmt, 0);
	return code;
}

enum pchat_code
pchat_store_count(struct pchat_store *store, enum pchat_kind kind, uint64_t *ret,
                  struct pchat_err *err)
{
	return count_kind(store, kind, ret, err);
}

enum pchat_code
pchat_store_read_begin(struct pchat_store *store, struct pchat_err *err)
{
	return pchat_read_begin(store, err);
}

void
pchat_store_read_end(struct pchat_store *store)
{
	pchat_read_end(store);
}

static enum pchat_code
count_messages(struct pchat_store *store, uint64_t *ret, struct pchat_err *err)
{
	PCHAT_AUTO(chat) chat = NULL;
	enum pchat_code code = pchat_chat_open(store->path, false, &chat, err);

	return code == PCHAT_OK ? pchat_chat_count(chat, NULL, ret, err) : code;
}

enum pchat_code
pchat_store_info(struct pchat_store *store, struct pchat_store_info *ret, struct pchat_err *err)
{
	struct pchat_store_info info = { .schema_version = PCHAT_SCHEMA_VERSION };
	PCHAT_AUTO_VALUE(confirmation) waiting = { 0 };
	enum pchat_code code = pchat_read_begin(store, err);

	if (code != PCHAT_OK)
		return code;
	snprintf(info.path, sizeof(info.path), "%s", store->path);
	code = pchat_store_identity(store, info.id, &info.revision, err);
	for (int kind = 0; code == PCHAT_OK && kind < PCHAT_N_KINDS; kind++)
		code = count_kind(store, (enum pchat_kind)kind, &info.counts[kind], err);
	if (code == PCHAT_OK)
		code = pchat_store_waiting(store, &waiting, err);
	pchat_read_end(store);
	info.unconfirmed = waiting.revision;
	info.deadline = waiting.deadline;
	if (code == PCHAT_OK)
		code = count_messages(store, &info.messages, err);
	if (code == PCHAT_OK)
		code = store->driver->size(store->path, &info.bytes, err);
	if (code == PCHAT_OK)
		*ret = info;
	return code;
}
