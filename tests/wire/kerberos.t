#!/usr/bin/env python3
"""Tickets and keys that are not right, or not any more: every one is refused as it has to be, and
who comes with a right one is taken."""
import os
import sys
import tempfile
import time

import kdc
from sipscript import AMY, BOB, DOMAIN, Daemon, Suite, expect

if kdc.missing():
    print("1..0 # SKIP no " + ", ".join(kdc.missing()))
    sys.exit(0)

import sipae

SKEW = 2  # seconds that clocks may differ: a ticket is good for so long after its end
LIFE = 2
suite = Suite()
WORK = tempfile.TemporaryDirectory(prefix="kerberos-")
USERS = {"amy": "Secret1", "bob": "Secret2"}


def realm_in(name, **options):
    path = os.path.join(WORK.name, name)
    os.mkdir(path)
    return kdc.Kdc(path, USERS, **options)


REALM = realm_in("contoso")
OTHER = realm_in("fabrikam", realm="FABRIKAM.EXAMPLE")


def use(realm):
    """Who gets a ticket, and who is started, is in that realm."""
    os.environ.update({k: v for k, v in realm.env.items() if k.startswith("KRB5")})


use(REALM)
made = 0


def ticket(user="amy", host=kdc.HOST, realm=REALM, **options):
    """A fresh one, of a fresh cache."""
    global made
    made += 1
    use(realm)
    try:
        return sipae.Ticket(realm.ccache(user, USERS[user], f"cache-{made}"), host, **options)
    finally:
        use(REALM)


def attempt(d, ticket, status, user=AMY, why=None, **options):
    c = sipae.SealedClient(d, user, **options)
    c.associate(ticket, status)
    # The log has no more than ten such lines a second; the report has the last of each user.
    if why and why not in d.tail():
        told = d.ctl("report", "sign-ins", "--user", user, "-o", "json")
        expect(why in told, f"no '{why}' in {told}")
    return c


def keys(path):
    with open(path, "rb") as f:
        return f.read()


def put_keys(path, data):
    """In one step, as ktadd does it not."""
    with open(path + ".new", "wb") as f:
        f.write(data)
    os.rename(path + ".new", path)


@suite.test
def a_ticket_of_another_realm(d):
    attempt(d, ticket(realm=OTHER), 403, why="the token is not accepted")


@suite.test
def a_ticket_for_another_service(d):
    REALM.admin("addprinc -randkey sip/other.contoso.example")
    attempt(d, ticket(host="other.contoso.example"), 403, why="the token is not accepted")


@suite.test
def the_principal_of_another_realm_is_another_one(d):
    mine = keys(REALM.keytab)
    put_keys(REALM.keytab, mine + keys(OTHER.keytab)[2:])
    try:
        attempt(d, ticket(realm=OTHER), 403, why="no user has the principal 'amy@FABRIKAM.EXAMPLE'")
        d.ctl("user", "set", BOB, "--principal", "amy@FABRIKAM.EXAMPLE")
        attempt(d, ticket(realm=OTHER), 200, BOB)
        attempt(d, ticket(realm=OTHER), 403, AMY, why="the token is another user's")
    finally:
        d.ctl("user", "set", BOB, "--principal", f"bob@{kdc.REALM}")
        put_keys(REALM.keytab, mine)


@suite.test
def a_principal_is_whose_the_store_says(d):
    d.ctl("user", "set", AMY, "--principal", "")
    d.ctl("user", "set", BOB, "--principal", f"amy@{kdc.REALM}")
    attempt(d, ticket(), 403, AMY)
    attempt(d, ticket(), 200, BOB)
    d.ctl("user", "set", AMY, "--principal", f"amy@{kdc.REALM}")
    attempt(d, ticket(), 403, AMY)
    attempt(d, ticket(), 403, BOB)
    d.ctl("user", "set", BOB, "--principal", f"bob@{kdc.REALM}")
    attempt(d, ticket(), 200, AMY)


@suite.test
def keys_change_while_it_runs(d):
    old, older = keys(REALM.keytab), ticket()
    more = os.path.join(WORK.name, "more")
    REALM.admin(f"ktadd -k {more} sip/{kdc.HOST}")
    try:
        attempt(d, ticket(), 403, why="the token is not accepted")
        put_keys(REALM.keytab, old + keys(more)[2:])
        attempt(d, ticket(), 200)
        attempt(d, older, 200)
        older = ticket()
        put_keys(REALM.keytab, old)
        attempt(d, older, 403)
    finally:
        put_keys(REALM.keytab, old + keys(more)[2:])


