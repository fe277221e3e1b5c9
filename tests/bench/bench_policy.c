/*
 * The organization in memory, at the size of the capacity model (schema-and-capacity.md
 * sections 8, 9 and 11): 150,000 users, 33,077 rooms, 731,088 access entries, some 200
 * affiliations above each user. Prints how long building takes, the memory it costs, and
 * nanoseconds per question.
 *
 *	bench_policy [USERS]
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "policy/plan.h"

#define LEAVES     6000 /* groups of users */
#define MIDDLES    600  /* groups of those */
#define TOPS       60   /* groups of those */
#define PER_USER   20   /* leaf groups a user is in */
#define PER_LEAF   6
#define PER_MIDDLE 2
#define CATEGORIES 50
#define UNITS      100

#define SMALL      32000
#define MEDIUM     1067
#define LARGE      10

struct bench {
	struct pchat_org *org;
	unsigned users;
	uint64_t seed;
	size_t entries;
	int64_t putting; /* nanoseconds spent in pchat_org_put() */
};

static uint32_t
roll(struct bench *b, uint32_t n)
{
	b->seed ^= b->seed >> 12;
	b->seed ^= b->seed << 25;
	b->seed ^= b->seed >> 27;
	return (uint32_t)((b->seed * UINT64_C(0x2545F4914F6CDD1D)) >> 33) % n;
}

static void
die(const char *what)
{
	(void)fprintf(stderr, "bench_policy: %s\n", what);
	exit(1);
}

/* CPU time in nanoseconds: others may be working on the machine. */
static int64_t
now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static double
megabytes(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	unsigned long size = 0, resident = 0;

	if (!f || fscanf(f, "%lu %lu", &size, &resident) != 2)
		die("cannot read /proc/self/statm");
	(void)fclose(f);
	return (double)resident * (double)sysconf(_SC_PAGESIZE) / (1024.0 * 1024.0);
}

/* ---- building ---- */

static struct pchat_object *
new_object(enum pchat_kind kind, const char *key)
{
	struct pchat_object *o = pchat_object_new(kind);

	if (!o || pchat_object_set(o, 0, pchat_str(key), NULL))
		die("out of memory");
	pchat_guid_new(o->guid);
	return o;
}

static void
put_free(struct bench *b, struct pchat_object *o)
{
	int64_t start = now();

	if (pchat_org_put(b->org, o, NULL))
		die("cannot put");
	b->putting += now() - start;
	pchat_object_free(o);
}

static void
set(struct pchat_object *o, unsigned field, const char *value)
{
	if (pchat_object_set(o, field, pchat_str(value), NULL))
		die(value);
}

/* Names by number. */
struct naming {
	const char *before, *after;
};
static const struct naming user = { "sip:user", "@contoso.example" };
static const struct naming leaf = { "group:Leaf ", "" };
static const struct naming middle = { "group:Middle ", "" };
static const struct naming top = { "group:Top ", "" };

static char *
numbered(const struct naming *naming, unsigned n)
{
	char *name = pchat_text("%s%06u%s", naming->before, n, naming->after);

	if (!name)
		die("out of memory");
	return name;
}

static void
add(struct pchat_object *o, unsigned field, const struct naming *naming, unsigned n)
{
	PCHAT_AUTO_TEXT name = numbered(naming, n);

	if (!pchat_list_append(&o->v[field].list, pchat_str(name)))
		die("out of memory");
}

static void
put_users(struct bench *b)
{
	for (unsigned i = 0; i < b->users; i++) {
		PCHAT_AUTO_TEXT uri = numbered(&user, i);
		PCHAT_AUTO_TEXT display = pchat_text("User Number %u", i);
		PCHAT_AUTO_TEXT unit = pchat_text("Company/Division %u/Team %u", i % 10, i % UNITS);
		struct pchat_object *o = new_object(PCHAT_KIND_USER, uri);

		set(o, PCHAT_USER_DISPLAY_NAME, display);
		set(o, PCHAT_USER_EMAIL, uri + 4);
		set(o, PCHAT_USER_COMPANY, "Contoso");
		set(o, PCHAT_USER_SITE, i % 2 ? "leeds" : "york");
		set(o, PCHAT_USER_UNIT, unit);
		put_free(b, o);
	}
}

static void
put_groups(struct bench *b, const struct naming *name, unsigned n, const struct naming *member,
           unsigned members, unsigned per_member)
{
	for (unsigned g = 0; g < n; g++) {
		PCHAT_AUTO_TEXT key = numbered(name, g);
		struct pchat_object *o = new_object(PCHAT_KIND_GROUP, key + strlen("group:"));

		for (unsigned i = 0; i < members / n * per_member; i++)
			add(o, PCHAT_GROUP_MEMBERS, member, roll(b, members));
		pchat_list_sort(&o->v[PCHAT_GROUP_MEMBERS].list);
		put_free(b, o);
	}
}

