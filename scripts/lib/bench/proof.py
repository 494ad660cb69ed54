# SPDX-License-Identifier: Apache-2.0
"""Are the generated rows what the engine would have written? Copies go through the API, and the rows are compared."""
import http.client
import json
import random

from . import data, rows, stack

COPIES = 50
OWN = {"id", "parent", "version", "created_at", "updated_at", "last_request"}  # differ between a record and its copy
KIDS = {"visit_meeting_seat": "visit_meeting", "visit_recommendation_addressee": "visit_recommendation",
        "visit_recommendation_counterpart": "visit_recommendation"}


def without_ids(value):
    """A body that makes a copy: ids of items are left out, ids of what is referred to stay."""
    if isinstance(value, list):
        return [without_ids({k: v for k, v in i.items() if k != "id"} if isinstance(i, dict) else i) for i in value]
    if isinstance(value, dict):
        return {k: without_ids(v) for k, v in value.items()}
    return value


def columns(stack_, table):
    names = stack_.sql(f"SELECT column_name FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = '{table}'"
                       " ORDER BY ordinal_position;").split()
    return [n for n in names if n not in OWN]


def picture(tables, rid):
    """SQL that shows all rows of one visit but ids and times."""
    out = [f"SET @id = UNHEX('{rid}');"]
    for table, names in tables.items():
        shown = ", ".join(f"COALESCE(HEX(t.{n}), '-')" for n in names)
        if table == "visit":
            rest = "FROM visit t WHERE t.id = @id"
        elif table == "facet":
            rest = "FROM facet t WHERE t.id = @id AND t.facet LIKE 'visit.%' ORDER BY t.facet, t.value"
        elif table == "token":
            rest = "FROM token t WHERE t.id = @id AND t.resource = 'visit' ORDER BY t.token"
        elif table in KIDS:
            rest = f"FROM {table} t JOIN {KIDS[table]} p ON p.id = t.parent WHERE p.parent = @id ORDER BY p.pos, t.pos"
        else:
            rest = f"FROM {table} t WHERE t.parent = @id ORDER BY t.pos"
        out.append(f"SELECT '{table}', {shown} {rest};")
    return "".join(out)


def kept_of_a_body(rid):
    """SQL that shows words, likenesses and pairs of one body, and of pairs the other one only."""
    return (f"SET @id = UNHEX('{rid}');"
            "SELECT 'token', HEX(token), cls, HEX(beside) FROM token WHERE resource = 'organisation' AND id = @id ORDER BY token;"
            "SELECT 'likeness', reason, HEX(likeness) FROM likeness WHERE resource = 'organisation' AND id = @id ORDER BY reason, likeness;"
            "SELECT 'pair', HEX(IF(first = @id, second, first)) other, score, reasons FROM likely_pair"
            " WHERE resource = 'organisation' AND (first = @id OR second = @id) ORDER BY other;")


def prove_bodies(main, headers):
    """A copy has the same words and likenesses, and all the pairs; returns the number of rows that were compared."""
    found = main.sql("SELECT HEX(id) FROM organisation o WHERE NOT EXISTS (SELECT 1 FROM organisation_identifier i WHERE i.parent = o.id)"
                     f" AND parent IS NULL ORDER BY SHA1(id) LIMIT {COPIES};").lower().split()
    connection = http.client.HTTPConnection("127.0.0.1", main.port, timeout=30)
    compared = 0
    for rid in found:
        connection.request("GET", f"/api/v1/organisations/{rows.uuid(rid)}", headers=headers)
        body = json.loads(connection.getresponse().read())
        body.pop("id")
        was = main.sql(kept_of_a_body(rid)).splitlines()
        connection.request("POST", "/api/v1/organisations", json.dumps(without_ids(body)), {"Content-Type": "application/json", **headers})
        answer = connection.getresponse()
        made = json.loads(answer.read())
        if answer.status != 201:
            raise stack.Failed(f"the copy of body {rows.uuid(rid)} is refused: {json.dumps(made)[:500]}")
        now = [line for line in main.sql(kept_of_a_body(made["id"].replace("-", ""))).splitlines() if f"\t{rid.upper()}\t" not in line]
        if was != now:
            raise stack.Failed(f"body {rows.uuid(rid)}: what is kept beside it and beside its copy differ:\n" + "\n".join([*was, "--", *now]))
        compared += len(was)
        connection.request("DELETE", f"/api/v1/organisations/{made['id']}", headers={"If-Match": "*", **headers})
        connection.getresponse().read()
    connection.close()
    return compared


def prove(main):
    """Raises Failed at the first difference; returns the number of rows that were compared."""
    headers = main.leave_to_write()
    tables = {t: columns(main, t) for t in main.sql("SHOW TABLES LIKE 'visit%';").split() + ["facet", "token"]}
    picks = random.Random(2)
    ids = [i for name in ("small", "dossier") for i in picks.sample(main.sets[name], COPIES // 2)]
    connection = http.client.HTTPConnection("127.0.0.1", main.port, timeout=30)
    compared = prove_bodies(main, headers)
    for rid in ids:
        connection.request("GET", f"/api/v1/visits/{rows.uuid(rid)}", headers=headers)
        answer = connection.getresponse()
        body = json.loads(answer.read())
        body.pop("id")
        connection.request("POST", "/api/v1/visits", json.dumps(without_ids(body)), {"Content-Type": "application/json", **headers})
        answer = connection.getresponse()
        made = json.loads(answer.read())
        if answer.status != 201:
            raise stack.Failed(f"the copy of visit {rows.uuid(rid)} is refused: {json.dumps(made)[:500]}")
        both = main.sql(picture(tables, rid) + "SELECT 'copy';" + picture(tables, made["id"].replace("-", "")))
        was, now = (part.splitlines() for part in both.split("copy\n"))
        if was != now:
            raise stack.Failed(f"visit {rows.uuid(rid)}: generator and engine differ:\n"
                               + "\n".join(f"{a}\n{b}\n" for a, b in zip(was, now) if a != b) + f"{len(was)} rows, {len(now)} rows")
        compared += len(was)
    connection.close()
    foreign = main.sql("".join(f"SELECT '{t}', COUNT(*) FROM {t} t LEFT JOIN {up} p ON p.id = t.{column} WHERE t.{column} IS NOT NULL AND p.id IS NULL"
                               " HAVING COUNT(*) > 0;" for t, column, up in references(main)))
    if foreign:
        raise stack.Failed(f"rows refer to what is not there: {foreign}")
    return compared


def references(main):
    """(table, column, table referred to) of every foreign key."""
    text = main.sql("SELECT table_name, column_name, referenced_table_name FROM information_schema.key_column_usage"
                    " WHERE table_schema = DATABASE() AND referenced_table_name IS NOT NULL;")
    return [line.split("\t") for line in text.splitlines() if line.split("\t")[0] in data.TABLES]
