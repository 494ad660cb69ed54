# SPDX-License-Identifier: Apache-2.0
"""Merging two records of the directory: the old id leads on, nothing is rewritten, undo gives all back.

Where something is read before and after a change, the role is reader: nginx keeps public answers for a second."""
import concurrent.futures
import json
import re
import unittest
import uuid

from harness import make_key, request

API = "/api/v1"
PATCH = {"Content-Type": "application/merge-patch+json", "If-Match": "*"}


def read(path, role="admin"):
    answer = request("GET", API + path, role=role)
    assert answer.status == 200, (path, answer.status, answer.body)
    return json.loads(answer.body)


def make(path, **members):
    answer = request("POST", f"{API}/{path}", json={"state": "published", **members})
    assert answer.status == 201, answer.body
    return json.loads(answer.body)


def body(name, **members):
    return make("organisations", name=f"{name} {uuid.uuid4().hex[:8]}", **members)


def merge(record, into, path="organisations", **options):
    query = "?dry_run=true" if options.pop("dry", False) else ""
    return request("POST", f"{API}/{path}/{record['id']}/merge{query}", json={"into": into["id"]}, **options)


def undo(record, path="organisations"):
    return request("DELETE", f"{API}/{path}/{record['id']}/merge")


def codes(answer):
    return sorted(e["code"] for e in json.loads(answer.body).get("errors", []))


def ids(path, role="admin"):
    return [item["id"] for item in read(path, role)["items"]]


class WhatWasKnownBefore(unittest.TestCase):
    def test_the_name_of_the_time_stays_with_what_named_the_old_record(self):
        old, new = body("Ministry today", names=[{"name": "Ministry of old", "kind": "former", "to": "2010"}]), body("Ministry twin")
        visit = make("visits", title="In its time", dates="2008-05", parties=[{"role": "host", "organisation": {"id": old["id"]}}])
        self.assertEqual(merge(old, new).status, 200)
        shown = read(f"/visits/{visit['id']}", "reader")["parties"][0]["organisation"]
        self.assertEqual((shown["id"], shown["name"]), (new["id"], "Ministry of old"))

    def test_former_names_of_a_merged_draft_are_for_those_who_see_drafts(self):
        old = body("Draft", state="draft", names=[{"name": "Secret of old", "kind": "former", "to": "2010"}])
        new = body("Known")
        visit = make("visits", title="In its time", dates="2008-05", parties=[{"role": "host", "organisation": {"id": old["id"]}}])
        self.assertEqual(merge(old, new).status, 200)
        for role, name in (("admin", "Secret of old"), ("reader", new["name"])):
            self.assertEqual(read(f"/visits/{visit['id']}", role)["parties"][0]["organisation"]["name"], name)

    def test_posts_of_a_merged_draft_are_for_those_who_see_drafts(self):
        host = body("Host")
        old = make("people", name="Hidden", state="draft", memberships=[{"organisation": {"id": host["id"]}, "post": "SECRET POST"}])
        new = make("people", name="Seen")
        self.assertEqual(merge(old, new, "people").status, 200)
        for role, seen in (("admin", 1), ("reader", 0)):
            self.assertEqual(len(read(f"/people/{new['id']}/engagements", role)["items"]), seen)
            self.assertEqual(len(ids(f"/people?organisation={host['id']}", role)), seen)


class Repeated(unittest.TestCase):
    def test_a_repeated_merge_gets_its_first_answer_also_after_an_undo(self):
        old, new, other = body("Old"), body("New"), body("Other")
        headers = {"Idempotency-Key": uuid.uuid4().hex}
        first = merge(old, new, headers=headers)
        self.assertEqual(first.status, 200)
        self.assertEqual(undo(old).status, 200)
        again = merge(old, new, headers=headers)
        self.assertEqual((again.status, again.body, again.headers["Idempotency-Replayed"]), (200, first.body, "true"))
        self.assertEqual(read(f"/organisations/{old['id']}")["id"], old["id"])
        reused = merge(old, other, headers=headers)
        self.assertEqual((reused.status, json.loads(reused.body)["type"].rsplit(":", 1)[-1]), (422, "idempotency_key_reused"))
        self.assertEqual(merge(other, new, headers=headers).status, 200)  # of another record it is another request


