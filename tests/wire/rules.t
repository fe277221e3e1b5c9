#!/usr/bin/env python3
"""Single rules of the protocol that no scene elsewhere happens to show (docs/conformance.md)."""
from sipscript import AMY, BOB, DOMAIN, ERIN, NS, Daemon, Suite, expect, text_of, uris

suite = Suite()


def names(p):
    return [e.get("name") for e in p.iter(NS + "chanib")]


def together(d, room, *users):
    """Sessions of @users, all of them in @room and with nothing to look at."""
    clients = [d.session(u) for u in users]
    for i, c in enumerate(clients):
        c.join(room)
        for other in clients[:i]:
            other.expect("ntc:join")
    return clients


# ---- envelopes ----

@suite.test
def every_envelope_of_the_server_has_a_number_of_its_own(d):
    lobby = d.room("Lobby")
    amy, bob = together(d, lobby, AMY, BOB)
    numbers = []
    for i in range(10):
        amy.post(lobby, f"{i}")
        for _ in range(2):
            amy.pump()
            body = amy.infos.pop(0).body.decode()
            numbers.append(int(body.split(' envid="')[1].split('"')[0]))
        bob.hears(lobby, AMY, f"{i}")
    expect(len(set(numbers)) == len(numbers), f"{numbers}")
    expect(all(0 < n < 1 << 63 for n in numbers), f"{numbers}")


@suite.test
def line_breaks_arrive_as_line_feeds(d):
    lobby = d.room("Lobby")
    amy, bob = together(d, lobby, AMY, BOB)
    amy.tell(amy.envelope(f'<grpchat id="grpchat" seqid="1" chanUri="{lobby}" author="x">'
                          "<chat>one\r\ntwo&#13;&#10;three\nfour\rfive</chat></grpchat>"))
    amy.expect("rpl:grpchat")
    for c in (amy, bob):
        c.pump()
        body = c.infos.pop(0).body
        expect(b"<chat>one\ntwo\nthree\nfour\nfive</chat>" in body, f"{body!r}")


@suite.test
def what_xml_forbids_does_not_come_in(d):
    lobby = d.room("Lobby")
    amy, bob = together(d, lobby, AMY, BOB)
    amy.tell(amy.envelope(f'<grpchat id="grpchat" seqid="1" chanUri="{lobby}" author="x">'
                          "<chat>a\x01\x08b\x0b\x1fc\td</chat></grpchat>"))
    amy.expect("rpl:grpchat")
    amy.expect("grpchat")
    bob.hears(lobby, AMY, "abc\td")


# ---- server information, associations ----

@suite.test
def server_information_is_told_whole_whatever_was_asked_for(d):
    c = d.session(AMY)
    d.ctl("config", "set", "global", "--room-management-url", "https://rooms.contoso.example/")
    wanted = {"serverTime", "searchLimit", "messageSizeLimit", "storySizeLimit", "rootUri",
              "dbVersion", "displayName", "roomManagementUrl"}
    for ask, echoed in (('<sib domain="contoso.example" infoType="8"/>', "8"),
                        ('<sib infoType="4294967296"/>', "4294967296"), ("", None)):
        sib = next(c.ask("getserverinfo", ask).iter(NS + "sib"))
        expect(sib.get("infoType") == echoed and wanted <= set(sib.keys()), text_of(sib))
        expect(sib.get("roomManagementUrl") == "https://rooms.contoso.example/", text_of(sib))
    d.ctl("config", "set", "global", "--room-management-url", "")


@suite.test
def associations_are_asked_for_in_many_ways(d):
    c = d.session(AMY)
    for ask in ('<association type="manager"/>', '<association kind="MANAGERS"/>',
                '<qib qtype="Manage"/>'):
        expect(names(c.ask("getassociations", ask)) == ["Rates desk"], ask)
    for ask in ("", '<association type="MEMBER" maxResults="0"/>', "<what/>"):
        expect(names(c.ask("getassociations", ask)) == ["Rates desk", "Secret", "Stage"], ask)
    for word in ("maxResults", "max", "limit", "cnt"):
        p = c.ask("getassociations", f'<association type="MEMBER" {word}="1"/>')
        expect(names(p) == ["Rates desk"], f"{word}: {names(p)}")


