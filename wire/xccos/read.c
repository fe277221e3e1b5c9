#include "wire/xccos/read.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/text.h"

void
pchat_read_bad(struct pchat_reader *r, enum pchat_xccos_result result, const char *fmt, ...)
{
	va_list ap;

	if (r->prim->bad != PCHAT_XCCOS_OK)
		return;
	r->prim->bad = result;
	va_start(ap, fmt);
	r->prim->why = pchat_arena_text(&r->xml->arena, fmt, ap);
	va_end(ap);
}

bool
pchat_read_need(struct pchat_reader *r, struct pchat_str value, const char *attr,
                const char *element)
{
	if (pchat_str_trim(value).n > 0)
		return true;
	pchat_read_bad(r, PCHAT_XCCOS_INVALID_ARGUMENT, "attribute '%s' of '%s' is missing", attr,
	               element);
	return false;
}

static bool
all_digits(struct pchat_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.n > 0;
}

/* The blame for a value that is not what its type wants. */
static void
malformed(struct pchat_reader *r, const char *attr, const char *element, const char *wanted)
{
	pchat_read_bad(r, PCHAT_XCCOS_INVALID_ARGUMENT, "attribute '%s' of '%s' is no %s", attr,
	               element, wanted);
}

static bool
number(struct pchat_str s, uint64_t *ret)
{
	s = pchat_str_trim(s);
	if (pchat_str_uint(s, UINT64_MAX, ret))
		return true;
	if (!all_digits(s))
		return false;
	*ret = UINT64_MAX;
	return true;
}

static bool
signed_number(struct pchat_str s, int64_t *ret)
{
	uint64_t n;
	bool negative;

	s = pchat_str_trim(s);
	negative = pchat_str_starts(s, "-");
	if (negative)
		s = (struct pchat_str){ s.p + 1, s.n - 1 };
	if (!number(s, &n))
		return false;
	n = n > INT64_MAX ? INT64_MAX : n;
	*ret = negative ? -(int64_t)n : (int64_t)n;
	return true;
}

bool
pchat_read_uint(struct pchat_reader *r, struct pchat_str value, const char *attr,
                const char *element, uint64_t *ret)
{
	if (number(value, ret))
		return true;
	malformed(r, attr, element, "number");
	return false;
}

static bool
read_flag(struct pchat_str s, enum pchat_xccos_flag *ret)
{
	bool v;

	if (!pchat_xccos_bool(s, &v))
		return false;
	*ret = pchat_xccos_flag(v);
	return true;
}

static bool
read_role(struct pchat_str s, enum pchat_xccos_role *ret)
{
	for (unsigned i = PCHAT_XCCOS_ROLE_MEMBER; i <= PCHAT_XCCOS_ROLE_PRESENTER; i++) {
		if (!pchat_str_iis(pchat_str_trim(s), pchat_xccos_role_name(i)))
			continue;
		*ret = (enum pchat_xccos_role)i;
		return true;
	}
	return false;
}

static void
read_text(struct pchat_reader *r, const struct pchat_block *block, const struct pchat_field *f,
          struct pchat_str value, struct pchat_str *ret)
{
	bool uri = f->limit == 0;
	size_t limit = uri ? PCHAT_XCCOS_URI_MAX : f->limit;

	/* Counting characters is only needed where the octets do not fit. */
	if (value.n > limit && (uri || pchat_utf8_length(value) > limit))
		pchat_read_bad(r, PCHAT_XCCOS_LIMIT_EXCEEDED,
		               "attribute '%s' of '%s' is longer than %zu %s", f->name, block->name,
		               limit, uri ? "octets" : "characters");
	*ret = value;
}

/* NULL if @value fits the type of @f and was stored, else what the type is called. */
static const char *
store(struct pchat_reader *r, const struct pchat_block *block, const struct pchat_field *f,
      struct pchat_str value, void *at)
{
	switch (f->type) {
	case PCHAT_FIELD_TEXT:
		read_text(r, block, f, value, at);
		return NULL;
	case PCHAT_FIELD_UINT:
		return number(value, at) ? NULL : "number";
	case PCHAT_FIELD_INT:
		return signed_number(value, at) ? NULL : "number";
	case PCHAT_FIELD_FLAG:
		return read_flag(value, at) ? NULL : "boolean";
	case PCHAT_FIELD_TIME:
		return pchat_time_parse(pchat_str_trim(value), at) ? NULL : "date";
	case PCHAT_FIELD_ROLE:
		return read_role(value, at) ? NULL : "role";
	case PCHAT_FIELD_NONE:
		break;
	}
	return NULL;
}

static const struct pchat_field *
find_field(const struct pchat_block *block, struct pchat_str name)
{
	for (size_t i = 0; i < block->n_fields; i++)
		if (pchat_str_iis(name, block->fields[i].name))
			return &block->fields[i];
	return NULL;
}

void
pchat_read_fields(struct pchat_reader *r, const xmlNode *node, const struct pchat_block *block,
                  void *obj)
{
	for (const xmlAttr *a = node->properties; a; a = a->next) {
		const struct pchat_field *f = NULL;
		struct pchat_str value;
		const char *wanted;

		if (!a->ns)
			f = find_field(block, pchat_xml_attr_name(a));
		if (!f) {
			r->prim->odd = true;
			continue;
		}
		value = pchat_xml_attr_value(r->xml, a);
		/* An empty number is an absent one. */
		if (f->type != PCHAT_FIELD_TEXT && pchat_str_trim(value).n == 0)
			continue;
		wanted = store(r, block, f, value, (char *)obj + f->at);
		if (!wanted && f->has)
			*(bool *)((char *)obj + f->has) = true;
		if (wanted && !(f->flags & PCHAT_FIELD_LENIENT))
			malformed(r, f->name, block->name, wanted);
		else if (wanted)
			r->prim->odd = true;
	}
}

const xmlNode *
pchat_read_child(const xmlNode *parent, const char *name)
{
	for (const xmlNode *n = pchat_xml_first(parent); n; n = pchat_xml_next(n))
		if (pchat_xml_is(n, name, PCHAT_XCCOS_NS))
			return n;
	return NULL;
}

bool
pchat_read_room(struct pchat_reader *r, struct pchat_str uri, const char *attr, const char *element,
                struct pchat_xccos_room *ret)
{
	*ret = (struct pchat_xccos_room){ .uri = pchat_str_trim(uri) };
	if (!pchat_read_need(r, uri, attr, element))
		return false;
	if (pchat_xccos_uri_split(ret->uri, &ret->domain, &ret->value))
		return true;
	malformed(r, attr, element, "room URI");
	return false;
}
