#include "policy/value.h"

#include <stdio.h>

#include "base/text.h"

/* A label of a domain name, RFC 1035 section 2.3.4. */
#define LABEL_MAX 63

bool
pchat_value_plain(struct pchat_str text)
{
	unsigned bad = 0;

	for (size_t i = 0; i < text.n; i++)
		bad |= (unsigned char)(text.p[i] - ' ') > '~' - ' ';
	return !bad;
}

const char *
pchat_value_show(struct pchat_str text, char ret[PCHAT_VALUE_MAX])
{
	size_t n = text.n;

	if (!pchat_utf8_valid(text, NULL))
		return "that is not UTF-8";
	if (n > PCHAT_VALUE_SHOWN) {
		n = PCHAT_VALUE_SHOWN;
		while (n > 0 && ((unsigned char)text.p[n] & 0xC0) == 0x80)
			n--;
	}
	(void)snprintf(ret, PCHAT_VALUE_MAX, "'%.*s%s'", (int)n, n ? text.p : "",
	               n < text.n ? "..." : "");
	return ret;
}

static bool
has_line_break(struct pchat_str text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] == '\n' || text.p[i] == '\r' || text.p[i] == '\t')
			return true;
	return false;
}

/* Characters of @text, or a refusal of what must not stand in any text. */
static enum pchat_code
count(const char *what, const struct pchat_field *rule, struct pchat_str text, size_t *ret,
      struct pchat_err *err)
{
	size_t at;

	if (pchat_value_plain(text)) {
		*ret = text.n;
		return PCHAT_OK;
	}
	if (!pchat_utf8_valid(text, &at)) {
		pchat_fail(err, PCHAT_INVALID, "%s is not UTF-8 at octet %zu", what, at + 1);
		pchat_hint(err, "convert the text to UTF-8");
		return PCHAT_INVALID;
	}
	if (pchat_utf8_has_control(text) ||
	    (!(rule->flags & PCHAT_LINES) && has_line_break(text))) {
		pchat_fail(err, PCHAT_INVALID, "%s holds a control character or line break", what);
		pchat_hint(err, "write it on one line, without control characters");
		return PCHAT_INVALID;
	}
	*ret = pchat_utf8_length(text);
	return PCHAT_OK;
}

static enum pchat_code
check_length(const char *what, const struct pchat_field *rule, size_t n, struct pchat_err *err)
{
	if (n > rule->max) {
		pchat_fail(err, PCHAT_LIMIT, "%s has %zu characters", what, n);
		pchat_hint(err, "at most %llu are allowed", (unsigned long long)rule->max);
		return PCHAT_LIMIT;
	}
	if (n >= rule->min)
		return PCHAT_OK;
	if (n == 0)
		return pchat_fail(err, PCHAT_INVALID, "%s must not be empty", what);
	pchat_fail(err, PCHAT_INVALID, "%s has %zu characters", what, n);
	pchat_hint(err, "at least %llu are needed", (unsigned long long)rule->min);
	return PCHAT_INVALID;
}

static enum pchat_code
check_blanks(const char *what, struct pchat_str text, struct pchat_err *err)
{
	char shown[PCHAT_VALUE_MAX];

	if (text.n == 0 || (text.p[0] != ' ' && text.p[text.n - 1] != ' '))
		return PCHAT_OK;
	pchat_fail(err, PCHAT_INVALID, "%s %s begins or ends with a blank", what,
	           pchat_value_show(text, shown));
	pchat_hint(err, "leave the blank out");
	return PCHAT_INVALID;
}

static enum pchat_code
check_path(const char *what, struct pchat_str text, struct pchat_err *err)
{
	struct pchat_str rest = text;
	char shown[PCHAT_VALUE_MAX];
	bool more;

	do {
		struct pchat_str part;
		size_t before = rest.n;

		part = pchat_str_cut(rest, '/', &rest);
		more = part.n < before; /* there was a separator */
		if (part.n == 0 || part.p[0] == ' ' || part.p[part.n - 1] == ' ') {
			pchat_fail(err, PCHAT_INVALID,
			           "%s %s has an empty part or a blank beside '/'", what,
			           pchat_value_show(text, shown));
			pchat_hint(err, "write it like 'London/Trading'");
			return PCHAT_INVALID;
		}
	} while (more);
	return PCHAT_OK;
}

static bool
is_label_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '_';
}

static bool
is_domain(struct pchat_str text)
{
	size_t label = 0;

	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '.' && label > 0)
			label = 0;
		else if (is_label_char(text.p[i]) && label < LABEL_MAX)
			label++;
		else
			return false;
	}
	return label > 0;
}

enum pchat_code
pchat_value_domain(const char *what, struct pchat_str text, struct pchat_buf *out,
                   struct pchat_err *err)
{
	char shown[PCHAT_VALUE_MAX];

	if (!is_domain(text)) {
		pchat_fail(err, PCHAT_INVALID, "%s %s is not a domain name", what,
		           pchat_value_show(text, shown));
		pchat_hint(err, "write it like 'contoso.example'%s",
		           pchat_value_plain(text) ? "" : ", other scripts in their xn-- form");
		return PCHAT_INVALID;
	}
	for (size_t i = 0; i < text.n; i++)
		pchat_buf_char(out, (char)pchat_fold_char((unsigned char)text.p[i]));
	return pchat_buf_check(out, err);
}

enum pchat_code
pchat_value_check(const char *what, const struct pchat_field *rule, struct pchat_str text,
                  struct pchat_err *err)
{
	enum pchat_code code;
	size_t n;

	code = count(what, rule, text, &n, err);
	if (!code)
		code = check_length(what, rule, n, err);
	if (!code && rule->type == PCHAT_TYPE_NAME)
		code = check_blanks(what, text, err);
	if (!code && (rule->flags & PCHAT_AS_PATH))
		code = check_path(what, text, err);
	return code;
}

enum pchat_code
pchat_value_text(const char *what, const struct pchat_field *rule, struct pchat_str text,
                 struct pchat_buf *out, struct pchat_err *err)
{
	enum pchat_code code = pchat_value_check(what, rule, text, err);

	if (code)
		return code;
	if (rule->flags & PCHAT_AS_DOMAIN)
		return pchat_value_domain(what, text, out, err);
	pchat_buf_str(out, text);
	return pchat_buf_check(out, err);
}

/* What follows "http://" or "https://"; empty if @text begins with neither. */
static struct pchat_str
after_scheme(struct pchat_str text)
{
	struct pchat_str rest = { 0 };

	if (pchat_str_istarts(text, "http://"))
		rest = (struct pchat_str){ text.p + 7, text.n - 7 };
	else if (pchat_str_istarts(text, "https://"))
		rest = (struct pchat_str){ text.p + 8, text.n - 8 };
	return rest;
}

enum pchat_code
pchat_value_http_url(const char *what, struct pchat_str text, struct pchat_err *err)
{
	static const char forbidden[] = " \"<>\\^`{|}";
	struct pchat_str rest = after_scheme(text);
	char shown[PCHAT_VALUE_MAX];
	bool bad = !pchat_value_plain(text) || rest.n == 0 || strchr("/?#:", rest.p[0]);

	for (size_t i = 0; i < text.n && !bad; i++)
		bad = strchr(forbidden, text.p[i]) != NULL;
	if (!bad)
		return PCHAT_OK;
	pchat_fail(err, PCHAT_INVALID, "%s %s is not an http or https address", what,
	           pchat_value_show(text, shown));
	pchat_hint(err, "write it like 'https://prices.contoso.example/'");
	return PCHAT_INVALID;
}
