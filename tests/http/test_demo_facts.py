# SPDX-License-Identifier: Apache-2.0
"""What real visits demand of the register (dates, countries, delegations, names, sources), each on the real record."""
import unittest

from demo import countries, demo_id, get, listed, meeting_seats, named, refs, visit


class Dates(unittest.TestCase):
    """Nothing unknown is padded; what has no year has no dates."""

    def test_range_that_reads_backwards(self):
        v = visit("V26")
        self.assertEqual((v["dates"], v["dates_as_written"]), ("2019-07-28/2019-08-03", "28th to 3rd of August 2019"))

    def test_range_across_a_month_is_found_on_both_sides(self):
        self.assertIn("V26", refs(dates__overlaps="2019-07-31"))
        self.assertIn("V26", refs(dates__overlaps="2019-08-02"))

    def test_month_is_kept_as_a_month(self):
        self.assertEqual(visit("V28")["dates"], "2023-02")

    def test_month_is_found_by_each_of_its_days_only(self):
        self.assertIn("V28", refs(dates__overlaps="2023-02-28"))
        self.assertNotIn("V28", refs(dates__overlaps="2023-01-31"))
        self.assertNotIn("V28", refs(dates__overlaps="2023-03-01"))

    def test_one_week_in_a_month(self):
        v = visit("V31")
        self.assertEqual((v["dates"], v["duration_as_written"]), ("2023-05", "one week"))

    def test_year_missing(self):
        v = visit("V10")
        self.assertNotIn("dates", v)
        self.assertEqual(v["dates_as_written"], "Jan. 10 to 13")

    def test_year_missing_is_found_by_no_date(self):
        self.assertTrue({"V10", "V16", "V23"}.isdisjoint(refs(dates__overlaps="1900/2100")))

    def test_weekday_only(self):
        v = visit("V04")
        self.assertNotIn("dates", v)
        self.assertEqual(v["dates_as_written"], "Tuesday")

    def test_duration_without_dates(self):
        v = visit("V07")
        self.assertNotIn("dates", v)
        self.assertEqual(v["duration_as_written"], "4 days")

    def test_no_date_at_all(self):
        v = visit("V08")
        self.assertTrue({"dates", "dates_as_written", "planned_dates"}.isdisjoint(v))

    def test_visits_without_dates_can_be_asked_for(self):
        found = refs(dates__null="true")
        self.assertTrue({"V04", "V07", "V08", "V10", "V36"} <= found)
        self.assertTrue({"V01", "V26", "V28"}.isdisjoint(found))

    def test_planned_dates_are_not_dates(self):
        v = visit("V36")
        self.assertEqual((v["status"], v["planned_dates"]), ("proposed", "2018-10"))
        self.assertNotIn("dates", v)

    def test_planned_visit_is_found_by_its_plan_only(self):
        self.assertIn("V36", refs(planned_dates__overlaps="2018-10-15"))
        self.assertNotIn("V36", refs(dates__overlaps="2018-10-15"))

    def test_reported_while_under_way(self):
        self.assertEqual(visit("V28")["status"], "under_way")

    def test_weeks_named_by_their_first_day(self):
        self.assertEqual([visit(ref)["dates_as_written"] for ref in ("V21a", "V21b")],
                         ["week from 25 August", "from 2 September"])


