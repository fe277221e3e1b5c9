#!/usr/bin/env python3
"""Rooms managed by clients (xccos.md sections 7, 9.15, 11.3, 12.1; administration.md sections 6, 7)."""
import json
import os
import sqlite3
import threading

from sipscript import (AMY, BOB, CAROL, DAVE, DOMAIN, ERIN, MANIFEST, NS, Daemon, Store, Suite,
                       expect, text_of, uris)

suite = Suite()
PROP = "urn:parlano:ma:prop:"
MORE = f"""
pchat: 1
addins: [{{name: Prices, url: "https://prices.contoso.example/"}}]
categories:
  - {{name: Desk, allowed: ["{AMY}", "group:Sales"], creators: ["{AMY}", "{BOB}"], invitations: true}}
  - {{name: Annex, allowed: ["{AMY}", "{BOB}"], creators: ["{AMY}"]}}
"""


def world():
    store = Store(MANIFEST)
    store.ctl("apply", "-f", "-", "--yes", "--no-wait", stdin=MORE)
    return Daemon(store=store)


def guid(d, kind, name):
    return d.ctl(kind, "show", name, "--fields", "guid", "-o", "csv").split("\n")[1].strip()


def category(d, name):
    return f"ma-cat://{DOMAIN}/" + guid(d, "category", name)


def group_uri(d, name):
    return f"ma-grp:{guid(d, 'group', name)}@u.g"


def why(p):
    return p.find(NS + "resp").text


def block(p):
    return next(p.iter(NS + "chanib"))


def create(c, d, name, parent="Desk", code=200, extra="", inner=""):
    return c.ask("chancreate", f'<chanib name="{name}" parent="{category(d, parent)}"{extra}>'
                               f'{inner}</chanib>', code)


def made(d, c, name, **options):
    """A new room of c's, its URI."""
    return block(create(c, d, name, **options)).get("uri")


def modify(c, room, attributes, code=200, inner="", roles=""):
    return c.ask("chanmodify", f'<chanib uri="{room}" {attributes}>{inner}</chanib>{roles}', code)


def roles(c, command, room, role, *principals, code=200):
    people = "".join(f'<uib uri="{p}"/>' for p in principals)
    p = c.ask(command, f'<chanib uri="{room}"/><role name="{role}">{people}</role>', code)
    return uris(p, "data/role/uib") if code == 200 else p


def revision(d):
    return json.loads(d.ctl("store", "info", "-o", "json"))["revision"]


def stored(d, name):
    return json.loads(d.ctl("room", "show", name, "-o", "json"))


# ---- chancreate ----

@suite.test
def a_creator_makes_a_room_and_manages_it(d):
    bob = d.session(BOB)
    p = create(bob, d, "Bonds", extra=' description="About bonds"')
    c = block(p)
    expect((c.get("name"), c.get("description"), c.get("parent"), c.get("parentname"),
            c.get("behavior"), c.get("disabled")) ==
           ("Bonds", "About bonds", category(d, "Desk"), "Desk", "NORMAL", "false"), text_of(p))
    expect(next(c.iter(NS + "audit")).get("createdby") == BOB, text_of(p))
    props = {e.get("id"): e.text for e in c.iter(NS + "prop")}
    expect(props[PROP + "invitelocal"] == "inherit" and props[PROP + "invite"] == "true", f"{props}")
    room = stored(d, "Bonds")
    expect((room["privacy"], room["type"], room["disabled"], room["invitations"],
            room["managers"], room["members"]) ==
           ("closed", "normal", False, "inherit", [BOB], []), f"{room}")
    # A manager who is not a member cannot join.
    bob.join(c.get("uri"), code=403)


@suite.test
def a_room_is_made_as_asked_for(d):
    amy = d.session(AMY)
    siop = next(amy.ask("getsiops").iter(NS + "siop")).get("siopid")
    p = create(amy, d, "Podium", extra=f' behavior="auditorium" visibility="PRIVATE" siopid="{siop}"'
                                       ' disabled="true"',
               inner=f'<prop id="{PROP}invite">false</prop>')
    room = stored(d, "Podium")
    expect((room["privacy"], room["type"], room["disabled"], room["invitations"], room["addin"]) ==
           ("secret", "auditorium", True, "false", "Prices"), f"{room}")
    expect(block(p).get("siopname") == "Prices", text_of(p))


