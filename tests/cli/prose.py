#!/usr/bin/env python3
"""prose.py TABLE PCHATD_HELP FILE...: commands and options that documentation speaks of, held against
the command table (pchatctl help -o json) and against pchatd --help.

Reads Markdown (.md) and the sources of manual pages (.in, .mdoc). Prints "FILE <TAB> N" for the N things
it found in each file, and "FILE:LINE: WHAT" for each that is not in the tables.
"""
import json
import re
import shlex
import sys

# Options of other programs that the documentation names: of cmake, of quickstart, of tests/bench.
FOREIGN = {"--preset", "--build", "--install", "--keep", "--connections", "--rate"}
PLACEHOLDER = re.compile(r"^[A-Z][A-Z0-9_.-]*(\.\.\.)?$|^<.*>$|^\.\.\.$")
OPERATORS = re.compile(r"^[|&;<>()]+$")
PROGRAM = re.compile(r"^(\$|[^=]*/)?pchatctl$")


class Table:
    def __init__(self, table, pchatd):
        self.globals = {o["name"]: o for o in table["globals"]}
        self.commands = {c["command"]: c for c in table["commands"]}
        self.nouns = {n["word"] for n in table["nouns"]}
        self.topics = {t["word"] for t in table["topics"]}
        self.pchatd = set(re.findall(r"^ +(?:-\w, )?(--[a-z-]+)", pchatd, re.M)) | {"--help", "--version"}
        self.all = dict(self.globals)
        for c in self.commands.values():
            self.all.update({o["name"]: o for o in c["options"]})

    def options(self, commands):
        """By name and letter, those of the commands and of all commands."""
        found = list(self.globals.values())
        for c in commands:
            found += c["options"]
        return {**{o["name"]: o for o in found},
                **{"-" + o["letter"]: o for o in found if "letter" in o}}

    def option(self, name):
        """Whether any program of ours has it."""
        return (name in self.all or name in self.pchatd or name in FOREIGN
                or name.startswith("--no-") and "--" + name[5:] in self.all)


