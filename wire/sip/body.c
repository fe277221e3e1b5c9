#include "wire/sip/internal.h"

#include <assert.h>

struct pchat_sip_body {
	size_t refs;
	size_t holders; /* of refs: dialogs and connections, by psip_body_hold() */
	size_t n;
	const void *topic; /* of the layer above */
	char text[];
};

struct pchat_sip_body *
pchat_sip_body_new(struct pchat_str s)
{
	struct pchat_sip_body *b;

	if (s.n > PCHAT_SIP_INFO_MAX)
		return NULL;
	b = malloc(sizeof(*b) + s.n);
	if (!b)
		return NULL;
	b->refs = 1;
	b->holders = 0;
	b->n = s.n;
	b->topic = NULL;
	if (s.n > 0)
		memcpy(b->text, s.p, s.n);
	return b;
}

struct pchat_sip_body *
pchat_sip_body_ref(struct pchat_sip_body *b)
{
	assert(b->refs > 0);
	b->refs++;
	return b;
}

void
pchat_sip_body_unref(struct pchat_sip_body *b)
{
	if (!b)
		return;
	assert(b->refs > 0);
	if (--b->refs == 0)
		free(b);
}

struct pchat_str
pchat_sip_body_text(const struct pchat_sip_body *b)
{
	return (struct pchat_str){ b->text, b->n };
}

void
pchat_sip_body_set_topic(struct pchat_sip_body *b, const void *topic)
{
	b->topic = topic;
}

bool
psip_body_is_about(const struct pchat_sip_body *b, const void *topic)
{
	return b->topic == topic;
}

struct pchat_sip_body *
psip_body_hold(struct pchat_sip *sip, struct pchat_sip_body *b)
{
	if (b->holders++ == 0)
		sip->stats.queued_bytes += sizeof(*b) + b->n;
	return pchat_sip_body_ref(b);
}

void
psip_body_let_go(struct pchat_sip *sip, struct pchat_sip_body *b)
{
	assert(b->holders > 0);
	if (--b->holders == 0)
		sip->stats.queued_bytes -= sizeof(*b) + b->n;
	pchat_sip_body_unref(b);
}
