#!/usr/bin/env python3
"""The chat dialog: who is let in, how it is kept, how it ends (xccos.md section 2, sip.md 3.5)."""
from sipscript import (AMY, BOB, DAVE, DOMAIN, NS, POOL, Daemon, Suite, expect, uris)

suite = Suite()


@suite.test
def the_pool_answers_with_contact_session_expires_and_sdp(d):
    m = d.connect(AMY).invite()
    expect(m.get("session-expires").startswith("1800"), m.get("session-expires"))
    expect(m.get("contact"), "no Contact")
    expect(m.get("content-type") == "application/sdp" and b"m=message" in m.body, f"{m}")


@suite.test
def an_endpoint_alias_is_as_good_as_the_pool(d):
    c = d.connect(AMY)
    c.invite(f"sip:ocschat@{DOMAIN}")
    p = c.ask("requri")
    expect(uris(p, "data/uib") == [POOL], f"{uris(p, 'data/uib')}")


@suite.test
def the_server_speaks_from_the_uri_that_was_dialled(d):
    c = d.connect(AMY)
    alias = f"sip:ocschat@{DOMAIN}"
    c.invite(alias)
    c.cmd("requri")
    c.pump()
    expect(f"<{alias}>" in c.infos[0].get("from"), c.infos[0].get("from"))
    expect(c.infos[0].get("content-type") == "text/plain", c.infos[0].get("content-type"))


@suite.test
def names_are_matched_without_case(d):
    d.connect(AMY).invite(POOL.replace("GC-1", "gc-1").replace("contoso", "CONTOSO"))


@suite.test
def other_uris_are_404(d):
    for uri in (f"sip:GC-2-PersistentChatService-1@{DOMAIN}", AMY, f"sip:{DOMAIN}",
                "sip:ocschat@elsewhere.example"):
        m = d.connect(AMY).invite(uri, status=404)
        expect(not m.diagnostics, f"{m.diagnostics}")


@suite.test
def a_user_whose_policy_is_off_is_refused_with_20010(d):
    m = d.connect(DAVE).invite(status=403)
    expect(m.diagnostics == 20010, f"{m.diagnostics}")
    m = d.connect(f"sip:nobody@{DOMAIN}").invite(status=403)
    expect(m.diagnostics == 20010, f"{m.diagnostics}")


@suite.test
def a_ninth_session_is_refused_with_20009(d):
    for n in range(8):
        d.connect(BOB, epid=f"{n:012x}").invite()
    m = d.connect(BOB).invite(status=486)
    expect(m.diagnostics == 20009, f"{m.diagnostics}")


@suite.test
def the_lookup_session_ends_and_the_chat_session_begins(d):
    c = d.connect(AMY)
    c.invite(f"sip:ocschat@{DOMAIN}")
    target = uris(c.ask("requri"), "data/uib")[0]
    c.bye()
    c.invite(target)
    c.barrier()


@suite.test
def update_without_body_refreshes(d):
    c = d.session(AMY)
    m = c.within("UPDATE")
    expect(m.status == 200 and m.get("session-expires").startswith("1800"), f"{m}")
    c.barrier()


@suite.test
def a_reinvite_is_answered_with_the_same(d):
    c = d.session(AMY)
    m = c.within("INVITE", f"Contact: <{AMY}>")
    expect(m.status == 200 and m.get("session-expires"), f"{m}")
    c.barrier()


@suite.test
def bye_ends_the_dialog_for_good(d):
    c = d.session(AMY)
    c.bye()
    m = c.within("INFO", body=c.envelope(), kind="text/plain")
    expect(m.status == 481 and m.diagnostics == 20006, f"{m} {m.diagnostics}")


@suite.test
def nothing_is_sent_before_the_ack(d):
    c = d.connect(AMY)
    c.invite(ack=False)
    body = c.envelope('<cmd id="cmd:requri" seqid="1"><data/></cmd>')
    m = c.within("INFO", body=body, kind="text/plain")
    expect(m.status == 200, f"{m}")
    expect(c.within("OPTIONS").status == 200 and not c.infos, "an INFO before the ACK")
    c.ack()
    c.expect("rpl:requri")


@suite.test
def one_info_at_a_time_and_in_order(d):
    c = d.session(AMY)
    c.answers = None
    for _ in range(3):
        c.cmd("requri")
    expect(c.within("OPTIONS").status == 200, "OPTIONS")
    c.pump()
    expect(c.within("OPTIONS").status == 200 and len(c.infos) == 1,
           f"{len(c.infos)} INFO at a time")
    first = c.infos[0]
    c.answers = 200
    c.reply(first, 200)
    envids = [c.next().find(NS + "commandid").get("envid") for _ in range(3)]
    expect(envids == [str(c.envid - 2), str(c.envid - 1), str(c.envid)], f"{envids}")


@suite.test
def an_info_answered_481_ends_the_session_and_parts_it(d):
    for status in (481, 487):
        amy, bob = d.session(AMY), d.session(BOB)
        lobby = d.room("Lobby")
        amy.join(lobby)
        bob.join(lobby)
        amy.expect("ntc:join")
        bob.answers = status
        bob.cmd("requri")
        bob.pump()
        p = amy.expect("ntc:part")
        expect(uris(p, "data/chanib/uib") == [BOB], f"{uris(p, 'data/chanib/uib')}")
        bob.close()
        amy.close()


@suite.test
def another_answer_does_not(d):
    amy, bob = d.session(AMY), d.session(BOB)
    lobby = d.room("Lobby")
    amy.join(lobby)
    bob.join(lobby)
    amy.expect("ntc:join")
    bob.answers = 400
    bob.ask("requri")
    bob.answers = 200
    amy.say(lobby, "still there?")
    bob.hears(lobby, AMY, "still there?")


@suite.test
def a_lost_connection_parts_from_all_rooms_in_one_notice(d):
    amy, bob = d.session(AMY), d.session(BOB)
    lobby, desk = d.room("Lobby"), d.room("Rates desk")
    for c in (amy, bob):
        c.join(lobby, desk)
    amy.expect("ntc:bjoin")
    bob.close()
    p = amy.expect("ntc:part")
    expect(sorted(uris(p, "data/chanib")) == sorted([lobby, desk]), "not both rooms")
    expect(uris(p, "data/chanib/uib") == [BOB, BOB], f"{uris(p, 'data/chanib/uib')}")
    amy.barrier()


@suite.test
def a_bye_does_the_same(d):
    amy, bob = d.session(AMY), d.session(BOB)
    lobby = d.room("Lobby")
    amy.join(lobby)
    bob.join(lobby)
    amy.expect("ntc:join")
    bob.bye()
    amy.expect("ntc:part")
    amy.barrier()


@suite.test
def two_dialogs_of_one_user_on_one_connection_live_side_by_side(d):
    c = d.session(AMY)
    first = (c.call_id, c.tag, c.dialog, c.remote, c.cseq)
    c.invite()
    c.barrier()
    c.call_id, c.tag, c.dialog, c.remote, c.cseq = first
    c.barrier()


@suite.test
def keep_alives_between_messages_are_swallowed(d):
    c = d.session(AMY)
    for _ in range(3):
        c.send("\r\n\r\n")
        c.barrier()


if __name__ == "__main__":
    raise SystemExit(suite.run(lambda: Daemon("none")))
