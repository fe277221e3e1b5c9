#!/usr/bin/env python3
"""Who is in a room and who hears of it (xccos.md sections 9.4 to 9.6, 11, 12)."""
from sipscript import (AMY, BOB, CAROL, DOMAIN, ERIN, MANIFEST, NS, Daemon, Store, Suite, expect,
                       text_of, uris)

suite = Suite()
INFO = "urn:parlano:ma:info:"
PROP = "urn:parlano:ma:prop:"
CROWD = [f"sip:guest{i:02}@{DOMAIN}" for i in range(80)]
MORE = f"""
pchat: 1
users:
""" + "".join(f'  - {{uri: "{u}"}}\n' for u in CROWD) + f"""
groups: [{{name: Crowd, members: [{",".join(f'"{u}"' for u in CROWD)}]}}]
policies: [{{name: crowd, enabled: true, grantedTo: ["group:Crowd"]}}]
categories: [{{name: Halls, allowed: ["{AMY}", "{BOB}", "group:Crowd"]}}]
rooms:
  - {{name: Hall, category: Halls, privacy: open}}
  - {{name: Corner, category: Halls, privacy: open}}
"""


def world():
    store = Store(MANIFEST)
    store.ctl("apply", "-f", "-", "--yes", "--no-wait", stdin=MORE)
    return Daemon(store=store)


def chanib(p):
    return next(p.iter(NS + "chanib"))


def item(block, id):
    return [e.text for e in block if e.get("id") == id]


def rooms_of(p):
    """The rooms an ntc:join or ntc:bjoin is about."""
    return sorted(f"ma-chan://{a.get('domain')}/{a.get('value')}" for a in p.iter(NS + "aib"))


def leave(c, room):
    """Part, whatever was told before."""
    c.cmd("part", f'<chanib uri="{room}"/>')
    while c.next().get("id") != "rpl:part":
        pass


# ---- one user, several endpoints ----

@suite.test
def a_user_comes_with_his_first_endpoint_and_goes_with_his_last(d):
    lobby = d.room("Lobby")
    amy = d.session(AMY)
    amy.join(lobby)
    ends = [d.session(BOB, epid=f"00000000000{i}") for i in range(4)]
    for i, c in enumerate(ends):
        c.join(lobby)
        if i == 0:
            expect(uris(amy.expect("ntc:join"), "data/uib") == [BOB], "who")
        amy.barrier()
    ends[0].part(lobby)
    ends[1].bye()
    ends[2].close()
    amy.barrier()
    ends[3].part(lobby)
    expect(uris(amy.expect("ntc:part"), "data/chanib/uib") == [BOB], "who")
    amy.barrier()


@suite.test
def an_endpoint_hears_only_of_rooms_it_is_in(d):
    lobby, desk = d.room("Lobby"), d.room("Rates desk")
    one, two, amy = d.session(BOB), d.session(BOB), d.session(AMY)
    one.join(lobby)
    two.join(desk)
    amy.join(lobby, desk)
    expect(rooms_of(one.expect("ntc:bjoin")) == [lobby], "one")
    expect(rooms_of(two.expect("ntc:bjoin")) == [desk], "two")
    amy.say(lobby, "here")
    one.hears(lobby, AMY, "here")
    two.barrier()


@suite.test
def his_own_endpoints_are_not_told_of_him(d):
    lobby = d.room("Lobby")
    one, two = d.session(BOB), d.session(BOB)
    one.join(lobby)
    two.join(lobby)
    one.barrier()
    two.part(lobby)
    one.barrier()


@suite.test
def the_ninth_endpoint_is_refused_and_the_others_go_on(d):
    lobby = d.room("Lobby")
    ends = [d.session(BOB, epid=f"00000000000{i}") for i in range(8)]
    for c in ends:
        c.join(lobby)
    d.connect(BOB).invite(status=486)
    ends[0].say(lobby, "eight")
    for c in ends[1:]:
        c.hears(lobby, BOB, "eight")


# ---- notices of batches ----

@suite.test
def a_batch_is_one_notice_to_each_with_the_rooms_they_share(d):
    lobby, desk, whispers = d.room("Lobby"), d.room("Rates desk"), d.room("Whispers")
    amy, carol, bob = d.session(AMY), d.session(CAROL), d.session(BOB)
    amy.join(lobby, desk, whispers)
    carol.join(desk)
    amy.expect("ntc:join")
    bob.join(lobby, desk, whispers)
    p = amy.expect("ntc:bjoin")
    expect(rooms_of(p) == sorted([lobby, desk, whispers]) and uris(p, "data/uib") == [BOB],
           text_of(p))
    expect(rooms_of(carol.expect("ntc:bjoin")) == [desk], "carol")
    bob.close()
    p = amy.expect("ntc:part")
    expect(sorted(uris(p, "data/chanib")) == sorted([lobby, desk, whispers]), text_of(p))
    expect(uris(carol.expect("ntc:part"), "data/chanib") == [desk], "carol")
    amy.barrier()
    carol.barrier()


