/* The view: objects in, records and tellings out. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base/auto.h"
#include "pchatd/view.h"

#define GUID(digit) #digit "0000000-0000-4000-8000-000000000000"

struct heard {
	unsigned rooms, facts, users, gone_users, gone_rooms, everybody;
	struct pchat_room *room;
	struct pchat_user *user;
};

static void
room_changed(void *ctx, struct pchat_room *room, bool facts)
{
	struct heard *h = ctx;

	h->rooms++;
	h->facts += facts;
	h->room = room;
}

static void
room_gone(void *ctx, struct pchat_room *room)
{
	struct heard *h = ctx;

	(void)room;
	h->gone_rooms++;
}

static void
user_changed(void *ctx, struct pchat_user *user)
{
	struct heard *h = ctx;

	h->users++;
	h->user = user;
}

static void
user_gone(void *ctx, struct pchat_user *user)
{
	struct heard *h = ctx;

	assert_true(user->gone);
	h->gone_users++;
}

static void
everybody(void *ctx)
{
	((struct heard *)ctx)->everybody++;
}

static const struct pchat_view_watcher watcher = { room_changed, room_gone, user_changed, user_gone,
	                                           everybody };

struct fixture {
	struct pchat_view *view;
	struct heard heard;
	uint64_t revision;
};

static void
set(struct pchat_object *o, unsigned field, const char *text)
{
	struct pchat_err err = { 0 };

	if (pchat_object_set(o, field, pchat_str(text), &err))
		fail_msg("%s", pchat_err_text(&err));
}

static void
apply(struct fixture *f, enum pchat_op op, struct pchat_object *o)
{
	struct pchat_err err = { 0 };

	if (pchat_view_apply(f->view, ++f->revision, op, o, &err))
		fail_msg("%s", pchat_err_text(&err));
	pchat_view_reached(f->view, f->revision);
	pchat_object_free(o);
}

static struct pchat_object *
object(enum pchat_kind kind, const char *guid, const char *key)
{
	struct pchat_object *o = pchat_object_new(kind);

	assert_non_null(o);
	memcpy(o->guid, guid, strlen(guid) + 1);
	set(o, 0, key);
	return o;
}

static struct pchat_object *
room(const char *name, const char *privacy, const char *members)
{
	struct pchat_object *o = object(PCHAT_KIND_ROOM, GUID(3), name);

	set(o, PCHAT_ROOM_CATEGORY, "Finance");
	set(o, PCHAT_ROOM_PRIVACY, privacy);
	set(o, PCHAT_ROOM_MEMBERS, members);
	return o;
}

static struct pchat_object *
policy(const char *granted)
{
	struct pchat_object *o = object(PCHAT_KIND_POLICY, GUID(5), "traders");

	set(o, PCHAT_POLICY_ENABLED, "true");
	set(o, PCHAT_POLICY_GRANTED_TO, granted);
	return o;
}

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct pchat_object *o;

	assert_int_equal(pchat_view_new(&watcher, &f->heard, &f->view, NULL), PCHAT_OK);
	o = object(PCHAT_KIND_POOL, GUID(0), "contoso.example");
	set(o, PCHAT_POOL_DISPLAY_NAME, "Contoso chat");
	apply(f, PCHAT_OP_CREATE, o);
	o = object(PCHAT_KIND_CATEGORY, GUID(2), "Finance");
	set(o, PCHAT_CATEGORY_ALLOWED, "sip:amy@contoso.example,sip:bob@contoso.example");
	set(o, PCHAT_CATEGORY_HISTORY, "true");
	apply(f, PCHAT_OP_CREATE, o);
	o = object(PCHAT_KIND_USER, GUID(1), "sip:amy@contoso.example");
	set(o, PCHAT_USER_DISPLAY_NAME, "Amy Jones");
	apply(f, PCHAT_OP_CREATE, o);
	apply(f, PCHAT_OP_CREATE, object(PCHAT_KIND_USER, GUID(4), "sip:bob@contoso.example"));
	apply(f, PCHAT_OP_CREATE, room("Rates desk", "closed", "sip:amy@contoso.example"));
	f->heard = (struct heard){ 0 };
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	pchat_view_free(f->view);
	free(f);
	return 0;
}

static struct pchat_user *
amy(struct fixture *f)
{
	return pchat_view_user(f->view, PCHAT_STR("sip:amy@contoso.example"));
}

static struct pchat_room *
desk(struct fixture *f)
{
	return pchat_view_room(f->view, PCHAT_STR(GUID(3)));
}

static void
records_say_what_the_objects_say(void **state)
{
	struct fixture *f = *state;

	apply(f, PCHAT_OP_CREATE, policy("sip:amy@contoso.example,sip:bob@contoso.example"));
	assert_string_equal(pchat_view_pool_uri(f->view),
	                    "sip:GC-1-PersistentChatService-1@contoso.example");
	assert_string_equal(pchat_view_root_uri(f->view), "ma-cat://contoso.example/" GUID(0));
	assert_string_equal(amy(f)->display, "Amy Jones");
	assert_string_equal(amy(f)->name, "amy");
	assert_string_equal(pchat_view_user(f->view, PCHAT_STR("sip:bob@contoso.example"))->display,
	                    "bob");
	assert_string_equal(desk(f)->uri, "ma-chan://contoso.example/" GUID(3));
	assert_string_equal(desk(f)->category->name, "Finance");
	assert_true(pchat_view_may(f->view, amy(f), desk(f), PCHAT_ACTION_JOIN));
	assert_false(pchat_view_may(f->view,
	                            pchat_view_user(f->view, PCHAT_STR("sip:bob@contoso.example")),
	                            desk(f), PCHAT_ACTION_JOIN));
}

static void
rooms_are_found_by_guid_in_any_case_and_only_by_guids(void **state)
{
	struct fixture *f = *state;

	assert_non_null(desk(f));
	assert_ptr_equal(
		pchat_view_room(f->view, PCHAT_STR("30000000-0000-4000-8000-000000000000")),
		desk(f));
	assert_null(pchat_view_room(f->view, PCHAT_STR("{30000000-0000-4000-8000-000000000000}")));
	assert_null(pchat_view_room(f->view, PCHAT_STR("300")));
	assert_null(pchat_view_room(f->view, PCHAT_STR("")));
}

static void
a_changed_list_is_no_changed_fact(void **state)
{
	struct fixture *f = *state;
	struct pchat_room *before = desk(f);

	apply(f, PCHAT_OP_CREATE, policy("sip:amy@contoso.example"));
	apply(f, PCHAT_OP_UPDATE, room("Rates desk", "closed", ""));
	assert_int_equal(f->heard.rooms, 1);
	assert_int_equal(f->heard.facts, 0);
	assert_ptr_equal(desk(f), before);
	assert_false(pchat_view_may(f->view, amy(f), desk(f), PCHAT_ACTION_JOIN));
	apply(f, PCHAT_OP_UPDATE, room("Rates", "open", ""));
	assert_int_equal(f->heard.facts, 1);
	assert_ptr_equal(desk(f), before);
	assert_string_equal(desk(f)->name, "Rates");
	assert_true(pchat_view_may(f->view, amy(f), desk(f), PCHAT_ACTION_JOIN));
}

static void
rooms_stand_in_the_order_of_their_names(void **state)
{
	static const char *const names[] = { "zebra", "Alpha", "beta", "Rates desk" };
	struct fixture *f = *state;
	struct pchat_room *const *rooms;
	size_t n;

	for (size_t i = 0; i < 3; i++) {
		struct pchat_object *o = room(names[i], "open", "");

		o->guid[0] = (char)('6' + i);
		apply(f, PCHAT_OP_CREATE, o);
	}
	rooms = pchat_view_rooms(f->view, &n);
	assert_int_equal(n, 4);
	assert_string_equal(rooms[0]->name, "Alpha");
	assert_string_equal(rooms[1]->name, "beta");
	assert_string_equal(rooms[2]->name, "Rates desk");
	assert_string_equal(rooms[3]->name, "zebra");
	apply(f, PCHAT_OP_UPDATE, room("Aardvark", "open", ""));
	rooms = pchat_view_rooms(f->view, &n);
	assert_string_equal(rooms[0]->name, "Aardvark");
	apply(f, PCHAT_OP_DELETE, room("Aardvark", "open", ""));
	(void)pchat_view_rooms(f->view, &n);
	assert_int_equal(n, 3);
	assert_int_equal(f->heard.gone_rooms, 1);
	assert_null(desk(f));
}

static void
a_category_may_come_after_its_rooms_and_change_its_name(void **state)
{
	struct fixture *f = *state;
	struct pchat_object *o = room("Early", "open", "");

	o->guid[0] = '7';
	set(o, PCHAT_ROOM_CATEGORY, "Later");
	apply(f, PCHAT_OP_CREATE, o);
	assert_null(pchat_view_room(f->view, PCHAT_STR(GUID(7)))->category);
	apply(f, PCHAT_OP_CREATE, object(PCHAT_KIND_CATEGORY, GUID(8), "later"));
	assert_string_equal(pchat_view_room(f->view, PCHAT_STR(GUID(7)))->category->name, "later");
	f->heard = (struct heard){ 0 };
	o = object(PCHAT_KIND_CATEGORY, GUID(2), "Money");
	set(o, PCHAT_CATEGORY_HISTORY, "true");
	apply(f, PCHAT_OP_UPDATE, o);
	assert_string_equal(desk(f)->category->name, "Money");
	assert_int_equal(f->heard.rooms, 1);
	assert_ptr_equal(f->heard.room, desk(f));
}

static void
a_policy_concerns_those_it_was_or_is_granted_to(void **state)
{
	struct fixture *f = *state;

	apply(f, PCHAT_OP_CREATE, policy("sip:amy@contoso.example"));
	assert_true(pchat_view_enabled(f->view, amy(f)));
	assert_int_equal(f->heard.users, 1);
	assert_ptr_equal(f->heard.user, amy(f));
	f->heard = (struct heard){ 0 };
	apply(f, PCHAT_OP_UPDATE, policy(""));
	assert_false(pchat_view_enabled(f->view, amy(f)));
	assert_int_equal(f->heard.users, 1);
	assert_ptr_equal(f->heard.user, amy(f));
	assert_int_equal(f->heard.everybody, 0);
}

static void
a_policy_for_all_concerns_everybody(void **state)
{
	struct fixture *f = *state;
	struct pchat_object *o = object(PCHAT_KIND_POLICY, GUID(9), "global");

	set(o, PCHAT_POLICY_ENABLED, "true");
	apply(f, PCHAT_OP_CREATE, o);
	assert_int_equal(f->heard.everybody, 1);
	assert_true(pchat_view_enabled(f->view, amy(f)));
}

static void
a_group_concerns_those_who_go_and_those_who_come(void **state)
{
	struct fixture *f = *state;
	struct pchat_object *o = object(PCHAT_KIND_GROUP, GUID(6), "Sales");

	set(o, PCHAT_GROUP_MEMBERS, "sip:amy@contoso.example");
	apply(f, PCHAT_OP_CREATE, o);
	assert_ptr_equal(f->heard.user, amy(f));
	f->heard = (struct heard){ 0 };
	o = object(PCHAT_KIND_GROUP, GUID(6), "Sales");
	set(o, PCHAT_GROUP_MEMBERS, "sip:bob@contoso.example");
	apply(f, PCHAT_OP_UPDATE, o);
	assert_int_equal(f->heard.users, 2);
	assert_int_equal(f->heard.everybody, 0);
}

static void
a_deleted_user_stays_until_nothing_holds_him(void **state)
{
	struct fixture *f = *state;
	struct pchat_user *gone = amy(f);
	struct pchat_attendee session = { 0 };

	assert_true(pchat_person_enter(&gone->person, gone, &session));
	apply(f, PCHAT_OP_DELETE, object(PCHAT_KIND_USER, GUID(1), "sip:amy@contoso.example"));
	assert_int_equal(f->heard.gone_users, 1);
	assert_null(amy(f));
	assert_string_equal(gone->uri, "sip:amy@contoso.example");
	assert_false(pchat_view_enabled(f->view, gone));
	assert_false(pchat_view_may(f->view, gone, desk(f), PCHAT_ACTION_JOIN));
	pchat_person_leave(&session);
	pchat_view_forget(f->view, gone);
}

static void
a_new_uri_is_a_new_user(void **state)
{
	struct fixture *f = *state;

	apply(f, PCHAT_OP_UPDATE, object(PCHAT_KIND_USER, GUID(1), "sip:amelia@contoso.example"));
	assert_int_equal(f->heard.gone_users, 1);
	assert_null(amy(f));
	assert_non_null(pchat_view_user(f->view, PCHAT_STR("sip:amelia@contoso.example")));
}

/* How many users may have @part in what they are called. */
static unsigned
may_have(struct fixture *f, const char *part)
{
	struct pchat_pairs wanted = { 0 };
	size_t at = 0;
	unsigned n = 0;

	pchat_pairs_add(&wanted, part);
	while (pchat_view_next_user(f->view, &wanted, SIZE_MAX, &at))
		n++;
	assert_int_equal(at, pchat_view_places(f->view));
	return n;
}

