# SPDX-License-Identifier: Apache-2.0
"""The rows: what is asked, of whom, how often at once."""
import http.client
import json
import pathlib
import random
import re
import statistics
import subprocess
import time
import urllib.parse

from . import load, stack

SET_SIZE = 1000         # different records in a row
PAGES = 40              # of pairs, best first
LISTS = "KE UG TZ RW ET GH ZA NG".split()
SLOW = [f"/api/v1/visits?summary.contains=nowhere%20at%20{n}&count=exact" for n in range(5000)]  # none is asked for twice
BARE = 8                # of the constant answer without the shipped nginx configuration
ANEW = 7                # the port, behind the main one, of the application that keeps no answers
CHILD = ("setpriv", "--pdeathsig", "TERM", "--")  # ends with us, however we end


def uuid(text):
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


class Row:
    """An address asked by wrk."""

    def __init__(self, title, address, mode, file, connections=16, app="app", headers=None, beside=None, largest=None):
        self.title, self.address, self.mode, self.file, self.connections = title, address, mode, file, connections
        self.app, self.headers, self.beside, self.largest = app, headers, beside, largest
        self.warm = mode == "any"
        self.note = None  # why it is not measured
        self.of = None    # the stack asked, when it is not the main one

    def measure(self, bench, seconds):
        of = self.of or bench.main
        groups = {"nginx": lambda: of.pids("nginx"), "db": lambda: of.pids("mariadb")}
        if self.app:
            groups["app"] = bench.groups[self.app]
        if self.connections > 100:
            seconds *= 3  # what is under way at the end counts for nobody, and with many clients that is much
        arguments = load.command(self.address, self.mode, self.file, self.connections, seconds, self.headers)
        if not self.beside:
            return self.check(load.run(arguments, groups))
        slow = load.command(self.address, "any", self.beside, 3, seconds + 1)
        other = subprocess.Popen(slow, stdout=subprocess.DEVNULL, env=load.environment(slow))
        try:
            time.sleep(.5)
            return self.check(load.run(arguments, groups))
        finally:
            other.wait()

    def check(self, result):
        # wrk calls any status below 400 good: a body where none is due shows in the bytes
        if self.largest and result["bytes"] > self.largest:
            result["failed"] = result["requests"]
        return result


class Cold(Row):
    """Each address is asked for the first time, in all rounds together."""

    def __init__(self, title, address, file, paths):
        super().__init__(title, address, "once", file)
        self.paths = paths

    def measure(self, bench, seconds):
        if len(self.paths) < 2:
            raise stack.Failed("all dossiers have been read; measure fewer seconds or more visits")
        self.file.write_text("".join(p + "\n" for p in self.paths))
        result = super().measure(bench, seconds)
        if result["requests"] + self.connections > len(self.paths):
            result["failed"] += result["requests"] - len(self.paths)  # some were read a second time
        self.paths = self.paths[result["requests"] + self.connections:]
        return result


class Alone(Row):
    """A program that measures itself and prints the same line as ask.lua."""

    def __init__(self, title, arguments, connections):
        super().__init__(title, "", "alone", "", connections, None)
        self.arguments = arguments

    def measure(self, bench, seconds):
        return load.run([*self.arguments, str(self.connections), str(seconds)], {"db": lambda: bench.main.pids("mariadb")})


def get(port, path, headers=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path, headers=headers or {})
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


def following(port, path, pages):
    """Addresses of the first pages of a list."""
    while path and pages:
        yield path
        pages -= 1
        path = json.loads(get(port, path)[2])["next"]
        path = path and path[path.index("/api/v1"):]


def two_words(name, picks):
    """What somebody may type who looks for that body: two of its words of four letters or more."""
    long = re.findall(r"[\w’-]{4,}", name)
    return " ".join(picks.sample(long, min(2, len(long))) or [name])


class Asked:
    """The files with requests, and what their answers were like when each was asked once."""

    def __init__(self, main, say):
        self.main, self.say = main, say
        self.folder = pathlib.Path(main.folder) / "run/ask"
        self.static = pathlib.Path(main.folder) / "run/static"
        for folder in (self.folder, self.static):
            folder.mkdir(parents=True, exist_ok=True)
        picks = random.Random(1)
        self.ids = {}
        for name, ids in main.sets.items():
            ids = list(ids)
            picks.shuffle(ids)
            self.ids[name], rest = ids[:SET_SIZE], ids[SET_SIZE:]
            if name == "dossier":
                self.cold = rest

    def file(self, name, lines):
        path = self.folder / name
        path.write_text("".join(line + "\n" for line in lines))
        return path

    def once(self, name, paths):
        """Asks each path, which must answer 200; notes size and tags, and writes the file of the row."""
        connection = http.client.HTTPConnection("127.0.0.1", self.main.port, timeout=30)
        sizes, tags = [], []
        for path in paths:
            connection.request("GET", path)
            answer = connection.getresponse()
            body = answer.read()
            if answer.status != 200:
                raise stack.Failed(f"GET {path} answers {answer.status}: {body[:200]!r}")
            sizes.append(len(body))
            tags.append(answer.getheader("ETag"))
        connection.close()
        self.say(f"{name}: {len(paths)} addresses, {statistics.mean(sizes):.0f} bytes")
        return self.file(f"{name}.txt", paths), round(statistics.mean(sizes)), tags

    def static_file(self, name, size):
        (self.static / f"{name}.json").write_text("{" + " " * (size - 2) + "}")
        return self.file(f"static-{name}.txt", [f"/static/{name}.json"])


