# SPDX-License-Identifier: Apache-2.0
"""What a body or a person takes part in.  The engagements of real bodies are counted here by hand from the records in
sql/demo; what a stack holds beside those does not count."""
import json
import unittest
import urllib.parse
import uuid

from demo import DEMO, demo_id
from harness import make_key, request, sql

NAMES = {record["id"]: path.stem.split("-", 2)[2] for path in DEMO.glob("*.json")
         for record in [json.loads(path.read_text(encoding="utf-8"))]}
IOM, NCM = demo_id("10-organisation-iom"), demo_id("10-organisation-ke-ncm")
SECRETARIAT, OPON = demo_id("11-organisation-ke-ncm-secretariat"), demo_id("20-person-dan-opon")


def ask(path, caller=None, /, **query):
    url = f"/api/v1/{path}" + ("?" + urllib.parse.urlencode(query) if query else "")
    return request("GET", url, role=caller)


def get(path, caller=None, /, **query):
    answer = ask(path, caller, **query)
    if answer.status != 200:
        raise AssertionError(f"{path} {query}: {answer.status} {answer.body!r}")
    return json.loads(answer.body)


def engagements(path, caller=None, /, **query):
    return get(path + "/engagements", caller, **{"limit": 200, **query})["items"]


def make(path, **body):
    answer = request("POST", "/api/v1/" + path, json={"state": "published", **body})
    if answer.status != 201:
        raise AssertionError(answer.body)
    return json.loads(answer.body)["id"]


def patch(organisation, change):
    return request("PATCH", "/api/v1/organisations/" + organisation, json=change,
                   headers={"If-Match": "*", "Content-Type": "application/merge-patch+json"})


def body_of(label, **more):
    return make("organisations", name=f"{label} {uuid.uuid4().hex}", **more)


def told(items):
    """(type, name of the demo record or number, role) of each that is about the demo records."""
    return [(i["type"], NAMES.get(i["id"]) or i.get("number") or NAMES.get(i.get("visit", {}).get("id")), i["role"]) for i in items
            if i["id"] in NAMES or i.get("visit", {}).get("id") in NAMES]


