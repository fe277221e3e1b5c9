/*
 * check chat, the synthetic transaction: two users sign in, join a room, write one
 * message each, receive both, leave and sign off. The steps are a table; the first
 * that fails ends the check.
 */
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "pchatctl/helper/chat.h"
#include "pchatctl/helper/helper.h"
#include "pchatctl/noun.h"
#include "pchatctl/write.h"
#include "wire/docs/answer.h"

#define STEP_MS           10000 /* unless --step-timeout says otherwise */
#define PASSWORD_FILE_MAX 65536

enum { SENDER, RECEIVER, N_USERS };

struct check {
	const struct pchat_call *call;
	char *server; /* --server with its port; owned */
	struct pchat_probe_user users[N_USERS];
	char *room;              /* URI; owned */
	char texts[N_USERS][64]; /* what each writes */
	int timeout_ms;
};

struct step;
typedef enum pchat_code (*step_fn)(struct check *c, struct pchat_probe_user *u,
                                   struct pchat_err *err);

struct step {
	const char *name;
	int user;
	step_fn run;
	const char *diagnosis; /* where to look if it fails; %s: the user, %r: the room */
};

/* ---- steps ---- */

static enum pchat_code
step_connect(struct check *c, struct pchat_probe_user *u, struct pchat_err *err)
{
	struct pchat_sip_client_options opt = {
		.uri = u->uri,
		.password = u->password,
		.ca_file = pchat_call_text(c->call, "--ca-file"),
		.tls_insecure = pchat_call_flag(c->call, "--insecure"),
		.timeout_ms = c->timeout_ms,
	};

	PCHAT_TRY(pchat_xccos_parser_new(&pchat_xccos_client_limits, &u->parser, err));
	return pchat_sip_client_connect(c->server, &opt, &u->client, err);
}

static enum pchat_code
step_sign_in(struct check *c, struct pchat_probe_user *u, struct pchat_err *err)
{
	(void)c;
	return pchat_sip_client_register(u->client, err);
}

/* Being told that it is off is no failure yet: the refusal of the INVITE says why. */
static enum pchat_code
step_provisioning(struct check *c, struct pchat_probe_user *u, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(provisioning_answer) answer = { 0 };

	(void)c;
	pchat_buf_clear(&u->body);
	PCHAT_TRY(pchat_sip_client_provisioning(u->client, &u->body, err));
	PCHAT_TRY(pchat_provisioning_answer_parse(pchat_buf_view(&u->body), &answer, err));
	u->provisioned = answer.enabled;
	u->pool = PCHAT_TAKE(answer.default_pool);
	return PCHAT_OK;
}

/* As clients do that are told no pool: the old well-known name in their own domain. */
static char *
guess_pool(const struct check *c, const struct pchat_probe_user *u)
{
	const char *given = pchat_call_text(c->call, "--pool");
	const char *domain = strchr(u->uri, '@');

	if (given)
		return pchat_str_dup(pchat_str(given));
	if (u->pool)
		return pchat_str_dup(pchat_str(u->pool));
	for (int i = 0; i < N_USERS; i++)
		if (c->users[i].pool)
			return pchat_str_dup(pchat_str(c->users[i].pool));
	return pchat_text("sip:ocschat%s", domain ? domain : "");
}

static enum pchat_code
step_invite(struct check *c, struct pchat_probe_user *u, struct pchat_err *err)
{
	PCHAT_AUTO_TEXT pool = guess_pool(c, u);

	if (!pool)
		return pchat_no_memory(err);
	PCHAT_TRY(pchat_sip_client_invite(u->client, pool, err));
	if (u->provisioned)
		return PCHAT_OK;
	return pchat_fail(
		err, PCHAT_CONFLICT,
		"the server takes the session although it provisions the user as not enabled");
}

static void
put_sib(struct pchat_buf *out, const void *ctx)
{
	const struct pchat_probe_user *u = ctx;
	struct pchat_xccos_sib sib = { .info_type = PCHAT_STR("123") };
	const char *at = strchr(u->uri, '@');

	sib.domain = pchat_str(at ? at + 1 : "");
	pchat_xccos_put_sib(out, &sib);
}

static enum pchat_code
step_server_info(struct check *c, struct pchat_probe_user *u, struct pchat_err *err)
{
	const struct pchat_xccos_prim *reply;

	PCHAT_TRY(pchat_probe_command(u, "getserverinfo", put_sib, u, c->timeout_ms, &reply, err));
	if (!reply->data.sib || !reply->data.sib->message_size_limit)
		return pchat_fail(err, PCHAT_INVALID, "the server does not tell its limits");
	return PCHAT_OK;
}

