# SPDX-License-Identifier: Apache-2.0
"""Actions: what is done about recommendations, their updates, and what follows for visits and bodies."""
import json
import unittest
import urllib.parse
import uuid

from demo import demo_id
from harness import make_key, request

MERGE = "application/merge-patch+json"


def ask(method, path, body=None, caller="editor", query=None, **headers):
    url = f"/api/v1/{path}" + ("?" + urllib.parse.urlencode(query) if query else "")
    pairs = {name.replace("_", "-"): value for name, value in headers.items()}
    if method == "PATCH":
        pairs = {"Content-Type": MERGE, "If-Match": "*", **pairs}
    elif method in ("PUT", "DELETE"):
        pairs = {"If-Match": "*", **pairs}
    return request(method, url, json=body, headers=pairs, role=caller)


def get(path, caller="editor", **query):
    answer = ask("GET", path, caller=caller, query={name.replace("__", "."): value for name, value in query.items()})
    if answer.status != 200:
        raise AssertionError(f"{path} {query}: {answer.status} {answer.body!r}")
    return json.loads(answer.body)


def done(method, path, body=None, expected=200, **more):
    answer = ask(method, path, body, **more)
    if answer.status != expected:
        raise AssertionError(f"{method} {path}: {answer.status} {answer.body!r}")
    return json.loads(answer.body) if answer.body else None


def make(path, **body):
    return done("POST", path, {"state": "published", **body}, 201)


def body_of(label, **more):
    return make("organisations", name=f"{label} {uuid.uuid4().hex}", **more)["id"]


def visit_with(*texts, **more):
    """A visit, and the ids of its recommendations."""
    visit = make("visits", **{"title": "Visit " + uuid.uuid4().hex, "recommendations": [{"text": text} for text in texts], **more})
    return visit, [r["id"] for r in visit["recommendations"]]


def serves(*recommendations):
    return [{"recommendation": {"id": r}} for r in recommendations]


def action_for(*recommendations, **more):
    return make("actions", **{"title": "Action " + uuid.uuid4().hex, "recommendations": serves(*recommendations), **more})


def update(action, status, date, **more):
    return done("POST", f"actions/{action}/updates", {"status": status, "date": date, **more}, 201)


def faults(answer):
    """(pointer, code) of each fault."""
    return sorted((e.get("pointer"), e["code"]) for e in json.loads(answer.body).get("errors", []))


def ids(caller="editor", **query):
    return [a["id"] for a in get("actions", caller, limit=200, **query)["items"]]


