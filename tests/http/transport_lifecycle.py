# SPDX-License-Identifier: Apache-2.0
"""Master and workers: sockets, readiness, draining, crashes. Run by ctest, with test_transport."""
import contextlib
import fcntl
import os
import re
import resource
import signal
import socket
import stat
import tempfile
import time
import unittest

from echo import EchoTest, gone, wait_for
from fcgi_client import Closed, request


class LifecycleTest(EchoTest):
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
        self.assertIn("another server serves on", second.messages())
        self.assertEqual(first.ask(target="/x").status, 200)

    def test_new_server_starts_beside_a_worker_whose_master_was_killed(self):
        first = self.serve(processes=2)
        with first.connect(timeout=60) as runs:
            runs.send(request(target="/sleep/8000"))
            time.sleep(0.2)
            workers = first.workers()
            first.process.kill()
            first.process.wait()
            wait_for(lambda: any(gone(pid) for pid in workers))  # the other has the request
            second = self.serve(path=first.path)
            self.assertFalse(all(gone(pid) for pid in workers))
            self.assertIn(self.said(second.ask(target="/x"))["pid"], second.workers())
            self.assertEqual(runs.answer().status, 200)
        wait_for(lambda: all(gone(pid) for pid in workers))
        self.assertEqual(second.stop(), 0)

    def test_log_file_that_reached_its_limit_ends_nothing(self):
        server = self.serve(popen={"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))})
        for _ in range(30):
            with server.connect() as c:
                c.send(b"no request of the protocol")
                self.assertTrue(c.is_closed())
        worker, = server.workers()
        os.kill(worker, signal.SIGKILL)  # of which the master would write
        wait_for(lambda: server.workers() not in ([], [worker]))
        self.assertEqual(server.ask(target="/x").status, 200)
        self.assertEqual(server.stop(), 0)

    def test_log_that_nobody_reads_stops_nothing(self):
        def complain(times):
            for _ in range(times):
                with server.connect() as c:
                    c.send(b"no request of the protocol")
                    self.assertTrue(c.is_closed())

        pipe = [open(fd, mode, buffering=0) for fd, mode in zip(os.pipe(), ("rb", "wb"))]
        fcntl.fcntl(pipe[0], fcntl.F_SETPIPE_SZ, 4096)
        pair = socket.socketpair()
        pair[1].setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        for reads, writes in pipe, pair:
            with self.subTest(writes), reads, writes:
                server = self.serve(ready=False, launcher=["sh", "-c", 'exec "$0" "$@" 2>&0 0</dev/null'],
                                    popen={"stdin": writes})
                wait_for(lambda: os.path.exists(server.path) and server.workers())
                complain(100)
                worker, = server.workers()
                os.kill(worker, signal.SIGKILL)  # of which the master writes
                wait_for(lambda: server.workers() not in ([], [worker]))
                complain(100)
                os.set_blocking(reads.fileno(), False)
                with contextlib.suppress(BlockingIOError):
                    while os.read(reads.fileno(), 65536):
                        pass
                complain(1)
                said = os.read(reads.fileno(), 65536).decode()
                self.assertRegex(said, r"^time=\S+ level=warn msg=\"\d+ log lines were lost: nobody read them\"\n")
                self.assertEqual(server.ask(target="/x").status, 200)
                self.assertEqual(server.stop(), 0)

    def test_server_that_starts_at_the_same_time_is_refused(self):
        with tempfile.TemporaryDirectory() as d:
            path = os.path.join(d, "s")
            with open(path + ".lock", "w") as lock:  # another one holds it before it has a socket
                fcntl.flock(lock, fcntl.LOCK_EX)
                server = self.serve(path=path, ready=False)
                self.assertEqual(server.process.wait(10), 1)
                self.assertIn(f"{path}.lock is locked: another server serves on {path}", server.messages())
            server = self.serve(path=path)
            self.assertEqual(server.stop(), 0)
            self.assertEqual(self.serve(path=path).ask(target="/x").status, 200)

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
        server = self.serve(path="/nonexistent/s", ready=False)
        self.assertEqual(server.process.wait(10), 1)
        self.assertIn("cannot listen on /nonexistent/s", server.messages())

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
        # An idle connection stays open for 200 ms after the signal: a busy machine may sleep through them,
        # but not each time.
        for attempt in range(8):
            server = self.serve()
            with server.connect() as c:
                self.assertEqual(c.ask(target="/x").status, 200)
                server.process.terminate()
                time.sleep(0.05)
                try:
                    late = c.ask(target="/late")
                except (Closed, ConnectionError):
                    late = None
                if late:
                    self.assertEqual(late.status, 200)
                    self.assertTrue(c.is_closed())
            self.assertEqual(server.process.wait(10), 0)
            if late:
                return
        self.fail("idle connections are closed at once")

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

    def test_killed_worker_is_told_of_and_replaced(self):
        server = self.serve(processes=2)
        victim = server.workers()[0]
        os.kill(victim, signal.SIGKILL)
        wait_for(lambda: re.search(rf"\(process {victim}\) was killed by signal 9 \(Killed\), not by the master: for want of "
                                   r"memory.*; next start in 100 ms", server.messages()))
        wait_for(lambda: len(server.workers()) == 2 and victim not in server.workers())
        self.assertEqual(server.ask(target="/x").status, 200)
        self.assertEqual(server.stop(), 0)

    def test_what_a_killed_worker_had_to_say_is_said(self):
        server = self.serve()
        with server.connect() as c:
            c.send(request(target="/die"))
            server.wait_for_message("was killed by signal 9")
        self.assertEqual(re.findall(r'msg="last words"|was killed', server.messages()), ['msg="last words"', "was killed"])
        self.assertEqual(server.stop(), 0)

    def test_workers_that_cannot_start_are_told_and_tried_again(self):
        for what in ("XP", "XT"):
            server = self.serve(home_country=what, ready=False)
            wait_for(lambda s=server: s.messages().count("could not start (exit code 3)") >= 3)
            waits = [int(n) for n in re.findall(r"next start in (\d+) ms", server.messages())]
            self.assertEqual(waits[:3], [100, 200, 400])
            self.assertIn("cannot start: ", server.messages())
            self.assertNotIn("ready", server.messages())
            self.assertEqual(server.stop(), 0)

    def test_workers_end_when_the_master_is_killed(self):
        server = self.serve(processes=2)
        workers = server.workers()
        self.assertEqual(len(workers), 2)
        server.process.kill()
        server.process.wait()
        try:
            wait_for(lambda: all(gone(pid) for pid in workers))
        finally:
            for pid in workers:
                if not gone(pid):
                    os.kill(pid, signal.SIGKILL)

    def test_more_connections_than_select_could_bear(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if hard < 4096:
            self.skipTest("the limit of open descriptors is too low")
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        server = self.serve(processes=1, threads=2)
        with contextlib.ExitStack() as stack:
            kept = [stack.enter_context(server.connect(timeout=60)) for _ in range(1500)]
            for _ in range(2):
                for c in kept:
                    c.send(request(target="/x"))
                for c in kept:
                    self.assertEqual(c.answer().status, 200)
        self.assertEqual(server.stop(), 0)

    def descriptors(self, n):
        return {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (n, n))}

    def test_idle_connections_make_room_when_descriptors_are_out(self):
        server = self.serve(processes=2, popen=self.descriptors(64))
        with contextlib.ExitStack() as stack:
            runs = stack.enter_context(server.connect(timeout=60))
            runs.send(request(target="/sleep/2000"))
            time.sleep(0.2)
            idle = [stack.enter_context(server.connect()) for _ in range(200)]
            for _ in range(10):  # a kept one is asked again
                c = stack.enter_context(server.connect())
                for _ in range(2):
                    self.assertEqual(c.ask(target="/x").status, 200)
            self.assertEqual(runs.answer().status, 200)
            self.assertTrue(any(c.is_closed(within=0.1) for c in idle[:20]))
            server.wait_for_message("idle connections are closed for new ones")
        self.assertEqual(server.ask(target="/x").status, 200)
        self.assertEqual(server.stop(), 0)

    def test_connections_handed_over_when_descriptors_are_out_make_room_too(self):
        server = self.serve(processes=2, popen=self.descriptors(64))
        with contextlib.ExitStack() as stack:
            kept = [stack.enter_context(server.connect()) for _ in range(60)]
            self.assertEqual(kept[-1].ask(target="/x").status, 200)
            server.reload(processes=1)
            wait_for(lambda: len(server.workers()) == 1)
            self.assertEqual(server.ask(target="/x").status, 200)
        self.assertNotIn("is lost", server.messages())
        self.assertEqual(server.stop(), 0)

    def test_running_out_of_descriptors_is_survived(self):
        server = self.serve(threads=2, popen=self.descriptors(40))
        with contextlib.ExitStack() as stack:
            for _ in range(60):  # none is idle for long
                c = stack.enter_context(server.connect(timeout=60))
                with contextlib.suppress(OSError):  # but this one was
                    c.send(request(target="/x")[:20])
            wait_for(lambda: "trying again" in server.messages())
        self.assertEqual(server.ask(target="/x").status, 200)
        self.assertEqual(server.stop(), 0)


if __name__ == "__main__":
    unittest.main()
