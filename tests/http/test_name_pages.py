# SPDX-License-Identifier: Apache-2.0
"""Pages of bodies found by words are read off the index in the order of names. Whatever is done to the bodies, they are the
pages that the other way gives, which reads all that is found: any second filter leads there."""
import json
import random
import re
import unittest
import urllib.parse

from harness import request, ziara
from test_name_search import change, make, sql, unique

EVERY = {"updated_at.gte": "2000-01-01"}  # true of every body
WORDS = ("Labour", "Labor", "Labourers", "Lab", "Interior", "intérieur", "Int", "County", "Office", "O'Brien", "Guinea-Bissau", "I.O.M.", "L")
ASKED = ("{0} {1}", "{0} {1} lab", "labo {0}", "int {1} {0}", "{0} l", "county office {0}", "{0} {1} brien", "iom {1}", "{0}", "lab int {0} {1}", "nobody {0}")


def hexed(rid):
    return f"UNHEX('{rid.replace('-', '')}')"


def respelt(address):
    """The same address, some letters of its values percent-encoded: nginx keeps what anybody may see for a second, by the address."""
    path, query = address.split("?")
    return path + "?" + re.sub("=[^&]*", lambda v: re.sub("(?<!%)(?<!%.)[A-Za-z0-9]", lambda c: random.choice((c[0], f"%{ord(c[0]):02X}")), v[0]), query)


def walk(q, role, sort, limit, **more):
    """The ids of all pages, in their order."""
    address, found = "/api/v1/organisations?" + urllib.parse.urlencode({"q": q, "limit": limit, "sort": sort, **more}), []
    while address:
        answer = request("GET", respelt(address), role=role)
        if answer.status != 200:
            raise AssertionError(f"{address}: {answer.status} {answer.body.decode()}")
        page = json.loads(answer.body)
        found += [i["id"] for i in page["items"]]
        parts = urllib.parse.urlsplit(page["next"] or "")
        address = page["next"] and f"{parts.path}?{parts.query}"
    return found


