#include "wire/sip/shim.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <netdb.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "wire/sip/internal.h"

#include <sofia-sip/msg_addr.h>
#include <sofia-sip/msg_buffer.h>
#include <sofia-sip/sip_parser.h>
#include <sofia-sip/su_tagarg.h>

#define READ_MAX 8192 /* octets the library is given at once */

/* sofia-sip knows no context pointer for any of this; the calls come with bare
 * descriptors. So this one piece of state belongs to the process. Only the
 * thread of the agent changes it, and only calls from within sofia-sip use it. */
static struct {
	const struct psip_shim_hooks *hooks;
	void *ctx;
	uintptr_t code, code_end; /* where sofia-sip lies */
	bool leaks_ssl;
	int spare; /* given up when descriptors run out */
	PCHAT_VEC(SSL *) dead;
} shim = { .spare = -1 };

#define CALLED_BY_SOFIA() ours((uintptr_t)__builtin_return_address(0))
#define REAL(name)        ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static bool
ours(uintptr_t caller)
{
	return shim.hooks && caller >= shim.code && caller < shim.code_end;
}

static int
find_code(struct dl_phdr_info *info, size_t size, void *address)
{
	(void)size;
	for (unsigned i = 0; i < info->dlpi_phnum; i++) {
		uintptr_t start = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
		uintptr_t end = start + info->dlpi_phdr[i].p_memsz;

		if (info->dlpi_phdr[i].p_type != PT_LOAD || (uintptr_t)address < start ||
		    (uintptr_t)address >= end)
			continue;
		shim.code = start;
		shim.code_end = end;
		return 1;
	}
	return 0;
}

/* Is @fn what the dynamic linker finds for @name? */
static bool
stands_in(const char *name, uintptr_t fn)
{
	return (uintptr_t)dlsym(RTLD_DEFAULT, name) == fn;
}

static int
open_spare(void)
{
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

enum pchat_code
psip_shim_attach(const struct psip_shim_hooks *hooks, void *ctx, struct pchat_err *err)
{
	if (shim.hooks)
		return pchat_fail(err, PCHAT_CONFLICT, "there is a SIP agent in this process");
	if (!stands_in("sip_method_d", (uintptr_t)&sip_method_d) ||
	    !stands_in("msg_extract", (uintptr_t)&msg_extract) ||
	    !stands_in("tport_tsend", (uintptr_t)&tport_tsend) ||
	    !stands_in("accept", (uintptr_t)&accept) || !stands_in("listen", (uintptr_t)&listen) ||
	    !stands_in("ioctl", (uintptr_t)&ioctl) || !stands_in("connect", (uintptr_t)&connect) ||
	    !stands_in("getaddrinfo", (uintptr_t)&getaddrinfo) ||
	    !stands_in("SSL_new", (uintptr_t)&SSL_new) ||
	    !stands_in("SSL_accept", (uintptr_t)&SSL_accept) ||
	    !stands_in("X509_get_ext_count", (uintptr_t)&X509_get_ext_count) ||
	    !stands_in("SSL_CTX_load_verify_locations",
	               (uintptr_t)&SSL_CTX_load_verify_locations) ||
	    !stands_in("SSL_shutdown", (uintptr_t)&SSL_shutdown))
		return pchat_fail(err, PCHAT_INTERNAL,
		                  "this program does not export the functions that stand in for "
		                  "those of sofia-sip");
	if (!dl_iterate_phdr(find_code, dlsym(RTLD_DEFAULT, "nta_agent_create")))
		return pchat_fail(err, PCHAT_INTERNAL, "cannot find sofia-sip in memory");
	shim.spare = open_spare();
	/* Since 1.13 there is tport_tls_free(), and SSL objects are freed. */
	shim.leaks_ssl = !dlsym(RTLD_DEFAULT, "tport_tls_free");
	shim.hooks = hooks;
	shim.ctx = ctx;
	return PCHAT_OK;
}

void
psip_shim_detach(void *ctx)
{
	if (!shim.hooks || shim.ctx != ctx)
		return;
	psip_shim_tidy();
	pchat_vec_release(&shim.dead);
	if (shim.spare >= 0)
		close(shim.spare);
	shim.spare = -1;
	shim.hooks = NULL;
	shim.ctx = NULL;
}

void
psip_shim_tidy(void)
{
	for (size_t i = 0; i < shim.dead.n; i++)
		SSL_free(shim.dead.v[i]);
	shim.dead.n = 0;
}

/* ---- SIP ---- */

#define TOKEN "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-.!%*_+`'~"
#define BLANK " \t\r\n"

static const struct {
	const char *name;
	sip_method_t method;
} methods[] = {
	{ "ACK", sip_method_ack },
	{ "BYE", sip_method_bye },
	{ "CANCEL", sip_method_cancel },
	{ "INFO", sip_method_info },
	{ "INVITE", sip_method_invite },
	{ "MESSAGE", sip_method_message },
	{ "NOTIFY", sip_method_notify },
	{ "OPTIONS", sip_method_options },
	{ "PRACK", sip_method_prack },
	{ "PUBLISH", sip_method_publish },
	{ "REFER", sip_method_refer },
	{ "REGISTER", sip_method_register },
	{ "SUBSCRIBE", sip_method_subscribe },
	{ "UPDATE", sip_method_update },
};

/* Reads the method at *@ss and moves behind it and the blanks that follow. The
 * library's own version takes SERVICE for a broken SUBSCRIBE, which makes
 * garbage of the message and stops its connection for good. */
sip_method_t
sip_method_d(char **ss, char const **ret_name)
{
	char *name = *ss;
	size_t n = strspn(name, TOKEN);
	char *end = name + n;
	char after = *end;

	if (n == 0 || (after && !strchr(BLANK, after)))
		return sip_method_invalid;
	*ss = end + strspn(end, BLANK);
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		if (strlen(methods[i].name) != n || memcmp(methods[i].name, name, n) != 0)
			continue;
		if (ret_name)
			*ret_name = methods[i].name;
		return methods[i].method;
	}
	if (ret_name) {
		*end = '\0';
		*ret_name = name;
	}
	return sip_method_unknown;
}

