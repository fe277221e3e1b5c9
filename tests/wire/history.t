#!/usr/bin/env python3
"""History and its search: bccontext, bcbydate, bcbymsg (xccos.md sections 9.10 to 9.12)."""
import re

from sipscript import AMY, BOB, DOMAIN, ERIN, NS, Daemon, Suite, expect, text_of

suite = Suite()
serial = iter(range(1, 1000))


def new_room(d, *texts, privacy="closed", by=AMY, members=(AMY, BOB), category="Finance"):
    """A room of its own, with messages: its URI."""
    name = f"History {next(serial)}"
    more = [] if privacy == "open" else ["--members", ",".join(members)]
    d.ctl("room", "create", name, "--category", category, "--privacy", privacy, *more)
    room = d.room(name)
    say(d, room, by, *texts)
    return room


def say(d, room, by, *texts):
    c = d.session(by)
    c.join(room)
    for t in texts:
        c.say(room, t)
    c.part(room)
    c.hang_up()


def raw(c, name, data):
    """The reply as it is on the wire, what differs each time replaced by words."""
    c.cmd(name, data)
    c.pump()
    body = c.infos.pop(0).body.decode()
    body = body.replace(f'envid="{c.envid}"', 'envid="ASKED"')
    body = re.sub(r'ver="1" envid="\d+"', 'ver="1" envid="NEW"', body)
    return re.sub(r'ts="\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z"', 'ts="T"', body)


def chanibs(p):
    return p.findall(f"{NS}data/{NS}chanib")


def ids(p):
    return [int(m.get("chatId")) for m in p.iter(NS + "msg")]


def query(c, room, bcq, command="bcbydate", code=200):
    rooms = room if isinstance(room, (list, tuple)) else [room]
    return c.ask(command, "".join(f'<chanib uri="{r}"/>' for r in rooms) + f"<bcq>{bcq}</bcq>",
                 code)


ENVELOPE = ('<xccos xmlns:xsd="http://www.w3.org/2001/XMLSchema" '
            'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ver="1" envid="NEW" '
            'xmlns="urn:parlano:xml:ns:xccos">')


def message(room, seqid, chat_id, text, author=AMY, name="Amy Jones"):
    return (f'<msg id="grpchat" seqid="{seqid}" chanUri="{room}" author="{author}"'
            f' authdisp="{name}" alert="false" chatId="{chat_id}" ts="T"><chat>{text}</chat></msg>')


def reply(name, data):
    return (f'{ENVELOPE}<rpl id="rpl:{name}" seqid="1"><commandid seqid="1" envid="ASKED"/>'
            f'<resp code="200">SUCCESS_OK</resp><data>{data}</data></rpl></xccos>')


# ---- bccontext ----

@suite.test
def bccontext_is_oldest_first_byte_for_byte(d):
    room = new_room(d, "one", "two", "<three>")
    c = d.session(AMY)
    got = raw(c, "bccontext", f'<chanib uri="{room}"/><bcq><last cnt="2"/></bcq>')
    want = reply("bccontext", f'<chanib uri="{room}" name="{room_name(d, room)}" more="true">'
                 + message(room, 1, 2, "two") + message(room, 2, 3, "&lt;three&gt;") + "</chanib>")
    expect(got == want, f"\n{got}\ninstead of\n{want}")
    got = raw(c, "bccontext", f'<chanib uri="{room}"/><bcq><last cnt="3"/></bcq>')
    expect('more=' not in got, got)


def room_name(d, room):
    return next(n for n, u in d.rooms.items() if u == room)


@suite.test
def bccontext_without_a_number_is_the_setting(d):
    room = new_room(d, *(f"m{n}" for n in range(33)))
    c = d.session(AMY)
    for bcq in ("", '<last cnt="0"/>', "<last/>"):
        p = query(c, room, bcq, "bccontext")
        expect(ids(p) == list(range(4, 34)), f"{bcq}: {ids(p)}")
    p = c.ask("bccontext", f'<chanib uri="{room}"/>')
    expect(len(ids(p)) == 30, text_of(p))
    p = query(c, room, '<last cnt="99999"/>', "bccontext")
    expect(ids(p) == list(range(1, 34)), "not all")


