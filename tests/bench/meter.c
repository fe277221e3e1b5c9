#include "tests/bench/load.h"

#include <time.h>
#include <unistd.h>

/* utime and stime are fields 14 and 15; the name in field 2 may hold anything. */
static bool
read_stat(unsigned pid, struct load_usage *u)
{
	char path[64], line[1024];
	unsigned long user, system;
	const char *at;
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "/proc/%u/stat", pid);
	f = fopen(path, "r");
	if (!f)
		return false;
	n = fread(line, 1, sizeof(line) - 1, f);
	fclose(f);
	line[n] = '\0';
	at = strrchr(line, ')');
	if (!at || sscanf(at + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user,
	                  &system) != 2)
		return false;
	u->user = (double)user / (double)sysconf(_SC_CLK_TCK);
	u->system = (double)system / (double)sysconf(_SC_CLK_TCK);
	return true;
}

/* Ticks are 10 ms; the clock of the process knows nanoseconds. */
static double
read_clock(unsigned pid, double otherwise)
{
	struct timespec t;
	clockid_t clock;

	if (clock_getcpuclockid((pid_t)pid, &clock) != 0 || clock_gettime(clock, &t) != 0)
		return otherwise;
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
read_rss(unsigned pid, struct load_usage *u)
{
	char path[64], line[256];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%u/smaps_rollup", pid);
	f = fopen(path, "r");
	if (!f)
		return;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "Rss: %lu kB", &u->rss) == 1)
			break;
	fclose(f);
}

bool
load_usage(unsigned pid, struct load_usage *ret)
{
	*ret = (struct load_usage){ 0 };
	if (pid == 0 || !read_stat(pid, ret))
		return false;
	ret->cpu = read_clock(pid, ret->user + ret->system);
	read_rss(pid, ret);
	return true;
}
