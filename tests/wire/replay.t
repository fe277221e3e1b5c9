#!/usr/bin/env python3
"""What a real client said, said again: the recordings of tests/data/sipe.

Every message of the client goes out octet for octet, except for what the server of the
recording had made up and this one makes up anew: the To tag of a dialog and its Request-URI,
the Via, tags and CSeq of a request that is answered, the challenge of a digest, the versions
that the user's own publications have. Every answer
of the server is held against the recorded one: its status, the kind and order of what it
says of itself, and of each the parts that the client looks at.
"""
import hashlib
import os
import re

from sipscript import (DOMAIN, NS, Daemon, Message, Store, Suite, Wire, expect, primitive, text_of)

suite = Suite()
DATA = os.path.join(os.environ["PCHAT_SOURCE"], "tests/data/sipe")
PASSWORDS = {f"amy@{DOMAIN}": "Secret1", f"bob@{DOMAIN}": "Secret2"}

# What this server says otherwise than the one of the recordings, on purpose.
ALIKE = {"ntc:bjoin": "ntc:join"}  # a bjoin is told by its own notice; the client reads both alike
UNASKED = {"rpl:grpchat"}          # a post is acknowledged besides; the client takes no notice

MANIFEST = """
pchat: 1
pool: {{domain: {domain}, uri: "{pool}", displayName: Contoso chat}}
users:
  - {{uri: "sip:amy@{domain}", displayName: Amy}}
  - {{uri: "sip:bob@{domain}", displayName: Bob}}
policies: [{{name: global, enabled: true}}]
categories:
  - {{name: Recorded, allowed: ["domain:{domain}"], history: true, fileUpload: false,
     invitations: false}}
rooms:
  - {{name: Lobby, description: "The Lobby, a room", category: Recorded, privacy: closed,
     guid: 76bcf50a-d264-5b8f-8606-90950c79b154,
     members: ["sip:amy@{domain}", "sip:bob@{domain}"], managers: ["sip:amy@{domain}"]}}
  - {{name: Ops Room, description: "The Ops Room, a room", category: Recorded, privacy: closed,
     guid: 2e69fd67-a2b7-5a7b-a335-ab49c8f16cf2, members: ["sip:amy@{domain}"]}}
  - {{name: Vault, description: "The Vault, a room", category: Recorded, privacy: closed,
     guid: 7b6640ae-04c6-554f-a1b0-a8f1cd005953, members: ["sip:amy@{domain}"]}}
endpoints: [{endpoints}]
settings: [{{scope: global, authentication: {auth}}}]
"""


# ---- the recordings ----

class Event(Message):
    """One message of a recording, of the client ('>') or of the server ('<')."""

    def __init__(self, connection, way, text):
        self.connection, self.sent = connection, way == ">"
        self.head, _, body = text.partition("\n\n")
        super().__init__(self.head.replace("\n", "\r\n"), b"")
        self.body = body.encode()
        length = int(self.get("content-length") or len(self.body))
        if length != len(self.body):
            self.body = body.replace("\n", "\r\n").encode()
        expect(length == len(self.body), f"{self} has {len(self.body)} octets, not {length}")


def recording(name):
    with open(os.path.join(DATA, name + ".txt"), encoding="utf-8") as f:
        parts = re.split(r"^==== (\d+) ([<>])\n", f.read(), flags=re.M)
    expect(parts[0] == "" and len(parts) > 100, f"{name} is no recording")
    return [Event(int(parts[i]), parts[i + 1], parts[i + 2][:-1])
            for i in range(1, len(parts), 3)]


def tag(address):
    m = re.search(r";tag=([^;]*)", address)
    return m[1] if m else ""


def address(header):
    return re.search(r"<([^>]*)>", header)[1]


def name_of(p):
    return ALIKE.get(p.get("id"), p.get("id"))


def asked_by(p):
    """The envid of the command that a reply answers."""
    c = p.find(NS + "commandid")
    return c.get("envid") if c is not None else None


# ---- the parts a client looks at ----

def under(p, path):
    return p.iterfind(NS + "data/" + "/".join(NS + s for s in path.split("/")))


def info(chanib, word):
    for e in chanib:
        if (e.get("id") or "").endswith(":" + word):
            return (e.text or "").lower()
    return None


