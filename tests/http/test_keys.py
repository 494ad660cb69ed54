# SPDX-License-Identifier: Apache-2.0
"""Keys: what is refused and how, their life, and that no secret is left lying about."""
import concurrent.futures
import datetime
import http.client
import json
import pathlib
import subprocess
import time
import unittest
import urllib.parse
import uuid

import fcgi_client
import harness
from harness import request

API = "/api/v1"
BAD = 'Bearer realm="ziara", error="invalid_token"'
SEEN = []  # every secret of this run: none may stand anywhere else


def make_key(*arguments):
    SEEN.append(harness.make_key(*arguments))
    return SEEN[-1]


def key_id(token):
    return token.split("_")[1]


def own(key):
    return request("GET", API + "/keys/self", role=key)


def with_header(value, method="GET", path="/visits?limit=1", **more):
    return request(method, API + path, headers={"Authorization": value}, role=None, **more)


def sql(statement):
    option_file = harness.folder() / "mariadb" / "app.cnf"
    return subprocess.run(["mariadb", f"--defaults-file={option_file}", "ziara", "-NBe", statement], check=True,
                          stdout=subprocess.PIPE, text=True).stdout


def everywhere(key, times=64):
    """Statuses of many requests at once, each on a connection of its own: every worker has its share."""
    parts = urllib.parse.urlsplit(harness.base_url())

    def one(_):
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)
        try:
            return harness.send(connection, "GET", API + "/keys/self", headers={"Authorization": "Bearer " + key}).status
        finally:
            connection.close()
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        return set(pool.map(one, range(times)))


def within_5_seconds(key):
    """Statuses once four seconds have gone by, in which it was asked with all the time.  Not before: a round may by chance
    meet only workers that have not seen the key."""
    end = time.monotonic() + 4
    while time.monotonic() < end:
        everywhere(key)
    return everywhere(key)


class Refused(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.key = make_key("--role", "reader")

    def bad(self):
        key, identity = self.key, key_id(self.key)
        secret = key[20:]
        revoked = make_key("--role", "admin")
        harness.ziara("key", "revoke", key_id(revoked))
        expired = make_key("--role", "admin", "--expires",
                           (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=1)).isoformat(timespec="milliseconds"))
        time.sleep(1.1)
        tokens = [
            "zk_" + "0" * 16 + "_" + secret, f"zk_{identity}_" + "A" * 43, f"zk_{identity}_" + secret[:-1] + ("A" if secret[-1] != "A" else "B"),
            revoked, expired, key[:-1], key + "A", key.upper(), key.replace("zk_", "ZK_"), key[3:], identity, "zk_", "zk__", "zk_" * 20,
            "x", "A" * 4000, key + key, key.replace("_", "-"), key[:19] + "." + secret, key + " " + key, f"{key},{key}", '"' + key + '"',
            "zk_" + identity.upper() + "_" + secret if identity.upper() != identity else "zk_", key[:-1] + "=", key[:-1] + "é", key[:-1] + "%41",
            "zk_' OR 1=1 -- " + "_" * 48,
        ]
        return (["Bearer " + t for t in tokens] +
                ["Bearer", "Bearer ", "bearer", key, "Basic " + key, "Basic dTpw", "Token " + key, "Bearer:" + key, "Bearerzk_" + key,
                 "Digest a=b", "Bearer\x01" + key, "," , "=", "Bearer realm=x"])

    def test_all_wrong_credentials_get_one_answer_everywhere(self):
        answers = set()
        for value in self.bad():
            with self.subTest(value):
                answer = with_header(value.encode("utf-8").decode("latin-1"))
                if answer.status == 400 and "\x01" in value:
                    continue  # nginx takes no control characters
                self.assertEqual((answer.status, answer.headers["WWW-Authenticate"]), (401, BAD))
                self.assertEqual(answer.headers.get_all("Cache-Control"), ["no-store"])
                body = json.loads(answer.body)
                body = {k: v for k, v in body.items() if k not in ("request_id", "trace_id")}
                answers.add(json.dumps(body, sort_keys=True))
        self.assertEqual(len(answers), 1)

    def test_on_every_route_and_method(self):
        for method, path in (("GET", "/visits"), ("GET", f"/visits/{uuid.uuid4()}"), ("HEAD", "/visits"), ("GET", "/openapi.json"),
                             ("GET", "/codelists"), ("GET", "/countries"), ("GET", "/keys/self"), ("POST", "/visits"),
                             ("PUT", f"/visits/{uuid.uuid4()}"), ("PATCH", f"/visits/{uuid.uuid4()}"), ("DELETE", f"/people/{uuid.uuid4()}")):
            with self.subTest((method, path)):
                answer = with_header("Bearer nonsense", method, path)
                self.assertEqual((answer.status, answer.headers["WWW-Authenticate"]), (401, BAD))

    def test_the_scheme_has_no_case_and_spaces_are_trimmed(self):
        for value in ("bearer " + self.key, "BEARER " + self.key, "Bearer   " + self.key, "Bearer " + self.key + " "):
            self.assertEqual(with_header(value).status, 200, value[:9])

    def test_two_headers_are_refused(self):
        for other in (self.key, "nonsense"):
            answer = request("GET", API + "/visits?limit=1", role=None, headers=[("Authorization", "Bearer " + self.key), ("Authorization", "Bearer " + other)])
            self.assertEqual(answer.status, 400)

    def test_straight_to_the_socket(self):
        for value, status in (("Bearer " + self.key, 200), ("Bearer \xff\xfe", 401), ("Bearer " + "\n" * 43, 401), ("", 401)):
            with fcgi_client.Connection(str(harness.folder() / "run" / "ziara.sock")) as connection:
                answer = connection.ask("GET", API + "/keys/self", extra=[("ZIARA_PREFIX", API), ("HTTP_AUTHORIZATION", value)])
            self.assertEqual(answer.status, status, value[:9])

    def test_health_asks_for_no_key_and_looks_at_none(self):
        for path in ("/health/live", "/health/ready"):
            self.assertEqual(with_header("Bearer nonsense", path=path).status, 200)

    def test_a_body_that_is_not_wanted_is_refused_all_the_same(self):
        answer = request("POST", API + "/visits", raw=b"x" * 200000, role=None)
        self.assertEqual((answer.status, answer.headers["WWW-Authenticate"]), (401, 'Bearer realm="ziara"'))


