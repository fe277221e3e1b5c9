/*
 * Names and numbers: every name ever mentioned gets an entity, found by its folded
 * name. Entities stand in chunks that never move.
 */
#include "policy/org_private.h"

bool
pchat_ids_reserve(struct pchat_ids *ids, size_t more)
{
	size_t want = ids->cap ? ids->cap : 2;
	uint32_t *v;

	if (more <= ids->cap - ids->n)
		return true;
	while (want < ids->n + more)
		want *= 2;
	if (want > UINT32_MAX)
		return false;
	v = realloc(ids->v, want * sizeof(*v));
	if (!v)
		return false;
	ids->v = v;
	ids->cap = (uint32_t)want;
	return true;
}

void
pchat_ids_push(struct pchat_ids *ids, uint32_t value)
{
	assert(ids->n < ids->cap);
	ids->v[ids->n++] = value;
}

void
pchat_ids_remove(struct pchat_ids *ids, uint32_t value)
{
	/* What changes was mostly added last. */
	for (uint32_t i = ids->n; i-- > 0;) {
		if (ids->v[i] == value) {
			ids->v[i] = ids->v[--ids->n];
			return;
		}
	}
}

/* Append the folded form of @s. Nearly all names are ASCII, which needs no tables. */
static void
fold(struct pchat_buf *out, struct pchat_str s)
{
	size_t i = 0;

	if (!pchat_buf_reserve(out, s.n))
		return;
	for (; i < s.n && (unsigned char)s.p[i] < 0x80; i++) {
		char c = s.p[i];

		out->p[out->n + i] = (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
	}
	out->n += i;
	out->p[out->n] = '\0';
	if (i < s.n)
		pchat_fold(out, (struct pchat_str){ s.p + i, s.n - i });
}

/* Build "group:sales" or "room:rates desk" in the scratch buffer. */
static struct pchat_str
hash_key(struct pchat_org *org, enum pchat_kind kind, struct pchat_str key)
{
	struct pchat_buf *b = &org->scratch;

	pchat_buf_clear(b);
	if (pchat_is_principal(kind)) {
		pchat_principal_of(kind, "", b);
	} else {
		pchat_buf_text(b, pchat_kind_info(kind)->word);
		pchat_buf_char(b, ':');
	}
	fold(b, key);
	return pchat_buf_view(b);
}

bool
pchat_entity_key_text(struct pchat_org *org, enum pchat_kind kind, struct pchat_str key,
                      char **ret_name, char **ret_key)
{
	struct pchat_str folded = hash_key(org, kind, key);
	PCHAT_AUTO_TEXT hashed = NULL;
	char *name;

	if (!pchat_buf_ok(&org->scratch))
		return false;
	hashed = pchat_str_dup(folded);
	pchat_buf_clear(&org->scratch);
	if (pchat_is_principal(kind))
		pchat_principal_of(kind, "", &org->scratch);
	pchat_buf_str(&org->scratch, key);
	name = hashed && pchat_buf_ok(&org->scratch) ? pchat_str_dup(pchat_buf_view(&org->scratch))
	                                             : NULL;
	if (!name)
		return false;
	*ret_name = name;
	*ret_key = PCHAT_TAKE(hashed);
	return true;
}

/* One more chunk of entities. */
static bool
add_chunk(struct pchat_org *org)
{
	size_t cap = org->cap_chunks ? org->cap_chunks * 2 : 8;
	void **chunks = org->chunks;

	if (org->n_chunks == org->cap_chunks) {
		chunks = realloc(chunks, cap * sizeof(*chunks));
		if (!chunks)
			return false;
		org->chunks = chunks;
		org->cap_chunks = cap;
	}
	chunks[org->n_chunks] = calloc(PCHAT_CHUNK, sizeof(struct pchat_entity));
	if (!chunks[org->n_chunks])
		return false;
	org->n_chunks++;
	return true;
}

/* Room for one more entity, and its place in the list of its kind. */
static bool
make_room(struct pchat_org *org, enum pchat_kind kind)
{
	if (org->n >= PCHAT_ID_LIMIT - 1 || !pchat_ids_reserve(&org->of[kind], 1))
		return false;
	return org->n < org->n_chunks * PCHAT_CHUNK || add_chunk(org);
}

struct pchat_entity *
pchat_entity_new(struct pchat_org *org, enum pchat_kind kind, char *name_take, char *key_take)
{
	PCHAT_AUTO_TEXT name = name_take;
	PCHAT_AUTO_TEXT key = key_take;
	struct pchat_entity *e;

	if (!make_room(org, kind))
		return NULL;
	e = pchat_at(org, org->n);
	if (!pchat_hash_put(&org->names, pchat_str(key), e))
		return NULL;
	*e = (struct pchat_entity){ .id = org->n++, .kind = (uint8_t)kind };
	for (size_t i = 0; i < PCHAT_N_REFS; i++)
		e->refs[i] = PCHAT_NO_ID;
	e->name = PCHAT_TAKE(name);
	e->key = PCHAT_TAKE(key);
	pchat_ids_push(&org->of[kind], e->id);
	return e;
}

struct pchat_entity *
pchat_entity_find(struct pchat_org *org, enum pchat_kind kind, struct pchat_str key)
{
	struct pchat_str folded = hash_key(org, kind, key);

	return pchat_buf_ok(&org->scratch) ? pchat_hash_get(&org->names, folded) : NULL;
}

/* The part of a unit's path above its last '/'; empty at the top. */
static struct pchat_str
path_above(struct pchat_str path)
{
	while (path.n > 0 && path.p[path.n - 1] != '/')
		path.n--;
	if (path.n > 0)
		path.n--;
	return path;
}

/* Everything a name alone tells: the unit above, the domain of a user. */
static bool
derive(struct pchat_org *org, struct pchat_entity *e, struct pchat_str key)
{
	struct pchat_str rest = { 0 };
	struct pchat_entity *other;

	if (e->kind == PCHAT_KIND_UNIT && path_above(key).n) {
		other = pchat_entity(org, PCHAT_KIND_UNIT, path_above(key), false);
		if (!other || !pchat_ids_reserve(&other->uses, 1))
			return false;
		pchat_ids_push(&other->uses, PCHAT_USE(e->id, PCHAT_USE_REF));
		e->refs[REF_ABOVE] = other->id;
	}
	if (e->kind == PCHAT_KIND_USER) {
		(void)pchat_str_cut(key, '@', &rest);
		other = rest.n ? pchat_entity(org, PCHAT_KIND_DOMAIN, rest, false) : NULL;
		if (rest.n && !other)
			return false;
		e->refs[REF_USER_DOMAIN] = other ? other->id : PCHAT_NO_ID;
	}
	return true;
}

/* Undo the making of the entity made last. */
static void
unmake(struct pchat_org *org, struct pchat_entity *e)
{
	(void)pchat_hash_del(&org->names, pchat_str(e->key));
	e->flags = E_GONE;
}

struct pchat_entity *
pchat_entity(struct pchat_org *org, enum pchat_kind kind, struct pchat_str key, bool stored)
{
	struct pchat_str folded = hash_key(org, kind, key);
	struct pchat_entity *e = NULL;
	char *name, *hashed;

	if (!pchat_buf_ok(&org->scratch))
		return NULL;
	if (stored && org->aliases.n)
		e = pchat_hash_get(&org->aliases, folded);
	if (!e)
		e = pchat_hash_get(&org->names, folded);
	if (e)
		return e;
	if (!pchat_entity_key_text(org, kind, key, &name, &hashed))
		return NULL;
	e = pchat_entity_new(org, kind, name, hashed);
	if (!e)
		return NULL;
	if (!derive(org, e, key)) {
		unmake(org, e);
		return NULL;
	}
	return e;
}

struct pchat_entity *
pchat_entity_of_principal(struct pchat_org *org, struct pchat_str text, bool stored)
{
	enum pchat_kind kind;
	struct pchat_str key;

	if (!pchat_principal_split(text, &kind, &key))
		return NULL;
	return pchat_entity(org, kind, key, stored);
}

struct pchat_entity *
pchat_entity_by_guid(const struct pchat_org *org, enum pchat_kind kind, const char *guid)
{
	struct pchat_entity *e = guid[0] ? pchat_hash_get(&org->guids, pchat_str(guid)) : NULL;

	return e && e->kind == kind ? e : NULL;
}

const char *
pchat_entity_key(const struct pchat_entity *e)
{
	const char *colon = strchr(e->name, ':');

	if (!pchat_is_principal(e->kind) || e->kind == PCHAT_KIND_USER || !colon)
		return e->name;
	return colon + 1;
}

void
pchat_entity_release(struct pchat_entity *e)
{
	for (size_t i = 0; i < PCHAT_N_SETS; i++)
		free(e->sets[i].v);
	free(e->aff);
	free(e->parents.v);
	free(e->grants.v);
	free(e->uses.v);
	pchat_object_free(e->o);
	free(e->name);
	free(e->key);
	free(e->stored);
	free(e->stored_key);
}

void
pchat_entity_forget(struct pchat_entity *e)
{
	e->aff_gen = 0;
	e->eff_gen = 0;
}

void
pchat_org_forget(struct pchat_org *org)
{
	org->gen++;
	org->policy_gen++;
}
