/* Who could get a role: room eligible, category eligible (administration.md 3.9). */
#include "base/text.h"
#include "pchatctl/noun.h"
#include "pchatctl/pattern.h"

struct asked {
	pchat_id room; /* PCHAT_NO_ID for a category */
	pchat_id category;
	bool presenters; /* members only: everybody in scope is one of an open room */
	struct pchat_pattern name;
	uint64_t left; /* that may still be shown */
};

static enum pchat_code
find_asked(struct pchat_ctl *ctl, const struct pchat_object *o, struct asked *a,
           struct pchat_err *err)
{
	struct pchat_room_view room = { .category = PCHAT_NO_ID };

	a->room = PCHAT_NO_ID;
	a->category = PCHAT_NO_ID;
	if (o->kind == PCHAT_KIND_CATEGORY) {
		a->category = pchat_org_category_by_guid(ctl->org, o->guid);
		return PCHAT_OK;
	}
	a->room = pchat_org_room_by_guid(ctl->org, o->guid);
	(void)pchat_org_room_view(ctl->org, a->room, &room);
	a->category = room.category;
	if (!a->presenters)
		return PCHAT_OK;
	if (room.auditorium) {
		a->presenters = room.privacy != PCHAT_PRIVACY_OPEN;
		return PCHAT_OK;
	}
	pchat_fail(err, PCHAT_INVALID, "room '%s' is no auditorium: it has no presenters",
	           pchat_object_key(o));
	pchat_hint(err, "leave --presenters out");
	return PCHAT_INVALID;
}

static enum pchat_code
is_eligible(struct pchat_ctl *ctl, const struct asked *a, pchat_id user, unsigned roles, bool *ret,
            struct pchat_err *err)
{
	if (a->presenters) {
		*ret = roles & PCHAT_ROLE_MEMBER;
		return PCHAT_OK;
	}
	return pchat_org_in_scope(ctl->org, user, a->category, ret, err);
}

/* The role asked about, which some have already. */
static const char *
role_of(const struct asked *a, unsigned roles)
{
	static const struct {
		unsigned role;
		const char *word;
	} words[] = {
		{ PCHAT_ROLE_PRESENTER, "presenter" },
		{ PCHAT_ROLE_MANAGER, "manager" },
		{ PCHAT_ROLE_MEMBER, "member" },
	};

	for (size_t i = 0; a->room != PCHAT_NO_ID && i < PCHAT_N(words); i++)
		if (roles & words[i].role)
			return words[i].word;
	return NULL;
}

static enum pchat_code
put_user(struct pchat_ctl *ctl, struct asked *a, pchat_id id, struct pchat_out *out,
         struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(record) r = { 0 };
	struct pchat_user_view user;
	unsigned roles = 0;
	bool eligible;

	if (!pchat_org_user_view(ctl->org, id, &user) || user.disabled ||
	    !pchat_pattern_fits(&a->name, user.uri))
		return PCHAT_OK;
	if (a->room != PCHAT_NO_ID)
		roles = pchat_roles(ctl->org, id, a->room);
	PCHAT_TRY(is_eligible(ctl, a, id, roles, &eligible, err));
	if (!eligible)
		return PCHAT_OK;
	a->left--;
	pchat_record_text(&r, "uri", user.uri);
	pchat_record_text(&r, "displayName", user.display_name);
	pchat_record_text(&r, "role", role_of(a, roles));
	return pchat_out_put(out, &r, err);
}

static enum pchat_code
list_eligible(struct pchat_ctl *ctl, struct asked *a, struct pchat_err *err)
{
	static const char *const columns[] = { "uri", "displayName", "role", NULL };
	struct pchat_out_head head = { .list = true,
		                       .what = "eligible users",
		                       .columns = columns,
		                       .table = a->room == PCHAT_NO_ID ? "uri,displayName" : NULL };
	PCHAT_AUTO(out) out = NULL;
	size_t pos = 0;
	pchat_id id;

	PCHAT_TRY(pchat_out_open(ctl, &head, &out, err));
	while (a->left && pchat_org_next(ctl->org, PCHAT_KIND_USER, &pos, &id))
		PCHAT_TRY(put_user(ctl, a, id, out, err));
	return pchat_out_close(out, err);
}

enum pchat_code
pchat_eligible_run(struct pchat_ctl *ctl, const struct pchat_call *call, struct pchat_err *err)
{
	struct asked a = { .presenters = pchat_call_flag(call, "--presenters"),
		           .left = pchat_call_number(call, "--limit", UINT64_MAX) };
	PCHAT_AUTO(object) o = NULL;
	enum pchat_code code;

	PCHAT_TRY(pchat_noun_get(ctl, call, call->names.v[0], &o, err));
	PCHAT_TRY_WORD(pchat_call_text(call, "--name"), err,
	               pchat_pattern_init(&a.name, pchat_call_text(call, "--name"), err));
	/* Everybody is asked about: what is read on demand would be read one by one. */
	pchat_org_free(ctl->org);
	ctl->org = NULL;
	code = pchat_ctl_org(ctl, true, err);
	if (!code)
		code = find_asked(ctl, o, &a, err);
	if (!code)
		code = list_eligible(ctl, &a, err);
	pchat_pattern_release(&a.name);
	return code;
}
