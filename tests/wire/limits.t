#!/usr/bin/env python3
"""What one client may take from the others: limits, each one past its edge, and what is said then."""
import os
import resource
import socket
import sqlite3

from sipscript import (AMY, BOB, CAROL, DOMAIN, LIMIT, NS, POOL, Control, Daemon, Suite, expect)

suite = Suite()


class World(Daemon):
    def settings(self, **values):
        """They are in force when this returns."""
        self.ctl("config", "set", "global",
                 *[w for k, v in values.items() for w in ("--" + k.replace("_", "-"), str(v))])

    def whole_log(self):
        self.log.flush()
        with open(self.log_path, errors="replace") as f:
            return f.read()


def refused_connection(d):
    """A connection that is closed before it has said anything."""
    c = d.connect(AMY)
    try:
        c.send("\r\n\r\n")
        expect(c.socket.recv(1) == b"", "it was answered")
    except (ConnectionResetError, BrokenPipeError):
        pass


@suite.test
def sessions_of_a_user_are_counted(d):
    d.settings(max_sessions_per_user=2)
    try:
        d.session(AMY)
        d.session(AMY)
        third = d.connect(AMY)
        m = third.request("INVITE", POOL, to=f"<{POOL}>")
        expect(m.status == 486 and m.diagnostics == 20009, f"{m}")
        d.session(BOB)
        d.settings(max_sessions_per_user=3)
        d.session(AMY)
    finally:
        d.settings(max_sessions_per_user=8)


@suite.test
def a_session_that_talks_too_fast_is_told(d):
    bob = d.session(BOB)
    amy = d.session(AMY)
    d.settings(session_message_rate=1)
    try:
        data = b""
        first = amy.cseq + 1
        for _ in range(50):
            amy.cseq += 1
            body = amy.envelope('<cmd id="cmd:requri" seqid="1"><data/></cmd>')
            data += (f"INFO {amy.remote} SIP/2.0\r\n" + amy.headers(
                "INFO", amy.cseq, amy.call_id, amy.tag, amy.dialog, False) +
                f"Content-Type: text/plain\r\nContent-Length: {len(body)}\r\n\r\n").encode() + body
        amy.send(data)
        answers = [amy.answer(amy.call_id, first + i, "INFO") for i in range(50)]
        refused = [m for m in answers if m.status != 200]
        expect(refused and answers[0].status == 200, f"{len(refused)} of 50 refused")
        for m in refused:
            expect(m.status == 503 and m.diagnostics == 20011 and m.get("retry-after") == "5",
                   f"{m} {m.headers}")
        bob.barrier()  # whose allowance is his own
        d.settings(session_message_rate=0)
        for _ in range(50 - len(refused)):
            expect(amy.next().get("id") == "rpl:requri", "no reply to what was taken")
        amy.barrier()
    finally:
        d.settings(session_message_rate=1000)


@suite.test
def connections_from_an_address_are_counted(d):
    d.settings(max_connections_per_address=2)
    try:
        one, two = d.session(AMY), d.session(BOB)
        refused_connection(d)
        one.barrier()
        two.barrier()
        d.settings(max_connections_per_address=4)
        d.session(CAROL)
    finally:
        d.settings(max_connections_per_address=65536)
    expect("too many connections from this address" in d.whole_log(), "not logged")


@suite.test
def connections_in_all_are_counted(d):
    d.settings(max_connections=1)
    try:
        one = d.session(AMY)
        refused_connection(d)
        one.barrier()
        d.settings(max_connections=2)
        d.session(BOB)
    finally:
        d.settings(max_connections=131072)
    expect('reason="too many connections"' in d.whole_log(), "not logged")


@suite.test
def refused_invites_want_their_ack(d):
    amy = d.session(AMY)
    rude = d.connect(BOB)
    uri = f"sip:nobody@{DOMAIN}"
    flood = "".join(
        f"INVITE {uri} SIP/2.0\r\n" + rude.headers("INVITE", 1, f"{n}@flood", "t", f"<{uri}>", True)
        + f"Contact: <sip:{rude.host}>\r\nContent-Length: 0\r\n\r\n" for n in range(600))
    try:
        rude.send(flood)
        while rude.socket.recv(1 << 16):
            pass
    except (ConnectionResetError, BrokenPipeError):
        pass
    d.clients.remove(rude)
    amy.barrier()
    # One that says ACK may go on for as long as it likes.
    polite = d.connect(BOB)
    for n in range(300):
        call_id, tag = f"{n}@polite", f"t{n}"
        branch = polite.headers("INVITE", 1, call_id, tag, f"<{uri}>", True)
        polite.send(f"INVITE {uri} SIP/2.0\r\n{branch}Contact: <sip:{polite.host}>\r\n"
                    "Content-Length: 0\r\n\r\n")
        m = polite.answer(call_id, 1, "INVITE")
        expect(m.status == 404, f"{m}")
        ack = branch.replace("CSeq: 1 INVITE", "CSeq: 1 ACK").replace(
            f"To: <{uri}>", f"To: {m.get('to')}")
        polite.send(f"ACK {uri} SIP/2.0\r\n{ack}Content-Length: 0\r\n\r\n")
    m = polite.request("OPTIONS", POOL)
    expect(m.status == 200, f"{m}")


