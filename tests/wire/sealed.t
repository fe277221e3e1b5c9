#!/usr/bin/env python3
"""On a connection with an association everything is signed, both ways: what pchatd answers itself,
what the SIP library answers for it, and what it sends; and what a client sends is checked."""
import os
import sys
import tempfile

import kdc
from sipscript import AMY, BOB, DOMAIN, POOL, Daemon, Suite, expect, serial

if kdc.missing():
    print("1..0 # SKIP no " + ", ".join(kdc.missing()))
    sys.exit(0)

import sipae

suite = Suite()
WORK = tempfile.TemporaryDirectory(prefix="sealed-")
REALM = kdc.Kdc(WORK.name, {"amy": "Secret1", "bob": "Secret2"})
os.environ.update({k: v for k, v in REALM.env.items() if k.startswith("KRB5")})
CACHE = {AMY: REALM.ccache("amy", "Secret1", "amy"), BOB: REALM.ccache("bob", "Secret2", "bob")}


def connect(d, user):
    c = sipae.SealedClient(d, user)
    c.associate(sipae.Ticket(CACHE[user]))
    return c


def session(d, user):
    c = connect(d, user)
    c.invite()
    return c


class Held:
    """What is sent later, at once."""

    def __init__(self):
        self.data = b""

    def sendall(self, data):
        self.data += data


# SealedClient checks the signature of whatever it receives; these name what has to come.

@suite.test
def chat_with_everything_signed(d):
    amy, bob, room = session(d, AMY), session(d, BOB), d.room("Lobby")
    amy.join(room)
    bob.join(room)
    amy.expect("ntc:join")
    amy.say(room, "signed")
    bob.hears(room, AMY, "signed")
    amy.provisioning()
    amy.bye()


@suite.test
def with_session_keys_of_every_kind(d):
    room = d.room("Lobby")
    try:
        for n, enctype in enumerate((
                "aes256-cts-hmac-sha1-96", "aes128-cts-hmac-sha1-96", "aes256-cts-hmac-sha384-192",
                "aes128-cts-hmac-sha256-128", "camellia256-cts-cmac")):
            REALM.admin(f"set_string sip/{kdc.HOST} session_enctypes {enctype}")
            c = sipae.SealedClient(d, AMY)
            c.associate(sipae.Ticket(REALM.ccache("amy", "Secret1", f"amy-{n}")))
            tickets = REALM.run("klist", "-e", "-c", os.path.join(WORK.name, f"amy-{n}"))
            key = tickets.rpartition("Etype (skey, tkt): ")[2].split(",")[0]
            expect(key == enctype, f"{key} instead of {enctype}")
            c.invite()
            c.join(room)
            c.say(room, enctype)
            c.bye()
    finally:
        REALM.admin(f"del_string sip/{kdc.HOST} session_enctypes")


@suite.test
def notifications_are_signed_and_their_answers(d):
    event = "vnd-microsoft-roaming-self"
    modern, plain, writer = connect(d, AMY), connect(d, AMY), connect(d, AMY)
    accept = f"Accept: application/{event}+xml"
    m = modern.request("SUBSCRIBE", AMY, f"Event: {event}", accept, "Supported: ms-benotify",
                       "Proxy-Require: ms-benotify")
    expect(m.status == 200, f"{m}")
    expect(plain.request("SUBSCRIBE", AMY, f"Event: {event}", accept).status == 200, "subscribe")
    for version in range(3):
        body = ('<publish xmlns="http://schemas.microsoft.com/2006/09/sip/rich-presence">'
                f'<publications uri="{AMY}"><publication categoryName="note" instance="1" '
                f'container="1" version="{version}" expireType="static"><n/></publication>'
                '</publications></publish>')
        m = writer.request("SERVICE", AMY, kind="application/msrtc-category-publish+xml", body=body)
        expect(m.status == 200, f"{m}")
        expect(modern.notice().method == "BENOTIFY", "as asked for")
        expect(plain.notice().method == "NOTIFY", "as asked for")
    expect(plain.request("OPTIONS", POOL).status == 200, "answers are in order")
    expect("message refused" not in d.tail(), d.tail())


def again(c, data):
    """The answer to a message of before, to the letter."""
    c.send_unsigned(data)
    return c.answer(c.call_id, c.cseq, "INFO")


