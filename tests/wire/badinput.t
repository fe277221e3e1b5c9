#!/usr/bin/env python3
"""What no client should send: a proper answer or a clean close, and nobody else notices."""
import os

from sipscript import (AMY, BOB, DOMAIN, NS, POOL, Client, Daemon, Failed, Suite, Wire, expect,
                       text_of)

suite = Suite()


class World(Daemon):
    """With a witness who talks to himself after every test."""

    def hang_up(self):
        witness = Client(self, BOB)
        try:
            witness.invite()
            lobby = self.room("Lobby")
            witness.join(lobby)
            witness.say(lobby, "still here")
            witness.bye()
        finally:
            witness.close()
        super().hang_up()


def envelope(inner):
    return f'<xccos ver="1" envid="1" xmlns="urn:parlano:xml:ns:xccos">{inner}</xccos>'


# ---- envelopes ----

@suite.test
def bodies_that_are_no_envelope_are_400(d):
    c = d.session(AMY)
    cmd = '<cmd id="cmd:requri" seqid="1"><data/></cmd>'
    for body in (
            b"", b"hello", b"<xccos>", envelope(cmd)[:-9].encode(), b"<other/>",
            b"\xff\xfe" + envelope(cmd).encode("utf-16-le"),
            envelope(f"<!-- \xff -->{cmd}").encode("latin-1"),
            b'<?xml version="1.0" encoding="latin-1"?>' + envelope(cmd + "\xe9").encode("latin-1"),
            f'<!DOCTYPE xccos>{envelope(cmd)}'.encode(),
            f'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]>{envelope("&a;")}'.encode(),
            envelope("&undefined;").encode(),
            envelope('<cmd id="cmd:join" id="cmd:join"/>').encode(),
            b'<xccos ver="1" envid="minus one">' + cmd.encode() + b"</xccos>"):
        c.tell(body, status=400)
    c.barrier()


@suite.test
def nesting_and_numbers_have_limits(d):
    c = d.session(AMY)
    deep = "<a>" * 31 + "</a>" * 31
    c.tell(envelope(deep))
    expect(c.next().get("id").startswith("err:"), "31 inside the envelope")
    c.tell(envelope("<a>" + deep + "</a>"), status=400)
    many = '<cmd id="cmd:bjoin" seqid="1"><data>%s</data></cmd>'
    c.tell(envelope(many % ("<chanid/>" * 998)))
    c.next()
    c.tell(envelope(many % ("<chanid/>" * 1001)), status=400)
    bomb = '<cmd id="cmd:requri" seqid="1"><data/></cmd>'
    c.tell(envelope(bomb * 65), status=400)
    c.barrier()


@suite.test
def an_envelope_without_a_known_primitive_is_an_err(d):
    c = d.session(AMY)
    for inner in ("", "<frob/>", "text"):
        c.tell(envelope(inner))
        p = c.next()
        expect(p.tag == NS + "err" and p.find(NS + "resp").get("code") == "400", text_of(p))
    c.tell(envelope('<cmd seqid="1"><data/></cmd>'))
    p = c.next()
    expect(p.tag == NS + "err", text_of(p))
    c.barrier()


@suite.test
def what_only_a_server_says_is_taken_and_dropped(d):
    c = d.session(AMY)
    for inner in ('<rpl id="rpl:join" seqid="1"><resp code="200"/><data/></rpl>',
                  '<ntc id="ntc:part" seqid="1"><data/></ntc>'):
        c.tell(envelope(inner))
    c.barrier()


@suite.test
def another_content_type_is_415(d):
    c = d.session(AMY)
    m = c.within("INFO", body=b"x", kind="image/png")
    expect(m.status == 415, f"{m}")
    m = c.within("INFO", body=envelope('<cmd id="cmd:requri" seqid="1"><data/></cmd>').encode(),
                 kind="application/ms-groupchat+xml")
    expect(m.status == 200, f"{m}")
    c.next()
    c.barrier()


