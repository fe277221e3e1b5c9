"""Both ends of a conversation with a real pchatd, scripted: raw sockets, strict order, no sleeps.

A test names what it sends and what must come next. That something does not come is
shown by a barrier: a question whose answer has to be the next thing on the wire
(Client.barrier). Clients write requests as pidgin-sipe does: no Via branch inside
a dialog, a lower-case transport, From with epid.

Run by tests/run, or by hand: PCHAT_BUILD=... PCHAT_SOURCE=... tests/wire/NAME.t
"""
import hashlib
import os
import re
import select
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from xml.sax.saxutils import escape, quoteattr

BUILD = os.environ["PCHAT_BUILD"]
PCHATD = os.path.join(BUILD, "pchatd/pchatd")
PCHATCTL = os.path.join(BUILD, "pchatctl/pchatctl")
LIMIT = 30.0  # seconds anything may take; never waited for when it comes earlier
DOMAIN = "contoso.example"
POOL = f"sip:GC-1-PersistentChatService-1@{DOMAIN}"
AMY, BOB, CAROL, DAVE, ERIN = (f"sip:{n}@{DOMAIN}" for n in ("amy", "bob", "carol", "dave", "erin"))
NS = "{urn:parlano:xml:ns:xccos}"
PROVISIONING = "application/vnd-microsoft-roaming-provisioning-v2+xml"

MANIFEST = f"""
pchat: 1
pool: {{domain: {DOMAIN}, uri: "{POOL}", displayName: Contoso chat}}
users:
  - {{uri: "{AMY}", displayName: Amy Jones}}
  - {{uri: "{BOB}", displayName: Bob & Co}}
  - {{uri: "{CAROL}"}}
  - {{uri: "{DAVE}"}}
  - {{uri: "{ERIN}"}}
groups:
  - {{name: Sales, members: ["{BOB}", "{CAROL}"]}}
policies:
  - {{name: global, enabled: false}}
  - {{name: traders, enabled: true, grantedTo: ["{AMY}", "group:Sales", "{ERIN}"]}}
categories:
  - {{name: Finance, allowed: ["{AMY}", "group:Sales", "{ERIN}"], history: true}}
  - {{name: Fleeting, allowed: ["{AMY}", "{BOB}"], history: false}}
rooms:
  - {{name: Rates desk, description: All about rates, category: Finance, privacy: closed,
     members: ["{AMY}", "group:Sales"], managers: ["{AMY}"]}}
  - {{name: Lobby, category: Finance, privacy: open}}
  - {{name: Secret, category: Finance, privacy: secret, members: ["{AMY}"]}}
  - {{name: Stage, category: Finance, type: auditorium, privacy: closed,
     members: ["{AMY}", "{BOB}"], presenters: ["{AMY}"]}}
  - {{name: Shut, category: Finance, privacy: open, disabled: true}}
  - {{name: Whispers, category: Fleeting, privacy: open}}
endpoints: ["sip:ocschat@{DOMAIN}"]
settings: [{{scope: global, authentication: none}}]
"""


class Failed(Exception):
    """What a test found wrong."""


def expect(condition, text):
    if not condition:
        raise Failed(text)


# ---- TAP ----

class Suite:
    """The tests of one file: @suite.test on each, suite.run() at the end."""

    def __init__(self):
        self.tests = []

    def test(self, f):
        self.tests.append(f)
        return f

    def run(self, make_world):
        """@make_world() gives what each test is called with; it has close(), which may fail."""
        wanted = sys.argv[1:]
        tests = [t for t in self.tests if not wanted or t.__name__ in wanted]
        print(f"1..{len(tests) + 1}", flush=True)
        world, bad = None, 0
        try:
            world = make_world()
            for n, t in enumerate(tests, 1):
                bad += self.run_one(world, n, t)
        except Failed as e:
            bad += 1
            print(f"Bail out! {e}", flush=True)
            return 1
        finally:
            if world:
                bad += self.end(world, len(tests) + 1)
        return 1 if bad else 0

    @staticmethod
    def run_one(world, n, t):
        name = t.__name__.replace("_", " ")
        try:
            t(world)
        except (Failed, OSError) as e:
            print(f"not ok {n} - {name}")
            for line in str(e).splitlines() or [repr(e)]:
                print(f"# {line}")
            sys.stdout.flush()
            return 1
        finally:
            world.hang_up()
        print(f"ok {n} - {name}", flush=True)
        return 0

    @staticmethod
    def end(world, n):
        try:
            world.close()
        except Failed as e:
            print(f"not ok {n} - pchatd ends cleanly")
            for line in str(e).splitlines():
                print(f"# {line}")
            return 1
        print(f"ok {n} - pchatd ends cleanly", flush=True)
        return 0


