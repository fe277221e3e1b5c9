/*
 * YAML as a stream of events, through libyaml, narrowed to the part of YAML 1.2
 * that a manifest needs: no anchors, aliases, tags or other encodings than
 * UTF-8, LF line ends, blanks for indentation, bounded depth and scalars.
 * What is outside is refused with its line and column and a remedy.
 *
 * No tree is built: memory does not grow with the document.
 */
#pragma once

#include "base/auto.h"
#include "base/err.h"
#include "base/str.h"

#define PCHAT_YAML_MAX_DEPTH 32
#define PCHAT_YAML_MAX_SCALAR \
	((size_t)256 * 1024) /* octets: the longest field, 65,536 characters of 4 */

enum pchat_yaml_type {
	PCHAT_YAML_END, /* of the stream */
	PCHAT_YAML_DOCUMENT,
	PCHAT_YAML_DOCUMENT_END,
	PCHAT_YAML_SCALAR,
	PCHAT_YAML_SEQUENCE,
	PCHAT_YAML_SEQUENCE_END,
	PCHAT_YAML_MAPPING,
	PCHAT_YAML_MAPPING_END,
};

struct pchat_yaml_event {
	enum pchat_yaml_type type;
	unsigned line, column; /* where it starts; 1-based, columns in characters */
	struct pchat_str text; /* SCALAR: terminated too; good until the next event is asked for */
	bool plain;            /* SCALAR: written without quotes and not as a block */
};

struct pchat_yaml;

/*
 * Start reading @text, which is borrowed and must stay until the reader is freed, like @name,
 * which errors carry as their file. Refuses text that is not clean UTF-8 at once.
 */
enum pchat_code pchat_yaml_open(const char *name, struct pchat_str text, struct pchat_yaml **ret,
                                struct pchat_err *err);
void pchat_yaml_free(struct pchat_yaml *y);
PCHAT_AUTO_DEFINE(yaml, pchat_yaml_free)

/* The next event. After PCHAT_YAML_END or a failure nothing more may be asked. */
enum pchat_code pchat_yaml_next(struct pchat_yaml *y, struct pchat_yaml_event *ret,
                                struct pchat_err *err);
/* Is it a plain scalar that YAML takes for null: nothing, ~ or null? */
bool pchat_yaml_is_null(const struct pchat_yaml_event *e);
/* "a list", "a mapping", "a text": what an event begins, for messages. */
const char *pchat_yaml_what(const struct pchat_yaml_event *e);
