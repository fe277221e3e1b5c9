/*
 * Make the manual pages: generate SOURCES EXAMPLES DATE OUT
 *
 * SOURCES holds a template NAME.SECTION.in for each page, and noun.1.in from which
 * every noun gets a page of its own. Lines of a template that begin with '@' are
 * replaced by the part they name (parts.h); all others are mdoc and stay.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "docs/man/parts.h"

#define FILE_MAX 1048576

enum pchat_code
man_read(const char *path, struct pchat_buf *out, struct pchat_err *err)
{
	FILE *f = fopen(path, "re");
	char block[4096];
	size_t n, all = 0;

	if (!f)
		return pchat_fail(err, errno == ENOENT ? PCHAT_NOT_FOUND : PCHAT_UNAVAILABLE,
		                  "cannot read '%s': %s", path, strerror(errno));
	while ((n = fread(block, 1, sizeof(block), f)) > 0 && (all += n) <= FILE_MAX)
		pchat_buf_add(out, block, n);
	fclose(f);
	if (all > FILE_MAX)
		return pchat_fail(err, PCHAT_LIMIT, "'%s' is longer than %d octets", path,
		                  FILE_MAX);
	return pchat_buf_check(out, err);
}

static enum pchat_code
put_part(const struct man_page *page, struct pchat_str line, struct pchat_buf *out,
         struct pchat_err *err)
{
	struct pchat_str arg, word = pchat_str_cut(line, ' ', &arg);

	for (size_t i = 0; i < man_n_parts; i++)
		if (pchat_str_is(word, man_parts[i].word))
			return man_parts[i].put(page, arg, out, err);
	return pchat_fail(err, PCHAT_INVALID, "no part named '@%.*s'", PCHAT_STR_ARG(word));
}

static enum pchat_code
fill(const struct man_page *page, struct pchat_str template, struct pchat_buf *out,
     struct pchat_err *err)
{
	enum pchat_code code = PCHAT_OK;

	while (template.n && !code) {
		struct pchat_str line = pchat_str_cut(template, '\n', &template);

		if (line.n && line.p[0] == '@') {
			code = put_part(page, (struct pchat_str){ line.p + 1, line.n - 1 }, out,
			                err);
			continue;
		}
		pchat_buf_str(out, line);
		pchat_buf_char(out, '\n');
	}
	return code ? code : pchat_buf_check(out, err);
}

/* Pages stand where man(1) looks for them: OUT/man1/pchatctl.1. */
static enum pchat_code
write_page(const char *folder, const char *name, struct pchat_str text, struct pchat_err *err)
{
	PCHAT_AUTO_TEXT section = pchat_text("%s/man%s", folder, strrchr(name, '.') + 1);
	PCHAT_AUTO_TEXT path = section ? pchat_text("%s/%s", section, name) : NULL;
	bool written;
	FILE *f;

	if (!path)
		return pchat_no_memory(err);
	if (mkdir(section, 0777) < 0 && errno != EEXIST)
		return pchat_fail(err, PCHAT_UNAVAILABLE, "cannot make '%s': %s", section,
		                  strerror(errno));
	f = fopen(path, "we");
	written = f && fwrite(text.p, 1, text.n, f) == text.n;
	if (f && fclose(f) != 0)
		written = false;
	if (written)
		return PCHAT_OK;
	return pchat_fail(err, PCHAT_UNAVAILABLE, "cannot write '%s': %s", path, strerror(errno));
}

static enum pchat_code
make_page(const struct man_page *page, const char *template, const char *name, const char *out,
          struct pchat_err *err)
{
	PCHAT_AUTO_TEXT path = pchat_text("%s/%s", page->sources, template);
	PCHAT_AUTO_VALUE(buf) source = { 0 };
	PCHAT_AUTO_VALUE(buf) text = { 0 };
	enum pchat_code code = path ? man_read(path, &source, err) : pchat_no_memory(err);

	if (!code)
		code = fill(page, pchat_buf_view(&source), &text, err);
	if (!code)
		code = write_page(out, name, pchat_buf_view(&text), err);
	return code ? pchat_wrap(err, "%s", name) : PCHAT_OK;
}

/* "pchatctl.1.in" -> "pchatctl.1", in @name; false if it is no template of a page. */
static bool
page_name(const char *file, char *name, size_t size)
{
	size_t n = strlen(file);

	if (n < 6 || n > size || strcmp(file + n - 3, ".in") != 0 || strcmp(file, "noun.1.in") == 0)
		return false;
	memcpy(name, file, n - 3);
	name[n - 3] = '\0';
	return strchr(name, '.') != NULL;
}

static enum pchat_code
make_all(struct man_page *page, const char *out, struct pchat_err *err)
{
	enum pchat_code code = PCHAT_OK;
	DIR *d = opendir(page->sources);
	char name[256];

	if (!d)
		return pchat_fail(err, PCHAT_UNAVAILABLE, "cannot read '%s': %s", page->sources,
		                  strerror(errno));
	for (struct dirent *e; !code && (e = readdir(d));)
		if (page_name(e->d_name, name, sizeof(name)))
			code = make_page(page, e->d_name, name, out, err);
	closedir(d);
	for (size_t i = 0; !code && i < pchat_n_nouns; i++) {
		page->noun = &pchat_nouns[i];
		snprintf(name, sizeof(name), "pchatctl-%s.1", page->noun->word);
		code = make_page(page, "noun.1.in", name, out, err);
	}
	return code;
}

int
main(int argc, char **argv)
{
	struct pchat_err err = { 0 };
	struct man_page page = { 0 };

	if (argc != 5) {
		fprintf(stderr, "usage: generate SOURCES EXAMPLES DATE OUT\n");
		return 2;
	}
	page.sources = argv[1];
	page.examples = argv[2];
	page.date = argv[3];
	if (make_all(&page, argv[4], &err)) {
		fprintf(stderr, "generate: %s\n", pchat_err_text(&err));
		pchat_err_release(&err);
		return 1;
	}
	return 0;
}
