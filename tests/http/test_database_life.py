# SPDX-License-Identifier: Apache-2.0
"""The database stopped, restarted, cut off and filled up under load: what callers see, and that nothing is lost.

The module has a stack of its own, whose parts it starts and stops by itself."""
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import unittest
import uuid

import harness

WITHIN_S = 3.0
READERS, WRITERS, PAUSE_S = 5, 2, 0.02
STACK = {}


def shell(script):
    """Runs a line with the parts of scripts/lib at hand."""
    setting = (f"set -eu; ROOT={harness.ROOT}; STATE={STACK['dir']}; STACK_KEYS=$STATE/mariadb/keys; PORT={STACK['port']}; BASE=http://127.0.0.1:$PORT/api/v1;"
               f" BINARY={os.environ.get('ZIARA_BIN') or harness.ROOT / 'build/release/fcgi/ziara'}; unset ZIARA_BIN \"${{!ZIARA_TEST_@}}\";"
               " for part in steps process mariadb build stack; do . $ROOT/scripts/lib/$part.sh; done; ")
    done = subprocess.run(["bash", "-c", setting + script], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        raise RuntimeError(done.stdout)
    return done.stdout


def sql(*statements):
    """As administrator, for whom the server keeps one connection when all others are taken; the words of the answer."""
    command = ["mariadb", "--no-defaults", f"--socket={STACK['dir']}/mariadb/mariadb.sock", "-fNBe", ";".join(statements), "ziara"]
    for _ in range(100):
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if "1040" not in done.stderr:  # that one has just been used
            break
        time.sleep(0.02)
    if done.returncode and "Unknown thread id" not in done.stderr:
        raise RuntimeError(done.stderr)
    return done.stdout.split()


def kill_connections(user, *before):
    """After other statements, on the same connection: there may not be another."""
    ids = sql(f"SELECT id FROM information_schema.processlist WHERE user = '{user}'")
    if ids or before:
        sql(*before, *("KILL " + number for number in ids))


def database_signal(number):
    os.kill(int((pathlib.Path(STACK["dir"]) / "mariadb" / "mariadb.pid").read_text()), number)


def log_text():
    return (pathlib.Path(STACK["dir"]) / "log" / "ziara.log").read_text(encoding="utf-8")


def editor():
    """What a caller who may write sends along; nothing that it gets comes from nginx's cache."""
    return {"Authorization": "Bearer " + STACK["keys"]["editor"]}


def ask(method, path, body=None, headers=None):
    connection = http.client.HTTPConnection("127.0.0.1", STACK["port"], timeout=60)
    try:
        return harness.send(connection, method, "/api/v1" + path, body, headers)
    finally:
        connection.close()


def ready(within_s=10):
    """Waits until each thread of each process is ready."""
    start = time.monotonic()
    good = 0
    while good < 20:
        good = good + 1 if ask("GET", "/health/ready").status == 200 else 0
        if time.monotonic() - start > within_s:
            raise AssertionError(f"not ready after {within_s} s: {ask('GET', '/health/ready').body}")
        if not good:
            time.sleep(0.05)


def setUpModule():
    STACK.update(dir=tempfile.mkdtemp(prefix="ziara-life-"), port=harness.free_port())
    shell("stack_folders; stack_database; stack_migrate; stack_application; stack_nginx; stack_wait_ready; stack_keys")
    STACK["keys"] = harness.read_keys(pathlib.Path(STACK["dir"]) / "mariadb" / "keys")
    made = ask("POST", "/visits", {"title": "Steady", "state": "published"}, editor())
    STACK["visit"] = "/visits/" + json.loads(made.body)["id"]


def tearDownModule():
    try:
        database_signal(signal.SIGCONT)
    except (OSError, ValueError):
        pass
    shell("stack_stop")
    log = log_text()
    shutil.rmtree(STACK["dir"], ignore_errors=True)
    died = [line for line in log.splitlines() if "ended unasked" in line or "killed by signal" in line or "Sanitizer" in line]
    if died:
        raise AssertionError("\n".join(died))


class Load:
    """Callers who read and write all the time; a writer repeats with its key until its change is acknowledged."""

    def __enter__(self):
        self.answers, self.stored, self.ending, self.broken = [], [], threading.Event(), []
        self.threads = [threading.Thread(target=self.run, args=(job,)) for job in [self.read] * READERS + [self.write] * WRITERS]
        for thread in self.threads:
            thread.start()
        time.sleep(0.3)
        return self

    def __exit__(self, *_):
        self.ending.set()
        for thread in self.threads:
            thread.join()

    def run(self, job):
        connection = http.client.HTTPConnection("127.0.0.1", STACK["port"], timeout=60)
        try:
            while not self.ending.is_set():
                job(connection)
        except Exception as error:  # nobody sees what a thread raises
            self.broken.append(repr(error))
        finally:
            connection.close()

    def send(self, connection, method, path, body=None, headers=None):
        start = time.monotonic()
        answer = harness.send(connection, method, "/api/v1" + path, body, headers)
        self.answers.append((method, answer.status, time.monotonic() - start, answer))
        time.sleep(PAUSE_S)
        return answer

    def read(self, connection):
        self.send(connection, "GET", STACK["visit"], headers=editor())
        self.send(connection, "GET", f"/visits?title.prefix={uuid.uuid4()}")  # an address of its own: not from nginx's cache
        self.send(connection, "GET", "/health/ready")

    def write(self, connection):
        title = str(uuid.uuid4())
        headers = {**editor(), "Idempotency-Key": title}
        while self.send(connection, "POST", "/visits", {"title": title}, headers).status != 201:
            if self.ending.is_set():
                return
        self.stored.append(title)

    def judge(self, test, refused):
        """refused: whether there must have been refusals."""
        test.assertEqual(self.broken, [])
        statuses = {}
        for method, status, seconds, answer in self.answers:
            test.assertLess(seconds, WITHIN_S, (method, status))
            statuses[status] = statuses.get(status, 0) + 1
            if status in (200, 201):
                continue
            problem = json.loads(answer.body)
            test.assertEqual(answer.headers["Content-Type"], "application/problem+json", problem)
            code = problem["type"].rsplit("/", 1)[-1].rsplit(":", 1)[-1]
            if status == 503:
                test.assertRegex(answer.headers["Retry-After"], r"^[1-9]\d?$")
                test.assertTrue(problem["detail"])
            else:  # a change whose COMMIT was cut off, or still under way
                test.assertIn((method, status, code), (("POST", 500, "uncertain"), ("POST", 409, "in_flight")), problem)
        test.assertEqual(bool(statuses.get(503)), refused, statuses)
        test.assertGreater(len(self.stored), 0)
        count = "SELECT COUNT(*), COUNT(DISTINCT title) FROM visit WHERE title IN ('{}')".format("','".join(self.stored))
        test.assertEqual(sql(count), [str(len(self.stored))] * 2)
        return statuses


class Life(unittest.TestCase):
    def tearDown(self):
        ready()
        with Load() as load:
            time.sleep(0.5)
        self.assertEqual(set(load.judge(self, refused=False)), {200, 201})

    def test_a_frozen_database(self):
        with Load() as load:
            database_signal(signal.SIGSTOP)
            time.sleep(3.5)
            start = time.monotonic()
            answers = [ask("GET", "/health/live"), ask("GET", "/health/ready"), ask("GET", STACK["visit"], headers=editor())]
            self.assertLess(time.monotonic() - start, 1)  # known to be down: nobody waits
            self.assertEqual([a.status for a in answers], [200, 503, 503])
            self.assertIn("database", json.loads(answers[1].body)["detail"])
            database_signal(signal.SIGCONT)
            ready()
            time.sleep(0.5)
        load.judge(self, refused=True)
        for words in (r"database: down: no answer for 1\.5 s", r"database: up again after \d+\.\d s"):
            self.assertTrue(re.search(words, log_text()), words)

    def test_a_restart(self):
        with Load() as load:
            shell('mariadb_stop "$STATE/mariadb"')
            time.sleep(1)
            before = len(re.findall("database: ", log_text()))
            time.sleep(1)
            self.assertLess(len(re.findall("database: ", log_text())) - before, 4)  # not a line a request
            shell('stack_database')
            ready()
            time.sleep(0.5)
        load.judge(self, refused=True)

    def test_connections_are_killed(self):
        with Load() as load:
            for _ in range(12):
                kill_connections("ziara_app")
                time.sleep(0.1)
        load.judge(self, refused=bool([a for a in load.answers if a[1] == 503]))
        reads = [status for method, status, _, _ in load.answers if method == "GET"]
        self.assertGreater(reads.count(200), 0.9 * len(reads))  # a lost one is replaced, mostly unseen

    def test_no_connection_is_free(self):
        limit = sql("SELECT @@max_connections")[0]
        holders = []
        try:
            with Load() as load:
                command = ["mariadb", f"--defaults-file={STACK['dir']}/mariadb/migrate.cnf", "-e", "SELECT SLEEP(60)"]
                holders = [subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for _ in range(10)]
                while len(sql("SELECT id FROM information_schema.processlist WHERE user = 'ziara_migrate'")) < len(holders):
                    time.sleep(0.02)
                kill_connections("ziara_app", f"SET GLOBAL max_connections = {len(holders)}")
                time.sleep(1.5)
                self.assertEqual(ask("GET", "/health/live").status, 200)
                for holder in holders:
                    holder.kill()
                    holder.wait()
                holders = []
                sql(f"SET GLOBAL max_connections = {limit}")
                kill_connections("ziara_migrate")
                ready()
            load.judge(self, refused=True)
        finally:
            for holder in holders:
                holder.kill()
            sql(f"SET GLOBAL max_connections = {limit}")
        self.assertTrue("error 1040" in log_text())

    def test_a_database_that_only_reads(self):
        sql("SET GLOBAL read_only = 1")
        try:
            refused = ask("POST", "/visits", {"title": "Not now"}, editor())
            self.assertEqual((refused.status, refused.headers["Retry-After"] is not None), (503, True))
            self.assertIn("does not accept", json.loads(refused.body)["detail"])
            self.assertEqual(ask("GET", f"/visits?title.prefix={uuid.uuid4()}").status, 200)
        finally:
            sql("SET GLOBAL read_only = 0")
        self.assertEqual(ask("POST", "/visits", {"title": "Now"}, editor()).status, 201)

    def test_the_server_forgets_all_statements_or_takes_no_more(self):
        limit = sql("SELECT @@max_prepared_stmt_count")[0]
        try:
            with Load() as load:
                sql("SET GLOBAL max_prepared_stmt_count = 0")
                time.sleep(0.3)
                sql("FLUSH TABLES")
                sql(f"SET GLOBAL max_prepared_stmt_count = {limit}")
                for _ in range(5):
                    sql("ALTER TABLE visit COMMENT = 'x'")  # prepared statements are made anew
                    sql("ALTER TABLE visit COMMENT = ''")
                    time.sleep(0.1)
            load.judge(self, refused=bool([a for a in load.answers if a[1] == 503]))
        finally:
            sql(f"SET GLOBAL max_prepared_stmt_count = {limit}")

    def test_a_start_without_a_database_and_an_end(self):
        """Begun with no server, and stopped while it is frozen: neither waits for it."""
        shell('process_stop "$STATE/run/ziara.proc" 20 TERM; mariadb_stop "$STATE/mariadb"; stack_application')
        end = time.monotonic() + 5
        while ask("GET", "/health/live").status != 200 and time.monotonic() < end:
            time.sleep(0.05)
        start = time.monotonic()
        answers = [ask("GET", path, headers=editor()) for path in ("/health/live", "/health/ready", STACK["visit"])]
        self.assertEqual([a.status for a in answers], [200, 503, 503])
        self.assertLess(time.monotonic() - start, WITHIN_S)
        shell("stack_database")
        ready()
        database_signal(signal.SIGSTOP)
        start = time.monotonic()
        shell('process_stop "$STATE/run/ziara.proc" 20 TERM')
        self.assertLess(time.monotonic() - start, 5)
        database_signal(signal.SIGCONT)
        shell("stack_application")


if __name__ == "__main__":
    unittest.main()
