#include "pchatctl/revision.h"

#include "schema/history.h"

bool
pchat_rev_parse(struct pchat_str text, struct pchat_rev *ret)
{
	struct pchat_rev rev = { 0 };

	if (pchat_str_starts(text, "now")) {
		rev.back = true;
		text = (struct pchat_str){ text.p + 3, text.n - 3 };
		if (text.n && text.p[0] != '-')
			return false;
		if (text.n && !pchat_str_uint((struct pchat_str){ text.p + 1, text.n - 1 },
		                              INT64_MAX, &rev.n))
			return false;
	} else if (!pchat_str_uint(text, INT64_MAX, &rev.n)) {
		return false;
	}
	*ret = rev;
	return true;
}

/* Where the two dots are, or the end. */
static size_t
find_dots(struct pchat_str text)
{
	for (size_t i = 0; i + 1 < text.n; i++)
		if (text.p[i] == '.' && text.p[i + 1] == '.')
			return i;
	return text.n;
}

bool
pchat_rev_range_parse(struct pchat_str text, struct pchat_rev_range *ret)
{
	struct pchat_rev_range range = { .to = { .back = true } };
	size_t dots = find_dots(text);

	if (!pchat_rev_parse((struct pchat_str){ text.p, dots }, &range.from))
		return false;
	if (dots + 2 < text.n &&
	    !pchat_rev_parse((struct pchat_str){ text.p + dots + 2, text.n - dots - 2 }, &range.to))
		return false;
	*ret = range;
	return true;
}

enum pchat_code
pchat_rev_resolve(struct pchat_store *store, struct pchat_rev rev, uint64_t *ret,
                  struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(revision) there = { 0 };
	uint64_t latest = 0, n = rev.n;
	enum pchat_code code = pchat_store_revision(store, &latest, err);

	if (code)
		return code;
	if (rev.back && rev.n < latest)
		n = latest - rev.n;
	else if (rev.back)
		n = 0;
	code = pchat_store_revision_get(store, n, &there, err);
	if (!code)
		*ret = n;
	return code;
}
