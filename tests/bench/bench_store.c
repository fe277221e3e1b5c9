/*
 * The store alone: what opening, a large plan, loading and posting cost. Prints one line
 * per figure; run it on a build without sanitizers.
 *
 *	bench_store [ROOMS [MESSAGES]]
 */
#include "schema/chat.h"
#include "schema/store.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"

#define GROUPS 1000
#define BATCH  200

struct bench {
	char dir[256];
	size_t rooms, messages;
	int64_t start, cpu;
};

static void
must(enum pchat_code code, struct pchat_err *err)
{
	if (code == PCHAT_OK)
		return;
	fprintf(stderr, "bench_store: %s\n", pchat_err_text(err));
	exit(1);
}

static int64_t
cpu_time(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * PCHAT_SECOND + t.tv_nsec / 1000;
}

static void
start(struct bench *b)
{
	b->start = pchat_monotonic();
	b->cpu = cpu_time();
}

static void
report(struct bench *b, const char *what, size_t n)
{
	double seconds = (double)(pchat_monotonic() - b->start) / 1e6;

	printf("%-44s %9.3f ms %9.3f ms CPU", what, seconds * 1e3,
	       (double)(cpu_time() - b->cpu) / 1e3);
	if (n > 1)
		printf("  %9.0f a second", (double)n / seconds);
	printf("\n");
}

static void
set(struct pchat_object *o, unsigned field, const char *text)
{
	struct pchat_err err = { 0 };

	must(pchat_object_set(o, field, pchat_str(text), &err), &err);
}

static void
push(struct pchat_plan *plan, struct pchat_object *o)
{
	plan->v[plan->n++] = (struct pchat_change){ .op = PCHAT_OP_CREATE, .after = o };
}

static void
push_group(struct pchat_plan *plan, size_t i)
{
	struct pchat_object *o = pchat_object_new(PCHAT_KIND_GROUP);
	char name[64];

	snprintf(name, sizeof(name), "Group %zu", i);
	set(o, PCHAT_GROUP_NAME, name);
	push(plan, o);
}

static void
push_room(struct pchat_plan *plan, size_t i)
{
	struct pchat_object *o = pchat_object_new(PCHAT_KIND_ROOM);
	char name[64];

	snprintf(name, sizeof(name), "Room %zu", i);
	set(o, PCHAT_ROOM_NAME, name);
	set(o, PCHAT_ROOM_CATEGORY, "All");
	snprintf(name, sizeof(name), "group:Group %zu", i % GROUPS);
	set(o, PCHAT_ROOM_MEMBERS, name);
	push(plan, o);
}

static void
make_plan(struct bench *b, struct pchat_plan *plan)
{
	struct pchat_object *category = pchat_object_new(PCHAT_KIND_CATEGORY);

	plan->cap = b->rooms + GROUPS + 1;
	plan->v = calloc(plan->cap, sizeof(*plan->v));
	set(category, PCHAT_CATEGORY_NAME, "All");
	push(plan, category);
	for (size_t i = 0; i < GROUPS; i++)
		push_group(plan, i);
	for (size_t i = 0; i < b->rooms; i++)
		push_room(plan, i);
}

static void
bench_apply(struct bench *b)
{
	const struct pchat_origin origin = { .actor = "root", .source = "manifest" };
	struct pchat_err err = { 0 };
	struct pchat_plan plan = { 0 };
	struct pchat_txn txn = { 0 };
	struct pchat_store *store = NULL;

	make_plan(b, &plan);
	start(b);
	must(pchat_store_open(b->dir, PCHAT_STORE_WRITE, &store, &err), &err);
	must(pchat_txn_begin(&txn, store, &err), &err);
	must(pchat_txn_apply(&txn, &plan, &origin, &err), &err);
	report(b, "  of that: statements", b->rooms);
	must(pchat_txn_commit(&txn, NULL, &err), &err);
	report(b, "  of that: with commit", b->rooms);
	pchat_store_close(store);
	report(b, "apply: rooms with one group each, all of it", b->rooms);
	for (size_t i = 0; i < plan.n; i++)
		pchat_object_free(plan.v[i].after);
	free(plan.v);
}

static void
bench_get(struct bench *b)
{
	struct pchat_err err = { 0 };
	struct pchat_object *o = NULL;
	struct pchat_store *store = NULL;

	start(b);
	must(pchat_store_open(b->dir, PCHAT_STORE_READ, &store, &err), &err);
	must(pchat_store_get(store, PCHAT_KIND_ROOM, "room 7", &o, &err), &err);
	pchat_object_free(o);
	pchat_store_close(store);
	report(b, "open, get one room, close", 1);
}

static void
bench_set_one(struct bench *b)
{
	const struct pchat_origin origin = { .actor = "root", .source = "command" };
	struct pchat_err err = { 0 };
	struct pchat_store *store = NULL;
	struct pchat_change change = { .op = PCHAT_OP_UPDATE };
	struct pchat_plan plan = { .v = &change, .n = 1, .cap = 1 };
	struct pchat_txn txn = { 0 };

	start(b);
	must(pchat_store_open(b->dir, PCHAT_STORE_WRITE, &store, &err), &err);
	must(pchat_txn_begin(&txn, store, &err), &err);
	must(pchat_store_get(store, PCHAT_KIND_ROOM, "room 7", &change.before, &err), &err);
	change.after = pchat_object_copy(change.before);
	set(change.after, PCHAT_ROOM_DESCRIPTION, "changed");
	must(pchat_txn_apply(&txn, &plan, &origin, &err), &err);
	must(pchat_txn_commit(&txn, NULL, &err), &err);
	pchat_store_close(store);
	report(b, "open, change one room, close", 1);
	pchat_object_free(change.before);
	pchat_object_free(change.after);
}