@suite.test
def bccontext_gives_500_at_most(d):
    room = new_room(d, privacy="open")
    c = d.session(AMY)
    c.join(room)
    c.answers = 200
    for n in range(502):
        c.post(room, f"m{n}")
        c.expect("rpl:grpchat")
        c.expect("grpchat")
    p = query(c, room, '<last cnt="501"/>', "bccontext")
    expect(ids(p) == list(range(3, 503)), f"{len(ids(p))}: {ids(p)[:3]}")
    expect(chanibs(p)[0].get("more") == "true", "more is not said")


@suite.test
def bccontext_takes_the_other_parameters_too(d):
    room = new_room(d, "apple pie", "cherry pie", "apple tart", "plum")
    c = d.session(AMY)
    p = query(c, room, '<last cnt="9"/><text>apple</text>', "bccontext")
    expect(ids(p) == [1, 3], text_of(p))
    p = query(c, room, '<last cnt="2"/><msgid id="4"/>', "bccontext")
    expect(ids(p) == [2, 3], text_of(p))
    p = query(c, room, '<last cnt="2"/><sortdb order="ASC"/><sort order="DESC"/>', "bccontext")
    expect(ids(p) == [2, 1], text_of(p))


@suite.test
def bccontext_of_members_who_have_not_joined(d):
    room = new_room(d, "hello")
    expect(d.session(BOB).history(room) == ["hello"], "a member cannot read")


@suite.test
def bccontext_refused_is_404_403_410(d):
    closed, secret = new_room(d, "x"), new_room(d, "x", privacy="secret")
    c = d.session(ERIN)
    query(c, closed, "", "bccontext", 403)
    query(c, secret, "", "bccontext", 404)
    query(c, f"ma-chan://{DOMAIN}/00000000-0000-4000-8000-000000000000", "", "bccontext", 404)
    query(c, d.room("Shut"), "", "bccontext", 410)


@suite.test
def bccontext_of_a_room_without_history_is_empty(d):
    room = new_room(d, "gone", privacy="open", category="Fleeting")
    got = raw(d.session(AMY), "bccontext", f'<chanib uri="{room}"/>')
    want = reply("bccontext", f'<chanib uri="{room}" name="{room_name(d, room)}"></chanib>')
    expect(got in (want, want.replace("></chanib>", "/>")), got)


# ---- bcbydate ----

FOX = ("The quick brown fox", "jumps over the lazy dog", "brown quick, not quick brown",
       "Fu\xdf\xe4ll\xea", "QUICK")


@suite.test
def bcbydate_byte_for_byte(d):
    room, other = new_room(d, *FOX), new_room(d, "quick")
    c = d.session(AMY)
    got = raw(c, "bcbydate", f'<chanib uri="{room}"/><chanib uri="{other}"/>'
              '<bcq><limit cnt="2"/><text mt="PP" mc="false">quick</text></bcq>')
    want = reply("bcbydate", f'<chanib uri="{room}" name="{room_name(d, room)}" cnt="3" more="true">'
                 + message(room, 1, 3, "brown quick, not quick brown") + message(room, 2, 5, "QUICK")
                 + f'</chanib><chanib uri="{other}" name="{room_name(d, other)}" cnt="1" more="false">'
                 + message(other, 1, 1, "quick") + "</chanib>")
    expect(got == want, f"\n{got}\ninstead of\n{want}")