@suite.test
def a_disabled_room_is_among_those_one_manages_not_among_ones_own(d):
    d.ctl("room", "create", "A closed shop", "--category", "Finance", "--members", AMY,
          "--managers", AMY)
    c = d.session(AMY)
    for kind in ("MEMBER", "MANAGER"):
        expect("A closed shop" in names(c.ask("getassociations", f'<association type="{kind}"/>')),
               kind)
    d.ctl("room", "set", "A closed shop", "--disabled", "--yes")
    c.infos.clear()
    c.cmd("getassociations", '<association type="MEMBER"/>')
    while (p := c.next()).get("id") != "rpl:getassociations":
        pass  # that it was disabled
    expect("A closed shop" not in names(p), f"{names(p)}")
    p = c.ask("getassociations", '<association type="MANAGER"/>')
    expect(names(p) == ["A closed shop", "Rates desk"], f"{names(p)}")
    expect(next(p.iter(NS + "chanib")).get("disabled") == "true", text_of(p))
    d.ctl("room", "delete", "A closed shop", "--yes")


# ---- joining and leaving ----

@suite.test
def of_a_batch_512_rooms_are_looked_at(d):
    lobby, desk = (d.room(n).rsplit("/", 1)[1] for n in ("Lobby", "Rates desk"))

    def batch(n):
        """@n rooms that are not there, then two that are."""
        unknown = [f"{i:08x}-0000-4000-8000-000000000000" for i in range(n)]
        ids = "".join(f'<chanid key="{i}" domain="{DOMAIN}" value="{g}"/>'
                      for i, g in enumerate([*unknown, lobby, desk]))
        p = c.ask("bjoin", ids)
        fibs = [f.get("value") for f in p.iter(NS + "fib")]
        return names(p), fibs[n:], fibs[:n] == unknown
    c = d.session(AMY)
    expect(batch(510) == (["Lobby", "Rates desk"], [], True), "512")
    c.part(d.room("Rates desk"))
    expect(batch(511) == (["Lobby"], [desk], True), "513")


@suite.test
def several_rooms_are_left_at_once(d):
    lobby, desk, whispers = d.room("Lobby"), d.room("Rates desk"), d.room("Whispers")
    amy, bob = d.session(AMY), d.session(BOB)
    for c in (amy, bob):
        c.join(lobby, desk)
    amy.expect("ntc:bjoin")
    p = bob.ask("part", "".join(f'<chanib uri="{r}"/>' for r in (desk, whispers, lobby)))
    expect(uris(p, "data/chanib") == [desk, whispers, lobby], text_of(p))
    left = []
    while len(left) < 2:
        p = amy.expect("ntc:part")
        expect(set(uris(p, "data/chanib/uib")) == {BOB}, text_of(p))
        left += uris(p, "data/chanib")
    expect(sorted(left) == sorted([lobby, desk]), f"{left}")
    for room in (lobby, desk):
        bob.post(room, "gone")
        bob.expect("rpl:grpchat", 407)
    amy.barrier()


@suite.test
def rooms_are_not_remembered_for_the_next_session(d):
    lobby = d.room("Lobby")
    amy, bob = together(d, lobby, AMY, BOB)
    bob.close()
    amy.expect("ntc:part")
    again = d.session(BOB)
    amy.say(lobby, "anybody here?")
    again.barrier()
    again.post(lobby, "me")
    again.expect("rpl:grpchat", 407)
    expect(uris(again.join(lobby), "data/uib") == [AMY, BOB], "not both")
    expect(uris(amy.expect("ntc:join"), "data/uib") == [BOB], "not told")


@suite.test
def one_made_a_member_may_join_at_once(d):
    desk = d.room("Rates desk")
    erin = d.session(ERIN)
    erin.join(desk, code=403)
    d.ctl("room", "set", "Rates desk", "--add-member", ERIN)
    erin.join(desk)
    d.ctl("room", "set", "Rates desk", "--remove-member", ERIN)


