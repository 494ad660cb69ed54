# SPDX-License-Identifier: Apache-2.0
"""A draft that was merged into a published record: to whoever never could see it, its id is as unknown as any."""
import json
import unittest
import uuid

from harness import make_key, request

API = "/api/v1/"
PATCH = {"If-Match": "*", "Content-Type": "application/merge-patch+json"}
NOBODY = "01a21000-0000-7000-8000-000000000001"
PUBLIC = (None, "reader")


def make(path, state="published", **members):
    answer = request("POST", API + path, json={"state": state, **members})
    assert answer.status == 201, answer.body
    return json.loads(answer.body)["id"]


def body(name, **members):
    return make("organisations", name=f"{name} {uuid.uuid4().hex[:8]}", **members)


def state(path, to):
    answer = request("PATCH", API + path, json={"state": to}, headers=PATCH)
    assert answer.status == 200, answer.body


def merge(path, record, into):
    answer = request("POST", f"{API}{path}/{record}/merge", json={"into": into})
    assert answer.status == 200, answer.body


def told(answer, id):
    """What a caller is told, without what differs between any two requests."""
    text = answer.body.decode().replace(id, "<id>")
    try:
        content = json.loads(text)
    except ValueError:
        return answer.status, text
    for member in ("request_id", "trace_id"):
        content.pop(member, None)
    return answer.status, content


class Drafts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.kept = body("Kept")
        cls.never, cls.once, cls.open = body("Never", state="draft"), body("Once"), body("Open")
        state("organisations/" + cls.once, "withdrawn")
        parties = [{"role": "host", "organisation": {"id": i}} for i in (cls.never, cls.once, cls.open)]
        cls.visit = make("visits", title="Merged drafts", dates="2010", parties=parties)
        cls.child = body("Child", parent={"id": cls.never})
        for record in cls.never, cls.once, cls.open:
            merge("organisations", record, cls.kept)
        cls.person, cls.nobody = make("people", name="Kept"), make("people", name="Never", state="draft")
        cls.seat = make("visits", title="Seat", seats=[{"capacity": "leader", "person": {"id": cls.nobody}, "public_office": True}])
        merge("people", cls.nobody, cls.person)

    def ways(self, id, path="organisations"):
        yield from (f"{path}/{id}", f"{path}/{id}/engagements", f"{path}/{id}/merge", f"{path}?id={id}")
        yield f"{path}?id.in={id},{NOBODY}"
        if path == "people":
            yield from (f"visits?person={id}", f"visits?person.in={id},{NOBODY}")
            return
        yield f"{path}/{id}?at=2008"
        yield f"{path}?parent={id}"
        for also in NOBODY, self.kept[:-12] + "0" * 12, self.open:
            yield f"visits?organisation.in={id},{also}" if also != self.open else f"visits?organisation={id}&organisation_role=host"
        yield from (f"visits?organisation={id}", f"programmes?organisation={id}", f"people?organisation={id}")

    def test_one_that_never_was_public_is_as_absent(self):
        for role in PUBLIC:
            for id, path in (self.never, "organisations"), (self.nobody, "people"):
                for way, other in zip(self.ways(id, path), self.ways(NOBODY, path)):
                    for method in "GET", "HEAD":
                        with self.subTest(way, role=role, method=method):
                            self.assertEqual(told(request(method, API + way, role=role), id), told(request(method, API + other, role=role), NOBODY))

    def test_nor_beside_one_that_is_known(self):
        """A list of ids is searched through what each comes to; the draft's own id finds nothing there."""
        only_by_draft = make("visits", title="By the draft alone", parties=[{"role": "host", "organisation": {"id": self.never}}])
        another, twin = body("Another"), body("Another twin")
        merge("organisations", twin, another)
        for role in PUBLIC:
            found = request("GET", f"{API}visits?organisation.in={self.never},{twin}&limit=200", role=role)
            self.assertNotIn(only_by_draft, found.body.decode())
            self.assertEqual(json.loads(found.body)["items"], [])
        found = request("GET", f"{API}visits?organisation.in={self.never},{twin}&limit=200", role="editor")
        self.assertIn(only_by_draft, found.body.decode())

    def test_whoever_sees_drafts_is_led_on(self):
        for id, path, into in (self.never, "organisations", self.kept), (self.nobody, "people", self.person):
            for role in "editor", "admin":
                for tail in "", "/engagements":
                    answer = request("GET", f"{API}{path}/{id}{tail}", role=role)
                    self.assertEqual((answer.status, json.loads(answer.body)["merged_into"]["id"]), (308, into))
                self.assertEqual(json.loads(request("GET", f"{API}{path}/{id}/merge", role=role).body)["into"]["id"], into)

    def test_one_that_was_public_at_some_time_leads_on_for_ever(self):
        for id in self.once, self.open:
            for role in (*PUBLIC, "editor"):
                for tail in "", "/engagements", "?at=2008":
                    answer = request("GET", f"{API}organisations/{id}{tail}", role=role)
                    self.assertEqual((answer.status, json.loads(answer.body)["merged_into"]["id"]), (308, self.kept))
                self.assertEqual(request("HEAD", f"{API}organisations/{id}", role=role).status, 308)
                self.assertEqual(json.loads(request("GET", f"{API}organisations/{id}/merge", role=role).body)["into"]["id"], self.kept)
                found = json.loads(request("GET", f"{API}visits?organisation={id}", role=role).body)["items"]
                self.assertIn(self.visit, [i["id"] for i in found])

    def test_what_pointed_to_the_draft_shows_the_one_that_answers(self):
        for role in PUBLIC:
            visit = json.loads(request("GET", f"{API}visits/{self.visit}", role=role).body)
            self.assertEqual({p["organisation"]["id"] for p in visit["parties"]}, {self.kept})
            self.assertEqual(json.loads(request("GET", f"{API}organisations/{self.child}", role=role).body)["parent"]["id"], self.kept)

    def test_no_reference_is_made_by_an_id_one_cannot_know(self):
        headers = {"Authorization": "Bearer " + make_key("--scope", "write.visits")}
        for id, status in (self.never, 422), (self.once, 201), (self.open, 201), (NOBODY, 422):
            answer = request("POST", API + "visits", role=None, headers=headers,
                             json={"title": "V", "parties": [{"role": "host", "organisation": {"id": id}}]})
            self.assertEqual(answer.status, status, answer.body)

    def test_a_refused_write_tells_no_more_than_a_read(self):
        headers = {**PATCH, "Authorization": "Bearer " + make_key("--scope", "write.visits")}
        for id, status in (self.never, 404), (self.once, 403), (self.open, 403), (NOBODY, 404):
            answer = request("PATCH", f"{API}organisations/{id}", json={}, role=None, headers=headers)
            self.assertEqual(answer.status, status, answer.body)
            answer = request("DELETE", f"{API}organisations/{id}/merge", role=None, headers=headers)
            self.assertEqual(answer.status, status, answer.body)


if __name__ == "__main__":
    unittest.main()
