/* check settings: what is allowed and yet hardly meant. */
#include <stdlib.h>
#include <sys/stat.h>

#include "base/text.h"
#include "pchatctl/check.h"

#define AREA "settings"

struct tally {
	struct pchat_checkup *c;
	bool chat_on;                       /* some policy switches it on */
	uint64_t categories;                /* that allow nobody */
	uint64_t empty;                     /* rooms nobody can join */
	uint64_t mute;                      /* auditoriums without presenters */
	char *category, *room, *auditorium; /* one of each, for the remedy */
};

static bool
keep_name(char **ret, const struct pchat_object *o)
{
	if (!*ret)
		*ret = pchat_str_dup(pchat_str(pchat_object_key(o)));
	return *ret != NULL;
}

static enum pchat_code
look_policy(void *ctx, const struct pchat_object *o, struct pchat_err *err)
{
	struct tally *t = ctx;
	const char *key = pchat_object_key(o);

	(void)err;
	t->chat_on |= o->v[PCHAT_POLICY_ENABLED].flag &&
	              (pchat_str_iis(pchat_str(key), "global") ||
	               pchat_str_istarts(pchat_str(key), "site:") ||
	               o->v[PCHAT_POLICY_GRANTED_TO].list.n);
	return PCHAT_OK;
}

static enum pchat_code
look_category(void *ctx, const struct pchat_object *o, struct pchat_err *err)
{
	struct tally *t = ctx;

	if (o->v[PCHAT_CATEGORY_ALLOWED].list.n)
		return PCHAT_OK;
	t->categories++;
	return keep_name(&t->category, o) ? PCHAT_OK : pchat_no_memory(err);
}

static enum pchat_code
look_room(void *ctx, const struct pchat_object *o, struct pchat_err *err)
{
	struct tally *t = ctx;
	bool open = o->v[PCHAT_ROOM_PRIVACY].number == PCHAT_PRIVACY_OPEN;

	if (o->v[PCHAT_ROOM_DISABLED].flag)
		return PCHAT_OK;
	if (!open && !o->v[PCHAT_ROOM_MEMBERS].list.n) {
		t->empty++;
		if (!keep_name(&t->room, o))
			return pchat_no_memory(err);
	}
	if (o->v[PCHAT_ROOM_TYPE].number == PCHAT_ROOM_AUDITORIUM &&
	    !o->v[PCHAT_ROOM_PRESENTERS].list.n) {
		t->mute++;
		if (!keep_name(&t->auditorium, o))
			return pchat_no_memory(err);
	}
	return PCHAT_OK;
}

static enum pchat_code
look_settings(void *ctx, const struct pchat_object *o, struct pchat_err *err)
{
	struct tally *t = ctx;
	const char *url = o->v[PCHAT_SETTINGS_ROOM_MANAGEMENT_URL].text;

	if (o->v[PCHAT_SETTINGS_AUTHENTICATION].number == PCHAT_AUTHENTICATION_NONE)
		PCHAT_TRY(pchat_checkup_put(t->c, AREA, PCHAT_RESULT_WARNING,
		                            "pchatctl config set SCOPE --authentication digest",
		                            err, "settings '%s' take everybody at his word",
		                            pchat_object_key(o)));
	if (pchat_str_istarts(pchat_str(url), "http:"))
		PCHAT_TRY(pchat_checkup_put(t->c, AREA, PCHAT_RESULT_WARNING, "use an https URL",
		                            err, "room management of '%s' is not encrypted: %s",
		                            pchat_object_key(o), url));
	return PCHAT_OK;
}