class Bodies(unittest.TestCase):
    """Real bodies, each engagement once."""

    def test_iom(self):
        """Organiser of six visits, supporting three, and a partner of BMM; what its offices do is theirs."""
        expected = {("visit", "v01", "supporting"), ("visit", "v18", "supporting"), ("visit", "v23", "supporting"),
                    ("programme", "bmm", "implementing")}
        expected |= {("visit", name, "organiser") for name in ("v08", "v12a", "v12b", "v12c", "v21a", "v21b")}
        found = told(engagements("organisations/" + IOM))
        self.assertEqual((set(found), len(found)), (expected, 10))

    def test_the_one_with_a_date_comes_first(self):
        """Of the visits with IOM's headquarters only that to Israel has dates."""
        items = [i for i in engagements("organisations/" + IOM) if i["id"] in NAMES]
        self.assertEqual([i.get("dates") for i in items], ["2018-07-28/2018-08-03"] + [None] * 9)

    def test_by_role(self):
        found = told(engagements("organisations/" + IOM, role="organiser"))
        self.assertEqual({role for _, _, role in found}, {"organiser"})
        self.assertEqual(len(found), 6)

    def test_by_type(self):
        self.assertEqual(told(engagements("organisations/" + IOM, type="programme")), [("programme", "bmm", "implementing")])
        self.assertEqual(told(engagements("organisations/" + IOM, type="policy")), [])

    def test_by_both(self):
        self.assertEqual(told(engagements("organisations/" + IOM, type="visit", role="implementing")), [])

    def test_kenyas_mechanism_sent_the_delegation(self):
        items = engagements("organisations/" + NCM)
        self.assertEqual(told(items), [("visit", "v01", "delegating")])
        self.assertEqual((items[0]["title"], items[0]["dates"], items[0]["field"]),
                         ("Kenyan visit to Israel on engaging the diaspora", "2018-07-28/2018-08-03", "parties.organisation"))
        self.assertTrue(items[0]["self"].endswith("/api/v1/visits/" + items[0]["id"]))

    def test_its_secretariat_had_the_leader_and_members(self):
        found = engagements("organisations/" + SECRETARIAT)
        self.assertEqual(sorted(told(found)), [("visit", "v01", "leader"), ("visit", "v01", "member")])
        self.assertEqual({i["field"] for i in found}, {"seats.organisation"})

    def test_what_was_recommended_to_the_government(self):
        items = [i for i in engagements("organisations/" + demo_id("10-organisation-ke-government")) if i.get("visit", {}).get("id") in NAMES]
        self.assertEqual(sorted((i["type"], i["number"], i["role"]) for i in items),
                         [("recommendation", "1", "addressee"), ("recommendation", "2", "addressee")])
        self.assertEqual({i["visit"]["title"] for i in items}, {"Kenyan visit to Israel on engaging the diaspora"})
        self.assertEqual({i["dates"] for i in items}, {"2018-07-28/2018-08-03"})

    def test_committee_and_the_unit_it_should_link_with(self):
        committee = engagements("organisations/" + demo_id("10-organisation-ke-counter-trafficking-committee"))
        unit = engagements("organisations/" + demo_id("10-organisation-il-anti-trafficking"))
        self.assertEqual(told(committee), [("recommendation", "3", "addressee")])
        self.assertEqual(told(unit), [("recommendation", "3", "counterpart")])

    def test_the_fund_is_a_party_and_what_others_act_through(self):
        """Two funders act through it: one engagement."""
        found = told(engagements("organisations/" + demo_id("10-organisation-eutf")))
        self.assertEqual(sorted(found), [("programme", "bmm", "fund"), ("programme", "bmm", "via")])

    def test_counterparts_at_meetings(self):
        found = engagements("organisations/" + demo_id("10-organisation-il-knesset"))
        self.assertEqual(told(found), [("meeting", "v01", "counterpart")])
        self.assertEqual((found[0]["visit"]["id"], found[0]["dates"]), (demo_id("50-visit-v01"), "2018-07-28/2018-08-03"))

    def test_labels(self):
        for language, label in (("en", "Delegating"), ("fr", "Envoie la délégation"), ("sw", "Anayetuma ujumbe")):
            self.assertEqual(engagements("organisations/" + NCM, labels=language)[0]["role_label"], label)
        self.assertNotIn("role_label", engagements("organisations/" + NCM)[0])

    def test_policies_it_leads(self):
        lead = body_of("Lead")
        policy = make("policies", title="Led", organisation={"id": lead}, dates="2019")
        self.assertEqual([(i["type"], i["id"], i["role"], i["dates"]) for i in engagements("organisations/" + lead)],
                         [("policy", policy, "lead", "2019")])

    def test_a_long_recommendation_is_told_by_its_first_words(self):
        to = body_of("Addressee")
        make("visits", title="Long", recommendations=[{"text": "wörd " * 100, "due": "2031", "addressees": [{"organisation": {"id": to}}]}])
        item = engagements("organisations/" + to)[0]
        self.assertEqual((item["title"], item["due"]), ("wörd " * 31 + "wörd…", "2031"))

    def test_a_long_title_is_told_whole(self):
        host, title = body_of("Host"), "word " * 59 + "words"
        make("visits", title=title, parties=[{"role": "host", "organisation": {"id": host}}])
        self.assertEqual(engagements("organisations/" + host)[0]["title"], title)


