#include "pchatctl/input.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_CHUNK ((size_t)256 * 1024)

enum pchat_code
pchat_input_fail(struct pchat_err *err, const char *what, const char *path)
{
	int why = errno;
	enum pchat_code code = why == ENOENT || why == ENOTDIR ? PCHAT_NOT_FOUND
	                       : why == EACCES                 ? PCHAT_DENIED
	                                                       : PCHAT_UNAVAILABLE;

	if (why == ENOMEM)
		return pchat_no_memory(err);
	pchat_fail(err, code, "cannot %s '%s': %s", what, path, strerror(why));
	pchat_hint(err, why == ENOENT ? "check the path" : "check its permissions");
	return code;
}

static enum pchat_code
read_all(int fd, const char *path, const struct pchat_input_limit *limit, struct pchat_buf *ret,
         struct pchat_err *err)
{
	ssize_t n;

	do {
		if (!pchat_buf_reserve(ret, READ_CHUNK))
			return pchat_no_memory(err);
		n = read(fd, ret->p + ret->n, READ_CHUNK);
		if (n < 0 && errno != EINTR)
			return pchat_input_fail(err, "read", path);
		if (n > 0)
			ret->n += (size_t)n;
		if (ret->n > limit->max - limit->used) {
			pchat_fail(err, PCHAT_LIMIT, "%s is larger than %llu octets", limit->what,
			           (unsigned long long)limit->max);
			pchat_hint(err, "%s", limit->remedy);
			return PCHAT_LIMIT;
		}
	} while (n);
	return PCHAT_OK;
}

/* The size of a file is known before: its text is then read into place at once. */
static enum pchat_code
read_descriptor(int fd, const char *path, const struct pchat_input_limit *limit,
                struct pchat_buf *ret, struct pchat_err *err)
{
	struct stat st;

	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && (uint64_t)st.st_size <= limit->max &&
	    !pchat_buf_reserve(ret, (size_t)st.st_size + READ_CHUNK))
		return pchat_no_memory(err);
	return read_all(fd, path, limit, ret, err);
}

enum pchat_code
pchat_input_read(const char *path, const struct pchat_input_limit *limit, struct pchat_buf *ret,
                 struct pchat_err *err)
{
	enum pchat_code code;
	int fd;

	if (strcmp(path, "-") == 0)
		return read_descriptor(STDIN_FILENO, "<stdin>", limit, ret, err);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return pchat_input_fail(err, "open", path);
	code = read_descriptor(fd, path, limit, ret, err);
	close(fd);
	return code;
}
