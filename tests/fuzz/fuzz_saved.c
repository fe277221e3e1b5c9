/*
 * Any text as a saved plan, as it is and with the last line it should have: it is read or refused
 * with a remedy; and what was read, written again, is read as the same.
 */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>

#include "schema/saved.h"

static void
want(bool holds)
{
	if (!holds)
		abort();
}

/* Written again into @again if it can be read. */
static bool
read_one(struct pchat_str text, struct pchat_buf *again)
{
	PCHAT_AUTO_VALUE(saved) s = { 0 };
	struct pchat_err err = { 0 };
	enum pchat_code code = pchat_saved_read(text, "fuzz", &s, &err);

	if (code) {
		want(code == PCHAT_INVALID || code == PCHAT_LIMIT || code == PCHAT_UNSUPPORTED);
		want(err.msg && err.hint);
	} else {
		want(s.asked.n <= s.plan.n);
		want(!pchat_saved_write(&s, &s.plan, again, &err));
	}
	pchat_err_release(&err);
	return !code;
}

static void
check(struct pchat_str text)
{
	PCHAT_AUTO_VALUE(buf) once = { 0 };
	PCHAT_AUTO_VALUE(buf) twice = { 0 };

	if (!read_one(text, &once))
		return;
	want(read_one(pchat_buf_view(&once), &twice));
	want(pchat_str_eq(pchat_buf_view(&once), pchat_buf_view(&twice)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pchat_str text = { (const char *)data, size };
	PCHAT_AUTO_VALUE(buf) sealed = { 0 };

	check(text);
	pchat_buf_str(&sealed, text);
	pchat_saved_seal(text, &sealed);
	check(pchat_buf_view(&sealed));
	return 0;
}
