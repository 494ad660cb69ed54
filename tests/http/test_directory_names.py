# SPDX-License-Identifier: Apache-2.0
"""What bodies and people were called, what became of them, who held which post: names over time, successions, people."""
import concurrent.futures
import json
import unittest
import unicodedata
import urllib.parse

from demo import demo_id, get, visit
from harness import make_key, request

API = "/api/v1/"


def body(answer):
    return json.loads(answer.body)


def make(test, path, record, state="published", role="editor"):
    answer = request("POST", API + path, json={"state": state, **record}, role=role)
    test.assertEqual(answer.status, 201, answer.body)
    return body(answer)


def organisation(test, name, state="published", **members):
    return make(test, "organisations", {"name": name, **members}, state)


def patch(path, change, role="editor"):
    return request("PATCH", API + path, json=change, role=role,
                   headers={"If-Match": "*", "Content-Type": "application/merge-patch+json"})


def read(path, role="reader"):
    """As one who sees published records only, past what nginx keeps for the public."""
    answer = request("GET", API + path, role=role)
    if answer.status != 200:
        raise AssertionError(f"{path}: {answer.status} {answer.body!r}")
    return body(answer)


def visit_with(test, org, **members):
    return make(test, "visits", {"title": "Visit", "parties": [{"role": "host", "organisation": {"id": org}}], **members})


def host(record):
    return record["parties"][0]["organisation"]


def faults(answer):
    return {(e.get("pointer") or e.get("parameter"), e["code"]) for e in body(answer)["errors"]}


