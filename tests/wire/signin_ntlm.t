#!/usr/bin/env python3
"""NTLM over TLS: right and hostile answers, signatures, and where it is offered at all. With
PCHAT_TEST_SLOW=1 also that a question does not stay open, which takes a minute."""
import base64
import os
import re
import select
import shutil
import ssl
import subprocess
import sys
import tempfile

import kdc
from sipscript import (AMY, BOB, CAROL, DAVE, DOMAIN, ERIN, LIMIT, PCHATD, Daemon, Suite, expect,
                       make_certificate)

if not shutil.which("openssl"):
    print("1..0 # SKIP no openssl")
    sys.exit(0)

if "without NTLM" in subprocess.run([PCHATD, "--version"], capture_output=True, text=True).stdout:
    print("1..0 # SKIP built without NTLM")
    sys.exit(0)

import ntlm  # noqa: E402
import sipae  # noqa: E402

suite = Suite()
SECRETS = {AMY: "Secret1", BOB: "grüße 🔑", ERIN: "Secret5"}
CHALLENGE = f'NTLM realm="{sipae.SERVICE}", targetname="{sipae.TARGET}", version=4'


class World(Daemon):
    """Listens with Digest on TCP and with NTLM on TLS. Amy, Bob and Erin have passwords for NTLM,
    Carol one for Digest alone, Dave none; nobody else is known."""

    def __init__(self):
        super().__init__("digest")
        self.certificates = os.path.join(self.store.work, "certificates")
        os.mkdir(self.certificates)
        make_certificate(self.certificates, "first")
        for user, secret in SECRETS.items():
            self.ctl("user", "passwd", user, "--password-stdin", "--ntlm", stdin=secret + "\n")
        self.ctl("user", "passwd", CAROL, "--password-stdin", stdin="Secret3\n")
        self.common = ["--server", kdc.HOST, "--cert", self.certificates]
        self.again()

    def start(self):
        super().start()
        if "--listen" in self.args:
            line = self.process.stdout.readline()
            self.tls = ("127.0.0.1", int(re.match(r"listening tls:127.0.0.1:(\d+)$", line)[1]))

    def again(self, auth="digest", args=("--listen", "tls:127.0.0.1:0,auth=ntlm")):
        """From the start: without what it holds against those who failed, or otherwise."""
        self.hang_up()
        self.stop()
        self.auth, self.args = auth, [*self.common, *args]
        self.start()

    def context(self):
        return ssl.create_default_context(cafile=os.path.join(self.certificates, "cafile.pem"))

    def ntlm(self, user):
        return ntlm.NtlmClient(self, user, address=self.tls, tls=self.context())


def said(d, text):
    with open(d.log_path, errors="replace") as f:
        return text in f.read()


def with_token(token):
    return (f'Authorization: NTLM qop="auth", realm="{sipae.SERVICE}", '
            f'targetname="{sipae.TARGET}", gssapi-data="{base64.b64encode(token).decode()}", '
            f'version=4')


# ---- what is right ----

@suite.test
def a_register_is_challenged_with_ntlm_alone(d):
    m = d.ntlm(AMY).request("REGISTER", f"sip:{DOMAIN}")
    expect(m.status == 401 and m.all("www-authenticate") == [CHALLENGE], f"{m.headers}")


@suite.test
def the_question_is_what_clients_want(d):
    c = d.ntlm(AMY)
    one, opaque = c.question(), c.opaque
    expect(one.flags == 0xe2998255, f"{one.flags:#x}")
    expect(one.pairs[4] == ntlm.utf16(DOMAIN) and one.pairs[3] == ntlm.utf16(kdc.HOST)
           and one.pairs[2] == ntlm.utf16("CONTOSO") and one.pairs[1] == ntlm.utf16("CHAT")
           and len(one.pairs[7]) == 8, f"{one.pairs}")
    two = c.question(cseq=2)
    expect(one.nonce != two.nonce and c.opaque != opaque, "the same question again")


@suite.test
def a_password_signs_in_and_the_answer_is_signed(d):
    c = d.ntlm(AMY)
    m = c.sign_in(SECRETS[AMY])
    info = m.get("authentication-info")
    expect(f'opaque="{c.opaque}"' in info and 'snum="1"' in info
           and re.search(r'rspauth="01000000[0-9a-f]{16}64000000"', info), info)