@suite.test
def bcbydate_words_any_all_phrase(d):
    room = new_room(d, *FOX)
    c = d.session(AMY)
    for bcq, want in (("<text>quick dog</text>", [1, 2, 3, 5]),
                      ('<text mt="OR">quick dog</text>', [1, 2, 3, 5]),
                      ('<text mt="AND">quick brown</text>', [1, 3]),
                      ('<text mt="PP">quick brown</text>', [1, 3]),
                      ('<text mt="EXACT">brown quick</text>', [3]),
                      ("<search>lazy</search>", [2]),
                      ("<text>quick brown</text><matchall/>", [1, 3]),
                      ("<text>brown quick</text><matchexact/>", [3]),
                      ("<text>fusssalle</text>", []), ("<text>fu\xdfalle</text>", [4]),
                      ("<text>qui</text>", []), ("", [1, 2, 3, 4, 5])):
        p = query(c, room, bcq)
        expect(ids(p) == want, f"{bcq}: {ids(p)}")
        expect(chanibs(p)[0].get("cnt") == str(len(want)), f"{bcq}: {text_of(chanibs(p)[0])[:200]}")


@suite.test
def bcbydate_with_letter_case(d):
    room = new_room(d, *FOX)
    c = d.session(AMY)
    for bcq, want in (('<text mc="true">quick</text>', [1, 3]),
                      ('<text mc="true">QUICK</text>', [5]),
                      ('<text matchcase="True">Quick</text>', []),
                      ("<text>the</text><matchcase/>", [2]),
                      ('<text mc="true" mt="PP">quick brown</text>', [1, 3])):
        p = query(c, room, bcq)
        expect(ids(p) == want, f"{bcq}: {ids(p)}")


@suite.test
def bcbydate_by_author(d):
    room = new_room(d, "a1", "a2")
    say(d, room, BOB, "b3 word")
    say(d, room, AMY, "a4 word")
    c = d.session(BOB)
    for bcq, want in ((f'<uib uri="{BOB}"/>', [3]), (f'<author uri="{BOB.upper()}"/>', [3]),
                      (f'<uib uri="{AMY}"/><text>word</text>', [4]),
                      (f'<uib uri="{AMY}"/><uib uri="{BOB}"/><text>word</text>', [3, 4]),
                      (f'<uib uri="sip:nobody@{DOMAIN}"/>', [])):
        p = query(c, room, bcq)
        expect(ids(p) == want, f"{bcq}: {ids(p)}")
    query(c, room, '<uib uri="mailto:x"/>', code=400)


@suite.test
def bcbydate_bounds_are_inclusive(d):
    room = new_room(d, "one", "two", "three")
    c = d.session(AMY)
    times = [m.get("ts") for m in query(c, room, "").iter(NS + "msg")]
    for dates, want in ((f'from="{times[1]}"', [2, 3]), (f'to="{times[1]}"', [1, 2]),
                        (f'from="{times[1]}" to="{times[1]}"', [2]),
                        (f'from="{times[2]}" to="{times[0]}"', []),
                        ('to="2001-01-01T00:00:00Z"', []),
                        ('from="2001-01-01T00:00:00+02:00"', [1, 2, 3])):
        p = query(c, room, f"<date {dates}/>")
        expect(ids(p) == want, f"{dates}: {ids(p)}")


@suite.test
def the_limit_is_per_room_and_from_the_end_that_is_searched(d):
    rooms = [new_room(d, "w1", "w2", "w3"), new_room(d, "w1", "w2")]
    c = d.session(AMY)
    for bcq, want in (('<limit cnt="2"/>', [[2, 3], [1, 2]]),
                      ('<limit cnt="2"/><sortdb order="ASC"/>', [[1, 2], [1, 2]]),
                      ('<limit cnt="2"/><sort order="DESC"/>', [[3, 2], [2, 1]]),
                      ('<limit cnt="1"/><sortdb order="REV"/><sort order="REV"/>', [[3], [2]]),
                      ('<limit cnt="2"/><sortdb order="ASC"/><sort order="DESC"/>',
                       [[2, 1], [2, 1]])):
        p = query(c, rooms, bcq)
        got = [[int(m.get("chatId")) for m in r.findall(NS + "msg")] for r in chanibs(p)]
        expect(got == want, f"{bcq}: {got}")
    p = query(c, rooms, '<limit cnt="2"/>')
    expect([(r.get("cnt"), r.get("more")) for r in chanibs(p)] == [("3", "true"), ("2", "false")],
           text_of(p))


