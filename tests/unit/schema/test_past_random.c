/*
 * Random changes to a store, then back to every revision it ever had: what is stored
 * must be, to the octet, what was stored then.
 */
#include "tests/unit/schema/support.h"

#include <stdio.h>

#include "base/vec.h"
#include "schema/past.h"

#define REVISIONS 60
#define ROUNDS    3
#define NAMES     4 /* of each kind: few, so that they pass from one object to another */

struct fixture {
	struct place place;
	struct pchat_store *store;
	PCHAT_VEC(char *) shots; /* of each revision, from 1 on */
	unsigned done[PCHAT_OP_DELETE + 1], replaced, renamed;
};

static uint64_t seed;

/* xorshift64*: the same numbers on every machine. */
static uint32_t
roll(uint32_t n)
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return (uint32_t)((seed * UINT64_C(0x2545f4914f6cdd1d)) >> 33) % n;
}

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct pchat_err err = { 0 };

	assert_non_null(f);
	place_with_store(&f->place);
	ok(&err, pchat_store_open(f->place.store, PCHAT_STORE_WRITE, &f->store, &err));
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	pchat_store_close(f->store);
	place_free(&f->place);
	for (size_t i = 0; i < f->shots.n; i++)
		free(f->shots.v[i]);
	pchat_vec_release(&f->shots);
	free(f);
	return 0;
}

/* ---- all that is stored ---- */

static enum pchat_code
shoot_object(void *ctx, const struct pchat_object *o, struct pchat_err *err)
{
	struct pchat_buf *out = ctx;

	(void)err;
	pchat_buf_printf(out, "%s %s ", pchat_kind_info(o->kind)->word, o->guid);
	pchat_object_to_json(o, false, out);
	pchat_buf_char(out, '\n');
	return PCHAT_OK;
}

static char *
shoot(struct pchat_store *store)
{
	struct pchat_buf out = { 0 };
	struct pchat_err err = { 0 };

	for (int kind = 0; kind < PCHAT_N_KINDS; kind++)
		ok(&err, pchat_store_each(store, (enum pchat_kind)kind, shoot_object, &out, &err));
	assert_true(pchat_buf_ok(&out));
	return pchat_buf_take(&out);
}

static void
keep_shot(struct fixture *f)
{
	char *shot = shoot(f->store);

	assert_true(pchat_vec_push(&f->shots, shot));
}

/* ---- random changes ---- */

static void
random_name(enum pchat_kind kind, char *ret, size_t size)
{
	static const char *const units[NAMES] = { "A", "A/B", "A/B/C", "D" };
	unsigned i = roll(NAMES);

	switch (kind) {
	case PCHAT_KIND_USER:
		snprintf(ret, size, "sip:u%u@contoso.example", i);
		break;
	case PCHAT_KIND_UNIT:
		snprintf(ret, size, "%s", units[i]);
		break;
	case PCHAT_KIND_DOMAIN:
		snprintf(ret, size, "d%u.example", i);
		break;
	case PCHAT_KIND_ENDPOINT:
		snprintf(ret, size, "sip:e%u@contoso.example", i);
		break;
	case PCHAT_KIND_POLICY:
	case PCHAT_KIND_SETTINGS:
	case PCHAT_KIND_COMPLIANCE:
		snprintf(ret, size, "%s%u",
		         roll(2) || kind != PCHAT_KIND_POLICY ? "site:site" : "p", i);
		break;
	default:
		snprintf(ret, size, "%s%u", pchat_kind_info(kind)->word, i);
	}
}

static void
random_principal(char *ret, size_t size)
{
	static const enum pchat_kind kinds[] = { PCHAT_KIND_USER, PCHAT_KIND_GROUP, PCHAT_KIND_UNIT,
		                                 PCHAT_KIND_DOMAIN };
	enum pchat_kind kind = kinds[roll(PCHAT_N(kinds))];
	struct pchat_buf b = { 0 };
	char name[80];

	random_name(kind, name, sizeof(name));
	pchat_principal_of(kind, roll(3) || kind != PCHAT_KIND_DOMAIN ? name : "contoso.example",
	                   &b);
	snprintf(ret, size, "%s", pchat_buf_cstr(&b));
	pchat_buf_release(&b);
}

