#include "pchatctl/leavers.h"

#include "base/hash.h"
#include "base/text.h"
#include "schema/daemon.h"

#define ASK_MS 5000

struct crowd {
	struct pchat_ctl *ctl;
	struct pchat_plan *plan;
	struct pchat_hash seen; /* "sip:amy@..." and "sip:amy@... GUID": one session is enough */
	PCHAT_VEC(char *) keys; /* that the table borrows; owned */
	struct pchat_err err;   /* ours, not that of the daemon */
};

static void
crowd_release(struct crowd *c)
{
	for (size_t i = 0; i < c->keys.n; i++)
		free(c->keys.v[i]);
	pchat_vec_release(&c->keys);
	pchat_hash_release(&c->seen);
	pchat_err_release(&c->err);
}

/* *ret_new: for the first time. */
static enum pchat_code
see(struct crowd *c, const char *user, const char *guid, bool *ret_new)
{
	char *key = pchat_text("%s %s", user, guid);

	*ret_new = key && !pchat_hash_get(&c->seen, pchat_str(key));
	if (key && !*ret_new) {
		free(key);
		return PCHAT_OK;
	}
	if (!key || !pchat_vec_push(&c->keys, key)) {
		free(key);
		return pchat_no_memory(&c->err);
	}
	return pchat_hash_put(&c->seen, pchat_str(key), key) ? PCHAT_OK : pchat_no_memory(&c->err);
}

static bool
is_out(const struct crowd *c, const char *user)
{
	PCHAT_AUTO_TEXT key = pchat_text("%s out", user);

	return key && pchat_hash_get(&c->seen, pchat_str(key));
}

static enum pchat_code
look_at_rooms(struct crowd *c, const char *user, const struct pchat_reply *r)
{
	struct pchat_org *org = c->ctl->org;
	const char *name, *guid;
	bool first;

	for (size_t i = 0; (name = pchat_reply_item(r, "rooms", i)) &&
	                   (guid = pchat_reply_item(r, "roomGuids", i));
	     i++) {
		PCHAT_TRY(see(c, user, guid, &first));
		if (first)
			PCHAT_TRY(pchat_plan_look_at_room(c->plan, org, user, name, guid, &c->err));
	}
	return PCHAT_OK;
}

static enum pchat_code
look_at(void *ctx, const struct pchat_reply *r, struct pchat_err *err)
{
	struct crowd *c = ctx;
	const char *user = pchat_reply_text(r, "user");
	bool first, out;

	(void)err;
	if (!user)
		return PCHAT_OK;
	PCHAT_TRY(see(c, user, "", &first));
	if (first) {
		PCHAT_TRY(pchat_plan_look_at_user(c->plan, c->ctl->org, user, &out, &c->err));
		if (out)
			return see(c, user, "out", &first);
	} else if (is_out(c, user)) {
		return PCHAT_OK;
	}
	return look_at_rooms(c, user, r);
}

static enum pchat_code
ask(struct crowd *c, struct pchat_daemon *d, struct pchat_err *err)
{
	struct pchat_err why = { 0 };
	enum pchat_code code = pchat_daemon_ask(d, "sessions", ASK_MS, look_at, c, &why);

	if (c->err.code) {
		*err = c->err;
		c->err = (struct pchat_err){ 0 };
		code = err->code;
	} else if (code) {
		pchat_ctl_note(c->ctl, "cannot ask pchatd who would be put out: %s",
		               pchat_err_text(&why));
		code = PCHAT_OK;
	}
	pchat_err_release(&why);
	return code;
}

enum pchat_code
pchat_leavers_find(struct pchat_ctl *ctl, struct pchat_plan *plan, struct pchat_err *err)
{
	PCHAT_AUTO(daemon) d = NULL;
	struct crowd c = { .ctl = ctl, .plan = plan };
	enum pchat_code code;

	if (!ctl->org || !pchat_plan_can_put_out(plan) ||
	    pchat_daemon_open(pchat_store_path(ctl->store), &d, NULL))
		return PCHAT_OK;
	code = ask(&c, d, err);
	crowd_release(&c);
	return code;
}
