/* The groups, units and domains above a principal (schema-and-capacity.md 6). */
#include "pchatctl/noun.h"

struct listing {
	struct pchat_ctl *ctl;
	struct pchat_out *out;
};

static enum pchat_code
put(void *ctx, pchat_id id, const struct pchat_path *way, struct pchat_err *err)
{
	const struct listing *l = ctx;
	PCHAT_AUTO_VALUE(record) r = { 0 };

	pchat_record_text(&r, "principal", pchat_org_name(l->ctl->org, id));
	pchat_record_text(&r, "kind", pchat_kind_info(pchat_org_kind(l->ctl->org, id))->word);
	pchat_record_bool(&r, "direct", way->n == 2);
	pchat_record_list(&r, "path", (const char *const *)way->v, way->n);
	return pchat_out_put(l->out, &r, err);
}

/* It must exist: what is not there is in nothing. */
static enum pchat_code
check_exists(struct pchat_ctl *ctl, const char *name, struct pchat_err *err)
{
	PCHAT_AUTO(object) o = NULL;
	enum pchat_kind kind;
	struct pchat_str key;

	(void)pchat_principal_split(pchat_str(name), &kind, &key);
	return pchat_store_get(ctl->store, kind, key.p, &o, err);
}

enum pchat_code
pchat_report_affiliations_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                              struct pchat_err *err)
{
	static const char *const columns[] = { "principal", "kind", "direct", "path", NULL };
	struct pchat_out_head head = { .list = true, .what = "affiliations", .columns = columns };
	PCHAT_AUTO_VALUE(buf) name = { 0 };
	PCHAT_AUTO(out) out = NULL;
	struct listing l = { .ctl = ctl };
	pchat_id id;

	PCHAT_TRY(pchat_principal_canonical(pchat_str(pchat_call_name(call, 0)), &name, err));
	PCHAT_TRY(check_exists(ctl, pchat_buf_cstr(&name), err));
	id = pchat_org_principal(ctl->org, pchat_buf_cstr(&name), err);
	PCHAT_TRY(pchat_out_open(ctl, &head, &out, err));
	l.out = out;
	PCHAT_TRY(pchat_org_each_affiliation(ctl->org, id, put, &l, err));
	return pchat_out_close(out, err);
}
