# SPDX-License-Identifier: Apache-2.0
"""Reloading and restarting behind nginx while clients ask: nobody notices."""
import http.client
import os
import socket
import threading
import unittest

from echo import BINARY, HAND_OVER, EchoTest, wait_for
from harness import send
from nginx_site import NGINX, Site


@unittest.skipUnless(NGINX and os.path.exists(BINARY), "needs nginx, and the echo server in ZIARA_TEST_BIN_DIR")
class LifeTest(EchoTest):
    def setUp(self):
        self.site = Site({"api": "API(/api/v1)"}, read_timeout="60s")
        self.addCleanup(self.site.close)
        self.site.stop_app()
        self.socket = self.enterContext(socket.socket(socket.AF_UNIX))
        self.socket.bind(str(self.site.dir / "app.sock"))
        self.socket.listen(4096)
        os.chmod(self.site.dir / "app.sock", 0o666)
        self.stop, self.clients, self.done, self.wrong = threading.Event(), [], [], []

    def start(self):
        return self.serve(launcher=HAND_OVER, popen={"stdin": self.socket}, processes=2)

    def client(self, n, method):
        connection = http.client.HTTPConnection("127.0.0.1", self.site.ports["api"], timeout=60)
        while not self.stop.is_set():
            try:
                answer = send(connection, method, "/api/v1/sleep/2", raw=b"12345" if method == "POST" else None)
                if answer.status != 200:
                    self.wrong.append((method, answer.status))
            except Exception as e:  # whatever it is, the client noticed
                self.wrong.append((method, repr(e)))
            self.done[n] += 1
        connection.close()

    def ask(self, *methods):
        self.done = [0] * len(methods)
        self.clients = [threading.Thread(target=self.client, args=pair) for pair in enumerate(methods)]
        for c in self.clients:
            c.start()
        self.addCleanup(self.end)

    def end(self):
        self.stop.set()
        for c in self.clients:
            c.join()

    def answers_come(self):
        before = list(self.done)
        wait_for(lambda: all(now > then + 5 for now, then in zip(self.done, before)), 60)

    def test_reloading_loses_neither_reads_nor_writes(self):
        server = self.start()
        self.ask(*["GET", "POST"] * 6)
        for _ in range(6):
            self.answers_come()
            self.assertEqual(server.reload(), "the configuration is reloaded")
        self.answers_come()
        self.end()
        self.assertEqual(self.wrong, [])
        self.assertEqual(server.stop(), 0)

    def test_restart_with_a_socket_that_stays_loses_no_reads(self):
        server = self.start()
        self.ask(*["GET"] * 8)
        for _ in range(4):
            self.answers_come()
            self.assertEqual(server.stop(), 0)
            server = self.start()
        self.answers_come()
        self.end()
        self.assertEqual(self.wrong, [])
        self.assertEqual(server.stop(), 0)


if __name__ == "__main__":
    unittest.main()
