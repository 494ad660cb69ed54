# SPDX-License-Identifier: Apache-2.0
"""Reads the demonstration records through the API; the tests of their facts stand on this."""
import json
import pathlib
import urllib.parse

from harness import request

DEMO = pathlib.Path(__file__).resolve().parents[2] / "sql" / "demo"


def demo_id(name):
    """The id of one record, by the name of its file without the ending."""
    return json.loads((DEMO / f"{name}.json").read_text(encoding="utf-8"))["id"]


def get(path, **query):
    """The JSON of GET /api/v1/<path>; fails on anything but 200.  "__" in a parameter's name stands for "."."""
    url = "/api/v1/" + path
    if query:
        url += "?" + urllib.parse.urlencode({key.replace("__", "."): value for key, value in query.items()})
    answer = request("GET", url)
    if answer.status != 200:
        raise AssertionError(f"GET {url}: {answer.status} {answer.body[:500]!r}")
    return json.loads(answer.body)


def listed(path, **query):
    """All items of a list, page after page."""
    items = []
    cursor = {}
    while True:
        page = get(path, limit=200, **query, **cursor)
        items += page["items"]
        if page["next"] is None:
            return items
        parameters = urllib.parse.parse_qs(urllib.parse.urlsplit(page["next"]).query)
        cursor = {"cursor": parameters["cursor"][0]}


def demo_visits():
    """Local reference by id, of the visits in the files: what else a stack holds does not count here."""
    records = [json.loads(path.read_text(encoding="utf-8")) for path in DEMO.glob("50-visit-*.json")]
    return {record["id"]: record["body"]["ref"] for record in records}


VISITS = demo_visits()


def refs(**query):
    """The local references of the demonstration visits that a filter finds."""
    return {VISITS[visit["id"]] for visit in listed("visits", **query) if visit["id"] in VISITS}


def visit(ref):
    return get("visits/" + demo_id("50-visit-" + ref.lower()))


def named(items, role):
    """Names of the organisations in one role."""
    return [item["organisation"]["name"] for item in items if item["role"] == role and "organisation" in item]


def countries(items, role):
    return [item["country"] for item in items if item["role"] == role and "country" in item]


def meeting_seats(record):
    return [seat for meeting in record["meetings"] for seat in meeting["seats"]]
