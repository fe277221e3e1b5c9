#include "pchatctl/noun.h"

#include "base/text.h"
#include "pchatctl/record_object.h"

static enum pchat_code
keep_first(void *ctx, const struct pchat_object *o, struct pchat_err *err)
{
	struct pchat_object **ret = ctx;

	if (*ret)
		return PCHAT_OK;
	*ret = pchat_object_copy(o);
	return *ret ? PCHAT_OK : pchat_no_memory(err);
}

/* Keys are stored in canonical form: "amy@contoso.example" is kept as "sip:amy@...". What cannot
 * be brought into that form (a guid, say) is looked up as it is. */
static enum pchat_code
canonical_key(enum pchat_kind kind, const char *name, struct pchat_buf *ret)
{
	PCHAT_AUTO(object) probe = pchat_object_new(kind);

	if (!probe)
		return PCHAT_NO_MEMORY;
	if (pchat_object_set(probe, 0, pchat_str(name), NULL))
		pchat_buf_text(ret, name);
	else
		pchat_buf_text(ret, pchat_object_key(probe));
	return pchat_buf_ok(ret) ? PCHAT_OK : PCHAT_NO_MEMORY;
}

/* By name or guid. */
static enum pchat_code
get(struct pchat_ctl *ctl, enum pchat_kind kind, const char *name, struct pchat_object **ret,
    struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(buf) key = { 0 };
	char guid[PCHAT_GUID_LEN + 1];
	enum pchat_code code;

	if (canonical_key(kind, name, &key))
		return pchat_no_memory(err);
	code = pchat_store_get(ctl->store, kind, pchat_buf_cstr(&key), ret, err);
	if (code == PCHAT_NOT_FOUND && pchat_guid_parse(pchat_str(name), guid)) {
		pchat_err_release(err);
		code = pchat_store_get_guid(ctl->store, kind, guid, ret, err);
	}
	return code;
}

enum pchat_code
pchat_noun_room(struct pchat_ctl *ctl, const char *name, struct pchat_object **ret,
                struct pchat_err *err)
{
	return get(ctl, PCHAT_KIND_ROOM, name, ret, err);
}

static enum pchat_code
find(struct pchat_ctl *ctl, const struct pchat_call *call, const char *name,
     struct pchat_object **ret, struct pchat_err *err)
{
	enum pchat_kind kind = call->cmd->kind;
	enum pchat_code code;

	if (pchat_kind_info(kind)->singleton)
		return pchat_store_each(ctl->store, kind, keep_first, ret, err);
	code = get(ctl, kind, name, ret, err);
	if (code != PCHAT_NOT_FOUND || !ctl->globals.if_exists)
		return code;
	pchat_err_release(err);
	return PCHAT_OK;
}

/* What comes from standard input is named by its line, also where a rule refuses it later. */
enum pchat_code
pchat_noun_get(struct pchat_ctl *ctl, const struct pchat_call *call, const char *name,
               struct pchat_object **ret, struct pchat_err *err)
{
	enum pchat_code code = find(ctl, call, name, ret, err);
	unsigned line = call->lines.n ? pchat_call_line(call, name) : 0;

	if (code) {
		pchat_call_place(call, name, err);
		pchat_err_blame(err, name);
	}
	if (!code && *ret && line) {
		(*ret)->file = PCHAT_CALL_STDIN;
		(*ret)->line = line;
	}
	return code;
}

enum pchat_code
pchat_noun_user(const char *text, struct pchat_buf *ret, struct pchat_err *err)
{
	PCHAT_TRY(pchat_sip_uri_canonical(pchat_str(text), ret, err));
	return pchat_buf_check(ret, err);
}

enum pchat_code
pchat_noun_user_object(struct pchat_ctl *ctl, const char *text, struct pchat_object **ret,
                       struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(buf) uri = { 0 };

	PCHAT_TRY_WORD(text, err, pchat_noun_user(text, &uri, err));
	PCHAT_TRY_WORD(
		text, err,
		pchat_store_get(ctl->store, PCHAT_KIND_USER, pchat_buf_cstr(&uri), ret, err));
	return PCHAT_OK;
}