class Renamed(unittest.TestCase):
    """A body that keeps its record and changes its name."""

    @classmethod
    def setUpClass(cls):
        # The statistical agency of Ethiopia as one record, with made-up precise days.
        cls.org = body(request("POST", API + "organisations", json={
            "name": "Ethiopian Statistical Service", "state": "published",
            "names": [{"name": "Central Statistical Office", "kind": "former", "to": "1989"},
                      {"name": "Central Statistical Authority", "kind": "official", "from": "1989", "to": "2004-12"},
                      {"name": "Central Statistical Agency", "kind": "former", "from": "2005-03", "to": "2021-10-06"},
                      {"name": "CSA", "kind": "short", "from": "1960", "to": "2021"},
                      {"name": "የኢትዮጵያ ስታቲስቲክስ አገልግሎት", "kind": "official", "language": "am", "script": "Ethi", "from": "2021-10-06"}],
        }))

    def name_on(self, **dates):
        return host(visit_with(self, self.org["id"], **dates))["name"]

    def test_name_of_the_day(self):
        for dates, name in {"2018-07-28": "Central Statistical Agency",
                            "2009": "Central Statistical Agency",
                            "2021-10-06": "Central Statistical Agency",   # the last day
                            "2021-10-06/2021-10-08": "Central Statistical Agency",  # the first day counts
                            "2021-10-07": "Ethiopian Statistical Service",
                            "1995-05": "Central Statistical Authority",
                            "1988": "Central Statistical Office",
                            "1975-01/1990": "Central Statistical Office"}.items():
            with self.subTest(dates):
                self.assertEqual(self.name_on(dates=dates), name)

    def test_not_certain_is_todays_name(self):
        for dates in ("2021",            # renamed within that year
                      "2021-10",
                      "1989",            # the end of one and the beginning of the next
                      "1989-06-01",
                      "2005-03-10",      # "from 2005-03": some day of March
                      "2004-12-15",      # "to 2004-12": some day of December
                      "2005-01",         # between two names
                      "../2018"):        # when it began is not known
            with self.subTest(dates):
                self.assertEqual(self.name_on(dates=dates), "Ethiopian Statistical Service")
        self.assertEqual(self.name_on(), "Ethiopian Statistical Service")

    def test_a_name_without_beginning_follows_the_one_before(self):
        org = organisation(self, "Third", names=[{"name": "Second", "kind": "former", "to": "2000"}, {"name": "First", "kind": "former", "to": "1980"},
                                                 {"name": "Never known to end", "kind": "former", "from": "1970"}])
        for dates, name in {"1970": "First", "1980": "Third", "1981": "Second", "1999-12-31": "Second", "2001": "Third"}.items():
            self.assertEqual(host(visit_with(self, org["id"], dates=dates))["name"], name, dates)

    def test_planned_dates_stand_in(self):
        self.assertEqual(self.name_on(planned_dates="2009-01"), "Central Statistical Agency")
        self.assertEqual(self.name_on(planned_dates="2009-01", dates="2022"), "Ethiopian Statistical Service")

    def test_every_way_out(self):
        made = visit_with(self, self.org["id"], dates="2009-01-04", recommendations=[{
            "text": "Carry methods over.", "addressees": [{"organisation": {"id": self.org["id"]}}]}],
            meetings=[{"seats": [{"capacity": "counterpart", "organisation": {"id": self.org["id"]}}]}])
        old = {"id": self.org["id"], "name": "Central Statistical Agency"}
        for record in made, read("visits/" + made["id"]), read("visits/" + made["id"]):  # fresh, then stored
            self.assertEqual([host(record), record["recommendations"][0]["addressees"][0]["organisation"],
                              record["meetings"][0]["seats"][0]["organisation"]], [old] * 3)
        listed = get("visits", organisation=self.org["id"], include="parties", dates="2009-01-04")["items"]
        self.assertIn(made["id"], [v["id"] for v in listed])
        self.assertTrue(all(host(v) == old for v in listed))
        listed = get("visits", organisation=self.org["id"], fields="parties", dates="2009-01-04")["items"]
        self.assertTrue(listed and all(host(v) == old for v in listed))
        self.assertEqual(read("recommendations/" + made["recommendations"][0]["id"])["addressees"][0]["organisation"], old)
        self.assertEqual(get("recommendations", visit=made["id"])["items"][0]["addressees"][0]["organisation"], old)
        self.assertEqual(get("meetings", visit=made["id"])["items"][0]["seats"][0]["organisation"], old)
        changed = patch("recommendations/" + made["recommendations"][0]["id"], {"number": "7"})
        self.assertEqual(body(changed)["addressees"][0]["organisation"], old)

    def test_programmes_and_policies(self):
        ref = {"id": self.org["id"]}
        programme = make(self, "programmes", {"title": "Census", "dates": "2006/2008", "parties": [{"role": "implementing", "organisation": ref}]})
        self.assertEqual(host(programme)["name"], "Central Statistical Agency")
        policy = make(self, "policies", {"title": "Statistics strategy", "dates": "1995-05", "organisation": ref})
        self.assertEqual(policy["organisation"]["name"], "Central Statistical Authority")
        for fields in "", "&fields=organisation", "&fields=title,organisation":
            listed = get(f"policies?organisation={self.org['id']}{fields}")["items"]
            self.assertEqual({p["organisation"]["name"] for p in listed}, {"Central Statistical Authority"})

    def test_dates_move(self):
        made = visit_with(self, self.org["id"], dates="2009")
        moved = body(patch("visits/" + made["id"], {"dates": "2022-02"}))
        self.assertEqual(host(moved)["name"], "Ethiopian Statistical Service")
        self.assertEqual(host(body(patch("visits/" + made["id"], {"dates": "2018"})))["name"], "Central Statistical Agency")

    def test_sent_back_as_read(self):
        made = visit_with(self, self.org["id"], dates="2009")
        answer = request("GET", API + "visits/" + made["id"], role="editor")
        again = request("PUT", API + "visits/" + made["id"], json=body(answer), headers={"If-Match": answer.headers["ETag"]}, role="editor")
        self.assertEqual((again.status, body(again)), (200, body(answer)))

    def test_a_name_added_later_shows(self):
        org = organisation(self, "Office of Today")
        made = visit_with(self, org["id"], dates="2001")
        address = API + "visits/" + made["id"]
        before = request("GET", address, role="reader")
        self.assertEqual(host(body(before))["name"], "Office of Today")
        patch("organisations/" + org["id"], {"names": [{"name": "Office of Yore", "kind": "former", "to": "2010"}]})
        after = request("GET", address, role="reader", headers={"If-None-Match": before.headers["ETag"]})
        self.assertEqual((after.status, host(body(after))["name"]), (200, "Office of Yore"))
        self.assertEqual(request("GET", address, role="reader", headers={"If-None-Match": after.headers["ETag"]}).status, 304)


