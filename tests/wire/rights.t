#!/usr/bin/env python3
"""What pchatd lets users do is what `pchatctl explain access` says, for organizations made at random
(administration.md section 7.2, xccos.md sections 1.1, 6.2)."""
import itertools
import os
import random
import subprocess

from sipscript import (DOMAIN, LIMIT, NS, PCHATCTL, POOL, Daemon, Store, Suite, expect, text_of,
                       uris)

suite = Suite()
SEED = int(os.environ.get("PCHAT_TEST_SEED", "0")) or random.randrange(1, 1 << 30)
USERS = [f"sip:user{i}@{DOMAIN}" for i in range(5)]
STRANGER = f"sip:stranger@{DOMAIN}"  # in no list, so that taking him out of one changes nothing
GROUPS = ["Red", "Green", "Blue"]
CATEGORIES = ["North", "South"]
ROOMS = [f"Room {i}" for i in range(7)]
PRINCIPALS = [*USERS, *(f"group:{g}" for g in GROUPS), "ou:Floor", f"domain:{DOMAIN}"]
ACTIONS = ["find", "see", "join", "read", "post", "edit", "roles"]
JOIN, CHAT, MANAGE, SEE, AUDITORIUM = 128, 256, 4, 2048, 4096


def manifest(r):
    some = lambda of, least, most: ", ".join(f'"{x}"' for x in r.sample(of, r.randint(least, most)))
    text = f"""
pchat: 1
pool: {{domain: {DOMAIN}, uri: "{POOL}"}}
settings: [{{scope: global, authentication: none}}]
units: [{{name: Floor}}]
users:
  - {{uri: "{STRANGER}"}}
"""
    for u in USERS:
        text += f'  - {{uri: "{u}"{", unit: Floor" if r.random() < .4 else ""}}}\n'
    text += "groups:\n"
    for i, g in enumerate(GROUPS):
        nested = [f"group:{x}" for x in GROUPS[:i]]
        text += f"  - {{name: {g}, members: [{some(USERS + nested, 1, 3)}]}}\n"
    text += ('policies:\n  - {name: global, enabled: false}\n'
             f'  - {{name: on, enabled: true, grantedTo: [{some(USERS, 4, 5)}, "{STRANGER}"]}}\n'
             "categories:\n")
    for c in CATEGORIES:
        allowed = r.sample(PRINCIPALS, r.randint(2, 6))
        denied = r.sample([p for p in PRINCIPALS if p not in allowed], r.randint(0, 1))
        text += (f'  - {{name: {c}, allowed: [{", ".join(map(repr, allowed))}],'
                 f' denied: [{", ".join(map(repr, denied))}]}}\n').replace("'", '"')
    text += "rooms:\n"
    for name in ROOMS:
        text += (f"  - {{name: {name}, category: {r.choice(CATEGORIES)},"
                 f" privacy: {r.choice(['open', 'closed', 'secret'])},"
                 f" type: {r.choice(['normal', 'normal', 'auditorium'])},"
                 f" disabled: {r.choice(['false', 'false', 'false', 'true'])}}}\n")
    return text


def roles(r):
    """Commands that give roles; those against the rules are refused and do no harm."""
    for c in CATEGORIES:
        yield f"category set {c} --add-creator '{r.choice(PRINCIPALS)}'"
    for name in ROOMS:
        for role in ("member", "member", "member", "manager", "manager", "presenter", "presenter"):
            yield f"room set '{name}' --add-{role} '{r.choice(PRINCIPALS)}'"


class World(Daemon):
    def __init__(self):
        self.random = random.Random(SEED)
        store = Store(manifest(self.random))
        for line in roles(self.random):
            subprocess.run([PCHATCTL, "--store", store.path, "-f", "-"], input=line, text=True,
                           capture_output=True, timeout=LIMIT)
        super().__init__(store=store)
        self.verdicts = {}

    def allowed(self, user, action, *where):
        key = (user, action, *where)
        if key not in self.verdicts:
            r = subprocess.run([PCHATCTL, "--store", self.store.path, "explain", "access", user,
                                *where, "--action", action], capture_output=True, timeout=LIMIT)
            expect(r.returncode in (0, 1), f"explain: {r.stderr}")
            self.verdicts[key] = r.returncode == 0
        return self.verdicts[key]


