/* Whether the pool may have what is asked for: its servers and further SIP URIs. */
#include "policy/plan_private.h"

#include <string.h>

#include "base/text.h"

/* Servers of a pool, and how many of them may be active (administration.md 1). */
#define SERVERS_MAX 8
#define ACTIVE_MAX  4

static bool
activates(const struct pchat_change *change)
{
	return change->after->v[PCHAT_SERVER_ACTIVE].flag &&
	       !(change->before && change->before->v[PCHAT_SERVER_ACTIVE].flag);
}

static void
count_servers(const struct pchat_org *org, unsigned *ret_all, unsigned *ret_active)
{
	size_t pos = 0;
	pchat_id id;

	*ret_all = *ret_active = 0;
	while (pchat_org_next(org, PCHAT_KIND_SERVER, &pos, &id)) {
		++*ret_all;
		*ret_active += pchat_at(org, id)->o->v[PCHAT_SERVER_ACTIVE].flag;
	}
}

static enum pchat_code
check_server(struct pchat_check *c, const struct pchat_change *change)
{
	unsigned all, active;
	enum pchat_code code;

	if (change->op != PCHAT_OP_CREATE && !activates(change))
		return PCHAT_OK;
	code = pchat_load_all(c->org, PCHAT_KIND_SERVER, c->err);
	if (code)
		return code;
	count_servers(c->org, &all, &active);
	if (change->op == PCHAT_OP_CREATE && all > SERVERS_MAX) {
		pchat_check_refuse(c, change->after, PCHAT_LIMIT, "a pool has at most %d servers",
		                   SERVERS_MAX);
		pchat_check_hint(c, "delete one that is not needed: pchatctl server delete");
		return PCHAT_LIMIT;
	}
	if (!activates(change) || active <= ACTIVE_MAX)
		return PCHAT_OK;
	pchat_check_refuse(c, change->after, PCHAT_LIMIT, "at most %d servers can be active",
	                   ACTIVE_MAX);
	pchat_check_hint(c, "use --no-active, or make another one idle first");
	return PCHAT_LIMIT;
}

/* Nobody finds us under a domain that is not ours (administration.md 3.7). */
static enum pchat_code
check_endpoint(struct pchat_check *c, const struct pchat_change *change)
{
	const char *domain = strchr(pchat_object_key(change->after), '@');
	struct pchat_entity *e;
	enum pchat_code code;

	if (change->op != PCHAT_OP_CREATE || !domain)
		return PCHAT_OK;
	e = pchat_entity(c->org, PCHAT_KIND_DOMAIN, pchat_str(domain + 1), false);
	if (!e)
		return pchat_no_memory(c->err);
	code = pchat_load(c->org, e, c->err);
	if (code || (e->flags & E_KNOWN))
		return code;
	pchat_check_refuse(c, change->after, PCHAT_NOT_FOUND, "'%s' is no domain of this pool",
	                   domain + 1);
	pchat_check_hint(c, "create it first: pchatctl domain create");
	return PCHAT_NOT_FOUND;
}

enum pchat_code
pchat_plan_check_pool(struct pchat_check *c)
{
	enum pchat_code code = PCHAT_OK;

	for (size_t i = 0; i < c->n_asked && !code; i++) {
		const struct pchat_change *change = &c->plan->v[i];

		if (!change->after)
			continue;
		if (change->after->kind == PCHAT_KIND_SERVER)
			code = check_server(c, change);
		else if (change->after->kind == PCHAT_KIND_ENDPOINT)
			code = check_endpoint(c, change);
	}
	return code;
}