@suite.test
def each_spelling_of_the_name_signs_in(d):
    for user, domain in (("amy", ""), ("AMY@Contoso.Example", ""), ("amy", "CONTOSO"),
                         ("amy", "contoso"), ("Amy", "contoso.example"),
                         ("amy@contoso.example", "WORKGROUP")):
        d.ntlm(AMY).sign_in(SECRETS[AMY], user=user, domain=domain)


@suite.test
def chat_with_everything_signed(d):
    amy, bob, room = d.ntlm(AMY), d.ntlm(BOB), d.room("Lobby")
    for c in (amy, bob):
        c.sign_in(SECRETS[c.user])
        c.invite()
        c.join(room)
    amy.expect("ntc:join")
    amy.say(room, "signed")
    bob.hears(room, AMY, "signed")
    bob.say(room, "this, too")
    amy.hears(room, BOB, "this, too")
    amy.provisioning()
    amy.bye()


@suite.test
def a_mic_is_right_or_refused(d):
    d.ntlm(AMY).sign_in(SECRETS[AMY], mic=True)
    d.ntlm(AMY).sign_in(SECRETS[AMY], mic=False, status=403)


@suite.test
def a_new_association_on_a_live_connection(d):
    c = d.ntlm(AMY)
    c.sign_in(SECRETS[AMY])
    c.invite()
    c.join(d.room("Lobby"))
    c.association, c.checks = None, False
    expect(c.request("REGISTER", f"sip:{DOMAIN}").status == 401, "challenge")
    expect(c.request("SUBSCRIBE", AMY, "Event: presence").status == 401, "between")
    c.sign_in(SECRETS[AMY])
    c.say(d.room("Lobby"), "still there")


# ---- what is not ----

@suite.test
def wrong_passwords_and_unknown_users_are_403(d):
    for user, secret in ((AMY, "Secret2"), (CAROL, "Secret3"), (DAVE, ""),
                         ("sip:nobody@contoso.example", "Secret1")):
        d.ntlm(user).sign_in(secret, status=403)
    expect(said(d, 'reason="wrong password"') and said(d, 'reason="no password for NTLM"'),
           d.tail())
    d.again()


@suite.test
def foreign_domains_and_odd_names_are_403(d):
    for user, domain in (("amy", "FABRIKAM"), ("amy", "CONTOSO.OTHER"), ("", ""),
                         ("amy\0", ""), ("ämy", ""), ("a" * 256, "")):
        d.ntlm(AMY).sign_in(SECRETS[AMY], user=user, domain=domain, status=403)
    d.again()


@suite.test
def nobody_signs_in_as_another(d):
    d.ntlm(BOB).sign_in(SECRETS[AMY], user="amy", status=403)
    expect(said(d, "the token is another user's"), d.tail())
    d.again()


@suite.test
def an_answer_is_taken_once_and_on_its_connection_only(d):
    one, two = d.ntlm(AMY), d.ntlm(AMY)
    answer = ntlm.Answer(one.question(), "amy", SECRETS[AMY])
    expect(two.answer_with(answer).status == 403, "without a question there")
    two.question(cseq=3)
    expect(two.answer_with(answer, cseq=4).status == 403, "to another question")
    expect(one.answer_with(answer).status == 200, "where it belongs")
    expect(one.answer_with(answer, cseq=3).status == 403, "again")
    d.again()


@suite.test
def a_question_is_answered_once(d):
    c = d.ntlm(AMY)
    question = c.question()
    expect(c.answer_with(ntlm.Answer(question, "amy", "wrong")).status == 403, "wrong")
    expect(c.answer_with(ntlm.Answer(question, "amy", SECRETS[AMY]), cseq=3).status == 403,
           "a second try")
    old = c.question(cseq=4)
    c.question(cseq=5)
    expect(c.answer_with(ntlm.Answer(old, "amy", SECRETS[AMY]), cseq=6).status == 403,
           "to the question before")
    d.again()


@suite.test
def an_answer_without_its_signature_is_403(d):
    c = d.ntlm(AMY)
    answer = ntlm.Answer(c.question(), "amy", SECRETS[AMY])
    answer.sign = lambda text: "01000000" + "00" * 8 + "64000000"
    expect(c.answer_with(answer).status == 403, "forged")
    c.question(cseq=3)
    m = c.request("REGISTER", f"sip:{DOMAIN}", with_token(answer.token), cseq=4)
    expect(m.status == 403, f"unsigned: {m}")
    d.again()


