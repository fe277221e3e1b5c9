/*
 * NTLM against what a real client said and signed (real-client.md 4.5), the examples of [MS-NLMP]
 * 4.2, and damaged messages.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/auto.h"
#include "base/text.h"
#include "wire/sipae/ntlm.h"
#include "wire/sipae/ntlm_keys.h"

/* ---- the recorded exchange ---- */

#define HOST   "pool.example.test"
#define DOMAIN "example.test"

static const struct pchat_ntlm_question question = {
	.nonce = { 0x4b, 0x64, 0x1e, 0x06, 0x8d, 0x9b, 0xcc, 0x94 },
};
static const char challenge64[] =
	"TlRMTVNTUAACAAAADgAOADgAAABVgpniS2QeBo2bzJQAAAAAAAAAAGQAZABGAAAABgGxHQAAAA9FAFgAQQBNAFAA"
	"TABFAAIADgBFAFgAQQBNAFAATABFAAEACABQAE8ATwBMAAQAGABlAHgAYQBtAHAAbABlAC4AdABlAHMAdAADACIA"
	"cABvAG8AbAAuAGUAeABhAG0AcABsAGUALgB0AGUAcwB0AAAAAAA=";
static const char answer64[] =
	"TlRMTVNTUAADAAAAGAAYAHAAAACUAJQAiAAAAAAAAABIAAAAJAAkAEgAAAAEAAQAbAAAABAAEAAcAQAAVYKYYgUB"
	"KAoAAAAPYQBsAGkAYwBlAEAAZQB4AGEAbQBwAGwAZQAuAHQAZQBzAHQAVgBNAHlztWWwM8A+7LWA4ASGgN//itOt"
	"i+Hif6kz8ZrJOiiPY8oTrrxZSV4BAQAAAAAAAADXNBVyed0B/4rTrYvh4n8AAAAAAgAOAEUAWABBAE0AUABMAEUA"
	"AQAIAFAATwBPAEwABAAYAGUAeABhAG0AcABsAGUALgB0AGUAcwB0AAMAIgBwAG8AbwBsAC4AZQB4AGEAbQBwAGwA"
	"ZQAuAHQAZQBzAHQAAAAAAAAAAAD5K/RRM5ee50VfVpHQ33E9";

static void
unhex(const char *hex, unsigned char *ret, size_t n)
{
	size_t have;

	assert_true(pchat_sipae_unhex(pchat_str(hex), ret, n, &have));
	assert_int_equal(have, n);
}

static void
assert_hex(const unsigned char *p, size_t n, const char *hex)
{
	unsigned char want[64];

	unhex(hex, want, n);
	assert_memory_equal(p, want, n);
}

static void
unbase64(const char *text, struct pchat_buf *out)
{
	pchat_buf_clear(out);
	assert_true(pchat_sipae_unbase64(pchat_str(text), out));
}

static void
our_question_is_as_recorded(void **state)
{
	PCHAT_AUTO_VALUE(buf) want = { 0 };
	PCHAT_AUTO_VALUE(buf) out = { 0 };

	(void)state;
	unbase64(challenge64, &want);
	pchat_ntlm_challenge(&out, &question, HOST, DOMAIN);
	assert_true(pchat_str_eq(pchat_buf_view(&out), pchat_buf_view(&want)));
}

static void
the_time_stands_before_the_end_of_the_pairs(void **state)
{
	struct pchat_ntlm_question q = { .time = 0 };
	PCHAT_AUTO_VALUE(buf) out = { 0 };
	size_t without;

	(void)state;
	pchat_ntlm_challenge(&out, &q, HOST, DOMAIN);
	without = out.n;
	pchat_buf_clear(&out);
	q.time = INT64_C(1000000); /* 1970-01-01T00:00:01Z */
	pchat_ntlm_challenge(&out, &q, HOST, DOMAIN);
	assert_int_equal(out.n, without + 12);
	assert_hex((unsigned char *)out.p + out.n - 16, 16, "070008008016d7d5deb19d0100000000");
	/* A name has at most 15 characters in the old form. */
	pchat_buf_clear(&out);
	pchat_ntlm_challenge(&out, &q, "a", "abcdefghijklmnopq.example");
	assert_int_equal((unsigned char)out.p[12], 30);
}

