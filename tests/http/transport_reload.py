# SPDX-License-Identifier: Apache-2.0
"""SIGHUP: another configuration without a cut or refused request. Run by ctest."""
import collections
import grp
import os
import signal
import subprocess
import sys
import time
import unittest

from echo import EchoTest, Load, wait_for
from fcgi_client import request


class ReloadTest(EchoTest):
    def country(self, server):
        return self.said(server.ask(target="/x"))["home_country"]

    def test_new_settings_count_in_every_worker(self):
        server = self.serve(processes=2, home_country="KE")
        before = server.workers()
        self.assertEqual(self.country(server), "KE")
        self.assertEqual(server.reload(home_country="UG"), "the configuration is reloaded")
        wait_for(lambda: not set(before) & set(server.workers()))
        self.assertEqual(len(server.workers()), 2)
        self.assertEqual({self.country(server) for _ in range(20)}, {"UG"})
        self.assertEqual(server.stop(), 0)

    def test_number_of_workers_changes(self):
        server = self.serve(processes=2)
        for n in (4, 1, 3):
            server.reload(processes=n)
            wait_for(lambda: len(server.workers()) == n)
            self.assertEqual(server.ask(target="/x").status, 200)
        self.assertEqual(server.stop(), 0)

    def spread(self, kept):
        """Connections by the process that answers on them."""
        return collections.Counter(self.said(c.ask(target="/x"))["pid"] for c in kept)

    def test_kept_connections_stay_spread_over_the_workers(self):
        server = self.serve(processes=2)
        kept = [self.enterContext(server.connect()) for _ in range(64)]
        for _ in range(4):
            spread = self.spread(kept)
            self.assertEqual(len(spread), 2)
            self.assertGreater(min(spread.values()), 16)
            before = server.workers()
            server.reload()
            wait_for(lambda: not set(before) & set(server.workers()))
        self.assertEqual(server.stop(), 0)

    def test_kept_connections_outlive_a_changing_number_of_workers(self):
        server = self.serve(processes=4)
        kept = [self.enterContext(server.connect()) for _ in range(64)]
        for n in (1, 3, 2):
            server.reload(processes=n)
            wait_for(lambda: len(server.workers()) == n)
            self.assertLessEqual(set(self.spread(kept)), set(server.workers()))
        self.assertEqual(server.stop(), 0)

    def test_refused_configuration_changes_nothing(self):
        server = self.serve(processes=2, home_country="KE")
        before = server.workers()
        said = server.reload(thraeds=3)
        self.assertIn("stays in force", said)
        self.assertIn('unknown key "thraeds"; did you mean "threads"', said)
        self.assertEqual(server.workers(), before)
        self.assertEqual(self.country(server), "KE")
        self.assertEqual(server.stop(), 0)

    def test_configuration_under_which_no_worker_starts_changes_nothing(self):
        server = self.serve(processes=2, home_country="KE")
        before = server.workers()
        for country in ("XP", "XT"):
            self.assertIn("no worker starts with the new one", server.reload(home_country=country))
            self.assertEqual(server.workers(), before)
            self.assertEqual(self.country(server), "KE")
        server.reload(home_country="TZ")
        wait_for(lambda: not set(before) & set(server.workers()))
        self.assertEqual(self.country(server), "TZ")
        self.assertEqual(server.stop(), 0)

    def test_worker_that_dies_during_a_trial_is_replaced_under_the_old_configuration(self):
        server = self.serve(processes=2, home_country="KE")
        server.configure(home_country="XS")  # under which a process fails, but only after a second
        before = server.workers()
        server.process.send_signal(signal.SIGHUP)
        wait_for(lambda: len(server.workers()) == 3)
        os.kill(before[1], signal.SIGKILL)
        server.wait_for_message("no worker starts with the new one")
        wait_for(lambda: len(server.workers()) == 2 and before[1] not in server.workers())
        self.assertNotRegex(server.messages(), r"worker 1 \(process \d+\) could not start")
        self.assertEqual({self.country(server) for _ in range(20)}, {"KE"})
        self.assertEqual(server.stop(), 0)

    def test_settings_of_the_socket_are_said_to_wait(self):
        server = self.serve()
        server.reload(socket_mode="0660", backlog=7)
        for key in ("socket_mode", "backlog"):
            self.assertIn(f"{key}: the new value counts from the next start", server.messages())
        self.assertNotIn("socket: the new value", server.messages())
        self.assertEqual(server.ask(target="/x").status, 200)

    def test_running_and_parked_requests_finish(self):
        server = self.serve(threads=2)
        with server.connect() as running, server.connect() as parked:
            running.send(request(target="/slow/sleep/1500"))
            time.sleep(0.1)
            parked.send(request(target="/slow/sleep/1"))
            time.sleep(0.1)
            server.reload(home_country="UG")
            wait_for(lambda: self.country(server) == "UG")
            self.assertEqual(self.said(running.answer())["home_country"], "KE")
            self.assertEqual(parked.answer().status, 200)
        self.assertEqual(server.stop(), 0)

    def test_kept_connections_outlive_their_worker(self):
        server = self.serve(processes=2, threads=2)
        kept = [self.enterContext(server.connect()) for _ in range(50)]
        half = self.enterContext(server.connect())
        whole = request("POST", "/x", b"12345")
        pids = set()
        for n in range(4):
            for c in kept:
                pids.add(self.said(c.ask("POST", "/x", b"12345"))["pid"])
            half.send(whole[:20])
            before = server.workers()
            server.reload()
            wait_for(lambda: not set(before) & set(server.workers()), 30)
            half.send(whole[20:])
            self.assertEqual(self.said(half.answer())["body_bytes"], 5)
        self.assertGreaterEqual(len(pids), 4)
        self.assertEqual(server.stop(), 0)

    def test_signals_that_come_together_are_both_heard(self):
        server = self.serve(processes=2)
        for country in ("UG", "TZ", "RW"):
            server.configure(home_country=country)
            server.process.send_signal(signal.SIGHUP)
            time.sleep(0.01)
        wait_for(lambda: {self.country(server) for _ in range(8)} == {"RW"}, 30)
        self.assertEqual(server.stop(), 0)

    def test_end_while_reloading(self):
        server = self.serve(processes=2)
        server.process.send_signal(signal.SIGHUP)
        self.assertEqual(server.stop(), 0)

    def test_call_that_a_leaving_worker_was_woken_for_is_answered(self):
        """The kernel wakes one worker a call. Its threads are kept from running before it hears that it is to leave."""
        processors = os.sched_getaffinity(0)
        processor = {min(processors)}
        busy = subprocess.Popen([sys.executable, "-c", "while True: pass"])
        self.addCleanup(busy.wait)
        self.addCleanup(busy.kill)
        os.sched_setaffinity(busy.pid, processor)
        os.sched_setaffinity(0, {max(processors)})
        self.addCleanup(os.sched_setaffinity, 0, processors)
        for place in 0, 1:  # it is not known which of the two is woken
            server = self.serve(processes=2)
            workers = server.workers()
            leaving = workers[place]
            for thread in map(int, os.listdir(f"/proc/{leaving}/task")):
                os.sched_setaffinity(thread, processor)
                if thread != leaving:
                    os.sched_setscheduler(thread, os.SCHED_IDLE, os.sched_param(0))
            time.sleep(0.1)  # until they wait again
            with server.connect(timeout=30) as c:
                os.kill(leaving, signal.SIGUSR1)
                time.sleep(0.2)
                busy.send_signal(signal.SIGSTOP)
                self.assertIn(self.said(c.ask(target="/x"))["pid"], workers)  # not one that was started later
                busy.send_signal(signal.SIGCONT)
            server.close()

    def test_nothing_is_lost_under_load(self):
        server = self.serve(processes=2)
        kept = {}

        def ask(n):
            c = kept.pop(n, None) or server.connect(timeout=60)
            try:
                self.assertEqual(self.said(c.ask("POST", "/sleep/2", b"12345"))["body_bytes"], 5)
            except BaseException:
                c.close()
                raise
            if n % 2:  # some keep their connection, some do not
                c.close()
            else:
                kept[n] = c

        with Load(ask) as load:
            for _ in range(5):
                load.wait_for_more()
                self.assertEqual(server.reload(), "the configuration is reloaded")
        for c in kept.values():
            c.close()
        self.assertEqual(load.wrong, [])
        self.assertEqual(server.stop(), 0)


class SocketGroupTest(EchoTest):
    def test_unknown_group_is_told(self):
        server = self.serve(socket_group="no-such-group", ready=False)
        self.assertEqual(server.process.wait(10), 1)
        self.assertIn('socket_group "no-such-group" is neither', server.messages())
        self.assertFalse(os.path.exists(server.path))

    @unittest.skipUnless(os.geteuid() == 0, "only root may give a file to any group")
    def test_group_by_name_and_number(self):
        for group in grp.getgrgid(33).gr_name, "33":
            server = self.serve(socket_group=group, socket_mode="0660")
            found = os.stat(server.path)
            self.assertEqual((found.st_gid, found.st_mode & 0o7777), (33, 0o660))

    @unittest.skipIf(os.geteuid() == 0, "root may give a file to any group")
    def test_own_groups_by_number(self):
        for group in {os.getgid(), *os.getgroups()}:
            self.assertEqual(os.stat(self.serve(socket_group=group).path).st_gid, group)


if __name__ == "__main__":
    unittest.main()
