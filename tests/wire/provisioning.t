#!/usr/bin/env python3
"""SUBSCRIBE: the user's own documents (sip.md section 1, real-client.md section 5)."""
import xml.etree.ElementTree as ET

from sipscript import (AMY, BOB, DAVE, DOMAIN, POOL, PROVISIONING, Daemon, Suite, expect)

suite = Suite()
OUT = "{http://schemas.microsoft.com/2006/09/sip/provisiongrouplist-notification}"


def properties(m):
    root = ET.fromstring(m.body)
    expect(root.tag == OUT + "provisionGroupList", f"root {root.tag}")
    for group in root.iter(OUT + "provisionGroup"):
        if group.get("name") == "persistentChatConfiguration":
            return {p.get("name"): p.text for p in group.iter(OUT + "property")}
    return None


@suite.test
def an_enabled_user_is_told_where_to_chat(d):
    m = d.connect(AMY).provisioning()
    expect(m.status == 200, f"{m}")
    expect(m.get("ms-piggyback-cseq") == "1", "no ms-piggyback-cseq")
    expect(m.get("event") == "vnd-microsoft-provisioning-v2", f"Event {m.get('event')}")
    expect(m.get("expires") == "0", f"Expires {m.get('expires')}")
    expect(m.get("subscription-state") == "terminated;expires=0", m.get("subscription-state"))
    expect(m.get("content-type") == PROVISIONING, m.get("content-type"))
    expect(properties(m) == {"EnablePersistentChat": "true", "DefaultPersistentChatPoolUri": POOL,
                             "PersistentChatPoolUris": POOL}, f"{properties(m)}")


@suite.test
def the_management_page_is_named_if_there_is_one(d):
    url = "https://chat.contoso.example/rooms"
    d.ctl("config", "set", "global", "--room-management-url", url)
    p = properties(d.connect(AMY).provisioning())
    d.ctl("config", "set", "global", "--room-management-url", "")
    expect(p.get("PersistentChatWebManagerUriInt") == url and
           p.get("PersistentChatWebManagerUriExt") == url, f"{p}")


@suite.test
def the_management_page_is_that_of_his_site(d):
    url = "https://leeds.contoso.example/rooms"
    d.ctl("site", "create", "leeds")
    d.ctl("config", "create", "site:leeds", "--room-management-url", url)
    d.ctl("user", "set", AMY, "--site", "leeds")
    amy, bob = (properties(d.connect(u).provisioning()) for u in (AMY, BOB))
    d.ctl("user", "set", AMY, "--site", "")
    expect(amy.get("PersistentChatWebManagerUriInt") == url, f"{amy}")
    expect("PersistentChatWebManagerUriInt" not in bob, f"{bob}")
    again = properties(d.connect(AMY).provisioning())
    expect("PersistentChatWebManagerUriInt" not in again, f"{again}")


@suite.test
def a_user_whose_policy_is_off_is_told_so_and_nothing_else(d):
    p = properties(d.connect(DAVE).provisioning())
    expect(p == {"EnablePersistentChat": "false"}, f"{p}")


@suite.test
def an_unknown_user_is_answered_404(d):
    m = d.connect(f"sip:nobody@{DOMAIN}").provisioning()
    expect(m.status == 404, f"{m}")


@suite.test
def nobody_gets_the_document_of_another(d):
    m = d.connect(AMY).provisioning(to=f"<{BOB}>")
    expect(m.status == 403, f"{m}")


@suite.test
def a_refresh_with_the_tag_of_the_answer_gets_the_document_again(d):
    c = d.connect(AMY)
    to = c.provisioning().get("to")
    expect(";tag=" in to, f"To {to}")
    m = c.provisioning(to=to, cseq=2)
    expect(m.status == 200 and properties(m), f"{m}")
    m = c.request("SUBSCRIBE", AMY, "Event: vnd-microsoft-provisioning-v2", "Expires: 28800",
                  kind=PROVISIONING, body='<provisioningGroupList/>')
    expect(m.status == 200 and m.get("expires") == "0", f"{m}")


@suite.test
def one_who_ends_what_was_no_subscription_is_answered_200(d):
    c = d.connect(AMY)
    to = c.provisioning().get("to")
    m = c.subscribe("vnd-microsoft-provisioning-v2", PROVISIONING, to=to, cseq=2)
    expect(m.status == 200 and not m.body, f"{m}")
    expect(m.get("subscription-state").startswith("terminated"), f"{m.headers}")


@suite.test
def a_wrong_accept_is_406(d):
    m = d.connect(AMY).subscribe("vnd-microsoft-provisioning-v2", "text/plain")
    expect(m.status == 406, f"{m}")


@suite.test
def a_bad_body_is_400(d):
    c = d.connect(AMY)
    for body in ("", "<provisioningGroupList>", "<!DOCTYPE x><provisioningGroupList/>", "\0"):
        m = c.subscribe("vnd-microsoft-provisioning-v2", PROVISIONING, body)
        expect(m.status == 400, f"{body!r}: {m}")


@suite.test
def of_twenty_groups_only_known_ones_are_answered(d):
    groups = "".join(f'<provisioningGroup name="g{i}"/>' for i in range(19))
    m = d.connect(AMY).subscribe("vnd-microsoft-provisioning-v2", PROVISIONING,
                                 f"<provisioningGroupList>{groups}<provisioningGroup "
                                 'name="persistentChatConfiguration"/></provisioningGroupList>')
    names = [g.get("name") for g in ET.fromstring(m.body).iter(OUT + "provisionGroup")]
    expect(names == ["persistentChatConfiguration"], f"{names}")


@suite.test
def the_contact_list_is_empty_but_there(d):
    m = d.connect(AMY).subscribe("vnd-microsoft-roaming-contacts",
                                 "application/vnd-microsoft-roaming-contacts+xml")
    expect(m.status == 200 and m.get("ms-piggyback-cseq") == "1", f"{m}")
    expect(b"<contactList" in m.body, f"{m.body!r}")


@suite.test
def other_events_are_489(d):
    for event in ("presence", "presence.wpending", "nonsense"):
        m = d.connect(AMY).subscribe(event, "text/plain")
        expect(m.status == 489, f"{event}: {m}")


if __name__ == "__main__":
    raise SystemExit(suite.run(lambda: Daemon("none")))
