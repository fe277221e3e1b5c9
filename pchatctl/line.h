/*
 * A command line as people type it: cut into words by the rules of a shell, also while
 * it is being typed, and text quoted so that it can be put back into such a line.
 */
#pragma once

#include "base/buf.h"
#include "base/vec.h"

/* Longest line that is looked at, and most words of one. */
#define PCHAT_LINE_MAX       1048576
#define PCHAT_LINE_MAX_WORDS 100000

enum pchat_line_rules {
	PCHAT_LINE_OWN,  /* blanks, quotes and backslashes as in sh; "#" begins a comment */
	PCHAT_LINE_SH,   /* the same, with redirections, operators and ~/ in place of comments */
	PCHAT_LINE_FISH, /* as sh, but \' and \\ count inside single quotes */
};

struct pchat_line_word {
	char *text;  /* owned; without quotes and backslashes */
	size_t at;   /* where it begins in the line */
	bool quoted; /* some of it was quoted: it means no more than its text */
};

/* A line cut into words. An operator of a shell (";", "|") drops the words before it, and what is
 * redirected is no word, unless it is what the line ends with. */
struct pchat_line {
	PCHAT_VEC(struct pchat_line_word) words;
	char open;       /* what nothing ends: one of ' " \ ; 0 if all is closed */
	size_t open_at;  /* where that stands */
	bool in_word;    /* the last word goes on where the line ends */
	bool redirected; /* and names a file that is read or written */
};
void pchat_line_release(struct pchat_line *line);
PCHAT_AUTO_VALUE_DEFINE(line, pchat_line_release)

/*
 * Cut @text into words. An open quote is no failure: it ends with the line. PCHAT_LIMIT if the
 * line is longer than PCHAT_LINE_MAX octets or has more than PCHAT_LINE_MAX_WORDS words.
 */
enum pchat_code pchat_line_split(struct pchat_str text, enum pchat_line_rules rules,
                                 struct pchat_line *ret, struct pchat_err *err);

/*
 * Append @text so that it reads as itself where the quote @open (' or ", which stays open) or none
 * (0) is in force. Controls are left out of what is not inside quotes.
 */
void pchat_line_quote(struct pchat_buf *out, struct pchat_str text, char open,
                      enum pchat_line_rules rules);
