# A manifest of many rooms in block style: awk -v rooms=100000 -v groups=1000 -f manifest.awk
# Every room is closed and has one group as its member. With -v own=1 each room has a group of
# its own, so that there are as many groups as rooms.

BEGIN {
	if (!rooms)
		rooms = 100000
	groups = own ? rooms : groups ? groups : 1000
	print "pchat: 1"
	print "domains:"
	print "  - contoso.example"
	print "groups:"
	for (i = 0; i < groups; i++)
		printf "  - name: Group %06d\n", i
	print "categories:"
	print "  - name: Bench"
	print "    allowed:"
	print "      - \"domain:contoso.example\""
	for (i = 0; i < groups; i++)
		printf "      - \"group:Group %06d\"\n", i
	print "rooms:"
	for (i = 0; i < rooms; i++) {
		printf "  - name: Room %06d\n    category: Bench\n", i
		printf "    members:\n      - \"group:Group %06d\"\n", i % groups
	}
}
