# SPDX-License-Identifier: Apache-2.0
"""Programmes with parties, countries, phases and components, and the filters that go by them.  What is expected is
written down here by hand from what the sources of the records say."""
import json
import threading
import unittest
import uuid

from demo import DEMO, demo_id, get, listed, refs
from harness import request

BMM, BRMM, NOAH, BOMCA = (demo_id("30-programme-" + name) for name in ("bmm", "brmm", "noah", "bomca-10"))
PARTNERS = {"British Council", "CIVIPOL", "Expertise France", "Deutsche Gesellschaft für Internationale Zusammenarbeit",
            "Italian Department of Public Security", "International Organization for Migration",
            "United Nations Office on Drugs and Crime"}
FUNDERS = {"European Union", "Federal Ministry for Economic Cooperation and Development"}
FUND = "EU Emergency Trust Fund for Africa"


def demo_names():
    """Names of the bodies that have a file: what else a stack holds does not count here."""
    bodies = [json.loads(path.read_text(encoding="utf-8")) for path in DEMO.glob("1*-organisation-*.json")]
    return {body["body"]["name"] for body in bodies}


DEMO_NAMES = demo_names()


def bodies(**query):
    return {body["name"] for body in listed("organisations", **query)}


def make(path, **body):
    answer = request("POST", "/api/v1/" + path, json=body)
    if answer.status != 201:
        raise AssertionError(answer.body)
    return json.loads(answer.body)


class BetterMigrationManagement(unittest.TestCase):
    """The first programme of the register, as its source has it; who its parties are is told in test_seed_facts.py."""

    @classmethod
    def setUpClass(cls):
        cls.bmm = get("programmes/" + BMM)
        cls.components = {p["title"]: p for p in listed("programmes", parent=BMM)}

    def test_nobody_else(self):
        self.assertEqual(len(self.bmm["parties"]), 7 + 2 + 1)

    def test_each_country_finds_it_and_another_does_not(self):
        for country in ("DJ", "ER", "ET", "KE", "SD", "SO", "SS", "UG"):
            self.assertIn(BMM, {p["id"] for p in listed("programmes", country=country)}, country)
        self.assertNotIn(BMM, {p["id"] for p in listed("programmes", country="RW")})

    def test_each_role_finds_it(self):
        for name, roles in (("giz", ["implementing"]), ("bmz", ["funding"]), ("eutf", ["fund"])):
            body = demo_id("10-organisation-" + name)
            for role in ("funding", "fund", "implementing", "adviser"):
                found = {p["id"] for p in listed("programmes", organisation=body, organisation_role=role)}
                self.assertEqual(BMM in found, role in roles, (name, role))
            self.assertIn(BMM, {p["id"] for p in listed("programmes", organisation=body)})

    def test_it_is_found_by_kind_and_its_components_too(self):
        self.assertIn(BMM, {p["id"] for p in listed("programmes", kind="programme")})
        self.assertTrue({c["id"] for c in self.components.values()} <= {p["id"] for p in listed("programmes", kind="component")})

    def test_what_its_source_leaves_open_is_absent(self):
        self.assertNotIn("dates", self.bmm)
        self.assertEqual(self.bmm["identifiers"], [])


class Visits(unittest.TestCase):
    """A visit of a phase or component is one of the programme."""

    def test_visits_of_each_programme(self):
        for programme, found in ((BMM, {"V01"}), (BRMM, {"V03"}), (NOAH, {"V08"}), (BOMCA, {"V16"})):
            self.assertEqual(refs(programme=programme), found)

    def test_near_equal_names_are_told_apart(self):
        """BMM, BRMM and BRMM II: three records, of two bodies."""
        self.assertEqual({p["id"] for p in listed("programmes", acronym="BRMM")}, {BRMM})
        self.assertEqual({p["id"] for p in listed("programmes", acronym="BMM")}, {BMM})
        self.assertEqual(refs(programme=demo_id("31-programme-brmm-2")), {"V03"})

    def test_any_depth(self):
        top = make("programmes", title="Deep " + uuid.uuid4().hex, state="published")
        at, visits = top, []
        for depth in range(4):
            at = make("programmes", title=f"Deep {depth}", parent={"id": at["id"]}, state="published")
            visits.append(make("visits", title=f"Depth {depth}", programme={"id": at["id"]}, state="published")["id"])
        for role in ("editor", None):
            answer = request("GET", f"/api/v1/visits?programme={top['id']}&fields=title", role=role)
            self.assertEqual(sorted(v["id"] for v in json.loads(answer.body)["items"]), sorted(visits), role)


