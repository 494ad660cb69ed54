# SPDX-License-Identifier: Apache-2.0
"""Two records of one body, merged: what either knew of earlier times is known of the one that answers."""
import json
import unittest
import uuid

from harness import request

API = "/api/v1/"


def make(path, state="published", **members):
    answer = request("POST", API + path, json={"state": state, **members})
    assert answer.status == 201, answer.body
    return json.loads(answer.body)


def body(name, **members):
    return make("organisations", name=f"{name} {uuid.uuid4().hex[:8]}", **members)


def read(path, role="reader"):
    answer = request("GET", API + path, role=role)
    assert answer.status == 200, (path, answer.status, answer.body)
    return json.loads(answer.body)


def merge(record, into):
    return request("POST", f"{API}organisations/{record['id']}/merge", json={"into": into["id"]})


def named(record):
    return {"id": record["id"], "name": record["name"]}


class Merged(unittest.TestCase):
    def merged(self, record, into):
        answer = merge(record, into)
        self.assertEqual(answer.status, 200, answer.body)

    def at(self, record, date, role="reader"):
        return read(f"organisations/{record['id']}?at={date}", role)["at"]

    def test_each_time(self):
        """One record knows the body until 2000, its twin afterwards, and both what became of it."""
        first, second, heir, branch = body("First parent"), body("Second parent"), body("Heir"), body("Branch")
        old = body("Twin", active="1990/2012", names=[{"name": "Nineties name", "kind": "former", "from": "1990", "to": "2000"}],
                   relations=[{"kind": "part_of", "organisation": {"id": first["id"]}, "to": "2000"}],
                   successions=[{"kind": "absorbed", "organisation": {"id": heir["id"]}, "date": "2012"},
                                {"kind": "split", "organisation": {"id": branch["id"]}, "date": "1995"},
                                {"kind": "split", "name_as_written": "A desk", "date": "1996"}])
        new = body("Survivor", parent={"id": second["id"]}, names=[{"name": "Later name", "kind": "former", "from": "2001", "to": "2005"}],
                   relations=[{"kind": "part_of", "organisation": {"id": second["id"]}, "from": "2001", "to": "2005"}],
                   successions=[{"kind": "absorbed", "organisation": {"id": heir["id"]}, "date": "2012-06"},
                                {"kind": "split", "name_as_written": "A desk", "date": "1996"}])
        self.merged(old, new)
        desk = {"name": "A desk", "kind": "split", "date": "1996"}
        split = {**named(branch), "kind": "split", "date": "1995"}
        gone = {**named(heir), "kind": "absorbed", "date": "2012-06"}
        for date, name, parent, successors, exists in (
                ("1989", new["name"], named(first), [], False),
                ("1994", "Nineties name", named(first), [], True),
                ("1998", "Nineties name", named(first), [desk, split], True),
                ("2003-05", "Later name", named(second), [desk, split], True),
                ("2008", new["name"], named(second), [desk, split], True),
                ("2013", new["name"], named(second), [gone, desk, split], False)):
            with self.subTest(date):
                self.assertEqual(self.at(new, date), {"date": date, "name": name, "parent": parent, "successors": successors, "exists": exists})
        self.assertEqual(request("DELETE", f"{API}organisations/{old['id']}/merge").status, 200)
        self.assertEqual((self.at(new, "1998")["name"], self.at(new, "1998")["successors"]), (new["name"], [desk]))
        self.assertEqual(self.at(old, "1998")["name"], "Nineties name")

    def test_its_own_names_come_first(self):
        old = body("Twin", names=[{"name": "As the twin has it", "kind": "former", "to": "2010"}])
        new = body("Survivor", names=[{"name": "As it has it", "kind": "former", "to": "2010"}])
        self.merged(old, new)
        self.assertEqual(self.at(new, "2008-05")["name"], "As it has it")

    def test_what_a_draft_tells_is_for_those_who_see_drafts(self):
        parent, heir = body("Parent"), body("Heir")
        old = body("Draft", state="draft", active="1990/2000", names=[{"name": "Secret of old", "kind": "former", "to": "2010"}],
                   relations=[{"kind": "part_of", "organisation": {"id": parent["id"]}, "to": "2010"}],
                   successions=[{"kind": "renamed", "organisation": {"id": heir["id"]}, "date": "2000"}])
        new = body("Known")
        visit = make("visits", title="T", dates="2008-05", parties=[{"role": "host", "organisation": {"id": new["id"]}}])
        self.merged(old, new)
        nothing = {"date": "2008-05", "name": new["name"], "parent": None, "successors": [], "exists": None}
        for role in (None, "reader"):
            self.assertEqual(self.at(new, "2008-05", role), nothing)
            self.assertEqual(read(f"visits/{visit['id']}", role)["parties"][0]["organisation"], named(new))
        told = self.at(new, "2008-05", "admin")
        self.assertEqual((told["name"], told["parent"], told["exists"], len(told["successors"])), ("Secret of old", named(parent), False, 1))
        self.assertEqual(read(f"visits/{visit['id']}", "admin")["parties"][0]["organisation"],
                         {"id": new["id"], "name": "Secret of old", "now": named(heir)})

    def test_a_visit_that_named_the_one_that_answers_shows_the_name_of_its_time(self):
        heir, last = body("Heir"), body("Last")
        old = body("Twin", names=[{"name": "Name of old", "kind": "former", "to": "2010"}],
                   successions=[{"kind": "renamed", "organisation": {"id": heir["id"]}, "date": "2012"}])
        new = body("Survivor")
        heirs_twin = body("Heir's twin", successions=[{"kind": "renamed", "organisation": {"id": last["id"]}, "date": "2014"}])
        visits = [make("visits", title="T", dates=d, parties=[{"role": "host", "organisation": {"id": new["id"]}}]) for d in ("2008-05", "2011")]
        self.merged(old, new)
        self.merged(heirs_twin, heir)
        for visit, name in zip(visits, ("Name of old", new["name"])):
            self.assertEqual(read(f"visits/{visit['id']}")["parties"][0]["organisation"], {"id": new["id"], "name": name, "now": named(last)})
            shown = read(f"visits?id={visit['id']}&include=parties")["items"][0]["parties"][0]["organisation"]
            self.assertEqual((shown["name"], shown["now"]), (name, named(last)))


