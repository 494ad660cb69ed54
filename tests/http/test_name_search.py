# SPDX-License-Identifier: Apache-2.0
"""The parameter q: records found by words of their names in any recorded spelling, and by no word that a caller may not read."""
import json
import random
import re
import subprocess
import unittest
import urllib.parse
import uuid

from harness import folder, request, ziara


def unique():
    """A word that nobody else has: letters only, so that it stays one word."""
    return "w" + re.sub("[0-9]", lambda m: "ghijklmnop"[int(m[0])], uuid.uuid4().hex)


def find(path, q, role="editor", **more):
    answer = request("GET", f"/api/v1/{path}?" + urllib.parse.urlencode({"q": q, **more}), role=role)
    if answer.status != 200:
        raise AssertionError(f"{path} {q}: {answer.status} {answer.body.decode()}")
    return json.loads(answer.body)


def ids(path, q, role="editor", **more):
    return {i["id"] for i in find(path, q, role, limit=200, **more)["items"]}


def sql(text):
    done = subprocess.run(["mariadb", f"--defaults-file={folder()}/mariadb/migrate.cnf", "-N", "ziara"], input=text, capture_output=True, text=True,
                          check=True)
    return done.stdout


def make(path, body):
    answer = request("POST", f"/api/v1/{path}", {"state": "published", **body})
    if answer.status != 201:
        raise AssertionError(f"{path}: {answer.status} {answer.body.decode()}")
    return json.loads(answer.body)["id"]


def change(path, rid, body):
    answer = request("PATCH", f"/api/v1/{path}/{rid}", raw=json.dumps(body).encode(),
                     headers={"Content-Type": "application/merge-patch+json", "If-Match": "*"})
    if answer.status != 200:
        raise AssertionError(f"{path}: {answer.status} {answer.body.decode()}")


def faults(path, q, role="editor"):
    answer = request("GET", f"/api/v1/{path}?" + urllib.parse.urlencode({"q": q}), role=role)
    return answer.status, [(e["parameter"], e["code"]) for e in json.loads(answer.body)["errors"]]


