#!/usr/bin/env python3
"""Metrics, trace, reloading, the service manager, the end."""
import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess

from sipscript import AMY, BOB, LIMIT, POOL, Control, Daemon, Suite, Wire, expect

suite = Suite()


class World(Daemon):
    def start(self):
        super().start()
        self.scrape_at = None
        if "--metrics" in self.args:
            line = self.process.stdout.readline()
            while not line.startswith("metrics "):
                line = self.process.stdout.readline()
            m = re.match(r"metrics http://(.*):(\d+)/metrics$", line)
            self.scrape_at = (m[1], int(m[2]))

    def again(self, *args):
        """Anew with other options."""
        self.hang_up()
        self.stop()
        self.args = list(args)
        self.start()

    def whole_log(self):
        self.log.flush()
        with open(self.log_path, errors="replace") as f:
            return f.read()

    def http(self, request):
        with socket.create_connection(self.scrape_at, LIMIT) as s:
            s.sendall(request)
            data = b""
            try:
                while more := s.recv(65536):
                    data += more
            except ConnectionResetError:
                pass
        return data.decode()

    def metrics(self):
        """Name with its label -> value, from the page."""
        head, _, text = self.http(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n").partition("\r\n\r\n")
        expect(head.startswith("HTTP/1.1 200 ") and f"Content-Length: {len(text)}" in head, head)
        values, types = {}, {}
        for line in text.splitlines():
            if m := re.match(r"# TYPE (\w+) (counter|gauge|histogram)$", line):
                expect(m[1] not in types, f"{m[1]} comes twice")
                types[m[1]] = m[2]
            elif not line.startswith("# HELP "):
                m = re.match(r'(\w+)(\{\w+="[^"]*"\})? ([0-9.]+)$', line)
                expect(m, f"no sample: {line}")
                expect(re.sub("_(bucket|sum|count)$", "", m[1]) in types or m[1] in types,
                       f"{m[1]} has no type")
                values[m[1] + (m[2] or "")] = float(m[3])
        return values


def samples(c):
    c.socket.sendall(b"metrics\n")
    values = {}
    while True:
        r = json.loads(c.lines.readline())
        if "end" in r:
            return values
        if "name" in r:
            label = re.sub("=(.*)", r'="\1"', r["label"]) if r["label"] else None
            values[r["name"] + ("{%s}" % label if label else "")] = float(r["value"])


@suite.test
def what_happens_is_counted(d):
    lobby = d.room("Lobby")
    d.ctl("site", "create", "barrier")  # in force: what the start itself writes is over
    with Control(d) as c:
        before = samples(c)
        amy, bob = d.session(AMY), d.session(BOB)
        amy.join(lobby)
        bob.join(lobby)
        amy.expect("ntc:join")
        amy.say(lobby, "one")
        bob.hears(lobby, AMY, "one")
        bob.history(lobby)
        rude = d.connect("sip:dave@contoso.example")
        expect(rude.request("INVITE", POOL, to=f"<{POOL}>").status == 403, "dave")
        now = samples(c)
    for name, grown in (("pchat_sessions", 2), ("pchat_users", 2), ("pchat_joined_rooms", 2),
                        ("pchat_sessions_opened_total", 2), ("pchat_posts_total", 1),
                        ("pchat_deliveries_total", 2), ("pchat_messages_in_total", 4),
                        ('pchat_commands_total{command="join"}', 2),
                        ('pchat_commands_total{command="bccontext"}', 1),
                        ('pchat_sessions_refused_total{diagnostics="20010"}', 1),
                        ("pchat_store_write_seconds_count", 1), ("pchat_store_read_seconds_count", 1),
                        ('pchat_store_write_seconds_bucket{le="+Inf"}', 1)):
        got = now.get(name, 0) - before.get(name, 0)
        expect(got == grown, f"{name} has grown by {got}, not {grown}")
    expect(now["pchat_memory_bytes"] > 1 << 20 and now["pchat_serving"] == 1, f"{now}")
    counts = [now[f'pchat_store_write_seconds_bucket{{le="{b}"}}'] for b in
              ("0.000100", "0.000250", "0.000500", "0.001000", "2.500000", "+Inf")]
    expect(counts == sorted(counts), f"buckets do not add up: {counts}")


@suite.test
def prometheus_reads_the_same(d):
    d.again("--metrics", "127.0.0.1:0")
    d.session(AMY)
    with Control(d) as c:
        there, here = d.metrics(), samples(c)
    expect(there.keys() == here.keys(), f"{there.keys() ^ here.keys()}")
    expect(there["pchat_sessions"] == here["pchat_sessions"] == 1, "sessions")
    for request, status in ((b"GET / HTTP/1.1\r\n\r\n", "404"), (b"POST /metrics HTTP/1.1\r\n\r\n", "405"),
                            (b"GET /metrics?x=1 HTTP/1.0\r\n\r\n", "200"), (b"\r\n\r\n", "405"),
                            (b"GET /metrics HTTP/1.1\r\nX: " + b"x" * 5000, "431")):
        got = d.http(request)
        expect(got.startswith(f"HTTP/1.1 {status} "), f"{request[:40]}: {got[:60]!r}")
    # Those who say nothing are as many as there are places; they are dropped in the end.
    silent = [socket.create_connection(d.scrape_at, LIMIT) for _ in range(8)]
    for s in silent:
        s.settimeout(LIMIT)
        expect(s.recv(1) == b"", "it was answered")
        s.close()
    d.metrics()


@suite.test
def metrics_are_for_this_machine(d):
    for spec, status in (("0.0.0.0:0", 6), ("[::]:0", 6), ("192.0.2.1:9464", 6), ("9464", 6)):
        store = d.store.path + "-other"
        shutil.copytree(d.store.path, store, ignore=shutil.ignore_patterns("*.sock", "*.lock"))
        r = subprocess.run([os.path.join(os.environ["PCHAT_BUILD"], "pchatd/pchatd"), "--store", store,
                            "--listen", "tcp:127.0.0.1:0", "--auth", "none", "--metrics", spec],
                           capture_output=True, text=True, timeout=LIMIT)
        shutil.rmtree(store)
        expect(r.returncode == status and "loopback" in r.stderr, f"{spec}: {r.returncode} {r.stderr}")


@suite.test
def trace_shows_what_is_not_known_and_no_message(d):
    amy = d.session(AMY)
    lobby = d.room("Lobby")
    amy.join(lobby)

    def say_odd():
        amy.tell(amy.envelope(
            '<cmd id="cmd:frobnicate" seqid="1"><data><what x="strange"/></data></cmd>'))
        amy.expect("rpl:frobnicate", 501)
    say_odd()
    expect("strange" not in d.whole_log(), "dumped without being asked to")
    d.ctl("server", "trace", "2")
    say_odd()
    expect(d.whole_log().count("strange") == 1, "not dumped")
    amy.post(lobby, "very private", extra='<odd xmlns="urn:x"/>')
    amy.next()
    amy.next()
    amy.tell(b"<xccos><grpchat>very private", status=400)
    say_odd()
    say_odd()
    log = d.whole_log()
    expect(log.count("strange") == 2, "more than asked for")
    expect("very private" not in log, "what was said is in the log")
    d.ctl("server", "trace", "1001", status=3)
    d.ctl("server", "trace", "5")
    d.ctl("server", "trace", "0")
    say_odd()
    expect(d.whole_log().count("strange") == 2, "dumped after it was ended")


@suite.test
def every_metric_is_documented(d):
    with Control(d) as c, open(os.path.join(os.environ["PCHAT_SOURCE"], "docs/operation.md")) as f:
        told = set(re.findall(r"`(pchat_\w+)", f.read()))
        there = {re.sub("_seconds_(bucket|sum|count)$", "_seconds", n.partition("{")[0])
                 for n in samples(c)}
    expect(there <= told, f"not in docs/operation.md: {there - told}")


def certificate(folder, name):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout",
                    f"{folder}/key.pem", "-out", f"{folder}/cert.pem", "-subj", f"/CN={name}",
                    "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
    with open(f"{folder}/key.pem") as k, open(f"{folder}/cert.pem") as c, \
            open(f"{folder}/agent.pem", "w") as out:
        out.write(k.read() + c.read())
    shutil.copy(f"{folder}/cert.pem", f"{folder}/cafile.pem")


def shown(address):
    """The certificate a new connection sees."""
    context = ssl._create_unverified_context()
    with socket.create_connection(address, LIMIT) as s, context.wrap_socket(s) as t:
        return t.getpeercert(binary_form=True)


@suite.test
def hup_shows_the_new_certificate_and_keeps_the_old_connections(d):
    folder = os.path.join(d.store.work, "tls")
    os.mkdir(folder)
    certificate(folder, "first")
    ready = os.path.join(d.store.work, "ready")
    d.again("--listen", "tls:127.0.0.1:0", "--cert", folder, "--ready-file", ready)
    with open(ready) as f:
        address = ("127.0.0.1", int(re.search(r"tls:127.0.0.1:(\d+)", f.read())[1]))
    amy = d.session(AMY, address=address, tls=ssl._create_unverified_context())
    bob = d.session(BOB)
    lobby = d.room("Lobby")
    amy.join(lobby)
    first = shown(address)
    certificate(folder, "second")
    expect(shown(address) == first, "changed without being asked to")
    d.process.send_signal(signal.SIGHUP)
    while d.whole_log().count("event=reloaded") < 1:
        with Control(d) as c:
            c.ask("ping")
    second = shown(address)
    expect(second != first, "still the old one")
    amy.say(lobby, "still here")
    bob.barrier()
    # A certificate that cannot be read changes nothing.
    with open(f"{folder}/agent.pem", "w") as f:
        f.write("nonsense")
    d.process.send_signal(signal.SIGHUP)
    while "reload failed" not in d.whole_log():
        with Control(d) as c:
            c.ask("ping")
    expect(shown(address) == second, "lost the certificate")
    amy.say(lobby, "and still")
    d.again()


@suite.test
def draining_takes_no_sessions_and_a_second_term_hastens(d):
    lobby = d.room("Lobby")
    amy, bob = d.session(AMY), d.session(BOB)
    bob.join(lobby)
    amy.join(lobby)
    bob.answers = None  # holds up the drain: what he is told is never confirmed
    amy.say(lobby, "are you there?")
    late = d.connect("sip:carol@contoso.example")
    late.register()
    d.process.send_signal(signal.SIGTERM)
    while "event=draining" not in d.whole_log():
        with Control(d) as c:
            c.ask("ping")
    m = late.request("INVITE", POOL, to=f"<{POOL}>")
    expect(m.status == 503 and m.diagnostics == 20000 and m.get("retry-after") == "5", f"{m}")
    expect(d.process.poll() is None, "it did not wait for bob")
    d.process.send_signal(signal.SIGTERM)
    expect(d.process.wait(LIMIT) == 0, "exit status")
    expect("asked again" in d.whole_log(), d.tail())
    d.process.stdout.close()
    d.log.close()
    d.clients.clear()
    d.start()


@suite.test
def the_service_manager_hears_of_reloads_and_life(d):
    path = os.path.join(d.store.work, "notify")
    s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    s.bind(path)
    s.settimeout(LIMIT)
    os.environ["NOTIFY_SOCKET"] = path
    os.environ["WATCHDOG_USEC"] = "1000000"
    try:
        d.again()
        heard = []

        def until(word):
            while not any(word in h for h in heard):
                heard.append(s.recv(500))
        until(b"READY=1")
        until(b"STATUS=serving 0 sessions\nWATCHDOG=1")
        d.session(AMY)
        until(b"STATUS=serving 1 sessions\nWATCHDOG=1")
        heard.clear()
        d.process.send_signal(signal.SIGHUP)
        until(b"RELOADING=1\nMONOTONIC_USEC=")
        until(b"READY=1")
        d.hang_up()
        d.stop()
        until(b"STOPPING=1")
        until(b"STATUS=draining")
    finally:
        del os.environ["NOTIFY_SOCKET"], os.environ["WATCHDOG_USEC"]
        s.close()
        d.start()


if __name__ == "__main__":
    raise SystemExit(suite.run(lambda: World("none")))
