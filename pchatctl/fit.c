#include "pchatctl/fit.h"

#include <string.h>

#include "base/auto.h"

/* A text is not cut below this as long as other columns can go. */
#define TEXT_MIN 12
/* Nor is the name of the object, while there are others at all. */
#define KEY_MIN 24
/* What is left of both where only one other column is. */
#define LEAST 6

enum pchat_column_use
pchat_column_use(const char *name)
{
	static const struct {
		const char *name;
		enum pchat_column_use use;
	} special[] = {
		{ "description", PCHAT_COLUMN_ABOUT }, { "comment", PCHAT_COLUMN_ABOUT },
		{ "text", PCHAT_COLUMN_CONTENT },      { "message", PCHAT_COLUMN_CONTENT },
		{ "remedy", PCHAT_COLUMN_CONTENT },
	};

	for (size_t i = 0; i < PCHAT_N(special); i++)
		if (strcmp(name, special[i].name) == 0)
			return special[i].use;
	return PCHAT_COLUMN_OTHER;
}

static size_t
total(const struct pchat_column *v, size_t n)
{
	size_t sum = 0, shown = 0;

	for (size_t i = 0; i < n; i++) {
		sum += v[i].width;
		shown += v[i].width != 0;
	}
	return shown ? sum + (shown - 1) * PCHAT_COLUMN_GAP : 0;
}

/* Cut texts but for the name, the widest first, down to @least. */
static void
cut_texts(struct pchat_column *v, size_t n, size_t limit, size_t least)
{
	for (size_t excess = total(v, n); excess > limit; excess--) {
		size_t widest = 0;

		for (size_t i = 1; i < n; i++)
			if (v[i].text && v[i].width > least &&
			    (!widest || v[i].width >= v[widest].width))
				widest = i;
		if (!widest)
			return;
		v[widest].width--;
	}
}

static void
cut_name(struct pchat_column *v, size_t n, size_t limit, size_t least)
{
	size_t sum = total(v, n), excess = sum > limit ? sum - limit : 0;
	size_t spare = v[0].width > least ? v[0].width - least : 0;

	v[0].width -= excess < spare ? excess : spare;
}

/* The next column to go, or 0: of those that are worth least the last. */
static size_t
least_wanted(const struct pchat_column *v, size_t n)
{
	size_t found = 0;

	for (size_t i = 1; i < n; i++)
		if (v[i].width && (!found || v[i].use <= v[found].use))
			found = i;
	return found;
}

/* What the columns that are left would take if there was room. */
static void
widen(struct pchat_column *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (v[i].width)
			v[i].width = v[i].natural;
}

static size_t
count(const struct pchat_column *v, size_t n)
{
	size_t shown = 0;

	for (size_t i = 0; i < n; i++)
		shown += v[i].width != 0;
	return shown;
}

void
pchat_columns_fit(struct pchat_column *v, size_t n, size_t limit)
{
	size_t last;

	for (size_t i = 0; i < n; i++)
		v[i].width = v[i].natural ? v[i].natural : 1;
	if (!limit || !n)
		return;
	for (;;) {
		last = least_wanted(v, n);
		cut_texts(v, n, limit, TEXT_MIN);
		if (!last || v[last].use != PCHAT_COLUMN_ABOUT)
			cut_name(v, n, limit, KEY_MIN);
		if (total(v, n) <= limit || count(v, n) <= 2)
			break;
		v[last].width = 0;
		widen(v, n);
	}
	cut_name(v, n, limit, TEXT_MIN);
	cut_texts(v, n, limit, LEAST);
	cut_name(v, n, limit, LEAST);
	if (last && total(v, n) > limit) {
		v[last].width = 0;
		widen(v, n);
	}
	cut_name(v, n, limit, 1);
}
