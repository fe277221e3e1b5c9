#!/usr/bin/env python3
"""A change that nobody confirms is taken back by the daemon itself, on open sessions too."""
import json
import time

from sipscript import AMY, BOB, LIMIT, NS, Control, Daemon, Suite, expect, text_of, uris

suite = Suite()


def described(c, room, description):
    p = c.expect("ntc:chanmodify")
    chanib = next(p.iter(NS + "chanib"))
    expect((chanib.get("uri"), chanib.get("description")) == (room, description), text_of(p))


def description(d):
    return json.loads(d.ctl("room", "show", "Lobby", "-o", "json"))["description"]


def latest(d, n=1):
    """The last revisions, newest first."""
    return json.loads(d.ctl("history", "--limit", str(n), "-o", "json"))


def revision(d):
    """As the daemon has it. Asking the store itself would take part in what is tested."""
    with Control(d) as c:
        return int(c.ask("status").split("revision=")[1])


def until(condition, what):
    end = time.monotonic() + LIMIT
    while not condition():
        expect(time.monotonic() < end, f"{what}: not in time")


@suite.test
def it_is_taken_back_and_everybody_sees_it(d):
    lobby = d.room("Lobby")
    was = description(d)
    amy = d.session(AMY)
    amy.join(lobby)
    d.ctl("room", "set", "Lobby", "--description", "On trial", "--confirm-within", "1s")
    described(amy, lobby, "On trial")
    described(amy, lobby, was)
    undone, made = latest(d, 2)
    expect(made["confirmation"] == f"taken back by revision {undone['revision']}", made)
    expect(undone["origin"] == "daemon" and undone["actor"] == made["actor"], undone)
    expect(undone["comment"] == f"revision {made['revision']} was not confirmed within 1s", undone)
    expect("unconfirmed change taken back" in d.tail(), d.tail())


@suite.test
def a_policy_of_those_who_were_put_out_comes_back(d):
    before = revision(d)
    amy = d.session(AMY)
    d.ctl("policy", "set", "traders", "--no-enabled", "--confirm-within", "2s", "--yes")
    amy.expect_closed()
    until(lambda: revision(d) == before + 2, "the policy")
    d.session(AMY).barrier()


@suite.test
def who_was_removed_may_join_again(d):
    before = revision(d)
    stage = d.room("Stage")
    bob = d.session(BOB)
    bob.join(stage)
    d.ctl("room", "set", "Stage", "--remove-member", BOB, "--confirm-within", "1s")
    p = bob.expect("ntc:kick")
    expect(uris(p, "data/chanib/uib") == [BOB], text_of(p))
    bob.expect("ntc:part")
    until(lambda: revision(d) == before + 2, "the member")
    bob.join(stage)


@suite.test
def a_deleted_room_comes_back_with_its_messages(d):
    before = revision(d)
    lobby = d.room("Lobby")
    amy = d.session(AMY)
    amy.join(lobby)
    amy.say(lobby, "still here")
    d.ctl("room", "delete", "Lobby", "--confirm-within", "1s", "--yes")
    amy.expect("ntc:kick")
    amy.expect("ntc:part")
    until(lambda: revision(d) == before + 2, "the room")
    amy.join(lobby)
    expect("still here" in amy.history(lobby), "its messages are gone")
    amy.say(lobby, "and on")
    # A later deletion makes the daemon clean up behind all of them.
    d.ctl("room", "create", "Doomed", "--category", "Finance", "--privacy", "open")
    doomed = d.store.uri("Doomed")
    amy.join(doomed)
    amy.say(doomed, "soon gone")
    d.ctl("room", "delete", "Doomed", "--confirm-within", "1h", "--yes")
    amy.expect("ntc:kick")
    amy.expect("ntc:part")
    n = json.loads(d.ctl("store", "info", "-o", "json"))["messages"]
    d.ctl("confirm")
    until(lambda: json.loads(d.ctl("store", "info", "-o", "json"))["messages"] == n - 1,
          "the messages of the room that is gone for good")
    expect(amy.history(lobby)[-2:] == ["still here", "and on"], amy.history(lobby))


@suite.test
def what_is_confirmed_in_time_stays(d):
    lobby = d.room("Lobby")
    amy = d.session(AMY)
    amy.join(lobby)
    was = description(d)
    d.ctl("room", "set", "Lobby", "--description", "Kept", "--confirm-within", "1m")
    # Whoever waits for the change has it in the daemon.
    status = json.loads(d.ctl("server", "status", "-o", "json"))
    info = json.loads(d.ctl("store", "info", "-o", "json"))
    expect(status["unconfirmed"] == status["revision"] == info["unconfirmed"], (status, info))
    expect(status["unconfirmedUntil"] == info["unconfirmedUntil"], (status, info))
    d.ctl("confirm")
    d.ctl("room", "set", "Lobby", "--name", "Foyer", "--confirm-within",
          "1s")
    described(amy, lobby, "Kept")
    for name in ("Foyer", "Lobby"):
        p = amy.expect("ntc:chanmodify")
        expect(next(p.iter(NS + "chanib")).get("name") == name, text_of(p))
    expect(description(d) == "Kept", description(d))
    states = [r["confirmation"] for r in latest(d, 3)]
    expect(states[2].startswith("confirmed by "), states)
    d.ctl("confirm", status=4)
    d.ctl("room", "set", "Lobby", "--description", was)
    described(amy, lobby, was)


@suite.test
def a_shorter_time_is_kept_while_others_write(d):
    """Other changes neither confirm it nor put it off, and stay."""
    was = description(d)
    before = revision(d)
    d.ctl("room", "set", "Lobby", "--description", "On trial", "--confirm-within", "1s")
    d.ctl("room", "set", "Lobby", "--name", "Foyer")
    d.ctl("room", "set", "Stage", "--confirm-within", "1h", "--description", "No", status=5)
    until(lambda: revision(d) == before + 3, "the description")
    room = json.loads(d.ctl("room", "show", "Foyer", "-o", "json"))
    expect(room["description"] == was, room)
    d.ctl("room", "set", "Foyer", "--name", "Lobby")


@suite.test
def whoever_comes_next_does_it_if_the_daemon_is_killed(d):
    was = description(d)
    d.ctl("room", "set", "Lobby", "--description", "On trial", "--confirm-within", "2s")
    d.hang_up()
    d.kill()
    try:
        until(lambda: description(d) == was, "the description")
        undone, made = latest(d, 2)
        expect(made["confirmation"] == f"taken back by revision {undone['revision']}", made)
        d.ctl("room", "set", "Lobby", "--description", "On trial", "--confirm-within", "1s")
    finally:
        d.start()
    # This one waited when the daemon came, or was up by then; it is taken back either way.
    n = undone["revision"]
    until(lambda: revision(d) == n + 2, "what waited at the start")
    expect(description(d) == was, description(d))


if __name__ == "__main__":
    raise SystemExit(suite.run(lambda: Daemon("none")))