# ---- store and daemon ----

class Store:
    def __init__(self, manifest=MANIFEST):
        self.work = tempfile.mkdtemp(prefix="wire-")
        self.path = os.path.join(self.work, "store")
        self.ctl("store", "init", "--domain", DOMAIN)
        self.ctl("apply", "-f", "-", "--yes", "--no-wait", stdin=manifest)

    def ctl(self, *args, stdin=None, status=0):
        r = subprocess.run([PCHATCTL, "--store", self.path, *args], capture_output=True,
                           text=True, timeout=LIMIT, input=stdin,
                           stdin=None if stdin is not None else subprocess.DEVNULL)
        expect(r.returncode == status,
               f"pchatctl {' '.join(args)}: status {r.returncode}: {r.stderr.strip()}")
        return r.stdout

    def guid(self, room):
        out = self.ctl("room", "show", room, "--fields", "guid", "-o", "csv")
        return out.split("\n")[1].strip()

    def uri(self, room):
        return f"ma-chan://{DOMAIN}/{self.guid(room)}"

    def remove(self):
        shutil.rmtree(self.work, ignore_errors=True)


class Daemon:
    """A pchatd on a store of its own, and the clients a test has opened."""

    def __init__(self, auth="none", store=None, args=()):
        """@auth: None: as the settings say."""
        self.store = store or Store()
        self.auth = auth
        self.args = list(args)
        self.clients = []
        self.start()
        self.rooms = {}

    def start(self):
        self.log_path = os.path.join(self.store.work, "pchatd.log")
        self.log = open(self.log_path, "a")
        self.process = subprocess.Popen(
            [PCHATD, "--store", self.store.path, "--listen", "tcp:127.0.0.1:0",
             *(["--auth", self.auth] if self.auth else []), "--log-level", "debug", *self.args],
            stdout=subprocess.PIPE, stderr=self.log, text=True)
        line = self.process.stdout.readline()
        m = re.match(r"listening tcp:(.*):(\d+)$", line)
        if not m:
            self.process.wait(LIMIT)
            raise Failed(f"pchatd did not start: {self.tail()}")
        self.address = (m[1], int(m[2]))

    def tail(self):
        self.log.flush()
        with open(self.log_path, errors="replace") as f:
            return "".join(f.readlines()[-25:])

    def room(self, name):
        if name not in self.rooms:
            self.rooms[name] = self.store.uri(name)
        return self.rooms[name]

    def connect(self, user, **options):
        client = Client(self, user, **options)
        self.clients.append(client)
        return client

    def session(self, user, **options):
        """A client with an open chat session."""
        client = self.connect(user, **options)
        client.invite()
        return client

    def ctl(self, *args, **options):
        return self.store.ctl(*args, **options)

    def hang_up(self):
        """Between two tests: every client gone, and the daemon has seen it."""
        clients, self.clients = self.clients, []
        for c in clients:
            c.hang_up()
        with Control(self) as control:
            while "sessions=0 " not in control.ask("status"):
                pass

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.log.close()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(LIMIT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            status = "none in time"
        self.process.stdout.close()
        tail = self.tail()
        self.log.close()
        expect(status == 0, f"exit status {status}: {tail}")

    def close(self):
        self.hang_up()
        try:
            self.stop()
        finally:
            self.store.remove()


def make_certificate(directory, name):
    """A self-signed one for 127.0.0.1, in agent.pem and cafile.pem."""
    key, cert = (os.path.join(directory, f) for f in ("key.pem", "cafile.pem"))
    r = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", key,
         "-out", cert, "-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1"],
        capture_output=True, text=True, timeout=LIMIT)
    expect(r.returncode == 0, r.stderr)
    part = os.path.join(directory, "agent.part")
    with open(part, "w") as out:
        for path in (key, cert):
            with open(path) as f:
                out.write(f.read())
    os.rename(part, os.path.join(directory, "agent.pem"))


