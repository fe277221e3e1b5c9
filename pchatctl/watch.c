#include "pchatctl/watch.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"

/* Signals become something to wait for, so that none comes between looking and waiting. */
static enum pchat_code
take_signals(int *ret, struct pchat_err *err)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	*ret = sigprocmask(SIG_BLOCK, &set, NULL) ? -1
	                                          : signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (*ret >= 0)
		return PCHAT_OK;
	return pchat_fail(err, PCHAT_UNAVAILABLE, "cannot wait for signals: %s", strerror(errno));
}

enum pchat_code
pchat_watch_open(struct pchat_watch *ret, struct pchat_ctl *ctl, const struct pchat_call *call,
                 const struct pchat_out_head *head, struct pchat_err *err)
{
	struct pchat_watch w = { .ctl = ctl, .signals = -1, .until = INT64_MAX };

	w.left = pchat_call_number(call, "--limit", UINT64_MAX);
	if (pchat_call_text(call, "--for"))
		w.until = pchat_monotonic() +
		          (int64_t)pchat_call_number(call, "--for", 0) * PCHAT_SECOND;
	if (ctl->globals.format != PCHAT_FORMAT_TABLE || *ctl->globals.v[PCHAT_GLOBAL_FIELDS].text)
		PCHAT_TRY(pchat_out_open(ctl, head, &w.out, err));
	*ret = w;
	return take_signals(&ret->signals, err);
}

void
pchat_watch_release(struct pchat_watch *w)
{
	if (w->ctl && w->signals >= 0)
		close(w->signals);
	pchat_out_free(w->out);
	*w = (struct pchat_watch){ 0 };
}

enum pchat_code
pchat_watch_put(struct pchat_watch *w, const char *line, const struct pchat_record *r,
                struct pchat_err *err)
{
	if (!w->left)
		return PCHAT_DIFFERS;
	w->left--;
	if (w->out) {
		PCHAT_TRY(pchat_out_put(w->out, r, err));
	} else {
		pchat_quote_terminal(&w->ctl->out.buf, pchat_str(line));
		pchat_buf_char(&w->ctl->out.buf, '\n');
		PCHAT_TRY(pchat_sink_drain(&w->ctl->out, err));
	}
	return w->left ? PCHAT_OK : PCHAT_DIFFERS;
}

/* Milliseconds to wait, at most @ms. */
static int
patience(const struct pchat_watch *w, unsigned ms)
{
	int64_t left = w->until == INT64_MAX ? INT64_MAX : w->until - pchat_monotonic();

	if (left <= 0)
		return 0;
	return left / 1000 < ms ? (int)(left / 1000) + 1 : (int)ms;
}

enum pchat_code
pchat_watch_wait(struct pchat_watch *w, unsigned ms, bool *ret_over, struct pchat_err *err)
{
	/* A pipe whose reader has gone says so without being asked. */
	struct pollfd fds[2] = { { .fd = w->signals, .events = POLLIN }, { .fd = w->ctl->out.fd } };

	*ret_over = true;
	PCHAT_TRY(w->out ? pchat_out_flush(w->out, err) : pchat_sink_flush(&w->ctl->out, err));
	if (patience(w, ms) == 0)
		return PCHAT_OK;
	if (poll(fds, 2, patience(w, ms)) < 0 && errno != EINTR)
		return pchat_fail(err, PCHAT_UNAVAILABLE, "cannot wait: %s", strerror(errno));
	*ret_over = fds[0].revents || fds[1].revents & (POLLERR | POLLHUP | POLLNVAL) ||
	            w->until <= pchat_monotonic();
	return PCHAT_OK;
}

enum pchat_code
pchat_watch_close(struct pchat_watch *w, enum pchat_code code, struct pchat_err *err)
{
	if (code && code != PCHAT_DIFFERS)
		return code;
	return w->out ? pchat_out_close(w->out, err) : PCHAT_OK;
}