@suite.test
def numbers_seen_and_forged_signatures_are_403_and_unsigned_is_401(d):
    c = d.ntlm(AMY)
    c.sign_in(SECRETS[AMY])
    c.cnum = 0
    expect(c.request("SUBSCRIBE", AMY, "Event: presence").status == 403, "replayed")
    c.mic = "01000000" + "00" * 8 + "64000000"
    expect(c.request("SUBSCRIBE", AMY, "Event: presence").status == 403, "forged")
    c.mic = "00" * 15
    expect(c.request("SUBSCRIBE", AMY, "Event: presence").status == 403, "too short")
    c.mic, association = None, c.association
    c.association = None
    m = c.request("SUBSCRIBE", AMY, "Event: presence")
    expect(m.status == 401 and m.get("www-authenticate").startswith("NTLM "), f"{m}")
    c.association = association
    expect(c.request("SUBSCRIBE", AMY, "Event: presence").status == 489, "still in")


@suite.test
def damaged_answers_are_403(d):
    def broken(cut=None, at=None, octets=b""):
        c = d.ntlm(AMY)
        token = ntlm.Answer(c.question(), "amy", SECRETS[AMY]).token
        if at is not None:
            token = token[:at] + octets + token[at + len(octets):]
        m = c.answer_with(ntlm.Token(token[:cut]))
        expect(m.status == 403, f"{cut} {at} {octets}: {m}")
    for n, (cut, at, octets) in enumerate((
            (-1, None, b""), (63, None, b""), (12, None, b""), (1, None, b""),
            (None, 24, b"\xff\xff\xff\xff"), (None, 24, b"\x3f\0\0\0"), (None, 20, b"\xff\xff"),
            (None, 20, b"\x18\0"), (None, 40, b"\xf0\xff\xff\xff"), (None, 36, b"\x05"),
            (None, 52, b"\x0f"), (None, 60, b"\0\0\0\0"), (None, 8, b"\1"), (None, 0, b"X"))):
        broken(cut, at, octets)
        if n % 5 == 4:
            d.again()
    d.again()
    for size in (64, 300, 4096, 4097):
        c = d.ntlm(AMY)
        c.question()
        token = b"NTLMSSP\0\3\0\0\0" + os.urandom(size - 12)
        expect(c.answer_with(ntlm.Token(token)).status == 403, f"{size} octets")
    d.again()


@suite.test
def what_is_no_base64_is_400(d):
    for text in ("A", "====", "TlRM!", "TlRMTVNTUAAD=AAA"):
        c = d.ntlm(AMY)
        c.question()
        line = with_token(b"").replace('gssapi-data=""', f'gssapi-data="{text}"')
        m = c.request("REGISTER", f"sip:{DOMAIN}", line, cseq=2)
        expect(m.status == 400, f"{text}: {m}")


@suite.test
def failures_are_held_against_user_and_connection(d):
    c = d.ntlm(AMY)
    for _ in range(5):
        c.sign_in("wrong", status=403)
    expect(c.receive() is None, "the connection stays")
    for _ in range(100):
        c = d.ntlm(AMY)
        m = c.request("REGISTER", f"sip:{DOMAIN}", with_token(b""))
        if m.status == 503:
            break
        c.sign_in("wrong", status=403)
    expect(m.status == 503 and m.get("retry-after"), f"{m}")
    d.ntlm(BOB).sign_in(SECRETS[BOB])
    d.again()


@suite.test
def a_user_who_is_disabled_is_403(d):
    d.ctl("user", "set", ERIN, "--disabled", "--yes")
    d.ntlm(ERIN).sign_in(SECRETS[ERIN], status=403)


@suite.test
def a_password_that_was_taken_away_is_403(d):
    d.ctl("user", "passwd", BOB, "--remove", "--ntlm")
    d.ntlm(BOB).sign_in(SECRETS[BOB], status=403)
    d.again()


@suite.test
def no_secret_is_in_the_log(d):
    with open(d.log_path, errors="replace") as f:
        log = f.read()
    expect("TlRMTVNTUA" not in log and "gssapi-data" not in log, "a token")
    for secret in SECRETS.values():
        expect(secret not in log and ntlm.nt_hash(secret).hex() not in log.lower(), "a password")


# ---- where it is offered ----

@suite.test
def elsewhere_it_is_not_offered_nor_taken(d):
    m = d.connect(AMY).request("REGISTER", f"sip:{DOMAIN}")
    expect(m.status == 407 and not m.all("www-authenticate"), f"{m}")
    m = d.connect(AMY).request("REGISTER", f"sip:{DOMAIN}", with_token(b""))
    expect(m.status != 200 and not any("NTLM" in h for _, h in m.headers), f"{m}")


