#!/usr/bin/env python3
"""Preferences and file tokens (xccos.md sections 9.9 and 9.13)."""
import re
import sqlite3
import os

from sipscript import AMY, BOB, CAROL, DOMAIN, ERIN, NS, Daemon, Store, Suite, expect, text_of

suite = Suite()
SERVICE = "https://web.contoso.example/PersistentChat/MGCWebService.asmx"


def raw(c, name, data):
    """The reply as it is on the wire, what differs each time replaced by words."""
    c.cmd(name, data)
    c.pump()
    body = c.infos.pop(0).body.decode()
    body = body.replace(f'envid="{c.envid}"', 'envid="ASKED"')
    return re.sub(r'ver="1" envid="\d+"', 'ver="1" envid="NEW"', body)


def reply(name, data):
    return ('<xccos xmlns:xsd="http://www.w3.org/2001/XMLSchema" '
            'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ver="1" envid="NEW" '
            f'xmlns="urn:parlano:xml:ns:xccos"><rpl id="rpl:{name}" seqid="1">'
            '<commandid seqid="1" envid="ASKED"/><resp code="200">SUCCESS_OK</resp>'
            f'<data>{data}</data></rpl></xccos>')


def pref(p):
    e = p.find(f"{NS}data/{NS}pref")
    return e.get("seqid"), e.get("content")


# ---- preferences ----

@suite.test
def preferences_byte_for_byte(d):
    c = d.session(AMY)
    ask = '<pref label="kedzie.GroupChannels" seqid="71" createdefault="true"/>'
    got = raw(c, "getpref", ask)
    want = reply("getpref", '<pref label="kedzie.GroupChannels" seqid="0" createdefault="false"/>')
    expect(got == want, f"\n{got}\ninstead of\n{want}")
    got = raw(c, "setpref", '<pref label="kedzie.GroupChannels" seqid="71" createdefault="false"'
              ' content="QUJD"/>')
    want = reply("setpref", '<pref label="kedzie.GroupChannels" seqid="72" createdefault="false"/>')
    expect(got == want, f"\n{got}\ninstead of\n{want}")
    got = raw(c, "getpref", ask)
    want = reply("getpref", '<pref label="kedzie.GroupChannels" seqid="72" createdefault="false"'
                 ' content="QUJD"/>')
    expect(got == want, f"\n{got}\ninstead of\n{want}")


@suite.test
def what_a_client_has_already_is_not_sent_again(d):
    c = d.session(AMY)
    c.ask("setpref", '<pref label="have" seqid="9" content="QQ=="/>')
    for seqid, want in (("9", ("10", "QQ==")), ("10", ("10", None)), ("11", ("10", None))):
        got = pref(c.ask("getpref", f'<pref label="have" seqid="{seqid}"/>'))
        expect(got == want, f"{seqid}: {got}")
    expect(pref(c.ask("getpref", '<pref label="have"/>')) == ("10", "QQ=="), "without a number")


@suite.test
def a_preference_is_numbered_on(d):
    c = d.session(AMY)
    for sent, want in (("5", "6"), ("2", "7"), ("", "8"), ("20", "21")):
        seqid = f' seqid="{sent}"' if sent else ""
        got = pref(c.ask("setpref", f'<pref label="count"{seqid} content=""/>'))
        expect(got[0] == want, f"{sent}: {got}")


@suite.test
def preferences_are_of_a_user_on_all_his_endpoints(d):
    one, two, bob = d.session(AMY), d.session(AMY, epid="ffffffffffff"), d.session(BOB)
    one.ask("setpref", '<pref label="mine" seqid="1" content="QQ=="/>')
    expect(pref(two.ask("getpref", '<pref label="mine"/>')) == ("2", "QQ=="), "other endpoint")
    expect(pref(bob.ask("getpref", '<pref label="mine"/>')) == ("0", None), "other user")
    expect(pref(one.ask("getpref", '<pref label="Mine"/>')) == ("0", None), "other label")


@suite.test
def preferences_survive_the_daemon(d):
    d.session(AMY).ask("setpref", '<pref label="stay" seqid="1" content="QQ=="/>')
    d.hang_up()
    d.stop()
    d.start()
    expect(pref(d.session(AMY).ask("getpref", '<pref label="stay"/>')) == ("2", "QQ=="), "gone")


@suite.test
def limits_of_preferences(d):
    c = d.session(ERIN)
    c.ask("setpref", f'<pref label="{"x" * 255}" seqid="1" content="{"A" * 65536}"/>')
    c.ask("setpref", f'<pref label="{"x" * 256}" seqid="1" content=""/>', 413)
    c.ask("setpref", f'<pref label="large" seqid="1" content="{"A" * 65537}"/>', 413)
    c.ask("setpref", '<pref label="number" seqid="9007199254740993" content=""/>', 413)
    for n in range(63):
        c.ask("setpref", f'<pref label="{n}" seqid="1" content=""/>')
    p = c.ask("setpref", '<pref label="one more" seqid="1" content=""/>', 413)
    expect("64 preferences" in p.find(NS + "resp").text, text_of(p))
    c.ask("setpref", '<pref label="1" seqid="1" content="QQ=="/>')


