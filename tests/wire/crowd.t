#!/usr/bin/env python3
"""Searches among many people: done in slices, answered whole, and nobody waits for them."""
from sipscript import (AMY, BOB, CAROL, DOMAIN, NS, POOL, Daemon, Store, Suite, expect, text_of,
                       uris)

suite = Suite()
PEOPLE = 20000
ODD = [7, 9999, PEOPLE - 1]


def uri(n):
    return f"sip:p{n}@{DOMAIN}"


# No q in any name but of those few; one letter alone tells nobody apart at a glance.
MANIFEST = f"""
pchat: 1
pool: {{domain: {DOMAIN}, uri: "{POOL}"}}
policies: [{{name: global, enabled: true}}]
users:
  - {{uri: "{AMY}"}}
  - {{uri: "{BOB}"}}
  - {{uri: "{CAROL}"}}
""" + "".join(f"  - {{uri: \"{uri(n)}\", displayName: \"{'Q' if n in ODD else 'P'} {n}\"}}\n"
              for n in range(PEOPLE)) + f"""
groups: [{{name: Few, members: ["{AMY}", "{BOB}", "{CAROL}", "{uri(ODD[1])}"]}}]
categories: [{{name: All, allowed: ["group:Few"]}}]
rooms:
  - {{name: Desk, category: All, privacy: closed, members: ["group:Few"], managers: ["{AMY}"]}}
  - {{name: Hall, category: All, privacy: closed, members: ["group:Few"], managers: ["{AMY}"]}}
"""


def search(c, text):
    c.cmd("usersrch", f'<qib last="{text}"/>')


def found(p):
    return sorted(uris(p, "data/uib"))


@suite.test
def a_search_looks_at_everybody(d):
    c = d.session(AMY)
    expect(found(c.ask("usersrch", '<qib last="q"/>')) == sorted(uri(n) for n in ODD), "one letter")
    expect(found(c.ask("usersrch", '<qib last="q 9999"/>')) == [uri(9999)], "a name")
    expect(found(c.ask("usersrch", f'<qib last="p{PEOPLE - 2}@"/>')) == [uri(PEOPLE - 2)], "a uri")
    expect(found(c.ask("usersrch", '<qib last="p q"/>')) == [], "a name nobody has")
    p = c.ask("usersrch", '<qib last="p" maxResults="3"/>')
    expect(len(uris(p, "data/uib")) == 3 and p.find(f"{NS}data/{NS}qib").get("more") == "true",
           text_of(p))
    d.ctl("user", "set", uri(3), "--display-name", "Quick")
    expect(found(c.ask("usersrch", '<qib last="quick"/>')) == [uri(3)], "a new name")
    d.ctl("user", "set", uri(3), "--display-name", "P 3")
    expect(found(c.ask("usersrch", '<qib last="quick"/>')) == [], "the old name")


@suite.test
def who_may_be_given_a_role_is_looked_for_among_everybody(d):
    c = d.session(AMY)
    p = c.ask("prinsrch", f'<chanib uri="{d.room("Desk")}"/><role name="MEMBER"/><qib/>')
    few = [u for u in uris(p, "data/uib") if u.startswith("sip:")]
    expect(sorted(few) == sorted([AMY, BOB, CAROL, uri(ODD[1])]), text_of(p))


@suite.test
def others_go_on_meanwhile(d):
    amy, bob, carol = d.session(AMY), d.session(BOB), d.session(CAROL)
    hall = d.room("Hall")
    carol.join(hall)
    # Two searches at a time, and what is asked behind one waits for it.
    for text in ("q", "q 7"):
        search(amy, text)
    search(bob, "q")
    carol.say(hall, "nobody waits")
    bob.expect("rpl:usersrch")
    expect(found(amy.next()) == sorted(uri(n) for n in ODD), "the first")
    expect(found(amy.expect("rpl:usersrch")) == [uri(7)], "the second")


@suite.test
def one_who_hangs_up_gets_no_answer_and_leaves_nothing(d):
    c = d.session(BOB)
    search(c, "q")
    c.hang_up()
    c = d.session(BOB)
    expect(found(c.ask("usersrch", '<qib last="q"/>')) == sorted(uri(n) for n in ODD), "again")


@suite.test
def a_room_that_goes_ends_the_search_for_it(d):
    c = d.session(AMY)
    c.cmd("prinsrch", f'<chanib uri="{d.room("Desk")}"/><role name="MEMBER"/><qib/>')
    d.ctl("room", "delete", "Desk", "--yes")
    # Before or after: an answer comes.
    p = c.next()
    expect(p.get("id") == "rpl:prinsrch", text_of(p))
    expect(p.find(NS + "resp").get("code") in ("200", "404"), text_of(p))


if __name__ == "__main__":
    raise SystemExit(suite.run(lambda: Daemon("none", Store(MANIFEST))))