class Pages(unittest.TestCase):
    def setUp(self):
        ziara("reindex")
        self.dice, self.marks = random.Random(7), (unique(), unique())
        self.bodies = [make("organisations", self.body(n)) for n in range(70)]
        self.merged = {}

    def name(self):
        words = [self.dice.choice(WORDS) for _ in range(self.dice.randint(1, 4))]
        words += self.marks
        self.dice.shuffle(words)
        return " ".join(words)

    def body(self, n):
        names = [{"name": f"{self.dice.choice(WORDS)} {n}", "kind": "other"} for _ in range(self.dice.randint(0, 2))]
        if self.dice.random() < .1:  # so many bytes that the words of the record do not stand beside each other
            names.append({"name": " ".join(f"further{i}word" for i in range(21)), "kind": "other"})
        return {"name": self.name(), "names": names, "state": self.dice.choice(("published", "published", "draft"))}

    def same(self, when):
        for q in ASKED:
            q = q.format(*self.marks)
            for role in ("editor", None):
                for sort in ("name", "-name"):
                    with self.subTest(when=when, q=q, role=role, sort=sort):
                        wanted = walk(q, role, sort, 200, **EVERY)
                        self.assertEqual(walk(q, role, sort, 7), wanted)
                        self.assertEqual(len(wanted), len(set(wanted)))
        self.assertEqual(set(walk(" ".join(self.marks), "editor", "name", 200)), set(self.bodies) - set(self.merged), when)

    def edit(self):
        rid, other = self.dice.sample([b for b in self.bodies if b not in self.merged], 2)
        way = self.dice.randrange(6)
        if way == 0 and rid not in self.merged.values():
            answer = request("POST", f"/api/v1/organisations/{rid}/merge", {"into": other})
            if answer.status == 200:
                self.merged[rid] = other
        elif way == 1 and self.merged:
            old = self.dice.choice(sorted(self.merged))
            self.assertEqual(request("DELETE", f"/api/v1/organisations/{old}/merge").status, 200)
            del self.merged[old]
        elif way == 2 and rid not in self.merged.values():
            self.assertEqual(request("DELETE", f"/api/v1/organisations/{rid}", headers={"If-Match": "*"}).status, 204)
            self.bodies.remove(rid)
        elif way == 3:
            self.bodies.append(make("organisations", self.body(100)))
        else:
            body = self.body(self.dice.randint(0, 99))
            if rid in self.merged.values():
                body["state"] = "published"  # who answers for published ones stays so
            change("organisations", rid, body)

    def marked(self):
        return sql("SELECT COUNT(*) FROM organisation WHERE postings_due IS NOT NULL;").strip()

    def test_any_edits_leave_the_same_pages(self):
        self.same("made")
        for n in range(2):
            for _ in range(20):
                self.edit()
            self.same(f"edited {n}")
        self.assertEqual(self.marked(), "0")

    def test_pages_are_read_off_the_index(self):
        """Without that, nothing else here tells anything."""
        rid = make("organisations", {"name": " ".join(self.marks)})
        sql(f"DELETE FROM posting WHERE id = {hexed(rid)};")
        for q in (" ".join(self.marks), self.marks[0], self.marks[0][:20]):
            self.assertIn(rid, walk(q, None, "name", 200, **EVERY))
            self.assertNotIn(rid, walk(q, None, "name", 200))
        ziara("reindex")
        self.assertIn(rid, walk(" ".join(self.marks), None, "name", 200))

    def test_what_an_older_program_writes_is_found_at_once(self):
        """It knows neither postings nor marks: here are its statements for a body renamed, first and last words exchanged; for a new
        body; and for one that goes."""
        first, last, gone = (make("organisations", {"name": f"{w} {' '.join(self.marks)}"}) for w in ("Aa", "Zz", "Mm"))
        self.bodies += [first, last, gone]
        sql(f"UPDATE organisation SET name = '{' '.join(self.marks)} Aa', version = version + 1 WHERE id = {hexed(first)};")
        self.assertEqual(self.marked(), "1")
        self.same("renamed")
        change("organisations", first, {"country": "KE"})  # says nothing about the words
        self.assertEqual(self.marked(), "1")
        made = "01890000000070008000" + self.marks[0][1:13].encode().hex()[:12]
        sql(f"""INSERT INTO organisation (id, version, state, created_at, updated_at, name) SELECT UNHEX('{made}'), 1, 'published', NOW(), NOW(),
                CONCAT(name, ' Kk') FROM organisation WHERE id = {hexed(last)};
                INSERT INTO token (resource, token, id, cls, beside) SELECT 'organisation', token, UNHEX('{made}'), 0, NULL FROM token
                WHERE resource = 'organisation' AND id = {hexed(last)};
                DELETE FROM organisation_name WHERE parent = {hexed(gone)};
                DELETE FROM organisation WHERE id = {hexed(gone)}; DELETE FROM token WHERE id = {hexed(gone)};""")
        rid = f"{made[:8]}-{made[8:12]}-{made[12:16]}-{made[16:20]}-{made[20:]}"
        self.bodies = [b for b in self.bodies if b != gone] + [rid]
        self.assertEqual(self.marked(), "2")
        self.same("made")
        self.assertIn("run ziara reindex", ziara("check", check=False).stderr)
        ziara("reindex")
        self.assertEqual(self.marked(), "0")
        self.same("reindexed")
        self.assertEqual(request("DELETE", f"/api/v1/organisations/{rid}", headers={"If-Match": "*"}).status, 204)

    def test_new_words_are_found_at_once(self):
        """Which words begin so is remembered, until there are more of them, and then too many to be read one by one."""
        begins = unique()
        made = [make("organisations", {"name": begins})]
        for n in range(20):
            for q in (begins, f"{begins} {begins[:9]}"):
                self.assertEqual(set(walk(q, None, "name", 5)), set(made))
                self.assertEqual(walk(q, None, "name", 5), walk(q, None, "name", 5, **EVERY))
            made.append(make("organisations", {"name": f"{begins}{chr(ord('a') + n)}"}))
        self.assertEqual(set(walk(begins, None, "name", 5)), set(made))

    def test_marks_are_seen_beside_remembered_words(self):
        q = " ".join(self.marks)
        rid = make("organisations", {"name": f"Aaa {q}"})
        for _ in range(2):
            self.assertEqual(walk(q, None, "name", 5)[0], rid)
        sql(f"UPDATE organisation SET name = '{q} Zzz' WHERE id = {hexed(rid)};")
        self.assertEqual(walk(q, None, "name", 5), walk(q, None, "name", 5, **EVERY))
        self.assertNotEqual(walk(q, None, "name", 5)[0], rid)

    def test_an_empty_page_says_nothing_about_marks(self):
        word = unique()
        rid = make("organisations", {"name": word})
        self.assertEqual(walk(word, None, "name", 5), [rid])
        change("organisations", rid, {"name": unique()})
        self.assertEqual(walk(word, None, "name", 5), [])
        sql(f"""UPDATE organisation SET name = '{word}' WHERE id = {hexed(rid)};
                INSERT INTO token (resource, token, id, cls, beside) VALUES ('organisation', '{word}', {hexed(rid)}, 0, NULL);""")
        self.assertEqual(walk(word, None, "name", 5), [rid])

    def test_any_fields_are_shown(self):
        for q in (self.marks[0], f"{self.marks[1]} lab", self.marks[0][:20]):
            for fields in ("names", "identifiers", "successions", "relations", "names,parent", "name", "id", "country,names"):
                for count in ({"count": "exact"}, {}):
                    with self.subTest(q=q, fields=fields, **count):
                        asked = urllib.parse.urlencode({"q": q, "fields": fields, "limit": 9, **count})
                        pages = [request("GET", f"/api/v1/organisations?{asked}{more}", role=None) for more in ("", "&updated_at.gte=2000-01-01")]
                        self.assertEqual([p.status for p in pages], [200, 200], pages[0].body)
                        one, other = [json.loads(p.body) for p in pages]
                        self.assertEqual((one["items"], one.get("total")), (other["items"], other.get("total")))

    def test_a_renamed_body_changes_its_place(self):
        rid = make("organisations", {"name": f"Aaa {' '.join(self.marks)}"})
        self.assertEqual(walk(" ".join(self.marks), "editor", "name", 5)[0], rid)
        change("organisations", rid, {"name": f"Zzz {' '.join(self.marks)}"})
        self.assertEqual(walk(" ".join(self.marks), "editor", "name", 5)[-1], rid)
        self.assertEqual(self.marked(), "0")


if __name__ == "__main__":
    unittest.main()
