/* Reports of who has which role where, through groups, units and domains, too. */
#include "pchatctl/noun.h"

#define ROLES_MAX 3

/* The roles as words; how many. */
static size_t
role_words(unsigned roles, const char *ret[ROLES_MAX])
{
	static const struct {
		unsigned role;
		const char *word;
	} words[ROLES_MAX] = {
		{ PCHAT_ROLE_MEMBER, "member" },
		{ PCHAT_ROLE_MANAGER, "manager" },
		{ PCHAT_ROLE_PRESENTER, "presenter" },
	};
	size_t n = 0;

	for (size_t i = 0; i < ROLES_MAX; i++)
		if (roles & words[i].role)
			ret[n++] = words[i].word;
	return n;
}

/* Everybody or every room is asked about: what is read on demand would be read one by one. */
static enum pchat_code
load_all(struct pchat_ctl *ctl, struct pchat_err *err)
{
	pchat_org_free(ctl->org);
	ctl->org = NULL;
	return pchat_ctl_org(ctl, true, err);
}

/* ---- rooms of a user ---- */

struct rooms_of {
	struct pchat_ctl *ctl;
	struct pchat_out *out;
	struct pchat_err *err;
	enum pchat_code code;
};

static bool
put_room(void *ctx, pchat_id id, unsigned roles)
{
	static const char *const privacies[] = { "open", "closed", "secret" };
	struct rooms_of *r = ctx;
	PCHAT_AUTO_VALUE(record) record = { 0 };
	const char *words[ROLES_MAX];
	struct pchat_room_view room;

	if (!pchat_org_room_view(r->ctl->org, id, &room))
		return true;
	pchat_record_text(&record, "room", room.name);
	pchat_record_text(
		&record, "category",
		room.category == PCHAT_NO_ID ? NULL : pchat_org_name(r->ctl->org, room.category));
	pchat_record_text(&record, "privacy", privacies[room.privacy]);
	pchat_record_bool(&record, "disabled", room.disabled);
	pchat_record_list(&record, "roles", words, role_words(roles, words));
	r->code = pchat_out_put(r->out, &record, r->err);
	return !r->code;
}

enum pchat_code
pchat_report_roles_run(struct pchat_ctl *ctl, const struct pchat_call *call, struct pchat_err *err)
{
	static const char *const columns[] = { "room",  "category", "privacy",
		                               "roles", "disabled", NULL };
	struct pchat_out_head head = { .list = true, .what = "rooms", .columns = columns };
	PCHAT_AUTO(object) user = NULL;
	PCHAT_AUTO(out) out = NULL;
	struct rooms_of r = { .ctl = ctl, .err = err };
	pchat_id id;

	PCHAT_TRY(pchat_noun_user_object(ctl, call->names.v[0], &user, err));
	PCHAT_TRY(load_all(ctl, err));
	id = pchat_org_principal(ctl->org, pchat_object_key(user), err);
	PCHAT_TRY(pchat_out_open(ctl, &head, &out, err));
	r.out = out;
	if (!pchat_org_each_role(ctl->org, id,
	                         PCHAT_ROLE_MEMBER | PCHAT_ROLE_MANAGER | PCHAT_ROLE_PRESENTER,
	                         put_room, &r) &&
	    !r.code)
		return pchat_no_memory(err);
	return r.code ? r.code : pchat_out_close(out, err);
}

/* ---- members of a room ---- */

static enum pchat_code
put_member(struct pchat_ctl *ctl, pchat_id id, pchat_id room, struct pchat_out *out,
           struct pchat_err *err)
{
	unsigned roles = pchat_roles(ctl->org, id, room);
	PCHAT_AUTO_VALUE(record) r = { 0 };
	const char *words[ROLES_MAX];
	struct pchat_user_view user;
	size_t n = role_words(roles, words);

	if (!n || !pchat_org_user_view(ctl->org, id, &user) || user.disabled)
		return PCHAT_OK;
	pchat_record_text(&r, "user", user.uri);
	pchat_record_text(&r, "displayName", user.display_name);
	pchat_record_list(&r, "roles", words, n);
	return pchat_out_put(out, &r, err);
}

enum pchat_code
pchat_report_members_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                         struct pchat_err *err)
{
	static const char *const columns[] = { "user", "displayName", "roles", NULL };
	struct pchat_out_head head = { .list = true, .what = "members", .columns = columns };
	PCHAT_AUTO(object) o = NULL;
	PCHAT_AUTO(out) out = NULL;
	pchat_id room, id;
	size_t pos = 0;

	PCHAT_TRY_WORD(call->names.v[0], err, pchat_noun_room(ctl, call->names.v[0], &o, err));
	PCHAT_TRY(load_all(ctl, err));
	room = pchat_org_room_by_guid(ctl->org, o->guid);
	PCHAT_TRY(pchat_out_open(ctl, &head, &out, err));
	while (pchat_org_next(ctl->org, PCHAT_KIND_USER, &pos, &id))
		PCHAT_TRY(put_member(ctl, id, room, out, err));
	return pchat_out_close(out, err);
}
