#include "pchatd/change.h"

#include "base/clock.h"
#include "pchatd/feed.h"
#include "pchatd/invite.h"
#include "pchatd/review.h"

static void
on_room_changed(void *ctx, struct pchat_room *room, bool facts)
{
	struct pchatd *d = ctx;

	/* Told when it is looked at, not now: whoever asked for the change has his answer first. */
	room->tell = room->tell || (facts && d->sessions);
	pchat_review_room(d, room);
}

static void
on_room_gone(void *ctx, struct pchat_room *room)
{
	pchat_review_close_room(ctx, room);
}

static void
on_user(void *ctx, struct pchat_user *user)
{
	pchat_review_user(ctx, user);
}

static void
on_everybody(void *ctx)
{
	pchat_review_everybody(ctx);
}

const struct pchat_view_watcher pchat_change_watcher = {
	.room_changed = on_room_changed,
	.room_gone = on_room_gone,
	.user_changed = on_user,
	.user_gone = on_user,
	.everybody = on_everybody,
};

void
pchat_change_take(void *ctx, struct pchat_letter *letter)
{
	struct pchatd *d = ctx;

	letter->next = NULL;
	*d->pending_last = letter;
	d->pending_last = &letter->next;
}

static void
pop_batch(struct pchatd *d)
{
	struct pchat_letter *letter = d->pending;

	d->pending = letter->next;
	d->pending_at = 0;
	if (!d->pending)
		d->pending_last = &d->pending;
	pchat_feed_batch_free((struct pchat_feed_batch *)letter); /* the first member */
}

/* One row of the first batch; its end takes the view to its revision. False if it failed. */
static bool
apply_next(struct pchatd *d)
{
	struct pchat_feed_batch *batch = (struct pchat_feed_batch *)d->pending;
	const struct pchat_feed_row *row = &batch->rows[d->pending_at];
	struct pchat_err err = { 0 };
	enum pchat_code code;

	if (d->pending_at == batch->n) {
		pchat_view_reached(d->view, batch->revision);
		pop_batch(d);
		return true;
	}
	code = pchat_view_apply(d->view, row->revision, row->op, row->object, &err);
	if (!code && (row->op == PCHAT_OP_CREATE || row->before) &&
	    !pchat_invite_note(d, row->revision, row->before, row->object))
		code = pchat_no_memory(&err);
	if (code && !d->apply_failed)
		pchat_log(d->log, PCHAT_LOG_ERROR, "change not applied yet", "error",
		          pchat_err_text(&err), NULL);
	pchat_speaker_masks(&d->speaker, pchat_view_settings(d->view)->documented_masks);
	d->apply_failed = code != PCHAT_OK;
	pchat_err_release(&err);
	d->pending_at += !code;
	return !code;
}

/* A failure (memory) is tried again in the next pass. */
bool
pchat_change_step(struct pchatd *d, int64_t budget)
{
	int64_t until = pchat_monotonic() + budget;

	while (d->pending) {
		if (!apply_next(d) || pchat_monotonic() >= until)
			return false;
	}
	return true;
}

void
pchat_change_release(struct pchatd *d)
{
	while (d->pending)
		pop_batch(d);
}
