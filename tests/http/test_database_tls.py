# SPDX-License-Identifier: Apache-2.0
"""A database on another host: TLS or nothing; and what `ziara check` says of a real server.

The module has a MariaDB of its own on 127.0.0.2, an address that the program does not take for its own host."""
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import harness

HOST = "127.0.0.2"
SERVER = {}


def run(*command):
    done = subprocess.run(command, cwd=SERVER["dir"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}\n{done.stdout}")
    return done.stdout


def mariadb(line, *options):
    run("bash", "-c", f'. {harness.ROOT}/scripts/lib/mariadb.sh; {line} "$@"', "bash", *options)


def sql(statement):
    return run("mariadb", "--no-defaults", f"--socket={SERVER['dir']}/db/mariadb.sock", "-NBe", statement).strip()


def key(name, *options):
    run("openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", name + ".key",
        "-subj", "/CN=" + name, *options)


def authority(name):
    key(name, "-x509", "-days", "2", "-out", name + ".crt")


def certificate(name, alternative, days):
    """By the authority "ca"."""
    key(name, "-out", name + ".csr", "-addext", "subjectAltName=" + alternative)
    run("openssl", "x509", "-req", "-in", name + ".csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial",
        "-copy_extensions", "copy", "-days", str(days), "-out", name + ".crt")


def present(name):
    """The server shows this certificate from now on."""
    for suffix in (".crt", ".key"):
        shutil.copyfile(pathlib.Path(SERVER["dir"]) / (name + suffix), pathlib.Path(SERVER["dir"]) / ("server" + suffix))
    sql("FLUSH SSL")


def start(*options):
    mariadb("mariadb_start", "db", "--skip-networking=0", f"--bind-address={HOST}", f"--port={SERVER['port']}", *options)


def check(options, **settings):
    """`ziara check` with an option file of these lines."""
    file = pathlib.Path(SERVER["dir"]) / "client.cnf"
    file.touch(0o600)
    file.write_text("[client]\n" + "\n".join(options) + "\n", encoding="utf-8")
    env = {name: value for name, value in os.environ.items() if not name.startswith("ZIARA_")}
    binary = os.environ.get("ZIARA_BIN") or harness.ROOT / "build" / "release" / "fcgi" / "ziara"
    command = settings.pop("command", "check")
    return subprocess.run([binary, command], env={**env, "ZIARA_DB_OPTION_FILE": str(file), **settings},
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def remote(*options, host=HOST):
    return [f"host = {host}", f"port = {SERVER['port']}", "user = remote", "password = secret-word", *options]


def setUpModule():
    SERVER.update(dir=tempfile.mkdtemp(prefix="ziara-tls-"), port=harness.free_port())
    authority("ca")
    authority("stranger")
    certificate("good", "IP:" + HOST, 2)
    certificate("other", "DNS:db.example", 2)
    certificate("late", "IP:" + HOST, -1)
    for suffix in (".crt", ".key"):
        shutil.copyfile(SERVER["dir"] + "/good" + suffix, SERVER["dir"] + "/server" + suffix)
    SERVER["tls"] = [f"--ssl-cert={SERVER['dir']}/server.crt", f"--ssl-key={SERVER['dir']}/server.key"]
    start(*SERVER["tls"])
    mariadb("mariadb_accounts", "db", "ziara")
    sql("CREATE USER remote@'%' IDENTIFIED BY 'secret-word'; GRANT ALL ON ziara.* TO remote@'%'")
    done = check([f"!include {SERVER['dir']}/db/migrate.cnf"], command="migrate")
    if done.returncode:
        raise RuntimeError(done.stderr)


def tearDownModule():
    mariadb("mariadb_stop", "db")
    shutil.rmtree(SERVER["dir"], ignore_errors=True)


class Tls(unittest.TestCase):
    def refused(self, done, *words):
        self.assertEqual(done.returncode, 1, done.stderr)
        for word in (*words, "not reached"):
            self.assertIn(word, done.stderr)
        self.assertNotIn("secret-word", done.stdout + done.stderr)

    def test_a_certificate_that_is_right(self):
        present("good")
        done = check(remote(f"ssl-ca = {SERVER['dir']}/ca.crt"))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stderr, r"reached, 10\.\S*MariaDB\S*, TLSv1\.[23]\n")

    def test_the_option_file_cannot_ask_for_less(self):
        present("other")
        for less in ("ssl-verify-server-cert = 0", "ssl = 0", "disable-ssl-verify-server-cert", "skip-ssl"):
            self.refused(check(remote(f"ssl-ca = {SERVER['dir']}/ca.crt", less)))
            self.refused(check(remote(less)))

    def test_a_certificate_that_is_not_right(self):
        advice = ("error 2026", "a database on another host needs TLS", "ssl-ca")
        present("good")
        self.refused(check(remote(f"ssl-ca = {SERVER['dir']}/stranger.crt")), *advice)
        self.refused(check(remote()), *advice)  # no system trusts it
        for name in ("other", "late"):
            present(name)
            self.refused(check(remote(f"ssl-ca = {SERVER['dir']}/ca.crt")), *advice)

    def test_a_server_without_tls(self):
        mariadb("mariadb_stop", "db")
        start("--skip-ssl")
        try:
            self.refused(check(remote(f"ssl-ca = {SERVER['dir']}/ca.crt")), "SSL is required, but the server does not support it", "ssl-cert")
            self.refused(check(remote()), "SSL is required")
            local = check([f"!include {SERVER['dir']}/db/app.cnf"])
            self.assertEqual(local.returncode, 0, local.stderr)
            self.assertIn("on this host without TLS", local.stderr)
        finally:
            mariadb("mariadb_stop", "db")
            start(*SERVER["tls"])


class Check(unittest.TestCase):
    def check(self, **settings):
        return check([f"!include {SERVER['dir']}/db/app.cnf"], **settings)

    def test_a_server_that_fits(self):
        done = self.check()
        self.assertEqual((done.returncode, "warning" in done.stderr), (0, False), done.stderr)
        self.assertRegex(done.stderr, r"schema version \d+\n")

    def test_what_does_not_fit_is_a_warning(self):
        # 2 processes of 100 threads, and a watch each
        self.assertRegex(self.check(ZIARA_THREADS="100").stderr, r"max_connections.* need 202,")
        self.assertRegex(self.check(ZIARA_THREADS="100").stderr, r"max_prepared_stmt_count\); set it to 102400 ")
        account = "ALTER USER ziara_app@localhost WITH MAX_USER_CONNECTIONS "
        flush = "SET GLOBAL innodb_flush_log_at_trx_commit = "
        for harm, repair, word in ((flush + "2", flush + "1", "power cut"), (account + "3", account + "0", "max_user_connections"),
                                   ("SET GLOBAL read_only = 1", "SET GLOBAL read_only = 0", "read-only")):
            sql(harm)
            try:
                done = self.check()
            finally:
                sql(repair)
            self.assertRegex(done.stderr, f"warning: .*{word}")
            self.assertEqual(done.returncode, 0, done.stderr)

    def test_a_password_for_everybody_is_a_warning(self):
        file = pathlib.Path(SERVER["dir"]) / "db" / "open.cnf"
        file.write_text((pathlib.Path(SERVER["dir"]) / "db" / "app.cnf").read_text(encoding="utf-8"), encoding="utf-8")
        file.chmod(0o644)
        done = self.check(ZIARA_DB_OPTION_FILE=str(file))
        self.assertEqual(done.returncode, 0)
        self.assertIn(f"chmod o= {file}", done.stderr)

    def test_a_credential_of_systemd(self):
        folder = SERVER["dir"] + "/credentials"
        os.mkdir(folder)
        shutil.copyfile(SERVER["dir"] + "/db/app.cnf", folder + "/ziara-db")
        done = self.check(ZIARA_DB_OPTION_FILE="", CREDENTIALS_DIRECTORY=folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(f"# systemd credential ziara-db\ndb_option_file = {folder}/ziara-db\n", done.stdout)


if __name__ == "__main__":
    unittest.main()
