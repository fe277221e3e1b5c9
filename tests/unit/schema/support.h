/*
 * What the tests of schema/ share: a store of their own in a directory of their own,
 * objects and changes in few words, failures on demand.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "schema/chat.h"
#include "schema/internal.h"

#define AMY "sip:amy@contoso.example"
#define BOB "sip:bob@contoso.example"

/* ---- places ---- */

struct place {
	char dir[200];   /* made, empty, removed at the end */
	char store[400]; /* dir/store */
};
void place_new(struct place *p);
void place_free(struct place *p);
/* The same with a fresh store in it. */
void place_with_store(struct place *p);

/* A path, at most 399 octets, which the test fails without. */
void path_of(char ret[400], const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* ---- outcomes ---- */

/* Fail the test with the message of @err unless @code is PCHAT_OK. */
void ok_(enum pchat_code code, struct pchat_err *err, const char *file, int line);
#define ok(err, call) ok_((call), (err), __FILE__, __LINE__)
/* @code is @wanted, the message holds @text, there is a hint that holds @hint; NULL: any. */
void failed_(enum pchat_code code, enum pchat_code wanted, struct pchat_err *err, const char *text,
             const char *hint, const char *file, int line);
#define failed(err, wanted, text, hint, call) \
	failed_((call), (wanted), (err), (text), (hint), __FILE__, __LINE__)

/* ---- objects ---- */

/* "room name=Rates;category=Finance;members=sip:amy@contoso.example": noun, then fields. */
struct pchat_object *build(const char *text);
/* Add changes to a plan, unchecked: the tests of schema/ feed it what a check would refuse, too. */
void plan_create(struct pchat_plan *plan, const char *text);
void plan_update(struct pchat_plan *plan, struct pchat_store *store, const char *noun_and_key,
                 const char *fields);
void plan_delete(struct pchat_plan *plan, struct pchat_store *store, const char *noun_and_key);
/* Begin, apply, commit. */
enum pchat_code run_plan(struct pchat_store *store, struct pchat_plan *plan, uint64_t *revision,
                         struct pchat_err *err);
/* Create all of these, one per line, in one transaction. */
void create_all(struct pchat_store *store, const char *lines);
/* The object as JSON without meta; the caller frees. NULL if there is none. */
char *show(struct pchat_store *store, const char *noun_and_key);
struct pchat_object *get(struct pchat_store *store, const char *noun_and_key);
/* A small organization: users amy and bob, groups, a policy, two categories, three rooms. */
void create_contoso(struct pchat_store *store);

/* Every octet of all objects and the journal, as text: to see that nothing changed. */
char *dump(struct pchat_store *store);

/* ---- messages ---- */

#define ROOM_1 "11111111-1111-4111-8111-111111111111"
#define ROOM_2 "22222222-2222-4222-8222-222222222222"

enum pchat_code say(struct pchat_chat *chat, const char *room, const char *text, uint64_t *ret_id,
                    struct pchat_err *err);
/* "1:one 2:two ": the last @count messages. */
char *read_last(struct pchat_chat *chat, const char *room, uint64_t before, unsigned count,
                bool *more);