class OldAddress(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.old, cls.new = body("Old"), body("New")
        assert merge(cls.old, cls.new).status == 200

    def test_it_leads_to_the_record_that_answers_and_keeps_the_query(self):
        for role in (None, "reader", "admin"):
            for method in ("GET", "HEAD"):
                answer = request(method, f"{API}/organisations/{self.old['id']}?fields=name&labels=fr", role=role)
                self.assertEqual(answer.status, 308)
                self.assertEqual(answer.headers["Location"].split(API)[1], f"/organisations/{self.new['id']}?fields=name&labels=fr")
                self.assertIn("no-cache", answer.headers["Cache-Control"])
        self.assertEqual(json.loads(request("GET", f"{API}/organisations/{self.old['id']}").body),
                         {"merged_into": {"id": self.new["id"], "name": self.new["name"]}})

    def test_no_tag_of_its_own_matches(self):
        for tag in ("*", '"2.1.00000000.w.j"'):
            answer = request("GET", f"{API}/organisations/{self.old['id']}", headers={"If-None-Match": tag})
            self.assertEqual(answer.status, 308)
            self.assertNotIn("ETag", answer.headers)

    def test_writes_are_refused_and_told_where_to_go(self):
        path = f"{API}/organisations/{self.old['id']}"
        for answer in (request("PATCH", path, json={"acronym": "X"}, headers=PATCH), request("DELETE", path, headers={"If-Match": "*"}),
                       request("PUT", path, json={"name": "X"}, headers={"If-Match": "*"}),
                       request("PUT", path, json={"name": "X"}, headers={"If-None-Match": "*"})):
            self.assertEqual(answer.status, 409, answer.body)
            problem = json.loads(answer.body)
            self.assertEqual(problem["type"], "urn:ziara:problem:merged")
            self.assertIn(self.new["id"], problem["detail"])

    def test_it_is_in_no_list(self):
        for role in (None, "reader", "admin"):
            found = read(f"/organisations?name.prefix={self.old['name'].replace(' ', '%20')}&count=exact", role)
            self.assertEqual((found["items"], found["total"]), ([], 0))
            self.assertEqual(ids(f"/organisations?id={self.old['id']}", role), [self.new["id"]])
            self.assertEqual(ids(f"/organisations?id.in={self.old['id']},{self.new['id']}", role), [self.new["id"]])

    def test_what_was_merged_can_be_read_beside_the_one_that_answers(self):
        for asked in (self.old, self.new):
            told = read(f"/organisations/{asked['id']}/merge", None)
            self.assertEqual(told["into"], {"id": self.new["id"], "name": self.new["name"]})
            self.assertEqual([(m["id"], m["name"]) for m in told["merged"]], [(self.old["id"], self.old["name"])])
        alone = body("Alone")
        self.assertEqual(read(f"/organisations/{alone['id']}/merge")["merged"], [])

    def test_who_answers_for_others_is_not_deleted(self):
        answer = request("DELETE", f"{API}/organisations/{self.new['id']}", headers={"If-Match": "*"})
        self.assertEqual((answer.status, codes(answer)), (409, ["answers_for"]))
        self.assertIn(self.old["id"], json.loads(answer.body)["errors"][0]["detail"])


class References(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.old, cls.new = body("Old"), body("New")
        cls.child = body("Child", parent={"id": cls.old["id"]})
        cls.person, cls.twin = (make("people", name=f"Person {n} {uuid.uuid4().hex[:8]}", memberships=[
            {"organisation": {"id": cls.old["id"]}, "post": "Director"}, {"organisation": {"id": cls.new["id"]}, "post": "Director"}])
            for n in "ab")
        seat = {"capacity": "counterpart", "public_office": True}
        cls.visit = make("visits", title="Merged", dates="2018-07", parties=[
            {"role": "host", "organisation": {"id": cls.old["id"]}}, {"role": "host", "organisation": {"id": cls.new["id"]}},
            {"role": "funder", "name_as_written": "A fund", "via": {"id": cls.old["id"]}}],
            seats=[{**seat, "person": {"id": cls.person["id"]}, "organisation": {"id": cls.old["id"]}}],
            meetings=[{"subject": "One", "seats": [{**seat, "person": {"id": cls.twin["id"]}, "on_behalf_of": {"id": cls.old["id"]}}]}],
            recommendations=[{"text": "Do", "addressees": [{"organisation": {"id": cls.old["id"]}}]}])
        cls.programme = make("programmes", title=f"P {uuid.uuid4().hex[:8]}", parties=[
            {"role": "implementing", "organisation": {"id": cls.old["id"]}}])
        cls.before = read(f"/visits/{cls.visit['id']}")
        assert merge(cls.old, cls.new).status == 200
        assert merge(cls.person, cls.twin, "people").status == 200

    def everything(self, role=None):
        v = read(f"/visits/{self.visit['id']}", role)
        return v, [v["parties"][0]["organisation"], v["parties"][1]["organisation"], v["parties"][2]["via"],
                   v["seats"][0]["organisation"], v["meetings"][0]["seats"][0]["on_behalf_of"],
                   v["recommendations"][0]["addressees"][0]["organisation"]]

    def test_references_lead_to_the_record_that_answers_and_repeated_ones_stay(self):
        for role in (None, "reader", "admin"):
            visit, found = self.everything(role)
            self.assertEqual(found, [{"id": self.new["id"], "name": self.new["name"]}] * 6)
            twin = {"id": self.twin["id"], "name": self.twin["name"]}
            self.assertEqual([visit["seats"][0]["person"], visit["meetings"][0]["seats"][0]["person"]], [twin, twin])
            self.assertEqual(visit["version"], 1)
        self.assertEqual([m["organisation"]["id"] for m in read(f"/people/{self.twin['id']}")["memberships"]], [self.new["id"]] * 2)
        merged = read(f"/people/{self.twin['id']}/merge")["merged"]
        self.assertEqual([(m["post"], m["organisation"]["id"]) for m in merged[0]["memberships"]], [("Director", self.new["id"])] * 2)
        self.assertEqual(read(f"/organisations/{self.child['id']}", None)["parent"], {"id": self.new["id"], "name": self.new["name"]})

    def test_lists_and_children_lead_there_too(self):
        rows = read(f"/visits?id={self.visit['id']}&include=parties,seats", None)["items"][0]
        self.assertEqual([rows["parties"][0]["organisation"]["id"], rows["seats"][0]["organisation"]["id"]], [self.new["id"]] * 2)
        meeting = read(f"/meetings?visit={self.visit['id']}", None)["items"][0]
        self.assertEqual(meeting["seats"][0]["on_behalf_of"]["name"], self.new["name"])
        child = read(f"/organisations?id={self.child['id']}", None)["items"][0]
        self.assertEqual(child["parent"], {"id": self.new["id"], "name": self.new["name"]})

    def test_filters_find_by_either_id_what_points_to_any(self):
        visit, child, programme = self.visit["id"], self.child["id"], self.programme["id"]
        other = body("Other")["id"]
        for role in (None, "admin"):
            for asked in (self.old["id"], self.new["id"]):
                for query in (f"organisation={asked}", f"organisation={asked}&sort=title", f"organisation.in={other},{asked}",
                              f"organisation={asked}&organisation_role=host"):
                    self.assertIn(visit, ids("/visits?" + query, role), query)
                    self.assertEqual(read("/visits?count=exact&" + query, role)["total"], 1, query)
                self.assertEqual(ids(f"/programmes?organisation={asked}&organisation_role=implementing", role), [programme])
                self.assertEqual(ids(f"/organisations?parent={asked}", role), [child])
            for asked in (self.person["id"], self.twin["id"]):
                self.assertEqual(ids(f"/visits?person={asked}", role), [visit])
        self.assertEqual(ids(f"/visits?organisation={other}"), [])

    def test_what_was_shown_is_sent_back_without_change(self):
        answer = request("GET", f"{API}/visits/{self.visit['id']}")
        again = request("PUT", f"{API}/visits/{self.visit['id']}", json=json.loads(answer.body), headers={"If-Match": answer.headers["ETag"]})
        self.assertEqual((again.status, json.loads(again.body)["version"]), (200, 1), again.body)
        child = request("GET", f"{API}/organisations/{self.child['id']}")
        again = request("PUT", f"{API}/organisations/{self.child['id']}", json=json.loads(child.body), headers={"If-Match": child.headers["ETag"]})
        self.assertEqual((again.status, json.loads(again.body)["version"]), (200, 1), again.body)
        # and so does what was read before the merge
        old = request("PUT", f"{API}/visits/{self.visit['id']}", json=self.before, headers={"If-Match": "*"})
        self.assertEqual((old.status, json.loads(old.body)["version"]), (200, 1), old.body)


class Undo(unittest.TestCase):
    def test_every_reference_is_as_before(self):
        old, new = body("Old", identifiers=[{"scheme": "T", "value": uuid.uuid4().hex}]), body("New")
        visit = make("visits", title="V", parties=[{"role": "host", "organisation": {"id": old["id"]}, "note": "one"}])
        path = f"/visits/{visit['id']}"
        before = read(path, None)
        merge(old, new)
        edited = read(path)
        edited["parties"][0]["note"] = "two"
        self.assertEqual(request("PUT", API + path, json=edited, headers={"If-Match": "*"}).status, 200)
        tag = request("GET", API + path).headers["ETag"]
        answer = undo(old)
        self.assertEqual((answer.status, json.loads(answer.body)["id"]), (200, old["id"]))
        after = read(path, None)
        self.assertEqual(after["parties"][0]["organisation"], before["parties"][0]["organisation"])
        self.assertEqual(request("GET", API + path, headers={"If-None-Match": tag}).status, 200)
        self.assertEqual(read(f"/organisations/{old['id']}", None)["identifiers"], old["identifiers"])
        self.assertEqual(ids(f"/visits?organisation={new['id']}"), [])
        value = "T-" + old["identifiers"][0]["value"]
        self.assertEqual(ids(f"/organisations?identifier={value}"), [old["id"]])
        self.assertEqual(request("DELETE", f"{API}/organisations/{new['id']}", headers={"If-Match": "*"}).status, 204)

    def test_what_is_not_merged_cannot_be_undone(self):
        answer = undo(body("Alone"))
        self.assertEqual((answer.status, json.loads(answer.body)["type"]), (409, "urn:ziara:problem:not_merged"))
        self.assertEqual(undo({"id": str(uuid.uuid4())}).status, 404)

    def test_a_chain_is_one_hop_and_comes_apart_as_it_was_made(self):
        a, b, c, d = (body(n) for n in "abcd")
        for record, into in ((c, a), (d, c), (a, b)):
            merge(record, into)
        self.assertEqual(merge(d, c).status, 409)  # merged already, and into a record that was, too
        self.assertEqual([goes(r) for r in (a, c)], [b["id"]] * 2)
        self.assertEqual(undo(a).status, 200)
        self.assertEqual([goes(r) for r in (a, b, c)], ["", "", a["id"]])
        self.assertEqual(undo(c).status, 200)
        self.assertEqual([goes(r) for r in (a, c)], ["", ""])

    def test_a_chain_made_from_its_end(self):
        a, b, c = (body(n) for n in "abc")
        merge(a, b)
        merge(b, c)
        told = read(f"/organisations/{a['id']}/merge")
        self.assertEqual(told["into"]["id"], c["id"])
        self.assertEqual({m["id"] for m in told["merged"]}, {a["id"], b["id"]})
        self.assertEqual(undo(a).status, 200)  # out of the middle
        self.assertEqual([m["id"] for m in read(f"/organisations/{c['id']}/merge")["merged"]], [b["id"]])
        merge(a, b.copy() | {"id": c["id"]})
        self.assertEqual(undo(b).status, 200)
        self.assertEqual([m["id"] for m in read(f"/organisations/{c['id']}/merge")["merged"]], [a["id"]])


class Identifiers(unittest.TestCase):
    def test_both_sets_answer_in_filters_and_in_bodies(self):
        one, two = uuid.uuid4().hex, uuid.uuid4().hex
        old, new = body("Old", identifiers=[{"scheme": "T", "value": one}]), body("New", identifiers=[{"scheme": "T", "value": two}])
        merge(old, new)
        for value in (one, two):
            self.assertEqual(ids(f"/organisations?identifier=T-{value}", "reader"), [new["id"]])
            made = body("Child", parent={"identifier": "T-" + value})
            self.assertEqual(made["parent"]["id"], new["id"])
        taken = request("POST", f"{API}/organisations", json={"name": "Third", "identifiers": [{"scheme": "T", "value": one}]})
        self.assertEqual(taken.status, 409)
        # a later change of the survivor keeps what it answers for
        request("PATCH", f"{API}/organisations/{new['id']}", json={"identifiers": []}, headers=PATCH)
        self.assertEqual(ids(f"/organisations?identifier=T-{one}", "reader"), [new["id"]])
        self.assertEqual(ids(f"/organisations?identifier=T-{two}", "reader"), [])

    def test_a_draft_that_was_merged_tells_the_public_nothing(self):
        value = uuid.uuid4().hex
        draft, new = body("Draft", state="draft", identifiers=[{"scheme": "T", "value": value}]), body("New")
        self.assertEqual(merge(draft, new).status, 200)
        self.assertEqual(ids(f"/organisations?identifier=T-{value}", None), [])
        self.assertEqual(ids(f"/organisations?identifier=T-{value}", "admin"), [new["id"]])
        self.assertEqual(read(f"/organisations/{new['id']}/merge", None)["merged"], [])
        self.assertEqual(len(read(f"/organisations/{new['id']}/merge")["merged"]), 1)
        key = make_key("--scope", "write.visits")
        for reference, status in (({"identifier": "T-" + value}, 422), ({"name": draft["name"], "create": True}, 403),
                                  ({"name": new["name"], "create": True}, 201)):
            answer = request("POST", f"{API}/visits", role=None, headers={"Authorization": "Bearer " + key},
                             json={"title": "V", "parties": [{"role": "host", "organisation": reference}]})
            self.assertEqual(answer.status, status, answer.body)

    def test_a_name_that_is_there_gives_the_record_that_answers(self):
        old = body("Same", country="GH")
        new = make("organisations", name=old["name"], country="GH")
        reference = {"name": old["name"], "country": "GH", "create": True}
        visit = {"title": "V", "parties": [{"role": "host", "organisation": reference}]}
        ambiguous = request("POST", f"{API}/visits", json=visit)
        self.assertEqual((ambiguous.status, codes(ambiguous)), (422, ["ambiguous"]))
        merge(old, new)
        made = request("POST", f"{API}/visits", json=visit)
        self.assertEqual(json.loads(made.body)["parties"][0]["organisation"]["id"], new["id"])
        other, last = body("Other"), body("Last")
        merge(other, last)
        made = make("visits", title="V", parties=[{"role": "host", "organisation": {"name": other["name"], "create": True}}])
        self.assertEqual(made["parties"][0]["organisation"], {"id": last["id"], "name": last["name"]})

    def test_a_reference_by_the_old_id_is_kept_as_it_was_meant(self):
        old, new = body("Old"), body("New")
        merge(old, new)
        visit = make("visits", title="V", parties=[{"role": "host", "organisation": {"id": old["id"]}}])
        self.assertEqual(visit["parties"][0]["organisation"], {"id": new["id"], "name": new["name"]})
        undo(old)
        self.assertEqual(read(f"/visits/{visit['id']}")["parties"][0]["organisation"]["id"], old["id"])


class States(unittest.TestCase):
    def test_what_is_public_does_not_vanish_in_a_draft(self):
        answer = merge(body("Public"), body("Draft", state="draft"))
        self.assertEqual((answer.status, codes(answer)), (409, ["not_public"]))

    def test_who_answers_for_published_records_stays_published(self):
        """As merging one into a draft is refused, for it would vanish."""
        old, kept, draft = body("Old"), body("Kept"), body("Draft", state="draft")
        for record in (old, draft):
            self.assertEqual(merge(record, kept).status, 200)
        path = f"{API}/organisations/{kept['id']}"
        for state in ("withdrawn", "draft"):
            answer = request("PATCH", path, json={"state": state}, headers=PATCH)
            self.assertEqual((answer.status, codes(answer)), (409, ["answers_for"]), answer.body)
            self.assertIn(old["id"], answer.body.decode())
            self.assertNotIn(draft["id"], answer.body.decode())
        self.assertEqual(request("GET", path, role=None).status, 200)
        self.assertEqual(undo(old).status, 200)
        self.assertEqual(request("PATCH", path, json={"state": "withdrawn"}, headers=PATCH).status, 200)

    def test_a_reference_to_a_merged_draft_shows_the_public_record(self):
        draft, public = body("Draft", state="draft"), body("Public")
        visit = make("visits", title="V", parties=[{"role": "host", "organisation": {"id": draft["id"]}}])
        child = body("Child", parent={"id": draft["id"]})
        self.assertEqual(read(f"/visits/{visit['id']}", "reader")["parties"], [])
        self.assertEqual(ids(f"/organisations?parent.null=true&id={child['id']}", "reader"), [child["id"]])
        merge(draft, public)
        self.assertEqual(read(f"/visits/{visit['id']}", "reader")["parties"][0]["organisation"]["id"], public["id"])
        self.assertEqual(ids(f"/organisations?parent.null=true&id={child['id']}", "reader"), [])
        for asked, role, found in ((public, "reader", True), (draft, "admin", True), (draft, "reader", False)):
            self.assertEqual(ids(f"/visits?organisation={asked['id']}", role), [visit["id"]] if found else [])
            self.assertEqual(ids(f"/organisations?parent={asked['id']}", role), [child["id"]] if found else [])
        # what answers goes back: so does everything that leads to it
        request("PATCH", f"{API}/organisations/{public['id']}", json={"state": "withdrawn"}, headers=PATCH)
        self.assertEqual(read(f"/visits/{visit['id']}", "reader")["parties"], [])
        for asked in (draft, public):
            for query in (f"/visits?organisation={asked['id']}", f"/visits?organisation.in={asked['id']},{uuid.uuid4()}",
                          f"/organisations?parent={asked['id']}"):
                self.assertEqual(ids(query, "reader"), [], query)
            self.assertEqual(request("GET", f"{API}/organisations/{asked['id']}", role="reader").status, 404)
            self.assertEqual(request("GET", f"{API}/organisations/{asked['id']}/merge", role="reader").status, 404)
        self.assertEqual(request("GET", f"{API}/organisations/{draft['id']}").status, 308)


class Refusals(unittest.TestCase):
    def refused(self, record, into, status, *expected):
        dry = merge(record, into, dry=True)
        self.assertEqual(dry.status, 200)
        self.assertEqual([p["code"] for p in json.loads(dry.body)["problems"]], list(expected))
        answer = merge(record, into)
        self.assertEqual((answer.status, codes(answer)), (status, sorted(expected)), answer.body)

    def test_itself_and_nobody(self):
        one = body("One")
        self.refused(one, one, 422, "itself")
        self.refused(one, {"id": str(uuid.uuid4())}, 422, "not_found")
        self.assertEqual(merge({"id": str(uuid.uuid4())}, one).status, 404)

    def test_a_record_that_is_merged_is_no_target(self):
        a, b, c = (body(n) for n in "abc")
        merge(a, b)
        self.refused(c, a, 409, "merged")
        self.assertIn(b["id"], json.loads(merge(c, a).body)["errors"][0]["detail"])
        self.refused(b, a, 409, "merged")
        self.refused(a, c, 409, "merged")
        again = merge(a, b)
        self.assertEqual((again.status, json.loads(again.body)["version"]), (200, 2))

    def test_parents(self):
        top = body("Top")
        middle = body("Middle", parent={"id": top["id"]})
        low = body("Low", parent={"id": middle["id"]})
        self.refused(top, low, 409, "cycle")
        alias = body("Alias")
        merge(alias, middle)
        under = body("Under", parent={"id": alias["id"]})
        self.refused(top, under, 409, "cycle")  # through an alias
        self.assertEqual(merge(low, top).status, 200)  # downwards is no circle
        answer = request("PATCH", f"{API}/organisations/{top['id']}", json={"parent": {"id": under["id"]}}, headers=PATCH)
        self.assertEqual((answer.status, codes(answer)), (422, ["cycle"]))

    def test_undoing_does_not_close_a_circle(self):
        new, under = body("New"), body("Under")
        old = body("Old", parent={"id": under["id"]})
        merge(old, new)
        answer = request("PATCH", f"{API}/organisations/{under['id']}", json={"parent": {"id": old["id"]}}, headers=PATCH)
        self.assertEqual(answer.status, 200, answer.body)
        answer = undo(old)
        self.assertEqual((answer.status, codes(answer)), (409, ["cycle"]))
        self.assertEqual(request("GET", f"{API}/organisations/{old['id']}").status, 308)

    def test_successions(self):
        heir = body("Heir")
        old = body("Old", successions=[{"kind": "renamed", "organisation": {"id": heir["id"]}, "date": "2022"}])
        self.refused(old, heir, 409, "related")
        self.refused(heir, old, 409, "related")
        # first → middle → last: either merged into the other would be its own successor
        last = body("Last")
        middle = body("Middle", successions=[{"kind": "absorbed", "organisation": {"id": last["id"]}}])
        first = body("First", successions=[{"kind": "renamed", "organisation": {"id": middle["id"]}}])
        self.refused(last, first, 409, "cycle")
        self.refused(first, last, 409, "cycle")

    def test_a_succession_is_followed_through_merged_records(self):
        alias, heir = body("Alias"), body("Heir")
        merge(alias, heir)
        answer = request("PATCH", f"{API}/organisations/{heir['id']}", headers=PATCH, json={"successions": [
            {"kind": "renamed", "organisation": {"id": alias["id"]}}]})
        self.assertEqual((answer.status, codes(answer)), (422, ["cycle"]))
        old = body("Old", successions=[{"kind": "renamed", "organisation": {"id": alias["id"]}, "date": "2022"}])
        visit = make("visits", title="V", dates="2018", parties=[{"role": "host", "organisation": {"id": old["id"]}}])
        self.assertEqual(visit["parties"][0]["organisation"]["now"], {"id": heir["id"], "name": heir["name"]})

    def test_requests_that_are_wrong(self):
        a, b = body("A"), body("B")
        path = f"{API}/organisations/{a['id']}/merge"
        for content, code in (({}, "required"), ({"into": 1}, "format"), ({"into": b["id"], "x": 1}, "unknown")):
            answer = request("POST", path, json=content)
            self.assertEqual((answer.status, codes(answer)), (422, [code]))
        self.assertEqual(request("POST", path + "?dry_run=perhaps", json={"into": b["id"]}).status, 400)
        self.assertEqual(request("POST", path + "?dry=true", json={"into": b["id"]}).status, 400)
        self.assertEqual(request("PUT", path, json={"into": b["id"]}).status, 405)
        self.assertEqual(request("POST", f"{API}/programmes/{a['id']}/merge", json={"into": b["id"]}).status, 404)
        self.assertEqual(merge(a, b, headers={"If-Match": '"7.1.00000000.w.j"'}).status, 412)
        self.assertEqual(merge(a, b, role=None).status, 401)
        self.assertEqual(merge(a, b, role="reader").status, 403)
        key = make_key("--scope", "write.visits")
        self.assertEqual(merge(a, b, role=None, headers={"Authorization": "Bearer " + key}).status, 403)
        self.assertEqual(merge(a, b, headers={"If-Match": '"1.1.00000000.w.j"'}).status, 200)


class Plan(unittest.TestCase):
    def test_it_tells_what_would_change_and_changes_nothing(self):
        old, new = body("Old", acronym="O", identifiers=[{"scheme": "T", "value": uuid.uuid4().hex}],
                        names=[{"name": "Ancient", "kind": "former", "to": "2001"}]), body("New")
        earlier = body("Earlier")
        merge(earlier, old)
        party = lambda record, role: {"role": role, "organisation": {"id": record["id"]}}
        make("visits", title="V1", parties=[party(old, "host"), party(earlier, "host"), party(old, "funder")])
        make("visits", title="V2", state="draft", parties=[party(old, "host")])
        make("programmes", title=f"P {uuid.uuid4().hex[:8]}", parties=[party(old, "implementing")])
        body("Child", parent={"id": old["id"]})
        epoch = request("GET", f"{API}/organisations/{old['id']}").headers["ETag"]
        answer = merge(old, new, dry=True)
        self.assertEqual((answer.status, answer.headers["Cache-Control"]), (200, "private, no-store"))
        plan = json.loads(answer.body)
        self.assertEqual(plan["merges"], {"id": old["id"], "name": old["name"]})
        self.assertEqual(plan["into"], {"id": new["id"], "name": new["name"]})
        count = {(r["in"], r["at"], r.get("role")): (r["items"], r["records"]) for r in plan["references"]}
        self.assertEqual(count, {("visits", "parties.organisation", "host"): (3, 2), ("visits", "parties.organisation", "funder"): (1, 1),
                                 ("programmes", "parties.organisation", "implementing"): (1, 1), ("organisations", "parent", None): (1, 1)})
        self.assertEqual(plan["names"], [old["name"], "Ancient", earlier["name"]])
        self.assertEqual(plan["identifiers"], ["T-" + old["identifiers"][0]["value"]])
        self.assertEqual(plan["holds"], [{"at": "identifiers", "items": 1}, {"at": "names", "items": 1}])
        self.assertEqual((plan["problems"], plan["done"]), ([], False))
        self.assertEqual(request("GET", f"{API}/organisations/{old['id']}").headers["ETag"], epoch)
        self.assertEqual(read(f"/organisations/{new['id']}")["version"], 1)
        # who may not see drafts of visits does not count them
        key = make_key("--scope", "write.directory")
        seen = merge(old, new, dry=True, role=None, headers={"Authorization": "Bearer " + key})
        count = {(r["in"], r.get("role")): r["records"] for r in json.loads(seen.body)["references"]}
        self.assertEqual(count[("visits", "host")], 1)

    def test_posts_and_contacts_of_people_are_counted(self):
        ministry = body("Ministry")
        post = {"organisation": {"id": ministry["id"]}, "post": "Director"}
        earlier, old, new = (make("people", name=n, memberships=[post] * posts, contacts=[{"kind": "email", "value": n + "@example.org"}] * mails)
                             for n, posts, mails in (("Earlier", 2, 0), ("Old", 1, 1), ("New", 3, 0)))
        self.assertEqual(merge(earlier, old, "people").status, 200)
        plan = json.loads(merge(old, new, "people", dry=True).body)
        self.assertEqual(plan["holds"], [{"at": "memberships", "items": 3}, {"at": "contacts", "items": 1}])
        self.assertEqual(merge(old, new, "people").status, 200)
        told = {m["name"]: (len(m.get("memberships", [])), len(m.get("contacts", []))) for m in read(f"/people/{new['id']}/merge")["merged"]}
        self.assertEqual(told, {"Earlier": (2, 0), "Old": (1, 1)})

    def test_seats_of_people_are_counted_as_far_as_they_are_seen(self):
        old, new = (make("people", name=n) for n in ("Old", "New"))
        seat = lambda public: {"capacity": "member", "person": {"id": old["id"]}, "public_office": public}
        make("visits", title="V", seats=[seat(True), seat(False), seat(False)])
        key = make_key("--scope", "write.directory")
        for headers, items in (({}, 3), ({"Authorization": "Bearer " + key}, 1)):
            plan = json.loads(merge(old, new, "people", dry=True, role=None if headers else "admin", headers=headers).body)
            self.assertEqual([(r["at"], r["items"]) for r in plan["references"]], [("seats.person", items)])


def at_once(*calls):
    with concurrent.futures.ThreadPoolExecutor(len(calls)) as pool:
        return [done.result() for done in [pool.submit(call) for call in calls]]


def goes(record):
    return (request("GET", f"{API}/organisations/{record['id']}").headers.get("Location") or "").rsplit("/", 1)[-1]


class AtOnce(unittest.TestCase):
    def test_each_into_the_other_one_wins(self):
        for _ in range(8):
            a, b = body("A"), body("B")
            answers = at_once(lambda: merge(a, b), lambda: merge(b, a))
            self.assertEqual(sorted(x.status for x in answers), [200, 409], [x.body for x in answers])
            self.assertIn([goes(a), goes(b)], ([b["id"], ""], ["", a["id"]]))

    def test_a_chain_is_one_hop_whoever_comes_first(self):
        for _ in range(8):
            a, b, c = body("A"), body("B"), body("C")
            first, second = at_once(lambda: merge(a, b), lambda: merge(b, c))
            self.assertEqual(second.status, 200, second.body)
            self.assertIn(first.status, (200, 409), first.body)  # 409: b had been merged, and c is named
            self.assertEqual([goes(a), goes(b)], [c["id"] if first.status == 200 else "", c["id"]])

    def test_edits_of_both_and_of_what_points_to_them(self):
        for turn in range(6):
            a = body("A", identifiers=[{"scheme": "T", "value": uuid.uuid4().hex}])
            b, under = body("B"), body("Under", parent={"id": a["id"]})
            number, path = uuid.uuid4().hex, f"{API}/organisations/"
            patch = lambda record, change: request("PATCH", path + record["id"], json=change, headers=PATCH)
            merged, edit_a, edit_b, circle = at_once(
                lambda: merge(a, b), lambda: patch(a, {"acronym": "A"}), lambda: patch(b, {"identifiers": [{"scheme": "T", "value": number}]}),
                lambda: patch(b, {"parent": {"id": under["id"]}}) if turn % 2 else patch(under, {"acronym": "U"}))
            self.assertIn(edit_a.status, (200, 409), edit_a.body)  # 409: it was merged before
            self.assertEqual(edit_b.status, 200, edit_b.body)
            if turn % 2:  # one of the two that would close a circle is refused
                self.assertEqual(sorted((merged.status == 200, circle.status == 200)), [False, True], (merged.body, circle.body))
            else:
                self.assertEqual((merged.status, circle.status), (200, 200))
            self.assertEqual(ids(f"/organisations?identifier=T-{number}"), [b["id"]])
            holder = b if merged.status == 200 else a
            self.assertEqual(ids(f"/organisations?identifier=T-{a['identifiers'][0]['value']}"), [holder["id"]])
            self.assertEqual(ids(f"/organisations?parent={a['id']}"), [under["id"]])

    def test_merging_and_undoing(self):
        for _ in range(6):
            a, b = body("A"), body("B")
            merge(a, b)
            answers = at_once(lambda: undo(a), lambda: undo(a), lambda: merge(b, a))
            self.assertEqual(sorted(x.status for x in answers[:2]), [200, 409], [x.body for x in answers])
            self.assertIn([goes(a), goes(b)], (["", ""], ["", a["id"]]))

    def test_many_over_the_same_records_never_give_up(self):
        """They wait for one another: none is run again because of another, and none is answered 503."""
        def again():
            text = request("GET", f"{API}/metrics").body.decode()
            return float(re.search(r'^ziara_database_retries_total\{reason="deadlock"\} (\S+)$', text, re.M)[1])

        def some(first):
            pairs = [(a, b) for a in records for b in records if a is not b]
            return [undo(a) if i % 2 else merge(a, b) for i, (a, b) in enumerate((pairs[first:] + pairs[:first]) * 3)]

        records, before = [body("Turn") for _ in range(3)], again()
        answers = [answer for each in at_once(*(lambda first=first: some(first) for first in range(6))) for answer in each]
        self.assertEqual({a.status for a in answers} - {200, 409}, set())
        self.assertTrue(any(a.status == 200 for a in answers))
        self.assertEqual(again(), before)


if __name__ == "__main__":
    unittest.main()
