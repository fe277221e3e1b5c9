/*
 * What "explain" tells is what pchatd does: thousands of random organizations, each fed to the
 * view of the daemon row by row and changed while it lives, and each time read anew as
 * pchatctl reads it. Both are asked the same.
 */
#include "../policy/shelf.h"

#include "pchatd/view.h"

#define ORGANIZATIONS 1500
#define CHANGES       2 /* of each while it is watched, several rows each */

#define USERS         5
#define ROOMS         3
#define CATEGORIES    2

static uint64_t seed;

/* xorshift64*: the same numbers on every machine. */
static unsigned
roll(unsigned n)
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return (unsigned)((seed * UINT64_C(0x2545F4914F6CDD1D)) >> 33) % n;
}

struct world {
	struct shelf shelf;
	struct pchat_view *view;
	uint64_t revision;
	unsigned renamed; /* names given so far, to make new ones */
};

/* ---- what an organization is made of ---- */

static const char *const outlines[] = {
	"pool domain=a.example;uri=sip:pool@a.example",
	"site name=leeds",
	"site name=zurich",
	"domain name=a.example",
	"domain name=b.example",
	"unit name=X",
	"unit name=X/Y",
	"unit name=W",
	"user uri=sip:u0@a.example",
	"user uri=sip:u1@a.example",
	"user uri=sip:u2@a.example",
	"user uri=sip:u3@b.example",
	"user uri=sip:u4@b.example",
	"group name=G0",
	"group name=G1",
	"group name=G2",
	"group name=G3",
	"policy name=global",
	"policy name=site:leeds",
	"policy name=p1",
	"policy name=p2",
	"category name=C0",
	"category name=C1",
	"room name=R0;category=C0",
	"room name=R1;category=C0",
	"room name=R2;category=C1",
};

/* One of the stored objects of these kinds, or NULL. */
static struct pchat_object *
some(const struct world *w, unsigned kinds)
{
	for (unsigned tries = 0; tries < 20; tries++) {
		struct pchat_object *o = w->shelf.v[roll((unsigned)w->shelf.n)];

		if (kinds >> o->kind & 1)
			return o;
	}
	return NULL;
}

#define KIND(symbol) (1u << PCHAT_KIND_##symbol)
#define PRINCIPALS   (KIND(USER) | KIND(GROUP) | KIND(UNIT) | KIND(DOMAIN))

static void
fill_list(const struct world *w, struct pchat_object *o, unsigned field, unsigned most)
{
	pchat_list_release(&o->v[field].list);
	for (unsigned n = roll(most + 1); n > 0; n--) {
		PCHAT_AUTO_VALUE(buf) name = { 0 };
		const struct pchat_object *p = some(w, PRINCIPALS);

		if (!p || p == o)
			continue;
		pchat_principal_of(p->kind, pchat_object_key(p), &name);
		assert_true(pchat_list_add(&o->v[field].list, pchat_buf_view(&name)));
	}
}

static void
fill_ref(const struct world *w, struct pchat_object *o, unsigned field, unsigned kinds,
         bool required)
{
	const struct pchat_object *to = required || roll(2) ? some(w, kinds) : NULL;

	if (to || !required)
		assert_int_equal(
			pchat_object_set(o, field, pchat_str(to ? pchat_object_key(to) : ""), NULL),
			PCHAT_OK);
}

static void
fill_room(const struct world *w, struct pchat_object *o)
{
	o->v[PCHAT_ROOM_PRIVACY].number = roll(3);
	o->v[PCHAT_ROOM_TYPE].number = roll(3) == 0;
	o->v[PCHAT_ROOM_DISABLED].flag = roll(6) == 0;
	fill_ref(w, o, PCHAT_ROOM_CATEGORY, KIND(CATEGORY), true);
	fill_list(w, o, PCHAT_ROOM_MEMBERS, 3);
	fill_list(w, o, PCHAT_ROOM_MANAGERS, 2);
	fill_list(w, o, PCHAT_ROOM_PRESENTERS, 2);
}

