/* Writes the JSON Schema of a manifest to standard output. */
#include <stdio.h>

#include "pchatctl/manifest_schema.h"

int
main(void)
{
	PCHAT_AUTO_VALUE(buf) out = { 0 };

	pchat_manifest_schema(&out);
	if (!pchat_buf_ok(&out) || fwrite(out.p, 1, out.n, stdout) != out.n || fflush(stdout)) {
		fputs("cannot write the schema\n", stderr);
		return 1;
	}
	return 0;
}
