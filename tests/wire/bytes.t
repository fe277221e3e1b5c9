#!/usr/bin/env python3
"""To the octet: what a real client sends about rooms (xccos.md section 17), and the shapes it is
answered with (sections 3.1, 9.4 to 9.8, 9.14, 11)."""
import re

from sipscript import AMY, BOB, DOMAIN, MANIFEST, Daemon, Store, Suite, expect

suite = Suite()
OPEN = ('<xccos xmlns:xsd="http://www.w3.org/2001/XMLSchema"'
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
        ' ver="1" envid="{}" xmlns="urn:parlano:xml:ns:xccos">')
GUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
DATE = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z"


def send(c, inner):
    """As pidgin-sipe does: one line, no blanks between elements."""
    c.envid += 1
    c.tell(f'<xccos ver="1" envid="{c.envid}" xmlns="urn:parlano:xml:ns:xccos">{inner}</xccos>')


def body(c):
    c.pump()
    return c.infos.pop(0).body.decode()


def same(got, inner):
    """@inner is a pattern of what stands in the envelope of a server."""
    pattern = re.escape(OPEN.format("@")).replace("@", r"[1-9]\d{0,18}") + inner + "</xccos>"
    expect(re.fullmatch(pattern, got), f"{got}\nis not\n{pattern}")


def rpl(c, name, data, code="200", text="SUCCESS_OK"):
    inner = f"<data>{data}</data>" if data else "<data/>"
    same(body(c), f'<rpl id="rpl:{name}" seqid="1"><commandid seqid="1" envid="{c.envid}"/>'
                  f'<resp code="{code}">{text}</resp>{inner}</rpl>')


def uib(user, display, id=None):
    id = f' id="{id}"' if id is not None else ""
    return (f'<uib{id} uri="{user}" guid="{GUID}" type="5" uname="{user[4:7]}" dispname="{display}"'
            ' disabled="false"/>')


def details(visible="open", ucnt=r"\d+"):
    """The children of a room block."""
    return (f'<audit createdby="root" createdon="{DATE}" updatedby="root" updatedon="{DATE}"/>'
            f'<info id="urn:parlano:ma:info:ucnt">{ucnt}</info>'
            f'<info id="urn:parlano:ma:info:visibilty">{visible}</info>'
            f'<info id="urn:parlano:ma:info:visibility">{visible}</info>'
            '<prop id="urn:parlano:ma:prop:filepost">false</prop>'
            '<prop id="urn:parlano:ma:prop:invite">false</prop>'
            '<prop id="urn:parlano:ma:prop:logged">true</prop>')


def attributes(room, name, description=""):
    return (f'uri="{room}" name="{name}" description="{description}"'
            f' parent="ma-cat://{DOMAIN}/{GUID}" behavior="NORMAL" disabled="false"')


def value(room):
    return room.rsplit("/", 1)[1]


@suite.test
def requri(d):
    c = d.session(AMY)
    send(c, '<cmd id="cmd:requri" seqid="1"><data/></cmd>')
    rpl(c, "requri", f'<uib uri="sip:GC-1-PersistentChatService-1@{DOMAIN}"/>')


@suite.test
def getinv(d):
    c = d.session(AMY)
    send(c, f'<cmd id="cmd:getinv" seqid="1"><data><inv inviteId="1" domain="{DOMAIN}"/></data></cmd>')
    rpl(c, "getinv", f'<inv inviteId="1" domain="{DOMAIN}"/>')


@suite.test
def chansrch(d):
    c = d.session(BOB)
    send(c, '<cmd id="cmd:chansrch" seqid="1"><data><qib qtype="BYNAME" criteria="lobby"'
            ' extended="false"/></data></cmd>')
    rpl(c, "chansrch", f'<chanib {attributes(d.room("Lobby"), "Lobby")}>{details()}</chanib>')
    send(c, '<cmd id="cmd:chansrch" seqid="1"><data><qib qtype="BYNAME" criteria="nowhere"'
            ' extended="false"/></data></cmd>')
    rpl(c, "chansrch", "")


@suite.test
def nodespermcreatechild(d):
    c = d.session(AMY)
    send(c, '<cmd id="cmd:nodespermcreatechild" seqid="1"><data/></cmd>')
    rpl(c, "nodespermcreatechild", "")


@suite.test
def join_and_its_notice(d):
    lobby = d.room("Lobby")
    amy, bob = d.session(AMY), d.session(BOB)
    join = (f'<cmd id="cmd:join" seqid="1"><data><chanid key="0" domain="{DOMAIN}"'
            f' value="{value(lobby)}"/></data></cmd>')
    send(amy, join)
    rpl(amy, "join", f'{uib(AMY, "Amy Jones", 0)}<chanib {attributes(lobby, "Lobby")}>'
                     f'<aib key="3984" value="0"/>{details(ucnt="1")}</chanib>')
    send(bob, join)
    rpl(bob, "join", f'{uib(AMY, "Amy Jones", 0)}{uib(BOB, "Bob &amp; Co", 1)}'
                     f'<chanib {attributes(lobby, "Lobby")}>'
                     f'<aib key="3984" value="0,1"/>{details(ucnt="2")}</chanib>')
    same(body(amy), '<ntc id="ntc:join" seqid="1"><data>' +
         uib(BOB, "Bob &amp; Co", 0).replace("/>", ">") +
         f'<aib key="3984" domain="{DOMAIN}" value="{value(lobby)}"/></uib></data></ntc>')