class Whole(unittest.TestCase):
    def test_it_names_recommendations_and_their_visits(self):
        one, (first, second) = visit_with("Register the diaspora.", "Open a desk.")
        other, (third,) = visit_with("Train consular staff.")
        action = action_for(first, third)
        self.assertEqual([(r["recommendation"], r["visit"]) for r in action["recommendations"]],
                         [({"id": first, "text": "Register the diaspora."}, {"id": one["id"], "title": one["title"]}),
                          ({"id": third, "text": "Train consular staff."}, {"id": other["id"], "title": other["title"]})])
        self.assertEqual(get("actions/" + action["id"]), action)
        # another recommendation in the place of an item: its visit follows, whatever the body says
        items = action["recommendations"]
        items[1]["recommendation"] = {"id": second}
        changed = done("PUT", "actions/" + action["id"], {**action, "recommendations": items})
        self.assertEqual([(r["id"], r["recommendation"]["id"], r["visit"]["id"]) for r in changed["recommendations"]],
                         [(items[0]["id"], first, one["id"]), (items[1]["id"], second, one["id"])])

    def test_what_is_read_can_be_sent_back(self):
        _, (recommendation,) = visit_with("wörd " * 2000)
        action = action_for(recommendation, parties=[{"role": "lead", "organisation": {"id": body_of("Lead")}}], start="2019", due="2021-06")
        update(action["id"], "planned", "2019-02", evidence=[{"url": "https://example.org/note"}])
        read = ask("GET", "actions/" + action["id"])
        self.assertEqual(json.loads(read.body)["recommendations"][0]["recommendation"]["text"], "wörd " * 31 + "wörd…")
        back = ask("PUT", "actions/" + action["id"], json.loads(read.body), If_Match=read.headers["ETag"])
        self.assertEqual((back.status, back.headers["ETag"], back.body), (200, read.headers["ETag"], read.body))

    def test_what_is_refused(self):
        _, (recommendation,) = visit_with("Text")
        policy = make("policies", title="Policy")["id"]
        body = {"title": "A", "recommendations": serves(recommendation)}
        cases = [
            ({"recommendations": []}, [("/recommendations", "required")]),
            ({"recommendations": serves(recommendation, recommendation)}, [("/recommendations/1", "repeated")]),
            ({"recommendations": serves(str(uuid.uuid4()))}, [("/recommendations/0/recommendation/id", "not_found")]),
            ({"recommendations": [{"recommendation": {"text": "New", "create": True}}]}, [("/recommendations/0/recommendation", "required")]),
            ({"recommendations": [{"recommendation": {"identifier": "A-1"}}]}, [("/recommendations/0/recommendation/identifier", "unknown")]),
            ({"recommendations": [{"note": "Which?"}]}, [("/recommendations/0/recommendation", "required")]),
            ({"parties": [{"role": "lead"}]}, [("/parties/0", "required")]),
            ({"parties": [{"role": "host", "name_as_written": "B"}]}, [("/parties/0/role", "unknown_code")]),
            ({"results": [{"note": "None"}]}, [("/results/0", "required")]),
            ({"results": [{"policy": {"id": policy}, "url": "https://example.org"}]}, [("/results/0", "contradiction")]),
            ({"results": [{"url": "https://example.org", "section": "3"}]}, [("/results/0", "contradiction")]),
            ({"start": "2020/2021"}, [("/start", "format")]),
            ({"due": "2020/.."}, [("/due", "format")]),
            ({"start": "2021-02", "due": "2021-01"}, [("/due", "contradiction")]),
        ]
        for more, expected in cases:
            with self.subTest(more):
                answer = ask("POST", "actions", {**body, **more})
                self.assertEqual((answer.status, faults(answer)), (422, expected))
        self.assertEqual(ask("POST", "actions", {**body, "start": "2021-02", "due": "2021"}).status, 201)  # it may be right

    def test_results(self):
        one, (recommendation,) = visit_with("Text")
        policy = make("policies", title="Policy " + uuid.uuid4().hex)
        action = action_for(recommendation, results=[{"policy": {"id": policy["id"]}, "section": "4.2"}, {"visit": {"id": one["id"]}},
                                                     {"url": "https://example.org/law"}])
        self.assertEqual([{k: v for k, v in r.items() if k != "id"} for r in action["results"]],
                         [{"policy": {"id": policy["id"], "title": policy["title"]}, "section": "4.2"},
                          {"visit": {"id": one["id"], "title": one["title"]}}, {"url": "https://example.org/law"}])
        self.assertEqual(ids(policy=policy["id"]), [action["id"]])
        self.assertEqual(ids(result_visit=one["id"]), [action["id"]])

    def test_a_body_has_the_name_it_had_at_the_start(self):
        _, (recommendation,) = visit_with("Text")
        lead = body_of("Now", names=[{"name": "Bureau of Then", "kind": "former", "to": "2015"}])
        parties = [{"role": "lead", "organisation": {"id": lead}}]
        shown = [action_for(recommendation, start=start, parties=parties)["parties"][0]["organisation"]["name"] for start in ("2014", "2016")]
        self.assertEqual((shown[0], shown[1][:4]), ("Bureau of Then", "Now "))


