# SPDX-License-Identifier: Apache-2.0
"""Countries as data: ISO 3166 from the package iso-codes, former ones, and codes of the site's own."""
import gettext
import json
import unittest

from demo import get
from harness import request, sql, ziara

ISO = "/usr/share/iso-codes/json/iso_3166-%d.json"


class Missing(gettext.NullTranslations):
    """Says that there is no translation, rather than giving English back."""

    def gettext(self, message):
        return None


def iso(part):
    with open(ISO % part, encoding="utf-8") as f:
        return json.load(f)[f"3166-{part}"]


def countries():
    return {c["code"]: c for c in get("countries")["items"]}


class Standard(unittest.TestCase):
    def test_every_country_of_the_standard_by_its_two_letters(self):
        active = {code for code, c in countries().items() if c["active"]}
        self.assertEqual(active - {"XK"}, {c["alpha_2"] for c in iso(1)})

    def test_former_ones_by_their_four_letters(self):
        former = {code for code, c in countries().items() if not c["active"]}
        self.assertEqual(former, {c["alpha_4"] for c in iso(3)})
        self.assertTrue({"YUCS", "SUHH", "CSHH", "ANHH"} <= former)

    def test_names_in_three_languages(self):
        known = countries()
        for code, labels in (("KE", {"en": "Kenya", "fr": "Kenya", "sw": "Kenya"}), ("DE", {"en": "Germany", "fr": "Allemagne"}),
                             ("FR", {"en": "France", "fr": "France", "sw": "Ufaransa"}),
                             ("TZ", {"en": "Tanzania", "fr": "Tanzanie"}), ("ET", {"en": "Ethiopia", "fr": "Éthiopie"}),
                             ("CI", {"en": "Côte d'Ivoire", "fr": "Côte d'Ivoire"})):
            for language, label in labels.items():
                with self.subTest(code=code, language=language):
                    self.assertEqual(known[code]["labels"][language], label)

    def test_a_name_is_there_where_the_package_has_one(self):
        known = countries()
        for language in ("fr", "sw"):
            catalogue = gettext.translation("iso_3166-1", "/usr/share/locale", [language])
            catalogue.add_fallback(Missing())
            for c in iso(1):
                names = [catalogue.gettext(c[key]) for key in ("common_name", "name") if key in c]
                with self.subTest(language=language, code=c["alpha_2"]):
                    self.assertEqual(known[c["alpha_2"]]["labels"].get(language), next(filter(None, names), None))

    def test_the_code_list_is_the_same(self):
        self.assertEqual(get("codelists/country")["items"], get("countries")["items"])


# what whoever changes codes by hand adds
NEW_CODES = ("UPDATE label_epoch SET epoch = epoch + 1;"
             " INSERT INTO write_stamp (slot, n) VALUES (0, 1) ON DUPLICATE KEY UPDATE n = n + 1;")


class Own(unittest.TestCase):
    """Former codes, and those that ISO 3166-1 leaves to users, are for the site to say: no release, no restart."""

    def make(self, country, status=201):
        answer = request("POST", "/api/v1/visits", json={"title": "Where", "legs": [{"country": country}], "state": "published"})
        self.assertEqual(answer.status, status, answer.body)
        return json.loads(answer.body)

    def test_a_former_country_can_still_be_told_of(self):
        visit = self.make("YUCS")
        self.assertIn(visit["id"], {v["id"] for v in get("visits", host_country="YUCS", limit=200)["items"]})

    def test_unknown_codes_are_refused(self):
        self.assertEqual(self.make("XY", 422)["errors"][0]["code"], "unknown_code")

    def test_a_code_that_users_assign(self):
        self.addCleanup(sql, "DELETE FROM code WHERE list = 'country' AND code = 'XK'; " + NEW_CODES)
        self.make("XK", 422)
        told = ziara("check", check=False, ZIARA_HOME_COUNTRY="XK")
        self.assertEqual(told.returncode, 1)
        self.assertIn("home_country = XK: there is no such country in the register", told.stderr)
        sql("INSERT INTO code (list, code, label_en, label_fr, label_sw, active, pos) VALUES"
            " ('country', 'XK', 'Kosovo', 'Kosovo', 'Kosovo', 1, 250); " + NEW_CODES)
        self.assertNotIn("home_country", ziara("check", ZIARA_HOME_COUNTRY="XK").stderr)
        visit = self.make("XK")
        self.assertEqual(countries()["XK"], {"code": "XK", "labels": {"en": "Kosovo", "fr": "Kosovo", "sw": "Kosovo"}, "active": True})
        self.assertIn(visit["id"], {v["id"] for v in get("visits", host_country="XK", limit=200)["items"]})
        label = get("visits/" + visit["id"], labels="fr")["legs"][0]["country_label"]
        self.assertEqual(label, "Kosovo")
        sql("UPDATE code SET active = 0 WHERE list = 'country' AND code = 'XK'; " + NEW_CODES)
        self.assertFalse(countries()["XK"]["active"])
        changed = {**get("visits/" + visit["id"]), "summary": "Still there"}
        answer = request("PUT", "/api/v1/visits/" + visit["id"], json=changed, headers={"If-Match": '"1"'})
        self.assertEqual(answer.status, 200, answer.body)
        request("DELETE", "/api/v1/visits/" + visit["id"], headers={"If-Match": '"2"'})


if __name__ == "__main__":
    unittest.main()
