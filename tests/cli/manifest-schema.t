#!/usr/bin/env bash
# What is a manifest for pchatctl is one by schema/manifest.schema.json as well, and what is wrong
# in form is not. Needs python3 with yaml and jsonschema (python3-yaml, python3-jsonschema).
#
# shellcheck source=lib.sh
. "$PCHAT_SOURCE/tests/cli/lib.sh"

python3 -W ignore -c 'import jsonschema, yaml' 2>/dev/null || {
	echo "1..0 # SKIP python3 has no jsonschema or no yaml"
	exit
}

fresh contoso
pchatctl export >export.yaml
pchatctl export -o json >export.json
cat >forms.yaml <<'END'
pchat: 1
absent: keep
sites: [oslo, {name: bergen, description: ""}]
users: ["sip:nina@contoso.example"]
endpoints: ["sip:chat@contoso.example", {uri: "sip:talk@contoso.example"}]
settings:
  - {scope: global, sessionTimer: 1h30m, roomManagementUrl: "", authentication: none}
  - {scope: "site:oslo", sessionTimer: 1800}
rooms:
  - {name: X, category: Trading, invitations: false, addin: ""}
  - {name: Y, category: Trading, invitations: "false", type: auditorium}
END

# fits FILE...: every document of the files is a manifest by the schema.
fits()
{
	python3 -W ignore - "$PCHAT_SOURCE/schema/manifest.schema.json" "$@" <<'END'
import json, sys, jsonschema, yaml
schema = json.load(open(sys.argv[1]))
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
for name in sys.argv[2:]:
    for document in yaml.safe_load_all(open(name)):
        for error in validator.iter_errors(document):
            print(f"# {name}: {error.json_path}: {error.message[:200]}")
            sys.exit(1)
END
}

fits_not()
{
	! fits "$@" >/dev/null
}

check "the example" fits contoso.yaml
check "an export" fits export.yaml
check "an export in JSON" fits export.json
check "every form of an entry" fits forms.yaml
check "which pchatctl takes as well" pchatctl validate -q --store "$PCHAT_STORE" -f forms.yaml
for name in no-version version-unknown unknown-section unknown-key section-nothing section-mapping \
	entry-text list-as-text text-as-list text-as-mapping value-nothing boolean-text number-text \
	number-word number-range enum url principal name-too-long name-missing guid; do
	check "not $name" fits_not "$cli/manifest-bad/$name.yaml"
done
plan
