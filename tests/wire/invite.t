#!/usr/bin/env python3
"""Invitations (xccos.md sections 9.8, 11.3; administration.md section 6.6)."""
import os
import re
import sqlite3

from sipscript import (AMY, BOB, CAROL, DOMAIN, ERIN, MANIFEST, NS, Daemon, Store, Suite, expect,
                       text_of, uris)

suite = Suite()
MORE = f"""
pchat: 1
categories:
  - {{name: Hearty, allowed: ["{AMY}", "group:Sales", "{ERIN}"], creators: ["{AMY}"], invitations: true}}
"""


def world():
    store = Store(MANIFEST)
    store.ctl("apply", "-f", "-", "--yes", "--no-wait", stdin=MORE)
    return Daemon(store=store)


def room(d, name, *options, category="Hearty"):
    d.ctl("room", "create", name, "--category", category, *options)
    return d.store.uri(name)


def getinv(c, after=1):
    """[(room URI, id)] newer than @after, and the highest id."""
    p = c.ask("getinv", f'<inv inviteId="{after}" domain="{DOMAIN}"/>')
    first = p.find(f"{NS}data/{NS}inv")
    expect(first.get("domain") == DOMAIN, text_of(p))
    return [(e.get("uri"), int(e.find(NS + "inv").get("inviteId")))
            for e in p.iterfind(f"{NS}data/{NS}chanib")], int(first.get("inviteId"))


def newest(c):
    return getinv(c)[1]


def invited(c, uri):
    """The next thing c hears is an invitation to the room; its id."""
    p = c.expect("ntc:invite")
    inv = p.find(f"{NS}data/{NS}inv")
    expect(uris(p, "data/chanib") == [uri], text_of(p))
    expect(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z", inv.get("createdOn") or ""),
           text_of(p))
    return int(inv.get("inviteId"))


def rows(d, uri):
    db = sqlite3.connect(f"file:{d.store.path}/chat.db?mode=ro", uri=True)
    n = db.execute("SELECT COUNT(*) FROM invitation WHERE room = ?", (uri.rsplit("/", 1)[1],))
    n = n.fetchone()[0]
    db.close()
    return n


@suite.test
def nothing_new_is_answered_with_what_was_asked(d):
    c = d.session(ERIN)
    for n in (1, 7, 0):
        found, last = getinv(c, n)
        expect(found == [] and last == n, f"{found} {last}")
    c.ask("getinv", "", 400)


@suite.test
def the_first_invitation_of_a_user_is_number_2(d):
    erin = d.session(ERIN)
    uri = room(d, "First", "--members", ERIN)
    expect(invited(erin, uri) == 2, "number")
    expect(getinv(erin, 1) == ([(uri, 2)], 2), f"{getinv(erin)}")
    expect(getinv(erin, 2) == ([], 2), f"{getinv(erin, 2)}")


@suite.test
def a_new_member_is_told_on_all_his_sessions_nobody_else_is(d):
    one, two, amy = d.session(ERIN), d.session(ERIN), d.session(AMY)
    uri = room(d, "Told")
    d.ctl("room", "set", "Told", "--add-member", ERIN)
    expect(invited(one, uri) == invited(two, uri), "one invitation, two ids")
    for c in (one, two, amy):
        c.barrier()


@suite.test
def an_invitation_waits_for_the_next_sign_in(d):
    uri = room(d, "Later", "--members", ERIN)
    erin = d.session(ERIN)
    found, last = getinv(erin, 0)
    expect(found[-1] == (uri, last), f"{found} {last}")
    block = [e for e in erin.ask("getinv", '<inv inviteId="1" domain="other.example"/>').iter(NS + "chanib")
             if e.get("uri") == uri][0]
    expect(block.get("name") == "Later" and block.find(NS + "inv").get("createdOn"), text_of(block))


@suite.test
def numbers_grow_and_only_newer_ones_are_listed(d):
    erin = d.session(ERIN)
    before = newest(erin)
    uris_ = [room(d, f"Row {i}", "--members", ERIN) for i in range(3)]
    ids = [invited(erin, u) for u in uris_]
    expect(ids == sorted(ids) and ids[0] > before, f"{ids}")
    expect(getinv(erin, before)[0] == list(zip(uris_, ids)), f"{getinv(erin, before)}")
    expect(getinv(erin, ids[0])[0] == list(zip(uris_, ids))[1:], "since the first")


