#!/usr/bin/env python3
"""Questions about rooms and people, and the search for rooms (xccos.md sections 9.7, 9.14, 9.15)."""
import re

from sipscript import (AMY, BOB, CAROL, DAVE, DOMAIN, ERIN, MANIFEST, NS, Daemon, Store, Suite,
                       expect, text_of, uris)

suite = Suite()
PROP = "urn:parlano:ma:prop:"
MORE = f"""
pchat: 1
addins:
  - {{name: Prices, url: "https://prices.contoso.example/"}}
  - {{name: alerts, url: "https://alerts.contoso.example/"}}
rooms:
  - {{name: Bond talk, description: yields and curves, category: Finance, privacy: open, addin: Prices}}
  - {{name: Bond desk, category: Finance, privacy: closed, members: ["{BOB}"], managers: ["group:Sales"]}}
  - {{name: Quiet bond, category: Finance, privacy: closed, members: ["{AMY}"], managers: ["{BOB}"], disabled: true}}
"""


def names(p):
    return [e.get("name") for e in p.iter(NS + "chanib")]


def search(c, code=200, **attributes):
    text = " ".join(f'{k}="{v}"' for k, v in attributes.items())
    return c.ask("chansrch", f"<qib {text}/>", code)


def why(p):
    return p.find(NS + "resp").text


def is_cut(p):
    return any(q.get("more") == "true" for q in p.iter(NS + "qib"))


def more_rooms(d):
    if not getattr(d, "more_rooms", None):
        d.ctl("apply", "-f", "-", "--yes", stdin=MORE)
        d.more_rooms = True


def category(d, name):
    return f"ma-cat://{DOMAIN}/" + d.ctl("category", "show", name, "--fields", "guid", "-o",
                                         "csv").split("\n")[1].strip()


def group_uri(d, name):
    return "ma-grp:" + d.ctl("group", "show", name, "--fields", "guid", "-o",
                             "csv").split("\n")[1].strip() + "@u.g"


# ---- search ----

@suite.test
def words_match_all_any_or_as_a_phrase(d):
    more_rooms(d)
    c = d.session(AMY)
    expect(names(search(c, qtype="BYNAME", criteria="bond talk")) == ["Bond talk"], "all")
    expect(names(search(c, qtype="BYNAME", criteria="TALK bond")) == ["Bond talk"], "in any order")
    expect(names(search(c, qtype="BYNAME", criteria="talk desk", matchAll="false")) ==
           ["Bond desk", "Bond talk", "Rates desk"], "any")
    expect(names(search(c, qtype="BYNAME", criteria="talk bond", matchExactPhrase="true")) == [],
           "phrase")
    expect(names(search(c, qtype="BYNAME", criteria="ond ta", matchexact="1")) == ["Bond talk"],
           "substring as a phrase")


@suite.test
def descriptions_are_searched_only_if_extended(d):
    more_rooms(d)
    c = d.session(AMY)
    expect(names(search(c, qtype="BYNAME", criteria="curves", extended="false")) == [], "names")
    expect(names(search(c, qtype="BYNAME", criteria="curves", extended="true")) == ["Bond talk"],
           "descriptions")


@suite.test
def a_limit_cuts_and_says_so(d):
    more_rooms(d)
    c = d.session(AMY)
    p = search(c, qtype="BYNAME", criteria="bond", maxResults="1")
    expect(names(p) == ["Bond desk"] and is_cut(p), text_of(p))
    p = search(c, qtype="BYNAME", criteria="bond", max="2")
    expect(len(names(p)) == 2 and not is_cut(p), text_of(p))
    p = search(c, qtype="BYNAME", criteria="bond", cnt="-1")
    expect(len(names(p)) == 2 and not is_cut(p), text_of(p))
    search(c, 400, qtype="BYNAME", criteria="bond", maxResults="-2")


