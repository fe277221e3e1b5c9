/*
 * Every allocation fails once: whatever is being done then fails with PCHAT_NO_MEMORY, the
 * organization is as it was, and the same thing done again succeeds. The program is linked
 * so that its own calls of malloc and its kin come here first.
 */
#include "shelf.h"

static long countdown; /* allocations that still succeed; negative: all do */

static bool
is_refused(void)
{
	if (countdown < 0)
		return false;
	if (countdown > 0) {
		countdown--;
		return false;
	}
	return true; /* and so are all that follow: nobody may go on regardless */
}

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);

void *
__wrap_malloc(size_t n)
{
	return is_refused() ? NULL : __real_malloc(n);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return is_refused() ? NULL : __real_calloc(n, size);
}

void *
__wrap_realloc(void *p, size_t n)
{
	return is_refused() ? NULL : __real_realloc(p, n);
}

static const char *const world[] = {
	"pool domain=contoso.example",
	"domain name=contoso.example",
	"site name=leeds",
	"unit name=London",
	"unit name=London/Trading",
	"user uri=" AMY ";site=leeds;unit=London/Trading;displayName=Amy",
	"user uri=" BOB,
	"group name=Sales;unit=London;members=" AMY "," BOB,
	"group name=Traders;members=group:Sales,ou:London",
	"policy name=global;enabled=true",
	"policy name=traders;enabled=true;grantedTo=group:Sales",
	"addin name=Prices;url=https://prices.contoso.example/",
	"category name=Finance;allowed=group:Traders,ou:London;creators=group:Sales",
	"room name=Rates;category=Finance;members=group:Sales;managers=" AMY ";addin=Prices",
};

/* Everything there is, as text. The caller frees. */
static char *
digest(struct pchat_org *org)
{
	PCHAT_AUTO_VALUE(buf) out = { 0 };

	for (int kind = 0; kind < PCHAT_N_KINDS; kind++) {
		size_t pos = 0;
		pchat_id id;

		while (pchat_org_next(org, kind, &pos, &id)) {
			PCHAT_AUTO(object) o = NULL;

			assert_int_equal(pchat_org_object(org, id, &o, NULL), PCHAT_OK);
			assert_int_equal(pchat_org_find(org, kind, pchat_object_key(o), NULL), id);
			pchat_buf_printf(&out, "%u %s", id, pchat_org_name(org, id));
			for (unsigned f = 0; f < pchat_kind_info(kind)->n_fields; f++) {
				pchat_buf_char(&out, '|');
				pchat_object_get_text(o, f, &out);
			}
			pchat_buf_char(&out, '\n');
		}
	}
	return pchat_str_dup(pchat_buf_view(&out));
}

static void
fill(struct shelf *s)
{
	for (size_t i = 0; i < PCHAT_N(world); i++)
		shelf_add(s, world[i]);
}

/* What is done to the org; @o is what the row says, made beforehand. */
struct deed {
	const char *what;
	const char *object; /* "room Rates|name=Prices": change of what is on the shelf; or new */
	enum pchat_code (*act)(struct pchat_org *org, const struct pchat_object *o,
	                       struct pchat_err *err);
};

static enum pchat_code
act_put(struct pchat_org *org, const struct pchat_object *o, struct pchat_err *err)
{
	return pchat_org_put(org, o, err);
}

static enum pchat_code
act_delete(struct pchat_org *org, const struct pchat_object *o, struct pchat_err *err)
{
	return pchat_org_delete(org, o->kind, pchat_object_key(o), err);
}

static enum pchat_code
act_ask(struct pchat_org *org, const struct pchat_object *o, struct pchat_err *err)
{
	struct pchat_access_query q = { .action = PCHAT_ACTION_MOVE };
	PCHAT_AUTO_VALUE(verdict) v = { 0 };
	PCHAT_AUTO_VALUE(effective) e = { 0 };
	enum pchat_code code;

	(void)o;
	q.user = pchat_org_principal(org, AMY, err);
	q.room = pchat_org_room(org, "Rates", err);
	q.category = pchat_org_category(org, "Finance", err);
	if (err->code)
		return err->code;
	code = pchat_access(org, &q, true, &v, err);
	if (code)
		return code;
	assert_true(v.allowed);
	return pchat_effective_policy(org, q.user, true, &e, err);
}

static const struct deed deeds[] = {
	{ "new room", "room name=New;category=Other;members=group:New,sip:new@x.example;guid=7",
	  act_put },
	{ "room", "room Rates|category=Other;members=group:Other;managers=;addin=", act_put },
	{ "room renamed", "room Rates|name=Prices desk;members=ou:Elsewhere", act_put },
	{ "group", "group Sales|members=group:New," BOB ",ou:A/B/C", act_put },
	{ "group renamed", "group Sales|name=Vendors", act_put },
	{ "unit renamed", "unit London|name=Big/Paris", act_put },
	{ "unit below renamed", "unit London/Trading|name=London/Desks", act_put },
	{ "domain renamed", "domain contoso.example|name=fabrikam.example", act_put },
	{ "user renamed", "user " AMY "|uri=sip:amy@fabrikam.example;unit=", act_put },
	{ "pool renamed", "pool contoso.example|domain=fabrikam.example", act_put },
	{ "policy", "policy traders|grantedTo=" AMY ",group:New", act_put },
	{ "group deleted", "group Sales|", act_delete },
	{ "unit deleted", "unit London|", act_delete },
	{ "domain deleted", "domain contoso.example|", act_delete },
	{ "category deleted", "category Finance|", act_delete },
	{ "user deleted", "user " AMY "|", act_delete },
	{ "question", "room Rates|", act_ask },
};

