#!/usr/bin/env python3
"""Rooms: find, join, read, talk, leave (xccos.md sections 9, 10, 12)."""
import re

from sipscript import (AMY, BOB, CAROL, DOMAIN, ERIN, NS, POOL, Daemon, Suite, expect, text_of,
                       uris)

suite = Suite()
INFO = "urn:parlano:ma:info:"
PROP = "urn:parlano:ma:prop:"


def value(chanib, id):
    for e in chanib:
        if e.get("id") == id:
            return e.text
    return None


def masks(p, room):
    """{user URI: mask} of a room in a join reply."""
    people = {u.get("id"): u.get("uri") for u in p.iter(NS + "uib")}
    for c in p.iter(NS + "chanib"):
        if c.get("uri") == room:
            return {people[i]: a.get("key") for a in c.iter(NS + "aib")
                    for i in a.get("value").split(",")}
    return None


# ---- questions ----

@suite.test
def getserverinfo_tells_the_limits(d):
    p = d.session(AMY).ask("getserverinfo", f'<sib domain="{DOMAIN}" infoType="123"/>')
    sib = p.find(f"{NS}data/{NS}sib")
    expect(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z", sib.get("serverTime")),
           sib.get("serverTime"))
    for name, want in (("infoType", "123"), ("searchLimit", "999"), ("messageSizeLimit", "8000"),
                       ("storySizeLimit", "65536"), ("displayName", "Contoso chat")):
        expect(sib.get(name) == want, f"{name} is {sib.get(name)}")
    expect(sib.get("rootUri").startswith(f"ma-cat://{DOMAIN}/"), sib.get("rootUri"))
    expect(len(sib.get("dbVersion")) == 36, sib.get("dbVersion"))


@suite.test
def getassociations_tells_my_rooms_and_those_i_manage(d):
    c = d.session(AMY)
    p = c.ask("getassociations", f'<association domain="{DOMAIN}" type="MEMBER" maxResults="100"/>')
    names = [e.get("name") for e in p.iter(NS + "chanib")]
    expect(names == ["Rates desk", "Secret", "Stage"], f"{names}")
    p = c.ask("getassociations", '<association type="MANAGER" maxResults="100"/>')
    expect([e.get("name") for e in p.iter(NS + "chanib")] == ["Rates desk"], text_of(p))
    p = c.ask("getassociations", '<association type="MEMBER" maxResults="2"/>')
    expect(len(list(p.iter(NS + "chanib"))) == 2, text_of(p))
    p = d.session(ERIN).ask("getassociations", '<association type="MEMBER"/>')
    expect(not list(p.iter(NS + "chanib")), text_of(p))


def found(c, criteria, extended="false", more=""):
    p = c.ask("chansrch", f'<qib qtype="BYNAME" criteria="{criteria}" extended="{extended}"{more}/>')
    return [e.get("name") for e in p.iter(NS + "chanib")]


@suite.test
def a_search_shows_what_the_user_may_see_by_name(d):
    amy, erin = d.session(AMY), d.session(ERIN)
    expect(found(amy, "") == ["Lobby", "Rates desk", "Secret", "Stage", "Whispers"],
           f"{found(amy, '')}")
    expect(found(erin, "") == ["Lobby", "Rates desk", "Stage"], f"{found(erin, '')}")
    expect(found(amy, "RATES") == ["Rates desk"], "case matters")
    expect(found(amy, "desk rates") == ["Rates desk"], "order of words matters")
    expect(found(amy, "about") == [], "description searched unasked")
    expect(found(amy, "about", "true") == ["Rates desk"], "description not searched")
    expect(found(amy, "shut") == [], "a disabled room is found")
    expect(found(amy, "", more=' maxResults="2"') == ["Lobby", "Rates desk"], "no limit")


