# SPDX-License-Identifier: Apache-2.0
"""Likely duplicates: what is proposed, what a maker is told, what strict handling refuses."""
import json
import re
import threading
import unittest
import urllib.parse
import uuid

from harness import make_key, request

STRICT = {"Prefer": "handling=strict"}
WARNING = re.compile(r'299 - "Perhaps the same as ([ -!#-\[\]-~]+)"')  # RFC 9110, 5.6.4: a quoted string without escapes


def seen(answer):
    return json.loads(answer.body)


def pages(path, role="editor"):
    """Every item of a list, page by page."""
    while path:
        answer = request("GET", path, role=role)
        assert answer.status == 200, answer.body
        yield from seen(answer)["items"]
        following = seen(answer)["next"]
        path = following and "/api/v1" + following.split("/api/v1", 1)[1]


class Case(unittest.TestCase):
    """Whatever is made here goes again, so that the real names stay free for the next run."""
    kind = "organisations"

    def send(self, name, headers=None, method="POST", path=None, **members):
        answer = request(method, path or f"/api/v1/{self.kind}", json={"name": name, "state": "published", **members}, headers=headers)
        if answer.status == 201:
            self.addCleanup(self.remove, f"/api/v1/{self.kind}/" + seen(answer)["id"])
        return answer

    def make(self, name, headers=None, **members):
        answer = self.send(name, headers, **members)
        self.assertEqual(answer.status, 201, answer.body)
        return seen(answer)["id"]

    def remove(self, path):
        request("DELETE", path, headers={"If-Match": "*"})

    def pairs(self, one, role="editor"):
        """{the other: (score, reasons)}"""
        found = {}
        for pair in pages(f"/api/v1/{self.kind}/duplicates?limit=200", role):
            ids = [pair["first"]["id"], pair["second"]["id"]]
            if one in ids:
                ids.remove(one)
                found[ids[0]] = (pair["score"], pair["reasons"])
        return found

    def warned(self, answer):
        """Ids that the header Warning names."""
        self.assertEqual(answer.status, 201, answer.body)
        text = answer.headers["Warning"]
        if text is None:
            return []
        paths = WARNING.fullmatch(text)
        self.assertIsNotNone(paths, text)
        for path in paths[1].split(", "):
            self.assertEqual(request("GET", path).status, 200)
        return [path.rsplit("/", 1)[1] for path in paths[1].split(", ")]

    def refused(self, answer):
        """{id: reasons} of the candidates."""
        self.assertEqual(answer.status, 409, answer.body)
        self.assertEqual(answer.headers["Preference-Applied"], "handling=strict")
        self.assertIsNone(answer.headers["Warning"])
        self.assertIsNone(answer.headers["Location"])
        self.assertEqual(seen(answer)["type"], "urn:ziara:problem:duplicate")
        return {c["id"]: c["reasons"] for c in seen(answer)["candidates"]}