static void
users_are_passed_by_who_cannot_have_what_is_looked_for(void **state)
{
	struct fixture *f = *state;
	struct pchat_object *o = object(PCHAT_KIND_USER, GUID(1), "sip:amy@contoso.example");

	assert_int_equal(may_have(f, ""), 2);
	assert_int_equal(may_have(f, "b"), 2);
	assert_int_equal(may_have(f, "@contoso.example"), 2);
	assert_int_equal(may_have(f, "amy jones\nsip:amy"), 1);
	assert_int_equal(may_have(f, "zqxjzzqqxx"), 0);
	/* Then by another name and with an address, but by the old name no more. */
	set(o, PCHAT_USER_DISPLAY_NAME, "Zqxj");
	set(o, PCHAT_USER_EMAIL, "WWQ@xn.example");
	apply(f, PCHAT_OP_UPDATE, o);
	assert_int_equal(may_have(f, "zqxj"), 1);
	assert_int_equal(may_have(f, "wwq@xn"), 1);
	assert_int_equal(may_have(f, "jones"), 0);
}

static void
a_search_may_stop_and_go_on_while_users_come_and_go(void **state)
{
	struct fixture *f = *state;
	const struct pchat_pairs all = { 0 };
	const struct pchat_user *first, *second;
	size_t at = 0;

	first = pchat_view_next_user(f->view, &all, 1, &at);
	assert_non_null(first);
	assert_null(pchat_view_next_user(f->view, &all, 1, &at));
	assert_ptr_equal(first, amy(f));
	/* Somebody new takes the place of one who goes, and nobody else moves. */
	apply(f, PCHAT_OP_DELETE, object(PCHAT_KIND_USER, GUID(1), "sip:amy@contoso.example"));
	second = pchat_view_next_user(f->view, &all, SIZE_MAX, &at);
	assert_non_null(second);
	assert_string_equal(second->uri, "sip:bob@contoso.example");
	apply(f, PCHAT_OP_CREATE, object(PCHAT_KIND_USER, GUID(6), "sip:carol@contoso.example"));
	assert_null(pchat_view_next_user(f->view, &all, SIZE_MAX, &at));
	assert_int_equal(pchat_view_places(f->view), 2);
	assert_int_equal(may_have(f, "carol"), 1);
	assert_int_equal(may_have(f, "amy"), 0);
}