static int
refuse(msg_t *msg)
{
	msg_mark_as_complete(msg, MSG_FLG_ERROR);
	return -1;
}

static void
report_broken(msg_t *msg)
{
	su_sockaddr_t peer[1] = { { 0 } };
	socklen_t size = sizeof(peer);

	if (msg_get_address(msg, peer, &size) >= 0)
		shim.hooks->broken(shim.ctx, &peer->su_sa, size);
}

/* The library drops a request without a word if its topmost Via names another transport than it
 * came over, as it does behind what ends TLS. The answer goes back over the connection whatever
 * Via says, so let it say what that is. */
static void
set_transport(msg_t *msg, sip_via_t *via)
{
	su_sockaddr_t peer[1] = { { 0 } };
	socklen_t size = sizeof(peer);
	const char *own;

	if (msg_get_address(msg, peer, &size) < 0)
		return;
	own = shim.hooks->is_tls(shim.ctx, &peer->su_sa, size) ? sip_transport_tls
	                                                       : sip_transport_tcp;
	if (strcasecmp(via->v_protocol, own) == 0)
		return;
	via->v_protocol = own;
	msg_fragment_clear(via->v_common);
}

/* The library ends the process when an ACK comes for an INVITE whose answer could not be sent, and
 * carries out a CANCEL whoever it is from. It finds what they are for by the branch; so let none
 * have one that an INVITE can have (in answers it stands as it was sent). An ACK of a 200 is found
 * by its tags, and only if that was sent; all others come to us (txn.c). */
static void
hide_branch(sip_via_t *via)
{
	via->v_branch = "z9hG4bK\n"; /* no token */
	msg_fragment_clear(via->v_common);
}

/* How long a part of @msg may be of which there are @n octets. */
static size_t
part_max(msg_t *msg, size_t n)
{
	su_sockaddr_t peer[1] = { { 0 } };
	socklen_t size = sizeof(peer);

	if (n <= PCHAT_SIP_STRANGER_PART || msg_get_address(msg, peer, &size) < 0)
		return PCHAT_SIP_MESSAGE_MAX;
	return shim.hooks->part_max(shim.ctx, &peer->su_sa, size);
}

/* A body longer than any message may be is not waited for; and at the end of a stream the library
 * hands up whatever it has of a body. */
static bool
is_cut_short(msg_t *msg, const sip_t *m)
{
	usize_t length = m->sip_content_length ? m->sip_content_length->l_length : 0;
	usize_t have = m->sip_payload ? m->sip_payload->pl_len : 0;

	return length > part_max(msg, length) || (msg_is_complete(msg) && have < length);
}

