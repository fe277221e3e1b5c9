#!/usr/bin/env python3
"""Control socket, lock, start and stop."""
import json
import os
import resource
import signal
import socket
import stat
import subprocess

from sipscript import (AMY, BOB, CAROL, LIMIT, PCHATD, Control, Daemon, Suite, expect,
                       serve_until_closed)

suite = Suite()


def run(d, *args, store=None):
    return subprocess.run([PCHATD, "--store", store or d.store.path, *args], timeout=LIMIT,
                          capture_output=True, text=True, stdin=subprocess.DEVNULL)


@suite.test
def the_socket_is_for_the_owner_alone(d):
    mode = os.stat(os.path.join(d.store.path, "control.sock")).st_mode
    expect(stat.S_ISSOCK(mode) and stat.S_IMODE(mode) == 0o600, oct(mode))


@suite.test
def it_answers_line_by_line(d):
    with Control(d) as c:
        expect(c.ask("ping") == "ok", "ping")
        status = c.ask("status")
        expect(status.startswith("ok sessions=0 "), status)
        revision = int(status.split("revision=")[1])
        expect(c.ask(f"applied {revision} 0") == f"ok {revision}", "applied")
        expect(c.ask(f"applied {revision + 1} 20") == "timeout", "applied in the future")
        for line in ("frob", "applied", "applied x 1", "applied 1", "applied 1 99999999999", ""):
            expect(c.ask(line).startswith("error "), line)
        c.socket.sendall(b"ping\nping\nping\n")
        expect([c.lines.readline() for _ in range(3)] == ["ok\n"] * 3, "three at once")


@suite.test
def applied_waits_for_the_change(d):
    with Control(d) as c:
        revision = int(c.ask("status").split("revision=")[1])
        c.socket.sendall(f"applied {revision + 1} 20000\nping\n".encode())
        d.ctl("room", "create", "Awaited", "--category", "Finance", "--no-wait")
        expect(c.lines.readline() == f"ok {revision + 1}\n", "not applied")
        expect(c.lines.readline() == "ok\n", "the next line")


@suite.test
def a_line_too_long_ends_the_conversation(d):
    with Control(d) as c:
        c.socket.sendall(b"x" * 600)
        expect(c.lines.readline().startswith("error "), "no error")
        expect(c.lines.readline() == "", "not closed")


@suite.test
def sixty_four_may_talk_at_a_time(d):
    open_ones = []
    for _ in range(64):
        open_ones.append(Control(d))
        expect(open_ones[-1].ask("ping") == "ok", "ping")
    with Control(d) as c:
        expect(c.lines.readline() == "", "a sixty-fifth is not closed")
    for c in open_ones:
        expect(c.ask("ping") == "ok", "ping")
        c.__exit__()
    with Control(d) as c:
        expect(c.ask("ping") == "ok", "ping after all are gone")


def records(c, line):
    """Ask for records: first line, records, last line."""
    c.socket.sendall(line.encode() + b"\n")
    lines = []
    while not lines or not ({"end", "error"} & lines[-1].keys()):
        text = c.lines.readline()
        expect(text.endswith("\n"), f"no whole reply to {line}: {lines[-1:]} {text!r}")
        lines.append(json.loads(text))
    if "error" in lines[-1]:
        return lines[-1]["error"]
    expect(lines[0] == {"control": 1, "reply": line.split()[0]}, f"{lines[0]}")
    expect(lines[-1] == {"end": True, "records": len(lines) - 2}, f"{lines[-1]}")
    return lines[1:-1]


@suite.test
def it_tells_of_itself(d):
    d.session(AMY)
    d.session(AMY)
    with Control(d) as c:
        (r,) = records(c, "server")
        expect(r["state"] == "serving" and r["pid"] == d.process.pid and r["users"] == 1 and
               r["sessions"] == 2 and r["listen"] == [f"tcp:{d.address[0]}:{d.address[1]}"], f"{r}")