class Life(unittest.TestCase):
    def test_self(self):
        key = make_key("--scope", "comment,read.partner", "--expires", "2999-12-31")
        answer = own(key)
        self.assertEqual((answer.status, answer.headers.get_all("Cache-Control")), (200, ["private, no-store"]))
        body = json.loads(answer.body)
        self.assertEqual({k: body[k] for k in ("id", "name", "scopes", "expires_at")},
                         {"id": key_id(key), "name": "test", "scopes": ["read.partner", "comment"], "expires_at": "2999-12-31T23:59:59.999Z"})
        self.assertEqual(set(body) - set(("id", "name", "scopes", "expires_at", "last_used_at")), {"created_at"})
        self.assertEqual(json.loads(own("admin").body)["role"], "admin")
        answer = request("GET", API + "/keys/self", role=None)
        self.assertEqual((answer.status, answer.headers["WWW-Authenticate"]), (401, 'Bearer realm="ziara"'))
        self.assertEqual(request("GET", API + "/keys/self?a=b").status, 400)
        self.assertEqual(request("POST", API + "/keys/self").status, 405)

    def test_a_secret_may_hold_any_character_of_its_alphabet(self):
        found = set()
        for _ in range(100):  # one in two has _, one in two has -
            key = make_key("--role", "reader")
            found |= set(key[20:]) & set("_-")
            self.assertRegex(key, r"^zk_[0-9a-f]{16}_[A-Za-z0-9_-]{43}$")
            if set(key[20:]) & set("_-"):
                self.assertEqual(own(key).status, 200)
            if found == set("_-"):
                return
        self.fail("no _ and - in a hundred keys")

    def test_revoked_everywhere_within_5_seconds(self):
        key = make_key("--role", "admin")
        self.assertEqual(everywhere(key), {200})
        harness.ziara("key", "revoke", key_id(key))
        self.assertEqual(within_5_seconds(key), {401})
        harness.ziara("key", "revoke", key_id(key))  # again does no harm

    def test_rotated_everywhere_within_5_seconds(self):
        key = make_key("--role", "admin")
        self.assertEqual(everywhere(key), {200})
        new = harness.ziara("key", "rotate", key_id(key)).stdout.strip()
        SEEN.append(new)
        self.assertEqual((key_id(new), new == key), (key_id(key), False))
        self.assertEqual(own(new).status, 200)
        self.assertEqual(within_5_seconds(key), {401})
        self.assertEqual(everywhere(new), {200})

    def test_expiry_needs_no_one(self):
        moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=4)
        key = make_key("--role", "admin", "--expires", moment.isoformat(timespec="milliseconds"))
        self.assertEqual(everywhere(key), {200})
        while datetime.datetime.now(datetime.timezone.utc) <= moment:
            time.sleep(0.05)
        self.assertEqual(everywhere(key), {401})

    def test_use_is_noted_once_a_minute(self):
        key = make_key("--role", "reader")
        everywhere(key)
        first = sql(f"SELECT last_used_at FROM api_key WHERE id = '{key_id(key)}'")
        self.assertNotEqual(first.strip(), "NULL")
        time.sleep(2.1)  # until it is looked up anew
        everywhere(key)
        self.assertEqual(sql(f"SELECT last_used_at FROM api_key WHERE id = '{key_id(key)}'"), first)
        sql(f"UPDATE api_key SET last_used_at = last_used_at - INTERVAL 2 MINUTE WHERE id = '{key_id(key)}'")

    def test_who_changed_it_is_kept(self):
        key = make_key("--scope", "write.visits")
        answer = request("POST", API + "/visits", json={"title": "By a key"}, role=key)
        self.assertEqual(answer.status, 201)
        identity = json.loads(answer.body)["id"].replace("-", "")
        self.assertEqual(sql(f"SELECT actor FROM change_log WHERE id = UNHEX('{identity}')").split(), [key_id(key)])

    def test_idempotency_keys_are_each_caller_s_own(self):
        first, second = make_key("--scope", "write.visits"), make_key("--scope", "write.visits")
        header, body = {"Idempotency-Key": str(uuid.uuid4())}, {"title": "Once each"}
        answers = [request("POST", API + "/visits", json=body, headers=header, role=key) for key in (first, first, second)]
        ids = [json.loads(a.body)["id"] for a in answers]
        self.assertEqual((ids[0] == ids[1], ids[0] == ids[2]), (True, False))
        self.assertEqual([a.headers["Idempotency-Replayed"] for a in answers], [None, "true", None])


