#!/usr/bin/env python3
"""Holds docs/from-the-cmdlets.md against the command table and the list of cmdlets.

    cmdlets.py PAGE TABLE.json PARAMETERS

Prints what is wrong, a line each; nothing if all is well.
"""
import json
import re
import sys


def read_parameters(path):
    lines = (line.split("#")[0].strip() for line in open(path))
    return {name: words.split() for name, words in (line.split(":") for line in lines if line)}


def read_page(path):
    """{cmdlet: {"commands": [...], "rows": [(parameter, text)], "notes": [...]}}"""
    sections, at = {}, None
    for line in open(path):
        line = line.rstrip("\n")
        if line.startswith("### ") and "-Cs" in line:
            at = sections.setdefault(line[4:], {"commands": [], "rows": [], "notes": []})
        elif line.startswith("#"):
            at = None
        elif at is None or not line or line.startswith("|--"):
            continue
        elif line.startswith("Commands: "):
            at["commands"] = re.findall(r"`([^`]*)`", line)
        elif line.startswith("| "):
            cells = [c.strip() for c in re.split(r"(?<!\\)\|", line)[1:-1]]
            if cells[0] != "Parameter":
                at["rows"].append((cells[0], cells[1]))
        else:
            at["notes"].append(line)
    return sections


class Table:
    def __init__(self, path):
        table = json.load(open(path))
        self.commands = {c["command"]: c for c in table["commands"]}
        self.globals = {o["name"]: o for o in table["globals"]}
        self.nouns = {n["word"] for n in table["nouns"]}

    def command_in(self, token):
        """The command a text in backticks begins with; None if it is not about one. KeyError."""
        words = token.split()
        if words[:1] == ["pchatctl"]:
            words = words[1:]
        if not words:
            return None
        if words[0] in self.nouns and len(words) > 1:
            return self.commands[" ".join(words[:2])]
        return self.commands.get(words[0])

    def has_option(self, command, name):
        options = {o["name"]: o for o in command["options"]}
        options |= {n: self.globals[n] for n in command["globals"]}
        if name in options:
            return True
        positive = "--" + name[5:]
        return name.startswith("--no-") and positive in options and "value" not in options[positive]

    def has_letter(self, command, letter):
        options = command["options"] + [self.globals[n] for n in command["globals"]]
        return any(o.get("letter") == letter for o in options)

    def has_argument(self, command, name):
        return any(a["name"] == name for a in command["arguments"])


def check_text(table, commands, text):
    """Yields what is wrong in a text; "" for each thing that was found in the table."""
    tokens = re.findall(r"`([^`]*)`", text)
    about = list(commands)
    for token in tokens:
        try:
            command = table.command_in(token)
        except KeyError as e:
            yield f"there is no command {e}"
            continue
        if command:
            about.append(command)
            yield ""
    for token in tokens:
        for option in re.findall(r"(?<![\w-])--[a-z][a-z-]*", token):
            yield "" if any(table.has_option(c, option) for c in about) else f"no option {option}"
        for letter in re.findall(r"(?<![\w-])-([a-z])(?![\w-])", token):
            yield "" if any(table.has_letter(c, letter) for c in about) else f"no option -{letter}"
        if re.fullmatch(r"[A-Z]+", token):
            yield "" if any(table.has_argument(c, token) for c in about) else f"no argument {token}"


def check_section(table, name, section, parameters):
    if not section["commands"]:
        yield "names no command"
    unknown = [c for c in section["commands"] if c not in table.commands]
    if unknown:
        yield f"there is no command {unknown}"
        return
    commands = [table.commands[c] for c in section["commands"]]
    if [p for p, _ in section["rows"]] != parameters:
        yield f"has {[p for p, _ in section['rows']]} instead of {parameters}"
    for parameter, text in section["rows"]:
        found = list(check_text(table, commands, text))
        yield from (f"{parameter}: {f}" for f in found if f)
        if not found and not re.match(r"— (\S+ ){3}", text + " "):
            yield f"{parameter}: neither an option nor a reason why there is none: {text}"
    for text in section["notes"]:
        yield from (f for f in check_text(table, commands, text) if f)


def check_introduction(table, path):
    """What is said before the first cmdlet holds for some command."""
    text = open(path).read().split("### New-")[0]
    for option in set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", text)):
        if not any(table.has_option(c, option) for c in table.commands.values()):
            yield f"no option {option}"
    for words in re.findall(r"pchatctl\s+([a-z]+ [a-z]+|[a-z]+)", text.replace("NOUN VERB", "")):
        if words not in table.commands and words.split()[0] not in table.commands:
            yield f"there is no command '{words}'"


def main():
    page, table = read_page(sys.argv[1]), Table(sys.argv[2])
    parameters = read_parameters(sys.argv[3])
    if len(parameters) != 37:
        print(f"{len(parameters)} cmdlets instead of 37")
    for what in check_introduction(table, sys.argv[1]):
        print(f"introduction: {what}")
    for name in parameters.keys() ^ page.keys():
        print(f"{name}: {'not in the page' if name in parameters else 'no such cmdlet'}")
    for name, section in page.items():
        for what in check_section(table, name, section, parameters.get(name, [])):
            print(f"{name}: {what}")


main()
