#!/usr/bin/env python3
"""Every command that 'explain access' proposes, carried out by a shell until the answer is yes.

    remedies.py STORE USER...

STORE is copied for each question. Prints TAP.
"""
import json
import os
import shutil
import subprocess
import sys

ACTIONS = "find join search post upload edit disable enable move delete".split()
# The rules that no command of an administrator changes, and how many steps may be in the way.
HOPELESS = {"administrator-only"}
STEPS = 8

before, users = sys.argv[1], sys.argv[2:]
os.environ["PCHAT_STORE"] = os.getcwd() + "/chased"


def run(command, **options):
    return subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, **options)


def chase(question):
    """What is wrong with the remedies, or None."""
    shutil.rmtree("chased", ignore_errors=True)
    shutil.copytree(before, "chased")
    for _ in range(STEPS):
        answer = json.loads(run(["pchatctl", "explain", "access", *question, "-o", "json"]).stdout)
        if answer["allowed"] or (not answer["remedy"] and answer["rule"] in HOPELESS):
            return None
        if not answer["remedy"]:
            return f"no remedy for rule {answer['rule']}"
        done = run(["bash", "-c", answer["remedy"]])
        if done.returncode:
            return f"{answer['remedy']}: {done.stderr}"
    return f"{answer['remedy']} did not help"


tests = failed = 0
for user in users:
    for room in ("Rates desk", "Maintenance", "Project Harbour", "Zoë's \"room\""):
        for action in ACTIONS:
            question = [user, room, "--action", action]
            question += ["--category", "Support"] if action == "move" else []
            if action == "search" and room == "Maintenance":
                continue  # nobody is a member of an open room
            wrong = chase(question)
            tests += 1
            failed += wrong is not None
            print("not ok" if wrong else "ok", tests, "-", *question)
            if wrong:
                print("#", wrong)
    wrong = chase([user, "--action", "create", "--category", "Trading"])
    tests += 1
    failed += wrong is not None
    print("not ok" if wrong else "ok", tests, "-", user, "create")
print(f"1..{tests}")
sys.exit(failed > 0)
