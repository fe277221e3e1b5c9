/*
 * Texts as the fields take them: checked, brought into canonical form, or refused
 * with a message that tells what would be right. For policy/ and the reader of manifests.
 */
#pragma once

#include "policy/object.h"

/* A refused value as it stands in messages: cut to a sensible length, in single quotes. */
#define PCHAT_VALUE_SHOWN 80
#define PCHAT_VALUE_MAX   (PCHAT_VALUE_SHOWN + 8)
const char *pchat_value_show(struct pchat_str text, char ret[PCHAT_VALUE_MAX]);

/*
 * Check the characters and the length of @text by @rule, the row of a TEXT, NAME or
 * URL; @what names it in messages ("name", "group").
 */
enum pchat_code pchat_value_check(const char *what, const struct pchat_field *rule,
                                  struct pchat_str text, struct pchat_err *err);
/* The same, and append the canonical form to @out. */
enum pchat_code pchat_value_text(const char *what, const struct pchat_field *rule,
                                 struct pchat_str text, struct pchat_buf *out,
                                 struct pchat_err *err);

/* Domain name: lower case, labels of letters, digits, '-' and '_'. */
enum pchat_code pchat_value_domain(const char *what, struct pchat_str text, struct pchat_buf *out,
                                   struct pchat_err *err);

/* http:// or https:// and a host, printable ASCII. */
enum pchat_code pchat_value_http_url(const char *what, struct pchat_str text,
                                     struct pchat_err *err);

/* Only characters from blank to '~'. */
bool pchat_value_plain(struct pchat_str text);
