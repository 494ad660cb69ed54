# SPDX-License-Identifier: Apache-2.0
"""Names of the generated bodies: ministries, offices in regions, institutes, associations and firms, in the languages of
their countries, with acronyms and other names; and some that are there twice, as different hands write them."""
from . import words

TWICE_EVERY = 30  # so many records to one that is another's duplicate
FRENCH = {"Labour": "Travail", "Interior": "Intérieur", "Foreign Affairs": "Affaires étrangères", "Diaspora Affairs": "Affaires de la diaspora",
          "Immigration Services": "Services d’immigration", "Planning and Statistics": "Plan et de la Statistique", "Public Service": "Fonction publique",
          "Devolution": "Décentralisation", "Education": "Éducation", "Finance": "Finances", "Justice": "Justice",
          "Gender and Social Protection": "Genre et de la Protection sociale", "Border Management": "Gestion des frontières",
          "Civil Registration": "État civil", "Parliamentary Affairs": "Relations avec le Parlement", "Local Government": "Collectivités locales"}
SWAHILI = {"Labour": "Kazi", "Interior": "Mambo ya Ndani", "Foreign Affairs": "Mambo ya Nje", "Diaspora Affairs": "Masuala ya Diaspora",
           "Immigration Services": "Huduma za Uhamiaji", "Planning and Statistics": "Mipango na Takwimu", "Public Service": "Utumishi wa Umma",
           "Devolution": "Ugatuzi", "Education": "Elimu", "Finance": "Fedha", "Justice": "Sheria", "Gender and Social Protection": "Jinsia na Ulinzi wa Jamii",
           "Border Management": "Usimamizi wa Mipaka", "Civil Registration": "Usajili wa Raia", "Parliamentary Affairs": "Bunge",
           "Local Government": "Serikali za Mitaa"}
ARABIC = {"Labour": "وزارة العمل", "Interior": "وزارة الداخلية", "Foreign Affairs": "وزارة الخارجية", "Education": "وزارة التعليم",
          "Finance": "وزارة المالية", "Justice": "وزارة العدل"}
FRENCH_SPOKEN, SWAHILI_SPOKEN = set("MA TN SN CI CM RW BI CD DJ TG ML FR BE CH CA".split()), set("KE UG TZ RW BI CD".split())
GROUPS = ("Migrant Workers", "Returnees", "Recruitment Agencies", "Domestic Workers", "Students Abroad", "Seafarers", "Nurses", "Truckers",
          "Young Farmers", "Women Traders", "Retired Officers", "Interpreters", "Statisticians", "Border Communities", "Diaspora Investors")
FIRMS = ("Recruitment Ltd", "Consultants", "Manpower Services", "Advocates", "Travel and Training", "Data Systems", "Partners")
SYLLABLES = "ba be bi ka ki ko la le lu ma me mi mu na ni nu ra ri ro sa se su ta te ti wa we ya yo za nda nga mba ngo shi che gu do fi po".split()
VILLAGES = FAMILIES = 3000
LIGHT = {"of", "the", "for", "and", "in", "on", "de", "du", "la", "des", "et", "ya", "na", "za", "wa"}
GOVERNMENT, AGENCY, NGO, ACADEMIC, PRIVATE, WORLD = "10", "11", "22", "80", "70", "40"


def initials(name):
    letters = [w[0] for w in name.replace("’", " ").split() if w.lower() not in LIGHT and w[0].isalpha()]
    return "".join(letters).upper() if 3 <= len(letters) <= 7 else None


