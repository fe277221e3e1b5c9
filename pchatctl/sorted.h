/*
 * Records in another order than they come in: kept, all of them, then put. For lists that no
 * object of the store stands behind.
 */
#pragma once

#include "pchatctl/out.h"

#define PCHAT_SORT_KEYS_MAX 8

struct pchat_sort_key {
	const char *column; /* borrowed from the columns */
	bool reverse;
};

struct pchat_sorted {
	struct pchat_sort_key keys[PCHAT_SORT_KEYS_MAX];
	size_t n_keys; /* 0: nothing was asked for, nothing is kept */
	PCHAT_VEC(struct pchat_record) rows;
	PCHAT_VEC(void *) owned; /* texts and lists of the rows */
};
void pchat_sorted_release(struct pchat_sorted *s);
PCHAT_AUTO_VALUE_DEFINE(sorted, pchat_sorted_release)

/* Read "since,-queued", NULL for none. @columns end with NULL and outlive @s; @what ("sessions")
 * is what the error speaks of. PCHAT_USAGE, PCHAT_LIMIT. */
enum pchat_code pchat_sorted_init(struct pchat_sorted *s, const char *text,
                                  const char *const *columns, const char *what,
                                  struct pchat_err *err);
/* Keep a copy of a record of texts, numbers, booleans and lists. */
enum pchat_code pchat_sorted_keep(struct pchat_sorted *s, const struct pchat_record *r,
                                  struct pchat_err *err);
/* Put what was kept, @limit records at most (0: all); equal ones stay in the order they came. */
enum pchat_code pchat_sorted_put(struct pchat_sorted *s, struct pchat_out *out, uint64_t limit,
                                 struct pchat_err *err);
