/* The command line of pchatd. */
#pragma once

#include "base/buf.h"
#include "base/log.h"
#include "base/vec.h"
#include "pchatd/listener.h"

struct pchat_options {
	const char *store;
	PCHAT_VEC(struct pchat_listener *) listen; /* owned */
	enum pchat_auth auth;
	const char *server; /* which of the pool's servers this is; NULL: that named as the host */
	const char *ready_file;
	const char *log_file; /* NULL: standard error */
	enum pchat_log_level log_level;
	bool log_json;
	const char *metrics; /* HOST:PORT; NULL: none */
	const char *keytab;  /* NULL: where the Kerberos library looks */
	const char *cert;    /* directory with agent.pem and cafile.pem */
	const char *user;    /* whom to work as; NULL: whoever started us */
	bool insecure;       /* plain TCP beyond loopback */
	bool help, version;
};

/* Views into @argv. PCHAT_USAGE with a remedy. Release also after a failure. */
enum pchat_code pchat_options_parse(struct pchat_options *o, int argc, char **argv,
                                    struct pchat_err *err);
void pchat_options_release(struct pchat_options *o);
void pchat_options_help(struct pchat_buf *out);

/* Row number @i of the table of options: its name ("--store"), what stands for its value (NULL if
 * it takes none), what it does. False past the last one. */
bool pchat_options_row(size_t i, const char **name, const char **value, const char **help);

/* Is the HOST of "tcp:HOST:PORT" a loopback address? False also for what is no such spec. */
bool pchat_listen_is_loopback(const char *spec);
/* Is it a tls: one? */
bool pchat_listen_is_tls(const char *spec);