@suite.test
def a_body_of_512_kib_is_read_one_octet_more_is_413(d):
    c = d.session(AMY)
    frame = len(envelope("").encode())
    c.tell(envelope(" " * (524288 - frame)))
    c.next()
    m = c.within("INFO", body=envelope(" " * (524289 - frame)).encode(), kind="text/plain")
    expect(m.status == 413, f"{m}")


@suite.test
def unknown_methods_inside_a_dialog_are_501(d):
    c = d.session(AMY)
    for method, status in (("FROBNICATE", 501), ("MESSAGE", 405), ("OPTIONS", 200)):
        m = c.within(method)
        expect(m.status == status, f"{method}: {m}")
    c.barrier()


# ---- SIP ----

def head(c, method="OPTIONS", via=True, **changes):
    lines = {"Via": f"SIP/2.0/tcp {c.host}", "From": f"<{AMY}>;tag=1", "To": f"<{POOL}>",
             "Call-ID": f"x@{c.host}", "CSeq": f"1 {method}", "Max-Forwards": "70",
             "Content-Length": "0"}
    lines.update(changes)
    return f"{method} {POOL} SIP/2.0\r\n" + "".join(
        f"{n.replace('_', '-')}: {v}\r\n" for n, v in lines.items() if v is not None) + "\r\n"


def refused_or_closed(d, data):
    """A final error answer, or the connection closed; never silence, never 200."""
    c = Wire(d.address)
    try:
        c.send(data)
        c.socket.shutdown(1)
        while True:
            m = c.receive()
            if m is None:
                return
            expect(m.status >= 400 or m.status == 100, f"{data[:60]!r}: {m}")
    except (BrokenPipeError, ConnectionResetError):
        pass
    finally:
        c.close()


@suite.test
def requests_that_make_no_sense_are_refused_or_closed(d):
    c = Wire(d.address)
    for data in (
            b"\x16\x03\x01\x02\x00\x01\x00", b"GET / HTTP/1.0\r\n\r\n", b"\0" * 4096,
            b"\r\n" * 1000 + b"x", b"A" * 200000, b"REGISTER\r\n\r\n",
            f"OPTIONS {POOL} SIP/3.0\r\n\r\n".encode(),
            f"OPTIONS {POOL} SIP/2.0\r\n\r\n".encode(),
            head(c, Via=None).encode(), head(c, From=None).encode(),
            head(c, To=None).encode(), head(c, **{"Call-ID": None}).encode(),
            head(c, CSeq=None).encode(), head(c, CSeq="x OPTIONS").encode(),
            head(c, CSeq="1 INVITE").encode(), head(c, CSeq="99999999999999999999 OPTIONS").encode(),
            head(c, **{"Content-Length": "-1"}).encode(),
            head(c, **{"Content-Length": "x"}).encode(),
            head(c, **{"Content-Length": "2000000"}).encode() + b"y" * 1000,
            head(c, Via="SIP/2.0/tcp").encode(), head(c, From="<<>>;;tag").encode()):
        refused_or_closed(d, data)
    c.close()


@suite.test
def a_request_without_via_branch_is_as_good_as_any(d):
    c = Wire(d.address)
    c.send(head(c))
    m = c.receive()
    expect(m and m.status == 200, f"{m}")
    c.close()


@suite.test
def a_content_length_that_is_too_short_does_not_reach_the_next_request(d):
    c = d.session(AMY)
    body = envelope('<cmd id="cmd:requri" seqid="1"><data/></cmd>').encode()
    c.cseq += 1
    text = f"INFO {c.remote} SIP/2.0\r\n" + c.headers("INFO", c.cseq, c.call_id, c.tag, c.dialog,
                                                      False)
    c.send(text.encode() + b"Content-Type: text/plain\r\nContent-Length: 20\r\n\r\n" + body)
    # Twenty octets are no envelope; the rest is no request and is refused or ends the connection.
    m = c.receive()
    expect(m.status == 400, f"{m}")
    c.send(b"\r\n\r\n" + head(c).encode())
    m = c.receive()
    expect(m is None or m.status == 200 or m.status >= 400, f"{m}")