@suite.test
def the_journal_names_the_user_and_how_it_came(d):
    create(d.session(BOB), d, "Tracked")
    db = sqlite3.connect(f"file:{d.store.path}/policy.db?mode=ro", uri=True)
    row = db.execute("SELECT r.actor, r.source, r.command, j.op FROM journal j JOIN revision r USING"
                     " (revision) WHERE j.name = 'Tracked'").fetchall()
    db.close()
    expect(row == [(BOB, "room-management", "chancreate", "create")], f"{row}")


@suite.test
def rooms_that_may_not_be_made_are_refused_with_a_reason(d):
    amy, bob, carol = d.session(AMY), d.session(BOB), d.session(CAROL)
    before = revision(d)
    sib = next(amy.ask("getserverinfo").iter(NS + "sib"))
    p = amy.ask("chancreate", f'<chanib name="X" parent="{sib.get("rootUri")}"/>', 420)
    expect(why(p).startswith("ERROR_NODE_HIERARCHY: "), why(p))
    amy.ask("chancreate", f'<chanib name="X" parent="ma-cat://{DOMAIN}/'
                          '11111111-1111-4111-8111-111111111111"/>', 404)
    create(carol, d, "X", code=403)
    create(bob, d, "X", "Annex", code=403)
    for taken in ("rates DESK", "finance"):
        expect(why(create(amy, d, taken, code=409)).startswith("ERROR_DUPLICATE_NAME: "), taken)
    create(amy, d, "x" * 257, code=413)
    create(amy, d, "X", extra=f' description="{"x" * 257}"', code=413)
    amy.ask("chancreate", f'<chanib parent="{category(d, "Desk")}"/>', 400)
    amy.ask("chancreate", '<chanib name="X"/>', 400)
    amy.ask("chancreate", "", 400)
    create(amy, d, " ", code=400)
    create(amy, d, "X", extra=' behavior="loud"', code=400)
    create(amy, d, "X", extra=' visibility="dim"', code=400)
    create(amy, d, "X", extra=' siopid="Prices"', code=400)
    create(amy, d, "X", extra=' siopid="11111111-1111-4111-8111-111111111111"', code=400)
    expect(revision(d) == before, "something was stored")


@suite.test
def names_and_descriptions_of_256_characters_are_taken(d):
    amy = d.session(AMY)
    c = block(create(amy, d, "ü" * 256, extra=f' description="{"é" * 256}"'))
    expect(len(c.get("name")) == 256 and len(c.get("description")) == 256, text_of(c))


# ---- chanmodify ----

@suite.test
def only_what_is_given_changes(d):
    amy = d.session(AMY)
    room = made(d, amy, "Sheet", extra=' description="old" behavior="AUDITORIUM"')
    c = block(modify(amy, room, 'name="Ledger"'))
    expect((c.get("name"), c.get("description"), c.get("behavior")) ==
           ("Ledger", "old", "AUDITORIUM"), text_of(c))
    c = block(modify(amy, room, 'description="" visibility="open" behavior="NORMAL"',
                     inner=f'<prop id="{PROP}invite">false</prop>'))
    expect(c.get("description") in (None, ""), text_of(c))
    now = stored(d, "Ledger")
    expect((now["privacy"], now["type"], now["invitations"]) == ("open", "normal", "false"), f"{now}")
    modify(amy, room, "", inner=f'<prop id="{PROP}invite">inherit</prop>')
    expect(stored(d, "Ledger")["invitations"] == "inherit", "inherit")


@suite.test
def an_add_in_is_put_on_and_taken_off(d):
    amy = d.session(AMY)
    room = made(d, amy, "With page")
    siop = guid(d, "addin", "Prices")
    expect(block(modify(amy, room, f'siopid="{siop}"')).get("siopname") == "Prices", "on")
    expect(block(modify(amy, room, 'siopid=""')).get("siopname") is None, "off")


