/*
 * Commands that ask the running pchatd: its records become records of the output, field
 * by field.
 */
#pragma once

#include "pchatctl/ctl.h"
#include "schema/daemon.h"

/* A field of a record pchatd sends, in the order of the output. A list ends with .name == NULL. */
struct pchat_daemon_field {
	const char *name;
	enum pchat_cell_type type; /* TEXT, BOOL, UINT or LIST */
};
#define PCHAT_DAEMON_FIELDS_MAX 32

/* Connect to the pchatd that serves the store of this run. PCHAT_UNAVAILABLE with a remedy if there
 * is none. */
enum pchat_code pchat_ctl_daemon(struct pchat_ctl *ctl, struct pchat_daemon **ret,
                                 struct pchat_err *err);
/* Who asks, as the word "by=NAME" of a question, appended to @line. */
void pchat_daemon_by(struct pchat_ctl *ctl, struct pchat_buf *line);

struct pchat_daemon_listing {
	const struct pchat_daemon_field *fields;
	const char *what;  /* plural for "no sessions"; NULL: exactly one record is asked for */
	const char *table; /* columns of -o table; NULL: all */
	uint64_t limit;    /* at most this many; 0: all */
	const char *sort;  /* --sort; NULL: as they come */
	const char *none;  /* NULL, or what to say if there is none: PCHAT_NOT_FOUND */
};
/* Ask @line and write the records of the answer. */
enum pchat_code pchat_daemon_list(struct pchat_ctl *ctl, const char *line,
                                  const struct pchat_daemon_listing *listing,
                                  struct pchat_err *err);