class Countries(unittest.TestCase):
    """Several hosts, several senders, and every direction."""

    def test_each_of_five_delegating_countries_finds_it(self):
        for country in ("ET", "KE", "SO", "TZ", "UG"):
            with self.subTest(country):
                self.assertIn("V03", refs(delegating_country=country, host_country="PH"))

    def test_regional_bodies_delegate_without_a_country(self):
        regional = {p["organisation"]["name"] for p in visit("V03")["parties"]
                    if p["role"] == "delegating" and "country" not in p}
        self.assertEqual(regional, {"East African Community", "Intergovernmental Authority on Development"})

    def test_three_delegating_countries_without_a_body(self):
        v = visit("V08")
        self.assertEqual(countries(v["parties"], "delegating"), ["EG", "SD", "TN"])
        self.assertEqual(named(v["parties"], "delegating"), [])

    def test_two_host_countries(self):
        self.assertEqual([leg["country"] for leg in visit("V16")["legs"]], ["LT", "PL"])

    def test_each_host_country_finds_it(self):
        self.assertIn("V18", refs(host_country="TN"))
        self.assertIn("V18", refs(host_country="IT"))

    def test_two_towns_of_one_host_country(self):
        self.assertEqual([(leg["country"], leg["place"]) for leg in visit("V13")["legs"]],
                         [("EE", "Tallinn"), ("EE", "Narva")])

    def test_foreign_body_among_the_hosts(self):
        v = visit("V21a")
        french = [p["organisation"]["name"] for p in v["parties"] if p["role"] == "host" and p.get("country") == "FR"]
        self.assertEqual(french, ["OFII"])

    def test_one_page_three_exchanges(self):
        pairs = {}
        for ref in ("V12a", "V12b", "V12c"):
            v = visit(ref)
            pairs[ref] = countries(v["parties"], "delegating") + [leg["country"] for leg in v["legs"]]
        self.assertEqual(pairs, {"V12a": ["GT", "AR"], "V12b": ["HN", "CR"], "V12c": ["PA", "CR"]})

    def test_exchanges_do_not_mix_their_pairs(self):
        self.assertEqual(refs(delegating_country="GT", host_country="CR"), set())

    def test_two_visits_in_a_row_have_one_delegating_country_each(self):
        self.assertEqual([countries(visit(ref)["parties"], "delegating") for ref in ("V21a", "V21b")], [["CV"], ["ML"]])

    def test_domestic(self):
        self.assertEqual(visit("V35")["direction"], "domestic")

    def test_domestic_is_found_by_both_sides(self):
        self.assertEqual(refs(delegating_country="KE", host_country="KE"), {"V35"})

    def test_inbound(self):
        self.assertEqual([visit(ref)["direction"] for ref in ("V26", "V28")], ["inbound", "inbound"])

    def test_outbound_with_others(self):
        self.assertEqual(visit("V03")["direction"], "outbound")

    def test_between_other_countries(self):
        self.assertEqual(visit("V29")["direction"], "third_country")


class Delegations(unittest.TestCase):
    """Known by size, by groups, by leader; led by two; staff counted apart."""

    def test_two_leaders(self):
        leaders = [seat["name_as_written"] for seat in visit("V31")["seats"] if seat["capacity"] == "leader"]
        self.assertEqual(leaders, ["Dr. Beker Shale", "Lizzie Chikoti"])

    def test_each_leader_finds_it(self):
        for person in ("20-person-beker-shale", "20-person-lizzie-chikoti"):
            with self.subTest(person):
                self.assertEqual(refs(person=demo_id(person)), {"V31"})

    def test_size_and_women_only(self):
        v = visit("V03")
        self.assertEqual((v["delegation_size"], v["delegation_women"]), (26, 9))
        self.assertNotIn("delegation_men", v)

    def test_size_only(self):
        v = visit("V25")
        self.assertEqual((v["delegation_size"], v["seats"]), (3, []))

    def test_sizes_can_be_compared(self):
        self.assertEqual(refs(delegation_size__gte="26"), {"V03", "V20"})

    def test_leader_only(self):
        v = visit("V04")
        self.assertNotIn("delegation_size", v)
        self.assertEqual([seat["name_as_written"] for seat in v["seats"]], ["Roseline Njogu"])

    def test_nothing_known(self):
        v = visit("V17")
        self.assertNotIn("delegation_size", v)
        self.assertEqual(v["seats"], [])

    def test_accompanying_staff_do_not_count_as_delegates(self):
        v = visit("V02")
        self.assertEqual(v["delegation_size"], 6)
        self.assertEqual(sum(seat.get("count", 1) for seat in v["seats"] if seat["capacity"] == "accompanying"), 4)

    def test_members_and_staff_are_counted_apart(self):
        v = visit("V29")
        counts = {}
        for seat in v["seats"]:
            counts[seat["capacity"]] = counts.get(seat["capacity"], 0) + seat.get("count", 1)
        self.assertEqual(counts, {"leader": 1, "member": 3, "staff": 3})
        self.assertEqual(v["delegation_size"], 7)

    def test_nine_members_and_a_secretary(self):
        capacities = [seat["capacity"] for seat in visit("V26")["seats"]]
        self.assertEqual(capacities, ["leader"] + ["member"] * 8 + ["secretary"])

    def test_posts_without_names(self):
        posts = [seat["post"] for seat in visit("V28")["seats"] if "person" not in seat and "name_as_written" not in seat]
        self.assertEqual(posts, ["Minority leader", "Clerk"])

    def test_members_of_a_federal_state(self):
        posts = [seat["post"] for seat in visit("V23")["seats"]]
        self.assertEqual(len(posts), 5)
        self.assertIn("Regional office, Koonfur Galbeed", posts)

    def test_seven_bodies(self):
        self.assertEqual(len(named(visit("V07")["parties"], "delegating")), 7)

    def test_rank_stays_with_the_name_as_written(self):
        self.assertEqual(visit("V10")["seats"][0]["name_as_written"], "Col. Le Dang Khoa")

    def test_rank_is_apart_in_the_directory(self):
        person = get("people/" + demo_id("20-person-le-dang-khoa"))
        self.assertEqual((person["honorific"], person["name"]), ("Col.", "Le Dang Khoa"))

    def test_only_leaders_and_senior_counterparts_are_public(self):
        public = [seat["name_as_written"] for seat in visit("V26")["seats"] if seat["public_office"]]
        self.assertEqual(public, ["Hon. Felix Mhona"])

    def test_care_homes_are_not_named(self):
        v = visit("V10")
        self.assertEqual((v["meetings"], [leg.get("place") for leg in v["legs"]]), ([], [None]))


