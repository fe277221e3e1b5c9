/*
 * Any text as a line of the shell or of a batch: it is cut into words or refused, and
 * words that are quoted again are cut into the same words.
 */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "pchatctl/line.h"

static void
want(bool holds)
{
	if (!holds)
		abort();
}

/* What no quoting outside of quotes can say. */
static bool
can_be_said(const struct pchat_line *line)
{
	for (size_t i = 0; i < line->words.n; i++) {
		const char *p = line->words.v[i].text;

		if (!*p)
			return false;
		for (; *p; p++)
			if ((unsigned char)*p < ' ')
				return false;
	}
	return true;
}

static void
cut_again(const struct pchat_line *line, enum pchat_line_rules rules)
{
	PCHAT_AUTO_VALUE(buf) text = { 0 };
	PCHAT_AUTO_VALUE(line) again = { 0 };
	struct pchat_err err = { 0 };

	for (size_t i = 0; i < line->words.n; i++) {
		if (i)
			pchat_buf_char(&text, ' ');
		pchat_line_quote(&text, pchat_str(line->words.v[i].text), 0, rules);
	}
	if (!pchat_buf_ok(&text) || text.n > PCHAT_LINE_MAX)
		return;
	want(pchat_line_split(pchat_buf_view(&text), rules, &again, &err) == PCHAT_OK);
	want(!again.open && again.words.n == line->words.n);
	for (size_t i = 0; i < again.words.n; i++)
		want(strcmp(again.words.v[i].text, line->words.v[i].text) == 0);
	pchat_err_release(&err);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum pchat_line_rules all[] = { PCHAT_LINE_OWN, PCHAT_LINE_SH,
		                                     PCHAT_LINE_FISH };
	const struct pchat_str text = { (const char *)data, size };

	for (size_t r = 0; r < PCHAT_N(all); r++) {
		PCHAT_AUTO_VALUE(line) line = { 0 };
		struct pchat_err err = { 0 };
		enum pchat_code code = pchat_line_split(text, all[r], &line, &err);

		if (code) {
			want(code == PCHAT_LIMIT && strlen(pchat_err_text(&err)) > 0);
		} else {
			for (size_t i = 0; i < line.words.n; i++)
				want(line.words.v[i].at < size);
			want(!line.open || line.open_at < size);
			if (!line.redirected && can_be_said(&line))
				cut_again(&line, all[r]);
		}
		pchat_err_release(&err);
	}
	return 0;
}
