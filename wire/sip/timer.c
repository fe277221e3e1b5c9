#include "wire/sip/internal.h"

#include <assert.h>

static struct pchat_sip_timer **
slot_of(struct pchat_sip *sip, uint64_t tick)
{
	return &sip->wheel[tick % PSIP_WHEEL];
}

static void
insert(struct pchat_sip_timer **head, struct pchat_sip_timer *t)
{
	t->next = *head;
	t->prev = head;
	if (t->next)
		t->next->prev = &t->next;
	*head = t;
}

void
pchat_sip_timer_cancel(struct pchat_sip_timer *t)
{
	if (!t->prev)
		return;
	*t->prev = t->next;
	if (t->next)
		t->next->prev = t->prev;
	t->next = NULL;
	t->prev = NULL;
}

bool
pchat_sip_timer_pending(const struct pchat_sip_timer *t)
{
	return t->prev;
}

void
pchat_sip_timer_set(struct pchat_sip *sip, struct pchat_sip_timer *t, uint32_t seconds,
                    void (*fn)(void *ctx), void *ctx)
{
	assert(fn);
	pchat_sip_timer_cancel(t);
	/* Part of the present second is over: one more, so as not to be early. */
	t->due = (uint64_t)((pchat_monotonic() - sip->epoch) / PCHAT_SECOND) + seconds + 1;
	t->fn = fn;
	t->ctx = ctx;
	insert(slot_of(sip, t->due), t);
}

static void
run_tick(struct pchat_sip *sip)
{
	struct pchat_sip_timer *due = NULL;
	struct pchat_sip_timer *next;

	/* Handlers may set and cancel any timer, so first take out what is due. */
	for (struct pchat_sip_timer *t = *slot_of(sip, sip->tick); t; t = next) {
		next = t->next;
		if (t->due > sip->tick)
			continue;
		pchat_sip_timer_cancel(t);
		insert(&due, t);
	}
	while (due) {
		struct pchat_sip_timer *t = due;

		pchat_sip_timer_cancel(t);
		t->fn(t->ctx);
	}
}

void
psip_timers_run(struct pchat_sip *sip)
{
	uint64_t now = (uint64_t)((pchat_monotonic() - sip->epoch) / PCHAT_SECOND);

	while (sip->tick < now) {
		sip->tick++;
		run_tick(sip);
		psip_answers_time_out(sip);
	}
}

int
psip_timers_wait(const struct pchat_sip *sip)
{
	int64_t next = sip->epoch + (int64_t)(sip->tick + 1) * PCHAT_SECOND;
	int64_t left = next - pchat_monotonic();

	return left <= 0 ? 0 : (int)(left / 1000) + 1;
}
