/*
 * Our signatures against those of the Kerberos library: the checksum of RFC 4121 made by it with
 * the same key, for every enctype, both sides, and texts of every length.
 */
#include <krb5/krb5.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/text.h"
#include "wire/sipae/mic.h"

#define HEADER          16
#define ACCEPTOR_SIGNS  23
#define INITIATOR_SIGNS 25
#define TEXT_MAX        400

static const struct {
	int32_t enctype;
	size_t key, checksum;
} enctypes[] = { { 17, 16, 12 }, { 18, 32, 12 }, { 19, 16, 16 }, { 20, 32, 24 } };

struct world {
	krb5_context krb5;
	unsigned char key[32];
	char text[TEXT_MAX + HEADER];
};

static int
world_start(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	assert_int_equal(krb5_init_context(&w->krb5), 0);
	pchat_random(w->key, sizeof(w->key));
	pchat_random(w->text, sizeof(w->text));
	*state = w;
	return 0;
}

static int
world_stop(void **state)
{
	struct world *w = *state;

	krb5_free_context(w->krb5);
	free(w);
	return 0;
}

/* What the library signs the first @n octets of the text with, behind @header: a whole token. */
static void
sign_by_library(struct world *w, size_t i, krb5_keyusage usage, const unsigned char *header,
                size_t n, unsigned char *ret)
{
	krb5_keyblock key = { .enctype = enctypes[i].enctype,
		              .length = (unsigned)enctypes[i].key,
		              .contents = w->key };
	char text[TEXT_MAX + HEADER];
	krb5_data data = { .data = text, .length = (unsigned)(n + HEADER) };
	krb5_checksum sum;

	memcpy(text, w->text, n);
	memcpy(text + n, header, HEADER);
	assert_int_equal(krb5_c_make_checksum(w->krb5, 0, &key, usage, &data, &sum), 0);
	assert_int_equal(sum.length, enctypes[i].checksum);
	memcpy(ret, header, HEADER);
	memcpy(ret + HEADER, sum.contents, sum.length);
	krb5_free_checksum_contents(w->krb5, &sum);
}

static void
test_ours_are_the_librarys(void **state)
{
	static const unsigned char start[] = { 4, 4, 1, 255, 255, 255, 255, 255 };
	struct world *w = *state;

	for (size_t i = 0; i < PCHAT_N(enctypes); i++) {
		uint64_t seq = UINT64_C(0x0102030405060708);
		struct pchat_mic *m = pchat_mic_new(enctypes[i].enctype, w->key, enctypes[i].key,
		                                    seq);

		assert_non_null(m);
		for (size_t n = 0; n <= TEXT_MAX; n++, seq++) {
			unsigned char ours[PCHAT_MIC_MAX], theirs[PCHAT_MIC_MAX], header[HEADER];

			memcpy(header, start, sizeof(start));
			for (unsigned k = 0; k < 8; k++)
				header[8 + k] = (unsigned char)(seq >> (56 - 8 * k));
			sign_by_library(w, i, ACCEPTOR_SIGNS, header, n, theirs);
			assert_int_equal(pchat_mic_sign(m, (struct pchat_str){ w->text, n }, ours),
			                 HEADER + enctypes[i].checksum);
			assert_memory_equal(ours, theirs, HEADER + enctypes[i].checksum);
		}
		pchat_mic_free(m);
	}
}

static void
test_theirs_are_taken_and_nothing_else(void **state)
{
	static const unsigned char header[HEADER] = { 4, 4, 0, 255, 255, 255, 255, 255, 1, 2, 3 };
	struct world *w = *state;

	for (size_t i = 0; i < PCHAT_N(enctypes); i++) {
		size_t size = HEADER + enctypes[i].checksum;
		struct pchat_mic *m = pchat_mic_new(enctypes[i].enctype, w->key, enctypes[i].key,
		                                    0);
		struct pchat_str text = { w->text, 100 };
		unsigned char mic[PCHAT_MIC_MAX + 1] = { 0 };

		assert_non_null(m);
		sign_by_library(w, i, INITIATOR_SIGNS, header, text.n, mic);
		assert_true(pchat_mic_verify(m, text, mic, size));
		assert_false(pchat_mic_verify(m, (struct pchat_str){ w->text, 99 }, mic, size));
		for (size_t n = 0; n <= size + 1; n++)
			assert_int_equal(pchat_mic_verify(m, text, mic, n), n == size);
		for (size_t at = 0; at < size; at++) {
			mic[at] ^= 1;
			assert_false(pchat_mic_verify(m, text, mic, size));
			mic[at] ^= 1;
		}
		assert_true(pchat_mic_verify(m, text, mic, size));
		/* What we sign ourselves is not the other side's. */
		assert_int_equal(pchat_mic_sign(m, text, mic), size);
		assert_false(pchat_mic_verify(m, text, mic, size));
		mic[2] = 0;
		assert_false(pchat_mic_verify(m, text, mic, size));
		pchat_mic_free(m);
	}
}

static void
test_other_keys_are_left_to_the_library(void **state)
{
	const struct world *w = *state;

	for (int32_t enctype = -1; enctype < 256; enctype++) {
		for (size_t n = 0; n <= sizeof(w->key); n++) {
			struct pchat_mic *m = pchat_mic_new(enctype, w->key, n, 0);
			bool known = false;

			for (size_t i = 0; i < PCHAT_N(enctypes); i++)
				known |= enctype == enctypes[i].enctype && n == enctypes[i].key;
			assert_int_equal(m != NULL, known);
			pchat_mic_free(m);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ours_are_the_librarys),
		cmocka_unit_test(test_theirs_are_taken_and_nothing_else),
		cmocka_unit_test(test_other_keys_are_left_to_the_library),
	};

	return cmocka_run_group_tests(tests, world_start, world_stop);
}