class Bodies(Case):
    def iom(self):
        return seen(request("GET", "/api/v1/organisations?identifier=XM-DAC-47066"))["items"][0]["id"]

    def test_an_acronym_as_a_name(self):
        answer = self.send("IOM")
        self.assertEqual(self.warned(answer), [self.iom()])
        self.assertEqual(self.pairs(seen(answer)["id"])[self.iom()], (65, ["acronym"]))

    def test_a_number_written_otherwise(self):
        answer = self.send("Organisation internationale pour les migrations", identifiers=[{"scheme": "xm dac", "value": "47066"}])
        self.assertEqual(self.warned(answer), [self.iom()])
        self.assertEqual(self.pairs(seen(answer)["id"]), {self.iom(): (95, ["identifier"])})

    def test_the_office_in_a_country_is_no_duplicate_of_the_whole(self):
        answer = self.send("IOM Lesotho", STRICT, acronym="IOM", country="LS")
        self.assertEqual(self.warned(answer), [])
        self.assertEqual(answer.headers["Preference-Applied"], "handling=strict")
        self.assertEqual(self.pairs(seen(answer)["id"]), {self.iom(): (25, ["acronym"])})  # 40 less 15: proposed last
        part = self.make("IOM office in Lesotho", acronym="IOM", country="LS", parent={"id": self.iom()})
        self.assertNotIn(self.iom(), self.pairs(part))

    def test_one_name_in_two_countries(self):
        first = self.make("Ministry of Interior", country="ML")
        answer = self.send("Ministry of Interior", STRICT, country="TG")
        self.assertEqual(self.warned(answer), [])
        self.assertNotIn(first, self.pairs(seen(answer)["id"]))

    def test_one_name_and_no_country(self):
        first = self.make("Ministry of Spare Parts", country="ML")
        answer = self.send("Ministry of Spare Parts")
        self.assertEqual(self.warned(answer), [first])
        self.assertEqual(self.pairs(first), {seen(answer)["id"]: (75, ["name"])})

    def test_bodies_with_near_equal_names_are_others(self):
        bmm = self.make("Better Migration Management", acronym="BMM")
        for name, acronym in (("Better Regional Migration Management", "BRMM"), ("Regional Migration Management Programme", "RMMP"),
                              ("Border Migration Monitoring", "BMM")):
            answer = self.send(name, STRICT, acronym=acronym)
            self.assertEqual(self.warned(answer), [], name)
            weak = {bmm: (40, ["acronym"])} if acronym == "BMM" else {}
            self.assertEqual(self.pairs(seen(answer)["id"]), weak, name)

    def test_two_spellings(self):
        for first, second, score, reason in (
                ("Ministère de l'Intérieur et de la Sécurité", "MINISTERE DE L’INTERIEUR ET DE LA SECURITE", 90, "name"),
                ("Ministry of Labour and Welfare", "The Ministry for Labour & Welfare", 75, "words"),
                ("Ministry of Labour Exchange", "Ministry of Labor Exchange", 60, "spelling"),
                ("Министерство труда и занятости", "Ministerstvo truda i zanyatosti", 80, "transliteration"),
                ("Кыргыз миграция кызматы", "Kyrgyz migratsiya kyzmaty", 80, "transliteration"),
                ("وزارة الداخلية", "Wizarat al-Dakhiliya", 60, "spelling")):
            with self.subTest(first):
                one = self.make(first, country="TN")
                answer = self.send(second, country="TN")
                self.assertEqual(self.warned(answer), [one])
                self.assertEqual(self.pairs(one), {seen(answer)["id"]: (score, [reason])})

    def test_a_former_name(self):
        now = self.make("Department of Seafarers", country="PH", names=[{"name": "Overseas Crews Administration", "kind": "former"}])
        old = self.send("Overseas Crews Administration", country="PH")
        self.assertEqual(self.warned(old), [now])
        successor = [{"kind": "renamed", "organisation": {"id": now}}]
        answer = request("PATCH", "/api/v1/organisations/" + seen(old)["id"], json={"successions": successor},
                         headers={"If-Match": "*", "Content-Type": "application/merge-patch+json"})
        self.assertEqual(answer.status, 200, answer.body)
        self.assertEqual(self.pairs(now), {})  # it is said what became of it

    def test_a_change_is_followed(self):
        one, other = self.make("Bureau of Lighthouses", country="KE"), self.make("Office of Lighthouses", country="KE")
        self.assertEqual(self.pairs(one), {})
        for name, want in (("The Bureau of Lighthouses", {other: (75, ["words"])}), ("Bureau of lighthouses", {other: (90, ["name"])}), ("Office", {})):
            request("PATCH", f"/api/v1/organisations/{other}", json={"name": name},
                    headers={"If-Match": "*", "Content-Type": "application/merge-patch+json"})
            self.assertEqual(self.pairs(one), want)
        third = self.make("Bureau of Lighthouses", country="KE")
        self.assertEqual(list(self.pairs(one)), [third])
        self.remove(f"/api/v1/organisations/{third}")
        self.assertEqual(self.pairs(one), {})

    def test_put_warns_of_what_it_makes_only(self):
        one = self.make("Bureau of Beacons", country="KE")
        path = f"/api/v1/organisations/{uuid.uuid4()}"
        answer = self.send("Bureau of Beacons", method="PUT", path=path, country="KE")
        self.assertEqual(self.warned(answer), [one])
        again = self.send("Beacons Bureau", {"If-Match": "*"}, "PUT", path, country="KE")
        self.assertEqual((again.status, again.headers["Warning"]), (200, None))
        self.assertEqual(self.pairs(one), {path.rsplit("/", 1)[1]: (75, ["words"])})

    def test_the_five_closest_are_named(self):
        ids = [self.make("Bureau of Buoys", country="KE") for _ in range(6)]
        near = self.make("Buoys Bureau", country="KE")
        named = self.warned(self.send("Bureau of Buoys", country="KE"))
        self.assertEqual(len(named), 5)
        self.assertNotIn(near, named)
        self.assertLessEqual(set(named), set(ids))