@suite.test
def no_limit_is_that_of_the_server(d):
    room = new_room(d, *(f"n{n}" for n in range(5)))
    c = d.session(AMY)
    d.ctl("config", "set", "global", "--search-limit", "3")
    try:
        for bcq in ("", '<limit cnt="0"/>', '<limit cnt="4"/>'):
            p = query(c, room, bcq)
            expect(ids(p) == [3, 4, 5], f"{bcq}: {ids(p)}")
            expect((chanibs(p)[0].get("cnt"), chanibs(p)[0].get("more")) == ("3", "true"),
                   text_of(p))
    finally:
        d.ctl("config", "set", "global", "--search-limit", "999")


# ---- bcbymsg ----

@suite.test
def bcbymsg_goes_on_from_a_message(d):
    room = new_room(d, *(f"n{n}" for n in range(1, 7)))
    c = d.session(AMY)
    for bcq, want in (('<msgid id="4"/><limit cnt="2"/><sortdb order="DESC"/>', [2, 3]),
                      ('<msgid id="4"/><limit cnt="9"/>', [1, 2, 3]),
                      ('<msgid id="4"/><sortdb order="ASC"/>', [5, 6]),
                      ('<msgid value="2"/><sortdb order="ASC"/><limit cnt="2"/>', [3, 4]),
                      ('<msgid id="1"/>', []), ('<msgid id="99"/>', [1, 2, 3, 4, 5, 6]),
                      ('<msgid id="99"/><sortdb order="ASC"/>', []),
                      ('<msgid id="0"/><limit cnt="1"/>', [6]),
                      ('<msgid id="18446744073709551615"/><limit cnt="1"/>', [6])):
        p = query(c, room, bcq, "bcbymsg")
        expect(ids(p) == want, f"{bcq}: {ids(p)}")


@suite.test
def a_message_id_takes_the_place_of_dates(d):
    room = new_room(d, "one", "two", "three")
    c = d.session(AMY)
    for command in ("bcbydate", "bcbymsg"):
        p = query(c, room, '<date to="2001-01-01T00:00:00Z"/><msgid id="3"/>', command)
        expect(ids(p) == [1, 2], f"{command}: {ids(p)}")


@suite.test
def pages_join_up(d):
    room = new_room(d, *(f"{'even' if n % 2 == 0 else 'odd'} {n}" for n in range(1, 12)))
    c = d.session(AMY)
    seen, last = [], 0
    while True:
        p = query(c, room, f'<text>odd</text><limit cnt="2"/><msgid id="{last}"/>', "bcbymsg")
        seen = ids(p) + seen
        if chanibs(p)[0].get("more") == "false":
            break
        last = ids(p)[0]
    expect(seen == [1, 3, 5, 7, 9, 11], f"{seen}")


# ---- who may ----

@suite.test
def rooms_not_allowed_become_fibs(d):
    mine, closed = new_room(d, "find me"), new_room(d, "find me", members=(BOB,), by=BOB)
    secret = new_room(d, "find me", members=(BOB,), by=BOB, privacy="secret")
    nowhere = f"ma-chan://{DOMAIN}/00000000-0000-4000-8000-000000000000"
    c = d.session(AMY)
    p = query(c, [closed, mine, secret, nowhere, d.room("Shut")], "<text>find</text>")
    expect([r.get("uri") for r in chanibs(p)] == [mine], text_of(p))
    fibs = p.findall(f"{NS}data/{NS}fib")
    expect([(f.get("key"), f.get("domain"), f.get("value")) for f in fibs]
           == [("OPERATION_FAILED", DOMAIN, r.rsplit("/", 1)[1])
               for r in (closed, secret, nowhere, d.room("Shut"))], text_of(p))
    tags = [e.tag for e in p.find(NS + "data")]
    expect(tags == [NS + "chanib"] + [NS + "fib"] * 4, f"{tags}")


