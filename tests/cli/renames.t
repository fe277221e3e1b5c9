#!/usr/bin/env bash
# Manifests that rename objects by their guid and speak of them by the new name: see renames.py.
# shellcheck source=lib.sh
. "$PCHAT_SOURCE/tests/cli/lib.sh"

fresh contoso
cat >more.yaml <<'END'
pchat: 1
units: [{name: Trading/Rates/Short}]
users: [{uri: "sip:zoe@contoso.example", site: leeds, unit: Trading/Rates/Short}]
groups:
  - {name: Below, unit: Trading/Rates, members: ["group:Rates", "ou:Trading/Rates", "ou:Trading/Rates/Short"]}
policies:
  - {name: "site:leeds", enabled: true}
  - {name: "site:york", enabled: true}
  - {name: below, grantedTo: ["group:Below", "ou:Trading"]}
settings: [{scope: "site:leeds", defaultChatHistory: 10}]
compliance: [{scope: "site:leeds", adapter: none}]
categories:
  - {name: Below desk, allowed: ["group:Below", "ou:Trading", "sip:zoe@contoso.example"], denied: ["ou:Operations"], creators: ["ou:Trading/Rates"]}
rooms:
  - {name: Below room, category: Below desk, addin: Prices, type: auditorium, members: ["group:Below", "ou:Trading/Rates"], managers: ["sip:zoe@contoso.example"], presenters: ["ou:Trading/Rates"]}
END
sed -i '/site:york/d' more.yaml
pchatctl apply -q -f more.yaml --yes || {
	echo "Bail out! cannot make the store"
	exit 1
}
python3 "$cli/renames.py"
