/*
 * A store as a directory: where its files are, making and moving them so that a
 * store is there as a whole or not at all. Mode 0700, files 0600. policy.db
 * appears last and stands for the whole.
 */
#pragma once

#include "schema/driver.h"

/* SQLite takes paths of at most 512 octets; its companions need a few more. */
#define PCHAT_DIR_PATH_MAX 500

#define PCHAT_DIR_FILES    "files"

/* Path of the file of a part. PCHAT_LIMIT if it is too long. */
enum pchat_code pchat_dir_part_path(const char *location, enum pchat_part part,
                                    char ret[PCHAT_DIR_PATH_MAX], struct pchat_err *err);
/* See struct pchat_driver. */
enum pchat_code pchat_dir_probe(const char *location, struct pchat_err *err);
enum pchat_code pchat_dir_create(const char *location, pchat_build_fn build, void *ctx,
                                 struct pchat_err *err);
enum pchat_code pchat_dir_side_create(const char *location, const char *name, pchat_build_fn build,
                                      void *ctx, struct pchat_err *err);
enum pchat_code pchat_dir_side_path(const char *location, const char *name, char *ret, size_t max,
                                    struct pchat_err *err);
enum pchat_code pchat_dir_side_each(const char *location, pchat_line_fn each, void *ctx,
                                    struct pchat_err *err);
enum pchat_code pchat_dir_side_remove(const char *location, const char *name,
                                      struct pchat_err *err);
enum pchat_code pchat_dir_size(const char *location, uint64_t *ret, struct pchat_err *err);

/* Why a file of a store cannot be used: missing, no store, not permitted. PCHAT_OK if nothing of
 * that is the matter. */
enum pchat_code pchat_dir_probe_file(const char *path, struct pchat_err *err);
/* A new, empty file that only its owner may read. PCHAT_EXISTS if there is one. */
enum pchat_code pchat_dir_create_file(const char *path, struct pchat_err *err);
/* Bring a file or directory, and the entry of it in its directory, to the disk. */
enum pchat_code pchat_dir_sync(const char *path, struct pchat_err *err);
/* Copy all regular files below @from/files to @to/files, which is made. */
enum pchat_code pchat_dir_copy_files(const char *from, const char *to, struct pchat_err *err);
