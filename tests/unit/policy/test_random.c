/*
 * Thousands of small random organizations: what the org says is compared with a slow
 * model that is written straight from the text of administration.md and shares no code
 * with it, before and after random changes, built whole or through a loader.
 */
#include "build.h"

#define USERS      5
#define GROUPS     5
#define UNITS      4
#define DOMAINS    2
#define PRINCIPALS (USERS + GROUPS + UNITS + DOMAINS)
#define CATEGORIES 2
#define ROOMS      3
#define POLICIES   3
#define TURNS      1500

static const char *const names[PRINCIPALS] = { "sip:u0@a.example",
	                                       "sip:u1@a.example",
	                                       "sip:u2@a.example",
	                                       "sip:u3@b.example",
	                                       "sip:u4@b.example",
	                                       "group:G0",
	                                       "group:G1",
	                                       "group:G2",
	                                       "group:G3",
	                                       "group:G4",
	                                       "ou:X",
	                                       "ou:X/Y",
	                                       "ou:X/Y/Z",
	                                       "ou:W",
	                                       "domain:a.example",
	                                       "domain:b.example" };
static const char *const policy_names[POLICIES] = { "global", "p1", "p2" };

typedef uint32_t set; /* of principals */

/* The facts, as plain as can be. */
struct model {
	bool there[PRINCIPALS]; /* the object exists */
	bool disabled[USERS];
	int unit[USERS]; /* index among the units, -1 none */
	set members[GROUPS];
	set allowed[CATEGORIES], denied[CATEGORIES], creators[CATEGORIES];
	bool upload[CATEGORIES];
	int category[ROOMS];
	int privacy[ROOMS]; /* 0 open, 1 closed, 2 secret */
	bool auditorium[ROOMS], off[ROOMS];
	set member[ROOMS], manager[ROOMS], presenter[ROOMS];
	bool on[POLICIES];
	set granted[POLICIES];
};

static uint64_t seed;

/* xorshift64*: the same numbers on every machine. */
static uint32_t
roll(uint32_t n)
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return (uint32_t)((seed * UINT64_C(0x2545F4914F6CDD1D)) >> 33) % n;
}

static set
random_set(unsigned one_in)
{
	set s = 0;

	for (int i = 0; i < PRINCIPALS; i++)
		s |= (set)(roll(one_in) == 0) << i;
	return s;
}

/* ---- making and changing ---- */

static void
make_room(struct model *m, int r)
{
	m->category[r] = (int)roll(CATEGORIES);
	m->privacy[r] = (int)roll(3);
	m->auditorium[r] = roll(3) == 0;
	m->off[r] = roll(6) == 0;
	m->member[r] = m->privacy[r] ? random_set(5) : 0;
	m->manager[r] = random_set(6);
	m->presenter[r] = m->auditorium[r] ? random_set(4) : 0;
}

static void
make_category(struct model *m, int c)
{
	m->allowed[c] = random_set(4);
	m->denied[c] = random_set(14) & ~m->allowed[c];
	m->creators[c] = random_set(6);
	m->upload[c] = roll(2);
}

static void
make_user(struct model *m, int u)
{
	m->disabled[u] = roll(8) == 0;
	m->unit[u] = (int)roll(UNITS + 1) - 1;
}

static void
make_policy(struct model *m, int p)
{
	m->on[p] = roll(4) != 0;
	m->granted[p] = p ? random_set(10) & ~m->granted[3 - p] : 0;
}

static void
make(struct model *m)
{
	*m = (struct model){ 0 };
	for (int i = 0; i < PRINCIPALS; i++)
		m->there[i] = roll(8) != 0;
	for (int i = 0; i < USERS; i++)
		make_user(m, i);
	for (int i = 0; i < GROUPS; i++)
		m->members[i] = random_set(6);
	for (int i = 0; i < CATEGORIES; i++)
		make_category(m, i);
	for (int i = 0; i < ROOMS; i++)
		make_room(m, i);
	for (int i = 0; i < POLICIES; i++)
		make_policy(m, i);
}

/* ---- the model's answers ---- */