@suite.test
def those_in_the_room_and_its_managers_are_told_not_the_asker(d):
    amy, other, bob, erin = d.session(AMY), d.session(AMY), d.session(BOB), d.session(ERIN)
    room = made(d, amy, "News room", extra=' visibility="open"')
    bob.join(room)
    amy.join(room)
    bob.expect("ntc:join")
    modify(amy, room, 'description="fresh"')
    amy.barrier()
    for c in (bob, other):
        p = c.expect("ntc:chanmodify")
        expect((block(p).get("uri"), block(p).get("description")) == (room, "fresh"), text_of(p))
        c.barrier()
    erin.barrier()


@suite.test
def a_manager_who_is_not_in_the_room_is_told_once_per_session(d):
    amy, bob = d.session(AMY), d.session(BOB)
    room = made(d, amy, "Shared care")
    roles(amy, "addroles", room, "MANAGER", BOB, group_uri(d, "Sales"))
    d.ctl("room", "set", "Shared care", "--description", "by hand")
    for c in (amy, bob):
        expect(block(c.expect("ntc:chanmodify")).get("description") == "by hand", "told")
        c.barrier()


@suite.test
def a_change_that_starts_from_an_old_state_is_412(d):
    amy = d.session(AMY)
    room = made(d, amy, "Contended")
    seen = next(block(amy.ask("getchan", f'<chanib uri="{room}"/>')).iter(NS + "audit"))
    d.ctl("room", "set", "Contended", "--description", "by another")
    amy.expect("ntc:chanmodify")
    p = modify(amy, room, f'description="mine" updatedon="{seen.get("updatedon")}"', 412)
    expect(why(p).startswith("ERROR_DATA_COLLISION: "), why(p))
    seen = next(block(amy.ask("getchan", f'<chanib uri="{room}"/>')).iter(NS + "audit"))
    modify(amy, room, f'description="mine" updatedon="{seen.get("updatedon")}"')
    modify(amy, room, 'description="x" updatedon="yesterday"', 400)


@suite.test
def changes_that_may_not_be_are_refused(d):
    amy, bob, erin = d.session(AMY), d.session(BOB), d.session(ERIN)
    desk = d.room("Rates desk")
    before = revision(d)
    modify(bob, desk, 'description="x"', 403)
    modify(erin, d.room("Secret"), 'description="x"', 404)
    modify(amy, f"ma-chan://{DOMAIN}/11111111-1111-4111-8111-111111111111", 'name="x"', 404)
    modify(amy, desk, 'name="lobby"', 409)
    modify(amy, desk, 'name=""', 400)
    modify(amy, desk, 'name="' + "x" * 257 + '"', 413)
    modify(amy, desk, f'parent="{category(d, "Desk")}"', 400)
    modify(amy, desk, f'parent="{category(d, "Finance")}"')
    expect(revision(d) == before, "something was stored")


@suite.test
def a_room_that_is_opened_has_no_members_any_more(d):
    amy, bob = d.session(AMY), d.session(BOB)
    room = made(d, amy, "Opening", inner=f'<prop id="{PROP}invite">false</prop>')
    roles(amy, "addroles", room, "MEMBER", AMY, BOB)
    bob.join(room)
    modify(amy, room, 'visibility="open"')
    bob.expect("ntc:chanmodify")
    bob.barrier()  # he may stay
    expect(stored(d, "Opening")["members"] == [], "members of an open room")


@suite.test
def nothing_to_change_is_200_and_no_revision(d):
    amy = d.session(AMY)
    before = revision(d)
    modify(amy, d.room("Rates desk"), 'name="Rates desk"')
    modify(amy, d.room("Rates desk"), "")
    expect(revision(d) == before, "a revision for nothing")