class People(unittest.TestCase):
    def test_dan_opon(self):
        items = engagements("people/" + OPON, type="visit")
        self.assertEqual(told(items), [("visit", "v01", "leader")])
        self.assertEqual(items[0]["organisation"], {"id": SECRETARIAT, "name": "NCM Secretariat"})

    def test_a_member_of_parliament_who_was_met(self):
        items = engagements("people/" + demo_id("20-person-avraham-naguse"), type="meeting")
        self.assertEqual([(i["role"], i["visit"]["id"]) for i in items], [("counterpart", demo_id("50-visit-v01"))])

    def test_one_person_in_two_posts(self):
        person, first, second = make("people", name="Two Posts"), body_of("First"), body_of("Second")
        seat = {"capacity": "member", "person": {"id": person}, "public_office": True}
        visit = make("visits", title="Two seats", dates="2020", seats=[{**seat, "post": "Director", "organisation": {"id": first}},
                                                                        {**seat, "post": "Chair", "organisation": {"id": second}}])
        found = engagements("people/" + person)
        self.assertEqual(sorted((i["id"], i["post"], i["organisation"]["id"]) for i in found),
                         sorted([(visit, "Director", first), (visit, "Chair", second)]))

    def test_posts_held(self):
        known, hidden = body_of("Known"), body_of("Hidden", state="draft")
        person = make("people", name="Posted", memberships=[
            {"organisation": {"id": known}, "post": "Director", "from": "2015", "to": "2019-03"},
            {"organisation": {"id": hidden}, "post": "Secret post", "from": "2021"},
            {"organisation": {"id": hidden}, "name_as_written": "A bureau", "post": "Head", "from": "2020"}])
        found = engagements("people/" + person)
        self.assertEqual([(i["post"], i.get("organisation", {}).get("id"), i.get("name_as_written"), i.get("from"), i.get("to"))
                          for i in found], [("Head", None, "A bureau", "2020", None), ("Director", known, None, "2015", "2019-03")])
        self.assertEqual([i["post"] for i in engagements("people/" + person, "editor")], ["Secret post", "Head", "Director"])

    def test_own_dates_of_a_seat_count(self):
        person = make("people", name="Late")
        make("visits", title="Long visit", dates="2020-05", seats=[
            {"capacity": "member", "person": {"id": person}, "public_office": True, "dates": "2020-05-20"}])
        self.assertEqual(engagements("people/" + person)[0]["dates"], "2020-05-20")

    def test_a_seat_is_for_the_body_as_it_was_called(self):
        """As the visit itself shows it: by the visit's first day, or the day it was planned for; a post bears today's name."""
        heir = body_of("Heir")
        org = body_of("Today", names=[{"name": "Until 2010", "kind": "former", "to": "2010"}],
                      successions=[{"kind": "renamed", "organisation": {"id": heir}, "date": "2022"}])
        person = make("people", name="Seated", memberships=[{"organisation": {"id": org}, "post": "Head", "from": "2001", "to": "2003"}])
        seat = {"capacity": "leader", "person": {"id": person}, "organisation": {"id": org}, "public_office": True}
        met = {"meetings": [{"subject": "Talks", "date": "2008-05-03", "seats": [seat]}]}
        visits = [make("visits", title="V", seats=[seat], **more)
                  for more in ({"dates": "2012"}, {"planned_dates": "2009"}, {"dates": "2008-05", **met}, {"dates": "2010"}, {})]
        today = get("organisations/" + org)["name"]
        names = dict(zip(visits, (today, "Until 2010", "Until 2010", today, today)))
        now = {"id": heir, "name": get("organisations/" + heir)["name"]}
        seen = []
        for caller in None, "editor":
            for i in engagements("people/" + person, caller):
                visit = i.get("visit", i)["id"]
                name = today if i["type"] == "membership" else names[visit]
                self.assertEqual(i["organisation"], {"id": org, "name": name, "now": now}, i)
                if i["type"] == "visit":
                    self.assertEqual(get("visits/" + visit, caller)["seats"][0]["organisation"], i["organisation"])
                seen.append(i["type"])
        self.assertEqual(sorted(seen), ["meeting"] * 2 + ["membership"] * 2 + ["visit"] * 10)

    def test_a_merged_body_keeps_its_name_at_the_seat(self):
        old, new = body_of("Twin", names=[{"name": "Twin until 2010", "kind": "former", "to": "2010"}]), body_of("Kept")
        person = make("people", name="Seated")
        make("visits", title="V", dates="2008", seats=[
            {"capacity": "leader", "person": {"id": person}, "organisation": {"id": old}, "public_office": True}])
        self.assertEqual(request("POST", f"/api/v1/organisations/{old}/merge", json={"into": new}).status, 200)
        self.assertEqual(engagements("people/" + person)[0]["organisation"], {"id": new, "name": "Twin until 2010"})