@suite.test
def bjoin_and_its_notice(d):
    lobby, desk = d.room("Lobby"), d.room("Rates desk")
    amy, bob = d.session(AMY), d.session(BOB)
    amy.join(lobby, desk)
    none = "9" * 8 + "-9999-4999-8999-" + "9" * 12
    send(bob, '<cmd id="cmd:bjoin" seqid="1"><data>' + "".join(
        f'<chanid key="{i}" domain="{DOMAIN}" value="{v}"/>'
        for i, v in enumerate((value(lobby), none, value(desk)))) + "</data></cmd>")
    rpl(bob, "bjoin", f'{uib(AMY, "Amy Jones", 0)}{uib(BOB, "Bob &amp; Co", 1)}'
                      f'<chanib {attributes(lobby, "Lobby")}>'
                      f'<aib key="3984" value="0,1"/>{details(ucnt="2")}</chanib>'
                      f'<chanib {attributes(desk, "Rates desk", "All about rates")}>'
                      '<aib key="12276" value="0"/><aib key="3984" value="1"/>'
                      f'{details("scope", "2")}</chanib>'
                      f'<fib key="OPERATION_FAILED" value="{none}" domain="{DOMAIN}"/>')
    same(body(amy), '<ntc id="ntc:bjoin" seqid="1"><data>' +
         uib(BOB, "Bob &amp; Co", 0).replace("/>", ">") +
         f'<aib key="3984" domain="{DOMAIN}" value="{value(lobby)}"/>'
         f'<aib key="3984" domain="{DOMAIN}" value="{value(desk)}"/></uib></data></ntc>')


@suite.test
def part_and_its_notice(d):
    lobby = d.room("Lobby")
    amy, bob = d.session(AMY), d.session(BOB)
    amy.join(lobby)
    bob.join(lobby)
    amy.expect("ntc:join")
    send(bob, f'<cmd id="cmd:part" seqid="1"><data><chanib uri="{lobby}"/></data></cmd>')
    rpl(bob, "part", f'<chanib uri="{lobby}"/>')
    same(body(amy), f'<ntc id="ntc:part" seqid="1"><data><chanib uri="{lobby}"><uib uri="{BOB}"/>'
                    '</chanib></data></ntc>')


@suite.test
def an_error(d):
    c = d.session(BOB)
    send(c, f'<cmd id="cmd:join" seqid="1"><data><chanid key="0" domain="{DOMAIN}"'
            f' value="{value(d.room("Secret"))}"/></data></cmd>')
    rpl(c, "join", "", "404", "ERROR_NO_SUCH_NODE: there is no such room or category")


@suite.test
def an_invitation_pushed_and_fetched(d):
    d.ctl("category", "set", "Fleeting", "--invitations")
    bob = d.session(BOB)
    d.ctl("room", "create", "Called", "--category", "Fleeting", "--members", BOB)
    room = d.store.uri("Called")
    inside = details("scope", "0").replace('invite">false', 'invite">true').replace(
        'logged">true', 'logged">false')
    block = f'<chanib {attributes(room, "Called")}>{inside}'
    same(body(bob), f'<ntc id="ntc:invite" seqid="1"><data><inv inviteId="2" domain="{DOMAIN}"'
                    f' createdOn="{DATE}"/>{block}</chanib></data></ntc>')
    send(bob, f'<cmd id="cmd:getinv" seqid="1"><data><inv inviteId="1" domain="{DOMAIN}"/></data></cmd>')
    rpl(bob, "getinv", f'<inv inviteId="2" domain="{DOMAIN}"/>{block}'
                       f'<inv inviteId="2" domain="{DOMAIN}" createdOn="{DATE}"/></chanib>')


@suite.test
def a_kick(d):
    d.ctl("room", "create", "Brief", "--category", "Finance", "--members", BOB)
    room = d.store.uri("Brief")
    bob = d.session(BOB)
    bob.join(room)
    d.ctl("room", "set", "Brief", "--remove-member", BOB)
    for name in ("kick", "part"):
        same(body(bob), f'<ntc id="ntc:{name}" seqid="1"><data><chanib uri="{room}">'
                        f'<uib uri="{BOB}"/></chanib></data></ntc>')


if __name__ == "__main__":
    raise SystemExit(suite.run(lambda: Daemon(store=Store(MANIFEST))))