static enum pchat_code
count_object(void *ctx, const struct pchat_object *o, struct pchat_err *err)
{
	(void)o;
	(void)err;
	++*(size_t *)ctx;
	return PCHAT_OK;
}

static enum pchat_code
count_row(void *ctx, const struct pchat_journal_row *row, struct pchat_err *err)
{
	(void)row;
	(void)err;
	++*(size_t *)ctx;
	return PCHAT_OK;
}

static void
bench_read(struct bench *b)
{
	struct pchat_err err = { 0 };
	struct pchat_store *store = NULL;
	struct pchat_object *o = NULL;
	struct pchat_list names = { 0 };
	size_t n = 0;

	start(b);
	must(pchat_store_open(b->dir, PCHAT_STORE_READ, &store, &err), &err);
	must(pchat_store_each(store, PCHAT_KIND_ROOM, count_object, &n, &err), &err);
	report(b, "load all rooms", n);
	n = 0;
	start(b);
	must(pchat_store_journal(store, 0, 0, count_row, &n, &err), &err);
	report(b, "read the journal", n);
	start(b);
	must(pchat_store_names(store, PCHAT_KIND_ROOM, PCHAT_STR("room 77"), 1000, &names, &err),
	     &err);
	report(b, "complete a name", 1);
	start(b);
	if (pchat_store_get(store, PCHAT_KIND_ROOM, "rooom 7", &o, &err) != PCHAT_NOT_FOUND)
		exit(1);
	report(b, "a misspelt name, with the nearest one", 1);
	start(b);
	if (pchat_store_get(store, PCHAT_KIND_ROOM, "quarterly", &o, &err) != PCHAT_NOT_FOUND)
		exit(1);
	report(b, "a name that nothing is near to", 1);
	pchat_err_release(&err);
	pchat_list_release(&names);
	pchat_store_close(store);
}

static void
bench_chat(struct bench *b, const char *what, size_t batch, size_t messages, size_t rooms)
{
	struct pchat_err err = { 0 };
	struct pchat_chat *chat = NULL;
	char guid[64];

	must(pchat_chat_open(b->dir, true, &chat, &err), &err);
	start(b);
	for (size_t i = 0; i < messages; i++) {
		struct pchat_message m = {
			.room = { guid, PCHAT_GUID_LEN },
			.author = PCHAT_STR("sip:amy@contoso.example"),
			.display = PCHAT_STR("Amy Jones"),
			.text = PCHAT_STR("<chat>The two-year is at 4.87, and nobody moves before "
			                  "the figures of the afternoon are out.</chat>"),
		};

		snprintf(guid, sizeof(guid), "6a5e0f0e-4c0e-4a53-8d0c-%012u",
		         (unsigned)(i * 7919 % rooms % 1000000u));
		if (i % batch == 0)
			must(pchat_chat_begin(chat, &err), &err);
		must(pchat_chat_add(chat, &m, true, &err), &err);
		if (i % batch == batch - 1 || i == messages - 1)
			must(pchat_chat_commit(chat, &err), &err);
	}
	report(b, what, messages);
	pchat_chat_close(chat);
}

static enum pchat_code
count_message(void *ctx, const struct pchat_message *m, struct pchat_err *err)
{
	(void)m;
	(void)err;
	++*(size_t *)ctx;
	return PCHAT_OK;
}

static void
bench_last(struct bench *b)
{
	struct pchat_err err = { 0 };
	struct pchat_chat *chat = NULL;
	size_t n = 0;
	bool more;

	must(pchat_chat_open(b->dir, false, &chat, &err), &err);
	for (int i = 0; i < 2; i++) {
		start(b);
		must(pchat_chat_last(chat, "6a5e0f0e-4c0e-4a53-8d0c-000000000000", 0, 50,
		                     count_message, &n, &more, &err),
		     &err);
		report(b, i ? "last 50 messages, again" : "last 50 messages, first", 1);
	}
	pchat_chat_close(chat);
}

int
main(int argc, char **argv)
{
	const char *tmp = getenv("TMPDIR");
	struct bench b = { .rooms = 100000, .messages = 100000 };
	struct pchat_err err = { 0 };
	char command[512];

	if (argc > 1)
		b.rooms = strtoull(argv[1], NULL, 10);
	if (argc > 2)
		b.messages = strtoull(argv[2], NULL, 10);
	snprintf(b.dir, sizeof(b.dir), "%s/pchat-bench.XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(b.dir))
		return 1;
	start(&b);
	must(pchat_store_init(b.dir, "contoso.example", "root", &err), &err);
	report(&b, "init", 1);
	bench_apply(&b);
	bench_get(&b);
	bench_get(&b);
	bench_set_one(&b);
	bench_set_one(&b);
	bench_read(&b);
	bench_chat(&b, "post, one room, batches of 200", BATCH, b.messages, 1);
	bench_chat(&b, "post, 1000 rooms, batches of 200", BATCH, b.messages, 1000);
	bench_chat(&b, "post, 33077 rooms, batches of 200", BATCH, b.messages, 33077);
	bench_chat(&b, "post, one at a time", 1, 2000, 1);
	bench_last(&b);
	snprintf(command, sizeof(command), "rm -rf '%s'", b.dir);
	return system(command) == 0 ? 0 : 1;
}