class Spellings(unittest.TestCase):
    """name as recorded, what it is asked by"""
    NAMES = [
        ("Wizara ya Mambo ya Ndani", ["wizara mambo", "NDANI", "wiz nda"]),
        ("\u02bf\u0100\u02beisha \u1e24usayn", ["Aisha", "\u2019aisha husayn", "'Aisha", "A\u02beisha"]),
        ("Ng\u2019ang\u2019a M\u0169thoni", ["nganga", "Ng'ang'a muthoni", "M\u0169thoni"]),
        ("Hawai\u02bbi Kealoha", ["hawaii", "Hawai'i kealoha"]),
        ("Stra\u00dfenverkehrsamt \u0141\u00f3d\u017a", ["strassenverkehrsamt", "lodz", "\u0141\u00d3D\u0179"]),
        ("Minist\u00e8re de l\u2019Int\u00e9rieur, C\u00f4te d'Ivoire", ["interieur ivoire", "MINISTERE COTE", "d'ivoire", "l\u2019int\u00e9rieur"]),
        ("S\u00f8ren \u00c6r\u00f8", ["soren aero", "S\u00d8REN"]),
        ("International Organization for Migration (I.O.M.)", ["IOM", "i.o.m.", "inter orga migr"]),
        ("R\u00e9publique de Guin\u00e9e-Bissau", ["bissau", "guinee-bissau", "guineebissau"]),
        ("\u0648\u0632\u0627\u0631\u0629 \u0627\u0644\u062f\u0627\u062e\u0644\u064a\u0629", ["\u0648\u0632\u0627\u0631\u0647", "\u062f\u0627\u062e\u0644\u064a\u0629",
         "\u0648\u064e\u0632\u0627\u0631\u0629 \u0627\u0644\u062f\u0627\u062e\u0644\u064a\u0647"]),
        ("\u0627\u0644\u0645\u0646\u0638\u0645\u0629 \u0627\u0644\u062f\u0648\u0644\u064a\u0629 \u0644\u0644\u0647\u062c\u0631\u0629", ["\u0627\u0644\u0647\u062c\u0631\u0629", "\u0645\u0646\u0638\u0645\u0629"]),
        ("\u0623\u062d\u0645\u062f \u0645\u0635\u0637\u0641\u0649", ["\u0627\u062d\u0645\u062f", "\u0645\u0635\u0637\u0641\u064a"]),
        ("\u05de\u05e9\u05e8\u05d3 \u05d4\u05e4\u05e0\u05d9\u05dd", ["\u05de\u05e9\u05e8\u05d3", "\u05e4\u05e0\u05d9\u05dd", "\u05d4\u05e4\u05b0\u05bc\u05e0\u05b4\u05d9\u05dd"]),
        ("\u05e6\u05d4\u05f4\u05dc", ["\u05e6\u05d4\u05dc", "\u05e6\u05d4\"\u05dc"]),
        ("\u12e8\u1230\u120b\u121d\u1361\u121a\u1292\u1235\u1274\u122d", ["\u1230\u120b\u121d", "\u121a\u1292\u1235\u1274\u122d", "\u1220\u120b\u121d"]),
        ("\u1283\u12ed\u1208 \u1225\u120b\u1234", ["\u1210\u12ed\u1208 \u1235\u120b\u1234"]),
        ("\u041a\u043e\u0440\u043e\u043b\u0451\u0432 \u041f'\u044f\u0442\u043d\u0438\u0446\u044f", ["\u043a\u043e\u0440\u043e\u043b\u0435\u0432", "\u041f\u042f\u0422\u041d\u0418\u0426\u042f"]),
        ("\u0e01\u0e23\u0e30\u0e17\u0e23\u0e27\u0e07\u0e21\u0e2b\u0e32\u0e14\u0e44\u0e17\u0e22", ["\u0e21\u0e2b\u0e32\u0e14\u0e44\u0e17\u0e22"]),
    ]

    def test_each_script(self):
        mark = unique()
        for name, asked in self.NAMES:
            rid = make("organisations", {"name": f"{name} {mark}"})
            for q in asked:
                with self.subTest(name=name, q=q):
                    self.assertIn(rid, ids("organisations", f"{q} {mark}"))
                    self.assertIn(rid, ids("organisations", f"{mark} {q}", None))

    def test_two_spellings_in_one_record(self):
        """The Tigrayan and the Arabic name, and both spellings that one paper has, lead to one person."""
        mark = unique()
        rid = make("people", {"name": f"Silas Shiyenji Muyeyia {mark}", "names": [
            {"name": f"Silas Shinyenji Muyeyia {mark}", "kind": "other"},
            {"name": f"\u0633\u064a\u0644\u0627\u0633 {mark}", "kind": "transliteration", "language": "ar", "script": "Arab"}]})
        for q in ("shiyenji", "shinyenji", "\u0633\u064a\u0644\u0627\u0633", "shiyenji shinyenji"):
            found = find("people", f"{q} {mark}")["items"]
            self.assertEqual([i["id"] for i in found], [rid], q)

    def test_a_renamed_body_is_found_by_its_old_name(self):
        mark = unique()
        rid = make("organisations", {"name": f"Ethiopian Statistical Service {mark}", "acronym": "ESS", "names": [
            {"name": f"Central Statistical Agency {mark}", "kind": "former", "to": "2021"}, {"name": "CSA", "kind": "short", "to": "2021"}]})
        self.assertEqual(ids("organisations", f"central agency {mark}"), {rid})
        self.assertEqual(ids("organisations", f"csa {mark}"), {rid})
        change("organisations", rid, {"names": []})
        self.assertEqual(ids("organisations", f"central agency {mark}"), set())
        self.assertEqual(ids("organisations", f"ess statistical {mark}"), {rid})


