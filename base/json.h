/*
 * A streaming JSON writer: keys keep the order they are written in, memory does
 * not grow with the document if the buffer is drained on the way.
 */
#pragma once

#include "base/buf.h"

#define PCHAT_JSON_DEPTH 64

struct pchat_json {
	struct pchat_buf *out;
	bool pretty; /* two blanks per level and line breaks */
	unsigned depth;
	bool filled[PCHAT_JSON_DEPTH]; /* something was written on this level */
	bool keyed;                    /* a key waits for its value */
};

/* Start writing to @out (borrowed). */
void pchat_json_init(struct pchat_json *j, struct pchat_buf *out, bool pretty);
void pchat_json_begin_object(struct pchat_json *j);
void pchat_json_end_object(struct pchat_json *j);
void pchat_json_begin_array(struct pchat_json *j);
void pchat_json_end_array(struct pchat_json *j);
void pchat_json_key(struct pchat_json *j, const char *key);
void pchat_json_text(struct pchat_json *j, const char *text); /* NULL writes null */
void pchat_json_str(struct pchat_json *j, struct pchat_str s);
void pchat_json_int(struct pchat_json *j, int64_t v);
void pchat_json_uint(struct pchat_json *j, uint64_t v);
void pchat_json_bool(struct pchat_json *j, bool v);
void pchat_json_null(struct pchat_json *j);
/* A value that is JSON already; it is not looked at. */
void pchat_json_raw(struct pchat_json *j, struct pchat_str json);
