/*
 * Any octets as text, XML and RTF: what comes out are words and nothing else, none too long, and
 * the words of words are the same words. The first octet chooses.
 */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>

#include "schema/words.h"

static void
want(bool holds)
{
	if (!holds)
		abort();
}

/* Words, each followed by a blank; folded ones without ASCII capitals; no octet the index takes
 * for anything else. */
static void
check_words(struct pchat_str s, bool folded)
{
	want(s.n == 0 || s.p[s.n - 1] == ' ');
	while (s.n > 0) {
		struct pchat_str word = pchat_str_cut(s, ' ', &s);

		want(word.n > 0 && word.n <= PCHAT_WORD_MAX);
		for (size_t i = 0; i < word.n; i++) {
			unsigned char c = (unsigned char)word.p[i];

			want(c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
			     (!folded && c >= 'A' && c <= 'Z'));
		}
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	PCHAT_AUTO_VALUE(buf) out = { 0 };
	PCHAT_AUTO_VALUE(buf) again = { 0 };
	PCHAT_AUTO_VALUE(buf) plain = { 0 };
	enum pchat_words_form form;
	struct pchat_str s;

	if (size == 0)
		return 0;
	form = data[0] & 4 ? PCHAT_WORDS_WRITTEN : PCHAT_WORDS_FOLDED;
	s = (struct pchat_str){ (const char *)data + 1, size - 1 };
	if (data[0] % 4 == 0)
		pchat_words_xml(&out, s, form);
	else if (data[0] % 4 == 1)
		pchat_words_rtf(&plain, s);
	else
		pchat_words_text(&out, s, form);
	if (data[0] % 4 == 1)
		pchat_words_text(&out, pchat_buf_view(&plain), form);
	check_words(pchat_buf_view(&out), form == PCHAT_WORDS_FOLDED);
	pchat_words_text(&again, pchat_buf_view(&out), form);
	want(pchat_str_eq(pchat_buf_view(&out), pchat_buf_view(&again)));
	return 0;
}
