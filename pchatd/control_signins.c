/* signins: who signed in, who failed to. */
#include "pchatd/control_private.h"
#include "pchatd/trail.h"

#define AT_A_TIME 16 /* entries between two looks at the clock: each is searched for */

static void
put_entry(struct pchat_control_client *c, const struct pchat_trail_entry *e)
{
	struct pchat_json j;

	pchat_control_record(c, &j);
	pchat_control_put_text(&j, "outcome", pchat_trail_word(e->kind));
	pchat_control_put_text(&j, "user", e->user);
	pchat_control_put_text(&j, "address", *e->address ? e->address : NULL);
	pchat_control_put_uint(&j, "count", e->n);
	pchat_control_put_time(&j, "first", e->first);
	pchat_control_put_time(&j, "last", e->last);
	pchat_control_put_text(&j, "reason", *e->reason ? e->reason : NULL);
	pchat_control_record_end(c, &j);
}

static bool
more_signins(struct pchat_control_client *c)
{
	const char *user = *c->listing.user ? c->listing.user : NULL;

	for (int i = 0; i < AT_A_TIME; i++) {
		const struct pchat_trail_entry *e = pchat_trail_next(c->control->d->trail,
		                                                     c->listing.id, user);

		if (!e) {
			pchat_control_end(c, c->listing.n);
			return false;
		}
		c->listing.id = e->at;
		c->listing.n++;
		put_entry(c, e);
		if (c->out.n >= PCHAT_CONTROL_AHEAD)
			break;
	}
	return true;
}

void
pchat_control_signins(struct pchat_control_client *c, struct pchat_str args)
{
	PCHAT_AUTO_VALUE(buf) uri = { 0 };
	struct pchat_str user = { 0 };

	if (pchat_str_starts(args, "user="))
		pchat_str_cut(args, '=', &user);
	if ((args.n && !user.n) || (user.n && pchat_sip_uri_canonical(user, &uri, NULL)) ||
	    uri.n >= sizeof(c->listing.user)) {
		pchat_control_fail(c, PCHAT_INVALID, "the filter is user=");
		return;
	}
	memcpy(c->listing.user, pchat_buf_cstr(&uri), uri.n + 1);
	c->listing.id = 0;
	c->listing.n = 0;
	c->more = more_signins;
	pchat_control_begin(c, "signins");
}