class Merged(Case):
    def test_merging_is_the_end_of_a_pair_and_undo_its_return(self):
        one, other = self.make("Bureau of Dredgers", country="KE"), self.make("Dredgers Bureau", country="KE")
        third = self.make("Dredgers and Bureau", country="KE")
        self.assertEqual(set(self.pairs(one)), {other, third})
        merged = request("POST", f"/api/v1/organisations/{other}/merge", json={"into": one}, headers={"If-Match": "*"})
        self.assertEqual(merged.status, 200, merged.body)
        self.addCleanup(request, "DELETE", f"/api/v1/organisations/{other}/merge", headers={"If-Match": "*"})
        self.assertEqual(self.pairs(one), {third: (75, ["words"])})
        self.assertEqual(self.pairs(other), {})
        # the name of the merged one answers for the other
        self.assertEqual(self.warned(self.send("DREDGERS BUREAU", country="KE"))[0], one)
        undone = request("DELETE", f"/api/v1/organisations/{other}/merge", headers={"If-Match": "*"})
        self.assertIn(undone.status, (200, 204), undone.body)
        self.assertIn(other, self.pairs(one))


class Strict(Case):
    def test_nothing_is_stored(self):
        one = self.make("Bureau of Tides", country="KE")
        key = {"Idempotency-Key": str(uuid.uuid4())}
        for prefer in ("handling=strict", 'Handling="strict"', "return=minimal, handling=strict"):
            self.assertEqual(self.refused(self.send("Bureau of Tides", {"Prefer": prefer, **key}, country="KE")), {one: ["name"]})
        self.assertEqual(self.pairs(one), {})
        listed = seen(request("GET", "/api/v1/organisations?name=" + urllib.parse.quote("Bureau of Tides")))["items"]
        self.assertEqual([body["id"] for body in listed], [one])
        answer = self.send("Bureau of Tides", {"Prefer": "handling=lenient", **key}, country="KE")  # the key is free
        self.assertEqual(self.warned(answer), [one])
        self.assertIsNone(answer.headers["Preference-Applied"])

    def test_put(self):
        one, path = self.make("Bureau of Wharves", country="KE"), f"/api/v1/organisations/{uuid.uuid4()}"
        self.assertEqual(self.refused(self.send("Bureau of Wharves", STRICT, "PUT", path, country="KE")), {one: ["name"]})
        self.assertEqual(request("GET", path).status, 404)

    def test_of_many_at_once_one_is_made(self):
        answers, start = [], threading.Barrier(8)

        def work():
            start.wait()
            answers.append(self.send("Bureau of Concurrent Ferries", STRICT, country="KE"))

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(sorted({answer.status for answer in answers} - {503}), [201, 409])
        made = [seen(answer)["id"] for answer in answers if answer.status == 201]
        self.assertEqual(len(made), 1)
        for answer in answers:
            if answer.status == 409:
                self.assertEqual(self.refused(answer), {made[0]: ["name"]})


class OnTheWay(Case):
    """Bodies made with a visit."""

    def visit(self, name, headers=None):
        answer = request("POST", "/api/v1/visits", headers=headers, json={"title": "To see piers", "parties": [
            {"role": "host", "organisation": {"name": name, "country": "KE", "create": True}}]})
        if answer.status == 201:
            body = seen(answer)["parties"][0]["organisation"]["id"]
            self.addCleanup(self.remove, f"/api/v1/organisations/{body}")
            self.addCleanup(self.remove, "/api/v1/visits/" + seen(answer)["id"])
        return answer

    def test_an_equal_name_is_used_and_a_like_one_told(self):
        one = self.make("Bureau of Piers", country="KE")
        equal = self.visit("Bureau of Piers")
        self.assertEqual(seen(equal)["parties"][0]["organisation"]["id"], one)
        self.assertEqual(self.warned(equal), [])
        self.assertEqual(self.warned(self.visit("The Bureau of Piers")), [one])

    def test_strict(self):
        one = self.make("Bureau of Quays", country="KE")
        self.assertEqual(self.visit("Bureau of Quays", STRICT).status, 201)
        self.assertEqual(self.refused(self.visit("The Bureau of Quays", STRICT)), {one: ["words"]})
        self.assertEqual(self.pairs(one), {})


class Repeats(Case):
    def test_a_repeat_has_the_warning_too(self):
        one = self.make("Bureau of Locks", country="KE")
        key = {"Idempotency-Key": str(uuid.uuid4())}
        first = self.send("Bureau of Locks", key, country="KE")
        again = self.send("Bureau of Locks", {**key, **STRICT}, country="KE")
        self.assertEqual(again.headers["Idempotency-Replayed"], "true")
        self.assertEqual((again.status, again.body), (first.status, first.body))
        self.assertEqual(self.warned(again), [one])