static void
put_world(struct bench *b)
{
	struct pchat_object *o = new_object(PCHAT_KIND_POLICY, "global");

	put_free(b, new_object(PCHAT_KIND_POOL, "contoso.example"));
	put_free(b, new_object(PCHAT_KIND_DOMAIN, "contoso.example"));
	put_free(b, new_object(PCHAT_KIND_SITE, "leeds"));
	put_free(b, new_object(PCHAT_KIND_SITE, "york"));
	set(o, PCHAT_POLICY_ENABLED, "true");
	put_free(b, o);
	put_free(b, new_object(PCHAT_KIND_UNIT, "Company"));
	for (unsigned i = 0; i < UNITS; i++) {
		PCHAT_AUTO_TEXT team = pchat_text("Company/Division %u/Team %u", i % 10, i);
		PCHAT_AUTO_TEXT division = pchat_text("Company/Division %u", i % 10);

		put_free(b, new_object(PCHAT_KIND_UNIT, team));
		if (i < 10)
			put_free(b, new_object(PCHAT_KIND_UNIT, division));
	}
	put_users(b);
	put_groups(b, &leaf, LEAVES, &user, b->users, PER_USER);
	put_groups(b, &middle, MIDDLES, &leaf, LEAVES, PER_LEAF);
	put_groups(b, &top, TOPS, &middle, MIDDLES, PER_MIDDLE);
}

static void
put_categories(struct bench *b)
{
	for (unsigned i = 0; i < CATEGORIES; i++) {
		PCHAT_AUTO_TEXT key = pchat_text("Category %u", i);
		struct pchat_object *o = new_object(PCHAT_KIND_CATEGORY, key);

		set(o, PCHAT_CATEGORY_ALLOWED, i % 2 ? "domain:contoso.example" : "ou:Company");
		set(o, PCHAT_CATEGORY_DENIED, "group:Nobody");
		set(o, PCHAT_CATEGORY_FILE_UPLOAD, "true");
		put_free(b, o);
	}
	put_free(b, new_object(PCHAT_KIND_GROUP, "Nobody"));
}

struct shape {
	struct naming name;
	unsigned n, open, direct; /* rooms; open ones; of the others how many list users, in % */
	unsigned users, groups;   /* in a direct list, in a list of groups */
	unsigned auditoriums, presenters;
};

static const struct shape shapes[] = {
	{ { "Small ", "" }, SMALL, 960, 50, 30, 3, 0, 0 },
	{ { "Medium ", "" }, MEDIUM, 32, 10, 150, 5, 32, 6 },
	{ { "Large ", "" }, LARGE, 5, 0, 0, 10, 5, 10 },
};

static void
fill_members(struct bench *b, struct pchat_object *o, const struct shape *s, unsigned i)
{
	bool direct = (i - s->open) * 100 / (s->n - s->open) < s->direct;
	unsigned n = direct ? s->users : s->groups;

	for (unsigned k = 0; k < n; k++)
		add(o, PCHAT_ROOM_MEMBERS, direct ? &user : &leaf,
		    roll(b, direct ? b->users : LEAVES));
	pchat_list_sort(&o->v[PCHAT_ROOM_MEMBERS].list);
}

static void
put_room(struct bench *b, const struct shape *s, unsigned i)
{
	PCHAT_AUTO_TEXT name = numbered(&s->name, i);
	PCHAT_AUTO_TEXT category = pchat_text("Category %u", i % CATEGORIES);
	struct pchat_object *o = new_object(PCHAT_KIND_ROOM, name);

	set(o, PCHAT_ROOM_CATEGORY, category);
	set(o, PCHAT_ROOM_DESCRIPTION, "A room of the capacity model");
	if (i < s->open)
		set(o, PCHAT_ROOM_PRIVACY, "open");
	else
		fill_members(b, o, s, i);
	for (unsigned k = 0; k < 6; k++)
		add(o, PCHAT_ROOM_MANAGERS, &user, roll(b, b->users));
	pchat_list_sort(&o->v[PCHAT_ROOM_MANAGERS].list);
	if (i >= s->open && i < s->open + s->auditoriums) {
		set(o, PCHAT_ROOM_TYPE, "auditorium");
		for (unsigned k = 0; k < s->presenters; k++)
			add(o, PCHAT_ROOM_PRESENTERS, &user, roll(b, b->users));
		pchat_list_sort(&o->v[PCHAT_ROOM_PRESENTERS].list);
	}
	b->entries += o->v[PCHAT_ROOM_MEMBERS].list.n + o->v[PCHAT_ROOM_MANAGERS].list.n +
	              o->v[PCHAT_ROOM_PRESENTERS].list.n;
	put_free(b, o);
}