def agree(d, user, action, where, got):
    want = d.allowed(user, action, *where)
    expect(got == want, f"seed {SEED}: {user} {action} {where}: pchatd says {got}, explain {want}")


def code_of(c, name, data):
    c.cmd(name, data)
    p = c.next()
    expect(p.get("id") == "rpl:" + name, text_of(p))
    return int(p.find(NS + "resp").get("code")), p


def signed_in(d):
    for user in USERS:
        c = d.connect(user)
        c.invite(status=None)
        if c.dialog:
            yield user, c


@suite.test
def who_may_not_chat_cannot_open_a_session(d):
    for user in USERS:
        c = d.connect(user)
        m = c.invite(status=None)
        r = subprocess.run([PCHATCTL, "--store", d.store.path, "explain", "policy", user],
                           capture_output=True, timeout=LIMIT)
        expect(r.returncode in (0, 1), f"explain: {r.stderr}")
        expect((m.status == 200) == (r.returncode == 0), f"seed {SEED}: {user}: {m}")


@suite.test
def what_is_found_by_search_is_what_may_be_found(d):
    for user, c in signed_in(d):
        p = c.ask("chansrch", '<qib qtype="BYNAME" criteria="" maxResults="-1"/>')
        found = {e.get("name") for e in p.iter(NS + "chanib")}
        for name in ROOMS:
            agree(d, user, "find", [name], name in found)


@suite.test
def what_is_answered_is_what_may_be_done(d):
    probes = {
        "see": ("getchan", '<chanib uri="{uri}"/>'),
        "read": ("bccontext", '<chanib uri="{uri}"/><bcq><last cnt="1"/></bcq>'),
        "edit": ("chanmodify", '<chanib uri="{uri}"/>'),
        "roles": ("delroles", '<chanib uri="{uri}"/><role name="MEMBER"><uib uri="' + STRANGER +
                  '"/></role>'),
    }
    for (user, c), name in itertools.product(list(signed_in(d)), ROOMS):
        uri = d.room(name)
        for action, (command, data) in probes.items():
            code, _ = code_of(c, command, data.format(uri=uri))
            agree(d, user, action, [name], code == 200)
        code, _ = code_of(c, "join", f'<chanid key="0" domain="{DOMAIN}" '
                                     f'value="{uri.rsplit("/", 1)[1]}"/>')
        agree(d, user, "join", [name], code == 200)
        if code == 200:
            c.post(uri, "hello")
            p = c.next()
            posted = p.find(NS + "resp").get("code") == "200"
            agree(d, user, "post", [name], posted)
            if posted:
                c.expect("grpchat")
            c.part(uri)


@suite.test
def the_masks_say_the_same(d):
    for (user, c), name in itertools.product(list(signed_in(d)), ROOMS):
        code, p = code_of(c, "getchanperm", f'<chanib uri="{d.room(name)}"/>')
        mask = int(next(p.iter(NS + "aib")).get("key")) if code == 200 else 0
        speaks = CHAT | AUDITORIUM if '"auditorium"' in d.ctl("room", "show", name, "-o", "json",
                                                             "--fields", "type") else CHAT
        agree(d, user, "see", [name], bool(mask & SEE))
        agree(d, user, "join", [name], bool(mask & JOIN))
        agree(d, user, "post", [name], mask & speaks == speaks)
        agree(d, user, "edit", [name], bool(mask & MANAGE))


@suite.test
def categories_offered_are_those_where_rooms_may_be_made(d):
    for user, c in signed_in(d):
        p = c.ask("nodespermcreatechild")
        offered = {e.get("name") for e in p.iter(NS + "catib")}
        for name in CATEGORIES:
            agree(d, user, "create", ["--category", name], name in offered)
        for uri in uris(p, "data/catib"):
            c.ask("chancreate", f'<chanib name="Made by {user[4:9]} in {uri[-4:]}" parent="{uri}"/>')


if __name__ == "__main__":
    print(f"# seed {SEED}", flush=True)
    raise SystemExit(suite.run(World))