def refuses_to_start(d, *args):
    r = subprocess.run([PCHATD, "--store", d.store.path, *d.common, *args], capture_output=True,
                       text=True, timeout=LIMIT)
    expect(r.returncode == 6 and "has no TLS, which NTLM needs; listen on tls:HOST:PORT" in r.stderr,
           f"{args}: {r.returncode} {r.stderr}")


@suite.test
def without_tls_it_is_refused_at_the_start(d):
    d.hang_up()
    d.stop()
    try:
        refuses_to_start(d, "--listen", "tcp:127.0.0.1:0", "--auth", "ntlm")
        refuses_to_start(d, "--listen", "tcp:127.0.0.1:0,auth=ntlm")
        refuses_to_start(d, "--listen", "tls:127.0.0.1:0", "--listen", "tcp:127.0.0.1:0", "--auth",
                         "ntlm")
        d.ctl("config", "set", "global", "--authentication", "ntlm")
        refuses_to_start(d, "--listen", "tcp:127.0.0.1:0")
    finally:
        d.ctl("config", "set", "global", "--authentication", "digest")
        d.start()


@suite.test
def without_tls_it_is_not_offered_when_the_settings_change(d):
    d.ctl("config", "set", "global", "--authentication", "digest")
    d.again(None, ("--listen", "tls:127.0.0.1:0"))
    try:
        expect(d.connect(AMY).request("REGISTER", f"sip:{DOMAIN}").status == 407, "digest")
        d.ctl("config", "set", "global", "--authentication", "ntlm")
        m = d.connect(AMY).request("REGISTER", f"sip:{DOMAIN}")
        expect(m.status == 503 and not m.all("www-authenticate"), f"{m}")
        expect(said(d, "NTLM needs TLS"), d.tail())
        d.ntlm(AMY).sign_in(SECRETS[AMY])
    finally:
        d.ctl("config", "set", "global", "--authentication", "digest")
        d.again()


@suite.test
def insecure_does_not_let_it_go_in_clear(d):
    d.hang_up()
    d.stop()
    try:
        refuses_to_start(d, "--insecure", "--listen", "tcp:127.0.0.1:0", "--auth", "ntlm")
        refuses_to_start(d, "--insecure", "--listen", "tcp:127.0.0.1:0,auth=ntlm")
    finally:
        d.start()


@suite.test
def beside_kerberos_both_stand_in_one_challenge_and_either_signs_in(d):
    if kdc.missing():
        print("# without Kerberos: no " + ", ".join(kdc.missing()))
        return
    work = tempfile.TemporaryDirectory(prefix="ntlm-kerberos-")
    realm = kdc.Kdc(work.name, {"amy": "Secret1"})
    os.environ.update({k: v for k, v in realm.env.items() if k.startswith("KRB5")})
    d.ctl("user", "set", AMY, "--principal", f"amy@{kdc.REALM}")
    d.again(args=("--keytab", realm.keytab, "--listen", "tls:127.0.0.1:0,auth=kerberos+ntlm"))
    try:
        m = d.ntlm(AMY).request("REGISTER", f"sip:{DOMAIN}")
        expect(m.status == 401 and m.all("www-authenticate") == [
            CHALLENGE.replace("NTLM", "Kerberos"), CHALLENGE], f"{m.headers}")
        d.ntlm(AMY).sign_in(SECRETS[AMY])
        c = d.ntlm(AMY)
        c.associate(sipae.Ticket(realm.ccache("amy", "Secret1", "amy")))
        c.sign_in(SECRETS[AMY])  # and from one to the other
        d.hang_up()
        d.stop()
        refuses_to_start(d, "--keytab", realm.keytab, "--insecure", "--listen",
                         "tcp:127.0.0.1:0,auth=kerberos+ntlm")
        d.start()
    finally:
        d.again()
        realm.stop()
        work.cleanup()


def a_question_does_not_stay_open(d):
    c = d.ntlm(AMY)
    question = c.question()
    select.select([c.socket], [], [], 61)
    m = c.answer_with(ntlm.Answer(question, "amy", SECRETS[AMY]))
    expect(m.status == 401 and m.all("www-authenticate") == [CHALLENGE], f"{m}")


if os.environ.get("PCHAT_TEST_SLOW"):
    suite.test(a_question_does_not_stay_open)

if __name__ == "__main__":
    raise SystemExit(suite.run(World))
