#include "wire/sip/client.h"

#include "base/auto.h"
#include "wire/sip/client_internal.h"

#define TIMEOUT_MS 10000

/* ---- life ---- */

static void
dialog_release(struct psip_client_dialog *d)
{
	free(d->uri);
	free(d->target);
	free(d->route);
	free(d->call_id);
	free(d->tag);
	free(d->remote_tag);
	*d = (struct psip_client_dialog){ 0 };
}

void
pchat_sip_client_free(struct pchat_sip_client *c)
{
	if (!c)
		return;
	psip_stream_free(c->stream);
	dialog_release(&c->dialog);
	for (size_t i = c->inbox_head; i < c->inbox.n; i++)
		free(c->inbox.v[i]);
	pchat_vec_release(&c->inbox);
	pchat_buf_release(&c->in);
	pchat_buf_release(&c->answer);
	if (c->password)
		explicit_bzero(c->password, strlen(c->password));
	free(c->password);
	free(c->uri);
	free(c->login);
	free(c->domain);
	free(c->call_id);
	free(c);
}

static enum pchat_code
set_identity(struct pchat_sip_client *c, const struct pchat_sip_client_options *opt,
             struct pchat_err *err)
{
	struct pchat_str domain;
	struct pchat_str address = pchat_str(opt->uri);

	if (!pchat_str_istarts(address, "sip:") || strpbrk(opt->uri, " \t\r\n<>\""))
		return pchat_fail(err, PCHAT_INVALID, "'%s' is not a sip: address", opt->uri);
	pchat_str_cut(address, '@', &domain);
	if (domain.n == 0)
		return pchat_fail(err, PCHAT_INVALID, "'%s' has no domain", opt->uri);
	c->uri = pchat_str_dup(address);
	c->domain = pchat_str_dup(domain);
	c->login = pchat_str_dup(pchat_str(opt->login ? opt->login : opt->uri + strlen("sip:")));
	c->password = opt->password ? pchat_str_dup(pchat_str(opt->password)) : NULL;
	c->call_id = psip_token();
	if (!c->uri || !c->domain || !c->login || (opt->password && !c->password) || !c->call_id)
		return pchat_no_memory(err);
	snprintf(c->epid, sizeof(c->epid), "%.12s", c->call_id);
	return PCHAT_OK;
}

enum pchat_code
pchat_sip_client_connect(const char *target, const struct pchat_sip_client_options *opt,
                         struct pchat_sip_client **ret_client, struct pchat_err *err)
{
	PCHAT_AUTO(sip_client) c = calloc(1, sizeof(*c));
	struct psip_stream_options s;
	enum pchat_code code;

	if (!c)
		return pchat_no_memory(err);
	c->timeout_ms = opt->timeout_ms > 0 ? opt->timeout_ms : TIMEOUT_MS;
	c->in.max = (size_t)2 * PSIP_CLIENT_MESSAGE_MAX;
	psip_client_start(c);
	code = set_identity(c, opt, err);
	s = (struct psip_stream_options){ opt->ca_file, opt->tls_insecure, c->domain };
	if (code == PCHAT_OK)
		code = psip_stream_open(target, &s, c->deadline, &c->stream, err);
	if (code == PCHAT_OK)
		*ret_client = PCHAT_TAKE(c);
	return code;
}

static enum pchat_code
send_register(struct pchat_sip_client *c, const char *headers, struct pchat_err *err)
{
	PCHAT_AUTO_TEXT uri = pchat_text("sip:%s", c->domain);
	PCHAT_AUTO_TEXT tag = psip_token();
	struct psip_call r = { .method = "REGISTER", .headers = headers };
	enum pchat_code code;

	if (!uri || !tag)
		return pchat_no_memory(err);
	psip_client_start(c);
	r.uri = uri;
	r.tag = tag;
	r.call_id = c->call_id;
	r.cseq = c->register_cseq + 1;
	code = psip_call_ok(c, &r, err);
	c->register_cseq = r.cseq;
	return code;
}

enum pchat_code
pchat_sip_client_register(struct pchat_sip_client *c, struct pchat_err *err)
{
	return send_register(c, "Event: registration\r\nSupported: msrtc-event-categories\r\n",
	                     err);
}

enum pchat_code
pchat_sip_client_unregister(struct pchat_sip_client *c, struct pchat_err *err)
{
	return send_register(c, "Event: registration\r\nExpires: 0\r\n", err);
}

