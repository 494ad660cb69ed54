# SPDX-License-Identifier: Apache-2.0
"""Every field of every resource: wrong types, limits, round trips; driven by the OpenAPI description,
whose form is compared with a golden file elsewhere."""
import json
import os
import pathlib
import unittest
import uuid

from harness import request

DESCRIPTION = json.loads(request("GET", "/api/v1/openapi.json").body)
SCHEMAS = DESCRIPTION["components"]["schemas"]
ROOTS = {"visits": "Visit", "organisations": "Organisation", "people": "Person", "programmes": "Programme", "policies": "Policy"}
LABEL = {"visits": "title", "organisations": "name", "people": "name", "programmes": "title", "policies": "title"}
WRONG = {"string": (5, 1.5, True, [], {}), "integer": ("5", 1.5, True, [], {}), "boolean": ("true", 1, [], {}),
         "array": ("x", 5, True, {}), "object": ("x", 5, True, [])}
SUITES = pathlib.Path(os.environ.get("ZIARA_SUITES") or pathlib.Path(__file__).resolve().parents[2] / "../shared/facts")


def resolved(schema):
    while "$ref" in schema:
        schema = SCHEMAS[schema["$ref"].rsplit("/", 1)[1]]
    return schema


def fields(schema, pointer=""):
    """(pointer, schema, path of keys) of every writable member, nested ones included."""
    for name, member in schema["properties"].items():
        if member.get("readOnly") or name == "id":
            continue
        at = f"{pointer}/{name}"
        if "$ref" in member:
            yield at, {"type": "object", "reference": True}
            continue
        yield at, member
        if member["type"] == "object":
            yield from fields(member, at)
        elif member["type"] == "array" and "$ref" in member["items"]:
            yield f"{at}/0", {"type": "object"}
            yield from fields(resolved(member["items"]), f"{at}/0")
        elif member["type"] == "array":
            yield f"{at}/0", member["items"]


def minimal(schema, root=None):
    """The required members of an item, so that only the member under test is at fault."""
    values = {"role": "supporting", "capacity": "member", "scheme": "S", "value": uuid.uuid4().hex, "text": "T", "title": "T", "name": "N",
              "policy": {"title": "Sweep policy", "create": True}}
    codes = {"name_kind": "other", "organisation_relation": "partner", "succession_kind": "split", "contact_kind": "email"}
    body = {name: values.get(name) or codes[schema["properties"][name]["x-codelist"]] for name in schema.get("required", [])}
    if "name_as_written" in schema["properties"] and not root:
        body["name_as_written"] = "Somebody"
    return body


def body_with(root, pointer, value):
    schema = SCHEMAS[ROOTS[root]]
    body = minimal(schema, root)
    at, here = body, schema
    keys = pointer.strip("/").split("/")
    for i, key in enumerate(keys):
        last = i == len(keys) - 1
        if key == "0":
            at.append(value if last else minimal(here))
            at = at[0]
            continue
        here = here["properties"][key]
        if last:
            at[key] = value
            return body
        here = resolved(here)
        at[key] = at.get(key, [] if here["type"] == "array" else {})
        at = at[key]
        if here["type"] == "array":
            here = resolved(here["items"])
    return body


def refusals(root, body):
    answer = request("POST", f"/api/v1/{root}", json=body)
    if answer.status != 422:
        return answer.status, answer.body[:300]
    return 422, {e["pointer"] for e in json.loads(answer.body)["errors"]}


class WrongTypes(unittest.TestCase):
    def sweep(self, root):
        count = 0
        for pointer, schema in fields(SCHEMAS[ROOTS[root]]):
            for wrong in WRONG[schema["type"]]:
                with self.subTest(pointer=pointer, wrong=wrong):
                    status, found = refusals(root, body_with(root, pointer, wrong))
                    self.assertEqual(status, 422, found)
                    # an empty object is a reference that names nothing: same place, other fault
                    self.assertEqual(found, {pointer})
                    count += 1
        self.assertGreater(count, 10)

    def test_visits(self):
        self.sweep("visits")

    def test_organisations(self):
        self.sweep("organisations")

    def test_people(self):
        self.sweep("people")

    def test_programmes(self):
        self.sweep("programmes")

    def test_policies(self):
        self.sweep("policies")


