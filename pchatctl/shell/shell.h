/*
 * The shell of pchatctl: commands typed one after another, with completion, help at
 * every place, abbreviated commands and a history. It lives in the helper program,
 * because loading a line editor takes longer than most commands run.
 *
 * Each command runs in a process of its own, as it would without the shell: an
 * interrupt ends the command and not the shell. Options given to the shell reach the
 * commands as variables of the environment, where those of a line beat them. So does the
 * transaction that "begin" begins, until it is committed or aborted; the prompt shows it.
 */
#pragma once

#include "pchatctl/complete.h"
#include "pchatctl/ctl.h"
#include "pchatctl/line.h"

enum pchat_code pchat_shell_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                                struct pchat_err *err);

/* ---- words of the shell (shell/words.c) ---- */

/* Words that the shell itself takes. */
struct pchat_shell_word {
	const char *word;
	const char *help;
};
extern const struct pchat_shell_word pchat_shell_words[]; /* ended by .word == NULL */

/*
 * Put whole words in place of abbreviated ones: "r l" becomes "room list". Words that are quoted,
 * or do not begin a word that can stand there, stay as they are. PCHAT_USAGE if there are several
 * that could be meant; @line may then be changed in part.
 */
enum pchat_code pchat_shell_expand(struct pchat_line *line, struct pchat_err *err);

/* May the line be remembered, and for how long? Lines that may hold a secret are not; lines that
 * are no command could hold one by mistake and stay out of the file. @line must be expanded. */
enum pchat_shell_memory {
	PCHAT_SHELL_FORGET,
	PCHAT_SHELL_SESSION, /* until the shell ends */
	PCHAT_SHELL_FILE,
};
enum pchat_shell_memory pchat_shell_remember(const struct pchat_line *line);

/* ---- completion (shell/fill.c) ---- */

/* What replaces the word before the cursor. */
struct pchat_fill {
	struct pchat_completion found;
	size_t at; /* where the word begins in the line */
	struct pchat_buf
		text;  /* what all candidates have in common, quoted; not less than the word */
	bool advances; /* it says more than the word does */
};
void pchat_fill_release(struct pchat_fill *f);
PCHAT_AUTO_VALUE_DEFINE(fill, pchat_fill_release)

/* Complete @text, the line up to the cursor. */
void pchat_shell_fill(struct pchat_str text, struct pchat_fill *ret);
/* Is a '?' typed after @text a text, and no question? */
bool pchat_shell_is_text(struct pchat_str text);
/* Append the candidates as lines for a screen of @columns columns: with their explanations if
 * @explain or if they have any. */
void pchat_shell_show(const struct pchat_fill *f, size_t columns, bool explain,
                      struct pchat_buf *out);
