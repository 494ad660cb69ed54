# SPDX-License-Identifier: Apache-2.0
"""Words of the generated register: countries, bodies, names, sentences."""

COUNTRIES = ("KE UG TZ RW ET GH ZA NG EG MA TN SN CI CM ZM MW BW NA MU SO DJ SS BI CD GM SL LR BJ TG ML "
             "IL DE FR GB IT ES SE NL BE CH PH ID IN BD LK NP VN TH JP KR CA US BR MX AU NZ AE QA SA TR").split()
NATIONS = {"KE": "Kenyan", "UG": "Ugandan", "TZ": "Tanzanian", "RW": "Rwandan", "ET": "Ethiopian", "GH": "Ghanaian",
           "ZA": "South African", "NG": "Nigerian"}
CITIES = ("Nairobi Kampala Arusha Kigali Accra Pretoria Rabat Dakar Abidjan Yaoundé Lusaka Lilongwe Gaborone Windhoek "
          "Tel Berlin Paris London Roma Madrid Stockholm Brussel Genève Manila Jakarta Dhaka Colombo Kathmandu Hanoi "
          "Bangkok Seoul Ottawa Brasília Doha Zürich København Malmö Łódź São Québec").split()
FAMILY = ("Mwangi Otieno Wanjiru Kiprono Achieng Mutua Njoroge Chebet Okello Namugga Ssemakula Uwimana Habimana "
          "Mekonnen Tadesse Gebre Mensah Owusu Boateng Ndiaye Traoré Koné N’Guessan Banda Phiri Dlamini van~der~Merwe "
          "Müller Lefèvre García Rossi Svensson Janssens Reyes Santos Rahman Perera Shrestha Nguyễn Kim Tanaka "
          "Ngũgĩ Ó~Briain Çelik Al-Thani").replace("~", "\u00a0").split(" ")
GIVEN = ("Amina Peter Grace John Fatuma David Esther Joseph Zainab Daniel Mary Samuel Ruth Abdi Lucy Moses Aisha Paul "
         "Naomi Isaac Hélène José María Björn Søren Anneke Luigi Thị Hiroshi Nimali").split()
HONORIFICS = ("Dr.", "Hon.", "Prof.", "Amb.", "Col.")
BODIES = ("Ministry of {}", "Department of {}", "National Agency for {}", "State Commission on {}", "Office of the Registrar of {}",
          "County Committee on {}", "Institute for {}", "Directorate of {}")
FIELDS = ("Labour", "Interior", "Foreign Affairs", "Diaspora Affairs", "Immigration Services", "Planning and Statistics",
          "Public Service", "Devolution", "Education", "Finance", "Justice", "Gender and Social Protection",
          "Border Management", "Civil Registration", "Parliamentary Affairs", "Local Government")
POSTS = ("Principal Secretary", "Director", "Deputy Director, Policy", "County Executive Committee Member", "Chief Officer",
         "Head of Section", "Senior Adviser", "Programme Manager", "Legal Officer", "Statistician", "Clerk of the Committee",
         "Member of Parliament", "Commissioner", "Head of Mission", "Desk Officer")
SUBJECTS = ("diaspora engagement", "counter-trafficking coordination", "labour agreements", "border information systems",
            "the return and reintegration of migrants", "the budget process", "village administration", "a population census",
            "one-stop border posts", "the welfare of migrant workers", "participatory budgeting", "passport control",
            "migration data", "the protection of children on the move", "social dialogue")
SENTENCES = (
    "The delegation saw how the host keeps one register for all the bodies concerned and lets each county work in it.",
    "Officers of both sides compared their forms, deadlines and the ways in which a case passes from one desk to the next.",
    "The host explained why an earlier arrangement, with a committee in every ministry, had been given up after two years.",
    "Members asked who bears the cost, who decides when bodies disagree, and what is published and when.",
    "A working day in a regional office showed that the agreed procedure holds where staff are few and the network is slow.",
    "The law gives the agency the right to ask other bodies for data, and the duty to say within a month what became of it.",
    "Returnees are met at the airport, advised within three days and followed for a year; the fund pays through the county.",
    "Recruitment agencies are licensed, rated in public, and lose the licence after the second complaint that is upheld.",
    "Statistics are drawn from administrative records, checked against a yearly survey and released on a date known beforehand.",
    "Training is given by those who do the work, in their own offices, in both languages of the region.",
    "Le comité technique se réunit chaque mois et rend compte au cabinet deux fois par an.",
    "Kamati ya kitaifa hukutana kila mwezi na kutoa taarifa kwa umma kila robo mwaka.",
    "It was agreed to keep in touch, to exchange the texts of both laws, and to meet again when the draft has been validated.",
    "The delegation was told plainly what had not worked: too many indicators, too few people to collect them.",
)
TASKS = (
    "Set up a technical committee of the bodies concerned, with a secretariat of its own and a yearly plan that is published.",
    "Bring the draft before the county assemblies before it is validated, and answer what they say in writing.",
    "Ask for the right to share data between the registrar and the agency, and lay down how long they are kept.",
    "Start with three counties, look at the cost after a year, and only then go on to the others.",
    "Give each complaint a number and a date by which it is answered, and publish how many were late.",
)
PUBLISHERS = ("Ministry of Labour", "The Daily Gazette", "Parliamentary Service", "International Organization for Migration",
              "County Press Office", "Agence de presse")
