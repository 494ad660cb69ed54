# SPDX-License-Identifier: Apache-2.0
"""The seed visit, fact by fact as its source states them, read through the API."""
import unittest

from demo import countries, demo_id, get, listed, meeting_seats, named, refs, visit


class SeedVisit(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.visit = visit("V01")

    # When and what

    def test_kind(self):
        self.assertEqual(self.visit["kind"], "benchmarking_visit")

    def test_dates(self):
        self.assertEqual(self.visit["dates"], "2018-07-28/2018-08-03")

    def test_dates_as_written(self):
        self.assertEqual(self.visit["dates_as_written"], "28 July to 3 August 2018")

    def test_found_on_its_first_day(self):
        self.assertIn("V01", refs(dates__overlaps="2018-07-28"))

    def test_found_on_a_day_within(self):
        self.assertIn("V01", refs(dates__overlaps="2018-08-01"))

    def test_found_on_its_last_day(self):
        self.assertIn("V01", refs(dates__overlaps="2018-08-03"))

    def test_not_found_the_day_before(self):
        self.assertNotIn("V01", refs(dates__overlaps="2018-07-27"))

    def test_not_found_the_day_after(self):
        self.assertNotIn("V01", refs(dates__overlaps="2018-08-04"))

    def test_objectives_are_exchange_and_learning_how_israel_engages_its_diaspora(self):
        exchange, learn = self.visit["objectives"]
        self.assertIn("xchange", exchange)
        self.assertRegex(learn, "Israel.*diaspora")

    def test_israels_policy_covers_return_and_reintegration(self):
        self.assertIn("return and reintegration", self.visit["summary"])

    def test_found_under_the_wider_theme_of_diaspora(self):
        self.assertIn("V01", refs(theme="diaspora"))

    def test_found_under_the_theme_of_a_learning(self):
        self.assertIn("V01", refs(theme="reintegration"))

    # Who sent, received and supported it

    def test_delegating_bodies(self):
        self.assertEqual(set(named(self.visit["parties"], "delegating")),
                         {"National Coordination Mechanism on Migration", "Ministry of Foreign Affairs"})

    def test_delegating_country(self):
        self.assertEqual(set(countries(self.visit["parties"], "delegating")), {"KE"})

    def test_host_country(self):
        self.assertEqual([leg["country"] for leg in self.visit["legs"]], ["IL"])

    def test_found_by_host_and_delegating_country(self):
        self.assertEqual(refs(host_country="IL", delegating_country="KE"), {"V01"})

    def test_not_found_the_other_way_round(self):
        self.assertEqual(refs(host_country="KE", delegating_country="IL"), set())

    def test_outbound_seen_from_kenya(self):
        self.assertEqual(self.visit["direction"], "outbound")

    def test_iom_supported_it(self):
        self.assertEqual(named(self.visit["parties"], "supporting"), ["International Organization for Migration"])

    def test_iom_is_the_one_in_the_directory(self):
        iom = [p["organisation"]["id"] for p in self.visit["parties"] if p["role"] == "supporting"]
        self.assertEqual(iom, [demo_id("10-organisation-iom")])

    def test_found_by_iom_as_supporting(self):
        self.assertIn("V01", refs(organisation=demo_id("10-organisation-iom"), organisation_role="supporting"))

    def test_not_found_by_iom_as_organiser(self):
        self.assertNotIn("V01", refs(organisation=demo_id("10-organisation-iom"), organisation_role="organiser"))

    def test_nobody_is_called_organiser_or_payer(self):
        roles = {party["role"] for party in self.visit["parties"]}
        self.assertEqual(roles, {"delegating", "host", "supporting"})

    def test_no_cost_is_recorded(self):
        self.assertFalse([seat for seat in self.visit["seats"] if "cost" in seat])

    def test_part_of_bmm(self):
        self.assertEqual(self.visit["programme"], {"id": demo_id("30-programme-bmm"), "title": "Better Migration Management"})

    def test_found_by_programme(self):
        self.assertEqual(refs(programme=demo_id("30-programme-bmm")), {"V01"})

    # The delegation

    def test_size_is_not_known(self):
        self.assertNotIn("delegation_size", self.visit)

    def test_leader(self):
        leaders = [(seat.get("name_as_written"), seat["organisation"]["name"])
                   for seat in self.visit["seats"] if seat["capacity"] == "leader"]
        self.assertEqual(leaders, [("Dr. Dan Opon", "NCM Secretariat")])

    def test_leader_is_a_person_of_the_directory(self):
        self.assertEqual(refs(person=demo_id("20-person-dan-opon")), {"V01"})

    def test_secretariat_is_part_of_ncm(self):
        secretariat = get("organisations/" + demo_id("11-organisation-ke-ncm-secretariat"))
        self.assertEqual(secretariat["parent"]["name"], "National Coordination Mechanism on Migration")

    def test_members_are_groups_of_two_bodies(self):
        groups = [(seat["organisation"]["name"], seat.get("count"), seat.get("name_as_written"))
                  for seat in self.visit["seats"] if seat["capacity"] == "member"]
        self.assertEqual(groups, [("NCM Secretariat", None, None), ("Diaspora and Consular Affairs", None, None)])

    def test_diaspora_and_consular_affairs_is_part_of_foreign_affairs(self):
        body = get("organisations/" + demo_id("11-organisation-ke-mfa-diaspora"))
        self.assertEqual(body["parent"]["id"], demo_id("10-organisation-ke-mfa"))

    def test_iom_kenya_staff_went_along(self):
        staff = [seat["organisation"]["name"] for seat in self.visit["seats"] if seat["capacity"] == "accompanying"]
        self.assertEqual(staff, ["IOM Kenya"])

    # Whom they met

    def test_counterparts_as_the_source_writes_them(self):
        names = [seat.get("name_as_written") for seat in meeting_seats(self.visit)]
        self.assertEqual(names, ["Mr. Avraham Naguse", "MR. Jacob Bacon", "Mr. Yogan Karasenty", "Mr. Alex Kushnir",
                                 "Mr. Akiva Tov", None])

    def test_unclear_pairings_are_marked(self):
        unclear = [seat["name_as_written"] for seat in meeting_seats(self.visit) if seat.get("uncertain")]
        self.assertEqual(unclear, ["MR. Jacob Bacon", "Mr. Yogan Karasenty"])

    def test_member_of_the_knesset(self):
        seat = meeting_seats(self.visit)[0]
        self.assertEqual(seat["organisation"]["name"], "Knesset")

    def test_director_general_of_aliyah_and_integration(self):
        seat = meeting_seats(self.visit)[3]
        self.assertEqual((seat["post"], seat["organisation"]["name"]),
                         ("Director General, Ministry of Aliyah and Integration", "Ministry of Aliyah and Integration"))

    def test_head_of_the_bureau(self):
        self.assertEqual(meeting_seats(self.visit)[4]["post"],
                         "Head of the Bureau for World Jewish Affairs and World Religions")

    def test_unnamed_kenyan_charge_daffaires(self):
        seat = meeting_seats(self.visit)[5]
        self.assertEqual((seat["post"], seat["country"]), ("Kenya Chargè d’Affaires in Tel Aviv", "KE"))
        self.assertNotIn("person", seat)

    def test_found_by_a_counterpart(self):
        self.assertEqual(refs(person=demo_id("20-person-alex-kushnir")), {"V01"})

    # Learnings

    def test_six_learnings(self):
        self.assertEqual(len(self.visit["learnings"]), 6)

    def learning(self, n, pattern):
        self.assertRegex(self.visit["learnings"][n]["text"], pattern)

    def test_learning_policies_for_the_diaspora(self):
        self.learning(0, "policies.*diaspora")

    def test_learning_diaspora_for_development(self):
        self.learning(1, "diaspora.*development")

    def test_learning_nationals_abroad(self):
        self.learning(2, "nationals abroad.*protected")

    def test_learning_vulnerable_emigrants(self):
        self.learning(3, "emigrants.*vulnerable")

    def test_learning_reintegration(self):
        self.learning(4, "returnees.*reintegrated")

    def test_learning_trafficking(self):
        self.learning(5, "trafficking in persons")

    def test_learnings_stand_in_the_list_across_visits(self):
        wanted = {learning["id"] for learning in self.visit["learnings"]}
        found = {item["id"] for item in listed("learnings") if item["visit"]["id"] == self.visit["id"]}
        self.assertEqual(found, wanted)

    # What came of it

    def test_delegation_valued_the_support_for_the_diaspora(self):
        self.assertRegex(self.visit["outcome"], "supports its diaspora")

    def test_published_recommendations_are_some_among_more(self):
        self.assertIs(self.visit["recommendations_complete"], False)

    def test_three_recommendations(self):
        self.assertEqual([r["number"] for r in self.visit["recommendations"]], ["1", "2", "3"])

    def test_addressees(self):
        addressees = [[a["organisation"]["name"] for a in r["addressees"]] for r in self.visit["recommendations"]]
        self.assertEqual(addressees, [["Government of Kenya"], ["Government of Kenya"],
                                      ["National Counter-Trafficking in Persons Committee"]])

    def test_connectors_for_business_and_investment(self):
        self.assertRegex(self.visit["recommendations"][0]["text"], "connect foreign business and investment")

    def test_structures_for_returnees_at_county_and_sub_county_level(self):
        second = self.visit["recommendations"][1]
        self.assertEqual(second["levels"], ["county", "sub_county"])
        self.assertRegex(second["text"], "structures.*reintegrate returnees")

    def test_other_recommendations_name_no_level(self):
        self.assertEqual([self.visit["recommendations"][n]["levels"] for n in (0, 2)], [[], []])

    def test_link_with_the_israeli_unit(self):
        third = self.visit["recommendations"][2]
        self.assertEqual([c["name_as_written"] for c in third["counterparts"]], ["Israeli Anti-Trafficking unit"])
        self.assertRegex(third["text"], "exchange information and good practice")

    def test_no_due_date_is_invented(self):
        self.assertFalse([r for r in self.visit["recommendations"] if "due" in r])

    def test_recommendations_stand_in_the_list_across_visits(self):
        wanted = {r["id"] for r in self.visit["recommendations"]}
        found = {item["id"] for item in listed("recommendations") if item["visit"]["id"] == self.visit["id"]}
        self.assertEqual(found, wanted)

    # The policy it served

    def test_serves_the_kenya_migration_policy(self):
        (link,) = self.visit["purpose_links"]
        self.assertEqual((link["policy"]["title"], link["relation"]), ("Kenya Migration Policy", "serves"))

    def test_diaspora_engagement_is_a_key_element_of_the_draft(self):
        self.assertRegex(self.visit["purpose_links"][0]["rationale"], "diaspora engagement.*key elements")

    def test_found_by_policy(self):
        self.assertEqual(refs(policy=demo_id("40-policy-kenya-migration-policy")), {"V01"})

    def test_policy_was_a_draft(self):
        policy = get("policies/" + demo_id("40-policy-kenya-migration-policy"))
        self.assertEqual((policy["stage"], policy["country"]), ("draft", "KE"))

    # Where the facts come from

    def test_source(self):
        (source,) = self.visit["sources"]
        self.assertEqual(source["publisher"], "IOM Kenya")
        self.assertTrue(source["url"].startswith("http://kenya.iom.int/article/"))

    def test_page_date_is_month_first(self):
        self.assertEqual(self.visit["sources"][0]["published_at"], "2018-08-10")


class SeedProgramme(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.bmm = get("programmes/" + demo_id("30-programme-bmm"))

    def test_name(self):
        self.assertEqual((self.bmm["title"], self.bmm["acronym"]), ("Better Migration Management", "BMM"))

    def test_eight_countries(self):
        self.assertEqual(sorted(self.bmm["countries"]), ["DJ", "ER", "ET", "KE", "SD", "SO", "SS", "UG"])

    def test_found_where_it_is_active(self):
        self.assertIn(self.bmm["id"], {p["id"] for p in listed("programmes", country="SS")})

    def test_seven_implementing_partners(self):
        self.assertEqual(set(named(self.bmm["parties"], "implementing")),
                         {"British Council", "CIVIPOL", "Expertise France",
                          "Deutsche Gesellschaft für Internationale Zusammenarbeit", "Italian Department of Public Security",
                          "International Organization for Migration", "United Nations Office on Drugs and Crime"})

    def test_funded_by_the_eu_and_bmz_through_the_trust_fund(self):
        funding = {(p["organisation"]["name"], p["via"]["name"]) for p in self.bmm["parties"] if p["role"] == "funding"}
        self.assertEqual(funding, {
            ("European Union", "EU Emergency Trust Fund for Africa"),
            ("Federal Ministry for Economic Cooperation and Development", "EU Emergency Trust Fund for Africa")})

    def test_the_fund_is_not_itself_a_funder(self):
        self.assertEqual(named(self.bmm["parties"], "fund"), ["EU Emergency Trust Fund for Africa"])

    def test_bmz_is_german(self):
        bmz = get("organisations/" + demo_id("10-organisation-bmz"))
        self.assertEqual((bmz["acronym"], bmz["country"]), ("BMZ", "DE"))

    def test_aims_at_better_management_and_against_trafficking_and_smuggling(self):
        aims = " ".join(self.bmm["objectives"])
        self.assertRegex(aims, "Manage migration better.*trafficking.*smuggling.*Horn of Africa")

    def test_aims_at_governments_acting_as_one(self):
        self.assertRegex(self.bmm["objectives"][2], "national governments.*as one government")

    def test_origin(self):
        self.assertIn("Khartoum Process", self.bmm["origin"])

    def test_four_components(self):
        components = {p["title"] for p in listed("programmes", parent=self.bmm["id"])}
        self.assertEqual(components, {"Policy and harmonization", "Capacity building", "Protection", "Awareness-raising"})

    def test_components_are_called_so(self):
        self.assertEqual({p["kind"] for p in listed("programmes", parent=self.bmm["id"])}, {"component"})

    def test_iom_is_found_by_its_identifier(self):
        found = listed("organisations", identifier="XM-DAC-47066")
        self.assertEqual([o["acronym"] for o in found], ["IOM"])


if __name__ == "__main__":
    unittest.main()