static enum pchat_code
look_compliance(void *ctx, const struct pchat_object *o, struct pchat_err *err)
{
	struct tally *t = ctx;
	const char *path = o->v[PCHAT_COMPLIANCE_OUTPUT_DIRECTORY].text;
	struct stat st;

	if (o->v[PCHAT_COMPLIANCE_ADAPTER].number == PCHAT_ADAPTER_NONE || !*path)
		return PCHAT_OK;
	if (stat(path, &st) || !S_ISDIR(st.st_mode))
		return pchat_checkup_put(t->c, AREA, PCHAT_RESULT_PROBLEM,
		                         "make it, and let pchatd write there", err,
		                         "compliance '%s' has no directory '%s' to write to",
		                         pchat_object_key(o), path);
	return PCHAT_OK;
}

/* One finding about @n objects, one of which is @name. */
static enum pchat_code
put_some(struct tally *t, uint64_t n, const char *what, const char *name, const char *remedy,
         struct pchat_err *err)
{
	if (!n)
		return PCHAT_OK;
	if (n == 1)
		return pchat_checkup_put(t->c, AREA, PCHAT_RESULT_WARNING, remedy, err, "%s: '%s'",
		                         what, name);
	return pchat_checkup_put(t->c, AREA, PCHAT_RESULT_WARNING, remedy, err,
	                         "%s: '%s' and %llu more", what, name, (unsigned long long)n - 1);
}

static enum pchat_code
look(struct tally *t, struct pchat_store *store, struct pchat_err *err)
{
	static const struct {
		enum pchat_kind kind;
		pchat_object_fn look;
	} looks[] = {
		{ PCHAT_KIND_POLICY, look_policy },
		{ PCHAT_KIND_CATEGORY, look_category },
		{ PCHAT_KIND_ROOM, look_room },
		{ PCHAT_KIND_SETTINGS, look_settings },
		{ PCHAT_KIND_COMPLIANCE, look_compliance },
	};

	for (size_t i = 0; i < PCHAT_N(looks); i++)
		PCHAT_TRY(pchat_store_each(store, looks[i].kind, looks[i].look, t, err));
	return PCHAT_OK;
}

static enum pchat_code
put_tally(struct tally *t, struct pchat_err *err)
{
	if (!t->chat_on)
		PCHAT_TRY(pchat_checkup_put(t->c, AREA, PCHAT_RESULT_WARNING,
		                            "pchatctl policy set global --enabled", err,
		                            "persistent chat is on for nobody"));
	PCHAT_TRY(put_some(t, t->categories, "nobody is allowed in a category", t->category,
	                   "pchatctl category set NAME --add-allowed PRINCIPAL", err));
	PCHAT_TRY(put_some(t, t->empty, "nobody can join a room", t->room,
	                   "pchatctl room set NAME --add-member PRINCIPAL", err));
	return put_some(t, t->mute, "nobody can write in an auditorium", t->auditorium,
	                "pchatctl room set NAME --add-presenter PRINCIPAL", err);
}

enum pchat_code
pchat_check_settings(struct pchat_checkup *c, struct pchat_err *err)
{
	size_t before = c->n[PCHAT_RESULT_WARNING] + c->n[PCHAT_RESULT_PROBLEM];
	PCHAT_AUTO(store) store = NULL;
	struct tally t = { .c = c };
	struct pchat_err failed = { 0 };
	enum pchat_code code = pchat_store_open(c->ctl->globals.v[PCHAT_GLOBAL_STORE].text,
	                                        PCHAT_STORE_READ, &store, &failed);

	if (code) {
		/* Of a store that cannot be opened the check of the store tells why. */
		if (c->alone)
			return pchat_checkup_failed(c, AREA, &failed, err);
		pchat_err_release(&failed);
		return PCHAT_OK;
	}
	code = look(&t, store, err);
	if (!code)
		code = put_tally(&t, err);
	free(t.category);
	free(t.room);
	free(t.auditorium);
	if (code || c->n[PCHAT_RESULT_WARNING] + c->n[PCHAT_RESULT_PROBLEM] > before)
		return code;
	return pchat_checkup_put(c, AREA, PCHAT_RESULT_OK, NULL, err,
	                         "nothing odd about policies, categories, rooms and settings");
}
