#include "pchatctl/moment.h"

#include "base/clock.h"
#include "base/text.h"

#define DATE_LEN 10 /* 2026-01-31 */
#define DAY      (INT64_C(86400) * PCHAT_SECOND)

bool
pchat_moment_parse(const char *text, bool end, int64_t now, int64_t *ret)
{
	struct pchat_str s = pchat_str(text);
	uint64_t ago;

	if (pchat_str_iis(s, "now")) {
		*ret = now;
		return true;
	}
	if (pchat_duration_parse(s, PCHAT_MOMENT_AGO_MAX, &ago)) {
		*ret = now - (int64_t)ago * PCHAT_SECOND;
		return true;
	}
	if (!pchat_time_parse(s, ret))
		return false;
	if (end && s.n == DATE_LEN)
		*ret += DAY - 1;
	else if (end && *ret % PCHAT_SECOND == 0)
		*ret += PCHAT_SECOND - 1;
	return true;
}
