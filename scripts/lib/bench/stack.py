# SPDX-License-Identifier: Apache-2.0
"""One private instance for measuring: MariaDB with generated data, the application, nginx. Built of scripts/lib/*.sh."""
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import time
import urllib.request

from . import data

ROOT = pathlib.Path(__file__).resolve().parents[3]
BINARY = ROOT / "build/release/fcgi/ziara"
SOURCES = "steps process mariadb build stack"
LOADING = "--innodb-flush-log-at-trx-commit=0 --skip-innodb-doublewrite --innodb-log-file-size=1G"


class Failed(Exception):
    """A sentence for the user."""


def fingerprint(n):
    """Of everything that the generated tables follow from."""
    digest = hashlib.sha256(f"{n} {data.VERSION}".encode())
    folder = pathlib.Path(__file__).parent
    for path in [folder / "data.py", folder / "bodies.py", folder / "words.py"] + sorted((ROOT / "sql").glob("[mc]*/*")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


class Stack:
    """`n` visits in `folder`, nginx at `port`. Whatever it starts, stop() ends."""

    def __init__(self, folder, n, port, say):
        self.folder, self.n, self.port, self.say = pathlib.Path(folder), n, port, say
        self.base = f"http://127.0.0.1:{port}/api/v1"

    # --- shell functions of the house ---

    def shell(self, script, check=True, **environment):
        prelude = "".join(f". {shlex.quote(str(ROOT / 'scripts/lib' / (s + '.sh')))}\n" for s in SOURCES.split())
        settings = f"ROOT={shlex.quote(str(ROOT))} STATE={shlex.quote(str(self.folder))} PORT={self.port} " \
                   f"BINARY={shlex.quote(str(BINARY))} BASE={self.base}\n"
        # not a session each: Linux gives sessions equal shares of the processors (autogroup), whatever they have to do, and the
        # floors, which are children of this program, would have other shares than the application
        apart = str(ROOT / "scripts/lib/bench/own-group")
        pool = "6G" if self.n > 300_000 else "2G"
        done = subprocess.run(["bash", "-c", "set -uo pipefail\n" + settings + prelude + script], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
                              env={**os.environ, "MARIADB_BUFFER_POOL": pool, "MARIADB_WAIT_S": "120", "SERVER_APART": apart, **environment})
        if check and done.returncode:
            raise Failed((done.stderr or done.stdout).strip() or f"failed: {script.strip()}")
        return done.stdout

    def sql(self, text):
        """Runs SQL as administrator and gives its output."""
        client = ["mariadb", "--no-defaults", f"--socket={self.folder}/mariadb/mariadb.sock", f"--user={subprocess.getoutput('id -un')}",
                  "--batch", "--skip-column-names", "ziara"]
        done = subprocess.run(client, input=text, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if done.returncode:
            raise Failed(f"SQL: {done.stderr.strip()}")
        return done.stdout

    # --- data ---

    def database(self):
        """A running MariaDB with the n visits; made when it is not there or follows from other sources."""
        stamp = self.folder / "data.json"
        want = fingerprint(self.n)
        try:
            kept = json.loads(stamp.read_text())
        except (OSError, ValueError):
            kept = {}
        self.shell("stack_folders && stack_stop")
        if kept.get("fingerprint") != want:
            self.generate(stamp, want)
        self.shell("stack_database")
        self.sets = json.loads(stamp.read_text())["sets"]
        self.clean()

    def generate(self, stamp, want):
        stamp.unlink(missing_ok=True)
        for name in ("mariadb", "tsv"):
            shutil.rmtree(self.folder / name, ignore_errors=True)
        self.shell("stack_folders")
        began = time.monotonic()
        maker = data.Maker(ROOT, self.folder / "tsv", self.n)
        maker.make(lambda done: self.say(f"making {self.n} visits: {done}"))
        self.shell(f'mariadb_start "$STATE/mariadb" {LOADING} && stack_database && stack_migrate')
        largest_first = sorted(data.TABLES, key=lambda t: -(self.folder / f"tsv/{t}.tsv").stat().st_size)
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for table in pool.map(self.load, largest_first):
                self.say(f"loading {self.n} visits: {table}")
        shutil.rmtree(self.folder / "tsv")
        self.say("making words and likenesses")
        self.shell('_stack_env migrate; env "${STACK_ENV[@]}" "$BINARY" reindex')
        self.say(f"analysing {self.n} visits")
        self.sql(f"ANALYZE TABLE {', '.join([*data.TABLES, *data.KEPT, 'posting', 'word'])};")
        self.shell("stack_stop")
        stamp.write_text(json.dumps({"fingerprint": want, "seconds": round(time.monotonic() - began), "sets": maker.sets}))

    def load(self, table):
        path, columns = self.folder / "tsv" / f"{table}.tsv", data.TABLES[table]
        binary = data.hex_columns(table)
        places = ", ".join(f"@{c}" if c in binary else f"`{c}`" for c in columns)
        sets = ", ".join(f"`{c}` = UNHEX(@{c})" for c in binary)
        load = (f"SET unique_checks = 0, foreign_key_checks = 0; LOAD DATA INFILE '{path}' INTO TABLE {table} CHARACTER SET utf8mb4 "
                f"({places}){' SET ' + sets if sets else ''};")
        if table in ("facet", "token"):
            # by far the most rows, made in the order of the visits: sorted, and the second index at the end
            subprocess.run(["sort", "-S", "512M", "-T", path.parent, "-o", path, path], env={**os.environ, "LC_ALL": "C"}, check=True)
            index = re.search(r"KEY `by_id` \([^)]*\)( COMMENT '[^']*')?", self.sql(f"SHOW CREATE TABLE {table};"))[0]
            load = f"ALTER TABLE {table} DROP KEY by_id; {load} ALTER TABLE {table} ADD {index};"
        self.sql(load)
        path.unlink()
        return table

    def clean(self):
        """Removes what measurements made: new records, stored renderings."""
        first = f"UNHEX('{data.END_MS:012x}{'0' * 20}')"
        roots = ["visit", "policy", "programme", "person", "organisation"]
        tables = [t for t in data.TABLES if t not in roots and t not in ("facet", "token", "change_log")]
        self.sql("SET foreign_key_checks = 0; TRUNCATE document; TRUNCATE idempotency; DELETE FROM api_key;"
                 + "".join(f"DELETE FROM {t} WHERE id >= {first};" for t in [*roots, *tables, "facet", "token", "posting"])
                 + "".join(f"DELETE FROM {t} WHERE {column} >= {first};" for t, column in data.KEPT.items())
                 + f"DELETE FROM change_log WHERE seq > {self.change_rows()};")

    def change_rows(self):
        return self.sql("SELECT COALESCE(MAX(seq), 0) FROM change_log WHERE actor = 'generator'").strip()

    # --- the application ---

    def application(self, **settings):
        """How it is started: on the shipped settings, and those given that are not None."""
        self.shell("stack_migrate && stack_application", **{k: v for k, v in settings.items() if v is not None})
        self.wait()

    def leave_to_write(self):
        """How a write gets its leave: the headers it carries."""
        key = self.shell('_stack_env app; env "${STACK_ENV[@]}" "$BINARY" key add --name bench --role editor').strip()
        return {"Authorization": f"Bearer {key}"}

    def serving(self, socket):
        """Environment of one more `ziara serve` on this database."""
        lines = self.shell('_stack_env app; printf "%s\\n" "${STACK_ENV[@]}"').splitlines()
        return {**os.environ, **dict(line.split("=", 1) for line in lines), "ZIARA_SOCKET": str(socket)}

    def wait(self):
        """Until the socket answers through nginx, when nginx runs; else until it is bound."""
        end = time.monotonic() + 30
        while time.monotonic() < end:
            try:
                if not (self.folder / "run/nginx.proc").exists():
                    if (self.folder / "run/ziara.sock").exists():
                        return
                elif urllib.request.urlopen(f"{self.base}/health/ready", timeout=5).status == 200:
                    return
            except OSError:
                pass
            time.sleep(.02)
        raise Failed(f"the application does not answer; see {self.folder}/log/ziara.log")

    # --- nginx ---

    def nginx(self, servers=""):
        """The shipped files; public answers are kept at the next port only. `servers`: further blocks of http { }."""
        self.shell("_stack_nginx_files")
        run = self.folder / "run/nginx"
        shipped = (run / "ziara.conf").read_text()
        begin = shipped.index('""', shipped.index("map $http_authorization"))
        end = shipped.index(";", begin)
        (run / "ziara.conf").write_text(shipped[:begin] + '""       $bench_zone' + shipped[end:])
        text = (ROOT / "tests/load/nginx.conf.in").read_text()
        for name, value in {"USER": "user root;" if os.getuid() == 0 else "", "STATE": self.folder, "FILES": ROOT / "nginx",
                            "PORT": self.port, "CACHED": self.port + 1, "SERVERS": servers}.items():
            text = text.replace(f"@{name}@", str(value))
        (run / "nginx.conf").write_text(text)
        self.shell('log=$STATE/log/nginx.log; "$SERVER_APART" "$NGINX_PROGRAM" -e "$log" -c "$STATE/run/nginx/nginx.conf" >>"$log" 2>&1 </dev/null &\n'
                   '_stack_began nginx $! nginx "$STATE/log/nginx.log"')
        self.wait()

    def pids(self, name):
        """Process ids of one part: nginx, ziara or mariadb, children included."""
        try:
            master = int((self.folder / f"run/{name}.proc").read_text().split()[0])
        except (OSError, ValueError, IndexError):
            return []
        return family(master)

    def stop(self):
        self.shell("stack_stop", check=False)


def family(master):
    """A process and its children."""
    found = [master]
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == master:
            found.append(int(stat.parent.name))
    return found
