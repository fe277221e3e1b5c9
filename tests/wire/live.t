#!/usr/bin/env python3
"""A change is in force within a second, on open sessions too (xccos.md sections 11.3, 12.3)."""
import socket
import time

from sipscript import (AMY, BOB, CAROL, DOMAIN, ERIN, NS, Daemon, Suite, expect, text_of, uris,
                       within_a_second)

suite = Suite()


def kicked(c, room, user, others=()):
    """c is told that @user (himself) was kicked, then that he and @others are gone."""
    p = c.expect("ntc:kick")
    expect(uris(p, "data/chanib") == [room] and uris(p, "data/chanib/uib") == [user], text_of(p))
    p = c.expect("ntc:part")
    expect(uris(p, "data/chanib") == [room], text_of(p))
    expect(sorted(uris(p, "data/chanib/uib")) == sorted([user, *others]), text_of(p))


def both_in(d, room, a=AMY, b=BOB):
    first, second = d.session(a), d.session(b)
    first.join(room)
    second.join(room)
    first.expect("ntc:join")
    return first, second


def sees_part(c, room, user):
    p = c.expect("ntc:part")
    expect(uris(p, "data/chanib") == [room] and uris(p, "data/chanib/uib") == [user], text_of(p))


@suite.test
def a_removed_member_is_kicked_the_others_stay(d):
    desk = d.room("Stage")
    amy, bob = both_in(d, desk)
    started = time.monotonic()
    d.ctl("room", "set", "Stage", "--remove-member", BOB)
    kicked(bob, desk, BOB)
    sees_part(amy, desk, BOB)
    within_a_second(started)
    amy.say(desk, "we are alone")
    bob.barrier()
    bob.join(desk, code=403)
    d.ctl("room", "set", "Stage", "--add-member", BOB)
    bob.join(desk)


@suite.test
def all_his_sessions_are_kicked(d):
    desk = d.room("Stage")
    one, two = d.session(BOB, epid="000000000001"), d.session(BOB, epid="000000000002")
    one.join(desk)
    two.join(desk)
    d.ctl("room", "set", "Stage", "--remove-member", BOB)
    kicked(one, desk, BOB)
    kicked(two, desk, BOB)
    d.ctl("room", "set", "Stage", "--add-member", BOB)


@suite.test
def one_who_leaves_a_group_loses_what_he_had_through_it(d):
    desk = d.room("Rates desk")
    bob, carol = both_in(d, desk, BOB, CAROL)
    started = time.monotonic()
    d.ctl("group", "set", "Sales", "--remove-member", CAROL)
    # Sales also gave her the policy: she is out altogether.
    carol.expect_closed()
    sees_part(bob, desk, CAROL)
    within_a_second(started)
    d.ctl("group", "set", "Sales", "--add-member", CAROL)
    d.session(CAROL).join(desk)


@suite.test
def a_disabled_room_is_told_so_and_emptied(d):
    lobby = d.room("Lobby")
    amy, bob = both_in(d, lobby)
    started = time.monotonic()
    d.ctl("room", "set", "Lobby", "--disabled", "--yes")
    for c, me, other in ((amy, AMY, BOB), (bob, BOB, AMY)):
        p = c.expect("ntc:chanmodify")
        expect(next(p.iter(NS + "chanib")).get("disabled") == "true", text_of(p))
        kicked(c, lobby, me, [other])
    within_a_second(started)
    amy.join(lobby, code=410)
    d.ctl("room", "set", "Lobby", "--no-disabled")
    amy.join(lobby)


@suite.test
def a_deleted_room_is_emptied(d):
    d.ctl("room", "create", "Doomed", "--category", "Finance", "--privacy", "open")
    room = d.store.uri("Doomed")
    amy, bob = both_in(d, room)
    amy.say(room, "the end is near")
    bob.hears(room, AMY, "the end is near")
    d.ctl("room", "delete", "Doomed", "--yes")
    kicked(amy, room, AMY, [BOB])
    kicked(bob, room, BOB, [AMY])
    amy.join(room, code=404)


