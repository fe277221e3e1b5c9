/* Organizations: names and ids, order of puts, renames, deletions, nesting, iteration. */
#include "build.h"

/* ---- affiliations ---- */

static bool
is_in(struct pchat_org *org, const char *who, const char *what)
{
	const pchat_id *ids;
	size_t n;
	pchat_id id = pchat_org_principal(org, what, NULL);

	assert_int_equal(pchat_org_affiliations(org, principal(org, who), &ids, &n, NULL),
	                 PCHAT_OK);
	for (size_t i = 0; i < n; i++)
		if (ids[i] == id)
			return true;
	return false;
}

static const char *const nested[] = {
	"pool domain=contoso.example",
	"domain name=contoso.example",
	"domain name=fabrikam.example",
	"unit name=London",
	"unit name=London/Trading",
	"user uri=" AMY ";unit=London/Trading",
	"user uri=" BOB,
	"user uri=sip:eve@fabrikam.example",
	"group name=Rates;members=" AMY,
	"group name=Sales;members=group:Rates",
	"group name=Everybody;members=group:Sales," BOB,
	"group name=Londoners;members=ou:London",
	"group name=Company;members=domain:contoso.example",
	"group name=Desk;unit=London;members=" BOB,
};

/* What is in what does not depend on the order of the puts. */
static void
nesting_in_any_order(void **state)
{
	static const struct {
		const char *who, *what;
		bool in;
	} rows[] = {
		{ AMY, "group:Rates", true },
		{ AMY, "group:Sales", true },
		{ AMY, "group:Everybody", true },
		{ AMY, "ou:London/Trading", true },
		{ AMY, "ou:London", true },
		{ AMY, "group:Londoners", true },
		{ AMY, "domain:contoso.example", true },
		{ AMY, "group:Company", true },
		{ AMY, "group:Desk", false },
		{ AMY, "domain:fabrikam.example", false },
		{ BOB, "group:Everybody", true },
		{ BOB, "group:Desk", true },
		{ BOB, "group:Sales", false },
		{ BOB, "ou:London", false }, /* his group lies there, he does not */
		{ "sip:eve@fabrikam.example", "domain:fabrikam.example", true },
		{ "sip:eve@fabrikam.example", "group:Company", false },
		{ "group:Desk", "ou:London", true },
		{ "group:Desk", "group:Londoners", true },
		{ "group:Desk", "domain:contoso.example", true },
		{ "group:Rates", "group:Everybody", true },
		{ "group:Rates", "ou:London", false },
		{ "ou:London/Trading", "ou:London", true },
		{ "ou:London/Trading", "domain:contoso.example", true },
	};

	(void)state;
	for (size_t turn = 0; turn < PCHAT_N(nested) * 2; turn++) {
		PCHAT_AUTO(org) org = pchat_org_new(NULL);

		/* Forward from each beginning, then backward. */
		for (size_t i = 0; i < PCHAT_N(nested); i++) {
			size_t at = (turn + i) % PCHAT_N(nested);

			put(org, nested[turn < PCHAT_N(nested) ? at : PCHAT_N(nested) - 1 - at]);
		}
		for (size_t i = 0; i < PCHAT_N(rows); i++)
			if (is_in(org, rows[i].who, rows[i].what) != rows[i].in)
				fail_msg("turn %zu: %s in %s", turn, rows[i].who, rows[i].what);
	}
}

static void
cycles_end(void **state)
{
	PCHAT_AUTO(org) org = pchat_org_new(NULL);

	(void)state;
	put(org, "user uri=" AMY);
	put(org, "group name=A;members=group:B," AMY);
	put(org, "group name=B;members=group:C");
	put(org, "group name=C;members=group:A");
	assert_true(is_in(org, AMY, "group:C"));
	assert_true(is_in(org, "group:A", "group:B"));
	assert_false(is_in(org, "group:A", "group:A"));
}

