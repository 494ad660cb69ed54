# SPDX-License-Identifier: Apache-2.0
"""The rows that write, and the start of the program."""
import http.client
import json
import random
import socket
import statistics
import subprocess
import sys
import time

from . import stack
from .rows import Alone, Row, uuid

INSERTS = stack.ROOT / "build/release/tests/load/load_inserts"
BODIES = 500
STARTS = 7
sys.path.append(str(stack.ROOT / "tests/http"))
import fcgi_client  # noqa: E402


def body(picks, bodies):
    """A visit with ten children."""
    home, host = picks.choice(("KE", "UG", "TZ")), picks.choice(("IL", "PH", "GH", "DE", "RW"))
    one, two = (uuid(i) for i in picks.sample(bodies, 2))
    return {"title": f"Visit on labour agreements no. {picks.randrange(10**9)}", "kind": "study_visit", "status": "completed", "language": "en",
            "dates": "2025-03-10/2025-03-14", "themes": ["labour_agreements", "worker_welfare"], "state": "published",
            "summary": "Officers of both sides compared their agreements and the ways in which complaints are heard and answered.",
            "legs": [{"country": host, "place": "Capital"}],
            "parties": [{"role": "delegating", "organisation": {"id": one}, "country": home}, {"role": "host", "organisation": {"id": two}, "country": host}],
            "seats": [{"capacity": "leader", "post": "Principal Secretary", "organisation": {"id": one}},
                      {"capacity": "member", "post": "Legal Officer", "country": home}, {"capacity": "staff", "post": "Interpreter"}],
            "meetings": [{"date": "2025-03-11", "subject": "Labour attachés", "place": "Ministry"}],
            "learnings": [{"text": "Each complaint has a number and a date by which it is answered.", "lang": "en", "themes": ["worker_welfare"]}],
            "recommendations": [{"number": "1", "text": "Publish each quarter how many complaints were answered late.", "lang": "en"}],
            "sources": [{"title": "Return report", "url": "https://reports.example/1", "language": "en"}]}


def writing(bench, asked):
    main, picks, headers = bench.main, random.Random(3), bench.main.leave_to_write()
    bodies = main.sql("SELECT HEX(id) FROM organisation WHERE state = 'published' LIMIT 2000;").lower().split()
    file = asked.file("create.txt", [json.dumps(body(picks, bodies)) for _ in range(BODIES)])
    visits = f"{main.base}/visits"
    secret = asked.file("headers.txt", [])
    secret.chmod(0o600)
    secret.write_text("".join(f"{name}: {value}\n" for name, value in headers.items()))
    connection = http.client.HTTPConnection("127.0.0.1", main.port, timeout=30)
    connection.request("POST", "/api/v1/visits", json.dumps(body(picks, bodies)), {"Content-Type": "application/json", **headers})
    answer = connection.getresponse()
    made = json.loads(answer.read())
    connection.close()
    if answer.status != 201:
        raise stack.Failed(f"POST of a visit answers {answer.status}: {json.dumps(made)[:500]}")
    inserts = asked.file("inserts.txt", statements(main, made["id"].replace("-", "").upper()))
    return {
        "create": Row("create a visit with 10 children", visits, "post", file, headers=secret),
        "inserts": Alone("the same inserts from a C program", [str(INSERTS), f"{main.folder}/mariadb/app.cnf", "ziara", str(inserts)], 16),
    }


def statements(main, rid):
    """What the application stored for one visit, as the file that tests/load/inserts.c reads."""
    numbers, lines = {rid: 0}, []

    def number(text):
        return numbers.setdefault(text, len(numbers))

    def add(table, where, together=False):
        described = [line.split("\t") for line in main.sql(
            "SELECT column_name, data_type, extra FROM information_schema.columns WHERE table_schema = DATABASE()"
            f" AND table_name = '{table}' ORDER BY ordinal_position;").splitlines()]
        names = [(n, t) for n, t, extra in described if "auto_increment" not in extra]
        shown = ", ".join(f"COALESCE(HEX(CAST(`{n}` AS BINARY)), 'NULL')" for n, _ in names)
        sql, places = f"INSERT INTO {table} ({', '.join(n for n, _ in names)}) VALUES ", f"({', '.join('?' * len(names))})"
        found, bound = [], []
        for row in main.sql(f"SELECT {shown} FROM {table} WHERE {where};").splitlines():
            values = row.split("\t")
            found.append(values[0])
            bound.append(["-" if v == "NULL" else f"I{number(v)}" if n in ("id", "parent") else ("B" if "binary" in t else "T") + v
                          for (n, t), v in zip(names, values)])
        if together and bound:
            bound, places = [sum(bound, [])], ", ".join([places] * len(bound))
        lines.extend("\t".join([sql + places] + values) for values in bound)
        return found

    add("visit", f"id = UNHEX('{rid}')")
    for table in main.sql("SHOW TABLES LIKE 'visit\\_%';").split():
        names = main.sql(f"SHOW COLUMNS FROM {table} LIKE 'parent';")
        if names:
            add(table, f"parent = UNHEX('{rid}') ORDER BY pos")
    add("facet", f"id = UNHEX('{rid}')")
    add("token", f"id = UNHEX('{rid}')", together=True)
    add("change_log", f"type = 'visit' AND id = UNHEX('{rid}')")
    return lines


def first_answer(main):
    """Milliseconds from starting `ziara serve` to its first answer, the median of some starts."""
    took = []
    path = main.folder / "run/start.sock"
    for _ in range(STARTS):
        path.unlink(missing_ok=True)
        environment = main.serving(path)
        began = time.monotonic()
        with open(main.folder / "log/start.log", "w") as log:
            child = subprocess.Popen([str(stack.BINARY), "serve"], env=environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        try:
            took.append((ask(path, began + 10) - began) * 1e3)
        finally:
            child.terminate()
            child.wait()
    return statistics.median(took)


def ask(path, end):
    """The time at which the socket gave a whole answer with status 200."""
    question = fcgi_client.request(target="/api/v1/health/ready", keep=False, extra=[("ZIARA_PREFIX", "/api/v1")])
    while time.monotonic() < end:
        try:
            with socket.socket(socket.AF_UNIX) as s:
                s.settimeout(5)
                s.connect(str(path))
                s.sendall(question)
                got = b""
                while piece := s.recv(65536):
                    got += piece
            if b"Status: 200" in got:
                return time.monotonic()
        except OSError:
            pass
        time.sleep(.001)
    raise stack.Failed(f"ziara serve gives no answer; see {path.parent.parent}/log/start.log")
