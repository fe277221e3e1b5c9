#include "wire/sip/internal.h"

#include "base/auto.h"

/* Head lines of the caller in one notification. */
#define LINES_MAX 16

struct pchat_sip_subscription {
	struct psip_link link; /* conn->subscriptions */
	struct pchat_sip_conn *conn;
	struct pchat_sip_dialog *way; /* its texts only: it is in no list */
	uint32_t cseq;
	bool benotify; /* no answer is wanted */
};

/* A client that knows BENOTIFY says so in either header. */
static bool
knows_benotify(const struct pchat_sip_txn *txn)
{
	const msg_list_t *proxy = (const msg_list_t *)txn->sip_msg->sip_proxy_require;

	if (pchat_sip_supports(&txn->rq, "ms-benotify"))
		return true;
	for (const msg_param_t *p = proxy ? proxy->k_items : NULL; p && *p; p++) {
		if (pchat_str_iis(pchat_str(*p), "ms-benotify"))
			return true;
	}
	return false;
}

enum pchat_code
pchat_sip_subscribe(struct pchat_sip_txn *txn, const struct pchat_sip_reply *r,
                    struct pchat_sip_subscription **ret, struct pchat_err *err)
{
	struct pchat_sip_subscription *s;

	if (!psip_conn_usable(txn->conn))
		return pchat_fail(err, PCHAT_UNAVAILABLE, "the connection is gone");
	s = calloc(1, sizeof(*s));
	if (!s)
		return pchat_no_memory(err);
	s->way = psip_dialog_new(txn, err);
	if (!s->way) {
		free(s);
		return PCHAT_INVALID;
	}
	/* Of no dialog: answers find nobody. */
	s->way->slot = UINT32_MAX;
	pchat_random(&s->way->nonce, sizeof(s->way->nonce));
	s->conn = s->way->conn = txn->conn;
	psip_append(&s->conn->subscriptions, &s->link);
	s->benotify = knows_benotify(txn);
	pchat_sip_reply(txn, r);
	*ret = s;
	return PCHAT_OK;
}

void
pchat_sip_subscription_free(struct pchat_sip_subscription *s)
{
	if (!s)
		return;
	psip_unlink(&s->link);
	free(s->way);
	free(s);
}

void
psip_subscriptions_move(struct pchat_sip_conn *from, struct pchat_sip_conn *to)
{
	struct psip_link *l;

	while ((l = psip_pop(&from->subscriptions))) {
		struct pchat_sip_subscription *s = PSIP_OF(l, struct pchat_sip_subscription, link);

		s->conn = s->way->conn = to;
		psip_append(&to->subscriptions, l);
	}
}

bool
pchat_sip_subscription_is(const struct pchat_sip_subscription *s,
                          const struct pchat_sip_request *rq)
{
	char key[PSIP_KEY_MAX];
	size_t n;

	return psip_key_write(rq->call_id, rq->to.tag, rq->from.tag, key, &n) &&
	       n == s->way->key_n && memcmp(key, s->way->text, n) == 0;
}

struct pchat_sip_conn *
pchat_sip_subscription_conn(const struct pchat_sip_subscription *s)
{
	return s->conn;
}

static void
write_head(struct pchat_buf *out, struct pchat_sip_subscription *s, const char *const *lines)
{
	const struct pchat_sip_dialog *way = s->way;
	const char *method = s->benotify ? "BENOTIFY" : "NOTIFY";

	s->cseq++;
	pchat_buf_text(out, method);
	pchat_buf_str(out, (struct pchat_str){ way->text + way->key_n, way->start_n });
	pchat_buf_printf(out, "%08x%08x%08x", way->slot, way->nonce, s->cseq);
	pchat_buf_str(out,
	              (struct pchat_str){ way->text + way->key_n + way->start_n, way->rest_n });
	pchat_buf_printf(out, "%u %s", s->cseq, method);
	if (pchat_buf_reserve(out, psip_seal_max(s->conn)))
		out->n += psip_seal_write(way, pchat_str(method), s->cseq, out->p + out->n);
	pchat_buf_lit(out, "\r\n");
	for (size_t i = 0; lines && lines[i] && i < LINES_MAX; i++)
		pchat_buf_printf(out, "%s\r\n", lines[i]);
}

enum pchat_code
pchat_sip_notify(struct pchat_sip_subscription *s, const char *const *lines, const char *type,
                 struct pchat_str body, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(buf) text = { .max = PCHAT_SIP_INFO_MAX + 65536 };

	if (!psip_conn_usable(s->conn))
		return pchat_fail(err, PCHAT_UNAVAILABLE, "the connection is gone");
	write_head(&text, s, lines);
	pchat_buf_printf(&text, "Content-Type: %s\r\nContent-Length: %zu\r\n\r\n", type, body.n);
	pchat_buf_str(&text, body);
	if (pchat_buf_check(&text, err))
		return PCHAT_NO_MEMORY;
	if (!psip_send_text(s->conn, pchat_buf_view(&text)))
		return pchat_fail(err, PCHAT_UNAVAILABLE, "the connection takes nothing more");
	psip_conn_check(s->conn);
	return PCHAT_OK;
}
