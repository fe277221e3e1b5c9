#include "wire/sip/message.h"

#include "base/auto.h"

static const struct {
	const char *name;
	const char *compact;
} compact_forms[] = {
	{ "Via", "v" },          { "From", "f" },
	{ "To", "t" },           { "Call-ID", "i" },
	{ "Contact", "m" },      { "Content-Length", "l" },
	{ "Content-Type", "c" }, { "Session-Expires", "x" },
};

static bool
is_called(struct pchat_str got, const char *name)
{
	if (pchat_str_iis(got, name))
		return true;
	for (size_t i = 0; got.n == 1 && i < PCHAT_N(compact_forms); i++) {
		if (strcasecmp(compact_forms[i].name, name) == 0)
			return pchat_str_iis(got, compact_forms[i].compact);
	}
	return false;
}

static struct pchat_str
next_line(struct pchat_str *rest)
{
	struct pchat_str line = pchat_str_cut(*rest, '\n', rest);

	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	return line;
}

struct pchat_str
psip_message_header(const struct psip_message *m, const char *name, unsigned nth)
{
	struct pchat_str rest = m->head;

	next_line(&rest);
	while (rest.n > 0) {
		struct pchat_str value;
		struct pchat_str line = next_line(&rest);
		struct pchat_str got = pchat_str_trim(pchat_str_cut(line, ':', &value));

		/* Without a colon it is no header. */
		if (!value.p || !is_called(got, name) || nth-- > 0)
			continue;
		/* A folded line goes on where the next ones begin with a blank. */
		while (rest.n > 0 && (*rest.p == ' ' || *rest.p == '\t')) {
			line = next_line(&rest);
			value.n = (size_t)(line.p + line.n - value.p);
		}
		return pchat_str_trim(value);
	}
	return (struct pchat_str){ 0 };
}

bool
psip_message_cseq(const struct psip_message *m, const char *method, uint32_t *ret)
{
	struct pchat_str rest;
	struct pchat_str number = pchat_str_cut(psip_message_header(m, "CSeq", 0), ' ', &rest);
	uint64_t v;

	if (!pchat_str_uint(number, UINT32_MAX, &v) || !pchat_str_is(pchat_str_trim(rest), method))
		return false;
	*ret = (uint32_t)v;
	return true;
}

struct pchat_str
psip_parameter(struct pchat_str value, const char *name)
{
	struct pchat_str rest = value;
	const char *end = value.n ? memchr(value.p, '>', value.n) : NULL;

	if (end)
		rest = (struct pchat_str){ end, value.n - (size_t)(end - value.p) };
	pchat_str_cut(rest, ';', &rest);
	while (rest.n > 0) {
		struct pchat_str v;
		struct pchat_str one = pchat_str_cut(rest, ';', &rest);
		struct pchat_str got = pchat_str_trim(pchat_str_cut(one, '=', &v));

		if (pchat_str_iis(got, name))
			return pchat_str_trim(v);
	}
	return (struct pchat_str){ 0 };
}

struct pchat_str
psip_address(struct pchat_str value)
{
	const char *open = value.n ? memchr(value.p, '<', value.n) : NULL;
	struct pchat_str rest;

	if (!open)
		return pchat_str_trim(pchat_str_cut(value, ';', &rest));
	value.n -= (size_t)(open + 1 - value.p);
	value.p = open + 1;
	return pchat_str_cut(value, '>', &rest);
}

static enum pchat_code
read_first_line(struct psip_message *m, struct pchat_err *err)
{
	struct pchat_str rest = m->head;
	struct pchat_str line = next_line(&rest);
	struct pchat_str word = pchat_str_cut(line, ' ', &rest);
	uint64_t status;

	if (!pchat_str_is(word, "SIP/2.0")) {
		m->method = word;
		return word.n > 0 && rest.n > 0
		               ? PCHAT_OK
		               : pchat_fail(err, PCHAT_INVALID, "the server does not speak SIP");
	}
	if (!pchat_str_uint(pchat_str_cut(rest, ' ', &rest), 699, &status) || status < 100)
		return pchat_fail(err, PCHAT_INVALID, "an answer without a status");
	m->status = (int)status;
	return PCHAT_OK;
}

enum pchat_code
psip_message_read(const struct pchat_buf *in, struct psip_message *ret, size_t *ret_n,
                  struct pchat_err *err)
{
	struct psip_message m = { 0 };
	size_t skip = 0;
	uint64_t length = 0;
	const char *end;
	struct pchat_str v;
	enum pchat_code code;

	/* Keep-alives stand between messages. */
	while (skip < in->n && (in->p[skip] == '\r' || in->p[skip] == '\n'))
		skip++;
	end = in->n > skip ? memmem(in->p + skip, in->n - skip, "\r\n\r\n", 4) : NULL;
	if (!end)
		return PCHAT_DIFFERS;
	m.head = (struct pchat_str){ in->p + skip, (size_t)(end - in->p) - skip };
	code = read_first_line(&m, err);
	if (code != PCHAT_OK)
		return code;
	v = psip_message_header(&m, "Content-Length", 0);
	if (v.p && !pchat_str_uint(v, PSIP_CLIENT_MESSAGE_MAX, &length))
		return pchat_fail(err, PCHAT_INVALID, "a message of senseless length");
	if (in->n - (size_t)(end + 4 - in->p) < length)
		return PCHAT_DIFFERS;
	m.body = (struct pchat_str){ end + 4, length };
	*ret = m;
	*ret_n = (size_t)(end + 4 - in->p) + length;
	return PCHAT_OK;
}
