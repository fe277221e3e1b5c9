#include "tests/unit/schema/fault.h"

#include <assert.h>
#include <malloc.h>
#include <sqlite3.h>
#include <stdlib.h>

/* ---- memory ---- */

static void *
mem_malloc(int n)
{
	return malloc((size_t)n);
}

static void *
mem_realloc(void *p, int n)
{
	return realloc(p, (size_t)n);
}

static int
mem_size(void *p)
{
	return p ? (int)malloc_usable_size(p) : 0;
}

static int
mem_roundup(int n)
{
	return (n + 7) & ~7;
}

static int
mem_init(void *ctx)
{
	(void)ctx;
	return SQLITE_OK;
}

static void
mem_shutdown(void *ctx)
{
	(void)ctx;
}

/* ---- files ---- */

static sqlite3_vfs *real;
static bool failing, refused;
static enum fault_kind what;
static size_t left;

struct file {
	sqlite3_file base;
	sqlite3_file *real;
};

void
fault_after(enum fault_kind kind, size_t n)
{
	what = kind;
	left = n;
	failing = true;
	refused = false;
}

bool
fault_end(void)
{
	failing = false;
	return refused;
}

static bool
fails(enum fault_kind kind)
{
	if (!failing || what != kind)
		return false;
	if (left > 0) {
		left--;
		return false;
	}
	refused = true;
	return true;
}

static sqlite3_file *
of(sqlite3_file *f)
{
	return ((struct file *)f)->real;
}

static int
f_close(sqlite3_file *f)
{
	int rc = of(f)->pMethods ? of(f)->pMethods->xClose(of(f)) : SQLITE_OK;

	free(of(f));
	return rc;
}

static int
f_read(sqlite3_file *f, void *p, int n, sqlite3_int64 at)
{
	return fails(FAULT_READ) ? SQLITE_IOERR_READ : of(f)->pMethods->xRead(of(f), p, n, at);
}

static int
f_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
	if (fails(FAULT_FULL))
		return SQLITE_FULL;
	if (fails(FAULT_WRITE))
		return SQLITE_IOERR_WRITE;
	return of(f)->pMethods->xWrite(of(f), p, n, at);
}

static int
f_truncate(sqlite3_file *f, sqlite3_int64 n)
{
	return of(f)->pMethods->xTruncate(of(f), n);
}

/* Nothing here outlives a power cut, so nothing waits for the disk. */
static int
f_sync(sqlite3_file *f, int flags)
{
	(void)f;
	(void)flags;
	return fails(FAULT_SYNC) ? SQLITE_IOERR_FSYNC : SQLITE_OK;
}

static int
f_size(sqlite3_file *f, sqlite3_int64 *ret)
{
	return of(f)->pMethods->xFileSize(of(f), ret);
}

static int
f_lock(sqlite3_file *f, int level)
{
	return of(f)->pMethods->xLock(of(f), level);
}

static int
f_unlock(sqlite3_file *f, int level)
{
	return of(f)->pMethods->xUnlock(of(f), level);
}

static int
f_reserved(sqlite3_file *f, int *ret)
{
	return of(f)->pMethods->xCheckReservedLock(of(f), ret);
}

static int
f_control(sqlite3_file *f, int op, void *arg)
{
	return of(f)->pMethods->xFileControl(of(f), op, arg);
}

static int
f_sector(sqlite3_file *f)
{
	return of(f)->pMethods->xSectorSize(of(f));
}

static int
f_traits(sqlite3_file *f)
{
	return of(f)->pMethods->xDeviceCharacteristics(of(f));
}

static int
f_shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **ret)
{
	return of(f)->pMethods->xShmMap(of(f), page, size, extend, ret);
}

static int
f_shm_lock(sqlite3_file *f, int offset, int n, int flags)
{
	return of(f)->pMethods->xShmLock(of(f), offset, n, flags);
}

static void
f_shm_barrier(sqlite3_file *f)
{
	of(f)->pMethods->xShmBarrier(of(f));
}

static int
f_shm_unmap(sqlite3_file *f, int delete)
{
	return of(f)->pMethods->xShmUnmap(of(f), delete);
}

static const sqlite3_io_methods methods = {
	.iVersion = 2,
	.xClose = f_close,
	.xRead = f_read,
	.xWrite = f_write,
	.xTruncate = f_truncate,
	.xSync = f_sync,
	.xFileSize = f_size,
	.xLock = f_lock,
	.xUnlock = f_unlock,
	.xCheckReservedLock = f_reserved,
	.xFileControl = f_control,
	.xSectorSize = f_sector,
	.xDeviceCharacteristics = f_traits,
	.xShmMap = f_shm_map,
	.xShmLock = f_shm_lock,
	.xShmBarrier = f_shm_barrier,
	.xShmUnmap = f_shm_unmap,
};

static int
v_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *base, int flags, int *ret_flags)
{
	struct file *f = (struct file *)base;
	int rc;

	(void)vfs;
	*f = (struct file){ .real = calloc(1, (size_t)real->szOsFile) };
	if (!f->real)
		return SQLITE_NOMEM;
	rc = real->xOpen(real, name, f->real, flags, ret_flags);
	/* With methods set, SQLite closes the file also after a failure. */
	f->base.pMethods = &methods;
	return rc;
}

void
fault_install(void)
{
	static const sqlite3_mem_methods memory = { mem_malloc,  free,     mem_realloc,  mem_size,
		                                    mem_roundup, mem_init, mem_shutdown, NULL };
	static sqlite3_vfs vfs;
	int rc = sqlite3_config(SQLITE_CONFIG_MALLOC, &memory);

	assert(rc == SQLITE_OK);
	/* Statistics are switched off by the first store that is opened: too late from here on. */
	rc = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	assert(rc == SQLITE_OK);
	real = sqlite3_vfs_find(NULL);
	assert(real);
	vfs = *real;
	vfs.szOsFile = (int)sizeof(struct file);
	vfs.zName = "faulty";
	vfs.xOpen = v_open;
	rc = sqlite3_vfs_register(&vfs, 1);
	assert(rc == SQLITE_OK);
	(void)rc;
}
