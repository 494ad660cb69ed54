# SPDX-License-Identifier: Apache-2.0
"""One running stack for all HTTP tests, and a client that hides nothing of the answer.

Environment:
  ZIARA_TEST_URL   http://host:port of a stack that runs already; else one is started by
                   scripts/run in a folder of its own, at the first request, and ended at exit
  ZIARA_TEST_SOCKET  FastCGI socket of that stack; without it, tests that speak to it are skipped
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
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
RUN = ROOT / "scripts" / "run"
TIMEOUT_S = 60

# status: int; headers: case-insensitive, headers.get_all(name) for repeated ones; body: bytes
Answer = collections.namedtuple("Answer", "status headers body")

_lock = threading.Lock()
_url = _socket = None
_own = threading.local()


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def _start():
    global _socket
    folder = tempfile.mkdtemp(prefix="ziara-http-")
    _socket = os.path.join(folder, "run", "ziara.sock")
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
    return f"http://127.0.0.1:{port}"


def base_url():
    """scheme://host:port of the stack, which is started when there is none."""
    global _url
    with _lock:
        if _url is None:
            _url = os.environ.get("ZIARA_TEST_URL", "").rstrip("/") or _start()
        return _url


def app_socket():
    """Path of the application's own socket; None when it is not known."""
    base_url()
    return _socket or os.environ.get("ZIARA_TEST_SOCKET")


def _connection():
    if not hasattr(_own, "connection"):
        parts = urllib.parse.urlsplit(base_url())
        _own.connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=TIMEOUT_S)
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


def request(method, path, json=None, headers=None, raw=None):
    """path: from the root, such as /api/v1/visits. json: a body to encode; raw: bytes as they are."""
    return send(_connection(), method, path, json, headers, raw)
