/*
 * What may stand at the end of a command line: nouns, verbs, options, the words of an
 * argument and the names of stored objects, all from the command table. The shells of
 * the user (through "pchatctl __complete") and the shell of pchatctl ask here.
 */
#pragma once

#include "base/buf.h"
#include "base/vec.h"

/* Most candidates of one kind of object. If there are more, the last one that fits is among
 * them nevertheless, so that all still begin with what all that fit have in common. */
#define PCHAT_COMPLETE_MAX 1000

struct pchat_candidate {
	char *text;   /* what the whole word would be; owned */
	char *help;   /* one line; owned; NULL if there is none */
	bool partial; /* more has to follow in the same word: "sip:", "--category=" */
	size_t said;  /* octets of .text that stand for what was typed */
};

enum pchat_paths {
	PCHAT_PATHS_NONE,
	PCHAT_PATHS_FILES,
	PCHAT_PATHS_FOLDERS,
};

struct pchat_completion {
	PCHAT_VEC(struct pchat_candidate) list; /* each word once, those first that matter most */
	enum pchat_paths paths;                 /* paths of the machine may stand there, too */
	size_t paths_at;                        /* octets of the word before the path */
	const char *what; /* what stands there, also if nothing can be listed; NULL if unknown */
	char *about;      /* the same of this very argument: "category it is in"; owned; or NULL */
};
void pchat_completion_release(struct pchat_completion *c);
PCHAT_AUTO_VALUE_DEFINE(completion, pchat_completion_release)

/*
 * Complete @words[@n - 1], which may be "", after the words before it (without the program's
 * name); @n is at least 1. @store is the store for names unless the words tell another; NULL: as
 * environment and configuration files say. Names compare without regard to case; if there are
 * several candidates, each is spelled as it was typed as far as that goes.
 *
 * Whatever goes wrong (no store, no memory, nonsense before the word) makes for fewer candidates
 * and is no error. Takes part in nothing: no lock is waited for.
 */
void pchat_complete(const char *const *words, size_t n, const char *store,
                    struct pchat_completion *ret);

/*
 * "pchatctl __complete RULES ...": what the completion scripts call. Writes candidates to standard
 * output and nothing to standard error; the exit status is always 0.
 *
 *	bash LINE WORD	 the line up to the cursor, and what readline takes for its last word
 *	fish LINE	 the line up to the cursor
 *	zsh WORD...	 the words, quotes taken away; the last one is to be completed
 *
 * The first line says "none", "files AT" or "folders AT", and "partial" after it if a blank must
 *not follow the only candidate. Then a candidate a line; for zsh and fish with a tab and its
 * explanation, for zsh with "+" in front of it if it is partial and "=" if not.
 */
int pchat_complete_main(int argc, char *const *argv);
