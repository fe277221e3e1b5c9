#include "pchatctl/manifest.h"

#include <dirent.h>
#include <sys/stat.h>

#include "pchatctl/input.h"

void
pchat_manifest_release(struct pchat_manifest *m)
{
	for (size_t k = 0; k < PCHAT_N_KINDS; k++) {
		struct pchat_manifest_section *s = &m->sections[k];

		for (size_t i = 0; i < s->objects.n; i++)
			pchat_object_free(s->objects.v[i]);
		pchat_vec_release(&s->objects);
		pchat_hash_release(&s->keys);
		pchat_hash_release(&s->guids);
	}
	for (size_t i = 0; i < m->files.n; i++)
		free(m->files.v[i]);
	for (size_t i = 0; i < m->keys.n; i++)
		free(m->keys.v[i]);
	pchat_places_release(&m->places);
	pchat_vec_release(&m->files);
	pchat_vec_release(&m->keys);
	*m = (struct pchat_manifest){ 0 };
}

static ptrdiff_t
find_index(const struct pchat_hash *h, struct pchat_str key)
{
	return (ptrdiff_t)(uintptr_t)pchat_hash_get(h, key) - 1;
}

ptrdiff_t
pchat_manifest_find(const struct pchat_manifest *m, enum pchat_kind kind, const char *key)
{
	PCHAT_AUTO_VALUE(buf) folded = { 0 };

	pchat_fold(&folded, pchat_str(key));
	if (!pchat_buf_ok(&folded))
		return -1;
	return find_index(&m->sections[kind].keys, pchat_buf_view(&folded));
}

ptrdiff_t
pchat_manifest_find_guid(const struct pchat_manifest *m, enum pchat_kind kind, const char *guid)
{
	return find_index(&m->sections[kind].guids, pchat_str(guid));
}

bool
pchat_manifest_short_form(enum pchat_kind kind)
{
	const struct pchat_kind_info *info = pchat_kind_info(kind);

	for (size_t i = 1; i < info->n_fields; i++)
		if (info->fields[i].flags & PCHAT_REQUIRED)
			return false;
	return !info->singleton;
}

/* ---- files ---- */

/* What the manifest may still take bounds every further file. */
static enum pchat_code
read_file(struct pchat_manifest *m, const char *path, const char *name, struct pchat_err *err)
{
	const struct pchat_input_limit limit = { "the manifest", PCHAT_MANIFEST_MAX_BYTES, m->bytes,
		                                 "apply it in parts" };
	PCHAT_AUTO_VALUE(buf) text = { 0 };
	enum pchat_code code;

	if (m->files.n >= PCHAT_MANIFEST_MAX_FILES)
		return pchat_fail(err, PCHAT_LIMIT, "more than %d files", PCHAT_MANIFEST_MAX_FILES);
	code = pchat_input_read(path, &limit, &text, err);
	if (code)
		return code;
	m->bytes += text.n;
	return pchat_manifest_parse(m, name, pchat_buf_view(&text), err);
}

/* ---- folders ---- */

static int
is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static bool
is_manifest_name(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot && (!strcmp(dot, ".yaml") || !strcmp(dot, ".yml"));
}

static int
by_octets(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static enum pchat_code read_folder(struct pchat_manifest *m, const char *path, unsigned depth,
                                   struct pchat_err *err);

static enum pchat_code
read_member(struct pchat_manifest *m, const char *path, const char *name, unsigned depth,
            struct pchat_err *err)
{
	PCHAT_AUTO_TEXT full = pchat_text("%s/%s", path, name);
	struct stat st;

	if (!full)
		return pchat_no_memory(err);
	if (stat(full, &st))
		return pchat_input_fail(err, "read", full);
	if (S_ISDIR(st.st_mode))
		return read_folder(m, full, depth + 1, err);
	return is_manifest_name(name) ? read_file(m, full, full, err) : PCHAT_OK;
}

static enum pchat_code
read_folder(struct pchat_manifest *m, const char *path, unsigned depth, struct pchat_err *err)
{
	struct dirent **entries;
	enum pchat_code code = PCHAT_OK;
	int n;

	if (depth > PCHAT_MANIFEST_MAX_FOLDERS) {
		pchat_fail(err, PCHAT_LIMIT, "folders are nested too deep at '%s'", path);
		pchat_hint(err, "look for a symbolic link that leads back");
		return PCHAT_LIMIT;
	}
	n = scandir(path, &entries, is_visible, by_octets);
	if (n < 0)
		return pchat_input_fail(err, "read", path);
	for (int i = 0; i < n; i++) {
		if (!code)
			code = read_member(m, path, entries[i]->d_name, depth, err);
		free(entries[i]);
	}
	free(entries);
	return code;
}

static enum pchat_code
read_top_folder(struct pchat_manifest *m, const char *path, struct pchat_err *err)
{
	size_t files = m->files.n;
	enum pchat_code code = read_folder(m, path, 1, err);

	if (code || m->files.n > files)
		return code;
	pchat_fail(err, PCHAT_NOT_FOUND, "no manifest in folder '%s'", path);
	pchat_hint(err, "manifests are named *.yaml or *.yml");
	return PCHAT_NOT_FOUND;
}

enum pchat_code
pchat_manifest_read(struct pchat_manifest *m, const char *path, struct pchat_err *err)
{
	size_t n = strlen(path);
	PCHAT_AUTO_TEXT folder = NULL;
	struct stat st;

	if (!strcmp(path, "-"))
		return read_file(m, path, "<stdin>", err);
	if (stat(path, &st))
		return pchat_input_fail(err, "open", path);
	if (!S_ISDIR(st.st_mode))
		return read_file(m, path, path, err);
	while (n > 1 && path[n - 1] == '/')
		n--;
	folder = pchat_str_dup((struct pchat_str){ path, n });
	return folder ? read_top_folder(m, folder, err) : pchat_no_memory(err);
}