class Names(unittest.TestCase):
    """What came in comes out."""

    def test_estonian_host(self):
        self.assertIn("Üllar Kustala", [seat.get("name_as_written") for seat in meeting_seats(visit("V13"))])

    def test_meetings_are_tied_to_their_town(self):
        places = {seat["name_as_written"]: meeting["place"] for meeting in visit("V13")["meetings"] for seat in meeting["seats"]}
        self.assertEqual(places, {"Andrus Reimaa": "Narva", "Üllar Kustala": "Narva",
                                  "Toomas Kuuse": "Tallinn", "Ago Tikk": "Tallinn"})

    def test_norwegian_host(self):
        self.assertEqual(get("people/" + demo_id("20-person-bard-vegard-solhjell"))["name"], "Bård Vegard Solhjell")

    def test_accents_and_case_are_folded_when_asking(self):
        found = listed("people", name="bard vegard SOLHJELL")
        self.assertEqual([person["name"] for person in found], ["Bård Vegard Solhjell"])

    def test_polish_association(self):
        self.assertIn("Wspólnota Polska", named(visit("V25")["parties"], "host"))

    def test_body_as_the_polish_source_writes_it(self):
        (party,) = [p for p in visit("V25")["parties"] if p["role"] == "delegating"]
        self.assertEqual((party["organisation"]["name"], party["name_as_written"]),
                         ("Bureau for Relations with the Diaspora", "Biuro ds. Kontaktów z Diasporą"))

    def test_french_place(self):
        self.assertEqual([meeting["place"] for meeting in visit("V21b")["meetings"]], ["Cayar", "Keur Ndiaye Lô"])

    def test_apostrophe(self):
        self.assertIn("Women's Union", named(visit("V10")["parties"], "delegating"))

    def test_two_spellings_in_one_text(self):
        notes = {seat["name_as_written"]: seat["note"] for seat in meeting_seats(visit("V35"))}
        self.assertIn("Manyala", notes["Dr. Donald Manya"])
        self.assertIn("Shiyenyi", notes["Hon. Silas Shiyenji Muyeyia"])

    def test_bodies_of_one_name_in_several_countries_stay_apart(self):
        found = {o["country"] for o in listed("organisations", name="Ministry of Foreign Affairs")}
        self.assertLessEqual({"KE", "NL", "PL", "VN"}, found)

    def test_body_named_by_two_visits_is_one_record(self):
        caritas = [[p["organisation"]["id"] for p in visit(ref)["parties"]
                    if p.get("organisation", {}).get("name") == "Caritas"] for ref in ("V21a", "V21b")]
        self.assertEqual(caritas[0], caritas[1])
        self.assertEqual(len(caritas[0]), 1)

    def test_visit_shows_the_name_its_host_then_had(self):
        self.assertEqual(named(visit("V32")["parties"], "host"), ["Central Statistical Agency"])
        self.assertIn("Ethiopian Statistical Service", named(visit("V31")["parties"], "delegating"))

    def test_bodies_at_a_date(self):
        """Renamed in 2021, by the year alone; merged into a department that an act of 30 December 2021 made."""
        def at(name, date):
            return get("organisations/" + demo_id(name), at=date)["at"]

        ess, csa, dmw, poea = "10-organisation-et-ess", "11-organisation-et-csa", "10-organisation-ph-migrant-workers", \
            "11-organisation-ph-overseas-employment"
        for date, name in (("2008-05", "Central Statistical Agency"), ("2020", "Central Statistical Agency"),
                           ("2021-12", "Ethiopian Statistical Service"),      # of 2021 nothing is certain
                           ("2023-05", "Ethiopian Statistical Service")):
            self.assertEqual((at(ess, date)["name"], at(ess, date)["successors"]), (name, []), date)
        service = {"id": demo_id(ess), "name": "Ethiopian Statistical Service", "kind": "renamed", "date": "2021"}
        for date, successors, exists in (("2008-05", [], None), ("2021-10", [], None), ("2022", [service], False)):
            self.assertEqual((at(csa, date)["successors"], at(csa, date)["exists"]), (successors, exists), date)
        for date, merged, exists in (("2008-05", [], False), ("2021-12-30", ["Department of Migrant Workers"], True), ("2022-02", ["Department of Migrant Workers"], True)):
            self.assertEqual([s["name"] for s in at(poea, date)["successors"]], merged)
            self.assertIs(at(dmw, date)["exists"], exists)
        self.assertIs(at(poea, "2022-02")["exists"], False)