class PeopleByPart(unittest.TestCase):
    """Lists of people by their seats and posts."""

    def people(self, caller=None, /, **query):
        return {p["name"] for p in get("people", caller, limit=200, **query)["items"]}

    def test_by_role_in_a_programme(self):
        bmm = demo_id("30-programme-bmm")
        self.assertEqual(self.people(programme=bmm, role="leader"), {"Dan Opon"})
        self.assertEqual(self.people(programme=bmm, role="counterpart"),
                         {"Avraham Naguse", "Jacob Bacon", "Yogan Karasenty", "Alex Kushnir", "Akiva Tov"})
        self.assertEqual(self.people(programme=bmm, role="secretary"), set())

    def test_by_body(self):
        self.assertIn("Dan Opon", self.people(organisation=SECRETARIAT))
        self.assertNotIn("Avraham Naguse", self.people(organisation=SECRETARIAT))
        self.assertEqual(self.people(organisation=SECRETARIAT, role="leader"), {"Dan Opon"})

    def test_a_post_is_enough(self):
        body, name = body_of("Employer"), "Employed " + uuid.uuid4().hex
        make("people", name=name, memberships=[{"organisation": {"id": body}, "post": "Clerk"}])
        self.assertEqual(self.people(organisation=body), {name})
        self.assertEqual(self.people(organisation=body, role="member"), set())

    def test_what_the_caller_does_not_see_is_no_reason(self):
        body, hidden = body_of("Sender"), body_of("Unseen sender", state="draft")
        programme, name = make("programmes", title="Quiet"), "Quiet " + uuid.uuid4().hex
        seat = {"capacity": "observer", "person": {"id": make("people", name=name)}, "organisation": {"id": body}}
        make("visits", title="Quiet", programme={"id": programme}, seats=[seat])
        drafted = "Drafted " + uuid.uuid4().hex
        seat = {**seat, "public_office": True, "person": {"id": make("people", name=drafted)}}
        make("visits", title="Draft", state="draft", programme={"id": programme}, seats=[seat])
        make("people", name="Unseen", memberships=[{"organisation": {"id": hidden}, "post": "Clerk"}])
        for query in ({"programme": programme}, {"organisation": body}, {"role": "observer", "organisation": body}):
            self.assertEqual(self.people(**query), set())
            self.assertEqual(self.people(make_key("--scope", "read.restricted"), **query), {name})
            self.assertEqual(self.people("editor", **query), {name, drafted})
        self.assertEqual(self.people(organisation=hidden), set())
        self.assertEqual(self.people("editor", organisation=hidden), {"Unseen"})


class Order(unittest.TestCase):
    def test_newest_first_and_unknown_dates_last(self):
        body = body_of("Ordered")
        for dates in ("2018-07", None, "2019", "../2017", "2018-07-28/2018-08-03", "2018"):
            make("visits", title="Ordered", parties=[{"role": "host", "organisation": {"id": body}}], **({"dates": dates} if dates else {}))
        self.assertEqual([i.get("dates") for i in engagements("organisations/" + body)],
                         ["2019", "2018-07-28/2018-08-03", "2018-07", "2018", "../2017", None])

    def test_each_once_over_all_pages_while_others_are_added(self):
        body = body_of("Paged")
        parties = [{"role": role, "organisation": {"id": body}} for role in ("host", "adviser", "funder")]
        there = set()
        for n in range(8):
            visit = make("visits", title=f"Paged {n}", parties=parties, **({"dates": f"20{10 + n // 2}"} if n % 3 else {}))
            there |= {(visit, party["role"]) for party in parties}
        there |= {(make("programmes", title=f"Paged {n}", dates=f"20{10 + n}", parties=[{"role": "funding", "organisation": {"id": body}}]),
                   "funding") for n in range(3)}
        seen, url = [], f"/api/v1/organisations/{body}/engagements?limit=4&count=exact"
        total = json.loads(request("GET", url).body)["total"]
        self.assertEqual(total, len(there))
        for page in range(100):
            answer = json.loads(request("GET", url).body)
            seen += [(i["id"], i["role"]) for i in answer["items"]]
            if not answer["next"]:
                break
            url = answer["next"][answer["next"].index("/api/"):]
            make("visits", title="Meanwhile", parties=parties, dates=("2009", "2014", "2030")[page % 3])
        self.assertEqual(len(seen), len(set(seen)))
        self.assertEqual(there - set(seen), set())
        self.assertGreater(page, 5)

    def test_a_cursor_belongs_to_its_question(self):
        page = get(f"organisations/{IOM}/engagements", limit=2)
        cursor = urllib.parse.parse_qs(urllib.parse.urlsplit(page["next"]).query)["cursor"][0]
        self.assertEqual(ask(f"organisations/{IOM}/engagements", limit=3, cursor=cursor).status, 200)
        for path, more in ((f"organisations/{NCM}", {}), (f"organisations/{IOM}", {"role": "organiser"}),
                           (f"organisations/{IOM}", {"type": "visit"}), (f"organisations/{IOM}", {"include": "predecessors"})):
            answer = ask(path + "/engagements", cursor=cursor, **more)
            self.assertEqual((answer.status, json.loads(answer.body)["errors"][0]["parameter"]), (400, "cursor"))
        self.assertEqual(ask(f"organisations/{IOM}/engagements", "editor", cursor=cursor).status, 400)


