# SPDX-License-Identifier: Apache-2.0
"""The command line: what it prints where, and its exit status."""
import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("ZIARA_BIN") or ROOT / "build" / "release" / "fcgi" / "ziara"


def ziara(*arguments, **settings):
    env = {name: value for name, value in os.environ.items() if not name.startswith("ZIARA_")}
    return subprocess.run([BINARY, *arguments], env={**env, **settings}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


class Command(unittest.TestCase):
    def test_help_goes_to_stdout(self):
        for arguments in (["--help"], ["help"], ["serve", "--help"]):
            done = ziara(*arguments)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            for word in ("serve", "migrate", "openapi", "config", "check", "Exit status"):
                self.assertIn(word, done.stdout)

    def test_wrong_usage_is_2_and_talks_on_stderr(self):
        for arguments in ([], ["srve"], ["migrate", "--stat"], ["serve", "--config"], ["serve", "--status"]):
            done = ziara(*arguments)
            self.assertEqual((done.returncode, done.stdout), (2, ""), arguments)
            self.assertTrue(done.stderr)

    def test_configuration_mistakes_are_2_and_name_the_nearest_key(self):
        done = ziara("config", ZIARA_THREDS="4")
        self.assertEqual(done.returncode, 2)
        self.assertIn("ZIARA_THREADS", done.stderr)
        with tempfile.NamedTemporaryFile("w", suffix=".conf") as file:
            file.write("threads = 4\nsokcet = /x\n")
            file.flush()
            done = ziara("config", "--config", file.name)
        self.assertEqual(done.returncode, 2)
        self.assertIn(f'{file.name}:2: unknown key "sokcet"; did you mean "socket"', done.stderr)

    def test_the_file_of_defaults_is_whole_and_changes_nothing(self):
        keys = re.findall(r"^(\w+) ", ziara("config").stdout, flags=re.M)
        done = ziara("config", "--file")
        self.assertEqual((done.returncode, re.findall(r"^#(\w+) =", done.stdout, flags=re.M)), (0, keys))
        self.assertNotRegex(done.stdout, r"(?m)^[^#\n]")
        with tempfile.NamedTemporaryFile("w", suffix=".conf") as file:
            # Each key taken as it is: a default that conf_load refuses would be found here.
            file.write(re.sub(r"(?m)^#(\w+ =)", r"\1", done.stdout))
            file.flush()
            away = {"ZIARA_DB_OPTION_FILE": "/nonexistent.cnf"}
            bare, full = ziara("check", **away), ziara("check", "--config", file.name, **away)
        self.assertEqual(re.findall(r"(?m)^\w.*", full.stdout), re.findall(r"(?m)^\w.*", bare.stdout))
        self.assertIn(f"# {file.name}:", full.stdout)

    def test_description_is_json(self):
        self.assertEqual(json.loads(ziara("openapi").stdout)["openapi"], "3.1.0")

    def test_grants_leave_no_open_account(self):
        done = ziara("migrate", "--print-grants", ZIARA_DB_NAME="gov_portal")
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stdout, r"CREATE USER IF NOT EXISTS ziara_migrate@localhost, ziara_app@localhost ACCOUNT LOCK;")
        self.assertIn(r"GRANT SELECT, INSERT, UPDATE, DELETE ON `gov\_portal`.* TO ziara_app@localhost;", done.stdout)
        self.assertNotIn("ALL PRIVILEGES", done.stdout)

    def test_sql_is_printed_without_a_server_but_not_past_a_mistake(self):
        with tempfile.TemporaryDirectory() as folder:
            option_file = pathlib.Path(folder) / "no-server.cnf"
            option_file.write_text(f"[client]\nsocket={folder}/nothing.sock\n", encoding="utf-8")
            done = ziara("migrate", "--print-sql", ZIARA_DB_OPTION_FILE=str(option_file))
            self.assertEqual(done.returncode, 0)
            self.assertIn("CREATE TABLE visit (", done.stdout)
            self.assertIn("no database to look at", done.stderr)
            done = ziara("migrate", "--print-sql", ZIARA_DB_OPTION_FILE=folder + "/absent.cnf")
            self.assertEqual((done.returncode, done.stdout), (1, ""))

    def test_check_says_what_is_in_force_though_the_database_is_away(self):
        done = ziara("check", ZIARA_DB_OPTION_FILE="/nonexistent.cnf", ZIARA_HOME_COUNTRY="UG")
        self.assertEqual(done.returncode, 1)
        self.assertIn("# ZIARA_HOME_COUNTRY\nhome_country = UG\n", done.stdout)
        self.assertIn("db_option_file: /nonexistent.cnf cannot be read: No such file", done.stderr)

    def test_check_names_what_is_wrong(self):
        for settings, words in (({"ZIARA_DB_OPTION_FILE": "/tmp"}, "/tmp is no file"),
                                ({"ZIARA_DB_OPTION_FILE": "other", "CREDENTIALS_DIRECTORY": "/nonexistent"},
                                 "db_option_file: /nonexistent/other cannot be read")):
            done = ziara("check", **{"ZIARA_DB_OPTION_FILE": "/nonexistent.cnf", **settings})
            self.assertEqual(done.returncode, 1)
            self.assertIn(words, done.stderr)

    def test_serving_begins_with_a_warning_about_the_option_file(self):
        with tempfile.TemporaryDirectory() as folder:
            env = {"ZIARA_DB_OPTION_FILE": folder + "/absent.cnf", "ZIARA_SOCKET": folder + "/ziara.sock", "ZIARA_PROCESSES": "1"}
            env.update((name, value) for name, value in os.environ.items() if not name.startswith("ZIARA_"))
            with subprocess.Popen([BINARY, "serve"], env=env, stderr=subprocess.PIPE, text=True) as served:
                first = served.stderr.readline()
                served.terminate()
                served.stderr.read()
        self.assertIn(f"db_option_file: {folder}/absent.cnf cannot be read", first)


if __name__ == "__main__":
    unittest.main()
