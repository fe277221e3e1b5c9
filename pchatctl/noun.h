/*
 * What the verbs of all nouns share.
 */
#pragma once

#include "pchatctl/handlers.h"

/* The object of the command's kind by the name given (or the only one of a singleton kind). With
 * --if-exists *ret stays NULL if there is none. */
enum pchat_code pchat_noun_get(struct pchat_ctl *ctl, const struct pchat_call *call,
                               const char *name, struct pchat_object **ret, struct pchat_err *err);
/* A room by its name or guid; PCHAT_NOT_FOUND. */
enum pchat_code pchat_noun_room(struct pchat_ctl *ctl, const char *name, struct pchat_object **ret,
                                struct pchat_err *err);
/* Set the fields of @o that options of the call name. */
enum pchat_code pchat_noun_fill(const struct pchat_call *call, struct pchat_object *o,
                                struct pchat_err *err);
/* After a plan was refused: let @err blame the word that gave the value it was refused for. */
void pchat_noun_blame(const struct pchat_call *call, const struct pchat_blame *b,
                      struct pchat_err *err);
/* The canonical form of a user given as "amy@contoso.example" or "sip:...". */
enum pchat_code pchat_noun_user(const char *text, struct pchat_buf *ret, struct pchat_err *err);
/* The user given in that way; PCHAT_NOT_FOUND. It is @text that a failure blames. */
enum pchat_code pchat_noun_user_object(struct pchat_ctl *ctl, const char *text,
                                       struct pchat_object **ret, struct pchat_err *err);