static void
settings_of_the_service_win_over_global_ones(void **state)
{
	struct fixture *f = *state;
	struct pchat_object *o = object(PCHAT_KIND_SETTINGS, GUID(7), "global");

	assert_int_equal(pchat_view_settings(f->view)->default_history, 30);
	set(o, PCHAT_SETTINGS_DEFAULT_CHAT_HISTORY, "10");
	apply(f, PCHAT_OP_CREATE, o);
	assert_int_equal(pchat_view_settings(f->view)->default_history, 10);
	o = object(PCHAT_KIND_SETTINGS, GUID(8), "service:GC-1-PersistentChatService-1");
	set(o, PCHAT_SETTINGS_DEFAULT_CHAT_HISTORY, "20");
	apply(f, PCHAT_OP_CREATE, o);
	assert_int_equal(pchat_view_settings(f->view)->default_history, 20);
	apply(f, PCHAT_OP_DELETE,
	      object(PCHAT_KIND_SETTINGS, GUID(8), "service:GC-1-PersistentChatService-1"));
	assert_int_equal(pchat_view_settings(f->view)->default_history, 10);
}

static void
settings_of_a_site_are_for_its_users_alone(void **state)
{
	struct fixture *f = *state;
	struct pchat_object *o = object(PCHAT_KIND_SETTINGS, GUID(7), "global");

	set(o, PCHAT_SETTINGS_DEFAULT_CHAT_HISTORY, "10");
	apply(f, PCHAT_OP_CREATE, o);
	for (char digit = 'a'; digit <= 'c'; digit++) {
		char guid[] = GUID(0), name[] = "site-x";

		guid[0] = digit;
		name[5] = digit;
		apply(f, PCHAT_OP_CREATE, object(PCHAT_KIND_SITE, guid, name));
	}
	o = object(PCHAT_KIND_SETTINGS, GUID(8), "site:site-b");
	set(o, PCHAT_SETTINGS_DEFAULT_CHAT_HISTORY, "20");
	set(o, PCHAT_SETTINGS_ROOM_MANAGEMENT_URL, "https://b.contoso.example/");
	apply(f, PCHAT_OP_CREATE, o);
	assert_int_equal(pchat_view_settings(f->view)->default_history, 10);
	assert_int_equal(pchat_view_settings_of(f->view, amy(f))->default_history, 10);

	o = object(PCHAT_KIND_USER, GUID(1), "sip:amy@contoso.example");
	set(o, PCHAT_USER_SITE, "site-b");
	apply(f, PCHAT_OP_UPDATE, o);
	assert_int_equal(pchat_view_settings_of(f->view, amy(f))->default_history, 20);
	assert_string_equal(pchat_view_settings_of(f->view, amy(f))->management_url,
	                    "https://b.contoso.example/");
	assert_int_equal(pchat_view_settings(f->view)->default_history, 10);

	o = object(PCHAT_KIND_SETTINGS, GUID(9), "service:GC-1-PersistentChatService-1");
	set(o, PCHAT_SETTINGS_DEFAULT_CHAT_HISTORY, "30");
	apply(f, PCHAT_OP_CREATE, o);
	assert_int_equal(pchat_view_settings_of(f->view, amy(f))->default_history, 30);
	apply(f, PCHAT_OP_DELETE,
	      object(PCHAT_KIND_SETTINGS, GUID(9), "service:GC-1-PersistentChatService-1"));
	assert_int_equal(pchat_view_settings_of(f->view, amy(f))->default_history, 20);

	apply(f, PCHAT_OP_DELETE, object(PCHAT_KIND_SETTINGS, GUID(8), "site:site-b"));
	assert_int_equal(pchat_view_settings_of(f->view, amy(f))->default_history, 10);
}

