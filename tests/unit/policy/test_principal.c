/* Principals and SIP URIs: what is taken, what it becomes, what is refused and why. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "policy/object.h"

static const struct {
	const char *text, *canonical;
} uris[] = {
	{ "sip:amy@contoso.example", "sip:amy@contoso.example" },
	{ "SIP:Amy@Contoso.Example", "sip:amy@contoso.example" },
	{ "sips:amy@contoso.example", "sip:amy@contoso.example" },
	{ "amy@contoso.example", "sip:amy@contoso.example" },
	{ "sip:amy@contoso.example:5061;transport=tls", "sip:amy@contoso.example" },
	{ "sip:amy@contoso.example;gr=urn:uuid:1?subject=x", "sip:amy@contoso.example" },
	{ "sip:o'hara_x.y-z%20+1@contoso.example", "sip:o'hara_x.y-z%20+1@contoso.example" },
	{ "sip:amy@10.0.0.1", "sip:amy@10.0.0.1" },
	{ "", NULL },
	{ "sip:", NULL },
	{ "sip:@contoso.example", NULL },
	{ "sip:amy@", NULL },
	{ "sip:amy", NULL },
	{ "amy", NULL },
	{ "sip:amy@contoso..example", NULL },
	{ "sip:amy@.example", NULL },
	{ "sip:amy@contoso.example.", NULL },
	{ "sip:amy@bob@contoso.example", NULL },
	{ "sip:amy:secret@contoso.example", NULL },
	{ "sip:amy@contoso.example:many", NULL },
	{ "sip:amy jones@contoso.example", NULL },
	{ "<sip:amy@contoso.example>", NULL },
	{ "sip:\xC3\xA4my@contoso.example", NULL },
	{ "sip:amy\xFF@contoso.example", NULL },
	{ "tel:+441234567", NULL },
	{ "mailto:amy@contoso.example", NULL },
};

static void
sip_uris(void **state)
{
	(void)state;
	for (size_t i = 0; i < PCHAT_N(uris); i++) {
		PCHAT_AUTO_VALUE(buf) out = { 0 };
		struct pchat_err err = { 0 };
		enum pchat_code code;

		pchat_buf_lit(&out, "<");
		code = pchat_sip_uri_canonical(pchat_str(uris[i].text), &out, &err);
		if (uris[i].canonical) {
			if (code)
				fail_msg("%s: %s", uris[i].text, pchat_err_text(&err));
			assert_string_equal(pchat_buf_cstr(&out) + 1, uris[i].canonical);
			continue;
		}
		if (code != PCHAT_INVALID)
			fail_msg("'%s' was taken", uris[i].text);
		assert_non_null(strstr(err.msg, "is not a SIP URI"));
		assert_string_equal(err.hint, "write it like 'sip:amy@contoso.example'");
		assert_int_equal(out.n, 1); /* nothing appended */
		pchat_err_release(&err);
	}
}

static void
sip_uris_have_a_limit(void **state)
{
	(void)state;
	for (size_t n = 256; n <= 257; n++) {
		PCHAT_AUTO_VALUE(buf) text = { 0 };
		PCHAT_AUTO_VALUE(buf) out = { 0 };

		pchat_buf_text(&text, "sip:");
		while (text.n < n - strlen("@contoso.example"))
			pchat_buf_char(&text, 'a');
		pchat_buf_text(&text, "@contoso.example");
		assert_int_equal(pchat_sip_uri_canonical(pchat_buf_view(&text), &out, NULL),
		                 n == 256 ? PCHAT_OK : PCHAT_LIMIT);
		assert_int_equal(out.n, n == 256 ? 256 : 0);
	}
}

static const struct {
	const char *text, *canonical, *msg;
} principals[] = {
	{ "group:Sales", "group:Sales", NULL },
	{ "Group:Sales", "group:Sales", NULL },
	{ "group:sip:odd@name", "group:sip:odd@name", NULL },
	{ "ou:London/Trading", "ou:London/Trading", NULL },
	{ "domain:Contoso.Example", "domain:contoso.example", NULL },
	{ "Amy@contoso.example", "sip:amy@contoso.example", NULL },
	{ "sips:amy@contoso.example", "sip:amy@contoso.example", NULL },
	{ "", NULL, "'' is not a principal" },
	{ "Sales", NULL, "'Sales' is not a principal" },
	{ "group:", NULL, "group must not be empty" },
	{ "group: Sales", NULL, "group ' Sales' begins or ends with a blank" },
	{ "group:Sa\nles", NULL, "group holds a control character or line break" },
	{ "ou:London/", NULL, "unit 'London/' has an empty part or a blank beside '/'" },
	{ "ou:", NULL, "unit must not be empty" },
	{ "domain:contoso example", NULL, "domain 'contoso example' is not a domain name" },
	{ "sip:amy", NULL, "'sip:amy' is not a SIP URI" },
};

static void
canonical_principals(void **state)
{
	(void)state;
	for (size_t i = 0; i < PCHAT_N(principals); i++) {
		PCHAT_AUTO_VALUE(buf) out = { 0 };
		struct pchat_err err = { 0 };
		enum pchat_code code;

		code = pchat_principal_canonical(pchat_str(principals[i].text), &out, &err);
		if (principals[i].canonical) {
			assert_int_equal(code, PCHAT_OK);
			assert_string_equal(pchat_buf_cstr(&out), principals[i].canonical);
			continue;
		}
		assert_int_equal(code, PCHAT_INVALID);
		assert_string_equal(err.msg, principals[i].msg);
		assert_int_equal(out.n, 0);
		pchat_err_release(&err);
	}
}

static const struct {
	const char *text;
	bool ok;
	enum pchat_kind kind;
	const char *key;
} splits[] = {
	{ "sip:amy@contoso.example", true, PCHAT_KIND_USER, "sip:amy@contoso.example" },
	{ "group:Sales", true, PCHAT_KIND_GROUP, "Sales" },
	{ "OU:a/b", true, PCHAT_KIND_UNIT, "a/b" },
	{ "domain:contoso.example", true, PCHAT_KIND_DOMAIN, "contoso.example" },
	{ "room:Rates", false, 0, NULL },
	{ "grou", false, 0, NULL },
	{ "", false, 0, NULL },
};

static void
split_and_join(void **state)
{
	(void)state;
	for (size_t i = 0; i < PCHAT_N(splits); i++) {
		PCHAT_AUTO_VALUE(buf) out = { 0 };
		enum pchat_kind kind = PCHAT_KIND_ROOM;
		struct pchat_str key = { 0 };

		assert_int_equal(pchat_principal_split(pchat_str(splits[i].text), &kind, &key),
		                 splits[i].ok);
		if (!splits[i].ok)
			continue;
		assert_int_equal(kind, splits[i].kind);
		assert_true(pchat_str_is(key, splits[i].key));
		pchat_principal_of(kind, splits[i].key, &out);
		assert_true(pchat_str_ieq(pchat_buf_view(&out), pchat_str(splits[i].text)));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sip_uris),
		cmocka_unit_test(sip_uris_have_a_limit),
		cmocka_unit_test(canonical_principals),
		cmocka_unit_test(split_and_join),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
