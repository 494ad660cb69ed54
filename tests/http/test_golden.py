# SPDX-License-Identifier: Apache-2.0
"""Whole answers against tests/golden/responses: what a reviewer wants to see when their form changes.

Ids made by the server, times, request ids and the address of the stack are masked.  With
ZIARA_TEST_GOLDEN_WRITE=1 the files are written anew: read the difference before committing it."""
import json
import os
import pathlib
import re
import unittest

from demo import demo_id
from harness import request

GOLDEN = pathlib.Path(__file__).resolve().parents[1] / "golden" / "responses"
HEADERS = ("Allow", "Cache-Control", "Content-Type", "Accept-Patch", "Access-Control-Allow-Origin", "Vary", "Retry-After")
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
JSON, PATCH = {"Content-Type": "application/json"}, {"Content-Type": "application/merge-patch+json"}


def masked(text):
    seen = {}

    def name(match):
        found = match[0]
        return found if found.startswith("01a21000-") else seen.setdefault(found, f"<id {len(seen) + 1}>")

    text = re.sub(r"http://127\.0\.0\.1:\d+", "<address>", text)
    text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", "<time>", text)
    text = re.sub(r'("(?:request|trace)_id": )"[^"]*"', r'\1"<id>"', text)
    return UUID.sub(name, text)


def form(answer):
    head = [f"{answer.status}"] + [f"{h}: {v}" for h in HEADERS for v in answer.headers.get_all(h, [])]
    body = json.dumps(json.loads(answer.body), indent=1, ensure_ascii=False) if answer.body else ""
    return masked("\n".join(head) + "\n\n" + body + "\n")


class Golden(unittest.TestCase):
    maxDiff = None

    def check(self, name, *arguments, **more):
        path = GOLDEN / f"{name}.txt"
        got = form(request(*arguments, **more))
        if os.environ.get("ZIARA_TEST_GOLDEN_WRITE") == "1":
            path.parent.mkdir(exist_ok=True)
            path.write_text(got, encoding="utf-8")
        self.assertEqual(got, path.read_text(encoding="utf-8"))

    def test_one_visit(self):
        self.check("visit", "GET", "/api/v1/visits/" + demo_id("50-visit-v01"))

    def test_one_programme_with_labels(self):
        self.check("programme", "GET", "/api/v1/programmes/" + demo_id("30-programme-bmm") + "?labels=fr")

    def test_one_action(self):
        self.check("action", "GET", "/api/v1/actions/" + demo_id("60-action-kenya-institute-of-migration-studies"))

    def test_a_page(self):
        self.check("page", "GET", f"/api/v1/visits?id.in={demo_id('50-visit-v01')},{demo_id('50-visit-v03')}&include=legs&count=exact"
                   "&fields=title,dates,legs&sort=dates")

    def test_a_recommendation(self):
        self.check("recommendations", "GET", f"/api/v1/recommendations?visit={demo_id('50-visit-v01')}")

    def test_faults_of_a_query(self):
        self.check("query", "GET", "/api/v1/visits?host_contry=IL&dates.overlaps=2018-13&limit=0")

    def test_faults_of_a_body(self):
        self.check("body", "POST", "/api/v1/visits", json={"titel": "x", "dates": "28/07/2018", "legs": [{"country": "Kenya"}]})

    def test_syntax(self):
        self.check("syntax", "POST", "/api/v1/visits", raw=b'{"title": "x", "title": "y"}', headers=JSON)

    def test_precondition_required(self):
        self.check("precondition", "DELETE", "/api/v1/visits/" + demo_id("50-visit-v01"))

    def test_wrong_method(self):
        self.check("method", "PUT", "/api/v1/learnings/" + demo_id("50-visit-v01"), raw=b"{}", headers=JSON)

    def test_wrong_media_type(self):
        self.check("media_type", "PATCH", "/api/v1/visits/" + demo_id("50-visit-v01"), raw=b"{}", headers=JSON)

    def test_referenced(self):
        self.check("referenced", "DELETE", "/api/v1/policies/" + demo_id("40-policy-kenya-migration-policy"), headers={"If-Match": "*"})


if __name__ == "__main__":
    unittest.main()