static enum pchat_code
fill_one(const struct pchat_given *g, struct pchat_object *o, struct pchat_err *err)
{
	struct pchat_str text = pchat_str(g->text);
	unsigned field = (unsigned)g->option.field;

	switch (g->option.op) {
	case PCHAT_OPTION_SET:
		return pchat_object_set(o, field, text, err);
	case PCHAT_OPTION_ADD:
		return pchat_object_add(o, field, text, err);
	case PCHAT_OPTION_DROP:
		return pchat_object_drop(o, field, text, err);
	case PCHAT_OPTION_MATCH:
		break;
	}
	return PCHAT_OK;
}

/* In the order given: "--members '' --add-member A" leaves A alone. */
enum pchat_code
pchat_noun_fill(const struct pchat_call *call, struct pchat_object *o, struct pchat_err *err)
{
	for (size_t i = 0; i < call->given.n; i++) {
		if (call->given.v[i].option.field < 0)
			continue;
		PCHAT_TRY_WORD(call->given.v[i].text, err, fill_one(&call->given.v[i], o, err));
	}
	return PCHAT_OK;
}

/* ---- what was wrong ---- */

/* Does the option put the value there? Read as it was when it did. */
static bool
puts_value(const struct pchat_call *call, const struct pchat_given *g, const struct pchat_blame *b)
{
	PCHAT_AUTO(object) probe = pchat_object_new(call->cmd->kind);
	PCHAT_AUTO_VALUE(buf) text = { 0 };

	if (!probe || fill_one(g, probe, NULL))
		return false;
	if (pchat_kind_info(b->kind)->fields[b->field].type == PCHAT_TYPE_PRINCIPALS)
		return pchat_list_has(&probe->v[b->field].list, pchat_str(b->item));
	pchat_object_get_text(probe, b->field, &text);
	return pchat_str_eq(pchat_buf_view(&text), pchat_str(b->item));
}

static const char *
option_with(const struct pchat_call *call, const struct pchat_blame *b)
{
	const char *some = NULL;

	for (size_t i = call->given.n; i-- > 0;) {
		const struct pchat_given *g = &call->given.v[i];

		if (g->option.field != (int)b->field || call->cmd->kind != b->kind ||
		    g->option.op == PCHAT_OPTION_DROP)
			continue;
		if (puts_value(call, g, b))
			return g->text;
		some = some ? some : g->text;
	}
	return some;
}

/* Is the word the value as somebody may write it? */
static bool
means(const struct pchat_blame *b, const char *word)
{
	PCHAT_AUTO_VALUE(buf) principal = { 0 };
	PCHAT_AUTO_VALUE(buf) key = { 0 };

	if (pchat_fold_cmp(pchat_str(word), pchat_str(b->item)) == 0)
		return true;
	if (!pchat_principal_canonical(pchat_str(word), &principal, NULL) &&
	    pchat_str_eq(pchat_buf_view(&principal), pchat_str(b->item)))
		return true;
	return b->field == 0 && !canonical_key(b->kind, word, &key) &&
	       pchat_fold_cmp(pchat_buf_view(&key), pchat_str(b->item)) == 0;
}

void
pchat_noun_blame(const struct pchat_call *call, const struct pchat_blame *b, struct pchat_err *err)
{
	const char *word = b->item ? option_with(call, b) : NULL;

	for (size_t i = 0; b->item && !word && i < call->names.n; i++)
		if (means(b, call->names.v[i]))
			word = call->names.v[i];
	for (size_t i = 0; b->item && !word && i < call->given.n; i++)
		if (call->given.v[i].option.field < 0 && means(b, call->given.v[i].text))
			word = call->given.v[i].text;
	pchat_err_blame(err, word);
}

/* ---- create ---- */

static enum pchat_code
already_there(const struct pchat_object *there, const struct pchat_object *wanted, bool allowed,
              struct pchat_err *err)
{
	const struct pchat_kind_info *info = pchat_kind_info(there->kind);
	PCHAT_AUTO_VALUE(buf) is = { 0 };
	PCHAT_AUTO_VALUE(buf) asked = { 0 };