static int
find_name(const char *name)
{
	for (int i = 0; i < PRINCIPALS; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return -1;
}

/* Is @p inside container @c by one step, whatever exists? */
static bool
directly_in(const struct model *m, int p, int c)
{
	const char *name = names[c];

	if (c >= USERS && c < USERS + GROUPS)
		return m->there[c] && m->there[p] && m->members[c - USERS] >> p & 1;
	if (p < USERS && name[0] == 'o')
		return m->unit[p] >= 0 && c == USERS + GROUPS + m->unit[p];
	if (p < USERS && name[0] == 'd')
		return strcmp(strchr(names[p], '@') + 1, name + 7) == 0;
	if (names[p][0] == 'o' && name[0] == 'o') {
		size_t n = strlen(name);

		/* one part below */
		return strncmp(names[p], name, n) == 0 && names[p][n] == '/' &&
		       !strchr(names[p] + n + 1, '/');
	}
	return false;
}

/* Distance from @p to everything above it: 0 itself, -1 not there. Unknown units are part of
 * a path, but nothing one is in. */
static void
distances(const struct model *m, int p, int ret[PRINCIPALS])
{
	for (int i = 0; i < PRINCIPALS; i++)
		ret[i] = -1;
	ret[p] = 0;
	for (int step = 0; step < PRINCIPALS; step++)
		for (int i = 0; i < PRINCIPALS; i++)
			for (int c = 0; c < PRINCIPALS && ret[i] == step; c++)
				if (c != i && ret[c] < 0 && directly_in(m, i, c))
					ret[c] = step + 1;
	for (int i = 0; i < PRINCIPALS; i++)
		if (!m->there[i])
			ret[i] = -1;
}

static set
affiliations(const struct model *m, int user)
{
	int d[PRINCIPALS];
	set s = 0;

	distances(m, user, d);
	for (int i = 0; i < PRINCIPALS; i++)
		s |= (set)(d[i] >= 0) << i;
	return s;
}

/* Policies 1 and 2 are granted; their names are in order. 0 is global; there are no sites. */
static int
effective(const struct model *m, int user)
{
	int d[PRINCIPALS], best = 0, near = PRINCIPALS;

	distances(m, user, d);
	for (int p = 1; p < POLICIES; p++)
		for (int i = 0; i < PRINCIPALS; i++)
			if (d[i] >= 0 && d[i] < near && m->granted[p] >> i & 1) {
				near = d[i];
				best = p;
			}
	return best;
}

/* @aff and @policy are what affiliations() and effective() say of the user. */
static bool
may(const struct model *m, int user, set aff, int policy, int r, int action, int target,
    bool administrator)
{
	int c = action == PCHAT_ACTION_CREATE ? target : m->category[r];
	bool scope = (m->allowed[c] & aff) && !(m->denied[c] & aff);
	bool free = scope || administrator;
	bool member = m->member[r] & aff, manager = m->manager[r] & aff;
	bool presenter = m->presenter[r] & aff;
	bool open = m->privacy[r] == 0, secret = m->privacy[r] == 2;
	bool inside = open ? scope : free && member;

	if (!m->there[user] || m->disabled[user] || !m->on[policy])
		return false;
	switch ((enum pchat_action)action) {
	case PCHAT_ACTION_FIND:
		return administrator || (scope && (!m->off[r] || manager) && (!secret || member));
	case PCHAT_ACTION_SEE:
		return administrator ||
		       (scope && (!m->off[r] || manager) && (!secret || member || manager));
	case PCHAT_ACTION_JOIN:
		return !m->off[r] && (open ? free : inside);
	case PCHAT_ACTION_READ:
		return !m->off[r] && inside;
	case PCHAT_ACTION_SEARCH:
		return !m->off[r] && member && (open ? scope : free);
	case PCHAT_ACTION_UPLOAD:
		if (!m->upload[c])
			return false;
		/* fallthrough */
	case PCHAT_ACTION_POST:
		return !m->off[r] && inside && (!m->auditorium[r] || presenter);
	case PCHAT_ACTION_CREATE:
		return administrator || (scope && (m->creators[c] & aff));
	case PCHAT_ACTION_EDIT:
	case PCHAT_ACTION_ROLES:
	case PCHAT_ACTION_DISABLE:
		return administrator || (scope && manager);
	case PCHAT_ACTION_MOVE:
		return administrator || (scope && manager && (m->creators[target] & aff) &&
		                         (m->allowed[target] & aff) && !(m->denied[target] & aff));
	case PCHAT_ACTION_ENABLE:
	case PCHAT_ACTION_DELETE:
	case PCHAT_ACTION_ADMINISTER:
		return administrator;
	case PCHAT_N_ACTIONS:
		break;
	}
	fail();
	return false;
}

/* ---- the model as objects ---- */

static void
set_list(struct pchat_object *o, unsigned field, set s)
{
	pchat_list_release(&o->v[field].list);
	for (int i = 0; i < PRINCIPALS; i++)
		if (s >> i & 1)
			assert_true(pchat_list_add(&o->v[field].list, pchat_str(names[i])));
}

static struct pchat_object *
principal_object(const struct model *m, int p)
{
	enum pchat_kind kind;
	struct pchat_str key;
	struct pchat_object *o;

	assert_true(pchat_principal_split(pchat_str(names[p]), &kind, &key));
	o = pchat_object_new(kind);
	assert_int_equal(pchat_object_set(o, 0, key, NULL), PCHAT_OK);
	if (kind == PCHAT_KIND_USER) {
		o->v[PCHAT_USER_DISABLED].flag = m->disabled[p];
		if (m->unit[p] >= 0)
			assert_int_equal(
				pchat_object_set(o, PCHAT_USER_UNIT,
			                         pchat_str(names[USERS + GROUPS + m->unit[p]] + 3),
			                         NULL),
				PCHAT_OK);
	}
	if (kind == PCHAT_KIND_GROUP)
		set_list(o, PCHAT_GROUP_MEMBERS, m->members[p - USERS]);
	return o;
}

static struct pchat_object *
category_object(const struct model *m, int c)
{
	PCHAT_AUTO_TEXT text = pchat_text("category name=C%d;fileUpload=%s", c,
	                                  m->upload[c] ? "true" : "false");
	struct pchat_object *o = object(text);

	set_list(o, PCHAT_CATEGORY_ALLOWED, m->allowed[c]);
	set_list(o, PCHAT_CATEGORY_DENIED, m->denied[c]);
	set_list(o, PCHAT_CATEGORY_CREATORS, m->creators[c]);
	return o;
}

static struct pchat_object *
room_object(const struct model *m, int r)
{
	static const char *const privacies[] = { "open", "closed", "secret" };
	PCHAT_AUTO_TEXT text = pchat_text(
		"room name=R%d;category=C%d;privacy=%s;type=%s;disabled=%s", r, m->category[r],
		privacies[m->privacy[r]], m->auditorium[r] ? "auditorium" : "normal",
		m->off[r] ? "true" : "false");
	struct pchat_object *o = object(text);

	set_list(o, PCHAT_ROOM_MEMBERS, m->member[r]);
	set_list(o, PCHAT_ROOM_MANAGERS, m->manager[r]);
	set_list(o, PCHAT_ROOM_PRESENTERS, m->presenter[r]);
	return o;
}

static struct pchat_object *
policy_object(const struct model *m, int p)
{
	PCHAT_AUTO_TEXT text = pchat_text("policy name=%s;enabled=%s", policy_names[p],
	                                  m->on[p] ? "true" : "false");
	struct pchat_object *o = object(text);

	set_list(o, PCHAT_POLICY_GRANTED_TO, m->granted[p]);
	return o;
}

/* All objects by a number; NULL if it does not exist. */
#define OBJECTS (PRINCIPALS + CATEGORIES + ROOMS + POLICIES)

static struct pchat_object *
nth_object(const struct model *m, int i)
{
	if (i < PRINCIPALS)
		return m->there[i] ? principal_object(m, i) : NULL;
	i -= PRINCIPALS;
	if (i < CATEGORIES)
		return category_object(m, i);
	i -= CATEGORIES;
	return i < ROOMS ? room_object(m, i) : policy_object(m, i - ROOMS);
}

static void
put_nth(struct pchat_org *org, const struct model *m, int i)
{
	PCHAT_AUTO(object) o = nth_object(m, i);
	enum pchat_kind kind;
	struct pchat_str key;

	if (o) {
		assert_int_equal(pchat_org_put(org, o, NULL), PCHAT_OK);
		return;
	}
	assert_true(pchat_principal_split(pchat_str(names[i]), &kind, &key));
	if (pchat_org_find(org, kind, key.p, NULL) != PCHAT_NO_ID)
		assert_int_equal(pchat_org_delete(org, kind, key.p, NULL), PCHAT_OK);
}

/* In random order, some twice. */
static void
put_everything(struct pchat_org *org, const struct model *m)
{
	int start = (int)roll(OBJECTS);

	for (int i = 0; i < OBJECTS; i++)
		put_nth(org, m, (start + i * 7) % OBJECTS); /* 7 and OBJECTS have no divisor */
	_Static_assert(OBJECTS % 7 != 0, "every object has to be reached");
	put_nth(org, m, (int)roll(OBJECTS));
}

/* ---- a loader that shows the model ---- */

static enum pchat_code
load_principal(void *ctx, const char *name, bool *ret_found, struct pchat_principal_facts *ret,
               struct pchat_err *err)
{
	const struct model *m = ctx;
	int p = find_name(name);

	(void)err;
	*ret_found = p >= 0 && m->there[p];
	if (!*ret_found)
		return PCHAT_OK;
	ret->name = pchat_str_dup(pchat_str(name));
	if (p < USERS) {
		ret->disabled = m->disabled[p];
		if (m->unit[p] >= 0)
			ret->unit =
				pchat_str_dup(pchat_str(names[USERS + GROUPS + m->unit[p]] + 3));
	}
	for (int g = 0; g < GROUPS; g++)
		if (m->there[USERS + g] && m->members[g] >> p & 1)
			pchat_list_add(&ret->containers, pchat_str(names[USERS + g]));
	for (int i = 1; i < POLICIES; i++)
		if (m->granted[i] >> p & 1)
			ret->policy = pchat_str_dup(pchat_str(policy_names[i]));
	return PCHAT_OK;
}

static enum pchat_code
load_object(void *ctx, enum pchat_kind kind, const char *key, struct pchat_object **ret,
            struct pchat_err *err)
{
	(void)err;
	*ret = NULL;
	for (int i = 0; i < OBJECTS && !*ret; i++) {
		PCHAT_AUTO(object) o = nth_object(ctx, i);

		if (o && o->kind == kind && strcmp(pchat_object_key(o), key) == 0)
			*ret = PCHAT_TAKE(o);
	}
	return PCHAT_OK;
}

static enum pchat_code
load_referrers(void *ctx, enum pchat_kind kind, const char *key,
               enum pchat_code (*each)(void *ectx, const struct pchat_object *o,
                                       struct pchat_err *err),
               void *ectx, struct pchat_err *err)
{
	(void)ctx, (void)kind, (void)key, (void)each, (void)ectx, (void)err;
	fail(); /* no question of access needs it */
	return PCHAT_OK;
}

/* ---- comparing ---- */

static void
compare_user(struct pchat_org *org, const struct model *m, int u)
{
	pchat_id user = pchat_org_principal(org, names[u], NULL);
	set aff = affiliations(m, u);
	int policy = effective(m, u);

	assert_int_equal(user != PCHAT_NO_ID, m->there[u]);
	for (int q = 0; q < ROOMS * PCHAT_N_ACTIONS * 2; q++) {
		int r = q % ROOMS, action = q / ROOMS % PCHAT_N_ACTIONS;
		bool administrator = q / ROOMS / PCHAT_N_ACTIONS;
		int target = (int)roll(CATEGORIES);
		bool expected = may(m, u, aff, policy, r, action, target, administrator);
		PCHAT_AUTO_TEXT name = pchat_text("R%d", r);
		PCHAT_AUTO_TEXT to = pchat_text("C%d", target);
		PCHAT_AUTO_VALUE(verdict) v = { 0 };
		struct pchat_access_query query = { .action = action,
			                            .user = user,
			                            .room = room(org, name),
			                            .category = category(org, to),
			                            .administrator = administrator };

		/* An administrator who is nobody may administer; the model knows users only. */
		if (user == PCHAT_NO_ID)
			query.administrator = false;
		assert_int_equal(pchat_access(org, &query, roll(4) == 0, &v, NULL), PCHAT_OK);
		if (v.allowed != expected)
			fail_msg("seed %llu: %s %s R%d to C%d%s: model says %d, org %d by %s",
			         (unsigned long long)seed, names[u], pchat_action_word(action), r,
			         target, administrator ? " as administrator" : "", expected,
			         v.allowed, v.rule);
	}
}

static void
compare_affiliations(struct pchat_org *org, const struct model *m, int u)
{
	set expected = affiliations(m, u), got = (set)1 << u;
	const pchat_id *ids;
	size_t n;

	if (!m->there[u])
		return;
	assert_int_equal(pchat_org_affiliations(org, pchat_org_principal(org, names[u], NULL), &ids,
	                                        &n, NULL),
	                 PCHAT_OK);
	for (size_t i = 0; i < n; i++)
		got |= (set)1 << find_name(pchat_org_name(org, ids[i]));
	assert_int_equal(got, expected);
}

struct count {
	struct pchat_org *org;
	set seen;
};

static bool
count_user(void *ctx, pchat_id id)
{
	struct count *c = ctx;
	int p = find_name(pchat_org_name(c->org, id));

	assert_true(p >= 0 && !(c->seen >> p & 1));
	c->seen |= (set)1 << p;
	return true;
}

static bool
count_room(void *ctx, pchat_id id, unsigned roles)
{
	struct count *c = ctx;
	int r = pchat_org_name(c->org, id)[1] - '0';

	(void)roles;
	assert_false(c->seen >> r & 1);
	c->seen |= (set)1 << r;
	return true;
}

/* Down is the way up turned round; lists of rooms are what asking room by room says. */
static void
compare_iteration(struct pchat_org *org, const struct model *m)
{
	set above[USERS];

	for (int u = 0; u < USERS; u++)
		above[u] = affiliations(m, u);
	for (int p = 0; p < PRINCIPALS; p++) {
		struct count c = { org, 0 };
		set expected = 0;

		if (!m->there[p])
			continue;
		for (int u = 0; u < USERS; u++)
			if (m->there[u] && above[u] >> p & 1)
				expected |= (set)1 << u;
		assert_true(
			pchat_org_each_user_under(org, principal(org, names[p]), count_user, &c));
		assert_int_equal(c.seen, expected);
	}
	for (int u = 0; u < USERS; u++) {
		struct count visible = { org, 0 }, listed = { org, 0 };
		set find = 0, roles = 0, aff = above[u];
		int policy = effective(m, u);

		for (int r = 0; r < ROOMS; r++) {
			int c = m->category[r];

			find |= (set)may(m, u, aff, policy, r, PCHAT_ACTION_FIND, 0, false) << r;
			if (m->there[u] && (m->allowed[c] & aff) && !(m->denied[c] & aff) &&
			    ((m->member[r] | m->manager[r]) & aff))
				roles |= (set)1 << r;
		}
		assert_true(pchat_org_each_visible(org, pchat_org_principal(org, names[u], NULL),
		                                   count_room, &visible));
		assert_int_equal(visible.seen, find);
		assert_true(pchat_org_each_role(org, pchat_org_principal(org, names[u], NULL),
		                                PCHAT_ROLE_MEMBER | PCHAT_ROLE_MANAGER, count_room,
		                                &listed));
		assert_int_equal(listed.seen, roles);
	}
}

/* One thing changes. */
static int
mutate(struct model *m)
{
	int i = (int)roll(OBJECTS);

	if (i < PRINCIPALS) {
		if (roll(3) == 0)
			m->there[i] = !m->there[i];
		else if (i < USERS)
			make_user(m, i);
		else if (i < USERS + GROUPS)
			m->members[i - USERS] = random_set(6);
	} else if (i < PRINCIPALS + CATEGORIES) {
		make_category(m, i - PRINCIPALS);
	} else if (i < PRINCIPALS + CATEGORIES + ROOMS) {
		make_room(m, i - PRINCIPALS - CATEGORIES);
	} else {
		make_policy(m, i - PRINCIPALS - CATEGORIES - ROOMS);
	}
	return i;
}

static void
whole_orgs_agree_with_the_model(void **state)
{
	(void)state;
	seed = 20131021;
	for (int turn = 0; turn < TURNS; turn++) {
		PCHAT_AUTO(org) org = pchat_org_new(NULL);
		struct model m;

		make(&m);
		put_everything(org, &m);
		for (int change = 0; change < 4; change++) {
			int u = (int)roll(USERS);

			compare_user(org, &m, u);
			compare_affiliations(org, &m, u);
			if (change == 3)
				compare_iteration(org, &m);
			put_nth(org, &m, mutate(&m));
		}
	}
}

/* A store names nothing that does not exist, so here nobody comes back from the dead. */
static int
mutate_stored(struct model *m)
{
	struct model before = *m;
	int i = mutate(m);

	if (i < PRINCIPALS && !before.there[i])
		m->there[i] = false;
	return i;
}

/* The loader shows the first state for ever; what changes is put, as a plan does. */
static void
loaded_orgs_agree_with_the_model(void **state)
{
	(void)state;
	seed = 5041;
	for (int turn = 0; turn < TURNS / 5; turn++) {
		struct model stored, m;
		struct pchat_org_loader loader = { &stored,        load_principal, load_object,
			                           load_referrers, NULL,           NULL };
		PCHAT_AUTO(org) org = pchat_org_new(&loader);

		make(&stored);
		for (int i = 0; i < PRINCIPALS; i++)
			stored.there[i] = true;
		m = stored;
		for (int change = 0; change < 3; change++) {
			int u = (int)roll(USERS);

			compare_user(org, &m, u);
			compare_affiliations(org, &m, u);
			put_nth(org, &m, mutate_stored(&m));
		}
		compare_user(org, &m, (int)roll(USERS));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_orgs_agree_with_the_model),
		cmocka_unit_test(loaded_orgs_agree_with_the_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