@suite.test
def a_found_room_is_described(d):
    p = d.session(AMY).ask("chansrch", '<qib qtype="BYNAME" criteria="rates"/>')
    c = next(p.iter(NS + "chanib"))
    expect(c.get("uri") == d.room("Rates desk") and c.get("description") == "All about rates",
           text_of(c))
    expect(c.get("behavior") == "NORMAL" and c.get("disabled") == "false", text_of(c))
    for id, want in ((INFO + "ucnt", "0"), (INFO + "visibilty", "scope"),
                     (INFO + "visibility", "scope"), (PROP + "filepost", "false"),
                     (PROP + "invite", "false"), (PROP + "logged", "true")):
        expect(value(c, id) == want, f"{id} is {value(c, id)}")


@suite.test
def getinv_has_nothing_new(d):
    p = d.session(AMY).ask("getinv", f'<inv inviteId="1" domain="{DOMAIN}"/>')
    inv = p.find(f"{NS}data/{NS}inv")
    expect(inv is not None and inv.get("inviteId") == "1", text_of(p))


# ---- joining ----

@suite.test
def a_join_lists_everybody_with_his_mask_the_joiner_too(d):
    desk = d.room("Rates desk")
    bob, amy = d.session(BOB), d.session(AMY)
    bob.join(desk)
    p = amy.join(desk)
    expect(masks(p, desk) == {AMY: "12276", BOB: "3984"}, f"{masks(p, desk)}")
    c = next(p.iter(NS + "chanib"))
    expect(value(c, INFO + "ucnt") == "2", text_of(c))
    p = bob.expect("ntc:join")
    expect(uris(p, "data/uib") == [AMY], text_of(p))
    aib = next(p.iter(NS + "aib"))
    expect((aib.get("key"), aib.get("domain"), aib.get("value")) ==
           ("12276", DOMAIN, desk.rsplit("/", 1)[1]), text_of(p))
    amy.barrier()  # nobody is told of himself


@suite.test
def a_room_is_named_by_uri_or_value_in_any_case(d):
    lobby = d.room("Lobby")
    guid = lobby.rsplit("/", 1)[1]
    c = d.session(AMY)
    for data in (f'<chanib uri="{lobby}"/>', f'<chanid value="{guid}"/>',
                 f'<chanid key="0" domain="X.example" value="{guid.upper()}"/>',
                 f'<chanib uri="{lobby.upper().replace("MA-CHAN", "ma-chan")}"/>'):
        p = c.ask("join", data)
        expect(uris(p, "data/chanib") == [lobby], f"{data}: {text_of(p)}")


@suite.test
def a_second_join_is_answered_but_not_told(d):
    lobby = d.room("Lobby")
    amy, bob = d.session(AMY), d.session(BOB)
    amy.join(lobby)
    bob.join(lobby)
    amy.expect("ntc:join")
    p = bob.join(lobby)
    expect(set(masks(p, lobby)) == {AMY, BOB}, f"{masks(p, lobby)}")
    amy.barrier()


@suite.test
def joins_that_may_not_be_are_refused_with_a_reason(d):
    erin, amy, bob = d.session(ERIN), d.session(AMY), d.session(BOB)
    p = erin.join(d.room("Rates desk"), code=403)
    expect(p.find(NS + "resp").text.startswith("ERROR_PERMISSION: "), text_of(p))
    bob.join(d.room("Secret"), code=404)
    amy.join(d.room("Shut"), code=410)
    erin.join(d.room("Whispers"), code=404)
    amy.join(f"ma-chan://{DOMAIN}/99999999-9999-4999-8999-999999999999", code=404)
    amy.join(f"ma-chan://{DOMAIN}/300", code=404)


@suite.test
def a_batch_joins_what_it_can_and_names_the_rest(d):
    lobby, desk, secret = d.room("Lobby"), d.room("Rates desk"), d.room("Secret")
    amy, bob = d.session(AMY), d.session(BOB)
    amy.join(lobby)
    amy.join(desk)
    p = bob.join(lobby, desk, secret, desk)
    expect(uris(p, "data/chanib") == [lobby, desk], text_of(p))
    people = uris(p, "data/uib")
    expect(sorted(people) == [AMY, BOB], f"{people}")
    fibs = [(f.get("key"), f.get("value"), f.get("domain")) for f in p.iter(NS + "fib")]
    expect(fibs == [("OPERATION_FAILED", secret.rsplit("/", 1)[1], DOMAIN)], f"{fibs}")
    order = [e.tag for e in p.find(NS + "data")]
    expect(order == sorted(order, key=[NS + t for t in ("uib", "chanib", "fib")].index), f"{order}")
    p = amy.expect("ntc:bjoin")
    expect(uris(p, "data/uib") == [BOB] and len(list(p.iter(NS + "aib"))) == 2, text_of(p))
    amy.barrier()


