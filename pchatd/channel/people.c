/* getuser, getgroup: who somebody is. xccos.md section 9.15. */

#include "pchatd/channel/command.h"
#include "pchatd/channel/principal.h"

/* What somebody is in is nobody else's business (administration.md section 7.4): of users it is
 * shown to themselves, of groups to those who are in them. */
static bool
may_know(const struct pchat_request *rq, pchat_id id)
{
	const pchat_id *aff;
	size_t n;

	if (id == rq->user->id)
		return true;
	if (rq->user->id == PCHAT_NO_ID ||
	    pchat_org_affiliations(pchat_view_org(rq->d->view), rq->user->id, &aff, &n, NULL))
		return false;
	for (size_t i = 0; i < n; i++)
		if (aff[i] == id)
			return true;
	return false;
}

static void
reply_principal(const struct pchat_request *rq, struct pchat_xccos_uib *uib, const pchat_id *aff,
                size_t n)
{
	struct pchat_principal_uri *uris = calloc(n + 1, sizeof(*uris));
	struct pchat_str *affils = calloc(n + 1, sizeof(*affils));

	if (!uris || !affils) {
		free(affils);
		free(uris);
		pchat_reply(rq, PCHAT_XCCOS_SERVER, "the server is out of memory");
		return;
	}
	for (size_t i = 0; i < n; i++) {
		struct pchat_xccos_uib of;

		if (pchat_principal_uib(rq->d, aff[i], &uris[i], &of))
			affils[uib->n_affils++] = of.uri;
	}
	uib->affils = affils;
	pchat_xccos_put_uib(pchat_reply_open(rq), uib);
	pchat_reply_close(rq);
	free(affils);
	free(uris);
}

static void
describe(const struct pchat_request *rq, bool user)
{
	struct pchat_org *org = pchat_view_org(rq->d->view);
	pchat_id id = pchat_principal_named(rq->d, rq->prim->args.user.uri);
	struct pchat_principal_uri uri;
	struct pchat_xccos_uib uib;
	const pchat_id *aff = NULL;
	size_t n = 0;

	if (id == PCHAT_NO_ID || (pchat_org_kind(org, id) == PCHAT_KIND_USER) != user ||
	    !pchat_principal_uib(rq->d, id, &uri, &uib)) {
		pchat_reply(rq, PCHAT_XCCOS_NO_SUCH_PRINCIPAL, NULL);
		return;
	}
	if (may_know(rq, id) && pchat_org_affiliations(org, id, &aff, &n, NULL))
		n = 0;
	reply_principal(rq, &uib, aff, n);
}

void
pchat_command_getuser(const struct pchat_request *rq)
{
	describe(rq, true);
}

void
pchat_command_getgroup(const struct pchat_request *rq)
{
	describe(rq, false);
}