static struct pchat_object *
deed_object(const struct shelf *s, const struct deed *d)
{
	struct pchat_str rest, fields, key;
	struct pchat_str word = pchat_str_cut(pchat_str(d->object), ' ', &rest);
	struct pchat_object *o;
	enum pchat_kind kind;
	char name[300];

	if (!strchr(d->object, '|'))
		return object(d->object);
	key = pchat_str_cut(rest, '|', &fields);
	assert_true(pchat_kind_by_word(word, &kind));
	(void)snprintf(name, sizeof(name), "%.*s", PCHAT_STR_ARG(key));
	o = shelf_find(s, kind, name);
	assert_non_null(o);
	return change(pchat_object_copy(o), fields.n ? fields.p : "");
}

/* Everything is loaded, so that what a digest reads does not change what it shows. */
static void
load_all(struct pchat_org *org, const struct shelf *s)
{
	for (size_t i = 0; i < s->n; i++)
		assert_int_not_equal(
			pchat_org_find(org, s->v[i]->kind, pchat_object_key(s->v[i]), NULL),
			PCHAT_NO_ID);
}

static void
fail_each_allocation(const struct deed *d, bool loading)
{
	enum pchat_code code = PCHAT_NO_MEMORY;
	long n = 0;

	for (; code; n++) {
		struct shelf s = { 0 };
		PCHAT_AUTO(org) org = NULL;
		PCHAT_AUTO(object) o = NULL;
		PCHAT_AUTO_TEXT before = NULL;
		PCHAT_AUTO_TEXT after = NULL;
		struct pchat_err err = { 0 };

		fill(&s);
		o = deed_object(&s, d);
		org = shelf_org(&s, loading);
		load_all(org, &s);
		before = digest(org);
		countdown = n;
		code = d->act(org, o, &err);
		countdown = -1;
		if (code) {
			assert_int_equal(code, PCHAT_NO_MEMORY);
			after = digest(org);
			if (strcmp(before, after) != 0)
				fail_msg("%s, allocation %ld:\n%s\nbecame\n%s", d->what, n, before,
				         after);
			pchat_err_release(&err);
			assert_int_equal(d->act(org, o, &err), PCHAT_OK);
		}
		pchat_err_release(&err);
		shelf_release(&s);
		assert_true(n < 10000);
	}
	assert_true(n > 1);
}

static void
nothing_is_half_done(void **state)
{
	(void)state;
	countdown = -1;
	for (size_t i = 0; i < PCHAT_N(deeds); i++) {
		fail_each_allocation(&deeds[i], false);
		fail_each_allocation(&deeds[i], true);
	}
}

/* A plan that could not be checked is thrown away, and that frees everything. */
static void
plans_fail_cleanly(void **state)
{
	enum pchat_code code = PCHAT_NO_MEMORY;

	(void)state;
	for (long n = 0; code; n++) {
		struct shelf s = { 0 };
		PCHAT_AUTO(org) org = NULL;
		PCHAT_AUTO_VALUE(plan) plan = { 0 };
		struct pchat_err err = { 0 };

		fill(&s);
		org = shelf_org(&s, n % 2);
		countdown = -1;
		assert_int_equal(pchat_plan_add_take(&plan, PCHAT_OP_DELETE,
		                                     pchat_object_copy(shelf_find(
							     &s, PCHAT_KIND_GROUP, "Traders")),
		                                     NULL, NULL),
		                 PCHAT_OK);
		assert_int_equal(pchat_plan_add_take(
					 &plan, PCHAT_OP_CREATE, NULL,
					 object("room name=New;category=Finance;members=ou:London"),
					 NULL),
		                 PCHAT_OK);
		countdown = n / 2;
		code = pchat_plan_check(&plan, org, &err);
		countdown = -1;
		assert_true(code == PCHAT_OK || code == PCHAT_NO_MEMORY);
		pchat_err_release(&err);
		shelf_release(&s);
		assert_true(n < 10000);
	}
}

static void
objects_fail_cleanly(void **state)
{
	enum pchat_code code = PCHAT_NO_MEMORY;

	(void)state;
	for (long n = 0; code; n++) {
		PCHAT_AUTO(object) o = object("room name=R;members=group:A");
		PCHAT_AUTO(object) before = pchat_object_copy(o);

		countdown = n;
		code = pchat_object_set(o, PCHAT_ROOM_MEMBERS,
		                        PCHAT_STR("group:B,amy@contoso.example"), NULL);
		if (!code)
			code = pchat_object_add(o, PCHAT_ROOM_MANAGERS, PCHAT_STR("group:C"), NULL);
		countdown = -1;
		assert_true(code == PCHAT_OK || code == PCHAT_NO_MEMORY);
		if (code && o->v[PCHAT_ROOM_MEMBERS].list.n == 1)
			assert_true(pchat_object_eq(o, before));
		countdown = n;
		pchat_object_free(pchat_object_copy(o));
		pchat_object_free(pchat_object_new(PCHAT_KIND_ROOM));
		countdown = -1;
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_half_done),
		cmocka_unit_test(plans_fail_cleanly),
		cmocka_unit_test(objects_fail_cleanly),
	};

	countdown = -1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
