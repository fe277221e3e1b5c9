# A manifest of the organisation that the capacity model of Lync Server 2013 describes: 80,000
# users, 33,077 rooms and 731,088 entries in the lists of rooms, about a hundred groups above
# each user.
#
#	awk -v scale=1 -f capacity.awk
#
# -v scale=0.01 makes a hundredth of it. Nothing is random: two runs print the same.

function user(i) { return "\"sip:user" (i % users) "@contoso.example\"" }
function group(kind, i, n) { return "\"group:" kind " " (i % n) "\"" }

# A number between 0 and n - 1 that looks random.
function any(n)
{
	seed = (seed * 1103515245 + 12345) % 2147483648
	return int(seed / 65536) % n
}

# @n users of a team after the other, from a place of the room's own: no two the same.
function direct(n, from,    i, s)
{
	for (i = 0; i < n; i++)
		s = s (i ? ", " : "") user(from + i * 7)
	return s
}

# @n teams, no two the same.
function teams_of(n, from,    i, s)
{
	for (i = 0; i < n; i++)
		s = s (i ? ", " : "") group("Team", from + i * 11, teams)
	return s
}

function room(size, i, members, presenters, managers, open, auditorium)
{
	printf "  - {name: \"%s room %d\", category: \"Category %d\", type: %s, privacy: %s", size, i,
		i % categories, auditorium ? "auditorium" : "normal", open ? "open" : "closed"
	if (members != "")
		printf ", members: [%s]", members
	if (presenters != "")
		printf ", presenters: [%s]", presenters
	printf ", managers: [%s]}\n", direct(managers, any(users))
	rooms++
}

function scaled(n) { n = int(n * scale); return n < 1 ? 1 : n }

function organisation(    i, k)
{
	print "pchat: 1"
	print "policies:\n  - {name: global, enabled: true}"
	print "domains: [contoso.example]"
	print "users:"
	for (i = 0; i < users; i++)
		printf "  - {uri: %s, displayName: User %d}\n", user(i), i
	print "groups:"
	for (i = 0; i < teams; i++) {
		printf "  - {name: Team %d, members: [", i
		for (k = i; k < users; k += teams)
			printf "%s%s", (k > i ? ", " : ""), user(k)
		print "]}"
	}
	# A team is in twelve projects, a project in eight programmes.
	for (i = 0; i < projects; i++) {
		printf "  - {name: Project %d, members: [", i
		for (k = 0; k < 12 * teams / projects; k++)
			printf "%s%s", k ? ", " : "", group("Team", i * 5 + k * 37, teams)
		print "]}"
	}
	for (i = 0; i < programmes; i++) {
		printf "  - {name: Programme %d, members: [", i
		for (k = 0; k < 8 * projects / programmes; k++)
			printf "%s%s", k ? ", " : "", group("Project", i * 3 + k * 13, projects)
		print "]}"
	}
	print "categories:"
	for (i = 0; i < categories; i++)
		printf "  - {name: Category %d, allowed: [%s], creators: [%s], fileUpload: true}\n", i,
			"\"domain:contoso.example\"", group("Team", i, teams)
}

# The table of the model: 32,000 small rooms of 30, 1,067 medium ones of 150, 10 large ones.
function small_rooms(    i, n, open)
{
	n = scaled(32000)
	for (i = 0; i < n; i++) {
		open = i < int(n * 0.03)
		if (open)
			room("Small", i, "", "", 6, 1, 0)
		else if (i % 2)
			room("Small", i, direct(30, any(users)), "", 6, 0, i % 100 == 1)
		else
			room("Small", i, teams_of(3, any(teams)), "", 6, 0, 0)
	}
}

function medium_rooms(    i, n, m, at)
{
	n = scaled(1067)
	for (i = 0; i < n; i++) {
		at = any(users)
		m = i == n - 1 && scale == 1 ? 4 : 6
		if (i < 32 * scale)
			room("Medium", i, "", "", m, 1, 0)
		else if (i < 136 * scale)
			room("Medium", i, direct(i == 32 ? 70 : 150, at), i < 64 * scale ? direct(6, at) : "",
				m, 0, i < 64 * scale)
		else
			room("Medium", i, teams_of(i == 136 ? 6 : 5, at % teams), "", m, 0, 0)
	}
}

function large_rooms(    i, n, all)
{
	n = scaled(10)
	for (i = 0; i < n; i++) {
		all = teams_of(10, i * 100)
		if (i % 2)
			room("Large", i, "", "", 6, 1, 0)
		else
			room("Large", i, all, all, 6, 0, 1)
	}
}

BEGIN {
	if (!scale)
		scale = 1
	seed = 1
	users = scaled(80000)
	teams = scaled(2000)
	projects = scaled(1000)
	programmes = scaled(200)
	categories = scaled(50)
	organisation()
	print "rooms:"
	small_rooms()
	medium_rooms()
	large_rooms()
}