class TlsUsers(Daemon):
    """With passwords for @secrets, also listening on TLS with a certificate of its own."""

    def __init__(self, secrets):
        self.certificates = self.tls_address = None
        super().__init__("digest")
        self.certificates = os.path.join(self.store.work, "certificates")
        os.mkdir(self.certificates)
        make_certificate(self.certificates, "first")
        for user, secret in secrets.items():
            self.ctl("user", "passwd", user, "--password-stdin", stdin=secret + "\n")
        self.stop()
        self.args = ["--listen", "tls:127.0.0.1:0", "--cert", self.certificates]
        self.start()
        line = self.process.stdout.readline()
        self.tls_address = ("127.0.0.1", int(re.match(r"listening tls:127.0.0.1:(\d+)$", line)[1]))

    def context(self):
        """That trusts the certificate which is there now."""
        return ssl.create_default_context(cafile=os.path.join(self.certificates, "cafile.pem"))


class Control:
    """The control socket of a daemon."""

    def __init__(self, daemon):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(LIMIT)
        self.socket.connect(os.path.join(daemon.store.path, "control.sock"))
        self.lines = self.socket.makefile("r")

    def ask(self, line):
        self.socket.sendall(line.encode() + b"\n")
        return self.lines.readline().rstrip("\n")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.lines.close()
        self.socket.close()


# ---- SIP ----

class Message:
    def __init__(self, head, body):
        lines = head.split("\r\n")
        self.start = lines[0]
        self.body = body
        self.headers = []
        for line in lines[1:]:
            name, _, value = line.partition(":")
            self.headers.append((name.strip().lower(), value.strip()))

    def all(self, name):
        return [v for n, v in self.headers if n == name.lower()]

    def get(self, name, default=""):
        return (self.all(name) or [default])[0]

    @property
    def status(self):
        return int(self.start.split()[1]) if self.start.startswith("SIP/2.0 ") else 0

    @property
    def method(self):
        return "" if self.status else self.start.split()[0]

    @property
    def diagnostics(self):
        return int((self.get("ms-diagnostics") or "0").split(";")[0])

    def __str__(self):
        return f"{self.start} {self.body[:300]!r}"


class Wire:
    """Framed messages on one connection."""

    def __init__(self, address, tls=None, source=None):
        """@tls: an SSLContext; @source: the address it comes from."""
        self.socket = socket.create_connection(address, LIMIT,
                                               source and (source, 0))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.transport = "tls" if tls else "tcp"
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_hostname=address[0])
        self.data = b""
        self.host = "%s:%d" % self.socket.getsockname()

    def send(self, data):
        self.socket.sendall(data if isinstance(data, bytes) else data.encode())

    def _fill(self):
        try:
            more = self.socket.recv(65536)
        except socket.timeout:
            raise Failed(f"nothing came within {LIMIT:.0f} s; unread: {self.data[:200]!r}") from None
        except ConnectionResetError:
            more = b""
        self.data += more
        return bool(more)

    def receive(self):
        """The next message, or None at the end of the connection."""
        while b"\r\n\r\n" not in self.data.lstrip(b"\r\n"):
            if not self._fill():
                expect(not self.data.strip(), f"half a message: {self.data!r}")
                return None
        self.data = self.data.lstrip(b"\r\n")
        head, _, rest = self.data.partition(b"\r\n\r\n")
        m = Message(head.decode(), b"")
        length = m.get("content-length")
        expect(length or not m.get("content-type"), f"no Content-Length in {head!r}")
        n = int(length or 0)
        while len(rest) < n:
            expect(self._fill(), f"half a body: {rest!r}")
            rest = self.data.partition(b"\r\n\r\n")[2]
        m.body, self.data = rest[:n], rest[n:]
        return m

    def fileno(self):
        return self.socket.fileno()

    def close(self):
        self.socket.close()


_serial = 0


def serial():
    global _serial
    _serial += 1
    return _serial


