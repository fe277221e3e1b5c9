/*
 * The command line with a mark under the word that is wrong, for people:
 *
 *	  pchatctl room set Traders --type nrmal
 *	                                   ^~~~~
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"

/*
 * Both lines, for a screen of @screen columns: of a line that is longer what is next to the mark
 * stays, and "..." stands for the rest. @program stands before the words; NULL: nothing does.
 * @in_value: of an option with its value ("--type=nrmal") only that is marked, unless
 * it is empty.
 * Nothing if @bad is no word of @argv or one that cannot be shown as it is (control characters,
 * invalid UTF-8).
 */
void pchat_mark_put(struct pchat_buf *out, const char *program, int argc, char *const *argv,
                    int bad, bool in_value, size_t screen);

/*
 * Give @err the excerpt that shows the word it blames, or the one that ends in that
 * ("--type=nrmal"). Only a failure that what was written is to blame for gets one. @err may be
 * NULL, and may blame nothing.
 */
void pchat_mark(struct pchat_err *err, const char *program, int argc, char *const *argv);
