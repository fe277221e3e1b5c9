#include "tests/unit/schema/support.h"

#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static int
remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void
path_of(char ret[400], const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(ret, 400, fmt, ap);
	va_end(ap);
	assert_in_range(n, 1, 399);
}

void
place_new(struct place *p)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(p->dir, sizeof(p->dir), "%s/pchat-schema.XXXXXX", tmp ? tmp : "/tmp");
	assert_non_null(mkdtemp(p->dir));
	path_of(p->store, "%s/store", p->dir);
}

void
place_free(struct place *p)
{
	nftw(p->dir, remove_entry, 4, FTW_DEPTH | FTW_PHYS);
}

void
place_with_store(struct place *p)
{
	struct pchat_err err = { 0 };

	place_new(p);
	ok(&err, pchat_store_init(p->store, "contoso.example", "root", &err));
}

void
ok_(enum pchat_code code, struct pchat_err *err, const char *file, int line)
{
	if (code != PCHAT_OK) {
		print_error("%s: %s (%s)\n", pchat_code_word(code), pchat_err_text(err),
		            err && err->hint ? err->hint : "no hint");
		_assert_true(0, "success", file, line);
	}
}

void
failed_(enum pchat_code code, enum pchat_code wanted, struct pchat_err *err, const char *text,
        const char *hint, const char *file, int line)
{
	if (code != wanted) {
		print_error("got %s, wanted %s: %s\n", pchat_code_word(code),
		            pchat_code_word(wanted), pchat_err_text(err));
		_assert_true(0, "the code", file, line);
	}
	if (text && !strstr(pchat_err_text(err), text)) {
		print_error("'%s' does not hold '%s'\n", pchat_err_text(err), text);
		_assert_true(0, "the message", file, line);
	}
	if (hint && (!err->hint || !strstr(err->hint, hint))) {
		print_error("hint '%s' does not hold '%s'\n", err->hint ? err->hint : "", hint);
		_assert_true(0, "the hint", file, line);
	}
	pchat_err_release(err);
}

/* ---- objects ---- */

static struct pchat_str
cut_kind(const char *text, enum pchat_kind *kind)
{
	struct pchat_str rest;
	struct pchat_str word = pchat_str_cut(pchat_str(text), ' ', &rest);

	if (!pchat_kind_by_word(word, kind))
		fail_msg("no kind '%.*s'", PCHAT_STR_ARG(word));
	return rest;
}

static void
set_fields(struct pchat_object *o, struct pchat_str fields)
{
	struct pchat_err err = { 0 };

	while (fields.n > 0) {
		struct pchat_str one = pchat_str_cut(fields, ';', &fields), value;
		struct pchat_str name = pchat_str_cut(one, '=', &value);
		int field = pchat_field_by_name(o->kind, name);

		if (pchat_str_is(name, "guid")) {
			assert_true(pchat_guid_parse(value, o->guid));
			continue;
		}
		if (field < 0)
			fail_msg("no field '%.*s'", PCHAT_STR_ARG(name));
		ok(&err, pchat_object_set(o, (unsigned)field, value, &err));
	}
}

struct pchat_object *
build(const char *text)
{
	enum pchat_kind kind;
	struct pchat_str fields = cut_kind(text, &kind);
	struct pchat_object *o = pchat_object_new(kind);

	assert_non_null(o);
	set_fields(o, fields);
	return o;
}

static void
push(struct pchat_plan *plan, enum pchat_op op, struct pchat_object *before,
     struct pchat_object *after)
{
	struct pchat_err err = { 0 };

	ok(&err, pchat_plan_add_take(plan, op, before, after, &err));
}

void
plan_create(struct pchat_plan *plan, const char *text)
{
	push(plan, PCHAT_OP_CREATE, NULL, build(text));
}

struct pchat_object *
get(struct pchat_store *store, const char *noun_and_key)
{
	struct pchat_err err = { 0 };
	struct pchat_object *o = NULL;
	enum pchat_kind kind;
	char *key = pchat_str_dup(cut_kind(noun_and_key, &kind));

	assert_non_null(key);
	ok(&err, pchat_store_get(store, kind, key, &o, &err));
	free(key);
	return o;
}

void
plan_update(struct pchat_plan *plan, struct pchat_store *store, const char *noun_and_key,
            const char *fields)
{
	struct pchat_object *before = get(store, noun_and_key);
	struct pchat_object *after = pchat_object_copy(before);

	assert_non_null(after);
	set_fields(after, pchat_str(fields));
	push(plan, PCHAT_OP_UPDATE, before, after);
}

void
plan_delete(struct pchat_plan *plan, struct pchat_store *store, const char *noun_and_key)
{
	push(plan, PCHAT_OP_DELETE, get(store, noun_and_key), NULL);
}

enum pchat_code
run_plan(struct pchat_store *store, struct pchat_plan *plan, uint64_t *revision,
         struct pchat_err *err)
{
	const struct pchat_origin origin = {
		.actor = "root", .source = "command", .command = "test", .comment = "why not"
	};
	PCHAT_AUTO_VALUE(txn) txn = { 0 };
	enum pchat_code code = pchat_txn_begin(&txn, store, err);