class Merged(unittest.TestCase):
    def merge(self, path, old, into):
        answer = request("POST", f"/api/v1/{path}/{old}/merge", {"into": into})
        self.assertEqual(answer.status, 200, answer.body)

    def test_the_record_that_answers_is_found_by_the_names_of_both(self):
        for path in ("organisations", "people"):
            mark = unique()
            old = make(path, {"name": f"Overseas Employment {mark}", "names": [{"name": f"P.O.E.A. {mark}", "kind": "short"}]})
            now = make(path, {"name": f"Migrant Workers {mark}"})
            self.merge(path, old, now)
            for q in ("overseas", "poea", "migrant", "migrant overseas", ""):
                self.assertEqual(ids(path, f"{q} {mark}"), {now}, q)
                self.assertEqual(ids(path, f"{mark} {q}", None), {now}, q)
            change(path, now, {"name": f"Filipino Workers {mark}"})
            self.assertEqual((ids(path, f"poea filipino {mark}"), ids(path, f"migrant {mark}")), ({now}, set()))
            self.assertEqual(request("DELETE", f"/api/v1/{path}/{old}/merge").status, 200)
            self.assertEqual((ids(path, f"poea {mark}"), ids(path, f"filipino {mark}")), ({old}, {now}))

    def test_words_of_a_merged_draft_are_for_those_who_see_drafts(self):
        mark = unique()
        old = make("organisations", {"name": f"Hidden {mark}", "state": "draft"})
        now = make("organisations", {"name": f"Open {mark}"})
        self.merge("organisations", old, now)
        self.assertEqual(ids("organisations", f"hidden {mark}"), {now})
        self.assertEqual(ids("organisations", f"hidden {mark}", None), set())
        self.assertEqual(ids("organisations", f"open {mark}", None), {now})


class Meaning(unittest.TestCase):
    def test_every_word_must_begin_a_word(self):
        mark = unique()
        rid = make("organisations", {"name": f"Ministry of Interior {mark}"})
        for q, there in (("minist inter", True), ("of", True), ("minister", False), ("inistry", False), ("ministry exterior", False),
                         (mark[:12], True)):
            self.assertEqual(rid in ids("organisations", f"{q} {mark}"), there, q)

    def test_a_single_letter_is_a_word(self):
        mark = unique()
        rid = make("people", {"name": f"J. Oloo {mark}"})
        self.assertEqual(ids("people", f"j {mark}"), {rid})
        self.assertEqual(ids("people", f"o {mark}"), set())

    def test_no_record_twice_and_pages_join(self):
        mark = unique()
        made = {make("organisations", {"name": f"Minister, ministry and ministries {n:02d} {mark}"}) for n in range(11)}
        for sort in ("name", "-name", "created_at", "-updated_at,name"):
            page, found = find("organisations", f"minist {mark}", limit=4, sort=sort), []
            while True:
                found += [i["id"] for i in page["items"]]
                if page["next"] is None:
                    break
                parts = urllib.parse.urlsplit(page["next"])
                page = json.loads(request("GET", f"{parts.path}?{parts.query}").body)
            self.assertEqual((len(found), set(found)), (11, made), sort)
        self.assertEqual(find("organisations", f"minist {mark}", count="exact", limit=1)["total"], 11)
        names = [i["name"] for i in find("organisations", f"minist {mark}")["items"]]
        self.assertEqual(names, sorted(names))

    def test_a_cursor_belongs_to_its_words(self):
        mark = unique()
        for n in range(3):
            make("organisations", {"name": f"Body {n} {mark}"})
        cursor = urllib.parse.parse_qs(urllib.parse.urlsplit(find("organisations", mark, limit=1)["next"]).query)["cursor"][0]
        answer = request("GET", f"/api/v1/organisations?q=other&cursor={cursor}")
        self.assertEqual((answer.status, json.loads(answer.body)["errors"][0]["parameter"]), (400, "cursor"))

    def test_other_filters_narrow(self):
        mark = unique()
        kenyan = make("organisations", {"name": f"Interior {mark}", "country": "KE", "identifiers": [{"scheme": "X-NS", "value": mark}]})
        ugandan = make("organisations", {"name": f"Interior {mark}", "country": "UG"})
        self.assertEqual(ids("organisations", mark), {kenyan, ugandan})
        self.assertEqual(ids("organisations", f"inter {mark}", country="KE"), {kenyan})
        self.assertEqual(ids("organisations", mark, **{"id": ugandan}), {ugandan})
        self.assertEqual(ids("organisations", mark, **{"name.contains": "inter"}), {kenyan, ugandan})
        self.assertEqual(ids("organisations", mark, identifier=f"X-NS-{mark}"), {kenyan})
        visit = make("visits", {"title": f"Study of labour {mark}", "dates": "2019", "kind": "study_visit", "legs": [{"country": "PH"}]})
        self.assertEqual(ids("visits", mark, host_country="PH"), {visit})
        self.assertEqual(ids("visits", mark, host_country="PH", sort="-dates", kind="study_visit"), {visit})
        self.assertEqual(ids("visits", mark, host_country="IL"), set())

    def test_what_is_no_question(self):
        for q in ("", "  ", "\u2014 ... !", "'"):
            self.assertEqual(faults("organisations", q), (400, [("q", "too_short")]), q)
        self.assertEqual(find("people", "a1 b2 c3 d4 e5 f6 g7 h8 h8")["items"], [])  # said twice is once
        self.assertEqual(faults("learnings", "x"), (400, [("q", "unknown")]))

    def test_a_whole_title_finds_its_record(self):
        """Of more than eight words the longest count."""
        mark = unique()
        title = f"National Coordinating Committee for Combating and Preventing Illegal Migration and Trafficking in Persons {mark}"
        rid = make("organisations", {"name": title})
        self.assertEqual(ids("organisations", title), {rid})
        self.assertEqual(ids("organisations", title.replace("Coordinating", "Cooperating")), set())

    def test_a_deleted_record_leaves_no_word(self):
        mark = unique()
        rid = make("programmes", {"title": f"Programme {mark}"})
        self.assertEqual(ids("programmes", mark), {rid})
        self.assertEqual(request("DELETE", f"/api/v1/programmes/{rid}", headers={"If-Match": "*"}).status, 204)
        self.assertEqual(ids("programmes", mark), set())

    def test_policies_and_programmes(self):
        mark = unique()
        policy = make("policies", {"title": f"National policy on labour {mark}"})
        programme = make("programmes", {"title": f"Better Migration {mark}", "acronym": "B.M.M."})
        self.assertEqual(ids("policies", f"polic labour {mark}"), {policy})
        self.assertEqual(ids("programmes", f"bmm {mark}"), {programme})


