#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turns files under sql/ into C tables at build time.

    embed.py migrations OUT.c FILES.sql…   migrations[] of db/migrate.h
    embed.py codelists  OUT.c FILES.csv…   codelist_rows[] of register/codelists.h
    embed.py queries    OUT.c FILES.sql…   query_<file>[] of register/queries.h

What is wrong with a file ends the build with the file's name and line.

Code lists: the CSV files have the columns list, code, parent, label_en, label_fr, label_sw and
active (1 or 0; empty: 1).  Four lists are filled from the package iso-codes beside them:

  country   ISO 3166-1 by alpha-2 code; former countries of ISO 3166-3 as inactive rows by their
            four-letter code, since their two letters may mean another country today
  currency  ISO 4217 by its three-letter code
  language  ISO 639-2 by alpha-2 code where there is one, else alpha-3
  script    ISO 15924 by its four-letter code

A CSV row with the same list and code replaces the one from iso-codes; user-assigned codes
(XK) come from the CSV only.
"""
import csv
import gettext
import json
import os
import re
import sys
import unicodedata

ISO_JSON = "/usr/share/iso-codes/json"
LOCALES = "/usr/share/locale"
COLUMNS = ["list", "code", "parent", "label_en", "label_fr", "label_sw", "active"]
LANGUAGES = ["fr", "sw"]


class Fault(Exception):
    pass


def c_string(text, indent="\t\t"):
    """A C string literal, one source line for each line of the text; NULL for None."""
    if text is None:
        return "NULL"
    named = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "?": "\\?"}  # \?: no trigraphs
    lines = []
    for line in text.splitlines(keepends=True) or [""]:
        lines.append('"' + "".join(named.get(c) or (c if c >= " " else f"\\{ord(c):03o}") for c in line) + '"')
    return ("\n" + indent).join(lines)


def write(path, lines):
    """Replaces the file in one step, so an interrupted build leaves no half of it."""
    part = f"{path}.part"
    with open(part, "w", encoding="utf-8") as f:
        f.write("/* SPDX-License-Identifier: Apache-2.0\n * Made by sql/embed.py; do not edit. */\n")
        f.write("\n".join(lines) + "\n")
    os.replace(part, path)


# ---- migrations ----

def check_statements(name, text):
    """The same splitting as fcgi/db/script.c, and as the mariadb client does it."""
    at, line, pending, n = 0, 1, False, 0
    skip = re.compile(r"--(?=[\s])[^\n]*|--$|#[^\n]*|/\*.*?\*/|'(?:[^'\\]|\\.|'')*'|\"(?:[^\"\\]|\\.|\"\")*\"|`[^`]*`", re.S)
    while at < len(text):
        m = skip.match(text, at)
        c = text[at]
        if text.startswith(("/*!", "/*M!"), at):
            raise Fault(f"{name}:{line}: executable comments are not allowed")
        if m:
            pending = pending or c in "'\"`"
            line += m.group().count("\n")
            at = m.end()
            continue
        if c in "'\"`" or text.startswith("/*", at):
            raise Fault(f"{name}:{line}: a quotation or comment that starts here has no end")
        if c == "\\":
            raise Fault(f"{name}:{line}: a backslash outside quotes is a command to the mariadb client")
        if c == ";":
            if not pending:
                raise Fault(f"{name}:{line}: ';' without a statement")
            if not re.match(r"[ \t\r]*(?:\n|$)", text[at + 1:]):
                raise Fault(f"{name}:{line}: a ';' that ends a statement must end its line")
            pending, n = False, n + 1
        elif not c.isspace():
            pending = True
        line += c == "\n"
        at += 1
    if pending:
        raise Fault(f"{name}:{line}: the last statement lacks its ';'")
    if not n:
        raise Fault(f"{name}: no statement")


def read_migration(path, version):
    name = os.path.basename(path)
    m = re.fullmatch(r"(\d{3})_[a-z0-9_]{1,40}\.sql", name)
    if not m:
        raise Fault(f"{name}: a migration is named NNN_name.sql, in small letters, digits and _")
    if int(m[1]) != version:
        raise Fault(f"{name}: number {version:03d} is missing or given twice; migrations have no gaps")
    with open(path, encoding="utf-8", newline="") as f:
        text = f.read()
    if "\r" in text or "\0" in text:
        raise Fault(f"{name}: carriage returns or NULs; lines end with a line feed")
    header = re.match(r"(?:--[^\n]*\n)*", text)[0]
    if not re.search(r"^-- tolerates: (\d+)\.(\d+)\.(\d+)$", header, re.M):
        raise Fault(f"{name}: the leading comment must have a line like '-- tolerates: 0.1.0'")
    check_statements(name, text)
    return name[:-4], text


def migrations(out, paths):
    paths = sorted(paths, key=os.path.basename)
    lines = ['#include "db/migrate.h"', "", "const struct migration migrations[] = {"]
    for version, path in enumerate(paths, 1):
        name, text = read_migration(path, version)
        lines.append(f'\t{{ {version}, "{name}",\n\t\t{c_string(text)} }},')
    if not paths:
        lines.append("\t{ 0, NULL, NULL }, /* C has no empty arrays */")
    lines += ["};", f"const size_t migrations_count = {len(paths)};"]
    write(out, lines)


# ---- queries ----

def read_query(path):
    """(name, text without comments, on one line).  Values are :name, each bound when it runs (db/named.h)."""
    name = os.path.basename(path)
    if not re.fullmatch(r"[a-z][a-z_]{1,40}\.sql", name):
        raise Fault(f"{name}: a query is named in small letters and _")
    words = []
    with open(path, encoding="utf-8", newline="") as f:
        for number, line in enumerate(f, 1):
            if line.lstrip().startswith("--"):
                continue
            found = re.search(r"--|/\*|#|;|\?|\r|\0|:(?![a-z])", line)
            if found:
                raise Fault(f"{name}:{number}: {found[0]!r}: a query is one statement; comments have lines of their own,"
                            " and values are :name")
            words += line.split()
    if not words:
        raise Fault(f"{name}: no statement")
    return name[:-4], " ".join(words)


def queries(out, paths):
    lines = ['#include "register/queries.h"', ""]
    for path in sorted(paths, key=os.path.basename):
        name, text = read_query(path)
        lines.append(f"const char query_{name}[] =\n\t{c_string(text)};")
    write(out, lines)


# ---- code lists ----

class Missing:
    """A gettext fallback that says so, rather than giving English back."""

    @staticmethod
    def gettext(_message):
        return None


def catalogue(domain, language):
    path = f"{LOCALES}/{language}/LC_MESSAGES/{domain}.mo"
    try:
        with open(path, "rb") as f:
            found = gettext.GNUTranslations(f)
    except FileNotFoundError:
        return Missing
    found.add_fallback(Missing)
    return found


def iso(part):
    path = f"{ISO_JSON}/iso_{part}.json"
    try:
        with open(path, encoding="utf-8") as f:
            return json.load(f)[part]
    except FileNotFoundError:
        raise Fault(f"{path}: not found; install the package iso-codes") from None


def iso_rows(code_list, part, code_of, active):
    """Rows of one list, by English label; a code of None leaves an entry out."""
    catalogues = {lang: catalogue(f"iso_{part}", lang) for lang in LANGUAGES}
    rows = []
    for entry in iso(part):
        code = code_of(entry)
        names = [entry[k] for k in ("common_name", "name") if k in entry]
        if code is None:
            continue
        row = {"list": code_list, "code": code, "parent": None, "label_en": names[0], "active": active}
        for lang in LANGUAGES:
            found = (catalogues[lang].gettext(name) for name in names)
            row[f"label_{lang}"] = next((label for label in found if label), None)
        rows.append(row)
    return sorted(rows, key=lambda r: (fold(r["label_en"]), r["code"]))


def fold(text):
    plain = unicodedata.normalize("NFKD", text)
    return "".join(c for c in plain if not unicodedata.combining(c)).casefold()


def read_csv(path):
    name = os.path.basename(path)
    with open(path, encoding="utf-8", newline="") as f:
        reader = csv.DictReader(f, strict=True)
        if sorted(reader.fieldnames or []) != sorted(COLUMNS):
            raise Fault(f"{name}:1: the columns must be {','.join(COLUMNS)}")
        for row in reader:
            where = f"{name}:{reader.line_num}"
            if None in row or None in row.values():
                raise Fault(f"{where}: {len(COLUMNS)} values expected")
            row = {k: unicodedata.normalize("NFC", v.strip()) or None for k, v in row.items()}
            if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", row["list"] or ""):
                raise Fault(f"{where}: a list is named in small letters, digits and _")
            if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}", row["code"] or ""):
                raise Fault(f"{where}: a code is up to 40 letters, digits and _ . -")
            if not row["label_en"]:
                raise Fault(f"{where}: label_en is missing")
            if row["active"] not in (None, "0", "1"):
                raise Fault(f"{where}: active is 1 or 0")
            row["active"] = row["active"] != "0"
            row["where"] = where
            yield row


def merge(rows, extra):
    """Adds rows of the CSV files; one with a code already there takes its place."""
    at = {(r["list"], r["code"]): i for i, r in enumerate(rows)}
    for row in extra:
        key = row["list"], row["code"]
        if key not in at:
            at[key] = len(rows)
            rows.append(row)
        elif "where" in rows[at[key]]:
            raise Fault(f"{row['where']}: {key[0]} {key[1]} is there already, at {rows[at[key]]['where']}")
        else:
            rows[at[key]] = row
    return rows


def check_parents(rows):
    """Once all files are read: a parent may stand in another file."""
    codes = {(r["list"], r["code"]) for r in rows}
    for row in rows:
        if row["parent"] and (row["list"], row["parent"]) not in codes:
            raise Fault(f"{row['where']}: the list {row['list']} has no code {row['parent']}")


def language_code(entry):
    code = entry.get("alpha_2", entry["alpha_3"])
    return code if re.fullmatch("[a-z]{2,3}", code) else None  # not the range qaa-qtz


def codelists(out, paths):
    rows = iso_rows("country", "3166-1", lambda e: e["alpha_2"], True)
    rows += iso_rows("country", "3166-3", lambda e: e["alpha_4"], False)
    rows += iso_rows("language", "639-2", language_code, True)
    rows += iso_rows("script", "15924", lambda e: e["alpha_4"], True)
    rows += iso_rows("currency", "4217", lambda e: e["alpha_3"], True)
    for path in sorted(paths, key=os.path.basename):
        rows = merge(rows, read_csv(path))
    check_parents(rows)
    by_name = {"country", "currency", "language", "script"}  # the others keep the order of their file
    rows.sort(key=lambda r: (r["list"], not r["active"], fold(r["label_en"])) if r["list"] in by_name else (r["list"],))
    lines = ['#include "register/codelists.h"', "", "const struct codelist_row codelist_rows[] = {"]
    position = {}
    for r in rows:
        pos = position[r["list"]] = position.get(r["list"], 0) + 1
        texts = [c_string(r[k]) for k in ("list", "code", "parent", "label_en", "label_sw", "label_fr")]
        lines.append(f"\t{{ {', '.join(texts)}, {pos}, {'true' if r['active'] else 'false'} }},")
    lines += ["};", f"const size_t codelist_rows_count = {len(rows)};"]
    write(out, lines)


def main(argv):
    kinds = {"migrations": migrations, "codelists": codelists, "queries": queries}
    if len(argv) < 3 or argv[1] not in kinds:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        kinds[argv[1]](argv[2], argv[3:])
    except (Fault, OSError, UnicodeDecodeError, csv.Error) as fault:
        print(f"embed.py: {fault}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
