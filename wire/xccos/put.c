#include "wire/xccos/build.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/text.h"
#include "wire/xccos/field.h"
#include "wire/xccos/put.h"

/* Octets of UINT32_MAX with a comma. */
#define SEAT_MAX 11

void
pchat_put_attr(struct pchat_buf *out, const char *name, struct pchat_str value)
{
	pchat_buf_char(out, ' ');
	pchat_buf_text(out, name);
	pchat_buf_lit(out, "=\"");
	pchat_quote_xml(out, value);
	pchat_buf_char(out, '"');
}

void
pchat_xml_quote_text(struct pchat_buf *out, struct pchat_str text)
{
	while (text.n > 0) {
		size_t run = 0;

		while (run < text.n && text.p[run] != '\n' && text.p[run] != '\t')
			run++;
		pchat_quote_xml(out, (struct pchat_str){ text.p, run });
		if (run < text.n)
			pchat_buf_char(out, text.p[run++]);
		text.p += run;
		text.n -= run;
	}
}

static void
put_uint(struct pchat_buf *out, const char *name, uint64_t v)
{
	pchat_buf_char(out, ' ');
	pchat_buf_text(out, name);
	pchat_buf_lit(out, "=\"");
	pchat_buf_uint(out, v);
	pchat_buf_char(out, '"');
}

static void
put_flag(struct pchat_buf *out, const char *name, enum pchat_xccos_flag v)
{
	if (v != PCHAT_XCCOS_UNSET)
		pchat_put_attr(out, name,
		               v == PCHAT_XCCOS_TRUE ? PCHAT_STR("true") : PCHAT_STR("false"));
}

static void
put_text(struct pchat_buf *out, const struct pchat_field *f, struct pchat_str s)
{
	if (s.n > 0 || (s.p && (f->flags & PCHAT_FIELD_EMPTY)))
		pchat_put_attr(out, f->name, s);
}

static void
put_time(struct pchat_buf *out, const char *name, int64_t t)
{
	char text[PCHAT_TIME_MAX];

	if (t != 0)
		pchat_put_attr(out, name, pchat_str(pchat_time_xccos(t, text)));
}

static void
put_int(struct pchat_buf *out, const char *name, int64_t v)
{
	pchat_buf_char(out, ' ');
	pchat_buf_text(out, name);
	pchat_buf_lit(out, "=\"");
	pchat_buf_int(out, v);
	pchat_buf_char(out, '"');
}

/* A number that has a bool of its own is written if that says so, another if it is not 0. */
static bool
number_wanted(const struct pchat_field *f, const void *obj, bool nonzero)
{
	if (f->has)
		return *(const bool *)((const char *)obj + f->has);
	return nonzero || (f->flags & PCHAT_FIELD_ALWAYS);
}

static void
put_field(struct pchat_buf *out, const struct pchat_field *f, const void *obj)
{
	const void *at = (const char *)obj + f->at;
	enum pchat_xccos_role role;

	switch (f->type) {
	case PCHAT_FIELD_TEXT:
		put_text(out, f, *(const struct pchat_str *)at);
		break;
	case PCHAT_FIELD_UINT:
		if (number_wanted(f, obj, *(const uint64_t *)at != 0))
			put_uint(out, f->name, *(const uint64_t *)at);
		break;
	case PCHAT_FIELD_INT:
		if (number_wanted(f, obj, *(const int64_t *)at != 0))
			put_int(out, f->name, *(const int64_t *)at);
		break;
	case PCHAT_FIELD_FLAG:
		put_flag(out, f->name, *(const enum pchat_xccos_flag *)at);
		break;
	case PCHAT_FIELD_TIME:
		put_time(out, f->name, *(const int64_t *)at);
		break;
	case PCHAT_FIELD_ROLE:
		role = *(const enum pchat_xccos_role *)at;
		pchat_put_attr(out, f->name, pchat_str(pchat_xccos_role_name(role)));
		break;
	case PCHAT_FIELD_NONE:
		break;
	}
}

void
pchat_put_fields(struct pchat_buf *out, const struct pchat_block *block, const void *obj)
{
	for (size_t i = 0; i < block->n_fields; i++)
		if (!(block->fields[i].flags & PCHAT_FIELD_READ_ONLY))
			put_field(out, &block->fields[i], obj);
}

static void
start(struct pchat_buf *out, const struct pchat_block *block, const void *obj)
{
	pchat_buf_char(out, '<');
	pchat_buf_text(out, block->name);
	pchat_put_fields(out, block, obj);
}

static void
finish(struct pchat_buf *out, const struct pchat_block *block)
{
	pchat_buf_lit(out, "</");
	pchat_buf_text(out, block->name);
	pchat_buf_char(out, '>');
}

