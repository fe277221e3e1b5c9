/* TLS of the load: the same octets, through OpenSSL. */
#include "tests/bench/load.h"

#include <errno.h>
#include <sys/socket.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

bool
load_secure_init(struct load *l)
{
	if (!l->opt.tls)
		return true;
	l->tls = SSL_CTX_new(TLS_client_method());
	if (!l->tls || !SSL_CTX_set_min_proto_version(l->tls, TLS1_2_VERSION))
		return false;
	SSL_CTX_set_mode(l->tls, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
	                                 SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_read_ahead(l->tls, 1);
	return true;
}

void
load_secure_release(struct load *l)
{
	SSL_CTX_free(l->tls);
	l->tls = NULL;
}

bool
load_secure_start(struct load_conn *c)
{
	if (!c->load->tls)
		return true;
	c->ssl = SSL_new(c->load->tls);
	if (!c->ssl || !SSL_set_fd(c->ssl, c->fd))
		return false;
	errno = EPROTO;
	return SSL_connect(c->ssl) == 1;
}

void
load_secure_end(struct load_conn *c)
{
	SSL_free(c->ssl);
	c->ssl = NULL;
}

/* As recv() and send() say it. */
static ssize_t
result_of(struct load_conn *c, int r)
{
	int error;

	if (r > 0)
		return r;
	error = SSL_get_error(c->ssl, r);
	ERR_clear_error();
	if (error == SSL_ERROR_ZERO_RETURN)
		return 0;
	if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE)
		errno = EAGAIN;
	else if (error != SSL_ERROR_SYSCALL)
		errno = EPROTO;
	return -1;
}

ssize_t
load_read(struct load_conn *c, void *to, size_t n)
{
	if (!c->ssl)
		return recv(c->fd, to, n, MSG_DONTWAIT);
	return result_of(c, SSL_read(c->ssl, to, (int)n));
}

ssize_t
load_write(struct load_conn *c, const void *from, size_t n)
{
	if (!c->ssl)
		return send(c->fd, from, n, MSG_DONTWAIT | MSG_NOSIGNAL);
	return result_of(c, SSL_write(c->ssl, from, n > INT32_MAX ? INT32_MAX : (int)n));
}

bool
load_has_more(const struct load_conn *c)
{
	return c->ssl && SSL_has_pending(c->ssl);
}
