/* user passwd: from a password to what Digest and NTLM need. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/hide.h"
#include "pchatctl/helper/helper.h"
#include "pchatctl/noun.h"
#include "pchatctl/write.h"
#include "wire/sip/digest.h"
#include "wire/sip/sipae.h"
#include "wire/sipae/ntlm.h"

/* Octets of the longest password, with its end of line. */
#define PASSWORD_MAX 1024

/* ---- reading ---- */

/* One line without its end, octet by octet so that nothing of what follows is taken. */
static bool
read_line(int fd, char line[PASSWORD_MAX])
{
	size_t n = 0;

	for (;;) {
		ssize_t got = read(fd, line + n, 1);

		if (got < 0 && errno == EINTR)
			continue;
		if (got != 1 || line[n] == '\n')
			break;
		if (++n == PASSWORD_MAX)
			return false;
	}
	if (n && line[n - 1] == '\r')
		n--;
	line[n] = '\0';
	return n > 0;
}

/* Ask on the terminal without echo. Signals wait, so that an interrupt cannot leave the terminal
 * without echo. */
static bool
prompt(int tty, const char *text, char line[PASSWORD_MAX])
{
	struct termios old, quiet;
	sigset_t all, before;
	bool ok;

	if (tcgetattr(tty, &old) != 0)
		return false;
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	quiet = old;
	quiet.c_lflag &= ~(tcflag_t)(ECHO | ISIG);
	tcsetattr(tty, TCSAFLUSH, &quiet);
	dprintf(tty, "%s", text);
	ok = read_line(tty, line);
	dprintf(tty, "\n");
	tcsetattr(tty, TCSAFLUSH, &old);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return ok;
}

static enum pchat_code
ask_twice(char line[PASSWORD_MAX], struct pchat_err *err)
{
	char again[PASSWORD_MAX];
	int tty = isatty(STDIN_FILENO) ? open("/dev/tty", O_RDWR | O_CLOEXEC) : -1;
	bool same;

	if (tty < 0) {
		pchat_fail(err, PCHAT_USAGE,
		           "user passwd: cannot ask for the password without a terminal");
		pchat_hint(err, "use --password-stdin");
		return PCHAT_USAGE;
	}
	same = prompt(tty, "New password: ", line) && prompt(tty, "Again: ", again) &&
	       strcmp(line, again) == 0;
	explicit_bzero(again, sizeof(again));
	close(tty);
	if (!same)
		return pchat_fail(err, PCHAT_INVALID, "no password, or not the same twice");
	return PCHAT_OK;
}

static enum pchat_code
get_password(const struct pchat_call *call, char line[PASSWORD_MAX], struct pchat_err *err)
{
	if (!pchat_call_flag(call, "--password-stdin"))
		return ask_twice(line, err);
	if (!read_line(STDIN_FILENO, line)) {
		pchat_fail(err, PCHAT_INVALID, "no password of 1 to %d octets on standard input",
		           PASSWORD_MAX - 1);
		pchat_hint(err, "write it as the first line");
		return PCHAT_INVALID;
	}
	return PCHAT_OK;
}

/* ---- storing ---- */

/* Clients send what stands behind "sip:" as the Digest user name, and the realm is the domain of
 * the pool. */
static enum pchat_code
add_digest(struct pchat_credential *c, const char *uri, const char *realm, const char *password,
           struct pchat_err *err)
{
	struct pchat_str login = { uri + 4, strlen(uri) - 4 };
	char md5[PCHAT_DIGEST_HEX];

	if (strlen(realm) >= sizeof(c->realm))
		return pchat_fail(err, PCHAT_LIMIT, "the realm is too long");
	memcpy(c->realm, realm, strlen(realm) + 1);
	PCHAT_TRY(pchat_digest_ha1(PCHAT_DIGEST_SHA256, login, pchat_str(realm),
	                           pchat_str(password), c->ha1_sha256, err));
	PCHAT_TRY(pchat_digest_ha1(PCHAT_DIGEST_MD5, login, pchat_str(realm), pchat_str(password),
	                           md5, err));
	memcpy(c->ha1_md5, md5, sizeof(c->ha1_md5));
	explicit_bzero(md5, sizeof(md5));
	return PCHAT_OK;
}