@suite.test
def notices_of_joins_and_parts_are_not_for_whom_they_are_about(d):
    lobby = d.room("Lobby")
    amy, other = d.session(AMY), d.session(AMY, epid="ffffffffffff")
    other.join(lobby)
    for _ in range(3):
        amy.join(lobby)
        amy.part(lobby)
    amy.barrier()
    other.barrier()


# ---- posts ----

@suite.test
def a_post_is_checked_in_a_fixed_order(d):
    """Of several things wrong with a post the first is told: seen, enabled, joined, voice, length."""
    d.ctl("room", "create", "Dark", "--category", "Finance", "--privacy", "secret",
          "--members", AMY, "--disabled")
    amy, bob, erin = d.session(AMY), d.session(BOB), d.session(ERIN)
    stage, lobby = d.room("Stage"), d.room("Lobby")
    long = "x" * 8001
    erin.post(d.room("Dark"), long)
    erin.expect("rpl:grpchat", 404)      # unseen, disabled, not joined, too long
    amy.post(d.room("Dark"), long)
    amy.expect("rpl:grpchat", 410)       # disabled, not joined, too long
    bob.post(stage, long)
    bob.expect("rpl:grpchat", 407)       # not joined, no presenter, too long
    bob.join(stage)
    bob.post(stage, long)
    bob.expect("rpl:grpchat", 403)       # no presenter, too long
    amy.join(lobby)
    amy.post(lobby, " " * 8001)
    amy.expect("rpl:grpchat", 413)       # too long, blank
    amy.post(lobby, " " * 8000)
    amy.expect("rpl:grpchat", 400)       # blank
    amy.barrier()
    d.ctl("room", "delete", "Dark", "--yes")


@suite.test
def a_join_elsewhere_is_no_join_here(d):
    """Joined is the session, not the user."""
    lobby = d.room("Lobby")
    here, there = d.session(BOB), d.session(BOB, epid="ffffffffffff")
    there.join(lobby)
    here.post(lobby, "hello")
    here.expect("rpl:grpchat", 407)
    there.barrier()


@suite.test
def rtf_may_be_eight_times_as_long_as_its_text(d):
    d.ctl("config", "set", "global", "--message-size-limit", "1000")
    try:
        lobby = d.room("Lobby")
        amy, bob = together(d, lobby, AMY, BOB)
        amy.post(lobby, "short", extra="<rtf>" + "r" * 8000 + "</rtf>")
        amy.expect("rpl:grpchat")
        for c in (amy, bob):
            expect(len(c.expect("grpchat").find(NS + "rtf").text) == 8000, "rtf")
        amy.post(lobby, "short", extra="<rtf>" + "r" * 8001 + "</rtf>")
        amy.expect("rpl:grpchat", 413)
        bob.barrier()
    finally:
        d.ctl("config", "set", "global", "--message-size-limit", "8000")


@suite.test
def a_message_with_a_child_of_a_story_is_one(d):
    lobby = d.room("Lobby")
    amy, bob = together(d, lobby, AMY, BOB)
    for child in ("<story/>", "<title>News</title>", "<sub>s</sub>"):
        amy.post(lobby, "y" * 8001, extra=child)
        amy.expect("rpl:grpchat")
        for c in (amy, bob):
            p = c.expect("grpchat")
            expect(len(p) == 2 and len(p.find(NS + "chat").text) == 8001, text_of(p)[:200])
    amy.post(lobby, "y" * 8001, extra="<other/>")
    amy.expect("rpl:grpchat", 413)


@suite.test
def a_time_and_an_author_need_not_be_given(d):
    lobby = d.room("Lobby")
    amy, bob = together(d, lobby, AMY, BOB)
    amy.tell(amy.envelope(f'<grpchat chanUri="{lobby}"><chat>bare</chat></grpchat>'))
    amy.expect("rpl:grpchat")
    amy.expect("grpchat")
    p = bob.hears(lobby, AMY, "bare")
    expect(p.get("ts") and p.get("seqid") == "1", text_of(p))


