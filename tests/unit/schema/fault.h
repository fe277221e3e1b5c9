/*
 * Storage that fails on demand: SQLite's files and its memory go through here. The
 * memory counts with that of our own code, see tests/unit/base/oom.h.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Before anything opens a store. */
void fault_install(void);

enum fault_kind {
	FAULT_FULL,  /* a write finds no space */
	FAULT_WRITE, /* a write fails */
	FAULT_SYNC,  /* bringing data to the disk fails */
	FAULT_READ,  /* a read fails */
};
/* Let @n operations of that kind succeed, then fail all that follow. */
void fault_after(enum fault_kind kind, size_t n);
/* All is well again; true if an operation was refused since fault_after(). */
bool fault_end(void);