static void
the_answer_of_the_real_client_is_read(void **state)
{
	PCHAT_AUTO_VALUE(buf) message = { 0 };
	struct pchat_ntlm_answer a;

	(void)state;
	unbase64(answer64, &message);
	assert_int_equal(pchat_ntlm_read(pchat_buf_view(&message), &a, NULL), PCHAT_OK);
	assert_string_equal(a.user, "alice@example.test");
	assert_string_equal(a.domain, "");
	assert_int_equal(a.mic.n, 0);
}

/* ---- damaged ones ---- */

static void
set16(struct pchat_buf *b, size_t at, unsigned v)
{
	b->p[at] = (char)v;
	b->p[at + 1] = (char)(v >> 8);
}

static void
set32(struct pchat_buf *b, size_t at, uint32_t v)
{
	set16(b, at, v & 0xffff);
	set16(b, at + 2, v >> 16);
}

/* Heap of its own, so that a sanitizer sees the first octet behind it. */
static enum pchat_code
read_copy(const char *p, size_t n)
{
	char *copy = malloc(n ? n : 1);
	struct pchat_ntlm_answer a;
	enum pchat_code code;

	assert_non_null(copy);
	memcpy(copy, p, n);
	code = pchat_ntlm_read((struct pchat_str){ copy, n }, &a, NULL);
	free(copy);
	return code;
}

static void
truncated_ones_are_refused(void **state)
{
	PCHAT_AUTO_VALUE(buf) message = { 0 };

	(void)state;
	unbase64(answer64, &message);
	for (size_t n = 0; n < message.n; n++)
		assert_int_equal(read_copy(message.p, n), PCHAT_DENIED);
	assert_int_equal(read_copy(message.p, message.n), PCHAT_OK);
}

static void
fields_outside_of_it_are_refused(void **state)
{
	static const size_t fields[] = { 12, 20, 36, 44, 52 };
	PCHAT_AUTO_VALUE(buf) m = { 0 };

	(void)state;
	for (size_t i = 0; i < PCHAT_N(fields); i++) {
		static const uint32_t wrong[] = { 0, 63, 0x7fffffff, 0xffffffff, 0xfffffff0 };
		uint32_t n;

		for (size_t k = 0; k < PCHAT_N(wrong); k++) {
			unbase64(answer64, &m);
			set32(&m, fields[i] + 4, wrong[k]);
			assert_int_equal(read_copy(m.p, m.n), PCHAT_DENIED);
		}
		unbase64(answer64, &m);
		n = (unsigned char)m.p[fields[i]];
		set32(&m, fields[i] + 4, (uint32_t)m.n - n + 1);
		assert_int_equal(read_copy(m.p, m.n), PCHAT_DENIED);
		unbase64(answer64, &m);
		set16(&m, fields[i], 0xffff);
		assert_int_equal(read_copy(m.p, m.n), PCHAT_DENIED);
	}
	/* Where what is empty points to does not matter. */
	unbase64(answer64, &m);
	set32(&m, 28 + 4, 0xffffffff);
	assert_int_equal(read_copy(m.p, m.n), PCHAT_OK);
}

enum { NT_AT = 0x88, PAIRS_AT = NT_AT + 16 + 28, END_AT = PAIRS_AT + 0x64 - 4 };

static void
other_responses_are_refused(void **state)
{
	PCHAT_AUTO_VALUE(buf) m = { 0 };
	static const unsigned lengths[] = { 0, 24, 16, 43, 44 };

	(void)state;
	for (size_t i = 0; i < PCHAT_N(lengths); i++) {
		unbase64(answer64, &m);
		set16(&m, 20, lengths[i]);
		assert_int_equal(read_copy(m.p, m.n), PCHAT_DENIED);
	}
	for (size_t at = NT_AT + 16; at < NT_AT + 18; at++) {
		unbase64(answer64, &m);
		m.p[at] = 2;
		assert_int_equal(read_copy(m.p, m.n), PCHAT_DENIED);
	}
}