/* Give the object other facts. */
static void
fill(const struct world *w, struct pchat_object *o)
{
	switch (o->kind) {
	case PCHAT_KIND_USER:
		o->v[PCHAT_USER_DISABLED].flag = roll(8) == 0;
		fill_ref(w, o, PCHAT_USER_SITE, KIND(SITE), false);
		fill_ref(w, o, PCHAT_USER_UNIT, KIND(UNIT), false);
		break;
	case PCHAT_KIND_GROUP:
		fill_ref(w, o, PCHAT_GROUP_UNIT, KIND(UNIT), false);
		fill_list(w, o, PCHAT_GROUP_MEMBERS, 3);
		break;
	case PCHAT_KIND_POLICY:
		o->v[PCHAT_POLICY_ENABLED].flag = roll(4) != 0;
		if (pchat_object_key(o)[0] == 'p')
			fill_list(w, o, PCHAT_POLICY_GRANTED_TO, 2);
		break;
	case PCHAT_KIND_CATEGORY:
		o->v[PCHAT_CATEGORY_FILE_UPLOAD].flag = roll(2);
		fill_list(w, o, PCHAT_CATEGORY_ALLOWED, 4);
		if (roll(3) == 0)
			fill_list(w, o, PCHAT_CATEGORY_DENIED, 2);
		fill_list(w, o, PCHAT_CATEGORY_CREATORS, 2);
		break;
	case PCHAT_KIND_ROOM:
		fill_room(w, o);
		break;
	default:
		break;
	}
}

/* ---- rows for the daemon ---- */

static void
row(struct world *w, enum pchat_op op, const struct pchat_object *o)
{
	struct pchat_err err = { 0 };

	if (pchat_view_apply(w->view, ++w->revision, op, o, &err))
		fail_msg("%s", pchat_err_text(&err));
	pchat_view_reached(w->view, w->revision);
}

static void
make(struct world *w)
{
	static const struct pchat_view_watcher deaf;

	*w = (struct world){ 0 };
	assert_int_equal(pchat_view_new(&deaf, NULL, &w->view, NULL), PCHAT_OK);
	for (size_t i = 0; i < PCHAT_N(outlines); i++)
		shelf_add(&w->shelf, outlines[i]);
	for (size_t i = 0; i < w->shelf.n; i++) {
		fill(w, w->shelf.v[i]);
		row(w, PCHAT_OP_CREATE, w->shelf.v[i]);
	}
}

static void
release(struct world *w)
{
	pchat_view_free(w->view);
	shelf_release(&w->shelf);
}

/* Take @old out of all lists, and put @new_name, if there is one, in its place. The store does
 * so with a rename of itself; deletions are rows of the objects that held it. */
static void
replace_name(struct world *w, const char *old, const char *new_name)
{
	for (size_t i = 0; i < w->shelf.n; i++) {
		struct pchat_object *o = w->shelf.v[i];
		const struct pchat_kind_info *info = pchat_kind_info(o->kind);
		bool held = false;

		for (unsigned f = 0; f < info->n_fields; f++) {
			if (!shelf_holds(o, f, old))
				continue;
			held = pchat_list_remove(&o->v[f].list, pchat_str(old));
			if (new_name)
				assert_true(pchat_list_add(&o->v[f].list, pchat_str(new_name)));
		}
		if (held && !new_name)
			row(w, PCHAT_OP_UPDATE, o);
	}
}

static void
rename_group(struct world *w, struct pchat_object *o)
{
	PCHAT_AUTO_TEXT old = pchat_text("group:%s", pchat_object_key(o));
	PCHAT_AUTO_TEXT key = pchat_text("N%u", ++w->renamed);
	PCHAT_AUTO_TEXT new_name = pchat_text("group:%s", key);

	assert_int_equal(pchat_object_set(o, 0, pchat_str(key), NULL), PCHAT_OK);
	row(w, PCHAT_OP_UPDATE, o);
	replace_name(w, old, new_name);
}

static void
delete_group(struct world *w, struct pchat_object *o)
{
	PCHAT_AUTO_TEXT name = pchat_text("group:%s", pchat_object_key(o));
	size_t i = 0;

	replace_name(w, name, NULL);
	row(w, PCHAT_OP_DELETE, o);
	while (w->shelf.v[i] != o)
		i++;
	memmove(&w->shelf.v[i], &w->shelf.v[i + 1], (w->shelf.n - i - 1) * sizeof(w->shelf.v[0]));
	w->shelf.n--;
	pchat_object_free(o);
}

static void
change_something(struct world *w)
{
	struct pchat_object *o = some(w, ~KIND(POOL));

	if (!o)
		return;
	if (o->kind == PCHAT_KIND_GROUP && roll(3) == 0) {
		rename_group(w, o);
	} else if (o->kind == PCHAT_KIND_GROUP && roll(4) == 0) {
		delete_group(w, o);
	} else {
		fill(w, o);
		row(w, PCHAT_OP_UPDATE, o);
	}
}

/* ---- asking both ---- */

struct ids {
	pchat_id user, room, target;
};

static struct ids
look_up(struct pchat_org *org, const char *user, const char *room_name, const char *target)
{
	return (struct ids){ pchat_org_principal(org, user, NULL),
		             pchat_org_room(org, room_name, NULL),
		             pchat_org_category(org, target, NULL) };
}

