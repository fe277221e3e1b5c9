#include "pchatd/view_private.h"

#include "base/str.h"

const char *
pchat_field_text(const struct pchat_object *o, unsigned field)
{
	return o->v[field].text ? o->v[field].text : "";
}

static char *
dup_text(const char *text)
{
	return pchat_str_dup(pchat_str(text));
}

/* NULL stays NULL; *ok remembers a failure. */
static char *
dup_some(const char *text, bool *ok)
{
	char *copy = text ? dup_text(text) : NULL;

	*ok = *ok && (!text || copy);
	return copy;
}

static char *
fold_some(const char *text, bool *ok)
{
	char *copy = pchat_fold_dup(pchat_str(text));

	*ok = *ok && copy;
	return copy;
}

static char *
uri_of(const char *scheme, const char *domain, const char *guid, bool *ok)
{
	char *uri = pchat_text("%s://%s/%s", scheme, domain, guid);

	*ok = *ok && uri;
	return uri;
}

static void
copy_guid(char to[PCHAT_GUID_LEN + 1], const struct pchat_object *o)
{
	memcpy(to, o->guid, PCHAT_GUID_LEN + 1);
}

/* "amy" of "sip:amy@contoso.example" */
static char *
user_part(const char *uri, bool *ok)
{
	struct pchat_str rest, scheme = pchat_str_cut(pchat_str(uri), ':', &rest);
	char *name = pchat_str_dup(pchat_str_cut(rest.n ? rest : scheme, '@', &rest));

	*ok = *ok && name;
	return name;
}

/* URI and name are set once: another URI would be another user, and tables hold it as their key. */
static bool
name_user(struct pchat_user *u, const struct pchat_object *o)
{
	bool ok = true;

	if (u->uri)
		return true;
	u->name = user_part(pchat_object_key(o), &ok);
	u->uri = ok ? dup_some(pchat_object_key(o), &ok) : NULL;
	copy_guid(u->guid, o);
	return ok;
}

bool
pchat_user_fill(struct pchat_user *u, const struct pchat_object *o)
{
	const char *display = pchat_field_text(o, PCHAT_USER_DISPLAY_NAME);
	bool ok = name_user(u, o);
	char *fresh = ok ? dup_some(*display ? display : u->name, &ok) : NULL;
	PCHAT_AUTO_TEXT both = ok ? pchat_text("%s\n%s", fresh, u->uri) : NULL;
	char *folded = both ? fold_some(both, &ok) : NULL;

	if (!ok || !folded) {
		free(fresh);
		free(folded);
		return false;
	}
	free(u->display);
	free(u->folded);
	u->display = fresh;
	u->folded = folded;
	u->disabled = o->v[PCHAT_USER_DISABLED].flag;
	return true;
}

void
pchat_user_free(struct pchat_user *u)
{
	if (!u)
		return;
	free(u->uri);
	free(u->name);
	free(u->display);
	free(u->folded);
	free(u);
}

static void
release_room(struct pchat_room *r)
{
	free(r->uri);
	free(r->name);
	free(r->folded);
	free(r->description);
	free(r->folded_description);
	free(r->addin);
	free(r->category_name);
	free(r->created_by);
	free(r->updated_by);
}

static bool
room_texts(struct pchat_room *r, const struct pchat_object *o, const char *domain)
{
	const char *addin = pchat_field_text(o, PCHAT_ROOM_ADDIN);
	bool ok = true;

	r->uri = uri_of("ma-chan", domain, o->guid, &ok);
	r->name = dup_some(pchat_object_key(o), &ok);
	r->folded = fold_some(pchat_object_key(o), &ok);
	r->description = dup_some(pchat_field_text(o, PCHAT_ROOM_DESCRIPTION), &ok);
	r->folded_description = fold_some(pchat_field_text(o, PCHAT_ROOM_DESCRIPTION), &ok);
	r->addin = dup_some(*addin ? addin : NULL, &ok);
	r->category_name = fold_some(pchat_field_text(o, PCHAT_ROOM_CATEGORY), &ok);
	r->created_by = dup_some(o->created_by, &ok);
	r->updated_by = dup_some(o->updated_by, &ok);
	return ok;
}

