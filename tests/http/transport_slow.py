# SPDX-License-Identifier: Apache-2.0
"""What must not hold threads: half requests, slow ones beyond their share, workers that hang. Run by ctest."""
import contextlib
import os
import re
import signal
import socket
import threading
import time
import unittest

from echo import EchoTest, wait_for
from fcgi_client import BEGIN, Closed, record, request

WHOLE = request("POST", "/x", b"12345")


class HalfHeadTest(EchoTest):
    def test_half_heads_hold_no_thread(self):
        server = self.serve(processes=1, threads=2, io_timeout_ms=20000)
        with contextlib.ExitStack() as stack:
            halves = [stack.enter_context(server.connect()) for _ in range(100)]
            for n, c in enumerate(halves):
                c.send(WHOLE[:1 + n % 40])
            # Were they to hold both threads, this would take the 20 s of their time limit.
            begin = time.monotonic()
            for _ in range(10):
                self.assertEqual(server.ask(target="/x").status, 200)
            self.assertLess(time.monotonic() - begin, 15)
            for n, c in enumerate(halves):
                c.send(WHOLE[1 + n % 40:])
            for c in halves:
                self.assertEqual(self.said(c.answer())["body_bytes"], 5)
            self.assertEqual(halves[0].ask(target="/x").status, 200)
        self.assertEqual(server.stop(), 0)

    def test_half_heads_end_at_their_time_and_when_the_peer_goes(self):
        server = self.serve(io_timeout_ms=1000)
        with server.connect() as waits, server.connect() as goes:
            begin = time.monotonic()
            waits.send(WHOLE[:20])
            goes.send(WHOLE[:20])
            goes.socket.shutdown(1)
            self.assertTrue(goes.is_closed())
            self.assertIn("it ends within the parameters", server.messages())
            self.assertTrue(waits.is_closed(within=30))
            self.assertGreaterEqual(time.monotonic() - begin, 1)
        server.wait_for_message("the rest of a request's parameters does not come")
        self.assertEqual(server.stop(), 0)

    def test_half_head_that_turns_bad(self):
        server = self.serve(io_timeout_ms=20000)
        with server.connect() as c:
            c.send(WHOLE[:16])
            time.sleep(0.05)
            c.send(record(BEGIN, bytes(8)))
            self.assertTrue(c.is_closed())
        server.wait_for_message("a foreign record stands among the parameters")

    def test_end_of_the_server_does_not_wait_for_half_heads(self):
        server = self.serve(io_timeout_ms=60000)
        with server.connect() as c:
            c.send(WHOLE[:20])
            begin = time.monotonic()
            self.assertEqual(server.stop(), 0)
            self.assertLess(time.monotonic() - begin, 20)
            self.assertTrue(c.is_closed())


class HalfBodyTest(EchoTest):
    def test_bodies_that_stop_half_way_hold_no_more_threads_than_slow_requests(self):
        server = self.serve(threads=4, slow_threads=2, io_timeout_ms=20000, slow_wait_ms=300)
        begin = time.monotonic()
        halves = [self.enterContext(server.connect()) for _ in range(20)]
        for c in halves:
            c.send(WHOLE[:-10])
        for _ in range(10):
            self.assertEqual(server.ask(target="/x").status, 200)
        wait_for(lambda: server.messages().count("a body does not come") == 18)
        self.assertLess(time.monotonic() - begin, 15)
        whole = []
        for c in halves:  # two have a thread each, whichever came first
            with contextlib.suppress(Closed, OSError):
                c.send(WHOLE[-10:])
                whole.append(self.said(c.answer())["body_bytes"])
        self.assertEqual(whole, [5, 5])
        self.assertEqual(server.stop(), 0)