@suite.test
def it_lists_the_sessions(d):
    lobby, rates = d.room("Lobby"), d.room("Rates desk")
    amy = d.session(AMY, epid="e1")
    bob = d.session(BOB, agent="Sipe/9 \"x\"")
    amy.join(lobby)
    amy.join(lobby, rates)
    amy.say(lobby, "hello")
    with Control(d) as c:
        b, a = records(c, "sessions")
        expect(b["id"] > a["id"] and (a["user"], b["user"]) == (AMY, BOB), f"{a} {b}")
        expect(sorted(a["rooms"]) == ["Lobby", "Rates desk"] and a["roomCount"] == 2 and
               sorted(a["roomGuids"]) == sorted(u.rsplit("/")[-1] for u in (lobby, rates)), f"{a}")
        expect((a["messagesIn"], a["messagesOut"]) == (3, 4), f"{a}")
        expect(a["address"] == amy.host and a["transport"] == "tcp" and "epid:e1" in a["endpoint"],
               f"{a}")
        expect(b["client"] == bob.agent and b["rooms"] == [] and not b["closing"], f"{b}")
        expect(a["since"] <= a["lastActive"], f"{a}")
        guid = lobby.rsplit("/")[-1]
        for filters, wanted in (("id=%d" % a["id"], [a["id"]]), ("user=" + AMY, [a["id"]]),
                                ("room=" + guid, [a["id"]]), ("room=" + guid.upper(), [a["id"]]),
                                (f"user={BOB} room={guid}", []), ("id=999999", []),
                                ("user=sip:AMY@Contoso.Example", [a["id"]])):
            got = [r["id"] for r in records(c, "sessions " + filters)]
            expect(got == wanted, f"{filters}: {got}")
        for filters, code in (("user=sip:nobody@contoso.example", "not-found"), ("user=x", "invalid"),
                              ("room=" + "0" * 36, "not-found"), ("room=", "not-found"),
                              ("id=0", "invalid"), ("id=-1", "invalid"), ("x=1", "invalid"),
                              ("amy", "invalid")):
            got = records(c, "sessions " + filters)
            expect(isinstance(got, dict) and got["code"] == code, f"{filters}: {got}")


@suite.test
def it_kicks(d):
    lobby = d.room("Lobby")
    amy, bob, carol = d.session(AMY), d.session(BOB), d.session(CAROL)
    bob.join(lobby)
    amy.join(lobby)
    bob.expect("ntc:join")
    with Control(d) as c:
        expect(records(c, "kick")["code"] == "invalid", "kick without anybody")
        expect(records(c, "kick id=999999")["code"] == "not-found", "kick nobody")
        expect(records(c, f"kick user={AMY} by=a_b")[0] == {"kicked": 1}, "kick amy")
        amy.expect_closed()
        bob.expect("ntc:part")
        bob.barrier()
        expect(records(c, "kick room=" + lobby.rsplit("/")[-1]) == [{"kicked": 1}], "kick the room")
        bob.expect_closed()
        carol.barrier()
        expect(records(c, "kick all") == [{"kicked": 1}], "kick all")
        carol.expect_closed()
        expect(records(c, "sessions") == [], "sessions are left")
    d.session(AMY).join(lobby)


@suite.test
def a_session_that_shares_its_connection_is_kicked_by_bye(d):
    amy = d.session(AMY)
    bob = d.connect(BOB)
    bob.socket.close()
    bob.socket, bob.host = amy.socket, amy.host
    d.clients.remove(bob)
    bob.invite()
    with Control(d) as c:
        expect(records(c, f"kick user={BOB}") == [{"kicked": 1}], "kick bob")
    bob.handle(bob.receive())
    expect(bob.ended, "no BYE")
    amy.barrier()


@suite.test
def a_reader_that_stops_costs_little_and_is_dropped(d):
    amy = d.session(AMY)
    with Control(d) as c, Control(d) as other:
        before = records(other, "server")[0]["memory"]
        # Far more than the socket takes: each line is answered with a few hundred octets.
        c.socket.setblocking(False)
        sent = 0
        try:
            while sent < 64 << 20:
                sent += c.socket.send(b"sessions\n" * 4096)
        except BlockingIOError:
            pass
        expect(sent < 64 << 20, "everything was read, though nothing was taken")
        amy.barrier()
        after = records(other, "server")[0]["memory"]
        expect(after - before < 8 << 20, f"memory grew by {after - before}")
        c.socket.settimeout(LIMIT)
        try:
            while c.socket.recv(65536):
                pass
        except ConnectionResetError:
            pass


@suite.test
def half_a_line_does_not_hold_a_place(d):
    with Control(d) as c:
        c.socket.sendall(b"serv")
        expect(c.lines.readline() == "", "not dropped")


@suite.test
def a_drain_can_be_asked_for(d):
    amy = d.session(AMY)
    with Control(d) as c:
        (r,) = records(c, "drain by=tester")
        expect(r["state"] == "draining" and r["sessions"] == 1, f"{r}")
        amy.expect_closed()
        expect(c.lines.readline() == "", "still there")
    expect(d.process.wait(LIMIT) == 0, "exit status")
    expect("by=tester" in d.tail(), d.tail())
    d.process.stdout.close()
    d.log.close()
    d.clients.clear()
    d.start()


@suite.test
def a_second_pchatd_on_the_store_is_refused(d):
    r = run(d, "--listen", "tcp:127.0.0.1:0")
    expect(r.returncode == 7, f"{r.returncode}: {r.stderr}")
    expect("another pchatd serves the store" in r.stderr, r.stderr)
    d.connect(AMY).register()