/* Every kind of change is seen by who was asked before. */
static void
changes_are_seen(void **state)
{
	PCHAT_AUTO(org) org = pchat_org_new(NULL);

	(void)state;
	put_all(org, nested, PCHAT_N(nested));
	assert_true(is_in(org, AMY, "group:Everybody"));
	put(org, "group name=Sales;members=");
	assert_false(is_in(org, AMY, "group:Everybody"));
	put(org, "group name=Sales;members=group:Rates");
	assert_true(is_in(org, AMY, "group:Everybody"));
	put(org, "group name=Rates;members=" BOB);
	assert_false(is_in(org, AMY, "group:Rates"));
	assert_true(is_in(org, BOB, "group:Rates"));
	put(org, "user uri=" AMY ";unit=");
	assert_false(is_in(org, AMY, "ou:London"));
	put(org, "user uri=" AMY ";unit=London");
	assert_true(is_in(org, AMY, "group:Londoners"));
	assert_int_equal(pchat_org_delete(org, PCHAT_KIND_UNIT, "London", NULL), PCHAT_OK);
	assert_false(is_in(org, AMY, "group:Londoners"));
	put(org, "unit name=London");
	assert_true(is_in(org, AMY, "group:Londoners"));
	assert_int_equal(pchat_org_delete(org, PCHAT_KIND_DOMAIN, "contoso.example", NULL),
	                 PCHAT_OK);
	assert_false(is_in(org, AMY, "group:Company"));
	put(org, "domain name=contoso.example");
	assert_true(is_in(org, AMY, "group:Company"));
	assert_int_equal(pchat_org_delete(org, PCHAT_KIND_GROUP, "Company", NULL), PCHAT_OK);
	assert_false(is_in(org, AMY, "group:Company"));
}

/* ---- names and ids ---- */

static void
names_are_found_without_case(void **state)
{
	PCHAT_AUTO(org) org = pchat_org_new(NULL);

	(void)state;
	put(org, "group name=S\xC3\xA4les;guid=1");
	put(org, "category name=Finance;guid=2");
	put(org, "room name=Rates desk;category=finance;guid=3");
	assert_int_equal(principal(org, "group:S\xC3\x84LES"),
	                 principal(org, "group:s\xC3\xA4les"));
	assert_int_equal(room(org, "RATES DESK"),
	                 pchat_org_room_by_guid(org, "00000000-0000-4000-8000-000000000003"));
	assert_int_equal(category(org, "FINANCE"),
	                 pchat_org_category_by_guid(org, "00000000-0000-4000-8000-000000000002"));
	assert_int_equal(pchat_org_room(org, "Finance", NULL), PCHAT_NO_ID);
	assert_int_equal(pchat_org_principal(org, "group:Nobody", NULL), PCHAT_NO_ID);
	assert_int_equal(pchat_org_principal(org, "nonsense", NULL), PCHAT_NO_ID);
	assert_int_equal(pchat_org_room_by_guid(org, ""), PCHAT_NO_ID);
	assert_int_equal(pchat_org_room_by_guid(org, "00000000-0000-4000-8000-000000000002"),
	                 PCHAT_NO_ID);
	/* A mention is not an object, and the object's own spelling wins. */
	put(org, "room name=Other;category=Trading;members=group:SALES;guid=4");
	assert_int_equal(pchat_org_category(org, "Trading", NULL), PCHAT_NO_ID);
	put(org, "group name=Sales;guid=5");
	assert_field(org, room(org, "Other"), "members", "group:Sales");
}

static void
renames_keep_ids_and_references(void **state)
{
	PCHAT_AUTO(org) org = pchat_org_new(NULL);
	pchat_id sales, finance, rates;

	(void)state;
	put(org, "user uri=" AMY ";guid=1");
	put(org, "group name=Sales;members=" AMY ";guid=2");
	put(org, "category name=Finance;allowed=group:Sales;guid=3");
	put(org, "room name=Rates;category=Finance;members=group:Sales;guid=4");
	sales = principal(org, "group:Sales");
	finance = category(org, "Finance");
	rates = room(org, "Rates");

	put(org, "group name=Vendors;members=" AMY ";guid=2");
	put(org, "category name=Money;allowed=group:Vendors;guid=3");
	put(org, "room name=Prices;category=Money;members=group:Vendors;guid=4");
	put(org, "user uri=sip:amy.jones@contoso.example;guid=1");
	assert_int_equal(principal(org, "group:Vendors"), sales);
	assert_int_equal(category(org, "Money"), finance);
	assert_int_equal(room(org, "Prices"), rates);
	assert_int_equal(pchat_org_principal(org, "group:Sales", NULL), PCHAT_NO_ID);
	assert_int_equal(pchat_org_room(org, "Rates", NULL), PCHAT_NO_ID);
	assert_int_equal(pchat_org_principal(org, AMY, NULL), PCHAT_NO_ID);
	assert_field(org, rates, "members", "group:Vendors");
	assert_field(org, rates, "category", "Money");
	assert_field(org, sales, "members", "sip:amy.jones@contoso.example");
	assert_true(is_in(org, "sip:amy.jones@contoso.example", "group:Vendors"));
	assert_string_equal(pchat_org_name(org, sales), "group:Vendors");
}