class Bodies(unittest.TestCase):
    """Organisations by their part in visits and programmes."""

    def test_parties_of_the_programme_and_of_its_visits(self):
        at_home = {"National Coordination Mechanism on Migration", "Ministry of Foreign Affairs"}  # the delegation of V01
        self.assertEqual(bodies(programme=BMM), PARTNERS | FUNDERS | {FUND} | at_home)

    def test_one_role_in_the_programme(self):
        self.assertEqual(bodies(programme=BMM, role="implementing"), PARTNERS)
        self.assertEqual(bodies(programme=BMM, role="funding"), FUNDERS)
        self.assertEqual(bodies(programme=BMM, role="fund"), {FUND})
        self.assertEqual(bodies(programme=BMM, role="delegating"),
                         {"National Coordination Mechanism on Migration", "Ministry of Foreign Affairs"})
        self.assertEqual(bodies(programme=BMM, role="supporting"), {"International Organization for Migration"})
        self.assertEqual(bodies(programme=BMM, role="adviser"), set())

    def test_a_phase_counts_for_its_programme(self):
        """Only phase II of BRMM has a visit, which the Philippine department received."""
        hosts = bodies(programme=BRMM, role="host")
        self.assertTrue(hosts)
        self.assertEqual(hosts, bodies(programme=demo_id("31-programme-brmm-2"), role="host"))

    def test_a_role_anywhere(self):
        self.assertEqual(bodies(role="adviser") & DEMO_NAMES, {"World Bank"})
        self.assertIn("Department of Migrant Workers", bodies(role="host"))
        self.assertNotIn("World Bank", bodies(role="host"))

    def test_filters_go_together(self):
        self.assertEqual(bodies(programme=BMM, type="10", role="delegating"), bodies(programme=BMM, role="delegating"))
        self.assertEqual(bodies(programme=BMM, country="KE"),
                         {"National Coordination Mechanism on Migration", "Ministry of Foreign Affairs"})
        self.assertEqual(bodies(programme=BMM, acronym="IOM"), {"International Organization for Migration"})

    def test_pages_and_counts(self):
        whole = [b["id"] for b in listed("organisations", programme=BMM, sort="-name")]
        paged, url = [], f"organisations?programme={BMM}&sort=-name&limit=5&count=exact"
        while url:
            page = get(url.split("/api/v1/")[-1])
            self.assertEqual(page["total"], 12)
            paged += [b["id"] for b in page["items"]]
            url = page["next"]
        self.assertEqual((paged, len(whole)), (whole, 12))

    def test_what_is_wrong_is_told(self):
        for query, parameter, code in (("role=hots", "role", "unknown_code"), ("programme=x", "programme", "format"),
                                       ("role.in=host", "role.in", "operator"), ("rol=host", "rol", "unknown")):
            answer = request("GET", "/api/v1/organisations?" + query)
            self.assertEqual(answer.status, 400, query)
            self.assertEqual([(e["parameter"], e["code"]) for e in json.loads(answer.body)["errors"]], [(parameter, code)])

    def test_hidden_visits_and_programmes_tell_the_public_nothing(self):
        name = "Quiet " + uuid.uuid4().hex
        body = make("organisations", name=name, state="published")
        party = [{"role": "extending", "organisation": {"id": body["id"]}}]
        hidden = make("programmes", title="Hidden " + name, state="draft")
        below = make("programmes", title="Below " + name, state="published", parent={"id": hidden["id"]}, parties=party)
        shown = make("programmes", title="Shown " + name, state="published")
        make("programmes", title="Part " + name, state="draft", parent={"id": shown["id"]}, parties=party)
        make("visits", title="Draft " + name, state="draft", programme={"id": shown["id"]},
             parties=[{"role": "organiser", "organisation": {"id": body["id"]}}])

        def found(caller, **query):
            text = "&".join(f"{key}={value}" for key, value in query.items())
            answer = json.loads(request("GET", f"/api/v1/organisations?name={name.replace(' ', '%20')}&{text}", role=caller).body)
            return [b["id"] for b in answer["items"]]

        for caller, sees in (("editor", [body["id"]]), ("reader", []), (None, [])):
            with self.subTest(caller):
                self.assertEqual(found(caller, role="organiser"), sees)
                self.assertEqual(found(caller, programme=shown["id"]), sees)
                self.assertEqual(found(caller, programme=hidden["id"]), sees)
                # of what it sees it is told the truth
                self.assertEqual(found(caller, programme=below["id"]), [body["id"]])
                self.assertEqual(found(caller, role="extending"), [body["id"]])