@suite.test
def whoever_changes_the_list_members_are_invited(d):
    erin, amy = d.session(ERIN), d.session(AMY)
    d.ctl("apply", "-f", "-", "--yes", stdin=f"""
pchat: 1
rooms: [{{name: By manifest, category: Hearty, members: ["{ERIN}"]}}]
""")
    invited(erin, d.store.uri("By manifest"))
    category = f"ma-cat://{DOMAIN}/" + d.ctl("category", "show", "Hearty", "--fields", "guid", "-o",
                                             "csv").split("\n")[1].strip()
    p = amy.ask("chancreate", f'<chanib name="By client" parent="{category}"/>')
    uri = uris(p, "data/chanib")[0]
    amy.ask("addroles", f'<chanib uri="{uri}"/><role name="MEMBER"><uib uri="{ERIN}"/></role>')
    invited(erin, uri)
    erin.join(uri)


@suite.test
def one_who_adds_himself_is_not_invited(d):
    amy, other = d.session(AMY), d.session(AMY)
    uri = room(d, "Self made", "--managers", AMY)
    amy.ask("addroles", f'<chanib uri="{uri}"/><role name="MEMBER"><uib uri="{AMY}"/></role>')
    amy.barrier()
    other.barrier()
    expect(rows(d, uri) == 0, "invited himself")


@suite.test
def the_category_and_the_room_may_say_no(d):
    erin = d.session(ERIN)
    quiet = room(d, "Quiet", "--members", ERIN, "--invitations", "false")
    cold = room(d, "Cold", "--members", ERIN, category="Finance")
    erin.barrier()
    expect(rows(d, quiet) == rows(d, cold) == 0, "invited all the same")
    # Turned on, it holds for those who come then.
    d.ctl("room", "set", "Quiet", "--invitations", "inherit")
    erin.barrier()
    expect(rows(d, quiet) == 0, "invited afterwards")
    bob = d.session(BOB)
    d.ctl("room", "set", "Quiet", "--add-member", BOB)
    invited(bob, quiet)
    erin.barrier()


@suite.test
def a_group_invites_all_who_are_in_it(d):
    bob, carol, amy = d.session(BOB), d.session(CAROL), d.session(AMY)
    uri = room(d, "For sales", "--members", "group:Sales")
    invited(bob, uri)
    invited(carol, uri)
    amy.barrier()
    expect(rows(d, uri) == 2, f"{rows(d, uri)} rows")


@suite.test
def one_who_was_a_member_by_a_group_is_no_new_one(d):
    bob, erin = d.session(BOB), d.session(ERIN)
    uri = room(d, "Doubled", "--members", "group:Sales")
    invited(bob, uri)
    d.ctl("room", "set", "Doubled", "--add-member", BOB, "--add-member", ERIN)
    invited(erin, uri)
    bob.barrier()


@suite.test
def who_comes_into_a_group_is_not_invited_to_its_rooms(d):
    erin = d.session(ERIN)
    uri = room(d, "Grown group", "--members", "group:Sales")
    d.ctl("group", "set", "Sales", "--add-member", ERIN)
    erin.join(uri)
    erin.barrier()
    d.ctl("group", "set", "Sales", "--remove-member", ERIN)
    expect(rows(d, uri) == 2, f"{rows(d, uri)} rows")


@suite.test
def open_rooms_invite_nobody(d):
    erin = d.session(ERIN)
    uri = room(d, "Open house", "--privacy", "open")
    erin.barrier()
    expect(rows(d, uri) == 0, "invited")


@suite.test
def a_newer_invitation_takes_the_place_of_the_older(d):
    erin = d.session(ERIN)
    uri = room(d, "Again", "--members", ERIN)
    first = invited(erin, uri)
    d.ctl("room", "set", "Again", "--remove-member", ERIN)
    d.ctl("room", "set", "Again", "--add-member", ERIN)
    second = invited(erin, uri)
    expect(second > first, f"{first} {second}")
    expect([i for u, i in getinv(erin)[0] if u == uri] == [second], "both are there")


@suite.test
def rooms_already_joined_are_still_listed(d):
    erin = d.session(ERIN)
    uri = room(d, "Joined", "--members", ERIN)
    number = invited(erin, uri)
    erin.join(uri)
    expect((uri, number) in getinv(erin)[0], "gone")


