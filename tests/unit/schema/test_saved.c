/* Saved plans: what is read is what was written, and nothing else is read. */
#include "tests/unit/schema/support.h"

#include "base/text.h"
#include "schema/saved.h"

#define NAME "a.plan"

/* A plan that has everything: a narrowing with what follows, a creation, a deletion. */
static void
make(struct pchat_store *store, struct pchat_saved *s, struct pchat_plan *plan)
{
	struct pchat_org_loader loader = pchat_store_loader(store);
	struct pchat_org *org = pchat_org_new(&loader);
	struct pchat_err err = { 0 };

	plan_update(plan, store, "category Finance", "allowed=" AMY ";denied=;creators=");
	plan_create(plan, "site name=rome");
	plan_create(plan, "policy name=site:rome;enabled=true");
	plan_delete(plan, store, "policy traders");
	ok(&err, pchat_saved_begin(s, store, &err));
	s->made = INT64_C(1700000000123456);
	s->actor = pchat_str_dup(PCHAT_STR("\"root\""));
	s->comment = pchat_str_dup(PCHAT_STR("change 47"));
	ok(&err, pchat_saved_keep_asked(s, plan, &err));
	ok(&err, pchat_plan_check(plan, org, &err));
	assert_true(plan->n > 4);
	assert_true(plan->n_losses > 0);
	pchat_org_free(org);
}

struct fixture {
	struct place place;
	struct pchat_store *store;
	struct pchat_saved saved;
	struct pchat_plan plan;
	struct pchat_buf text;
};

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct pchat_err err = { 0 };

	place_with_store(&f->place);
	ok(&err, pchat_store_open(f->place.store, PCHAT_STORE_WRITE, &f->store, &err));
	create_contoso(f->store);
	make(f->store, &f->saved, &f->plan);
	ok(&err, pchat_saved_write(&f->saved, &f->plan, &f->text, &err));
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	pchat_buf_release(&f->text);
	pchat_plan_release(&f->plan);
	pchat_saved_release(&f->saved);
	pchat_store_close(f->store);
	place_free(&f->place);
	free(f);
	return 0;
}

static enum pchat_code
read_text(struct pchat_str text, struct pchat_saved *ret, struct pchat_err *err)
{
	return pchat_saved_read(text, NAME, ret, err);
}

/* The lines of @text, which is changed by @from being @to, sealed anew: what somebody who knows the
 * form can write. */
static void
forge(const struct fixture *f, const char *from, const char *to, struct pchat_buf *out)
{
	const char *text = pchat_buf_cstr(&f->text), *at = strstr(text, from);
	const char *end = strstr(text, "{\"sum\"");

	assert_non_null(at);
	pchat_buf_add(out, text, (size_t)(at - text));
	pchat_buf_text(out, to);
	pchat_buf_add(out, at + strlen(from), (size_t)(end - at) - strlen(from));
	pchat_saved_seal(pchat_buf_view(out), out);
}

static void
round_trip(void **state)
{
	const struct fixture *f = *state;
	PCHAT_AUTO_VALUE(saved) back = { 0 };
	PCHAT_AUTO_VALUE(buf) again = { 0 };
	struct pchat_err err = { 0 };

	ok(&err, read_text(pchat_buf_view(&f->text), &back, &err));
	assert_string_equal(back.store, f->saved.store);
	assert_int_equal(back.base, f->saved.base);
	assert_int_equal(back.made, f->saved.made);
	assert_string_equal(back.actor, "\"root\"");
	assert_string_equal(back.comment, "change 47");
	assert_int_equal(back.plan.n, f->plan.n);
	assert_int_equal(back.asked.n, 4);
	assert_int_equal(back.plan.v[1].after->line, 3);
	assert_string_equal(back.plan.v[1].after->file, NAME);
	ok(&err, pchat_saved_write(&back, &back.plan, &again, &err));
	assert_string_equal(pchat_buf_cstr(&f->text), pchat_buf_cstr(&again));
}