@suite.test
def a_room_is_spelled_in_one_way_everywhere(d):
    """Clients compare room URIs with case: whatever was asked for, the stored spelling is told."""
    lobby = d.room("Lobby")
    odd = lobby.upper().replace("MA-CHAN", "ma-chan")
    amy, bob = d.session(AMY), d.session(BOB)
    expect(uris(amy.ask("join", f'<chanib uri="{odd}"/>'), "data/chanib") == [lobby], "join")
    bob.ask("join", f'<chanid value="{odd.rsplit("/", 1)[1]}" domain="{DOMAIN.upper()}"/>')
    aib = next(amy.expect("ntc:join").iter(NS + "aib"))
    expect(f"ma-chan://{aib.get('domain')}/{aib.get('value')}" == lobby, text_of(aib))
    amy.post(odd, "hello")
    amy.expect("rpl:grpchat")
    amy.expect("grpchat", chanUri=lobby)
    bob.hears(lobby, AMY, "hello")
    p = bob.ask("bccontext", f'<chanib uri="{odd}"/><bcq><last cnt="1"/></bcq>')
    expect(uris(p, "data/chanib") == [lobby] and
           next(p.iter(NS + "msg")).get("chanUri") == lobby, text_of(p))
    expect(uris(bob.part(odd), "data/chanib") == [lobby], "part")
    expect(uris(amy.expect("ntc:part"), "data/chanib") == [lobby], "ntc:part")


# ---- what can be switched ----

@suite.test
def masks_may_be_of_the_documented_bits_alone(d):
    def masks(p):
        people = {u.get("id"): u.get("uri") for u in p.iter(NS + "uib")}
        return {people[i]: a.get("key") for a in p.iter(NS + "aib")
                for i in a.get("value").split(",")}
    desk, stage = d.room("Rates desk"), d.room("Stage")
    amy, bob = together(d, desk, AMY, BOB)
    d.ctl("config", "set", "global", "--permission-masks", "documented")
    try:
        expect(masks(amy.join(desk)) == {AMY: "11652", BOB: "3456"}, "manager and member")
        expect(masks(amy.join(stage)) == {AMY: "7552"}, "presenter")
        bob.join(stage)
        expect(next(amy.expect("ntc:join").iter(NS + "aib")).get("key") == "3456", "told")
        bob.barrier()  # and of the change itself nothing
    finally:
        d.ctl("config", "set", "global", "--permission-masks", "legacy")
    expect(masks(amy.join(desk)) == {AMY: "12276", BOB: "3984"}, "as before")


@suite.test
def posts_that_succeed_may_go_unanswered_refusals_do_not(d):
    lobby = d.room("Lobby")
    amy, bob = together(d, lobby, AMY, BOB)
    d.ctl("config", "set", "global", "--no-post-acknowledgements")
    try:
        amy.post(lobby, "hello")
        amy.hears(lobby, AMY, "hello")
        bob.hears(lobby, AMY, "hello")
        amy.barrier()
        amy.post(lobby, "")
        amy.expect("rpl:grpchat", 400)
    finally:
        d.ctl("config", "set", "global", "--post-acknowledgements")
    amy.say(lobby, "again")


@suite.test
def an_author_may_go_without_his_echo(d):
    lobby = d.room("Lobby")
    amy, bob = together(d, lobby, AMY, BOB)
    other = d.session(AMY, epid="ffffffffffff")
    other.join(lobby)
    d.ctl("config", "set", "global", "--no-post-echoes")
    try:
        amy.post(lobby, "hello")
        amy.expect("rpl:grpchat")
        amy.barrier()
        bob.hears(lobby, AMY, "hello")
        other.hears(lobby, AMY, "hello")
        other.barrier()
    finally:
        d.ctl("config", "set", "global", "--post-echoes")
    amy.say(lobby, "again")


# ---- limits ----

@suite.test
def the_default_history_is_1_to_500_messages(d):
    for bad in ("0", "501"):
        d.ctl("config", "set", "global", "--default-chat-history", bad, status=3)
    for good in ("1", "500", "30"):
        d.ctl("config", "set", "global", "--default-chat-history", good)


if __name__ == "__main__":
    raise SystemExit(suite.run(lambda: Daemon("none")))