class Updates(unittest.TestCase):
    def setUp(self):
        _, (self.recommendation,) = visit_with("Text")
        self.id = action_for(self.recommendation)["id"]
        self.at = f"actions/{self.id}/updates"

    def status(self):
        return get("actions/" + self.id).get("status")

    def test_they_are_added_and_read(self):
        before = get("actions/" + self.id)
        answer = ask("POST", self.at, {"status": "under_way", "date": "2019-03", "text": "Staff were hired.", "lang": "en",
                                       "evidence": [{"url": "https://example.org/staff", "title": "Gazette"}]})
        one = json.loads(answer.body)
        self.assertEqual(answer.status, 201)
        self.assertEqual((one["status"], one["date"], one["text"], one["evidence"][0]["title"]),
                         ("under_way", "2019-03", "Staff were hired.", "Gazette"))
        self.assertRegex(one["recorded_at"], r"^\d{4}-\d\d-\d\dT[\d:.]+Z$")
        path = answer.headers["Location"].split("/api/v1/")[1]
        self.assertEqual(path, f"{self.at}/{one['id']}")
        self.assertEqual(get(path), one)
        self.assertEqual(get(self.at), {"items": [one], "next": None})
        after = get("actions/" + self.id)
        self.assertEqual((after["updates"], after["status"], after["version"]), ([one], "under_way", before["version"] + 1))
        self.assertEqual(ask("GET", path).headers["ETag"], ask("GET", "actions/" + self.id).headers["ETag"])
        self.assertEqual(ask("GET", path, If_None_Match=answer.headers["ETag"]).status, 304)
        self.assertEqual(get(self.at, labels="fr")["items"][0]["status_label"], "En cours")
        self.assertEqual(ids(status="under_way", recommendation=self.recommendation), [self.id])

    def test_the_status_is_that_of_the_latest(self):
        """Added later counts, unless it is certainly of an earlier date."""
        self.assertIsNone(self.status())
        for status, date, then in (("planned", "2019-03", "planned"), ("under_way", "2019", "under_way"), ("on_hold", "2018-12", "under_way"),
                                   ("completed", "2021-06-01", "completed"), ("abandoned", "2021", "abandoned"),
                                   ("planned", "2020-12-31", "abandoned")):
            update(self.id, status, date)
            self.assertEqual(self.status(), then)
        self.assertEqual([u["date"] for u in get(self.at)["items"]], ["2019-03", "2019", "2018-12", "2021-06-01", "2021", "2020-12-31"])

    def test_none_is_changed_or_removed(self):
        one = update(self.id, "planned", "2019")
        before = get("actions/" + self.id)
        fake = [{**one, "status": "completed"}]
        for method, body in (("PUT", {**before, "updates": fake, "status": "completed"}), ("PATCH", {"updates": fake}), ("PATCH", {"updates": []}),
                             ("PATCH", {"updates": None, "status": None}), ("PUT", {k: v for k, v in before.items() if k != "updates"})):
            self.assertEqual(done(method, "actions/" + self.id, body), before)
        changed = done("PATCH", "actions/" + self.id, {"note": "Changed.", "updates": []})
        self.assertEqual((changed["updates"], changed["status"], changed["note"]), ([one], "planned", "Changed."))
        for method in ("PUT", "PATCH", "DELETE"):
            for path in (self.at, f"{self.at}/{one['id']}"):
                answer = ask(method, path, {})
                self.assertEqual(answer.status, 405)
                self.assertNotIn(method, answer.headers["Allow"])

    def test_a_new_action_has_none(self):
        action = action_for(self.recommendation, updates=[{"status": "completed", "date": "2019"}], status="completed")
        self.assertEqual(action["updates"], [])
        self.assertNotIn("status", action)

    def test_what_is_refused(self):
        sound = {"status": "planned", "date": "2019"}
        cases = [({}, [("/date", "required"), ("/status", "required")]), ({**sound, "status": "done"}, [("/status", "unknown_code")]),
                 ({**sound, "date": "2019/2020"}, [("/date", "format")]), ({**sound, "said": 1}, [("/said", "unknown")]),
                 ({**sound, "id": str(uuid.uuid4())}, [("/id", "read_only")]),
                 ({**sound, "evidence": [{"url": "no address"}]}, [("/evidence/0/url", "format")])]
        for body, expected in cases:
            with self.subTest(body):
                answer = ask("POST", self.at, body)
                self.assertEqual((answer.status, faults(answer)), (422, expected))
        self.assertEqual(ask("POST", self.at, sound, query={"x": 1}).status, 400)
        self.assertEqual(ask("GET", self.at, query={"limit": 1}).status, 400)
        self.assertEqual(ask("POST", f"actions/{uuid.uuid4()}/updates", sound).status, 404)
        self.assertEqual(ask("POST", "actions/none/updates", sound).status, 404)
        self.assertEqual(ask("GET", f"{self.at}/{uuid.uuid4()}").status, 404)
        self.assertEqual(get(self.at)["items"], [])

    def test_who_may_add(self):
        sound = {"status": "planned", "date": "2019"}
        for caller, expected in ((None, 401), ("reader", 403), (make_key("--scope", "write.policies"), 403), ("editor", 201)):
            self.assertEqual(ask("POST", self.at, sound, caller).status, expected)

    def test_an_older_tag_is_refused_and_none_is_needed(self):
        tag = ask("GET", "actions/" + self.id).headers["ETag"]
        update(self.id, "planned", "2019")
        sound = {"status": "under_way", "date": "2019"}
        self.assertEqual(ask("POST", self.at, sound, If_Match=tag).status, 412)
        self.assertEqual(ask("POST", self.at, sound, If_Match=ask("GET", "actions/" + self.id).headers["ETag"]).status, 201)

    def test_a_repeated_key_adds_nothing(self):
        key, sound = uuid.uuid4().hex, {"status": "planned", "date": "2019"}
        first, again = (ask("POST", self.at, sound, Idempotency_Key=key) for _ in range(2))
        self.assertEqual((again.status, again.body, again.headers["Location"]), (201, first.body, first.headers["Location"]))
        self.assertEqual(ask("POST", self.at, {**sound, "date": "2020"}, Idempotency_Key=key).status, 422)
        self.assertEqual(len(get(self.at)["items"]), 1)
        other = action_for(self.recommendation)["id"]
        self.assertNotEqual(ask("POST", f"actions/{other}/updates", sound, Idempotency_Key=key).body, first.body)
        self.assertEqual(len(get(f"actions/{other}/updates")["items"]), 1)

    def test_they_go_with_the_action(self):
        update(self.id, "planned", "2019", evidence=[{"url": "https://example.org"}])
        done("DELETE", "actions/" + self.id, expected=204)
        self.assertEqual(ask("GET", self.at).status, 410)
        self.assertEqual(ask("POST", self.at, {"status": "planned", "date": "2019"}).status, 410)
        self.assertEqual(ask("GET", self.at, caller=None).status, 410)