class Checker:
    def __init__(self, table):
        self.table = table
        self.found = 0
        self.problems = []

    def option(self, name):
        self.found += 1
        if not self.table.option(name):
            self.problems.append(f"there is no option '{name}'")

    def command(self, tokens):
        """What follows the name of the program."""
        self.found += 1
        words = self.words(tokens, self.table.options(self.table.commands.values()), False)
        commands, n = self.resolve(words)
        if commands is None:
            self.problems.append(f"there is no command '{' '.join(words[:2])}'")
            return
        names = self.words(tokens, self.table.options(commands), commands)[n:]
        if len(commands) == 1 and commands[0]["command"] not in ("help", "batch"):
            arguments = commands[0]["arguments"]
            if len(names) > len(arguments) and not any(a.get("many") for a in arguments):
                self.problems.append(f"'{' '.join(tokens)}': '{names[len(arguments)]}' is too much")

    def resolve(self, words):
        """The commands it may be, and how many words are theirs."""
        t = self.table
        if not words:
            return [t.commands["batch"]], 0
        if PLACEHOLDER.match(words[0]) or words[0] == "__complete":
            return list(t.commands.values()), len(words)
        if words[0] == "help":
            for w in words[1:]:
                if not (PLACEHOLDER.match(w) or w in t.nouns or w in t.topics or w in t.commands
                        or any(w in c.split() for c in t.commands)):
                    return None, 0
            return [t.commands["help"]], len(words)
        if words[0] in t.commands:
            return [t.commands[words[0]]], 1
        if " ".join(words[:2]) in t.commands:
            return [t.commands[" ".join(words[:2])]], 2
        ours = [c for name, c in t.commands.items() if name.split()[0] == words[0]]
        if ours and (len(words) == 1 or PLACEHOLDER.match(words[1])):
            return ours, len(words)
        return None, 0

    def words(self, tokens, options, report):
        """Tokens that are no options and no values of options; unknown options are reported."""
        words, i, end = [], 0, False
        while i < len(tokens):
            token = tokens[i]
            i += 1
            if end or not re.match(r"^--?[A-Za-z]", token):
                end = end or token == "--"
                if token != "--":
                    words.append(token)
                continue
            name, sign, value = token.partition("=")
            if not name.startswith("--"):
                name, value = token[:2], token[2:]
                sign = value
            option = options.get(name)
            if not option and name.startswith("--no-") and "--" + name[5:] in options:
                continue
            if not option:
                if report:
                    self.problems.append(f"'{' '.join(tokens)}': there is no option '{name}'")
                continue
            if "value" in option and not sign and i < len(tokens):
                value = tokens[i]
                i += 1
            if report and "words" in option and re.match(r"^[a-z-]+$", value) \
                    and value not in option["words"]:
                self.problems.append(f"'{name}' does not take '{value}'")
        return words

    def shell(self, line):
        """A line for a shell: each pchatctl in it."""
        lexer = shlex.shlex(re.sub(r"\s{2,}.*", "", line.strip()) if line.strip().startswith("pchatctl")
                            else line, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        try:
            tokens = list(lexer)
        except ValueError:
            return
        for i, token in enumerate(tokens):
            if not PROGRAM.match(token):
                continue
            rest = tokens[i + 1:]
            for n, t in enumerate(rest):
                if OPERATORS.match(t):
                    rest = rest[:n]
                    break
            if rest and not rest[0].startswith("("):
                self.command(rest)

    def span(self, text):
        """Code within a sentence: a command, an option, or neither."""
        text = text.replace("\\|", "|")
        if re.match(r"^(\S*/)?pchatctl\s", text):
            try:
                words = shlex.split(re.sub(r"[][|]|\.\.\.", " ", text))
            except ValueError:
                return
            self.command(words[1:])
        elif re.match(r"^--[a-z][a-z-]*\b", text):
            self.option(re.match(r"^--[a-z-]+", text).group())
        elif re.match(r"^[a-z]+ [a-z-]+( |$)", text) and text.split()[0] in self.table.nouns:
            self.command(shlex.split(re.sub(r"[][|]|\.\.\.", " ", text)))


def markdown(text, checker):
    fence = False
    paragraph = []

    def flush():
        joined = "".join(line for _, line in paragraph)
        for m in re.finditer(r"`([^`]+)`", joined):
            number, seen = paragraph[0][0], 0
            for number, line in paragraph:
                seen += len(line)
                if seen > m.start():
                    break
            yield number, "span", " ".join(m.group(1).split())
        paragraph.clear()

    lines = text.split("\n")
    i = 0
    while i < len(lines):
        line, number = lines[i], i + 1
        i += 1
        if line.startswith("```"):
            yield from flush()
            fence = not fence
        elif fence or line.startswith("    "):
            while line.endswith("\\") and i < len(lines):
                line = line[:-1].rstrip() + " " + lines[i].lstrip()
                i += 1
            yield number, "shell", line.strip().removeprefix("$ ")
        elif not line.strip() or line.startswith("|"):
            yield from flush()
            if line.strip():
                paragraph.append((number, line + "\n"))
                yield from flush()
        else:
            paragraph.append((number, line + "\n"))
    yield from flush()


MACROS = {"Ar", "Op", "Oo", "Oc", "Ns", "No", "Cm", "Ql", "Dq", "Pq", "Li", "Dl", "Em", "Sy", "Ic", "Nm",
          "Pa", "Ev", "Xr", "It"}


def mdoc(text):
    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith("@example "):
            yield number, "shell", line.removeprefix("@example ")
            continue
        if not line.startswith("."):
            continue
        parts = line[1:].replace("\\-", "-").replace("\\&", "").split()
        if not parts or parts[0] in ("Xr", "Sh", "Ss", "Nm", "Nd", "Dt", "Pa", "Ev", "\\\""):
            continue
        plain = []
        i = 0
        while i < len(parts):
            if parts[i] == "Fl" and i + 1 < len(parts):
                option = "-" + parts[i + 1]
                plain.append(option)
                if option.startswith("--"):
                    yield number, "span", option.rstrip(".,:;)")
                i += 2
                continue
            if parts[i] == "Ns" and plain and i + 1 < len(parts):
                i += 2 if parts[i + 1] in MACROS else 1
                plain[-1] += parts[i]
            elif parts[i] not in MACROS and not re.match(r"^[.,:;)(]+$", parts[i]):
                plain.append(parts[i])
            i += 1
        joined = " ".join(plain)
        if parts[0] in ("Ql", "Cm", "Dq", "Li", "Dl"):
            yield number, "shell" if parts[0] == "Dl" else "span", joined


def check(path, table):
    with open(path, encoding="utf-8") as f:
        text = f.read()
    checker = Checker(table)
    pieces = markdown(text, checker) if path.endswith(".md") else mdoc(text)
    for number, kind, code in pieces:
        before = len(checker.problems)
        (checker.shell if kind == "shell" else checker.span)(code)
        for problem in checker.problems[before:]:
            print(f"{path}:{number}: {problem}")
    print(f"{path}\t{checker.found}")


def main():
    with open(sys.argv[1], encoding="utf-8") as f:
        table = json.load(f)
    with open(sys.argv[2], encoding="utf-8") as f:
        table = Table(table, f.read())
    for path in sys.argv[3:]:
        check(path, table)


if __name__ == "__main__":
    main()
