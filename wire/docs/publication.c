/* Before base/, which poisons names that its headers mention. */
#include "wire/xccos/xml.h"

#include "wire/docs/publication.h"

#include "base/clock.h"
#include "base/text.h"

#define DEPTH_MAX     32
#define ELEMENTS_MAX  2000
#define CONTAINER_MAX 65535

#define NS_PROPERTIES "http://schemas.microsoft.com/2010/12/sip/propertyList"

static const char *const expire_words[] = {
#define X(symbol, word) [PCHAT_EXPIRE_##symbol] = word,
	PCHAT_EXPIRE_TYPES(X)
#undef X
};

const char *
pchat_expire_word(enum pchat_expire_type type)
{
	return expire_words[type];
}

void
pchat_publish_release(struct pchat_publish *p)
{
	if (!p)
		return;
	pchat_vec_release(&p->items);
	pchat_buf_release(&p->text);
	*p = (struct pchat_publish){ 0 };
}

/* ---- reading ---- */

static enum pchat_code
refuse(const xmlNode *node, enum pchat_code code, const char *why, struct pchat_err *err)
{
	pchat_fail(err, code, "%s", why);
	pchat_err_at(err, NULL, (unsigned)xmlGetLineNo(node), 0);
	return code;
}

/* A number up to @max; absent: @ret stays. */
static enum pchat_code
read_number(struct pchat_xml *x, const xmlNode *node, const char *name, uint32_t max, uint32_t *ret,
            bool *ret_there, struct pchat_err *err)
{
	struct pchat_str text = pchat_str_trim(pchat_xml_attr(x, node, name));
	uint64_t v;

	if (ret_there)
		*ret_there = text.p != NULL;
	if (!text.p)
		return PCHAT_OK;
	if (!pchat_str_uint(text, max, &v)) {
		pchat_fail(err, PCHAT_INVALID, "'%s' of a publication is no number up to %u", name,
		           max);
		pchat_err_at(err, NULL, (unsigned)xmlGetLineNo(node), 0);
		return PCHAT_INVALID;
	}
	*ret = (uint32_t)v;
	return PCHAT_OK;
}

static enum pchat_code
read_type(struct pchat_xml *x, const xmlNode *node, enum pchat_expire_type *ret,
          struct pchat_err *err)
{
	struct pchat_str text = pchat_str_trim(pchat_xml_attr(x, node, "expireType"));

	if (text.n == 0)
		return PCHAT_OK;
	for (unsigned i = 0; i < PCHAT_N_EXPIRE_TYPES; i++) {
		if (pchat_str_iis(text, expire_words[i])) {
			*ret = (enum pchat_expire_type)i;
			return PCHAT_OK;
		}
	}
	return refuse(node, PCHAT_INVALID, "'expireType' of a publication is unknown", err);
}

static enum pchat_code
read_attributes(struct pchat_xml *x, const xmlNode *node, struct pchat_publication *p,
                struct pchat_err *err)
{
	enum pchat_code code;

	p->category = pchat_str_trim(pchat_xml_attr(x, node, "categoryName"));
	if (p->category.n == 0 || p->category.n > PCHAT_PUBLICATION_NAME_MAX)
		return refuse(node, PCHAT_INVALID,
		              "'categoryName' of a publication is missing or too long", err);
	code = read_number(x, node, "container", CONTAINER_MAX, &p->container, NULL, err);
	if (!code)
		code = read_number(x, node, "instance", UINT32_MAX, &p->instance, NULL, err);
	if (!code)
		code = read_number(x, node, "version", UINT32_MAX, &p->version, NULL, err);
	if (!code)
		code = read_number(x, node, "expires", UINT32_MAX, &p->expires, &p->has_expires,
		                   err);
	if (!code)
		code = read_type(x, node, &p->type, err);
	if (!code && p->type == PCHAT_EXPIRE_TIME && !p->has_expires)
		code = refuse(node, PCHAT_INVALID,
		              "a publication of expireType 'time' has no 'expires'", err);
	return code;
}