static void
pairs_without_end_or_beyond_it_are_refused(void **state)
{
	PCHAT_AUTO_VALUE(buf) m = { 0 };

	(void)state;
	unbase64(answer64, &m);
	assert_int_equal(m.p[END_AT], 0);
	set16(&m, PAIRS_AT + 2, 0xffff);
	assert_int_equal(read_copy(m.p, m.n), PCHAT_DENIED);
	unbase64(answer64, &m);
	set16(&m, END_AT, 9); /* and the four zeros behind are an end then */
	assert_int_equal(read_copy(m.p, m.n), PCHAT_OK);
	set16(&m, END_AT + 4, 9);
	assert_int_equal(read_copy(m.p, m.n), PCHAT_DENIED);
	unbase64(answer64, &m);
	set16(&m, END_AT + 2, 1);
	assert_int_equal(read_copy(m.p, m.n), PCHAT_DENIED);
	/* Flags of another length. */
	unbase64(answer64, &m);
	set16(&m, PAIRS_AT, 6);
	assert_int_equal(read_copy(m.p, m.n), PCHAT_DENIED);
}

static void
weaker_flags_types_keys_and_names_are_refused(void **state)
{
	static const uint32_t needed[] = {
		0x1, 0x10, 0x40, 0x200, 0x80000, 0x20000000, 0x40000000
	};
	PCHAT_AUTO_VALUE(buf) m = { 0 };

	(void)state;
	for (size_t i = 0; i < PCHAT_N(needed); i++) {
		unbase64(answer64, &m);
		set32(&m, 60, 0x62988255 & ~needed[i]);
		assert_int_equal(read_copy(m.p, m.n), PCHAT_DENIED);
	}
	unbase64(answer64, &m);
	m.p[8] = 2;
	assert_int_equal(read_copy(m.p, m.n), PCHAT_DENIED);
	unbase64(answer64, &m);
	m.p[0] = 'n';
	assert_int_equal(read_copy(m.p, m.n), PCHAT_DENIED);
	unbase64(answer64, &m);
	set16(&m, 52, 15);
	assert_int_equal(read_copy(m.p, m.n), PCHAT_DENIED);
	unbase64(answer64, &m);
	set16(&m, 36, 0x23); /* half a character */
	assert_int_equal(read_copy(m.p, m.n), PCHAT_DENIED);
	unbase64(answer64, &m);
	set16(&m, 0x48, 0xe4); /* no ASCII */
	assert_int_equal(read_copy(m.p, m.n), PCHAT_DENIED);
	set16(&m, 0x48, 0);
	assert_int_equal(read_copy(m.p, m.n), PCHAT_DENIED);
}

static void
the_longest_message_and_name_and_one_past(void **state)
{
	PCHAT_AUTO_VALUE(buf) m = { 0 };

	(void)state;
	unbase64(answer64, &m);
	while (m.n < PCHAT_NTLM_MESSAGE_MAX)
		pchat_buf_lit(&m, "a");
	assert_int_equal(read_copy(m.p, m.n), PCHAT_OK);
	pchat_buf_lit(&m, "a");
	assert_int_equal(read_copy(m.p, m.n), PCHAT_DENIED);
	unbase64(answer64, &m);
	set32(&m, 28 + 4, (uint32_t)m.n);
	for (unsigned i = 0; i <= PCHAT_NTLM_NAME_MAX; i++)
		pchat_buf_add(&m, "a", 2);
	set16(&m, 28, 2 * PCHAT_NTLM_NAME_MAX);
	assert_int_equal(read_copy(m.p, m.n), PCHAT_OK);
	set16(&m, 28, 2 * PCHAT_NTLM_NAME_MAX + 2);
	assert_int_equal(read_copy(m.p, m.n), PCHAT_DENIED);
}

/* The workstation makes room for a MIC: then there is one, and nothing may lie in it. */
static void
a_mic_is_where_it_has_to_be(void **state)
{
	static const unsigned char flags[] = { 6, 0, 4, 0, 2, 0, 0, 0, 0, 0, 0, 0 };
	PCHAT_AUTO_VALUE(buf) m = { 0 };
	struct pchat_ntlm_answer a;

	(void)state;
	unbase64(answer64, &m);
	memcpy(m.p + PAIRS_AT, flags, sizeof(flags));
	assert_int_equal(read_copy(m.p, m.n), PCHAT_DENIED); /* the name lies there */
	set32(&m, 36 + 4, 0x58);
	memcpy(m.p + 0x58, "a\0m\0y\0", 6);
	set16(&m, 36, 6);
	assert_int_equal(pchat_ntlm_read(pchat_buf_view(&m), &a, NULL), PCHAT_OK);
	assert_ptr_equal(a.mic.p, m.p + 72);
	assert_int_equal(a.mic.n, 16);
}