class Related(unittest.TestCase):
    """What either record answers for already belongs to the two bodies as well."""

    def refused(self, record, into, code):
        for query in "?dry_run=true", "":
            answer = request("POST", f"{API}organisations/{record['id']}/merge{query}", json={"into": into["id"]})
            told = json.loads(answer.body)
            found = {p["code"] for p in told["problems" if query else "errors"]}
            self.assertEqual((answer.status, found), (200 if query else 409, {code}), told)
        self.assertEqual(read("organisations/" + record["id"])["id"], record["id"])

    def test_an_alias_of_either_is_known_to_be_another(self):
        for kid, item in (("relations", {"kind": "partner"}), ("successions", {"kind": "split", "date": "2001"})):
            for way in "of the survivor", "of the merged", "to an alias":
                with self.subTest(kid=kid, way=way):
                    a, b, twin = body("A"), body("B"), body("Twin")
                    holder = twin if way != "to an alias" else b
                    named_by = {"of the survivor": b, "of the merged": a, "to an alias": twin}[way]
                    answer = request("PATCH", f"{API}organisations/{holder['id']}", json={kid: [{**item, "organisation": {"id": named_by["id"]}}]},
                                     headers={"If-Match": "*", "Content-Type": "application/merge-patch+json"})
                    self.assertEqual(answer.status, 200, answer.body)
                    self.assertEqual(merge(twin, b if way == "of the merged" else a).status, 200)
                    self.refused(a, b, "related")
                    self.refused(b, a, "related")

    def test_circles_through_an_alias(self):
        """twin, merged into a, is part of (or became) middle, and middle of end: a and end cannot be one."""
        for kid, kind in (("relations", "part_of"), ("successions", "absorbed")):
            with self.subTest(kid):
                end, a = body("End"), body("A")
                middle = body("Middle", **{kid: [{"kind": kind, "organisation": {"id": end["id"]}}]})
                twin = body("Twin", **{kid: [{"kind": kind, "organisation": {"id": middle["id"]}}]})
                self.assertEqual(merge(twin, a).status, 200)
                self.refused(a, end, "cycle")
                self.refused(end, a, "cycle")
                answer = request("PATCH", f"{API}organisations/{end['id']}", json={kid: [{"kind": kind, "organisation": {"id": a["id"]}}]},
                                 headers={"If-Match": "*", "Content-Type": "application/merge-patch+json"})
                self.assertEqual((answer.status, json.loads(answer.body)["errors"][0]["code"]), (422, "cycle"))
                self.assertEqual(request("DELETE", f"{API}organisations/{twin['id']}/merge").status, 200)
                self.assertEqual(merge(a, end).status, 200)

    def test_times_that_do_not_meet_are_no_circle(self):
        end, a = body("End"), body("A")
        middle = body("Middle", relations=[{"kind": "part_of", "organisation": {"id": end["id"]}, "from": "2001"}])
        twin = body("Twin", relations=[{"kind": "part_of", "organisation": {"id": middle["id"]}, "to": "2000"}])
        self.assertEqual(merge(twin, a).status, 200)
        self.assertEqual(merge(a, end).status, 200)


if __name__ == "__main__":
    unittest.main()
