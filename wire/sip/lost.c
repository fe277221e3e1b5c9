#include "wire/sip/internal.h"

#include "base/auto.h"

/* What a peer may be called. */
#define PEER_NAME_MAX 1024

bool
psip_conn_same_peer(const struct pchat_sip_conn *a, const struct pchat_sip_conn *b)
{
	/* What a dialog says of us, in Via and Contact, belongs to a listener. */
	return a->name && b->name && a->listener == b->listener && strcmp(a->name, b->name) == 0;
}

static struct pchat_sip_conn *
find(const struct psip_link *list, const struct pchat_sip_conn *conn)
{
	for (const struct psip_link *l = list->next; l != list; l = l->next) {
		struct pchat_sip_conn *other = PSIP_OF(l, struct pchat_sip_conn, kin);

		if (other != conn && (other->lost || !other->closing) &&
		    psip_conn_same_peer(other, conn))
			return other;
	}
	return NULL;
}

/* As much as @to may carry: what is left ends, or goes on waiting. */
static void
move(struct pchat_sip_conn *from, struct pchat_sip_conn *to)
{
	while (to->n_dialogs < PCHAT_SIP_CONN_DIALOGS_MAX && !psip_list_empty(&from->dialogs))
		psip_dialog_move(PSIP_OF(from->dialogs.next, struct pchat_sip_dialog, link), to);
	psip_subscriptions_move(from, to);
	if (from->sip->h->conn_moved)
		from->sip->h->conn_moved(from->sip->ctx, from, to);
}

static void
give_up(struct pchat_sip_conn *conn)
{
	pchat_sip_timer_cancel(&conn->lost_timer);
	pchat_sip_conn_close(conn);
}

static void
on_lost_timer(void *ctx)
{
	give_up(ctx);
}

static void
wait_for_peer(struct pchat_sip_conn *conn)
{
	pchat_sip_timer_set(conn->sip, &conn->lost_timer, conn->listener->keep_seconds,
	                    on_lost_timer, conn);
}

void
psip_conn_name(struct pchat_sip_conn *conn)
{
	struct pchat_sip *sip = conn->sip;
	PCHAT_AUTO_VALUE(buf) name = { .max = PEER_NAME_MAX };
	struct pchat_sip_conn *lost;

	if (!sip->h->peer || conn->closing)
		return;
	sip->h->peer(sip->ctx, conn, &name);
	if (name.n == 0 || !pchat_buf_ok(&name))
		return;
	conn->name = pchat_buf_take(&name);
	psip_append(&sip->named, &conn->kin);
	lost = find(&sip->lost, conn);
	if (!lost)
		return;
	move(lost, conn);
	if (psip_list_empty(&lost->dialogs))
		give_up(lost);
}

/* Until it returns. */
static bool
stays_lost(struct pchat_sip_conn *conn)
{
	struct pchat_sip *sip = conn->sip;

	if (sip->stats.lost >= sip->opt.max_lost)
		return false;
	conn->lost = true;
	sip->stats.lost++;
	psip_unlink(&conn->link);
	psip_unlink(&conn->kin);
	psip_append(&sip->lost, &conn->kin);
	wait_for_peer(conn);
	if (sip->h->conn_lost)
		sip->h->conn_lost(sip->ctx, conn, conn->n_dialogs);
	return true;
}

bool
psip_conn_stays(struct pchat_sip_conn *conn)
{
	struct pchat_sip *sip = conn->sip;
	struct pchat_sip_conn *other;

	if (!conn->name || conn->listener->keep_seconds == 0 || sip->ending ||
	    (conn->n_dialogs == 0 && psip_list_empty(&conn->subscriptions)))
		return false;
	for (struct psip_link *l = conn->dialogs.next; l != &conn->dialogs; l = l->next)
		psip_dialog_interrupt(PSIP_OF(l, struct pchat_sip_dialog, link));
	other = find(&sip->named, conn);
	if (other) {
		move(conn, other);
		return false;
	}
	other = find(&sip->lost, conn);
	if (!other)
		return stays_lost(conn);
	move(conn, other);
	wait_for_peer(other);
	return false;
}

void
psip_lost_free(struct pchat_sip *sip)
{
	for (struct psip_link *l = sip->lost.next; l != &sip->lost; l = l->next)
		give_up(PSIP_OF(l, struct pchat_sip_conn, kin));
}
