#include "wire/xccos/build.h"

#include "base/clock.h"
#include "base/text.h"
#include "wire/xccos/put.h"

/* The two prefixes nobody uses are what real servers send. */
#define SERVER_ENVELOPE                                            \
	"<xccos xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\""    \
	" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"" \
	" ver=\"1\" envid=\""

static void
open_server(struct pchat_buf *out, uint64_t envid)
{
	pchat_buf_lit(out, SERVER_ENVELOPE);
	pchat_buf_uint(out, envid);
	pchat_buf_lit(out, "\" xmlns=\"" PCHAT_XCCOS_NS "\">");
}

static void
open_client(struct pchat_buf *out, uint64_t envid)
{
	pchat_buf_lit(out, "<xccos ver=\"1\" envid=\"");
	pchat_buf_uint(out, envid);
	pchat_buf_lit(out, "\" xmlns=\"" PCHAT_XCCOS_NS "\">");
}

static void
open_prim(struct pchat_buf *out, const char *kind, struct pchat_str name, struct pchat_str seqid)
{
	pchat_buf_char(out, '<');
	pchat_buf_text(out, kind);
	pchat_buf_lit(out, " id=\"");
	pchat_buf_text(out, kind);
	pchat_buf_char(out, ':');
	pchat_quote_xml(out, name);
	pchat_buf_lit(out, "\" seqid=\"");
	pchat_quote_xml(out, seqid);
	pchat_buf_lit(out, "\">");
}

static void
close_prim(struct pchat_buf *out, const char *kind)
{
	pchat_buf_lit(out, "</");
	pchat_buf_text(out, kind);
	pchat_buf_lit(out, "></xccos>");
}

/* The end of <data>; nothing between start and end is written as <data/>. */
static void
close_data(struct pchat_buf *out)
{
	const struct pchat_str open = PCHAT_STR("<data>");

	if (pchat_buf_ok(out) && out->n >= open.n &&
	    memcmp(out->p + out->n - open.n, open.p, open.n) == 0) {
		out->n--;
		pchat_buf_lit(out, "/>");
	} else {
		pchat_buf_lit(out, "</data>");
	}
}

static struct pchat_str
or_text(struct pchat_str s, const char *otherwise)
{
	return s.n > 0 ? s : pchat_str(otherwise);
}

/* <commandid/> and <resp>. Clients show the text of a failure to the user, so a sentence follows
 * the name. */
static void
put_response(struct pchat_buf *out, const struct pchat_xccos_reply *r)
{
	enum pchat_xccos_result code = r->code ? r->code : PCHAT_XCCOS_OK;
	struct pchat_str sentence = or_text(r->text, pchat_xccos_result_sentence(code));

	pchat_buf_lit(out, "<commandid");
	pchat_put_attr(out, "seqid", or_text(r->seqid, "1"));
	pchat_put_attr(out, "envid", or_text(r->envid, "0"));
	pchat_buf_lit(out, "/><resp code=\"");
	pchat_buf_uint(out, (unsigned)code);
	pchat_buf_lit(out, "\">");
	pchat_buf_text(out, pchat_xccos_result_name(code));
	if (code != PCHAT_XCCOS_OK && sentence.n > 0) {
		pchat_buf_lit(out, ": ");
		pchat_xml_quote_text(out, sentence);
	}
	pchat_buf_lit(out, "</resp>");
}

void
pchat_xccos_rpl_open(struct pchat_buf *out, uint64_t envid, const struct pchat_xccos_reply *r)
{
	open_server(out, envid);
	open_prim(out, "rpl", r->name, PCHAT_STR("1"));
	put_response(out, r);
	pchat_buf_lit(out, "<data>");
}

void
pchat_xccos_rpl_close(struct pchat_buf *out)
{
	close_data(out);
	close_prim(out, "rpl");
}

void
pchat_xccos_rpl(struct pchat_buf *out, uint64_t envid, const struct pchat_xccos_reply *r)
{
	pchat_xccos_rpl_open(out, envid, r);
	pchat_xccos_rpl_close(out);
}

void
pchat_xccos_err(struct pchat_buf *out, uint64_t envid, const struct pchat_xccos_reply *r)
{
	open_server(out, envid);
	open_prim(out, "err", PCHAT_STR("xccos"), PCHAT_STR("1"));
	put_response(out, r);
	close_prim(out, "err");
}

void
pchat_xccos_ntc_open(struct pchat_buf *out, uint64_t envid, const char *name)
{
	open_server(out, envid);
	open_prim(out, "ntc", pchat_str(name), PCHAT_STR("1"));
	pchat_buf_lit(out, "<data>");
}

void
pchat_xccos_ntc_close(struct pchat_buf *out)
{
	close_data(out);
	close_prim(out, "ntc");
}

void
pchat_xccos_ntc_uib(struct pchat_buf *out, uint64_t envid, const char *name,
                    const struct pchat_xccos_uib *uib)
{
	pchat_xccos_ntc_open(out, envid, name);
	pchat_xccos_put_uib(out, uib);
	pchat_xccos_ntc_close(out);
}

void
pchat_xccos_ntc_chanib(struct pchat_buf *out, uint64_t envid, const char *name,
                       const struct pchat_xccos_chanib *chanib)
{
	pchat_xccos_ntc_open(out, envid, name);
	pchat_xccos_put_chanib(out, chanib);
	pchat_xccos_ntc_close(out);
}

void
pchat_xccos_ntc_invite(struct pchat_buf *out, uint64_t envid, const struct pchat_xccos_inv *inv,
                       const struct pchat_xccos_chanib *chanib)
{
	pchat_xccos_ntc_open(out, envid, "invite");
	pchat_xccos_put_inv(out, inv);
	pchat_xccos_put_chanib(out, chanib);
	pchat_xccos_ntc_close(out);
}

void
pchat_xccos_grpchat(struct pchat_buf *out, uint64_t envid, const struct pchat_xccos_msg *m)
{
	open_server(out, envid);
	pchat_buf_lit(out, "<grpchat id=\"grpchat\" seqid=\"1\"");
	pchat_put_msg(out, m);
	pchat_buf_lit(out, "</grpchat></xccos>");
}

void
pchat_xccos_cmd_open(struct pchat_buf *out, uint64_t envid, const char *name)
{
	open_client(out, envid);
	open_prim(out, "cmd", pchat_str(name), PCHAT_STR("1"));
	pchat_buf_lit(out, "<data>");
}

void
pchat_xccos_cmd_close(struct pchat_buf *out)
{
	close_data(out);
	close_prim(out, "cmd");
}

void
pchat_xccos_post(struct pchat_buf *out, uint64_t envid, const struct pchat_xccos_msg *m)
{
	struct pchat_xccos_msg without_ts = *m;
	char ts[PCHAT_TIME_MAX];

	without_ts.ts = 0;
	open_client(out, envid);
	pchat_buf_lit(out, "<grpchat id=\"grpchat\" seqid=\"1\"");
	pchat_put_fields(out, &pchat_block_msg, &without_ts);
	/* Clients send no fraction where there is none. */
	if (m->ts != 0)
		pchat_put_attr(out, "ts", pchat_str(pchat_time_text(m->ts, ts)));
	pchat_put_msg_body(out, m);
	pchat_buf_lit(out, "</grpchat></xccos>");
}
