#!/usr/bin/env python3
"""REGISTER with Digest, as pidgin-sipe needs it and as the standards have it (real-client.md 4.6)."""
import csv
import re

from sipscript import AMY, BOB, DOMAIN, ERIN, POOL, Daemon, Suite, expect

suite = Suite()
SECRETS = {AMY: "Secret1", BOB: "Secret2"}


def client(d, user, password=None, **options):
    return d.connect(user, password=password or SECRETS[user], **options)


@suite.test
def sipe_is_challenged_by_407_with_md5_alone(d):
    m = client(d, AMY).request("REGISTER", f"sip:{DOMAIN}")
    expect(m.status == 407, f"{m}")
    challenges = m.all("proxy-authenticate")
    expect(len(challenges) == 1 and not m.all("www-authenticate"), f"{challenges}")
    for part in (r'^Digest ', r'realm="contoso.example"', r'nonce="[^"]+"', r'qop="auth"',
                 r'algorithm=MD5\b'):
        expect(re.search(part, challenges[0]), f"no {part} in {challenges[0]}")


@suite.test
def others_are_challenged_by_401_strongest_first(d):
    m = client(d, AMY, agent="Sofa/1.0").request("REGISTER", f"sip:{DOMAIN}")
    expect(m.status == 401, f"{m}")
    algorithms = [re.search(r"algorithm=([\w-]+)", v)[1] for v in m.all("www-authenticate")]
    expect(algorithms == ["SHA-256", "MD5"], f"{algorithms}")


@suite.test
def the_right_password_signs_in_and_binds_the_connection(d):
    c = client(d, AMY)
    c.register()
    c.invite()
    c.barrier()


@suite.test
def the_same_through_401(d):
    c = client(d, BOB, agent="Sofa/1.0")
    c.register()
    c.invite()


@suite.test
def the_same_with_sha256(d):
    c = client(d, BOB, agent="Sofa/1.0")
    m = c.request("REGISTER", f"sip:{DOMAIN}")
    m = c.request("REGISTER", f"sip:{DOMAIN}", c.credentials(m, strong=True))
    expect(m.status == 200, f"{m}")
    c.invite()
    wrong = client(d, BOB, "Secret9", agent="Sofa/1.0")
    m = wrong.request("REGISTER", f"sip:{DOMAIN}")
    m = wrong.request("REGISTER", f"sip:{DOMAIN}", wrong.credentials(m, strong=True))
    expect(m.status == 403, f"{m}")


@suite.test
def a_response_for_another_uri_is_400(d):
    for agent, uri, status in (("Sofa/1.0", "sip:evil.example", 400), ("Sofa/1.0", "(null)", 400),
                               ("Sipe/1.25.0", "sip:evil.example", 400),
                               ("Sipe/1.25.0", f"sip:{DOMAIN}", 200),
                               ("Sofa/1.0", f"sip:{DOMAIN}", 200)):
        c = client(d, AMY, agent=agent)
        m = c.request("REGISTER", f"sip:{DOMAIN}")
        m = c.request("REGISTER", f"sip:{DOMAIN}", c.credentials(m, uri=uri))
        expect(m.status == status, f"{agent} for {uri}: {m}")


@suite.test
def a_response_for_another_method_is_403(d):
    c = client(d, AMY, agent="Sofa/1.0")
    m = c.request("REGISTER", f"sip:{DOMAIN}")
    m = c.request("REGISTER", f"sip:{DOMAIN}", c.credentials(m, method="INVITE"))
    expect(m.status == 403, f"{m}")
    c.register()


@suite.test
def another_realm_is_challenged_again(d):
    c = client(d, AMY)
    m = c.request("REGISTER", f"sip:{DOMAIN}")
    m = c.request("REGISTER", f"sip:{DOMAIN}", c.credentials(m, realm="evil.example"))
    expect(m.status == 407 and 'realm="contoso.example"' in m.get("proxy-authenticate"), f"{m}")
    expect("stale" not in m.get("proxy-authenticate"), f"{m}")
    c.register()


@suite.test
def a_wrong_password_is_403_not_another_challenge(d):
    c = client(d, AMY, password="Secret9")
    c.register(status=403)
    m = c.invite(status=403)
    expect(m.diagnostics == 20003, f"{m.diagnostics}")


@suite.test
def an_unknown_user_looks_like_a_wrong_password(d):
    c = d.connect(f"sip:nobody@{DOMAIN}", password="x")
    c.register(status=403)


@suite.test
def a_user_without_a_password_cannot_sign_in(d):
    d.connect(f"sip:carol@{DOMAIN}", password="").register(status=403)


