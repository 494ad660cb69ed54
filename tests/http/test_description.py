# SPDX-License-Identifier: Apache-2.0
"""Real answers hold to the description: each member is described, and is of the type that is said."""
import json
import unittest
import uuid

from demo import demo_id
from harness import request

API = "/api/v1"
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "number": float, "null": type(None)}


def get(path, role="admin"):
    answer = request("GET", API + path, role=role)
    assert answer.status in (200, 308), (path, answer.status, answer.body)
    return answer.status, json.loads(answer.body)


def make(path, **members):
    answer = request("POST", f"{API}/{path}", json=members if path.endswith("/updates") else {"state": "published", **members})
    assert answer.status == 201, answer.body
    return json.loads(answer.body)


def is_a(value, name):
    return isinstance(value, TYPES[name]) and not (isinstance(value, bool) and name != "boolean")


class Description:
    def __init__(self, role):
        self.all = get("/openapi.json", role)[1]

    def schema(self, method, pattern, status):
        return self.all["paths"][pattern][method]["responses"][str(status)]["content"]["application/json"]["schema"]

    def faults(self, value, schema, at=""):
        """Where the value is not as described, and why."""
        if "$ref" in schema:
            target = self.all
            for part in schema["$ref"].split("/")[1:]:
                target = target[part]
            return self.faults(value, target, at)
        if "oneOf" in schema:
            tried = [self.faults(value, one, at) for one in schema["oneOf"]]
            return [] if tried.count([]) == 1 else [f"{at}: fits {tried.count([])} of those told apart: {tried}"]
        if "type" not in schema:
            return [f"{at}: no type"]
        types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        if not any(is_a(value, t) for t in types):
            return [f"{at}: {value!r} is no {types}"]
        if isinstance(value, list):
            return [f for i, item in enumerate(value) for f in self.faults(item, schema.get("items", {}), f"{at}/{i}")]
        if not isinstance(value, dict):
            return []
        found = [f"{at}/{name}: missing" for name in schema.get("required", []) if name not in value]
        if isinstance(schema.get("additionalProperties"), dict):
            return found + [f for name, v in value.items() for f in self.faults(v, schema["additionalProperties"], f"{at}/{name}")]
        for name, v in value.items():
            told = schema.get("properties", {}).get(name)
            found += self.faults(v, told, f"{at}/{name}") if told else [f"{at}/{name}: not described"]
        return found