class People(Case):
    kind = "people"

    def test_order_and_honorific_of_a_name(self):
        one = self.make("Awil Mohamed Farah", honorific="Dr.")
        answer = self.send("Farah, Awil Mohamed")
        self.assertEqual(self.warned(answer), [one])
        self.assertEqual(self.pairs(one), {seen(answer)["id"]: (75, ["words"])})
        written_in = self.make("Dr. Awil Mohamed Farah")
        self.assertEqual(self.pairs(written_in)[one], (75, ["words"]))

    def test_two_people_may_have_one_name(self):
        one = self.make("Zuhura Tabasamu")
        self.assertEqual(self.warned(self.send("Zuhura Tabasamu")), [one])
        self.assertEqual(self.refused(self.send("Zuhura Tabasamu", STRICT))[one], ["name"])

    def test_a_second_spelling(self):
        one = self.make("Шарипов Алишер", names=[{"name": "Sharipov Alisher", "kind": "transliteration"}])
        self.assertEqual(self.pairs(self.make("Sharipov Alisher"))[one], (90, ["name"]))

    def test_what_shows_more_than_everybody_sees_is_kept_nowhere(self):
        self.assertEqual(request("GET", "/api/v1/people/duplicates").headers["Cache-Control"], "private, no-store")
        self.assertEqual(request("GET", "/api/v1/people/duplicates", role=None).headers["Cache-Control"], "public, no-cache")


class Sight(Case):
    def test_a_pair_is_for_those_who_see_both(self):
        open_one, draft = self.make("Bureau of Cranes", country="KE"), self.make("Cranes Bureau", country="KE", state="draft")
        other = make_key("--scope", "write.visits")  # sees drafts of visits, not of bodies
        self.assertEqual(list(self.pairs(open_one)), [draft])
        for role in (None, "reader", other):
            self.assertEqual(self.pairs(open_one, role), {}, role)
        total = [seen(request("GET", "/api/v1/organisations/duplicates?count=exact", role=role))["total"] for role in ("editor", "reader")]
        self.assertGreater(total[0], total[1])
        request("PATCH", f"/api/v1/organisations/{draft}", json={"state": "published"},
                headers={"If-Match": "*", "Content-Type": "application/merge-patch+json"})
        self.assertEqual(list(self.pairs(open_one, "reader")), [draft])

    def test_a_pair_shows_what_was_compared(self):
        self.make("Bureau of Sluices", acronym="BoS", country="KE", note="N")
        for pair in pages("/api/v1/organisations/duplicates"):
            for side in ("first", "second"):
                self.assertLessEqual(set(pair[side]), {"id", "self", "state", "name", "acronym", "country"})
                self.assertEqual(request("GET", "/api/v1" + pair[side]["self"].split("/api/v1", 1)[1]).status, 200)
            self.assertLess(pair["first"]["id"], pair["second"]["id"])


class Pages(Case):
    def test_best_first_and_each_once(self):
        for word in ("Anchors", "Oars", "Sails"):
            self.make(f"Bureau of {word}", country="KE")
            self.make(f"Bureau of {word}", country="KE")
            self.make(f"The Bureau of {word}", country="KE")
        whole = list(pages("/api/v1/organisations/duplicates?limit=200"))
        self.assertGreaterEqual(len(whole), 9)
        scores = [pair["score"] for pair in whole]
        self.assertEqual(scores, sorted(scores, reverse=True))
        for limit in (1, 2, 5):
            self.assertEqual(list(pages(f"/api/v1/organisations/duplicates?limit={limit}")), whole)
        counted = seen(request("GET", "/api/v1/organisations/duplicates?limit=1&count=exact"))
        self.assertEqual(counted["total"], len(whole))

    def test_faults(self):
        cursor = urllib.parse.parse_qs(urllib.parse.urlsplit(seen(self.two_pages())["next"]).query)["cursor"][0]
        for query in ("limit=0", "limit=201", "count=all", "cursor=x", "country=KE", "sort=score", f"cursor={cursor}A"):
            answer = request("GET", f"/api/v1/organisations/duplicates?{query}")
            self.assertEqual((answer.status, seen(answer)["errors"][0]["parameter"]), (400, query.split("=")[0]), query)
        self.assertEqual(request("GET", f"/api/v1/people/duplicates?cursor={cursor}").status, 400)
        self.assertEqual(request("GET", f"/api/v1/organisations/duplicates?cursor={cursor}", role="reader").status, 400)

    def two_pages(self):
        for _ in range(3):
            self.make("Bureau of Masts", country="KE")
        answer = request("GET", "/api/v1/organisations/duplicates?limit=1")
        self.assertIn('rel="next"', "".join(answer.headers.get_all("Link")))
        return answer

    def test_methods(self):
        self.assertEqual(request("HEAD", "/api/v1/organisations/duplicates").status, 200)
        for method in ("POST", "PUT", "DELETE"):
            answer = request(method, "/api/v1/organisations/duplicates", json={"name": "x"})
            self.assertEqual((answer.status, answer.headers["Allow"]), (405, "GET, HEAD, OPTIONS"))
        self.assertEqual(request("GET", "/api/v1/visits/duplicates").status, 404)


if __name__ == "__main__":
    unittest.main()
