# SPDX-License-Identifier: Apache-2.0
"""Who sees and changes what: every kind of caller against every state and field class, in every way out.

What each may see is written down here by hand: a caller sees every state and field of what it may write; of the
rest published records only, with the fields of its class."""
import functools
import json
import unittest
import urllib.parse
import uuid

import harness
from harness import request

API = "/api/v1"
P = "Access " + uuid.uuid4().hex[:12]  # records of this run
W = "Change " + P[7:]  # and those that are written on the way, which are not counted
SCOPES = {"public": None, "partner": "read.partner", "restricted": "read.restricted", "visits": "write.visits",
          "directory": "write.directory", "policies": "write.policies", "mixed": "read.partner,write.policies",
          "talker": "comment,moderate", "editor": "editor", "admin": "admin"}
ALL_VISITS = {"visits", "editor", "admin"}
ALL_DIRECTORY = {"directory", "editor", "admin"}
ALL_POLICIES = {"policies", "mixed", "editor", "admin"}
SEES_PARTNER = {"partner", "restricted", "mixed"} | ALL_VISITS  # of visits
SEES_RESTRICTED = {"restricted"} | ALL_VISITS
STATES = ("published", "draft", "withdrawn")
KEYS, IDS = {}, {}


def ask(caller, method, path, **more):
    return request(method, API + path, role=KEYS[caller], **more)


def get(caller, path, **query):
    answer = ask(caller, "GET", path + ("?" + urllib.parse.urlencode(query) if query else ""))
    if answer.status != 200:
        raise AssertionError(f"{caller} {path} {query}: {answer.status} {answer.body!r}")
    return json.loads(answer.body)


def make(path, **body):
    answer = request("POST", f"{API}/{path}", json=body)
    if answer.status != 201:
        raise AssertionError(answer.body)
    return json.loads(answer.body)["id"]


def setUpModule():
    for caller, scopes in SCOPES.items():
        KEYS[caller] = scopes if scopes in (None, "editor", "admin") else harness.make_key("--scope", scopes)
    for state in STATES:
        IDS["organisation", state] = make("organisations", name=f"{P} org {state}", state=state,
                                          identifiers=[{"scheme": "XA", "value": f"{P}-{state}"}])
        IDS["programme", state] = make("programmes", title=f"{P} programme {state}", state=state)
        IDS["policy", state] = make("policies", title=f"{P} policy {state}", state=state)
        IDS["person", state] = make("people", name=f"{P} person {state}", state=state, note="Secret remark")
    everywhere = [{"role": "host", "organisation": {"id": IDS["organisation", state]}, "note": "n " + state} for state in STATES]
    links = [{"policy": {"id": IDS["policy", state]}, "section": state} for state in STATES]
    for state in STATES:
        IDS["visit", state] = make(
            "visits", title=f"{P} visit {state}", state=state, parties=everywhere, purpose_links=links, legs=[{"country": "FJ"}],
            programme={"id": IDS["programme", "draft"]}, embargo_until="2031-01-01T00:00:00Z",
            seats=[{"capacity": "member", "post": "Clerk", "name_as_written": "Secret Name", "person": {"id": IDS["person", "published"]},
                    "cost": {"amount": "77.10", "currency": "KES"}}],
            learnings=[{"text": f"{P} learning {state}"}],
            recommendations=[{"text": f"{P} recommendation {state}", "addressees": [{"name_as_written": "A", "focal_point": "Secret Desk"}]}])


def sees(caller, kind):
    everything = {"visit": ALL_VISITS, "policy": ALL_POLICIES}.get(kind, ALL_DIRECTORY)
    return set(STATES) if caller in everything else {"published"}


PATHS = {"visit": "visits", "organisation": "organisations", "programme": "programmes", "policy": "policies", "person": "people"}


def each_caller(test):
    @functools.wraps(test)
    def run(self):
        for caller in SCOPES:
            with self.subTest(caller=caller):
                test(self, caller)
    return run