static enum pchat_code
add_ntlm(struct pchat_credential *c, const char *password, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(buf) hex = { .max = sizeof(c->nt_hash) - 1 };
	unsigned char hash[PCHAT_NTLM_HASH];
	enum pchat_code code = pchat_ntlm_hash(pchat_str(password), hash, err);

	if (code)
		return code;
	pchat_sipae_hex(&hex, hash, sizeof(hash));
	explicit_bzero(hash, sizeof(hash));
	code = pchat_buf_check(&hex, err);
	if (!code)
		memcpy(c->nt_hash, pchat_buf_cstr(&hex), sizeof(c->nt_hash));
	if (hex.p)
		explicit_bzero(hex.p, hex.n);
	return code;
}

static enum pchat_code
keep_domain(void *ctx, const struct pchat_object *o, struct pchat_err *err)
{
	char **ret = ctx;

	if (!*ret)
		*ret = pchat_str_dup(pchat_str(o->v[PCHAT_POOL_DOMAIN].text));
	return *ret ? PCHAT_OK : pchat_no_memory(err);
}

/* Which secrets there will be; nothing of those there were stays, for they are of another password,
 * but with @call "--remove --ntlm" those that are not for NTLM. PCHAT_NOT_FOUND: none at all. */
static enum pchat_code
make_credential(struct pchat_ctl *ctl, const struct pchat_call *call, const char *uri,
                const char *realm, struct pchat_credential *c, struct pchat_err *err)
{
	bool ntlm = pchat_call_flag(call, "--ntlm");

	if (ctl->secret) {
		PCHAT_TRY(add_digest(c, uri, realm, ctl->secret, err));
		return ntlm ? add_ntlm(c, ctl->secret, err) : PCHAT_OK;
	}
	if (!ntlm)
		return PCHAT_NOT_FOUND;
	PCHAT_TRY(pchat_store_credential(ctl->store, uri, c, NULL));
	explicit_bzero(c->nt_hash, sizeof(c->nt_hash));
	return *c->ha1_md5 || *c->ha1_sha256 ? PCHAT_OK : PCHAT_NOT_FOUND;
}

/* Inside the transaction. ctl->secret is the password, NULL to take it away. */
static enum pchat_code
store_password(struct pchat_ctl *ctl, const struct pchat_call *call, struct pchat_txn *txn,
               const struct pchat_origin *origin, struct pchat_err *err)
{
	PCHAT_AUTO(object) user = NULL;
	PCHAT_AUTO_TEXT realm = NULL;
	struct pchat_credential c = { 0 };
	const char *uri;
	enum pchat_code code;

	PCHAT_TRY(pchat_noun_get(ctl, call, pchat_call_name(call, 0), &user, err));
	PCHAT_TRY(pchat_store_each(ctl->store, PCHAT_KIND_POOL, keep_domain, &realm, err));
	if (!realm)
		return pchat_fail(err, PCHAT_CORRUPT, "the store has no pool");
	uri = pchat_object_key(user);
	code = make_credential(ctl, call, uri, realm, &c, err);
	if (!code || code == PCHAT_NOT_FOUND)
		code = pchat_txn_set_credential(txn, uri, code ? NULL : &c, origin, err);
	explicit_bzero(&c, sizeof(c));
	return code;
}

static enum pchat_code
write_password(struct pchat_ctl *ctl, const struct pchat_call *call, struct pchat_err *err)
{
	bool ntlm = pchat_call_flag(call, "--ntlm");

	PCHAT_TRY(pchat_write_run(ctl, call, store_password, err));
	if (ctl->globals.dry_run)
		return PCHAT_OK;
	if (ctl->secret)
		pchat_ctl_note(ctl, "password set%s", ntlm ? ", for NTLM too" : "");
	else
		pchat_ctl_note(ctl, "password%s removed", ntlm ? " for NTLM" : "");
	return PCHAT_OK;
}

/* The password is asked for before the write lock is taken, and only for a user who exists. */
enum pchat_code
pchat_user_passwd_run(struct pchat_ctl *ctl, const struct pchat_call *call, struct pchat_err *err)
{
	PCHAT_AUTO(object) user = NULL;
	char password[PASSWORD_MAX];
	enum pchat_code code;

	if (ctl->globals.dry_run || pchat_call_flag(call, "--remove"))
		return write_password(ctl, call, err);
	PCHAT_TRY(pchat_ctl_store(ctl, PCHAT_STORE_WRITE, err));
	PCHAT_TRY(pchat_noun_get(ctl, call, pchat_call_name(call, 0), &user, err));
	pchat_hide();
	code = get_password(call, password, err);
	ctl->secret = password;
	if (!code)
		code = write_password(ctl, call, err);
	ctl->secret = NULL;
	explicit_bzero(password, sizeof(password));
	return code;
}
