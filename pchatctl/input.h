/*
 * Files that a command reads whole: manifests, CSV.
 */
#pragma once

#include <stdint.h>

#include "base/buf.h"

struct pchat_input_limit {
	const char *what;   /* "the manifest" */
	uint64_t max, used; /* octets; of all files together if there are several */
	const char *remedy;
};

/* Everything that @path ("-": standard input) gives, appended to @ret. PCHAT_NOT_FOUND,
 * PCHAT_DENIED, PCHAT_UNAVAILABLE; PCHAT_LIMIT: more than the limit leaves. */
enum pchat_code pchat_input_read(const char *path, const struct pchat_input_limit *limit,
                                 struct pchat_buf *ret, struct pchat_err *err);
/* "cannot open 'PATH': No such file or directory" from errno, with the code that fits. */
enum pchat_code pchat_input_fail(struct pchat_err *err, const char *what, const char *path);
