#!/usr/bin/env python3
"""Answers that would be too long for one INFO say less, and never end a session."""
from sipscript import (AMY, BOB, DOMAIN, NS, POOL, Daemon, Store, Suite, expect, uris)

suite = Suite()
ROOMS = 400
MANIFEST = f"""
pchat: 1
pool: {{domain: {DOMAIN}, uri: "{POOL}"}}
users: [{{uri: "{AMY}"}}, {{uri: "{BOB}"}}]
policies: [{{name: global, enabled: true}}]
categories: [{{name: All, allowed: ["{AMY}", "{BOB}"]}}]
rooms:
""" + "".join(f"  - {{name: \"{n} {'&' * 240}\", description: \"{'&' * 250}\", category: All, "
              f"privacy: closed, members: [\"{AMY}\", \"{BOB}\"]}}\n" for n in range(ROOMS))


def rooms_of(p):
    return uris(p, "data/chanib")


def all_rooms(d):
    """URIs, by asking for the rooms in portions."""
    c, found = d.session(AMY), []
    for digit in range(10):
        p = c.ask("chansrch", f'<qib qtype="BYNAME" criteria="{digit}" maxResults="999"/>')
        found += [u for u in rooms_of(p) if u not in found]
    c.hang_up()
    return found


@suite.test
def a_search_stops_where_the_answer_is_full(d):
    c = d.session(AMY)
    p = c.ask("chansrch", '<qib qtype="BYNAME" criteria=""/>')
    expect(100 < len(rooms_of(p)) < ROOMS, f"{len(rooms_of(p))} rooms")
    qib = p.find(f"{NS}data/{NS}qib")
    expect(qib is not None and qib.get("more") == "true", "it is not said that there are more")
    c.barrier()


@suite.test
def so_does_the_list_of_my_rooms(d):
    c = d.session(AMY)
    p = c.ask("getassociations", '<association type="MEMBER"/>')
    expect(100 < len(rooms_of(p)) < ROOMS, f"{len(rooms_of(p))} rooms")
    c.barrier()


@suite.test
def a_batch_joins_what_fits_and_names_the_rest(d):
    rooms = all_rooms(d)
    expect(len(rooms) == ROOMS, f"{len(rooms)} rooms found")
    amy, bob = d.session(AMY), d.session(BOB)
    p = amy.join(*rooms)
    joined = rooms_of(p)
    failed = {f.get("value") for f in p.iter(NS + "fib")}
    expect(100 < len(joined) < ROOMS and len(joined) + len(failed) == ROOMS,
           f"{len(joined)} joined, {len(failed)} failed")
    expect(not failed & {u.rsplit("/", 1)[1] for u in joined}, "both joined and failed")
    amy.say(joined[-1], "I am in")
    left = next(r for r in rooms if r not in joined)
    amy.post(left, "not here")
    amy.expect("rpl:grpchat", 407)
    # He is no participant of those: nobody hears of him there.
    p = bob.join(left)
    expect(uris(p, "data/uib") == [BOB], f"{uris(p, 'data/uib')}")
    amy.barrier()


if __name__ == "__main__":
    raise SystemExit(suite.run(lambda: Daemon("none", Store(MANIFEST))))