static void
put_search(struct pchat_buf *out, const void *ctx)
{
	const char *name = ctx;
	struct pchat_xccos_qib qib = { .qtype = PCHAT_STR("BYNAME"),
		                       .criteria = pchat_str(name),
		                       .extended = PCHAT_XCCOS_FALSE };

	pchat_xccos_put_qib(out, &qib);
}

static enum pchat_code
step_find_room(struct check *c, struct pchat_probe_user *u, struct pchat_err *err)
{
	const char *name = pchat_call_text(c->call, "--room");
	const struct pchat_xccos_prim *reply;

	if (strncmp(name, "ma-chan://", 10) == 0) {
		c->room = pchat_str_dup(pchat_str(name));
		return c->room ? PCHAT_OK : pchat_no_memory(err);
	}
	PCHAT_TRY(pchat_probe_command(u, "chansrch", put_search, name, c->timeout_ms, &reply, err));
	for (size_t i = 0; i < reply->data.n_chanibs && !c->room; i++) {
		const struct pchat_xccos_chanib *b = &reply->data.chanibs[i];

		if (pchat_fold_cmp(b->name, pchat_str(name)) != 0)
			continue;
		c->room = pchat_str_dup(b->uri);
		if (!c->room)
			return pchat_no_memory(err);
	}
	if (c->room)
		return PCHAT_OK;
	return pchat_fail(err, PCHAT_NOT_FOUND, "the user finds no room named '%s'", name);
}

static void
put_room_id(struct pchat_buf *out, const void *ctx)
{
	const struct check *c = ctx;
	struct pchat_xccos_chanid id = { .key = PCHAT_STR("0") };

	if (!pchat_xccos_uri_split(pchat_str(c->room), &id.domain, &id.value))
		id.value = pchat_str(c->room);
	pchat_xccos_put_chanid(out, &id);
}

static enum pchat_code
step_join(struct check *c, struct pchat_probe_user *u, struct pchat_err *err)
{
	const struct pchat_xccos_prim *reply;

	PCHAT_TRY(pchat_probe_command(u, "join", put_room_id, c, c->timeout_ms, &reply, err));
	if (reply->data.n_chanibs == 1 && pchat_str_iis(reply->data.chanibs[0].uri, c->room))
		return PCHAT_OK;
	return pchat_fail(err, PCHAT_INVALID, "the reply does not name the room");
}

static enum pchat_code
step_write(struct check *c, struct pchat_probe_user *u, struct pchat_err *err)
{
	return pchat_probe_post(u, c->room, c->texts[u - c->users], err);
}

static enum pchat_code
receive(struct check *c, struct pchat_probe_user *u, int author, struct pchat_err *err)
{
	return pchat_probe_receive(u, c->room, c->users[author].uri, c->texts[author],
	                           c->timeout_ms, err);
}

static enum pchat_code
step_receive_first(struct check *c, struct pchat_probe_user *u, struct pchat_err *err)
{
	return receive(c, u, SENDER, err);
}

static enum pchat_code
step_receive_second(struct check *c, struct pchat_probe_user *u, struct pchat_err *err)
{
	return receive(c, u, RECEIVER, err);
}

static void
put_room(struct pchat_buf *out, const void *ctx)
{
	const struct check *c = ctx;
	struct pchat_xccos_chanib room = { .uri = pchat_str(c->room) };

	pchat_xccos_put_chanib(out, &room);
}

static enum pchat_code
step_part(struct check *c, struct pchat_probe_user *u, struct pchat_err *err)
{
	const struct pchat_xccos_prim *reply;

	return pchat_probe_command(u, "part", put_room, c, c->timeout_ms, &reply, err);
}

static enum pchat_code
step_bye(struct check *c, struct pchat_probe_user *u, struct pchat_err *err)
{
	(void)c;
	return pchat_sip_client_bye(u->client, err);
}

static enum pchat_code
step_sign_off(struct check *c, struct pchat_probe_user *u, struct pchat_err *err)
{
	(void)c;
	return pchat_sip_client_unregister(u->client, err);
}