/* Somebody may name the new name before the rename arrives. */
static void
a_rename_meets_its_mentions(void **state)
{
	PCHAT_AUTO(org) org = pchat_org_new(NULL);
	pchat_id sales;

	(void)state;
	put(org, "user uri=" AMY);
	put(org, "group name=Sales;members=" AMY ";guid=1");
	sales = principal(org, "group:Sales");
	put(org, "category name=Finance;allowed=group:Vendors,group:Sales");
	put(org, "group name=All;members=group:Vendors");
	put(org, "policy name=traders;enabled=true;grantedTo=group:Vendors");
	assert_false(is_in(org, AMY, "group:All"));
	put(org, "group name=Vendors;members=" AMY ";guid=1");
	assert_int_equal(principal(org, "group:Vendors"), sales);
	assert_true(is_in(org, AMY, "group:All"));
	assert_true(pchat_enabled(org, principal(org, AMY)));
	/* Both names are the same group now: it stands there once. */
	assert_field(org, category(org, "Finance"), "allowed", "group:Vendors");
}

static void
names_can_be_swapped(void **state)
{
	PCHAT_AUTO(org) org = pchat_org_new(NULL);
	pchat_id a, b;

	(void)state;
	put(org, "group name=A;guid=1");
	put(org, "group name=B;guid=2");
	put(org, "category name=C;allowed=group:A");
	a = principal(org, "group:A");
	b = principal(org, "group:B");
	put(org, "group name=B;guid=1");
	put(org, "group name=A;guid=2");
	assert_int_equal(principal(org, "group:B"), a);
	assert_int_equal(principal(org, "group:A"), b);
	assert_field(org, category(org, "C"), "allowed", "group:B");
	/* Deleting one leaves the other. */
	assert_int_equal(pchat_org_delete(org, PCHAT_KIND_GROUP, "B", NULL), PCHAT_OK);
	assert_int_equal(pchat_org_principal(org, "group:B", NULL), PCHAT_NO_ID);
	assert_int_equal(principal(org, "group:A"), b);
}

/* Only the case of a name changes. */
static void
a_new_spelling_is_shown(void **state)
{
	PCHAT_AUTO(org) org = pchat_org_new(NULL);
	pchat_id id;

	(void)state;
	put(org, "room name=rates;category=C;guid=1");
	id = room(org, "rates");
	put(org, "room name=Rates;category=C;guid=1");
	assert_int_equal(room(org, "rates"), id);
	assert_string_equal(pchat_org_name(org, id), "Rates");
	put(org, "group name=sales");
	put(org, "group name=Sales");
	assert_string_equal(pchat_org_name(org, principal(org, "group:sales")), "group:Sales");
}

static void
units_go_by_their_path(void **state)
{
	PCHAT_AUTO(org) org = pchat_org_new(NULL);

	(void)state;
	put(org, "unit name=A;guid=1");
	put(org, "unit name=A/X;guid=2");
	put(org, "user uri=" AMY ";unit=A/X");
	assert_true(is_in(org, AMY, "ou:A"));
	put(org, "unit name=B;guid=1"); /* A/X stays where it is */
	assert_false(is_in(org, AMY, "ou:B"));
	put(org, "unit name=B/X;guid=2"); /* and moves, with its users */
	assert_true(is_in(org, AMY, "ou:B"));
	assert_true(is_in(org, AMY, "ou:B/X"));
	put(org, "unit name=A;guid=3");
	assert_false(is_in(org, AMY, "ou:A"));
}

