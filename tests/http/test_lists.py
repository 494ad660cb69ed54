# SPDX-License-Identifier: Apache-2.0
"""Lists: every filter and order paged to the end, cursors, fields, include, labels, faults."""
import json
import threading
import unittest
import urllib.parse
import uuid

from demo import demo_id
from harness import request

DESCRIPTION = json.loads(request("GET", "/api/v1/openapi.json").body)
COLLECTIONS = [p for p, item in DESCRIPTION["paths"].items()
               if "get" in item and item["get"]["operationId"].startswith("list_") and p not in ("/codelists", "/countries") and "{" not in p]
CONTROLS = {"sort", "limit", "cursor", "count", "fields", "include", "labels"}


def get(path):
    answer = request("GET", path)
    if answer.status != 200:
        raise AssertionError(f"{path}: {answer.status} {answer.body!r}")
    return json.loads(answer.body)


def below(url):
    parts = urllib.parse.urlsplit(url)
    return parts.path + "?" + parts.query


def paged(path, limit):
    """Ids of all items, page after page."""
    ids, page = [], get(f"{path}{'&' if '?' in path else '?'}limit={limit}")
    while True:
        ids += [item["id"] for item in page["items"]]
        if page["next"] is None:
            return ids
        if len(page["items"]) != limit:
            raise AssertionError("a page before the last is not full")
        page = get(below(page["next"]))


def parameters(collection):
    return {p["name"]: p for p in DESCRIPTION["paths"][collection]["get"]["parameters"]}


def orders(collection):
    names = parameters(collection)["sort"]["description"].rsplit(": ", 1)[1].split()
    return names + ["-" + n for n in names]


def member(item, name):
    for part in name.split("."):
        item = item.get(part) if isinstance(item, dict) else None
    return item


def filter_values(collection, items):
    """For each filter a value that some record has, so that results are not all empty."""
    for name in parameters(collection):
        field, _, op = name.rpartition(".")
        if name in CONTROLS or name.endswith("_role"):
            continue
        if op in ("ne", "in", "lt", "lte", "gt", "gte", "prefix", "contains", "null", "overlaps"):
            found = next((member(i, field) for i in items if member(i, field) is not None), None)
        else:
            field, op = name, ""
            found = next((member(i, name) for i in items if member(i, name) is not None), None)
        if op == "null":
            yield name, "true"
            yield name, "false"
        elif isinstance(found, dict):
            yield name, found["id"]
        elif isinstance(found, bool):
            yield name, str(found).lower()
        elif isinstance(found, str):
            yield name, found[:4] if op in ("prefix", "contains") else found
        elif isinstance(found, int):
            yield name, str(found)


BMM, IOM = demo_id("30-programme-bmm"), demo_id("10-organisation-iom")
FACETS = {
    "/visits": [("host_country", "PH"), ("delegating_country", "KE"), ("host_country.in", "PH,KE,GH"), ("theme", "trafficking"),
                ("theme", "migration_governance"), ("identifier", "none-none")],
    "/programmes": [("country", "KE"), ("country.in", "KE,UG")],
    "/organisations": [("identifier", "XM-DAC-47066"), ("role", "host"), ("programme", BMM)],
    "/people": [("role", "leader"), ("programme", BMM), ("organisation", IOM)],
    "/learnings": [("host_country", "IL"), ("theme", "diaspora")],
    "/recommendations": [("delegating_country", "KE")],
    "/meetings": [("host_country", "IL")],
}