/* Values that are none are refused, and the change goes without them. */
static void
random_value(struct pchat_object *o, unsigned field)
{
	const struct pchat_field *f = &pchat_kind_info(o->kind)->fields[field];
	char text[100];

	switch (f->type) {
	case PCHAT_TYPE_PRINCIPALS:
		random_principal(text, sizeof(text));
		if (roll(2))
			(void)pchat_object_drop(o, field, pchat_str(text), NULL);
		else
			(void)pchat_object_add(o, field, pchat_str(text), NULL);
		return;
	case PCHAT_TYPE_REF:
		random_name(f->ref, text, sizeof(text));
		if (!roll(4))
			text[0] = '\0';
		break;
	case PCHAT_TYPE_BOOL:
		snprintf(text, sizeof(text), "%s", roll(2) ? "true" : "false");
		break;
	case PCHAT_TYPE_ENUM:
		snprintf(text, sizeof(text), "%s", f->words[roll(2)]);
		break;
	case PCHAT_TYPE_UINT:
	case PCHAT_TYPE_DURATION:
		snprintf(text, sizeof(text), "%llu", (unsigned long long)f->min + roll(20));
		break;
	case PCHAT_TYPE_HTTP_URL:
		snprintf(text, sizeof(text), "https://%u.contoso.example/", roll(9));
		break;
	default:
		snprintf(text, sizeof(text), "text %u", roll(9));
	}
	(void)pchat_object_set(o, field, pchat_str(text), NULL);
}

static void
change_some(struct pchat_object *o)
{
	const struct pchat_kind_info *info = pchat_kind_info(o->kind);

	for (unsigned n = 1 + roll(4); n > 0; n--)
		if (info->n_fields > 1)
			random_value(o, 1 + roll((uint32_t)info->n_fields - 1));
}

static void
random_create(struct pchat_plan *plan, enum pchat_kind kind, const char *name)
{
	struct pchat_object *o = pchat_object_new(kind);
	const struct pchat_kind_info *info = pchat_kind_info(kind);

	assert_non_null(o);
	if (pchat_object_set(o, 0, pchat_str(name), NULL)) {
		pchat_object_free(o);
		return;
	}
	for (unsigned i = 1; i < info->n_fields; i++)
		if (info->fields[i].flags & PCHAT_REQUIRED)
			random_value(o, i);
	change_some(o);
	assert_int_equal(pchat_plan_add_take(plan, PCHAT_OP_CREATE, NULL, o, NULL), PCHAT_OK);
}

static void
random_update(struct pchat_plan *plan, struct pchat_object *before)
{
	struct pchat_object *after = pchat_object_copy(before);
	char name[80];

	assert_non_null(after);
	if (roll(3)) {
		change_some(after);
	} else {
		random_name(after->kind, name, sizeof(name));
		(void)pchat_object_set(after, 0, pchat_str(name), NULL);
	}
	assert_int_equal(pchat_plan_add_take(plan, PCHAT_OP_UPDATE, before, after, NULL), PCHAT_OK);
}

static void
random_change(struct fixture *f, struct pchat_plan *plan)
{
	enum pchat_kind kind = (enum pchat_kind)roll(PCHAT_N_KINDS);
	struct pchat_object *o = NULL;
	char name[80];

	random_name(kind, name, sizeof(name));
	if (pchat_store_get(f->store, kind, name, &o, NULL) != PCHAT_OK)
		random_create(plan, kind, name);
	else if (roll(4))
		random_update(plan, o);
	else
		assert_int_equal(pchat_plan_add_take(plan, PCHAT_OP_DELETE, o, NULL, NULL),
		                 PCHAT_OK);
}

static void
count(struct fixture *f, const struct pchat_plan *plan)
{
	for (size_t i = 0; i < plan->n; i++) {
		const struct pchat_change *c = &plan->v[i];

		f->done[c->op]++;
		f->renamed += c->op == PCHAT_OP_UPDATE &&
		              strcmp(pchat_object_key(c->before), pchat_object_key(c->after)) != 0;
		for (size_t k = 0; c->op == PCHAT_OP_CREATE && k < plan->n; k++)
			f->replaced += plan->v[k].op == PCHAT_OP_DELETE &&
			               plan->v[k].before->kind == c->after->kind &&
			               strcmp(pchat_object_key(plan->v[k].before),
			                      pchat_object_key(c->after)) == 0;
	}
}