class WholeBodyTest(EchoTest):
    def test_large_bodies_that_have_arrived_wait_for_no_slow_request(self):
        server = self.serve(threads=4, slow_threads=1, io_timeout_ms=20000, slow_wait_ms=300)
        with server.connect(timeout=60) as slow:
            slow.send(request(target="/slow/sleep/4000"))
            time.sleep(0.2)
            for n in 50_000, 97_000, 120_000, 150_000:
                with server.connect(timeout=60) as c:
                    whole = request("POST", "/x", b"z" * n)
                    self.assertEqual(c.socket.send(whole, socket.MSG_DONTWAIT), len(whole))
                    self.assertEqual(self.said(c.answer())["body_bytes"], n)
                    self.assertEqual(c.ask(target="/x").status, 200)
            with server.connect(timeout=60) as c:  # it comes while it waits for a place
                c.send(WHOLE[:-10])
                time.sleep(0.1)
                c.send(WHOLE[-10:])
                self.assertEqual(c.answer().status, 200)
            with server.connect(timeout=60) as c:  # as slow as any other below /slow
                c.send(request("POST", "/slow/x", bytes(120_000)))
                self.assertEqual(c.answer().status, 503)
            self.assertEqual(slow.answer().status, 200)
        self.assertEqual(server.stop(), 0)


class TrickleTest(EchoTest):
    """Each byte comes, or is taken, in time; the whole does not."""

    def test_body(self):
        server = self.serve(io_timeout_ms=1000)
        whole = request("POST", "/x", bytes(200))
        with server.connect() as c:
            c.send(whole[:-100])
            with self.assertRaises(OSError):
                for byte in whole[-100:]:
                    c.send(bytes([byte]))
                    time.sleep(0.25)  # 25 s for all
        self.assertIn("too slowly", server.messages())
        self.assertEqual(server.ask(target="/x").status, 200)
        self.assertEqual(server.stop(), 0)

    def test_answer(self):
        server = self.serve(io_timeout_ms=300)
        with server.connect() as c:
            c.send(request(target="/large/30000000"))
            got = 0
            with self.assertRaises((Closed, OSError)):
                for _ in range(400):
                    got += len(c.exactly(30_000))
                    time.sleep(0.03)
            self.assertGreater(got, 1_000_000)
        self.assertIn("taken too slowly", server.messages())
        self.assertEqual(server.stop(), 0)


class UnreadTest(EchoTest):
    def test_answers_that_nobody_reads_hold_no_thread(self):
        server = self.serve(threads=2, io_timeout_ms=20000)
        with contextlib.ExitStack() as stack:
            unread = [stack.enter_context(server.connect(timeout=60)) for _ in range(10)]
            for c in unread:
                c.send(request(target="/large/2000000"))
            begin = time.monotonic()
            for _ in range(20):
                self.assertEqual(server.ask(target="/x").status, 200)
            self.assertLess(time.monotonic() - begin, 15)
            for c in unread[:5]:
                self.assertEqual(len(c.answer().body), 2000000)
                self.assertEqual(c.ask(target="/x").status, 200)  # and lives on
        self.assertEqual(server.stop(), 0)

    def test_answer_nobody_reads_ends_at_its_time(self):
        server = self.serve(io_timeout_ms=500)
        with server.connect() as c:
            c.send(request(target="/large/2000000"))
            server.wait_for_message("taken too slowly")
            with self.assertRaises((Closed, OSError)):
                c.exactly(2_000_000)
        self.assertEqual(server.stop(), 0)

    def test_end_of_the_server_waits_for_who_reads(self):
        server = self.serve()
        with server.connect(timeout=30) as c:
            c.send(request(target="/large/4000000"))
            c.exactly(8)
            server.process.send_signal(signal.SIGTERM)
            time.sleep(0.5)
            self.assertIsNone(server.process.poll())
            self.assertGreater(len(c.exactly(4_000_000)), 0)
        self.assertEqual(server.stop(), 0)

    def test_reload_hands_over_who_reads(self):
        server = self.serve()
        with server.connect(timeout=30) as c:
            c.send(request(target="/large/4000000"))
            time.sleep(0.3)
            before = server.workers()
            server.reload()
            self.assertEqual(len(c.answer().body), 4000000)
            wait_for(lambda: not set(before) & set(server.workers()))
            self.assertEqual(c.ask(target="/x").status, 200)
        self.assertEqual(server.stop(), 0)