static void
build(struct bench *b)
{
	int64_t start = now();

	put_world(b);
	put_categories(b);
	for (size_t s = 0; s < PCHAT_N(shapes); s++)
		for (unsigned i = 0; i < shapes[s].n; i++)
			put_room(b, &shapes[s], i);
	printf("build: %.2f s, of which in pchat_org_put %.2f s; %u users, %u rooms, %zu entries, "
	       "%.0f MB\n",
	       (double)(now() - start) / 1e9, (double)b->putting / 1e9, b->users,
	       SMALL + MEDIUM + LARGE, b->entries, megabytes());
}

/* ---- asking ---- */

/* Ids of all users and rooms, so that names are out of the measurement. */
struct ids {
	pchat_id *v;
	size_t n;
};

static struct ids
ids_of(struct bench *b, enum pchat_kind kind, size_t max)
{
	struct ids ids = { calloc(max, sizeof(*ids.v)), 0 };
	size_t pos = 0;

	if (!ids.v)
		die("out of memory");
	while (ids.n < max && pchat_org_next(b->org, kind, &pos, &ids.v[ids.n]))
		ids.n++;
	return ids;
}

static void
affiliate_all(struct bench *b, const struct ids *users)
{
	int64_t start = now();
	uint64_t total = 0;

	for (size_t i = 0; i < users->n; i++) {
		const pchat_id *ids;
		size_t n;

		if (pchat_org_affiliations(b->org, users->v[i], &ids, &n, NULL))
			die("out of memory");
		total += n;
	}
	printf("affiliations of all users: %.2f s; %.1f million, %.0f a user, %.0f MB\n",
	       (double)(now() - start) / 1e9, (double)total / 1e6, (double)total / (double)users->n,
	       megabytes());
}

static void
ask(struct bench *b, const char *what, const struct ids *users, const struct ids *rooms,
    enum pchat_action action)
{
	enum { ROUNDS = 2000000 };
	unsigned allowed = 0;
	int64_t start;

	for (size_t i = 0; i < users->n; i++) /* warm */
		(void)pchat_enabled(b->org, users->v[i]);
	start = now();
	for (unsigned i = 0; i < ROUNDS; i++)
		allowed += pchat_may(b->org, users->v[roll(b, (uint32_t)users->n)],
		                     rooms->v[roll(b, (uint32_t)rooms->n)], action);
	printf("%s, %zu users: %.0f ns a check (%.1f %% allowed)\n", what, users->n,
	       (double)(now() - start) / ROUNDS, 100.0 * allowed / ROUNDS);
}

static bool
count(void *ctx, pchat_id id, unsigned roles)
{
	(void)id, (void)roles;
	++*(unsigned *)ctx;
	return true;
}

static void
list(struct bench *b, const struct ids *users)
{
	enum { ROUNDS = 200 };
	unsigned roles = 0, visible = 0;
	int64_t start = now(), between;

	for (unsigned i = 0; i < ROUNDS; i++)
		(void)pchat_org_each_role(b->org, users->v[i], PCHAT_ROLE_MEMBER, count, &roles);
	between = now();
	for (unsigned i = 0; i < ROUNDS; i++)
		(void)pchat_org_each_visible(b->org, users->v[i], count, &visible);
	printf("rooms of a member: %.1f us for %.0f; visible rooms: %.1f us for %.0f\n",
	       (double)(between - start) / 1000 / ROUNDS, (double)roles / ROUNDS,
	       (double)(now() - between) / 1000 / ROUNDS, (double)visible / ROUNDS);
}