@suite.test
def a_manager_disables_a_room_but_does_not_enable_it(d):
    amy, bob = d.session(AMY), d.session(BOB)
    room = made(d, amy, "Closing down", extra=' visibility="open"')
    bob.join(room)
    c = block(modify(amy, room, 'disabled="true"'))
    expect(c.get("disabled") == "true", text_of(c))
    expect(block(bob.expect("ntc:chanmodify")).get("disabled") == "true", "told")
    expect(uris(bob.expect("ntc:kick"), "data/chanib/uib") == [BOB], "kicked")
    expect(uris(bob.expect("ntc:part"), "data/chanib/uib") == [BOB], "parted")
    bob.join(room, code=410)
    p = modify(amy, room, 'disabled="false"', 403)
    expect("administrator" in why(p), why(p))
    # It may still be described, and stays so when an administrator enables it.
    modify(amy, room, 'description="was closed"')
    d.ctl("room", "set", "Closing down", "--no-disabled")
    bob.join(room)


@suite.test
def one_who_disables_the_room_he_is_in_is_put_out_too(d):
    amy = d.session(AMY)
    room = made(d, amy, "Own goal", extra=' visibility="open"')
    amy.join(room)
    modify(amy, room, 'disabled="true"')
    expect(uris(amy.expect("ntc:kick"), "data/chanib/uib") == [AMY], "kicked")
    amy.expect("ntc:part")
    amy.barrier()


@suite.test
def lists_given_with_a_change_replace_those_of_the_room(d):
    amy = d.session(AMY)
    room = made(d, amy, "Listed")
    modify(amy, room, 'description="x"', roles=f'<roles><role name="MEMBER"><uib uri="{AMY}"/>'
           f'<uib uri="{BOB}"/></role><role name="MANAGER"><uib uri="{AMY}"/></role></roles>')
    modify(amy, room, "", roles=f'<role name="MEMBER"><uib uri="{group_uri(d, "Sales")}"/></role>')
    now = stored(d, "Listed")
    expect((now["members"], now["managers"]) == (["group:Sales"], [AMY]), f"{now}")
    modify(amy, room, "", roles='<role name="MEMBER"/>')
    expect(stored(d, "Listed")["members"] == [], "emptied")
    modify(amy, room, "", 400, roles=f'<role name="OWNER"><uib uri="{AMY}"/></role>')


# ---- chanmove ----

@suite.test
def a_manager_who_is_creator_there_moves_a_room(d):
    amy, carol = d.session(AMY), d.session(CAROL)
    room = made(d, amy, "Wanderer", inner=f'<prop id="{PROP}invite">false</prop>')
    roles(amy, "addroles", room, "MEMBER", AMY, BOB, CAROL)
    carol.join(room)
    p = amy.ask("chanmove", f'<chanib uri="{room}" parent="{category(d, "Annex")}"/>')
    expect((block(p).get("uri"), block(p).get("parentname")) == (room, "Annex"), text_of(p))
    # Carol is not allowed there: her role is gone, and she is out.
    expect(block(carol.expect("ntc:chanmodify")).get("parent") == category(d, "Annex"), "told")
    carol.expect("ntc:kick")
    carol.expect("ntc:part")
    expect(stored(d, "Wanderer")["members"] == [AMY, BOB], f"{stored(d, 'Wanderer')}")


@suite.test
def moves_that_may_not_be_are_refused(d):
    amy, bob = d.session(AMY), d.session(BOB)
    mine = made(d, bob, "Bobs own")
    move = '<chanib uri="{}" parent="{}"/>'
    bob.ask("chanmove", move.format(mine, category(d, "Annex")), 403)
    bob.ask("chanmove", move.format(d.room("Rates desk"), category(d, "Desk")), 403)
    root = next(amy.ask("getserverinfo").iter(NS + "sib")).get("rootUri")
    bob.ask("chanmove", move.format(mine, root), 420)
    bob.ask("chanmove", move.format(mine, f"ma-cat://{DOMAIN}/none"), 404)
    bob.ask("chanmove", f'<chanib uri="{mine}"/>', 400)
    amy.ask("chanmove", move.format(d.room("Rates desk"), "nowhere"), 400)


# ---- addroles, delroles ----

