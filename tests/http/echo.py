# SPDX-License-Identifier: Apache-2.0
"""Starts the echo server of tests/support/. ZIARA_TEST_BIN_DIR is the directory it was built in."""
import json
import os
import signal
import subprocess
import tempfile
import time
import unittest

from fcgi_client import Connection

BINARY = os.path.join(os.environ.get("ZIARA_TEST_BIN_DIR", "."), "echo_server")


def wait_for(condition, seconds=10):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.01)
    raise AssertionError("waited in vain")


class Server:
    def __init__(self, processes=1, threads=4, io_timeout_ms=2000, env=None, ready=True, path=None, **popen):
        self.dir = tempfile.TemporaryDirectory()
        self.path = os.path.join(self.dir.name, "s") if path is None else path
        self.log = open(os.path.join(self.dir.name, "log"), "w+b")
        args = [BINARY, self.path, str(processes), str(threads), str(io_timeout_ms)]
        popen = {"stdin": subprocess.DEVNULL, **popen}
        self.process = subprocess.Popen(args, stdout=subprocess.DEVNULL, stderr=self.log,
                                        env={**os.environ, **(env or {})}, **popen)
        if ready:
            wait_for(lambda: "ready" in self.messages() or self.process.poll() is not None)
            if self.process.poll() is not None:
                raise AssertionError(self.messages())

    def messages(self):
        with open(self.log.name, "rb") as f:
            return f.read().decode()

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


class EchoTest(unittest.TestCase):
    def serve(self, **kwargs):
        server = Server(**kwargs)
        self.addCleanup(server.close)
        return server

    def said(self, answer):
        return json.loads(answer.body)
