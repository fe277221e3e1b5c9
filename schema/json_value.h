/*
 * JSON as the library that reads it has it. Inside schema/ only.
 */
#pragma once

#include <jansson.h>

#include "policy/object.h"

/* Longest text that is read: more than any object with full lists needs (three lists of 200,000
 * principals), before and after a change. */
#define PCHAT_VALUE_MAX_OCTETS ((size_t)256 << 20)

/* The value that @json holds; the caller gives it back by json_decref(). PCHAT_INVALID, and where
 * in *ret_where, if it is no JSON or has a key twice; PCHAT_LIMIT. */
enum pchat_code pchat_value_load(struct pchat_str json, json_t **ret, json_error_t *ret_where,
                                 struct pchat_err *err);
/* An object from a value, read as pchat_object_from_json() does. */
enum pchat_code pchat_object_from_value(enum pchat_kind kind, const json_t *value,
                                        struct pchat_object **ret, struct pchat_err *err);