@suite.test
def members_are_added_and_removed(d):
    amy, bob = d.session(AMY), d.session(BOB)
    room = made(d, amy, "Team", inner=f'<prop id="{PROP}invite">false</prop>')
    bob.join(room, code=403)
    expect(roles(amy, "addroles", room, "MEMBER", BOB, "sip:AMY@" + DOMAIN) == [AMY, BOB], "added")
    bob.join(room)
    expect(roles(amy, "delroles", room, "MEMBER", BOB) == [AMY], "removed")
    expect(uris(bob.expect("ntc:kick"), "data/chanib/uib") == [BOB], "kicked")
    bob.expect("ntc:part")
    bob.join(room, code=403)


@suite.test
def a_group_gives_its_members_what_it_has(d):
    amy, carol = d.session(AMY), d.session(CAROL)
    room = made(d, amy, "Group room", inner=f'<prop id="{PROP}invite">false</prop>')
    sales = group_uri(d, "Sales")
    expect(roles(amy, "addroles", room, "MEMBER", sales) == [sales], "added")
    carol.join(room)
    expect(roles(amy, "delroles", room, "MEMBER", sales) == [], "removed")
    carol.expect("ntc:kick")


@suite.test
def a_new_role_is_told_to_those_in_the_room_not_to_the_asker(d):
    amy, bob = d.session(AMY), d.session(BOB)
    room = made(d, amy, "Choir", extra=' behavior="AUDITORIUM"',
                inner=f'<prop id="{PROP}invite">false</prop>')
    roles(amy, "addroles", room, "MEMBER", AMY, BOB)
    amy.join(room)
    bob.join(room)
    amy.expect("ntc:join")
    expect(roles(amy, "addroles", room, "PRESENTER", BOB) == [BOB], "added")
    p = bob.expect("ntc:permchange")
    expect(next(p.iter(NS + "aib")).get("key") == "8080", text_of(p))
    amy.barrier()
    bob.say(room, "la")
    amy.hears(room, BOB, "la")
    roles(amy, "delroles", room, "PRESENTER", BOB)
    expect(next(bob.expect("ntc:permchange").iter(NS + "aib")).get("key") == "3984", "taken")


@suite.test
def roles_that_may_not_be_given_are_refused_whole(d):
    amy, bob = d.session(AMY), d.session(BOB)
    room = made(d, amy, "Strict", inner=f'<prop id="{PROP}invite">false</prop>')
    roles(amy, "addroles", room, "MEMBER", AMY)
    before = revision(d)
    p = roles(amy, "addroles", room, "MEMBER", f"sip:nobody@{DOMAIN}", code=406)
    expect(why(p).startswith("ERROR_NO_SUCH_PRINCIPAL: "), why(p))
    roles(amy, "addroles", room, "MEMBER", "ma-grp:11111111-1111-4111-8111-111111111111@u.g",
          code=406)
    p = roles(amy, "addroles", room, "MEMBER", BOB, AMY, code=421)
    expect("principals are already defined" in why(p), why(p))
    p = roles(amy, "addroles", room, "MEMBER", BOB, ERIN, code=422)
    expect(why(p).startswith("ERROR_PRINCIPALS_NOT_IN_SCOPE: ") and ERIN in why(p), why(p))
    roles(amy, "addroles", room, "MANAGER", DAVE, code=422)
    p = roles(amy, "addroles", room, "PRESENTER", AMY, code=400)
    expect("only an auditorium has presenters" in why(p), why(p))
    stage = d.room("Stage")
    d.ctl("room", "set", "Stage", "--add-manager", AMY)
    p = roles(amy, "addroles", stage, "PRESENTER", CAROL, code=423)
    expect(why(p).startswith("ERROR_PRESENTER_NOT_MEMBER: "), why(p))
    roles(amy, "delroles", stage, "MEMBER", AMY, code=423)
    d.ctl("room", "set", "Stage", "--remove-manager", AMY, "--yes")
    roles(bob, "addroles", room, "MEMBER", BOB, code=403)
    roles(amy, "addroles", room, "MEMBER", code=400)
    roles(amy, "addroles", d.room("Lobby"), "MEMBER", AMY, code=403)
    expect(stored(d, "Strict")["members"] == [AMY], f"{stored(d, 'Strict')}")
    expect(revision(d) == before + 2, "something was stored")


