# SPDX-License-Identifier: Apache-2.0
"""The HTTP contract: status codes, conditions, negotiation, problems, repeats."""
import json
import threading
import unittest
import uuid

from harness import request

JSON = {"Content-Type": "application/json"}
PATCH = {"Content-Type": "application/merge-patch+json"}


def create(title="A visit", **members):
    answer = request("POST", "/api/v1/visits", json={"title": title, **members})
    assert answer.status == 201, answer.body
    return answer


def etag_of(path):
    return request("GET", path).headers["ETag"]


def problem(test, answer, status, code=None):
    test.assertEqual(answer.status, status, answer.body)
    test.assertEqual(answer.headers["Content-Type"], "application/problem+json")
    body = json.loads(answer.body)
    test.assertEqual(body["status"], status)
    test.assertTrue(body["request_id"])
    if code:
        # RFC 9457, 4.2.1: a type that would only repeat the status is about:blank
        plain = body["title"].lower().replace(" ", "_") == code
        test.assertEqual(body["type"], "about:blank" if plain else "urn:ziara:problem:" + code)
    return body


def pointers(body):
    return {e.get("pointer") for e in body.get("errors", [])}


def path_of(answer):
    return "/api/v1" + answer.headers["Location"].split("/api/v1", 1)[1]


class Create(unittest.TestCase):
    def test_created_record_has_location_etag_and_body(self):
        answer = create("Created")
        body = json.loads(answer.body)
        self.assertTrue(answer.headers["Location"].endswith("/api/v1/visits/" + body["id"]))
        self.assertRegex(answer.headers["ETag"], r'^"1\.[0-9a-f]+\.[0-9a-f]{8}\.w\.j"$')
        self.assertEqual(body["version"], 1)
        self.assertEqual(uuid.UUID(body["id"]).version, 7)

    def test_a_new_record_is_a_draft_unless_it_says_otherwise(self):
        self.assertEqual(json.loads(create().body)["state"], "draft")
        self.assertEqual(json.loads(create(state="published").body)["state"], "published")

    def test_answer_to_post_equals_the_record_read_anew(self):
        body = {"dates": "2024-05", "objectives": ["One"], "legs": [{"country": "RW", "place": "Kigali"}],
                "parties": [{"role": "delegating", "country": "KE"}],
                "meetings": [{"date": "2024-05-03", "seats": [{"capacity": "counterpart", "post": "Director"}]}],
                "recommendations": [{"text": "Do it", "levels": ["county"], "addressees": [{"name_as_written": "Council"}]}]}
        answer = create("Same", **body)
        self.assertEqual(request("GET", path_of(answer)).body, answer.body)

    def test_put_chooses_the_id(self):
        path = f"/api/v1/visits/{uuid.uuid4()}"
        answer = request("PUT", path, json={"title": "By PUT"}, headers={"If-None-Match": "*"})
        self.assertEqual(answer.status, 201)
        self.assertEqual(path_of(answer), path)
        again = request("PUT", path, json={"title": "By PUT"}, headers={"If-None-Match": "*"})
        problem(self, again, 412, "exists")
        self.assertEqual(again.headers["ETag"], answer.headers["ETag"])

    def test_put_of_a_new_id_with_if_match_is_stale(self):
        answer = request("PUT", f"/api/v1/visits/{uuid.uuid4()}", json={"title": "x"}, headers={"If-Match": '"1.1.0.w.j"'})
        problem(self, answer, 412)

    def test_put_body_may_not_name_another_id(self):
        answer = request("PUT", f"/api/v1/visits/{uuid.uuid4()}", json={"title": "x", "id": str(uuid.uuid4())})
        self.assertIn("/id", pointers(problem(self, answer, 422)))

    def test_post_with_an_id_is_refused(self):
        answer = request("POST", "/api/v1/visits", json={"title": "x", "id": str(uuid.uuid4())})
        self.assertIn("/id", pointers(problem(self, answer, 422)))

    def test_duplicate_identifier_is_a_conflict_and_nothing_is_stored(self):
        value = uuid.uuid4().hex
        body = {"name": "First " + value, "identifiers": [{"scheme": "XI-TEST", "value": value}]}
        self.assertEqual(request("POST", "/api/v1/organisations", json=body).status, 201)
        body["name"] = "Second " + value
        answer = request("POST", "/api/v1/organisations", json=body)
        self.assertIn("/identifiers/0", pointers(problem(self, answer, 409, "duplicate")))
        found = json.loads(request("GET", "/api/v1/organisations?name=Second%20" + value).body)
        self.assertEqual(found["items"], [])