@suite.test
def keys_that_are_gone_are_nobodys_failure(d):
    mine = keys(REALM.keytab)
    try:
        for data in (None, b"", b"\x05\x02", b"no keys at all"):
            os.unlink(REALM.keytab)
            if data is not None:
                put_keys(REALM.keytab, data)
            attempt(d, ticket(), 503, why="no key for Kerberos")
            put_keys(REALM.keytab, mine)
    finally:
        put_keys(REALM.keytab, mine)
    # As often as one who guesses is let.
    for _ in range(10):
        expect("locked out" not in d.tail(), d.tail())
    attempt(d, ticket(), 200)


@suite.test
def a_token_is_good_once_wherever_it_comes(d):
    t = ticket()
    c = attempt(d, t, 200)
    c.associate(t, 403)
    c.associate(ticket())
    attempt(d, t, 403, why="the token is not accepted")


ticket_head = bytes.fromhex("6082000006092a864886f71201020201006e8200")


def cut(d, n, token):
    """Each fifth from another address, of users nobody has: guesses are counted."""
    c = sipae.SealedClient(d, f"sip:nobody{n}@{DOMAIN}",
                           source=f"127.0.{1 + n // 1000}.{1 + n // 5 % 250}")
    c.start(Forged(token))
    m = c.request("REGISTER", f"sip:{DOMAIN}")
    expect(m.status == 403, f"{n} octets: {m}")
    c.close()
    d.clients.remove(c)


class Forged:
    scheme = "Kerberos"

    def __init__(self, token):
        self.token = token

    def sign(self, _):
        return "00" * 28


@suite.test
def tokens_that_take_more_than_one_round(d):
    """Or would want an answer. Neither side signs with such a context before."""
    t = ticket(mechanism=sipae.SPNEGO)
    attempt(d, Forged(t.token), 403, why="the token is not accepted")
    t = ticket(flags=sipae.INTEGRITY | sipae.MUTUAL)
    attempt(d, Forged(t.token), 403, why="its signature is wrong")
    attempt(d, ticket(), 200)


@suite.test
def tokens_cut_short_anywhere(d):
    whole = ticket().token
    for n in range(1, len(whole)):
        cut(d, n, whole[:n])


@suite.test
def tokens_of_noise_of_any_length(d):
    for n in range(1, 400):
        # Half of them begin like one.
        head = ticket_head if n % 2 else b""
        cut(d, 1000 + n, (head + os.urandom(n))[:max(n, 1)])


@suite.test
def the_longest_token_and_one_octet_more(d):
    for n, status in ((64 << 10, 403), ((64 << 10) + 1, 400)):
        c = sipae.SealedClient(d, AMY)
        c.start(Forged(ticket_head + bytes(n - len(ticket_head))))
        m = c.request("REGISTER", f"sip:{DOMAIN}")
        expect(m.status == status, f"{n}: {m}")
    attempt(d, ticket(), 200)


@suite.test
def nothing_was_lost_to_all_these(d):
    """A sanitizer tells of leaks at the end."""
    d.stop()
    d.start()


@suite.test
def what_has_expired(d):
    """A ticket, and an association: its connection is closed, and its client comes back."""
    d.hang_up()
    d.stop()
    strict = realm_in("strict", clockskew=SKEW)
    os.environ["KRB5_CONFIG"] = strict.env["KRB5_CONFIG"]
    args = d.args
    d.args = ["--server", kdc.HOST, "--keytab", strict.keytab]
    d.start()
    try:
        strict.admin(f'modprinc -maxlife "{LIFE} seconds" sip/{kdc.HOST}')
        stale, born = ticket(realm=strict), time.time()
        bob = attempt(d, ticket("bob", realm=strict), 200, BOB)
        bob.invite()
        room = d.room("Lobby")
        bob.join(room)
        bob.say(room, "as long as it lasts")
        bob.expect_closed()
        expect("the association has expired" in d.tail(), d.tail())
        strict.admin(f'modprinc -maxlife "10 hours" sip/{kdc.HOST}')
        bob = attempt(d, ticket("bob", realm=strict), 200, BOB)
        bob.invite()
        bob.join(room)
        bob.say(room, "back again")
        while time.time() <= born + LIFE + SKEW + 1:
            time.sleep(0.05)
        attempt(d, stale, 403, why="expired")
        d.hang_up()
    finally:
        d.stop()
        use(REALM)
        d.args = args
        d.start()
        strict.stop()


def world():
    d = Daemon("kerberos", args=["--server", kdc.HOST, "--keytab", REALM.keytab])
    for name in USERS:
        d.ctl("user", "set", f"sip:{name}@{DOMAIN}", "--principal", f"{name}@{kdc.REALM}")
    return d


if __name__ == "__main__":
    try:
        status = suite.run(world)
    finally:
        REALM.stop()
        OTHER.stop()
        WORK.cleanup()
    raise SystemExit(status)