@suite.test
def an_open_room_takes_no_members(d):
    amy = d.session(AMY)
    room = made(d, amy, "Wide open", extra=' visibility="open"')
    p = roles(amy, "addroles", room, "MEMBER", BOB, code=400)
    expect("an open room has no members" in why(p), why(p))


@suite.test
def a_manager_who_gives_himself_up_manages_no_more(d):
    amy, bob = d.session(AMY), d.session(BOB)
    room = made(d, amy, "Handed on")
    roles(amy, "addroles", room, "MANAGER", BOB)
    expect(roles(amy, "delroles", room, "MANAGER", AMY) == [BOB], "gone")
    roles(amy, "addroles", room, "MANAGER", AMY, code=403)
    roles(bob, "addroles", room, "MANAGER", AMY)


# ---- in force when answered, one after the other ----

@suite.test
def what_was_answered_is_in_force(d):
    amy, bob = d.session(AMY), d.session(BOB)
    for i in range(20):
        room = made(d, amy, f"Quick {i}", inner=f'<prop id="{PROP}invite">false</prop>')
        roles(amy, "addroles", room, "MEMBER", BOB)
        bob.join(room)


@suite.test
def the_asker_is_answered_before_others_are_told(d):
    amy = d.session(AMY)
    room = made(d, amy, "On one line", extra=' visibility="open" behavior="NORMAL"')
    closed = made(d, amy, "Closed line")
    amy.hang_up()
    # Two users at one connection, so that the order of what they are told is to be seen.
    c = d.session(BOB)
    c.join(room)
    c.user = AMY
    c.invite()
    for i in range(10):
        modify(c, room, f'description="turn {i}"')
        expect(block(c.expect("ntc:chanmodify")).get("description") == f"turn {i}", "told")
        roles(c, "addroles", closed, "MEMBER", BOB)
        expect(uris(c.expect("ntc:invite"), "data/chanib") == [closed], "invited")
        roles(c, "delroles", closed, "MEMBER", BOB)
    modify(c, room, 'disabled="true"')
    for id in ("ntc:chanmodify", "ntc:kick", "ntc:part"):
        c.expect(id)


@suite.test
def commands_behind_a_change_wait_for_it(d):
    amy = d.session(AMY)
    amy.tell(amy.envelope(
        f'<cmd id="cmd:chancreate" seqid="1"><data><chanib name="Piped"'
        f' parent="{category(d, "Desk")}"/></data></cmd>',
        '<cmd id="cmd:getchan" seqid="2"><data><chanib name="Piped"/></data></cmd>'))
    amy.expect("rpl:chancreate")
    expect(block(amy.expect("rpl:getchan")).get("name") == "Piped", "found")


