# SPDX-License-Identifier: Apache-2.0
"""What something is known by must show: spaces, marks and format characters alone are no name."""
import json
import unittest
import uuid

from harness import request

API = "/api/v1/"
# No-break space; zero-width joiner; right-to-left mark; byte order mark; combining acute; vowel sign aa; Hangul filler.
NOTHING = ("  ", "\u00a0", "\u200d", "\u200f", "\ufeff", "\u0301", "\u093e", "\u3164", "\u200d \u200f\u0301")
# Each body, and where its text stands.
PLACES = (
    ("organisations", "/name", lambda t: {"name": t}),
    ("organisations", "/acronym", lambda t: {"name": "N", "acronym": t}),
    ("organisations", "/names/0/name", lambda t: {"name": "N", "names": [{"name": t, "kind": "former"}]}),
    ("organisations", "/identifiers/0/scheme", lambda t: {"name": "N", "identifiers": [{"scheme": t, "value": "1"}]}),
    ("organisations", "/identifiers/0/value", lambda t: {"name": "N", "identifiers": [{"scheme": "X", "value": t}]}),
    ("organisations", "/relations/0/name_as_written", lambda t: {"name": "N", "relations": [{"kind": "partner", "name_as_written": t}]}),
    ("organisations", "/successions/0/name_as_written", lambda t: {"name": "N", "successions": [{"kind": "split", "name_as_written": t}]}),
    ("organisations", "/parent/name", lambda t: {"name": "N", "parent": {"name": t, "create": True}}),
    ("people", "/name", lambda t: {"name": t}),
    ("people", "/names/0/name", lambda t: {"name": "N", "names": [{"name": t, "kind": "short"}]}),
    ("people", "/memberships/0/name_as_written", lambda t: {"name": "N", "memberships": [{"name_as_written": t}]}),
    ("people", "/contacts/0/value", lambda t: {"name": "N", "contacts": [{"kind": "email", "value": t}]}),
    ("programmes", "/title", lambda t: {"title": t}),
    ("policies", "/title", lambda t: {"title": t}),
    ("visits", "/title", lambda t: {"title": t}),
    ("visits", "/parties/0/name_as_written", lambda t: {"title": "T", "parties": [{"role": "host", "name_as_written": t}]}),
    ("visits", "/learnings/0/text", lambda t: {"title": "T", "learnings": [{"text": t}]}),
    ("visits", "/recommendations/0/text", lambda t: {"title": "T", "recommendations": [{"text": t}]}),
)


def create(path, body):
    answer = request("POST", API + path, json=body, role="editor")
    return answer.status, json.loads(answer.body)


class Blank(unittest.TestCase):
    def test_what_does_not_show_is_refused(self):
        for path, pointer, body in PLACES:
            for text in NOTHING:
                with self.subTest(pointer=f"{path}#{pointer}", text=ascii(text)):
                    status, told = create(path, body(text))
                    self.assertEqual((status, [(e["pointer"], e["code"]) for e in told.get("errors", [])]), (422, [(pointer, "blank")]))

    def test_a_change_is_refused_too(self):
        made = create("people", {"name": "Shows"})[1]
        answer = request("PATCH", f"{API}people/{made['id']}", json={"name": "\u200d"}, role="editor",
                         headers={"If-Match": "*", "Content-Type": "application/merge-patch+json"})
        self.assertEqual((answer.status, json.loads(answer.body)["errors"][0]["code"]), (422, "blank"))

    def test_marks_and_joiners_inside_a_name_stay_as_sent(self):
        for name in ("\u200fمحمد", "क्\u200dष", "e\u0323x", "\u02bbOkina", "-", "7", "€", "ग़"):
            with self.subTest(name=ascii(name)):
                status, told = create("people", {"name": f"{name}", "note": uuid.uuid4().hex})
                self.assertEqual(status, 201, told)
        status, told = create("people", {"name": "क्\u200dष \u200f"})
        self.assertEqual((status, told["name"]), (201, "क्\u200dष \u200f"))

    def test_a_remark_may_be_anything(self):
        self.assertEqual(create("organisations", {"name": "N " + uuid.uuid4().hex, "note": "\u00a0"})[0], 201)


if __name__ == "__main__":
    unittest.main()