enum pchat_code
pchat_sip_client_subscribe(struct pchat_sip_client *c, const char *event, const char *type,
                           struct pchat_str body, struct pchat_buf *ret_body, struct pchat_err *err)
{
	PCHAT_AUTO_TEXT tag = psip_token();
	PCHAT_AUTO_TEXT call_id = psip_token();
	PCHAT_AUTO_TEXT headers = pchat_text("Event: %s\r\nAccept: %s\r\n"
	                                     "Supported: com.microsoft.autoextend\r\n"
	                                     "Supported: ms-benotify\r\n"
	                                     "Proxy-Require: ms-benotify\r\n"
	                                     "Supported: ms-piggyback-first-notify\r\n"
	                                     "Expires: 0\r\n",
	                                     event, type);
	struct psip_call r = { .method = "SUBSCRIBE", .type = type, .body = body, .cseq = 1 };
	enum pchat_code code;

	if (!tag || !call_id || !headers)
		return pchat_no_memory(err);
	psip_client_start(c);
	r.uri = c->uri;
	r.tag = tag;
	r.call_id = call_id;
	r.headers = headers;
	code = psip_call_ok(c, &r, err);
	if (code != PCHAT_OK)
		return code;
	pchat_buf_str(ret_body, c->last.body);
	return pchat_buf_check(ret_body, err);
}

enum pchat_code
pchat_sip_client_provisioning(struct pchat_sip_client *c, struct pchat_buf *ret_body,
                              struct pchat_err *err)
{
	static const char body[] =
		"<provisioningGroupList xmlns=\"http://schemas.microsoft.com/2006/09/sip/"
		"provisioninggrouplist\"><provisioningGroup "
		"name=\"persistentChatConfiguration\"/></provisioningGroupList>";

	return pchat_sip_client_subscribe(c, "vnd-microsoft-provisioning-v2",
	                                  "application/vnd-microsoft-roaming-provisioning-v2+xml",
	                                  PCHAT_STR(body), ret_body, err);
}

/* ---- the dialog ---- */

static struct psip_call
dialog_request(struct pchat_sip_client *c, const char *method)
{
	return (struct psip_call){
		.method = method,
		.uri = c->dialog.target,
		.to = c->dialog.uri,
		.call_id = c->dialog.call_id,
		.tag = c->dialog.tag,
		.to_tag = c->dialog.remote_tag,
		.route = c->dialog.route,
		.cseq = ++c->dialog.cseq,
	};
}

/* Record-Route, last line first; a list within one line keeps its order reversed by the proxy that
 * wrote it, which no proxy does to lines of others. Loose routing only. */
static char *
routes(const struct psip_message *m)
{
	PCHAT_AUTO_VALUE(buf) out = { 0 };
	unsigned n = 0;

	while (psip_message_header(m, "Record-Route", n).p)
		n++;
	while (n-- > 0) {
		struct pchat_str v = psip_message_header(m, "Record-Route", n);

		pchat_buf_printf(&out, "Route: %.*s\r\n", PCHAT_STR_ARG(v));
	}
	return out.n ? pchat_buf_take(&out) : pchat_str_dup(PCHAT_STR(""));
}

static enum pchat_code
dialog_opened(struct pchat_sip_client *c, struct pchat_err *err)
{
	struct pchat_str contact = psip_message_header(&c->last, "Contact", 0);
	struct psip_client_dialog *d = &c->dialog;

	d->remote_tag =
		pchat_str_dup(psip_parameter(psip_message_header(&c->last, "To", 0), "tag"));
	d->target = contact.n ? pchat_str_dup(psip_address(contact))
	                      : pchat_str_dup(pchat_str(d->uri));
	d->route = routes(&c->last);
	if (!d->remote_tag || !d->target || !d->route)
		return pchat_no_memory(err);
	d->open = true;
	return PCHAT_OK;
}

static enum pchat_code
dialog_start(struct pchat_sip_client *c, const char *uri, struct pchat_err *err)
{
	struct psip_client_dialog *d = &c->dialog;

	dialog_release(d);
	for (size_t i = c->inbox_head; i < c->inbox.n; i++)
		free(c->inbox.v[i]);
	c->inbox.n = c->inbox_head = 0;
	d->uri = pchat_str_dup(pchat_str(uri));
	d->call_id = psip_token();
	d->tag = psip_token();
	return d->uri && d->call_id && d->tag ? PCHAT_OK : pchat_no_memory(err);
}

