/*
 * Any body around the chat: the provisioning request and its answer, publications, the offer
 * as SDP.
 */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>

#include "wire/docs/answer.h"
#include "wire/docs/provisioning.h"
#include "wire/docs/publication.h"
#include "wire/docs/sdp.h"

static void
want(bool holds)
{
	if (!holds)
		abort();
}

static void
provisioning(struct pchat_str body)
{
	struct pchat_provisioning_request r = { 0 };
	struct pchat_err err = { 0 };
	enum pchat_code code = pchat_provisioning_parse(body, &r, &err);

	want(code == PCHAT_OK || code == PCHAT_INVALID || code == PCHAT_LIMIT);
	want(code == PCHAT_OK || (r.groups == 0 && strlen(pchat_err_text(&err)) > 0));
	want(r.n_groups <= PCHAT_PROVISIONING_GROUPS_MAX);
	pchat_err_release(&err);
}

static void
answer(struct pchat_str body)
{
	PCHAT_AUTO_VALUE(provisioning_answer) a = { 0 };
	enum pchat_code code = pchat_provisioning_answer_parse(body, &a, NULL);

	want(code == PCHAT_OK || code == PCHAT_INVALID || code == PCHAT_LIMIT);
	want(code == PCHAT_OK || !a.default_pool);
}

/* What is kept must be what would be taken again, to the letter. */
static void
publish(struct pchat_str body)
{
	PCHAT_AUTO_VALUE(publish) p = { 0 };
	PCHAT_AUTO_VALUE(publish) again = { 0 };
	PCHAT_AUTO_VALUE(buf) text = { 0 };
	enum pchat_code code = pchat_publish_parse(body, &p, NULL);

	want(code == PCHAT_OK || code == PCHAT_INVALID || code == PCHAT_LIMIT);
	if (code) {
		want(p.items.n == 0);
		return;
	}
	want(p.items.n > 0 && p.items.n <= PCHAT_PUBLICATIONS_MAX);
	if (p.items.v[0].content.n == 0)
		return;
	pchat_buf_lit(&text, "<publish><publications><publication categoryName=\"x\">");
	pchat_buf_str(&text, p.items.v[0].content);
	pchat_buf_lit(&text, "</publication></publications></publish>");
	want(!pchat_publish_parse(pchat_buf_view(&text), &again, NULL));
	want(pchat_str_eq(again.items.v[0].content, p.items.v[0].content));
}

/* What is answered must be an offer that we would take ourselves. */
static void
sdp(struct pchat_str offer)
{
	PCHAT_AUTO_VALUE(buf) answer = { 0 };
	PCHAT_AUTO_VALUE(buf) again = { 0 };

	if (pchat_sdp_answer(&answer, offer, PCHAT_STR("192.0.2.1"), NULL)) {
		want(answer.n == 0);
		return;
	}
	want(answer.n <= (size_t)2 * PCHAT_SDP_BODY_MAX);
	if (answer.n <= PCHAT_SDP_BODY_MAX)
		want(!pchat_sdp_answer(&again, pchat_buf_view(&answer), PCHAT_STR("h"), NULL));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct pchat_str body = { (const char *)data, size };

	provisioning(body);
	answer(body);
	publish(body);
	sdp(body);
	return 0;
}