@suite.test
def too_much_in_one_envelope_is_refused_with_the_reason(d):
    amy = d.session(AMY)
    one = '<cmd id="cmd:requri" seqid="1"><data/></cmd>'
    amy.tell(amy.envelope(*[one] * 64))
    for _ in range(64):
        amy.expect("rpl:requri")
    m = amy.tell(amy.envelope(*[one] * 65), status=400)
    expect(m.diagnostics == 20007 and "64" in m.get("ms-diagnostics"), m.get("ms-diagnostics"))
    m = amy.tell("<xccos", status=400)
    expect(m.diagnostics == 20007, f"{m.headers}")
    amy.barrier()


@suite.test
def the_log_does_not_grow_with_what_is_not_understood(d):
    amy = d.session(AMY)
    for _ in range(60):
        amy.tell(amy.envelope('<cmd id="cmd:frob" seqid="1"><data/></cmd>'))
        amy.expect("rpl:frob", 501)
    lines = [line for line in d.whole_log().splitlines() if "envelope not understood" in line]
    expect(0 < len(lines) < 60, f"{len(lines)} lines for 60")


@suite.test
def an_empty_envelope_is_told_what_it_lacks(d):
    amy = d.session(AMY)
    amy.tell(amy.envelope())
    p = amy.expect("err:xccos")
    resp = p.find(NS + "resp")
    expect(resp.get("code") == "400" and "cmd" in (resp.text or ""), f"{resp.attrib} {resp.text}")


@suite.test
def out_of_descriptors_is_said_and_passes(d):
    d.hang_up()
    d.stop()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64 if hard == resource.RLIM_INFINITY else hard))
    try:
        d.start()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    resource.prlimit(d.process.pid, resource.RLIMIT_NOFILE, (64, 64))
    amy = d.session(AMY)
    many = []
    refused = 0
    for _ in range(100):
        s = socket.create_connection(d.address, LIMIT)
        s.settimeout(LIMIT)
        s.sendall((f"OPTIONS {POOL} SIP/2.0\r\n" + amy.headers(
            "OPTIONS", 1, f"{len(many)}@many", "t", f"<{POOL}>", True) +
            "Content-Length: 0\r\n\r\n").encode())
        try:
            got = s.recv(4096)
        except ConnectionResetError:
            got = b""
        if not got:
            refused += 1
        many.append(s)
    expect(0 < refused < 100, f"{refused} of 100 refused")
    amy.barrier()
    log = d.whole_log()
    expect("no more file descriptors" in log, "not logged")
    expect(log.count("no more file descriptors") < 20, "a line for each")
    for s in many:
        s.close()
    with Control(d) as c:
        while "connections=1 " not in c.ask("status"):
            pass
    bob = d.session(BOB)
    bob.barrier()
    d.hang_up()
    d.stop()
    d.start()


@suite.test
def no_session_begins_while_too_much_waits_in_all_inboxes(d):
    lobby = d.room("Lobby")
    d.ctl("config", "set", "global", "--session-message-rate", "0", "--max-sessions-per-user", "64",
          "--message-size-limit", "65536", "--wait")
    chat = sqlite3.connect(os.path.join(d.store.path, "chat.db"), isolation_level=None)
    post = ('<xccos ver="1" envid="7" xmlns="urn:parlano:xml:ns:xccos"><grpchat id="grpchat" '
            f'seqid="1" chanUri="{lobby}" author="{AMY}" ts="2013-08-02T10:11:12Z"><chat>'
            + 60000 * "y" + "</chat></grpchat></xccos>").encode()
    many = [d.session(user, epid="%012x" % i) for user in (AMY, BOB) for i in range(36)]
    for c in many:
        c.join(lobby)
    try:
        chat.execute("BEGIN IMMEDIATE")  # nothing can be stored, so everything waits
        for c in many:
            for _ in range(17):
                c.send_within("INFO", post, "text/plain")
        for c in many:  # each INFO is answered once it waits
            answered = 0
            while answered < 17:
                m = c.receive()
                if m.status:
                    answered += 1
                else:
                    c.handle(m)
        m = d.connect(CAROL).invite(status=503)
        expect(m.get("ms-diagnostics").startswith("20008;"), f"{m.get('ms-diagnostics')}")
        expect(m.get("retry-after") == "5", f"Retry-After {m.get('retry-after')}")
    finally:
        d.kill()
        chat.execute("ROLLBACK")
        chat.close()
        d.clients.clear()
        d.start()
    d.ctl("config", "reset", "global", "--yes", "--wait")


if __name__ == "__main__":
    raise SystemExit(suite.run(lambda: World("none")))