class Client(Wire):
    """One user at one connection, with at most one dialog at a time."""

    def __init__(self, daemon, user, epid="0123456789ab", password=None, agent="Sipe/1.25.0",
                 address=None, tls=None, source=None):
        self.place = (address or daemon.address, {"tls": tls, "source": source})
        super().__init__(self.place[0], tls, source)
        self.daemon, self.user, self.epid, self.password = daemon, user, epid, password
        self.agent = agent
        self.asserts = ()   # what every request carries as P-Asserted-Identity
        self.infos = []     # bodies of INFO not yet looked at
        self.notified = []  # NOTIFY and BENOTIFY not yet looked at
        self.answers = 200  # how INFO of the server are answered; None: not at all
        self.dialog = None
        self.ended = False  # the server has said BYE
        self.envid = 1000 * serial()

    def come_back(self, **options):
        """A new connection, after close(), on which the dialog goes on."""
        super().__init__(*self.place[:1], **{**self.place[1], **options})

    # -- requests

    def headers(self, method, cseq, call_id, tag, to, branch):
        via = f"SIP/2.0/{self.transport} {self.host}" + (f";branch=z9hG4bK{serial():08x}" if branch else "")
        return (f"Via: {via}\r\nFrom: <{self.user}>;tag={tag};epid={self.epid}\r\nTo: {to}\r\n"
                f"Max-Forwards: 70\r\nCSeq: {cseq} {method}\r\nUser-Agent: {self.agent}\r\n"
                f"Call-ID: {call_id}\r\n"
                + "".join(f"P-Asserted-Identity: {a}\r\n" for a in self.asserts))

    def request(self, method, uri, *lines, to=None, body="", kind=None, cseq=1, call_id=None,
                tag=None, branch=True):
        """Send a request outside a dialog and return the final answer."""
        call_id = call_id or f"{serial()}@{self.host}"
        body = body.encode() if isinstance(body, str) else body
        text = f"{method} {uri} SIP/2.0\r\n" + self.headers(
            method, cseq, call_id, tag or f"t{serial()}", to or f"<{self.user}>", branch)
        for line in lines:
            text += line + "\r\n"
        if kind:
            text += f"Content-Type: {kind}\r\n"
        self.send(text.encode() + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
        return self.answer(call_id, cseq, method)

    def answer(self, call_id, cseq, method):
        """The final answer to a request; what else comes is handled meanwhile."""
        while True:
            m = self.receive()
            expect(m, f"connection closed instead of an answer to {method}; "
                      f"log: {self.daemon.tail()}")
            if not m.status:
                self.handle(m)
            elif m.get("call-id") == call_id and m.get("cseq") == f"{cseq} {method}":
                if m.status >= 200:
                    return m
            else:
                raise Failed(f"{self.user}: stray answer {m}, waiting for {cseq} {method}")

    def handle(self, m):
        """A request of the server."""
        if m.method == "INFO":
            self.infos.append(m)
            if self.answers:
                self.reply(m, self.answers)
        elif m.method == "BYE":
            self.ended = True
            self.reply(m, 200)
        elif m.method in ("NOTIFY", "BENOTIFY"):
            self.notified.append(m)
            if m.method == "NOTIFY":
                self.reply(m, 200)
        else:
            raise Failed(f"{self.user}: unexpected {m}")

    def reply(self, m, status):
        text = f"SIP/2.0 {status} x\r\n"
        for name in ("Via", "From", "To", "Call-ID", "CSeq"):
            for value in m.all(name):
                text += f"{name}: {value}\r\n"
        self.send(text + "Content-Length: 0\r\n\r\n")

    def register(self, expires=None, status=200):
        lines = [f"Contact: <sip:{self.host};transport={self.transport}>;"
                 "+sip.instance=\"<urn:uuid:085e0bd8-031c-5a0d-8d9a-f149aae6954a>\"",
                 "Event: registration"]
        if expires is not None:
            lines.append(f"Expires: {expires}")
        call_id = f"{serial()}@{self.host}"
        m = self.request("REGISTER", f"sip:{DOMAIN}", *lines, call_id=call_id)
        if m.status in (401, 407) and self.password is not None:
            lines.append(self.credentials(m))
            m = self.request("REGISTER", f"sip:{DOMAIN}", *lines, call_id=call_id)
        expect(m.status == status, f"REGISTER: {m} instead of {status}")
        return m

    def credentials(self, challenge, uri=None, nc=1, method="REGISTER", strong=False, **changes):
        """The answer to a challenge; to a 407 as pidgin-sipe makes it. @strong: with SHA-256."""
        proxy = challenge.status == 407
        name = "proxy-authenticate" if proxy else "www-authenticate"
        values = dict(re.findall(r'(\w+)="?([^",]*)"?', challenge.all(name)[0 if strong else -1]))
        values.update(changes)
        uri = uri or ("(null)" if proxy else f"sip:{DOMAIN}")
        login = self.user[4:]

        def h(text):
            return (hashlib.sha256 if strong else hashlib.md5)(text.encode()).hexdigest()
        ha1 = h(f"{login}:{values['realm']}:{self.password}")
        response = h(f"{ha1}:{values['nonce']}:{nc:08x}:cafe:auth:{h(method + ':' + uri)}")
        return (f'{"Proxy-Authorization" if proxy else "Authorization"}: Digest username="{login}", '
                f'realm="{values["realm"]}", nonce="{values["nonce"]}", uri="{uri}", qop=auth, '
                f'nc={nc:08x}, cnonce="cafe", ' + ("algorithm=SHA-256, " if strong else "") +
                f'response="{response}"')

    def subscribe(self, event, kind, body="", **options):
        return self.request("SUBSCRIBE", self.user, f"Event: {event}", f"Accept: {kind}",
                            "Supported: ms-piggyback-first-notify", "Proxy-Require: ms-benotify",
                            "Expires: 0", kind=kind if body else None, body=body, **options)

    def notice(self):
        """The next NOTIFY or BENOTIFY."""
        while not self.notified:
            m = self.receive()
            expect(m and not m.status, f"{self.user}: {m} instead of a notification")
            self.handle(m)
        return self.notified.pop(0)

    def provisioning(self, **options):
        body = ('<provisioningGroupList xmlns="http://schemas.microsoft.com/2006/09/sip/'
                'provisioninggrouplist"><provisioningGroup name="ServerConfiguration"/>'
                '<provisioningGroup name="persistentChatConfiguration"/></provisioningGroupList>')
        return self.subscribe("vnd-microsoft-provisioning-v2", PROVISIONING, body, **options)

    # -- the dialog

    def invite(self, uri=POOL, status=200, ack=True):
        sdp = ("v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=session\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
               "m=message 5060 sip null\r\na=accept-types:text/plain\r\n")
        self.call_id, self.tag = f"{serial()}@{self.host}", f"t{serial()}"
        self.target = uri
        m = self.request("INVITE", uri, "Supported: ms-sender",
                         f"Contact: <{self.user};opaque=user:epid:{self.epid};gruu>",
                         to=f"<{uri}>", body=sdp, kind="application/sdp", call_id=self.call_id,
                         tag=self.tag, branch=False)
        expect(status is None or m.status == status, f"INVITE: {m} instead of {status}")
        if m.status == 200:
            self.dialog, self.cseq, self.ended = m.get("to"), 1, False
            self.remote = re.search(r"<([^>]*)>", m.get("contact"))[1]
            if ack:
                self.ack()
        return m

    def ack(self):
        self.send(f"ACK {self.remote} SIP/2.0\r\n" +
                  self.headers("ACK", 1, self.call_id, self.tag, self.dialog, False) +
                  "Content-Length: 0\r\n\r\n")

    def send_within(self, method, body=b"", kind=None, *lines):
        self.cseq += 1
        text = f"{method} {self.remote} SIP/2.0\r\n" + self.headers(
            method, self.cseq, self.call_id, self.tag, self.dialog, False)
        for line in lines:
            text += line + "\r\n"
        if kind:
            text += f"Content-Type: {kind}\r\n"
        self.send(text.encode() + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
        return self.cseq

    def within(self, method, *lines, body=b"", kind=None):
        cseq = self.send_within(method, body, kind, *lines)
        return self.answer(self.call_id, cseq, method)

    def bye(self):
        m = self.within("BYE")
        expect(m.status == 200, f"BYE: {m}")
        self.ended = True

    # -- XCCOS

    def envelope(self, *primitives):
        self.envid += 1
        return (f'<xccos ver="1" envid="{self.envid}" xmlns="urn:parlano:xml:ns:xccos">'
                + "".join(primitives) + "</xccos>").encode()

    def tell(self, body, status=200):
        """Send an INFO and take its SIP answer."""
        body = body.encode() if isinstance(body, str) else body
        m = self.within("INFO", body=body, kind="text/plain")
        expect(m.status == status, f"INFO: {m} instead of {status} to {body[:80]!r}")
        return m

    def cmd(self, name, data="", status=200):
        self.tell(self.envelope(f'<cmd id="cmd:{name}" seqid="1"><data>{data}</data></cmd>'),
                  status)

    def post(self, room, text, extra="", attributes="", status=200):
        self.tell(self.envelope(
            f'<grpchat id="grpchat" seqid="1" chanUri={quoteattr(room)} author="{self.user}"'
            f' ts="2026-11-21T04:16:05Z"{attributes}><chat>{escape(text)}</chat>{extra}</grpchat>'),
            status)

    def next(self):
        """The next primitive of the server, as an element."""
        while not self.infos:
            m = self.receive()
            expect(m, f"{self.user}: connection closed; log: {self.daemon.tail()}")
            expect(not m.status, f"{self.user}: stray answer {m}")
            self.handle(m)
            expect(not self.ended, f"{self.user}: BYE instead of an INFO")
        return primitive(self.infos.pop(0).body)

    def expect(self, id, code=None, **attributes):
        """The next primitive must have this id (and result code and attributes)."""
        p = self.next()
        expect(p.get("id") == id, f"{self.user}: {text_of(p)} instead of {id}")
        if id.startswith("rpl:"):
            got = p.find(NS + "resp").get("code")
            expect(got == str(code or 200), f"{self.user}: {text_of(p)} instead of {code or 200}")
            expect(p.find(NS + "commandid").get("envid") == str(self.envid),
                   f"{self.user}: {text_of(p)} does not answer envid {self.envid}")
        for name, value in attributes.items():
            expect(p.get(name) == value, f"{self.user}: {name} is not {value} in {text_of(p)}")
        return p

    def ask(self, name, data="", code=200):
        """A command and the reply that must be next."""
        self.cmd(name, data)
        return self.expect("rpl:" + name, code)

    def barrier(self):
        """Everything sent to this client before now has been looked at: nothing else is there."""
        self.cmd("requri")
        self.expect("rpl:requri")

    def join(self, *rooms, code=200):
        """join, or bjoin of several."""
        ids = "".join(f'<chanid key="{i}" domain="{DOMAIN}" value="{r.rsplit("/", 1)[1]}"/>'
                      for i, r in enumerate(rooms))
        return self.ask("join" if len(rooms) == 1 else "bjoin", ids, code)

    def part(self, room, code=200):
        return self.ask("part", f'<chanib uri="{room}"/>', code)

    def say(self, room, text):
        """Post, and see acknowledgement and echo."""
        self.post(room, text)
        self.expect("rpl:grpchat")
        p = self.expect("grpchat", chanUri=room, author=self.user)
        expect(p.find(NS + "chat").text == text, f"echo is {text_of(p)}")
        return p

    def hears(self, room, author, text):
        p = self.expect("grpchat", chanUri=room, author=author)
        expect(p.find(NS + "chat").text == text, f"{self.user} hears {text_of(p)}, not {text!r}")
        return p

    def history(self, room, count=25):
        p = self.ask("bccontext", f'<chanib uri="{room}"/><bcq><last cnt="{count}"/></bcq>')
        return [m.find(NS + "chat").text for m in p.iter(NS + "msg")]

    def pump(self):
        """Receive until an INFO of the server is here, and answer it."""
        while not self.infos:
            m = self.receive()
            expect(m and not m.status, f"{self.user}: {m} instead of an INFO")
            self.handle(m)

    def hang_up(self):
        """Say BYE, so that nothing of this client is left when the next one comes."""
        try:
            if self.dialog and not self.ended:
                self.within("BYE")
        except (Failed, OSError):
            pass
        self.close()

    def expect_closed(self):
        """The server closes the connection; what it said before may be looked at."""
        while True:
            m = self.receive()
            if m is None:
                return
            expect(not m.status, f"stray answer {m}")
            self.handle(m)


def serve_until_closed(*clients):
    """Answer what comes to any of them until the server has closed all."""
    left = list(clients)
    while left:
        ready = [c for c in left if c.data] or select.select(left, [], [], LIMIT)[0]
        expect(ready, f"nothing came within {LIMIT:.0f} s")
        for c in ready:
            m = c.receive()
            if m is None:
                left.remove(c)
            elif not m.status:
                c.handle(m)


def primitive(body):
    root = ET.fromstring(body)
    expect(root.tag == NS + "xccos" and len(root) == 1, f"no envelope of one primitive: {body!r}")
    return root[0]


def text_of(element):
    return ET.tostring(element, encoding="unicode").replace("ns0:", "")


def uris(p, path):
    return [e.get("uri") for e in p.iterfind("/".join(NS + s for s in path.split("/")))]


def within_a_second(started):
    took = time.monotonic() - started
    expect(took < 1.0, f"took {took:.2f} s")
