#include "pchatctl/pattern.h"

#include "base/text.h"

void
pchat_pattern_release(struct pchat_pattern *p)
{
	free(p->folded);
	p->folded = NULL;
}

enum pchat_code
pchat_pattern_init(struct pchat_pattern *p, const char *text, struct pchat_err *err)
{
	if (!text)
		return PCHAT_OK;
	p->folded = pchat_fold_dup(pchat_str(text));
	return p->folded ? PCHAT_OK : pchat_no_memory(err);
}

/* Both folded. A '*' takes nothing at first and one character more each time what follows it does
 * not fit; only the last one is ever tried again, for the earlier ones cannot help. */
static bool
fits(struct pchat_str pattern, struct pchat_str text)
{
	struct pchat_str after_star = { 0 }, retry = { 0 };
	bool star = false;

	while (text.n) {
		if (pattern.n && *pattern.p == '*') {
			star = true;
			pattern = (struct pchat_str){ pattern.p + 1, pattern.n - 1 };
			after_star = pattern;
			retry = text;
		} else if (pattern.n && *pattern.p == '?') {
			pattern = (struct pchat_str){ pattern.p + 1, pattern.n - 1 };
			(void)pchat_utf8_next(&text);
		} else if (pattern.n && *pattern.p == *text.p) {
			pattern = (struct pchat_str){ pattern.p + 1, pattern.n - 1 };
			text = (struct pchat_str){ text.p + 1, text.n - 1 };
		} else if (star) {
			(void)pchat_utf8_next(&retry);
			text = retry;
			pattern = after_star;
		} else {
			return false;
		}
	}
	while (pattern.n && *pattern.p == '*')
		pattern = (struct pchat_str){ pattern.p + 1, pattern.n - 1 };
	return !pattern.n;
}

bool
pchat_pattern_fits(const struct pchat_pattern *p, const char *text)
{
	PCHAT_AUTO_TEXT folded = p->folded ? pchat_fold_dup(pchat_str(text)) : NULL;

	return !folded || fits(pchat_str(p->folded), pchat_str(folded));
}
