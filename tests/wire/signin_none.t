#!/usr/bin/env python3
"""REGISTER where everybody is taken at his word, to the letter of real-client.md section 3."""
from sipscript import AMY, BOB, DOMAIN, POOL, Daemon, Failed, Suite, expect

suite = Suite()


@suite.test
def a_user_signs_in_with_the_headers_his_client_compares(d):
    m = d.connect(AMY).register()
    expect(m.get("expires") == "7200", f"Expires {m.get('expires')}")
    expect(m.all("supported") == ["msrtc-event-categories"], f"Supported {m.all('supported')}")
    events = m.get("allow-events").split(",")
    expect("vnd-microsoft-provisioning-v2" in events, f"Allow-Events {events}")
    expect(";tag=" in m.get("to"), "no To tag")
    expect('gruu="sip:amy@contoso.example;opaque=user:epid:0123456789ab;gruu"' in m.get("contact"),
           f"Contact {m.get('contact')}")


@suite.test
def a_shorter_expiry_is_granted_a_longer_one_is_cut(d):
    c = d.connect(AMY)
    for asked, granted in ((1, "1"), (600, "600"), (7200, "7200"), (7201, "7200"),
                           (4294967295, "7200")):
        m = c.register(expires=asked)
        expect(m.get("expires") == granted, f"{asked} became {m.get('expires')}")


@suite.test
def expires_0_signs_out(d):
    c = d.connect(AMY)
    c.register()
    m = c.register(expires=0)
    expect(m.get("expires") == "0", f"Expires {m.get('expires')}")
    expect(not m.get("contact"), "a contact is left")


@suite.test
def signing_out_ends_the_session(d):
    c, other = d.session(AMY), d.session(AMY)
    c.register()
    c.register(expires=0)
    while not c.ended:
        c.handle(c.receive())
    other.barrier()


@suite.test
def when_proof_is_asked_for_a_session_without_one_is_403(_):
    d = Daemon(None)
    try:
        lobby = d.room("Lobby")
        d.ctl("user", "passwd", AMY, "--password-stdin", stdin="Secret1\n")
        word, proof = d.session(AMY), d.connect(AMY, password="Secret1")
        proof.register()
        proof.invite()
        word.join(lobby)
        d.ctl("config", "set", "global", "--authentication", "digest")
        word.post(lobby, "as amy", status=403)
        for method in ("UPDATE", "BYE"):
            m = word.within(method)
            expect(m.status == 403, f"{method}: {m}")
        proof.barrier()
    finally:
        d.close()


@suite.test
def an_unknown_user_is_answered_404(d):
    d.connect(f"sip:nobody@{DOMAIN}").register(status=404)


@suite.test
def a_disabled_user_is_answered_403(d):
    d.ctl("user", "set", BOB, "--disabled", "--yes")
    try:
        d.connect(BOB).register(status=403)
    finally:
        d.ctl("user", "set", BOB, "--no-disabled")
    d.connect(BOB).register()


@suite.test
def nobody_signs_in_for_another(d):
    m = d.connect(AMY).request("REGISTER", f"sip:{DOMAIN}", to=f"<{BOB}>")
    expect(m.status == 403, f"{m}")


@suite.test
def names_are_compared_without_case(d):
    c = d.connect(f"sip:AMY@Contoso.Example")
    c.register()
    c.invite()


@suite.test
def service_message_and_unknown_methods_get_a_final_answer(d):
    c = d.connect(AMY)
    c.register()
    for method, status in (("SERVICE", 501), ("MESSAGE", 405), ("OPTIONS", 200),
                           ("PUBLISH", 501), ("FROBNICATE", 501), ("NOTIFY", 481),
                           ("BYE", 481), ("INFO", 481), ("UPDATE", 481)):
        m = c.request(method, AMY if method == "SERVICE" else POOL, body="x", kind="text/plain")
        expect(m.status == status, f"{method}: {m}")


@suite.test
def a_foreign_require_is_answered_420_a_proxy_require_is_not_ours(d):
    c = d.connect(AMY)
    m = c.request("REGISTER", f"sip:{DOMAIN}", "Require: teleport")
    expect(m.status == 420 and m.get("unsupported") == "teleport", f"{m}")
    m = c.request("REGISTER", f"sip:{DOMAIN}", "Proxy-Require: ms-benotify")
    expect(m.status == 200, f"{m}")


if __name__ == "__main__":
    raise SystemExit(suite.run(lambda: Daemon("none")))