/* A block that has no children. */
static void
put_simple(struct pchat_buf *out, const struct pchat_block *block, const void *obj)
{
	start(out, block, obj);
	pchat_buf_lit(out, "/>");
}

void
pchat_xccos_put_uib(struct pchat_buf *out, const struct pchat_xccos_uib *b)
{
	start(out, &pchat_block_uib, b);
	if (b->n_aibs + b->n_affils == 0) {
		pchat_buf_lit(out, "/>");
		return;
	}
	pchat_buf_char(out, '>');
	for (size_t i = 0; i < b->n_aibs; i++)
		put_simple(out, &pchat_block_aib, &b->aibs[i]);
	for (size_t i = 0; i < b->n_affils; i++) {
		pchat_buf_lit(out, "<affil");
		pchat_put_attr(out, "uri", b->affils[i]);
		pchat_buf_lit(out, "/>");
	}
	finish(out, &pchat_block_uib);
}

/* ---- rooms ---- */

static void
put_item(struct pchat_buf *out, const char *element, const char *id, struct pchat_str text)
{
	pchat_buf_char(out, '<');
	pchat_buf_text(out, element);
	pchat_put_attr(out, "id", pchat_str(id));
	pchat_buf_char(out, '>');
	pchat_xml_quote_text(out, text);
	pchat_buf_lit(out, "</");
	pchat_buf_text(out, element);
	pchat_buf_char(out, '>');
}

static void
put_prop(struct pchat_buf *out, const char *id, enum pchat_xccos_flag v)
{
	if (v != PCHAT_XCCOS_UNSET)
		put_item(out, "prop", id,
		         v == PCHAT_XCCOS_TRUE ? PCHAT_STR("true") : PCHAT_STR("false"));
}

static void
put_infos(struct pchat_buf *out, const struct pchat_xccos_chanib *b)
{
	char count[24];

	if (b->has_ucnt) {
		snprintf(count, sizeof(count), "%llu", (unsigned long long)b->ucnt);
		put_item(out, "info", PCHAT_INFO_UCNT, pchat_str(count));
	}
	if (b->visible.n > 0) {
		put_item(out, "info", PCHAT_INFO_VISIBILTY, b->visible);
		put_item(out, "info", PCHAT_INFO_VISIBILITY, b->visible);
	}
}

/* True for the first seat with its mask: the one that writes the aib of all that share it. There
 * are only as many masks as combinations of roles, so the search ends early. */
static bool
leads(const struct pchat_xccos_seat *seats, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (seats[i].key == seats[at].key)
			return false;
	return true;
}

static void
put_seat_group(struct pchat_buf *out, const struct pchat_xccos_seat *seats, size_t first, size_t n)
{
	pchat_buf_lit(out, "<aib key=\"");
	pchat_buf_uint(out, seats[first].key);
	pchat_buf_lit(out, "\" value=\"");
	pchat_buf_reserve(out, (n - first) * SEAT_MAX);
	for (size_t i = first; i < n; i++) {
		if (seats[i].key != seats[first].key)
			continue;
		if (i > first)
			pchat_buf_char(out, ',');
		pchat_buf_uint(out, seats[i].uib);
	}
	pchat_buf_lit(out, "\"/>");
}

static bool
has_children(const struct pchat_xccos_chanib *b)
{
	return b->n_seats || b->n_aibs || b->audit || b->has_ucnt || b->visible.n || b->filepost ||
	       b->invite || b->logged || b->invitelocal.n || b->n_uibs || b->n_msgs || b->inv;
}

static void
put_children(struct pchat_buf *out, const struct pchat_xccos_chanib *b)
{
	for (size_t i = 0; i < b->n_seats; i++)
		if (leads(b->seats, i))
			put_seat_group(out, b->seats, i, b->n_seats);
	for (size_t i = 0; i < b->n_aibs; i++)
		put_simple(out, &pchat_block_aib, &b->aibs[i]);
	if (b->audit)
		put_simple(out, &pchat_block_audit, b->audit);
	put_infos(out, b);
	put_prop(out, PCHAT_PROP_FILEPOST, b->filepost);
	put_prop(out, PCHAT_PROP_INVITE, b->invite);
	put_prop(out, PCHAT_PROP_LOGGED, b->logged);
	if (b->invitelocal.n > 0)
		put_item(out, "prop", PCHAT_PROP_INVITELOCAL, b->invitelocal);
	if (b->inv)
		pchat_xccos_put_inv(out, b->inv);
	for (size_t i = 0; i < b->n_uibs; i++)
		pchat_xccos_put_uib(out, &b->uibs[i]);
}

void
pchat_xccos_chanib_open(struct pchat_buf *out, const struct pchat_xccos_chanib *b)
{
	start(out, &pchat_block_chanib, b);
	pchat_buf_char(out, '>');
	put_children(out, b);
}