class Hidden(unittest.TestCase):
    """What the public does not see is absent in every way out."""

    def test_a_draft(self):
        visit, (recommendation,) = visit_with("Text")
        lead = body_of("Lead")
        action = action_for(recommendation, state="draft", parties=[{"role": "lead", "organisation": {"id": lead}}])["id"]
        one = update(action, "planned", "2019")["id"]
        absent = f"actions/{uuid.uuid4()}"
        for tail in ("", "/updates", "/updates/" + one):
            hidden, none = (ask("GET", path + tail, caller=None) for path in ("actions/" + action, absent))
            self.assertEqual((hidden.status, json.loads(hidden.body)["detail"]), (404, json.loads(none.body)["detail"]))
        for query in ({"organisation": lead}, {"recommendation": recommendation}, {"visit": visit["id"]}, {"id": action}):
            self.assertEqual((ids(None, **query), ids("reader", **query), ids(**query)), ([], [], [action]))
        self.assertEqual(get(f"organisations/{lead}/engagements", None)["items"], [])
        self.assertEqual([i["id"] for i in get(f"organisations/{lead}/engagements")["items"]], [action])

    def test_recommendations_of_a_draft_visit(self):
        shown, (known,) = visit_with("Known")
        draft, (secret,) = visit_with("Secret", state="draft")
        action = action_for(known, secret)["id"]
        self.assertEqual([r["recommendation"]["id"] for r in get("actions/" + action)["recommendations"]], [known, secret])
        self.assertEqual([r["recommendation"]["id"] for r in get("actions/" + action, None)["recommendations"]], [known])
        for query, found in (({"recommendation": known}, [action]), ({"recommendation": secret}, []), ({"visit": draft["id"]}, []),
                             ({"recommendation__in": f"{secret},{known}"}, [action]), ({"recommendation__in": f"{secret},{secret}"}, [])):
            self.assertEqual((ids(None, **query), ids(**query)), (found, [action]))
        # once the visit is published it shows, also in a text that was stored
        done("PATCH", "visits/" + draft["id"], {"state": "published"})
        self.assertEqual(len(get("actions/" + action, "reader")["recommendations"]), 2)
        done("PATCH", "visits/" + draft["id"], {"state": "withdrawn"})
        self.assertEqual(len(get("actions/" + action, "reader")["recommendations"]), 1)

    def test_parties_and_results(self):
        _, (recommendation,) = visit_with("Text")
        hidden = body_of("Hidden", state="draft")
        policy = make("policies", title="Hidden", state="draft")["id"]
        action = action_for(recommendation, parties=[{"role": "lead", "organisation": {"id": hidden}}, {"role": "supporting",
                            "organisation": {"id": hidden}, "name_as_written": "Shown"}], results=[{"policy": {"id": policy}}])["id"]
        public = get("actions/" + action, None)
        self.assertEqual([p.get("name_as_written") for p in public["parties"]], ["Shown"])
        self.assertEqual(public["results"], [])
        for query in ({"organisation": hidden}, {"organisation": hidden, "organisation_role": "lead"}, {"policy": policy}):
            self.assertEqual((ids(None, **query), ids(**query)), ([], [action]))
        # a writer of visits alone sees neither, and what it sends back removes neither
        writer = make_key("--scope", "write.visits")
        seen = get("actions/" + action, writer)
        self.assertEqual((len(seen["parties"]), seen["results"]), (1, []))
        done("PUT", "actions/" + action, {**seen, "note": "Changed."}, caller=writer)
        whole = get("actions/" + action)
        self.assertEqual((len(whole["parties"]), len(whole["results"]), whole["note"]), (2, 1, "Changed."))
        # nor may it name what it does not see
        answer = ask("PATCH", "actions/" + action, {"results": [{"policy": {"id": policy}}]}, writer)
        self.assertEqual(faults(answer), [("/results/0/policy/id", "not_found")])