#ifdef PCHAT_WITH_NTLM

/* ---- keys and signatures ---- */

#define CALL_ID "C2CBg45E3aA706i040Dm661EtA5ADb0038xD724x"
static const char client_text[] =
	"<NTLM><2fc49414><1><SIP Communications Service><pool.example.test><" CALL_ID
	"><3><REGISTER><sip:alice@example.test><551826004><sip:alice@example.test><><><><>";
static const char server_text[] =
	"<NTLM><E8298A1C><1><SIP Communications Service><pool.example.test><" CALL_ID
	"><3><REGISTER><sip:alice@example.test><551826004><sip:alice@example.test><a9f60b4087><><>"
	"<7200><200>";

static void
accept_recorded(const char *password, enum pchat_code want, void **ret)
{
	PCHAT_AUTO_VALUE(buf) challenge = { 0 };
	PCHAT_AUTO_VALUE(buf) message = { 0 };
	unsigned char hash[PCHAT_NTLM_HASH];
	struct pchat_ntlm_answer a;

	unbase64(challenge64, &challenge);
	unbase64(answer64, &message);
	assert_int_equal(pchat_ntlm_read(pchat_buf_view(&message), &a, NULL), PCHAT_OK);
	if (password)
		assert_int_equal(pchat_ntlm_hash(pchat_str(password), hash, NULL), PCHAT_OK);
	assert_int_equal(pchat_ntlm_accept(&question, pchat_buf_view(&challenge), &a,
	                                   password ? hash : NULL, ret, NULL),
	                 want);
}

static void
the_recorded_answer_gives_the_recorded_keys(void **state)
{
	struct pchat_ntlm_keys *keys = NULL;

	(void)state;
	accept_recorded("Secret1", PCHAT_OK, (void **)&keys);
	assert_hex(keys->client.sign, 16, "097f1330ee93c3c651f65a06e7a71a27");
	assert_hex(keys->client.seal, 16, "59a46c3c11985ae7fd14493d65c8841d");
	assert_hex(keys->server.sign, 16, "ecdfc8cd1e6cc716482a4ec2bd3faa74");
	assert_hex(keys->server.seal, 16, "ced6d8a129cfdf50336f714273989e64");
	pchat_ntlm_mechanism.free(keys);
}

static void
the_recorded_signatures_are_made_and_verified(void **state)
{
	unsigned char mic[PCHAT_SIPAE_SIGNATURE_MAX];
	const struct pchat_sip_mechanism *m = &pchat_ntlm_mechanism;
	void *context = NULL;

	(void)state;
	accept_recorded("Secret1", PCHAT_OK, &context);
	assert_int_equal(m->sign(context, pchat_str(server_text), mic), 16);
	assert_hex(mic, 16, "01000000dc202d87f41c9c7b64000000");
	unhex("01000000685908B43F7CEA4964000000", mic, 16);
	assert_true(m->verify(context, pchat_str(client_text), mic, 16));
	assert_false(m->verify(context, pchat_str(server_text), mic, 16));
	assert_false(m->verify(context, pchat_str(client_text), mic, 15));
	assert_false(m->verify(context, pchat_str(client_text), mic, 17));
	for (size_t i = 0; i < 16; i++) {
		mic[i] ^= 1;
		assert_false(m->verify(context, pchat_str(client_text), mic, 16));
		mic[i] ^= 1;
	}
	m->free(context);
}

static void
who_does_not_know_the_password_is_refused(void **state)
{
	void *context = NULL;

	(void)state;
	accept_recorded("Secret2", PCHAT_DENIED, &context);
	accept_recorded(NULL, PCHAT_DENIED, &context);
	assert_null(context);
}

