/*
 * What parsing and building cost, without a network: one line per body.
 *
 *	bench_xccos [ROUNDS]
 */
#include "base/clock.h"
#include "wire/xccos/build.h"

#include <stdio.h>
#include <stdlib.h>

#define OPEN "<xccos ver=\"1\" envid=\"1804289383\" xmlns=\"urn:parlano:xml:ns:xccos\">"
#define ROOM "ma-chan://contoso.example/094f5a4a-c492-4f6b-91c2-385eba134fd3"

struct input {
	const char *name, *body;
};

static const struct input inputs[] = {
	{ "join", OPEN "<cmd id=\"cmd:join\" seqid=\"1\"><data><chanid key=\"0\" "
	               "domain=\"contoso.example\" value=\"094f5a4a-c492-4f6b-91c2-385eba134fd3\"/>"
	               "</data></cmd></xccos>" },
	{ "post", OPEN
	  "<grpchat id=\"grpchat\" seqid=\"1\" chanUri=\"" ROOM
	  "\" author=\"sip:amy@contoso.example\" ts=\"2013-08-02T10:11:12Z\"><chat>The "
	  "quick brown fox jumps over the lazy dog &amp; comes back</chat></grpchat></xccos>" },
	{ "post with rtf",
	  OPEN "<grpchat id=\"grpchat\" seqid=\"1\" chanUri=\"" ROOM
	       "\" author=\"sip:amy@contoso.example\" ts=\"2013-08-02T10:11:12Z\">"
	       "<chat>hello</chat><rtf>{\\rtf1\\ansi hello}</rtf></grpchat></xccos>" },
};

static void
report(const char *what, const char *name, int64_t start, unsigned rounds, size_t octets)
{
	printf("%-6s %-14s %6zu octets %8.2f us\n", what, name, octets,
	       (double)(pchat_monotonic() - start) / rounds);
}

static bool
bench(struct pchat_xccos_parser *p, const struct input *in, unsigned rounds)
{
	const struct pchat_xccos_envelope *e = NULL;
	PCHAT_AUTO_VALUE(buf) b = { 0 };
	int64_t start = pchat_monotonic();

	for (unsigned i = 0; i < rounds; i++)
		if (pchat_xccos_parse(p, pchat_str(in->body), &e, NULL) ||
		    e->prims[0].bad != PCHAT_XCCOS_OK)
			return false;
	report("parse", in->name, start, rounds, strlen(in->body));
	if (e->prims[0].kind != PCHAT_XCCOS_KIND_GRPCHAT)
		return true;
	start = pchat_monotonic();
	for (unsigned i = 0; i < rounds; i++) {
		pchat_buf_clear(&b);
		pchat_xccos_grpchat(&b, i, &e->prims[0].msg);
	}
	report("build", in->name, start, rounds, b.n);
	return pchat_buf_ok(&b);
}

int
main(int argc, char **argv)
{
	struct pchat_xccos_parser *p = NULL;
	uint64_t rounds = 100000;
	bool ok;

	if (argc > 1 && !pchat_str_uint(pchat_str(argv[1]), UINT32_MAX, &rounds))
		return 2;
	ok = rounds > 0 && pchat_xccos_parser_new(NULL, &p, NULL) == PCHAT_OK;
	for (size_t i = 0; ok && i < PCHAT_N(inputs); i++)
		ok = bench(p, &inputs[i], (unsigned)rounds);
	pchat_xccos_parser_free(p);
	return ok ? 0 : 1;
}