@suite.test
def preferences_that_make_no_sense_are_400(d):
    c = d.session(AMY)
    for data in ("", "<pref/>", '<pref label="a" seqid="x" content=""/>',
                 '<pref label="a" seqid="1"/>', '<pref label="a" seqid="1" content="not base64"/>',
                 '<pref label="a" seqid="1" content="A=A"/>'):
        c.ask("setpref", data, 400)
    c.ask("getpref", "", 400)
    c.barrier()


# ---- file tokens ----

def ask_token(c, name, room, file="TestInfoRecord.txt", code=200):
    c.cmd(name, f'<ftdb channelUri="{room}" fileUrl="{file}"/>')
    p = c.expect("rpl:getftok", code)
    t = p.find(f"{NS}data/{NS}token")
    return t.get("token") if t is not None else p.find(NS + "resp").text


def tokens(d):
    """Rows of the store: [(user, room, upload, name, minutes)]."""
    db = sqlite3.connect(os.path.join(d.store.path, "chat.db"))
    try:
        return {r[0]: r[1:] for r in db.execute(
            "SELECT token, uri, room, upload, name, (expires - created) / 60000000 FROM file_token")}
    finally:
        db.close()


@suite.test
def a_token_byte_for_byte(d):
    room = d.room("Files")
    c = d.session(AMY)
    c.join(room)
    for name in ("getfutok", "getfdtok"):
        got = raw(c, name, f'<ftdb channelUri="{room}" fileUrl="TestInfoRecord.txt"/>')
        token = re.search(r'token="([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})"', got)
        expect(token, got)
        want = reply("getftok", f'<token token="{token[1]}" serveruri="{SERVICE}"/>')
        expect(got == want, f"\n{got}\ninstead of\n{want}")


@suite.test
def a_token_is_of_a_user_and_a_room_for_thirty_minutes(d):
    room = d.room("Files")
    c = d.session(BOB)
    c.join(room)
    up, down = ask_token(c, "getfutok", room), ask_token(c, "getfdtok", room, "copy.txt")
    kept = tokens(d)
    guid = room.rsplit("/", 1)[1]
    expect(kept[up] == (BOB, guid, 1, "TestInfoRecord.txt", 30), f"{kept[up]}")
    expect(kept[down] == (BOB, guid, 0, "copy.txt", 30), f"{kept[down]}")


@suite.test
def tokens_need_a_seat_407(d):
    c = d.session(AMY)
    for name in ("getfutok", "getfdtok"):
        ask_token(c, name, d.room("Files"), code=407)


@suite.test
def tokens_need_a_category_with_files_403(d):
    c = d.session(AMY)
    c.join(d.room("Lobby"))
    for name in ("getfutok", "getfdtok"):
        text = ask_token(c, name, d.room("Lobby"), code=403)
        expect("files are not allowed" in text, text)


@suite.test
def in_an_auditorium_presenters_send_and_all_fetch(d):
    room = d.room("Lectures")
    amy, bob = d.session(AMY), d.session(BOB)
    amy.join(room)
    bob.join(room)
    amy.expect("ntc:join")
    ask_token(amy, "getfutok", room)
    text = ask_token(bob, "getfutok", room, code=403)
    expect("only presenters" in text, text)
    ask_token(bob, "getfdtok", room)


@suite.test
def tokens_for_rooms_one_may_not_see_are_404_and_403(d):
    c = d.session(CAROL)
    nowhere = f"ma-chan://{DOMAIN}/00000000-0000-4000-8000-000000000000"
    for name in ("getfutok", "getfdtok"):
        ask_token(c, name, d.room("Secret files"), code=404)
        ask_token(c, name, nowhere, code=404)
        ask_token(c, name, d.room("Files"), code=403)


@suite.test
def limits_of_tokens(d):
    room = d.room("Files")
    c = d.session(ERIN)
    c.join(room)
    ask_token(c, "getfutok", room, "x" * 256)
    ask_token(c, "getfutok", room, "x" * 257, code=413)
    ask_token(c, "getfutok", room, "", code=400)
    for _ in range(63):
        ask_token(c, "getfutok", room)
    text = ask_token(c, "getfutok", room, code=413)
    expect("64 files" in text, text)
    c.cmd("getfutok", "")
    c.expect("rpl:getftok", 400)


@suite.test
def without_a_service_tokens_are_501(d):
    room = d.room("Files")
    c = d.session(AMY)
    c.join(room)
    d.ctl("config", "set", "global", "--file-transfer-url", "")
    try:
        for name in ("getfutok", "getfdtok"):
            text = ask_token(c, name, room, code=501)
            expect("no file transfer service" in text, text)
    finally:
        d.ctl("config", "set", "global", "--file-transfer-url", SERVICE)


def make():
    store = Store()
    store.ctl("category", "create", "Library", "--allowed", ",".join((AMY, BOB, CAROL, ERIN)),
              "--file-upload", "--no-wait")
    for name, options in (("Files", ("--members", ",".join((AMY, BOB, ERIN)))),
                          ("Secret files", ("--privacy", "secret", "--members", AMY)),
                          ("Lectures", ("--type", "auditorium", "--members", f"{AMY},{BOB}",
                                        "--presenters", AMY))):
        store.ctl("room", "create", name, "--category", "Library", *options, "--no-wait")
    store.ctl("config", "set", "global", "--file-transfer-url", SERVICE, "--no-wait")
    return Daemon("none", store)


if __name__ == "__main__":
    raise SystemExit(suite.run(make))