@suite.test
def five_wrong_passwords_close_the_connection(d):
    c = client(d, AMY, password="Secret9")
    for _ in range(5):
        c.register(status=403)
    c.expect_closed()


@suite.test
def a_session_without_sign_in_is_403(d):
    m = client(d, AMY).invite(status=403)
    expect(m.diagnostics == 20003, f"{m.diagnostics}")
    m = client(d, AMY).provisioning()
    expect(m.status == 403, f"{m}")


@suite.test
def a_session_is_whom_the_authentication_says(d):
    c = client(d, AMY)
    c.register()
    c.user = BOB
    m = c.invite(status=403)
    expect(m.diagnostics == 20003, f"{m.diagnostics}")
    expect(c.provisioning().status == 403, "bob's document for amy")
    c.user = AMY
    c.invite()


@suite.test
def a_connection_belongs_to_one_user(d):
    c = client(d, AMY)
    c.register()
    c.user, c.password = BOB, SECRETS[BOB]
    c.register(status=403)


@suite.test
def of_two_who_sign_in_at_once_only_one_does(d):
    c = client(d, AMY)
    sent = []
    for n, user in enumerate((AMY, BOB)):
        c.user, c.password = user, SECRETS[user]
        m = c.request("REGISTER", f"sip:{DOMAIN}")
        sent.append(f"REGISTER sip:{DOMAIN} SIP/2.0\r\n" +
                    c.headers("REGISTER", 2, f"both{n}", f"b{n}", f"<{user}>", True) +
                    c.credentials(m) + "\r\nContent-Length: 0\r\n\r\n")
    c.send("".join(sent))  # the second is read before the first has been looked up
    status = {m.get("call-id"): m.status for m in (c.receive(), c.receive())}
    expect(sorted(status.values()) == [200, 403], f"{status}")


@suite.test
def a_disabled_user_is_refused_and_so_recorded(d):
    def outcomes():
        return [(r["outcome"], r["reason"], r["count"]) for r in csv.DictReader(
            d.ctl("report", "sign-ins", "-o", "csv", "--user", ERIN).splitlines())]
    d.ctl("user", "passwd", ERIN, "--password-stdin", stdin="Secret3\n")
    d.ctl("user", "set", ERIN, "--disabled", "--yes")
    for _ in range(2):
        d.connect(ERIN, password="Secret3").register(status=403)
    expect(outcomes() == [("refused", "the user is disabled", "2")], f"{outcomes()}")
    # What he got wrong is not forgotten by that: eleven failures in all make him wait.
    def wrong(status):
        c = d.connect(ERIN, password="wrong")
        c.register(status=status)
        c.close()
        d.clients.remove(c)
    for _ in range(6):
        wrong(403)
    d.connect(ERIN, password="Secret3").register(status=403)
    for _ in range(5):
        wrong(403)
    wrong(503)
    d.ctl("user", "set", ERIN, "--disabled=false", "--yes")


@suite.test
def a_second_register_is_challenged_again_and_renews(d):
    c = client(d, AMY)
    c.register()
    c.invite()
    m = c.request("REGISTER", f"sip:{DOMAIN}")
    expect(m.status == 407, f"{m}")
    c.register()
    c.barrier()


@suite.test
def an_answer_made_for_another_connection_is_challenged_again(d):
    a, b = client(d, AMY), client(d, AMY)
    m = a.request("REGISTER", f"sip:{DOMAIN}")
    stolen = a.credentials(m)
    m = b.request("REGISTER", f"sip:{DOMAIN}", stolen)
    expect(m.status == 407, f"{m}")
    expect("stale" not in m.get("proxy-authenticate"), f"{m.get('proxy-authenticate')}")
    b.invite(status=403)


@suite.test
def an_answer_used_twice_is_challenged_again(d):
    c = client(d, AMY)
    answer = c.credentials(c.request("REGISTER", f"sip:{DOMAIN}"))
    expect(c.request("REGISTER", f"sip:{DOMAIN}", answer).status == 200, "first use")
    m = c.request("REGISTER", f"sip:{DOMAIN}", answer)
    expect(m.status == 407, f"{m}")


@suite.test
def a_nonce_may_be_used_again_with_a_higher_count(d):
    c = client(d, AMY)
    m = c.request("REGISTER", f"sip:{DOMAIN}")
    for nc, status in ((1, 200), (2, 200), (2, 407), (1, 407), (0xffffffff, 200), (3, 407)):
        got = c.request("REGISTER", f"sip:{DOMAIN}", c.credentials(m, nc=nc))
        expect(got.status == status, f"count {nc}: {got}")
        expect("stale" not in got.get("proxy-authenticate"), f"count {nc}: {got.headers}")