class Referred(unittest.TestCase):
    """Visits and policies that actions rest on."""

    def test_a_changed_recommendation_shows(self):
        visit, (recommendation,) = visit_with("Old words")
        action = action_for(recommendation)["id"]
        tag = ask("GET", "actions/" + action, caller="reader").headers["ETag"]
        done("PATCH", "recommendations/" + recommendation, {"text": "New words"})
        answer = ask("GET", "actions/" + action, caller="reader", If_None_Match=tag)
        self.assertEqual((answer.status, json.loads(answer.body)["recommendations"][0]["recommendation"]["text"]), (200, "New words"))
        done("PATCH", "visits/" + visit["id"], {"title": "New title"})
        self.assertEqual(get("actions/" + action, "reader")["recommendations"][0]["visit"]["title"], "New title")

    def test_what_an_action_is_about_cannot_vanish(self):
        visit, (first, second) = visit_with("First", "Second")
        action = action_for(first)["id"]
        path, kept = "visits/" + visit["id"], [{"id": second, "text": "Second"}]
        before = get(path)
        for method, body in (("DELETE", None), ("PUT", {**before, "recommendations": kept}), ("PATCH", {"recommendations": None}),
                             ("PATCH", {"recommendations": kept, "title": "Other"})):
            answer = ask(method, path, body)
            self.assertEqual(answer.status, 409)
            self.assertEqual({e["code"] for e in json.loads(answer.body)["errors"]}, {"referenced"})
            self.assertIn(f"/api/v1/actions/{action}", json.loads(answer.body)["errors"][0]["detail"])
        self.assertEqual(get(path), before)
        # what no action is about may go, and the rest may change its place and words
        done("PATCH", path, {"recommendations": [{"id": first, "text": "First, in other words"}]})
        done("DELETE", "actions/" + action, expected=204)
        done("PATCH", path, {"recommendations": []})
        done("DELETE", path, expected=204)

    def test_a_result_cannot_vanish(self):
        _, (recommendation,) = visit_with("Text")
        policy, came = make("policies", title="Result")["id"], make("visits", title="Result")["id"]
        action = action_for(recommendation, results=[{"policy": {"id": policy}}, {"visit": {"id": came}}])["id"]
        for path in ("policies/" + policy, "visits/" + came):
            self.assertEqual(ask("DELETE", path).status, 409)
        done("PATCH", "actions/" + action, {"results": []})
        for path in ("policies/" + policy, "visits/" + came):
            done("DELETE", path, expected=204)