class Change(unittest.TestCase):
    def test_change_without_if_match_is_428(self):
        path = path_of(create())
        for method, headers in (("PUT", JSON), ("PATCH", PATCH), ("DELETE", {})):
            with self.subTest(method):
                problem(self, request(method, path, raw=b'{"title":"y"}' if method != "DELETE" else None, headers=headers), 428)

    def test_stale_if_match_is_412_with_the_current_etag(self):
        answer = create()
        path, first = path_of(answer), answer.headers["ETag"]
        changed = request("PATCH", path, raw=b'{"title":"Second"}', headers={**PATCH, "If-Match": first})
        self.assertEqual(changed.status, 200)
        self.assertEqual(json.loads(changed.body)["version"], 2)
        for method in ("PUT", "PATCH", "DELETE"):
            with self.subTest(method):
                headers = {**(PATCH if method == "PATCH" else JSON), "If-Match": first}
                stale = request(method, path, raw=b'{"title":"y"}' if method != "DELETE" else None, headers=headers)
                problem(self, stale, 412, "stale")
                self.assertEqual(stale.headers["ETag"], changed.headers["ETag"])
        self.assertEqual(json.loads(request("GET", path).body)["title"], "Second")

    def test_if_match_ignores_weakness_and_everything_but_the_version(self):
        path = path_of(create())
        for tag in ('W/"1.1.00000000.p.j"', '"1.99.ffffffff.w.j"', "*"):
            with self.subTest(tag):
                version = json.loads(request("GET", path).body)["version"]
                tag = tag.replace('"1.', f'"{version}.')
                answer = request("PATCH", path, json={"note": tag}, headers={**PATCH, "If-Match": tag})
                self.assertEqual(answer.status, 200, answer.body)

    def test_malformed_if_match_is_400(self):
        answer = request("PATCH", path_of(create()), json={"note": "x"}, headers={**PATCH, "If-Match": "1.1"})
        problem(self, answer, 400)

    def test_put_replaces_and_patch_merges(self):
        answer = create("Whole", note="N", legs=[{"country": "GH"}], clearance={"reference": "A/1", "authority": "HQ"})
        path = path_of(answer)
        patched = json.loads(request("PATCH", path, json={"note": None, "clearance": {"authority": None}},
                                     headers={**PATCH, "If-Match": answer.headers["ETag"]}).body)
        self.assertNotIn("note", patched)
        self.assertEqual(patched["clearance"], {"reference": "A/1"})
        self.assertEqual([leg["country"] for leg in patched["legs"]], ["GH"])
        put = json.loads(request("PUT", path, json={"title": "Only"}, headers={"If-Match": '"2.1.x.w.j"'}).body)
        self.assertNotIn("clearance", put)
        self.assertEqual(put["legs"], [])
        self.assertEqual(put["title"], "Only")

    def test_put_without_state_keeps_it(self):
        answer = create("Published", state="published")
        put = request("PUT", path_of(answer), json={"title": "Still"}, headers={"If-Match": answer.headers["ETag"]})
        self.assertEqual(json.loads(put.body)["state"], "published")

    def test_nested_items_are_changed_added_and_removed_by_id(self):
        answer = create("Nested", legs=[{"country": "GH", "place": "Accra"}, {"country": "TG"}])
        first, second = json.loads(answer.body)["legs"]
        legs = [{"id": second["id"], "country": "TG", "place": "Lomé"}, {"country": "BJ"}]
        changed = json.loads(request("PATCH", path_of(answer), json={"legs": legs},
                                     headers={**PATCH, "If-Match": answer.headers["ETag"]}).body)["legs"]
        self.assertEqual([leg["country"] for leg in changed], ["TG", "BJ"])
        self.assertEqual(changed[0]["id"], second["id"])
        self.assertEqual(changed[0]["place"], "Lomé")
        self.assertNotIn(first["id"], [leg["id"] for leg in changed])

    def test_an_unknown_item_id_is_refused(self):
        answer = create("Unknown item")
        refused = request("PATCH", path_of(answer), json={"legs": [{"id": str(uuid.uuid4()), "country": "GH"}]},
                          headers={**PATCH, "If-Match": answer.headers["ETag"]})
        self.assertIn("/legs/0/id", pointers(problem(self, refused, 422)))

    def test_two_items_may_swap_unique_values(self):
        a, b = uuid.uuid4().hex, uuid.uuid4().hex
        answer = request("POST", "/api/v1/organisations", json={
            "name": "Swap " + a, "identifiers": [{"scheme": "XI-TEST", "value": a}, {"scheme": "XI-TEST", "value": b}]})
        items = json.loads(answer.body)["identifiers"]
        items[0]["value"], items[1]["value"] = items[1]["value"], items[0]["value"]
        changed = request("PATCH", path_of(answer), json={"identifiers": items},
                          headers={**PATCH, "If-Match": answer.headers["ETag"]})
        self.assertEqual(changed.status, 200, changed.body)
        self.assertEqual([i["value"] for i in json.loads(changed.body)["identifiers"]], [b, a])

    def test_a_change_that_changes_nothing_keeps_version_and_etag(self):
        answer = create("Same again", note="N", themes=["diaspora"])
        same = request("PUT", path_of(answer), raw=answer.body, headers={**JSON, "If-Match": answer.headers["ETag"]})
        self.assertEqual(same.status, 200)
        self.assertEqual(same.headers["ETag"], answer.headers["ETag"])

    def test_leaving_the_state_out_changes_nothing(self):
        answer = create("State", state="published")
        for raw in (b'{"state":null}', b'{}'):
            same = request("PATCH", path_of(answer), raw=raw, headers={**PATCH, "If-Match": "*"})
            self.assertEqual((json.loads(same.body)["version"], json.loads(same.body)["state"]), (1, "published"))

    def test_read_only_members_have_no_effect(self):
        answer = create("Read only", legs=[{"country": "UG"}], parties=[{"role": "delegating", "country": "KE"}])
        body = json.loads(answer.body)
        body.update(version=77, created_at="2001-01-01T00:00:00Z", updated_at="2001-01-01T00:00:00Z", self="http://elsewhere/",
                    direction="inbound", note="changed")
        after = json.loads(request("PUT", path_of(answer), json=body, headers={"If-Match": answer.headers["ETag"]}).body)
        self.assertEqual(after["version"], 2)
        self.assertEqual(after["created_at"], json.loads(answer.body)["created_at"])
        self.assertEqual(after["direction"], "outbound")
        self.assertEqual(after["note"], "changed")

    def test_of_two_changes_at_once_one_is_told(self):
        answer = create("Race")
        path, tag = path_of(answer), answer.headers["ETag"]
        got = []

        def change(n):
            got.append(request("PATCH", path, json={"note": str(n)}, headers={**PATCH, "If-Match": tag}).status)

        threads = [threading.Thread(target=change, args=(n,)) for n in range(8)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        self.assertEqual(sorted(got), [200] + [412] * 7)
        self.assertEqual(json.loads(request("GET", path).body)["version"], 2)


class Delete(unittest.TestCase):
    def test_deleted_is_gone_and_its_id_never_used_again(self):
        answer = create("Gone", state="published")
        path = path_of(answer)
        deleted = request("DELETE", path, headers={"If-Match": answer.headers["ETag"]})
        self.assertEqual((deleted.status, deleted.body), (204, b""))
        problem(self, request("GET", path), 410, "gone")
        problem(self, request("DELETE", path, headers={"If-Match": "*"}), 410)
        problem(self, request("PUT", path, json={"title": "Back"}), 410)
        listed = json.loads(request("GET", "/api/v1/visits?id=" + path.rsplit("/", 1)[1]).body)
        self.assertEqual(listed["items"], [])

    def test_what_others_refer_to_stays_and_they_are_named(self):
        body = {"name": "Referred " + uuid.uuid4().hex}
        organisation = request("POST", "/api/v1/organisations", json=body)
        oid = json.loads(organisation.body)["id"]
        visit = create("Refers", meetings=[{"seats": [{"capacity": "host", "organisation": {"id": oid}}]}])
        refused = request("DELETE", path_of(organisation), headers={"If-Match": "*"})
        body = problem(self, refused, 409, "referenced")
        self.assertIn(json.loads(visit.body)["id"], body["errors"][0]["detail"])
        self.assertEqual(request("DELETE", path_of(visit), headers={"If-Match": "*"}).status, 204)
        self.assertEqual(request("DELETE", path_of(organisation), headers={"If-Match": "*"}).status, 204)

    def test_unknown_is_404(self):
        problem(self, request("GET", f"/api/v1/visits/{uuid.uuid4()}"), 404)
        problem(self, request("DELETE", f"/api/v1/visits/{uuid.uuid4()}", headers={"If-Match": "*"}), 404)
        problem(self, request("PATCH", f"/api/v1/visits/{uuid.uuid4()}", json={}, headers={**PATCH, "If-Match": "*"}), 404)
        problem(self, request("GET", "/api/v1/visits/not-an-id"), 404)


class Conditional(unittest.TestCase):
    def test_304_for_a_known_etag(self):
        answer = create("Cached")
        for value in (answer.headers["ETag"], "W/" + answer.headers["ETag"], '"x", ' + answer.headers["ETag"], "*"):
            with self.subTest(value):
                again = request("GET", path_of(answer), headers={"If-None-Match": value, "Cache-Control": "no-cache"})
                self.assertEqual((again.status, again.body), (304, b""))
                self.assertEqual(again.headers["ETag"], answer.headers["ETag"])

    def test_304_for_a_child_by_the_etag_of_its_visit(self):
        answer = create("Child", recommendations=[{"text": "R"}])
        path = "/api/v1/recommendations/" + json.loads(answer.body)["recommendations"][0]["id"]
        tag = request("GET", path).headers["ETag"]
        again = request("GET", path, headers={"If-None-Match": tag})
        self.assertEqual((again.status, again.body), (304, b""))
        request("PATCH", path_of(answer), json={"note": "N"}, headers={**PATCH, "If-Match": "*"})
        self.assertEqual(request("GET", path, headers={"If-None-Match": tag}).status, 200)

    def test_a_renamed_organisation_changes_the_etag_of_what_embeds_it(self):
        organisation = request("POST", "/api/v1/organisations", json={"name": "Before " + uuid.uuid4().hex})
        visit = create("Embeds", parties=[{"role": "host", "organisation": {"id": json.loads(organisation.body)["id"]}}])
        renamed = "After " + uuid.uuid4().hex
        request("PATCH", path_of(organisation), json={"name": renamed}, headers={**PATCH, "If-Match": "*"})
        again = request("GET", path_of(visit), headers={"If-None-Match": visit.headers["ETag"]})
        self.assertEqual(again.status, 200)
        self.assertEqual(json.loads(again.body)["parties"][0]["organisation"]["name"], renamed)
        self.assertEqual(json.loads(again.body)["version"], 1)


class Repeats(unittest.TestCase):
    def test_idempotency_key_replays_the_answer(self):
        key = {"Idempotency-Key": uuid.uuid4().hex, **JSON}
        body = json.dumps({"title": "Once"}).encode()
        first = request("POST", "/api/v1/visits", raw=body, headers=key)
        second = request("POST", "/api/v1/visits", raw=body, headers=key)
        self.assertEqual((first.status, second.status), (201, 201))
        self.assertEqual(first.body, second.body)
        self.assertEqual(first.headers["Location"], second.headers["Location"])
        self.assertEqual(first.headers["ETag"], second.headers["ETag"])
        other = request("POST", "/api/v1/visits", json={"title": "Other"}, headers=key)
        problem(self, other, 422, "idempotency_key_reused")

    def test_a_refused_request_does_not_use_up_its_key(self):
        key = {"Idempotency-Key": uuid.uuid4().hex, **JSON}
        self.assertEqual(request("POST", "/api/v1/visits", json={"titel": "x"}, headers=key).status, 422)
        self.assertEqual(request("POST", "/api/v1/visits", json={"title": "x"}, headers=key).status, 201)

    def test_the_same_key_sent_many_times_at_once_makes_one_record(self):
        key = {"Idempotency-Key": uuid.uuid4().hex, **JSON}
        title = "Many " + uuid.uuid4().hex
        got = []

        def post():
            got.append(request("POST", "/api/v1/visits", json={"title": title}, headers=key))

        threads = [threading.Thread(target=post) for _ in range(8)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        self.assertLessEqual({a.status for a in got}, {201, 409}, [a.body for a in got])
        self.assertEqual(len({a.headers["Location"] for a in got if a.status == 201}), 1)
        found = json.loads(request("GET", "/api/v1/visits?count=exact&title=" + title.replace(" ", "%20")).body)
        self.assertEqual(found["total"], 1)


class Negotiation(unittest.TestCase):
    def test_accept(self):
        for accept, status in (("application/json", 200), ("text/html,*/*;q=0.8", 200), ("application/*", 200),
                               ("text/csv", 406), ("application/json;q=0", 406)):
            with self.subTest(accept):
                self.assertEqual(request("GET", "/api/v1/visits", headers={"Accept": accept}).status, status)

    def test_media_types(self):
        path = path_of(create())
        problem(self, request("POST", "/api/v1/visits", raw=b"{}", headers={"Content-Type": "text/plain"}), 415)
        problem(self, request("POST", "/api/v1/visits", raw=b"{}"), 415)
        answer = request("PATCH", path, raw=b"{}", headers={**JSON, "If-Match": "*"})
        problem(self, answer, 415)
        self.assertEqual(answer.headers["Accept-Patch"], "application/merge-patch+json")

    def test_methods(self):
        for path, allow in (("/api/v1/visits", "GET, HEAD, POST, OPTIONS"), ("/api/v1/learnings", "GET, HEAD, OPTIONS")):
            answer = request("DELETE", path)
            problem(self, answer, 405)
            self.assertEqual(set(answer.headers["Allow"].split(", ")), set(allow.split(", ")))
        answer = request("OPTIONS", "/api/v1/recommendations/" + str(uuid.uuid4()))
        self.assertEqual(answer.status, 204)
        self.assertEqual(set(answer.headers["Allow"].split(", ")), {"GET", "HEAD", "PATCH", "OPTIONS"})
        problem(self, request("BREW", "/api/v1/visits"), 501)

    def test_other_routes_take_get_only(self):
        for path in ("/countries", "/codelists", "/codelists/theme", "/openapi.json", "/health/live", "/health/ready"):
            for method in ("POST", "PUT", "PATCH", "DELETE"):
                answer = request(method, "/api/v1" + path, raw=b"{}", headers=JSON)
                problem(self, answer, 405)
                self.assertEqual(set(answer.headers["Allow"].split(", ")), {"GET", "HEAD", "OPTIONS"})
            self.assertEqual(request("HEAD", "/api/v1" + path).status, 200)

    def test_head_has_the_headers_of_get_and_no_body(self):
        path = path_of(create())
        head, get = request("HEAD", path), request("GET", path)
        self.assertEqual((head.status, head.body), (200, b""))
        self.assertEqual(head.headers["ETag"], get.headers["ETag"])

    def test_unknown_paths(self):
        for path in ("/api/v1/nothing", "/api/v1/visits/x/y/z", "/api/v1/codelists/nothing"):
            problem(self, request("GET", path), 404)
        problem(self, request("GET", "/api/v1/%2e%2e/x"), 404)  # another place of the site by then
        for path in ("/api/v1/visits/", "/api/v1/visits/%00", "/api/v1/visits/a%2Fb", "/api/v1/visits/%zz"):
            problem(self, request("GET", path), 400)

    def test_the_description_knows_every_member_of_problems_and_keys(self):
        schemas = json.loads(request("GET", "/api/v1/openapi.json").body)["components"]["schemas"]
        told = json.loads(request("GET", "/api/v1/visits?limit=0").body)
        fault = schemas["Problem"]["properties"]["errors"]["items"]["properties"]
        self.assertLessEqual(told.keys(), schemas["Problem"]["properties"].keys())
        self.assertLessEqual(told["errors"][0].keys(), fault.keys())
        pointed = json.loads(request("POST", "/api/v1/visits", json={"titel": 1}).body)
        self.assertLessEqual(pointed["errors"][0].keys(), fault.keys())
        key = json.loads(request("GET", "/api/v1/keys/self").body)
        self.assertLessEqual(key.keys(), schemas["Key"]["properties"].keys())

    def test_request_id_comes_back(self):
        answer = request("GET", "/api/v1/visits?limit=1", headers={"X-Request-Id": "from-the-portal.1"})
        self.assertEqual(answer.headers["X-Request-Id"], "from-the-portal.1")
        self.assertNotEqual(request("GET", "/api/v1/visits?limit=1", headers={"X-Request-Id": "a b"}).headers["X-Request-Id"], "a b")

    def test_a_trace_goes_on_or_begins(self):
        trace = "4bf92f3577b34da6a3ce929d0e0e4736"
        sent = request("GET", "/api/v1/nothing", headers={"traceparent": f"00-{trace}-00f067aa0ba902b7-01"})
        self.assertEqual(json.loads(sent.body)["trace_id"], trace)
        for malformed in ("", "00-" + "0" * 32 + "-00f067aa0ba902b7-01", "rubbish"):
            fresh = json.loads(request("GET", "/api/v1/nothing", headers={"traceparent": malformed}).body)["trace_id"]
            self.assertRegex(fresh, "^[0-9a-f]{32}$")
            self.assertNotEqual(fresh, "0" * 32)

    def test_cors(self):
        answer = request("GET", "/api/v1/visits?limit=1", headers={"Origin": "https://portal.example"})
        self.assertEqual(answer.headers["Access-Control-Allow-Origin"], "*")
        self.assertIn("ETag", answer.headers["Access-Control-Expose-Headers"])
        preflight = request("OPTIONS", "/api/v1/visits", headers={"Origin": "https://portal.example",
                                                                  "Access-Control-Request-Method": "GET"})
        self.assertEqual(preflight.status, 204)
        self.assertEqual(preflight.headers["Access-Control-Allow-Methods"], "GET, HEAD")

    def test_every_answer_names_its_version_and_description(self):
        for path in ("/api/v1/visits", "/api/v1/nothing", "/api/v1/health/live"):
            answer = request("GET", path)
            self.assertEqual(answer.headers["API-Version"], "1")
            self.assertTrue(any('rel="service-desc"' in link for link in answer.headers.get_all("Link")))


class Bodies(unittest.TestCase):
    def refused(self, raw, status=400, code=None):
        return problem(self, request("POST", "/api/v1/visits", raw=raw, headers=JSON), status, code)

    def test_syntax(self):
        for raw in (b"", b"{", b'{"title":}', b"{'title':1}", b'{"title":"x"} x', b"\xef\xbb\xbf{}", b"nul"):
            with self.subTest(raw):
                self.refused(raw)
        self.refused(b"[]", 422)
        self.refused(b'"x"', 422)

    def test_duplicate_keys_are_refused_with_their_pointer(self):
        body = self.refused(b'{"title":"x","legs":[{"country":"KE","country":"UG"}]}')
        self.assertIn("/legs/0/country", pointers(body))

    def test_bad_text(self):
        for raw in (b'{"title":"\xff"}', b'{"title":"\\ud800"}', b'{"title":"a\\u0000b"}'):
            with self.subTest(raw):
                self.assertIn("/title", pointers(self.refused(raw)))

    def test_depth(self):
        self.refused(b'{"title":' + b"[" * 100 + b"]" * 100 + b"}")

    def test_number_out_of_range(self):
        self.refused(b'{"title":"x","delegation_size":99999999999999999999}')
        body = self.refused(b'{"title":"x","delegation_size":0}', 422)
        self.assertIn("/delegation_size", pointers(body))
        self.refused(b'{"title":"x","delegation_size":1.5}', 422)

    def test_all_faults_at_once(self):
        answer = request("POST", "/api/v1/visits", json={
            "titel": "x", "dates": "2018-7", "kind": "trip", "legs": [{"country": "Kenya"}, 5],
            "seats": [{"count": "many"}], "clearance": "yes", "programme": {"name": "x"}})
        self.assertEqual(pointers(problem(self, answer, 422)), {
            "/titel", "/title", "/dates", "/kind", "/legs/0/country", "/legs/1", "/seats/0/count", "/seats/0/capacity",
            "/clearance", "/programme"})

    def test_too_large_a_body(self):
        problem(self, request("POST", "/api/v1/visits", raw=b'{"title":"' + b"x" * 300000 + b'"}', headers=JSON), 413)

    def test_length_counts_characters(self):
        self.assertEqual(request("POST", "/api/v1/visits", json={"title": "Ü" * 300}).status, 201)
        self.assertIn("/title", pointers(self.refused(json.dumps({"title": "Ü" * 301}).encode(), 422)))

    def test_text_is_normalised_and_otherwise_kept(self):
        answer = create("Toomas Ku\u0075\u0308se ʻOkina  \u0627\u0644\u0645")
        self.assertEqual(json.loads(answer.body)["title"], "Toomas Kuüse ʻOkina  \u0627\u0644\u0645")

    def test_a_monstrous_name_is_not_given_back(self):
        answer = request("POST", "/api/v1/visits", json={"title": "x", "n" * 100000: 1})
        problem(self, answer, 422)
        self.assertLess(len(answer.body), 2000)

    def test_contradicting_counts(self):
        answer = request("POST", "/api/v1/visits", json={"title": "x", "delegation_size": 3, "delegation_women": 2,
                                                         "delegation_men": 2})
        self.assertIn("/delegation_size", pointers(problem(self, answer, 422)))

    def test_a_party_names_somebody(self):
        answer = request("POST", "/api/v1/visits", json={"title": "x", "parties": [{"role": "host"}]})
        self.assertIn("/parties/0", pointers(problem(self, answer, 422)))


class Size(unittest.TestCase):
    """Whatever is accepted can be read, sent back, changed and deleted."""

    def test_the_most_items(self):
        seats = [{"capacity": "member"}] * 199
        meetings = [{"seats": seats}] * 5
        answer = create("Full", meetings=meetings)  # 5 + 995 items
        path = path_of(answer)
        read = request("GET", path)
        self.assertEqual((read.status, read.body), (200, answer.body))
        put = request("PUT", path, raw=read.body, headers={**JSON, "If-Match": "*"})
        self.assertEqual((put.status, put.body), (200, read.body))
        self.assertEqual(request("PATCH", path, json={"note": "N"}, headers={**PATCH, "If-Match": "*"}).status, 200)
        more = request("PATCH", path, json={"legs": [{"country": "KE"}]}, headers={**PATCH, "If-Match": "*"})
        self.assertEqual(json.loads(problem(self, more, 422) and more.body)["errors"][0]["code"], "too_many")
        self.assertEqual(request("DELETE", path, headers={"If-Match": "*"}).status, 204)

    def test_the_most_bytes(self):
        learnings = [{"text": "x" * 9000}] * 25
        body = problem(self, request("POST", "/api/v1/visits", json={"title": "x", "learnings": learnings}), 422)
        self.assertEqual(body["errors"][0]["code"], "too_long")
        answer = create("Long", learnings=learnings[:20])
        read = request("GET", path_of(answer))
        self.assertEqual(request("PUT", path_of(answer), raw=read.body, headers={**JSON, "If-Match": "*"}).status, 200)


class References(unittest.TestCase):
    def test_at_once_one_record_of_a_name_is_made(self):
        name = "At once " + uuid.uuid4().hex
        got = []

        def post():
            got.append(request("POST", "/api/v1/visits", json={
                "title": "x", "parties": [{"role": "host", "organisation": {"name": name, "create": True}}]}))

        threads = [threading.Thread(target=post) for _ in range(8)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        self.assertEqual({a.status for a in got}, {201}, [a.body for a in got])
        found = json.loads(request("GET", "/api/v1/organisations?count=exact&name=" + name.replace(" ", "%20")).body)
        self.assertEqual(found["total"], 1)

    def test_a_name_that_is_there_is_used_only_when_all_that_is_said_of_it_is_so(self):
        tag = uuid.uuid4().hex
        made = {"name": "There " + tag, "create": True, "acronym": "T", "identifiers": [{"scheme": "XI-T", "value": tag}]}

        def refer(**change):
            return request("POST", "/api/v1/visits", json={
                "title": "x", "state": "published", "parties": [{"role": "host", "organisation": {**made, **change}}]})

        first = json.loads(refer().body)["parties"][0]["organisation"]["id"]
        self.assertEqual(json.loads(refer().body)["parties"][0]["organisation"]["id"], first)
        for change in ({"acronym": "U"}, {"website": "https://example.org/"}, {"state": "draft"}, {"identifiers": []},
                       {"parent": {"name": "Orphan " + tag, "create": True}}):
            with self.subTest(change):
                answer = refer(**change)
                self.assertEqual(problem(self, answer, 422)["errors"][0]["code"], "differs")
        orphans = json.loads(request("GET", "/api/v1/organisations?name=Orphan%20" + tag).body)["items"]
        self.assertEqual(orphans, [])

    def test_names_that_differ_in_an_accent_are_two_names(self):
        tag = uuid.uuid4().hex
        names = ["Ministère " + tag, "Ministere " + tag, "ministère " + tag]
        answer = create("Accents", parties=[{"role": "host", "organisation": {"name": n, "create": True}} for n in names])
        self.assertEqual([p["organisation"]["name"] for p in json.loads(answer.body)["parties"]], names)
        self.assertEqual(len({p["organisation"]["id"] for p in json.loads(answer.body)["parties"]}), 3)

    def test_what_is_made_on_the_way_is_as_public_as_the_record(self):
        for state in ("published", "draft"):
            answer = create("State", state=state, programme={"title": "P " + uuid.uuid4().hex, "create": True})
            made = request("GET", "/api/v1/programmes/" + json.loads(answer.body)["programme"]["id"])
            self.assertEqual(json.loads(made.body)["state"], state)

    def test_unknown_members_of_references_and_items_are_refused(self):
        oid = json.loads(request("POST", "/api/v1/organisations", json={"name": "K " + uuid.uuid4().hex}).body)["id"]
        for organisation, at in (({"id": oid, "bogus": 1}, "/bogus"), ({"identifier": "XM-DAC-47066", "bogus": 1}, "/bogus")):
            answer = request("POST", "/api/v1/visits", json={"title": "x", "parties": [{"role": "host", "organisation": organisation}]})
            self.assertEqual(pointers(problem(self, answer, 422)), {"/parties/0/organisation" + at})
        answer = request("POST", "/api/v1/visits", json={"title": "x", "parties": [{"role": "host", "country": "KE", "visit": {"x": 1}}]})
        self.assertEqual(pointers(problem(self, answer, 422)), {"/parties/0/visit"})

    def test_a_whole_visit_is_one_post(self):
        tag = uuid.uuid4().hex
        answer = create("Whole", state="published", programme={"title": "Programme " + tag, "create": True},
                        parties=[{"role": "host", "organisation": {"name": "Host " + tag, "create": True, "country": "GH"}},
                                 {"role": "supporting", "organisation": {"name": "Host " + tag, "create": True}},
                                 {"role": "organiser", "organisation": {"name": "Organiser " + tag, "create": True,
                                  "parent": {"name": "Parent " + tag, "create": True}}}],
                        purpose_links=[{"policy": {"title": "Policy " + tag, "create": True, "kind": "policy"}}])
        visit = json.loads(answer.body)
        host, again, organiser = (p["organisation"] for p in visit["parties"])
        self.assertEqual(host, again)
        made = json.loads(request("GET", "/api/v1/organisations/" + host["id"]).body)
        self.assertEqual((made["name"], made["country"]), ("Host " + tag, "GH"))
        self.assertEqual(json.loads(request("GET", "/api/v1/organisations/" + organiser["id"]).body)["parent"]["name"],
                         "Parent " + tag)
        self.assertEqual(visit["programme"]["title"], "Programme " + tag)

    def test_nothing_is_created_when_another_member_is_refused(self):
        name = "Never " + uuid.uuid4().hex
        answer = request("POST", "/api/v1/visits", json={
            "title": "x", "kind": "nonsense", "parties": [{"role": "host", "organisation": {"name": name, "create": True}}]})
        self.assertEqual(pointers(problem(self, answer, 422)), {"/kind"})
        found = json.loads(request("GET", "/api/v1/organisations?name=" + name.replace(" ", "%20")).body)
        self.assertEqual(found["items"], [])

    def test_faults_within_a_created_reference_have_their_pointer(self):
        answer = request("POST", "/api/v1/visits", json={
            "title": "x", "parties": [{"role": "host", "organisation": {"name": "y", "create": True, "contry": "GH"}}]})
        self.assertEqual(pointers(problem(self, answer, 422)), {"/parties/0/organisation/contry"})

    def test_by_identifier(self):
        answer = create("Identifier", parties=[{"role": "supporting", "organisation": {"identifier": "XM-DAC-47066"}}])
        self.assertEqual(json.loads(answer.body)["parties"][0]["organisation"]["name"], "International Organization for Migration")

    def test_wrong_references(self):
        for reference, pointer in (({"id": str(uuid.uuid4())}, "/programme/id"), ({"id": 5}, "/programme/id"), ("x", "/programme"),
                                   ({}, "/programme"), ({"title": "x"}, "/programme"), ({"create": "yes", "title": "x"}, "/programme/create"),
                                   ({"identifier": "XX-" + uuid.uuid4().hex}, "/programme/identifier"),
                                   ({"id": str(uuid.uuid4()), "create": True}, "/programme")):
            with self.subTest(reference):
                answer = request("POST", "/api/v1/visits", json={"title": "x", "programme": reference})
                self.assertEqual(pointers(problem(self, answer, 422)), {pointer})

    def test_two_people_of_one_name_are_two_people(self):
        name = "Jane " + uuid.uuid4().hex
        seat = {"capacity": "member", "person": {"name": name, "create": True}}
        seats = json.loads(create("Namesakes", seats=[seat, seat]).body)["seats"]
        self.assertNotEqual(seats[0]["person"]["id"], seats[1]["person"]["id"])

    def test_a_programme_cannot_be_part_of_itself(self):
        above = request("POST", "/api/v1/programmes", json={"title": "Above " + uuid.uuid4().hex})
        below = request("POST", "/api/v1/programmes", json={"title": "Below", "parent": {"id": json.loads(above.body)["id"]}})
        answer = request("PATCH", path_of(above), json={"parent": {"id": json.loads(below.body)["id"]}},
                         headers={**PATCH, "If-Match": "*"})
        self.assertEqual(pointers(problem(self, answer, 422)), {"/parent"})


class Children(unittest.TestCase):
    def test_recommendations_across_visits_and_their_patch(self):
        answer = create("Recommends", recommendations=[{"text": "First", "number": "1"}, {"text": "Second", "number": "2"}])
        visit = json.loads(answer.body)
        rid = visit["recommendations"][1]["id"]
        one = json.loads(request("GET", "/api/v1/recommendations/" + rid).body)
        self.assertEqual(one["visit"], {"id": visit["id"], "title": "Recommends"})
        same = request("PATCH", "/api/v1/recommendations/" + rid, json=one, headers={**PATCH, "If-Match": answer.headers["ETag"]})
        self.assertEqual((same.status, json.loads(same.body)), (200, one))
        changed = request("PATCH", "/api/v1/recommendations/" + rid,
                          json={"due": "2027-06", "addressees": [{"name_as_written": "The county"}]},
                          headers={**PATCH, "If-Match": answer.headers["ETag"]})
        self.assertEqual(changed.status, 200, changed.body)
        self.assertEqual(json.loads(changed.body)["due"], "2027-06")
        whole = json.loads(request("GET", path_of(answer)).body)
        self.assertEqual(whole["version"], 2)
        self.assertEqual([r["text"] for r in whole["recommendations"]], ["First", "Second"])
        self.assertEqual(whole["recommendations"][1]["addressees"][0]["name_as_written"], "The county")
        stale = request("PATCH", "/api/v1/recommendations/" + rid, json={"due": None},
                        headers={**PATCH, "If-Match": answer.headers["ETag"]})
        problem(self, stale, 412)
        listed = json.loads(request("GET", "/api/v1/recommendations?visit=" + visit["id"]).body)["items"]
        self.assertEqual({r["number"] for r in listed}, {"1", "2"})

    def test_children_take_the_filters_of_their_visits(self):
        answer = create("Taught", legs=[{"country": "VU"}], learnings=[{"text": "L"}], meetings=[{"subject": "M"}])
        for kind, word in (("learnings", "L"), ("meetings", "M")):
            items = json.loads(request("GET", f"/api/v1/{kind}?host_country=VU&visit={json.loads(answer.body)['id']}").body)["items"]
            self.assertEqual([i.get("text", i.get("subject")) for i in items], [word])


if __name__ == "__main__":
    unittest.main()
