# A manifest of the organisation that bench_chat joins:
#
#	awk -v users=500 -v rooms=1 -f organisation.awk
#
# Users sip:user1@contoso.example and so on, all of them members of every room through one
# group. The rooms have fixed GUIDs, so that their URIs are known beforehand:
# ma-chan://contoso.example/00000000-0000-4000-8000-000000000001 is the first.
# -v history=false measures without storing, -v type=auditorium lets nobody but user1 post.

BEGIN {
	if (!users)
		users = 500
	if (!rooms)
		rooms = 1
	if (!history)
		history = "true"
	if (!type)
		type = "normal"
	print "pchat: 1"
	print "pool: {domain: contoso.example, uri: \"sip:GC-1-PersistentChatService-1@contoso.example\"}"
	print "policies:\n  - {name: global, enabled: true}"
	print "users:"
	for (i = 1; i <= users; i++)
		printf "  - {uri: \"sip:user%d@contoso.example\", displayName: User %d}\n", i, i
	print "groups:\n  - name: Everybody\n    members:"
	for (i = 1; i <= users; i++)
		printf "      - \"sip:user%d@contoso.example\"\n", i
	print "categories:"
	printf "  - {name: Bench, allowed: [\"group:Everybody\"], history: %s}\n", history
	print "rooms:"
	for (i = 1; i <= rooms; i++) {
		printf "  - {guid: 00000000-0000-4000-8000-%012x, name: Bench %d, category: Bench,", i, i
		printf " type: %s, members: [\"group:Everybody\"]", type
		if (type == "auditorium")
			printf ", presenters: [\"sip:user1@contoso.example\"]"
		print "}"
	}
}
