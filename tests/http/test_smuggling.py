# SPDX-License-Identifier: Apache-2.0
"""The application behind its own socket, in raw FastCGI: no body becomes a request, no forged record harms it."""
import contextlib
import json
import threading
import unittest

import fcgi_client as fcgi
import harness

PREFIX = ("ZIARA_PREFIX", "/api/v1")
LIVE = "/api/v1/health/live"
NOBODY = "/api/v1/visits/00000000-0000-7000-8000-000000000000"
NO_KEY = ("HTTP_AUTHORIZATION", None)
FORGED = b"" # a whole request, with a key that may write; made by setUpModule

# name -> status, method, target, further parameters
EARLY_EXITS = {
    "not found": (404, "POST", "/api/v1/nowhere", []),
    "no such record": (404, "GET", NOBODY, []),
    "no such path": (404, "POST", "/api/v1/a/b/c/d", []),
    "method": (405, "POST", LIVE, []),
    "method of a record": (405, "POST", NOBODY, []),
    "unknown method": (501, "BREW", LIVE, []),
    "no key": (401, "POST", "/api/v1/visits", [NO_KEY]),
    "media type": (415, "POST", "/api/v1/visits", [("CONTENT_TYPE", "text/plain")]),
    "not acceptable": (406, "POST", "/api/v1/visits", [("HTTP_ACCEPT", "text/html")]),
    "bad path": (400, "POST", "/api/v1//visits", []),
    "outside the prefix": (400, "POST", "/elsewhere", []),
    "bad parameter": (400, "GET", "/api/v1/visits?limit=0", []),
    "parameter twice": (400, "GET", "/api/v1/visits?limit=1&limit=1", []),
    "header twice": (400, "GET", LIVE, [("HTTP_IF_MATCH", "a"), ("HTTP_IF_MATCH", "b")]),
    "HEAD with a body": (200, "HEAD", LIVE, []),
    "GET with a body": (200, "GET", LIVE, []),
    "OPTIONS with a body": (204, "OPTIONS", LIVE, []),
    "JSON that is none": (400, "POST", "/api/v1/visits", [("CONTENT_TYPE", "application/json")]),
}


def key():
    return ("HTTP_AUTHORIZATION", "Bearer " + harness.key("editor"))


def setUpModule():
    global FORGED
    FORGED = fcgi.request("POST", "/api/v1/visits", b'{"title": "smuggled"}', extra=[
        PREFIX, key(), ("HTTP_X_REQUEST_ID", "forged"), ("CONTENT_TYPE", "application/json"), ("REMOTE_ADDR", "127.0.0.1")])


