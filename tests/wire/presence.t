#!/usr/bin/env python3
"""What a client keeps about its user: self-subscription and SERVICE (sip.md section 2)."""
import re
import time
import xml.etree.ElementTree as ET

from sipscript import AMY, BOB, DAVE, DOMAIN, LIMIT, Daemon, Suite, expect, uris

suite = Suite()
EVENT = "vnd-microsoft-roaming-self"
SELF = "application/vnd-microsoft-roaming-self+xml"
PUBLISH = "application/msrtc-category-publish+xml"
FAULT = "application/msrtc-fault+xml"
CATEGORIES = "{http://schemas.microsoft.com/2006/09/sip/categories}"
ROAMING = "{http://schemas.microsoft.com/2006/09/sip/roaming-self}"
PROPERTIES = "http://schemas.microsoft.com/2010/12/sip/propertyList"
ASKS = ('<roamingList xmlns="http://schemas.microsoft.com/2006/09/sip/roaming-self">'
        '<roaming type="categories"/><roaming type="containers"/><roaming type="subscribers"/>'
        '</roamingList>')


def setting(uri, name="Lobby"):
    """As a client follows a room."""
    return (f'<propertyList xmlns="{PROPERTIES}"><property name="url" type="string"><value>{uri}'
            f'</value></property><property name="name" type="string"><value>{name}</value>'
            '</property></propertyList>')


def item(content="", category="roomSetting", instance=1, container=1, version=0,
         kind="static", expires=None):
    more = "" if expires is None else f' expires="{expires}"'
    return (f'<publication categoryName="{category}" instance="{instance}" '
            f'container="{container}" version="{version}" expireType="{kind}"{more}>{content}'
            '</publication>')


def publish(c, *items, uri=None, user=None):
    body = ('<publish xmlns="http://schemas.microsoft.com/2006/09/sip/rich-presence">'
            f'<publications uri="{uri or c.user}">{"".join(items)}</publications></publish>')
    return c.request("SERVICE", user or c.user, "Contact: <%s>" % c.user, kind=PUBLISH, body=body,
                     to=f"<{user or c.user}>")


def subscribe(c, expires=None, to=None, call_id=None, cseq=1, tag=None):
    lines = [f"Event: {EVENT}", f"Accept: {SELF}", "Supported: ms-piggyback-first-notify",
             "Supported: com.microsoft.autoextend", "Supported: ms-benotify",
             "Proxy-Require: ms-benotify"]
    if expires is not None:
        lines.append(f"Expires: {expires}")
    return c.request("SUBSCRIBE", c.user, *lines, kind=SELF, body=ASKS, to=to, call_id=call_id,
                     cseq=cseq, tag=tag)


def listed(m):
    """[(category, container, instance, version)] of a document; None for what is absent."""
    root = ET.fromstring(m.body)
    expect(root.tag == ROAMING + "roamingData", f"root {root.tag}")

    def number(c, name):
        return int(c.get(name)) if c.get(name) else None
    return [(c.get("name"), number(c, "container"), number(c, "instance"), number(c, "version"))
            for c in root.iter(CATEGORIES + "category")]


def mine(m, category="roomSetting"):
    return [row for row in listed(m) if row[0] == category]


def forget(c, *categories):
    """Take back what a test left."""
    rows = [r for r in listed(subscribe(c, 0)) if r[2] is not None]
    for category, container, instance, version in rows:
        m = publish(c, item(category=category, container=container, instance=instance,
                            version=version, expires=0))
        expect(m.status == 200, f"{m}")


# ---- reading ----

@suite.test
def the_document_comes_with_the_answer(d):
    m = subscribe(d.connect(AMY))
    expect(m.status == 200 and m.get("ms-piggyback-cseq") == "1", f"{m}")
    expect(m.get("event") == EVENT and m.get("content-type") == SELF, f"{m}")
    expect(m.get("expires") == "28800", m.get("expires"))
    expect(m.get("subscription-state") == "active;expires=28800", m.get("subscription-state"))
    expect(";tag=" in m.get("to") and m.get("contact"), f"{m}")
    tags = [e.tag.split("}")[1] for e in ET.fromstring(m.body)]
    expect(tags == ["categories", "containers", "subscribers"], f"{tags}")
    expect(listed(m) == [], f"{listed(m)}")


