# SPDX-License-Identifier: Apache-2.0
"""Where the listening socket comes from, what the service manager is told, and restarts. Run by ctest."""
import os
import shutil
import socket
import subprocess
import tempfile
import unittest

from echo import BINARY, ENVIRONMENT, HAND_OVER, EchoTest, Load, gone, wait_for
from fcgi_client import Connection, request


class ActivationTest(EchoTest):
    def setUp(self):
        self.dir = self.enterContext(tempfile.TemporaryDirectory())

    def listening(self, backlog=512):
        path = os.path.join(self.dir, "inherited")
        s = self.enterContext(socket.socket(socket.AF_UNIX))
        s.bind(path)
        s.listen(backlog)
        return s, path

    def manager(self):
        """What the service manager would hear."""
        s = self.enterContext(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
        path = os.path.join(self.dir, "notify")
        s.bind(path)
        s.settimeout(20)
        return s, path

    def heard(self, notify, word):
        while True:
            said = notify.recv(4096).decode().split("\n")
            if word in said:
                return said

    def test_listening_standard_input_is_served(self):
        s, path = self.listening()
        server = self.serve(popen={"stdin": s})
        with Connection(path) as c:
            self.assertEqual(c.ask(target="/x").status, 200)
        self.assertFalse(os.path.exists(server.path))
        self.assertEqual(server.stop(), 0)
        self.assertTrue(os.path.exists(path))

    def test_socket_of_the_service_manager_is_served_and_readiness_told(self):
        s, path = self.listening()
        notify, notify_path = self.manager()
        server = self.serve(launcher=HAND_OVER, popen={"stdin": s}, env={"NOTIFY_SOCKET": notify_path}, processes=2)
        self.heard(notify, "READY=1")
        with Connection(path) as c:
            self.assertEqual(c.ask(target="/x").status, 200)
        server.reload()
        said = self.heard(notify, "RELOADING=1")
        self.assertRegex(said[1], r"^MONOTONIC_USEC=\d+$")
        self.heard(notify, "READY=1")
        server.process.terminate()
        self.heard(notify, "STOPPING=1")
        self.assertEqual(server.process.wait(20), 0)

    def test_watchdog_hears_while_somebody_serves(self):
        notify, path = self.manager()
        server = self.serve(env={"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "200000"})
        for _ in range(5):
            self.heard(notify, "WATCHDOG=1")
        self.assertEqual(server.stop(), 0)

    def test_watchdog_hears_nothing_while_nobody_serves(self):
        notify, path = self.manager()
        server = self.serve(env={"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "100000"}, home_country="XP", ready=False)
        wait_for(lambda: server.messages().count("could not start") >= 3)
        notify.settimeout(0)
        self.assertRaises(BlockingIOError, notify.recv, 4096)
        self.assertEqual(server.stop(), 0)

    @unittest.skipUnless(shutil.which("systemd-socket-activate"), "systemd-socket-activate is not installed")
    def test_systemd_socket_activation(self):
        path = os.path.join(self.dir, "activated")
        server = self.serve(launcher=["systemd-socket-activate", "-l", path], ready=False)
        wait_for(lambda: os.path.exists(path))
        with Connection(path) as c:  # this starts it
            self.assertEqual(c.ask(target="/x").status, 200)
        self.assertIn("given by the service manager", server.messages())
        self.assertEqual(server.stop(), 0)

    @unittest.skipUnless(shutil.which("spawn-fcgi"), "spawn-fcgi is not installed")
    def test_spawn_fcgi_that_stays(self):
        path = os.path.join(self.dir, "spawned")
        server = self.serve(launcher=["spawn-fcgi", "-n", "-s", path, "-M", "0600", "--"])
        with Connection(path) as c:
            self.assertEqual(c.ask(target="/x").status, 200)
        self.assertIn("given by standard input", server.messages())
        self.assertEqual(server.stop(), 0)

    @unittest.skipUnless(shutil.which("spawn-fcgi"), "spawn-fcgi is not installed")
    def test_spawn_fcgi_that_forks(self):
        path, pid_file = os.path.join(self.dir, "spawned"), os.path.join(self.dir, "pid")
        subprocess.run(["spawn-fcgi", "-s", path, "-P", pid_file, "--", BINARY], check=True, env=ENVIRONMENT,
                       stdout=subprocess.DEVNULL, timeout=20)
        with open(pid_file) as f:
            pid = int(f.read())
        try:
            with Connection(path) as c:
                self.assertEqual(c.ask(target="/x").status, 200)
        finally:
            os.kill(pid, 15)
        wait_for(lambda: gone(pid), 30)

    def test_several_sockets_are_refused(self):
        s, _ = self.listening()
        server = self.serve(launcher=["sh", "-c", 'LISTEN_PID=$$ LISTEN_FDS=2 exec "$0" "$@" 3<&0 4<&0 </dev/null'],
                            popen={"stdin": s}, ready=False)
        self.assertEqual(server.process.wait(10), 1)
        self.assertIn("LISTEN_FDS must hand over one", server.messages())

    def test_restart_refuses_and_loses_nothing(self):
        s, path = self.listening()

        def ask(_):
            with Connection(path, timeout=30) as c:
                c.send(request(target="/sleep/5"))
                self.assertEqual(c.answer().status, 200)

        server = self.serve(launcher=HAND_OVER, popen={"stdin": s}, processes=2)
        with Load(ask) as load:
            for _ in range(3):
                load.wait_for_more()
                self.assertEqual(server.stop(), 0)
                server = self.serve(launcher=HAND_OVER, popen={"stdin": s}, processes=2)
        self.assertEqual(load.wrong, [])
        self.assertEqual(server.stop(), 0)


if __name__ == "__main__":
    unittest.main()