@suite.test
def many_change_rooms_at_once(d):
    clients = [d.session(u) for u in (AMY, BOB) for _ in range(4)]
    failures = []

    def work(n, c):
        try:
            for i in range(10):
                made(d, c, f"Crowd {n}.{i}")
        except Exception as e:  # told below, by the thread that runs the tests
            failures.append(repr(e))
    threads = [threading.Thread(target=work, args=(n, c)) for n, c in enumerate(clients)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    expect(not failures, "\n".join(failures))
    rooms = json.loads(d.ctl("room", "list", "-o", "json", "--fields", "name"))
    expect(sum(r["name"].startswith("Crowd ") for r in rooms) == 80, "some are missing")


@suite.test
def two_who_take_one_name_get_it_once(d):
    clients = [d.session(AMY), d.session(BOB)]
    for c in clients:
        c.cmd("chancreate", f'<chanib name="The one" parent="{category(d, "Desk")}"/>')
    codes = sorted(c.next().find(NS + "resp").get("code") for c in clients)
    expect(codes == ["200", "409"], f"{codes}")


@suite.test
def a_store_that_stays_locked_refuses_the_change_and_nothing_else(d):
    amy, bob = d.session(AMY), d.session(BOB)
    lobby = d.room("Lobby")
    bob.join(lobby)
    desk = category(d, "Desk")
    lock = sqlite3.connect(os.path.join(d.store.path, "policy.db"), isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    amy.cmd("chancreate", f'<chanib name="Too busy" parent="{desk}"/>')
    bob.say(lobby, "goes on")
    p = amy.expect("rpl:chancreate", 503)
    expect(why(p) == "ERROR_DATABASE: the store is not available", why(p))
    lock.execute("ROLLBACK")
    lock.close()
    made(d, amy, "Too busy")


@suite.test
def changes_that_wait_have_a_limit(d):
    people = [f"sip:maker{i:02}@{DOMAIN}" for i in range(33)]
    d.ctl("apply", "-f", "-", "--yes", stdin="pchat: 1\nusers:\n" + "".join(
        f'  - {{uri: "{p}"}}\n' for p in people) + f"""
groups: [{{name: Makers, members: [{",".join(f'"{p}"' for p in people)}]}}]
policies: [{{name: makers, enabled: true, grantedTo: ["group:Makers"]}}]
categories: [{{name: Works, allowed: ["group:Makers"], creators: ["group:Makers"]}}]
""")
    works = category(d, "Works")
    clients = [d.session(p) for p in people for _ in range(8)]
    lock = sqlite3.connect(os.path.join(d.store.path, "policy.db"), isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    # All at once, so that they are there before the first gives up.
    sent = [c.send_within("INFO", c.envelope(
        f'<cmd id="cmd:chancreate" seqid="1"><data><chanib name="Work {i}" parent="{works}"/></data>'
        '</cmd>'), "text/plain") for i, c in enumerate(clients)]
    for c, cseq in zip(clients, sent):
        expect(c.answer(c.call_id, cseq, "INFO").status == 200, "INFO")
    lock.execute("ROLLBACK")
    lock.close()
    answers = [why(c.next()) for c in clients]
    # One was with the editor or not yet, 256 waited, the others were refused at once.
    refused = answers.count("ERROR_DATABASE: the server is busy")
    expect(264 - 257 <= refused <= 264 - 256 and
           answers.count("SUCCESS_OK") == 264 - refused, f"{refused} refused: {set(answers)}")


@suite.test
def a_locked_store_does_not_hold_up_the_end(d):
    clients = [d.session(u) for u in (AMY, BOB) for _ in range(8)]
    desk = category(d, "Desk")
    lock = sqlite3.connect(os.path.join(d.store.path, "policy.db"), isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    for i, c in enumerate(clients):
        c.cmd("chancreate", f'<chanib name="Never {i}" parent="{desk}"/>')
    try:
        d.stop()
    finally:
        lock.execute("ROLLBACK")
        lock.close()
        for c in d.clients:
            c.close()
        d.clients.clear()
        d.start()
    d.ctl("store", "check")


@suite.test
def one_who_hangs_up_has_his_change_all_the_same(d):
    amy, bob = d.session(AMY), d.session(BOB)
    amy.cmd("chancreate", f'<chanib name="Left behind" visibility="open" parent="{category(d, "Desk")}"/>')
    amy.close()
    # The next change of anybody comes after it.
    made(d, bob, "Afterwards")
    expect(stored(d, "Left behind")["managers"] == [AMY], "not stored")


@suite.test
def what_was_answered_survives_kill_9(d):
    for turn in range(3):
        amy, bob = d.session(AMY), d.session(BOB)
        answered = []
        for i in range(5):
            for c in (amy, bob):
                answered.append(made(d, c, f"Lasting {turn}.{i} of {c.user[4:7]}"))
        # One more each that may or may not come through, but never by halves.
        for c in (amy, bob):
            c.cmd("chancreate", f'<chanib name="Perhaps {turn} of {c.user[4:7]}"'
                                f' parent="{category(d, "Desk")}"/>')
        d.kill()
        for c in d.clients:
            c.close()
        d.clients.clear()
        d.start()
        amy = d.session(AMY)
        for room in answered:
            amy.ask("getchan", f'<chanib uri="{room}"/>')
        d.ctl("store", "check")


if __name__ == "__main__":
    raise SystemExit(suite.run(world))
