/*
 * Plans: what follows from what is allowed. Every case runs on an organization that is whole and
 * on one that loads on demand.
 */
#include "changes.h"

struct outcome {
	const char *changes[4];
	const char *follows; /* changes the plan got, with the fields that differ */
	const char *losses;
	bool content;
};

static const struct outcome outcomes[] = {
	/* nothing follows */
	{ { "+ room name=New;category=Made;members=group:Fresh",
	    "+ category name=Made;"
	    "allowed=ou:Here;creators=group:Fresh",
	    "+ group name=Fresh;unit=Here", "+ unit name=Here" },
	  "",
	  "",
	  false },
	{ { "~ room Rates|name=Hall", "~ room Hall|name=Rates" }, "", "", false },
	{ { "~ room Rates|name=Prices", "+ room name=Rates;category=Finance" }, "", "", false },
	{ { "- room Rates", "+ room name=Rates;category=Public" }, "", "", true },
	{ { "- room Rates", "- room Hall", "- room Stage", "- category Finance" }, "", "", true },
	{ { "~ room Rates|addin=", "- addin Prices" }, "", "", false },
	{ { "~ policy traders|grantedTo=", "~ policy visitors|grantedTo=group:Sales" },
	  "",
	  "",
	  false },
	{ { "~ category Finance|allowed=group:Traders,group:Idle" }, "", "", false },
	{ { "~ room Rates|category=Public" }, "", "", false },
	{ { "~ user " AMY "|unit=London", "- unit London/Trading" }, "", "", false },
	/* who leaves a group keeps his roles, and they sleep until he is back in scope */
	{ { "~ group Sales|members=" AMY }, "", "", false },
	{ { "~ group Traders|members=group:Sales", "~ room Rates|description=x" }, "", "", false },
	{ { "- addin Spare" }, "", "", false },
	{ { "- room Lobby" }, "", "", true },

	/* a type or privacy that has no such list */
	{ { "~ room Hall|type=normal" },
	  "",
	  "room 'Hall' presenters " AMY ": only an auditorium has presenters\n",
	  false },
	{ { "~ room Hall|privacy=open" },
	  "",
	  "room 'Hall' members " AMY ": an open room has no members\n"
	  "room 'Hall' members " BOB ": an open room has no members\n",
	  false },
	/* what is brought back under its guid keeps roles that sleep */
	{ { "+ room name=Back;guid=77;category=Finance;type=auditorium;"
	    "members=" CAROL ",sip:dan@contoso.example;managers=sip:dan@contoso.example;"
	    "presenters=" AMY },
	  "",
	  "",
	  false },

	/* narrowing */
	{ { "~ category Finance|allowed=" AMY },
	  "purge room 'Hall' members=" AMY ";"
	  "purge room 'Rates' members=;"
	  "purge room 'Stage' members= presenters=;",
	  "category 'Finance' creators group:Sales: out of scope of category 'Finance'\n"
	  "room 'Hall' members " BOB ": out of scope of category 'Finance'\n"
	  "room 'Rates' members group:Sales: out of scope of category 'Finance'\n"
	  "room 'Rates' members " CAROL ": out of scope of category 'Finance'\n"
	  "room 'Stage' members group:Sales: out of scope of category 'Finance'\n"
	  "room 'Stage' presenters " AMY ": no longer a member of the room\n",
	  false },
	{ { "~ category Finance|denied=" BOB },
	  "purge room 'Hall' members=" AMY ";",
	  "room 'Hall' members " BOB ": out of scope of category 'Finance'\n",
	  false },
	/* the asked change of a room takes what is purged from it into itself */
	{ { "~ category Finance|denied=" BOB, "~ room Hall|description=x" },
	  "",
	  "room 'Hall' members " BOB ": out of scope of category 'Finance'\n",
	  false },
	{ { "~ category Finance|denied=" BOB, "- room Hall" }, "", "", true },
	{ { "~ category Finance|denied=" BOB, "~ room Hall|category=Public" }, "", "", false },

	/* moving */
	{ { "~ room Hall|category=Narrow" },
	  "",
	  "room 'Hall' members " BOB ": out of scope of category 'Narrow'\n",
	  false },
	{ { "~ room Stage|category=Narrow" },
	  "",
	  "room 'Stage' members group:Sales: out of scope of category 'Narrow'\n"
	  "room 'Stage' presenters " AMY ": no longer a member of the room\n",
	  false },
	{ { "~ room Lobby|category=Narrow" },
	  "",
	  "room 'Lobby' managers " BOB ": out of scope of category 'Narrow'\n",
	  false },

	/* deletions */
	{ { "- user " AMY },
	  "cascade category 'Narrow' allowed=;"
	  "cascade group 'Sales' members=" BOB ";"
	  "cascade room 'Hall' members=" BOB " presenters=;"
	  "cascade room 'Rates' managers=;"
	  "cascade room 'Stage' presenters=;",
	  "room 'Hall' members " AMY ": user '" AMY "' is deleted\n"
	  "room 'Hall' presenters " AMY ": user '" AMY "' is deleted\n"
	  "room 'Rates' managers " AMY ": user '" AMY "' is deleted\n"
	  "room 'Stage' presenters " AMY ": user '" AMY "' is deleted\n",
	  false },
	{ { "- group Traders" },
	  "cascade category 'Finance' allowed= creators=;"
	  "purge room 'Hall' members= presenters=;"
	  "purge room 'Rates' managers= members=;"
	  "purge room 'Stage' members= presenters=;",
	  "category 'Finance' creators group:Sales: out of scope of category 'Finance'\n"
	  "room 'Hall' members " AMY ": out of scope of category 'Finance'\n"
	  "room 'Hall' members " BOB ": out of scope of category 'Finance'\n"
	  "room 'Hall' presenters " AMY ": out of scope of category 'Finance'\n"
	  "room 'Rates' managers " AMY ": out of scope of category 'Finance'\n"
	  "room 'Rates' members group:Sales: out of scope of category 'Finance'\n"
	  "room 'Rates' members " CAROL ": out of scope of category 'Finance'\n"
	  "room 'Stage' members group:Sales: out of scope of category 'Finance'\n"
	  "room 'Stage' presenters " AMY ": out of scope of category 'Finance'\n",
	  false },
	{ { "- domain contoso.example" },
	  "cascade category 'Public' allowed=;"
	  "purge room 'Lobby' managers=;",
	  "room 'Lobby' managers " BOB ": out of scope of category 'Public'\n",
	  false },
	{ { "- group Sales", "~ room Rates|description=x" },
	  "cascade category 'Finance' creators=;"
	  "cascade group 'Traders' members=" CAROL ";"
	  "cascade policy 'traders' grantedTo=;"
	  "cascade room 'Stage' members=;",
	  "category 'Finance' creators group:Sales: group 'Sales' is deleted\n"
	  "room 'Rates' members group:Sales: group 'Sales' is deleted\n"
	  "room 'Stage' members group:Sales: group 'Sales' is deleted\n",
	  false },
	{ { "- policy traders" },
	  "",
	  "policy 'traders' grantedTo group:Sales: policy 'traders' is deleted\n",
	  false },
	{ { "- site york" }, "", "", false },

	/* names made of names */
	{ { "~ site leeds|name=paris" },
	  "cascade config 'site:paris' scope=site:paris;"
	  "cascade policy 'site:paris' name=site:paris;",
	  "",
	  false },
	/* said by the plan, as that of a transaction does */
	{ { "~ policy site:leeds|name=site:paris;enabled=false", "~ site leeds|name=paris" },
	  "cascade config 'site:paris' scope=site:paris;",
	  "",
	  false },
	{ { "~ unit London|name=Paris" },
	  "cascade unit 'Paris/Trading' name=Paris/Trading;",
	  "",
	  false },
	{ { "~ unit York|name=Bath/West" },
	  "cascade unit 'Bath/West/Floor' name=Bath/West/Floor;"
	  "cascade unit 'Bath/West/Floor/Desk' name=Bath/West/Floor/Desk;",
	  "",
	  false },
};

