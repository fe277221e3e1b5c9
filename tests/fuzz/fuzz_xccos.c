/*
 * Any body: it is refused, or everything in it is usable and what is built from it
 * parses to the same.
 */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>

#include "wire/xccos/build.h"

/* A contract of the parser is broken. */
static void
want(bool holds)
{
	if (!holds)
		abort();
}

static void
put_data(struct pchat_buf *b, const struct pchat_xccos_data *d)
{
	for (size_t i = 0; i < d->n_uibs; i++)
		pchat_xccos_put_uib(b, &d->uibs[i]);
	for (size_t i = 0; i < d->n_chanids; i++)
		pchat_xccos_put_chanid(b, &d->chanids[i]);
	for (size_t i = 0; i < d->n_chanibs; i++)
		pchat_xccos_put_chanib(b, &d->chanibs[i]);
	for (size_t i = 0; i < d->n_catibs; i++)
		pchat_xccos_put_catib(b, &d->catibs[i]);
	for (size_t i = 0; i < d->n_fibs; i++)
		pchat_xccos_put_fib(b, &d->fibs[i]);
	for (size_t i = 0; i < d->n_roles; i++)
		pchat_xccos_put_role(b, &d->roles[i]);
	for (size_t i = 0; i < d->n_siops; i++)
		pchat_xccos_put_siop(b, &d->siops[i]);
	if (d->qib)
		pchat_xccos_put_qib(b, d->qib);
	if (d->sib)
		pchat_xccos_put_sib(b, d->sib);
	if (d->inv)
		pchat_xccos_put_inv(b, d->inv);
	if (d->pref)
		pchat_xccos_put_pref(b, d->pref);
}

/* Build a notice of what was parsed, parse that, build again: the same bytes. */
static void
round_trip_data(struct pchat_xccos_parser *p, const struct pchat_xccos_data *d)
{
	PCHAT_AUTO_VALUE(buf) one = { 0 };
	PCHAT_AUTO_VALUE(buf) two = { 0 };
	const struct pchat_xccos_envelope *e;

	pchat_xccos_ntc_open(&one, 1, "x");
	put_data(&one, d);
	pchat_xccos_ntc_close(&one);
	want(pchat_xccos_parse(p, pchat_buf_view(&one), &e, NULL) == PCHAT_OK && e->n_prims == 1);
	pchat_xccos_ntc_open(&two, 1, "x");
	put_data(&two, &e->prims[0].data);
	pchat_xccos_ntc_close(&two);
	want(pchat_str_eq(pchat_buf_view(&one), pchat_buf_view(&two)));
}

static void
round_trip_post(struct pchat_xccos_parser *p, const struct pchat_xccos_msg *m)
{
	PCHAT_AUTO_VALUE(buf) b = { 0 };
	const struct pchat_xccos_envelope *e;
	const struct pchat_xccos_msg *n;

	pchat_xccos_grpchat(&b, 1, m);
	want(pchat_xccos_parse(p, pchat_buf_view(&b), &e, NULL) == PCHAT_OK && e->n_prims == 1);
	n = &e->prims[0].msg;
	want(e->prims[0].bad == PCHAT_XCCOS_OK);
	want(pchat_str_eq(m->chat, n->chat) && pchat_str_eq(m->extra, n->extra));
	want(pchat_str_eq(m->attributes, n->attributes) && pchat_str_eq(m->rtf, n->rtf));
	want(m->story == n->story && m->ts == n->ts && m->chat_id == n->chat_id);
}

static void
use(struct pchat_xccos_parser *p, const struct pchat_xccos_prim *prim)
{
	PCHAT_AUTO_VALUE(buf) b = { 0 };

	want(prim->seqid.n > 0 && prim->seqid.n <= PCHAT_XCCOS_ID_MAX);
	want(prim->name.n <= PCHAT_XCCOS_NAME_MAX);
	want((prim->bad == PCHAT_XCCOS_OK) == (prim->why.n == 0));
	pchat_xccos_rpl(&b, 1,
	                &(struct pchat_xccos_reply){ prim->name, prim->seqid, prim->cmd_envid,
	                                             prim->bad, prim->why });
	for (size_t i = 0; i < prim->n_rooms; i++) {
		pchat_buf_str(&b, prim->rooms[i].domain);
		pchat_buf_str(&b, prim->rooms[i].value);
	}
	want(pchat_buf_ok(&b));
	if (prim->kind != PCHAT_XCCOS_KIND_GRPCHAT)
		round_trip_data(p, &prim->data);
	else if (prim->bad == PCHAT_XCCOS_OK)
		round_trip_post(p, &prim->msg);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct pchat_str body = { (const char *)data, size };
	struct pchat_xccos_parser *server = NULL;
	struct pchat_xccos_parser *client = NULL;
	const struct pchat_xccos_envelope *e;
	struct pchat_err err = { 0 };

	want(!pchat_xccos_parser_new(NULL, &server, NULL));
	want(!pchat_xccos_parser_new(&pchat_xccos_client_limits, &client, NULL));
	switch (pchat_xccos_parse(server, body, &e, &err)) {
	case PCHAT_OK:
		want(e->envid.n > 0 && e->envid.n <= PCHAT_XCCOS_ID_MAX);
		for (size_t i = 0; i < e->n_prims; i++)
			use(client, &e->prims[i]);
		break;
	case PCHAT_INVALID:
	case PCHAT_LIMIT:
		want(strlen(pchat_err_text(&err)) > 0);
		break;
	default:
		abort();
	}
	pchat_err_release(&err);
	pchat_xccos_parser_free(server);
	pchat_xccos_parser_free(client);
	return 0;
}