class Answers(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.described = {role: Description(role) for role in (None, "admin")}
        tag = uuid.uuid4().hex[:8]
        cls.host = make("organisations", name=f"Host {tag}", country="KE")
        later = make("organisations", name=f"Later {tag}")
        cls.old = make("organisations", name=f"Old {tag}", acronym="OLD", country="KE", parent={"id": cls.host["id"]},
                       names=[{"name": f"Older {tag}", "kind": "former", "to": "2010"}],
                       identifiers=[{"scheme": "X-" + tag, "value": "1"}],
                       relations=[{"kind": "part_of", "organisation": {"id": cls.host["id"]}, "from": "2001"}],
                       successions=[{"kind": "renamed", "organisation": {"id": later["id"]}, "date": "2012"},
                                    {"kind": "split", "name_as_written": "A part", "date": "2011", "partial": True}])
        cls.new, cls.gone = make("organisations", name=f"New {tag}"), make("organisations", name=f"Gone {tag}")
        cls.person = make("people", name=f"Person {tag}", names=[{"name": "P", "kind": "former"}],
                          memberships=[{"organisation": {"id": cls.old["id"]}, "post": "Head", "from": "2001", "to": "2003"},
                                       {"name_as_written": "Elsewhere", "post": "Clerk"}],
                          contacts=[{"kind": "email", "value": "a@example.org", "class": "public"}])
        cls.twin = make("people", name=f"Person {tag}")
        visit = make("visits", title="Described", dates="2008-05", parties=[{"role": "host", "organisation": {"id": cls.old["id"]}}],
                     seats=[{"capacity": "leader", "person": {"id": cls.person["id"]}, "organisation": {"id": cls.old["id"]},
                             "public_office": True, "post": "Head"}],
                     recommendations=[{"number": "1", "text": "Do it", "due": "2009", "addressees": [{"organisation": {"id": cls.old["id"]}}]}])
        cls.visit = visit["id"]
        cls.action = make("actions", title="Described", start="2009", due="2010", language="en", parties=[
            {"role": "lead", "organisation": {"id": cls.old["id"]}}], recommendations=[{"recommendation": {
                "id": visit["recommendations"][0]["id"]}, "note": "All of it"}], results=[{"visit": {"id": cls.visit}},
                {"url": "https://example.org"}], sources=[{"url": "https://example.org"}])["id"]
        make(f"actions/{cls.action}/updates", status="planned", date="2009", text="Begun", lang="en", evidence=[{"title": "Note"}])

    def check(self, pattern, path, method="get", answer=None, role="admin", status=200):
        if answer is None:
            got, answer = get(path, role)
            self.assertEqual(got, status, path)
        d = self.described[role]
        self.assertEqual(d.faults(answer, d.schema(method, pattern, status)), [], path)
        return answer

    def test_records_and_lists(self):
        for kind in ("organisations", "people", "programmes", "visits", "policies", "actions"):
            items = self.check(f"/{kind}", f"/{kind}?limit=200&count=exact")["items"]
            self.assertTrue(items)
            for item in items[:40]:
                self.check(f"/{kind}/{{id}}", f"/{kind}/{item['id']}")
                self.check(f"/{kind}/{{id}}", f"/{kind}/{item['id']}?labels=fr")
        for kind in ("learnings", "recommendations", "meetings"):
            for item in self.check(f"/{kind}", f"/{kind}?limit=20&labels=en")["items"]:
                self.check(f"/{kind}/{{id}}", f"/{kind}/{item['id']}")

    def test_what_the_public_sees(self):
        self.check("/visits/{id}", "/visits/" + self.visit, role=None)
        self.check("/organisations/{id}", "/organisations/" + self.old["id"], role=None)
        self.check("/people/{id}", "/people/" + self.person["id"], role=None)

    def test_updates_of_an_action(self):
        at = f"/actions/{self.action}/updates"
        one, = self.check("/actions/{id}/updates", at)["items"]
        for query in ("", "?labels=fr"):
            self.check("/actions/{id}/updates/{update}", f"{at}/{one['id']}{query}")
        answer = request("POST", API + at, json={"status": "completed", "date": "2010"})
        self.check("/actions/{id}/updates", at, "post", json.loads(answer.body), status=answer.status)
        self.check("/actions/{id}", "/actions/" + self.action, role=None)

    def test_a_body_at_a_date(self):
        told = self.check("/organisations/{id}", f"/organisations/{self.old['id']}?at=2013")
        self.assertEqual([s["kind"] for s in told["at"]["successors"]], ["renamed", "split"])
        self.check("/organisations/{id}", f"/organisations/{self.old['id']}?at=1990")

    def test_engagements(self):
        told = self.check("/organisations/{id}/engagements", f"/organisations/{self.old['id']}/engagements?labels=en&count=exact")
        self.assertEqual({i["type"] for i in told["items"]}, {"visit", "recommendation", "action"})
        self.check("/organisations/{id}/engagements", f"/organisations/{demo_id('10-organisation-iom')}/engagements?include=predecessors")
        told = self.check("/people/{id}/engagements", f"/people/{self.person['id']}/engagements?labels=sw")
        self.assertEqual({i["type"] for i in told["items"]}, {"visit", "membership"})

    def test_likely_duplicates(self):
        for kind in ("organisations", "people"):
            self.check(f"/{kind}/duplicates", f"/{kind}/duplicates?limit=200&count=exact")

    def test_merging(self):
        def post(record, into, query=""):
            answer = request("POST", f"{API}/organisations/{record['id']}/merge{query}", json={"into": into["id"]})
            self.assertEqual(answer.status, 200, answer.body)
            return json.loads(answer.body)

        pattern, path = "/organisations/{id}/merge", f"/organisations/{self.old['id']}/merge"
        plan = self.check(pattern, path, "post", post(self.old, self.new, "?dry_run=true"))
        self.assertEqual((plan["merges"]["id"], plan["into"]["id"], plan["problems"]), (self.old["id"], self.new["id"], []))
        self.assertTrue(plan["references"] and plan["identifiers"])
        refused = self.check(pattern, path, "post", post(self.old, self.host, "?dry_run=true"))
        self.assertTrue(refused["problems"])
        self.check(pattern, path, "post", post(self.gone, self.new))
        self.assertEqual(len(self.check(pattern, f"/organisations/{self.gone['id']}/merge")["merged"]), 1)
        for pattern, tail in (("/organisations/{id}", ""), ("/organisations/{id}/engagements", "/engagements")):
            self.check(pattern, f"/organisations/{self.gone['id']}{tail}", status=308)
        undone = request("DELETE", f"{API}/organisations/{self.gone['id']}/merge")
        self.check("/organisations/{id}/merge", path, "delete", json.loads(undone.body))
        self.check("/people/{id}/merge", f"/people/{self.person['id']}/merge")

    def test_what_is_no_resource(self):
        for path in ("/codelists", "/countries", "/keys/self", "/health/live", "/health/ready"):
            self.check(path, path)
        self.check("/codelists/{name}", "/codelists/theme")


if __name__ == "__main__":
    unittest.main()