/* A domain is a name: users keep theirs whatever becomes of its object. */
static void
domains_go_by_their_name(void **state)
{
	PCHAT_AUTO(org) org = pchat_org_new(NULL);

	(void)state;
	put(org, "pool domain=contoso.example");
	put(org, "domain name=contoso.example;guid=1");
	put(org, "user uri=" AMY);
	put(org, "user uri=sip:eve@fabrikam.example");
	put(org, "group name=G");
	put(org, "domain name=fabrikam.example;guid=1");
	assert_true(is_in(org, "sip:eve@fabrikam.example", "domain:fabrikam.example"));
	assert_false(is_in(org, AMY, "domain:fabrikam.example"));
	assert_false(is_in(org, "group:G", "domain:fabrikam.example"));
	put(org, "domain name=contoso.example;guid=2");
	assert_true(is_in(org, AMY, "domain:contoso.example"));
	assert_true(is_in(org, "group:G", "domain:contoso.example"));
}

/* ---- deletion ---- */

static void
ids_are_not_given_away(void **state)
{
	PCHAT_AUTO(org) org = pchat_org_new(NULL);
	struct pchat_room_view view;
	pchat_id first, second;

	(void)state;
	put(org, "category name=C;guid=1");
	put(org, "room name=R;category=C;guid=2");
	first = room(org, "R");
	assert_int_equal(pchat_org_delete(org, PCHAT_KIND_ROOM, "r", NULL), PCHAT_OK);
	assert_false(pchat_org_room_view(org, first, &view));
	assert_null(pchat_org_facts(org, first));
	put(org, "room name=R;category=C;guid=3");
	second = room(org, "R");
	assert_int_not_equal(first, second);
	assert_false(pchat_org_room_view(org, first, &view));
	assert_true(pchat_org_room_view(org, second, &view));
	/* A new guid under an old name is another object, even if nobody told the deletion. */
	put(org, "room name=R;category=C;guid=4");
	assert_int_not_equal(room(org, "R"), second);
	assert_int_equal(pchat_org_room_by_guid(org, "00000000-0000-4000-8000-000000000003"),
	                 PCHAT_NO_ID);
}

static void
what_is_deleted_leaves_its_name(void **state)
{
	PCHAT_AUTO(org) org = pchat_org_new(NULL);
	struct pchat_err err = { 0 };

	(void)state;
	put(org, "user uri=" AMY);
	put(org, "group name=Sales;members=" AMY ";guid=1");
	put(org, "category name=Finance;allowed=group:Sales;guid=2");
	put(org, "room name=Rates;category=Finance;members=group:Sales");
	put(org, "policy name=global;enabled=true");
	assert_true(pchat_may(org, principal(org, AMY), room(org, "Rates"), PCHAT_ACTION_JOIN));
	assert_int_equal(pchat_org_delete(org, PCHAT_KIND_GROUP, "Sales", NULL), PCHAT_OK);
	assert_false(pchat_may(org, principal(org, AMY), room(org, "Rates"), PCHAT_ACTION_JOIN));
	assert_field(org, room(org, "Rates"), "members", "group:Sales");
	put(org, "group name=Sales;members=" AMY ";guid=3");
	assert_true(pchat_may(org, principal(org, AMY), room(org, "Rates"), PCHAT_ACTION_JOIN));

	assert_int_equal(pchat_org_delete(org, PCHAT_KIND_CATEGORY, "Finance", NULL), PCHAT_OK);
	assert_false(pchat_may(org, principal(org, AMY), room(org, "Rates"), PCHAT_ACTION_SEE));
	assert_field(org, room(org, "Rates"), "category", "Finance");
	assert_int_equal(pchat_org_delete(org, PCHAT_KIND_CATEGORY, "Finance", &err),
	                 PCHAT_NOT_FOUND);
	assert_string_equal(err.msg, "no category named 'Finance'");
	pchat_err_release(&err);
}

/* ---- views ---- */

