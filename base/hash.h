/*
 * Hash table from octet strings to pointers (open addressing, keyed SipHash-1-3
 * so that names chosen by others cannot degrade it). Keys are borrowed: they must
 * live as long as their entry. { 0 } is a valid empty table.
 */
#pragma once

#include "base/str.h"

struct pchat_hash_slot;
struct pchat_hash {
	struct pchat_hash_slot *slots;
	size_t cap;
	size_t n;    /* entries in use */
	size_t used; /* with tombstones */
};

/* Free the slots (never keys or values); the table is empty again. NULL is allowed. */
void pchat_hash_release(struct pchat_hash *h);
/* The value, or NULL. */
void *pchat_hash_get(const struct pchat_hash *h, struct pchat_str key);
/* Add or replace (the table then borrows the new @key); @value must not be NULL. False if
 * there is no memory; nothing changed then. */
bool pchat_hash_put(struct pchat_hash *h, struct pchat_str key, void *value);
/* Take out; returns the value that was there, or NULL. */
void *pchat_hash_del(struct pchat_hash *h, struct pchat_str key);
/* Iterate: size_t i = 0; while (pchat_hash_next(&h, &i, &key, &value)) ... Order is arbitrary;
 * only pchat_hash_del() of the current entry is allowed meanwhile. @key and @value may be NULL. */
bool pchat_hash_next(const struct pchat_hash *h, size_t *i, struct pchat_str *key, void **value);
/* The keyed hash itself, for tables of other shapes. The key is random, chosen once per
 * process: never store or send what comes out. */
uint64_t pchat_hash_of(const void *p, size_t n);

/* Octets of a SipHash key. */
#define PCHAT_HASH_KEY 16
/* SipHash-1-3 with a key of the caller: the same result in every process. */
uint64_t pchat_hash_keyed(const unsigned char key[PCHAT_HASH_KEY], const void *p, size_t n);
