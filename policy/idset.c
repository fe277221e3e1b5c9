/*
 * Sets of principals as sorted ids. Users stand first: a user is looked up among them
 * by himself alone, and only the rest has to be compared with what he is in.
 */
#include "policy/org_private.h"

/* Which sets a kind has, in the order of its fields, and how their members are held. What
 * groups and policies hold has lists of its own, see pchat_org_tie_reserved(). */
static const struct {
	enum pchat_kind kind;
	unsigned field;
	unsigned slot;
	enum pchat_use use;
} sets[] = {
	{ PCHAT_KIND_GROUP, PCHAT_GROUP_MEMBERS, 0, PCHAT_USE_REF },
	{ PCHAT_KIND_POLICY, PCHAT_POLICY_GRANTED_TO, 0, PCHAT_USE_REF },
	{ PCHAT_KIND_CATEGORY, PCHAT_CATEGORY_ALLOWED, 0, PCHAT_USE_ALLOWED },
	{ PCHAT_KIND_CATEGORY, PCHAT_CATEGORY_DENIED, 1, PCHAT_USE_DENIED },
	{ PCHAT_KIND_CATEGORY, PCHAT_CATEGORY_CREATORS, 2, PCHAT_USE_CREATOR },
	{ PCHAT_KIND_ROOM, PCHAT_ROOM_MEMBERS, 0, PCHAT_USE_MEMBER },
	{ PCHAT_KIND_ROOM, PCHAT_ROOM_MANAGERS, 1, PCHAT_USE_MANAGER },
	{ PCHAT_KIND_ROOM, PCHAT_ROOM_PRESENTERS, 2, PCHAT_USE_PRESENTER },
};

int
pchat_set_slot(enum pchat_kind kind, unsigned field)
{
	for (size_t i = 0; i < PCHAT_N(sets); i++)
		if (sets[i].kind == kind && sets[i].field == field)
			return (int)sets[i].slot;
	return -1;
}

unsigned
pchat_set_field(enum pchat_kind kind, unsigned slot)
{
	for (size_t i = 0; i < PCHAT_N(sets); i++)
		if (sets[i].kind == kind && sets[i].slot == slot)
			return sets[i].field;
	assert(!"no such set");
	return 0;
}

unsigned
pchat_set_count(enum pchat_kind kind)
{
	unsigned n = 0;

	for (size_t i = 0; i < PCHAT_N(sets); i++)
		n += sets[i].kind == kind;
	return n;
}

enum pchat_use
pchat_set_use(enum pchat_kind kind, unsigned slot)
{
	for (size_t i = 0; i < PCHAT_N(sets); i++)
		if (sets[i].kind == kind && sets[i].slot == slot)
			return sets[i].use;
	assert(!"no such set");
	return PCHAT_USE_REF;
}

/* Without branches that cannot be predicted: this is most of an access check. */
static bool
find(const pchat_id *v, size_t n, pchat_id id)
{
	if (n == 0)
		return false;
	while (n > 1) {
		size_t half = n / 2;

		v += v[half - 1] < id ? half : 0;
		n -= half;
	}
	return *v == id;
}

bool
pchat_set_has(const struct pchat_org *org, const struct pchat_set *set, pchat_id id)
{
	if (pchat_at(org, id)->kind == PCHAT_KIND_USER)
		return find(set->v, set->n_users, id);
	/* An empty set has no array to count from. */
	return set->v && find(set->v + set->n_users, set->n - set->n_users, id);
}

bool
pchat_ids_meet(const pchat_id *a, size_t n_a, const pchat_id *b, size_t n_b)
{
	/* The lists differ in length by far: few groups of a room, many affiliations. */
	if (n_a > n_b) {
		const pchat_id *p = a;
		size_t n = n_a;

		a = b;
		n_a = n_b;
		b = p;
		n_b = n;
	}
	if (n_a * 8 < n_b) {
		for (size_t i = 0; i < n_a; i++)
			if (find(b, n_b, a[i]))
				return true;
		return false;
	}
	for (size_t i = 0, j = 0; i < n_a && j < n_b;) {
		if (a[i] == b[j])
			return true;
		if (a[i] < b[j])
			i++;
		else
			j++;
	}
	return false;
}

static int
compare_orders(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* Put the sorted @orders, without repetitions, into @ret. */
static bool
fill(const uint64_t *orders, size_t n, struct pchat_set *ret)
{
	ret->v = malloc(n * sizeof(*ret->v));
	if (!ret->v)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (i > 0 && orders[i] == orders[i - 1])
			continue;
		ret->v[ret->n++] = (pchat_id)orders[i];
		ret->n_users += orders[i] >> 32 == 0;
	}
	return true;
}

bool
pchat_set_build(struct pchat_org *org, const struct pchat_list *list, bool stored,
                struct pchat_set *ret)
{
	uint64_t few[64], *orders = few;
	bool ok = true;

	if (list->n == 0)
		return true;
	if (list->n > PCHAT_N(few))
		orders = malloc(list->n * sizeof(*orders));
	if (!orders)
		return false;
	for (size_t i = 0; i < list->n && ok; i++) {
		struct pchat_entity *e;

		e = pchat_entity_of_principal(org, pchat_str(list->v[i]), stored);
		ok = e != NULL;
		if (ok)
			orders[i] = pchat_set_order(org, e->id);
	}
	if (ok) {
		qsort(orders, list->n, sizeof(*orders), compare_orders);
		ok = fill(orders, list->n, ret);
	}
	if (orders != few)
		free(orders);
	return ok;
}

/* Index of @id, or of where it belongs. */
static uint32_t
position(const struct pchat_org *org, const struct pchat_set *set, pchat_id id)
{
	uint64_t order = pchat_set_order(org, id);
	uint32_t lo = 0, hi = set->n;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (pchat_set_order(org, set->v[mid]) < order)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static void
insert_at(const struct pchat_org *org, struct pchat_set *set, uint32_t at, pchat_id id)
{
	memmove(set->v + at + 1, set->v + at, (set->n - at) * sizeof(*set->v));
	set->v[at] = id;
	set->n++;
	set->n_users += pchat_at(org, id)->kind == PCHAT_KIND_USER;
}

void
pchat_set_rename(const struct pchat_org *org, struct pchat_set *set, pchat_id old, pchat_id new_id)
{
	uint32_t at = position(org, set, old);

	if (at >= set->n || set->v[at] != old)
		return;
	set->n--;
	set->n_users -= pchat_at(org, old)->kind == PCHAT_KIND_USER;
	memmove(set->v + at, set->v + at + 1, (set->n - at) * sizeof(*set->v));
	if (!pchat_set_has(org, set, new_id))
		insert_at(org, set, position(org, set, new_id), new_id);
}

bool
pchat_set_insert(const struct pchat_org *org, struct pchat_set *set, pchat_id id)
{
	pchat_id *v;

	if (pchat_set_has(org, set, id))
		return true;
	v = realloc(set->v, (set->n + 1) * sizeof(*v));
	if (!v)
		return false;
	set->v = v;
	insert_at(org, set, position(org, set, id), id);
	return true;
}