@suite.test
def a_shorter_time_is_granted_and_a_longer_one_is_not(d):
    c = d.connect(AMY)
    expect(subscribe(c, 300).get("expires") == "300", "300 is not granted")
    expect(subscribe(c, 999999).get("expires") == "28800", "no bound")


@suite.test
def an_expires_of_zero_fetches_once(d):
    c, other = d.connect(AMY, epid="aaaaaaaaaaaa"), d.connect(AMY)
    m = subscribe(c, 0)
    expect(m.status == 200 and m.get("subscription-state") == "terminated;expires=0", f"{m}")
    expect(publish(other, item(setting("ma-chan://x/y"))).status == 200, "publish")
    forget(other)
    c.register()
    expect(not c.notified, f"{c.notified}")


@suite.test
def a_refresh_and_the_end_need_the_dialog(d):
    c, other = d.connect(AMY, epid="aaaaaaaaaaaa"), d.connect(AMY)
    m = subscribe(c, call_id="self@1", tag="t1")
    to = m.get("to")
    m = subscribe(c, 600, to=to, call_id="self@1", cseq=2, tag="t1")
    expect(m.status == 200 and m.get("expires") == "600", f"{m}")
    expect(m.get("to") == to, f"{m.get('to')} is not {to}")
    m = subscribe(c, 600, to=to, call_id="another@1", cseq=2, tag="t1")
    expect(m.status == 481, f"another Call-ID: {m}")
    m = subscribe(c, 0, to=to, call_id="self@1", cseq=3, tag="t1")
    expect(m.status == 200 and m.get("subscription-state") == "terminated;expires=0", f"{m}")
    m = subscribe(c, 600, to=to, call_id="self@1", cseq=4, tag="t1")
    expect(m.status == 481, f"after the end: {m}")
    expect(publish(other, item(setting("ma-chan://x/y"))).status == 200, "publish")
    forget(other)
    c.register()
    expect(not c.notified, "told after the end")


@suite.test
def nobody_reads_or_writes_for_another(d):
    c = d.connect(AMY)
    m = c.request("SUBSCRIBE", BOB, f"Event: {EVENT}", f"Accept: {SELF}", to=f"<{BOB}>")
    expect(m.status == 403, f"{m}")
    expect(publish(c, item(setting("ma-chan://x/y")), user=BOB).status == 403, "To")
    expect(publish(c, item(setting("ma-chan://x/y")), uri=BOB).status == 403, "publications")
    expect(listed(subscribe(d.connect(BOB), 0)) == [], "it was stored")


@suite.test
def a_wrong_accept_is_406(d):
    c = d.connect(AMY)
    m = c.request("SUBSCRIBE", AMY, f"Event: {EVENT}", "Accept: text/plain")
    expect(m.status == 406, f"{m}")


@suite.test
def registering_says_that_it_is_there(d):
    events = d.connect(AMY).register().get("allow-events")
    expect(EVENT in events.split(","), f"Allow-Events {events}")


# ---- writing ----

