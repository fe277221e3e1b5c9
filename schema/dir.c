#include "schema/dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"

#define STAGING   ".new-" /* what a creation that was cut short leaves behind */
#define MAX_DEPTH 8       /* of directories below files/ */

static const char *const part_files[PCHAT_N_PARTS] = {
	[PCHAT_PART_POLICY] = "policy.db",
	[PCHAT_PART_CHAT] = "chat.db",
	[PCHAT_PART_COMPLIANCE] = "compliance.db",
};

static enum pchat_code
fail_system(struct pchat_err *err, const char *what, const char *path)
{
	int number = errno;
	enum pchat_code code = number == EACCES || number == EPERM || number == EROFS
	                               ? PCHAT_DENIED
	                               : PCHAT_UNAVAILABLE;

	if (number == ENOMEM)
		return pchat_no_memory(err);
	if (number == EEXIST)
		code = PCHAT_EXISTS;
	pchat_fail(err, code, "cannot %s '%s': %s", what, path, strerror(number));
	if (number == ENOSPC || number == EDQUOT)
		pchat_hint(err, "free some space on that file system and try again");
	else if (code == PCHAT_DENIED)
		pchat_hint(err, "run as the user the store belongs to");
	return code;
}

static enum pchat_code
join(char ret[PCHAT_DIR_PATH_MAX], const char *dir, const char *name, struct pchat_err *err)
{
	int n = snprintf(ret, PCHAT_DIR_PATH_MAX, "%s/%s", dir, name);

	if (n < 0 || n >= PCHAT_DIR_PATH_MAX) {
		pchat_fail(err, PCHAT_LIMIT, "path of the store is too long: '%.64s...'", dir);
		pchat_hint(err, "at most %d octets", PCHAT_DIR_PATH_MAX - 40);
		return PCHAT_LIMIT;
	}
	return PCHAT_OK;
}

enum pchat_code
pchat_dir_part_path(const char *location, enum pchat_part part, char ret[PCHAT_DIR_PATH_MAX],
                    struct pchat_err *err)
{
	return join(ret, location, part_files[part], err);
}

/* ---- is there a store ---- */

static enum pchat_code
fail_missing(const char *path, struct pchat_err *err)
{
	pchat_fail(err, PCHAT_UNAVAILABLE, "no store at '%s'", path);
	pchat_hint(err, "make one with 'pchatctl store init', "
	                "or name another with --store or PCHAT_STORE");
	return PCHAT_UNAVAILABLE;
}

static enum pchat_code
fail_permission(const char *path, struct pchat_err *err)
{
	pchat_fail(err, PCHAT_DENIED, "store '%s': permission denied", path);
	pchat_hint(err, "run as the user the store belongs to");
	return PCHAT_DENIED;
}

enum pchat_code
pchat_dir_probe(const char *location, struct pchat_err *err)
{
	char path[PCHAT_DIR_PATH_MAX];
	struct stat st;
	enum pchat_code code = pchat_dir_part_path(location, PCHAT_PART_POLICY, path, err);

	if (code != PCHAT_OK)
		return code;
	if (stat(path, &st) == 0) {
		if (S_ISREG(st.st_mode))
			return PCHAT_OK;
		return pchat_fail(err, PCHAT_INVALID, "'%s' is not a regular file", path);
	}
	switch (errno) {
	case ENOENT:
		return fail_missing(location, err);
	case EACCES:
		return fail_permission(location, err);
	case ENOTDIR:
		pchat_fail(err, PCHAT_INVALID, "'%s' is not a store: not a directory", location);
		pchat_hint(err, "name the directory of the store with --store");
		return PCHAT_INVALID;
	default:
		return fail_system(err, "look at", path);
	}
}

enum pchat_code
pchat_dir_probe_file(const char *path, struct pchat_err *err)
{
	char location[PCHAT_DIR_PATH_MAX];
	char *slash;
	enum pchat_code code;
	struct stat st;

	snprintf(location, sizeof(location), "%s", path);
	slash = strrchr(location, '/');
	if (slash)
		*slash = '\0';
	code = pchat_dir_probe(location, err);
	if (code != PCHAT_OK)
		return code;
	if (stat(path, &st) && errno == ENOENT) {
		pchat_fail(err, PCHAT_CORRUPT, "'%s' is missing from its store", path);
		pchat_hint(err, PCHAT_REMEDY_RESTORE);
		return PCHAT_CORRUPT;
	}
	if (access(path, R_OK))
		return fail_permission(path, err);
	return PCHAT_OK;
}

