/*
 * What users sign in with: by Digest their H(A1), by NTLM their NT hash, by Kerberos their
 * principal.
 */
#include "schema/internal.h"

#include <assert.h>
#include <stdio.h>

static enum pchat_code
set_credential(struct pchat_store *store, int64_t user, const struct pchat_credential *c,
               struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(query) q = { 0 };
	enum pchat_code code;

	code = pchat_query_use(&store->conn, c ? PCHAT_Q_CREDENTIAL_SET : PCHAT_Q_CREDENTIAL_DROP,
	                       &q, err);
	if (code != PCHAT_OK)
		return code;
	pchat_stmt_int(q.stmt, 1, user);
	if (c) {
		pchat_stmt_text(q.stmt, 2, c->realm);
		pchat_stmt_text(q.stmt, 3, c->ha1_md5);
		pchat_stmt_text(q.stmt, 4, c->ha1_sha256);
		pchat_stmt_text(q.stmt, 5, c->nt_hash);
		pchat_stmt_int(q.stmt, 6, store->write.time);
	}
	return pchat_query_run(&q, err);
}

static bool
is_hex(const char *text, size_t n)
{
	return !*text || (strlen(text) == n && strspn(text, "0123456789abcdef") == n);
}

static bool
is_good(const struct pchat_credential *c)
{
	return is_hex(c->ha1_md5, 32) && is_hex(c->ha1_sha256, 64) && is_hex(c->nt_hash, 32) &&
	       (*c->ha1_md5 || *c->ha1_sha256 || *c->nt_hash);
}

static enum pchat_code
replace_credential(struct pchat_store *store, const char *user, const struct pchat_credential *c,
                   const struct pchat_origin *origin, struct pchat_err *err)
{
	PCHAT_AUTO(object) o = NULL;
	int64_t id = 0;
	enum pchat_code code = pchat_store_get(store, PCHAT_KIND_USER, user, &o, err);

	if (code == PCHAT_OK)
		code = pchat_read_id(store, PCHAT_KIND_USER, pchat_str(user), &id, err);
	if (code == PCHAT_OK)
		code = pchat_write_revision(store, origin, err);
	if (code == PCHAT_OK)
		code = set_credential(store, id, c, err);
	/* The row says that something changed; a secret is not in it. */
	if (code == PCHAT_OK)
		code = pchat_journal_add(store,
		                         &(struct pchat_journal_entry){
						 .row = store->write.next_journal++,
						 .object = id,
						 .op = PCHAT_OP_UPDATE,
						 .before = o,
						 .after = o,
					 },
		                         err);
	return code;
}

enum pchat_code
pchat_txn_set_credential(struct pchat_txn *txn, const char *user,
                         const struct pchat_credential *credential,
                         const struct pchat_origin *origin, struct pchat_err *err)
{
	struct pchat_store *store = txn->store;
	struct pchat_guard guard;
	enum pchat_code code;

	assert(store && store->write.open);
	if (credential && !is_good(credential))
		return pchat_fail(err, PCHAT_INVALID, "no hash in lower-case hexadecimal digits");
	code = pchat_write_alive(store, err);
	if (code == PCHAT_OK)
		code = pchat_write_guard(store, 1, &guard, err);
	if (code != PCHAT_OK)
		return code;
	code = replace_credential(store, user, credential, origin, err);
	return pchat_write_guard_end(store, &guard, code, err);
}

static void
copy_column(char *to, size_t size, struct pchat_query *q, unsigned column)
{
	snprintf(to, size, "%.*s", PCHAT_STR_ARG(pchat_col_str(q->stmt, column)));
}

enum pchat_code
pchat_store_credential(struct pchat_store *store, const char *user, struct pchat_credential *ret,
                       struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(buf) fold = { 0 };
	PCHAT_AUTO_VALUE(query) q = { 0 };
	bool row = false;
	enum pchat_code code;

	pchat_table_fold(PCHAT_KIND_USER, pchat_str(user), &fold);
	if (!pchat_buf_ok(&fold))
		return pchat_no_memory(err);
	code = pchat_query_use(&store->conn, PCHAT_Q_CREDENTIAL, &q, err);
	if (code != PCHAT_OK)
		return code;
	pchat_stmt_str(q.stmt, 1, pchat_buf_view(&fold));
	code = pchat_query_step(&q, &row, err);
	if (code != PCHAT_OK)
		return code;
	if (!row) {
		pchat_fail(err, PCHAT_NOT_FOUND, "'%s' has no password", user);
		pchat_hint(err, "set one with 'pchatctl user passwd %s'", user);
		return PCHAT_NOT_FOUND;
	}
	copy_column(ret->realm, sizeof(ret->realm), &q, 0);
	copy_column(ret->ha1_md5, sizeof(ret->ha1_md5), &q, 1);
	copy_column(ret->ha1_sha256, sizeof(ret->ha1_sha256), &q, 2);
	copy_column(ret->nt_hash, sizeof(ret->nt_hash), &q, 3);
	return PCHAT_OK;
}

enum pchat_code
pchat_store_user_of_principal(struct pchat_store *store, const char *principal,
                              struct pchat_buf *out, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(query) q = { 0 };
	size_t start = out->n;
	bool row = false;

	enum pchat_code code = pchat_query_use(&store->conn, PCHAT_Q_USER_OF_PRINCIPAL, &q, err);

	if (code)
		return code;
	pchat_stmt_text(q.stmt, 1, principal);
	code = pchat_query_step(&q, &row, err);
	if (code)
		return code;
	if (!row)
		return pchat_fail(err, PCHAT_NOT_FOUND, "no user has the principal '%s'",
		                  principal);
	pchat_buf_str(out, pchat_col_str(q.stmt, 0));
	code = pchat_query_step(&q, &row, err);
	if (code)
		return code;
	if (row) {
		out->n = start;
		return pchat_fail(err, PCHAT_CONFLICT, "several users have the principal '%s'",
		                  principal);
	}
	return pchat_buf_check(out, err);
}