class Predecessors(unittest.TestCase):
    """Who asks for a body of today may want what it did under other names."""

    def test_those_of_what_it_was_before(self):
        now = body_of("Department")
        was = body_of("Administration", successions=[{"kind": "renamed", "organisation": {"id": now}, "date": "2022"}])
        before = body_of("Board", successions=[{"kind": "merged", "organisation": {"id": was}, "date": "1982"}])
        drafted = body_of("Unseen", state="draft", successions=[{"kind": "absorbed", "organisation": {"id": now}}])
        visits = [make("visits", title="v", dates=dates, parties=[{"role": "host", "organisation": {"id": body}}])
                  for body, dates in ((now, "2023"), (was, "2008"), (before, "1980"), (drafted, "1970"))]
        self.assertEqual([i["id"] for i in engagements("organisations/" + now)], visits[:1])
        found = engagements("organisations/" + now, include="predecessors")
        self.assertEqual([(i["id"], i.get("organisation", {}).get("id")) for i in found],
                         [(visits[0], None), (visits[1], was), (visits[2], before)])
        with_name = patch(was, {"names": [{"name": "Renamed 2010", "kind": "former", "to": "2010"}]})
        self.assertEqual(with_name.status, 200, with_name.body)
        shown = engagements("organisations/" + now, "reader", include="predecessors")[1]["organisation"]
        self.assertEqual((shown["id"], shown["name"], shown["now"]["id"]), (was, "Renamed 2010", now))
        self.assertEqual([i["id"] for i in engagements("organisations/" + now, "editor", include="predecessors")], visits)
        self.assertEqual([i["id"] for i in engagements("organisations/" + was, include="predecessors")], visits[1:3])

    def test_what_several_of_them_did_alike_is_told_once(self):
        now = body_of("Ministry")
        was, also = (body_of(name, successions=[{"kind": "merged", "organisation": {"id": now}}]) for name in ("East", "West"))

        def visit(dates, *hosts):
            return make("visits", title="v", dates=dates, parties=[{"role": "host", "organisation": {"id": host}} for host in hosts])

        first, second = visit("2003", was, now), visit("2002", was, also)
        found = get(f"organisations/{now}/engagements", include="predecessors", count="exact")
        self.assertEqual(([i["id"] for i in found["items"]], found["total"]), ([first, second], 2))
        self.assertNotIn("organisation", found["items"][0])
        self.assertIn(found["items"][1]["organisation"]["id"], (was, also))


