/*
 * The name nearest to one that does not exist. Where there are few names all are compared. Of
 * many, those are visited that can still be near: in the order of the index, beyond the first
 * character that is one slip too many all that begins so is skipped. First what is one slip off,
 * then two, and so on; the work is bounded, so that no name costs more than a moment (a person
 * reads what comes of it, a script only waits).
 */
#include "schema/internal.h"

#include "base/text.h"
#include "schema/objects.h"

/* Work in cells of the comparison (about 2 ns): what a name costs to read in order and to look
 * up, and how much all of it may be: about 1 ms each. */
#define READ_COST   60
#define SEEK_COST   500
#define COMPARE_ALL INT64_C(400000)
#define VISIT_SOME  INT64_C(400000)

struct search {
	struct pchat_query q;
	struct pchat_buf word;   /* folded, with the prefix of the principal */
	struct pchat_buf from;   /* where to go on; bound to the query */
	struct pchat_buf upto;   /* the end of the kind; bound to the query */
	struct pchat_buf folded; /* of the name at hand */
	char *best;
	int64_t work; /* left */
};

static void
search_release(struct search *s)
{
	pchat_query_release(&s->q);
	pchat_buf_release(&s->word);
	pchat_buf_release(&s->from);
	pchat_buf_release(&s->upto);
	pchat_buf_release(&s->folded);
	free(s->best);
}

/* From s->from on, @max names. */
static void
seek(struct search *s, int64_t max)
{
	pchat_query_reset(&s->q);
	pchat_stmt_str(s->q.stmt, 1, pchat_buf_view(&s->from));
	pchat_stmt_str(s->q.stmt, 2, pchat_buf_view(&s->upto));
	pchat_stmt_int(s->q.stmt, 3, max);
}

static bool
step(struct search *s, enum pchat_kind kind, struct pchat_str *ret)
{
	bool row = false;

	if (pchat_query_step(&s->q, &row, NULL) != PCHAT_OK || !row)
		return false;
	*ret = pchat_col_str(s->q.stmt, 0);
	pchat_buf_clear(&s->folded);
	pchat_table_fold(kind, *ret, &s->folded);
	return pchat_buf_ok(&s->folded);
}

static bool
keep(struct search *s, struct pchat_str name)
{
	free(s->best);
	s->best = pchat_str_dup(name);
	return s->best;
}

/* Compare all names; false if they are too many for that. */
static bool
compare_all(struct search *s, enum pchat_kind kind, size_t limit)
{
	struct pchat_str word = pchat_buf_view(&s->word), name;
	size_t ahead;

	s->work = COMPARE_ALL;
	seek(s, INT64_MAX);
	while (limit > 0 && step(s, kind, &name)) {
		size_t d = pchat_distance_ahead(word, pchat_buf_view(&s->folded), limit, &ahead);

		s->work -= READ_COST + (int64_t)((ahead ? ahead : name.n) * word.n);
		if (s->work < 0)
			return false;
		if (d > limit)
			continue;
		if (!keep(s, name))
			break;
		limit = d > 0 ? d - 1 : 0;
	}
	return true;
}

/* Go on behind the name at hand: behind all that begins with its first @ahead octets, if not 0. */
static void
pass(struct search *s, size_t ahead)
{
	struct pchat_str name = pchat_buf_view(&s->folded);

	pchat_buf_clear(&s->from);
	pchat_buf_add(&s->from, name.p, ahead ? ahead : name.n);
	if (ahead)
		pchat_buf_lit(&s->from, "\xF4\x8F\xBF\xBF"); /* U+10FFFF */
	else
		pchat_buf_char(&s->from, '\x01'); /* before all that a name can go on with */
}

/* Look for a name @max slips off; false to stop looking. */
static bool
visit(struct search *s, enum pchat_kind kind, size_t max)
{
	struct pchat_str word = pchat_buf_view(&s->word), name;
	size_t ahead;

	pchat_buf_clear(&s->from);
	pchat_table_prefix(kind, &s->from);
	for (seek(s, 1); step(s, kind, &name); seek(s, 1)) {
		size_t d = pchat_distance_ahead(word, pchat_buf_view(&s->folded), max, &ahead);

		if (d <= max) {
			keep(s, name);
			return false;
		}
		s->work -= SEEK_COST + (int64_t)((ahead ? ahead : name.n) * word.n);
		pass(s, ahead);
		if (s->work < 0 || !pchat_buf_ok(&s->from))
			return false;
	}
	return true;
}

char *
pchat_read_nearest(struct pchat_store *store, enum pchat_kind kind, const char *key)
{
	size_t limit = pchat_near_enough(pchat_str(key));
	struct search s = { 0 };
	char *best = NULL;

	pchat_table_fold(kind, pchat_str(key), &s.word);
	pchat_table_prefix(kind, &s.from);
	pchat_buf_str(&s.upto, pchat_buf_view(&s.from));
	pchat_buf_lit(&s.upto, "\xF4\x8F\xBF\xBF");
	if (pchat_buf_ok(&s.word) && pchat_buf_ok(&s.upto) &&
	    pchat_query_use_object(&store->conn, PCHAT_O_NAMES, kind, &s.q, NULL) == PCHAT_OK &&
	    !compare_all(&s, kind, limit)) {
		s.work = VISIT_SOME;
		for (size_t max = 1; max <= limit && visit(&s, kind, max); max++)
			continue;
	}
	best = PCHAT_TAKE(s.best);
	search_release(&s);
	return best;
}
