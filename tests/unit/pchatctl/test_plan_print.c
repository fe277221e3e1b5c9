/* Plans in words and in JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pchatctl/plan_print.h"

/* A room with its fields from "name=value" texts, ended by NULL. */
static struct pchat_object *
room(const char *first, ...)
{
	struct pchat_object *o = pchat_object_new(PCHAT_KIND_ROOM);
	va_list ap;

	assert_non_null(o);
	va_start(ap, first);
	for (const char *pair = first; pair; pair = va_arg(ap, const char *)) {
		struct pchat_str value;
		struct pchat_str name = pchat_str_cut(pchat_str(pair), '=', &value);
		int field = pchat_field_by_name(PCHAT_KIND_ROOM, name);

		assert_true(field >= 0);
		assert_int_equal(pchat_object_set(o, (unsigned)field, value, NULL), PCHAT_OK);
	}
	va_end(ap);
	return o;
}

static void
add(struct pchat_plan *p, enum pchat_op op, struct pchat_object *before, struct pchat_object *after)
{
	assert_int_equal(pchat_plan_add_take(p, op, before, after, NULL), PCHAT_OK);
}

static void
add_loss(struct pchat_plan *p)
{
	p->losses = calloc(1, sizeof(*p->losses));
	assert_non_null(p->losses);
	p->losses[0] = (struct pchat_loss){
		.object = pchat_text("room 'Bonds'"),
		.field = "members",
		.principal = pchat_text("sip:amy@contoso.example"),
		.why = pchat_text("out of scope of category 'Finance'"),
	};
	p->n_losses = p->cap_losses = 1;
}

/* One of everything. */
static void
fill(struct pchat_plan *p)
{
	add(p, PCHAT_OP_CREATE, NULL,
	    room("name=Rates desk", "category=Finance", "privacy=open",
	         "managers=sip:amy@contoso.example,group:Sales", NULL));
	add(p, PCHAT_OP_UPDATE,
	    room("name=Bonds", "category=Finance", "members=group:Sales,group:Old", NULL),
	    room("name=Bonds", "category=Finance", "privacy=secret", "disabled=true",
	         "description=a \"b\"", "members=group:Sales,group:Traders", NULL));
	add(p, PCHAT_OP_UPDATE, room("name=A", "category=Finance", NULL),
	    room("name=B", "category=Finance", NULL));
	add(p, PCHAT_OP_DELETE, room("name=Old desk", "category=Finance", NULL), NULL);
	add_loss(p);
}

static void
text_shows_every_change(void **state)
{
	static const char wanted[] =
		"+ create room 'Rates desk'\n"
		"    category: Finance\n"
		"    privacy: open\n"
		"    managers: group:Sales\n"
		"              sip:amy@contoso.example\n"
		"~ update room 'Bonds'\n"
		"    description: \"\" -> a \"b\"\n"
		"    privacy: closed -> secret\n"
		"    disabled: false -> true\n"
		"    members: - group:Old\n"
		"             + group:Traders\n"
		"~ update room 'A'\n"
		"    name: A -> B\n"
		"- delete room 'Old desk'\n"
		"! room 'Bonds': members loses sip:amy@contoso.example (out of scope of category "
		"'Finance')\n"
		"1 to create, 2 to update, 1 to delete, 1 role lost\n";
	static const char brief[] =
		"+ create room 'Rates desk'\n"
		"~ update room 'Bonds'\n"
		"~ update room 'A'\n"
		"- delete room 'Old desk'\n"
		"! room 'Bonds': members loses sip:amy@contoso.example (out of scope of category "
		"'Finance')\n"
		"1 to create, 2 to update, 1 to delete, 1 role lost\n";
	PCHAT_AUTO_VALUE(plan) plan = { 0 };
	PCHAT_AUTO_VALUE(buf) out = { 0 };

	(void)state;
	fill(&plan);
	pchat_plan_print(&out, &plan, &(struct pchat_plan_style){ 0 });
	assert_string_equal(pchat_buf_cstr(&out), wanted);
	pchat_buf_clear(&out);
	pchat_plan_print(&out, &plan, &(struct pchat_plan_style){ .brief = true });
	assert_string_equal(pchat_buf_cstr(&out), brief);
}

static void
done_says_what_was_done(void **state)
{
	static const char wanted[] =
		"created room 'Rates desk'\n"
		"updated room 'Bonds': description, privacy, disabled, members\n"
		"renamed room 'A' to 'B'\n"
		"deleted room 'Old desk'\n";
	PCHAT_AUTO_VALUE(plan) plan = { 0 };
	PCHAT_AUTO_VALUE(buf) out = { 0 };

	(void)state;
	fill(&plan);
	pchat_plan_print_done(&out, &plan);
	assert_string_equal(pchat_buf_cstr(&out), wanted);
	pchat_buf_clear(&out);
	pchat_plan_summary(&out, &plan, true);
	assert_string_equal(pchat_buf_cstr(&out), "1 created, 2 updated, 1 deleted, 1 role lost");
}