static void
views_show_what_is_in_effect(void **state)
{
	PCHAT_AUTO(org) org = pchat_org_new(NULL);
	struct pchat_room_view r;
	struct pchat_user_view u;

	(void)state;
	put(org, "site name=leeds");
	put(org, "user uri=" AMY ";displayName=Amy Jones;email=amy@contoso.example;company=Contoso;"
	         "site=leeds;disabled=true;guid=1");
	put(org, "addin name=Prices;url=https://prices.contoso.example/");
	put(org, "category name=Finance;invitations=true;fileUpload=true;history=false");
	put(org, "room name=Rates;category=Finance;description=About rates;addin=Prices;"
	         "type=auditorium;privacy=secret;disabled=true;guid=2");
	assert_true(pchat_org_user_view(org, principal(org, AMY), &u));
	assert_string_equal(u.uri, AMY);
	assert_string_equal(u.display_name, "Amy Jones");
	assert_string_equal(u.email, "amy@contoso.example");
	assert_string_equal(u.company, "Contoso");
	assert_string_equal(pchat_org_name(org, u.site), "leeds");
	assert_int_equal(u.unit, PCHAT_NO_ID);
	assert_true(u.disabled);
	assert_true(pchat_org_room_view(org, room(org, "Rates"), &r));
	assert_string_equal(r.name, "Rates");
	assert_string_equal(r.description, "About rates");
	assert_string_equal(r.guid, "00000000-0000-4000-8000-000000000002");
	assert_int_equal(r.category, category(org, "Finance"));
	assert_string_equal(pchat_org_name(org, r.addin), "Prices");
	assert_true(r.auditorium && r.disabled && r.inherits && r.invitations && r.file_upload);
	assert_false(r.history);
	assert_int_equal(r.privacy, PCHAT_PRIVACY_SECRET);
	put(org, "room name=Rates;category=Finance;invitations=false;guid=2");
	assert_true(pchat_org_room_view(org, room(org, "Rates"), &r));
	assert_false(r.invitations);
	assert_int_equal(r.addin, PCHAT_NO_ID);
	put(org, "category name=Finance;invitations=false;history=true");
	put(org, "room name=Rates;category=Finance;guid=2");
	assert_true(pchat_org_room_view(org, room(org, "Rates"), &r));
	assert_true(r.inherits && r.history);
	assert_false(r.invitations || r.file_upload);
}

static void
settings_come_from_the_nearest_scope(void **state)
{
	static const struct {
		const char *service, *site, *found;
	} rows[] = {
		{ NULL, NULL, "global" },         { "pc1", NULL, "service:pc1" },
		{ "pc2", "leeds", "site:leeds" }, { "pc1", "leeds", "service:pc1" },
		{ "pc2", "york", "global" },
	};
	PCHAT_AUTO(org) org = pchat_org_new(NULL);

	(void)state;
	assert_null(pchat_org_settings(org, PCHAT_KIND_SETTINGS, NULL, NULL, NULL));
	put(org, "config scope=global");
	put(org, "config scope=site:leeds");
	put(org, "config scope=service:pc1");
	for (size_t i = 0; i < PCHAT_N(rows); i++) {
		const struct pchat_object *o;

		o = pchat_org_settings(org, PCHAT_KIND_SETTINGS, rows[i].service, rows[i].site,
		                       NULL);
		assert_string_equal(pchat_object_key(o), rows[i].found);
	}
	assert_null(pchat_org_settings(org, PCHAT_KIND_COMPLIANCE, "pc1", "leeds", NULL));
}

static void
the_pool_is_found(void **state)
{
	PCHAT_AUTO(org) org = pchat_org_new(NULL);

	(void)state;
	assert_null(pchat_org_pool(org, NULL));
	put(org, "pool domain=contoso.example;displayName=Contoso chat");
	assert_string_equal(pchat_org_pool(org, NULL)->v[PCHAT_POOL_DISPLAY_NAME].text,
	                    "Contoso chat");
}

/* ---- iteration ---- */

/* What an iteration brought, in the order of names: "A:5 B:1". */
struct seen {
	struct pchat_org *org;
	struct pchat_list names;
	size_t stop_after; /* 0: never */
};

