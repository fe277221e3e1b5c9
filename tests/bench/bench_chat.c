/*
 * Joins N users to a room, posts M messages and prints what it cost in one line:
 *
 *	bench_chat --server 127.0.0.1:5060 --pid PID --room ma-chan://contoso.example/GUID \
 *		--users sip:user%d@contoso.example --n 500 --messages 200
 *
 * With --rooms it measures how many users can sign in: INVITE, getserverinfo, getassociations
 * twice, bjoin of their rooms, bccontext of each, getinv, one after the other.
 *
 * The server must take users at their word (authentication none, on loopback), or by Kerberos, with
 * one connection for each: everything is then signed both ways. Exit status 1
 * if a message was lost, doubled or out of order, or if anything was refused.
 */
#include "tests/bench/load.h"

#include <getopt.h>

#define QUIET (PCHAT_SECOND * 3 / 10) /* no traffic for so long: everything has settled */

struct report {
	struct load_usage before, joined, start, end;
	int64_t began, ended;
	double load_cpu; /* seconds of our own */
	double setup;    /* seconds until all had joined */
};

/* ---- options ---- */

struct row {
	const char *name;
	const char *value;
	size_t at;
	unsigned least, most; /* of a number */
	const char *help;
};

#define TEXT(name, value, member, help)                                        \
	{                                                                      \
		name, value, offsetof(struct load_options, member), 0, 0, help \
	}
#define UINT(name, member, least, most, help)                                       \
	{                                                                           \
		name, "N", offsetof(struct load_options, member), least, most, help \
	}

static const struct row rows[] = {
	TEXT("server", "HOST:PORT", host, "where it listens"),
	TEXT("pool", "URI", pool, "SIP URI to invite"),
	TEXT("room", "URI", room, "room to join, ma-chan://domain/value"),
	TEXT("kerberos", "KEYTAB", keytab,
	     "sign in with the users' keys in it (see with_realm.py)"),
	TEXT("target", "HOST", target, "whom tickets are for (chat.contoso.example)"),
	TEXT("users", "PATTERN", users, "SIP URI of a user, with %d for the number"),
	UINT("pid", pid, 0, INT32_MAX, "process of the server; 0: do not measure it"),
	UINT("first", first, 0, INT32_MAX, "number of the first user (1)"),
	UINT("n", n, 1, LOAD_USERS_MAX, "users (500)"),
	UINT("connections", connections, 0, LOAD_USERS_MAX, "connections; 0: one per user (0)"),
	UINT("messages", messages, 0, INT32_MAX, "messages to post (200)"),
	UINT("rate", rate, 0, 1000000, "posts a second; 0: flat out (0)"),
	UINT("window", window, 1, 1000000, "flat out: posts not yet delivered to all (16)"),
	UINT("senders", senders, 1, LOAD_USERS_MAX, "users that post in turn (1)"),
	UINT("size", size, 0, LOAD_TEXT_MAX, "octets of a message (100)"),
	UINT("timeout", timeout, 1, 3600, "seconds without progress until it gives up (10)"),
	UINT("rooms", rooms, 0, 1000, "rooms of a user: only sign in, with all a client asks (0)"),
	UINT("team", team, 1, LOAD_USERS_MAX, "users that share these rooms (50)"),
	UINT("register", reg, 0, 1, "1: REGISTER every user first (0)"),
	UINT("searches", searches, 0, 1000, "usersrch of the last user with every post (0)"),
	TEXT("search", "TEXT", search, "what it is for (part of no name)"),
	UINT("tls", tls, 0, 1, "1: connections are encrypted (0)"),
};

static void
usage(FILE *to)
{
	fputs("usage: bench_chat [--OPTION VALUE]...\n", to);
	for (size_t i = 0; i < PCHAT_N(rows); i++)
		fprintf(to, "  --%-12s %-10s %s\n", rows[i].name, rows[i].value, rows[i].help);
}

static bool
take(struct load_options *o, const struct row *row, const char *value)
{
	void *at = (char *)o + row->at;
	uint64_t n;

	if (row->most == 0) {
		*(const char **)at = value;
		return true;
	}
	if (!pchat_str_uint(pchat_str(value), row->most, &n) || n < row->least) {
		fprintf(stderr, "bench_chat: --%s is a number from %u to %u\n", row->name,
		        row->least, row->most);
		return false;
	}
	*(unsigned *)at = (unsigned)n;
	return true;
}

static bool
check(struct load_options *o)
{
	char *port = o->host ? strrchr(o->host, ':') : NULL;

	if (!port || !o->room || strncmp(o->room, "ma-chan://", 10) != 0 ||
	    !strchr(o->room + 10, '/') || !strstr(o->users, "%d") || !strchr(o->users, '@')) {
		usage(stderr);
		return false;
	}
	*port = '\0';
	o->port = port + 1;
	if (o->connections == 0 || o->connections > o->n || o->keytab)
		o->connections = o->n;
	o->reg |= o->keytab != NULL;
	if (o->senders > o->n)
		o->senders = o->n;
	if (o->rooms)
		o->messages = 0; /* nobody is in the room they would be posted to */
	return true;
}

