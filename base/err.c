#include "base/err.h"

#include <assert.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/auto.h"
#include "base/str.h"

struct code_row {
	const char *word;
	int exit;
	int sip;
};

static const struct code_row codes[] = {
#define X(symbol, word, exit, sip) [PCHAT_##symbol] = { word, exit, sip },
	PCHAT_CODES(X)
#undef X
};

static const struct code_row *
code_row(enum pchat_code code)
{
	return &codes[(unsigned)code < PCHAT_N_CODES ? code : PCHAT_INTERNAL];
}

const char *
pchat_code_word(enum pchat_code code)
{
	return code_row(code)->word;
}

int
pchat_code_exit(enum pchat_code code)
{
	return code_row(code)->exit;
}

int
pchat_code_sip(enum pchat_code code)
{
	return code_row(code)->sip;
}

/* vasprintf() leaves its result undefined on failure; here it is NULL. */
static char *__attribute__((format(printf, 1, 0))) format(const char *fmt, va_list ap)
{
	char *text;

	return vasprintf(&text, fmt, ap) < 0 ? NULL : text;
}

void
pchat_err_release(struct pchat_err *err)
{
	if (!err)
		return;
	free(err->msg);
	free(err->hint);
	free(err->excerpt);
	*err = (struct pchat_err){ 0 };
}

enum pchat_code
pchat_fail(struct pchat_err *err, enum pchat_code code, const char *fmt, ...)
{
	va_list ap;
	char *msg;

	assert(code != PCHAT_OK);
	if (!err)
		return code;
	/* Formatted before anything is freed: the arguments may point into @err. */
	va_start(ap, fmt);
	msg = format(fmt, ap);
	va_end(ap);
	pchat_err_release(err);
	err->code = code;
	err->msg = msg;
	return code;
}

enum pchat_code
pchat_no_memory(struct pchat_err *err)
{
	pchat_err_release(err);
	if (err)
		err->code = PCHAT_NO_MEMORY;
	return PCHAT_NO_MEMORY;
}

enum pchat_code
pchat_wrap(struct pchat_err *err, const char *fmt, ...)
{
	PCHAT_AUTO_TEXT context = NULL;
	char *msg;
	va_list ap;

	if (!err)
		return PCHAT_INTERNAL;
	va_start(ap, fmt);
	context = format(fmt, ap);
	va_end(ap);
	if (err->code == PCHAT_OK) {
		/* Context without a failure is a mistake of the caller; show it all the same. */
		err->code = PCHAT_INTERNAL;
		free(err->msg);
		err->msg = PCHAT_TAKE(context);
		return err->code;
	}
	if (!context || asprintf(&msg, "%s: %s", context, pchat_err_text(err)) < 0)
		return err->code; /* the innermost cause matters more than its context */
	free(err->msg);
	err->msg = msg;
	return err->code;
}

void
pchat_hint(struct pchat_err *err, const char *fmt, ...)
{
	va_list ap;
	char *hint;

	if (!err)
		return;
	va_start(ap, fmt);
	hint = format(fmt, ap);
	va_end(ap);
	free(err->hint);
	err->hint = hint;
}

void
pchat_err_at(struct pchat_err *err, const char *file, unsigned line, unsigned column)
{
	if (!err)
		return;
	err->file = file;
	err->line = line;
	err->column = column;
}

void
pchat_err_blame(struct pchat_err *err, const char *word)
{
	if (err && !err->word)
		err->word = word;
}

const char *
pchat_err_text(const struct pchat_err *err)
{
	if (!err || err->code == PCHAT_OK)
		return "no error";
	return err->msg ? err->msg : "out of memory";
}