static bool
see_room(void *ctx, pchat_id id, unsigned roles)
{
	struct seen *seen = ctx;
	PCHAT_AUTO_TEXT text = pchat_text("%s:%u", pchat_org_name(seen->org, id), roles);

	assert_true(pchat_list_append(&seen->names, pchat_str(text)));
	return seen->names.n != seen->stop_after;
}

static bool
see_id(void *ctx, pchat_id id)
{
	struct seen *seen = ctx;

	assert_true(pchat_list_append(&seen->names, pchat_str(pchat_org_name(seen->org, id))));
	return seen->names.n != seen->stop_after;
}

static void
assert_seen(struct seen *seen, const char *expected)
{
	PCHAT_AUTO_VALUE(buf) all = { 0 };
	size_t n = seen->names.n;

	pchat_list_sort(&seen->names);
	assert_int_equal(seen->names.n, n); /* each once */
	for (size_t i = 0; i < n; i++)
		pchat_buf_printf(&all, "%s%s", i ? " " : "", seen->names.v[i]);
	assert_string_equal(pchat_buf_cstr(&all), expected);
	pchat_list_release(&seen->names);
}

static const char *const many[] = {
	"user uri=" AMY ";unit=London/Trading",
	"user uri=" BOB ";unit=London",
	"user uri=" CAROL,
	"unit name=London",
	"unit name=London/Trading",
	"domain name=contoso.example",
	"policy name=global;enabled=true",
	"group name=Sales;members=" AMY ",group:Loop",
	"group name=Loop;members=group:Sales," BOB,
	"category name=Open;allowed=domain:contoso.example;creators=group:Sales",
	"category name=Narrow;allowed=ou:London;denied=" BOB ";creators=ou:London",
	"room name=A;category=Open;members=" AMY ",group:Sales;managers=" AMY,
	"room name=B;category=Open;members=group:Loop;managers=" CAROL,
	"room name=C;category=Narrow;members=" AMY "," BOB "," CAROL,
	"room name=D;category=Open;privacy=secret;members=" BOB ";managers=" AMY,
	"room name=E;category=Open;privacy=open",
	"room name=F;category=Open;disabled=true;members=" AMY ";managers=" BOB,
};

static void
rooms_by_role(void **state)
{
	static const struct {
		const char *user;
		unsigned mask;
		const char *found;
	} rows[] = {
		/* in scope 8, manager 2, member 1 */
		{ AMY, PCHAT_ROLE_MEMBER, "A:11 B:9 C:9 F:9" },
		{ AMY, PCHAT_ROLE_MANAGER, "A:11 D:10" },
		{ AMY, PCHAT_ROLE_MEMBER | PCHAT_ROLE_MANAGER, "A:11 B:9 C:9 D:10 F:9" },
		{ AMY, PCHAT_ROLE_PRESENTER, "" },
		{ BOB, PCHAT_ROLE_MEMBER, "A:9 B:9 D:9" }, /* denied in the category of C */
		{ BOB, PCHAT_ROLE_MANAGER, "F:10" },
		{ CAROL, PCHAT_ROLE_MEMBER, "" }, /* not allowed in the category of C */
		{ CAROL, PCHAT_ROLE_MANAGER, "B:10" },
	};
	PCHAT_AUTO(org) org = pchat_org_new(NULL);

	(void)state;
	put_all(org, many, PCHAT_N(many));
	for (size_t i = 0; i < PCHAT_N(rows); i++) {
		struct seen seen = { .org = org };

		assert_true(pchat_org_each_role(org, principal(org, rows[i].user), rows[i].mask,
		                                see_room, &seen));
		assert_seen(&seen, rows[i].found);
	}
}

static void
visible_rooms(void **state)
{
	static const struct {
		const char *user, *found;
	} rows[] = {
		{ AMY, "A:0 B:0 C:0 E:0" }, /* D: its manager does not find it by search */
		{ BOB, "A:0 B:0 D:0 E:0 F:0" },
		{ CAROL, "A:0 B:0 E:0" },
	};
	PCHAT_AUTO(org) org = pchat_org_new(NULL);
	struct seen none = { .org = org };

	(void)state;
	put_all(org, many, PCHAT_N(many));
	for (size_t i = 0; i < PCHAT_N(rows); i++) {
		struct seen seen = { .org = org };

		assert_true(
			pchat_org_each_visible(org, principal(org, rows[i].user), see_room, &seen));
		assert_seen(&seen, rows[i].found);
	}
	put(org, "policy name=global;enabled=false");
	assert_true(pchat_org_each_visible(org, principal(org, AMY), see_room, &none));
	assert_seen(&none, "");
}