class Became(unittest.TestCase):
    """Bodies that became others, each with a record of its own."""

    def test_real_bodies(self):
        ess = {"id": demo_id("10-organisation-et-ess"), "name": "Ethiopian Statistical Service"}
        csa = {"id": demo_id("11-organisation-et-csa"), "name": "Central Statistical Agency", "now": ess}
        self.assertIn(csa, [p.get("organisation") for p in visit("V32")["parties"]])
        dmw = {"id": demo_id("10-organisation-ph-migrant-workers"), "name": "Department of Migrant Workers"}
        self.assertIn(dmw, [p.get("organisation") for p in visit("V04")["parties"]])
        poea = demo_id("11-organisation-ph-overseas-employment")
        self.assertEqual(host(visit_with(self, poea, dates="2019"))["now"], dmw)

    def chain(self, *names, **members):
        """Each became the next; the last one is returned first."""
        made = [organisation(self, names[-1], **members)]
        for name in reversed(names[:-1]):
            made.append(organisation(self, name, successions=[{"kind": "renamed", "organisation": {"id": made[-1]["id"]}}]))
        return made

    def test_chain(self):
        last, middle, first = self.chain("A", "B", "C")
        now = {"id": last["id"], "name": "C"}
        self.assertEqual(host(visit_with(self, first["id"]))["now"], now)
        self.assertEqual(host(visit_with(self, middle["id"]))["now"], now)
        self.assertNotIn("now", host(visit_with(self, last["id"])))
        made = visit_with(self, first["id"])
        self.assertEqual(host(read("visits/" + made["id"]))["now"], now)
        patch("organisations/" + last["id"], {"name": "C of today"})
        self.assertEqual(host(read("visits/" + made["id"]))["now"], {"id": last["id"], "name": "C of today"})

    def test_what_is_not_seen_ends_the_chain(self):
        last, middle, first = self.chain("Old", "Middle", "Public")
        made = visit_with(self, first["id"])
        patch("organisations/" + last["id"], {"state": "draft"})
        self.assertEqual(host(read("visits/" + made["id"]))["now"]["name"], "Middle")
        self.assertEqual(host(read("visits/" + made["id"], role="editor"))["now"]["name"], "Public")
        patch("organisations/" + last["id"], {"state": "published"})
        patch("organisations/" + middle["id"], {"state": "withdrawn"})
        self.assertNotIn("now", host(read("visits/" + made["id"])))
        self.assertEqual(read("organisations/" + first["id"])["successions"], [])

    def test_lists_follow_at_once(self):
        """What lists remember of bodies without a successor ends with whatever gives or takes one."""
        org, heir, twin = (organisation(self, name)["id"] for name in ("Body", "Heir", "Twin"))
        made = [visit_with(self, o)["id"] for o in (org, twin)]
        merges = f"{API}organisations/{twin}/merge"

        def listed():
            for _ in range(3):  # also what was remembered a moment ago
                items = [v for o in (org, twin) for v in read(f"visits?organisation={o}&include=parties")["items"]]
            return [host(next(v for v in items if v["id"] == id)).get("now", {}).get("name") for id in made]

        steps = (
            (("PATCH", org, {"successions": [{"kind": "renamed", "organisation": {"id": heir}}]}), ["Heir", None]),
            (("PATCH", heir, {"name": "Heir of today"}), ["Heir of today", None]),
            (("POST", merges, {"into": org}), ["Heir of today", "Heir of today"]),
            (("PATCH", heir, {"state": "withdrawn"}), [None, None]),
            (("PATCH", heir, {"state": "published"}), ["Heir of today", "Heir of today"]),
            (("DELETE", merges, None), ["Heir of today", None]),
            (("PATCH", org, {"successions": [{"kind": "split", "organisation": {"id": heir}}]}), [None, None]),
            (("PATCH", twin, {"successions": [{"kind": "absorbed", "organisation": {"id": heir}}]}), [None, "Heir of today"]),
            (("PATCH", twin, {"successions": []}), [None, None]))
        self.assertEqual(listed(), [None, None])
        for (method, what, change), expected in steps:
            answer = patch("organisations/" + what, change) if method == "PATCH" else request(method, what, json=change, role="editor")
            self.assertIn(answer.status, (200, 204), answer.body)
            with self.subTest(method=method, change=change):
                self.assertEqual(listed(), expected)

    def test_part_of_a_body_leads_nowhere(self):
        heir = {"id": organisation(self, "Heir")["id"]}
        for succession in {"kind": "split"}, {"kind": "merged", "partial": True}:
            org = organisation(self, "Body", successions=[{**succession, "organisation": heir}])
            self.assertNotIn("now", host(visit_with(self, org["id"])))
        org = organisation(self, "Body", successions=[{"kind": "split", "organisation": heir}, {"kind": "absorbed", "organisation": heir}])
        self.assertEqual(host(visit_with(self, org["id"]))["now"]["name"], "Heir")

    def test_sent_back_as_read(self):
        _, first = self.chain("Old", "New")
        made = visit_with(self, first["id"])
        answer = request("GET", API + "visits/" + made["id"], role="editor")
        self.assertIn("now", host(body(answer)))
        again = request("PUT", API + "visits/" + made["id"], json=body(answer), headers={"If-Match": answer.headers["ETag"]}, role="editor")
        self.assertEqual((again.status, body(again)), (200, body(answer)))
        other = request("PATCH", API + "visits/" + made["id"], role="editor", json={"programme": {"id": demo_id("30-programme-bmm"), "now": {}}},
                        headers={"If-Match": "*", "Content-Type": "application/merge-patch+json"})
        self.assertEqual(faults(other), {("/programme/now", "unknown")})  # only what has a history