class Paging(unittest.TestCase):
    def test_each_filter_and_order_paged_equals_unpaged(self):
        for collection in COLLECTIONS:
            path = "/api/v1" + collection
            everything = get(path + "?limit=200")["items"]
            filters = [("", "")] + list(filter_values(collection, everything)) + FACETS.get(collection, [])
            self.assertGreater(len(filters), 1, collection)
            for name, value in filters:
                query = urllib.parse.urlencode({name: value}) if name else ""
                whole = None
                for order in orders(collection):
                    with self.subTest(collection=collection, filter=query, order=order):
                        url = f"{path}?{query}&sort={order}"
                        unpaged = paged(url, 200)
                        self.assertEqual(len(unpaged), len(set(unpaged)))
                        if len(unpaged) > 120:  # several hundred pages for one pair teach nothing more
                            self.assertEqual(paged(url, 31), unpaged)
                        else:
                            self.assertEqual(paged(url, 7), unpaged)
                        whole = set(unpaged) if whole is None else whole
                        self.assertEqual(set(unpaged), whole)
                self.assertEqual(get(f"{path}?{query}&limit=1&count=exact")["total"], len(whole))

    def test_items_come_in_the_order_asked_for(self):
        for collection in COLLECTIONS:
            for order in orders(collection):
                key = order.lstrip("-")
                if key in ("title", "name", "dates", "due"):
                    continue  # by collation, and by first day: see Meaning, and test_actions
                found = [i[key] for i in get(f"/api/v1{collection}?limit=200&sort={order}")["items"]]
                self.assertEqual(found, sorted(found, reverse=order[0] == "-"), (collection, order))

    def test_two_keys(self):
        url = "/api/v1/visits?sort=-dates,title"
        self.assertEqual(paged(url, 3), paged(url, 200))
        dates = [i.get("dates", "") for i in get(url + "&limit=200")["items"]]
        self.assertEqual([bool(d) for d in dates], sorted((bool(d) for d in dates), reverse=True))

    def test_equal_keys_are_told_apart_by_id(self):
        title = "Twin " + uuid.uuid4().hex
        for _ in range(5):
            request("POST", "/api/v1/visits", json={"title": title})
        url = "/api/v1/visits?sort=title&title=" + urllib.parse.quote(title)
        self.assertEqual(len(set(paged(url, 1))), 5)

    def test_a_cursor_belongs_to_its_query(self):
        page = get("/api/v1/visits?limit=2&delegating_country=KE")
        cursor = urllib.parse.parse_qs(urllib.parse.urlsplit(page["next"]).query)["cursor"][0]
        for query in ("", "delegating_country=UG&", "delegating_country=KE&sort=title&"):
            answer = request("GET", f"/api/v1/visits?{query}cursor={cursor}")
            self.assertEqual(answer.status, 400, query)
            self.assertEqual(json.loads(answer.body)["errors"][0]["parameter"], "cursor")
        for damaged in (cursor[:-1], "AAAA" + cursor[4:], "x", "", cursor + "A"):
            answer = request("GET", f"/api/v1/visits?limit=2&delegating_country=KE&cursor={damaged}")
            self.assertEqual(answer.status, 400, damaged)

    def test_an_escaped_cursor_is_replaced_too(self):
        page = get("/api/v1/visits?limit=1")
        cursor = urllib.parse.parse_qs(urllib.parse.urlsplit(page["next"]).query)["cursor"][0]
        following = get("/api/v1/visits?limit=1&c%75rsor=" + cursor)
        self.assertEqual(request("GET", below(following["next"])).status, 200)

    def test_next_is_in_the_link_header_too(self):
        answer = request("GET", "/api/v1/visits?limit=1")
        self.assertTrue(any('rel="next"' in link and json.loads(answer.body)["next"] in link
                            for link in answer.headers.get_all("Link")))