/* @argv is changed. */
static bool
parse_options(struct load_options *o, int argc, char **argv)
{
	struct option longs[PCHAT_N(rows) + 1] = { 0 };
	int at;

	for (size_t i = 0; i < PCHAT_N(rows); i++)
		longs[i] = (struct option){ rows[i].name, required_argument, NULL, 0 };
	while ((at = -1), getopt_long(argc, argv, "", longs, &at) != -1)
		if (at < 0 || !take(o, &rows[at], optarg))
			return false;
	return optind == argc && check(o);
}

/* ---- phases ---- */

static bool
stuck(const struct load *l)
{
	return pchat_monotonic() - l->last > l->opt.timeout * PCHAT_SECOND;
}

static bool
allocate(struct load *l)
{
	l->conns = calloc(l->opt.connections, sizeof(*l->conns));
	l->dialogs = calloc(l->opt.n, sizeof(*l->dialogs));
	if (!l->conns || !l->dialogs)
		return false;
	for (unsigned i = 0; i < l->opt.n; i++) {
		l->dialogs[i].conn = &l->conns[i % l->opt.connections];
		l->dialogs[i].index = i;
	}
	return true;
}

static void
settle(struct load *l)
{
	l->last = pchat_monotonic();
	while (pchat_monotonic() - l->last < QUIET && load_round(l, 20))
		;
}

static bool
join_all(struct load *l, struct report *r)
{
	int64_t start = pchat_monotonic();

	l->last = start;
	while (l->joined + l->dead < l->opt.n && !stuck(l)) {
		load_start_dialogs(l);
		if (!load_round(l, 100))
			return false;
	}
	r->setup = (double)(pchat_monotonic() - start) / 1e6;
	if (l->joined < l->opt.n)
		fprintf(stderr, "bench_chat: only %zu of %u users joined\n", l->joined, l->opt.n);
	return l->joined == l->opt.n;
}

/* How many posts may have been made by now. */
static uint64_t
allowance(const struct load *l, int64_t elapsed)
{
	uint64_t n;

	if (l->opt.rate)
		n = (uint64_t)elapsed * l->opt.rate / (uint64_t)PCHAT_SECOND + 1;
	else
		n = l->delivered / l->opt.n + l->opt.window;
	return n < l->opt.messages ? n : l->opt.messages;
}

/* Milliseconds until the next post is due; long if only deliveries can make one due. */
static int
pause_length(const struct load *l, int64_t elapsed)
{
	int64_t due;

	if (!l->opt.rate || l->posted >= l->opt.messages)
		return 100;
	due = (int64_t)(l->posted * (uint64_t)PCHAT_SECOND / l->opt.rate) - elapsed;
	return due <= 0 ? 0 : (int)(due / 1000) + 1;
}

static void
post_all(struct load *l)
{
	int64_t start = pchat_monotonic();

	l->last = start;
	while (l->delivered < (uint64_t)l->opt.messages * l->opt.n && !stuck(l)) {
		int64_t elapsed = pchat_monotonic() - start;

		while (l->posted < allowance(l, elapsed)) {
			struct load_dialog *d = &l->dialogs[l->posted % l->opt.senders];

			load_post(d, l->posted);
			for (unsigned i = 0; i < l->opt.searches; i++)
				load_search(&l->dialogs[l->opt.n - 1]);
		}
		if (!load_round(l, pause_length(l, elapsed)))
			return;
	}
}