static void
rooms_of_a_category(void **state)
{
	PCHAT_AUTO(org) org = pchat_org_new(NULL);
	struct seen seen = { .org = org };

	(void)state;
	put_all(org, many, PCHAT_N(many));
	pchat_org_each_room_of(org, category(org, "Open"), see_room, &seen);
	assert_seen(&seen, "A:0 B:0 D:0 E:0 F:0");
	put(org, "room name=A;category=Narrow");
	assert_int_equal(pchat_org_delete(org, PCHAT_KIND_ROOM, "B", NULL), PCHAT_OK);
	pchat_org_each_room_of(org, category(org, "Open"), see_room, &seen);
	assert_seen(&seen, "D:0 E:0 F:0");
	pchat_org_each_room_of(org, category(org, "Narrow"), see_room, &seen);
	assert_seen(&seen, "A:0 C:0");
	seen.stop_after = 1;
	pchat_org_each_room_of(org, category(org, "Open"), see_room, &seen);
	assert_int_equal(seen.names.n, 1);
	pchat_list_release(&seen.names);
}

static void
categories_to_create_in(void **state)
{
	static const struct {
		const char *user, *found;
	} rows[] = { { AMY, "Narrow Open" }, { BOB, "Open" }, { CAROL, "" } };
	PCHAT_AUTO(org) org = pchat_org_new(NULL);

	(void)state;
	put_all(org, many, PCHAT_N(many));
	for (size_t i = 0; i < PCHAT_N(rows); i++) {
		struct seen seen = { .org = org };

		assert_true(
			pchat_org_each_creatable(org, principal(org, rows[i].user), see_id, &seen));
		assert_seen(&seen, rows[i].found);
	}
}

static void
users_under_a_principal(void **state)
{
	static const struct {
		const char *principal, *found;
	} rows[] = {
		{ AMY, AMY },
		{ "group:Sales", AMY " " BOB },
		{ "group:Loop", AMY " " BOB },
		{ "ou:London", AMY " " BOB },
		{ "ou:London/Trading", AMY },
		{ "domain:contoso.example", AMY " " BOB " " CAROL },
	};
	PCHAT_AUTO(org) org = pchat_org_new(NULL);

	(void)state;
	put_all(org, many, PCHAT_N(many));
	for (size_t i = 0; i < PCHAT_N(rows); i++) {
		struct seen seen = { .org = org };

		assert_true(pchat_org_each_user_under(org, principal(org, rows[i].principal),
		                                      see_id, &seen));
		assert_seen(&seen, rows[i].found);
	}
}

static void
objects_of_a_kind(void **state)
{
	PCHAT_AUTO(org) org = pchat_org_new(NULL);
	struct seen seen = { .org = org };
	size_t pos = 0;
	pchat_id id;

	(void)state;
	put_all(org, many, PCHAT_N(many));
	put(org, "room name=G;category=Mentioned;members=group:Mentioned");
	assert_int_equal(pchat_org_delete(org, PCHAT_KIND_GROUP, "Loop", NULL), PCHAT_OK);
	while (pchat_org_next(org, PCHAT_KIND_GROUP, &pos, &id))
		see_id(&seen, id);
	assert_seen(&seen, "group:Sales");
	for (pos = 0; pchat_org_next(org, PCHAT_KIND_CATEGORY, &pos, &id);)
		see_id(&seen, id);
	assert_seen(&seen, "Narrow Open");
}