@suite.test
def only_rooms_that_may_be_joined_are_listed(d):
    erin = d.session(ERIN)
    uri = room(d, "Fickle", "--members", ERIN)
    number = invited(erin, uri)

    def listed():
        return (uri, number) in getinv(erin)[0]
    expect(listed(), "at first")
    d.ctl("room", "set", "Fickle", "--disabled", "--yes")
    expect(not listed(), "disabled")
    d.ctl("room", "set", "Fickle", "--no-disabled")
    expect(listed(), "enabled again")
    d.ctl("room", "set", "Fickle", "--remove-member", ERIN)
    expect(not listed(), "no member")


@suite.test
def a_deleted_room_takes_its_invitations_along(d):
    erin = d.session(ERIN)
    uri = room(d, "Short lived", "--members", ERIN)
    invited(erin, uri)
    d.ctl("room", "delete", "Short lived", "--yes")
    expect(uri not in [u for u, _ in getinv(erin)[0]], "still listed")


@suite.test
def what_was_changed_without_a_daemon_invites_at_its_next_start(d):
    uri = room(d, "Before")
    d.kill()
    d.ctl("room", "set", "Before", "--add-member", ERIN)
    other = room(d, "While away", "--members", "group:Sales")
    d.start()
    # The barrier of changes: this one is applied after those.
    d.ctl("room", "set", "Before", "--description", "x")
    expect(rows(d, uri) == 1 and rows(d, other) == 2, f"{rows(d, uri)} {rows(d, other)}")
    erin = d.session(ERIN)
    expect(uri in [u for u, _ in getinv(erin)[0]], "not listed")


@suite.test
def a_restart_invites_nobody_again(d):
    erin = d.session(ERIN)
    uri = room(d, "Once", "--members", ERIN)
    number = invited(erin, uri)
    d.ctl("group", "create", "Late", "--members", BOB)
    for _ in range(2):
        erin.hang_up()
        d.clients.clear()
        d.kill()
        d.start()
        erin = d.session(ERIN)
        d.ctl("room", "set", "Once", "--description", "x")
        expect((uri, number) in getinv(erin)[0] and rows(d, uri) == 1, f"{getinv(erin)}")


@suite.test
def a_large_group_is_invited_whole_while_others_talk(d):
    people = [f"sip:guest{i:04}@{DOMAIN}" for i in range(1500)]
    d.ctl("apply", "-f", "-", "--yes", stdin="pchat: 1\nusers:\n" + "".join(
        f'  - {{uri: "{p}"}}\n' for p in people) + "groups:\n  - {name: Guests, members: [" +
        ",".join(f'"{p}"' for p in people) + "]}\n")
    d.ctl("category", "set", "Hearty", "--add-allowed", "group:Guests")
    amy = d.session(AMY)
    lobby = d.room("Lobby")
    amy.join(lobby)
    uri = room(d, "Party", "--members", "group:Guests")
    amy.say(lobby, "still here")
    expect(rows(d, uri) == 1500, f"{rows(d, uri)} rows")


@suite.test
def a_crash_in_between_leaves_nobody_out_and_nobody_twice(d):
    for turn in range(3):
        name = f"Crashed {turn}"
        d.ctl("room", "create", name, "--category", "Hearty", "--members", "group:Guests",
              "--no-wait")
        d.kill()
        d.start()
        d.ctl("room", "set", name, "--description", "x")
        uri = d.store.uri(name)
        expect(rows(d, uri) == 1500, f"{rows(d, uri)} rows")


@suite.test
def invitations_wait_for_a_store_that_is_busy(d):
    erin = d.session(ERIN)
    lock = sqlite3.connect(os.path.join(d.store.path, "chat.db"), isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    d.ctl("room", "create", "Held up", "--category", "Hearty", "--members", ERIN, "--no-wait")
    # The writer gives up after five seconds; this post is behind the invitation.
    lobby = d.room("Lobby")
    erin.join(lobby)
    erin.post(lobby, "anybody?")
    erin.expect("rpl:grpchat", 503)
    lock.execute("ROLLBACK")
    lock.close()
    invited(erin, d.store.uri("Held up"))


if __name__ == "__main__":
    raise SystemExit(suite.run(world))