/* Where this comes near the elapsed time, the load is the bottleneck, not the server. */
static double
own_cpu(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static bool
run(struct load *l, struct report *r)
{
	bool measured = load_usage(l->opt.pid, &r->before);

	if (!load_connect(l) || !join_all(l, r))
		return false;
	settle(l);
	load_usage(l->opt.pid, &r->joined);
	l->measuring = true;
	load_usage(l->opt.pid, &r->start);
	r->load_cpu = -own_cpu();
	r->began = pchat_monotonic();
	post_all(l);
	r->ended = pchat_monotonic();
	r->load_cpu += own_cpu();
	settle(l); /* the server reads our last answers */
	if (!load_usage(l->opt.pid, &r->end) && measured)
		load_complain(l, "process %u has gone", l->opt.pid);
	for (unsigned i = 0; i < l->opt.n; i++)
		load_bye(&l->dialogs[i]);
	settle(l);
	return true;
}

/* ---- report ---- */

static int
compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

/* Milliseconds that @share of all deliveries did not exceed. */
static double
percentile(const struct load *l, double share)
{
	size_t at;

	if (l->latency.n == 0)
		return 0;
	at = (size_t)(share * (double)(l->latency.n - 1) + 0.5);
	return l->latency.v[at] / 1000.0;
}

static void
print_server(const struct load *l, const struct report *r, double seconds)
{
	double cpu = r->end.cpu - r->start.cpu;
	double ticks = r->end.user + r->end.system - r->start.user - r->start.system;

	if (l->opt.pid == 0)
		return;
	printf(" server_cpu_us_per_delivery=%.2f server_cpu=%.2f server_system_share=%.2f",
	       l->delivered ? cpu * 1e6 / (double)l->delivered : 0, cpu / seconds,
	       ticks > 0 ? (r->end.system - r->start.system) / ticks : 0);
	printf(" rss_before_kib=%lu rss_joined_kib=%lu rss_end_kib=%lu kib_per_session=%.2f",
	       r->before.rss, r->joined.rss, r->end.rss,
	       ((double)r->joined.rss - (double)r->before.rss) / l->opt.n);
}

static void
print_sign_in(const struct load *l, const struct report *r)
{
	printf("users=%u connections=%u rooms=%u team=%u seconds=%.2f sign_ins_per_s=%.0f",
	       l->opt.n, l->opt.connections, l->opt.rooms, l->opt.team, r->setup,
	       l->opt.n / r->setup);
	if (l->opt.pid)
		printf(" server_cpu_us_per_sign_in=%.0f server_cpu=%.2f rss_before_kib=%lu "
		       "rss_joined_kib=%lu",
		       (r->joined.cpu - r->before.cpu) * 1e6 / l->opt.n,
		       (r->joined.cpu - r->before.cpu) / r->setup, r->before.rss, r->joined.rss);
	printf(" errors=%llu\n", (unsigned long long)l->errors);
}

static void
print_report(struct load *l, const struct report *r)
{
	double seconds = (double)(r->ended - r->began) / 1e6;

	if (l->latency.n > 0)
		qsort(l->latency.v, l->latency.n, sizeof(*l->latency.v), compare);
	printf("users=%u connections=%u tls=%u signed=%u messages=%u rate=%u window=%u size=%u",
	       l->opt.n, l->opt.connections, l->opt.tls, l->opt.keytab != NULL, l->opt.messages,
	       l->opt.rate, l->opt.window, l->opt.size);
	printf(" setup_s=%.2f seconds=%.3f posted=%llu acknowledged=%llu deliveries=%llu "
	       "deliveries_per_s=%.0f",
	       r->setup, seconds, (unsigned long long)l->posted,
	       (unsigned long long)l->acknowledged, (unsigned long long)l->delivered,
	       seconds > 0 ? (double)l->delivered / seconds : 0);
	printf(" p50_ms=%.2f p90_ms=%.2f p99_ms=%.2f p999_ms=%.2f max_ms=%.2f", percentile(l, 0.5),
	       percentile(l, 0.9), percentile(l, 0.99), percentile(l, 0.999), percentile(l, 1));
	print_server(l, r, seconds > 0 ? seconds : 1);
	printf(" load_cpu=%.2f", seconds > 0 ? r->load_cpu / seconds : 0);
	printf(" missing=%llu lost=%llu duplicates=%llu reordered=%llu errors=%llu\n",
	       (unsigned long long)((uint64_t)l->opt.messages * l->opt.n - l->delivered),
	       (unsigned long long)l->lost, (unsigned long long)l->duplicates,
	       (unsigned long long)l->reordered, (unsigned long long)l->errors);
}

static void
release(struct load *l)
{
	load_disconnect(l);
	for (unsigned i = 0; l->dialogs && i < l->opt.n; i++) {
		free(l->dialogs[i].tag);
		free(l->dialogs[i].remote);
	}
	free(l->dialogs);
	free(l->conns);
	pchat_vec_release(&l->latency);
}

int
main(int argc, char **argv)
{
	struct load l = {
		.opt = { .pool = "sip:GC-1-PersistentChatService-1@contoso.example",
		         .target = "chat.contoso.example",
		         .users = "sip:user%d@contoso.example",
		         .first = 1,
		         .n = 500,
		         .messages = 200,
		         .window = 16,
		         .senders = 1,
		         .size = 100,
		         .timeout = 10,
		         .team = 50,
		         .search = "zqxj" },
	};
	struct report r = { 0 };
	bool ok;

	if (!parse_options(&l.opt, argc, argv))
		return 2;
	ok = allocate(&l) && run(&l, &r);
	if (ok && l.opt.rooms)
		print_sign_in(&l, &r);
	else if (ok)
		print_report(&l, &r);
	ok = ok && l.delivered == (uint64_t)l.opt.messages * l.opt.n && !l.lost && !l.duplicates &&
	     !l.reordered && !l.errors;
	release(&l);
	return ok ? 0 : 1;
}