static const struct step steps[] = {
	{ "connect", SENDER, step_connect, "is pchatd running and listening there?" },
	{ "connect", RECEIVER, step_connect, "is pchatd running and listening there?" },
	{ "sign in", SENDER, step_sign_in,
	  "user, password or authentication mode; see 'pchatctl user show %s'" },
	{ "sign in", RECEIVER, step_sign_in,
	  "user, password or authentication mode; see 'pchatctl user show %s'" },
	{ "provisioning", SENDER, step_provisioning, "see the log of pchatd" },
	{ "provisioning", RECEIVER, step_provisioning, "see the log of pchatd" },
	{ "invite", SENDER, step_invite, "see 'pchatctl explain policy %s'" },
	{ "invite", RECEIVER, step_invite, "see 'pchatctl explain policy %s'" },
	{ "server info", SENDER, step_server_info, "see the log of pchatd" },
	{ "server info", RECEIVER, step_server_info, "see the log of pchatd" },
	{ "find room", SENDER, step_find_room,
	  "see 'pchatctl explain access %s %r --action find'" },
	{ "join", SENDER, step_join, "see 'pchatctl explain access %s %r'" },
	{ "join", RECEIVER, step_join, "see 'pchatctl explain access %s %r'" },
	{ "write", SENDER, step_write, "see 'pchatctl explain access %s %r --action post'" },
	{ "echo", SENDER, step_receive_first, "see 'pchatctl explain access %s %r --action post'" },
	{ "receive", RECEIVER, step_receive_first, "see the log of pchatd" },
	{ "write", RECEIVER, step_write, "see 'pchatctl explain access %s %r --action post'" },
	{ "echo", RECEIVER, step_receive_second,
	  "see 'pchatctl explain access %s %r --action post'" },
	{ "receive", SENDER, step_receive_second, "see the log of pchatd" },
	{ "leave", SENDER, step_part, "see the log of pchatd" },
	{ "leave", RECEIVER, step_part, "see the log of pchatd" },
	{ "end session", SENDER, step_bye, "see the log of pchatd" },
	{ "end session", RECEIVER, step_bye, "see the log of pchatd" },
	{ "sign off", SENDER, step_sign_off, "see the log of pchatd" },
	{ "sign off", RECEIVER, step_sign_off, "see the log of pchatd" },
};

/* ---- the users ---- */

/* Lines "sip:amy@contoso.example PASSWORD"; the password goes to the end of the line. */
static enum pchat_code
password_from(struct pchat_probe_user *u, struct pchat_str text, struct pchat_err *err)
{
	while (text.n) {
		struct pchat_str line = pchat_str_cut(text, '\n', &text);
		struct pchat_str rest, name = pchat_str_cut(line, ' ', &rest);
		PCHAT_AUTO_VALUE(buf) canonical = { 0 };

		if (!name.n || pchat_sip_uri_canonical(name, &canonical, NULL) ||
		    !pchat_str_is(pchat_buf_view(&canonical), u->uri))
			continue;
		if (rest.n && rest.p[rest.n - 1] == '\r')
			rest.n--;
		u->password = pchat_str_dup(rest);
		return u->password ? PCHAT_OK : pchat_no_memory(err);
	}
	return PCHAT_OK;
}

static enum pchat_code
read_passwords(struct check *c, struct pchat_err *err)
{
	const char *path = pchat_call_text(c->call, "--password-file");
	char text[PASSWORD_FILE_MAX];
	enum pchat_code code = PCHAT_OK;
	size_t n;
	FILE *f;

	if (!path)
		return PCHAT_OK;
	f = fopen(path, "re");
	if (!f)
		PCHAT_TRY_WORD(path, err,
		               pchat_fail(err, errno == ENOENT ? PCHAT_NOT_FOUND : PCHAT_DENIED,
		                          "cannot read '%s': %s", path, strerror(errno)));
	setvbuf(f, NULL, _IONBF, 0); /* no copy of the passwords is left behind */
	n = fread(text, 1, sizeof(text), f);
	fclose(f);
	if (n == sizeof(text))
		code = pchat_fail(err, PCHAT_LIMIT, "'%s' is longer than %d octets", path,
		                  PASSWORD_FILE_MAX - 1);
	for (int i = 0; i < N_USERS && !code; i++)
		code = password_from(&c->users[i], (struct pchat_str){ text, n }, err);
	if (code)
		pchat_err_blame(err, path);
	explicit_bzero(text, sizeof(text));
	return code;
}

static enum pchat_code
init_user(struct check *c, int i, const char *option, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(buf) uri = { 0 };
	char token[PCHAT_GUID_LEN + 1];

	PCHAT_TRY_WORD(pchat_call_text(c->call, option), err,
	               pchat_noun_user(pchat_call_text(c->call, option), &uri, err));
	c->users[i].uri = pchat_buf_take(&uri);
	if (!c->users[i].uri)
		return pchat_no_memory(err);
	/* Nobody else in the room may write the same. */
	pchat_guid_new(token);
	snprintf(c->texts[i], sizeof(c->texts[i]), "pchat check %s", token);
	return PCHAT_OK;
}

