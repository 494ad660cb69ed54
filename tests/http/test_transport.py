# SPDX-License-Identifier: Apache-2.0
"""The transport, spoken to in raw FastCGI, well-formed and forged."""
import contextlib
import json
import os
import threading
import time
import unittest

import fcgi_client as fcgi
from echo import EchoTest, Server
from fcgi_client import request


def body_sum(data):
    total = 0
    for byte in data:
        total = (total * 31 + byte) & 0xFFFFFFFF
    return total


class TransportTest(EchoTest):
    """One server for all: each test must leave it alive."""

    @classmethod
    def setUpClass(cls):
        cls.server = Server(processes=1, threads=4, io_timeout_ms=1000)
        with cls.server.connect() as c:
            cls.pid = json.loads(c.ask(target="/x").body)["pid"]

    @classmethod
    def tearDownClass(cls):
        code = cls.server.stop()
        messages = cls.server.messages()
        cls.server.close()
        if code != 0 or "killed" in messages or "Sanitizer" in messages:
            raise AssertionError(f"exit code {code}:\n{messages}")

    def assert_alive(self):
        """And never restarted."""
        self.assertEqual(self.said(self.server.ask(target="/x"))["pid"], self.pid)

    def test_answer_has_status_type_length_and_end(self):
        answer = self.server.ask("POST", "/a/b?c=d", b"12345")
        self.assertEqual(answer.lines[0], "Status: 200 OK")
        self.assertEqual(answer.headers["content-type"], "application/json")
        self.assertEqual(int(answer.headers["content-length"]), len(answer.body))
        self.assertEqual((answer.app_status, answer.protocol_status), (0, 0))
        said = self.said(answer)
        self.assertEqual((said["method"], said["path"], said["body_bytes"]), ("POST", "/a/b", 5))

    def test_kept_connection_serves_many(self):
        with self.server.connect() as c:
            for i in range(50):
                body = bytes([i]) * (i * 997)
                said = self.said(c.ask("PUT", f"/n/{i}", body))
                self.assertEqual(said["path"], f"/n/{i}")
                self.assertEqual(said["body_sum"], body_sum(body))

    def test_request_ids_are_echoed(self):
        with self.server.connect() as c:
            for request_id in (1, 2, 255, 256, 65535):
                self.assertEqual(c.ask(target="/x", request_id=request_id).status, 200)

    def test_unkept_connection_is_closed_after_its_answer(self):
        with self.server.connect() as c:
            self.assertEqual(c.ask(target="/x", keep=False).status, 200)
            self.assertTrue(c.is_closed())

    def test_head_204_and_304_carry_neither_body_nor_length(self):
        with self.server.connect() as c:
            head = c.ask("HEAD", "/x")
            self.assertEqual((head.status, head.body), (200, b""))
            self.assertEqual(head.headers["content-type"], "application/json")
            self.assertNotIn("content-length", head.headers)
            for status in (204, 304):
                answer = c.ask(target=f"/status/{status}")
                self.assertEqual((answer.status, answer.body), (status, b""))
                self.assertNotIn("content-length", answer.headers)
                self.assertNotIn("content-type", answer.headers)
            bodiless = c.ask(target="/bodiless")
            self.assertEqual((bodiless.body, bodiless.headers["content-length"]), (b"", "0"))

    def test_large_answers_arrive_whole(self):
        with self.server.connect() as c:
            for n in (0, 1, 7, 8, 65000, 65528, 65529, 70000, 131056, 5_000_003):
                answer = c.ask(target=f"/large/{n}")
                self.assertEqual(int(answer.headers["content-length"]), n)
                self.assertEqual(answer.body, (b"abcdefghijklmnopqrstuvwxyz" * (n // 26 + 1))[:n])

    def test_answers_past_the_caps_become_500(self):
        with self.server.connect() as c:
            for target in ("/large/34000000", "/headers/10000", "/status/0", "/status/1000"):
                answer = c.ask(target=target)
                self.assertEqual(answer.status, 500, target)
                self.assertEqual(answer.headers["content-type"], "application/problem+json")
                self.assertEqual(self.said(answer)["status"], 500)
            self.assertEqual(c.ask("HEAD", "/status/0").body, b"")
            self.assertEqual(c.ask(target="/x").status, 200)

    def test_bodies_up_to_the_cap_arrive_whole(self):
        with self.server.connect() as c:
            for n in (1, 16383, 16384, 16385, 32768, 1024 * 1024 - 1, 1024 * 1024):
                body = os.urandom(n)
                said = self.said(c.ask("POST", "/x", body))
                self.assertEqual((said["body_bytes"], said["body_error"]), (n, 0))
                self.assertEqual(said["body_sum"], body_sum(body))

    def test_body_over_the_cap_is_413_and_the_connection_lives(self):
        with self.server.connect() as c:
            said = self.said(c.ask("POST", "/x", bytes(1024 * 1024 + 1)))
            self.assertEqual((said["body_bytes"], said["body_error"]), (0, 413))
            self.assertEqual(self.said(c.ask("POST", "/x", bytes(3 * 1024 * 1024)))["body_error"], 413)
            self.assertEqual(self.said(c.ask(target="/y"))["path"], "/y")

    def test_request_behind_a_body_that_was_not_seen_whole_is_not_half_read(self):
        with self.server.connect() as c:
            c.send(request("POST", "/x", bytes(200_000)) + request(target="/two"))
            self.assertEqual(self.said(c.answer())["body_bytes"], 200_000)
            self.assertTrue(c.is_closed())
        self.assert_alive()

    def test_bad_records_behind_a_head_end_the_connection(self):
        """What comes after the head was looked at is looked at, too, before libfcgi could stumble over it."""
        head = fcgi.begin() + fcgi.stream(fcgi.PARAMS, fcgi.pairs("POST", "/x", 10))
        values = fcgi.record(fcgi.GET_VALUES, fcgi.pair("FCGI_MAX_CONNS", "") * 20, request_id=0)
        before = self.server.workers()
        for name, late in (("management", values),
                           ("absurd lengths", fcgi.record(fcgi.GET_VALUES, b"\xff\xff\xff\xfe\xff\xff\xff\xfe", request_id=0)),
                           ("unknown type", fcgi.record(99, b"x", request_id=0)), ("begin", fcgi.begin()),
                           ("abort", fcgi.record(fcgi.ABORT)), ("parameters", fcgi.record(fcgi.PARAMS, fcgi.pairs())),
                           ("foreign id", fcgi.record(fcgi.STDIN, b"x", request_id=2)),
                           ("version", fcgi.record(fcgi.STDIN, b"x", version=7)),
                           ("padded end", fcgi.record(fcgi.STDIN, b"", padding=8))):
            for start in (b"", fcgi.record(fcgi.STDIN, b"0123456789"), fcgi.record(fcgi.STDIN, bytes(60000)) * 4):
                with self.subTest(name=name, before=len(start)), self.server.connect() as c:
                    c.send(head)
                    time.sleep(0.02)  # so that the head is looked at alone
                    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                        c.send(start + late + fcgi.record(fcgi.STDIN, b""))
                    self.assertTrue(c.is_closed())
        self.assertEqual(self.server.workers(), before)

    def test_body_in_small_pieces(self):
        body = os.urandom(300)
        with self.server.connect() as c:
            whole = request("POST", "/x", body)
            for i in range(len(whole) - 330, len(whole)):
                c.send(whole[i:i + 1] if i > len(whole) - 330 else whole[:i + 1])
            said = self.said(c.answer())
            self.assertEqual((said["body_bytes"], said["body_sum"]), (300, body_sum(body)))
            self.assertEqual(c.ask(target="/x").status, 200)

    def test_body_must_be_as_long_as_said(self):
        with self.server.connect() as c:
            for body, said_length in ((b"1234", 5), (b"123456", 5), (b"", 5), (b"12345", None), (b"12345", "5x"),
                                      (b"12345", "-5"), (b"1", "18446744073709551617"), (b"12345", " 5")):
                said = self.said(c.ask("POST", "/x", body, content_length=said_length))
                self.assertEqual((said["body_error"], said["body_bytes"]), (400, 0), (body, said_length))
            self.assertEqual(self.said(c.ask("POST", "/x", b"12345", content_length="5"))["body_error"], 0)

    def test_forged_request_in_a_body_is_never_served(self):
        forged = request(target="/stolen", extra=[("HTTP_AUTHORIZATION", "Bearer forged")])
        padding = b"x" * 8192  # so that it starts beyond what libfcgi reads at once
        for filler in (b"", padding[:len(padding) - 40], padding, padding * 3, padding * 16):
            body = filler + forged
            for method, target, length in (("GET", "/x", ...), ("POST", "/x", ...), ("DELETE", "/a//b", ...),
                                           ("POST", "/status/404", ...), ("POST", "/x", 3), ("POST", "/x", 10 ** 9),
                                           ("POST", "/status/0", ...)):
                with self.subTest(filler=len(filler), method=method, target=target, length=length):
                    with self.server.connect() as c:
                        c.send(request(method, target, body, content_length=length))
                        first = c.answer()
                        self.assertNotIn(b"stolen", first.body)
                        said = self.said(c.ask(target="/mine"))
                        self.assertEqual((said["path"], said["authorization"]), ("/mine", ""))

    def test_forged_request_behind_an_oversize_body_is_never_served(self):
        with self.server.connect() as c:
            body = bytes(1024 * 1024 + 5) + request(target="/stolen")
            self.assertEqual(self.said(c.ask("POST", "/x", body))["body_error"], 413)
            self.assertEqual(self.said(c.ask(target="/mine"))["path"], "/mine")

    def test_pipelined_request_is_not_half_read(self):
        with self.server.connect() as c:
            c.send(request(target="/one") + request(target="/two"))
            self.assertEqual(self.said(c.answer())["path"], "/one")
            self.assertTrue(c.is_closed())
        self.assert_alive()

    def test_parameters_without_end_kill_nobody(self):
        big = fcgi.pair("HTTP_X", b"y" * 60000) * 3
        with self.server.connect() as c:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                c.send(fcgi.begin() + fcgi.stream(fcgi.PARAMS, big) + fcgi.stream(fcgi.STDIN, b""))
            self.assertTrue(c.is_closed())
        self.assert_alive()

    def test_large_but_legal_parameters_are_read(self):
        value = "y" * 60000
        said = self.said(self.server.ask(target="/x", extra=[("HTTP_AUTHORIZATION", value)]))
        self.assertEqual(said["authorization"], value)
        many = [(f"HTTP_X_{i}", "v") for i in range(4000)]
        self.assertEqual(self.server.ask(target="/x", extra=many).status, 200)

    def test_bad_records_end_the_connection(self):
        for name, data in fcgi.bad_requests().items():
            with self.subTest(name), self.server.connect() as c:
                c.send(data)
                self.assertTrue(c.is_closed())
        self.assert_alive()

    def test_longest_name_of_one_record(self):
        for n in (65527, 65535):  # with its lengths it fills one record, or just does not
            with self.server.connect() as c:
                c.send(fcgi.begin() + fcgi.stream(fcgi.PARAMS, fcgi.pairs(extra=[("N" * n, "v")]), chunk=65535)
                       + fcgi.stream(fcgi.STDIN, b""))
                self.assertEqual(c.answer().status, 200)
                self.assertEqual(c.ask(target="/x").status, 200)

    def test_thousands_of_records(self):
        with self.server.connect() as c:
            c.send(fcgi.begin() + fcgi.stream(fcgi.PARAMS, fcgi.pairs("POST", "/x", 20000), chunk=1)
                   + fcgi.stream(fcgi.STDIN, b"y" * 20000, chunk=1))
            said = self.said(c.answer())
            self.assertEqual((said["body_bytes"], said["body_error"]), (20000, 0))
            self.assertEqual(c.ask(target="/x").status, 200)
        with self.server.connect() as c:  # small pairs, a record each: more than a head may have
            many = b"".join(fcgi.record(fcgi.PARAMS, fcgi.pair("A", "b"), padding=4) for _ in range(20000))
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                c.send(fcgi.begin() + many)
            self.assertTrue(c.is_closed())
        self.assert_alive()

    def test_half_records(self):
        whole = request("POST", "/x", b"12345")
        for cut in (1, 7, 8, 15, 16, 20, 40, len(whole) - 9, len(whole) - 1):
            with self.subTest(cut=cut):
                with self.server.connect() as c:  # a pause in the middle
                    c.send(whole[:cut])
                    time.sleep(0.03)
                    c.send(whole[cut:])
                    self.assertEqual(self.said(c.answer())["body_bytes"], 5)
                with self.server.connect() as c:  # nothing more, and the peer waits
                    c.send(whole[:cut])
                    self.assertTrue(c.is_closed())
                with self.server.connect() as c:  # nothing more, and the peer goes
                    c.send(whole[:cut])
        self.assert_alive()

    def test_head_in_small_pieces(self):
        whole = request("POST", "/x", b"12345")
        with self.server.connect() as c:
            for at in range(0, len(whole), 4):
                c.send(whole[at:at + 4])
            self.assertEqual(self.said(c.answer())["body_bytes"], 5)

    def test_peer_that_goes_before_its_answer(self):
        for _ in range(20):
            with self.server.connect() as c:
                c.send(request(target="/large/400000"))
        with self.server.connect() as c:
            c.send(request(target="/sleep/100"))
        self.assert_alive()

    def test_peer_that_does_not_read_is_given_up(self):
        with self.server.connect() as c:
            c.send(request(target="/large/5000000"))
            c.exactly(8)  # it has begun
            time.sleep(2.5)
            with self.assertRaises(fcgi.Closed) as closed:
                c.exactly(5_000_000)
            self.assertGreater(len(closed.exception.got), 0)
        self.assert_alive()

    def test_duplicate_guarded_headers_are_400(self):
        for name in ("HTTP_AUTHORIZATION", "HTTP_IF_MATCH", "HTTP_IF_NONE_MATCH", "HTTP_IDEMPOTENCY_KEY"):
            answer = self.server.ask(target="/x", extra=[(name, "a"), (name, "b")])
            self.assertEqual(answer.status, 400)
            self.assertEqual(self.said(answer)["errors"][0]["code"], "repeated")
        self.assertEqual(self.server.ask(target="/x", extra=[("HTTP_ACCEPT", "a"), ("HTTP_ACCEPT", "b")]).status, 200)
        self.assertEqual(self.server.ask(target="/x", extra=[("ZIARA_DUPLICATE", "HTTP_IF_MATCH")]).status, 200)

    def test_idle_connections_starve_nobody(self):
        with contextlib.ExitStack() as stack:
            idle = [stack.enter_context(self.server.connect()) for _ in range(100)]
            for c in idle[:50]:
                self.assertEqual(c.ask(target="/x").status, 200)
            begin = time.monotonic()
            self.assertEqual(self.server.ask(target="/x").status, 200)
            self.assertLess(time.monotonic() - begin, 1)
            for c in idle:
                self.assertEqual(c.ask(target="/x").status, 200)

    def test_slow_requests_block_nobody(self):
        with contextlib.ExitStack() as stack:
            slow = [stack.enter_context(self.server.connect()) for _ in range(3)]
            fast = stack.enter_context(self.server.connect())
            self.assertEqual(fast.ask(target="/x").status, 200)
            for c in slow:
                c.send(request(target="/sleep/600"))
            time.sleep(0.05)
            begin = time.monotonic()
            for _ in range(20):
                self.assertEqual(fast.ask(target="/x").status, 200)
            self.assertLess(time.monotonic() - begin, 0.4)
            for c in slow:
                self.assertEqual(c.answer().status, 200)

    def test_many_clients_at_once(self):
        wrong = []

        def client(n):
            with self.server.connect() as c:
                for i in range(100):
                    if self.said(c.ask("POST", f"/{n}/{i}", b"x" * n))["path"] != f"/{n}/{i}":
                        wrong.append((n, i))
        threads = [threading.Thread(target=client, args=(n,)) for n in range(16)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        self.assertEqual(wrong, [])


if __name__ == "__main__":
    unittest.main()
