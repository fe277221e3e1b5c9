#include "base/text.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

void
pchat_random(void *p, size_t n)
{
	unsigned char *at = p;

	while (n > 0) {
		ssize_t got = getrandom(at, n, 0);

		if (got < 0 && errno == EINTR)
			continue;
		/* Without random numbers there are no safe keys and identities: do not go on. */
		if (got <= 0)
			abort();
		at += got;
		n -= (size_t)got;
	}
}

static bool
is_dash(size_t at)
{
	return at == 8 || at == 13 || at == 18 || at == 23;
}

void
pchat_guid_from(const unsigned char random[16], char ret[PCHAT_GUID_LEN + 1])
{
	static const char hex[] = "0123456789abcdef";
	unsigned char octets[16];
	size_t nibble = 0;

	memcpy(octets, random, sizeof(octets));
	octets[6] = (octets[6] & 0x0f) | 0x40; /* RFC 9562 section 5.4: version 4, */
	octets[8] = (octets[8] & 0x3f) | 0x80; /* variant 10 */
	for (size_t i = 0; i < PCHAT_GUID_LEN; i++) {
		if (is_dash(i)) {
			ret[i] = '-';
			continue;
		}
		ret[i] = hex[octets[nibble / 2] >> (nibble % 2 ? 0 : 4) & 0x0f];
		nibble++;
	}
	ret[PCHAT_GUID_LEN] = '\0';
}

void
pchat_guid_new(char ret[PCHAT_GUID_LEN + 1])
{
	unsigned char octets[16];

	pchat_random(octets, sizeof(octets));
	pchat_guid_from(octets, ret);
}

bool
pchat_guid_parse(struct pchat_str s, char ret[PCHAT_GUID_LEN + 1])
{
	char guid[PCHAT_GUID_LEN + 1] = "";

	if (s.n != PCHAT_GUID_LEN)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (c >= 'A' && c <= 'F')
			c = (char)(c + ('a' - 'A'));
		if (is_dash(i) ? c != '-' : !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
			return false;
		guid[i] = c;
	}
	memcpy(ret, guid, sizeof(guid));
	return true;
}
