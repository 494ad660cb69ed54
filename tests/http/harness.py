# SPDX-License-Identifier: Apache-2.0
"""One running stack for all HTTP tests, and a client that hides nothing of the answer.

Environment:
  ZIARA_TEST_URL   http://host:port of a stack that runs already; else one is started by
                   scripts/run in a folder of its own, at the first request, and ended at exit
  ZIARA_TEST_KEYS  with ZIARA_TEST_URL: the file of its keys, <folder>/mariadb/keys
  ZIARA_TEST_DEMO  off: start it without the demo records
  ZIARA_BIN        the program to test instead of build/release (scripts/run)
"""
import atexit
import collections
import http.client
import json as json_module
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
RUN = ROOT / "scripts" / "run"
TIMEOUT_S = 60
IDLE_S = 30  # nginx closes a kept connection after 75

# status: int; headers: case-insensitive, headers.get_all(name) for repeated ones; body: bytes
Answer = collections.namedtuple("Answer", "status headers body")

_lock = threading.Lock()
_url = None
_keys = None
_folder = None
_own = threading.local()


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def read_keys(path):
    """Keys by role, of a file with lines "role: zk_…"."""
    pairs = (line.split(": ", 1) for line in pathlib.Path(path).read_text(encoding="utf-8").splitlines())
    return {role: key for role, key in pairs}


def _start():
    """(address, file of keys)"""
    folder = tempfile.mkdtemp(prefix="ziara-http-")
    port = free_port()
    command = [RUN, "--dir", folder, "--port", str(port), "--detach"]
    if os.environ.get("ZIARA_TEST_DEMO") == "off":
        command.append("--no-demo")

    def stop():
        done = subprocess.run([RUN, "--stop", "--dir", folder], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode == 0:
            shutil.rmtree(folder, ignore_errors=True)
        else:
            print(f"the stack in {folder} did not stop: {done.stdout}", file=sys.stderr)

    atexit.register(stop)
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    started = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if started.returncode:
        raise RuntimeError(f"scripts/run failed ({started.returncode}):\n{started.stdout}")
    return f"http://127.0.0.1:{port}", pathlib.Path(folder) / "mariadb" / "keys"


def _find():
    url = os.environ.get("ZIARA_TEST_URL", "").rstrip("/")
    if url and not os.environ.get("ZIARA_TEST_KEYS"):
        raise RuntimeError("ZIARA_TEST_KEYS must name the file of keys of the stack at ZIARA_TEST_URL: <its folder>/mariadb/keys")
    return (url, os.environ["ZIARA_TEST_KEYS"]) if url else _start()


def base_url():
    """scheme://host:port of the stack, which is started when there is none."""
    global _url, _keys, _folder
    with _lock:
        if _url is None:
            _url, keys = _find()
            _keys = read_keys(keys)
            _folder = pathlib.Path(keys).resolve().parents[1]
        return _url


def key(role):
    """The key of a role: reader, editor or admin."""
    base_url()
    return _keys[role]


def folder():
    """Where the stack keeps its state: mariadb, run, log."""
    base_url()
    return _folder


def ziara(*arguments, check=True, redirected="", **settings):
    """The program itself, on the database of the stack; `redirected` as a shell writes it, ">&-" for example; ZIARA_…: settings."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("ZIARA_")}
    env.update(ZIARA_DB_NAME="ziara", ZIARA_DB_OPTION_FILE=str(folder() / "mariadb" / "app.cnf"), **settings)
    binary = os.environ.get("ZIARA_BIN") or ROOT / "build" / "release" / "fcgi" / "ziara"
    shell = ["sh", "-c", f'exec "$0" "$@" {redirected}'] if redirected else []
    return subprocess.run([*shell, binary, *arguments], env=env, check=check, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def make_key(*arguments):
    """A fresh key, such as make_key("--scope", "write.visits")."""
    return ziara("key", "add", "--name", "test", *arguments).stdout.strip()


def sql(statement):
    """Runs statements in the stack's own database, as an administrator."""
    script = '. "$1/scripts/lib/mariadb.sh"; mariadb_admin "$2"'
    subprocess.run(["bash", "-c", script, "sql", str(ROOT), str(folder() / "mariadb")], input="USE ziara; " + statement, check=True,
                   stdout=subprocess.PIPE, text=True)


def app_socket():
    """Path of the application's own socket."""
    return str(folder() / "run" / "ziara.sock")


def _connection():
    """Of this thread; opened anew after a pause in which nginx may have closed it."""
    now = time.monotonic()
    if not hasattr(_own, "connection"):
        parts = urllib.parse.urlsplit(base_url())
        _own.connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=TIMEOUT_S)
    elif now - _own.used > IDLE_S:
        _own.connection.close()
    _own.used = now
    return _own.connection


def send(connection, method, path, json=None, headers=None, raw=None):
    """One exchange on a connection. headers: a dict, or pairs where one is repeated."""
    pairs = list(headers.items() if isinstance(headers, dict) else headers or [])
    if json is not None:
        raw = json_module.dumps(json).encode()
        if not any(name.lower() == "content-type" for name, _ in pairs):
            pairs.append(("Content-Type", "application/json"))
    try:
        connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in pairs:
            connection.putheader(name, value)
        if raw is not None or method in ("POST", "PUT", "PATCH"):
            connection.putheader("Content-Length", str(len(raw or b"")))
        try:
            connection.endheaders(raw)
        except (BrokenPipeError, ConnectionResetError):
            pass  # refused before it was read; the answer says why
        response = connection.getresponse()
        return Answer(response.status, response.msg, response.read())
    except BaseException:
        connection.close()  # what is left on it belongs to nobody
        raise


def request(method, path, json=None, headers=None, raw=None, role="editor"):
    """path: from the root, such as /api/v1/visits. json: a body to encode; raw: bytes as they are. role: whose
    key goes along, or a key itself; None: a public caller's, whose answers nginx keeps for a second."""
    pairs = list(headers.items() if isinstance(headers, dict) else headers or [])
    if role:
        pairs.append(("Authorization", "Bearer " + (role if role.startswith("zk_") else key(role))))
    return send(_connection(), method, path, json, pairs, raw)