class SlowTest(EchoTest):
    def test_slow_requests_leave_threads_to_others(self):
        server = self.serve(processes=2, threads=4, slow_threads=2)
        with contextlib.ExitStack() as stack:
            slow = [stack.enter_context(server.connect()) for _ in range(40)]
            answered = []

            def wait(c):
                answered.append(c.answer().status)

            for c in slow:
                c.send(request(target="/slow/sleep/200"))
            waiting = [threading.Thread(target=wait, args=(c,)) for c in slow]
            for t in waiting:
                t.start()
            # 40 x 200 ms in 4 places take 2 s at least; these are answered while most of them still wait.
            for _ in range(20):
                self.assertEqual(server.ask(target="/x").status, 200)
            still = len(slow) - len(answered)
            for t in waiting:
                t.join()
            self.assertEqual(answered, [200] * 40)
            self.assertGreater(still, 0)
        self.assertEqual(server.stop(), 0)

    def test_places_are_a_quarter_of_the_threads_or_as_said_up_to_half(self):
        for threads, said, places in ((1, 0, 1), (4, 0, 1), (9, 0, 2), (5, 2, 2), (5, 9, 2), (1, 1, 1)):
            server = self.serve(threads=threads, slow_threads=said)
            with contextlib.ExitStack() as stack:
                slow = [stack.enter_context(server.connect()) for _ in range(places * 3)]
                begin = time.monotonic()
                for c in slow:
                    c.send(request(target="/slow/sleep/200"))
                for c in slow:
                    self.assertEqual(c.answer().status, 200)
                self.assertGreaterEqual(time.monotonic() - begin, 0.6)

    def test_slow_requests_leave_half_the_time_to_others(self):
        server = self.serve(processes=1, threads=4)
        with contextlib.ExitStack() as stack:
            others, *slow = [stack.enter_context(server.connect(timeout=60)) for _ in range(4)]
            others.send(request(target="/sleep/3000"))
            time.sleep(0.1)
            begin = time.monotonic()
            for c in slow:
                c.send(request(target="/slow/sleep/200"))
            self.assertEqual([c.answer().status for c in slow], [200] * 3)
            self.assertGreaterEqual(time.monotonic() - begin, 1.0)  # three of 200 ms, and two rests
            self.assertEqual(others.answer().status, 200)
        self.assertEqual(server.stop(), 0)

    def test_parked_requests_are_served_in_their_order(self):
        server = self.serve(threads=2)
        with contextlib.ExitStack() as stack:
            slow = [stack.enter_context(server.connect()) for _ in range(6)]
            order = []

            def wait(n):
                slow[n].answer()
                order.append(n)
            waiting = [threading.Thread(target=wait, args=(n,)) for n in range(6)]
            for n, t in enumerate(waiting):
                t.start()
                slow[n].send(request(target="/slow/sleep/150"))
                server.ask(target="/x")  # by now the one before has been seen
                time.sleep(0.02)
            for t in waiting:
                t.join()
            self.assertEqual(order, sorted(order))

    def test_who_waits_in_vain_is_answered_503_and_the_connection_lives(self):
        server = self.serve(threads=2, slow_wait_ms=1000)
        with server.connect() as runs, server.connect() as waits:
            runs.send(request(target="/slow/sleep/4000"))
            time.sleep(0.1)
            waits.send(request("POST", "/slow/sleep/1", b"12345"))
            refused = waits.answer()
            self.assertEqual((refused.status, self.said(refused)["body_error"]), (503, 503))
            self.assertEqual(waits.ask(target="/x").status, 200)
            self.assertEqual(runs.answer().status, 200)
            self.assertEqual(waits.ask(target="/slow/sleep/1").status, 200)
        self.assertEqual(server.stop(), 0)

    def test_rest_of_a_place_refuses_nobody(self):
        server = self.serve(processes=1, threads=4, slow_wait_ms=400)
        with contextlib.ExitStack() as stack:
            others, runs, waits = [stack.enter_context(server.connect(timeout=60)) for _ in range(3)]
            others.send(request(target="/sleep/5000"))
            time.sleep(0.1)
            statuses = []
            while 200 not in statuses and len(statuses) < 4:  # a slow machine may refuse one
                self.assertEqual(runs.ask(target="/slow/sleep/600").status, 200)  # it would rest half a second
                statuses.append(waits.ask(target="/slow/sleep/1").status)
            self.assertIn(200, statuses)
            self.assertEqual(others.answer().status, 200)
        self.assertEqual(server.stop(), 0)

    def test_rest_of_a_place_ends_for_who_came_before_it(self):
        server = self.serve(processes=1, threads=4, slow_wait_ms=1000)
        with contextlib.ExitStack() as stack:
            others, runs, waits = [stack.enter_context(server.connect(timeout=60)) for _ in range(3)]
            others.send(request(target="/sleep/12000"))
            statuses = []
            for _ in range(4):
                runs.send(request(target="/slow/sleep/950"))
                time.sleep(0.02)
                waits.send(request(target="/slow/sleep/1"))  # its patience ends 70 ms after the other, which would rest 250
                statuses.append(waits.answer().status)
                self.assertEqual(runs.answer().status, 200)
                time.sleep(0.5)
            self.assertGreater(statuses.count(200), 2, statuses)  # a slow machine may refuse one
            self.assertEqual(others.answer().status, 200)
        self.assertEqual(server.stop(), 0)

    def test_parked_peers_that_go_cost_nothing(self):
        server = self.serve(threads=2)
        with server.connect() as runs:
            runs.send(request(target="/slow/sleep/500"))
            time.sleep(0.1)
            for _ in range(50):
                with server.connect() as c:
                    c.send(request(target="/slow/x"))
            self.assertEqual(runs.answer().status, 200)
        self.assertEqual(server.ask(target="/slow/x").status, 200)
        self.assertEqual(server.stop(), 0)

    def test_end_of_the_server_serves_who_is_parked(self):
        server = self.serve(threads=2)
        with contextlib.ExitStack() as stack:
            slow = [stack.enter_context(server.connect()) for _ in range(5)]
            for c in slow:
                c.send(request(target="/slow/sleep/300"))
            time.sleep(0.2)
            server.process.terminate()
            for c in slow:
                self.assertEqual(c.answer().status, 200)
                self.assertTrue(c.is_closed())
        self.assertEqual(server.process.wait(30), 0)

    def test_forged_request_behind_a_parked_one_is_never_served(self):
        server = self.serve(threads=2)
        with server.connect() as runs, server.connect() as c:
            runs.send(request(target="/slow/sleep/300"))
            time.sleep(0.1)
            c.send(request("GET", "/slow/x", request(target="/stolen")))
            self.assertEqual(self.said(c.answer())["path"], "/slow/x")
            self.assertEqual(self.said(c.ask(target="/mine"))["path"], "/mine")
            c.send(request(target="/slow/a") + request(target="/b"))
            self.assertEqual(self.said(c.answer())["path"], "/slow/a")
            self.assertTrue(c.is_closed())


