# SPDX-License-Identifier: Apache-2.0
"""A seeded register of N visits as tab-separated files, one a table, with what the engine keeps beside them.

The same N and VERSION give the same bytes. Every eighth visit is small (an answer of about 1 KB), the others are
dossiers of about 22 items. `scripts/bench --check` sends copies through the API and compares the rows.
"""
import csv
import pathlib
import random
import time

from . import bodies, tokens, words

VERSION = 4
SEED = 20260101
SMALL_EVERY = 8
BASE_MS = 1_672_531_200_000   # 2023-01-01T00:00:00Z, id and time of the first record
STEP_MS = 30_000              # a record every half minute
END_MS = 1_767_225_600_000    # 2026: ids from here on were made by a measurement
VISITS_MAX = 2_000_000
BODIES_MAX = 100_000

ROOT_COLUMNS = "id version state created_at updated_at".split()
SEAT = ("capacity post organisation on_behalf_of person name_as_written public_office country head_count note").split()
TABLES = {
    "organisation": ROOT_COLUMNS + "name acronym type country parent website active active_lo active_hi".split(),
    "organisation_identifier": "id parent pos scheme value".split(),
    "organisation_name": "id parent pos name kind language script".split(),
    "person": ROOT_COLUMNS + "name honorific".split(),
    "programme": ROOT_COLUMNS + "title acronym kind parent dates dates_lo dates_hi objectives summary countries".split(),
    "programme_party": "id parent pos role organisation".split(),
    "policy": ROOT_COLUMNS + "title kind country language stage dates dates_lo dates_hi summary organisation".split(),
    "visit": ROOT_COLUMNS + ("title ref kind mode status language summary outcome objectives dates dates_lo dates_hi dates_as_written "
                             "delegation_size programme themes recommendations_complete report_due report_due_lo report_due_hi").split(),
    "visit_identifier": "id parent pos scheme value".split(),
    "visit_leg": "id parent pos country place dates dates_lo dates_hi".split(),
    "visit_party": "id parent pos role organisation name_as_written country".split(),
    "visit_seat": "id parent pos".split() + SEAT + "cost_amount cost_currency".split(),
    "visit_meeting": "id parent pos date date_lo date_hi place subject note".split(),
    "visit_meeting_seat": "id parent pos".split() + SEAT,
    "visit_learning": "id parent pos text lang themes".split(),
    "visit_recommendation": "id parent pos number text lang rationale levels due due_lo due_hi".split(),
    "visit_recommendation_addressee": "id parent pos organisation focal_point".split(),
    "visit_purpose_link": "id parent pos policy relation rationale".split(),
    "visit_source": "id parent pos title publisher url published_at published_at_lo published_at_hi language".split(),
    "facet": "facet value sort_lo id cls".split(),
    "token": "resource token id cls beside".split(),
    "change_log": "type id old_version new_version action actor request_id at snapshot".split(),
}
KEPT = {"likeness": "id", "likely_pair": "second"}  # made by ziara reindex; the column that tells a measurement's own
HEX = {"id", "parent", "organisation", "on_behalf_of", "person", "programme", "policy", "value@facet"}
NULL = r"\N"
PUBLIC, RESTRICTED = 0, 2
DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def hex_columns(table):
    """Columns of a table whose text is hexadecimal."""
    return [c for c in TABLES[table] if c in HEX and not (c == "programme" and table == "programme") or f"{c}@{table}" in HEX]


def bounds(text):
    """First and last day of an EDTF text as yyyymmdd."""
    def one(part, last):
        if part == "..":
            return 99999999 if last else 1
        numbers = [int(n) for n in part.split("-")]
        year, month = numbers[0], numbers[1] if len(numbers) > 1 else (12 if last else 1)
        leap = month == 2 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
        day = numbers[2] if len(numbers) > 2 else (DAYS[month - 1] + leap if last else 1)
        return year * 10000 + month * 100 + day
    if text == NULL:
        return 0, 0
    start, _, end = text.partition("/")
    return one(start, False), one(end or start, True)