@suite.test
def no_limit_given_means_a_hundred_of_what_is_searched_for(d):
    d.ctl("apply", "-f", "-", "--yes", stdin="pchat: 1\nrooms:\n" + "".join(
        f"  - {{name: Many {i:03}, category: Fleeting, privacy: open}}\n" for i in range(101)))
    c = d.session(AMY)
    p = search(c, qtype="BYNAME", criteria="many")
    expect(len(names(p)) == 100 and is_cut(p), f"{len(names(p))}")
    p = search(c, qtype="BYNAME", criteria="many", maxResults="-1")
    expect(len(names(p)) == 101 and not is_cut(p), f"{len(names(p))}")
    p = search(c, qtype="BYNAME", criteria="")
    expect(len(names(p)) > 101 and not is_cut(p), f"{len(names(p))}")
    d.ctl("config", "set", "global", "--search-limit", "50")
    p = search(c, qtype="BYNAME", criteria="many", maxResults="-1")
    expect(len(names(p)) == 50 and is_cut(p), f"{len(names(p))}")
    d.ctl("config", "set", "global", "--search-limit", "999")


@suite.test
def bycategory_shows_the_rooms_of_one_category(d):
    c = d.session(AMY)
    p = search(c, qtype="BYCATEGORY", criteria=category(d, "Fleeting"), maxResults="-1")
    expect("Whispers" in names(p) and "Lobby" not in names(p), text_of(p))
    search(c, 404, qtype="BYCATEGORY", criteria=f"ma-cat://{DOMAIN}/none")
    p = search(c, qtype="byfilter", criteria="whis", category=category(d, "Fleeting"))
    expect(names(p) == ["Whispers"], text_of(p))
    p = search(c, qtype="BYNAME", criteria="whis", category=category(d, "Finance"))
    expect(names(p) == [], text_of(p))


@suite.test
def byuser_shows_the_rooms_a_user_is_in_now(d):
    amy, bob = d.session(AMY), d.session(BOB)
    expect(names(search(amy, qtype="BYUSER", criteria=BOB)) == [], "nowhere")
    bob.join(d.room("Lobby"))
    expect(names(search(amy, qtype="BYUSER", criteria=BOB.upper())) == ["Lobby"], "there")
    bob.part(d.room("Lobby"))
    expect(names(search(amy, qtype="BYUSER", criteria=BOB)) == [], "gone")
    search(amy, 406, qtype="BYUSER", criteria=f"sip:nobody@{DOMAIN}")


@suite.test
def byuser_hides_rooms_the_asker_may_not_see(d):
    amy, bob = d.session(AMY), d.session(BOB)
    amy.join(d.room("Secret"))
    expect(names(search(bob, qtype="BYUSER", criteria=AMY)) == [], "a secret room shown")
    expect(names(search(amy, qtype="BYUSER", criteria=AMY)) == ["Secret"], "his own")


@suite.test
def bysiop_and_siopid_find_rooms_by_their_add_in(d):
    more_rooms(d)
    c = d.session(AMY)
    siops = {s.get("siopname"): s.get("siopid") for s in c.ask("getsiops").iter(NS + "siop")}
    expect(names(search(c, qtype="BYSIOP", criteria=siops["Prices"])) == ["Bond talk"], "BYSIOP")
    expect(names(search(c, qtype="BYNAME", criteria="", siopid=siops["alerts"])) == [], "siopid")
    search(c, 400, qtype="BYSIOP", criteria="11111111-1111-4111-8111-111111111111")