static enum psip_head
look_at_head(msg_t *msg)
{
	size_t n = msg_buf_committed(msg), max = part_max(msg, n);

	return psip_head_look(msg_buf_committed_data(msg), n,
	                      max < PSIP_HEAD_MAX ? max : PSIP_HEAD_MAX);
}

static int
check_parsed(msg_t *msg, int r)
{
	sip_t *m = sip_object(msg);

	if (r < 0 || !m || msg_has_error(msg) ||
	    !msg_get_flags(msg, MSG_FLG_HEADERS | MSG_FLG_COMPLETE))
		return r;
	if (is_cut_short(msg, m))
		r = refuse(msg);
	if (m->sip_request && m->sip_via && msg_is_complete(msg))
		set_transport(msg, m->sip_via);
	if (m->sip_request && m->sip_via &&
	    (m->sip_request->rq_method == sip_method_ack ||
	     m->sip_request->rq_method == sip_method_cancel))
		hide_branch(m->sip_via);
	return r;
}

/* Parses what has been received of @msg. A head only goes to the library's
 * parser whole and within our limits; and when the parser has given up on a
 * message, so does the library on the connection, silently: say so. */
int
msg_extract(msg_t *msg)
{
	static int (*real)(msg_t *);
	enum psip_head head = PSIP_HEAD_WHOLE;
	int r = 0;

	if (!real)
		real = REAL(msg_extract);
	if (!CALLED_BY_SOFIA())
		return real(msg);
	if (!msg_get_flags(msg, MSG_FLG_HEADERS | MSG_FLG_BODY | MSG_FLG_COMPLETE))
		head = look_at_head(msg);
	if (head == PSIP_HEAD_WHOLE)
		r = check_parsed(msg, real(msg));
	else if (head == PSIP_HEAD_REFUSED)
		r = refuse(msg);
	if (r < 0 || msg_get_flags(msg, MSG_FLG_ERROR | MSG_FLG_TOOLARGE))
		report_broken(msg);
	return r;
}

/* All that the library answers by itself (to CANCEL, to what it cannot read, ...) and all it sends
 * for us comes by here; our own requests do not. */
tport_t *
tport_tsend(tport_t *tp, msg_t *msg, tp_name_t const *name, tag_type_t tag, tag_value_t value, ...)
{
	static tport_t *(*real)(tport_t *, msg_t *, tp_name_t const *, tag_type_t, tag_value_t,
	                        ...);
	tport_t *r;
	ta_list ta;

	if (!real)
		real = REAL(tport_tsend);
	/* Told of a failure the library would try another way. */
	if (CALLED_BY_SOFIA() && tp && msg && !shim.hooks->answer(shim.ctx, tp, msg))
		return tp;
	ta_start(ta, tag, value);
	r = real(tp, msg, name, ta_tags(ta));
	ta_end(ta);
	return r;
}

/* ---- sockets ---- */

int
listen(int fd, int backlog)
{
	/* Longer than the longest queue the library can be told of. */
	enum { BACKLOG = 1024 };

	if (CALLED_BY_SOFIA()) {
		shim.hooks->listening(shim.ctx, fd);
		backlog = BACKLOG;
	}
	return REAL(listen)(fd, backlog);
}

/* Out of descriptors a connection would stay in the backlog and the listener
 * readable, and the library would spin on it. Take the connection with the
 * spare descriptor and let it go. */
static void
refuse_one(int listen_fd)
{
	int fd;

	if (shim.spare < 0)
		return;
	close(shim.spare);
	fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC);
	if (fd >= 0)
		close(fd);
	shim.spare = open_spare();
}

static int
accept_for_sofia(int listen_fd, struct sockaddr *peer, socklen_t *size)
{
	int fd = accept4(listen_fd, peer, size, SOCK_CLOEXEC);

	if (fd < 0) {
		int error = errno;

		if (error == EMFILE || error == ENFILE) {
			refuse_one(listen_fd);
			shim.hooks->exhausted(shim.ctx);
		}
		errno = error;
		return -1;
	}
	if (shim.hooks->accepted(shim.ctx, listen_fd, fd, peer, *size))
		return fd;
	close(fd);
	errno = ECONNABORTED;
	return -1;
}

int
accept(int fd, __SOCKADDR_ARG addr, socklen_t *restrict addr_len)
{
	if (CALLED_BY_SOFIA())
		return accept_for_sofia(fd, addr.__sockaddr__, addr_len);
	return REAL(accept)(fd, addr, addr_len);
}