@suite.test
def what_was_sent_is_not_carried_out_again(d):
    amy, bob, room = session(d, AMY), session(d, BOB), d.room("Lobby")
    amy.join(room)
    bob.join(room)
    amy.expect("ntc:join")
    amy.post(room, "once")
    post = amy.sent
    amy.expect("rpl:grpchat")
    amy.expect("grpchat")
    expect(again(amy, post).status == 403, "an INFO again")
    # Its signature with other words, as another request.
    amy.cseq += 1
    later = post.replace(b"CSeq: %d INFO" % (amy.cseq - 1), b"CSeq: %d INFO" % amy.cseq)
    later = later.replace(b'cnum="%d"' % amy.cnum, b'cnum="%d"' % (amy.cnum + 1))
    expect(again(amy, later).status == 403, "its signature")
    # On the connection of another.
    bob.cseq += 1
    theirs = post.replace(amy.call_id.encode(), bob.call_id.encode())
    theirs = theirs.replace(b"CSeq: %d INFO" % (amy.cseq - 1), b"CSeq: %d INFO" % bob.cseq)
    theirs = theirs.replace(b'cnum="%d"' % amy.cnum, b'cnum="%d"' % (bob.cnum + 1))
    expect(again(bob, theirs).status == 403, "another's")
    bob.hears(room, AMY, "once")
    amy.say(room, "and this")
    bob.hears(room, AMY, "and this")
    bob.barrier()


@suite.test
def numbers_and_random_ones(d):
    c = connect(d, AMY)

    def options(cnum, crand="0a0b0c0d"):
        c.cnum, c.crand = cnum - 1, crand
        return c.request("OPTIONS", POOL).status
    for cnum, status in ((2, 200), (2, 403), (1, 403), (0, 403), (5, 200), (4, 403), (6, 200),
                         (2 ** 32 - 1, 200), (2 ** 32 - 1, 403), (2 ** 32, 403), (7, 403)):
        expect(options(cnum) == status, f"{cnum}: not {status}")
    c = connect(d, AMY)
    for crand in ("0a0b0c0d", "ffffffff", "DEADBEEF"):
        expect(options(c.cnum + 1, crand) == 200, crand)
    # Signed for another one.
    c.association.sign, right = (lambda text: right(text.replace("<DEADBEEF>", "<DEADBEEE>"))), \
        c.association.sign
    expect(options(c.cnum + 1, "DEADBEEF") == 403, "another crand")


@suite.test
def a_new_association_while_people_talk(d):
    amy, bob, room = session(d, AMY), session(d, BOB), d.room("Lobby")
    amy.join(room)
    bob.join(room)
    amy.expect("ntc:join")
    bob.say(room, "before")
    amy.hears(room, BOB, "before")
    amy.answers = None
    bob.say(room, "not answered yet")
    amy.pump()
    amy.association, amy.checks, amy.answers = None, False, 200
    m = amy.request("REGISTER", f"sip:{DOMAIN}", call_id="again", cseq=1)
    expect(m.status == 401, f"{m}")
    amy.reply(amy.infos[0], 200)  # there is nothing it could be signed with
    bob.say(room, "between")
    m = amy.request("SUBSCRIBE", AMY, "Event: presence")
    expect(m.status == 401 and len(amy.infos) == 1, f"{m}")
    amy.start(sipae.Ticket(CACHE[AMY]))
    m = amy.request("REGISTER", f"sip:{DOMAIN}", call_id="again", cseq=2)
    expect(m.status == 200, f"{m}")
    amy.check(m)
    amy.checks = True
    amy.hears(room, BOB, "not answered yet")
    amy.hears(room, BOB, "between")
    amy.say(room, "after")
    bob.hears(room, AMY, "after")


@suite.test
def answers_that_are_not_the_clients_have_not_arrived(d):
    amy, bob, room = session(d, AMY), session(d, BOB), d.room("Lobby")
    amy.join(room)
    bob.join(room)
    amy.expect("ntc:join")
    amy.answers = None
    bob.say(room, "one")
    amy.pump()
    amy.mic = "00" * 28
    amy.reply(amy.infos[0], 200)
    amy.mic = None
    bob.say(room, "two")
    amy.within("OPTIONS")
    expect(len(amy.infos) == 1, "the next came")
    amy.answers = 200
    amy.reply(amy.infos[0], 200)
    amy.hears(room, BOB, "one")
    amy.hears(room, BOB, "two")
    amy.answers = None
    bob.say(room, "three")
    amy.pump()
    amy.mic = "00" * 28
    for _ in range(15):
        amy.reply(amy.infos[0], 200)
    amy.expect_closed()


@suite.test
def answers_outside_dialogs_are_signed(d):
    c = connect(d, AMY)
    for method, lines, options, status in (
            ("OPTIONS", (), {}, 200),
            ("REGISTER", ("Event: registration",), {}, 200),
            ("REGISTER", ("Event: registration", "Expires: 600"), {}, 200),
            ("INFO", (), {"to": f"<{POOL}>;tag=nobody"}, 481),
            ("BYE", (), {"to": f"<{POOL}>;tag=nobody"}, 481),
            ("UPDATE", (), {}, 481),
            ("PRACK", ("RAck: 1 1 INVITE",), {}, 481),
            ("CANCEL", (), {}, 481),
            ("INVITE", ("Require: 100rel",), {}, 420),
            ("INVITE", ("Supported: timer", "Session-Expires: 60",
                        f"Contact: <sip:{c.host}>"), {}, 422),
            ("MESSAGE", (), {"body": "x" * 600000, "kind": "text/plain"}, 413),
            ("SUBSCRIBE", ("Event: weather",), {}, 489),
            ("BREW", (), {}, 501),
            ("NOTIFY", ("Event: presence",), {}, None),
            ("PUBLISH", ("Event: presence",), {}, None),
            ("REFER", ("Refer-To: <sip:x@y>",), {}, None)):
        uri = f"sip:{DOMAIN}" if method == "REGISTER" else POOL
        m = c.request(method, uri, *lines, **options)
        expect(m.status == status or not status and m.status >= 400, f"{method}: {m}")