@suite.test
def the_filters_narrow_any_search(d):
    more_rooms(d)
    c = d.session(BOB)
    for attributes, want in (({"visibility": "open"}, {"Bond talk", "Lobby"}),
                             ({"visibility": "SCOPE"}, {"Rates desk", "Stage", "Bond desk", "Quiet bond"}),
                             ({"behavior": "auditorium"}, {"Stage"}),
                             ({"member": BOB}, {"Rates desk", "Stage", "Bond desk"}),
                             ({"manager": AMY}, {"Rates desk"}),
                             ({"manager": CAROL}, {"Bond desk"}),
                             ({"disabled": "true"}, {"Quiet bond"}),
                             ({"member": BOB, "behavior": "NORMAL"}, {"Rates desk", "Bond desk"})):
        p = search(c, qtype="BYFILTER", criteria="", category=category(d, "Finance"),
                   maxResults="-1", **attributes)
        expect(set(names(p)) == want, f"{attributes}: {names(p)}")
    search(c, 400, qtype="BYFILTER", criteria="", visibility="dark")
    search(c, 400, qtype="BYFILTER", criteria="", behavior="odd")
    search(c, 406, qtype="BYFILTER", criteria="", member=f"sip:nobody@{DOMAIN}")


@suite.test
def the_filter_of_invitations_asks_what_is_in_effect(d):
    c = d.session(ERIN)
    finance = category(d, "Finance")
    expect(names(search(c, qtype="BYFILTER", criteria="", invite="true")) == [], "off")
    d.ctl("category", "set", "Finance", "--invitations")
    d.ctl("room", "set", "Lobby", "--invitations", "false")
    p = search(c, qtype="BYFILTER", criteria="", invite="true", category=finance)
    expect("Rates desk" in names(p) and "Lobby" not in names(p), f"{names(p)}")
    d.ctl("room", "set", "Lobby", "--invitations", "inherit")
    d.ctl("category", "set", "Finance", "--no-invitations")


@suite.test
def a_disabled_room_is_found_by_its_managers_only(d):
    more_rooms(d)
    expect("Quiet bond" in names(search(d.session(BOB), qtype="BYNAME", criteria="bond")), "manager")
    expect("Quiet bond" not in names(search(d.session(AMY), qtype="BYNAME", criteria="bond")),
           "member")


@suite.test
def an_unknown_kind_of_search_is_one_by_name(d):
    c = d.session(AMY)
    expect(names(search(c, qtype="BYMAGIC", criteria="lobby")) == ["Lobby"], "BYMAGIC")
    c.ask("chansrch", "", 400)


# ---- rooms ----

@suite.test
def getchan_describes_a_room_by_uri_or_name(d):
    more_rooms(d)
    c = d.session(AMY)
    room = d.room("Bond talk")
    for data in (f'<chanib uri="{room}"/>', '<chanib name="bond TALK"/>'):
        chanib = next(c.ask("getchan", data).iter(NS + "chanib"))
        expect((chanib.get("uri"), chanib.get("parent"), chanib.get("parentname"),
                chanib.get("behavior"), chanib.get("disabled"), chanib.get("siopname"),
                chanib.get("siopurl")) ==
               (room, category(d, "Finance"), "Finance", "NORMAL", "false", "Prices",
                "https://prices.contoso.example/"), text_of(chanib))
        props = {e.get("id"): e.text for e in chanib.iter(NS + "prop")}
        expect(props[PROP + "invitelocal"] == "inherit", f"{props}")
        audit = next(chanib.iter(NS + "audit"))
        expect(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z", audit.get("updatedon")),
               text_of(audit))


@suite.test
def getchan_keeps_what_may_not_be_seen(d):
    bob = d.session(BOB)
    bob.ask("getchan", f'<chanib uri="{d.room("Secret")}"/>', 404)
    bob.ask("getchan", '<chanib name="Secret"/>', 404)
    bob.ask("getchan", '<chanib name="No such room"/>', 404)
    bob.ask("getchan", f'<chanib uri="{d.room("Shut")}"/>', 410)
    bob.ask("getchan", "", 400)