class Matrix(unittest.TestCase):
    @each_caller
    def test_single_reads(self, caller):
        for (kind, state), identity in IDS.items():
            answer = ask(caller, "GET", f"/{PATHS[kind]}/{identity}")
            self.assertEqual(answer.status, 200 if state in sees(caller, kind) else 404, (kind, state))
            trimmed = ask(caller, "GET", f"/{PATHS[kind]}/{identity}?fields=state")
            self.assertEqual(trimmed.status, answer.status)

    @each_caller
    def test_lists_counts_filters_and_orders(self, caller):
        for kind, path in PATHS.items():
            label = "name" if kind in ("organisation", "person") else "title"
            shown = {IDS[kind, state] for state in sees(caller, kind)}
            mine = {f"{label}.prefix": P, "count": "exact"}
            for more in ({}, {"sort": label}, {"sort": "-updated_at"}, {"sort": "-created_at", "limit": 200}):
                page = get(caller, "/" + path, **mine, **more)
                self.assertEqual(({i["id"] for i in page["items"]}, page["total"]), (shown, len(shown)), (kind, more))
            for state in STATES:
                page = get(caller, "/" + path, state=state, **mine)
                self.assertEqual(page["total"], state in sees(caller, kind), (kind, state))
                self.assertEqual(get(caller, "/" + path, id=IDS[kind, state], count="exact")["total"], state in sees(caller, kind))

    @each_caller
    def test_fields_by_class(self, caller):
        whole = get(caller, "/visits/" + IDS["visit", "published"])
        listed = get(caller, "/visits", id=IDS["visit", "published"], include="seats,recommendations,parties")["items"][0]
        for text in (json.dumps(whole), json.dumps(listed)):
            self.assertEqual("Secret Desk" in text, caller in SEES_PARTNER)
            self.assertEqual("Secret Name" in text, caller in SEES_RESTRICTED)
            self.assertEqual("77.10" in text, caller in SEES_RESTRICTED)
            self.assertEqual("2031-01-01" in text, caller in SEES_RESTRICTED)
            self.assertEqual(IDS["person", "published"] in text, caller in SEES_RESTRICTED)
        person = get(caller, "/people/" + IDS["person", "published"])
        self.assertEqual("note" in person, caller in ALL_DIRECTORY | {"restricted"})

    @each_caller
    def test_parameters_of_hidden_fields_are_as_unknown_as_any(self, caller):
        def faults(caller, query):
            answer = ask(caller, "GET", "/visits?" + query)
            return answer.status, [(e["code"], e["detail"]) for e in json.loads(answer.body).get("errors", [])]

        open_to = caller in SEES_RESTRICTED
        for query, strange in (("embargo_until.gt=2020", "qmbvrgw_qntxl.gt=2020"), ("embargo_until.null=false", "qmbvrgw_qntxl.null=false"),
                               ("fields=embargo_until", "fields=qmbvrgw_qntxl"), ("sort=embargo_until", "sort=qmbvrgw_qntxl"),
                               ("include=embargo_until", "include=qmbvrgw_qntxl")):
            never = query.startswith(("sort", "include"))  # neither an order nor an array, for whoever asks
            status, told = faults(caller, query)
            self.assertEqual(status, 200 if open_to and not never else 400, query)
            if status == 400:
                other = [(code, detail.replace("qmbvrgw_qntxl", "embargo_until")) for code, detail in faults(caller, strange)[1]]
                self.assertEqual(told, other, query)
        near = faults(caller, "embargo_unti.gt=2020")
        self.assertEqual("did you mean embargo_until" in near[1][0][1], open_to)
        self.assertEqual("did you mean embargo_until" in faults(caller, "fields=embargo_unti")[1][0][1], open_to)

    @each_caller
    def test_embedded_references_go_by_what_they_lead_to(self, caller):
        visit = get(caller, "/visits/" + IDS["visit", "published"])
        parties = {p["organisation"]["id"] for p in visit["parties"]}
        self.assertEqual(parties, {IDS["organisation", state] for state in sees(caller, "organisation")})
        self.assertEqual({p["policy"]["id"] for p in visit["purpose_links"]}, {IDS["policy", s] for s in sees(caller, "policy")})
        self.assertEqual(visit.get("programme", {}).get("title"), f"{P} programme draft" if caller in ALL_DIRECTORY else None)
        text = json.dumps(visit)
        for state in ("draft", "withdrawn"):
            self.assertEqual(f"{P} org {state}" in text, caller in ALL_DIRECTORY)
            self.assertEqual(f"{P} policy {state}" in text, caller in ALL_POLICIES)

    @each_caller
    def test_filters_across_go_by_what_they_lead_to(self, caller):
        visits = len(sees(caller, "visit"))

        def total(**query):
            return get(caller, "/visits", **{"title.prefix": P, "count": "exact"}, **query)["total"]
        for state in STATES:
            known = state in sees(caller, "organisation")
            organisation = IDS["organisation", state]
            self.assertEqual(total(organisation=organisation), visits * known, state)
            self.assertEqual(total(organisation=organisation, sort="title"), visits * known, state)
            self.assertEqual(total(organisation=organisation, organisation_role="host"), visits * known, state)
            self.assertEqual(total(**{"organisation.in": f"{organisation},{uuid.uuid4()}"}), visits * known, state)
            self.assertEqual(total(policy=IDS["policy", state]), visits * (state in sees(caller, "policy")), state)
            found = get(caller, "/organisations", identifier=f"XA-{P}-{state}", count="exact")["total"]
            self.assertEqual(found, known)
        knows = caller in ALL_DIRECTORY
        self.assertEqual(total(programme=IDS["programme", "draft"]), visits * knows)
        self.assertEqual(total(**{"programme.null": "true"}), 0 if knows else visits)
        self.assertEqual(total(**{"programme.null": "false"}), visits if knows else 0)
        self.assertEqual(total(host_country="FJ"), visits)
        self.assertEqual(total(person=IDS["person", "published"]), visits * (caller in SEES_RESTRICTED))

    @each_caller
    def test_children_go_by_their_visit(self, caller):
        learning = {state: get("admin", "/learnings", visit=IDS["visit", state])["items"][0]["id"] for state in STATES}
        page = get(caller, "/learnings", **{"text.contains": P, "count": "exact"})
        self.assertEqual(page["total"], len(sees(caller, "visit")))
        for state in STATES:
            known = state in sees(caller, "visit")
            self.assertEqual(get(caller, "/learnings", visit=IDS["visit", state], count="exact")["total"], known)
            self.assertEqual(ask(caller, "GET", "/learnings/" + learning[state]).status, 200 if known else 404)
        text = json.dumps(get(caller, "/recommendations", visit=IDS["visit", "published"]))
        self.assertEqual("Secret Desk" in text, caller in SEES_PARTNER)

    def test_tags_and_stored_texts(self):
        path = "/visits/" + IDS["visit", "published"]
        seen = {}
        for caller in SCOPES:
            first, again = ask(caller, "GET", path), ask(caller, "GET", path)  # rendered, then stored
            self.assertEqual((first.body, first.headers["ETag"]), (again.body, again.headers["ETag"]), caller)
            seen.setdefault(first.headers["ETag"], {})[caller] = first.body
        for tag, bodies in seen.items():
            self.assertEqual(len(set(bodies.values())), 1, f"one tag for two texts: {tag} {list(bodies)}")
        self.assertEqual({frozenset(b) for b in seen.values()},
                         {frozenset(["public", "talker"]), frozenset(["editor", "admin"])} |
                         {frozenset([c]) for c in ("partner", "restricted", "visits", "directory", "policies", "mixed")})
        for caller in SCOPES:
            for tag, bodies in seen.items():
                answer = ask(caller, "GET", path, headers={"If-None-Match": tag})
                self.assertEqual(answer.status, 304 if caller in bodies else 200, (caller, tag))

    @each_caller
    def test_conditions_do_not_reveal_a_record(self, caller):
        for state in STATES:
            answer = ask(caller, "GET", "/visits/" + IDS["visit", state], headers={"If-None-Match": "*"})
            self.assertEqual(answer.status, 304 if state in sees(caller, "visit") else 404)

    @each_caller
    def test_what_may_be_kept(self, caller):
        answer = ask(caller, "GET", "/visits/" + IDS["visit", "published"])
        self.assertEqual(answer.headers.get_all("Cache-Control"), ["public, no-cache" if caller == "public" else "private, no-cache"])
        self.assertEqual(answer.headers.get_all("Vary")[-1], "Accept, Authorization")
        answer = ask(caller, "GET", "/people/" + IDS["person", "published"])
        self.assertEqual("no-store" in answer.headers["Cache-Control"], caller in ALL_DIRECTORY | {"partner", "restricted", "mixed"})

    @each_caller
    def test_descriptions(self, caller):
        text = ask(caller, "GET", "/openapi.json").body.decode()
        self.assertEqual('"embargo_until.gt"' in text, caller in SEES_RESTRICTED | {"directory", "policies", "mixed"})
        visit = json.loads(text)["components"]["schemas"]["Visit"]["properties"]
        self.assertEqual("embargo_until" in visit, caller in SEES_RESTRICTED)