static enum pchat_code
check_and_run(struct fixture *f, struct pchat_plan *plan, struct pchat_err *err)
{
	const struct pchat_org_loader loader = pchat_store_loader(f->store);
	struct pchat_org *org = pchat_org_new(&loader);
	enum pchat_code code = pchat_plan_check(plan, org, err);
	uint64_t revision;

	pchat_org_free(org);
	if (code == PCHAT_OK)
		code = run_plan(f->store, plan, &revision, err);
	if (code == PCHAT_OK && plan->n) {
		keep_shot(f);
		assert_int_equal(f->shots.n, revision);
	}
	return code;
}

/* Many random changes are refused; those that are not make revisions. */
static void
grow(struct fixture *f, size_t revisions)
{
	while (f->shots.n < revisions) {
		struct pchat_plan plan = { 0 };
		struct pchat_err err = { 0 };

		for (unsigned n = 1 + roll(3); n > 0; n--)
			random_change(f, &plan);
		(void)check_and_run(f, &plan, &err);
		pchat_plan_release(&plan);
		pchat_err_release(&err);
	}
}

/* Shots are long: tell the first line that differs. */
static void
assert_same_shot(const char *now, const char *then, uint64_t revision)
{
	struct pchat_str a = pchat_str(now), b = pchat_str(then);

	while (a.n || b.n) {
		struct pchat_str x = pchat_str_cut(a, '\n', &a), y = pchat_str_cut(b, '\n', &b);

		if (!pchat_str_eq(x, y))
			fail_msg("back to %llu: %.*s, but it was %.*s",
			         (unsigned long long)revision, PCHAT_STR_ARG(x), PCHAT_STR_ARG(y));
	}
}

static void
back_to(struct fixture *f, uint64_t revision)
{
	struct pchat_plan plan = { 0 };
	struct pchat_err err = { 0 };
	char *now;

	ok(&err, pchat_past_rollback(f->store, revision, &plan, &err));
	count(f, &plan);
	ok(&err, check_and_run(f, &plan, &err));
	now = shoot(f->store);
	assert_same_shot(now, f->shots.v[revision - 1], revision);
	free(now);
	pchat_plan_release(&plan);
	/* Nothing is left to be done. */
	ok(&err, pchat_past_rollback(f->store, revision, &plan, &err));
	for (size_t i = 0; i < plan.n; i++)
		assert_true(plan.v[i].op == PCHAT_OP_UPDATE &&
		            pchat_object_eq(plan.v[i].before, plan.v[i].after));
	pchat_plan_release(&plan);
}

static void
test_back_to_every_revision(void **state)
{
	struct fixture *f = *state;
	struct pchat_store_problem *problems = NULL;
	struct pchat_err err = { 0 };
	size_t n = 0;

	seed = UINT64_C(0x9e3779b97f4a7c15);
	keep_shot(f);
	for (unsigned round = 0; round < ROUNDS; round++) {
		size_t n_before = f->shots.n;

		grow(f, n_before + REVISIONS);
		for (size_t r = n_before + REVISIONS; r >= n_before; r--)
			back_to(f, r);
		for (unsigned i = 0; i < REVISIONS / 2; i++)
			back_to(f, 1 + roll((uint32_t)f->shots.n));
	}
	ok(&err, pchat_store_verify(f->store, &problems, &n, &err));
	for (size_t i = 0; i < n; i++) {
		print_error("%s\n", problems[i].what);
		free(problems[i].what);
		free(problems[i].remedy);
	}
	free(problems);
	/* The rollbacks did all that they may have to do. */
	print_message("# created %u, updated %u (renamed %u), deleted %u, replaced %u\n",
	              f->done[PCHAT_OP_CREATE], f->done[PCHAT_OP_UPDATE], f->renamed,
	              f->done[PCHAT_OP_DELETE], f->replaced);
	assert_true(f->done[PCHAT_OP_CREATE] > 100 && f->done[PCHAT_OP_DELETE] > 100);
	assert_true(f->renamed > 20 && f->replaced > 5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_back_to_every_revision, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