def reading(bench, asked):
    """name → row of all that reads through the application, and its floors."""
    main, at = bench.main, f"http://127.0.0.1:{bench.main.port}"
    visits = [f"/api/v1/visits/{uuid(i)}" for i in asked.ids["small"]]
    dossiers = [f"/api/v1/visits/{uuid(i)}" for i in asked.ids["dossier"]]
    lists = [f"/api/v1/visits?host_country={c}&sort=-dates" for c in LISTS]
    visit_file, visit_size, _ = asked.once("visit", visits)
    dossier_file, dossier_size, tags = asked.once("dossier", dossiers)
    list_file, list_size, _ = asked.once("list", lists)
    page_file, _, _ = asked.once("list-page", [f"{path}&fields=title,kind,status,dates" for path in lists])
    pairs_file, _, _ = asked.once("duplicates", list(following(main.port, "/api/v1/organisations/duplicates", PAGES)))
    picks = random.Random(4)
    searches = [f"/api/v1/organisations?q={urllib.parse.quote(two_words(name, picks))}" for name in asked.ids["body"]]
    names_file, _, _ = asked.once("name-search", searches)
    match_file = asked.file("dossier-304.txt", [f"{p}\t{t}" for p, t in zip(dossiers, tags)])
    status, _, body = get(main.port, dossiers[0], {"If-None-Match": tags[0]})
    if status != 304 or body:
        raise stack.Failed(f"a dossier answers {status} to its own ETag")
    for row in json.loads(get(main.port, lists[0])[2])["items"][:1]:
        if "dates" not in row:
            raise stack.Failed("the list is not the one meant: no dates in its first item")
    slow_file = asked.file("slow.txt", SLOW)
    anew = f"http://127.0.0.1:{main.port + ANEW}"
    cached = f"http://127.0.0.1:{main.port + 1}"
    static = {n: asked.static_file(n, s) for n, s in (("1k", 1024), ("dossier", dossier_size), ("list", list_size))}
    constant = asked.file("constant.txt", ["/api/v1/constant"])
    rows = {
        "static": Row("nginx: static file of 1 KB", at, "any", static["1k"], app=None),
        "static-dossier": Row("nginx: static file of a dossier's size", at, "any", static["dossier"], app=None),
        "static-list": Row("nginx: static file of a list's size", at, "any", static["list"], app=None),
        "constant": Row("libfcgi: constant answer of 1 KB", at, "any", constant, app="constant"),
        "constant-64": Row("libfcgi: constant answer of 1 KB", at, "any", constant, 64, app="constant"),
        "constant-bare": Row("the same, nothing of the shipped nginx files", at, "any", constant, app="constant"),
        "visit": Row(f"one visit, {visit_size} bytes", at, "any", visit_file),
        "visit-1": Row("one visit", at, "any", visit_file, 1),
        "duplicates": Row("25 pairs of likely duplicates", at, "any", pairs_file, 1),
        "name-search": Row("bodies found by two words of a name", anew, "any", names_file, 1, app="anew"),
        "visit-64": Row("one visit", at, "any", visit_file, 64),
        "visit-1000": Row("one visit", at, "any", visit_file, 1000),
        "visit-beside": Row("one visit beside 3 clients on the slowest list", at, "any", visit_file, beside=slow_file),
        "dossier": Row("dossier", at, "any", dossier_file),
        "dossier-304": Row("304 on a dossier", at, "any", match_file, largest=1000),
        "dossier-cold": Cold("dossier, first read", at, asked.folder / "cold.txt", [f"/api/v1/visits/{uuid(i)}" for i in asked.cold]),
        "visit-anew": Row("one visit, no answer kept", anew, "any", visit_file, app="anew"),
        "dossier-anew": Row("dossier, no answer kept", anew, "any", dossier_file, app="anew"),
        "list": Row("list of 25, filtered and sorted, every field", at, "any", list_file),
        "list-page": Row("list of 25, filtered and sorted, four fields", at, "any", page_file),
        "list-anew": Row("the same, every field, no answer kept", anew, "any", list_file, app="anew"),
        "list-page-anew": Row("the same, four fields, no answer kept", anew, "any", page_file, app="anew"),
        "list-cached": Row("list of 25, kept by nginx for a second", cached, "any", list_file),
        "visit-cached": Row(f"{SET_SIZE} visits, kept by nginx for a second", cached, "any", visit_file),
    }
    return rows