@suite.test
def a_batch_of_which_nothing_succeeds_is_still_200(d):
    p = d.session(BOB).ask("bjoin", f'<chanid key="0" domain="{DOMAIN}" value="300"/>')
    expect(not uris(p, "data/chanib") and len(list(p.iter(NS + "fib"))) == 1, text_of(p))


@suite.test
def others_see_a_user_once_however_many_endpoints(d):
    lobby = d.room("Lobby")
    amy = d.session(AMY)
    desk, phone = d.session(BOB, epid="000000000001"), d.session(BOB, epid="000000000002")
    amy.join(lobby)
    desk.join(lobby)
    amy.expect("ntc:join")
    p = phone.join(lobby)
    expect(sorted(masks(p, lobby)) == [AMY, BOB], f"{masks(p, lobby)}")
    amy.barrier()
    desk.barrier()
    desk.part(lobby)
    amy.barrier()
    phone.part(lobby)
    amy.expect("ntc:part")


@suite.test
def above_the_limit_a_room_is_quiet(d):
    lobby = d.room("Lobby")
    d.ctl("config", "set", "global", "--participant-update-limit", "2")
    try:
        amy, bob, carol = d.session(AMY), d.session(BOB), d.session(CAROL)
        amy.join(lobby)
        bob.join(lobby)
        amy.expect("ntc:join")
        p = carol.join(lobby)
        expect(not list(p.iter(NS + "aib")) and not uris(p, "data/uib"), text_of(p))
        expect(value(next(p.iter(NS + "chanib")), INFO + "ucnt") == "3", text_of(p))
        amy.barrier()
        carol.part(lobby)
        amy.barrier()
        amy.say(lobby, "quiet, not silent")
        bob.hears(lobby, AMY, "quiet, not silent")
        bob.part(lobby)  # 1 is below four fifths of 2
        carol.join(lobby)
        amy.expect("ntc:join")
    finally:
        d.ctl("config", "set", "global", "--participant-update-limit", "75")


# ---- talking ----