@suite.test
def a_batch_tells_nothing_of_rooms_he_was_in_already(d):
    lobby, desk = d.room("Lobby"), d.room("Rates desk")
    amy, bob = d.session(AMY), d.session(BOB)
    amy.join(lobby, desk)
    bob.join(lobby)
    amy.expect("ntc:join")
    bob.join(lobby, desk)
    expect(rooms_of(amy.expect("ntc:bjoin")) == [desk], "only the new one")
    amy.barrier()


# ---- large rooms ----

@suite.test
def above_75_a_room_is_quiet_below_60_it_speaks_again(d):
    hall, corner = d.room("Hall"), d.room("Corner")
    amy = d.session(AMY)
    amy.join(hall)
    guests = [d.session(u) for u in CROWD[:75]]
    for c in guests[:74]:  # with Amy: 75, the limit itself
        c.join(hall)
        amy.expect("ntc:join")
    p = guests[74].join(hall)
    block = chanib(p)
    expect(item(block, INFO + "ucnt") == ["76"], text_of(block))
    expect(not list(p.iter(NS + "uib")) and not list(p.iter(NS + "aib")), "a list of a large room")
    amy.barrier()
    # A batch shows the list of the small room alone.
    bob = d.session(BOB)
    p = bob.join(hall, corner)
    blocks = {b.get("uri"): b for b in p.iter(NS + "chanib")}
    expect(uris(p, "data/uib") == [BOB] and not list(blocks[hall].iter(NS + "aib")) and
           len(list(blocks[corner].iter(NS + "aib"))) == 1, text_of(p))
    amy.barrier()
    bob.part(hall)
    people = uris(amy.ask("getparts", f'<chanib uri="{hall}"/>'), "data/uib")
    expect(sorted(people) == sorted([AMY, *CROWD[:75]]), f"{len(people)}")
    for c in guests[59:]:  # 60 stay: that is 80 percent, not below
        leave(c, hall)
    bob.join(hall)
    amy.barrier()
    bob.part(hall)
    leave(guests[58], hall)  # 59
    amy.barrier()
    p = bob.join(hall)
    expect(len(uris(p, "data/uib")) == 60, text_of(p))
    expect(uris(amy.expect("ntc:join"), "data/uib") == [BOB], "speaks again")
    leave(guests[0], hall)
    amy.expect("ntc:part")
    amy.ask("getparts", f'<chanib uri="{hall}"/>', 408)


@suite.test
def in_a_large_room_one_who_is_put_out_hears_of_it_alone(d):
    d.ctl("config", "set", "global", "--participant-update-limit", "1")
    d.ctl("room", "set", "Stage", "--add-member", CAROL)
    stage = d.room("Stage")
    amy, bob, carol = d.session(AMY), d.session(BOB), d.session(CAROL)
    for c in (amy, bob, carol):
        c.join(stage)
    d.ctl("room", "set", "Stage", "--remove-member", CAROL)
    carol.expect("ntc:kick")
    carol.expect("ntc:part")
    d.ctl("room", "set", "Stage", "--add-presenter", BOB)
    for c in (amy, bob):
        c.barrier()
    bob.say(stage, "new voice")
    amy.hears(stage, BOB, "new voice")
    d.ctl("room", "set", "Stage", "--remove-presenter", BOB)
    d.ctl("config", "set", "global", "--participant-update-limit", "75")


# ---- auditoriums ----

@suite.test
def in_an_auditorium_presenters_speak_and_all_hear(d):
    stage = d.room("Stage")
    amy, bob = d.session(AMY), d.session(BOB)
    amy.join(stage)
    p = bob.join(stage)
    expect(chanib(p).get("behavior") == "AUDITORIUM", text_of(p))
    people = {u.get("id"): u.get("uri") for u in p.iter(NS + "uib")}
    masks = {people[a.get("value")]: a.get("key") for a in p.iter(NS + "aib")}
    expect(masks == {AMY: "8080", BOB: "3984"}, f"{masks}")
    amy.expect("ntc:join")
    bob.post(stage, "may I?")
    expect("only presenters" in bob.expect("rpl:grpchat", 403).find(NS + "resp").text, "why")
    amy.say(stage, "welcome")
    bob.hears(stage, AMY, "welcome")
    amy.barrier()


