# A manifest of the organisation that bench_chat --rooms 24 signs in to:
#
#	awk -v users=2000 -f signin.awk
#
# Users sip:user1@contoso.example and so on in teams of 50; each team has 24 rooms of its own, whose
# GUIDs count up from 00000000-0000-4000-8000-000000000001, team by team.

BEGIN {
	if (!users)
		users = 500
	team = 50
	rooms = 24
	print "pchat: 1"
	print "pool: {domain: contoso.example, uri: \"sip:GC-1-PersistentChatService-1@contoso.example\"}"
	print "policies:\n  - {name: global, enabled: true}"
	print "users:"
	for (i = 1; i <= users; i++)
		printf "  - {uri: \"sip:user%d@contoso.example\", displayName: User %d}\n", i, i
	print "groups:"
	for (i = 1; i <= users; i++) {
		if ((i - 1) % team == 0)
			printf "  - name: Team %d\n    members:\n", (i - 1) / team + 1
		printf "      - \"sip:user%d@contoso.example\"\n", i
	}
	print "categories:\n  - name: Bench\n    allowed:"
	for (t = 1; (t - 1) * team < users; t++)
		printf "      - \"group:Team %d\"\n", t
	print "rooms:"
	for (t = 0; t * team < users; t++)
		for (k = 1; k <= rooms; k++) {
			i = t * rooms + k
			printf "  - {guid: 00000000-0000-4000-8000-%012x, name: Bench %d,", i, i
			printf " category: Bench, members: [\"group:Team %d\"]}\n", t + 1
		}
}
