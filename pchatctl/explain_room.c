/* Who may do what in a room: every user asked about every action, by the function pchatd asks. */
#include "pchatctl/noun.h"
#include "pchatctl/pattern.h"

/* People listed unless --limit says otherwise. */
#define PEOPLE_SHOWN 100

/* What users do in a room and with it. What only administrators may, and what needs another
 * category, is not asked. */
static const enum pchat_action asked[] = {
	PCHAT_ACTION_FIND,   PCHAT_ACTION_SEE,     PCHAT_ACTION_JOIN,   PCHAT_ACTION_READ,
	PCHAT_ACTION_SEARCH, PCHAT_ACTION_POST,    PCHAT_ACTION_UPLOAD, PCHAT_ACTION_EDIT,
	PCHAT_ACTION_ROLES,  PCHAT_ACTION_DISABLE,
};
#define N_ASKED PCHAT_N(asked)

struct person {
	pchat_id id;
	unsigned may; /* bit i: asked[i] */
	const char *words[N_ASKED];
	struct pchat_verdict why;
};

struct survey {
	struct pchat_ctl *ctl;
	pchat_id room;
	int only; /* index in asked[] of the action people are listed for; -1: any */
	struct pchat_pattern name;
	uint64_t skip, left;    /* of the list */
	uint64_t users, listed; /* looked at; that the list would have without limits */
	uint64_t counts[N_ASKED];
	PCHAT_VEC(struct person) people;
};

static void
survey_release(struct survey *s)
{
	for (size_t i = 0; i < s->people.n; i++)
		pchat_verdict_release(&s->people.v[i].why);
	pchat_vec_release(&s->people);
	pchat_pattern_release(&s->name);
}

/* ---- the organization without all other rooms ---- */

static enum pchat_code
put(void *ctx, const struct pchat_object *o, struct pchat_err *err)
{
	return pchat_org_put(ctx, o, err);
}

static enum pchat_code
load(struct pchat_ctl *ctl, const struct pchat_object *room, struct pchat_err *err)
{
	static const enum pchat_kind kinds[] = { PCHAT_KIND_POOL,   PCHAT_KIND_SITE,
		                                 PCHAT_KIND_DOMAIN, PCHAT_KIND_UNIT,
		                                 PCHAT_KIND_USER,   PCHAT_KIND_GROUP,
		                                 PCHAT_KIND_POLICY };
	PCHAT_AUTO(object) category = NULL;

	pchat_org_free(ctl->org);
	ctl->org = pchat_org_new(NULL);
	if (!ctl->org)
		return pchat_no_memory(err);
	for (size_t i = 0; i < PCHAT_N(kinds); i++)
		PCHAT_TRY(pchat_store_each(ctl->store, kinds[i], put, ctl->org, err));
	PCHAT_TRY(pchat_store_get(ctl->store, PCHAT_KIND_CATEGORY,
	                          room->v[PCHAT_ROOM_CATEGORY].text, &category, err));
	PCHAT_TRY(pchat_org_put(ctl->org, category, err));
	return pchat_org_put(ctl->org, room, err);
}

/* ---- asking ---- */

static enum pchat_code
ask(struct survey *s, pchat_id user, enum pchat_action action, bool trace,
    struct pchat_verdict *ret, struct pchat_err *err)
{
	struct pchat_access_query q = {
		.action = action, .user = user, .room = s->room, .category = PCHAT_NO_ID
	};

	return pchat_access(s->ctl->org, &q, trace, ret, err);
}

static enum pchat_code
ask_all(struct survey *s, pchat_id user, unsigned *ret, struct pchat_err *err)
{
	*ret = 0;
	for (size_t i = 0; i < N_ASKED; i++) {
		struct pchat_verdict v;

		PCHAT_TRY(ask(s, user, asked[i], false, &v, err));
		if (!v.allowed)
			continue;
		s->counts[i]++;
		*ret |= 1u << i;
	}
	return PCHAT_OK;
}

