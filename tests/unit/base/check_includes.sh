#!/usr/bin/env bash
# Each family of third-party headers is included in its own folders only, so that a library
# can be replaced in one place; and folders include only what lies below them.
set -u
here=$(cd "$(dirname "$0")" && pwd)
root=${PCHAT_SOURCE:-$(cd "$here/../../.." && pwd)}
# shellcheck source-path=SCRIPTDIR source=tap.bash
. "$here/tap.bash"
cd "$root" || exit 1

# Header families, as an extended regular expression, and the folders that may include them.
families='
sofia-sip/              wire/sip
openssl/                wire/sip
gssapi                  wire/sipae
krb5                    wire/sipae
nettle/                 wire/sipae
libxml/                 wire/xccos wire/docs
sqlite3.*\.h            schema
jansson.*\.h            schema
yaml\.h                 pchatctl
(editline/|histedit\.h) pchatctl
cmocka.*\.h             tests
'

# Folders and what they may include besides themselves.
layers='
base        base
policy      base
schema      policy base
wire/sip    base
wire/sipae  wire/sip base
wire/xccos  base
wire/docs   wire/xccos base
pchatctl    schema policy wire base
pchatd      schema policy wire base
'

# sources: every C file of the product.
sources()
{
	find base policy schema wire pchatctl pchatd -name '*.[ch]' 2>/dev/null
}

# outside FOLDER...: of "file:text" lines, those of files outside these folders.
outside()
{
	awk -v folders="$*" '
	BEGIN { n = split(folders, folder, " ") }
	{
		for (i = 1; i <= n; i++)
			if (index($0, folder[i] "/") == 1)
				next
		print
	}'
}

# includes PATTERN: lines of the sources that include such a header, as "file:line".
includes()
{
	sources | xargs grep -HE "^[[:space:]]*#[[:space:]]*include[[:space:]]*[<\"]$1"
}

check "there are sources" [ "$(sources | wc -l)" -gt 20 ]

while read -r pattern folders; do
	[ -n "$pattern" ] || continue
	strays=$(includes "$pattern" | outside "$folders")
	same "$pattern only in $folders" "" "$strays"
done <<<"$families"

while read -r folder below; do
	[ -n "$folder" ] || continue
	strays=$(includes '(base|policy|schema|wire|pchatctl|pchatd)/' | grep "^$folder/" |
		sed 's/:.*[<"]\([^>"]*\)[>"].*/ \1/' |
		awk -v allowed="$folder $below" '
		BEGIN { n = split(allowed, folder, " ") }
		{
			for (i = 1; i <= n; i++)
				if (index($2, folder[i] "/") == 1)
					next
			print
		}')
	same "$folder includes only $folder $below" "" "$strays"
done <<<"$layers"

# Every source includes the poisoned names of base/banned.h, directly or not; what is left
# to check here is that nobody undoes it.
same "nobody lifts the ban" "" "$(sources | xargs grep -nE 'GCC (diagnostic|system_header)')"

plan