class Bodies(unittest.TestCase):
    def led(self, lead, **more):
        _, (recommendation,) = visit_with("Text")
        return action_for(recommendation, parties=[{"role": "lead", "organisation": {"id": lead}},
                                                   {"role": "supporting", "name_as_written": "Friends"}], **more)

    def test_engagements(self):
        lead = body_of("Lead")
        dated, due, neither = self.led(lead, start="2020-05", due="2021"), self.led(lead, due="2019-06"), self.led(lead)
        update(dated["id"], "under_way", "2020-06")
        policy = make("policies", title="Led", organisation={"id": lead}, dates="2019")["id"]
        items = get(f"organisations/{lead}/engagements", None, labels="fr")["items"]
        self.assertEqual([(i["type"], i["id"], i["role"], i.get("dates"), i.get("due"), i.get("status")) for i in items],
                         [("action", dated["id"], "lead", "2020-05", "2021", "under_way"), ("action", due["id"], "lead", None, "2019-06", None),
                          ("policy", policy, "lead", "2019", None, None), ("action", neither["id"], "lead", None, None, None)])
        self.assertEqual((items[0]["title"], items[0]["field"], items[0]["role_label"]), (dated["title"], "parties.organisation", "Chef de file"))
        self.assertTrue(items[0]["self"].endswith("/api/v1/actions/" + dated["id"]))
        only = get(f"organisations/{lead}/engagements", None, type="action", role="lead", count="exact")
        self.assertEqual(([i["id"] for i in only["items"]], only["total"]), ([dated["id"], due["id"], neither["id"]], 3))
        self.assertEqual(get(f"organisations/{lead}/engagements", None, role="supporting")["items"], [])
        first = get(f"organisations/{lead}/engagements", "reader", limit=2)
        rest = json.loads(request("GET", first["next"][first["next"].index("/api/"):], role="reader").body)
        self.assertEqual([i["id"] for i in first["items"] + rest["items"]], [i["id"] for i in items])

    def test_filters(self):
        lead, other = body_of("Lead"), body_of("Other")
        late, soon, undated = (self.led(lead, **more)["id"] for more in ({"due": "2030"}, {"due": "2024-05"}, {}))
        self.assertEqual(ids(organisation=lead), [late, soon, undated])
        self.assertEqual(ids(organisation=lead, sort="due"), [undated, soon, late])
        self.assertEqual(ids(organisation=lead, due__lt="2025"), [soon])
        self.assertEqual(ids(organisation=lead, organisation_role="lead"), [late, soon, undated])
        self.assertEqual(ids(organisation=lead, organisation_role="supporting"), [])
        self.assertEqual(ids(organisation=other), [])
        update(late, "completed", "2024")
        self.assertEqual(ids(organisation=lead, status="completed"), [late])
        self.assertEqual(ids(organisation=lead, status__null="true"), [soon, undated])

    def test_words(self):
        word = "Zq" + uuid.uuid4().hex
        _, (recommendation,) = visit_with("Text")
        titled = action_for(recommendation, title="Desk " + word)["id"]
        named = action_for(recommendation, parties=[{"role": "lead", "name_as_written": "Bureau " + word}])["id"]
        self.assertEqual(sorted(ids(None, q=word.lower())), sorted([titled, named]))

    def test_merged_bodies(self):
        kept, gone = body_of("Kept"), body_of("Gone")
        action = self.led(gone, start="2020")["id"]
        done("POST", f"organisations/{gone}/merge", {"into": kept})
        self.assertEqual(get("actions/" + action, "reader")["parties"][0]["organisation"]["id"], kept)
        for body in (kept, gone):
            self.assertEqual(ids("reader", organisation=body), [action])
            self.assertEqual(ids("reader", organisation=body, organisation_role="lead"), [action])
        self.assertEqual([i["id"] for i in get(f"organisations/{kept}/engagements", "reader", role="lead")["items"]], [action])
        plan = done("POST", f"organisations/{kept}/merge", {"into": body_of("Third")}, query={"dry_run": "true"})
        self.assertIn({"in": "actions", "at": "parties.organisation", "role": "lead", "items": 1, "records": 1}, plan["references"])


class Demonstration(unittest.TestCase):
    """Kenya's immigration service proposed an institute after its visit to Ghana; it was launched in December 2018."""

    def test_the_institute(self):
        action, = get("actions", None, visit=demo_id("50-visit-v02"), include="recommendations,updates,results,parties")["items"]
        self.assertEqual((action["title"], action["status"]), ("Kenya Institute of Migration Studies", "completed"))
        self.assertEqual(action["recommendations"][0]["recommendation"]["text"], "Create a migration institute in Kenya.")
        self.assertEqual([(u["status"], u["date"]) for u in action["updates"]], [("completed", "2018-12-11")])
        self.assertEqual(action["parties"], [])  # the sources name nobody who led it
        self.assertNotIn("start", action)

    def test_the_first_visit_has_none_on_record(self):
        self.assertEqual(get("actions", None, visit=demo_id("50-visit-v01"))["items"], [])


if __name__ == "__main__":
    unittest.main()
