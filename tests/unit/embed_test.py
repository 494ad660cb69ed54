# SPDX-License-Identifier: Apache-2.0
"""sql/embed.py: what it writes, and what it refuses."""
import os
import re
import subprocess
import sys
import tempfile
import unittest

EMBED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../sql/embed.py")
HEADER = "list,code,parent,label_en,label_fr,label_sw,active\n"


class Embed(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.addCleanup(self.dir.cleanup)

    def path(self, name):
        return os.path.join(self.dir.name, name)

    def embed(self, kind, files):
        """(exit status, messages, what was written or None)"""
        for name, text in files.items():
            with open(self.path(name), "w", encoding="utf-8", newline="") as f:
                f.write(text)
        out = self.path("out.c")
        run = subprocess.run([sys.executable, EMBED, kind, out, *map(self.path, files)],
                             capture_output=True, encoding="utf-8")
        written = None
        if os.path.exists(out):
            with open(out, encoding="utf-8") as f:
                written = f.read()
        return run.returncode, run.stderr, written

    def refused(self, kind, files, words):
        status, message, written = self.embed(kind, files)
        self.assertEqual(status, 1)
        self.assertIn(words, message)
        self.assertIsNone(written)
        self.assertEqual(len(message.splitlines()), 1, message)


class Migrations(Embed):
    def test_order_and_escapes(self):
        status, message, c = self.embed("migrations", {
            "002_b.sql": "-- tolerates: 0.1.0\nB;\n",
            "001_a.sql": "-- tolerates: 0.1.0\nA 'it''s \"?\\\\';\n",
        })
        self.assertEqual((status, message), (0, ""))
        self.assertIn("const size_t migrations_count = 2;", c)
        self.assertLess(c.index('{ 1, "001_a"'), c.index('{ 2, "002_b"'))
        self.assertIn('"A \'it\'\'s \\"\\?\\\\\\\\\';\\n"', c)

    def test_none(self):
        status, _, c = self.embed("migrations", {})
        self.assertEqual(status, 0)
        self.assertIn("migrations_count = 0", c)

    def test_names_and_numbers(self):
        good = "-- tolerates: 0.1.0\nA;\n"
        self.refused("migrations", {"002_a.sql": good}, "number 001")
        self.refused("migrations", {"001_a.sql": good, "003_b.sql": good}, "number 002")
        self.refused("migrations", {"001_a.sql": good, "001_b.sql": good}, "number 002")
        self.refused("migrations", {"001-a.sql": good}, "NNN_name.sql")

    def test_header(self):
        for text in "A;\n", "-- tolerates: soon\nA;\n", "A;\n-- tolerates: 0.1.0\n", "-- tolerates: 0.1\nA;\n":
            self.refused("migrations", {"001_a.sql": text}, "tolerates")

    def test_statements(self):
        for body, words in {
            "A": "lacks its ';'",
            "A; B;\n": "001_a.sql:2: a ';' that ends a statement must end its line",
            "A\n'x;\n": "001_a.sql:3: a quotation or comment",
            "/* x\n": "a quotation or comment",
            "A \\G;\n": "a backslash",
            "/*!40101 A */;\n": "executable comments",
            "A;\n;\n": "001_a.sql:3: ';' without a statement",
            "-- x;\n": "no statement",
            "A;\r\n": "carriage returns",
        }.items():
            self.refused("migrations", {"001_a.sql": "-- tolerates: 0.1.0\n" + body}, words)

    def test_statements_accepted(self):
        body = "A 'x; y' -- it's; so\n, \"a;\nb\" /* ; ' */ `;`, '\\';', '''';\nB; \n"
        status, message, _ = self.embed("migrations", {"001_a.sql": "-- tolerates: 0.1.0\n" + body})
        self.assertEqual((status, message), (0, ""))


class Queries(Embed):
    def test_one_line_without_comments(self):
        status, message, c = self.embed("queries", {"b_c.sql": "-- what it is: for :ids\nSELECT 'x'\n  FROM t\n\tWHERE a IN (:ids)\n", "a.sql": "SELECT 1\n"})
        self.assertEqual(status, 1)
        self.assertIn("a.sql: a query is named", message)
        status, message, c = self.embed("queries", {"b_c.sql": "-- what it is: for :ids\nSELECT 'x'\n  FROM t\n\tWHERE a IN (:ids)\n"})
        self.assertEqual((status, message), (0, ""))
        self.assertIn('const char query_b_c[] =\n\t"SELECT \'x\' FROM t WHERE a IN (:ids)";', c)

    def test_what_is_refused(self):
        for text, words in (("SELECT 1 -- why\n", "ab.sql:1: '--'"), ("SELECT 1\n;\n", "ab.sql:2: ';'"), ("SELECT ?\n", "ab.sql:1: '?'"),
                            ("SELECT /* x */ 1\n", "ab.sql:1: '/*'"), ("SELECT :1\n", "ab.sql:1: ':'"), ("-- nothing\n", "ab.sql: no statement")):
            with self.subTest(text):
                self.refused("queries", {"ab.sql": text}, words)


class Codelists(Embed):
    def rows(self, text):
        status, message, c = self.embed("codelists", {"x.csv": HEADER + text})
        self.assertEqual((status, message), (0, ""))
        rows = re.findall(r"^\t\{ (.*) \},$", c, re.M)
        self.assertIn(f"codelist_rows_count = {len(rows)};", c)
        return rows

    def test_csv(self):
        rows = [r for r in self.rows('kind,b,,"Second, ""b""",Deux,,0\nkind,a,b,First,,Kwanza,\n') if r.startswith('"kind"')]
        self.assertEqual(rows, ['"kind", "b", NULL, "Second, \\"b\\"", NULL, "Deux", 1, false',
                                '"kind", "a", "b", "First", "Kwanza", NULL, 2, true'])

    def test_countries(self):
        rows = self.rows("country,XK,,Kosovo,Kosovo,Kosovo,1\ncountry,KE,,Kenya!,,,1\n")
        countries = [r for r in rows if r.startswith('"country"')]
        codes = [r.split('"')[3] for r in countries]
        self.assertEqual(len(codes), len(set(codes)))
        active = [r for r in countries if r.endswith("true")]
        self.assertEqual(len(active), 249 + 1)  # ISO 3166-1 has 249 entries; and Kosovo
        self.assertTrue(any(r.startswith('"country", "DE", NULL, "Germany", "Germany", "Allemagne"') for r in active))
        self.assertTrue(any('"country", "TZ", NULL, "Tanzania"' in r for r in active))  # the common name
        self.assertTrue(any('"country", "KE", NULL, "Kenya!", NULL, NULL' in r for r in active))  # the CSV wins
        former = [r for r in countries if r.endswith("false")]
        self.assertTrue(any('"country", "DDDE", NULL, "German Democratic Republic"' in r for r in former))
        positions = [int(r.split(", ")[-2]) for r in countries]
        self.assertEqual(positions, list(range(1, len(countries) + 1)))
        self.assertTrue(all(r.endswith("true") for r in countries[:250]))
        self.assertLess(codes.index("AX"), codes.index("AL"))  # Åland stands at A
        self.assertLess(codes.index("KE"), codes.index("XK"))

    def test_languages(self):
        codes = [r.split('"')[3] for r in self.rows("") if r.startswith('"language"')]
        for code in "sw", "en", "luo":
            self.assertIn(code, codes)
        self.assertNotIn("swa", codes)
        self.assertNotIn("qaa-qtz", codes)

    def test_scripts(self):
        rows = [r for r in self.rows("") if r.startswith('"script"')]
        for code, name in {"Ethi": "Ethiopic (Geʻez)", "Hebr": "Hebrew", "Latn": "Latin"}.items():
            self.assertTrue(any(r.startswith(f'"script", "{code}", NULL, "{name}"') for r in rows), code)

    def test_refused(self):
        for text, words in {
            "kind,a,,,,,1\n": "x.csv:2: label_en",
            "kind,a,,A,,,yes\n": "active",
            "kind,a,,A,,\n": "values expected",
            "kind,a,,A,,,1,\n": "values expected",
            "Kind,a,,A,,,1\n": "a list is named",
            "kind,a b,,A,,,1\n": "a code is",
            "kind,a,,A,,,1\nkind,a,,B,,,1\n": "x.csv:3: kind a is there already, at x.csv:2",
            "kind,a,z,A,,,1\n": "has no code z",
            'kind,a,,"A,,,1\n': "embed.py: ",
        }.items():
            self.refused("codelists", {"x.csv": HEADER + text}, words)
        self.refused("codelists", {"x.csv": "list,code\nkind,a\n"}, "the columns must be")

    def test_parent_in_another_file(self):
        for first, second in ("kind,a,,A,,,1\n", "kind,b,a,B,,,1\n"), ("kind,b,a,B,,,1\n", "kind,a,,A,,,1\n"):
            status, message, _ = self.embed("codelists", {"a.csv": HEADER + first, "b.csv": HEADER + second})
            self.assertEqual((status, message), (0, ""))


if __name__ == "__main__":
    unittest.main()
