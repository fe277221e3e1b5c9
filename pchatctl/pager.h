/*
 * The program that shows long output page by page: PCHAT_PAGER, else PAGER, else less. It is
 * started when output begins, and only where that goes to a terminal.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "pchatctl/command.h"

struct pchat_pager {
	const char *command; /* borrowed; NULL: what is written goes where it is sent */
	pid_t pid;           /* 0: it has not been started */
	int fd;              /* what it reads from the other end of; valid with .pid */
};

/* Is the output of the command for reading: not a remark beside questions, nor without end? */
bool pchat_pager_suits(const struct pchat_cmd *cmd);
/* What is to show what is written to @fd; nothing if that is no terminal. Where the terminal can
 * do nothing (TERM=dumb), only PCHAT_PAGER counts. An empty value and "cat" mean none. */
void pchat_pager_choose(struct pchat_pager *p, int fd);
/* Where what is meant for @fd is to be written: to the pager, started here if it has not been.
 * @fd itself if there is none, or if it cannot be started. From its start on SIGINT and SIGQUIT
 * are between the terminal and the pager: this process ends after it. */
int pchat_pager_fd(struct pchat_pager *p, int fd);
/* There is nothing more to show: wait until it has been read. */
void pchat_pager_finish(struct pchat_pager *p);