	if (!allowed) {
		pchat_fail(err, PCHAT_EXISTS, "there is a %s named '%s' already", info->word,
		           pchat_object_key(there));
		pchat_hint(err, "change it with 'pchatctl %s set', or add --if-not-exists",
		           info->word);
		return PCHAT_EXISTS;
	}
	for (unsigned i = 1; i < info->n_fields; i++) {
		if (!(wanted->set >> i & 1) || pchat_object_field_eq(there, wanted, i))
			continue;
		pchat_object_get_text(there, i, &is);
		pchat_object_get_text(wanted, i, &asked);
		pchat_fail(err, PCHAT_EXISTS, "%s '%s' exists, but its %s is '%s', not '%s'",
		           info->word, pchat_object_key(there), info->fields[i].name,
		           pchat_buf_cstr(&is), pchat_buf_cstr(&asked));
		pchat_hint(err, "change it with 'pchatctl %s set'", info->word);
		return PCHAT_EXISTS;
	}
	return PCHAT_OK;
}

enum pchat_code
pchat_create_plan(struct pchat_ctl *ctl, const struct pchat_call *call, struct pchat_plan *plan,
                  struct pchat_err *err)
{
	PCHAT_AUTO(object) wanted = pchat_object_new(call->cmd->kind);
	const char *name = pchat_call_name(call, 0);
	PCHAT_AUTO(object) there = NULL;
	enum pchat_code code;

	if (!wanted)
		return pchat_no_memory(err);
	PCHAT_TRY_WORD(name, err, pchat_object_set(wanted, 0, pchat_str(name), err));
	PCHAT_TRY(pchat_noun_fill(call, wanted, err));
	/* No err at first: not to be found is the usual case, and looking for the nearest names
	 * to put into its message is long. */
	code = pchat_store_get(ctl->store, call->cmd->kind, pchat_object_key(wanted), &there, NULL);
	if (!code)
		PCHAT_TRY_WORD(name, err,
		               already_there(there, wanted, ctl->globals.if_not_exists, err));
	if (!code)
		return PCHAT_OK;
	if (code != PCHAT_NOT_FOUND)
		return pchat_store_get(ctl->store, call->cmd->kind, pchat_object_key(wanted),
		                       &there, err);
	return pchat_plan_add_take(plan, PCHAT_OP_CREATE, NULL, PCHAT_TAKE(wanted), err);
}

/* ---- set ---- */

static enum pchat_code
set_one(struct pchat_ctl *ctl, const struct pchat_call *call, const char *name,
        struct pchat_plan *plan, struct pchat_err *err)
{
	PCHAT_AUTO(object) before = NULL;
	PCHAT_AUTO(object) after = NULL;

	PCHAT_TRY(pchat_noun_get(ctl, call, name, &before, err));
	if (!before)
		return PCHAT_OK;
	after = pchat_object_copy(before);
	if (!after)
		return pchat_no_memory(err);
	PCHAT_TRY(pchat_noun_fill(call, after, err));
	return pchat_plan_add_take(plan, PCHAT_OP_UPDATE, PCHAT_TAKE(before), PCHAT_TAKE(after),
	                           err);
}

static bool
sets_anything(const struct pchat_call *call, bool *ret_renames)
{
	bool any = false;

	for (size_t i = 0; i < call->given.n; i++) {
		any |= call->given.v[i].option.field >= 0;
		*ret_renames |= call->given.v[i].option.field == 0;
	}
	return any;
}

enum pchat_code
pchat_set_plan(struct pchat_ctl *ctl, const struct pchat_call *call, struct pchat_plan *plan,
               struct pchat_err *err)
{
	bool renames = false;

	if (!sets_anything(call, &renames)) {
		pchat_fail(err, PCHAT_USAGE, "%s: nothing to set", call->cmd->path);
		pchat_hint(err, "name a field; see 'pchatctl %s --help'", call->cmd->path);
		return PCHAT_USAGE;
	}
	if (renames && call->names.n > 1) {
		pchat_fail(err, PCHAT_USAGE, "%s: several objects cannot get one name",
		           call->cmd->path);
		pchat_hint(err, "rename them one by one");
		return PCHAT_USAGE;
	}
	if (pchat_kind_info(call->cmd->kind)->singleton)
		return set_one(ctl, call, NULL, plan, err);
	for (size_t i = 0; i < call->names.n; i++)
		PCHAT_TRY(set_one(ctl, call, call->names.v[i], plan, err));
	return PCHAT_OK;
}

/* ---- delete ---- */

/* What applies where nothing else does cannot go: deleting it puts it back to its defaults, as
 * administration.md 3.1 and 3.5 have it. */
static bool
is_reset(const struct pchat_object *o)
{
	return (o->kind == PCHAT_KIND_POLICY || o->kind == PCHAT_KIND_SETTINGS ||
	        o->kind == PCHAT_KIND_COMPLIANCE) &&
	       pchat_str_iis(pchat_str(pchat_object_key(o)), "global");
}

