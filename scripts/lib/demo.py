# SPDX-License-Identifier: Apache-2.0
"""Loads sql/demo through the API, for scripts/run.

    demo.py load FOLDER BASE_URL STAMP KEYS   puts each record, unless STAMP says they are there; KEYS is
                                              a file with a line "editor: zk_…"
    demo.py first FOLDER                      prints the path of the first visit, "visits/<id>"

A file is one record, {"type": "visits", "id": "<uuid>", "body": {…}}; an action may have
"updates", a list of what is posted to its updates. Files go in the order of their names. A
record that is there already stays as it is. What was done is printed in one line; exit
status 1, and a sentence on stderr, when a record was refused.
"""
import hashlib
import http.client
import json
import pathlib
import sys
import urllib.parse

TIMEOUT_S = 30


class Refused(Exception):
    pass


def records(folder):
    for path in sorted(pathlib.Path(folder).glob("*.json")):
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
            yield path.name, record["type"], record["id"], record["body"], record.get("updates", [])
        except (ValueError, KeyError, TypeError) as e:
            raise Refused(f"{path} is no demo record: {e!r}") from None


def checksum(folder):
    total = hashlib.sha256()
    for path in sorted(pathlib.Path(folder).glob("*.json")):
        total.update(f"{path.name}\0{path.stat().st_size}\0".encode() + path.read_bytes())
    return total.hexdigest()


def why(body):
    """What a problem says, in one line."""
    try:
        problem = json.loads(body)
        faults = [f"{e.get('pointer') or e.get('parameter')}: {e['detail']}" for e in problem.get("errors", [])]
        return "; ".join([problem.get("detail", problem.get("title", ""))] + faults)
    except (ValueError, AttributeError, KeyError):
        return body[:500].decode("utf-8", "replace")


def editor(keys):
    for line in pathlib.Path(keys).read_text(encoding="utf-8").splitlines():
        role, _, key = line.partition(": ")
        if role == "editor":
            return key
    raise Refused(f"{keys} has no line that begins with editor:")


def load(folder, base, stamp, keys):
    stamp = pathlib.Path(stamp)
    total = checksum(folder)
    if stamp.exists() and stamp.read_text(encoding="utf-8").strip() == total:
        return "loaded earlier"
    url = urllib.parse.urlsplit(base)
    headers = {"Content-Type": "application/json", "Authorization": "Bearer " + editor(keys)}
    connection = http.client.HTTPConnection(url.hostname, url.port, timeout=TIMEOUT_S)

    def ask(method, path, body, name, expected, **more):
        connection.request(method, path, body and json.dumps(body).encode(), {**headers, **more})
        response = connection.getresponse()
        answer = response.read()
        if response.status not in expected:
            hint = " A register loaded by an earlier version may lack what this names: begin in another folder (--dir)." if response.status == 422 else ""
            raise Refused(f"{method} {path} of {name}: {response.status} {why(answer)}{hint}")
        return response.status, answer

    seen = new = 0
    for name, kind, identity, body, updates in records(folder):
        path = f"{url.path}/{kind}/{identity}"
        status, _ = ask("PUT", path, body, name, (201, 412), **{"If-None-Match": "*"})
        seen += 1
        new += status == 201
        there = len(json.loads(ask("GET", path + "/updates", None, name, (200,))[1])["items"]) if updates else 0
        for update in updates[there:]:
            ask("POST", path + "/updates", update, name, (201,))
    stamp.write_text(total + "\n", encoding="utf-8")
    return f"{seen} records, {new} of them new" if seen else "no records in sql/demo"


def first(folder):
    return next((f"{kind}/{identity}" for _, kind, identity, *_ in records(folder) if kind == "visits"), "codelists")


def main():
    try:
        print({"load": load, "first": first}[sys.argv[1]](*sys.argv[2:]))
    except (Refused, OSError, http.client.HTTPException) as e:
        print(e, file=sys.stderr)
        return 1
    return 0


sys.exit(main())