@suite.test
def an_edit_is_told_to_those_in_the_room_and_kicks_nobody(d):
    lobby = d.room("Lobby")
    amy, bob = both_in(d, lobby)
    outside = d.session(ERIN)
    d.ctl("room", "set", "Lobby", "--name", "Foyer", "--description", "Come in")
    for c in (amy, bob):
        p = c.expect("ntc:chanmodify")
        chanib = next(p.iter(NS + "chanib"))
        expect((chanib.get("uri"), chanib.get("name"), chanib.get("description")) ==
               (lobby, "Foyer", "Come in"), text_of(p))
    amy.say(lobby, "nice")
    bob.hears(lobby, AMY, "nice")
    outside.barrier()
    d.ctl("room", "set", "Foyer", "--name", "Lobby", "--description", "")


@suite.test
def from_open_to_closed_those_who_are_no_members_go(d):
    d.ctl("room", "create", "Closing", "--category", "Finance", "--privacy", "open")
    room = d.store.uri("Closing")
    amy, bob = both_in(d, room)
    d.ctl("room", "set", "Closing", "--privacy", "closed", "--add-member", AMY)
    for c in (amy, bob):
        p = c.expect("ntc:chanmodify")
        expect("scope" in text_of(p), text_of(p))
    kicked(bob, room, BOB)
    sees_part(amy, room, BOB)
    amy.barrier()


@suite.test
def a_new_role_is_told(d):
    desk = d.room("Stage")
    amy, bob = both_in(d, desk)
    d.ctl("room", "set", "Stage", "--add-presenter", BOB)
    for c in (amy, bob):
        p = c.expect("ntc:permchange")
        expect(uris(p, "data/uib") == [BOB], text_of(p))
        expect(next(p.iter(NS + "aib")).get("key") == "8080", text_of(p))
    bob.say(desk, "thank you")
    d.ctl("room", "set", "Stage", "--remove-presenter", BOB)
    for c in (amy, bob):
        if c is amy:
            c.hears(desk, BOB, "thank you")
        c.expect("ntc:permchange")


@suite.test
def one_denied_in_the_category_is_kicked_from_its_rooms_alone(d):
    lobby, whispers = d.room("Lobby"), d.room("Whispers")
    bob = d.session(BOB)
    bob.join(lobby)
    bob.join(whispers)
    d.ctl("category", "set", "Finance", "--add-denied", BOB, "--yes")
    kicked(bob, lobby, BOB)
    bob.say(whispers, "still here")
    d.ctl("category", "set", "Finance", "--remove-denied", BOB)
    bob.join(lobby)


@suite.test
def a_revoked_policy_ends_the_session(d):
    lobby = d.room("Lobby")
    amy, erin = both_in(d, lobby, AMY, ERIN)
    started = time.monotonic()
    d.ctl("policy", "revoke", ERIN)
    erin.expect_closed()
    sees_part(amy, lobby, ERIN)
    within_a_second(started)
    m = d.connect(ERIN).invite(status=403)
    expect(m.diagnostics == 20010, f"{m.diagnostics}")
    expect(b">false<" in d.connect(ERIN).provisioning().body, "still provisioned")
    d.ctl("policy", "grant", "traders", ERIN)
    d.session(ERIN).join(lobby)


@suite.test
def a_disabled_user_is_cut_off_also_without_a_session(d):
    lobby = d.room("Lobby")
    amy, erin = both_in(d, lobby, AMY, ERIN)
    idle = d.connect(ERIN)
    idle.register()
    started = time.monotonic()
    d.ctl("user", "set", ERIN, "--disabled", "--yes")
    erin.expect_closed()
    idle.expect_closed()
    sees_part(amy, lobby, ERIN)
    within_a_second(started)
    d.connect(ERIN).register(status=403)
    d.ctl("user", "set", ERIN, "--no-disabled")
    d.session(ERIN)


@suite.test
def a_deleted_user_is_gone(d):
    d.ctl("user", "create", f"sip:temp@{DOMAIN}")
    d.ctl("policy", "grant", "traders", f"sip:temp@{DOMAIN}")
    d.ctl("category", "set", "Finance", "--add-allowed", f"sip:temp@{DOMAIN}")
    lobby = d.room("Lobby")
    amy, temp = both_in(d, lobby, AMY, f"sip:temp@{DOMAIN}")
    d.ctl("user", "delete", f"sip:temp@{DOMAIN}", "--yes")
    temp.expect_closed()
    sees_part(amy, lobby, f"sip:temp@{DOMAIN}")
    d.connect(f"sip:temp@{DOMAIN}").register(status=404)