/* An answer made with the hash that stands in for nobody is nobody's, too. */
static void
the_hash_of_nobody_is_no_way_in(void **state)
{
	static const unsigned char zeros[PCHAT_NTLM_HASH];
	PCHAT_AUTO_VALUE(buf) message = { 0 };
	struct pchat_ntlm_answer a;
	unsigned char user[PCHAT_NTLM_KEY], proof[PCHAT_NTLM_KEY];
	void *context = NULL;

	(void)state;
	unbase64(answer64, &message);
	assert_int_equal(pchat_ntlm_read(pchat_buf_view(&message), &a, NULL), PCHAT_OK);
	pchat_ntlm_user_key(zeros, a.user16, a.domain16, user);
	pchat_ntlm_hmac(user, (struct pchat_str){ (const char *)question.nonce, 8 }, a.response,
	                proof);
	memcpy(message.p + NT_AT, proof, sizeof(proof));
	assert_int_equal(
		pchat_ntlm_accept(&question, (struct pchat_str){ 0 }, &a, NULL, &context, NULL),
		PCHAT_DENIED);
	assert_int_equal(
		pchat_ntlm_accept(&question, (struct pchat_str){ 0 }, &a, zeros, &context, NULL),
		PCHAT_OK);
	pchat_ntlm_mechanism.free(context);
}

/* The recorded answer, turned into one with a MIC that is right for @challenge. */
static void
a_mic_is_checked(void **state)
{
	static const unsigned char flags[] = { 6, 0, 4, 0, 2, 0, 0, 0, 0, 0, 0, 0 };
	PCHAT_AUTO_VALUE(buf) m = { 0 };
	struct pchat_str challenge = PCHAT_STR("what we asked");
	unsigned char hash[16], key[16], proof[16], base[16], session[16], mic[16];
	struct pchat_ntlm_answer a;
	void *context = NULL;

	(void)state;
	unbase64(answer64, &m);
	memcpy(m.p + PAIRS_AT, flags, sizeof(flags));
	set32(&m, 36 + 4, 0x58);
	memset(m.p + 72, 0, 16);
	memcpy(m.p + 0x58, "a\0m\0y\0", 6);
	set16(&m, 36, 6);
	assert_int_equal(pchat_ntlm_read(pchat_buf_view(&m), &a, NULL), PCHAT_OK);
	assert_int_equal(pchat_ntlm_hash(PCHAT_STR("Secret1"), hash, NULL), PCHAT_OK);
	pchat_ntlm_user_key(hash, a.user16, a.domain16, key);
	pchat_ntlm_hmac(key, (struct pchat_str){ (const char *)question.nonce, 8 }, a.response,
	                proof);
	memcpy(m.p + NT_AT, proof, 16);
	pchat_ntlm_hmac(key, (struct pchat_str){ (char *)proof, 16 }, (struct pchat_str){ 0 },
	                base);
	pchat_ntlm_rc4(base, (const unsigned char *)a.key.p, session);
	assert_int_equal(pchat_ntlm_accept(&question, challenge, &a, hash, &context, NULL),
	                 PCHAT_DENIED);
	pchat_ntlm_hmac(session, challenge, pchat_buf_view(&m), mic);
	memcpy(m.p + 72, mic, 16);
	assert_int_equal(pchat_ntlm_accept(&question, challenge, &a, hash, &context, NULL),
	                 PCHAT_OK);
	pchat_ntlm_mechanism.free(context);
	assert_int_equal(
		pchat_ntlm_accept(&question, PCHAT_STR("another"), &a, hash, &context, NULL),
		PCHAT_DENIED);
}