class Sight(unittest.TestCase):
    def test_a_draft_is_hidden_from_the_public(self):
        mark = unique()
        rid = make("organisations", {"name": f"Draft {mark}", "state": "draft"})
        self.assertEqual(ids("organisations", mark), {rid})
        self.assertEqual(ids("organisations", mark, None), set())
        self.assertEqual(find("organisations", f"draft {mark}", None, count="exact")["total"], 0)

    def seat(self, name, **more):
        return {"capacity": "member", "post": "Officer", "name_as_written": name, **more}

    def test_a_restricted_word_finds_nothing_for_those_who_may_not_read_it(self):
        mark, name, other = unique(), unique(), unique()
        rid = make("visits", {"title": f"Visit {mark}", "seats": [self.seat(name), self.seat(f"{other} {mark}", public_office=True)],
                              "meetings": [{"seats": [self.seat(f"{name}x")]}]})
        self.assertEqual(ids("visits", name), {rid})
        self.assertEqual(ids("visits", f"{name}x"), {rid})
        self.assertEqual(ids("visits", f"{other} {mark}", None), {rid})
        for role in (None, "reader"):
            for q in (name, name[:10], f"{name}x", f"{name} {mark}", f"{mark} {name}"):
                for more in ({}, {"sort": "title"}, {"id": rid}):
                    self.assertEqual(ids("visits", q, role, **more), set(), (role, q, more))
                self.assertEqual(find("visits", q, role, count="exact", limit=1)["total"], 0)

    def test_a_word_opens_and_closes_with_its_seat(self):
        name = unique()
        rid = make("visits", {"title": "Visit", "seats": [self.seat(name)]})
        self.assertEqual(ids("visits", name[:20], None), set())
        change("visits", rid, {"seats": [self.seat(name, public_office=True)]})
        self.assertEqual(ids("visits", name[:21], None), {rid})
        change("visits", rid, {"seats": [self.seat(name, public_office=False)]})
        self.assertEqual(ids("visits", name[:22], None), set())
        self.assertEqual(ids("visits", name), {rid})

    def test_a_word_open_in_one_field_is_open(self):
        name = unique()
        rid = make("visits", {"title": f"Visit of {name}", "seats": [self.seat(name)]})
        self.assertEqual(ids("visits", name, None), {rid})
        change("visits", rid, {"title": "Visit"})
        self.assertEqual(ids("visits", name[:25], None), set())