class Meaning(unittest.TestCase):
    """What filters find, with values worked out by hand from records made here."""

    @classmethod
    def setUpClass(cls):
        cls.tag = uuid.uuid4().hex
        cls.dates = {"a": "2018", "b": "2018-07", "c": "2018-07-28", "d": "2018-07-28/2018-08-03", "e": "2018-08/..",
                     "f": "../2018-06", "g": None}
        cls.ids = {}
        for name, dates in cls.dates.items():
            body = {"title": f"{name} {cls.tag} Éléonore", "ref": cls.tag}
            if dates:
                body["dates"] = dates
            cls.ids[json.loads(request("POST", "/api/v1/visits", json=body).body)["id"]] = name

    def found(self, query):
        return "".join(sorted(self.ids[i["id"]] for i in get(f"/api/v1/visits?ref={self.tag}&limit=200&{query}")["items"]))

    def test_overlaps(self):
        for value, expected in (("2018", "abcdef"), ("2018-07", "abcd"), ("2018-07-28", "abcd"), ("2018-08-03", "ade"),
                                ("2018-08-04", "ae"), ("2018-06-30", "af"), ("2017", "f"), ("2030", "e"), ("../2017", "f"),
                                ("2019/..", "e"), ("2018-07-29/2018-07-30", "abd")):
            with self.subTest(value):
                self.assertEqual(self.found("dates.overlaps=" + value), expected)

    def test_ranges(self):
        for query, expected in (("dates.gte=2018-07", "bcde"), ("dates.gt=2018-07", "e"), ("dates.lte=2018-07-28", "cf"),
                                ("dates.lt=2018-07-28", "f"), ("dates=2018-07", "b"), ("dates.null=true", "g"),
                                ("dates.null=false", "abcdef")):
            with self.subTest(query):
                self.assertEqual(self.found(query), expected)

    def test_unknown_dates_come_last_in_the_default_order(self):
        items = get(f"/api/v1/visits?ref={self.tag}")["items"]
        self.assertEqual("".join(self.ids[i["id"]] for i in items)[-1], "g")

    def test_order_by_dates_is_by_first_day(self):
        names = [self.ids[i["id"]] for i in get(f"/api/v1/visits?ref={self.tag}&sort=dates")["items"]]
        self.assertEqual(names[:2], ["g", "f"])       # unknown, then open start
        self.assertEqual(names[2], "a")               # 1 January
        self.assertEqual(names[3], "b")               # 1 July
        self.assertEqual(set(names[4:6]), {"c", "d"})  # 28 July
        self.assertEqual(names[6], "e")               # 1 August

    def test_order_by_title_folds_case_and_accents(self):
        tag = uuid.uuid4().hex
        for title in ("zebra", "Épée", "eland", "Zulu", "epee z"):
            request("POST", "/api/v1/visits", json={"title": title, "ref": tag})
        found = [i["title"] for i in get(f"/api/v1/visits?ref={tag}&sort=title")["items"]]
        self.assertEqual(found, ["eland", "Épée", "epee z", "zebra", "Zulu"])
        self.assertEqual([i["title"] for i in get(f"/api/v1/visits?ref={tag}&sort=-title")["items"]], found[::-1])

    def test_text_folds_case_and_accents(self):
        for query in ("title.contains=ELEONORE", "title.contains=%C3%A9l%C3%A9onore", "title.prefix=A%20" + self.tag,
                      f"title=a%20{self.tag}%20eleonore"):
            with self.subTest(query):
                self.assertIn("a", self.found(query))

    def test_wildcards_are_literal(self):
        self.assertEqual(self.found("title.contains=%25"), "")
        self.assertEqual(self.found("title.contains=_"), "")

    def test_in(self):
        ids = ",".join(i for i, name in self.ids.items() if name in "ab")
        self.assertEqual(self.found("id.in=" + ids), "ab")