/* [MS-NLMP] 4.2.2.1.2 and 4.2.4: User, Domain, Password. */
static void
the_examples_of_the_specification(void **state)
{
	static const char user[] = "U\0s\0e\0r", domain[] = "D\0o\0m\0a\0i\0n"; /* and a zero */
	static const unsigned char session[16] = { 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55,
		                                   0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55 };
	unsigned char hash[16], key[16], out[16], nonce[8], temp[68];
	struct pchat_ntlm_keys keys;

	(void)state;
	assert_int_equal(pchat_ntlm_hash(PCHAT_STR("Password"), hash, NULL), PCHAT_OK);
	assert_hex(hash, 16, "a4f49c406510bdcab6824ee7c30fd852");
	pchat_ntlm_user_key(hash, (struct pchat_str){ user, 8 }, (struct pchat_str){ domain, 12 },
	                    key);
	assert_hex(key, 16, "0c868a403bfd7a93a3001ef22ef02e3f");
	unhex("0123456789abcdef", nonce, 8);
	/* The response with the pairs "Domain" and "Server", of client challenge aa... */
	memset(temp, 0, sizeof(temp));
	temp[0] = temp[1] = 1;
	memset(temp + 16, 0xaa, 8);
	unhex("02000c0044006f006d00610069006e00", temp + 28, 16);
	unhex("01000c00530065007200760065007200", temp + 44, 16);
	pchat_ntlm_hmac(key, (struct pchat_str){ (char *)nonce, 8 },
	                (struct pchat_str){ (char *)temp, 68 }, out);
	assert_hex(out, 16, "68cd0ab851e51c96aabc927bebef6a1c");
	pchat_ntlm_hmac(key, (struct pchat_str){ (char *)out, 16 }, (struct pchat_str){ 0 }, key);
	assert_hex(key, 16, "8de40ccadbc14a82f15cb0ad0de95ca3");
	pchat_ntlm_rc4(key, session, out);
	assert_hex(out, 16, "c5dad2544fc9799094ce1ce90bc9d03e");
	pchat_ntlm_keys(&keys, session);
	assert_hex(keys.client.sign, 16, "4788dc861b4782f35d43fd98fe1a2d39");
	assert_hex(keys.client.seal, 16, "59f600973cc4960a25480a7c196e4c58");
}

static void
passwords_are_utf8(void **state)
{
	static const struct {
		const char *password;
		enum pchat_code code;
	} rows[] = {
		{ "", PCHAT_INVALID },
		{ "\xff", PCHAT_INVALID },
		{ "ab\xc3", PCHAT_INVALID },
		{ "gr\xc3\xbc\xc3\x9f", PCHAT_OK },
		{ "\xf0\x9f\x94\x91", PCHAT_OK },
	};
	char longest[PCHAT_NTLM_PASSWORD_MAX + 1];
	unsigned char hash[16], want[16];

	(void)state;
	for (size_t i = 0; i < PCHAT_N(rows); i++)
		assert_int_equal(pchat_ntlm_hash(pchat_str(rows[i].password), hash, NULL),
		                 rows[i].code);
	/* What lies beyond 16 bits is a pair: U+1F511 is d83d dd11. */
	pchat_ntlm_digest((const unsigned char *)"\x3d\xd8\x11\xdd", 4, want);
	assert_memory_equal(hash, want, 16);
	memset(longest, 'a', sizeof(longest));
	assert_int_equal(
		pchat_ntlm_hash((struct pchat_str){ longest, sizeof(longest) - 1 }, hash, NULL),
		PCHAT_OK);
	assert_int_equal(
		pchat_ntlm_hash((struct pchat_str){ longest, sizeof(longest) }, hash, NULL),
		PCHAT_INVALID);
}

#endif

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(our_question_is_as_recorded),
		cmocka_unit_test(the_time_stands_before_the_end_of_the_pairs),
		cmocka_unit_test(the_answer_of_the_real_client_is_read),
		cmocka_unit_test(truncated_ones_are_refused),
		cmocka_unit_test(fields_outside_of_it_are_refused),
		cmocka_unit_test(other_responses_are_refused),
		cmocka_unit_test(pairs_without_end_or_beyond_it_are_refused),
		cmocka_unit_test(weaker_flags_types_keys_and_names_are_refused),
		cmocka_unit_test(the_longest_message_and_name_and_one_past),
		cmocka_unit_test(a_mic_is_where_it_has_to_be),
#ifdef PCHAT_WITH_NTLM
		cmocka_unit_test(the_recorded_answer_gives_the_recorded_keys),
		cmocka_unit_test(the_recorded_signatures_are_made_and_verified),
		cmocka_unit_test(who_does_not_know_the_password_is_refused),
		cmocka_unit_test(the_hash_of_nobody_is_no_way_in),
		cmocka_unit_test(a_mic_is_checked),
		cmocka_unit_test(the_examples_of_the_specification),
		cmocka_unit_test(passwords_are_utf8),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