def sql_time(ms):
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(ms // 1000)) + f".{ms % 1000:03d}"


def json_list(items):
    return "[" + ",".join(f'"{i}"' for i in items) + "]"


def theme_tree(root):
    with open(root / "sql/codelists/theme.csv", encoding="utf-8", newline="") as f:
        return {row["code"]: row["parent"] for row in csv.DictReader(f)}


class Maker:
    """Writes one register of `n` visits into `folder`; `sets` then says which visits to ask for."""

    def __init__(self, root, folder, n):
        self.n, self.folder = n, pathlib.Path(folder)
        self.parents = theme_tree(root)
        self.themes = sorted(self.parents)
        self.random = random.Random(SEED)
        # the first of the bodies take part in visits; the rest is what a directory holds besides
        self.counts = {"organisation": max(400, min(n, BODIES_MAX)), "active": max(400, n // 25), "person": max(500, n // 5),
                       "programme": max(50, n // 200), "policy": max(100, n // 100)}
        self.ids = {"organisation": []}
        self.programme_up = []
        self.sets = {"small": [], "dossier": [], "body": []}
        self.made = 0
        self.texts = {}
        self.salt = SEED

    # --- small tools ---

    def below(self, n):
        return int(self.random.random() * n)

    def one(self, items):
        return items[int(self.random.random() * len(items))]

    def some(self, items, k):
        return self.random.sample(items, k)

    def few(self, n):
        """An index in which small ones are frequent: some bodies take part in much, most in little."""
        return int(self.random.random() ** 2 * n)

    def new_id(self, ms, k):
        self.salt = self.salt * 6364136223846793005 + 1442695040888963407 & 0xfffffffffffffff
        return f"{ms:012x}7{k:03x}8{self.salt:015x}"

    def text(self, k):
        """`k` sentences; there are a thousand texts of each length."""
        if k not in self.texts:
            self.texts[k] = [" ".join(self.some(words.SENTENCES, k)) for _ in range(1000)]
        return self.one(self.texts[k])

    def day(self, year=None):
        return f"{year or 2004 + self.below(22)}-{1 + self.below(12):02d}-{1 + self.below(28):02d}"

    def dates(self):
        """Dates in all the ways in which sources give them, and the source's wording."""
        p, day = self.random.random(), self.day()
        if p < .70:
            later = min(28, int(day[8:]) + 2 + self.below(6))
            return f"{day}/{day[:8]}{later:02d}"
        if p < .80:
            return day
        if p < .92:
            return day[:7]
        if p < .97:
            return day[:4]
        return f"{day}/.." if p < .98 else NULL

    def row(self, table, *values):
        self.out[table].write("\t".join(values) + "\n")

    def root(self, kind, published):
        """The common columns of a new record."""
        ms = BASE_MS + self.made * STEP_MS
        self.made += 1
        at, rid = sql_time(ms), self.new_id(ms, 0)
        state = "published" if self.random.random() < published else self.one(("draft", "draft", "draft", "withdrawn"))
        self.row("change_log", kind, rid, "0", "1", "create", "generator", "generator", at, f'{{"state":"{state}"}}')
        return ms, (rid, "1", state, at, at)

    def facets(self, rid, sort_lo, rows):
        """`rows`: (facet, value in hexadecimal) → class."""
        for (facet, value), cls in rows.items():
            self.row("facet", facet, value, str(sort_lo), rid, str(cls))

    def names(self, kind, rid, *public, restricted=()):
        """The words by which a record is found."""
        found = {w: RESTRICTED for name in restricted for w in tokens.stored(name)} | {w: PUBLIC for name in public for w in tokens.stored(name)}
        beside = tokens.beside(found)
        for word, cls in found.items():
            self.row("token", kind, word, rid, str(cls), beside)

    # --- the directory ---

    def organisations(self):
        ids, names = self.ids["organisation"], bodies.Bodies(self)
        for i in range(self.counts["organisation"]):
            ms, root = self.root("organisation", .98)
            name, acronym, kind, country, others = names.next()
            active = self.one((NULL, NULL, f"{1950 + self.below(70)}/.."))
            self.row("organisation", *root, name, acronym or NULL, kind, country or NULL, self.one(ids) if ids and self.below(4) == 0 else NULL,
                     f"https://body{i}.example", active, *map(str, bounds(active)))
            self.names("organisation", root[0], name, acronym or "", *(other[0] for other in others))
            for pos, other in enumerate(others):
                self.row("organisation_name", self.new_id(ms, 2 + pos), root[0], str(pos), *other)
            if root[2] == "published" and i % 50 == 0:
                self.sets["body"].append(name)
            if i % 3 == 0:
                self.row("organisation_identifier", self.new_id(ms, 1), root[0], "0", "XM-DAC", str(i))
                self.facets(root[0], 0, {("organisation.identifier", f"XM-DAC-{i}".encode().hex()): PUBLIC})
            ids.append(root[0])

    def people(self):
        ids, self.people_names = self.ids.setdefault("person", []), []
        for _ in range(self.counts["person"]):
            _, root = self.root("person", .98)
            self.people_names.append(f"{self.one(words.GIVEN)} {self.one(words.FAMILY)}")
            self.names("person", root[0], self.people_names[-1])
            self.row("person", *root, self.people_names[-1], self.one(words.HONORIFICS) if self.below(3) == 0 else NULL)
            ids.append(root[0])

    def programmes(self):
        ids = self.ids["programme"] = []
        for i in range(self.counts["programme"]):
            ms, root = self.root("programme", .98)
            up = self.below(len(ids)) if ids and self.below(3) == 0 else None
            if up is not None and self.programme_up[up] is not None and self.programme_up[self.programme_up[up]] is not None:
                up = None  # programme, phase, component: no deeper
            self.programme_up.append(up)
            year = 2004 + self.below(18)
            dates, countries = f"{year}/{year + 4}", self.some(words.COUNTRIES, 3)
            title = f"Programme on {self.one(words.SUBJECTS)} ({i})"
            self.names("programme", root[0], title, f"P{i}")
            self.row("programme", *root, title, f"P{i}", "phase" if up is not None else "programme",
                     ids[up] if up is not None else NULL, dates, *map(str, bounds(dates)), json_list(self.some(words.TASKS, 2)),
                     self.text(3), json_list(countries))
            rows = {("programme.country", c.encode().hex()): PUBLIC for c in countries}
            for pos, role in enumerate(("funding", "implementing")):
                body = self.one(self.ids["organisation"])
                self.row("programme_party", self.new_id(ms, pos + 1), root[0], str(pos), role, body)
                rows["programme.organisation", body] = PUBLIC
                rows["programme.organisation_role", body + role.encode().hex()] = PUBLIC
            self.facets(root[0], 0, rows)
            ids.append(root[0])

    def policies(self):
        ids = self.ids["policy"] = []
        for i in range(self.counts["policy"]):
            _, root = self.root("policy", .95)
            dates = self.one((NULL, str(2004 + self.below(22))))
            title = f"National policy on {self.one(words.SUBJECTS)} ({i})"
            self.names("policy", root[0], title)
            self.row("policy", *root, title, self.one(("policy", "bill", "strategy")),
                     self.one(words.COUNTRIES), "en", self.one(("draft", "validated", "adopted", "in_force")), dates,
                     *map(str, bounds(dates)), self.text(2), self.one(self.ids["organisation"]))
            ids.append(root[0])

    # --- visits ---

    def visit(self, i):
        small = i % SMALL_EVERY == 0
        ms, root = self.root("visit", .92)
        rid, dates = root[0], self.dates()
        home, host = self.one(("KE", "KE", "KE", "UG", self.one(words.COUNTRIES))), words.COUNTRIES[self.few(len(words.COUNTRIES))]
        themes = self.some(self.themes, 2 if small else 3)
        programme = self.few(self.counts["programme"]) if self.below(2) == 0 else None
        lo, hi = bounds(dates)
        due = f"{dates[:4]}-12" if dates != NULL and not small else NULL
        title = f"{words.NATIONS.get(home, 'Joint')} visit to {host} on {self.one(words.SUBJECTS)} ({i})"
        self.seated = {PUBLIC: [title], RESTRICTED: []}
        self.row("visit", *root, title,
                 f"R{i}", self.one(("benchmarking_visit", "study_visit", "study_tour", "exchange", "parliamentary_visit")),
                 self.one(("in_person", "in_person", "virtual", "hybrid")), self.one(("completed", "completed", "cleared", "proposed")), "en",
                 self.text(1 if small else 2), NULL if small else self.text(2),
                 NULL if small else json_list(f"See the practice of the host in {s}." for s in self.some(words.SUBJECTS, 2)),
                 dates, str(lo), str(hi), NULL if small else f"as the report has it: {dates if dates != NULL else 'in the spring'}",
                 str(3 + self.below(20)), self.ids["programme"][programme] if programme is not None else NULL, json_list(themes),
                 NULL if small else str(self.below(2)), due, *map(str, bounds(due)))
        facets, k = {}, self.count()
        while programme is not None:
            facets["visit.programme", self.ids["programme"][programme]] = PUBLIC
            programme = self.programme_up[programme]
        self.add_themes(facets, themes)
        self.legs_and_parties(ms, rid, k, facets, home, host, small)
        if not small:
            self.seats(ms, rid, k, facets, home)
            self.meetings(ms, rid, k, facets, host)
            self.findings(ms, rid, k, facets)
        self.facets(rid, lo, facets)
        self.names("visit", rid, *self.seated[PUBLIC], restricted=self.seated[RESTRICTED])
        if root[2] == "published":
            self.sets["small" if small else "dossier"].append(rid)

    @staticmethod
    def count():
        k = 0
        while True:
            k += 1
            yield k

    def add_themes(self, facets, codes):
        for code in codes:
            while code:
                facets["visit.theme", code.encode().hex()] = PUBLIC
                code = self.parents[code]

    def body(self, facets):
        body = self.ids["organisation"][self.few(self.counts["active"])]
        facets["visit.organisation", body] = PUBLIC
        return body

    def legs_and_parties(self, ms, rid, k, facets, home, host, small):
        hosts = [host] if small or self.below(2) else [host, self.one(words.COUNTRIES)]
        for pos, country in enumerate(hosts):
            dates = NULL if small else self.dates()
            self.row("visit_leg", self.new_id(ms, next(k)), rid, str(pos), country, self.one(words.CITIES), dates, *map(str, bounds(dates)))
            facets["visit.host_country", country.encode().hex()] = PUBLIC
        for pos, role in enumerate(("delegating", "host") if small else ("delegating", "host", "organiser", "funder")):
            country = {"delegating": home, "host": host}.get(role, NULL)
            body = self.body(facets)
            facets["visit.organisation_role", body + role.encode().hex()] = PUBLIC
            if country != NULL:
                facets[f"visit.{role}_country", country.encode().hex()] = PUBLIC
            self.row("visit_party", self.new_id(ms, next(k)), rid, str(pos), role, body, NULL, country)
        facets["visit.host_country", host.encode().hex()] = PUBLIC

    def seat(self, facets, capacity, country):
        person, public = self.below(self.counts["person"]), capacity in ("leader", "counterpart")
        key = "visit.person", self.ids["person"][person]
        facets[key] = min(facets.get(key, RESTRICTED), PUBLIC if public else RESTRICTED)
        self.seated[PUBLIC if public else RESTRICTED].append(self.people_names[person])
        return (capacity, self.one(words.POSTS), self.body(facets), NULL, key[1], self.people_names[person], "1" if public else NULL, country,
                NULL, self.text(1) if self.below(2) else NULL)

    def seats(self, ms, rid, k, facets, home):
        for pos, capacity in enumerate(("leader", "member", "member", "staff")):
            self.row("visit_seat", self.new_id(ms, next(k)), rid, str(pos), *self.seat(facets, capacity, home),
                     f"{500 + self.below(4000)}.00", "USD")

    def meetings(self, ms, rid, k, facets, host):
        for pos in range(2):
            meeting, day = self.new_id(ms, next(k)), self.day()
            self.row("visit_meeting", meeting, rid, str(pos), day, *map(str, bounds(day)), self.one(words.CITIES),
                     f"Meeting on {self.one(words.SUBJECTS)}", self.text(3))
            for seat in range(2 - pos):
                self.row("visit_meeting_seat", self.new_id(ms, next(k)), meeting, str(seat), *self.seat(facets, "counterpart", host))

    def findings(self, ms, rid, k, facets):
        for pos in range(3):
            themes = self.some(self.themes, 2)
            self.add_themes(facets, themes)
            self.row("visit_learning", self.new_id(ms, next(k)), rid, str(pos), self.text(6), self.one(("en", "en", "fr", "sw")), json_list(themes))
        for pos in range(2):
            task, due = self.new_id(ms, next(k)), self.one((NULL, self.day()[:7]))
            self.row("visit_recommendation", task, rid, str(pos), str(pos + 1), self.one(words.TASKS), "en", self.text(4),
                     json_list(("national", "county")), due, *map(str, bounds(due)))
            self.row("visit_recommendation_addressee", self.new_id(ms, next(k)), task, "0", self.body(facets), self.one(words.POSTS))
        policy = self.one(self.ids["policy"])
        facets["visit.policy", policy] = PUBLIC
        self.row("visit_purpose_link", self.new_id(ms, next(k)), rid, "0", policy, self.one(("serves", "studied")), self.text(1))
        day, number = self.day(), str(self.below(10**6))
        self.row("visit_source", self.new_id(ms, next(k)), rid, "0", f"Report {number}", self.one(words.PUBLISHERS),
                 f"https://reports.example/{number}", day, *map(str, bounds(day)), "en")
        if self.below(2):
            self.row("visit_identifier", self.new_id(ms, next(k)), rid, "0", "local", number)
            facets["visit.identifier", f"local-{number}".encode().hex()] = PUBLIC

    def make(self, progress=lambda done: None):
        self.folder.mkdir(parents=True, exist_ok=True)
        self.out = {t: open(self.folder / f"{t}.tsv", "w", encoding="utf-8", buffering=1 << 18) for t in TABLES}
        self.organisations()
        self.people()
        self.programmes()
        self.policies()
        for i in range(self.n):
            if i % 1000 == 0:
                progress(i)
            self.visit(i)
        for f in self.out.values():
            f.close()
