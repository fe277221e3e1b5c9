/*
 * Who became a member of a room that invites gets an invitation: stored by the writer,
 * told to his sessions. Found from the journal as it is applied, so that it does not matter
 * who made the change; what a crash cut short is found again at the next start.
 * administration.md section 6.6.
 */
#pragma once

#include "base/vec.h"
#include "schema/store.h"

struct pchatd;
struct pchat_invite_job;
struct pchat_inviting;

struct pchat_invites {
	struct pchat_inviting *first, **last; /* changes whose users are being looked for */
	struct pchat_invite_job *refused;     /* by the writer; tried again at .retry_at */
	size_t outstanding;                   /* invitations with the writer, in jobs */
	int64_t retry_at;                     /* monotonic */
	uint64_t noted, stored;               /* revisions looked at, and remembered to have been */
};

/* Find what was left undone; before the threads are started. */
enum pchat_code pchat_invite_start(struct pchatd *d, struct pchat_err *err);
/* A row of the journal that is in the view now; @before NULL: the object is new. False if there is
 * no memory: call again, it does no harm. */
bool pchat_invite_note(struct pchatd *d, uint64_t revision, const struct pchat_object *before,
                       const struct pchat_object *after);
/* Does the change put somebody on the list of members? Others need not be noted. */
bool pchat_invite_concerns(const struct pchat_object *before, const struct pchat_object *after);
/* Work for at most @budget microseconds. True if nothing is left to do before the writer returns
 * something. */
bool pchat_invite_step(struct pchatd *d, int64_t budget);
/* All that was noted is stored, or cannot be for now. */
bool pchat_invite_settled(const struct pchatd *d);
/* Milliseconds until it wants to be called again; -1: no need. */
int pchat_invite_wait(const struct pchatd *d);
void pchat_invite_release(struct pchatd *d);