void
pchat_xccos_chanib_close(struct pchat_buf *out)
{
	finish(out, &pchat_block_chanib);
}

void
pchat_xccos_put_chanib(struct pchat_buf *out, const struct pchat_xccos_chanib *b)
{
	if (!has_children(b)) {
		put_simple(out, &pchat_block_chanib, b);
		return;
	}
	pchat_xccos_chanib_open(out, b);
	for (size_t i = 0; i < b->n_msgs; i++)
		pchat_xccos_put_msg(out, &b->msgs[i], i + 1);
	pchat_xccos_chanib_close(out);
}

void
pchat_xccos_put_catib(struct pchat_buf *out, const struct pchat_xccos_catib *b)
{
	start(out, &pchat_block_catib, b);
	pchat_buf_char(out, '>');
	put_prop(out, PCHAT_PROP_FILEPOST, b->filepost);
	put_prop(out, PCHAT_PROP_INVITE, b->invite);
	put_prop(out, PCHAT_PROP_LOGGED, b->logged);
	finish(out, &pchat_block_catib);
}

void
pchat_xccos_put_role(struct pchat_buf *out, const struct pchat_xccos_rolelist *b)
{
	start(out, &pchat_block_role, b);
	pchat_buf_char(out, '>');
	for (size_t i = 0; i < b->n_uibs; i++)
		pchat_xccos_put_uib(out, &b->uibs[i]);
	finish(out, &pchat_block_role);
}

/* ---- messages ---- */

void
pchat_put_msg_body(struct pchat_buf *out, const struct pchat_xccos_msg *m)
{
	pchat_buf_str(out, m->attributes);
	pchat_buf_lit(out, "><chat>");
	pchat_xml_quote_text(out, m->chat);
	pchat_buf_lit(out, "</chat>");
	pchat_buf_str(out, m->extra);
}

void
pchat_put_msg(struct pchat_buf *out, const struct pchat_xccos_msg *m)
{
	struct pchat_xccos_msg filled = *m;

	if (filled.alert == PCHAT_XCCOS_UNSET)
		filled.alert = PCHAT_XCCOS_FALSE;
	pchat_put_fields(out, &pchat_block_msg, &filled);
	pchat_put_msg_body(out, m);
}

void
pchat_xccos_put_msg(struct pchat_buf *out, const struct pchat_xccos_msg *m, uint64_t seqid)
{
	pchat_buf_lit(out, "<msg id=\"grpchat\"");
	put_uint(out, "seqid", seqid);
	pchat_put_msg(out, m);
	pchat_buf_lit(out, "</msg>");
}

/* ---- blocks without children ---- */

void
pchat_xccos_put_chanid(struct pchat_buf *out, const struct pchat_xccos_chanid *b)
{
	put_simple(out, &pchat_block_chanid, b);
}

void
pchat_xccos_put_fib(struct pchat_buf *out, const struct pchat_xccos_fib *b)
{
	struct pchat_xccos_fib filled = *b;

	if (filled.key.n == 0)
		filled.key = PCHAT_STR("OPERATION_FAILED");
	put_simple(out, &pchat_block_fib, &filled);
}

void
pchat_xccos_put_sib(struct pchat_buf *out, const struct pchat_xccos_sib *b)
{
	put_simple(out, &pchat_block_sib, b);
}

void
pchat_xccos_put_qib(struct pchat_buf *out, const struct pchat_xccos_qib *b)
{
	put_simple(out, &pchat_block_qib, b);
}

void
pchat_xccos_put_inv(struct pchat_buf *out, const struct pchat_xccos_inv *b)
{
	put_simple(out, &pchat_block_inv, b);
}

void
pchat_xccos_put_association(struct pchat_buf *out, const struct pchat_xccos_association *b)
{
	put_simple(out, &pchat_block_association, b);
}

void
pchat_xccos_put_ftdb(struct pchat_buf *out, const struct pchat_xccos_ftdb *b)
{
	put_simple(out, &pchat_block_ftdb, b);
}

void
pchat_xccos_put_token(struct pchat_buf *out, const struct pchat_xccos_token *b)
{
	put_simple(out, &pchat_block_token, b);
}

void
pchat_xccos_put_pref(struct pchat_buf *out, const struct pchat_xccos_pref *b)
{
	put_simple(out, &pchat_block_pref, b);
}

void
pchat_xccos_put_siop(struct pchat_buf *out, const struct pchat_xccos_siop *b)
{
	put_simple(out, &pchat_block_siop, b);
}

void
pchat_xccos_put_last(struct pchat_buf *out, uint64_t cnt)
{
	pchat_buf_lit(out, "<bcq><last");
	put_uint(out, "cnt", cnt);
	pchat_buf_lit(out, "/></bcq>");
}