/* The room a roomSetting is about: its property "url". Nothing else is looked at. */
static struct pchat_str
find_room(struct pchat_xml *x, const xmlNode *list)
{
	for (const xmlNode *n = pchat_xml_first(list); n; n = pchat_xml_next(n)) {
		if (!pchat_xml_is(n, "property", NS_PROPERTIES) ||
		    !pchat_str_iis(pchat_xml_attr(x, n, "name"), "url"))
			continue;
		for (const xmlNode *v = pchat_xml_first(n); v; v = pchat_xml_next(v))
			if (pchat_xml_is(v, "value", NS_PROPERTIES))
				return pchat_str_trim(pchat_xml_text(x, v));
	}
	return (struct pchat_str){ 0 };
}

static enum pchat_code
read_content(struct pchat_xml *x, const xmlNode *node, struct pchat_publication *p,
             struct pchat_err *err)
{
	const xmlNode *content = pchat_xml_first(node);
	PCHAT_AUTO_VALUE(buf) b = { .max = PCHAT_PUBLICATION_MAX };

	if (p->has_expires && p->expires == 0)
		return PCHAT_OK; /* it goes; what it is to be does not matter */
	if (!content || pchat_xml_next(content))
		return refuse(node, PCHAT_INVALID, "a publication must hold one element", err);
	pchat_xml_write(x, &b, content);
	if (b.over)
		return refuse(node, PCHAT_LIMIT, "a publication is too long", err);
	if (pchat_buf_check(&b, err))
		return PCHAT_NO_MEMORY;
	p->content = pchat_arena_str(&x->arena, pchat_buf_view(&b));
	if (pchat_str_is(p->category, PCHAT_PUBLICATION_ROOM))
		p->room = find_room(x, content);
	return PCHAT_OK;
}

static bool
same_key(const struct pchat_publication *a, const struct pchat_publication *b)
{
	return a->container == b->container && a->instance == b->instance &&
	       pchat_str_eq(a->category, b->category);
}

static enum pchat_code
read_item(struct pchat_xml *x, const xmlNode *node, struct pchat_publish *ret,
          struct pchat_err *err)
{
	struct pchat_publication p = { 0 };
	enum pchat_code code;

	if (ret->items.n == PCHAT_PUBLICATIONS_MAX)
		return refuse(node, PCHAT_LIMIT, "too many publications at once", err);
	code = read_attributes(x, node, &p, err);
	if (!code)
		code = read_content(x, node, &p, err);
	for (size_t i = 0; !code && i < ret->items.n; i++)
		if (same_key(&ret->items.v[i], &p))
			code = refuse(node, PCHAT_INVALID, "a publication is there twice", err);
	if (!code && !pchat_vec_push(&ret->items, p))
		code = pchat_no_memory(err);
	return code;
}

static enum pchat_code
read_root(struct pchat_xml *x, const xmlNode *root, struct pchat_publish *ret,
          struct pchat_err *err)
{
	enum pchat_code code = PCHAT_OK;
	const xmlNode *list;
	size_t elements;
	unsigned depth;

	if (!pchat_xml_is(root, "publish", NULL))
		return refuse(root, PCHAT_INVALID, "root element is no 'publish'", err);
	pchat_xml_measure(root, &elements, &depth);
	if (depth > DEPTH_MAX || elements > ELEMENTS_MAX)
		return refuse(root, PCHAT_INVALID, "too many elements or nested too deep", err);
	list = pchat_xml_first(root);
	while (list && !pchat_xml_is(list, "publications", NULL))
		list = pchat_xml_next(list);
	if (!list)
		return refuse(root, PCHAT_INVALID, "there is no 'publications'", err);
	ret->uri = pchat_str_trim(pchat_xml_attr(x, list, "uri"));
	for (const xmlNode *n = pchat_xml_first(list); n && !code; n = pchat_xml_next(n))
		if (pchat_xml_is(n, "publication", NULL))
			code = read_item(x, n, ret, err);
	if (!code && ret->items.n == 0)
		code = refuse(list, PCHAT_INVALID, "there is no 'publication'", err);
	return code;
}

/* ---- out of the memory of the parser ---- */

static void
move(struct pchat_buf *text, struct pchat_str *s)
{
	size_t at = text->n;

	/* Reserved before, so the text stays where it is. */
	pchat_buf_str(text, *s);
	if (s->n)
		s->p = text->p + at;
}