	if (code == PCHAT_OK)
		code = pchat_txn_apply(&txn, plan, &origin, err);
	if (code == PCHAT_OK)
		code = pchat_txn_commit(&txn, revision, err);
	return code;
}

void
create_all(struct pchat_store *store, const char *lines)
{
	struct pchat_str rest = pchat_str(lines);
	struct pchat_err err = { 0 };
	struct pchat_plan plan = { 0 };

	while (rest.n > 0) {
		struct pchat_str line = pchat_str_cut(rest, '\n', &rest);
		char *text = pchat_str_dup(line);

		assert_non_null(text);
		if (*text)
			plan_create(&plan, text);
		free(text);
	}
	ok(&err, run_plan(store, &plan, NULL, &err));
	pchat_plan_release(&plan);
}

void
create_contoso(struct pchat_store *store)
{
	create_all(store,
	           "site name=Leeds;description=North\n"
	           "unit name=Trading\n"
	           "unit name=Trading/Rates\n"
	           "user uri=" AMY ";displayName=Amy Jones;site=leeds;unit=trading/rates\n"
	           "user uri=" BOB ";displayName=Bob Small;disabled=true\n"
	           "group name=Sales;members=" AMY ",ou:Trading;unit=Trading\n"
	           "group name=All;members=group:Sales,domain:contoso.example\n"
	           "policy name=traders;enabled=true;grantedTo=group:Sales," BOB "\n"
	           "policy name=site:Leeds\n"
	           "addin name=Prices;url=https://prices.contoso.example/\n"
	           "category name=Finance;allowed=group:All;denied=" BOB ";creators=" AMY "\n"
	           "category name=Other;history=false\n"
	           "room name=Rates desk;category=Finance;addin=prices;members=group:Sales," AMY
	           ";managers=" AMY "\n"
	           "room name=Town hall;category=finance;type=auditorium;members=group:All," AMY
	           ";presenters=" AMY "\n"
	           "room name=\xc3\x89"
	           "clair;category=Other;privacy=open\n"
	           "config scope=site:Leeds;defaultChatHistory=50\n"
	           "compliance scope=site:Leeds;adapter=xml;runInterval=1h\n"
	           "endpoint uri=sip:ocschat@contoso.example\n"
	           "server name=chat1.contoso.example\n");
}

char *
show(struct pchat_store *store, const char *noun_and_key)
{
	struct pchat_buf out = { 0 };
	struct pchat_object *o = NULL;
	enum pchat_kind kind;
	char *key = pchat_str_dup(cut_kind(noun_and_key, &kind));
	struct pchat_err err = { 0 };
	enum pchat_code code = pchat_store_get(store, kind, key, &o, &err);

	free(key);
	pchat_err_release(&err);
	if (code != PCHAT_OK)
		return NULL;
	pchat_object_to_json(o, false, &out);
	pchat_object_free(o);
	return pchat_buf_take(&out);
}

static enum pchat_code
dump_object(void *ctx, const struct pchat_object *o, struct pchat_err *err)
{
	(void)err;
	pchat_object_to_json(o, true, ctx);
	pchat_buf_char(ctx, '\n');
	return PCHAT_OK;
}

static enum pchat_code
dump_row(void *ctx, const struct pchat_journal_row *row, struct pchat_err *err)
{
	(void)err;
	pchat_buf_printf(ctx, "%llu.%u %s %s\n", (unsigned long long)row->revision, row->seq,
	                 row->guid, row->key);
	return PCHAT_OK;
}

char *
dump(struct pchat_store *store)
{
	struct pchat_err err = { 0 };
	struct pchat_buf out = { 0 };

	for (int kind = 0; kind < PCHAT_N_KINDS; kind++)
		ok(&err, pchat_store_each(store, (enum pchat_kind)kind, dump_object, &out, &err));
	ok(&err, pchat_store_journal(store, 0, 0, dump_row, &out, &err));
	return pchat_buf_take(&out);
}

/* ---- messages ---- */

enum pchat_code
say(struct pchat_chat *chat, const char *room, const char *text, uint64_t *ret_id,
    struct pchat_err *err)
{
	struct pchat_message m = {
		.room = pchat_str(room),
		.author = PCHAT_STR(AMY),
		.display = PCHAT_STR("Amy Jones"),
		.text = pchat_str(text),
	};
	enum pchat_code code = pchat_chat_add(chat, &m, true, err);

	if (code == PCHAT_OK && ret_id)
		*ret_id = m.id;
	return code;
}

static enum pchat_code
add_message(void *ctx, const struct pchat_message *m, struct pchat_err *err)
{
	(void)err;
	pchat_buf_printf(ctx, "%llu:%.*s ", (unsigned long long)m->id, PCHAT_STR_ARG(m->text));
	return PCHAT_OK;
}

char *
read_last(struct pchat_chat *chat, const char *room, uint64_t before, unsigned count, bool *more)
{
	struct pchat_err err = { 0 };
	struct pchat_buf out = { 0 };

	ok(&err, pchat_chat_last(chat, room, before, count, add_message, &out, more, &err));
	pchat_buf_lit(&out, "");
	return out.p ? pchat_buf_take(&out) : pchat_str_dup(PCHAT_STR(""));
}