static void
endpoints_are_ours_as_long_as_they_exist(void **state)
{
	struct fixture *f = *state;

	assert_true(pchat_view_is_ours(f->view, pchat_view_pool_uri(f->view)));
	assert_false(pchat_view_is_ours(f->view, "sip:ocschat@contoso.example"));
	apply(f, PCHAT_OP_CREATE,
	      object(PCHAT_KIND_ENDPOINT, GUID(9), "sip:ocschat@contoso.example"));
	assert_true(pchat_view_is_ours(f->view, "sip:ocschat@contoso.example"));
	apply(f, PCHAT_OP_DELETE,
	      object(PCHAT_KIND_ENDPOINT, GUID(9), "sip:ocschat@contoso.example"));
	assert_false(pchat_view_is_ours(f->view, "sip:ocschat@contoso.example"));
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(records_say_what_the_objects_say),
		TEST(rooms_are_found_by_guid_in_any_case_and_only_by_guids),
		TEST(a_changed_list_is_no_changed_fact),
		TEST(rooms_stand_in_the_order_of_their_names),
		TEST(a_category_may_come_after_its_rooms_and_change_its_name),
		TEST(a_policy_concerns_those_it_was_or_is_granted_to),
		TEST(a_policy_for_all_concerns_everybody),
		TEST(a_group_concerns_those_who_go_and_those_who_come),
		TEST(a_deleted_user_stays_until_nothing_holds_him),
		TEST(a_new_uri_is_a_new_user),
		TEST(users_are_passed_by_who_cannot_have_what_is_looked_for),
		TEST(a_search_may_stop_and_go_on_while_users_come_and_go),
		TEST(settings_of_the_service_win_over_global_ones),
		TEST(settings_of_a_site_are_for_its_users_alone),
		TEST(endpoints_are_ours_as_long_as_they_exist),
	};

	return cmocka_run_group_tests_name("view", tests, NULL, NULL);
}