static enum pchat_code
own_texts(struct pchat_publish *p, struct pchat_err *err)
{
	size_t n = p->uri.n + 1;

	for (size_t i = 0; i < p->items.n; i++)
		n += p->items.v[i].category.n + p->items.v[i].content.n + p->items.v[i].room.n;
	if (!pchat_buf_reserve(&p->text, n))
		return pchat_no_memory(err);
	move(&p->text, &p->uri);
	for (size_t i = 0; i < p->items.n; i++) {
		move(&p->text, &p->items.v[i].category);
		move(&p->text, &p->items.v[i].content);
		move(&p->text, &p->items.v[i].room);
	}
	return PCHAT_OK;
}

enum pchat_code
pchat_publish_parse(struct pchat_str body, struct pchat_publish *ret, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(xml) x = { 0 };
	PCHAT_AUTO_VALUE(publish) p = { 0 };
	const xmlNode *root;
	enum pchat_code code;

	code = pchat_xml_init(&x, err);
	if (!code)
		code = pchat_xml_read(&x, body, (size_t)4 * PCHAT_PUBLICATION_MAX, &root, err);
	if (!code)
		code = read_root(&x, root, &p, err);
	if (!code && x.arena.failed)
		code = pchat_no_memory(err);
	if (!code)
		code = own_texts(&p, err);
	if (!code) {
		*ret = p;
		p = (struct pchat_publish){ 0 };
	}
	return code;
}

/* ---- writing ---- */

void
pchat_roaming_open(struct pchat_buf *out, const char *uri)
{
	pchat_buf_lit(out, "<roamingData xmlns=\"http://schemas.microsoft.com/2006/09/sip/"
	                   "roaming-self\"><categories xmlns=\"http://schemas.microsoft.com/2006/"
	                   "09/sip/categories\" uri=\"");
	pchat_quote_xml(out, pchat_str(uri));
	pchat_buf_lit(out, "\">");
}

/* 2026-03-01T09:00:00.000: milliseconds, no zone. */
static void
put_time(struct pchat_buf *out, int64_t t)
{
	char text[PCHAT_TIME_MAX];
	struct pchat_str s = pchat_str(pchat_time_xccos(t, text));

	pchat_buf_str(out, (struct pchat_str){ s.p, s.n - strlen("0000Z") });
}

void
pchat_roaming_category(struct pchat_buf *out, const struct pchat_publication *p)
{
	pchat_buf_lit(out, "<category name=\"");
	pchat_quote_xml(out, p->category);
	pchat_buf_printf(out, "\" instance=\"%u\" publishTime=\"", p->instance);
	put_time(out, p->time);
	pchat_buf_printf(out, "\" container=\"%u\" version=\"%u\" expireType=\"%s\"", p->container,
	                 p->version, expire_words[p->type]);
	if (p->has_expires)
		pchat_buf_printf(out, " expires=\"%u\"", p->expires);
	pchat_buf_char(out, '>');
	pchat_buf_str(out, p->content);
	pchat_buf_lit(out, "</category>");
}

void
pchat_roaming_none(struct pchat_buf *out, struct pchat_str category)
{
	pchat_buf_lit(out, "<category name=\"");
	pchat_quote_xml(out, category);
	pchat_buf_lit(out, "\"/>");
}

void
pchat_roaming_close(struct pchat_buf *out, bool whole)
{
	pchat_buf_lit(out, "</categories>");
	if (whole)
		pchat_buf_lit(out, "<containers xmlns=\"http://schemas.microsoft.com/2006/09/sip/"
		                   "containers\"/><subscribers xmlns=\"http://schemas.microsoft."
		                   "com/2006/09/sip/presence-subscribers\"/>");
	pchat_buf_lit(out, "</roamingData>");
}

/* Clients look for Faultcode and the operations below details; root and namespace are ours
 * (sip.md section 5). */
void
pchat_publish_fault(struct pchat_buf *out, const struct pchat_publish_conflict *c, size_t n)
{
	pchat_buf_lit(out, "<Fault xmlns=\"http://schemas.microsoft.com/2006/09/sip/fault\">"
	                   "<Faultcode>Client.BadCall.WrongDelta</Faultcode><details>");
	for (size_t i = 0; i < n; i++)
		pchat_buf_printf(out, "<operation index=\"%u\" curVersion=\"%u\"/>", c[i].index,
		                 c[i].version);
	pchat_buf_lit(out, "</details></Fault>");
}