class HangTest(EchoTest):
    def test_stopped_worker_is_killed_and_replaced(self):
        server = self.serve(processes=2, hang_timeout_ms=500)
        victim = server.workers()[0]
        os.kill(victim, signal.SIGSTOP)
        server.wait_for_message(f"(process {victim}) has made no progress for 500 ms: killing it", 30)
        wait_for(lambda: re.search(rf"process {victim}\) was killed by signal 9 .*next start in", server.messages()))
        wait_for(lambda: len(server.workers()) == 2 and victim not in server.workers())
        self.assertEqual(server.ask(target="/x").status, 200)
        self.assertEqual(server.stop(), 0)

    def test_worker_whose_threads_are_all_stuck_is_replaced(self):
        server = self.serve(processes=1, threads=2, hang_timeout_ms=1000)
        with contextlib.ExitStack() as stack:
            stuck = [stack.enter_context(server.connect(timeout=60)) for _ in range(2)]
            for c in stuck:
                c.send(request(target="/sleep/60000"))
            for c in stuck:
                self.assertTrue(c.is_closed(within=30))
        server.wait_for_message("has made no progress for 1000 ms")
        self.assertEqual(server.ask(target="/x").status, 200)
        self.assertEqual(server.stop(), 0)

    def test_one_free_thread_is_progress(self):
        server = self.serve(processes=1, threads=2, hang_timeout_ms=500)
        with server.connect() as c:
            c.send(request(target="/sleep/2500"))
            self.assertEqual(c.answer().status, 200)
        self.assertNotIn("no progress", server.messages())
        self.assertEqual(server.stop(), 0)


if __name__ == "__main__":
    unittest.main()