@suite.test
def a_room_that_becomes_an_auditorium_silences_those_in_it(d):
    d.ctl("room", "create", "Turning", "--category", "Finance", "--members", f"{AMY},{BOB}")
    room = d.store.uri("Turning")
    amy, bob = d.session(AMY), d.session(BOB)
    amy.join(room)
    bob.join(room)
    amy.expect("ntc:join")
    bob.say(room, "before")
    amy.hears(room, BOB, "before")
    d.ctl("room", "set", "Turning", "--type", "auditorium", "--presenters", AMY)
    for c in (amy, bob):
        expect(chanib(c.expect("ntc:chanmodify")).get("behavior") == "AUDITORIUM", "told")
        c.expect("ntc:permchange")
    bob.post(room, "after")
    bob.expect("rpl:grpchat", 403)
    amy.say(room, "silence")
    bob.hears(room, AMY, "silence")


# ---- changes of the category ----

@suite.test
def what_the_category_grants_is_told_to_its_rooms(d):
    whispers, lobby = d.room("Whispers"), d.room("Lobby")
    amy = d.session(AMY)
    amy.join(whispers, lobby)
    for option, prop in (("file-upload", "filepost"), ("history", "logged"),
                         ("invitations", "invite")):
        for on in ("true", "false"):
            d.ctl("category", "set", "Fleeting", f"--{option}" if on == "true" else f"--no-{option}")
            block = chanib(amy.expect("ntc:chanmodify"))
            expect(block.get("uri") == whispers and item(block, PROP + prop) == [on], text_of(block))
    amy.barrier()


@suite.test
def a_new_name_of_the_category_is_nothing_to_its_rooms(d):
    whispers = d.room("Whispers")
    amy = d.session(AMY)
    amy.join(whispers)
    d.ctl("category", "set", "Fleeting", "--name", "Passing")
    d.ctl("category", "set", "Passing", "--name", "Fleeting")
    amy.barrier()
    amy.say(whispers, "still here")


@suite.test
def history_that_is_turned_on_keeps_what_comes_then(d):
    whispers = d.room("Whispers")
    amy = d.session(AMY)
    amy.join(whispers)
    amy.say(whispers, "lost")
    d.ctl("category", "set", "Fleeting", "--history")
    amy.expect("ntc:chanmodify")
    amy.say(whispers, "kept")
    expect(amy.history(whispers) == ["kept"], "history")
    d.ctl("category", "set", "Fleeting", "--no-history")
    amy.expect("ntc:chanmodify")


@suite.test
def a_room_that_moves_takes_along_who_may_be_there(d):
    d.ctl("room", "create", "Movable", "--category", "Finance", "--privacy", "open")
    room = d.store.uri("Movable")
    amy, carol = d.session(AMY), d.session(CAROL)
    amy.join(room)
    carol.join(room)
    amy.expect("ntc:join")
    d.ctl("room", "set", "Movable", "--category", "Fleeting", "--yes")
    for c in (amy, carol):
        c.expect("ntc:chanmodify")
    expect(uris(carol.expect("ntc:kick"), "data/chanib/uib") == [CAROL], "kick")
    carol.expect("ntc:part")
    expect(uris(amy.expect("ntc:part"), "data/chanib/uib") == [CAROL], "part")
    carol.join(room, code=404)
    amy.barrier()


# ---- order ----

@suite.test
def the_reply_to_a_join_comes_before_anything_of_the_room(d):
    lobby = d.room("Lobby")
    amy = d.session(AMY)
    amy.join(lobby)
    for i in range(20):
        bob = d.session(BOB)
        bob.cmd("join", f'<chanid key="0" domain="{DOMAIN}" value="{lobby.rsplit("/", 1)[1]}"/>')
        amy.post(lobby, f"at the door {i}")
        bob.expect("rpl:join")
        bob.close()
        seen = set()
        while not {"ntc:part", "grpchat"} <= seen:
            seen.add(amy.next().get("id"))


@suite.test
def joins_parts_and_messages_have_one_order_for_all(d):
    lobby = d.room("Lobby")
    amy, erin, bob = d.session(AMY), d.session(ERIN), d.session(BOB)
    amy.join(lobby)
    erin.join(lobby)
    amy.expect("ntc:join")
    for i in range(5):
        bob.cmd("join", f'<chanid key="0" domain="{DOMAIN}" value="{lobby.rsplit("/", 1)[1]}"/>')
        bob.post(lobby, f"word {i}")
        bob.cmd("part", f'<chanib uri="{lobby}"/>')
        erin.post(lobby, f"echo {i}")

    def story(c):
        heard, parts = [], 0
        while parts < 5 or sum(k == "grpchat" for k, _ in heard) < 10:
            p = c.next()
            kind = p.get("id")
            parts += kind == "ntc:part"
            if not kind.startswith("rpl:"):
                heard.append((kind, p.get("chatId")))
        return heard
    one, two = story(amy), story(erin)
    expect(one == two, f"{one}\n{two}")
    ids = [int(i) for k, i in one if k == "grpchat"]
    expect(ids == list(range(ids[0], ids[0] + 10)), f"{ids}")


if __name__ == "__main__":
    raise SystemExit(suite.run(world))
