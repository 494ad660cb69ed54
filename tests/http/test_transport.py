# SPDX-License-Identifier: Apache-2.0
"""Master, workers and transport, spoken to in raw FastCGI. ZIARA_TEST_BIN_DIR holds echo_server."""
import contextlib
import json
import os
import re
import resource
import signal
import socket
import stat
import subprocess
import tempfile
import threading
import time
import unittest

import fcgi_client as fcgi
from fcgi_client import Connection, request

BINARY = os.path.join(os.environ.get("ZIARA_TEST_BIN_DIR", "."), "echo_server")


def body_sum(data):
    total = 0
    for byte in data:
        total = (total * 31 + byte) & 0xFFFFFFFF
    return total


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
        self.process = subprocess.Popen(args, stdout=subprocess.DEVNULL, stderr=self.log, env={**os.environ, **(env or {})},
                                        stdin=popen.pop("stdin", subprocess.DEVNULL), **popen)
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


class TransportTest(unittest.TestCase):
    def serve(self, **kwargs):
        server = Server(**kwargs)
        self.addCleanup(server.close)
        return server

    def said(self, answer):
        return json.loads(answer.body)


class OneServer(TransportTest):
    """Tests that leave the server as they found it share one."""

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

    def test_absurd_parameter_lengths_kill_nobody(self):
        for lengths in (b"\xff\xff\xff\xff\x01", b"\x01\xff\xff\xff\xff", b"\xff\xff\xff\xfe\xff\xff\xff\xfe",
                        b"\xc0\x00\x00\x00\xc0\x00\x00\x00", b"\x80\x10\x00\x00\x01"):
            with self.server.connect() as c:
                c.send(fcgi.begin() + fcgi.stream(fcgi.PARAMS, lengths + b"A" * 64) + fcgi.stream(fcgi.STDIN, b""))
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
        good_params = fcgi.stream(fcgi.PARAMS, fcgi.pairs())
        cases = {
            "no begin": good_params,
            "stdin first": fcgi.record(fcgi.STDIN, b"x"),
            "version": fcgi.record(fcgi.BEGIN, bytes(8), version=2),
            "http": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
            "management": fcgi.record(fcgi.GET_VALUES, fcgi.pair("FCGI_MAX_CONNS", "") * 20, request_id=0),
            "unknown type": fcgi.record(99, b"x", request_id=0),
            "authorizer": fcgi.begin(role=2) + good_params,
            "filter": fcgi.begin(role=3) + good_params,
            "request id 0": fcgi.begin(request_id=0),
            "abort": fcgi.begin() + fcgi.record(fcgi.ABORT),
            "multiplexed": fcgi.begin() + fcgi.begin(request_id=2),
            "management in parameters": fcgi.begin() + fcgi.record(fcgi.GET_VALUES, b"\xff\xff\xff\xff\x01",
                                                                   request_id=0),
            "data in body": fcgi.begin() + good_params + fcgi.record(fcgi.DATA, b"x"),
            "management in body": fcgi.begin() + good_params + fcgi.record(
                fcgi.GET_VALUES, fcgi.pair("FCGI_MAX_CONNS", "") * 20, request_id=0),
        }
        for name, data in cases.items():
            with self.subTest(name), self.server.connect() as c:
                c.send(data)
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
                c.send(request(target="/large/3000000"))
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


