#include "wire/docs/sdp.h"

#include "base/text.h"

/* One m= line: m=<media> <port> <rest>. */
struct media {
	struct pchat_str name;
	struct pchat_str rest; /* transport and formats */
};

static bool
is_message(struct pchat_str name)
{
	return pchat_str_iis(name, "message") || pchat_str_iis(name, "x-ms-message");
}

/* Take one line off @text; the line ends with CR LF, or with LF alone. */
static struct pchat_str
next_line(struct pchat_str *text)
{
	struct pchat_str line = pchat_str_cut(*text, '\n', text);

	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	return line;
}

static bool
parse_media(struct pchat_str line, struct media *ret)
{
	struct pchat_str rest, port;
	uint64_t number;

	line.p += 2;
	line.n -= 2;
	ret->name = pchat_str_cut(line, ' ', &rest);
	port = pchat_str_cut(rest, ' ', &ret->rest);
	return ret->name.n > 0 && ret->rest.n > 0 && pchat_str_uint(port, UINT16_MAX, &number);
}

/* "x=...", and nothing that could start another line or header. */
static bool
line_ok(struct pchat_str line)
{
	return line.n >= 2 && line.p[0] >= 'a' && line.p[0] <= 'z' && line.p[1] == '=' &&
	       !memchr(line.p, '\r', line.n) && !pchat_utf8_has_control(line);
}

static enum pchat_code
check(struct pchat_str offer, struct pchat_err *err)
{
	bool message = false;
	struct media m;
	unsigned n = 0;

	if (offer.n > PCHAT_SDP_BODY_MAX)
		return pchat_fail(err, PCHAT_LIMIT, "session description is longer than %d octets",
		                  PCHAT_SDP_BODY_MAX);
	while (offer.n > 0) {
		struct pchat_str line = next_line(&offer);

		n++;
		if (n > PCHAT_SDP_LINES_MAX)
			return pchat_fail(err, PCHAT_LIMIT,
			                  "session description has more than %d lines",
			                  PCHAT_SDP_LINES_MAX);
		if (!line_ok(line) || (n == 1 && !pchat_str_is(line, "v=0")) ||
		    (line.p[0] == 'm' && !parse_media(line, &m))) {
			pchat_fail(err, PCHAT_INVALID, "line %u is no session description", n);
			pchat_err_at(err, NULL, n, 0);
			return PCHAT_INVALID;
		}
		if (line.p[0] == 'm' && is_message(m.name))
			message = true;
	}
	if (!message)
		return pchat_fail(err, PCHAT_UNSUPPORTED, "no message stream is offered");
	return PCHAT_OK;
}

static void
put_session(struct pchat_buf *out, struct pchat_str host)
{
	const char *family = host.n > 0 && memchr(host.p, ':', host.n) ? "IP6" : "IP4";

	pchat_buf_printf(out, "v=0\r\no=- 0 0 IN %s %.*s\r\ns=session\r\nc=IN %s %.*s\r\nt=0 0\r\n",
	                 family, PCHAT_STR_ARG(host), family, PCHAT_STR_ARG(host));
}

/* The port means nothing: no stream is ever opened. It must only not be 0. */
static void
put_message(struct pchat_buf *out, struct pchat_str name)
{
	pchat_buf_printf(out, "m=%.*s 5060 sip null\r\na=accept-types:text/plain\r\n",
	                 PCHAT_STR_ARG(name));
}

enum pchat_code
pchat_sdp_answer(struct pchat_buf *out, struct pchat_str offer, struct pchat_str host,
                 struct pchat_err *err)
{
	struct media m;
	enum pchat_code code;

	if (offer.n == 0) {
		put_session(out, host);
		put_message(out, PCHAT_STR("message"));
		return PCHAT_OK;
	}
	code = check(offer, err);
	if (code)
		return code;
	put_session(out, host);
	while (offer.n > 0) {
		struct pchat_str line = next_line(&offer);

		if (line.p[0] != 'm' || !parse_media(line, &m))
			continue;
		if (is_message(m.name))
			put_message(out, m.name);
		else
			pchat_buf_printf(out, "m=%.*s 0 %.*s\r\n", PCHAT_STR_ARG(m.name),
			                 PCHAT_STR_ARG(m.rest));
	}
	return PCHAT_OK;
}