/* What was read asks for the same, and the same follows. */
static void
same_plan(void **state)
{
	const struct fixture *f = *state;
	struct pchat_org_loader loader = pchat_store_loader(f->store);
	struct pchat_org *org = pchat_org_new(&loader);
	PCHAT_AUTO_VALUE(saved) back = { 0 };
	PCHAT_AUTO_VALUE(plan) plan = { 0 };
	struct pchat_err err = { 0 };

	ok(&err, read_text(pchat_buf_view(&f->text), &back, &err));
	ok(&err, pchat_saved_plan(&back, f->store, 0, &plan, &err));
	assert_int_equal(plan.n, 4);
	ok(&err, pchat_plan_check(&plan, org, &err));
	ok(&err, pchat_saved_compare(&back, &plan, &err));
	/* Anything more, less or else is another plan. */
	plan.n_losses--;
	failed(&err, PCHAT_CONFLICT, "what follows", "again",
	       pchat_saved_compare(&back, &plan, &err));
	plan.n_losses++;
	plan.losses[0].principal[0] ^= 1;
	failed(&err, PCHAT_CONFLICT, "what follows", "again",
	       pchat_saved_compare(&back, &plan, &err));
	plan.losses[0].principal[0] ^= 1;
	ok(&err, pchat_object_set(plan.v[plan.n - 1].after, 1, PCHAT_STR("other"), &err));
	failed(&err, PCHAT_CONFLICT, "what follows", "again",
	       pchat_saved_compare(&back, &plan, &err));
	pchat_object_free(back.plan.v[back.plan.n - 1].before);
	pchat_object_free(back.plan.v[--back.plan.n].after);
	failed(&err, PCHAT_CONFLICT, "what follows", "again",
	       pchat_saved_compare(&back, &plan, &err));
	pchat_org_free(org);
}

/* A change that the check alters is kept as it was asked for. */
static void
asked_differs(void **state)
{
	const struct fixture *f = *state;
	struct pchat_org_loader loader = pchat_store_loader(f->store);
	PCHAT_AUTO_VALUE(saved) s = { 0 }, back = { 0 };
	PCHAT_AUTO_VALUE(plan) plan = { 0 }, second = { 0 };
	PCHAT_AUTO_VALUE(buf) text = { 0 };
	struct pchat_err err = { 0 };

	for (int i = 0; i < 2; i++) {
		struct pchat_org *org = pchat_org_new(&loader);

		if (i == 0) {
			plan_update(&plan, f->store, "category Finance",
			            "allowed=" AMY ";creators=");
			plan_update(&plan, f->store, "room Rates desk", "description=all");
			ok(&err, pchat_saved_begin(&s, f->store, &err));
			s.actor = pchat_str_dup(PCHAT_STR("root"));
			s.made = 1;
			ok(&err, pchat_saved_keep_asked(&s, &plan, &err));
			ok(&err, pchat_plan_check(&plan, org, &err));
			ok(&err, pchat_saved_write(&s, &plan, &text, &err));
			assert_non_null(strstr(pchat_buf_cstr(&text), ",\"asked\":{"));
		} else {
			ok(&err, read_text(pchat_buf_view(&text), &back, &err));
			ok(&err, pchat_saved_plan(&back, f->store, 0, &second, &err));
			ok(&err, pchat_plan_check(&second, org, &err));
			ok(&err, pchat_saved_compare(&back, &second, &err));
		}
		pchat_org_free(org);
	}
}

/* Wherever it ends, it is refused. */
static void
cut_anywhere(void **state)
{
	const struct fixture *f = *state;

	for (size_t n = 0; n < f->text.n; n++) {
		PCHAT_AUTO_VALUE(saved) back = { 0 };
		struct pchat_err err = { 0 };

		failed(&err, PCHAT_INVALID, NULL, "",
		       read_text((struct pchat_str){ f->text.p, n }, &back, &err));
	}
}

/* Whatever octet is another, it is refused. */
static void
damaged_anywhere(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < f->text.n; i++) {
		PCHAT_AUTO_VALUE(saved) back = { 0 };
		struct pchat_err err = { 0 };

		f->text.p[i] ^= 1;
		assert_int_not_equal(read_text(pchat_buf_view(&f->text), &back, &err), PCHAT_OK);
		assert_null(back.actor);
		assert_non_null(err.msg);
		pchat_err_release(&err);
		f->text.p[i] ^= 1;
	}
}

static void
something_after_it(void **state)
{
	struct fixture *f = *state;
	PCHAT_AUTO_VALUE(saved) back = { 0 };
	struct pchat_err err = { 0 };

	pchat_buf_lit(&f->text, "\n");
	failed(&err, PCHAT_INVALID, "not as it was written", "pchatctl plan",
	       read_text(pchat_buf_view(&f->text), &back, &err));
}