static const char offer[] = "v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\ns=session\r\nc=IN IP4 0.0.0.0\r\n"
			    "t=0 0\r\nm=message 5060 sip null\r\na=accept-types:text/plain\r\n";

static enum pchat_code
send_ack(struct pchat_sip_client *c, uint32_t cseq, struct pchat_err *err)
{
	struct psip_call ack = dialog_request(c, "ACK");

	ack.cseq = cseq;
	c->dialog.cseq = cseq;
	return psip_call_send(c, &ack, NULL, err);
}

enum pchat_code
pchat_sip_client_invite(struct pchat_sip_client *c, const char *uri, struct pchat_err *err)
{
	enum pchat_code code = dialog_start(c, uri, err);
	struct psip_call r = { .method = "INVITE", .cseq = 1 };

	if (code != PCHAT_OK)
		return code;
	psip_client_start(c);
	r.uri = r.to = c->dialog.uri;
	r.call_id = c->dialog.call_id;
	r.tag = c->dialog.tag;
	r.headers = "Supported: ms-sender\r\n";
	r.type = "application/sdp";
	r.body = PCHAT_STR(offer);
	code = psip_call(c, &r, err);
	if (code != PCHAT_OK)
		return code;
	/* Like the real client, no ACK to a refusal: over a stream nothing is repeated for want of
	 * it. */
	if (c->last.status >= 300)
		return psip_call_refused(c, &r, err);
	code = dialog_opened(c, err);
	return code == PCHAT_OK ? send_ack(c, r.cseq, err) : code;
}

static enum pchat_code
dialog_call(struct pchat_sip_client *c, const char *method, const char *type, struct pchat_str body,
            struct pchat_err *err)
{
	struct psip_call r;

	if (!c->dialog.open)
		return pchat_fail(err, PCHAT_UNAVAILABLE, "there is no chat session");
	psip_client_start(c);
	r = dialog_request(c, method);
	r.type = type;
	r.body = body;
	return psip_call_ok(c, &r, err);
}

enum pchat_code
pchat_sip_client_info(struct pchat_sip_client *c, struct pchat_str body, struct pchat_err *err)
{
	return dialog_call(c, "INFO", "text/plain", body, err);
}

enum pchat_code
pchat_sip_client_update(struct pchat_sip_client *c, struct pchat_err *err)
{
	return dialog_call(c, "UPDATE", NULL, (struct pchat_str){ 0 }, err);
}

enum pchat_code
pchat_sip_client_bye(struct pchat_sip_client *c, struct pchat_err *err)
{
	enum pchat_code code = dialog_call(c, "BYE", NULL, (struct pchat_str){ 0 }, err);

	c->dialog.open = false;
	return code;
}

static enum pchat_code
take_from_inbox(struct pchat_sip_client *c, struct pchat_buf *ret_body, struct pchat_err *err)
{
	char *body = c->inbox.v[c->inbox_head++];

	pchat_buf_clear(ret_body);
	pchat_buf_text(ret_body, body);
	free(body);
	if (c->inbox_head == c->inbox.n)
		c->inbox_head = c->inbox.n = 0;
	return pchat_buf_check(ret_body, err);
}

enum pchat_code
pchat_sip_client_next(struct pchat_sip_client *c, struct pchat_buf *ret_body, struct pchat_err *err)
{
	psip_client_start(c);
	while (c->inbox_head == c->inbox.n) {
		enum pchat_code code;

		if (!c->dialog.open)
			return pchat_fail(err, PCHAT_UNAVAILABLE, "%s",
			                  c->dialog.ended ? "the server ended the chat session"
			                                  : "there is no chat session");
		code = psip_client_serve(c, err);
		if (code != PCHAT_OK)
			return code;
	}
	return take_from_inbox(c, ret_body, err);
}

bool
pchat_sip_client_ended(const struct pchat_sip_client *c)
{
	return c->dialog.ended;
}

int
pchat_sip_client_status(const struct pchat_sip_client *c)
{
	return c->last.status;
}

struct pchat_str
pchat_sip_client_header(const struct pchat_sip_client *c, const char *name)
{
	return psip_message_header(&c->last, name, 0);
}
