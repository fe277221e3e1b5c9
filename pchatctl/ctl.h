/*
 * One run of pchatctl: what was asked, with which settings, and what the command
 * works with. Handlers get it, use it and never print or exit themselves: data goes
 * through pchat_out, everything else through pchat_ctl_note().
 */
#pragma once

#include "pchatctl/call.h"
#include "pchatctl/command.h"
#include "pchatctl/globals.h"
#include "pchatctl/message_filter.h"
#include "pchatctl/message_work.h"
#include "pchatctl/out.h"
#include "pchatctl/places.h"
#include "pchatctl/progress.h"
#include "schema/saved.h"

/* A handler that only the helper program has, by the path of its command. That of a command that
 * writes calls pchat_write_run() itself. */
struct pchat_handler {
	const char *path;
	pchat_cmd_run run;
};

struct pchat_ctl {
	int argc;
	char *const *argv;
	const struct pchat_handler *handlers; /* of the helper program, ended by .path == NULL;
	                                       * NULL in pchatctl itself */
	struct pchat_globals globals;
	struct pchat_sink out;     /* standard output */
	struct pchat_buf late;     /* remarks that wait until the pager has left the screen */
	struct pchat_store *store; /* opened by the framework before the handler runs */
	struct pchat_org *org;     /* of write commands and commands that asked for it */
	const char *txn; /* the transaction .store is the draft of; NULL: it is the store */
	struct pchat_store *draft; /* what "commit" carries out, with its lock */
	struct pchat_txn draft_txn;
	bool in_batch; /* the command at work is one of several */
	bool stale;    /* the store has moved on since that began */
	char *comment; /* for the journal, where -m gives none; NULL if there is none */
	struct pchat_filter filter;       /* of commands about messages */
	struct pchat_message_works works; /* what a write command does to messages */
	char *actor, *command_line;
	const char
		*secret; /* what a handler of the helper passes to its pchat_cmd_also; borrowed */
	PCHAT_VEC(char *) kept;         /* texts that errors borrow */
	struct pchat_places places;     /* of the manifests that a plan was made from */
	struct pchat_saved saved;       /* the plan that is saved, or was read to be carried out */
	struct pchat_plan spent;        /* carried out and too large to be given back in pieces */
	struct pchat_progress progress; /* of what takes long */
};

/*
 * Run the command line; returns the exit status. @handlers: NULL in pchatctl.
 */
int pchat_ctl_main(int argc, char *const *argv, const struct pchat_handler *handlers);

/* The store, or the draft of the transaction, opened when first asked for. */
enum pchat_code pchat_ctl_store(struct pchat_ctl *ctl, enum pchat_store_mode mode,
                                struct pchat_err *err);
/* The store itself from here on, for reading, in the place of the draft. */
enum pchat_code pchat_ctl_leave_txn(struct pchat_ctl *ctl, struct pchat_err *err);
/* An org that reads what it needs from the store; the frame makes the one of write commands. */
enum pchat_code pchat_ctl_org(struct pchat_ctl *ctl, bool whole, struct pchat_err *err);

/* The one that suits a plan of manifests: empty, or the whole store where that is read faster. */
enum pchat_code pchat_ctl_org_for(struct pchat_ctl *ctl, const struct pchat_plan *plan,
                                  struct pchat_err *err);

/* A line for people on standard error ("created room 'Rates desk'"); left out with --quiet. */
void pchat_ctl_note(struct pchat_ctl *ctl, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* Who does this, for the journal: PCHAT_ACTOR, else the login user. */
const char *pchat_ctl_actor(struct pchat_ctl *ctl);
/* The command line as it is journaled: quoted for a shell, secrets taken out. */
const char *pchat_ctl_command_line(struct pchat_ctl *ctl, const struct pchat_call *call);
/* A plan that was carried out: a large one is taken over and goes with the process, because to
 * give back each piece of it costs a tenth of the whole. */
void pchat_ctl_keep_plan(struct pchat_ctl *ctl, struct pchat_plan *plan);
/* err->file may borrow from something that ends before the error is printed: keep a copy. */
void pchat_ctl_keep_place(struct pchat_ctl *ctl, struct pchat_err *err);