enum pchat_code
pchat_dir_create_file(const char *path, struct pchat_err *err)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		return fail_system(err, "create", path);
	/* A strict umask may have taken what the owner needs. */
	if (fchmod(fd, 0600)) {
		enum pchat_code code = fail_system(err, "set the mode of", path);

		close(fd);
		return code;
	}
	close(fd);
	return PCHAT_OK;
}

static enum pchat_code
sync_one(const char *path, struct pchat_err *err)
{
	enum pchat_code code = PCHAT_OK;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return fail_system(err, "open", path);
	if (fsync(fd))
		code = fail_system(err, "write to disk", path);
	close(fd);
	return code;
}

enum pchat_code
pchat_dir_sync(const char *path, struct pchat_err *err)
{
	char dir[PCHAT_DIR_PATH_MAX];
	char *slash;
	enum pchat_code code = sync_one(path, err);

	if (code != PCHAT_OK)
		return code;
	snprintf(dir, sizeof(dir), "%s", path);
	slash = strrchr(dir, '/');
	if (!slash)
		return sync_one(".", err);
	slash[slash == dir] = '\0';
	return sync_one(dir, err);
}

/* ---- making a store ---- */

/* policy.db last: a store cut short there is not taken for one. */
static const char *const publish_order[] = { PCHAT_DIR_FILES, "chat.db", "compliance.db",
	                                     "policy.db" };

/* What may stand in a directory that counts as empty. */
static bool
is_ignored(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
	       strcmp(name, "lost+found") == 0 || strncmp(name, STAGING, strlen(STAGING)) == 0;
}

static enum pchat_code
fail_not_empty(const char *location, const char *name, struct pchat_err *err)
{
	if (pchat_dir_probe(location, NULL) == PCHAT_OK)
		pchat_fail(err, PCHAT_EXISTS, "there is a store at '%s'", location);
	else
		pchat_fail(err, PCHAT_EXISTS, "'%s' is not empty: it has '%s'", location, name);
	pchat_hint(err, "name a missing or empty directory; nothing was changed");
	return PCHAT_EXISTS;
}

static enum pchat_code
check_empty(const char *location, struct pchat_err *err)
{
	enum pchat_code code = PCHAT_OK;
	DIR *dir = opendir(location);
	struct dirent *entry;

	if (!dir)
		return fail_system(err, "read directory", location);
	while (code == PCHAT_OK && (entry = readdir(dir)) != NULL)
		if (!is_ignored(entry->d_name))
			code = fail_not_empty(location, entry->d_name, err);
	closedir(dir);
	return code;
}

static int
remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void
remove_tree(const char *path)
{
	nftw(path, remove_entry, 4, FTW_DEPTH | FTW_PHYS);
}

/* Does one of the staging places in the directory hold what is published last? */
static bool
is_cut_short(const char *location)
{
	char path[PCHAT_DIR_PATH_MAX];
	struct dirent *entry;
	DIR *dir = opendir(location);
	bool found = false;

	while (dir && !found && (entry = readdir(dir)) != NULL) {
		int n = snprintf(path, sizeof(path), "%s/%s/policy.db", location, entry->d_name);

		found = strncmp(entry->d_name, STAGING, strlen(STAGING)) == 0 && n > 0 &&
		        (size_t)n < sizeof(path) && access(path, F_OK) == 0;
	}
	if (dir)
		closedir(dir);
	return found;
}

/* Remove what somebody left who was killed while he moved a new store into place. Its policy.db
 * still stands in the staging place, so nobody has ever used the rest. */
static void
clear_cut_short(const char *location)
{
	char path[PCHAT_DIR_PATH_MAX];

	if (join(path, location, "policy.db", NULL) != PCHAT_OK || access(path, F_OK) == 0 ||
	    !is_cut_short(location))
		return;
	for (size_t i = 0; i < PCHAT_N(publish_order); i++)
		if (join(path, location, publish_order[i], NULL) == PCHAT_OK)
			remove_tree(path);
}

/* One at a time makes a store in a directory: the lock ends with the process. */
static enum pchat_code
lock_dir(const char *path, int *ret_fd, struct pchat_err *err)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return fail_system(err, "open", path);
	if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
		*ret_fd = fd;
		return PCHAT_OK;
	}
	close(fd);
	pchat_fail(err, PCHAT_BUSY, "somebody else is making a store at '%s'", path);
	pchat_hint(err, "wait until it is there");
	return PCHAT_BUSY;
}