@suite.test
def a_connection_shared_by_several_users_is_not_closed(d):
    lobby = d.room("Lobby")
    c = d.session(AMY)
    c.join(lobby)
    amy = (c.user, c.call_id, c.tag, c.dialog, c.remote, c.cseq, c.target)
    c.user = ERIN
    c.invite()
    c.join(lobby)
    c.expect("ntc:join")
    c.infos.clear()
    d.ctl("policy", "revoke", ERIN)
    # Erin's dialog gets a BYE after what concerns her, Amy's goes on.
    while not c.ended:
        c.handle(c.receive())
    c.infos.clear()
    c.user, c.call_id, c.tag, c.dialog, c.remote, c.cseq, c.target = amy
    c.ended = False
    c.within("OPTIONS")
    c.infos.clear()
    c.barrier()
    d.ctl("policy", "grant", "traders", ERIN)


@suite.test
def the_command_returns_when_the_change_is_in_force(d):
    amy = d.session(AMY)
    for n in range(5):
        d.ctl("room", "create", f"New {n}", "--category", "Finance", "--privacy", "open", "--wait")
        p = amy.ask("chansrch", f'<qib qtype="BYNAME" criteria="New {n}"/>')
        expect(uris(p, "data/chanib"), f"room {n} is not there yet")


@suite.test
def a_new_user_can_sign_in_at_once(d):
    new = f"sip:nora@{DOMAIN}"
    d.ctl("user", "create", new)
    d.ctl("policy", "grant", "traders", new, "--wait")
    d.session(new).barrier()


@suite.test
def settings_of_a_site_bind_its_users_on_open_sessions(d):
    lobby = d.room("Lobby")
    amy, bob = both_in(d, lobby)
    d.ctl("site", "create", "leeds")
    d.ctl("config", "create", "site:leeds", "--message-size-limit", "300",
          "--default-chat-history", "2")
    d.ctl("user", "set", AMY, "--site", "leeds")
    amy.post(lobby, "x" * 301)
    amy.expect("rpl:grpchat", 413)
    bob.say(lobby, "x" * 301)
    amy.expect("grpchat")
    for n in range(3):
        bob.say(lobby, f"line {n}")
        amy.expect("grpchat")
    ask = f'<chanib uri="{lobby}"/><bcq><last cnt="0"/></bcq>'
    said = [len(list(c.ask("bccontext", ask).iter(NS + "msg"))) for c in (amy, bob)]
    expect(said[0] == 2 and said[1] >= 4, f"{said}")
    d.ctl("config", "delete", "site:leeds", "--yes")
    amy.say(lobby, "y" * 301)
    bob.expect("grpchat")
    d.ctl("user", "set", AMY, "--site", "")


@suite.test
def what_an_administrator_does_to_messages_is_in_the_next_history(d):
    d.ctl("room", "create", "Talk", "--category", "Finance", "--privacy", "open")
    talk = d.room("Talk")
    amy, bob = both_in(d, talk)
    for c, other, text in ((amy, bob, "one secret"), (bob, amy, "two"), (amy, bob, "three secret"),
                           (bob, amy, "four")):
        c.say(talk, text)
        other.expect("grpchat")
    d.ctl("message", "replace", "Talk", "--words", "three", "--with", "gone", "--yes")
    d.ctl("message", "remove", "Talk", "--words", "secret", "--yes")
    expect(bob.history(talk) == ["two", "gone", "four"], f"{bob.history(talk)}")
    d.ctl("room", "clear", "Talk", "--until", "now", "--yes")
    expect(bob.history(talk) == [], f"{bob.history(talk)}")
    # Numbers go on where they were.
    p = amy.say(talk, "five")
    expect(p.get("chatId") == "5", text_of(p))
    bob.expect("grpchat")
    expect(bob.history(talk) == ["five"], f"{bob.history(talk)}")


@suite.test
def a_server_that_is_idle_takes_no_new_sessions_and_keeps_the_old(d):
    name = socket.gethostname()
    lobby = d.room("Lobby")
    amy, bob = both_in(d, lobby)
    d.ctl("server", "create", name)
    d.session(CAROL)
    d.ctl("server", "set", name, "--no-active")
    m = d.connect(ERIN).invite(status=503)
    expect(m.diagnostics == 20003, f"{m.diagnostics}")
    amy.say(lobby, "still here")
    bob.expect("grpchat")
    d.ctl("server", "swap")
    d.session(ERIN)
    d.ctl("server", "delete", name, "--yes")


if __name__ == "__main__":
    raise SystemExit(suite.run(lambda: Daemon("none")))
