/*
 * A store for tests: an array of objects, and a loader that reads it on demand as a real
 * store would, so that the same cases run on whole and on loading organizations.
 */
#pragma once

#include "build.h"

#include "base/text.h"

struct shelf {
	struct pchat_object *v[64];
	size_t n;
};

static inline void
shelf_add(struct shelf *s, const char *text)
{
	assert_true(s->n < PCHAT_N(s->v));
	s->v[s->n++] = object(text);
	if (!s->v[s->n - 1]->guid[0]) {
		(void)snprintf(s->v[s->n - 1]->guid, sizeof(s->v[0]->guid),
		               "00000000-0000-4000-9000-%012zu", s->n);
		s->v[s->n - 1]->revision = s->n;
	}
}

static inline void
shelf_release(struct shelf *s)
{
	while (s->n > 0)
		pchat_object_free(s->v[--s->n]);
}

static inline struct pchat_object *
shelf_find(const struct shelf *s, enum pchat_kind kind, const char *key)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->v[i]->kind == kind &&
		    (key[0] == '\0' ||
		     pchat_fold_cmp(pchat_str(pchat_object_key(s->v[i])), pchat_str(key)) == 0))
			return s->v[i];
	return NULL;
}

/* Does set field @field of @o hold @principal? */
static inline bool
shelf_holds(const struct pchat_object *o, unsigned field, const char *principal)
{
	return pchat_kind_info(o->kind)->fields[field].type == PCHAT_TYPE_PRINCIPALS &&
	       pchat_list_has(&o->v[field].list, pchat_str(principal));
}

static inline char *
shelf_dup(const char *text)
{
	return text[0] ? pchat_str_dup(pchat_str(text)) : NULL;
}

static inline void
shelf_containers(const struct shelf *s, const char *principal, struct pchat_principal_facts *ret)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct pchat_object *o = s->v[i];
		PCHAT_AUTO_VALUE(buf) name = { 0 };

		if (o->kind == PCHAT_KIND_GROUP && shelf_holds(o, PCHAT_GROUP_MEMBERS, principal)) {
			pchat_principal_of(o->kind, pchat_object_key(o), &name);
			assert_true(pchat_list_append(&ret->containers, pchat_buf_view(&name)));
		}
		if (o->kind == PCHAT_KIND_POLICY &&
		    shelf_holds(o, PCHAT_POLICY_GRANTED_TO, principal) && !ret->policy)
			ret->policy = pchat_str_dup(pchat_str(pchat_object_key(o)));
	}
}

static inline enum pchat_code
shelf_principal(void *ctx, const char *principal, bool *ret_found,
                struct pchat_principal_facts *ret, struct pchat_err *err)
{
	const struct shelf *s = ctx;
	const struct pchat_object *o;
	PCHAT_AUTO_VALUE(buf) name = { 0 };
	enum pchat_kind kind;
	struct pchat_str key;

	(void)err;
	*ret_found = false;
	assert_true(pchat_principal_split(pchat_str(principal), &kind, &key));
	o = shelf_find(s, kind, key.p);
	if (!o)
		return PCHAT_OK;
	*ret_found = true;
	memcpy(ret->guid, o->guid, sizeof(ret->guid));
	pchat_principal_of(kind, pchat_object_key(o), &name);
	ret->name = pchat_buf_take(&name);
	if (kind == PCHAT_KIND_USER) {
		ret->disabled = o->v[PCHAT_USER_DISABLED].flag;
		ret->display_name = shelf_dup(o->v[PCHAT_USER_DISPLAY_NAME].text);
		ret->site = shelf_dup(o->v[PCHAT_USER_SITE].text);
		ret->unit = shelf_dup(o->v[PCHAT_USER_UNIT].text);
	}
	if (kind == PCHAT_KIND_GROUP)
		ret->unit = shelf_dup(o->v[PCHAT_GROUP_UNIT].text);
	shelf_containers(s, principal, ret);
	return PCHAT_OK;
}

static inline enum pchat_code
shelf_object(void *ctx, enum pchat_kind kind, const char *key, struct pchat_object **ret,
             struct pchat_err *err)
{
	struct pchat_object *o = shelf_find(ctx, kind, key);

	(void)err;
	*ret = o ? pchat_object_copy(o) : NULL;
	return PCHAT_OK;
}

/* Does @o name the object @kind @key in a field? */
static inline bool
shelf_names(const struct pchat_object *o, enum pchat_kind kind, const char *key,
            const char *principal)
{
	const struct pchat_kind_info *info = pchat_kind_info(o->kind);

	for (unsigned i = 0; i < info->n_fields; i++) {
		if (info->fields[i].type == PCHAT_TYPE_REF && info->fields[i].ref == kind &&
		    pchat_fold_cmp(pchat_str(o->v[i].text), pchat_str(key)) == 0)
			return true;
		if (shelf_holds(o, i, principal))
			return true;
	}
	return false;
}

/* Is its own name made of that one? */
static inline bool
shelf_is_named_after(const struct pchat_object *o, enum pchat_kind kind, const char *key)
{
	PCHAT_AUTO_TEXT site = pchat_text("site:%s", key);
	PCHAT_AUTO_TEXT unit = pchat_text("%s/", key);
	const char *own = pchat_object_key(o);

	if (kind == PCHAT_KIND_SITE)
		return strcmp(own, site) == 0;
	return kind == PCHAT_KIND_UNIT && o->kind == PCHAT_KIND_UNIT &&
	       pchat_str_starts(pchat_str(own), unit) && !strchr(own + strlen(unit), '/');
}

static inline enum pchat_code
shelf_referrers(void *ctx, enum pchat_kind kind, const char *key,
                enum pchat_code (*each)(void *ectx, const struct pchat_object *o,
                                        struct pchat_err *err),
                void *ectx, struct pchat_err *err)
{
	const struct shelf *s = ctx;
	PCHAT_AUTO_VALUE(buf) principal = { 0 };

	if (kind == PCHAT_KIND_USER || kind == PCHAT_KIND_GROUP || kind == PCHAT_KIND_UNIT ||
	    kind == PCHAT_KIND_DOMAIN)
		pchat_principal_of(kind, key, &principal);
	for (size_t i = 0; i < s->n; i++) {
		enum pchat_code code;

		if (!shelf_names(s->v[i], kind, key, pchat_buf_cstr(&principal)) &&
		    !shelf_is_named_after(s->v[i], kind, key))
			continue;
		code = each(ectx, s->v[i], err);
		if (code)
			return code;
	}
	return PCHAT_OK;
}

static inline enum pchat_code
shelf_each(void *ctx, enum pchat_kind kind,
           enum pchat_code (*each)(void *ectx, const struct pchat_object *o, struct pchat_err *err),
           void *ectx, struct pchat_err *err)
{
	const struct shelf *s = ctx;

	for (size_t i = 0; i < s->n; i++)
		if (s->v[i]->kind == kind)
			if (each(ectx, s->v[i], err))
				return PCHAT_NO_MEMORY;
	return PCHAT_OK;
}

/* An org of all of it: put whole, or reading it. */
static inline struct pchat_org *
shelf_org(struct shelf *s, bool loading)
{
	struct pchat_org_loader loader = {
		s, shelf_principal, shelf_object, shelf_referrers, shelf_each, NULL
	};
	struct pchat_org *org = pchat_org_new(loading ? &loader : NULL);

	assert_non_null(org);
	for (size_t i = 0; i < s->n && !loading; i++)
		assert_int_equal(pchat_org_put(org, s->v[i], NULL), PCHAT_OK);
	return org;
}