static enum pchat_code
make_dir(const char *path, bool *ret_made, struct pchat_err *err)
{
	struct stat st;

	if (mkdir(path, 0700) == 0) {
		*ret_made = true;
		if (chmod(path, 0700) == 0)
			return PCHAT_OK;
		return fail_system(err, "set the mode of", path);
	}
	*ret_made = false;
	if (errno != EEXIST)
		return fail_system(err, "create directory", path);
	if (stat(path, &st))
		return fail_system(err, "look at", path);
	if (!S_ISDIR(st.st_mode)) {
		pchat_fail(err, PCHAT_EXISTS, "'%s' is there and is not a directory", path);
		pchat_hint(err, "name a missing or empty directory");
		return PCHAT_EXISTS;
	}
	return PCHAT_OK;
}

/* Move one entry of the staging place up; never over one that is there. */
static enum pchat_code
publish_one(const char *staging, const char *location, const char *name, struct pchat_err *err)
{
	char from[PCHAT_DIR_PATH_MAX], to[PCHAT_DIR_PATH_MAX];
	enum pchat_code code = join(from, staging, name, err);

	if (code == PCHAT_OK)
		code = join(to, location, name, err);
	if (code != PCHAT_OK)
		return code;
	if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE))
		return fail_system(err, "move into place", to);
	return PCHAT_OK;
}

static enum pchat_code
publish(const char *staging, const char *location, struct pchat_err *err)
{
	enum pchat_code code = sync_one(staging, err);
	size_t done = 0;

	while (code == PCHAT_OK && done < PCHAT_N(publish_order)) {
		code = publish_one(staging, location, publish_order[done], err);
		if (code == PCHAT_OK)
			done++;
	}
	if (code == PCHAT_OK)
		code = sync_one(location, err);
	while (code != PCHAT_OK && done-- > 0) {
		char path[PCHAT_DIR_PATH_MAX];

		if (join(path, location, publish_order[done], NULL) == PCHAT_OK)
			remove_tree(path);
	}
	return code;
}

static enum pchat_code
build_files_dir(const char *staging, struct pchat_err *err)
{
	char path[PCHAT_DIR_PATH_MAX];
	enum pchat_code code = join(path, staging, PCHAT_DIR_FILES, err);

	if (code != PCHAT_OK)
		return code;
	return mkdir(path, 0700) && errno != EEXIST ? fail_system(err, "create", path) : PCHAT_OK;
}

/* Build beside what is there, then move into place. */
static enum pchat_code
build_staged(const char *location, pchat_build_fn build, void *ctx, struct pchat_err *err)
{
	char staging[PCHAT_DIR_PATH_MAX];
	enum pchat_code code = join(staging, location, STAGING "XXXXXX", err);

	if (code != PCHAT_OK)
		return code;
	if (!mkdtemp(staging))
		return fail_system(err, "create a directory in", location);
	code = build_files_dir(staging, err);
	if (code == PCHAT_OK)
		code = build(ctx, staging, err);
	if (code == PCHAT_OK)
		code = publish(staging, location, err);
	remove_tree(staging);
	return code;
}

enum pchat_code
pchat_dir_create(const char *location, pchat_build_fn build, void *ctx, struct pchat_err *err)
{
	bool made = false;
	int lock = -1;
	enum pchat_code code = make_dir(location, &made, err);

	if (code == PCHAT_OK)
		code = lock_dir(location, &lock, err);
	if (code == PCHAT_OK) {
		clear_cut_short(location);
		code = check_empty(location, err);
	}
	if (code == PCHAT_OK)
		code = build_staged(location, build, ctx, err);
	if (code != PCHAT_OK && made)
		rmdir(location);
	if (lock >= 0)
		close(lock);
	return code;
}

/* ---- places beside a store ---- */

#define SIDE_FOLDER "transactions"
#define GONE        ".gone-" /* what a removal that was cut short leaves behind */
/* Older than this, what was cut short is nobody's work any more. */
#define LEFTOVER_SECONDS 86400

enum pchat_code
pchat_dir_side_path(const char *location, const char *name, char *ret, size_t max,
                    struct pchat_err *err)
{
	int n = snprintf(ret, max, "%s/" SIDE_FOLDER "/%s", location, name);

	if (n >= 0 && (size_t)n < max && n < PCHAT_DIR_PATH_MAX)
		return PCHAT_OK;
	return pchat_fail(err, PCHAT_LIMIT, "path of the store is too long: '%.64s...'", location);
}