@suite.test
def a_post_is_acknowledged_echoed_and_sent_to_all(d):
    desk = d.room("Rates desk")
    amy, bob = d.session(AMY), d.session(BOB)
    amy.join(desk)
    bob.join(desk)
    amy.expect("ntc:join")
    echo = amy.say(desk, "a < b & c > \"d\" 'e' grüße 日本")
    p = bob.hears(desk, AMY, "a < b & c > \"d\" 'e' grüße 日本")
    expect(p.attrib == echo.attrib, "the deliveries differ")
    expect(p.get("authdisp") == "Amy Jones" and p.get("alert") == "false", text_of(p))
    expect(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z", p.get("ts")), p.get("ts"))
    again = amy.say(desk, "again")
    expect(int(again.get("chatId")) == int(echo.get("chatId")) + 1, "chatId has a gap")
    bob.hears(desk, AMY, "again")


@suite.test
def the_author_is_whom_the_session_belongs_to(d):
    lobby = d.room("Lobby")
    bob = d.session(BOB)
    bob.join(lobby)
    bob.tell(bob.envelope(f'<grpchat id="grpchat" seqid="1" chanUri="{lobby}" author="{AMY}" '
                          'authdisp="Amy" ts="1999-01-01T00:00:00Z"><chat>x</chat></grpchat>'))
    bob.expect("rpl:grpchat")
    p = bob.expect("grpchat", author=BOB, authdisp="Bob & Co")
    expect(not p.get("ts").startswith("1999"), p.get("ts"))


@suite.test
def all_joined_sessions_of_the_author_hear_him_others_do_not(d):
    lobby = d.room("Lobby")
    desk, phone = d.session(BOB, epid="000000000001"), d.session(BOB, epid="000000000002")
    outside = d.session(BOB, epid="000000000003")
    for c in (desk, phone):
        c.join(lobby)
    desk.say(lobby, "hello")
    phone.hears(lobby, BOB, "hello")
    outside.barrier()


@suite.test
def what_is_not_understood_is_kept_and_relayed(d):
    lobby = d.room("Lobby")
    amy = d.session(AMY)
    amy.join(lobby)
    amy.post(lobby, "hi", extra="<rtf>{\\rtf1}</rtf><colour hue='1'>red &amp; blue</colour>",
             attributes=' alert="true" mood="good"')
    amy.expect("rpl:grpchat")
    p = amy.expect("grpchat", alert="true", mood="good")
    expect(p.find(NS + "rtf").text == "{\\rtf1}", text_of(p))
    expect(p.find(NS + "colour").text == "red & blue", text_of(p))
    p = amy.ask("bccontext", f'<chanib uri="{lobby}"/><bcq><last cnt="1"/></bcq>')
    m = next(p.iter(NS + "msg"))
    expect(m.get("alert") == "true" and m.get("mood") == "good", text_of(m))
    expect(m.find(NS + "colour").get("hue") == "1", text_of(m))


@suite.test
def posts_that_may_not_be_are_refused_and_sent_to_nobody(d):
    stage, desk = d.room("Stage"), d.room("Rates desk")
    amy, bob, erin = d.session(AMY), d.session(BOB), d.session(ERIN)
    amy.join(stage)
    bob.join(stage)
    amy.expect("ntc:join")
    for c, room, text, code in ((bob, stage, "may I?", 403), (bob, desk, "not joined", 407),
                                (erin, d.room("Secret"), "unseen", 404),
                                (amy, d.room("Shut"), "disabled", 410),
                                (amy, f"ma-chan://{DOMAIN}/300", "no room", 404),
                                (amy, stage, " \t\r\n ", 400), (amy, stage, "", 400),
                                (amy, stage, "x" * 8001, 413)):
        c.post(room, text)
        p = c.expect("rpl:grpchat", code)
        expect(p.find(NS + "resp").text.startswith("ERROR_"), text_of(p))
    for c in (amy, bob, erin):
        c.barrier()
    amy.say(stage, "x" * 8000)
    bob.hears(stage, AMY, "x" * 8000)


@suite.test
def a_story_may_be_longer(d):
    lobby = d.room("Lobby")
    c = d.session(AMY)
    c.join(lobby)
    c.say(lobby, "[STORY]" + "y" * 20000)


@suite.test
def the_longest_story_passes_one_octet_more_is_413(d):
    lobby = d.room("Lobby")
    c, bob = d.session(AMY), d.session(BOB)
    bob.join(lobby)
    c.join(lobby)
    bob.expect("ntc:join")
    for text in ("[STORY]" + "y" * 65529, "[story]" + '"' * 65529, "[STORY]" + "\u00e9" * 32764):
        # Every character quoted: six octets on the wire for one.
        quoted = text.replace('"', "&quot;")
        c.tell(c.envelope(f'<grpchat id="grpchat" seqid="1" chanUri="{lobby}" author="{AMY}">'
                          f"<chat>{quoted}</chat></grpchat>"))
        c.expect("rpl:grpchat")
        for who in (c, bob):
            expect(who.expect("grpchat").find(NS + "chat").text == text, f"not the same {text[:20]}")
        expect(bob.history(lobby, 1) == [text], f"history of {text[:20]}")
    c.post(lobby, "[STORY]" + "y" * 65530)
    c.expect("rpl:grpchat", 413)
    c.post(lobby, "y" * 8001)
    c.expect("rpl:grpchat", 413)
    bob.barrier()


@suite.test
def what_would_not_fit_into_an_answer_is_413(d):
    lobby = d.room("Lobby")
    c, bob = d.session(AMY), d.session(BOB)
    bob.join(lobby)
    c.join(lobby)
    bob.expect("ntc:join")

    def post(padding, code):
        """Half a megabyte that declares a namespace for each of 900 children anew."""
        ns = "urn:" + "n" * 450
        body = (f'<xccos ver="1" envid="{c.envid + 1}" xmlns="urn:parlano:xml:ns:xccos"'
                f' xmlns:p="{ns}"><grpchat id="grpchat" seqid="1" chanUri="{lobby}"'
                f' author="{AMY}"><chat>[STORY]' + '"' * 65000 + "</chat>"
                f"<p:big>{'x' * padding}</p:big>" + "<p:a/>" * 900 + "</grpchat></xccos>")
        c.envid += 1
        c.tell(body)
        return c.expect("rpl:grpchat", code)

    p = post(400000, 413)
    expect("too long" in p.find(NS + "resp").text, text_of(p))
    post(100000, 200)
    for who in (c, bob):
        expect(len(who.expect("grpchat")) == 902, "children are missing")
    expect(len(bob.history(lobby, 1)) == 1, "it is not in the history")


@suite.test
def several_primitives_of_one_envelope_are_carried_out_in_order(d):
    lobby = d.room("Lobby")
    c = d.session(AMY)
    c.join(lobby)
    c.tell(c.envelope(
        '<cmd id="cmd:requri" seqid="1"><data/></cmd>',
        f'<cmd id="cmd:join" seqid="2"><data><chanib uri="{lobby}"/></data></cmd>',
        f'<grpchat id="grpchat" seqid="3" chanUri="{lobby}" author="x"><chat>one</chat></grpchat>',
        f'<grpchat id="grpchat" seqid="4" chanUri="{lobby}" author="x"><chat>two</chat></grpchat>',
        f'<cmd id="cmd:bccontext" seqid="5"><data><chanib uri="{lobby}"/><bcq><last cnt="2"/></bcq>'
        '</data></cmd>',
        f'<cmd id="cmd:part" seqid="6"><data><chanib uri="{lobby}"/></data></cmd>'))
    seen = []
    while len(seen) < 6:
        p = c.next()
        # No echo: once cmd:part is there nothing of the room is sent, the window is closed.
        expect(p.get("id") != "grpchat", text_of(p))
        seen.append((p.get("id"), p.find(NS + "commandid").get("seqid")))
    expect(seen == [("rpl:requri", "1"), ("rpl:join", "2"), ("rpl:grpchat", "3"),
                    ("rpl:grpchat", "4"), ("rpl:bccontext", "5"), ("rpl:part", "6")], f"{seen}")
    c.barrier()


@suite.test
def replies_leave_in_the_order_of_the_commands(d):
    lobby, stage = d.room("Lobby"), d.room("Stage")
    c = d.session(BOB)
    c.join(lobby)
    c.join(stage)
    want = []
    for n in range(20):
        c.post(lobby, f"m{n}")
        want.append((str(c.envid), "200"))
        c.post(stage, "not mine to say")
        want.append((str(c.envid), "403"))
        if n % 5 == 0:
            c.cmd("bccontext", f'<chanib uri="{lobby}"/><bcq><last cnt="1"/></bcq>')
            want.append((str(c.envid), "200"))
        if n % 3 == 0:
            c.cmd("requri")
            want.append((str(c.envid), "200"))
    got, texts = [], []
    while len(got) < len(want):
        p = c.next()
        if p.get("id") == "grpchat":
            texts.append(p.find(NS + "chat").text)
        else:
            got.append((p.find(NS + "commandid").get("envid"), p.find(NS + "resp").get("code")))
    expect(got == want, f"{got}\ninstead of {want}")
    while len(texts) < 20:
        texts.append(c.expect("grpchat").find(NS + "chat").text)
    expect(texts == [f"m{n}" for n in range(20)], f"{texts}")


@suite.test
def all_see_one_order(d):
    lobby = d.room("Lobby")
    people = [d.session(u) for u in (AMY, BOB, CAROL)]
    for c in people:
        c.join(lobby)
    people[0].expect("ntc:join")
    people[0].expect("ntc:join")
    people[1].expect("ntc:join")
    for n in range(15):
        for c in people:
            c.post(lobby, f"{c.user} {n}")
    heard = []
    for c in people:
        mine = []
        while len(mine) < 45:
            p = c.next()
            if p.get("id") == "grpchat":
                mine.append((int(p.get("chatId")), p.find(NS + "chat").text))
        heard.append(mine)
    expect(heard[0] == heard[1] == heard[2], "the orders differ")
    ids = [i for i, _ in heard[0]]
    expect(ids == list(range(ids[0], ids[0] + 45)), f"gap or repeat in {ids}")


# ---- history ----

@suite.test
def history_is_oldest_first_and_says_whether_there_is_more(d):
    stage = d.room("Stage")
    amy, bob = d.session(AMY), d.session(BOB)
    amy.join(stage)
    for n in range(5):
        amy.say(stage, f"line {n}")
    p = bob.ask("bccontext", f'<chanib uri="{stage}"/><bcq><last cnt="3"/></bcq>')
    msgs = list(p.iter(NS + "msg"))
    expect([m.find(NS + "chat").text for m in msgs] == ["line 2", "line 3", "line 4"], text_of(p))
    expect([m.get("seqid") for m in msgs] == ["1", "2", "3"], text_of(p))
    expect(all(m.get("chanUri") == stage and m.get("author") == AMY and m.get("id") == "grpchat"
               for m in msgs), text_of(p))
    chanib = next(p.iter(NS + "chanib"))
    expect(chanib.get("more") == "true", text_of(chanib))
    expect(len(bob.history(stage, 500)) >= 5, "not all")


@suite.test
def history_needs_the_right_to_read(d):
    for user, room, code in ((ERIN, "Rates desk", 403), (BOB, "Secret", 404), (AMY, "Shut", 410)):
        d.session(user).ask("bccontext", f'<chanib uri="{d.room(room)}"/><bcq><last cnt="9"/></bcq>',
                            code)


@suite.test
def a_room_without_history_keeps_nothing_but_counts(d):
    whispers = d.room("Whispers")
    amy = d.session(AMY)
    p = amy.join(whispers)
    expect(value(next(p.iter(NS + "chanib")), PROP + "logged") == "false", text_of(p))
    first = amy.say(whispers, "psst")
    second = amy.say(whispers, "pssst")
    expect(int(second.get("chatId")) == int(first.get("chatId")) + 1, "chatId")
    expect(amy.history(whispers) == [], "something was kept")


@suite.test
def a_large_history_fits_one_answer_newest_first(d):
    lobby = d.room("Lobby")
    c = d.session(AMY)
    c.join(lobby)
    for n in range(20):
        c.say(lobby, f"[STORY]{n} " + "z" * 60000)
    p = c.ask("bccontext", f'<chanib uri="{lobby}"/><bcq><last cnt="20"/></bcq>')
    texts = [m.find(NS + "chat").text for m in p.iter(NS + "msg")]
    expect(10 < len(texts) < 20, f"{len(texts)} messages")
    expect(texts[-1].startswith("[STORY]19 "), texts[-1][:20])
    expect(next(p.iter(NS + "chanib")).get("more") == "true", "more is not said")


# ---- leaving ----

@suite.test
def leaving_is_always_200_and_names_the_room(d):
    lobby = d.room("Lobby")
    amy, bob = d.session(AMY), d.session(BOB)
    amy.join(lobby)
    bob.join(lobby)
    amy.expect("ntc:join")
    for room in (lobby, lobby, d.room("Rates desk"), f"ma-chan://{DOMAIN}/300"):
        p = bob.part(room)
        expect(uris(p, "data/chanib") == [room], text_of(p))
    p = amy.expect("ntc:part")
    expect(uris(p, "data/chanib") == [lobby] and uris(p, "data/chanib/uib") == [BOB], text_of(p))
    amy.barrier()
    amy.say(lobby, "alone")
    bob.barrier()


@suite.test
def nothing_of_a_room_reaches_a_leaver_before_the_reply(d):
    lobby = d.room("Lobby")
    amy, bob = d.session(AMY), d.session(BOB)
    amy.join(lobby)
    bob.join(lobby)
    amy.expect("ntc:join")
    # Bob's own post is still with the store when his cmd:part arrives; amy talks meanwhile.
    for n in range(30):
        amy.send_within("INFO", amy.envelope(
            f'<grpchat id="grpchat" seqid="1" chanUri="{lobby}" author="x"><chat>{n}</chat>'
            '</grpchat>'), "text/plain")
    bob.send_within("INFO", bob.envelope(
        f'<grpchat id="grpchat" seqid="1" chanUri="{lobby}" author="x"><chat>bye</chat></grpchat>'),
        "text/plain")
    bob.send_within("INFO", bob.envelope(
        f'<cmd id="cmd:part" seqid="1"><data><chanib uri="{lobby}"/></data></cmd>'), "text/plain")
    parting = bob.cseq
    told, late = False, []
    while True:
        m = bob.receive()
        if m.status:
            expect(m.status == 200, f"{m}")
            told = told or m.get("cseq") == f"{parting} INFO"
        else:
            bob.handle(m)
            if told:  # the server has answered the INFO with cmd:part
                if b'id="rpl:part"' in m.body:
                    break
                if b"grpchat id=" in m.body or b"ntc:" in m.body:
                    late.append(m.body)
    expect(not late, f"{len(late)} too late: {late[:1]}")
    bob.infos.clear()
    bob.barrier()
    left = 61  # acknowledgements and echoes of amy, bob's part
    while left:
        m = amy.receive()
        if not m.status:
            amy.handle(m)
            left -= b"grpchat" in m.body and b">bye<" not in m.body or b"ntc:part" in m.body


@suite.test
def what_waits_to_be_sent_is_taken_back_from_a_leaver(d):
    lobby, desk = d.room("Lobby"), d.room("Rates desk")
    amy, bob = d.session(AMY), d.session(BOB)
    for room in (lobby, desk):
        amy.join(room)
        bob.join(room)
        amy.expect("ntc:join")
    bob.answers = None
    amy.say(lobby, "in flight")
    for n in range(5):
        amy.say(lobby, f"lobby {n}")
        amy.say(desk, f"desk {n}")
    bob.pump()
    bob.cmd("part", f'<chanib uri="{lobby}"/>')
    bob.answers = 200
    bob.reply(bob.infos[0], 200)
    bob.hears(lobby, AMY, "in flight")  # had left before the command came
    for n in range(5):
        bob.hears(desk, AMY, f"desk {n}")
    bob.expect("rpl:part")
    bob.barrier()


@suite.test
def unknown_commands_are_501_malformed_ones_400(d):
    c = d.session(AMY)
    c.ask("dance", code=501)
    for name, data in (("join", ""), ("join", "<chanid key='0'/>"), ("part", ""),
                       ("bccontext", ""), ("bccontext", "<bcq/>")):
        p = c.ask(name, data, code=400)
        expect(p.find(NS + "resp").text.startswith("ERROR_INVALID_ARGUMENT: "), text_of(p))
    c.barrier()


@suite.test
def the_id_of_a_command_is_echoed_as_it_was_written(d):
    c = d.session(AMY)
    c.tell('<xccos ver="1" envid="00018446744073709551"><CMD id="CMD:REQURI" seqid="007">'
           "<data/></CMD></xccos>".replace("CMD id", "cmd id").replace("/CMD", "/cmd"))
    p = c.next()
    expect(p.get("id") == "rpl:requri", text_of(p))
    commandid = p.find(NS + "commandid")
    expect((commandid.get("envid"), commandid.get("seqid")) == ("00018446744073709551", "007"),
           text_of(p))


if __name__ == "__main__":
    raise SystemExit(suite.run(lambda: Daemon("none")))