/* How much the library reads at once. It would take all that waits: a message then holds what came
 * behind it as well, and everything of that is copied once per message (trap 4). */
int
ioctl(int fd, unsigned long request, ...)
{
	static int (*real)(int, unsigned long, ...);
	va_list ap;
	void *argument;
	int r;

	va_start(ap, request);
	argument = va_arg(ap, void *);
	va_end(ap);
	if (!real)
		real = REAL(ioctl);
	r = real(fd, request, argument);
	if (r == 0 && request == FIONREAD && CALLED_BY_SOFIA() && *(int *)argument > READ_MAX)
		*(int *)argument = READ_MAX;
	return r;
}

/* An answer whose connection is gone would be sent over a new connection to
 * wherever Via, written by the client, points. We never connect out. */
int
connect(int fd, __CONST_SOCKADDR_ARG addr, socklen_t len)
{
	if (CALLED_BY_SOFIA()) {
		errno = EPERM;
		return -1;
	}
	return REAL(connect)(fd, addr, len);
}

/* For the same reason, and because a DNS query would stop the thread. */
int
getaddrinfo(const char *restrict node, const char *restrict service,
            const struct addrinfo *restrict hints, struct addrinfo **restrict ret)
{
	struct addrinfo numeric = { 0 };

	if (CALLED_BY_SOFIA()) {
		if (hints)
			numeric = *hints;
		numeric.ai_flags |= AI_NUMERICHOST;
		hints = &numeric;
	}
	return REAL(getaddrinfo)(node, service, hints, ret);
}

/* ---- TLS ---- */

SSL *
SSL_new(SSL_CTX *ctx)
{
	SSL *ssl = REAL(SSL_new)(ctx);

	if (ssl && CALLED_BY_SOFIA()) {
		/* 9 of 41 KB per idle connection. */
		SSL_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS);
		SSL_set_min_proto_version(ssl, TLS1_2_VERSION);
		/* A client could have handshakes without end for the price of one connection. */
		SSL_set_options(ssl, SSL_OP_NO_RENEGOTIATION);
		shim.hooks->tls(shim.ctx, ssl);
	}
	return ssl;
}

static void
report_tls(SSL *ssl, int r)
{
	struct sockaddr_storage peer = { 0 };
	socklen_t size = sizeof(peer);
	unsigned long e = ERR_peek_error(); /* the library's to take */
	int why = SSL_get_error(ssl, r);

	if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ||
	    getpeername(SSL_get_fd(ssl), (struct sockaddr *)&peer, &size) < 0)
		return;
	shim.hooks->tls_failed(shim.ctx, (struct sockaddr *)&peer,
	                       e ? ERR_reason_error_string(e) : "it went away");
}

int
SSL_accept(SSL *ssl)
{
	int r = REAL(SSL_accept)(ssl);

	if (r <= 0 && CALLED_BY_SOFIA())
		report_tls(ssl, r);
	return r;
}

/* The library always wants the certificates that clients' own are checked with. Where no client
 * is asked for one (listen.c looks after that) the file need not be there. */
int
SSL_CTX_load_verify_locations(SSL_CTX *ctx, const char *file, const char *dir)
{
	if (CALLED_BY_SOFIA() && file && access(file, F_OK) < 0 && errno == ENOENT)
		return 1;
	return REAL(SSL_CTX_load_verify_locations)(ctx, file, dir);
}

/* The library reads the names in a client's certificate and never frees them. It has no use for
 * them here: psip_cert_is() reads them. */
int
X509_get_ext_count(const X509 *cert)
{
	return CALLED_BY_SOFIA() ? 0 : REAL(X509_get_ext_count)(cert);
}

/* 1.12.11 shuts an SSL down as the last thing it does with it, and never frees
 * it. Right after, it gives up the references the SSL has to its BIO and its
 * context: replace both. */
static void
remember_dead(SSL *ssl)
{
	BIO *bio = SSL_get_rbio(ssl);

	if (!pchat_vec_push(&shim.dead, ssl))
		return; /* leaked, as without us */
	if (bio)
		BIO_up_ref(bio);
	SSL_CTX_up_ref(SSL_get_SSL_CTX(ssl));
}

int
SSL_shutdown(SSL *ssl)
{
	int r = REAL(SSL_shutdown)(ssl);

	if (shim.leaks_ssl && CALLED_BY_SOFIA())
		remember_dead(ssl);
	return r;
}
