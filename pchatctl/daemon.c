#include "pchatctl/daemon.h"

#include "pchatctl/sorted.h"

#define ACTOR_MAX 64 /* octets of a name in a question */

enum pchat_code
pchat_ctl_daemon(struct pchat_ctl *ctl, struct pchat_daemon **ret, struct pchat_err *err)
{
	return pchat_daemon_open(ctl->globals.v[PCHAT_GLOBAL_STORE].text, ret, err);
}

void
pchat_daemon_by(struct pchat_ctl *ctl, struct pchat_buf *line)
{
	const char *actor = pchat_ctl_actor(ctl);

	pchat_buf_lit(line, " by=");
	for (size_t i = 0; actor[i] && i < ACTOR_MAX; i++) {
		char c = actor[i];

		if ((unsigned char)c <= ' ')
			c = '_';
		pchat_buf_char(line, c);
	}
}

/* ---- records ---- */

struct listing {
	const struct pchat_daemon_listing *how;
	struct pchat_out *out;
	struct pchat_record record;
	struct pchat_sorted sorted;
	PCHAT_VEC(const char *) items; /* of all lists of a record, one after the other */
	uint64_t n;
};

static enum pchat_code
gather_items(struct listing *l, const struct pchat_reply *r, struct pchat_err *err)
{
	l->items.n = 0;
	for (const struct pchat_daemon_field *f = l->how->fields; f->name; f++) {
		size_t n = f->type == PCHAT_CELL_LIST ? pchat_reply_count(r, f->name) : 0;

		if (!pchat_vec_reserve(&l->items, n))
			return pchat_no_memory(err);
		for (size_t i = 0; i < n; i++) {
			const char *item = pchat_reply_item(r, f->name, i);

			l->items.v[l->items.n++] = item ? item : "";
		}
	}
	return PCHAT_OK;
}

static void
put_field(struct listing *l, const struct pchat_daemon_field *f, const struct pchat_reply *r,
          size_t *at)
{
	switch (f->type) {
	case PCHAT_CELL_TEXT:
		pchat_record_text(&l->record, f->name, pchat_reply_text(r, f->name));
		return;
	case PCHAT_CELL_BOOL:
		pchat_record_bool(&l->record, f->name, pchat_reply_flag(r, f->name));
		return;
	case PCHAT_CELL_UINT:
		pchat_record_uint(&l->record, f->name, pchat_reply_uint(r, f->name));
		return;
	case PCHAT_CELL_LIST: {
		size_t n = pchat_reply_count(r, f->name);

		pchat_record_list(&l->record, f->name, l->items.v + *at, n);
		*at += n;
		return;
	}
	case PCHAT_CELL_NULL:
	case PCHAT_CELL_RECORDS:
	case PCHAT_CELL_RECORD:
		break;
	}
}

static enum pchat_code
put(void *ctx, const struct pchat_reply *r, struct pchat_err *err)
{
	struct listing *l = ctx;
	size_t at = 0;

	if (l->how->limit && l->n >= l->how->limit && !l->sorted.n_keys)
		return PCHAT_DIFFERS; /* enough: stops the reading */
	PCHAT_TRY(gather_items(l, r, err));
	pchat_record_clear(&l->record);
	for (const struct pchat_daemon_field *f = l->how->fields; f->name; f++)
		put_field(l, f, r, &at);
	l->n++;
	return l->sorted.n_keys ? pchat_sorted_keep(&l->sorted, &l->record, err)
	                        : pchat_out_put(l->out, &l->record, err);
}

static enum pchat_code
ask(struct pchat_ctl *ctl, struct pchat_daemon *d, const char *line, struct listing *l,
    struct pchat_err *err)
{
	const char *columns[PCHAT_DAEMON_FIELDS_MAX + 1] = { NULL };
	struct pchat_out_head head = { .list = l->how->what != NULL,
		                       .what = l->how->what,
		                       .columns = columns,
		                       .table = l->how->table };
	enum pchat_code code;

	for (size_t i = 0; i < PCHAT_DAEMON_FIELDS_MAX && l->how->fields[i].name; i++)
		columns[i] = l->how->fields[i].name;
	PCHAT_TRY_WORD(l->how->sort, err,
	               pchat_sorted_init(&l->sorted, l->how->sort, columns, l->how->what, err));
	PCHAT_TRY(pchat_out_open(ctl, &head, &l->out, err));
	code = pchat_daemon_ask(d, line, ctl->globals.timeout * 1000, put, l, err);
	if (code && code != PCHAT_DIFFERS)
		return code;
	if (l->sorted.n_keys)
		PCHAT_TRY(pchat_sorted_put(&l->sorted, l->out, l->how->limit, err));
	if (l->n == 0 && l->how->none)
		return pchat_fail(err, PCHAT_NOT_FOUND, "%s", l->how->none);
	return pchat_out_close(l->out, err);
}

enum pchat_code
pchat_daemon_list(struct pchat_ctl *ctl, const char *line,
                  const struct pchat_daemon_listing *listing, struct pchat_err *err)
{
	PCHAT_AUTO(daemon) d = NULL;
	struct listing l = { .how = listing };
	enum pchat_code code;

	PCHAT_TRY(pchat_ctl_daemon(ctl, &d, err));
	code = ask(ctl, d, line, &l, err);
	pchat_out_free(l.out);
	pchat_record_release(&l.record);
	pchat_sorted_release(&l.sorted);
	pchat_vec_release(&l.items);
	return code;
}