@suite.test
def all_rooms_refused_is_403_whether_they_are_there_or_not(d):
    secret = new_room(d, "x", privacy="secret", members=(BOB,), by=BOB)
    c = d.session(AMY)
    answers = []
    for room in (secret, f"ma-chan://{DOMAIN}/00000000-0000-4000-8000-000000000000"):
        for command in ("bcbydate", "bcbymsg"):
            answers.append(text_of(query(c, room, "", command, 403).find(NS + "resp")))
    expect(len(set(answers)) == 1, f"{answers}")


@suite.test
def an_open_room_is_searched_by_those_inside(d):
    room = new_room(d, "word", privacy="open")
    c = d.session(AMY)
    query(c, room, "<text>word</text>", code=403)
    c.join(room)
    expect(ids(query(c, room, "<text>word</text>")) == [1], "not found inside")
    c.part(room)
    query(c, room, "<text>word</text>", code=403)


@suite.test
def a_search_hears_of_a_right_that_is_gone(d):
    room = new_room(d, "treasure")
    c = d.session(BOB)
    expect(ids(query(c, room, "<text>treasure</text>")) == [1], "not found")
    d.ctl("room", "set", room_name(d, room), "--remove-member", BOB, "--yes")
    query(c, room, "<text>treasure</text>", code=403)


@suite.test
def a_room_named_twice_is_answered_once(d):
    room = new_room(d, "x")
    p = query(d.session(AMY), [room, room.upper().replace("MA-CHAN", "ma-chan")], "")
    expect(len(chanibs(p)) == 1 and chanibs(p)[0].get("uri") == room, text_of(p))


@suite.test
def sixty_four_rooms_and_not_one_more(d):
    room = new_room(d, "x")
    nowhere = [f"ma-chan://{DOMAIN}/00000000-0000-4000-8000-0000000000{n:02x}" for n in range(64)]
    c = d.session(AMY)
    expect(len(query(c, [room] + nowhere[:63], "").findall(f"{NS}data/{NS}fib")) == 63, "refused")
    query(c, [room] + nowhere, "", code=413)


@suite.test
def what_cannot_be_looked_for_is_400_or_413(d):
    room = new_room(d, "x")
    c = d.session(AMY)
    p = query(c, room, "<text> ,;! </text>", code=400)
    expect("no word" in p.find(NS + "resp").text, text_of(p))
    query(c, room, f"<text>{'w ' * 32}</text>")
    p = query(c, room, f"<text>{'w ' * 33}</text>", code=413)
    expect("32 words" in p.find(NS + "resp").text, text_of(p))
    query(c, room, '<limit cnt="many"/>', code=400)
    query(c, room, '<date from="yesterday"/>', code=400)
    query(c, room, '<text mc="perhaps">x</text>', code=400)
    c.ask("bcbydate", "<bcq/>", 400)
    c.barrier()


@suite.test
def nothing_that_means_something_to_the_index_gets_through(d):
    room = new_room(d, "plain text", "and or not near")
    c = d.session(AMY)
    for text, want in (('"plain" OR', [1, 2]), ("pla*", []), ("words:plain", [1]),
                       ("NEAR(plain text)", [1, 2]), ("_1", []), ("plain\x00'--".replace("\x00", ""), [1])):
        p = query(c, room, f"<text>{text.replace('<', '&lt;')}</text>")
        expect(ids(p) == want, f"{text}: {ids(p)}")


# ---- what is searched ----