class Bodies:
    """next() gives (name, acronym, type, country or None, other names); `m` is the maker with its random choices."""

    def __init__(self, m):
        self.m, self.taken, self.made = m, set(), []
        self.villages, self.families = self.coined(VILLAGES), self.coined(FAMILIES)

    def coined(self, n):
        """Names beside those of the cities and families known by name: a directory has thousands of words."""
        return ["".join(self.m.one(SYLLABLES) for _ in range(2 + self.m.below(3))).capitalize() for _ in range(n)]

    def place(self):
        return self.m.one(words.CITIES if self.m.below(3) == 0 else self.villages)

    def family(self):
        return self.m.one(words.FAMILY if self.m.below(3) == 0 else self.families)

    def government(self):
        m, country = self.m, self.m.one(words.COUNTRIES)
        field, body = m.one(words.FIELDS), m.one(words.BODIES)
        others = []
        if body.startswith("Ministry"):
            if country in FRENCH_SPOKEN:
                others.append((f"Ministère {'de l’' if FRENCH[field][0] in 'AEÉI' else 'du '}{FRENCH[field]}", "official", "fr", "Latn"))
            if country in SWAHILI_SPOKEN:
                others.append((f"Wizara ya {SWAHILI[field]}", "official", "sw", "Latn"))
            if country in ("EG", "MA", "TN", "DJ", "SO", "AE", "QA", "SA") and field in ARABIC:
                others.append((ARABIC[field], "official", "ar", "Arab"))
        return body.format(field), GOVERNMENT, country, others

    def regional(self):
        m = self.m
        return f"{self.place()} {m.one(('County', 'Regional', 'District', 'City'))} {m.one(('Department', 'Office', 'Board'))} of " \
               f"{m.one(words.FIELDS)}", AGENCY, m.one(words.COUNTRIES), []

    def association(self):
        m = self.m
        return f"{self.place()} {m.one(('Association', 'Union', 'Network', 'Federation', 'Cooperative'))} of {m.one(GROUPS)}", \
            NGO, m.one(words.COUNTRIES), []

    def foundation(self):
        m = self.m
        return f"{self.family()} {m.one(('Foundation', 'Trust', 'Centre', 'Fund'))} for {m.one(words.FIELDS)}", NGO, m.one(words.COUNTRIES), []

    def institute(self):
        m = self.m
        return f"University of {self.place()}, {m.one(('Institute', 'School', 'Chair'))} of {m.one(words.FIELDS)}", ACADEMIC, m.one(words.COUNTRIES), []

    def firm(self):
        m = self.m
        return f"{self.family()} & {self.family()} {m.one(FIRMS)}", PRIVATE, m.one(words.COUNTRIES), []

    def world(self):
        m = self.m
        return f"International {m.one(('Centre', 'Council', 'Forum', 'Alliance'))} for {m.one(words.FIELDS)} and {m.one(GROUPS)}", WORLD, None, []

    def fresh(self):
        kinds = ((self.government, 12), (self.regional, 28), (self.association, 22), (self.foundation, 14), (self.institute, 11), (self.firm, 12),
                 (self.world, 1))
        while True:
            p = self.m.below(100)
            for kind, share in kinds:
                if p < share:
                    break
                p -= share
            name, type_, country, others = kind()
            if self.m.below(12) == 0:
                name = f"{name} ({self.m.day()[:4]})"  # the state of that year, or the year it was founded
            if (name, country) not in self.taken:
                self.taken.add((name, country))
                return name, initials(name) if self.m.below(7) == 0 else None, type_, country, others

    def again(self):
        """One that is there already, as another hand writes it."""
        name, acronym, type_, country, _ = self.m.one(self.made)
        way = self.m.below(6)
        if way == 0:
            name = f"The {name}"
        elif way == 1:
            name = name.upper()
        elif way == 2:
            name = name.replace(" and ", " & ").replace("Labour", "Labor").replace("Centre", "Center").replace(" of ", " for ")
        elif way == 3 and "," in name:
            name = ", ".join(reversed(name.split(", ")))
        elif way == 4 and acronym:
            name, acronym = acronym, None
        return name, acronym, type_, None if country and self.m.below(8) == 0 else country, []

    def next(self):
        body = self.again() if self.made and self.m.below(TWICE_EVERY) == 0 else self.fresh()
        self.made.append(body)
        return body