static void
an_empty_plan_says_so(void **state)
{
	PCHAT_AUTO_VALUE(plan) plan = { 0 };
	PCHAT_AUTO_VALUE(buf) out = { 0 };

	(void)state;
	pchat_plan_print(&out, &plan, &(struct pchat_plan_style){ 0 });
	assert_string_equal(pchat_buf_cstr(&out), "no changes\n");
}

static void
colour_wraps_whole_lines(void **state)
{
	PCHAT_AUTO_VALUE(plan) plan = { 0 };
	PCHAT_AUTO_VALUE(buf) out = { 0 };

	(void)state;
	add(&plan, PCHAT_OP_CREATE, NULL, room("name=A", "category=B", NULL));
	pchat_plan_print(&out, &plan, &(struct pchat_plan_style){ .color = true, .brief = true });
	assert_string_equal(pchat_buf_cstr(&out),
	                    "\033[32m+ create room 'A'\033[0m\n1 to create\n");
}

static void
names_cannot_drive_the_terminal(void **state)
{
	PCHAT_AUTO_VALUE(plan) plan = { 0 };
	PCHAT_AUTO_VALUE(buf) out = { 0 };
	struct pchat_object *o = room("name=A", "category=B", NULL);

	(void)state;
	free(o->v[0].text);
	o->v[0].text = pchat_text("a\033[31mb");
	add(&plan, PCHAT_OP_CREATE, NULL, o);
	pchat_plan_print(&out, &plan, &(struct pchat_plan_style){ .brief = true });
	pchat_plan_print_done(&out, &plan);
	assert_null(strchr(pchat_buf_cstr(&out), '\033'));
}

static void
long_lists_are_counted(void **state)
{
	PCHAT_AUTO_VALUE(plan) plan = { 0 };
	PCHAT_AUTO_VALUE(buf) out = { 0 };
	struct pchat_object *o = room("name=A", "category=B", NULL);

	(void)state;
	for (unsigned i = 0; i < 25; i++) {
		PCHAT_AUTO_TEXT group = pchat_text("group:G%02u", i);

		assert_int_equal(pchat_object_add(o, PCHAT_ROOM_MEMBERS, pchat_str(group), NULL),
		                 PCHAT_OK);
	}
	add(&plan, PCHAT_OP_CREATE, NULL, o);
	pchat_plan_print(&out, &plan, &(struct pchat_plan_style){ 0 });
	assert_non_null(strstr(pchat_buf_cstr(&out), "group:G19\n             ... and 5 more\n"));
	assert_null(strstr(pchat_buf_cstr(&out), "G20"));
}

static void
json_holds_everything(void **state)
{
	static const char wanted[] =
		"{\"changes\":["
		"{\"action\":\"create\",\"cause\":\"asked\",\"kind\":\"room\",\"name\":\"Rates desk\","
		"\"guid\":null,\"fields\":{\"name\":{\"after\":\"Rates desk\"},"
		"\"category\":{\"after\":\"Finance\"},\"privacy\":{\"after\":\"open\"},"
		"\"managers\":{\"after\":[\"group:Sales\",\"sip:amy@contoso.example\"]}}},"
		"{\"action\":\"update\",\"cause\":\"asked\",\"kind\":\"room\",\"name\":\"Bonds\","
		"\"guid\":null,\"fields\":{"
		"\"description\":{\"before\":\"\",\"after\":\"a \\\"b\\\"\"},"
		"\"privacy\":{\"before\":\"closed\",\"after\":\"secret\"},"
		"\"disabled\":{\"before\":false,\"after\":true},"
		"\"members\":{\"removed\":[\"group:Old\"],\"added\":[\"group:Traders\"]}}},"
		"{\"action\":\"update\",\"cause\":\"asked\",\"kind\":\"room\",\"name\":\"A\","
		"\"guid\":null,\"fields\":{\"name\":{\"before\":\"A\",\"after\":\"B\"}}},"
		"{\"action\":\"delete\",\"cause\":\"asked\",\"kind\":\"room\",\"name\":\"Old desk\","
		"\"guid\":null,\"fields\":{}}],"
		"\"losses\":[{\"object\":\"room 'Bonds'\",\"field\":\"members\","
		"\"principal\":\"sip:amy@contoso.example\","
		"\"why\":\"out of scope of category 'Finance'\"}],"
		"\"summary\":{\"create\":1,\"update\":2,\"delete\":1,\"rolesLost\":1}}";
	PCHAT_AUTO_VALUE(plan) plan = { 0 };
	PCHAT_AUTO_VALUE(buf) out = { 0 };
	struct pchat_json j;

	(void)state;
	fill(&plan);
	pchat_json_init(&j, &out, false);
	pchat_json_begin_object(&j);
	pchat_plan_print_json(&j, &plan);
	pchat_json_end_object(&j);
	assert_string_equal(pchat_buf_cstr(&out), wanted);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_shows_every_change),
		cmocka_unit_test(done_says_what_was_done),
		cmocka_unit_test(an_empty_plan_says_so),
		cmocka_unit_test(colour_wraps_whole_lines),
		cmocka_unit_test(names_cannot_drive_the_terminal),
		cmocka_unit_test(long_lists_are_counted),
		cmocka_unit_test(json_holds_everything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
