/*
 * Any text as a manifest: it is read, or refused with a place and a reason; what is read
 * becomes a plan for a new store or is refused as well.
 */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>

#include "pchatctl/manifest_plan.h"

static void
want(bool holds)
{
	if (!holds)
		abort();
}

static void
plan(struct pchat_manifest *m)
{
	const struct pchat_manifest_options options = { .prune = true, .limit = { 10, false } };
	PCHAT_AUTO_VALUE(plan) p = { 0 };
	PCHAT_AUTO(org) org = pchat_org_new(NULL);
	struct pchat_err err = { 0 };
	enum pchat_code code = pchat_manifest_plan(m, NULL, &options, &p, &err);

	if (!code && org)
		code = pchat_plan_check(&p, org, &err);
	want(code == PCHAT_OK || strlen(pchat_err_text(&err)) > 0);
	want(code != PCHAT_INTERNAL);
	pchat_err_release(&err);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	PCHAT_AUTO_VALUE(manifest) m = { 0 };
	struct pchat_err err = { 0 };
	enum pchat_code code = pchat_manifest_parse(
		&m, "fuzz", (struct pchat_str){ (const char *)data, size }, &err);

	if (code) {
		want(code == PCHAT_INVALID || code == PCHAT_LIMIT || code == PCHAT_UNSUPPORTED);
		want(err.line > 0 && err.column > 0 && strlen(pchat_err_text(&err)) > 0);
	} else {
		plan(&m);
	}
	pchat_err_release(&err);
	return 0;
}
