/* Memory that runs out at every single allocation, of ours and of libxml2. */
#include <libxml/xmlmemory.h>

#include "tests/unit/xccos/help.h"

#include <stdlib.h>
#include <unistd.h>

#include "tests/unit/base/oom.h"
#include "wire/docs/provisioning.h"
#include "wire/xccos/build.h"

/* Allocations of one parse are some hundreds. */
#define STEPS_MAX 5000

static const char body[] = OPEN
	"<cmd id=\"cmd:bcbydate\" seqid=\"1\"><data><chanib uri=\"" ROOM "\"/><bcq><text>a&#1;b"
	"<x/>c</text><uib uri=\"u\"/></bcq></data></cmd><cmd id=\"cmd:nosuch\"/>"
	"<grpchat chanUri=\"" ROOM "\" a=\"1\"><chat>x&#13;y</chat><rtf>r</rtf></grpchat>" CLOSE;

static void
test_parse(void **state)
{
	bool refused = true;
	size_t n;

	(void)state;
	for (n = 0; refused; n++) {
		struct pchat_xccos_parser *p = NULL;
		const struct pchat_xccos_envelope *e = NULL;
		struct pchat_err err = { 0 };
		enum pchat_code code;

		assert_true(n < STEPS_MAX);
		oom_after(n);
		code = pchat_xccos_parser_new(NULL, &p, &err);
		if (!code)
			code = pchat_xccos_parse(p, pchat_str(body), &e, &err);
		refused = oom_end();
		if (code)
			assert_int_equal(code, PCHAT_NO_MEMORY);
		else
			assert_int_equal(e->n_prims, 3);
		/* A refusal that did no harm is fine (a cache); one that did must be told. */
		if (!code && refused)
			assert_view(e->prims[2].msg.chat, "x\ny");
		pchat_err_release(&err);
		/* The parser is as good as new. */
		if (p) {
			assert_int_equal(pchat_xccos_parse(p, pchat_str(body), &e, NULL), PCHAT_OK);
			assert_view(e->prims[2].msg.extra, "<rtf>r</rtf>");
		}
		pchat_xccos_parser_free(p);
	}
	assert_true(n > 20);
}

static void
test_provisioning(void **state)
{
	bool refused = true;

	(void)state;
	for (size_t n = 0; refused; n++) {
		struct pchat_provisioning_request r = { 0 };
		struct pchat_err err = { 0 };
		enum pchat_code code;

		assert_true(n < STEPS_MAX);
		oom_after(n);
		code = pchat_provisioning_parse(
			PCHAT_STR("<provisioningGroupList><provisioningGroup "
		                  "name=\"persistentChatConfiguration\"/></provisioningGroupList>"),
			&r, &err);
		refused = oom_end();
		if (code)
			assert_int_equal(code, PCHAT_NO_MEMORY);
		else
			assert_int_equal(r.groups, PCHAT_PROVISIONING_CHAT);
		pchat_err_release(&err);
	}
}

/* Nothing but the caller is told: libxml2 would write to standard error. */
static void
test_silent(void **state)
{
	FILE *capture = tmpfile();
	int saved = dup(STDERR_FILENO);

	(void)state;
	assert_true(capture && saved >= 0);
	fflush(stderr);
	dup2(fileno(capture), STDERR_FILENO);
	for (size_t n = 0; n < 200; n++) {
		struct pchat_xccos_parser *p = NULL;
		const struct pchat_xccos_envelope *e;

		oom_after(n);
		if (!pchat_xccos_parser_new(NULL, &p, NULL)) {
			(void)pchat_xccos_parse(p, pchat_str(body), &e, NULL);
			(void)pchat_xccos_parse(p, PCHAT_STR("<xccos>&x;"), &e, NULL);
		}
		oom_end();
		pchat_xccos_parser_free(p);
	}
	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(saved);
	assert_int_equal(fseek(capture, 0, SEEK_END), 0);
	assert_int_equal(ftell(capture), 0);
	fclose(capture);
}

static void
test_build(void **state)
{
	(void)state;
	for (size_t n = 0; n < 4; n++) {
		PCHAT_AUTO_VALUE(buf) b = { 0 };
		bool refused;

		oom_after(n);
		pchat_xccos_rpl_open(&b, 1,
		                     &(struct pchat_xccos_reply){ .name = PCHAT_STR("join") });
		for (int i = 0; i < 20; i++)
			pchat_xccos_put_uib(&b,
			                    &(struct pchat_xccos_uib){ .uri = PCHAT_STR(ROOM) });
		pchat_xccos_rpl_close(&b);
		refused = oom_end();
		assert_int_equal(pchat_buf_check(&b, NULL), refused ? PCHAT_NO_MEMORY : PCHAT_OK);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_silent),
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_provisioning),
		cmocka_unit_test(test_build),
	};

	/* These names are sent through the failing allocator by the linker. */
	if (xmlMemSetup(free, malloc, realloc, strdup) != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