/* ---- the report ---- */

struct report {
	struct pchat_record records[PCHAT_N(steps)];
	size_t n;
	int64_t started;
	char *diagnosis; /* owned */
};

/* Names are quoted, so that the command can be pasted. */
static char *
diagnosis(const struct check *c, const struct step *s)
{
	PCHAT_AUTO_VALUE(buf) out = { 0 };
	const char *p = s->diagnosis, *mark;

	while ((mark = strchr(p, '%')) != NULL) {
		pchat_buf_add(&out, p, (size_t)(mark - p));
		pchat_quote_shell(&out,
		                  pchat_str(mark[1] == 'r' ? pchat_call_text(c->call, "--room")
		                                           : c->users[s->user].uri));
		p = mark + 2;
	}
	pchat_buf_text(&out, p);
	return pchat_buf_take(&out);
}

static void
report_step(struct report *r, const struct check *c, const struct step *s, uint64_t ms,
            const struct pchat_err *err)
{
	struct pchat_record *rec = &r->records[r->n++];

	pchat_record_text(rec, "step", s->name);
	pchat_record_text(rec, "user", c->users[s->user].uri);
	pchat_record_uint(rec, "milliseconds", ms);
	pchat_record_text(rec, "result", err->msg ? "failed" : "ok");
	if (!err->msg)
		return;
	/* What failed knows its remedy better than the step it failed in. */
	r->diagnosis = err->hint ? pchat_str_dup(pchat_str(err->hint)) : diagnosis(c, s);
}

static enum pchat_code
put_report(struct pchat_ctl *ctl, const struct check *c, const struct report *r,
           const struct pchat_err *failure, struct pchat_err *err)
{
	static const char *const columns[] = {
		"server",       "sender",       "receiver",   "room",
		"result",       "milliseconds", "error",      "diagnosis",
		"steps",        "steps.step",   "steps.user", "steps.milliseconds",
		"steps.result", NULL,
	};
	struct pchat_out_head head = { .columns = columns };
	PCHAT_AUTO_VALUE(record) rec = { 0 };

	pchat_record_text(&rec, "server", c->server);
	pchat_record_text(&rec, "sender", c->users[SENDER].uri);
	pchat_record_text(&rec, "receiver", c->users[RECEIVER].uri);
	pchat_record_text(&rec, "room", pchat_call_text(c->call, "--room"));
	pchat_record_text(&rec, "result", failure->msg ? "failure" : "success");
	pchat_record_uint(&rec, "milliseconds", (uint64_t)(pchat_monotonic() - r->started) / 1000);
	pchat_record_text(&rec, "error", failure->msg);
	pchat_record_text(&rec, "diagnosis", r->diagnosis);
	pchat_record_records(&rec, "steps", r->records, r->n);
	return pchat_out_one(ctl, &head, &rec, err);
}

/* ---- the room ---- */

static enum pchat_code
add_members(const struct pchat_call *call, struct pchat_object *room, struct pchat_err *err)
{
	static const char *const options[] = { "--sender", "--receiver" };

	/* In an open room everybody in scope is a member; it has no list. */
	if (room->v[PCHAT_ROOM_PRIVACY].number == PCHAT_PRIVACY_OPEN)
		return PCHAT_OK;
	for (size_t i = 0; i < PCHAT_N(options); i++) {
		PCHAT_AUTO_VALUE(buf) uri = { 0 };

		PCHAT_TRY(pchat_noun_user(pchat_call_text(call, options[i]), &uri, err));
		PCHAT_TRY(pchat_object_add(room, PCHAT_ROOM_MEMBERS, pchat_buf_view(&uri), err));
	}
	return PCHAT_OK;
}

/* --setup: the room is there, and the two are members of it. */
static enum pchat_code
setup_plan(struct pchat_ctl *ctl, const struct pchat_call *call, struct pchat_plan *plan,
           struct pchat_err *err)
{
	PCHAT_AUTO(object) before = NULL;
	PCHAT_AUTO(object) after = NULL;
	const char *name = pchat_call_text(call, "--room");
	enum pchat_code code = pchat_store_get(ctl->store, PCHAT_KIND_ROOM, name, &before, NULL);
	enum pchat_op op;