static bool
ask(struct pchat_org *org, const struct ids *ids, enum pchat_action action, bool trace,
    struct pchat_verdict *ret)
{
	bool in_room = action != PCHAT_ACTION_CREATE && action != PCHAT_ACTION_ADMINISTER;
	bool targets = action == PCHAT_ACTION_CREATE || action == PCHAT_ACTION_MOVE;
	struct pchat_access_query q = { .action = action,
		                        .user = ids->user,
		                        .room = in_room ? ids->room : PCHAT_NO_ID,
		                        .category = targets ? ids->target : PCHAT_NO_ID };

	assert_int_equal(pchat_access(org, &q, trace, ret, NULL), PCHAT_OK);
	return ret->allowed;
}

/* What is told has to make sense by itself, too. */
static void
check_telling(const struct pchat_verdict *v)
{
	const struct pchat_step *last = &v->steps[v->n_steps - 1];

	assert_true(v->n_steps > 0);
	assert_string_equal(v->rule, last->rule);
	assert_int_equal(last->outcome, v->allowed ? PCHAT_ALLOW : PCHAT_DENY);
	assert_true(!v->allowed || (!v->remedy && !v->n_further));
	for (size_t i = 0; i + 1 < v->n_steps; i++)
		assert_int_equal(v->steps[i].outcome, PCHAT_PASS);
	for (size_t i = 0; i < v->n_further; i++)
		assert_int_equal(v->further[i].outcome, PCHAT_DENY);
}

static void
compare_action(struct world *w, struct pchat_org *org, const char *user, const char *room_name,
               enum pchat_action action)
{
	const char *target = roll(2) ? "C0" : "C1";
	struct pchat_org *live = pchat_view_org(w->view);
	struct ids told_ids = look_up(org, user, room_name, target);
	struct ids live_ids = look_up(live, user, room_name, target);
	PCHAT_AUTO_VALUE(verdict) told = { 0 };
	struct pchat_verdict decided = { 0 };
	bool allowed = ask(org, &told_ids, action, true, &told);

	check_telling(&told);
	if (ask(live, &live_ids, action, false, &decided) != allowed ||
	    strcmp(decided.rule, told.rule) != 0)
		fail_msg("%s %s %s: told %s by %s, but pchatd says %s by %s", user,
		         pchat_action_word(action), room_name, allowed ? "yes" : "no", told.rule,
		         decided.allowed ? "yes" : "no", decided.rule);
	if (action == PCHAT_ACTION_CREATE || action == PCHAT_ACTION_MOVE)
		return;
	assert_int_equal(pchat_view_may(w->view, pchat_view_user(w->view, pchat_str(user)),
	                                pchat_view_room_named(w->view, pchat_str(room_name)),
	                                action),
	                 allowed);
}

static void
compare_user(struct world *w, struct pchat_org *org, const char *user)
{
	static const char *const rooms[] = { "R0", "R1", "R2" };
	PCHAT_AUTO_VALUE(effective) e = { 0 };
	const struct pchat_user *live = pchat_view_user(w->view, pchat_str(user));
	pchat_id id = pchat_org_principal(org, user, NULL);

	assert_int_equal(pchat_effective_policy(org, id, true, &e, NULL), PCHAT_OK);
	assert_int_equal(pchat_view_enabled(w->view, live), e.enabled);
	for (size_t r = 0; r < PCHAT_N(rooms); r++) {
		const struct pchat_room *live_room = pchat_view_room_named(w->view,
		                                                           pchat_str(rooms[r]));

		assert_int_equal(pchat_view_roles(w->view, live, live_room),
		                 pchat_roles(org, id, pchat_org_room(org, rooms[r], NULL)));
		compare_action(w, org, user, rooms[r], PCHAT_ACTION_JOIN);
		for (unsigned n = 0; n < 4; n++)
			compare_action(w, org, user, rooms[r],
			               (enum pchat_action)roll(PCHAT_N_ACTIONS));
	}
}

static void
compare(struct world *w)
{
	static const char *const users[] = { "sip:u0@a.example", "sip:u1@a.example",
		                             "sip:u2@a.example", "sip:u3@b.example",
		                             "sip:u4@b.example" };
	PCHAT_AUTO(org) org = shelf_org(&w->shelf, roll(2));

	for (size_t u = 0; u < PCHAT_N(users); u++)
		compare_user(w, org, users[u]);
}

static void
explain_tells_what_pchatd_does(void **state)
{
	(void)state;
	for (unsigned turn = 1; turn <= ORGANIZATIONS; turn++) {
		struct world w;

		seed = turn * UINT64_C(0x9E3779B97F4A7C15);
		make(&w);
		compare(&w);
		for (unsigned change = 0; change < CHANGES; change++) {
			for (unsigned rows = 1 + roll(4); rows > 0; rows--)
				change_something(&w);
			compare(&w);
		}
		release(&w);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(explain_tells_what_pchatd_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
