/*
 * A store with many messages and what reading them costs: the last of a room, full-text search
 * for rare and common words, with authors and dates, counts. Prints one line per figure; run it
 * on a build without sanitizers.
 *
 *	bench_messages DIR [MESSAGES]     makes DIR if it is not there, else looks at it again
 *
 * Half of the messages are in one room, the others in 999. Words have the frequencies of natural
 * language (the n-th most frequent one in 1/n of the places): "w1" stands in about two thirds of
 * all messages, "w20000" in a few of a million. One author of 2000 wrote a fifth, the last hardly
 * anything. At the end 2000 messages are posted one by one, to see how even that is.
 */
#include "schema/message.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"

#define ROOMS   1000
#define AUTHORS 2000
#define WORDS   50000
#define BATCH   1024
#define SINGLE  2000

struct bench {
	const char *dir;
	size_t messages;
	uint64_t seed;
	struct pchat_chat *chat;
	char rooms[ROOMS][PCHAT_GUID_LEN + 1];
};

static void
must(enum pchat_code code, struct pchat_err *err)
{
	if (code == PCHAT_OK)
		return;
	fprintf(stderr, "bench_messages: %s\n", pchat_err_text(err));
	exit(1);
}

static double
cpu_time(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* The same numbers each time: what was made is what is looked for. */
static uint64_t
draw(struct bench *b)
{
	b->seed ^= b->seed << 13;
	b->seed ^= b->seed >> 7;
	b->seed ^= b->seed << 17;
	return b->seed;
}

/* 1 to @n, the k-th with a probability of about 1 in k. */
static unsigned
draw_ranked(struct bench *b, unsigned n)
{
	double u = (double)(draw(b) >> 11) / 9007199254740992.0;

	return (unsigned)exp(u * log((double)n + 1));
}

static void
make_text(struct bench *b, struct pchat_buf *out)
{
	unsigned n = 3 + (unsigned)(draw(b) % 18);

	pchat_buf_clear(out);
	for (unsigned i = 0; i < n; i++)
		pchat_buf_printf(out, "w%u ", draw_ranked(b, WORDS));
}

static void
make(struct bench *b)
{
	PCHAT_AUTO_VALUE(buf) text = { 0 };
	struct pchat_err err = { 0 };
	int64_t start = pchat_monotonic();
	double cpu = cpu_time();
	char author[64];

	for (size_t i = 0; i < b->messages; i++) {
		unsigned room = draw(b) % 2 ? 0 : 1 + (unsigned)(draw(b) % (ROOMS - 1));
		struct pchat_message m = { .room = pchat_str(b->rooms[room]) };

		if (i % BATCH == 0)
			must(pchat_chat_begin(b->chat, &err), &err);
		make_text(b, &text);
		snprintf(author, sizeof(author), "sip:u%u@contoso.example",
		         draw_ranked(b, AUTHORS));
		m.author = pchat_str(author);
		m.display = pchat_str(author + 4);
		m.text = pchat_buf_view(&text);
		must(pchat_chat_add(b->chat, &m, true, &err), &err);
		if (i % BATCH == BATCH - 1 || i == b->messages - 1)
			must(pchat_chat_commit(b->chat, &err), &err);
	}
	printf("%zu messages in batches of %d: %.0f a second, %.1f us CPU each\n", b->messages,
	       BATCH, (double)b->messages * 1e6 / (double)(pchat_monotonic() - start),
	       (cpu_time() - cpu) * 1e6 / (double)b->messages);
}

static enum pchat_code
count(void *ctx, const struct pchat_message *m, struct pchat_err *err)
{
	(void)m;
	(void)err;
	++*(unsigned *)ctx;
	return PCHAT_OK;
}

static void
bench_last(struct bench *b, const char *what)
{
	struct pchat_err err = { 0 };
	int64_t start = pchat_monotonic();
	unsigned n = 0;
	bool more;

	must(pchat_chat_last(b->chat, b->rooms[0], 0, 50, count, &n, &more, &err), &err);
	printf("%-58s %8.3f ms  %u\n", what, (double)(pchat_monotonic() - start) / 1e3, n);
}

static void
bench_search(struct bench *b, const char *what, const struct pchat_message_search *s)
{
	struct pchat_message_found found = { 0 };
	struct pchat_err err = { 0 };
	double best = 1e9, first = 0;
	unsigned n = 0;

	for (int i = 0; i < 5; i++) {
		int64_t start = pchat_monotonic();
		double ms;

		n = 0;
		must(pchat_chat_search(b->chat, s, count, &n, &found, &err), &err);
		ms = (double)(pchat_monotonic() - start) / 1e3;
		first = i == 0 ? ms : first;
		best = ms < best ? ms : best;
	}
	printf("%-58s %8.3f ms  first time %8.3f ms  %u of %llu%s\n", what, best, first, n,
	       (unsigned long long)found.count, found.more ? "+" : "");
}

static enum pchat_code
count_activity(void *ctx, const struct pchat_activity *a, struct pchat_err *err)
{
	(void)err;
	*(uint64_t *)ctx += a->messages;
	return PCHAT_OK;
}

static void
bench_activity(struct bench *b, const char *what, const char *room)
{
	struct pchat_err err = { 0 };
	int64_t start = pchat_monotonic();
	uint64_t n = 0;

	must(pchat_chat_activity(b->chat, room, 0, 0, count_activity, &n, &err), &err);
	printf("%-58s %8.3f ms  %llu messages\n", what, (double)(pchat_monotonic() - start) / 1e3,
	       (unsigned long long)n);
}

static void
search(struct bench *b, const char *what, const char *text, enum pchat_match match, bool cased,
       const char *author, const char *room, int64_t from, int64_t to)
{
	const struct pchat_str uri = pchat_str(author);
	const struct pchat_message_search s = {
		.filter = { .room = room,
		            .text = pchat_str(text),
		            .match = match,
		            .match_case = cased,
		            .authors = &uri,
		            .n_authors = author ? 1 : 0,
		            .from = from,
		            .to = to },
		.limit = 50,
		.count = 999,
		.examine = PCHAT_SEARCH_EXAMINE,
	};

	bench_search(b, what, &s);
}

static int64_t
last_time(struct bench *b)
{
	struct pchat_room_activity a = { 0 };
	struct pchat_err err = { 0 };

	must(pchat_chat_room(b->chat, b->rooms[0], &a, &err), &err);
	return a.last_time;
}

static void
look(struct bench *b)
{
	const char *big = b->rooms[0], *small = b->rooms[7];
	int64_t last = last_time(b);

	bench_last(b, "last 50 of a room, first time");
	bench_last(b, "last 50 of a room");
	search(b, "a word of every second message", "w1", PCHAT_MATCH_ANY, false, NULL, big, 0, 0);
	search(b, "the same in a small room", "w1", PCHAT_MATCH_ANY, false, NULL, small, 0, 0);
	search(b, "the same in all rooms", "w1", PCHAT_MATCH_ANY, false, NULL, NULL, 0, 0);
	search(b, "a rare word", "w20000", PCHAT_MATCH_ANY, false, NULL, big, 0, 0);
	search(b, "a word that is not there", "nowhere", PCHAT_MATCH_ANY, false, NULL, big, 0, 0);
	search(b, "any of four common words", "w1 w2 w3 w4", PCHAT_MATCH_ANY, false, NULL, big, 0,
	       0);
	search(b, "all of four common words", "w1 w2 w3 w4", PCHAT_MATCH_ALL, false, NULL, big, 0,
	       0);
	search(b, "all of three rare words: none", "w9001 w9002 w9003", PCHAT_MATCH_ALL, false,
	       NULL, big, 0, 0);
	search(b, "a common and a rare word", "w1 w20000", PCHAT_MATCH_ALL, false, NULL, big, 0, 0);
	search(b, "a phrase of common words", "w1 w2", PCHAT_MATCH_PHRASE, false, NULL, big, 0, 0);
	search(b, "a phrase that is not there, of common words", "w1 w2 w1 w3 w1 w2",
	       PCHAT_MATCH_PHRASE, false, NULL, big, 0, 0);
	search(b, "a common word in letters nobody wrote", "W1", PCHAT_MATCH_ANY, true, NULL, big,
	       0, 0);
	search(b, "a common word of a busy author", "w1", PCHAT_MATCH_ANY, false,
	       "sip:u1@contoso.example", big, 0, 0);
	search(b, "a common word of a silent author", "w1", PCHAT_MATCH_ANY, false,
	       "sip:u1999@contoso.example", big, 0, 0);
	search(b, "all of a silent author", "", PCHAT_MATCH_ANY, false, "sip:u1999@contoso.example",
	       big, 0, 0);
	search(b, "a common word in the first second of the room", "w1", PCHAT_MATCH_ANY, false,
	       NULL, big, 1, last - 60 * PCHAT_SECOND);
	search(b, "a common word in the last second of the room", "w1", PCHAT_MATCH_ANY, false,
	       NULL, big, last - PCHAT_SECOND, last);
	bench_activity(b, "activity of a small room", small);
	bench_activity(b, "activity of all rooms", NULL);
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* Each in a transaction of its own: what upkeep of the index adds to one now and then. */
static void
post_singly(struct bench *b)
{
	PCHAT_AUTO_VALUE(buf) text = { 0 };
	PCHAT_AUTO(chat) chat = NULL;
	struct pchat_err err = { 0 };
	double ms[SINGLE], cpu = cpu_time();

	must(pchat_chat_open(b->dir, true, &chat, &err), &err);
	for (size_t i = 0; i < SINGLE; i++) {
		struct pchat_message m = { .room = pchat_str(b->rooms[draw(b) % ROOMS]),
			                   .author = PCHAT_STR("sip:u1@contoso.example"),
			                   .display = PCHAT_STR("u1@contoso.example") };
		int64_t start = pchat_monotonic();

		make_text(b, &text);
		m.text = pchat_buf_view(&text);
		must(pchat_chat_begin(chat, &err), &err);
		must(pchat_chat_add(chat, &m, true, &err), &err);
		must(pchat_chat_commit(chat, &err), &err);
		ms[i] = (double)(pchat_monotonic() - start) / 1e3;
	}
	cpu = (cpu_time() - cpu) * 1e6 / SINGLE;
	qsort(ms, SINGLE, sizeof(*ms), compare);
	printf("%-58s %8.3f ms  p99 %.3f ms  worst %.3f ms  %.0f us CPU each\n",
	       "post one at a time, median", ms[SINGLE / 2], ms[SINGLE * 99 / 100], ms[SINGLE - 1],
	       cpu);
}

int
main(int argc, char **argv)
{
	struct bench b = { .messages = 10000000, .seed = 88172645463325252u };
	struct pchat_err err = { 0 };
	bool made;

	if (argc < 2) {
		fprintf(stderr, "usage: bench_messages DIR [MESSAGES]\n");
		return 2;
	}
	b.dir = argv[1];
	if (argc > 2)
		b.messages = strtoull(argv[2], NULL, 10);
	for (unsigned i = 0; i < ROOMS; i++)
		snprintf(b.rooms[i], sizeof(b.rooms[i]), "%08x-0000-4000-8000-000000000000", i);
	made = access(b.dir, F_OK) == 0;
	if (!made)
		must(pchat_store_init(b.dir, "contoso.example", "root", &err), &err);
	must(pchat_chat_open(b.dir, !made, &b.chat, &err), &err);
	if (!made)
		make(&b);
	look(&b);
	pchat_chat_close(b.chat);
	post_singly(&b);
	return 0;
}