def seen_join(p):
    people = {u.get("id"): u.get("uri") for u in under(p, "uib")}
    return [(c.get("uri"), c.get("name"),
             sorted((people[i], a.get("key")) for a in c.iterfind(NS + "aib")
                    for i in a.get("value").split(",")))
            for c in under(p, "chanib")]


def seen_message(m):
    expect(re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$", m.get("ts") or ""), text_of(m))
    return [m.get(a) for a in ("id", "chanUri", "author", "authdisp", "chatId")] + \
        [m.find(NS + "chat").text]


SEEN = {
    "rpl:requri": lambda p: [u.get("uri") for u in under(p, "uib")],
    "rpl:getinv": lambda p: [(i.get("inviteId"), i.get("domain")) for i in under(p, "inv")],
    "rpl:chansrch": lambda p: [(c.get("uri"), c.get("name"), c.get("description"),
                                info(c, "ucnt"), info(c, "logged"), info(c, "filepost"))
                               for c in under(p, "chanib")],
    "rpl:join": seen_join,
    "rpl:bjoin": seen_join,
    "rpl:part": lambda p: [c.get("uri") for c in under(p, "chanib")],
    "rpl:bccontext": lambda p: [(c.get("uri"), [seen_message(m) for m in c.iterfind(NS + "msg")])
                                for c in under(p, "chanib")],
    "grpchat": seen_message,
    "ntc:join": lambda p: [(u.get("uri"), [(a.get("domain"), a.get("value"), a.get("key"))
                                           for a in u.iterfind(NS + "aib")])
                           for u in under(p, "uib")],
    "ntc:part": lambda p: [(c.get("uri"), [u.get("uri") for u in c.iterfind(NS + "uib")])
                           for c in under(p, "chanib")],
}


def seen(p):
    """(kind, whether it succeeded, whom it answers, what it says)"""
    resp = p.find(NS + "resp")
    good = resp is None or resp.get("code") == "200"
    expect(good or resp.text, f"a refusal without a word: {text_of(p)}")
    return (name_of(p), good, asked_by(p), SEEN[name_of(p)](p) if good else None)


# ---- playing ----

class Dialog:
    """What the two servers have made up for one Call-ID."""

    def __init__(self):
        self.theirs = self.ours = None  # To tag, recorded and now
        self.target = None              # Request-URI of what comes next
        self.kind = None                # type of the document that came last


class Peer(Wire):
    """One connection of a recording."""

    def __init__(self, play):
        super().__init__(play.daemon.address)
        play.daemon.clients.append(self)
        self.play = play
        self.dialogs = {}
        self.infos, self.answers = [], []
        self.acknowledged = set()  # envids of which the INFO has been answered
        self.sent = {}             # (Call-ID, CSeq) -> envid of an INFO of the client
        self.challenge = None
        self.proves = False        # whether the last request brought credentials

    def dialog(self, message):
        return self.dialogs.setdefault(message.get("call-id"), Dialog())

    # -- the client

    def say(self, event):
        """A request of the client, with what the server makes up put in."""
        d, head = self.dialog(event), event.head
        if tag(event.get("to")):
            expect(tag(event.get("to")) == d.theirs and d.ours, f"{event} belongs to no dialog")
            head = head.replace(f";tag={d.theirs}", f";tag={d.ours}", 1)
            head = re.sub(r"^(\w+) \S+ ", lambda m: f"{m[1]} {d.target} ", head, count=1)
        self.proves = bool(event.get("proxy-authorization"))
        if self.proves:
            head = self.authorize(head, event)
        body = self.play.at_their_versions(event.body)
        m = re.search(rb' envid="(\d+)"', event.body) if event.method == "INFO" else None
        if m:
            self.sent[event.get("call-id"), event.get("cseq")] = m[1].decode()
        self.send(head.replace("\n", "\r\n").encode() + b"\r\n\r\n" + body)

    def authorize(self, head, event):
        expect(self.challenge, "credentials without a challenge")
        values = dict(re.findall(r'(\w+)="?([^",]*)"?', event.get("proxy-authorization")))
        values.update({k: self.challenge[k] for k in ("realm", "nonce")})

        def h(text):
            return hashlib.md5(text.encode()).hexdigest()
        ha1 = h(f"{values['username']}:{values['realm']}:{PASSWORDS[values['username']]}")
        ha2 = h(f"{event.method}:{values['uri']}")
        values["response"] = h(":".join((ha1, values["nonce"], values["nc"], values["cnonce"],
                                         values["qop"], ha2)))
        for name in ("realm", "nonce", "response"):
            head = re.sub(rf'\b{name}="[^"]*"', f'{name}="{values[name]}"', head)
        return head

    def reply(self, request, recorded):
        """The recorded answer to a request of the server, as an answer to this one."""
        lines = []
        for line in recorded.head.split("\n"):
            name = line.partition(":")[0]
            if name in ("Via", "From", "To", "CSeq"):
                lines += [f"{name}: {v}" for v in request.all(name)]
            else:
                lines.append(line)
        self.send("\r\n".join(lines) + "\r\n\r\n")

    # -- the server

    def take(self):
        """Receive one message and put it where it is asked for."""
        m = self.receive()
        expect(m, f"connection closed; log: {self.play.daemon.tail()}")
        self.play.learn_versions(m.body, m.get("cseq").endswith("SUBSCRIBE"))
        if m.status:
            self.answers.append(m)
            self.acknowledged.add(self.sent.get((m.get("call-id"), m.get("cseq"))))
            if m.get("content-type"):
                self.dialog(m).kind = m.get("content-type")
        elif m.method == "INFO":
            self.check_info(m)
        else:
            expect(m.method == "BENOTIFY", f"unexpected {m}")
            self.dialog(m).kind = m.get("content-type")

    def check_info(self, m):
        p = primitive(m.body)
        expect(m.get("content-type") == "text/plain", f"{m} of type {m.get('content-type')}")
        expect(asked_by(p) is None or asked_by(p) in self.acknowledged,
               f"{text_of(p)} comes before the answer to its INFO")
        if p.get("id") in UNASKED or self.play.unanswered(m.get("call-id"), p):
            recorded = self.play.any_reply(m.get("call-id"))
        else:
            self.infos.append(m)
            recorded = self.play.next_reply(m.get("call-id"))
        if recorded:
            self.reply(m, recorded)

    def hears(self, event):
        """What the server said in the recording must come now."""
        if event.status:
            self.hears_answer(event)
        elif event.method == "BENOTIFY":
            while not self.dialog(event).kind:
                self.take()
            if event.get("content-type"):
                expect(self.dialog(event).kind == event.get("content-type"), f"no {event}")
        else:
            self.hears_info(event)

    def unproved(self, event):
        """A REGISTER without credentials: this server asks for them each time, also at the end."""
        return self.challenge and event.get("cseq").endswith("REGISTER") and not self.proves

    def hears_answer(self, event):
        while not self.answers:
            self.take()
        m, d = self.answers.pop(0), self.dialog(event)
        for name in ("call-id", "cseq"):
            expect(m.get(name) == event.get(name), f"{m} instead of {event}: {name}")
        status = 407 if self.unproved(event) else event.status
        expect(m.status == status, f"{m} instead of {event}, {event.get('cseq')}, "
                                         f"{m.get('ms-diagnostics')}")
        expect(tag(m.get("to")), f"{m} without a To tag")
        if not d.ours:
            d.theirs, d.ours = tag(event.get("to")), tag(m.get("to"))
        if event.get("content-type"):
            expect(m.get("content-type") == event.get("content-type"), f"{m} without a document")
        if event.get("session-expires"):
            expect(m.get("session-expires"), f"{m} without Session-Expires")
        if m.status == 407:
            self.challenge = dict(re.findall(r'(\w+)="?([^",]*)"?', m.get("proxy-authenticate")))
        if event.get("contact") and not event.get("cseq").endswith("REGISTER"):
            d.target = address(m.get("contact"))

    def hears_info(self, event):
        while not self.infos:
            self.take()
        m = self.infos.pop(0)
        expect(m.start == event.start, f"{m.start} instead of {event.start}")
        expect(m.get("call-id") == event.get("call-id"), f"{m} in another dialog than {event}")
        for name in ("from", "to"):
            expect(address(m.get(name)) == address(event.get(name)), f"{name} is {m.get(name)}")
        expect(m.get("to") == event.get("to"), f"To is {m.get('to')}, not {event.get('to')}")
        got, want = seen(primitive(m.body)), seen(primitive(event.body))
        expect(got == want, f"now  {got}\nthen {want}")

    def hang_up(self):
        self.close()

    def ends(self):
        """Nothing else has come."""
        self.socket.shutdown(1)
        while (m := self.receive()) is not None:
            expect(m.method == "BENOTIFY", f"at the end there is {m}")
        expect(not self.infos and not self.answers, "something was left over")
        self.close()


class Play:
    """One recording against one daemon."""

    def __init__(self, daemon, events):
        self.daemon, self.events = daemon, events
        self.peers = {}
        self.replies, self.taken = {}, {}
        self.answered = set()
        self.versions = {}
        for e in events:
            if e.sent and e.status:
                self.replies.setdefault(e.get("call-id"), []).append(e)
            elif not e.sent and e.method == "INFO":
                self.answered.add((e.get("call-id"), asked_by(primitive(e.body))))

    def learn_versions(self, body, whole):
        """A document of the user's categories says at which version they are."""
        owner = re.search(rb'categories [^>]*uri="([^"]*)"', body)
        if owner and whole:
            self.versions = {k: v for k, v in self.versions.items() if k[0] != owner[1]}
        for c in re.findall(rb"<category [^>]*>", body):
            v = dict(re.findall(rb'(\w+)="([^"]*)"', c))
            key = (owner[1], v[b"name"], v[b"instance"], v[b"container"])
            self.versions[key] = v[b"version"]

    def at_their_versions(self, body):
        """A publication of the client at the version that this server has told."""
        owner = re.search(rb'<publications uri="([^"]*)"', body)

        def put(m):
            v = dict(re.findall(rb'(\w+)="([^"]*)"', m[0]))
            key = (owner[1], v[b"categoryName"], v[b"instance"], v[b"container"])
            version = self.versions.get(key, v[b"version"])
            expect(len(version) == len(v[b"version"]), "the body changes its length")
            return m[0].replace(b'version="%s"' % v[b"version"], b'version="%s"' % version)
        return re.sub(rb"<publication [^>]*>", put, body) if owner else body

    def unanswered(self, call_id, p):
        """Whether the recorded server had no reply to a command."""
        return p.get("id").startswith("rpl:") and (call_id, asked_by(p)) not in self.answered

    def next_reply(self, call_id):
        """What the client answered to the next INFO of this dialog; None if it had left."""
        n = self.taken.get(call_id, 0)
        self.taken[call_id] = n + 1
        replies = self.replies.get(call_id, [])
        return replies[n] if n < len(replies) else None

    def any_reply(self, call_id):
        return self.replies[call_id][0]

    def run(self):
        for e in self.events:
            if e.connection not in self.peers:
                self.peers[e.connection] = Peer(self)
            peer = self.peers[e.connection]
            if not e.sent:
                peer.hears(e)
            elif not e.status:
                peer.say(e)
        for peer in self.peers.values():
            peer.ends()


def play(name, pool=f"sip:GC-1-PersistentChatService-1@{DOMAIN}", auth="none"):
    endpoints = "" if "ocschat" in pool else f'"sip:ocschat@{DOMAIN}"'
    store = Store(MANIFEST.format(domain=DOMAIN, pool=pool, endpoints=endpoints, auth=auth))
    if auth == "digest":
        for login, password in PASSWORDS.items():
            store.ctl("user", "passwd", "sip:" + login, "--password-stdin", "--no-wait",
                      stdin=password + "\n")
    daemon = Daemon(auth, store)
    try:
        Play(daemon, recording(name)).run()
    finally:
        daemon.close()


@suite.test
def sign_in_chat_a_refused_join_and_a_return(_):
    play("plain")


@suite.test
def a_client_that_is_told_the_least(_):
    play("minimal")


@suite.test
def lookup_and_chat_at_one_uri(_):
    play("one-uri", pool=f"sip:chat@{DOMAIN}")


@suite.test
def refreshes_of_the_session_and_the_registration(_):
    play("refresh")


@suite.test
def documents_that_came_by_benotify(_):
    play("benotify")


@suite.test
def sign_in_by_digest(_):
    play("digest", auth="digest")


class Nothing:
    """Each test has a daemon of its own."""

    @staticmethod
    def hang_up():
        pass

    @staticmethod
    def close():
        pass


if __name__ == "__main__":
    raise SystemExit(suite.run(Nothing))