class Merged(unittest.TestCase):
    """What was merged into a record is told of that one; nothing that pointed to it was written anew."""

    @classmethod
    def setUpClass(cls):
        cls.kept, cls.gone, cls.heir = body_of("Kept"), body_of("Gone"), body_of("Heir")
        parties = [{"role": "host", "organisation": {"id": cls.kept}}, {"role": "host", "organisation": {"id": cls.gone}},
                   {"role": "adviser", "organisation": {"id": cls.gone}}]
        cls.programme = make("programmes", title="Merged " + cls.kept)
        cls.visit = make("visits", title="Of both", dates="2020", programme={"id": cls.programme}, parties=parties)
        cls.other = make("visits", title="Of one", dates="2010", parties=parties[1:2])
        cls.person, cls.twin = make("people", name="Kept"), make("people", name="Twin")
        make("visits", title="Seat", seats=[{"capacity": "leader", "person": {"id": cls.twin}, "public_office": True,
                                             "organisation": {"id": cls.gone}}])
        answer = request("PUT", "/api/v1/organisations/" + cls.gone, headers={"If-Match": '"1"'}, json={
            "name": "Gone " + cls.gone, "state": "published", "successions": [{"kind": "renamed", "organisation": {"id": cls.heir}}]})
        assert answer.status == 200, answer.body
        for path, old, new in (("organisations", cls.gone, cls.kept), ("people", cls.twin, cls.person)):
            answer = request("POST", f"/api/v1/{path}/{old}/merge", json={"into": new})
            assert answer.status == 200, answer.body

    def test_each_part_once(self):
        found = [(i["id"], i["role"]) for i in engagements("organisations/" + self.kept, type="visit", role="host")]
        self.assertEqual(found, [(self.visit, "host"), (self.other, "host")])
        self.assertEqual([i["id"] for i in engagements("organisations/" + self.kept, role="adviser")], [self.visit])
        self.assertEqual(get(f"organisations/{self.kept}/engagements", role="host", count="exact")["total"], 2)

    def test_of_people_too(self):
        item, = engagements("people/" + self.person)
        self.assertEqual((item["role"], item["organisation"]["id"]), ("leader", self.kept))

    def test_the_old_address_leads_to_the_new_one(self):
        for path, old, new in (("organisations", self.gone, self.kept), ("people", self.twin, self.person)):
            answer = ask(f"{path}/{old}/engagements", limit=3, labels="fr")
            self.assertEqual(answer.status, 308)
            self.assertTrue(answer.headers["Location"].endswith(f"/api/v1/{path}/{new}/engagements?limit=3&labels=fr"))

    def test_they_are_before_what_came_after_either(self):
        found = engagements("organisations/" + self.heir, include="predecessors", role="adviser")
        self.assertEqual([(i["id"], i["organisation"]["id"]) for i in found], [(self.visit, self.kept)])

    def test_lists_by_part_find_the_one_that_answers(self):
        ids = [o["id"] for o in get("organisations", programme=self.programme)["items"]]
        self.assertEqual(ids, [self.kept])
        for body in (self.kept, self.gone):
            self.assertEqual([p["id"] for p in get("people", organisation=body, role="leader")["items"]], [self.person])

    def test_a_hidden_one_that_answers_is_not_told_of(self):
        hidden, old = body_of("Hidden"), body_of("Shown")
        self.assertEqual(request("POST", f"/api/v1/organisations/{old}/merge", json={"into": hidden}).status, 200)
        self.assertEqual(ask(f"organisations/{old}/engagements", "reader").status, 308)
        # the program refuses that today; a register may have it from before
        sql(f"UPDATE organisation SET state = 'draft' WHERE id = UNHEX('{hidden.replace('-', '')}'); UPDATE label_epoch SET epoch = epoch + 1;"
            " INSERT INTO write_stamp (slot, n) VALUES (0, 1) ON DUPLICATE KEY UPDATE n = n + 1;")
        self.assertEqual(ask(f"organisations/{old}/engagements", "reader").status, 404)
        self.assertEqual(ask(f"organisations/{old}/engagements", "editor").status, 308)