static bool
is_leftover(int dir, const char *name)
{
	struct stat st;

	return (strncmp(name, STAGING, strlen(STAGING)) == 0 ||
	        strncmp(name, GONE, strlen(GONE)) == 0) &&
	       fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       st.st_mtime < time(NULL) - LEFTOVER_SECONDS;
}

static void
remove_leftovers(const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)) != NULL) {
		char path[PCHAT_DIR_PATH_MAX];

		if (is_leftover(dirfd(dir), entry->d_name) &&
		    join(path, folder, entry->d_name, NULL) == PCHAT_OK)
			remove_tree(path);
	}
	if (dir)
		closedir(dir);
}

static enum pchat_code
side_folder(const char *location, char folder[PCHAT_DIR_PATH_MAX], struct pchat_err *err)
{
	enum pchat_code code = join(folder, location, SIDE_FOLDER, err);

	if (code == PCHAT_OK && mkdir(folder, 0700) == 0)
		return chmod(folder, 0700) ? fail_system(err, "set the mode of", folder) : PCHAT_OK;
	if (code == PCHAT_OK && errno != EEXIST)
		return fail_system(err, "create directory", folder);
	if (code == PCHAT_OK)
		remove_leftovers(folder);
	return code;
}

enum pchat_code
pchat_dir_side_create(const char *location, const char *name, pchat_build_fn build, void *ctx,
                      struct pchat_err *err)
{
	char folder[PCHAT_DIR_PATH_MAX], staging[PCHAT_DIR_PATH_MAX], to[PCHAT_DIR_PATH_MAX];
	enum pchat_code code = side_folder(location, folder, err);

	if (code == PCHAT_OK)
		code = join(staging, folder, STAGING "XXXXXX", err);
	if (code == PCHAT_OK)
		code = join(to, folder, name, err);
	if (code != PCHAT_OK)
		return code;
	if (!mkdtemp(staging))
		return fail_system(err, "create a directory in", folder);
	code = build(ctx, staging, err);
	if (code == PCHAT_OK)
		code = sync_one(staging, err);
	if (code == PCHAT_OK && renameat2(AT_FDCWD, staging, AT_FDCWD, to, RENAME_NOREPLACE))
		code = fail_system(err, "move into place", to);
	if (code != PCHAT_OK)
		remove_tree(staging);
	return code == PCHAT_OK ? sync_one(folder, err) : code;
}

