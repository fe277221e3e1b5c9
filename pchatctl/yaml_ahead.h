/*
 * Events of a long YAML text read ahead by a thread of their own, so that what is
 * made of them is made meanwhile. The events are the same, in the same order, and a
 * failure comes where it would come without.
 */
#pragma once

#include "pchatctl/yaml.h"

/* Reads one event after another; called by the thread alone, until an end or a failure. */
typedef enum pchat_code (*pchat_yaml_read)(struct pchat_yaml *y, struct pchat_yaml_event *ret,
                                           struct pchat_err *err);

struct pchat_yaml_ahead;

/* Begin. @y belongs to the thread until pchat_yaml_ahead_free(). NULL if there is no memory or no
 * thread to be had: read without then. */
struct pchat_yaml_ahead *pchat_yaml_ahead_new(struct pchat_yaml *y, pchat_yaml_read read);
/* Ends the thread, also in the middle. */
void pchat_yaml_ahead_free(struct pchat_yaml_ahead *a);
/* The next event; its text is good until the next is asked for. */
enum pchat_code pchat_yaml_ahead_next(struct pchat_yaml_ahead *a, struct pchat_yaml_event *ret,
                                      struct pchat_err *err);