/* What somebody could write who knows the form. */
static void
forged(void **state)
{
	static const struct {
		const char *from, *to;
		enum pchat_code code;
		const char *text;
	} rows[] = {
		{ "\"pchatPlan\":1", "\"pchatPlan\":2", PCHAT_UNSUPPORTED, "version 2" },
		{ "\"pchatPlan\":1", "\"pchatPlan\":0", PCHAT_INVALID, "no saved plan" },
		{ "\"pchatPlan\":1", "\"pchatPlan\":\"1\"", PCHAT_INVALID, "no saved plan" },
		{ "\"base\":", "\"base\":-", PCHAT_INVALID, "head" },
		{ "\"base\":", "\"other\":1,\"base\":", PCHAT_INVALID, "head" },
		{ "\"store\":\"", "\"store\":\"x", PCHAT_INVALID, "head" },
		{ "\"made\":\"", "\"made\":\"x", PCHAT_INVALID, "head" },
		{ "change 47", "change\\u000747", PCHAT_INVALID, "head" },
		{ "\"changes\":", "\"changes\":9999999", PCHAT_LIMIT, "at most" },
		{ "\"changes\":", "\"changes\":-", PCHAT_LIMIT, "at most" },
		{ "\"losses\":", "\"losses\":9", PCHAT_INVALID, "" },
		{ "\"action\":\"create\"", "\"action\":\"make\"", PCHAT_INVALID, "change of ours" },
		{ "\"action\":\"create\"", "\"action\":\"update\"", PCHAT_INVALID, "whole" },
		{ "\"action\":\"update\"", "\"action\":\"delete\"", PCHAT_INVALID, "whole" },
		{ "\"cause\":\"asked\"", "\"cause\":\"purge\"", PCHAT_INVALID, "whole" },
		{ "\"kind\":\"site\"", "\"kind\":\"sight\"", PCHAT_INVALID, "change of ours" },
		{ "\"kind\":\"site\"", "\"kind\":\"category\",\"x\":1", PCHAT_INVALID,
		  "no change" },
		{ "\"schema\":3", "\"schema\":0", PCHAT_INVALID, "head" },
		{ "\"schema\":3", "\"schema\":2147483648", PCHAT_INVALID, "head" },
		{ "\"schema\":3,", "", PCHAT_INVALID, "head" },
		{ "\"since\":\"", "\"since\":\"x", PCHAT_INVALID, "head" },
		{ "{\"name\":\"rome\"", "{\"name\":\"ro\\u0001me\"", PCHAT_INVALID, "name" },
		{ "{\"name\":\"rome\"", "{\"named\":\"rome\"", PCHAT_INVALID, "named" },
		{ "\"enabled\":true", "\"enabled\":\"perhaps\"", PCHAT_INVALID, "enabled" },
		{ "\"denied\":[]", "\"denied\":[\"who\"]", PCHAT_INVALID, "who" },
		{ "\"field\":\"", "\"field\":\"x", PCHAT_INVALID, "loss" },
		{ "\"principal\":\"", "\"principal\":\"\\u0007", PCHAT_INVALID, "loss" },
	};
	const struct fixture *f = *state;

	for (size_t i = 0; i < PCHAT_N(rows); i++) {
		PCHAT_AUTO_VALUE(saved) back = { 0 };
		PCHAT_AUTO_VALUE(buf) text = { 0 };
		struct pchat_err err = { 0 };

		forge(f, rows[i].from, rows[i].to, &text);
		failed(&err, rows[i].code, rows[i].text, "",
		       read_text(pchat_buf_view(&text), &back, &err));
	}
}

/* What is well formed and asks for what nobody may ask for, or is not there. */
static void
forged_plans(void **state)
{
	static const struct {
		const char *from, *to;
		enum pchat_code code;
		const char *text;
	} rows[] = {
		{ "\"before\":{\"name\":\"Finance\"", "\"before\":{\"name\":\"Money\"",
		  PCHAT_CONFLICT, "not in the store" },
		{ "\"revision\":", "\"revision\":9", PCHAT_CONFLICT, "not in the store" },
		{ "\"base\":", "\"base\":9", PCHAT_CONFLICT, "put back" },
		{ "\"schema\":3", "\"schema\":2", PCHAT_CONFLICT,
		  "made for schema 2, and the store has schema 3" },
		{ "\"schema\":3", "\"schema\":4", PCHAT_CONFLICT, "made for schema 4" },
		{ "\"since\":\"2", "\"since\":\"1", PCHAT_CONFLICT, "has another revision" },
	};
	const struct fixture *f = *state;

	for (size_t i = 0; i < PCHAT_N(rows); i++) {
		PCHAT_AUTO_VALUE(saved) back = { 0 };
		PCHAT_AUTO_VALUE(plan) plan = { 0 };
		PCHAT_AUTO_VALUE(buf) text = { 0 };
		struct pchat_err err = { 0 };

		forge(f, rows[i].from, rows[i].to, &text);
		ok(&err, read_text(pchat_buf_view(&text), &back, &err));
		failed(&err, rows[i].code, rows[i].text, "again",
		       pchat_saved_plan(&back, f->store, 0, &plan, &err));
	}
}

