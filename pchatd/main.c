#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/hide.h"
#include "pchatd/notify.h"
#include "pchatd/privileges.h"
#include "pchatd/server.h"
#include "wire/sipae/kerberos.h"
#include "wire/sipae/ntlm.h"

#define OTHER_FILES 1024u /* descriptors that are no connections: store, log, control socket */

/* As pchatctl writes its errors: what, why, remedy. */
static int
complain(const struct pchat_err *err)
{
	fprintf(stderr, "pchatd: %s%s%s\n", pchat_err_text(err), err->hint ? "; " : "",
	        err->hint ? err->hint : "");
	return pchat_code_exit(err->code);
}

/*
 * Every connection is a descriptor, and 1024 of them is what a process is given that does not
 * ask. If the limit stays, connections beyond it are refused; that is no reason not to serve.
 */
static void
allow_connections(void)
{
	const rlim_t wanted = PCHAT_SIP_CONNS_MAX + OTHER_FILES;
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) < 0 || files.rlim_cur >= wanted)
		return;
	files.rlim_cur = files.rlim_max < wanted ? files.rlim_max : wanted;
	setrlimit(RLIMIT_NOFILE, &files);
}

/* Appears at once with its whole content, so that who waits for it never reads half of it. */
static enum pchat_code
write_ready_file(const char *path, struct pchat_str text, struct pchat_err *err)
{
	PCHAT_AUTO_TEXT part = pchat_text("%s.part", path);
	bool written;
	int fd;

	if (!part)
		return pchat_no_memory(err);
	fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	written = fd >= 0 && write(fd, text.p, text.n) == (ssize_t)text.n;
	if (fd >= 0 && close(fd) < 0)
		written = false;
	if (written && rename(part, path) == 0)
		return PCHAT_OK;
	return pchat_fail(err, PCHAT_UNAVAILABLE, "cannot write '%s': %s", path, strerror(errno));
}

static enum pchat_code
announce(const struct pchat_options *opt, struct pchat_str lines, struct pchat_err *err)
{
	if (opt->ready_file && write_ready_file(opt->ready_file, lines, err))
		return pchat_wrap(err, "cannot say that we are ready");
	fwrite(lines.p, 1, lines.n, stdout);
	if (fflush(stdout) != 0)
		return pchat_fail(err, PCHAT_UNAVAILABLE, "cannot write to standard output: %s",
		                  strerror(errno));
	pchat_notify("READY=1");
	return PCHAT_OK;
}

static enum pchat_code
serve(const struct pchat_options *opt, struct pchat_log *log, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(buf) lines = { 0 };
	struct pchatd d;
	enum pchat_code code = pchatd_start(&d, opt, log, err);

	if (!code)
		code = pchat_privileges_bind(opt->user, err);
	if (!code)
		code = pchatd_listen(&d, &lines, err);
	if (!code)
		code = pchat_privileges_drop(opt->user, err);
	if (!code)
		code = announce(opt, pchat_buf_view(&lines), err);
	if (!code)
		pchatd_run(&d);
	pchatd_release(&d);
	return code;
}

static int
print_help(void)
{
	PCHAT_AUTO_VALUE(buf) out = { 0 };

	pchat_options_help(&out);
	fputs(pchat_buf_cstr(&out), stdout);
	return fflush(stdout) == 0 ? 0 : pchat_code_exit(PCHAT_UNAVAILABLE);
}

static int
run(const struct pchat_options *opt, struct pchat_err *err)
{
	struct pchat_log *log = NULL;
	enum pchat_code code;

	if (opt->help)
		return print_help();
	if (opt->version) {
		printf("pchatd " PCHAT_VERSION " %s Kerberos, %s NTLM\n",
		       pchat_kerberos_built() ? "with" : "without",
		       pchat_ntlm_built() ? "with" : "without");
		return 0;
	}
	allow_connections();
	pchat_hide(); /* digests of passwords, and messages, are in this memory */
	code = pchat_privileges_lower(opt->user, err);
	if (!code)
		code = pchat_log_open(opt->log_file, opt->log_level, opt->log_json, &log, err);
	if (!code)
		code = serve(opt, log, err);
	pchat_log_free(log);
	return code ? complain(err) : 0;
}

int
main(int argc, char **argv)
{
	struct pchat_options opt;
	struct pchat_err err = { 0 };
	int status;

	if (pchat_options_parse(&opt, argc, argv, &err))
		status = complain(&err);
	else
		status = run(&opt, &err);
	pchat_options_release(&opt);
	pchat_err_release(&err);
	return status;
}