@suite.test
def stories_rtf_links_and_unknown_children_are_kept_relayed_and_found(d):
    room = new_room(d, privacy="open")
    amy, bob = d.session(AMY), d.session(BOB)
    amy.join(room)
    bob.join(room)
    amy.expect("ntc:join")
    rtf = "<rtf>{\\rtf1\\ansi{\\fonttbl{\\f0 Courier;}}\\b formatted \\u233?l\\'e8ve\\par}</rtf>"
    link = '<a href="http://www.contoso.example/quarterly">figures</a>'
    filelink = f'<a href="ma-filelink://{DOMAIN}/1/budget.xlsx">budget.xlsx</a>'
    unknown = '<mood xmlns="urn:example:x" level="7">cheerful<sub a="gauge"/></mood>'
    posts = (("plain", rtf, ""), (f"see {link}", "", ""), (filelink, "", ""),
             ("[STORY]A long title[/STORY] and its body", "", ""),
             ("text", unknown, ""), ("fire", "", ' alert="true"'))
    for text, extra, attributes in posts:
        amy.post(room, text, extra, attributes)
        amy.expect("rpl:grpchat")
        for c in (amy, bob):
            p = c.expect("grpchat", alert="true" if attributes else "false")
            expect(p.find(NS + "chat").text == text, text_of(p))
    history = query(bob, room, "")
    msgs = list(history.iter(NS + "msg"))
    expect([m.find(NS + "chat").text for m in msgs] == [p[0] for p in posts], text_of(history))
    expect(msgs[0].find(NS + "rtf").text == rtf[5:-6], text_of(msgs[0]))
    mood = msgs[4].find("{urn:example:x}mood")
    expect(mood is not None and mood.text == "cheerful" and mood.get("level") == "7",
           text_of(msgs[4]))
    expect([m.get("alert") for m in msgs] == ["false"] * 5 + ["true"], text_of(history))
    for text, want in (("formatted", [1]), ("eleve", [1]), ("courier", []), ("rtf1", []),
                       ("quarterly", [2]), ("figures", [2]), ("href", []), ("budget", [3]),
                       ("title", [4]), ("body", [4]), ("cheerful", [5]), ("gauge", [5])):
        expect(ids(query(bob, room, f"<text>{text}</text>")) == want, text)


@suite.test
def a_search_sees_what_was_acknowledged_a_moment_ago(d):
    room = new_room(d, privacy="open")
    c = d.session(AMY)
    c.join(room)
    for n in range(5):
        c.say(room, f"needle{n}")
        expect(ids(query(c, room, f"<text>needle{n}</text>")) == [n + 1], f"needle{n}")


@suite.test
def what_an_administrator_removed_or_replaced_is_not_found(d):
    room = new_room(d, "keep this", "burn this", "mend this", "keep that")
    name = room_name(d, room)
    c = d.session(AMY)
    d.ctl("message", "remove", name, "--words", "burn", "--yes")
    d.ctl("message", "replace", name, "--words", "mend", "--with", "mended", "--yes")
    expect(c.history(room) == ["keep this", "mended", "keep that"], f"{c.history(room)}")
    for text, want in (("this", [1]), ("burn", []), ("mend", []), ("mended", [3])):
        expect(ids(query(c, room, f"<text>{text}</text>")) == want, text)
    d.ctl("room", "delete", name, "--yes")
    query(c, room, "<text>this</text>", code=403)


@suite.test
def a_session_waits_for_its_searches_and_others_do_not(d):
    room = new_room(d, *(f"word {n}" for n in range(20)))
    amy, bob = d.session(AMY), d.session(BOB)
    amy.tell(amy.envelope(*(
        f'<cmd id="cmd:bcbydate" seqid="{n}"><data><chanib uri="{room}"/>'
        f'<bcq><text>{n}</text></bcq></data></cmd>' for n in range(10))))
    bob.barrier()
    for n in range(10):
        p = amy.next()
        expect(p.find(NS + "commandid").get("seqid") == str(n), text_of(p))
        expect(ids(p) == [n + 1], text_of(p))


if __name__ == "__main__":
    raise SystemExit(suite.run(lambda: Daemon("none")))
