#!/usr/bin/env bash
# Manifests that are refused: each with place, words and remedy as in its .stderr file, the exit
# status of an invalid manifest, and the store left as it was. --update writes the .stderr files.
#
# shellcheck source=lib.sh
. "$PCHAT_SOURCE/tests/cli/lib.sh"

bad=$cli/manifest-bad
fresh contoso
cp "$bad"/*.yaml .

# What does not survive an editor, or is too large to keep.
printf '\xef\xbb\xbfpchat: 1\n' >bom.yaml
printf 'pchat: 1\r\nsites: [oslo]\r\n' >crlf.yaml
printf 'pchat: 1\nsites:\n\t- oslo\n' >tab.yaml
printf 'pchat: 1\nsites: [Mal\xf6]\n' >latin1.yaml
printf '\xff\xfep\0c\0h\0a\0t\0' >utf16.yaml
printf '\x7fELF\x02\x01\x01\0\0' >binary.yaml
printf 'pchat: 1\nsites: ["os\\0lo"]\n' >nul.yaml
{
	printf 'pchat: 1\nsites:\n  - name: oslo\n    description: '
	head -c 10485760 /dev/zero | tr '\0' x
	echo
} >huge-text.yaml
{
	printf 'pchat: 1\nsites: '
	head -c 100000 /dev/zero | tr '\0' '['
	echo
} >nesting-bomb.yaml

# Refused with status 3 (invalid), 4 (refers to nothing) or 5 (conflict) and one line of remedy.
refused()
{
	local status
	timeout 60 pchatctl apply -f "$1.yaml" >"$top/out" 2>"$top/raw" </dev/null
	status=$?
	normalize <"$top/raw" >"$top/err"
	[ "${update-}" != --update ] || cp "$top/err" "$bad/$1.stderr"
	if [ $status -lt 3 ] || [ $status -gt 5 ]; then
		echo "# exit status $status"
		return 1
	fi
	if [ -s "$top/out" ] || ! grep -Eq "^pchatctl: $1\.yaml:[0-9]+:[0-9]+: .*; ." "$top/err"; then
		sed 's/^/# /' "$top/out" "$top/err"
		return 1
	fi
	diff "$bad/$1.stderr" "$top/err" | sed 's/^/# /'
	return "${PIPESTATUS[0]}"
}

unchanged()
{
	pchatctl export >"$top/after"
	diff "$top/before" "$top/after" | sed 's/^/# /'
	return "${PIPESTATUS[0]}"
}

update=${1-}
pchatctl export >"$top/before"
for file in *.yaml; do
	[ "$file" = contoso.yaml ] || check "${file%.yaml}" refused "${file%.yaml}"
done
check "the store is as it was" unchanged
plan