@suite.test
def what_is_published_is_returned_to_every_client_of_the_user(d):
    c = d.connect(AMY)
    content = setting(d.room("Lobby"), "R&amp;D \u00fc")
    m = publish(c, item(content, instance=314159265))
    expect(m.status == 200 and m.get("content-type") == SELF, f"{m}")
    expect(listed(m) == [("roomSetting", 1, 314159265, 1)], f"{listed(m)}")
    for user, wanted in ((AMY, [("roomSetting", 1, 314159265, 1)]), (BOB, [])):
        m = subscribe(d.connect(user, epid="bbbbbbbbbbbb"), 0)
        expect(listed(m) == wanted, f"{user}: {listed(m)}")
    m = subscribe(c, 0)
    expect(content.encode() in m.body, f"{m.body!r}")
    found = re.search(rb'publishTime="([^"]*)"', m.body).group(1)
    expect(re.fullmatch(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}", found), f"{found}")
    expect(b'expireType="static"' in m.body and b"expires=" not in m.body, f"{m.body!r}")
    forget(c)


@suite.test
def the_administrator_sees_what_is_followed(d):
    c = d.connect(AMY)
    gone = "00000000-0000-4000-8000-00000000dead"
    publish(c, item(setting(d.room("Lobby")), instance=1),
            item(setting(f"ma-chan://{DOMAIN}/{gone}"), instance=2),
            item(setting("nonsense"), instance=3), item("<x/>", category="other"))
    out = d.ctl("report", "followed", AMY, "-o", "csv", "--fields", "room,guid")
    lobby = d.room("Lobby").rsplit("/", 1)[1]
    expect(out.split() == ["room,guid", f"Lobby,{lobby}", f",{gone}"], out)
    forget(c)


@suite.test
def it_survives_the_daemon(d):
    c = d.connect(AMY)
    content = setting(d.room("Lobby"))
    expect(publish(c, item(content, instance=7)).status == 200, "publish")
    c.close()
    d.clients.remove(c)
    d.kill()
    d.start()
    c = d.connect(AMY)
    m = subscribe(c, 0)
    expect(listed(m) == [("roomSetting", 1, 7, 1)] and content.encode() in m.body, f"{m.body!r}")
    forget(c)


@suite.test
def a_version_is_an_optimistic_lock(d):
    c = d.connect(AMY)
    expect(mine(publish(c, item("<a/>", version=0))) == [("roomSetting", 1, 1, 1)], "first")
    expect(mine(publish(c, item("<b/>", version=1))) == [("roomSetting", 1, 1, 2)], "second")
    m = publish(c, item("<new/>", instance=2, version=0), item("<c/>", version=1),
                item("<d/>", instance=3, version=9))
    expect(m.status == 409 and m.get("content-type") == FAULT, f"{m}")
    root = ET.fromstring(m.body)
    code = [e.text for e in root.iter() if e.tag.endswith("Faultcode")]
    expect(code == ["Client.BadCall.WrongDelta"], f"{code}")
    bad = [(e.get("index"), e.get("curVersion")) for e in root.iter()
           if e.tag.endswith("operation")]
    expect(bad == [("2", "2"), ("3", "0")], f"{bad}")
    m = subscribe(c, 0)
    expect(listed(m) == [("roomSetting", 1, 1, 2)] and b"<b xmlns" in m.body, f"{m.body!r}")
    forget(c)


@suite.test
def an_expires_of_zero_deletes(d):
    c = d.connect(AMY)
    publish(c, item("<a/>", instance=1), item("<b/>", instance=2))
    m = publish(c, item(instance=1, version=9, expires=0))
    expect(m.status == 409, f"wrong version: {m}")
    m = publish(c, item(instance=1, version=1, expires=0))
    expect(m.status == 200 and listed(m) == [("roomSetting", 1, 2, 1)], f"{m.body!r}")
    m = publish(c, item(instance=2, version=1, expires=0))
    expect(listed(m) == [("roomSetting", None, None, None)], f"nothing left: {m.body!r}")
    m = publish(c, item("<a/>", instance=1, version=0))
    expect(listed(m) == [("roomSetting", 1, 1, 1)], f"again: {m.body!r}")
    forget(c)


@suite.test
def the_answer_has_all_of_the_categories_touched_and_no_other(d):
    c = d.connect(AMY)
    publish(c, item("<a/>", instance=1), item("<x/>", category="otherOptions"))
    m = publish(c, item("<b/>", instance=2, container=2))
    expect(listed(m) == [("roomSetting", 1, 1, 1), ("roomSetting", 2, 2, 1)], f"{listed(m)}")
    forget(c)


@suite.test
def others_are_told_and_the_writer_is_not(d):
    c = d.connect(AMY, epid="aaaaaaaaaaaa")
    other = d.connect(AMY, epid="bbbbbbbbbbbb")
    stranger = d.connect(BOB)
    for client in (c, other, stranger):
        expect(subscribe(client, call_id=f"{client.epid}@{client.user[4:]}").status == 200, "sub")
    publish(c, item(setting("ma-chan://x/y"), instance=5))
    m = other.notice()
    expect(m.method == "BENOTIFY" and m.get("event") == EVENT, f"{m}")
    expect(m.get("subscription-state").startswith("active"), f"{m}")
    expect(m.get("call-id") == f"bbbbbbbbbbbb@{AMY[4:]}", f"{m}")
    expect(f"<{AMY}>" in m.get("from") and ";tag=" in m.get("from"), f"{m}")
    expect(listed(m) == [("roomSetting", 1, 5, 1)], f"{m.body!r}")
    publish(c, item(instance=5, version=1, expires=0))
    m = other.notice()
    expect(m.get("cseq") == "2 BENOTIFY", f"{m}")
    expect(listed(m) == [("roomSetting", None, None, None)], f"{m.body!r}")
    for client in (c, stranger):
        client.register()
        expect(not client.notified, f"{client.user} is told, too")


@suite.test
def a_client_without_benotify_gets_notify(d):
    c, other = d.connect(AMY, epid="aaaaaaaaaaaa"), d.connect(AMY)
    m = c.request("SUBSCRIBE", AMY, f"Event: {EVENT}", f"Accept: {SELF}")
    expect(m.status == 200, f"{m}")
    publish(other, item("<a/>"))
    m = c.notice()
    expect(m.method == "NOTIFY", f"{m}")
    forget(other)


# ---- how long they live ----

@suite.test
def those_of_an_endpoint_go_with_its_connection(d):
    c = d.connect(AMY, epid="aaaaaaaaaaaa")
    other = d.connect(AMY, epid="bbbbbbbbbbbb")
    subscribe(other)
    m = publish(c, item("<state/>", category="state", instance=1, kind="endpoint"),
                item("<state/>", category="state", instance=2, container=2, kind="endpoint"),
                item("<note/>", category="note"))
    expect(mine(m, "state") == [("state", 1, 1, 1), ("state", 2, 2, 1)], f"{m.body!r}")
    expect(b'expireType="endpoint"' in m.body, f"{m.body!r}")
    other.notice()
    m = publish(c, item("<state/>", category="state", version=0, kind="endpoint"))
    expect(m.status == 409 and b'curVersion="1"' in m.body, f"{m}")
    c.close()
    d.clients.remove(c)
    m = other.notice()
    expect(listed(m) == [("state", None, None, None)], f"{m.body!r}")
    expect(listed(subscribe(other, 0)) == [("note", 1, 1, 1)], "the static one stays")
    forget(other)


@suite.test
def those_of_a_user_live_as_long_as_any_of_his_connections(d):
    c = d.connect(AMY, epid="aaaaaaaaaaaa")
    other = d.connect(AMY, epid="bbbbbbbbbbbb")
    subscribe(other)
    publish(c, item("<x/>", category="state", kind="user"))
    other.notice()
    c.close()
    d.clients.remove(c)
    third = d.connect(AMY, epid="cccccccccccc")
    expect(mine(subscribe(third, 0), "state") == [("state", 1, 1, 1)], "gone too early")
    m = publish(third, item(category="state", version=1, expires=0, kind="user"))
    expect(m.status == 200, f"{m}")
    expect(listed(other.notice()) == [("state", None, None, None)], "not told")


@suite.test
def signing_out_ends_them_too(d):
    c = d.connect(AMY, epid="aaaaaaaaaaaa")
    c.register()
    subscribe(c)
    publish(c, item("<x/>", category="state", kind="endpoint"))
    c.register(expires=0)
    expect(listed(subscribe(d.connect(AMY), 0)) == [], "it is still there")


@suite.test
def one_for_a_time_is_gone_after_it(d):
    c = d.connect(AMY)
    m = publish(c, item("<x/>", category="note", kind="time", expires=3600))
    expect(b'expireType="time" expires="3600"' in m.body, f"{m.body!r}")
    forget(c)
    m = publish(c, item("<x/>", category="note", kind="time"))
    expect(m.status == 400, f"without expires: {m}")


@suite.test
def a_publication_can_change_how_long_it_lives(d):
    c = d.connect(AMY)
    publish(c, item("<x/>", category="note"))
    m = publish(c, item("<y/>", category="note", version=1, kind="endpoint"))
    expect(mine(m, "note") == [("note", 1, 1, 2)], f"{m.body!r}")
    m = publish(c, item("<z/>", category="note", version=2))
    expect(mine(m, "note") == [("note", 1, 1, 3)] and b"<z " in m.body, f"{m.body!r}")
    forget(c)


@suite.test
def a_deleted_user_leaves_nothing(d):
    eve = f"sip:eve@{DOMAIN}"
    d.ctl("user", "create", eve, "--wait")
    c = d.connect(eve)
    expect(publish(c, item("<x/>")).status == 200, "publish")
    d.ctl("user", "delete", eve, "--yes", "--wait")
    d.ctl("user", "create", eve, "--wait")
    c = d.connect(eve)
    deadline = time.monotonic() + LIMIT  # it goes soon after, not with it
    while listed(subscribe(c, 0)):
        expect(time.monotonic() < deadline, "it is still there")
    d.ctl("user", "delete", eve, "--yes", "--wait")


# ---- news of rooms that are followed ----

def follow(c, d, room, instance, version=0, **more):
    m = publish(c, item(setting(d.room(room), room), instance=instance, version=version, **more))
    expect(m.status == 200, f"{m}")


def news(c):
    """The room of the next notice."""
    p = c.expect("ntc:newcontent")
    return uris(p, "data/chanib")


@suite.test
def news_of_a_followed_room_are_told_once_until_it_is_opened(d):
    lobby = d.room("Lobby")
    d.ctl("config", "set", "global", "--new-content-notices", "--wait")
    bob = d.session(BOB)
    follow(bob, d, "Lobby", 1)
    amy = d.session(AMY)
    amy.join(lobby)
    amy.say(lobby, "one")
    expect(news(bob) == [lobby], "another room")
    amy.say(lobby, "two")
    bob.barrier()  # and not again
    bob.join(lobby)
    amy.expect("ntc:join")
    amy.say(lobby, "three")
    bob.hears(lobby, AMY, "three")
    bob.part(lobby)
    amy.expect("ntc:part")
    amy.say(lobby, "four")
    expect(news(bob) == [lobby], "not told again")
    amy.barrier()  # nothing to who is in it
    forget(bob)


@suite.test
def news_are_told_to_every_session_opened_later_too(d):
    lobby = d.room("Lobby")
    first = d.connect(BOB)
    follow(first, d, "Lobby", 1)
    amy, one, two = d.session(AMY), d.session(BOB, epid="aaaaaaaaaaaa"), d.session(BOB)
    for c in (one, two):
        subscribe(c, 0)  # the sessions have been looked after once this is answered
    amy.join(lobby)
    amy.say(lobby, "one")
    expect(news(one) == [lobby] and news(two) == [lobby], "another room")
    forget(first)
    amy.say(lobby, "two")
    one.barrier()
    two.barrier()


@suite.test
def news_of_a_room_one_may_not_read_are_not_told(d):
    secret = d.room("Secret")
    bob = d.session(BOB)
    follow(bob, d, "Secret", 1)
    amy = d.session(AMY)
    amy.join(secret)
    amy.say(secret, "psst")
    bob.barrier()
    forget(bob)


@suite.test
def news_are_not_told_unless_they_are_wanted(d):
    lobby = d.room("Lobby")
    d.ctl("config", "set", "global", "--no-new-content-notices", "--wait")
    bob = d.session(BOB)
    follow(bob, d, "Lobby", 1)
    amy = d.session(AMY)
    amy.join(lobby)
    amy.say(lobby, "one")
    bob.barrier()
    forget(bob)


# ---- bad input ----

@suite.test
def bad_bodies_are_refused_and_change_nothing(d):
    c = d.connect(AMY)
    good = item("<x/>")
    cases = [
        ("", 400), ("hello", 400), ("<publish/>", 400),
        ("<!DOCTYPE x><publish/>", 400),
        ("<other><publications/></other>", 400),
        (f"<publish><publications>{item('')}</publications></publish>", 400),
        (f"<publish><publications>{item('<a/><b/>')}</publications></publish>", 400),
        (f"<publish><publications>{good}{good}</publications></publish>", 400),
        (f"<publish><publications>{item('<x/>', category='')}</publications></publish>", 400),
        (f"<publish><publications>{item('<x/>', category='x' * 129)}</publications></publish>",
         400),
        (f"<publish><publications>{item('<x/>', container=65536)}</publications></publish>", 400),
        (f"<publish><publications>{item('<x/>', instance=-1)}</publications></publish>", 400),
        (f"<publish><publications>{item('<x/>', instance=4294967296)}</publications></publish>",
         400),
        (f"<publish><publications>{item('<x/>', kind='soon')}</publications></publish>", 400),
        ("<publish><publications>" + item("<a>" * 40 + "</a>" * 40) + "</publications></publish>",
         400),
        ("<publish><publications>" + "".join(item("<x/>", instance=i) for i in range(65)) +
         "</publications></publish>", 413),
    ]
    for body, status in cases:
        m = c.request("SERVICE", AMY, kind=PUBLISH, body=body)
        expect(m.status == status, f"{body[:80]!r}: {m}")
    expect(listed(subscribe(c, 0)) == [], "something was stored")


@suite.test
def a_user_can_keep_only_so_much(d):
    c = d.connect(AMY)
    for start in range(1, 201, 50):
        m = publish(c, *(item("<x/>", instance=i) for i in range(start, start + 50)))
        expect(m.status == 200, f"{m}")
    m = publish(c, item("<x/>", instance=201))
    expect(m.status == 413, f"201st of a category: {m}")
    m = publish(c, item("<x/>", instance=201, kind="endpoint"))
    expect(m.status == 413, f"in memory: {m}")
    m = publish(c, item("<y/>", instance=7, version=1))
    expect(m.status == 200, f"in the place of another: {m}")
    m = publish(c, item(instance=1, version=1, expires=0), item("<x/>", instance=201))
    expect(m.status == 200, f"one goes, one comes: {m}")
    forget(c)
    big = "<x>" + "a" * 60000 + "</x>"
    n = 0
    while n < 40:
        m = publish(c, item(big, category="c%d" % n))
        if m.status != 200:
            break
        n += 1
    expect(m.status == 413 and n == 34, f"{n} of 60,000 octets, then {m}")
    forget(c)


@suite.test
def only_these_services_are_known(d):
    c = d.connect(AMY)
    for kind, status in (("application/msrtc-setcontainermembers+xml", 200),
                         ("application/SOAP+xml", 501),
                         ("application/msrtc-presence-setsubscriber+xml", 501)):
        m = c.request("SERVICE", AMY, kind=kind, body="<x/>")
        expect(m.status == status, f"{kind}: {m}")


@suite.test
def an_unknown_user_gets_nothing(d):
    c = d.connect(f"sip:nobody@{DOMAIN}")
    expect(publish(c, item("<x/>")).status == 404, "publish")
    expect(subscribe(c).status == 404, "subscribe")


@suite.test
def whose_policy_is_off_may_keep_settings_all_the_same(d):
    c = d.connect(DAVE)
    expect(publish(c, item("<x/>")).status == 200, "publish")
    forget(c)


if __name__ == "__main__":
    raise SystemExit(suite.run(lambda: Daemon("none")))