class Privacy(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.callers = {None: None, "reader": "reader", "restricted": make_key("--scope", "read.restricted"),
                       "directory": make_key("--scope", "write.directory"), "visits": make_key("--scope", "write.visits"), "admin": "admin"}
        cls.body, cls.person = body_of("Private"), make("people", name="Junior Officer")
        ref = {"id": cls.body}
        seat = {"capacity": "observer", "organisation": ref, "on_behalf_of": ref}
        for state in ("published", "draft", "withdrawn"):  # each names the body in nine ways
            make("visits", title="Visit " + state, state=state, parties=[{"role": "host", "organisation": ref, "via": ref}],
                 seats=[{**seat, "cost": {"amount": "1.00", "currency": "KES", "payer": ref}}], meetings=[{"seats": [seat]}],
                 recommendations=[{"text": "R", "addressees": [{"organisation": ref}], "counterparts": [{"organisation": ref}]}])
        for state in ("draft", "withdrawn"):
            make("programmes", title="P", state=state, parties=[{"role": "fund", "organisation": ref, "via": ref}])
            make("policies", title="P", state=state, organisation=ref)
        make("visits", title="Junior", seats=[
            {"capacity": "staff", "person": {"id": cls.person}, "post": "Clerk"}], meetings=[
            {"subject": "Met", "seats": [{"capacity": "observer", "person": {"id": cls.person}}]}])

    def found(self, path, caller, /, **query):
        page = get(path + "/engagements", self.callers[caller], count="exact", limit=200, **query)
        self.assertEqual(page["total"], len(page["items"]))
        return {(i["type"], i["role"]): i["id"] for i in page["items"]}, len(page["items"])

    def test_hidden_records_are_as_absent(self):
        shown = {None: 8, "reader": 8,          # in the published visit, but for who paid
                 "restricted": 9,               # and that
                 "directory": 8 + 2 * 2,        # and two programmes, as a party and as who is acted through
                 "visits": 3 * 9,               # all of three visits
                 "admin": 3 * 9 + 2 * 2 + 2}    # and of the programmes, and two policies
        for caller, n in shown.items():
            with self.subTest(caller):
                self.assertEqual(self.found("organisations/" + self.body, caller)[1], n)

    def test_who_paid_is_restricted(self):
        for caller in self.callers:
            with self.subTest(caller):
                seen = ("visit", "payer") in self.found("organisations/" + self.body, caller)[0]
                paid = {"restricted": 1, "visits": 3, "admin": 3}.get(caller, 0)
                self.assertEqual(seen, paid > 0)
                self.assertEqual(self.found("organisations/" + self.body, caller, role="payer")[1], paid)

    def test_seats_outside_public_office_are_restricted(self):
        for caller in self.callers:
            with self.subTest(caller):
                found, n = self.found("people/" + self.person, caller)
                sees = caller in ("restricted", "visits", "admin")
                self.assertEqual(set(found), {("visit", "staff"), ("meeting", "observer")} if sees else set())

    def test_answers_with_names_are_not_kept(self):
        for caller, kept in ((None, "public, no-cache"), ("restricted", "private, no-store"), ("admin", "private, no-store")):
            answer = ask(f"people/{self.person}/engagements", self.callers[caller])
            self.assertEqual(answer.headers["Cache-Control"], kept)
        self.assertEqual(ask(f"organisations/{self.body}/engagements", "reader").headers["Cache-Control"], "private, no-cache")

    def test_of_a_hidden_record_there_is_nothing(self):
        hidden = body_of("Draft", state="draft")
        for caller in self.callers:
            answer = ask(f"organisations/{hidden}/engagements", self.callers[caller])
            absent = ask(f"organisations/{uuid.uuid4()}/engagements", self.callers[caller])
            self.assertEqual(answer.status, 200 if caller in ("directory", "admin") else 404, caller)
            self.assertEqual(absent.status, 404)
            if answer.status == 404:
                self.assertEqual(json.loads(answer.body)["detail"], json.loads(absent.body)["detail"])


class Contract(unittest.TestCase):
    def test_a_deleted_body_is_gone(self):
        body = body_of("Deleted")
        request("DELETE", "/api/v1/organisations/" + body, headers={"If-Match": '"1"'})
        self.assertEqual(ask(f"organisations/{body}/engagements").status, 410)

    def test_what_is_wrong_is_told_all_at_once(self):
        answer = ask(f"organisations/{IOM}/engagements", "reader")
        self.assertEqual(answer.status, 200)
        for path, query, faults in (
                ("organisations/" + IOM, "type=visits&role=hots&limit=0&count=all&labels=de&include=x&rol=host", {
                    "type": "visit?", "role": "host?", "limit": "1 to 200", "count": "count=exact", "labels": "en, fr or sw",
                    "include": "predecessors", "rol": "role?"}),
                ("people/" + OPON, "include=predecessors&type=recommendation", {"include": "", "type": ""}),
                ("people/" + OPON, "cursor=AAAA", {"cursor": "begin again"})):
            answer = request("GET", f"/api/v1/{path}/engagements?{query}", role=None)
            errors = {e["parameter"]: e["detail"] for e in json.loads(answer.body)["errors"]}
            self.assertEqual((answer.status, set(errors)), (400, set(faults)))
            for parameter, words in faults.items():
                self.assertIn(words, errors[parameter])

    def test_methods(self):
        path = f"/api/v1/organisations/{IOM}/engagements"
        self.assertEqual(request("OPTIONS", path).headers["Allow"], "GET, HEAD, OPTIONS")
        self.assertEqual(request("POST", path, json={}).status, 405)
        head = request("HEAD", path)
        self.assertEqual((head.status, head.body), (200, b""))
        self.assertEqual(request("GET", "/api/v1/organisations/x/engagements").status, 404)
        self.assertEqual(request("GET", f"/api/v1/programmes/{IOM}/engagements").status, 404)

    def test_links(self):
        answer = ask(f"organisations/{IOM}/engagements", limit=2)
        following = json.loads(answer.body)["next"]
        self.assertIn(f'<{following}>; rel="next"', answer.headers.get_all("Link"))
        self.assertIn("limit=2", following)


if __name__ == "__main__":
    unittest.main()
