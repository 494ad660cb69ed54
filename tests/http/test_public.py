# SPDX-License-Identifier: Apache-2.0
"""What a caller without a key sees; a schema that is not this program's; and requests that nginx repeats.

The module has a stack of its own, so that it may count records and break the schema."""
import http.client
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time
import unittest
import uuid

import fcgi_client
import harness

PATCH = {"Content-Type": "application/merge-patch+json", "If-Match": "*"}
STACK = {}


def run(*arguments, **env):
    done = subprocess.run([harness.RUN, "--dir", STACK["dir"], *arguments], env={**os.environ, **env},
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        raise RuntimeError(done.stdout)


def request(method, path, json=None, headers=None, raw=None, role=None):
    pairs = list((headers or {}).items()) + ([("Authorization", "Bearer " + STACK["keys"][role])] if role else [])
    connection = http.client.HTTPConnection("127.0.0.1", STACK["port"], timeout=60)
    try:
        return harness.send(connection, method, "/api/v1" + path, json, pairs, raw)
    finally:
        connection.close()


def get(path, role=None):
    answer = request("GET", path, role=role)
    if answer.status != 200:
        raise AssertionError(f"{path}: {answer.status} {answer.body!r}")
    return json.loads(answer.body)


def make(path, **body):
    answer = request("POST", path, json=body, role="editor")
    if answer.status != 201:
        raise AssertionError(answer.body)
    return json.loads(answer.body)["id"]


def repeated(method, path, body=b"", headers=(), nginx_id=None):
    """Straight to the socket, as nginx would send it, with nginx's own id of the request."""
    extra = [("ZIARA_PREFIX", "/api/v1"), ("ZIARA_REQUEST_ID", nginx_id), *headers,
             ("HTTP_AUTHORIZATION", "Bearer " + STACK["keys"]["editor"])]
    socket = pathlib.Path(STACK["dir"]) / "run" / "ziara.sock"
    with fcgi_client.Connection(str(socket)) as connection:
        answer = connection.ask(method, "/api/v1" + path, body, extra=extra)
    return answer.status, answer.body, answer.headers.get("location")


def setUpModule():
    STACK.update(dir=tempfile.mkdtemp(prefix="ziara-public-"), port=harness.free_port(), ids={})
    ids = STACK["ids"]
    run("--port", str(STACK["port"]), "--detach", "--no-demo")
    STACK["keys"] = harness.read_keys(pathlib.Path(STACK["dir"]) / "mariadb" / "keys")
    ids["shown_org"] = make("/organisations", name="Shown body", state="published")
    ids["hidden_org"] = make("/organisations", name="Hidden body", identifiers=[{"scheme": "XI", "value": "1"}])
    ids["hidden_programme"] = make("/programmes", title="Hidden programme")
    ids["person"] = make("/people", name="Junior Officer", state="published", note="Restricted remark")
    ids["leader"] = make("/people", name="The Leader", state="published")
    seats = [{"capacity": "leader", "public_office": True, "name_as_written": "The Leader", "person": {"id": ids["leader"]}},
             {"capacity": "member", "name_as_written": "Junior Officer", "post": "Officer", "person": {"id": ids["person"]},
              "cost": {"amount": "100.00", "currency": "KES", "payer": {"id": ids["shown_org"]}}}]
    ids["visit"] = make("/visits", title="Shown visit", state="published", programme={"id": ids["hidden_programme"]}, seats=seats,
                        parties=[{"role": "host", "organisation": {"id": ids["hidden_org"]}, "country": "FJ"},
                                 {"role": "supporting", "organisation": {"id": ids["shown_org"]}}],
                        meetings=[{"subject": "M", "seats": [{"capacity": "counterpart", "name_as_written": "Secret Name", "post": "P"}]}],
                        recommendations=[{"text": "R", "addressees": [{"name_as_written": "A", "focal_point": "Desk 7"}]}])
    ids["draft"] = make("/visits", title="Draft visit", learnings=[{"text": "Draft learning"}], legs=[{"country": "FJ"}])
    ids["withdrawn"] = make("/visits", title="Withdrawn visit", state="withdrawn")
    ids["gone"] = make("/visits", title="Gone", state="published")
    ids["never_public"] = make("/visits", title="Never public")
    for name in ("gone", "never_public"):
        request("DELETE", "/visits/" + ids[name], headers={"If-Match": "*"}, role="editor")
    ids["was_public"] = make("/visits", title="Was public", state="published")
    request("PATCH", "/visits/" + ids["was_public"], json={"state": "withdrawn"}, headers=PATCH, role="editor")
    request("DELETE", "/visits/" + ids["was_public"], headers={"If-Match": "*"}, role="editor")
    ids["top"] = make("/programmes", title="Top", state="published")
    ids["middle"] = make("/programmes", title="Middle", parent={"id": ids["top"]})
    ids["bottom"] = make("/programmes", title="Bottom", state="published", parent={"id": ids["middle"]})
    ids["phase"] = make("/programmes", title="Phase", state="published", parent={"id": ids["top"]})
    for name in ("middle", "bottom", "phase"):
        make("/visits", title="Visit of " + name, state="published", programme={"id": ids[name]})
    policy = make("/policies", title="Draft policy")
    ids["bare"] = make("/visits", title="Bare", state="published", parties=[{"role": "host", "organisation": {"id": ids["hidden_org"]}}],
                       purpose_links=[{"policy": {"id": policy}, "section": "4.2", "rationale": "Secret"}])
    ids["learning"] = get("/learnings?visit=" + ids["draft"], role="editor")["items"][0]["id"]
    STACK["repeats"] = [repeat_put(), repeat_delete()]
    row = subprocess.run(["mariadb", f"--defaults-file={STACK['dir']}/mariadb/migrate.cnf", "ziara", "-NBe",
                          "SELECT version, name, checksum, tolerates, statements FROM schema_migration WHERE version = (SELECT MAX(version) FROM schema_migration)"],
                         check=True, stdout=subprocess.PIPE, text=True).stdout.split()
    STACK["newest"] = ("INSERT INTO schema_migration VALUES ({}, '{}', '{}', '{}', {}, UTC_TIMESTAMP(3))".format(*row))

def tearDownModule():
    run("--stop")
    log = (pathlib.Path(STACK["dir"]) / "log" / "ziara.log").read_text(encoding="utf-8")
    shutil.rmtree(STACK["dir"], ignore_errors=True)
    died = [line for line in log.splitlines() if "ended unasked" in line or "killed by signal" in line or "Sanitizer" in line]
    if died:
        raise AssertionError("\n".join(died))


def repeat_put():
    """(first, again, other): a PUT, the same once more by nginx, and the same by another request."""
    path, nginx_id = "/visits/" + str(uuid.uuid4()), uuid.uuid4().hex
    json_type = ("CONTENT_TYPE", "application/json")
    answers = [repeated("PUT", path, b'{"title":"P"}', [json_type], i) for i in (nginx_id, nginx_id, uuid.uuid4().hex)]
    change = uuid.uuid4().hex
    match = ("HTTP_IF_MATCH", '"1.1.0.w.j"')
    answers += [repeated("PUT", path, b'{"title":"Q"}', [json_type, match], i) for i in (change, change, uuid.uuid4().hex)]
    return answers


def repeat_delete():
    path, nginx_id = "/visits/" + make("/visits", title="D"), uuid.uuid4().hex
    match = [("HTTP_IF_MATCH", "*")]
    return [repeated("DELETE", path, b"", match, i) for i in (nginx_id, nginx_id, uuid.uuid4().hex)]


class Repeats(unittest.TestCase):
    def test_a_repeated_put_gets_the_first_answer(self):
        first, again, other, changed, changed_again, stale = STACK["repeats"][0]
        self.assertEqual((first[0], again[0], other[0]), (201, 201, 428))
        self.assertEqual(first[1:], again[1:])
        self.assertTrue(first[2])
        self.assertEqual((changed[0], changed_again[0], stale[0]), (200, 200, 412))
        self.assertEqual(changed[1], changed_again[1])

    def test_a_repeated_delete_gets_the_first_answer(self):
        self.assertEqual([a[0] for a in STACK["repeats"][1]], [204, 204, 410])


class Schema(unittest.TestCase):
    """A schema that is not this program's is neither read nor written, and health says why."""

    def sql(self, statement):
        folder = pathlib.Path(STACK["dir"]) / "mariadb"
        subprocess.run(["mariadb", f"--defaults-file={folder / 'migrate.cnf'}", "ziara", "-e", statement], check=True)
        time.sleep(1.1)  # threads look once a second

    def both(self):
        # an address of its own each time: not from nginx's cache
        answers = [request("GET", f"/visits?title.prefix={uuid.uuid4()}"), request("GET", "/health/ready")]
        for answer in answers:
            if answer.status != 200:
                self.assertEqual(answer.headers["Retry-After"], "2")
        return [answer.status for answer in answers], json.loads(answers[0].body).get("detail", "")

    def test_a_schema_of_another_version_stops_the_work_and_lets_it_go_on(self):
        for harm, repair, word in (
                ("INSERT INTO schema_migration SELECT 99, '099_later', checksum, '99.0.0', 1, applied_at FROM schema_migration"
                 " WHERE version = 1", "DELETE FROM schema_migration WHERE version = 99", "99"),
                ("DELETE FROM schema_migration ORDER BY version DESC LIMIT 1", None, "needs"),):
            self.sql(harm)
            try:
                statuses, detail = self.both()
                alive = request("GET", "/health/live").status
            finally:
                self.sql(repair or STACK["newest"])
            self.assertEqual((statuses, alive), ([503, 503], 200))
            self.assertIn(word, detail)
            self.assertEqual(self.both()[0], [200, 200])


class Writes(unittest.TestCase):
    def test_writes_are_refused(self):
        path = "/visits/" + STACK["ids"]["visit"]
        for method, where in (("POST", "/visits"), ("PUT", path), ("PATCH", path), ("DELETE", path)):
            answer = request(method, where, raw=b'{"title":"x"}', headers=PATCH)
            self.assertEqual(answer.status, 401, answer.body)
            self.assertEqual(answer.headers["WWW-Authenticate"], 'Bearer realm="ziara"')
            self.assertEqual(answer.headers["Content-Type"], "application/problem+json")
        self.assertEqual(get(path)["title"], "Shown visit")


class Records(unittest.TestCase):
    def test_hidden_records_are_as_absent(self):
        nothing = json.loads(request("GET", f"/visits/{uuid.uuid4()}").body)
        own = {"instance": 0, "request_id": 0, "trace_id": 0}
        for name in ("draft", "withdrawn", "never_public"):
            answer = request("GET", "/visits/" + STACK["ids"][name])
            body = json.loads(answer.body)
            self.assertEqual(answer.status, 404, name)
            self.assertEqual({**body, **own}, {**nothing, **own})
        for name in ("gone", "was_public"):
            self.assertEqual(request("GET", "/visits/" + STACK["ids"][name]).status, 410)
        self.assertEqual(request("GET", "/organisations/" + STACK["ids"]["hidden_org"]).status, 404)
        self.assertEqual(request("GET", "/learnings/" + STACK["ids"]["learning"]).status, 404)

    def test_lists_and_counts_hold_published_records_only(self):
        page = get("/visits?count=exact")
        shown = {"Shown visit", "Bare", "Visit of middle", "Visit of bottom", "Visit of phase"}
        self.assertEqual((page["total"], {v["title"] for v in page["items"]}), (5, shown))
        for query in ("state=draft", "state.ne=published", "title.prefix=Draft", "id=" + STACK["ids"]["draft"], "state.in=draft,withdrawn"):
            self.assertEqual(get("/visits?" + query)["items"], [], query)
        self.assertEqual([v["title"] for v in get("/visits?host_country=FJ")["items"]], ["Shown visit"])
        self.assertEqual(get("/learnings?count=exact")["total"], 0)
        self.assertEqual(get("/organisations?count=exact")["total"], 1)

    def test_an_etag_does_not_reveal_a_hidden_record(self):
        answer = request("GET", "/visits/" + STACK["ids"]["draft"], headers={"If-None-Match": "*"})
        self.assertEqual(answer.status, 404)


class Fields(unittest.TestCase):
    def test_restricted_fields_are_absent(self):
        visit = get("/visits/" + STACK["ids"]["visit"])
        leader, member = visit["seats"]
        self.assertEqual((leader["name_as_written"], leader["person"]["name"]), ("The Leader", "The Leader"))
        self.assertEqual(set(member), {"id", "capacity", "post"})
        self.assertNotIn("embargo_until", visit)
        for secret in ("Junior Officer", "Secret Name", "100.00", "Desk 7", "Hidden"):
            self.assertNotIn(secret, json.dumps(visit))
        self.assertNotIn("note", get("/people/" + STACK["ids"]["person"]))

    def test_references_to_hidden_records_are_absent(self):
        visit = get("/visits/" + STACK["ids"]["visit"])
        self.assertNotIn("programme", visit)
        self.assertNotIn("organisation", visit["parties"][0])
        self.assertEqual(visit["parties"][1]["organisation"]["name"], "Shown body")

    def test_filters_do_not_reveal_them(self):
        ids = STACK["ids"]
        for query, found in (("organisation=" + ids["hidden_org"], 0), ("programme=" + ids["hidden_programme"], 0),
                             ("person=" + ids["person"], 0), ("organisation=" + ids["shown_org"], 1), ("person=" + ids["leader"], 1),
                             (f"organisation.in={ids['hidden_org']},{uuid.uuid4()}", 0),
                             (f"organisation={ids['hidden_org']}&organisation_role=host", 0),
                             (f"organisation={ids['hidden_org']}&sort=title", 0), ("programme.null=true&title.prefix=Shown", 1), ("programme.null=false&title.prefix=Shown", 0)):
            page = get("/visits?count=exact&" + query)
            self.assertEqual((len(page["items"]), page["total"]), (found, found), query)
        self.assertEqual(get("/organisations?identifier=XI-1")["items"], [])

    def test_a_chain_does_not_lead_through_hidden_programmes(self):
        ids = STACK["ids"]
        for programme, found in (("top", {"Visit of phase"}), ("middle", set()), ("bottom", {"Visit of bottom"})):
            for query in ("", "&sort=title"):
                page = get(f"/visits?count=exact&programme={ids[programme]}{query}")
                self.assertEqual(({v["title"] for v in page["items"]}, page["total"]), (found, len(found)))

    def test_items_about_nothing_but_hidden_records_are_left_out(self):
        visit = get("/visits/" + STACK["ids"]["bare"])
        self.assertEqual((visit["parties"], visit["purpose_links"]), ([], []))

    def test_a_filter_on_a_restricted_field_is_unknown(self):
        for query in ("embargo_until.null=true", "fields=embargo_until"):
            answer = request("GET", "/visits?" + query)
            self.assertEqual((answer.status, json.loads(answer.body)["errors"][0]["code"]), (400, "unknown"))

    def test_the_description_is_the_public_one(self):
        text = request("GET", "/openapi.json").body.decode()
        self.assertNotIn("cost_amount", text)
        self.assertNotIn('"embargo_until"', text)
        self.assertNotIn('"focal_point"', text)


class Cache(unittest.TestCase):
    def test_the_time_of_a_record_does_not_make_an_answer_current(self):
        path = "/visits/" + STACK["ids"]["visit"]
        answer = request("GET", path)
        again = request("GET", path, headers={"If-Modified-Since": answer.headers["Last-Modified"]})
        self.assertEqual((again.status, again.body), (200, answer.body))

    def test_public_answers_may_be_kept_by_nginx_for_a_second(self):
        answer = request("GET", "/visits/" + STACK["ids"]["visit"])
        self.assertEqual(answer.headers["Cache-Control"], "public, no-cache")
        self.assertIsNone(answer.headers["X-Accel-Expires"])
        self.assertRegex(answer.headers["ETag"], r"\.p\.j\"$")
        again = request("GET", "/visits/" + STACK["ids"]["visit"], headers={"If-None-Match": answer.headers["ETag"]})
        self.assertEqual((again.status, again.body), (304, b""))
        head = request("HEAD", "/visits/" + STACK["ids"]["visit"])
        self.assertEqual(request("GET", "/visits/" + STACK["ids"]["visit"]).body, answer.body)
        self.assertEqual((head.status, head.body), (200, b""))


if __name__ == "__main__":
    unittest.main()