/* What is shown of how he came to it: what was asked for, else joining, else the last he may. */
static enum pchat_action
telling_action(const struct survey *s, unsigned may)
{
	size_t last = 0;

	if (s->only >= 0)
		return asked[s->only];
	for (size_t i = 0; i < N_ASKED; i++) {
		if (!(may >> i & 1))
			continue;
		if (asked[i] == PCHAT_ACTION_JOIN)
			return PCHAT_ACTION_JOIN;
		last = i;
	}
	return asked[last];
}

static enum pchat_code
keep(struct survey *s, pchat_id user, unsigned may, struct pchat_err *err)
{
	struct person person = { .id = user, .may = may };

	PCHAT_TRY(ask(s, user, telling_action(s, may), true, &person.why, err));
	if (pchat_vec_push(&s->people, person))
		return PCHAT_OK;
	pchat_verdict_release(&person.why);
	return pchat_no_memory(err);
}

/* That a room is there is seen by everybody in scope, who are not worth a list unless asked for. */
static bool
is_wanted(const struct survey *s, unsigned may)
{
	for (size_t i = 0; i < N_ASKED; i++)
		if (may >> i & 1 &&
		    (s->only >= 0 ? s->only == (int)i
		                  : asked[i] != PCHAT_ACTION_FIND && asked[i] != PCHAT_ACTION_SEE))
			return true;
	return false;
}

static enum pchat_code
look_at(struct survey *s, pchat_id user, struct pchat_err *err)
{
	unsigned may;

	s->users++;
	PCHAT_TRY(ask_all(s, user, &may, err));
	if (!is_wanted(s, may) || !pchat_pattern_fits(&s->name, pchat_org_name(s->ctl->org, user)))
		return PCHAT_OK;
	s->listed++;
	if (s->listed <= s->skip || !s->left)
		return PCHAT_OK;
	s->left--;
	return keep(s, user, may, err);
}

/* ---- telling ---- */

static void
fill_person(struct survey *s, struct person *p, struct pchat_record *r)
{
	const struct pchat_step *last = &p->why.steps[p->why.n_steps - 1];
	struct pchat_user_view user = { 0 };
	size_t n = 0;

	(void)pchat_org_user_view(s->ctl->org, p->id, &user);
	for (size_t i = 0; i < N_ASKED; i++)
		if (p->may >> i & 1)
			p->words[n++] = pchat_action_word(asked[i]);
	pchat_record_text(r, "user", user.uri);
	pchat_record_text(r, "displayName", user.display_name);
	pchat_record_list(r, "actions", p->words, n);
	pchat_record_text(r, "rule", p->why.rule);
	pchat_record_list(r, "path", (const char *const *)last->path.v, last->path.n);
}

static enum pchat_code
put_room(struct survey *s, const struct pchat_object *o, const struct pchat_record *actions,
         const struct pchat_record *people, struct pchat_err *err)
{
	static const char *const columns[] = {
		"room",
		"category",
		"type",
		"privacy",
		"disabled",
		"users",
		"actions",
		"actions.action",
		"actions.users",
		"listed",
		"people",
		"people.user",
		"people.displayName",
		"people.actions",
		"people.rule",
		"people.path",
		NULL,
	};
	const struct pchat_field *fields = pchat_kind_info(PCHAT_KIND_ROOM)->fields;
	struct pchat_out_head head = { .columns = columns };
	PCHAT_AUTO_VALUE(record) r = { 0 };

	pchat_record_text(&r, "room", pchat_object_key(o));
	pchat_record_text(&r, "category", o->v[PCHAT_ROOM_CATEGORY].text);
	pchat_record_text(&r, "type", fields[PCHAT_ROOM_TYPE].words[o->v[PCHAT_ROOM_TYPE].number]);
	pchat_record_text(&r, "privacy",
	                  fields[PCHAT_ROOM_PRIVACY].words[o->v[PCHAT_ROOM_PRIVACY].number]);
	pchat_record_bool(&r, "disabled", o->v[PCHAT_ROOM_DISABLED].flag);
	pchat_record_uint(&r, "users", s->users);
	pchat_record_records(&r, "actions", actions, N_ASKED);
	pchat_record_uint(&r, "listed", s->listed);
	pchat_record_records(&r, "people", people, s->people.n);
	return pchat_out_one(s->ctl, &head, &r, err);
}