class Lifecycle(TransportTest):
    def test_socket_has_the_mode_and_goes_with_the_server(self):
        server = self.serve()
        self.assertEqual(stat.S_IMODE(os.stat(server.path).st_mode), 0o600)
        self.assertEqual(server.stop(), 0)
        self.assertFalse(os.path.exists(server.path))

    def test_stale_socket_is_replaced(self):
        with tempfile.TemporaryDirectory() as d:
            path = os.path.join(d, "s")
            with socket.socket(socket.AF_UNIX) as s:
                s.bind(path)
            self.assertEqual(self.serve(path=path).ask(target="/x").status, 200)

    def test_second_server_is_refused_and_harms_nothing(self):
        first = self.serve()
        second = self.serve(path=first.path, ready=False)
        self.assertEqual(second.process.wait(10), 1)
        self.assertIn("another server answers", second.messages())
        self.assertEqual(first.ask(target="/x").status, 200)

    def test_other_files_are_left_alone(self):
        with tempfile.TemporaryDirectory() as d:
            path = os.path.join(d, "s")
            with open(path, "w") as f:
                f.write("mine")
            server = self.serve(path=path, ready=False)
            self.assertEqual(server.process.wait(10), 1)
            self.assertIn("is no socket", server.messages())
            with open(path) as f:
                self.assertEqual(f.read(), "mine")

    def test_unusable_paths_are_told(self):
        for path, told in (("/nonexistent/s", "cannot listen on /nonexistent/s"), ("", "set \"socket\"")):
            server = self.serve(path=path, ready=False)
            self.assertEqual(server.process.wait(10), 1)
            self.assertIn(told, server.messages())

    def test_listening_standard_input_is_served(self):
        with tempfile.TemporaryDirectory() as d, socket.socket(socket.AF_UNIX) as s:
            path = os.path.join(d, "inherited")
            s.bind(path)
            s.listen(16)
            server = self.serve(stdin=s)
            with Connection(path) as c:
                self.assertEqual(c.ask(target="/x").status, 200)
            self.assertFalse(os.path.exists(server.path))
            self.assertEqual(server.stop(), 0)
            self.assertTrue(os.path.exists(path))

    def test_socket_of_the_service_manager_is_served_and_readiness_told(self):
        with tempfile.TemporaryDirectory() as d, socket.socket(socket.AF_UNIX) as s, \
                socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            path, notify_path = os.path.join(d, "inherited"), os.path.join(d, "notify")
            s.bind(path)
            s.listen(16)
            notify.bind(notify_path)
            notify.settimeout(10)
            launcher = ["sh", "-c", 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" "$@" 3<&0 </dev/null', BINARY, "", "2", "2"]
            with subprocess.Popen(launcher, stdin=s, stderr=subprocess.DEVNULL,
                                  env={**os.environ, "NOTIFY_SOCKET": notify_path}) as process:
                try:
                    self.assertIn(b"READY=1", notify.recv(4096))
                    with Connection(path) as c:
                        self.assertEqual(c.ask(target="/x").status, 200)
                    process.terminate()
                    self.assertIn(b"STOPPING=1", notify.recv(4096))
                    self.assertEqual(process.wait(20), 0)
                finally:
                    process.kill()

    def test_sigterm_finishes_what_runs(self):
        for sig in (signal.SIGTERM, signal.SIGINT):
            server = self.serve(processes=2)
            with server.connect() as running, server.connect() as idle:
                self.assertEqual(idle.ask(target="/x").status, 200)
                running.send(request(target="/sleep/800"))
                time.sleep(0.2)
                begin = time.monotonic()
                server.process.send_signal(sig)
                time.sleep(0.1)
                self.assertEqual(idle.ask(target="/late").status, 200)  # a request that crossed the signal
                self.assertTrue(idle.is_closed())
                self.assertEqual(running.answer().status, 200)
                self.assertTrue(running.is_closed())
                self.assertEqual(server.process.wait(10), 0)
                self.assertLess(time.monotonic() - begin, 3)

    def test_idle_connections_do_not_hold_up_the_end(self):
        server = self.serve()
        with server.connect() as idle:
            self.assertEqual(idle.ask(target="/x").status, 200)
            begin = time.monotonic()
            self.assertEqual(server.stop(), 0)
            self.assertLess(time.monotonic() - begin, 2)
            self.assertTrue(idle.is_closed())

    def test_request_that_crosses_the_signal_is_answered(self):
        server = self.serve()
        with server.connect() as c:
            self.assertEqual(c.ask(target="/x").status, 200)
            server.process.terminate()
            time.sleep(0.05)
            self.assertEqual(c.ask(target="/late").status, 200)
            self.assertTrue(c.is_closed())
        self.assertEqual(server.process.wait(10), 0)

    def test_queued_connections_are_served_before_the_end(self):
        server = self.serve(processes=1, threads=1)
        with server.connect() as busy:
            busy.send(request(target="/sleep/500"))
            time.sleep(0.1)  # now nobody is left to accept
            queued = self.enterContext(server.connect())
            queued.send(request(target="/queued"))
            server.process.terminate()
            self.assertEqual(busy.answer().status, 200)
            self.assertEqual(self.said(queued.answer())["path"], "/queued")
            self.assertEqual(server.process.wait(10), 0)

    def test_crashed_worker_is_replaced_and_the_other_goes_on(self):
        server = self.serve(processes=2, threads=2)
        with server.connect() as c:
            c.send(request(target="/crash"))
            self.assertTrue(c.is_closed())
        self.assertEqual(server.ask(target="/x").status, 200)
        wait_for(lambda: re.search(r"worker \d .* killed by signal 11 .*next start in 100 ms", server.messages()))
        with server.connect() as c:
            c.send(request(target="/exit/7"))
            self.assertTrue(c.is_closed())
        wait_for(lambda: re.search(r"ended unasked \(exit code 7\); next start in", server.messages()))
        time.sleep(0.5)
        pids = set()
        with contextlib.ExitStack() as stack:
            for _ in range(200):
                c = stack.enter_context(server.connect())
                c.send(request(target="/sleep/10"))
                pids.add(self.said(c.answer())["pid"])
                if len(pids) == 2:
                    break
        self.assertEqual(server.stop(), 0)

    def test_workers_that_cannot_start_are_told_and_tried_again(self):
        for what in ("process", "thread"):
            server = self.serve(env={"ECHO_FAIL": what}, ready=False)
            wait_for(lambda s=server: s.messages().count("could not start (exit code 3)") >= 3)
            waits = [int(n) for n in re.findall(r"next start in (\d+) ms", server.messages())]
            self.assertEqual(waits[:3], [100, 200, 400])
            self.assertIn("cannot start: ", server.messages())
            self.assertNotIn("ready", server.messages())
            self.assertEqual(server.stop(), 0)

    def test_workers_end_when_the_master_is_killed(self):
        server = self.serve(processes=2)
        master = server.process.pid
        with open(f"/proc/{master}/task/{master}/children") as f:
            workers = [int(pid) for pid in f.read().split()]
        self.assertEqual(len(workers), 2)
        server.process.kill()
        server.process.wait()

        def gone(pid):
            try:
                with open(f"/proc/{pid}/stat") as f:  # nobody may be there to reap it
                    return f.read().rsplit(")", 1)[1].split()[0] == "Z"
            except (FileNotFoundError, ProcessLookupError):
                return True
        try:
            wait_for(lambda: all(gone(pid) for pid in workers))
        finally:
            for pid in workers:
                if not gone(pid):
                    os.kill(pid, signal.SIGKILL)

    def test_running_out_of_descriptors_is_survived(self):
        server = self.serve(preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40)))
        with contextlib.ExitStack() as stack:
            kept = [stack.enter_context(server.connect()) for _ in range(60)]
            wait_for(lambda: "trying again" in server.messages())
            self.assertEqual(kept[0].ask(target="/x").status, 200)
        self.assertEqual(server.ask(target="/x").status, 200)
        self.assertEqual(server.stop(), 0)


if __name__ == "__main__":
    unittest.main()