	if (code && code != PCHAT_NOT_FOUND)
		return pchat_store_get(ctl->store, PCHAT_KIND_ROOM, name, &before, err);
	after = before ? pchat_object_copy(before) : pchat_object_new(PCHAT_KIND_ROOM);
	if (!after)
		return pchat_no_memory(err);
	if (!before) {
		PCHAT_TRY(pchat_object_set(after, PCHAT_ROOM_NAME, pchat_str(name), err));
		PCHAT_TRY(pchat_object_set(after, PCHAT_ROOM_CATEGORY,
		                           pchat_str(pchat_call_text(call, "--setup")), err));
	}
	PCHAT_TRY(add_members(call, after, err));
	op = before ? PCHAT_OP_UPDATE : PCHAT_OP_CREATE;
	return pchat_plan_add_take(plan, op, PCHAT_TAKE(before), PCHAT_TAKE(after), err);
}

/* By the frame of all changes, which waits until pchatd knows the room. What it reports belongs
 * to standard error in any case: the data are the report of the check. */
static enum pchat_code
set_up(struct pchat_ctl *ctl, const struct pchat_call *call, struct pchat_err *err)
{
	enum pchat_format format = ctl->globals.format;
	struct pchat_cmd cmd = *call->cmd;
	struct pchat_call writing = *call;
	enum pchat_code code;

	if (!pchat_call_text(call, "--setup"))
		return PCHAT_OK;
	cmd.flags |= PCHAT_CMD_WRITE;
	cmd.plan = setup_plan;
	writing.cmd = &cmd;
	ctl->globals.format = PCHAT_FORMAT_TABLE;
	code = pchat_write_run(ctl, &writing, NULL, err);
	ctl->globals.format = format;
	return code ? pchat_wrap(err, "cannot set up the room") : PCHAT_OK;
}

/* ---- the check ---- */

static enum pchat_code
run_steps(struct check *c, struct report *r, struct pchat_err *failure)
{
	enum pchat_code code = PCHAT_OK;

	for (size_t i = 0; i < PCHAT_N(steps) && !code; i++) {
		const struct step *s = &steps[i];
		int64_t start = pchat_monotonic();

		code = s->run(c, &c->users[s->user], failure);
		if (code)
			pchat_wrap(failure, "%s of %s", s->name, c->users[s->user].uri);
		report_step(r, c, s, (uint64_t)(pchat_monotonic() - start) / 1000, failure);
	}
	return code;
}

static enum pchat_code
check_and_report(struct pchat_ctl *ctl, struct check *c, struct pchat_err *err)
{
	struct report r = { .started = pchat_monotonic() };
	struct pchat_err failure = { 0 };
	enum pchat_code code = run_steps(c, &r, &failure);
	enum pchat_code shown = put_report(ctl, c, &r, &failure, err);

	for (size_t i = 0; i < r.n; i++)
		pchat_record_release(&r.records[i]);
	free(r.diagnosis);
	if (shown || !code) {
		pchat_err_release(&failure);
		return shown;
	}
	/* The report has said it; only what the exit status tells is left. */
	if (code == PCHAT_UNAVAILABLE) {
		pchat_fail(err, code, "%s cannot be used: %s", c->server, pchat_err_text(&failure));
		if (failure.hint)
			pchat_hint(err, "%s", failure.hint);
	} else {
		code = PCHAT_DIFFERS;
	}
	pchat_err_release(&failure);
	return code;
}

static void
release(struct check *c)
{
	for (int i = 0; i < N_USERS; i++)
		pchat_probe_user_release(&c->users[i]);
	free(c->room);
	free(c->server);
}

/* "tls:chat.contoso.example" is on the port SIP has for TLS. Colons within brackets are of an
 * address. */
static char *
with_port(const char *target)
{
	const char *host = strchr(target, ':') + 1, *colon = strrchr(host, ':');

	if (colon && !strchr(colon, ']'))
		return pchat_str_dup(pchat_str(target));
	return pchat_text("%s:%s", target, strncmp(target, "tls:", 4) == 0 ? "5061" : "5060");
}

static enum pchat_code
prepare(struct check *c, struct pchat_err *err)
{
	c->server = with_port(pchat_call_text(c->call, "--server"));
	if (!c->server)
		return pchat_no_memory(err);
	PCHAT_TRY(init_user(c, SENDER, "--sender", err));
	PCHAT_TRY(init_user(c, RECEIVER, "--receiver", err));
	return read_passwords(c, err);
}

enum pchat_code
pchat_check_chat_run(struct pchat_ctl *ctl, const struct pchat_call *call, struct pchat_err *err)
{
	struct check c = { .call = call };
	enum pchat_code code;

	c.timeout_ms = (int)pchat_call_number(call, "--step-timeout", STEP_MS / 1000) * 1000;
	code = prepare(&c, err);
	if (!code)
		code = set_up(ctl, call, err);
	if (!code)
		code = check_and_report(ctl, &c, err);
	release(&c);
	return code;
}