static void
note_rest(const struct survey *s, uint64_t offset)
{
	uint64_t shown = offset + s->people.n;

	if (shown < s->listed)
		pchat_ctl_note(s->ctl, "%llu of %llu people; --offset %llu shows the next",
		               (unsigned long long)s->people.n, (unsigned long long)s->listed,
		               (unsigned long long)shown);
}

static enum pchat_code
put_survey(struct survey *s, const struct pchat_object *o, struct pchat_err *err)
{
	struct pchat_record actions[N_ASKED] = { 0 };
	struct pchat_record *people = calloc(s->people.n + 1, sizeof(*people));
	enum pchat_code code = people ? PCHAT_OK : pchat_no_memory(err);

	for (size_t i = 0; i < N_ASKED; i++) {
		pchat_record_text(&actions[i], "action", pchat_action_word(asked[i]));
		pchat_record_uint(&actions[i], "users", s->counts[i]);
		if (actions[i].failed && !code)
			code = pchat_no_memory(err);
	}
	for (size_t i = 0; !code && i < s->people.n; i++) {
		fill_person(s, &s->people.v[i], &people[i]);
		if (people[i].failed)
			code = pchat_no_memory(err);
	}
	if (!code)
		code = put_room(s, o, actions, people, err);
	for (size_t i = 0; i < N_ASKED; i++)
		pchat_record_release(&actions[i]);
	for (size_t i = 0; people && i < s->people.n; i++)
		pchat_record_release(&people[i]);
	free(people);
	return code;
}

/* ---- all of it ---- */

/* Index of the action in asked[]. */
static enum pchat_code
pick_action(const char *word, int *ret, struct pchat_err *err)
{
	*ret = -1;
	if (!word)
		return PCHAT_OK;
	for (size_t i = 0; i < N_ASKED; i++) {
		if (strcmp(word, pchat_action_word(asked[i])) == 0) {
			*ret = (int)i;
			return PCHAT_OK;
		}
	}
	pchat_fail(err, PCHAT_USAGE, "explain room: action '%s' is not one users have in a room",
	           word);
	pchat_hint(err, "'pchatctl explain access' answers it for one user");
	return PCHAT_USAGE;
}

static enum pchat_code
run(struct survey *s, const struct pchat_object *o, struct pchat_err *err)
{
	uint64_t offset = s->skip;
	size_t pos = 0;
	pchat_id user;

	PCHAT_TRY(load(s->ctl, o, err));
	s->room = pchat_org_room_by_guid(s->ctl->org, o->guid);
	while (pchat_org_next(s->ctl->org, PCHAT_KIND_USER, &pos, &user))
		PCHAT_TRY(look_at(s, user, err));
	PCHAT_TRY(put_survey(s, o, err));
	note_rest(s, offset);
	return PCHAT_OK;
}

enum pchat_code
pchat_explain_room_run(struct pchat_ctl *ctl, const struct pchat_call *call, struct pchat_err *err)
{
	struct survey s = { .ctl = ctl,
		            .skip = pchat_call_number(call, "--offset", 0),
		            .left = pchat_call_number(call, "--limit", PEOPLE_SHOWN) };
	PCHAT_AUTO(object) o = NULL;
	enum pchat_code code;

	PCHAT_TRY(pick_action(pchat_call_text(call, "--action"), &s.only, err));
	PCHAT_TRY(pchat_noun_get(ctl, call, pchat_call_name(call, 0), &o, err));
	code = pchat_pattern_init(&s.name, pchat_call_text(call, "--name"), err);
	if (code)
		pchat_err_blame(err, pchat_call_text(call, "--name"));
	if (!code)
		code = run(&s, o, err);
	survey_release(&s);
	return code;
}