class Roles(unittest.TestCase):
    """Who paid, organised, supported or only advised is not mixed up."""

    def test_delegating_side_paid(self):
        self.assertIn("V26", refs(organisation=demo_id("10-organisation-zw-parliament"), organisation_role="funder"))

    def test_adviser_is_neither_funder_nor_organiser(self):
        roles = {p["role"] for p in visit("V33")["parties"] if p.get("organisation", {}).get("name") == "World Bank"}
        self.assertEqual(roles, {"adviser"})

    def test_found_by_its_adviser(self):
        bank = demo_id("10-organisation-world-bank")
        self.assertEqual(refs(organisation=bank, organisation_role="adviser"), {"V33"})
        self.assertEqual(refs(organisation=bank, organisation_role="funder"), set())

    def test_body_met_abroad_is_no_party(self):
        v = visit("V29")
        self.assertIn("World Bank", [seat["organisation"]["name"] for seat in meeting_seats(v)])
        self.assertNotIn("World Bank", [p.get("organisation", {}).get("name") for p in v["parties"]])

    def test_country_as_funder(self):
        self.assertEqual(countries(visit("V08")["parties"], "funder"), ["US"])

    def test_host_that_came_to_learn_elsewhere(self):
        zimbabwe = demo_id("10-organisation-zw-parliament")
        self.assertEqual(refs(organisation=zimbabwe, organisation_role="host"), {"V29"})

    def test_host_received_twice(self):
        self.assertEqual(refs(organisation=demo_id("10-organisation-ph-migrant-workers"), organisation_role="host"),
                         {"V03", "V04"})

    def test_same_body_studied_the_same_theme_twice(self):
        committee = demo_id("10-organisation-eg-nccpim-tip")
        self.assertEqual(refs(organisation=committee, theme="trafficking"), {"V06", "V07"})

    def test_component_is_found_by_its_programme(self):
        self.assertEqual(refs(programme=demo_id("30-programme-bomca-10")), {"V16"})

    def test_phase_is_found_by_its_programme(self):
        self.assertEqual(refs(programme=demo_id("30-programme-brmm")), {"V03"})

    def test_programmes_of_similar_name_stay_apart(self):
        self.assertNotIn("V03", refs(programme=demo_id("30-programme-bmm")))

    def test_strategy_that_the_visit_was_to_help_write(self):
        (link,) = visit("V16")["purpose_links"]
        self.assertEqual((link["policy"]["title"], link["relation"]),
                         ("Integrated border security strategy and plan for 2025-2030", "serves"))

    def test_recommendation_without_an_addressee(self):
        (recommendation,) = visit("V18")["recommendations"]
        self.assertEqual(recommendation["addressees"], [])


class Sources(unittest.TestCase):
    """Sources disagree, and come in many languages."""

    def test_five_sources(self):
        self.assertEqual(len(visit("V02")["sources"]), 5)

    def test_disagreement_is_kept(self):
        note = visit("V02")["note"]
        self.assertRegex(note, "27 .*25 .*21")

    def test_languages(self):
        self.assertEqual([visit(ref)["sources"][0]["language"] for ref in ("V06", "V17", "V21a", "V25")],
                         ["ar", "ka", "fr", "pl"])

    def test_arabic_address_is_kept_as_it_stands(self):
        self.assertTrue(visit("V06")["sources"][0]["url"].startswith("http://egypt.iom.int/ar/news/%D8%A7%D9%84"))

    def test_publisher_is_the_host(self):
        self.assertEqual(visit("V17")["sources"][0]["publisher"], "Ministry of Internal Affairs of Georgia")

    def test_one_page_for_three_visits(self):
        self.assertEqual(len({visit(ref)["sources"][0]["url"] for ref in ("V12a", "V12b", "V12c")}), 1)

    def test_date_of_the_report_is_not_the_date_of_the_visit(self):
        v = visit("V32")
        self.assertEqual(v["sources"][0]["published_at"], "2009-01-04")
        self.assertNotIn("dates", v)


if __name__ == "__main__":
    unittest.main()
