# SPDX-License-Identifier: Apache-2.0
"""The same requests over the same data, answered as a portal team would write it: PHP-FPM with PDO, Fastify."""
import json
import os
import re
import shutil
import subprocess
import time

from . import stack
from .rows import Row, get, uuid

SOURCE = stack.ROOT / "tests/load/peers"
MODULES = stack.ROOT / "build/bench/node"
PHP_WORKERS, COMPARED = 16, 20


def program(*names):
    """The first of these programs, also where ordinary users' PATH does not look."""
    found = (shutil.which(n, path=os.environ.get("PATH", "") + ":/usr/sbin") for n in names)
    return next((f for f in found if f), None)


def installed():
    return all((program("php-fpm8.2", "php-fpm"), program("node"), program("npm")))


class Peers:
    """`notes`: why a peer is left out."""

    def __init__(self, bench):
        self.bench, self.main = bench, bench.main
        self.run = self.main.folder / "run"
        self.notes, self.servers = {}, ""
        options = (self.main.folder / "mariadb/app.cnf").read_text()
        self.user, self.password = (re.search(rf"^{k} *= *(\S+)", options, re.M)[1] for k in ("user", "password"))
        self.database = f"{self.main.folder}/mariadb/mariadb.sock"

    def start(self):
        for name, begin in (("php", self.php), ("node", self.node)):
            try:
                begin()
            except stack.Failed as why:
                self.notes[name] = str(why)
        return self.servers

    def server(self, port, body):
        self.servers += f"\n\tserver {{\n\t\tlisten 127.0.0.1:{port} backlog=4096;\n\t\tlocation / {{\n\t\t\t{body}\n\t\t}}\n\t}}\n"

    def php(self):
        server = program("php-fpm8.2", "php-fpm")
        if not server:
            raise stack.Failed("not installed: php8.2-fpm, php8.2-mysql")
        socket = self.run / "php.sock"
        configuration = self.run / "php-fpm.conf"
        configuration.write_text(
            f"[global]\nerror_log = {self.main.folder}/log/php.log\ndaemonize = no\n[bench]\n"
            f"listen = {socket}\nlisten.backlog = 4096\npm = static\npm.max_children = {PHP_WORKERS}\n"
            f"env[BENCH_DSN] = 'mysql:unix_socket={self.database};dbname=ziara;charset=utf8mb4'\n"
            f"env[BENCH_USER] = {self.user}\nenv[BENCH_PASSWORD] = {self.password}\n"
            + ("user = root\ngroup = root\n" if os.getuid() == 0 else ""))
        configuration.chmod(0o600)
        self.bench.child("php", [server, "--nodaemonize", "--fpm-config", str(configuration), *(["-R"] if os.getuid() == 0 else [])])
        self.bench.bound("php", socket)
        self.servers += (f"\n\tupstream php {{\n\t\tserver unix:{socket} max_fails=0;\n\t\tkeepalive {PHP_WORKERS // 2};\n\t}}\n")
        self.server(self.main.port + 3, f"""include /etc/nginx/fastcgi_params;
			fastcgi_param SCRIPT_FILENAME {SOURCE}/php/index.php;
			fastcgi_keep_conn on;
			fastcgi_buffer_size 16k;
			fastcgi_buffers 32 16k;
			fastcgi_pass php;""")

    def node(self):
        if not program("node") or not program("npm"):
            raise stack.Failed("not installed: nodejs, npm")
        self.modules()
        socket = self.run / "node.sock"
        socket.unlink(missing_ok=True)
        environment = {**os.environ, "BENCH_DB_SOCKET": self.database, "BENCH_USER": self.user, "BENCH_PASSWORD": self.password,
                       "BENCH_LISTEN": str(socket), "NODE_ENV": "production"}
        self.bench.child("node", ["node", str(MODULES / "server.js")], env=environment, cwd=MODULES)
        self.bench.bound("node", socket)
        self.servers += f"\n\tupstream node {{\n\t\tserver unix:{socket} max_fails=0;\n\t\tkeepalive 256;\n\t\tkeepalive_requests 10000000;\n\t}}\n"
        self.server(self.main.port + 4, """proxy_http_version 1.1;
			proxy_set_header Connection "";
			proxy_buffer_size 16k;
			proxy_buffers 32 16k;
			proxy_pass http://node;""")

    def modules(self):
        MODULES.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "server.js"):
            shutil.copyfile(SOURCE / "node" / name, MODULES / name)
        stamp = MODULES / "installed.json"
        if stamp.exists() and stamp.read_bytes() == (MODULES / "package.json").read_bytes():
            return
        self.bench.say("installing the modules of the Fastify peer")
        with open(MODULES / "npm.log", "w") as log:
            done = subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts"], cwd=MODULES, stdout=log, stderr=log)
        if done.returncode:
            raise stack.Failed(f"npm install failed; see {MODULES}/npm.log")
        shutil.copyfile(MODULES / "package.json", stamp)

    def rows(self, asked, lists):
        """Rows of the peers that run; their answers must be those of the application."""
        out = {}
        for offset, name, title in ((3, "php", "PHP-FPM"), (4, "node", "Fastify")):
            port = self.main.port + offset
            kinds = {"visit": [f"/{name}/visits/{uuid(i)}?short" for i in asked.ids["small"]],
                     "dossier": [f"/{name}/visits/{uuid(i)}" for i in asked.ids["dossier"]],
                     "list": [f"/{name}/visits?host_country={c}&sort=-dates" for c in lists]}
            if name not in self.notes:
                try:
                    self.compare(port, kinds)
                except stack.Failed as why:
                    (self.main.folder / f"log/{name}-differs.log").write_text(f"{why}\n")
                    self.notes[name] = f"other answers; see {name}-differs.log"
            for kind, paths in kinds.items():
                row = Row(f"{title}: {'one visit' if kind == 'visit' else kind}", f"http://127.0.0.1:{port}", "any",
                          asked.file(f"{name}-{kind}.txt", paths), app=name)
                row.note = self.notes.get(name)
                out[f"{name}-{kind}"] = row
        return out

    def compare(self, port, kinds):
        for kind, paths in kinds.items():
            for path in paths[:COMPARED]:
                status, _, text = get(port, path)
                if status != 200:
                    raise stack.Failed(f"{path} answers {status}")
                ours = json.loads(get(self.main.port, "/api/v1" + path[path.index("/", 1):].removesuffix("?short"))[2])
                here, there = ids(json.loads(text)), ids(ours)
                if here != there:
                    raise stack.Failed(f"{path}: {here} and {there}")


def ids(value):
    """Ids of a record and of all its items, in order; empty arrays count as absent ones."""
    if "items" in value:
        return [i["id"] for i in value["items"]]
    return {"id": value["id"], **{k: [ids(i) for i in v] for k, v in value.items() if isinstance(v, list) and v and isinstance(v[0], dict)}}