/* Time to take in a changed object, and to answer the next question of one user. */
static void
patch(struct bench *b, const char *what, enum pchat_kind kind, const char *key, unsigned field,
      const struct naming *naming, const struct ids *users)
{
	enum { ROUNDS = 200 };
	pchat_id id = pchat_org_find(b->org, kind, key, NULL);
	struct pchat_object *o = NULL;
	int64_t start, put = 0, asked = 0;

	if (pchat_org_object(b->org, id, &o, NULL))
		die(key);
	for (unsigned i = 0; i < ROUNDS; i++) {
		PCHAT_AUTO_TEXT name = numbered(naming, i);

		if (pchat_list_has(&o->v[field].list, pchat_str(name)))
			(void)pchat_list_remove(&o->v[field].list, pchat_str(name));
		else
			add(o, field, naming, i);
		pchat_list_sort(&o->v[field].list);
		start = now();
		if (pchat_org_put(b->org, o, NULL))
			die("cannot put");
		put += now() - start;
		start = now();
		(void)pchat_enabled(b->org, users->v[i]);
		(void)pchat_may(b->org, users->v[i], id, PCHAT_ACTION_JOIN);
		asked += now() - start;
	}
	printf("patch %s: %.1f us, first question after it %.1f us\n", what,
	       (double)put / 1000 / ROUNDS, (double)asked / 1000 / ROUNDS);
	pchat_object_free(o);
}

static void
set_fields(void)
{
	enum { ROUNDS = 1000000 };
	struct pchat_object *o = pchat_object_new(PCHAT_KIND_ROOM);
	int64_t start = now();

	for (unsigned i = 0; i < ROUNDS; i++) {
		set(o, PCHAT_ROOM_NAME, "A plain name of a room");
		set(o, PCHAT_ROOM_PRIVACY, "closed");
	}
	printf("set: %.0f ns a field\n", (double)(now() - start) / ROUNDS / 2);
	pchat_object_free(o);
	start = now();
	for (unsigned i = 0; i < ROUNDS / 10; i++) {
		struct pchat_object *copy = pchat_object_new(PCHAT_KIND_ROOM);

		set(copy, PCHAT_ROOM_MEMBERS, "group:Sales,sip:amy@contoso.example");
		pchat_object_free(copy);
	}
	printf("new, set of two, free: %.0f ns\n", (double)(now() - start) / (ROUNDS / 10));
}

/* The check of a manifest of new rooms. */
static void
plan(struct bench *b)
{
	enum { ROOMS = 100000 };
	PCHAT_AUTO_VALUE(plan) p = { 0 };
	struct pchat_err err = { 0 };
	int64_t start;

	for (unsigned i = 0; i < ROOMS; i++) {
		PCHAT_AUTO_TEXT name = pchat_text("Planned %u", i);
		PCHAT_AUTO_TEXT category = pchat_text("Category %u", i % CATEGORIES | 1);
		struct pchat_object *o = new_object(PCHAT_KIND_ROOM, name);

		set(o, PCHAT_ROOM_CATEGORY, category);
		add(o, PCHAT_ROOM_MEMBERS, &leaf, i % LEAVES);
		add(o, PCHAT_ROOM_MANAGERS, &user, i % 1000);
		if (pchat_plan_add_take(&p, PCHAT_OP_CREATE, NULL, o, NULL))
			die("out of memory");
	}
	start = now();
	if (pchat_plan_check(&p, b->org, &err))
		die(pchat_err_text(&err));
	printf("plan of %u rooms: %.2f s to check\n", ROOMS, (double)(now() - start) / 1e9);
}

int
main(int argc, char **argv)
{
	struct bench b = { .users = 150000, .seed = 88172645463325252 };
	struct ids users, rooms, some;
	uint64_t n;

	if (argc > 1 && pchat_str_uint(pchat_str(argv[1]), 1000000, &n) && n >= 6000)
		b.users = (unsigned)n;
	b.org = pchat_org_new(NULL);
	if (!b.org)
		die("out of memory");
	set_fields();
	build(&b);
	users = ids_of(&b, PCHAT_KIND_USER, b.users);
	rooms = ids_of(&b, PCHAT_KIND_ROOM, SMALL + MEDIUM + LARGE);
	some = (struct ids){ users.v, 1000 };
	affiliate_all(&b, &users);
	ask(&b, "join", &some, &rooms, PCHAT_ACTION_JOIN);
	ask(&b, "join", &users, &rooms, PCHAT_ACTION_JOIN);
	ask(&b, "post", &some, &rooms, PCHAT_ACTION_POST);
	ask(&b, "find", &some, &rooms, PCHAT_ACTION_FIND);
	list(&b, &users);
	patch(&b, "a room of 30 members", PCHAT_KIND_ROOM, "Small 002000", PCHAT_ROOM_MEMBERS,
	      &user, &users);
	patch(&b, "a user in a group of 500", PCHAT_KIND_GROUP, "Leaf 000007", PCHAT_GROUP_MEMBERS,
	      &user, &users);
	patch(&b, "a group in a group", PCHAT_KIND_GROUP, "Top 000007", PCHAT_GROUP_MEMBERS, &leaf,
	      &users);
	plan(&b);
	pchat_org_free(b.org);
	free(users.v);
	free(rooms.v);
	return 0;
}