class Parents(unittest.TestCase):
    def put(self, record, parent):
        return request("PATCH", "/api/v1/programmes/" + record["id"], raw=json.dumps({"parent": {"id": parent["id"]}}).encode(),
                       headers={"Content-Type": "application/merge-patch+json", "If-Match": '"%d"' % record["version"]})

    def chain(self, n):
        return [make("programmes", title=f"Ring {i} {uuid.uuid4().hex}") for i in range(n)]

    def test_a_programme_is_no_part_of_itself(self):
        a, b, c = self.chain(3)
        self.assertEqual(self.put(a, a).status, 422)
        self.assertEqual([self.put(a, b).status, self.put(b, c).status], [200, 200])
        answer = self.put(c, a)
        self.assertEqual(answer.status, 422)
        self.assertEqual([(e["pointer"], e["code"]) for e in json.loads(answer.body)["errors"]], [("/parent", "cycle")])

    def test_not_by_writers_at_the_same_time_either(self):
        """Each alone would be right; whoever comes last is refused."""
        for _ in range(10):
            ring = self.chain(3)
            statuses, gate = [None] * 3, threading.Barrier(3)

            def write(i):
                gate.wait()
                statuses[i] = self.put(ring[i], ring[(i + 1) % 3]).status

            threads = [threading.Thread(target=write, args=(i,)) for i in range(3)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            parents = {p["id"]: get("programmes/" + p["id"]).get("parent", {}).get("id") for p in ring}
            at = ring[0]["id"]
            for _ in range(3):
                at = parents.get(at) if at else None
            self.assertIsNone(at, (statuses, parents))
            self.assertTrue(set(statuses) <= {200, 422, 503}, statuses)
            self.assertEqual(statuses.count(200), sum(p is not None for p in parents.values()))


class Dates(unittest.TestCase):
    def test_edtf_and_identifiers(self):
        number = uuid.uuid4().hex
        made = make("programmes", title="Dated " + number, dates="2016-04/2019", identifiers=[{"scheme": "XI-IATI", "value": number}],
                    state="published")
        self.assertEqual(made["dates"], "2016-04/2019")
        self.assertEqual([p["id"] for p in listed("programmes", identifier="XI-IATI-" + number)], [made["id"]])
        self.assertIn(made["id"], {p["id"] for p in listed("programmes", dates__overlaps="2019-12-31")})
        self.assertNotIn(made["id"], {p["id"] for p in listed("programmes", dates__overlaps="2016-03")})
        again = request("POST", "/api/v1/programmes", json={"title": "Other", "identifiers": [{"scheme": "XI-IATI", "value": number}]})
        self.assertEqual(again.status, 409)


if __name__ == "__main__":
    unittest.main()