static void
fixed_fields_stay(void **state)
{
	const struct fixture *f = *state;
	PCHAT_AUTO_VALUE(saved) s = { 0 };
	PCHAT_AUTO_VALUE(plan) plan = { 0 };
	struct pchat_err err = { 0 };

	plan_update(&s.plan, f->store, "pool contoso.example", "domain=other.example");
	assert_true(pchat_vec_push(&s.asked, NULL));
	ok(&err, pchat_saved_begin(&s, f->store, &err));
	failed(&err, PCHAT_INVALID, "pool 'contoso.example': it cannot be changed", "again",
	       pchat_saved_plan(&s, f->store, 0, &plan, &err));
}

/* What has changed is named, of more that there is more. */
static void
moved_on(void **state)
{
	const struct fixture *f = *state;
	PCHAT_AUTO_VALUE(saved) back = { 0 };
	PCHAT_AUTO_VALUE(plan) plan = { 0 };
	struct pchat_err err = { 0 };

	create_all(f->store, "site name=oslo");
	failed(&err, PCHAT_CONFLICT, "site 'oslo' (created in revision", "again",
	       pchat_saved_plan(&f->saved, f->store, 0, &plan, &err));
	create_all(f->store, "site name=a\nsite name=b\nsite name=c\nsite name=d\nsite name=e");
	failed(&err, PCHAT_CONFLICT, "and more", "again",
	       pchat_saved_plan(&f->saved, f->store, 0, &plan, &err));
	assert_int_equal(plan.n, 0);
	/* A draft of that revision shows what it did. */
	ok(&err, read_text(pchat_buf_view(&f->text), &back, &err));
	ok(&err, pchat_saved_plan(&back, f->store, back.base, &plan, &err));
	assert_int_equal(plan.n, 4);
}

static void
another_store(void **state)
{
	struct fixture *f = *state;
	PCHAT_AUTO_VALUE(plan) plan = { 0 };
	struct pchat_err err = { 0 };

	f->saved.store[0] = f->saved.store[0] == '0' ? '1' : '0';
	failed(&err, PCHAT_CONFLICT, "another store", "--store",
	       pchat_saved_plan(&f->saved, f->store, 0, &plan, &err));
}

/* One past the largest file. Nothing of it is looked at: the pages are never touched. */
static void
too_large(void **state)
{
	PCHAT_AUTO_VALUE(saved) back = { 0 };
	struct pchat_err err = { 0 };

	(void)state;
	failed(&err, PCHAT_LIMIT, "octets", NULL,
	       read_text((struct pchat_str){ "{", (size_t)PCHAT_SAVED_MAX_BYTES + 1 }, &back,
	                 &err));
}

static void
too_many(void **state)
{
	const struct fixture *f = *state;
	PCHAT_AUTO_VALUE(saved) back = { 0 };
	PCHAT_AUTO_VALUE(buf) text = { 0 };
	struct pchat_err err = { 0 };
	char from[40], to[40];

	snprintf(from, sizeof(from), "\"losses\":%zu", f->plan.n_losses);
	snprintf(to, sizeof(to), "\"losses\":%d", PCHAT_SAVED_MAX_ITEMS + 1);
	forge(f, from, to, &text);
	failed(&err, PCHAT_LIMIT, "at most", "", read_text(pchat_buf_view(&text), &back, &err));
	pchat_buf_clear(&text);
	snprintf(to, sizeof(to), "\"losses\":%d", PCHAT_SAVED_MAX_ITEMS);
	forge(f, from, to, &text);
	failed(&err, PCHAT_INVALID, "", "", read_text(pchat_buf_view(&text), &back, &err));
}

static void
empty_plan(void **state)
{
	const struct fixture *f = *state;
	PCHAT_AUTO_VALUE(saved) s = { 0 }, back = { 0 };
	PCHAT_AUTO_VALUE(plan) plan = { 0 };
	PCHAT_AUTO_VALUE(buf) text = { 0 };
	struct pchat_err err = { 0 };

	ok(&err, pchat_saved_begin(&s, f->store, &err));
	s.actor = pchat_str_dup(PCHAT_STR("root"));
	ok(&err, pchat_saved_keep_asked(&s, &plan, &err));
	ok(&err, pchat_saved_write(&s, &plan, &text, &err));
	ok(&err, read_text(pchat_buf_view(&text), &back, &err));
	ok(&err, pchat_saved_plan(&back, f->store, 0, &plan, &err));
	assert_int_equal(plan.n, 0);
	ok(&err, pchat_saved_compare(&back, &plan, &err));
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
	static const struct CMUnitTest tests[] = {
		TEST(round_trip),   TEST(same_plan),        TEST(asked_differs),
		TEST(cut_anywhere), TEST(damaged_anywhere), TEST(something_after_it),
		TEST(forged),       TEST(forged_plans),     TEST(fixed_fields_stay),
		TEST(moved_on),     TEST(another_store),    TEST(too_large),
		TEST(too_many),     TEST(empty_plan),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