class AtADate(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        def post(record):
            return body(request("POST", API + "organisations", json={"state": "published", **record}))["id"]
        cls.labour = post({"name": "Department of Labour and Employment", "names": [{"name": "Ministry of Labour", "kind": "former", "to": "1987-01-29"}]})
        cls.office = post({"name": "Office of the President"})
        cls.dmw = post({"name": "Department of Migrant Workers"})
        cls.secret = post({"name": "Secret", "state": "draft"})
        cls.poea = post({
            "name": "Overseas Employment Administration", "active": "1982-05-01/2022", "parent": {"id": cls.office},
            "names": [{"name": "Employment Development Board", "kind": "former", "to": "1982"}],
            "relations": [{"kind": "partner", "organisation": {"id": cls.office}, "from": "1970"},
                          {"kind": "part_of", "organisation": {"id": cls.secret}, "from": "1970"},
                          {"kind": "part_of", "organisation": {"id": cls.labour}, "to": "2020-06"}],
            "successions": [{"kind": "merged", "organisation": {"id": cls.dmw}, "date": "2021-12-30"},
                            {"kind": "split", "name_as_written": "A bureau", "date": "1990", "partial": True},
                            {"kind": "split", "organisation": {"id": cls.secret}, "date": "1990"},
                            {"kind": "split", "organisation": {"id": cls.office}}]})

    def at(self, date, role="reader"):
        return read(f"organisations/{self.poea}?at={date}", role)["at"]

    def test_each_time(self):
        labour = {"id": self.labour, "name": "Department of Labour and Employment"}
        bureau = {"name": "A bureau", "kind": "split", "date": "1990", "partial": True}
        dmw = {"id": self.dmw, "name": "Department of Migrant Workers", "kind": "merged", "date": "2021-12-30"}
        today = "Overseas Employment Administration"
        for date, name, parent, successors, exists in (
                ("2008-05", today, labour, [bureau], True),
                ("1981", "Employment Development Board", {"id": self.labour, "name": "Ministry of Labour"}, [], False),
                ("1982", today, {"id": self.labour, "name": "Ministry of Labour"}, [], None),   # renamed, and begun, within that year
                ("1989-12-31", today, labour, [], True),
                ("1990", today, labour, [bureau], True),
                ("1990-05", today, labour, [], True),                  # 1990 may be after May
                ("2020-06-10", today, None, [bureau], True),           # some day of June
                ("2020-07", today, {"id": self.office, "name": "Office of the President"}, [bureau], True),
                ("2021", today, {"id": self.office, "name": "Office of the President"}, [dmw, bureau], True),
                ("2022-06", today, {"id": self.office, "name": "Office of the President"}, [dmw, bureau], False)):
            with self.subTest(date):
                self.assertEqual(self.at(date), {"date": date, "name": name, "parent": parent, "successors": successors, "exists": exists})

    def test_who_may_see(self):
        self.assertEqual(self.at("2008-05", "editor")["parent"]["name"], "Secret")
        self.assertIn("Secret", [s["name"] for s in self.at("2008-05", "editor")["successors"]])

    def test_a_body_is_no_partner_of_itself(self):
        org = organisation(self, "Alone")
        answer = patch(f"organisations/{org['id']}", {"relations": [{"kind": "partner", "organisation": {"id": org["id"]}}]})
        self.assertEqual((answer.status, faults(answer)), (422, {("/relations/0", "itself")}))

    def test_nor_by_the_id_of_a_record_it_answers_for(self):
        org, twin = organisation(self, "Alone"), organisation(self, "Alone too")
        self.assertEqual(request("POST", f"{API}organisations/{twin['id']}/merge", json={"into": org["id"]}, role="editor").status, 200)
        answer = patch(f"organisations/{org['id']}", {"relations": [{"kind": "partner", "organisation": {"id": twin["id"]}}]})
        self.assertEqual((answer.status, faults(answer)), (422, {("/relations/0", "itself")}))

    def test_a_heir_that_is_not_seen_ends_nothing(self):
        heir = organisation(self, "Hidden heir", state="draft")
        org = organisation(self, "Elder", successions=[{"kind": "renamed", "organisation": {"id": heir["id"]}, "date": "2015"}])
        for role, exists in (("editor", False), ("reader", None)):
            self.assertIs(read(f"organisations/{org['id']}?at=2020", role)["at"]["exists"], exists)

    def test_existence_unknown(self):
        org = organisation(self, "Body without dates")
        self.assertIsNone(read(f"organisations/{org['id']}?at=2008")["at"]["exists"])
        for active, date, exists in (("2001/..", "2026", True), ("2001/..", "2000", False), ("2001/..", "2001", None),
                                     ("../2010", "1700", True), ("../2010", "2010", None), ("../2010", "2011", False),
                                     ("1950", "1950-03", None), ("1950", "1951", False)):
            patch("organisations/" + org["id"], {"active": active})
            self.assertEqual(read(f"organisations/{org['id']}?at={date}")["at"]["exists"], exists, (active, date))

    def test_the_rest_is_the_record(self):
        address = f"{API}organisations/{self.poea}"
        plain, past = request("GET", address, role=None), request("GET", address + "?at=2008-05", role=None)
        record = body(past)
        record.pop("at")
        self.assertEqual(record, body(plain))
        self.assertIn("ETag", plain.headers)
        self.assertNotIn("ETag", past.headers)
        self.assertNotIn("Last-Modified", past.headers)
        unmoved = request("GET", address + "?at=2008-05", role=None, headers={"If-None-Match": plain.headers["ETag"]})
        self.assertEqual(unmoved.status, 200)
        self.assertEqual(set(read(f"organisations/{self.poea}?at=2008-05&fields=acronym")), {"id", "self", "at"})
        self.assertEqual(request("HEAD", address + "?at=2008-05", role=None).status, 200)
        again = request("PUT", address, json=body(request("GET", address + "?at=2008-05")), headers={"If-Match": "*"})
        self.assertEqual(again.status, 200, again.body)

    def test_refused(self):
        for value in "2008-13", "2008/2010", "2008/..", "", "yesterday", "2008-05-17T10:00":
            answer = request("GET", f"{API}organisations/{self.poea}?at={urllib.parse.quote(value)}", role=None)
            self.assertEqual((answer.status, faults(answer)), (400, {("at", "format")}), value)
        for path in "visits/" + demo_id("50-visit-v01"), "people/" + demo_id("20-person-dan-opon"), "organisations":
            answer = request("GET", f"{API}{path}?at=2008", role=None)
            self.assertEqual((answer.status, faults(answer)), (400, {("at", "unknown")}), path)


class Circles(unittest.TestCase):
    def refused(self, answer, pointer):
        self.assertEqual((answer.status, faults(answer)), (422, {(pointer, "cycle")}), answer.body)

    def link(self, one, other, **members):
        return patch("organisations/" + one["id"], {"successions": [{"kind": "renamed", "organisation": {"id": other["id"]}, **members}]})

    def part(self, one, other, **members):
        return patch("organisations/" + one["id"], {"relations": [{"kind": "part_of", "organisation": {"id": other["id"]}, **members}]})

    def test_successions(self):
        a, b, c = (organisation(self, n) for n in "ABC")
        self.refused(self.link(a, a), "/successions/0/organisation")
        self.assertEqual(self.link(a, b).status, 200)
        self.refused(self.link(b, a), "/successions/0/organisation")
        self.assertEqual(self.link(b, c).status, 200)
        self.refused(self.link(c, a), "/successions/0/organisation")
        self.refused(self.link(c, a, kind="split"), "/successions/0/organisation")
        self.assertEqual(patch("organisations/" + b["id"], {"successions": []}).status, 200)
        self.assertEqual(self.link(c, a).status, 200)

    def test_the_item_that_closes_it(self):
        a, b, c = (organisation(self, n) for n in "ABC")
        self.assertEqual(self.link(a, b).status, 200)
        answer = patch("organisations/" + b["id"], {"successions": [
            {"kind": "split", "organisation": {"id": c["id"]}}, {"kind": "split", "organisation": {"id": a["id"]}}]})
        self.refused(answer, "/successions/1/organisation")

    def test_relations(self):
        a, b = organisation(self, "A"), organisation(self, "B")
        self.refused(self.part(a, a), "/relations/0/organisation")
        self.assertEqual(self.part(a, b, to="1990").status, 200)
        self.refused(self.part(b, a), "/relations/0/organisation")
        self.refused(self.part(b, a, **{"from": "1990"}), "/relations/0/organisation")  # both may have held within 1990
        self.assertEqual(self.part(b, a, **{"from": "1991"}).status, 200)  # never at the same time
        c = organisation(self, "C", relations=[{"kind": "part_of", "organisation": {"id": a["id"]}}])
        self.refused(patch("organisations/" + b["id"], {"relations": [{"kind": "part_of", "organisation": {"id": c["id"]}, "to": "1980"}]}),
                     "/relations/0/organisation")
        self.assertEqual(patch("organisations/" + b["id"], {"relations": [{"kind": "partner", "organisation": {"id": c["id"]}}]}).status, 200)

    def test_parents(self):
        a = organisation(self, "A")
        b = organisation(self, "B", parent={"id": a["id"]})
        self.refused(patch("organisations/" + a["id"], {"parent": {"id": b["id"]}}), "/parent")

    def test_two_writers_close_no_circle(self):
        for link in self.link, self.part:
            for _ in range(8):
                three = [organisation(self, n) for n in "ABC"]
                with concurrent.futures.ThreadPoolExecutor(3) as pool:
                    answers = list(pool.map(lambda i: link(three[i], three[(i + 1) % 3]).status, range(3)))
                self.assertEqual(sorted(answers), [200, 200, 422])


class Rules(unittest.TestCase):
    def refused(self, path, record, *expected):
        answer = request("POST", API + path, json=record)
        self.assertEqual((answer.status, faults(answer)), (422, set(expected)), answer.body)

    def test_dates(self):
        self.refused("organisations", {"name": "X", "names": [{"name": "Y", "kind": "former", "from": "2001/2002"},
                                                              {"name": "Z", "kind": "former", "from": "2010", "to": "2009"}]},
                     ("/names/0/from", "format"), ("/names/1/to", "contradiction"))
        self.refused("organisations", {"name": "X", "successions": [{"kind": "renamed", "name_as_written": "Y", "date": "2001/.."}]},
                     ("/successions/0/date", "format"))
        self.refused("people", {"name": "X", "memberships": [{"post": "Clerk", "from": "2010-05", "to": "2010-04"}],
                                "contacts": [{"kind": "email", "value": "x@example.org", "keep_until": "2030/2031"}]},
                     ("/memberships/0/to", "contradiction"), ("/contacts/0/keep_until", "format"))
        organisation(self, "X", names=[{"name": "Y", "kind": "former", "from": "2010-05-07", "to": "2010"}])

    def test_items_say_something(self):
        self.refused("organisations", {"name": "X", "relations": [{"kind": "partner"}], "successions": [{"kind": "renamed"}], "names": [{}]},
                     ("/relations/0", "required"), ("/successions/0", "required"), ("/names/0/name", "required"), ("/names/0/kind", "required"))
        self.refused("people", {"name": "X", "memberships": [{"from": "2001"}]}, ("/memberships/0", "required"))

    def test_one_heir(self):
        whole = {"kind": "merged", "name_as_written": "Y"}
        self.refused("organisations", {"name": "X", "successions": [whole, whole]}, ("/successions/1", "contradiction"))
        organisation(self, "X", successions=[whole, {**whole, "partial": True}, {"kind": "split", "name_as_written": "Z"}])

    def test_codes(self):
        self.refused("organisations", {"name": "X", "names": [{"name": "Y", "kind": "nickname", "script": "Latin"}]},
                     ("/names/0/kind", "unknown_code"), ("/names/0/script", "unknown_code"))


class People(unittest.TestCase):
    def test_two_spellings_in_one_text(self):
        person = get("people/" + demo_id("20-person-donald-manya"))
        self.assertEqual((person["name"], [(n["name"], n["kind"]) for n in person["names"]]),
                         ("Donald Manya", [("Donald Manyala", "other")]))

    def test_honorific_is_no_name(self):
        person = get("people/" + demo_id("20-person-dan-opon"))
        self.assertEqual((person["honorific"], person["name"]), ("Dr.", "Dan Opon"))
        seat = next(s for s in visit("V01")["seats"] if s.get("person"))
        self.assertEqual((seat["person"]["name"], seat["name_as_written"]), ("Dan Opon", "Dr. Dan Opon"))

    def test_two_posts_at_once(self):
        ministry, committee = organisation(self, "Ministry"), organisation(self, "Committee")
        posts = [{"organisation": {"id": ministry["id"]}, "post": "Deputy Director", "from": "2015", "to": "2019-06"},
                 {"organisation": {"id": committee["id"]}, "post": "Member", "on_behalf_of": {"id": ministry["id"]}, "from": "2017-03"},
                 {"organisation": {"id": ministry["id"]}, "post": "Director", "from": "2019-07"},
                 {"name_as_written": "The Secretariat", "post": "Secretary"}, {"post": "Clerk"}]
        person = make(self, "people", {"name": "One Person", "memberships": posts})
        for post, kept in zip(posts, person["memberships"]):
            self.assertEqual({k: v["id"] if isinstance(v, dict) else v for k, v in post.items()},
                             {k: v["id"] if isinstance(v, dict) else v for k, v in kept.items() if k != "id"})
        self.assertEqual(read("people/" + person["id"]), person)
        patch("organisations/" + committee["id"], {"state": "draft"})
        self.assertEqual([m["post"] for m in read("people/" + person["id"])["memberships"]],
                         ["Deputy Director", "Director", "Secretary", "Clerk"])

    def test_seats_with_and_without_a_person(self):
        person = make(self, "people", {"name": "Holder", "honorific": "Hon."})
        seats = [{"capacity": "leader", "post": "Permanent Secretary", "person": {"id": person["id"]}, "public_office": True,
                  "represented_by": "Her deputy"}, {"capacity": "member", "post": "Officer"}]
        made = make(self, "visits", {"title": "Visit", "seats": seats, "meetings": [{"seats": seats}]})
        for kept in made["seats"], made["meetings"][0]["seats"]:
            self.assertEqual((kept[0]["person"], kept[0]["represented_by"]), ({"id": person["id"], "name": "Holder"}, "Her deputy"))
            self.assertNotIn("person", kept[1])
        self.assertIn(made["id"], [v["id"] for v in get("visits", person=person["id"])["items"]])

    def test_any_script_unchanged(self):
        names = [("Arab", "ar", "اللجنة الوطنية التنسيقية لمكافحة الاتجار بالبشر"), ("Hebr", "he", "אברהם נגוסה"), ("Ethi", "am", "የማዕከላዊ ስታቲስቲክስ ኤጀንሲ"),
                 ("Cyrl", "ky", "Чек ара кызматы"), ("Latn", "et", "Bård Vegard Sõlhjell"), ("Latn", "tvl", "ʻAkiva Tov"),
                 ("Latn", "so", "'Cabdi Xasan"), ("Latn", "vi", "Lê Đăng Khoa"), ("Geor", "ka", "საზღვრის პოლიცია")]
        for path in "people", "organisations":
            record = {"name": names[0][2], "names": [{"name": n, "kind": "other", "script": s, "language": lang} for s, lang, n in names]}
            kept = read(f"{path}/{make(self, path, record)['id']}")
            self.assertEqual([(n["script"], n["language"], n["name"]) for n in kept["names"]], names)
            self.assertEqual(kept["name"], names[0][2])
        decomposed = unicodedata.normalize("NFD", "Lê Đăng Khoa")
        kept = make(self, "people", {"name": decomposed, "names": [{"name": decomposed, "kind": "other"}]})
        self.assertEqual((kept["name"], kept["names"][0]["name"]), ("Lê Đăng Khoa",) * 2)


class Contacts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.contacts = [{"kind": "website", "value": "https://example.org/", "class": "public"},
                        {"kind": "email", "value": "office@example.org", "class": "partner", "keep_until": "2030-06"},
                        {"kind": "mobile", "value": "+254 700 000000", "class": "restricted", "note": "private"},
                        {"kind": "phone", "value": "+254 20 0000000"}]
        cls.person = body(request("POST", API + "people", json={"name": "Reachable", "state": "published", "contacts": cls.contacts}))
        cls.keys = {"reader": {"role": "reader"}, "restricted": {"role": None, "headers": {"Authorization": "Bearer " + make_key("--scope", "read.restricted")}},
                    "visits": {"role": None, "headers": {"Authorization": "Bearer " + make_key("--scope", "write.visits")}}}

    def seen(self, **caller):
        answer = request("GET", API + "people/" + self.person["id"], **caller)
        listed = request("GET", f"{API}people?id={self.person['id']}&include=contacts&labels=en", **caller)
        contacts = body(answer)["contacts"]
        self.assertEqual([c["value"] for c in body(listed)["items"][0]["contacts"]], [c["value"] for c in contacts])
        return [{k: v for k, v in c.items() if k != "id"} for c in contacts]

    def test_each_to_its_class(self):
        self.assertEqual(self.seen(role=None), self.contacts[:1])
        self.assertEqual(self.seen(**self.keys["visits"]), self.contacts[:1])
        self.assertEqual(self.seen(**self.keys["reader"]), self.contacts[:2])
        self.assertEqual(self.seen(**self.keys["restricted"]), self.contacts)
        self.assertEqual(self.seen(role="editor"), self.contacts)

    def test_stored_texts_keep_apart(self):
        for _ in range(2):  # fresh, then stored
            self.assertEqual(len(self.seen(role="editor")), 4)
            self.assertEqual(len(self.seen(role=None)), 1)

    def test_class_changes(self):
        person = make(self, "people", {"name": "Moving", "contacts": self.contacts})
        for contact in person["contacts"]:
            contact["class"] = "public"
        self.assertEqual(patch("people/" + person["id"], {"contacts": person["contacts"]}).status, 200)
        self.assertEqual(len(read("people/" + person["id"])["contacts"]), 4)


if __name__ == "__main__":
    unittest.main()