static int
compare_texts(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Lines in order, so that the order things were found in does not matter. */
static void
join_sorted(char **lines, size_t n, struct pchat_buf *out)
{
	qsort(lines, n, sizeof(*lines), compare_texts);
	for (size_t i = 0; i < n; i++) {
		pchat_buf_text(out, lines[i]);
		free(lines[i]);
	}
}

static char *
describe_change(const struct pchat_change *c)
{
	static const char *const causes[] = { "asked", "purge", "cascade" };
	const struct pchat_kind_info *info = pchat_kind_info(c->after->kind);
	struct pchat_list fields = { 0 };
	PCHAT_AUTO_VALUE(buf) out = { 0 };

	pchat_buf_printf(&out, "%s %s '%s'", causes[c->cause], info->word,
	                 pchat_object_key(c->after));
	for (unsigned i = 0; i < info->n_fields; i++) {
		PCHAT_AUTO_VALUE(buf) field = { 0 };

		if (pchat_object_field_eq(c->before, c->after, i))
			continue;
		pchat_buf_printf(&field, "%s=", info->fields[i].name);
		pchat_object_get_text(c->after, i, &field);
		assert_true(pchat_list_add(&fields, pchat_buf_view(&field)));
	}
	for (size_t i = 0; i < fields.n; i++)
		pchat_buf_printf(&out, " %s", fields.v[i]);
	pchat_buf_char(&out, ';');
	pchat_list_release(&fields);
	return pchat_buf_take(&out);
}

static void
describe(const struct pchat_plan *plan, size_t n_asked, struct pchat_buf *follows,
         struct pchat_buf *losses)
{
	char *lines[64];
	size_t n = 0;

	for (size_t i = n_asked; i < plan->n; i++) {
		assert_int_equal(plan->v[i].op, PCHAT_OP_UPDATE);
		assert_true(plan->v[i].before->guid[0]);
		assert_string_equal(plan->v[i].before->guid, plan->v[i].after->guid);
		assert_true(plan->v[i].before->revision > 0);
		lines[n++] = describe_change(&plan->v[i]);
	}
	join_sorted(lines, n, follows);
	for (n = 0; n < plan->n_losses; n++) {
		const struct pchat_loss *l = &plan->losses[n];

		lines[n] = pchat_text("%s %s %s: %s\n", l->object, l->field, l->principal, l->why);
	}
	join_sorted(lines, n, losses);
}

/* The org is what the plan makes of it. */
static void
assert_applied(struct pchat_org *org, const struct pchat_plan *plan)
{
	for (size_t i = 0; i < plan->n; i++) {
		const struct pchat_object *o = plan->v[i].after;
		PCHAT_AUTO(object) back = NULL;
		pchat_id id;

		if (!o) {
			o = plan->v[i].before;
			id = pchat_org_find(org, o->kind, pchat_object_key(o), NULL);
			if (id != PCHAT_NO_ID) /* another took the name */
				assert_string_not_equal(pchat_org_facts(org, id)->guid, o->guid);
			continue;
		}
		id = pchat_org_find(org, o->kind, pchat_object_key(o), NULL);
		if (id == PCHAT_NO_ID)
			fail_msg("'%s' is not there", pchat_object_key(o));
		assert_int_equal(pchat_org_object(org, id, &back, NULL), PCHAT_OK);
		if (!pchat_object_eq(o, back))
			fail_msg("%s is not as planned", pchat_object_key(o));
	}
}

static void
what_follows_is_in_the_plan(void **state)
{
	(void)state;
	for (size_t turn = 0; turn < PCHAT_N(outcomes) * 2; turn++) {
		const struct outcome *row = &outcomes[turn / 2];
		struct shelf s = { 0 };
		PCHAT_AUTO_VALUE(plan) plan = { 0 };
		PCHAT_AUTO_VALUE(buf) follows = { 0 };
		PCHAT_AUTO_VALUE(buf) losses = { 0 };
		PCHAT_AUTO(org) org = NULL;
		struct pchat_err err = { 0 };
		size_t n_asked;

		fill(&s);
		org = shelf_org(&s, turn % 2);
		add_changes(&plan, &s, row->changes, PCHAT_N(row->changes));
		n_asked = plan.n;
		if (pchat_plan_check(&plan, org, &err))
			fail_msg("%s: %s", row->changes[0], pchat_err_text(&err));
		describe(&plan, n_asked, &follows, &losses);
		assert_string_equal(pchat_buf_cstr(&follows), row->follows);
		assert_string_equal(pchat_buf_cstr(&losses), row->losses);
		if (plan.has_content_loss != row->content)
			fail_msg("%s: loss of content", row->changes[0]);
		assert_applied(org, &plan);
		shelf_release(&s);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_follows_is_in_the_plan),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