@suite.test
def half_a_message_and_then_the_end(d):
    for cut in (3, 40, 200, -4, -1):
        c = d.session(AMY)
        data = (f"INFO {c.remote} SIP/2.0\r\n" +
                c.headers("INFO", 9, c.call_id, c.tag, c.dialog, False) +
                "Content-Type: text/plain\r\nContent-Length: 9\r\n\r\n<xccos/>\n")
        c.send(data[:cut])
        c.close()


@suite.test
def folded_compact_and_odd_headers_are_understood(d):
    c = Wire(d.address)
    c.send(f"OPTIONS {POOL} SIP/2.0\r\nv:SIP/2.0/tcp {c.host}\r\nf:\r\n <{AMY}>\r\n ;tag=1\r\n"
           f"t : <{POOL}>\r\ni:y@{c.host}\r\nCSEQ: 7 OPTIONS\r\nX-Empty:\r\nL:0\r\n\r\n")
    m = c.receive()
    expect(m and m.status == 200 and m.get("cseq") == "7 OPTIONS", f"{m}")
    c.close()


@suite.test
def many_headers_and_long_ones_do_not_hurt(d):
    for n in (200, 500, 20000):
        c = Wire(d.address)
        try:
            c.send(head(c)[:-2] + "".join(f"X-{i}: {'v' * 100}\r\n" for i in range(n)) + "\r\n")
            m = c.receive()
            expect(m is None or m.status == 200 or m.status >= 400, f"{m}")
        except (BrokenPipeError, ConnectionResetError):
            pass
        c.close()


@suite.test
def identities_that_are_none_are_refused(d):
    c = d.connect(AMY)
    for user in ("sip:contoso.example", "tel:+441134960000", "sip:%00@contoso.example",
                 "sip:" + "a" * 300 + "@contoso.example", "sip:amy@contoso.example@evil.example"):
        c.user = user
        try:
            m = c.invite(status=None)
        except Failed as e:
            expect(any(f" {s} " in str(e) for s in (400, 403, 404)), f"{user}: {e}")
        m = None
        if c.socket.fileno() < 0 or m:
            break


@suite.test
def a_client_that_does_not_answer_holds_up_nobody(d):
    lobby = d.room("Lobby")
    deaf, amy = d.session(BOB), d.session(AMY)
    deaf.join(lobby)
    amy.join(lobby)
    deaf.answers = None
    for n in range(300):
        amy.say(lobby, f"{n} " + "x" * 1000)
    amy.barrier()


def most_memory(d):
    """In KiB, of all its life."""
    with open(f"/proc/{d.process.pid}/status") as f:
        return int([line.split()[1] for line in f if line.startswith("VmHWM:")][0])


@suite.test
def a_client_that_only_writes_costs_little(d):
    d.hang_up()
    d.stop()
    options = os.environ.get("ASAN_OPTIONS", "")
    os.environ["ASAN_OPTIONS"] = f"{options}:quarantine_size_mb=1"  # which is no memory in use
    try:
        d.start()
    finally:
        os.environ["ASAN_OPTIONS"] = options
    c = d.connect(AMY)
    before = most_memory(d)
    flood = "".join(
        f"OPTIONS {POOL} SIP/2.0\r\n" + c.headers("OPTIONS", 1, f"{n}@flood", "t", POOL, True)
        + "Content-Length: 0\r\n\r\n" for n in range(30000))
    try:
        c.send(flood)
        c.socket.recv(1)
        while c.socket.recv(1 << 20):
            pass
    except (BrokenPipeError, ConnectionResetError):
        pass
    c.close()
    d.clients.remove(c)
    witness = d.session(BOB)  # answered after all of that
    witness.bye()
    grown = (most_memory(d) - before) >> 10
    expect(grown < 128, f"{len(flood) >> 20} MiB of requests took {grown} MiB")


if __name__ == "__main__":
    raise SystemExit(suite.run(lambda: World("none")))
