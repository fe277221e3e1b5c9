#include "pchatctl/shell/history.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pchatctl/command.h"

static void
forget_lines(struct pchat_history *h)
{
	for (size_t i = 0; i < h->lines.n; i++)
		free(h->lines.v[i]);
	pchat_vec_release(&h->lines);
}

void
pchat_history_release(struct pchat_history *h)
{
	forget_lines(h);
	free(h->path);
	*h = (struct pchat_history){ 0 };
}

/* ---- where it is ---- */

/* Make the folders above @path; those that are made are for their owner alone. */
static bool
make_folders(const char *path)
{
	PCHAT_AUTO_TEXT copy = pchat_str_dup(pchat_str(path));

	for (char *p = copy ? copy + 1 : NULL; p && (p = strchr(p, '/')); p++) {
		*p = '\0';
		if (mkdir(copy, 0700) < 0 && errno != EEXIST)
			return false;
		*p = '/';
	}
	return copy != NULL;
}

static char *
find_path(void)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");

	if (state && *state == '/')
		return pchat_text("%s/pchat/history", state);
	if (home && *home == '/')
		return pchat_text("%s/.local/state/pchat/history", home);
	return NULL;
}

/* Open it and see that it is ours alone: what was typed is nobody else's business. */
static enum pchat_code
open_file(const char *path, int flags, int *ret_fd, struct pchat_err *err)
{
	int fd = open(path, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	struct stat st;

	if (fd < 0)
		return pchat_fail(err, errno == EACCES ? PCHAT_DENIED : PCHAT_UNAVAILABLE,
		                  "cannot use the history '%s': %s", path, strerror(errno));
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_uid != geteuid() ||
	    ((st.st_mode & 077) && fchmod(fd, 0600) != 0)) {
		close(fd);
		return pchat_fail(err, PCHAT_DENIED,
		                  "cannot use the history '%s': it is not a plain file of yours",
		                  path);
	}
	*ret_fd = fd;
	return PCHAT_OK;
}

/* ---- reading ---- */

static bool
keep_line(struct pchat_history *h, struct pchat_str line)
{
	char *copy;

	if (!line.n || line.n > PCHAT_HISTORY_LINE_MAX || memchr(line.p, '\0', line.n))
		return true;
	copy = pchat_str_dup(line);
	if (copy && pchat_vec_push(&h->lines, copy))
		return true;
	free(copy);
	return false;
}

/* More than anybody keeps is not read at all: it grew by no hand of ours. */
static enum pchat_code
read_lines(struct pchat_history *h, int fd, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(buf) text = { .max = PCHAT_HISTORY_FILE_MAX };
	char block[65536];
	struct pchat_str rest;
	ssize_t n;

	while ((n = read(fd, block, sizeof(block))) > 0)
		pchat_buf_add(&text, block, (size_t)n);
	if (n < 0)
		return pchat_fail(err, PCHAT_UNAVAILABLE, "cannot read the history '%s': %s",
		                  h->path, strerror(errno));
	PCHAT_TRY(pchat_buf_check(&text, err));
	for (rest = pchat_buf_view(&text); rest.n;)
		if (!keep_line(h, pchat_str_cut(rest, '\n', &rest)))
			return pchat_no_memory(err);
	return PCHAT_OK;
}

/* ---- writing ---- */

static bool
write_all(int fd, struct pchat_str text)
{
	while (text.n) {
		ssize_t n = write(fd, text.p, text.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		text.p += n;
		text.n -= (size_t)n;
	}
	return true;
}

/* The last lines to a new file in the place of the old one. If it cannot be done the file stays
 * long, which harms nobody. */
static void
cut_back(struct pchat_history *h)
{
	size_t first = h->lines.n - PCHAT_HISTORY_LINES;
	PCHAT_AUTO_TEXT path = pchat_text("%s.%ld", h->path, (long)getpid());
	PCHAT_AUTO_VALUE(buf) text = { 0 };
	int fd;

	for (size_t i = first; i < h->lines.n; i++)
		pchat_buf_printf(&text, "%s\n", h->lines.v[i]);
	if (!path || !pchat_buf_ok(&text))
		return;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return;
	if (!write_all(fd, pchat_buf_view(&text)) || close(fd) != 0 || rename(path, h->path) != 0)
		unlink(path);
	for (size_t i = 0; i < h->lines.n; i++) {
		if (i < first)
			free(h->lines.v[i]);
		else
			h->lines.v[i - first] = h->lines.v[i];
	}
	h->lines.n -= first;
}

enum pchat_code
pchat_history_open(struct pchat_history *ret, struct pchat_err *err)
{
	struct pchat_history h = { .path = find_path() };
	enum pchat_code code = PCHAT_OK;
	int fd = -1;

	if (!h.path)
		return PCHAT_OK;
	if (access(h.path, F_OK) == 0)
		code = open_file(h.path, O_RDONLY, &fd, err);
	if (!code && fd >= 0)
		code = read_lines(&h, fd, err);
	if (fd >= 0)
		close(fd);
	if (!code && h.lines.n >= (size_t)2 * PCHAT_HISTORY_LINES)
		cut_back(&h);
	if (code)
		pchat_history_release(&h);
	else
		*ret = h;
	return code;
}

enum pchat_code
pchat_history_add(const struct pchat_history *h, const char *line, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(buf) text = { 0 };
	bool written;
	int fd = -1;

	if (!h->path || strchr(line, '\n') || strlen(line) > PCHAT_HISTORY_LINE_MAX)
		return PCHAT_OK;
	if (!make_folders(h->path))
		return pchat_fail(err, PCHAT_UNAVAILABLE,
		                  "cannot make the folder of the history '%s': %s", h->path,
		                  strerror(errno));
	PCHAT_TRY(open_file(h->path, O_WRONLY | O_APPEND | O_CREAT, &fd, err));
	/* At once, so that shells do not write into each other's lines. */
	pchat_buf_printf(&text, "%s\n", line);
	written = pchat_buf_ok(&text) && write_all(fd, pchat_buf_view(&text));
	if (close(fd) != 0 || !written)
		return pchat_fail(err, PCHAT_UNAVAILABLE, "cannot write the history '%s': %s",
		                  h->path, strerror(errno));
	return PCHAT_OK;
}