class SmugglingTest(unittest.TestCase):
    def connect(self, **kwargs):
        return fcgi.Connection(harness.app_socket(), **kwargs)

    def send(self, c, method, target, body=b"", extra=(), length=..., own_id="mine"):
        named = dict([key(), *extra]) # a header twice is a case of its own
        keyed = [p for p in [key()] if named["HTTP_AUTHORIZATION"] == p[1]]
        extra = [PREFIX, ("HTTP_X_REQUEST_ID", own_id), *keyed, *(p for p in extra if p[1] is not None)]
        c.send(fcgi.request(method, target, body, content_length=length, extra=extra))

    def ask(self, c, *args, **kwargs):
        self.send(c, *args, **kwargs)
        answer = c.answer()
        self.assertEqual(answer.headers["x-request-id"], kwargs.get("own_id", "mine"))
        return answer

    def assert_next_is_ours(self, c):
        """The connection goes on with our request, or has ended; nothing else comes of it."""
        try:
            self.assertEqual(self.ask(c, "GET", LIVE, own_id="next").status, 200)
        except (fcgi.Closed, BrokenPipeError) as e:
            self.assertEqual(getattr(e, "got", b""), b"")

    def test_bodies_on_early_exits(self):
        for name, (status, method, target, extra) in EARLY_EXITS.items():
            for filler in (b"", b"x" * 8152, b"x" * 8192, b"x" * 100_000):
                with self.subTest(name, filler=len(filler)), self.connect() as c:
                    self.assertEqual(self.ask(c, method, target, filler + FORGED, extra).status, status)
                    self.assert_next_is_ours(c)

    def test_bodies_with_a_wrong_key(self):
        for wrong in ("Bearer zk_wrong", "Bearer", "Basic eDp5", "zk"):
            with self.subTest(wrong), self.connect() as c:
                answer = self.ask(c, "GET", "/api/v1/visits?limit=1", FORGED, [("HTTP_AUTHORIZATION", wrong)])
                self.assertEqual(answer.status, 401)
                self.assert_next_is_ours(c)

    def test_bodies_over_the_cap(self):
        for n in (256 * 1024 + 1, 2_000_000):
            with self.connect() as c:
                self.assertEqual(self.ask(c, "POST", "/api/v1/visits", bytes(n) + FORGED).status, 413)
                self.assert_next_is_ours(c)

    def test_bodies_of_another_length_than_said(self):
        body = b'{"title": "short or long"}'
        for said in (len(body) - 1, len(body) + 1, 0, None, 10 ** 9, "1x", "-1"):
            for more in (b"", FORGED):
                with self.subTest(said, more=len(more)), self.connect() as c:
                    answer = self.ask(c, "POST", "/api/v1/visits", body + more, [("CONTENT_TYPE", "application/json")], said)
                    self.assertEqual(answer.status, 400)
                    self.assert_next_is_ours(c)

    def test_nothing_was_smuggled(self):
        with self.connect() as c:
            answer = self.ask(c, "GET", "/api/v1/visits?title=smuggled")
            self.assertEqual(answer.status, 200)
            self.assertEqual(json.loads(answer.body)["items"], [])

    def test_bad_records_end_their_connection_only(self):
        with self.connect() as other:
            self.assertEqual(self.ask(other, "GET", LIVE).status, 200)
            for name, data in fcgi.bad_requests().items():
                with self.subTest(name), self.connect() as c:
                    c.send(data)
                    self.assertTrue(c.is_closed())
            self.assertEqual(self.ask(other, "GET", LIVE).status, 200)

    def test_half_requests_end_with_their_peer(self):
        whole = FORGED
        for cut in (1, 8, 15, 16, 24, 60, len(whole) - 30, len(whole) - 1):
            with self.subTest(cut), self.connect() as c:
                c.send(whole[:cut])
                c.socket.shutdown(1)
                self.assertTrue(c.is_closed())

    def test_longest_names_and_many_records(self):
        with self.connect() as c:
            self.assertEqual(self.ask(c, "GET", LIVE, extra=[("N" * 65535, "v")]).status, 200)
            c.send(fcgi.begin() + fcgi.stream(fcgi.PARAMS, fcgi.pairs("POST", "/api/v1/visits", 20000, [PREFIX, key()]), chunk=1)
                   + fcgi.stream(fcgi.STDIN, b"y" * 20000, chunk=1))
            self.assertEqual(c.answer().status, 415)
            self.assert_next_is_ours(c)
        with self.connect() as c:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                c.send(fcgi.begin() + fcgi.record(fcgi.PARAMS, fcgi.pair("A", "b"), padding=4) * 20000)
            self.assertTrue(c.is_closed())


class SlowTest(unittest.TestCase):
    def test_counts_leave_threads_for_reads(self):
        """More counts at once than there are threads: every one is answered, and reads among them too."""
        statuses, lock = [], threading.Lock()

        def count():
            with fcgi.Connection(harness.app_socket(), timeout=60) as c:
                for _ in range(3):
                    c.send(fcgi.request(target="/api/v1/visits?count=exact&title.contains=a", extra=[PREFIX]))
                    status = c.answer().status
                    with lock:
                        statuses.append(status)

        flood = [threading.Thread(target=count) for _ in range(64)]
        for t in flood:
            t.start()
        with fcgi.Connection(harness.app_socket(), timeout=60) as c:
            for _ in range(20):
                self.assertEqual(c.ask(target=NOBODY, extra=[PREFIX]).status, 404)
        for t in flood:
            t.join()
        self.assertEqual(len(statuses), 192)
        self.assertLessEqual(set(statuses), {200, 503})
        self.assertIn(200, statuses)


if __name__ == "__main__":
    unittest.main()