@suite.test
def answers_within_a_dialog_are_signed(d):
    c = session(d, AMY)
    for method, status in (("OPTIONS", 200), ("UPDATE", 200), ("MESSAGE", 405), ("NOTIFY", 405),
                           ("BREW", 501), ("PRACK", 481)):
        m = c.within(method)
        expect(m.status == status, f"{method}: {m}")
    c.tell("no XML", 400)
    c.cseq -= 3
    expect(c.within("INFO").status == 500, "an old CSeq")
    c.cseq += 3
    c.bye()
    expect(c.within("INFO").status == 481, "after the end")


def raw(c, start, *lines):
    """A request to the letter, its answer."""
    c.send("\r\n".join((start, *lines)) + "\r\n\r\n")
    m = c.receive()
    while m and (not m.status or m.status < 200):
        m = c.receive()
    return m


def lines_of(c, method, **instead):
    headers = {"Via": f"SIP/2.0/TCP {c.host};branch=z9hG4bK{serial():08x}",
               "From": f"<{AMY}>;tag=x{serial()}", "To": f"<{POOL}>", "Call-ID": f"{serial()}",
               "CSeq": f"1 {method}", "Max-Forwards": "70", "Content-Length": "0", **instead}
    return [f"{n}: {v}" for n, v in headers.items() if v is not None]


@suite.test
def what_cannot_be_read_is_answered_with_a_signature(d):
    for instead in ({"CSeq": "1 OPTIONS"}, {"From": "<<>>"}, {"From": None}, {"Call-ID": None},
                    {"Contact": "<"}):
        c = connect(d, AMY)
        m = raw(c, f"INFO {POOL} SIP/2.0", *lines_of(c, "INFO", **instead))
        expect(m and m.status == 400, f"{instead}: {m}")
    c = connect(d, AMY)
    m = raw(c, f"INFO {POOL} SIP/3.0", *lines_of(c, "INFO"))
    expect(m and m.status == 505, f"version: {m}")
    c = connect(d, AMY)
    m = raw(c, f"INFO {POOL} SIP/2.0", *lines_of(c, "INFO", **{"Content-Length": str(1 << 20)}),
            "", "x" * (1 << 20))
    expect(m and m.status == 413, f"long: {m}")


@suite.test
def who_signs_out_gets_no_subscription_any_more(d):
    """Both are read before the store has said what the subscription begins with."""
    c = connect(d, AMY)
    at_once, c.socket = c.socket, Held()
    kind = "application/vnd-microsoft-roaming-self+xml"
    body = ('<roamingList xmlns="http://schemas.microsoft.com/2006/09/sip/roaming-self">'
            '<roaming type="categories"/></roamingList>')
    c.send(f"SUBSCRIBE {AMY} SIP/2.0\r\n" + c.headers("SUBSCRIBE", 1, "asks", "a", f"<{AMY}>", True) +
           f"Event: vnd-microsoft-roaming-self\r\nAccept: {kind}\r\nContent-Type: {kind}\r\n"
           f"Contact: <sip:{c.host}>\r\nSupported: ms-piggyback-first-notify\r\n"
           f"Content-Length: {len(body)}\r\n\r\n{body}")
    c.send(f"REGISTER sip:{DOMAIN} SIP/2.0\r\n" + c.headers("REGISTER", 1, "goes", "g", f"<{AMY}>", True) +
           "Expires: 0\r\nContent-Length: 0\r\n\r\n")
    held, c.socket = c.socket.data, at_once
    c.socket.sendall(held)
    status = {m.get("call-id"): m.status for m in (c.receive(), c.receive())}
    expect(status == {"goes": 200, "asks": 403}, f"{status}")


def world():
    d = Daemon("kerberos", args=["--server", kdc.HOST, "--keytab", REALM.keytab])
    for name in ("amy", "bob"):
        d.ctl("user", "set", f"sip:{name}@{DOMAIN}", "--principal", f"{name}@{kdc.REALM}")
    return d


if __name__ == "__main__":
    try:
        status = suite.run(world)
    finally:
        REALM.stop()
        WORK.cleanup()
    raise SystemExit(status)
