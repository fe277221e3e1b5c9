/*
 * What may reach the library's parser: bounded heads only.
 */
#pragma once

#include <stddef.h>

/* Longest head of a message (a Kerberos ticket may take 64 KiB), and the most lines, list items and
 * parameters of one. The library's parser takes time that grows with the square of their number: a
 * megabyte of headers stops it for half a minute. */
#define PSIP_HEAD_MAX  (96u << 10)
#define PSIP_LINES_MAX 256u
#define PSIP_ITEMS_MAX 1024u

enum psip_head {
	PSIP_HEAD_WHOLE,
	PSIP_HEAD_PARTIAL,
	PSIP_HEAD_REFUSED, /* beyond the limits, or no SIP */
};
/* Look at what has been received of a message so far. @max: its longest head, at most
 * PSIP_HEAD_MAX. */
enum psip_head psip_head_look(const char *p, size_t n, size_t max);
