/* check store: is it whole, may nobody else read it, is there room for it to grow? */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/text.h"
#include "pchatctl/check.h"

#define AREA "store"
/* With less than this the next posts may fail. */
#define FREE_LEAST (UINT64_C(64) << 20)

static const char *
path_of(const struct pchat_checkup *c)
{
	return c->ctl->globals.v[PCHAT_GLOBAL_STORE].text;
}

static enum pchat_code
put_problems(struct pchat_checkup *c, const struct pchat_store_problem *v, size_t n,
             struct pchat_err *err)
{
	bool damaged = false;

	for (size_t i = 0; i < n; i++) {
		damaged |= !v[i].asleep;
		PCHAT_TRY(pchat_checkup_put(
			c, AREA, v[i].asleep ? PCHAT_RESULT_WARNING : PCHAT_RESULT_PROBLEM,
			v[i].remedy, err, "%s", v[i].what));
	}
	if (damaged)
		return PCHAT_OK;
	return pchat_checkup_put(c, AREA, PCHAT_RESULT_OK, NULL, err, "no damage in '%s'",
	                         path_of(c));
}

static enum pchat_code
check_whole(struct pchat_checkup *c, bool *ret_there, struct pchat_err *err)
{
	struct pchat_store_problem *v = NULL;
	struct pchat_err failed = { 0 };
	size_t n = 0;
	enum pchat_code code = pchat_store_verify_path(path_of(c), &v, &n, &failed);

	*ret_there = !code;
	if (code)
		return pchat_checkup_failed(c, AREA, &failed, err);
	code = put_problems(c, v, n, err);
	for (size_t i = 0; i < n; i++) {
		free(v[i].what);
		free(v[i].remedy);
	}
	free(v);
	return code;
}

/* ---- who may read it ---- */

/* @name NULL: the directory itself. *ret_bad: something was found. */
static enum pchat_code
check_file(struct pchat_checkup *c, int dir, const char *name, const struct stat *top,
           bool *ret_bad, struct pchat_err *err)
{
	PCHAT_AUTO_TEXT path = name ? pchat_text("%s/%s", path_of(c), name)
	                            : pchat_str_dup(pchat_str(path_of(c)));
	PCHAT_AUTO_TEXT remedy = NULL;
	struct stat st = *top;

	if (!path)
		return pchat_no_memory(err);
	/* What goes while one looks (files of SQLite) is no matter. */
	if (name && fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW))
		return PCHAT_OK;
	if (st.st_mode & 077) {
		*ret_bad = true;
		remedy = pchat_text("chmod go= '%s'", path);
		return pchat_checkup_put(c, AREA, PCHAT_RESULT_PROBLEM, remedy, err,
		                         "others may use '%s' (mode %04o)", path,
		                         (unsigned)(st.st_mode & 07777));
	}
	if (st.st_uid == top->st_uid)
		return PCHAT_OK;
	*ret_bad = true;
	remedy = pchat_text("chown %u:%u '%s'", (unsigned)top->st_uid, (unsigned)top->st_gid, path);
	return pchat_checkup_put(c, AREA, PCHAT_RESULT_PROBLEM, remedy, err,
	                         "'%s' belongs to user %u, the store to user %u", path,
	                         (unsigned)st.st_uid, (unsigned)top->st_uid);
}

static enum pchat_code
check_files(struct pchat_checkup *c, DIR *dir, struct pchat_err *err)
{
	const struct dirent *entry;
	struct stat top;
	bool bad = false;

	if (fstat(dirfd(dir), &top))
		return PCHAT_OK;
	PCHAT_TRY(check_file(c, dirfd(dir), NULL, &top, &bad, err));
	while ((entry = readdir(dir)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			PCHAT_TRY(check_file(c, dirfd(dir), entry->d_name, &top, &bad, err));
	if (bad)
		return PCHAT_OK;
	return pchat_checkup_put(c, AREA, PCHAT_RESULT_OK, NULL, err,
	                         "only its owner, user %u, may read and write it",
	                         (unsigned)top.st_uid);
}

static enum pchat_code
check_permissions(struct pchat_checkup *c, struct pchat_err *err)
{
	DIR *dir = opendir(path_of(c));
	enum pchat_code code;

	if (!dir)
		return PCHAT_OK;
	code = check_files(c, dir, err);
	closedir(dir);
	return code;
}

/* ---- what it stands on ---- */

/* A copy of it, as backups and migrations make, needs as much room as it takes itself. */
static enum pchat_code
check_room(struct pchat_checkup *c, struct pchat_err *err)
{
	PCHAT_AUTO(store) store = NULL;
	struct pchat_store_info info = { 0 };
	struct statvfs fs;
	uint64_t left;

	if (statvfs(path_of(c), &fs))
		return PCHAT_OK;
	left = (uint64_t)fs.f_bavail * fs.f_frsize;
	if (!pchat_store_open(path_of(c), PCHAT_STORE_READ, &store, NULL))
		(void)pchat_store_info(store, &info, NULL);
	if (left < FREE_LEAST)
		return pchat_checkup_put(c, AREA, PCHAT_RESULT_PROBLEM,
		                         "make room, or move the store to a larger disk", err,
		                         "%llu MiB are free on its disk",
		                         (unsigned long long)(left >> 20));
	if (left < info.bytes + FREE_LEAST)
		return pchat_checkup_put(
			c, AREA, PCHAT_RESULT_WARNING,
			"make room, or write backups to another disk", err,
			"%llu MiB are free on its disk, too little for a copy of its %llu MiB",
			(unsigned long long)(left >> 20), (unsigned long long)(info.bytes >> 20));
	return pchat_checkup_put(c, AREA, PCHAT_RESULT_OK, NULL, err,
	                         "%llu MiB are free on its disk, %llu MiB in use by it",
	                         (unsigned long long)(left >> 20),
	                         (unsigned long long)(info.bytes >> 20));
}

/* SQLite shares memory between processes, and locks, which file systems over a network do not. */
static enum pchat_code
check_file_system(struct pchat_checkup *c, struct pchat_err *err)
{
	static const struct {
		uint32_t magic;
		const char *name;
	} remote[] = {
		{ 0x6969, "NFS" },      { 0xff534d42, "CIFS" }, { 0xfe534d42, "SMB" },
		{ 0x00c36400, "Ceph" }, { 0x65735546, "FUSE" }, { 0x01021997, "9p" },
		{ 0x5346414f, "AFS" },
	};
	struct statfs fs;

	if (statfs(path_of(c), &fs))
		return PCHAT_OK;
	for (size_t i = 0; i < PCHAT_N(remote); i++)
		if ((uint32_t)fs.f_type == remote[i].magic)
			return pchat_checkup_put(
				c, AREA, PCHAT_RESULT_WARNING, "move it to a disk of this machine",
				err, "it is on a file system of type %s", remote[i].name);
	return PCHAT_OK;
}

enum pchat_code
pchat_check_store(struct pchat_checkup *c, struct pchat_err *err)
{
	bool there;

	PCHAT_TRY(check_whole(c, &there, err));
	if (!there)
		return PCHAT_OK;
	PCHAT_TRY(check_permissions(c, err));
	PCHAT_TRY(check_file_system(c, err));
	return check_room(c, err);
}
