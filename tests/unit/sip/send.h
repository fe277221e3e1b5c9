/*
 * What the tests of INFO have in common: a server with one dialog, and messages sent in it.
 */
#pragma once

#include "rig.h"

#include "base/auto.h"

static inline enum pchat_code
info(struct pchat_sip_dialog *d, const char *text, uint64_t cookie)
{
	PCHAT_AUTO(sip_body) body = pchat_sip_body_new(pchat_str(text));

	assert_non_null(body);
	return pchat_sip_info(d, body, cookie);
}

static inline void
send_info(struct pchat_sip_dialog *d, const char *text, uint64_t cookie)
{
	assert_int_equal(info(d, text, cookie), PCHAT_OK);
}

/* @n dialogs over one connection. */
static inline void
open_dialogs(struct rig *rig, struct peer *p, struct pchat_sip_dialog **d, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		snprintf(p->call_id, sizeof(p->call_id), "call%u-%u", p->port, i);
		peer_dialog(p);
		d[i] = rig->dialog;
	}
	rig_events(rig);
}

static inline void
begin(struct rig *rig, struct peer *p, const struct pchat_sip_options *opt)
{
	rig_start(rig, opt);
	peer_open(p, rig, "amy");
	peer_dialog(p);
	rig_events(rig);
}

static inline void
end(struct rig *rig, struct peer *p)
{
	peer_close(p);
	rig_stop(rig);
}