bool
pchat_room_fill(struct pchat_room *r, const struct pchat_object *o, const char *domain)
{
	struct pchat_room fresh = { 0 };

	if (!room_texts(&fresh, o, domain)) {
		release_room(&fresh);
		return false;
	}
	release_room(r);
	fresh.channel = r->channel;
	fresh.category = r->category;
	fresh.review = r->review;
	fresh.tell = r->tell;
	fresh.id = r->id;
	fresh.created = o->created;
	fresh.updated = o->updated;
	fresh.privacy = (unsigned)o->v[PCHAT_ROOM_PRIVACY].number;
	fresh.auditorium = o->v[PCHAT_ROOM_TYPE].number == PCHAT_ROOM_AUDITORIUM;
	fresh.invitations = o->v[PCHAT_ROOM_INVITATIONS].number == PCHAT_INVITATIONS_INHERIT;
	fresh.disabled = o->v[PCHAT_ROOM_DISABLED].flag;
	copy_guid(fresh.guid, o);
	*r = fresh;
	return true;
}

static bool
same(const char *a, const struct pchat_object *o, unsigned field)
{
	return strcmp(a ? a : "", pchat_field_text(o, field)) == 0;
}

bool
pchat_room_shows(const struct pchat_room *r, const struct pchat_object *o)
{
	return same(r->name, o, PCHAT_ROOM_NAME) &&
	       same(r->description, o, PCHAT_ROOM_DESCRIPTION) &&
	       same(r->addin, o, PCHAT_ROOM_ADDIN) &&
	       pchat_fold_cmp(pchat_str(r->category_name),
	                      pchat_str(pchat_field_text(o, PCHAT_ROOM_CATEGORY))) == 0 &&
	       r->privacy == o->v[PCHAT_ROOM_PRIVACY].number &&
	       r->auditorium == (o->v[PCHAT_ROOM_TYPE].number == PCHAT_ROOM_AUDITORIUM) &&
	       r->invitations ==
	               (o->v[PCHAT_ROOM_INVITATIONS].number == PCHAT_INVITATIONS_INHERIT) &&
	       r->disabled == o->v[PCHAT_ROOM_DISABLED].flag;
}

void
pchat_room_free(struct pchat_room *r)
{
	if (!r)
		return;
	release_room(r);
	free(r);
}

static void
release_category(struct pchat_category *c)
{
	free(c->uri);
	free(c->name);
	free(c->description);
}

bool
pchat_category_fill(struct pchat_category *c, const struct pchat_object *o, const char *domain)
{
	struct pchat_category fresh = { .folded = c->folded };
	bool ok = true;

	fresh.uri = uri_of("ma-cat", domain, o->guid, &ok);
	fresh.name = dup_some(pchat_object_key(o), &ok);
	fresh.description = dup_some(pchat_field_text(o, PCHAT_CATEGORY_DESCRIPTION), &ok);
	if (!ok) {
		release_category(&fresh);
		return false;
	}
	fresh.invitations = o->v[PCHAT_CATEGORY_INVITATIONS].flag;
	fresh.file_upload = o->v[PCHAT_CATEGORY_FILE_UPLOAD].flag;
	fresh.history = o->v[PCHAT_CATEGORY_HISTORY].flag;
	copy_guid(fresh.guid, o);
	release_category(c);
	*c = fresh;
	return true;
}

void
pchat_category_free(struct pchat_category *c)
{
	if (!c)
		return;
	release_category(c);
	free(c->folded);
	free(c);
}

bool
pchat_addin_fill(struct pchat_addin *a, const struct pchat_object *o)
{
	bool ok = true;
	char *name = dup_some(pchat_object_key(o), &ok);
	char *url = dup_some(pchat_field_text(o, PCHAT_ADDIN_URL), &ok);

	if (!ok) {
		free(name);
		free(url);
		return false;
	}
	free(a->name);
	free(a->url);
	a->name = name;
	a->url = url;
	copy_guid(a->guid, o);
	return true;
}

void
pchat_addin_free(struct pchat_addin *a)
{
	if (!a)
		return;
	free(a->name);
	free(a->url);
	free(a);
}
