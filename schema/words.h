/*
 * The words of a message, as the full-text index has them, whatever the engine: a run of letters
 * and digits is a word; ideographs, kana and pictographs are words one by one. Inside schema/ and
 * its tests only.
 *
 * What is made here stands in stores: whoever changes the result for a text that can be there
 * writes a migration that makes the index anew.
 */
#pragma once

#include "base/buf.h"

#define PCHAT_WORD_MAX 128 /* octets of a word; the rest of a longer one does not count */

enum pchat_words_form {
	PCHAT_WORDS_FOLDED,  /* without case; Latin letters without accents */
	PCHAT_WORDS_WRITTEN, /* as they are */
};

/* Append the words of plain text, each followed by a blank. Of tags as in <a href="...">, which
 * clients write into text for links, the values of attributes count and the names do not. */
void pchat_words_text(struct pchat_buf *out, struct pchat_str text, enum pchat_words_form form);
/* The same of XML elements as they are relayed: texts and values of attributes; content of <rtf>
 * without its control words. */
void pchat_words_xml(struct pchat_buf *out, struct pchat_str xml, enum pchat_words_form form);
/* All words of a message after a blank in front; between text and further elements a line feed,
 * so that no phrase goes across: " one two \n three ". */
void pchat_words_message(struct pchat_buf *out, struct pchat_str text, struct pchat_str extra,
                         enum pchat_words_form form);
/* The text of RTF, with blanks for what separates words; linear in its size. */
void pchat_words_rtf(struct pchat_buf *out, struct pchat_str rtf);
