/*
 * The parts of the manual pages that follow from tables. A template names them on
 * lines of their own: "@globals".
 */
#pragma once

#include "pchatctl/command.h"

struct man_page {
	const struct pchat_noun *noun; /* what the page is about; NULL if not a noun */
	const char *date;
	const char *sources;  /* folder of the templates */
	const char *examples; /* folder of the files that "@file" shows */
};

struct man_part {
	const char *word;
	/* Append the part; @arg is what follows its word, "" if nothing. */
	enum pchat_code (*put)(const struct man_page *page, struct pchat_str arg,
	                       struct pchat_buf *out, struct pchat_err *err);
};
extern const struct man_part man_parts[];
extern const size_t man_n_parts;

/* All of a file; PCHAT_NOT_FOUND, PCHAT_UNAVAILABLE. */
enum pchat_code man_read(const char *path, struct pchat_buf *out, struct pchat_err *err);