@suite.test
def an_add_in_goes_with_its_rooms_through_a_new_name(d):
    more_rooms(d)
    c = d.session(AMY)
    room = d.room("Bond talk")
    c.join(room)
    d.ctl("addin", "set", "Prices", "--name", "Quotes", "--url", "https://quotes.contoso.example/")
    chanib = next(c.expect("ntc:chanmodify").iter(NS + "chanib"))
    expect((chanib.get("siopname"), chanib.get("siopurl")) ==
           ("Quotes", "https://quotes.contoso.example/"), text_of(chanib))
    d.ctl("addin", "set", "Quotes", "--name", "Prices", "--url", "https://prices.contoso.example/")
    c.expect("ntc:chanmodify")


@suite.test
def getchanperm_tells_the_mask_of_the_asker(d):
    amy, bob, erin = d.session(AMY), d.session(BOB), d.session(ERIN)

    def mask(c, room, code=200):
        p = c.ask("getchanperm", f'<chanib uri="{d.room(room)}"/>', code)
        return [a.get("key") for a in p.iter(NS + "aib")]
    expect(mask(amy, "Rates desk") == ["12276"], "manager and member")
    expect(mask(bob, "Rates desk") == ["3984"], "member")
    expect(mask(amy, "Stage") == ["8080"], "presenter")
    expect(mask(erin, "Lobby") == ["3984"], "anybody in an open room")
    expect(mask(erin, "Rates desk") == ["2048"], "one who only sees it")
    expect(mask(erin, "Secret", 404) == [], "one who does not")
    more_rooms(d)
    expect(mask(d.session(CAROL), "Bond desk") == ["10244"], "a manager who is no member")


@suite.test
def getroles_lists_users_and_groups(d):
    c = d.session(AMY)
    p = c.ask("getroles", f'<chanib uri="{d.room("Rates desk")}"/><role name="MEMBER"/>')
    role = next(p.iter(NS + "role"))
    expect(role.get("name") == "MEMBER", text_of(role))
    got = {u.get("uri"): (u.get("type"), u.get("uname")) for u in role}
    expect(got == {AMY: ("5", "amy"), group_uri(d, "Sales"): ("9", "Sales")}, f"{got}")
    p = c.ask("getroles", f'<chanib uri="{d.room("Lobby")}"/><role name="manager"/>')
    expect(not list(p.iter(NS + "uib")), text_of(p))
    c.ask("getroles", f'<chanib uri="{d.room("Lobby")}"/><role name="OWNER"/>', 400)
    c.ask("getroles", f'<chanib uri="{d.room("Lobby")}"/>', 400)


@suite.test
def getroles_is_for_those_in_the_room_and_its_managers(d):
    erin = d.session(ERIN)
    erin.ask("getroles", f'<chanib uri="{d.room("Rates desk")}"/><role name="MEMBER"/>', 403)
    erin.ask("getroles", f'<chanib uri="{d.room("Secret")}"/><role name="MEMBER"/>', 404)
    erin.ask("getroles", f'<chanib uri="{d.room("Lobby")}"/><role name="MEMBER"/>')


@suite.test
def a_list_too_long_for_a_reply_is_cut_and_says_so(d):
    people = [f"sip:{'x' * 200}{i:05}@{DOMAIN}" for i in range(4000)]
    listed = ",".join(f'"{p}"' for p in people)
    d.ctl("apply", "-f", "-", "--yes", stdin="pchat: 1\nusers:\n" + "".join(
        f'  - {{uri: "{p}"}}\n' for p in people) + f"""
categories: [{{name: Wide, allowed: ["domain:{DOMAIN}"]}}]
rooms: [{{name: Wide room, category: Wide, managers: ["{AMY}"], members: ["{AMY}", {listed}]}}]
""")
    p = d.session(AMY).ask("getroles", f'<chanib uri="{d.room("Wide room")}"/><role name="MEMBER"/>')
    n = len(list(p.iter(NS + "uib")))
    expect(100 < n < 4001 and is_cut(p), f"{n} people")