@suite.test
def starts_that_cannot_be_say_why(d):
    nothing, empty = (os.path.join(d.store.work, name) for name in ("nothing", "empty"))
    os.mkdir(empty)
    for path in (nothing, empty):
        r = run(d, "--listen", "tcp:127.0.0.1:0", store=path)
        expect(r.returncode == 8 and path in r.stderr and "pchatctl store init" in r.stderr,
               f"{r.returncode}: {r.stderr}")
    expect(os.listdir(empty) == [] and not os.path.exists(nothing), "something was left there")
    r = run(d, "--frob")
    expect(r.returncode == 2 and "--frob" in r.stderr, r.stderr)
    r = run(d, "--help")
    expect(r.returncode == 0 and "--listen" in r.stdout, r.stdout)
    r = run(d, "--version")
    expect(r.returncode == 0 and r.stdout.startswith("pchatd "), r.stdout)


@suite.test
def what_is_unsafe_needs_to_be_asked_for(d):
    d.hang_up()
    d.stop()
    try:
        for args, status, text in (
                (["--auth", "none", "--listen", "tcp:0.0.0.0:0"], 6, "loopback"),
                (["--auth", "none", "--insecure", "--listen", "tcp:[::]:0"], 6, "loopback"),
                (["--auth", "digest", "--listen", "tcp:0.0.0.0:0"], 6, "in clear"),
                (["--auth", "digest", "--listen", "tls:127.0.0.1:0"], 2, "certificate"),
                (["--listen", "tcp:127.0.0.1:99999"], None, "99999"),
                (["--listen", "tcp:example.invalid:0"], None, "example.invalid")):
            r = run(d, *args)
            expect(r.returncode == status if status else r.returncode not in (0, 70),
                   f"{args}: {r.returncode}: {r.stderr}")
            expect(text in r.stderr, f"{args}: {r.stderr}")
    finally:
        d.start()


@suite.test
def a_dead_one_leaves_nothing_in_the_way(d):
    d.kill()
    expect(os.path.exists(os.path.join(d.store.path, "control.sock")), "no stale socket to test")
    d.start()
    with Control(d) as c:
        expect(c.ask("ping") == "ok", "ping")


@suite.test
def term_delivers_what_is_on_its_way_and_closes(d):
    lobby = d.room("Lobby")
    amy, bob = d.session(AMY), d.session(BOB)
    amy.join(lobby)
    bob.join(lobby)
    amy.expect("ntc:join")
    for n in range(20):
        amy.post(lobby, f"last words {n}")
    d.process.send_signal(signal.SIGTERM)
    serve_until_closed(amy, bob)
    heard = [m.body for m in bob.infos if b"last words" in m.body]
    expect(len(heard) == 20, f"{len(heard)} of 20 heard")
    expect(d.process.wait(LIMIT) == 0, "exit status")
    expect(not os.path.exists(os.path.join(d.store.path, "control.sock")), "the socket is left")
    d.process.stdout.close()
    d.log.close()
    d.clients.clear()
    d.start()


@suite.test
def hup_reopens_the_log(d):
    d.hang_up()
    d.stop()
    path = os.path.join(d.store.work, "rotated.log")
    d.args = ["--log", path, "--log-json"]
    d.start()
    os.rename(path, path + ".1")
    d.process.send_signal(signal.SIGHUP)
    while not os.path.exists(path):
        with Control(d) as c:
            c.ask("ping")
    d.connect(AMY).register()
    with open(path) as f:
        expect('"event":"reloaded"' in f.read().replace(": ", ":"), "no JSON line")
    d.args = []
    d.hang_up()
    d.stop()
    d.start()


@suite.test
def the_service_manager_is_told(d):
    d.hang_up()
    d.stop()
    path = os.path.join(d.store.work, "notify")
    s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    s.bind(path)
    s.settimeout(LIMIT)
    os.environ["NOTIFY_SOCKET"] = path
    try:
        d.start()
        expect(s.recv(100) == b"READY=1", "not ready")
        d.stop()
        while (heard := s.recv(100)) != b"STOPPING=1":
            expect(heard.startswith(b"STATUS="), f"{heard}")
    finally:
        del os.environ["NOTIFY_SOCKET"]
        s.close()
        d.start()


@suite.test
def the_ready_file_names_the_addresses(d):
    d.hang_up()
    d.stop()
    path = os.path.join(d.store.work, "ready")
    d.args = ["--ready-file", path, "--listen", "tcp:[::1]:0"]
    d.start()
    with open(path) as f:
        lines = f.read().splitlines()
    expect(len(lines) == 2 and lines[0] == f"listening tcp:127.0.0.1:{d.address[1]}" and
           lines[1].startswith("listening tcp:[::1]:"), f"{lines}")
    d.args = []


@suite.test
def as_many_connections_as_the_system_allows(d):
    d.hang_up()
    d.stop()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, hard))
    try:
        d.start()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    now = resource.prlimit(d.process.pid, resource.RLIMIT_NOFILE)[0]
    expect(now == hard or now > 131072, f"{now} of {hard}")


if __name__ == "__main__":
    raise SystemExit(suite.run(lambda: Daemon("none")))