class Kept(unittest.TestCase):
    """`ziara reindex` computes everything anew: what it finds to do is what the engine forgot."""

    def reindex(self, *options):
        done = ziara("reindex", *options)
        return tuple(map(int, re.search(r"(\d+) records, (\d+) rows brought in line", done.stderr).groups())) if done.stderr else None

    def random_name(self, dice):
        syllables = ("wa", "\u02bfA", "ng'", "\u0141\u00f3", "\u0627\u0644", "\u05de\u05e9", "\u12a0", "\u0451\u0436", "-", " ", " ", "&", "d'", "\u0e01\u0e23\u0e30", "7", ".")
        return "x" + "".join(dice.choice(syllables) for _ in range(dice.randint(1, 12)))

    def test_after_any_edits_there_is_nothing_to_do(self):
        self.reindex()
        dice = random.Random(11)
        bodies = [make("organisations", {"name": self.random_name(dice)}) for _ in range(4)]
        visits = [make("visits", {"title": self.random_name(dice)}) for _ in range(4)]
        for _ in range(60):
            if dice.random() < .5:
                change("organisations", dice.choice(bodies), {
                    "name": self.random_name(dice), "acronym": dice.choice((None, "X.Y.")),
                    "names": [{"name": self.random_name(dice), "kind": "other"} for _ in range(dice.randint(0, 3))]})
            else:
                seats = [{"capacity": "member", "name_as_written": self.random_name(dice), "public_office": dice.random() < .5}
                         for _ in range(dice.randint(0, 4))]
                change("visits", dice.choice(visits), {
                    "title": self.random_name(dice), "seats": seats[:2], "meetings": [{"seats": seats[2:]}],
                    "parties": [{"role": "host", "name_as_written": self.random_name(dice), "country": "IL"}]})
        merged, into = (make("organisations", {"name": "A body of two records", "country": c}) for c in ("KE", "UG"))
        self.assertEqual(request("POST", f"/api/v1/organisations/{merged}/merge", {"into": into}).status, 200)
        records, rows = self.reindex()
        self.assertGreater(records, 100)
        self.assertEqual(rows, 0)

    def test_what_is_missing_is_told_and_made(self):
        mark = unique()
        rid = make("organisations", {"name": f"Interior {mark}", "identifiers": [{"scheme": "X-NS", "value": mark}]})
        oldest = sql("SELECT HEX(id) FROM organisation ORDER BY id LIMIT 1;").strip()
        self.reindex()
        self.assertIsNone(self.reindex("--due"))
        sql(f"DELETE FROM token WHERE id IN (UNHEX('{rid.replace('-', '')}'), UNHEX('{oldest}'));"
            f" DELETE FROM facet WHERE id = UNHEX('{rid.replace('-', '')}');"
            f" INSERT INTO token (resource, token, id, cls) VALUES ('organisation', '{mark}x', UNHEX('{rid.replace('-', '')}'), 0);")
        self.assertEqual(ids("organisations", f"interior {mark}"), set())
        self.assertIn("run ziara reindex", ziara("check", check=False).stderr)
        self.assertGreater(self.reindex("--due")[1], 4)
        self.assertEqual(ids("organisations", f"interior {mark}", None, identifier=f"X-NS-{mark}"), {rid})
        self.assertEqual(ids("organisations", f"{mark}x"), set())
        self.assertNotIn("run ziara reindex", ziara("check", check=False).stderr)


if __name__ == "__main__":
    unittest.main()