/* A set can be read as ids, and an object comes back as it was put. */
static void
objects_come_back_whole(void **state)
{
	static const char *const texts[] = {
		"room name=R;category=C;description=About;type=auditorium;privacy=closed;addin=P;"
		"members=" AMY
		",group:Sales,ou:London;managers=domain:contoso.example;presenters=" BOB ";guid=1",
		"category name=C;allowed=group:Sales;denied=" BOB ";creators=" AMY ";guid=2",
		"group name=Sales;unit=London;members=group:Rates," AMY ";description=x;guid=3",
		"policy name=traders;enabled=true;grantedTo=group:Sales," AMY ";guid=4",
		"user uri=" AMY
		";displayName=Amy;unit=London;site=leeds;principal=amy@CONTOSO;guid=5",
		"config scope=site:leeds;defaultChatHistory=50;guid=6",
	};
	PCHAT_AUTO(org) org = pchat_org_new(NULL);
	size_t n;

	(void)state;
	put_all(org, texts, PCHAT_N(texts));
	for (size_t i = 0; i < PCHAT_N(texts); i++) {
		PCHAT_AUTO(object) o = object(texts[i]);
		PCHAT_AUTO(object) back = NULL;
		pchat_id id = pchat_org_find(org, o->kind, pchat_object_key(o), NULL);

		assert_int_equal(pchat_org_object(org, id, &back, NULL), PCHAT_OK);
		assert_true(pchat_object_eq(o, back));
		assert_string_equal(o->guid, back->guid);
	}
	assert_non_null(pchat_org_list(org, room(org, "R"), PCHAT_ROOM_MEMBERS, &n));
	assert_int_equal(n, 3);
	assert_null(pchat_org_list(org, room(org, "R"), PCHAT_ROOM_NAME, &n));
	assert_int_equal(n, 0);
}

static void
scope_of_principals(void **state)
{
	static const struct {
		const char *principal, *category;
		bool in;
	} rows[] = {
		{ AMY, "Open", true },
		{ "group:Sales", "Open", true }, /* the pool's domain is where groups lie */
		{ "ou:London", "Open", true },
		{ "domain:contoso.example", "Open", true },
		{ AMY, "Narrow", true },
		{ BOB, "Narrow", false },
		{ CAROL, "Narrow", false },
		{ "ou:London/Trading", "Narrow", true },
		{ "group:Sales", "Narrow", false },
	};
	PCHAT_AUTO(org) org = pchat_org_new(NULL);

	(void)state;
	put_all(org, many, PCHAT_N(many));
	put(org, "pool domain=contoso.example");
	for (size_t i = 0; i < PCHAT_N(rows); i++) {
		bool in = !rows[i].in;

		assert_int_equal(pchat_org_in_scope(org, principal(org, rows[i].principal),
		                                    category(org, rows[i].category), &in, NULL),
		                 PCHAT_OK);
		if (in != rows[i].in)
			fail_msg("%s in %s", rows[i].principal, rows[i].category);
	}
	put(org, "group name=Sales;unit=London/Trading;members=" AMY);
	{
		bool in = false;

		assert_int_equal(pchat_org_in_scope(org, principal(org, "group:Sales"),
		                                    category(org, "Narrow"), &in, NULL),
		                 PCHAT_OK);
		assert_true(in);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nesting_in_any_order),
		cmocka_unit_test(cycles_end),
		cmocka_unit_test(changes_are_seen),
		cmocka_unit_test(names_are_found_without_case),
		cmocka_unit_test(renames_keep_ids_and_references),
		cmocka_unit_test(a_rename_meets_its_mentions),
		cmocka_unit_test(names_can_be_swapped),
		cmocka_unit_test(a_new_spelling_is_shown),
		cmocka_unit_test(units_go_by_their_path),
		cmocka_unit_test(domains_go_by_their_name),
		cmocka_unit_test(ids_are_not_given_away),
		cmocka_unit_test(what_is_deleted_leaves_its_name),
		cmocka_unit_test(views_show_what_is_in_effect),
		cmocka_unit_test(settings_come_from_the_nearest_scope),
		cmocka_unit_test(the_pool_is_found),
		cmocka_unit_test(rooms_by_role),
		cmocka_unit_test(visible_rooms),
		cmocka_unit_test(rooms_of_a_category),
		cmocka_unit_test(categories_to_create_in),
		cmocka_unit_test(users_under_a_principal),
		cmocka_unit_test(objects_of_a_kind),
		cmocka_unit_test(objects_come_back_whole),
		cmocka_unit_test(scope_of_principals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