@suite.test
def getsiops_lists_the_add_ins_by_name(d):
    more_rooms(d)
    p = d.session(BOB).ask("getsiops")
    got = [(s.get("siopname"), s.get("siopurl")) for s in p.iter(NS + "siop")]
    expect(got == [("alerts", "https://alerts.contoso.example/"),
                   ("Prices", "https://prices.contoso.example/")], f"{got}")


@suite.test
def nodespermcreatechild_is_empty_for_one_without_rights(d):
    p = d.session(BOB).ask("nodespermcreatechild")
    data = p.find(NS + "data")
    expect(data is not None and len(data) == 0, text_of(p))


@suite.test
def nodespermcreatechild_lists_where_the_asker_is_creator(d):
    d.ctl("category", "set", "Finance", "--add-creator", "group:Sales", "--description", "Money")
    d.ctl("category", "set", "Fleeting", "--add-creator", AMY)
    p = d.session(BOB).ask("nodespermcreatechild")
    got = [(c.get("uri"), c.get("name"), c.get("description")) for c in p.iter(NS + "catib")]
    expect(got == [(category(d, "Finance"), "Finance", "Money")], f"{got}")
    catib = next(p.iter(NS + "catib"))
    expect(catib.get("parent").startswith("ma-cat://"), text_of(catib))
    props = {e.get("id"): e.text for e in catib}
    expect(props == {PROP + "filepost": "false", PROP + "invite": "false", PROP + "logged": "true"},
           f"{props}")
    d.ctl("category", "set", "Finance", "--remove-creator", "group:Sales", "--yes")
    p = d.session(BOB).ask("nodespermcreatechild")
    expect(not list(p.iter(NS + "catib")), text_of(p))


# ---- people ----

@suite.test
def usersrch_finds_parts_of_names_and_addresses(d):
    d.ctl("user", "set", AMY, "--email", "Amy.Jones@mail.contoso.example", "--company", "Contoso")
    c = d.session(BOB)
    p = c.ask("usersrch", '<qib last="jones" first="AMY"/>')
    user = next(p.iter(NS + "uib"))
    expect((user.get("uri"), user.get("dispname"), user.get("email"), user.get("company"),
            user.get("type")) ==
           (AMY, "Amy Jones", "Amy.Jones@mail.contoso.example", "Contoso", "5"), text_of(p))
    expect(uris(c.ask("usersrch", '<qib email="amy.jones@"/>'), "data/uib") == [AMY], "email")
    expect(uris(c.ask("usersrch", '<qib last="jones" email="bob"/>'), "data/uib") == [], "both")
    expect(uris(c.ask("usersrch", '<qib first="dave"/>'), "data/uib") == [DAVE], "by uri")
    p = c.ask("usersrch", f'<qib first="{DOMAIN}" maxResults="2"/>')
    expect(len(uris(p, "data/uib")) == 2 and is_cut(p), text_of(p))
    c.ask("usersrch", "", 400)


@suite.test
def prinsrch_offers_who_is_in_scope_to_managers(d):
    c = d.session(AMY)

    def eligible(room, role, criteria, more=""):
        p = c.ask("prinsrch", f'<chanib uri="{d.room(room)}"/><role name="{role}"/>'
                              f'<qib criteria="{criteria}"{more}/>')
        return uris(p, "data/uib")
    expect(eligible("Rates desk", "MEMBER", "sales") == [group_uri(d, "Sales")], "groups")
    expect(eligible("Rates desk", "MEMBER", "erin") == [ERIN], "users")
    expect(eligible("Rates desk", "MEMBER", "dave") == [], "one who is not allowed")
    expect(eligible("Rates desk", "PRESENTER", "erin") == [], "presenters are members")
    expect(eligible("Rates desk", "PRESENTER", "carol") == [CAROL], "also by a group")
    expect(len(eligible("Rates desk", "MEMBER", "", ' maxResults="2"')) == 2, "limit")
    d.session(BOB).ask("prinsrch", f'<chanib uri="{d.room("Rates desk")}"/><role name="MEMBER"/>'
                                   '<qib criteria="amy"/>', 403)