class Cache(unittest.TestCase):
    """nginx keeps public answers for a second, and nothing else."""

    def test_an_answer_to_a_key_is_no_answer_to_the_public(self):
        for first in ("admin", None):
            path = f"{API}/visits?limit=1&title.prefix={uuid.uuid4()}"
            request("POST", API + "/visits", json={"title": path.split("=")[-1]})
            order = (first, "admin" if first is None else None)
            answers = {role: json.loads(request("GET", path, role=role).body)["items"] for role in order}
            self.assertEqual((len(answers["admin"]), len(answers[None])), (1, 0))

    def test_a_refusal_is_not_kept(self):
        path = f"{API}/visits?limit=1&title.prefix={uuid.uuid4()}"
        self.assertEqual([with_header("Bearer x", path=path[len(API):]).status, request("GET", path, role=None).status,
                          with_header("Bearer x", path=path[len(API):]).status], [401, 200, 401])


class Command(unittest.TestCase):
    def run_key(self, *arguments):
        return harness.ziara("key", *arguments, check=False)

    def test_the_key_alone_goes_to_stdout(self):
        done = self.run_key("add", "--name", "Ministère « A »", "--role", "editor")
        SEEN.append(done.stdout.strip())
        self.assertRegex(done.stdout, r"^zk_[0-9a-f]{16}_[A-Za-z0-9_-]{43}\n$")
        self.assertNotIn(SEEN[-1], done.stderr)
        self.assertIn("Ministère « A »", done.stderr)
        listed = [k for k in json.loads(self.run_key("list", "--json").stdout) if k["id"] == key_id(SEEN[-1])]
        self.assertEqual([(k["name"], k["role"], k["state"], k["expires_at"], k["revoked_at"], k["last_used_at"], k["scopes"]) for k in listed],
                         [("Ministère « A »", "editor", "valid", None, None, None,
                           ["read.restricted", "write.visits", "write.directory", "write.policies", "comment"])])
        self.assertIn(key_id(SEEN[-1]), self.run_key("list").stdout)

    def test_wrong_usage_is_2_and_says_what_to_do(self):
        for arguments, word in (([], "usage"), (["ad"], "usage"), (["add"], "--name"), (["add", "--name", "x"], "--role"),
                                (["add", "--name", "x", "--role", "editr"], "editor"),
                                (["add", "--name", "x", "--role", "editor", "--scope", "admin"], "one of the two"),
                                (["add", "--name", "x", "--scope", "read.partner,write.vists"], "write.visits"),
                                (["add", "--name", "x", "--scope", ""], "no scope"), (["add", "--name", "", "--role", "reader"], "1 to 100"),
                                (["add", "--name", "a\nb", "--role", "reader"], "control"), (["add", "--name", "x" * 101, "--role", "reader"], "1 to 100"),
                                (["add", "--name", "x", "--role", "reader", "--expires", "tomorrow"], "2027"),
                                (["add", "--name", "x", "--role", "reader", "--expires", "2020-01-01"], "past"),
                                (["add", "--name", "x", "--name", "y", "--role", "reader"], "--help"),
                                (["list", "--role", "x"], "--help"), (["revoke"], "list"), (["rotate", "nonsense"], "hex")):
            with self.subTest(arguments):
                done = self.run_key(*arguments)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertIn(word, done.stderr)

    def test_a_secret_in_the_wrong_place_is_not_repeated(self):
        token = make_key("--role", "reader")
        for arguments in (["revoke", token], ["rotate", token], ["list", token], ["add", token]):
            done = self.run_key(*arguments)
            self.assertEqual(done.returncode, 2)
            self.assertNotIn(token[20:], done.stdout + done.stderr)
        SEEN.remove(token)  # it did stand in the list of processes

    def test_unknown_and_revoked_keys(self):
        for action in ("revoke", "rotate"):
            done = self.run_key(action, "0" * 16)
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertIn("list", done.stderr)
        token = make_key("--role", "reader")
        self.run_key("revoke", key_id(token))
        done = self.run_key("rotate", key_id(token))
        self.assertEqual((done.returncode, done.stdout), (1, ""))

    def test_a_key_that_nobody_can_read_is_a_failure(self):
        for closed in (">&-", ">/dev/full"):
            with self.subTest(closed):
                done = harness.ziara("key", "add", "--name", closed, "--role", "reader", check=False, redirected=closed)
                self.assertEqual((done.returncode, done.stdout), (1, ""))
                self.assertIn("could not be printed", done.stderr)
        done = harness.ziara("key", "add", "--name", "no stderr", "--role", "reader", check=False, redirected="2>&-")
        SEEN.append(done.stdout.strip())
        self.assertEqual((done.returncode, own(SEEN[-1]).status), (0, 200))

    def test_help(self):
        done = self.run_key("--help")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for word in ("add", "list", "revoke", "rotate", "read.partner", "Exit status"):
            self.assertIn(word, done.stdout)


class ZLast(unittest.TestCase):
    """Last of the module: what the other tests have left."""

    def test_no_secret_is_left_lying_about(self):
        secrets = [token[20:] for token in SEEN] + [harness.key(role)[20:] for role in ("reader", "editor", "admin")]
        self.assertGreater(len(secrets), 3)
        for path in (harness.folder() / "log").iterdir():
            text = path.read_bytes()
            for secret in secrets:
                self.assertNotIn(secret.encode(), text, path)
        for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
            try:
                text = path.read_bytes()
            except OSError:
                continue
            for secret in secrets:
                self.assertNotIn(secret.encode(), text, path)
        stored = sql("SELECT id, name, role, scopes, HEX(hash) FROM api_key") + sql("SELECT scope, COALESCE(body, '') FROM idempotency")
        for secret in secrets:
            self.assertNotIn(secret, stored)
            self.assertNotIn(secret.encode().hex().upper(), stored)


if __name__ == "__main__":
    unittest.main()
