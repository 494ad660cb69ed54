# SPDX-License-Identifier: Apache-2.0
"""Starts the echo server of tests/support/. ZIARA_TEST_BIN_DIR is the directory it was built in."""
import json
import os
import re
import signal
import subprocess
import tempfile
import threading
import time
import unittest

from fcgi_client import Connection

BINARY = os.path.join(os.environ.get("ZIARA_TEST_BIN_DIR", "."), "echo_server")

# The server takes its settings from its file alone.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("ZIARA_")}
# What a service manager does before it starts a service with its socket as standard input (sd_listen_fds(3)).
HAND_OVER = ["sh", "-c", 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" "$@" 3<&0 </dev/null']


def wait_for(condition, seconds=10):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.01)
    raise AssertionError("waited in vain")


def gone(pid):
    try:
        with open(f"/proc/{pid}/stat") as f:  # nobody may be there to reap it
            return f.read().rsplit(")", 1)[1].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


class Server:
    """settings: keys of the configuration; they stand in a file, so that reload() can change them."""

    def __init__(self, env=None, ready=True, path=None, launcher=(), popen=None, **settings):
        self.dir = tempfile.TemporaryDirectory()
        self.path = os.path.join(self.dir.name, "s") if path is None else path
        self.config = os.path.join(self.dir.name, "conf")
        self.settings = {"socket": self.path, "socket_mode": "0600", "processes": 1, "threads": 4, "io_timeout_ms": 2000}
        self.configure(**settings)
        self.log = open(os.path.join(self.dir.name, "log"), "w+b")
        self.process = subprocess.Popen([*launcher, BINARY, self.config], stdout=subprocess.DEVNULL, stderr=self.log,
                                        env={**ENVIRONMENT, **(env or {})},
                                        **{"stdin": subprocess.DEVNULL, **(popen or {})})
        if ready:
            self.wait_for_message("ready")

    def configure(self, **settings):
        self.settings.update(settings)
        with open(self.config, "w") as f:
            f.writelines(f"{key} = {value}\n" for key, value in self.settings.items())

    def reload(self, **settings):
        """Until the log says how it went."""
        before = len(self.messages())
        self.configure(**settings)
        self.process.send_signal(signal.SIGHUP)
        return wait_for(lambda: re.search(r"the configuration is reloaded|the old configuration stays.*",
                                          self.messages()[before:]), 30)[0]

    def wait_for_message(self, text, seconds=20):
        wait_for(lambda: text in self.messages() or self.process.poll() is not None, seconds)
        if text not in self.messages():
            raise AssertionError(self.messages())

    def messages(self):
        with open(self.log.name, "rb") as f:
            return f.read().decode().replace('\\"', '"')  # as they read without the escapes of logfmt

    def workers(self):
        master = self.process.pid
        with open(f"/proc/{master}/task/{master}/children") as f:
            return [int(pid) for pid in f.read().split()]

    def connect(self, **kwargs):
        return Connection(self.path, **kwargs)

    def ask(self, *args, **kwargs):
        with self.connect() as c:
            return c.ask(*args, **kwargs)

    def stop(self, sig=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(sig)
        return self.process.wait(timeout=45)

    def close(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=45)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log.close()
        self.dir.cleanup()


class Load:
    """Threads that call ask(n) again and again while the block runs; what one raises is noted in `wrong`."""

    def __init__(self, ask, clients=6):
        self.ask, self.wrong, self.done = ask, [], [0] * clients
        self.stop = threading.Event()
        self.threads = [threading.Thread(target=self.run, args=(n,)) for n in range(clients)]

    def run(self, n):
        while not self.stop.is_set():
            try:
                self.ask(n)
                self.done[n] += 1
            except Exception as e:  # whatever it is, a client would have seen it
                self.wrong.append(repr(e))

    def wait_for_more(self, answers=20):
        before = sum(self.done)
        wait_for(lambda: sum(self.done) > before + answers, 60)

    def __enter__(self):
        for t in self.threads:
            t.start()
        return self

    def __exit__(self, kind, *_):
        try:
            if kind is None:  # none was left out
                wait_for(lambda: min(self.done) > 10, 60)
        finally:
            self.stop.set()
            for t in self.threads:
                t.join()


class EchoTest(unittest.TestCase):
    def serve(self, **kwargs):
        server = Server(**kwargs)
        self.addCleanup(server.close)
        return server

    def said(self, answer):
        return json.loads(answer.body)