@suite.test
def a_register_that_is_sent_again_signs_in_nobody(d):
    """Octet by octet, as one who has listened: at the same connection and at another."""
    c = client(d, AMY)
    m = c.request("REGISTER", f"sip:{DOMAIN}")
    sent = []
    send, c.send = c.send, lambda data: (sent.append(data), send(data))
    expect(c.request("REGISTER", f"sip:{DOMAIN}", c.credentials(m)).status == 200, "sign-in")
    c.send = send
    c.register(expires=0)
    c.send(sent[0])
    m = c.receive()
    expect(m.status in (200, 407), f"{m}")  # the answer it had, or a challenge
    c.invite(status=403)
    other = client(d, AMY)
    other.send(sent[0])
    m = other.receive()
    expect(m.status == 407, f"{m}")
    other.invite(status=403)


@suite.test
def who_has_a_session_is_nobody_else_in_any_method(d):
    lobby = d.room("Lobby")
    c, bob = client(d, AMY), client(d, BOB)
    for x in (c, bob):
        x.register()
        x.invite()
        x.join(lobby)
    c.expect("ntc:join")
    c.user = BOB
    for method, status in (("INVITE", 403), ("SUBSCRIBE", 403), ("SERVICE", 403), ("MESSAGE", 405),
                           ("REGISTER", 403), ("PUBLISH", 501), ("REFER", 501), ("NOTIFY", 481),
                           ("INFO", 481), ("BYE", 481), ("UPDATE", 481), ("PRACK", 481)):
        m = c.request(method, POOL, "Event: vnd-microsoft-provisioning-v2", "Expires: 600",
                      f"Contact: <sip:{c.host}>")
        expect(m.status == status, f"{method}: {m} instead of {status}")
    # Within his dialog he is nobody else in the head, and in the body that counts for nothing.
    for method in ("INFO", "UPDATE", "BYE"):
        expect(c.within(method).status == 403, method)
    c.user = AMY
    c.tell(c.envelope(f'<grpchat id="grpchat" seqid="1" chanUri="{lobby}" author="{BOB}"'
                      ' ts="2026-11-21T04:16:05Z"><chat>I am bob</chat></grpchat>'))
    p = bob.next()
    expect(p.get("author") == AMY, f"posted as {p.get('author')}")
    m = c.within("BYE")
    expect(m.status == 200, f"{m}")
    bob.expect("ntc:part")
    bob.barrier()


@suite.test
def senseless_credentials_are_400_or_a_challenge(d):
    c = client(d, AMY)
    m = c.request("REGISTER", f"sip:{DOMAIN}", "Proxy-Authorization: Digest username=\"x\"")
    expect(m.status in (400, 407), f"{m}")
    m = c.request("REGISTER", f"sip:{DOMAIN}", "Proxy-Authorization: NTLM gssapi-data=\"\"")
    expect(m.status in (400, 407), f"{m}")
    c.register()


@suite.test
def signed_out_is_signed_out(d):
    c = client(d, AMY)
    c.register()
    c.register(expires=0)
    c.invite(status=403)


@suite.test
def signing_out_ends_what_one_had_on_the_connection(d):
    lobby = d.room("Lobby")
    c, bob, elsewhere = client(d, AMY), client(d, BOB), client(d, AMY)
    for x in (elsewhere, bob, c):
        x.register()
        x.invite()
    bob.join(lobby)
    c.join(lobby)
    bob.expect("ntc:join")
    c.register(expires=0)
    while not c.ended:
        c.handle(c.receive())
    bob.expect("ntc:part")
    # The next one on the connection does not speak for her, and his session ends with his.
    hers = c.call_id, c.tag, c.dialog, c.cseq
    for _ in range(2):
        c.user, c.password = BOB, SECRETS[BOB]
        c.register()
        c.user = AMY
        for method in ("INFO", "UPDATE", "BYE"):
            m = c.within(method)
            expect(m.status in (403, 481), f"{method}: {m}")
        c.user, c.ended = BOB, False
        c.invite()
        c.barrier()
        c.register(expires=0)
        while not c.ended:
            c.handle(c.receive())
        c.call_id, c.tag, c.dialog, c.cseq = hers
    c.dialog = None
    elsewhere.barrier()
    bob.barrier()


def world():
    d = Daemon("digest")
    for user, secret in SECRETS.items():
        d.ctl("user", "passwd", user, "--password-stdin", stdin=secret + "\n")
    return d


if __name__ == "__main__":
    raise SystemExit(suite.run(world))
