# SPDX-License-Identifier: Apache-2.0
"""A whole measurement: servers up, rows in interleaved rounds, servers down."""
import json
import os
import pathlib
import platform
import subprocess
import sys
import time

from . import figures, load, peers, proof, rows, scale, stack, writing
from .stack import ROOT, Failed

CONSTANT = ROOT / "build/release/tests/load/load_constant"
THREADS = 4  # the application's own number
LASTING = ("visit-beside", "dossier-cold")
SETTLE_S = 5
WRITING = ("dossier-cold", "create", "inserts")  # the last ones of a round
REST_S = 60
TARGETS = ("ziara", "load_constant", "load_inserts")


def build(say):
    say("building (build/release)")
    (ROOT / "build/bench").mkdir(parents=True, exist_ok=True)
    done = subprocess.run(["bash", "-c", f". {ROOT}/scripts/lib/build.sh; build_preset {ROOT} release {ROOT}/build/bench/build.log "
                           + " ".join(TARGETS)], stdout=subprocess.DEVNULL)
    if done.returncode:
        raise Failed(f"the build failed; see {ROOT}/build/bench/build.log")


class Bench:
    def __init__(self, options, say):
        self.options, self.say = options, say
        self.children, self.groups, self.rows, self.stacks = {}, {}, {}, []
        self.results = {}

    # --- servers ---

    def child(self, name, arguments, **options):
        """A server of ours that is not part of the stack."""
        log = open(self.main.folder / f"log/{name}.log", "w")
        self.children[name] = subprocess.Popen([*rows.CHILD, *arguments], stdout=log, stderr=log, stdin=subprocess.DEVNULL, **options)
        self.groups[name] = lambda: stack.family(self.children[name].pid)

    def bound(self, name, socket):
        """Waits until that child listens."""
        end = time.monotonic() + 20
        while not socket.exists():
            if time.monotonic() > end or self.children[name].poll() is not None:
                raise Failed(f"{name} does not start; see {self.main.folder}/log/{name}.log")
            time.sleep(.05)

    def start(self):
        o = self.options
        build(self.say)
        self.main = stack.Stack(o.dir / str(o.visits), o.visits, o.port, self.say)
        self.stacks.append(self.main)
        self.main.database()
        self.groups["app"] = lambda: self.main.pids("ziara")
        if o.scale:
            self.start_base()
        socket = self.main.folder / "run/constant.sock"
        self.child("constant", [str(CONSTANT), str(socket), str(THREADS)])
        self.main.application(ZIARA_PAGE_MEMORY_BYTES="0" if o.scale else None)
        self.start_anew()
        self.peers = None if o.no_peers or o.check or o.scale else peers.Peers(self)
        self.main.nginx(self.servers(socket) + (self.peers.start() if self.peers else ""))

    def start_anew(self):
        """One more application on the same database, which keeps no answers."""
        socket = self.main.folder / "run/anew.sock"
        socket.unlink(missing_ok=True)
        self.child("anew", [str(stack.BINARY), "serve"], env={**self.main.serving(socket), "ZIARA_PAGE_MEMORY_BYTES": "0"})
        self.bound("anew", socket)

    def start_base(self):
        """The register of 10,000 visits that the large one is compared with."""
        self.base = stack.Stack(self.options.dir / f"{scale.BASE}", scale.BASE, self.options.port + 5, self.say)
        self.stacks.append(self.base)
        self.base.database()
        self.groups["app-base"] = lambda: self.base.pids("ziara")
        self.base.application(ZIARA_PAGE_MEMORY_BYTES="0")
        self.base.nginx()

    def servers(self, socket):
        """What nginx serves beside the application, at ports of their own and by the same workers."""
        self.constant, self.bare = (f"http://127.0.0.1:{self.main.port + n}" for n in (2, rows.BARE))
        self.anew = f"http://127.0.0.1:{self.main.port + rows.ANEW}"
        shipped = (ROOT / "nginx/ziara-locations.conf").read_text()
        for name in ("anew", "constant"):
            (self.main.folder / f"run/nginx-{name}.conf").write_text(shipped.replace(" ziara_app;", f" {name};"))
        return f"""
	upstream anew {{
		server unix:{self.main.folder}/run/anew.sock max_fails=0;
		zone anew 64k;
		keepalive 1024;
		keepalive_requests 100000;
	}}
	server {{
		listen 127.0.0.1:{self.main.port + rows.ANEW} backlog=4096;
		server_name localhost;
		include "{self.main.folder}/run/nginx-anew.conf";
	}}
	upstream constant {{
		server unix:{socket} max_fails=0;
		zone constant 64k;
		keepalive 1024;
		keepalive_requests 10000000;
	}}
	server {{
		listen 127.0.0.1:{self.main.port + 2} backlog=4096;
		server_name localhost;
		include "{self.main.folder}/run/nginx-constant.conf";
	}}
	server {{
		listen 127.0.0.1:{self.main.port + rows.BARE} backlog=4096;
		location / {{
			fastcgi_param REQUEST_METHOD $request_method;
			fastcgi_param REQUEST_URI $request_uri;
			fastcgi_pass constant;
			fastcgi_keep_conn on;
			fastcgi_buffer_size 16k;
			fastcgi_buffers 32 16k;
		}}
	}}
"""

    def stop(self):
        for child in self.children.values():
            child.terminate()
        for one in self.stacks:
            one.stop()
        for child in self.children.values():
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                child.kill()

    # --- rounds ---

    def prepare(self):
        asked, o = rows.Asked(self.main, self.say), self.options
        if o.scale:
            self.rows = scale.scaling({"-base": rows.Asked(self.base, self.say), "": asked})
        else:
            self.rows = rows.reading(self, asked)
            if self.peers:
                self.rows.update(self.peers.rows(asked, rows.LISTS))
            # what leaves the database work for later comes last in a round, and is waited for
            self.rows.update({name: self.rows.pop(name) for name in LASTING})
            self.rows.update(writing.writing(self, asked))
            self.rows["constant"].address = self.rows["constant-64"].address = self.constant
            self.rows["constant-bare"].address = self.bare
        if o.only:
            unknown = set(self.options.only) - set(self.rows) - {"start"}
            if unknown:
                raise Failed(f"no such row: {', '.join(sorted(unknown))}; there are {', '.join(self.rows)}")
            self.rows = {name: row for name, row in self.rows.items() if name in self.options.only}

    def settle(self):
        """Until no statement of a row that has ended runs any more."""
        for _ in range(SETTLE_S * 5):
            if self.main.sql("SELECT COUNT(*) FROM information_schema.processlist WHERE user LIKE 'ziara%' AND command IN ('Execute', 'Query');").strip() == "0":
                return
            time.sleep(.2)

    def rest(self):
        """Until the database has written out what it was given: else the rows that follow wait for that, and their slowest requests tell of it."""
        names = ("innodb_max_dirty_pages_pct", "innodb_io_capacity")
        was = self.main.sql(f"SELECT {', '.join('@@' + n for n in names)};").split()
        self.main.sql("SET GLOBAL innodb_max_dirty_pages_pct = 0, GLOBAL innodb_io_capacity = @@innodb_io_capacity_max;")
        try:
            for _ in range(REST_S * 5):
                left = self.main.sql("SELECT SUM(variable_value) FROM information_schema.global_status WHERE variable_name IN "
                                     "('INNODB_BUFFER_POOL_PAGES_DIRTY', 'INNODB_HISTORY_LIST_LENGTH');").strip()
                if float(left) < 10:
                    return
                time.sleep(.2)
            self.say("the database still writes; the slowest requests of the next rows may wait for it")
        finally:
            self.main.sql(f"SET {', '.join(f'GLOBAL {n} = {v}' for n, v in zip(names, was))};")

    def measure(self):
        o = self.options
        for name in [n for n, row in self.rows.items() if row.note]:
            row = self.rows.pop(name)
            self.results[name] = {"title": row.title, "connections": row.connections, "note": row.note, "failed": 0}
        rounds = {name: [] for name in self.rows}
        for name, row in self.rows.items():
            if row.warm and not o.quick:
                self.say(f"warming up: {name}")
                row.measure(self, 3 if row.app in ("php", "node") else 1)  # theirs is compiled while it runs
        self.rest()
        for n in range(o.rounds):
            for name, row in self.rows.items():
                self.say(f"round {n + 1} of {o.rounds}: {name}")
                rounds[name].append(row.measure(self, o.seconds))
                self.settle()
                if name == "visit-64":
                    self.note_memory()
            if any(name in WRITING for name in self.rows):
                self.rest()
        if not o.scale and (not o.only or "start" in o.only):
            self.say("starting ziara serve")
            self.results["start"] = {"milliseconds": writing.first_answer(self.main)}
        for name, row in self.rows.items():
            self.results[name] = {"title": row.title, "connections": row.connections, **figures.summary(rounds[name])}

    def note_memory(self):
        # just after 64 clients: what a process has taken it keeps
        held = load.private_bytes(self.groups["app"]())
        self.results["memory"] = {"megabytes": max(held / 1e6, self.results.get("memory", {}).get("megabytes", 0))}

    def report(self):
        judged = figures.judge(self.results)
        commit = subprocess.run(["git", "-C", str(ROOT), "describe", "--always", "--dirty"], text=True, capture_output=True).stdout.strip()
        facts = {"visits": self.options.visits, "rounds": self.options.rounds, "seconds": self.options.seconds, "commit": commit,
                 "processors": os.cpu_count(), "machine": platform.machine(), "date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
                 "load_before": self.load_before, "quick": self.options.quick}
        print(f"{facts['date']}, commit {commit}, {facts['processors']} processors, load before {self.load_before:.1f}; "
              f"{facts['visits']:,} visits, {facts['rounds']} rounds of {facts['seconds']} s\n")
        print(figures.rows_table(self.results))
        if judged:
            print("\n" + figures.targets_table(judged))
        if self.options.json:
            pathlib.Path(self.options.json).write_text(json.dumps({
                "facts": facts, "rows": self.results,
                "targets": [dict(zip(("measure", "value", "reach", "stretch", "verdict"), j)) for j in judged]}, indent=1, ensure_ascii=False) + "\n")
        return any(r.get("failed") for r in self.results.values())

    def prove(self):
        """Instead of measuring: the generated rows are those that the engine writes."""
        print(f"{proof.prove(self.main)} rows of {proof.COPIES} visits and bodies are as the engine writes them")
        return 0

    def run(self):
        self.load_before = os.getloadavg()[0]
        try:
            self.start()
            if self.options.check:
                return self.prove()
            self.prepare()
            self.measure()
        finally:
            self.say("stopping")
            self.stop()
        self.say("")
        return 1 if self.report() else 0


def progress():
    """Says what is going on: on a terminal in one line, else only when a line is new in kind."""
    terminal = sys.stderr.isatty()
    last = [""]

    def say(text):
        if terminal:
            sys.stderr.write(f"\r\033[K{text}")
        elif text.split(":")[0] != last[0] and text:
            last[0] = text.split(":")[0]
            sys.stderr.write(last[0] + "\n")
        sys.stderr.flush()
    return say