class Across(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        tag = uuid.uuid4().hex

        def make(path, **body):
            return json.loads(request("POST", "/api/v1/" + path, json=body).body)["id"]

        cls.host, cls.fund = make("organisations", name="H " + tag), make("organisations", name="F " + tag)
        cls.above = make("programmes", title="Above " + tag)
        cls.below = make("programmes", title="Below " + tag, parent={"id": cls.above}, kind="phase")
        cls.person = make("people", name="P " + tag)
        cls.visit = make("visits", title="Across " + tag, programme={"id": cls.below}, themes=["reintegration"],
                         parties=[{"role": "host", "organisation": {"id": cls.host}, "country": "FJ"},
                                  {"role": "funder", "name_as_written": "Donor", "via": {"id": cls.fund}},
                                  {"role": "delegating", "country": "WS"}],
                         seats=[{"capacity": "leader", "person": {"id": cls.person}, "public_office": True}],
                         identifiers=[{"scheme": "KE-NCM", "value": tag}])
        cls.tag, cls.make = tag, staticmethod(make)

    def finds(self, query):
        return self.visit in [i["id"] for i in get("/api/v1/visits?limit=200&" + query)["items"]]

    def test_filters(self):
        for query, expected in (
                ("host_country=FJ", True), ("host_country=WS", False), ("delegating_country=WS", True), ("delegating_country=FJ", False),
                ("organisation=" + self.host, True), ("organisation=" + self.fund, True),
                (f"organisation={self.host}&organisation_role=host", True),
                (f"organisation={self.host}&organisation_role=funder", False),
                ("person=" + self.person, True), ("programme=" + self.below, True), ("programme=" + self.above, True),
                ("theme=reintegration", True), ("theme=return_reintegration", True), ("theme=trafficking", False),
                ("identifier=KE-NCM-" + self.tag, True), ("host_country.in=KI,FJ", True), ("host_country.in=KI,TO", False),
                (f"host_country=FJ&theme=reintegration&programme={self.above}&delegating_country=WS", True),
                (f"host_country=FJ&sort=title&programme={self.above}", True)):
            with self.subTest(query):
                self.assertEqual(self.finds(query), expected)

    def test_a_role_does_not_hide_faults_of_the_organisation(self):
        for query in ("organisation_role=bogus&organisation=junk", "organisation=junk&organisation_role=bogus"):
            answer = request("GET", "/api/v1/visits?" + query)
            self.assertEqual(answer.status, 400)
            self.assertEqual({e["parameter"] for e in json.loads(answer.body)["errors"]}, {"organisation"})
        answer = request("GET", f"/api/v1/visits?organisation_role=bogus&organisation={self.host}")
        self.assertEqual(json.loads(answer.body)["errors"][0]["parameter"], "organisation_role")

    def test_unknown_codes_are_refused_everywhere(self):
        for query in ("visits?theme=trafficing", "visits?theme.in=diaspora,bogus", "learnings?theme=bogus", "programmes?country=ZZ",
                      "visits?host_country=ZZ"):
            answer = request("GET", "/api/v1/" + query)
            self.assertEqual((answer.status, json.loads(answer.body)["errors"][0]["code"]), (400, "unknown_code"), query)

    def test_a_moving_programme_and_a_changing_visit_at_once(self):
        """However the two interleave, the filter finds the visit once, under the programme's new place."""
        places = [self.make("programmes", title=f"Place {n} " + self.tag) for n in range(2)]
        moving = self.make("programmes", title="Moving " + self.tag, parent={"id": places[0]})
        visit = self.make("visits", title="With it " + self.tag, programme={"id": moving})
        headers = {"Content-Type": "application/merge-patch+json", "If-Match": "*"}
        statuses = []

        def move():
            for n in range(12):
                statuses.append(request("PATCH", "/api/v1/programmes/" + moving, json={"parent": {"id": places[n % 2]}}, headers=headers).status)

        def change():
            for n in range(24):
                statuses.append(request("PATCH", "/api/v1/visits/" + visit, json={"dates": str(2000 + n)}, headers=headers).status)

        threads = [threading.Thread(target=f) for f in (move, change)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        self.assertLessEqual(set(statuses), {200, 503})
        parent = get("/api/v1/programmes/" + moving)["parent"]["id"]
        for place in places:
            found = [i["id"] for i in get(f"/api/v1/visits?programme={place}")["items"]]
            self.assertEqual(found, [visit] if place == parent else [])
            self.assertEqual(get(f"/api/v1/visits?programme={place}&count=exact")["total"], len(found))

    def test_a_role_needs_an_organisation(self):
        answer = request("GET", "/api/v1/visits?organisation_role=host")
        self.assertEqual(answer.status, 400)
        self.assertEqual(json.loads(answer.body)["errors"][0]["parameter"], "organisation_role")

    def test_a_programme_that_moves_takes_its_visits_along(self):
        other = self.make("programmes", title="Other " + self.tag)
        child = self.make("programmes", title="Child " + self.tag, parent={"id": other})
        visit = self.make("visits", title="Moves " + self.tag, programme={"id": child})
        third = self.make("programmes", title="Third " + self.tag)

        def ids(programme):
            return [i["id"] for i in get("/api/v1/visits?programme=" + programme)["items"]]

        self.assertEqual(ids(other), [visit])
        headers = {"Content-Type": "application/merge-patch+json", "If-Match": "*"}
        request("PATCH", "/api/v1/programmes/" + child, json={"parent": {"id": third}}, headers=headers)
        self.assertEqual((ids(other), ids(third), ids(child)), ([], [visit], [visit]))

    def test_filters_follow_a_change_of_some_of_many_values(self):
        countries = ["TV", "NR", "KI", "TO", "PW"]
        visit = self.make("visits", title="Many " + self.tag, legs=[{"country": c} for c in countries], themes=["diaspora", "trafficking"])
        headers = {"Content-Type": "application/merge-patch+json", "If-Match": "*"}
        answer = request("PATCH", "/api/v1/visits/" + visit, headers=headers,
                         json={"legs": [{"country": c} for c in ("PW", "MH", "TV")], "themes": ["statistics", "diaspora"]})
        self.assertEqual(answer.status, 200, answer.body)
        for country, expected in (("PW", True), ("MH", True), ("TV", True), ("NR", False), ("KI", False), ("TO", False)):
            self.assertEqual(visit in [i["id"] for i in get("/api/v1/visits?limit=200&host_country=" + country)["items"]], expected)

    def test_filters_follow_changes(self):
        visit = self.make("visits", title="Follows " + self.tag, legs=[{"country": "TV"}], dates="2020")
        headers = {"Content-Type": "application/merge-patch+json", "If-Match": "*"}
        request("PATCH", "/api/v1/visits/" + visit, json={"legs": [{"country": "NR"}], "dates": "2021"}, headers=headers)
        self.assertNotIn(visit, [i["id"] for i in get("/api/v1/visits?host_country=TV")["items"]])
        self.assertIn(visit, [i["id"] for i in get("/api/v1/visits?host_country=NR")["items"]])
        request("DELETE", "/api/v1/visits/" + visit, headers={"If-Match": "*"})
        self.assertNotIn(visit, [i["id"] for i in get("/api/v1/visits?host_country=NR")["items"]])


class Shape(unittest.TestCase):
    def test_fields(self):
        item = get("/api/v1/visits?fields=title,dates&limit=1")["items"][0]
        self.assertLessEqual(set(item), {"id", "self", "title", "dates"})
        one = get("/api/v1/visits/" + item["id"] + "?fields=legs")
        self.assertEqual(set(one), {"id", "self", "legs"})

    def test_include(self):
        whole = get("/api/v1/visits?include=legs,parties&limit=200")["items"]
        self.assertTrue(any(i["legs"] for i in whole) and any(i["parties"] for i in whole))
        self.assertNotIn("seats", whole[0])
        for item in whole[:5]:
            one = get("/api/v1/visits/" + item["id"])
            self.assertEqual((one["legs"], one["parties"]), (item["legs"], item["parties"]))
            self.assertEqual(one.get("direction"), item.get("direction"))

    def test_direction_on_request(self):
        for item in get("/api/v1/visits?fields=direction&limit=50")["items"]:
            self.assertEqual(item.get("direction"), get("/api/v1/visits/" + item["id"]).get("direction"))

    def test_labels(self):
        item = json.loads(request("POST", "/api/v1/visits", json={"title": "L", "kind": "study_visit",
                                                                   "themes": ["diaspora"], "legs": [{"country": "DZ"}]}).body)
        for lang, country in (("en", "Algeria"), ("fr", "Algérie"), ("sw", "Aljeria")):
            one = get(f"/api/v1/visits/{item['id']}?labels={lang}")
            self.assertEqual(one["legs"][0]["country_label"], country)
            self.assertEqual(len(one["themes_label"]), 1)
            back = request("PUT", "/api/v1/visits/" + item["id"], json=one, headers={"If-Match": "*"})
            self.assertEqual((back.status, json.loads(back.body)["version"]), (200, 1))

    def test_faults_are_named_all_at_once(self):
        answer = request("GET", "/api/v1/visits?tilte=x&limit=0&sort=datse&kind=trip&dates.overlaps=2018-13&include=leg"
                                "&fields=titel&count=yes&labels=de&host_country=Kenya&dates.contains=1&id=5")
        self.assertEqual(answer.status, 400)
        errors = json.loads(answer.body)["errors"]
        self.assertEqual({e["parameter"] for e in errors}, {
            "tilte", "limit", "sort", "kind", "dates.overlaps", "include", "fields", "count", "labels", "host_country",
            "dates.contains", "id"})
        hints = {e["parameter"]: e["detail"] for e in errors}
        self.assertIn("title", hints["tilte"])
        self.assertIn("dates", hints["sort"])
        self.assertIn("legs", hints["include"])

    def test_a_repeated_parameter_is_refused(self):
        answer = request("GET", "/api/v1/visits?kind=study_visit&kind=exchange")
        self.assertEqual((answer.status, json.loads(answer.body)["errors"][0]["code"]), (400, "repeated"))

    def test_single_reads_take_fields_and_labels_only(self):
        item = get("/api/v1/visits?limit=1")["items"][0]
        self.assertEqual(request("GET", f"/api/v1/visits/{item['id']}?limit=1").status, 400)

    def test_codelists(self):
        names = [i["name"] for i in get("/api/v1/codelists")["items"]]
        self.assertIn("theme", names)
        self.assertEqual(names, sorted(names))
        kenya = next(c for c in get("/api/v1/countries")["items"] if c["code"] == "KE")
        self.assertEqual(kenya["labels"]["en"], "Kenya")
        parents = {c["code"]: c.get("parent") for c in get("/api/v1/codelists/theme")["items"]}
        self.assertEqual(parents["reintegration"], "return_reintegration")


if __name__ == "__main__":
    unittest.main()