class Writes(unittest.TestCase):
    WRITERS = {"visits": ALL_VISITS, "organisations": ALL_DIRECTORY, "people": ALL_DIRECTORY, "programmes": ALL_DIRECTORY,
               "policies": ALL_POLICIES}
    SCOPE = {"visits": "write.visits", "policies": "write.policies"}
    PATCH = {"Content-Type": "application/merge-patch+json", "If-Match": "*"}

    def check(self, caller, path, answer, allowed):
        if caller in self.WRITERS[path]:
            self.assertIn(answer.status, allowed, answer.body)
        elif caller == "public":
            self.assertEqual((answer.status, answer.headers["WWW-Authenticate"]), (401, 'Bearer realm="ziara"'))
        else:
            self.assertEqual(answer.status, 403)
            scope = self.SCOPE.get(path, "write.directory")
            self.assertEqual(answer.headers["WWW-Authenticate"], f'Bearer realm="ziara", error="insufficient_scope", scope="{scope}"')
            self.assertEqual(json.loads(answer.body)["type"], "urn:ziara:problem:insufficient_scope")

    def test_who_may_write_what(self):
        for caller in SCOPES:
            for path in self.WRITERS:
                label = "name" if path in ("organisations", "people") else "title"
                with self.subTest(caller=caller, path=path):
                    body = {label: f"{W} written", "state": "published"}
                    own = make(path, **body)
                    self.check(caller, path, ask(caller, "POST", "/" + path, json=body), (201,))
                    self.check(caller, path, ask(caller, "PUT", f"/{path}/{uuid.uuid4()}", json=body), (201,))
                    self.check(caller, path, ask(caller, "PUT", f"/{path}/{own}", json=body, headers={"If-Match": "*"}), (200,))
                    self.check(caller, path, ask(caller, "PATCH", f"/{path}/{own}", json={label: W + " p"}, headers=self.PATCH), (200,))
                    self.check(caller, path, ask(caller, "DELETE", f"/{path}/{own}", headers={"If-Match": "*"}), (204,))

    def test_a_change_to_what_cannot_be_seen_finds_nothing(self):
        for caller in set(SCOPES) - ALL_VISITS - {"public"}:
            for state in ("draft", "withdrawn"):
                for where in ("/visits/" + IDS["visit", state], f"/visits/{uuid.uuid4()}"):
                    self.assertEqual(ask(caller, "PATCH", where, json={"title": "x"}, headers=self.PATCH).status, 404)
                    self.assertEqual(ask(caller, "DELETE", where, headers={"If-Match": "*"}).status, 404)
                    # PUT would make it: the answer is the same whether it is there or not
                    self.assertEqual(ask(caller, "PUT", where, json={"title": "x"}).status, 403)

    def test_children(self):
        child = get("admin", "/recommendations", visit=IDS["visit", "published"])["items"][0]["id"]
        for caller in SCOPES:
            with self.subTest(caller=caller):
                answer = ask(caller, "PATCH", "/recommendations/" + child, json={"rationale": caller}, headers=self.PATCH)
                self.check(caller, "visits", answer, (200,))

    def test_what_is_hidden_stays_when_a_record_is_sent_back(self):
        identity = make("visits", title=W + " kept", state="published", programme={"id": IDS["programme", "draft"]},
                        parties=[{"role": "host", "organisation": {"id": IDS["organisation", "draft"]}},
                                 {"role": "funder", "organisation": {"id": IDS["organisation", "published"]}},
                                 {"role": "host", "name_as_written": "Half", "organisation": {"id": IDS["organisation", "withdrawn"]}}],
                        purpose_links=[{"policy": {"id": IDS["policy", "draft"]}, "section": "9"}])
        before = get("admin", "/visits/" + identity)
        seen = get("visits", "/visits/" + identity)
        self.assertEqual([len(before["parties"]), len(seen["parties"]), seen["purpose_links"]], [3, 2, []])
        self.assertNotIn("programme", seen)
        answer = ask("visits", "PUT", "/visits/" + identity, json=seen, headers={"If-Match": "*"})
        self.assertEqual((answer.status, json.loads(answer.body)["version"]), (200, before["version"]), answer.body)
        self.assertEqual(get("admin", "/visits/" + identity), before)
        seen["title"] = W + " changed"
        del seen["parties"][0]  # the funder, which it does see
        self.assertEqual(ask("visits", "PUT", "/visits/" + identity, json=seen, headers={"If-Match": "*"}).status, 200)
        after = get("admin", "/visits/" + identity)
        self.assertEqual([p["organisation"]["id"] for p in after["parties"]],
                         [IDS["organisation", "draft"], IDS["organisation", "withdrawn"]])
        self.assertEqual((after["title"], after["programme"], after["purpose_links"]),
                         (seen["title"], before["programme"], before["purpose_links"]))

    def test_references_lead_to_what_is_seen_only(self):
        body = {"title": W + " refers", "parties": [{"role": "host", "organisation": {"id": IDS["organisation", "draft"]}}]}
        refused = ask("visits", "POST", "/visits", json=body)
        body["parties"][0]["organisation"]["id"] = str(uuid.uuid4())
        absent = ask("visits", "POST", "/visits", json=body)
        self.assertEqual((refused.status, json.loads(refused.body)["errors"]), (422, json.loads(absent.body)["errors"]))
        body["parties"][0]["organisation"] = {"identifier": f"XA-{P}-draft"}
        answer = ask("visits", "POST", "/visits", json=body)
        self.assertEqual(json.loads(answer.body)["errors"][0]["code"], "not_found")
        for name, status in ((f"{P} org published", 201), (f"{P} org draft", 403), (f"{P} org new", 403)):
            body["parties"][0]["organisation"] = {"name": name, "create": True}
            answer = ask("visits", "POST", "/visits", json=body)
            self.assertEqual(answer.status, status, answer.body)
            if status == 403:
                self.assertIn('scope="write.directory"', answer.headers["WWW-Authenticate"])

    def test_what_is_said_of_a_reference_finds_out_nothing_hidden(self):
        name, embargo = W + " embargoed", "2031-01-01T00:00:00Z"
        make("organisations", name=name, state="published", embargo_until=embargo)
        for caller, statuses in (("visits", [201, 201, 422]), ("editor", [201, 422, 422])):
            said = [{"embargo_until": embargo}, {"embargo_until": "2032-01-01T00:00:00Z"}, {"acronym": "NO"}]
            bodies = [{"title": W + " asks", "parties": [{"role": "host", "organisation": {"name": name, "create": True} | more}]} for more in said]
            self.assertEqual([ask(caller, "POST", "/visits", json=body).status for body in bodies], statuses)

    def test_referrers_that_are_hidden_are_not_named(self):
        organisation = make("organisations", name=W + " referred", state="published")
        make("visits", title=W + " secret referrer", parties=[{"role": "host", "organisation": {"id": organisation}}])
        answer = ask("directory", "DELETE", "/organisations/" + organisation, headers={"If-Match": "*"})
        self.assertEqual(answer.status, 409)
        self.assertNotIn(b"secret referrer", answer.body)
        answer = ask("editor", "DELETE", "/organisations/" + organisation, headers={"If-Match": "*"})
        self.assertIn(b"secret referrer", answer.body)


if __name__ == "__main__":
    unittest.main()
