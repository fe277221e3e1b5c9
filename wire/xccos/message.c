#include "wire/xccos/read.h"

#include "base/text.h"

static bool
known_attr(const xmlAttr *a)
{
	if (a->ns)
		return false;
	for (size_t i = 0; i < pchat_block_msg.n_fields; i++)
		if (pchat_str_iis(pchat_xml_attr_name(a), pchat_block_msg.fields[i].name))
			return true;
	return false;
}

/* Move what was serialised from @b to the arena. Namespace declarations are repeated, so a small
 * body could grow to a large one: each envelope has a budget. */
static struct pchat_str
keep(struct pchat_reader *r, struct pchat_buf *b)
{
	if (!pchat_buf_ok(b) && b->over)
		pchat_read_bad(r, PCHAT_XCCOS_LIMIT_EXCEEDED,
		               "the message carries too much besides its text");
	else if (!pchat_buf_ok(b))
		r->xml->arena.failed = true;
	if (!pchat_buf_ok(b) || b->n == 0)
		return (struct pchat_str){ 0 };
	r->relay_left -= b->n;
	return pchat_arena_str(&r->xml->arena, pchat_buf_view(b));
}

/* A buffer limited to what is left; max 0 would mean no limit. */
static struct pchat_buf
budget(const struct pchat_reader *r)
{
	return (struct pchat_buf){ .max = r->relay_left ? r->relay_left : 1 };
}

static void
read_attributes(struct pchat_reader *r, const xmlNode *node, struct pchat_xccos_msg *m)
{
	PCHAT_AUTO_VALUE(buf) b = budget(r);

	for (const xmlAttr *a = node->properties; a; a = a->next) {
		if (!known_attr(a))
			pchat_relay_attr(r->xml, &b, a);
	}
	m->attributes = keep(r, &b);
}

/* A link to a story has one of these beside the text (xccos.md 10.4). */
static bool
story_part(const xmlNode *node)
{
	return pchat_xml_is(node, "story", PCHAT_XCCOS_NS) ||
	       pchat_xml_is(node, "title", PCHAT_XCCOS_NS) ||
	       pchat_xml_is(node, "sub", PCHAT_XCCOS_NS);
}

static void
read_extra(struct pchat_reader *r, const xmlNode *node, const xmlNode *chat,
           struct pchat_xccos_msg *m)
{
	PCHAT_AUTO_VALUE(buf) b = budget(r);

	for (const xmlNode *n = pchat_xml_first(node); n; n = pchat_xml_next(n)) {
		if (n == chat)
			continue;
		if (pchat_xml_is(n, "rtf", PCHAT_XCCOS_NS) && !m->rtf.p)
			m->rtf = pchat_xml_text(r->xml, n);
		else
			r->prim->odd = true;
		m->story = m->story || story_part(n);
		pchat_relay_element(r->xml, &b, n);
	}
	m->extra = keep(r, &b);
}

/* The XML parser makes LF of CR LF; only a CR written as a reference is left. */
static struct pchat_str
lines(struct pchat_reader *r, struct pchat_str text)
{
	char *p;
	size_t n = 0;

	if (text.n == 0 || !memchr(text.p, '\r', text.n))
		return text;
	p = pchat_arena_zero(&r->xml->arena, text.n, 1);
	if (!p)
		return (struct pchat_str){ 0 };
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (c == '\r') {
			c = '\n';
			if (i + 1 < text.n && text.p[i + 1] == '\n')
				i++;
		}
		p[n++] = c;
	}
	return (struct pchat_str){ p, n };
}

void
pchat_read_msg(struct pchat_reader *r, const xmlNode *node, struct pchat_xccos_msg *m)
{
	const xmlNode *chat = pchat_read_child(node, "chat");

	read_attributes(r, node, m);
	if (chat)
		m->chat = lines(r, pchat_xml_text(r->xml, chat));
	m->story = pchat_str_istarts(m->chat, "[STORY");
	read_extra(r, node, chat, m);
}
