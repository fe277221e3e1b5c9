/*
 * What stands between sofia-sip and the libraries below it. Some functions that
 * libsofia-sip-ua calls are defined again in shim.c; being in the executable
 * (exported, see CMakeLists.txt) they are found first. For every other caller
 * they do what the real ones do. Reasons and proofs: libraries.md 2.4 and 2.6.
 *
 * The state behind this is the process's, hence one agent per process.
 */
#pragma once

#include <sys/socket.h>

#include <openssl/types.h>

#include "base/err.h"
#include "base/str.h"

struct tport_s; /* tport_t, msg_t of sofia-sip */
struct msg_s;

struct psip_shim_hooks {
	/* sofia-sip is about to listen on @fd. */
	void (*listening)(void *ctx, int fd);
	/* It accepted @fd on @listen_fd; false closes it again. */
	bool (*accepted)(void *ctx, int listen_fd, int fd, const struct sockaddr *peer,
	                 socklen_t peer_size);
	/* There was no descriptor for a connection, which was let go. */
	void (*exhausted)(void *ctx);
	/* It made an SSL for the connection accepted last. */
	void (*tls)(void *ctx, SSL *ssl);
	/* Does @peer speak TLS with us? */
	bool (*is_tls)(void *ctx, const struct sockaddr *peer, socklen_t peer_size);
	/* The TLS handshake with @peer has failed: @detail. */
	void (*tls_failed)(void *ctx, const struct sockaddr *peer, const char *detail);
	/* Octets that the head, and the body, of a message from @peer may have. Asked only beyond
	 * PCHAT_SIP_STRANGER_PART. */
	size_t (*part_max)(void *ctx, const struct sockaddr *peer, socklen_t peer_size);
	/* What @peer sent cannot be read, or not any further; the library has stopped to. */
	void (*broken)(void *ctx, const struct sockaddr *peer, socklen_t peer_size);
	/* It is about to send @msg over @tp: an answer, its own or one of ours. False: do not. */
	bool (*answer)(void *ctx, struct tport_s *tp, struct msg_s *msg);
};

/* Start to call @hooks (both borrowed until psip_shim_detach). PCHAT_CONFLICT if somebody has,
 * PCHAT_INTERNAL if the executable does not export what it must. */
enum pchat_code psip_shim_attach(const struct psip_shim_hooks *hooks, void *ctx,
                                 struct pchat_err *err);
void psip_shim_detach(void *ctx);
/* Free what sofia-sip has let go of. To be called when none of its frames is on the stack. */
void psip_shim_tidy(void);