@suite.test
def getuser_tells_what_one_is_in_to_oneself_alone(d):
    bob, amy = d.session(BOB), d.session(AMY)
    p = bob.ask("getuser", f'<uib uri="{BOB}"/>')
    user = next(p.iter(NS + "uib"))
    expect((user.get("uri"), user.get("dispname")) == (BOB, "Bob & Co"), text_of(p))
    expect(group_uri(d, "Sales") in uris(p, "data/uib/affil"), text_of(p))
    p = amy.ask("getuser", f'<uib uri="{BOB.upper()}"/>')
    expect(uris(p, "data/uib") == [BOB] and not uris(p, "data/uib/affil"), text_of(p))
    amy.ask("getuser", f'<uib uri="sip:nobody@{DOMAIN}"/>', 406)
    amy.ask("getuser", f'<uib uri="{group_uri(d, "Sales")}"/>', 406)
    amy.ask("getuser", "<uib/>", 400)


@suite.test
def getgroup_tells_of_a_group(d):
    sales = group_uri(d, "Sales")
    d.ctl("group", "create", "Everybody", "--members", "group:Sales")
    bob, amy = d.session(BOB), d.session(AMY)
    p = bob.ask("getgroup", f'<uib uri="{sales}"/>')
    group = next(p.iter(NS + "uib"))
    expect((group.get("uri"), group.get("type"), group.get("uname")) == (sales, "9", "Sales"),
           text_of(p))
    expect(group_uri(d, "Everybody") in uris(p, "data/uib/affil"), text_of(p))
    p = amy.ask("getgroup", f'<uib uri="{sales.upper().replace("MA-GRP", "ma-grp")}"/>')
    expect(uris(p, "data/uib") == [sales] and not uris(p, "data/uib/affil"), text_of(p))
    amy.ask("getgroup", f'<uib uri="{AMY}"/>', 406)
    amy.ask("getgroup", '<uib uri="ma-grp:11111111-1111-4111-8111-111111111111@u.g"/>', 406)


# ---- large rooms ----

@suite.test
def getparts_is_for_large_rooms_and_those_in_them(d):
    lobby = d.room("Lobby")
    amy, bob, carol = d.session(AMY), d.session(BOB), d.session(CAROL)
    amy.join(lobby)
    amy.ask("getparts", f'<chanib uri="{lobby}"/>', 408)
    d.ctl("config", "set", "global", "--participant-update-limit", "2")
    bob.join(lobby)
    amy.expect("ntc:join")
    p = carol.join(lobby)
    expect(not list(p.iter(NS + "uib")) and not list(p.iter(NS + "aib")), text_of(p))
    erin = d.session(ERIN)
    erin.ask("getparts", f'<chanib uri="{lobby}"/>', 407)
    erin.ask("getparts", f'<chanib uri="{d.room("Secret")}"/>', 404)
    p = amy.ask("getparts", f'<chanib uri="{lobby}"/>')
    people = {u.get("id"): u.get("uri") for u in p.iter(NS + "uib")}
    expect(sorted(people.values()) == [AMY, BOB, CAROL], text_of(p))
    chanib = next(p.iter(NS + "chanib"))
    aib = {a.get("key"): a.get("value") for a in chanib.iter(NS + "aib")}
    expect(chanib.get("uri") == lobby and set(aib) == {"3984"} and
           sorted(aib["3984"].split(",")) == sorted(people), text_of(p))
    carol.part(lobby)
    amy.ask("getparts", f'<chanib uri="{lobby}"/>')
    bob.part(lobby)
    amy.ask("getparts", f'<chanib uri="{lobby}"/>', 408)
    d.ctl("config", "set", "global", "--participant-update-limit", "75")


if __name__ == "__main__":
    raise SystemExit(suite.run(lambda: Daemon(store=Store(MANIFEST))))