class Limits(unittest.TestCase):
    def test_lengths_ranges_and_codes(self):
        for root in ROOTS:
            for pointer, schema in fields(SCHEMAS[ROOTS[root]]):
                wrong = []
                if schema["type"] == "string" and "x-codelist" in schema:
                    wrong = ["no such code", ""]
                elif schema.get("format") == "edtf":
                    wrong = ["2018-13", "28/07/2018", "2018-07-28T10:00", "", "2019/2018"]
                elif schema.get("format") == "uri":
                    wrong = ["example.org", "ftp://example.org/", "https://", "https://a b/", "javascript:alert(1)"]
                elif schema.get("format") == "date-time":
                    wrong = ["2018-07-28", "2018-07-28T10:00:00", "now"]
                elif schema["type"] == "string" and "maxLength" in schema:
                    wrong = ["", "x" * (schema["maxLength"] + 1), "a\u0007b"]
                elif schema["type"] == "string" and "pattern" in schema:
                    wrong = ["1,5", "1.234", "", "abc", "1e5", "12345678901234567"]
                elif schema["type"] == "integer":
                    wrong = [schema["minimum"] - 1, schema["maximum"] + 1]
                for value in wrong:
                    with self.subTest(root=root, pointer=pointer, value=value if len(str(value)) < 40 else "long"):
                        status, found = refusals(root, body_with(root, pointer, value))
                        self.assertEqual((status, found), (422, {pointer}))

    def test_the_longest_texts_are_kept(self):
        for root in ROOTS:
            schema = SCHEMAS[ROOTS[root]]
            body = minimal(schema, root)
            for name, member in schema["properties"].items():
                if member.get("type") == "string" and "maxLength" in member and "format" not in member and not member.get("readOnly"):
                    body[name] = "ሀ" * member["maxLength"]
            answer = request("POST", f"/api/v1/{root}", json=body)
            self.assertEqual(answer.status, 201, answer.body[:500])
            read = json.loads(request("GET", f"/api/v1/{root}/{json.loads(answer.body)['id']}").body)
            for name, value in body.items():
                self.assertEqual(read[name], value)


class RoundTrip(unittest.TestCase):
    def test_what_get_returns_put_accepts_without_change(self):
        seen = 0
        for root in ROOTS:
            url = f"/api/v1/{root}?limit=200&fields=version"
            while url:
                page = json.loads(request("GET", url).body)
                url = page["next"] and "/api/v1" + page["next"].split("/api/v1", 1)[1]
                for item in page["items"]:
                    path = f"/api/v1/{root}/{item['id']}"
                    before = request("GET", path)
                    after = request("PUT", path, raw=before.body,
                                    headers={"Content-Type": "application/json", "If-Match": before.headers["ETag"]})
                    with self.subTest(path):
                        self.assertEqual(after.status, 200, after.body[:500])
                        self.assertEqual(after.body, before.body)
                    seen += 1
        self.assertGreater(seen, 100)


class Strings(unittest.TestCase):
    def test_awkward_strings_come_back_or_are_refused_with_a_reason(self):
        source = SUITES / "naughty-strings.json"
        if not source.exists():
            self.skipTest(f"{source} is absent")
        import unicodedata
        for text in json.loads(source.read_text(encoding="utf-8")):
            with self.subTest(text):
                answer = request("POST", "/api/v1/visits", json={"title": "N", "note": text})
                if answer.status == 201:
                    read = json.loads(request("GET", "/api/v1/visits/" + json.loads(answer.body)["id"]).body)
                    self.assertEqual(read["note"], unicodedata.normalize("NFC", text))
                else:
                    self.assertEqual(answer.status, 422)
                    self.assertEqual(json.loads(answer.body)["errors"][0]["pointer"], "/note")
                    self.assertTrue(text == "" or any(ord(c) < 32 or ord(c) == 127 for c in text), text)

    def test_json_test_suite(self):
        folder = SUITES / "jsontestsuite"
        if not folder.exists():
            self.skipTest(f"{folder} is absent")
        headers = {"Content-Type": "application/json"}
        for path in sorted(folder.glob("n_*.json")):
            with self.subTest(path.name):
                self.assertIn(request("POST", "/api/v1/visits", raw=path.read_bytes(), headers=headers).status, (400,))


if __name__ == "__main__":
    unittest.main()