enum pchat_code
pchat_dir_side_each(const char *location, pchat_line_fn each, void *ctx, struct pchat_err *err)
{
	char folder[PCHAT_DIR_PATH_MAX];
	enum pchat_code code = join(folder, location, SIDE_FOLDER, err);
	struct dirent *entry;
	DIR *dir;

	if (code != PCHAT_OK)
		return code;
	dir = opendir(folder);
	if (!dir)
		return errno == ENOENT ? PCHAT_OK : fail_system(err, "read directory", folder);
	while (code == PCHAT_OK && (entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.')
			code = each(ctx, pchat_str(entry->d_name), err);
	closedir(dir);
	return code;
}

/* It is gone at once, whatever becomes of its files. */
enum pchat_code
pchat_dir_side_remove(const char *location, const char *name, struct pchat_err *err)
{
	char folder[PCHAT_DIR_PATH_MAX], from[PCHAT_DIR_PATH_MAX], to[PCHAT_DIR_PATH_MAX];
	char inside[PCHAT_DIR_PATH_MAX];
	enum pchat_code code = join(folder, location, SIDE_FOLDER, err);

	if (code == PCHAT_OK)
		code = join(from, folder, name, err);
	if (code == PCHAT_OK)
		code = join(to, folder, GONE "XXXXXX", err);
	if (code != PCHAT_OK)
		return code;
	if (access(from, F_OK))
		return pchat_fail(err, PCHAT_NOT_FOUND, "no '%s'", from);
	if (!mkdtemp(to))
		return fail_system(err, "create a directory in", folder);
	code = join(inside, to, name, err);
	if (code == PCHAT_OK && rename(from, inside))
		code = errno == ENOENT ? pchat_fail(err, PCHAT_NOT_FOUND, "no '%s'", from)
		                       : fail_system(err, "remove", from);
	remove_tree(to);
	return code == PCHAT_OK ? sync_one(folder, err) : code;
}

/* ---- sizes and copies ---- */

static enum pchat_code
add_sizes(const char *path, uint64_t *sum, struct pchat_err *err)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	struct stat st;

	if (!dir)
		return errno == ENOENT ? PCHAT_OK : fail_system(err, "read directory", path);
	while ((entry = readdir(dir)) != NULL) {
		if (fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(st.st_mode))
			*sum += (uint64_t)st.st_size;
	}
	closedir(dir);
	return PCHAT_OK;
}

enum pchat_code
pchat_dir_size(const char *location, uint64_t *ret, struct pchat_err *err)
{
	char files[PCHAT_DIR_PATH_MAX];
	uint64_t sum = 0;
	enum pchat_code code = add_sizes(location, &sum, err);

	if (code == PCHAT_OK)
		code = join(files, location, PCHAT_DIR_FILES, err);
	if (code == PCHAT_OK)
		code = add_sizes(files, &sum, err);
	if (code == PCHAT_OK)
		*ret = sum;
	return code;
}

static enum pchat_code
copy_data(int in, int out, const char *path, struct pchat_err *err)
{
	char block[65536];
	ssize_t n;

	while ((n = read(in, block, sizeof(block))) > 0) {
		for (ssize_t done = 0; done < n;) {
			ssize_t w = write(out, block + done, (size_t)(n - done));

			if (w < 0)
				return fail_system(err, "write", path);
			done += w;
		}
	}
	if (n < 0)
		return fail_system(err, "read", path);
	return fsync(out) ? fail_system(err, "write to disk", path) : PCHAT_OK;
}

static enum pchat_code
copy_file(int from_dir, int to_dir, const char *name, struct pchat_err *err)
{
	enum pchat_code code = PCHAT_OK;
	int in = openat(from_dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	int out = openat(to_dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (in < 0 || out < 0)
		code = fail_system(err, "copy", name);
	else
		code = copy_data(in, out, name, err);
	if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
	return code;
}

static enum pchat_code copy_dir(int from, int to, unsigned depth, struct pchat_err *err);

static enum pchat_code
copy_subdir(int from, int to, const char *name, unsigned depth, struct pchat_err *err)
{
	enum pchat_code code;
	int in, out;

	if (depth >= MAX_DEPTH)
		return pchat_fail(err, PCHAT_LIMIT, "directories nest too deep at '%s'", name);
	if (mkdirat(to, name, 0700))
		return fail_system(err, "create directory", name);
	in = openat(from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	out = openat(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	code = in < 0 || out < 0 ? fail_system(err, "open directory", name)
	                         : copy_dir(in, out, depth + 1, err);
	if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
	return code;
}

/* Everything but regular files and directories is passed over: we put nothing else there. */
static enum pchat_code
copy_dir(int from, int to, unsigned depth, struct pchat_err *err)
{
	enum pchat_code code = PCHAT_OK;
	int own = dup(from);
	DIR *dir = own < 0 ? NULL : fdopendir(own);
	struct dirent *entry;
	struct stat st;

	if (!dir) {
		if (own >= 0)
			close(own);
		return fail_system(err, "read directory", PCHAT_DIR_FILES);
	}
	while (code == PCHAT_OK && (entry = readdir(dir)) != NULL) {
		if (is_ignored(entry->d_name) ||
		    fstatat(from, entry->d_name, &st, AT_SYMLINK_NOFOLLOW))
			continue;
		if (S_ISREG(st.st_mode))
			code = copy_file(from, to, entry->d_name, err);
		else if (S_ISDIR(st.st_mode))
			code = copy_subdir(from, to, entry->d_name, depth, err);
	}
	closedir(dir);
	if (code == PCHAT_OK && fsync(to))
		code = fail_system(err, "write to disk", PCHAT_DIR_FILES);
	return code;
}

enum pchat_code
pchat_dir_copy_files(const char *from, const char *to, struct pchat_err *err)
{
	char in_path[PCHAT_DIR_PATH_MAX], out_path[PCHAT_DIR_PATH_MAX];
	enum pchat_code code = join(in_path, from, PCHAT_DIR_FILES, err);
	int in, out;

	if (code == PCHAT_OK)
		code = join(out_path, to, PCHAT_DIR_FILES, err);
	if (code == PCHAT_OK)
		code = build_files_dir(to, err);
	if (code != PCHAT_OK)
		return code;
	in = open(in_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (in < 0 && errno == ENOENT)
		return PCHAT_OK;
	out = open(out_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	code = in < 0 || out < 0 ? fail_system(err, "open directory", in_path)
	                         : copy_dir(in, out, 0, err);
	if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
	return code;
}