static enum pchat_code
reset(struct pchat_plan *plan, const struct pchat_object *o, struct pchat_err *err)
{
	PCHAT_AUTO(object) before = pchat_object_copy(o);
	PCHAT_AUTO(object) after = pchat_object_new(o->kind);

	if (!before || !after)
		return pchat_no_memory(err);
	memcpy(after->guid, o->guid, sizeof(after->guid));
	after->revision = o->revision;
	after->created = o->created;
	after->updated = o->updated;
	PCHAT_TRY(pchat_object_set(after, 0, pchat_str(pchat_object_key(o)), err));
	return pchat_plan_add_take(plan, PCHAT_OP_UPDATE, PCHAT_TAKE(before), PCHAT_TAKE(after),
	                           err);
}

enum pchat_code
pchat_delete_plan(struct pchat_ctl *ctl, const struct pchat_call *call, struct pchat_plan *plan,
                  struct pchat_err *err)
{
	for (size_t i = 0; i < call->names.n; i++) {
		PCHAT_AUTO(object) before = NULL;

		PCHAT_TRY(pchat_noun_get(ctl, call, call->names.v[i], &before, err));
		if (before && is_reset(before))
			PCHAT_TRY(reset(plan, before, err));
		else if (before)
			PCHAT_TRY(pchat_plan_add_take(plan, PCHAT_OP_DELETE, PCHAT_TAKE(before),
			                              NULL, err));
	}
	return PCHAT_OK;
}

/* ---- show ---- */

static struct pchat_out_head
head_of(const struct pchat_call *call, bool list, const char **columns)
{
	const struct pchat_kind_info *info = pchat_kind_info(call->cmd->kind);

	pchat_record_shown(call->cmd->kind, columns);
	return (struct pchat_out_head){
		.list = list,
		.what = info->section,
		.columns = columns,
		.table = pchat_noun_find(pchat_str(info->word))->columns,
	};
}

/* digest, kerberos, ntlm */
#define N_WAYS 3

/* What the user has to sign in with; the texts in @ways are constants. */
static enum pchat_code
add_sign_in(struct pchat_ctl *ctl, const struct pchat_object *user, const char *ways[N_WAYS],
            struct pchat_record *r, struct pchat_err *err)
{
	struct pchat_credential c = { 0 };
	enum pchat_code code = pchat_store_credential(ctl->store, pchat_object_key(user), &c, NULL);
	size_t n = 0;

	if (code && code != PCHAT_NOT_FOUND)
		return pchat_store_credential(ctl->store, pchat_object_key(user), &c, err);
	if (*c.ha1_md5 || *c.ha1_sha256)
		ways[n++] = "digest";
	if (*user->v[PCHAT_USER_PRINCIPAL].text)
		ways[n++] = "kerberos";
	if (*c.nt_hash)
		ways[n++] = "ntlm";
	explicit_bzero(&c, sizeof(c));
	pchat_record_list(r, PCHAT_SIGN_IN, ways, n);
	return PCHAT_OK;
}

/* One name gives an object, several give a list. */
enum pchat_code
pchat_show_run(struct pchat_ctl *ctl, const struct pchat_call *call, struct pchat_err *err)
{
	const char *columns[PCHAT_MAX_FIELDS + PCHAT_N_META + 2];
	struct pchat_out_head head = head_of(call, call->names.n > 1, columns);
	PCHAT_AUTO_VALUE(object_texts) texts = { 0 };
	PCHAT_AUTO_VALUE(record) record = { 0 };
	PCHAT_AUTO(out) out = NULL;

	PCHAT_TRY(pchat_out_open(ctl, &head, &out, err));
	for (size_t i = 0; i == 0 || i < call->names.n; i++) {
		PCHAT_AUTO(object) o = NULL;
		const char *ways[N_WAYS];

		PCHAT_TRY(pchat_noun_get(ctl, call, pchat_call_name(call, i), &o, err));
		if (!o)
			continue;
		pchat_record_object(&record, &texts, o);
		if (o->kind == PCHAT_KIND_USER)
			PCHAT_TRY(add_sign_in(ctl, o, ways, &record, err));
		PCHAT_TRY(pchat_out_put(out, &record, err));
	}
	return pchat_out_close(out, err);
}
