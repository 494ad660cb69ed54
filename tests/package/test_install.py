# SPDX-License-Identifier: Apache-2.0
"""What cmake --install and the Debian package put where; the machine itself stays as it is.

ZIARA_TEST_BUILD_DIR names the build (build/release).
"""
import os
import pathlib
import re
import shutil
import stat
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("ZIARA_TEST_BUILD_DIR") or ROOT / "build" / "release")
PACKAGE = ROOT / "scripts" / "package"
SBIN = os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin"
EXPOSURE_MAX = 15  # tenths, of systemd-analyze security: 0 is closed, 100 open
FILES = {  # below the prefix
    "bin/ziara": 0o755, "lib/systemd/system/ziara.service": 0o644, "lib/systemd/system/ziara.socket": 0o644,
    "lib/systemd/system/ziara-migrate.service": 0o644, "lib/systemd/system/ziara-reindex.service": 0o644,
    "lib/sysusers.d/ziara.conf": 0o644, "lib/tmpfiles.d/ziara.conf": 0o644,
    "share/ziara/nginx/ziara.conf": 0o644, "share/ziara/nginx/ziara-locations.conf": 0o644,
    "share/ziara/nginx/ziara-server.conf": 0o644, "share/man/man8/ziara.8.gz": 0o644,
    "share/doc/ziara/README.md": 0o644, "share/doc/ziara/nginx.md": 0o644, "share/doc/ziara/CHANGELOG.md": 0o644,
    "share/doc/ziara/copyright": 0o644, "share/doc/ziara/changelog.gz": 0o644, "share/doc/ziara/examples/db.cnf": 0o644,
}


def run(*command, **more):
    env = {name: value for name, value in os.environ.items() if not name.startswith("ZIARA_")}
    return subprocess.run([str(word) for word in command], env={**env, **more.pop("env", {})}, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, **more)


def modes(root):
    return {path.relative_to(root).as_posix(): stat.S_IMODE(path.stat().st_mode) for path in root.rglob("*") if path.is_file()}


class Folder(unittest.TestCase):
    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="ziara-install-"))
        self.addCleanup(shutil.rmtree, self.dir)

    def good(self, *command, **more):
        done = run(*command, **more)
        self.assertEqual(done.returncode, 0, done.stdout)
        return done.stdout

    def install(self, prefix):
        self.good("cmake", "--install", BUILD, "--prefix", prefix, env={"DESTDIR": str(self.dir)}, umask=0o022)
        return self.dir / prefix.strip("/")


class Install(Folder):
    def test_files_and_modes_below_each_prefix(self):
        for prefix, conf in (("/usr/local", "usr/local/etc/ziara/ziara.conf"), ("/usr", "etc/ziara/ziara.conf")):
            self.install(prefix)
            wanted = {f"{prefix[1:]}/{name}": mode for name, mode in FILES.items()} | {conf: 0o644}
            self.assertEqual(modes(self.dir), wanted)
            for path in self.dir.iterdir():
                shutil.rmtree(path)

    def test_the_program_and_its_configuration(self):
        prefix = self.install("/opt/ziara")
        version = re.search(r"project\(ziara VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text())[1]
        self.assertEqual(self.good(prefix / "bin/ziara", "--version"), f"ziara {version}\n")
        conf = prefix / "etc/ziara/ziara.conf"
        self.assertEqual(conf.read_text(), self.good(prefix / "bin/ziara", "config", "--file"))
        self.good(prefix / "bin/ziara", "config", "--config", conf)
        conf.write_text("threads = 3\n")
        self.install("/opt/ziara")
        self.assertEqual(conf.read_text(), "threads = 3\n", "an administrator's configuration is written over")

    def test_units_name_what_is_installed(self):
        units = self.install("/opt/ziara") / "lib/systemd/system"
        for unit in ("ziara.service", "ziara-migrate.service", "ziara-reindex.service", "ziara.socket"):
            text = (units / unit).read_text()
            self.assertNotIn("@", re.sub("@(system-service|privileged|resources)", "", text), unit)
            for path in re.findall(r"(?m)^ExecStart=(\S+) .*--config (\S+)$", text):
                for name in path:
                    self.assertTrue((self.dir / name.strip("/")).is_file(), f"{unit}: {name}")

    @unittest.skipUnless(shutil.which("systemd-analyze"), "needs systemd-analyze")
    def test_units_are_right_and_closed(self):
        units = self.install("/opt/ziara") / "lib/systemd/system"
        for unit in ("ziara.service", "ziara-migrate.service", "ziara-reindex.service"):
            done = self.good("systemd-analyze", "security", "--offline=true", f"--threshold={EXPOSURE_MAX}", "--no-pager", units / unit)
            self.assertRegex(done, rf"Overall exposure level for {unit}")
            # For the check the program is where it will be only later.
            text = (units / unit).read_text().replace("/opt/ziara/", f"{self.dir}/opt/ziara/")
            (units / unit).write_text(text)
        self.assertEqual(self.good("systemd-analyze", "verify", "--man=no", *sorted(units.iterdir())).strip(), "")

    def test_nginx_takes_the_files_in_a_site_that_is_there(self):
        files = self.install("/usr") / "share/ziara/nginx"
        text = (files / "ziara.conf").read_text().replace("/var/lib/nginx/ziara", f"{self.dir}/cache")
        (self.dir / "ziara.conf").write_text(text)
        temp = "".join(f"{kind}_temp_path {self.dir}/{kind};\n" for kind in ("client_body", "fastcgi", "proxy", "scgi", "uwsgi"))
        (self.dir / "nginx.conf").write_text(
            f"pid {self.dir}/pid;\nevents {{ }}\nhttp {{\naccess_log off;\n{temp}include {self.dir}/ziara.conf;\n"
            f"server {{\nlisten 127.0.0.1:1;\nserver_name portal.example;\ninclude {files}/ziara-locations.conf;\n"
            f"include {files}/ziara-server.conf;\n}}\n}}\n")
        nginx = shutil.which("nginx", path=SBIN)
        self.good(nginx, "-t", "-e", self.dir / "log", "-c", self.dir / "nginx.conf")


@unittest.skipUnless(shutil.which("dpkg-deb"), "needs dpkg-deb")
class Package(Folder):
    def build(self, folder, epoch):
        self.good("cpack", "--config", BUILD / "CPackConfig.cmake", "-B", self.dir / folder, env={"SOURCE_DATE_EPOCH": epoch})
        found = list((self.dir / folder).glob("*.deb"))
        self.assertEqual(len(found), 1)
        return found[0]

    def test_what_is_inside(self):
        deb = self.build("first", "1700000000")
        root = self.dir / "root"
        self.good("dpkg-deb", "--raw-extract", deb, root)
        control = root / "DEBIAN"
        self.assertEqual((control / "conffiles").read_text(), "/etc/ziara/ziara.conf\n")
        fields = dict(re.findall(r"(?m)^([\w-]+): (.*)$", (control / "control").read_text()))
        for library in ("libmariadb3", "libfcgi0ldbl", "libsodium23", "libjansson4", "libicu", "libsystemd0", "libc6"):
            self.assertIn(library, fields["Depends"])
        for neighbour in ("nginx", "mariadb-server"):  # they are there already, and whose they are is no business of ours
            self.assertNotIn(neighbour, fields["Depends"] + fields.get("Recommends", ""))
        for script in ("postinst", "prerm", "postrm"):
            self.assertEqual(stat.S_IMODE((control / script).stat().st_mode), 0o755)
            self.good("sh", "-n", control / script)
        wanted = {f"usr/{name}": mode for name, mode in FILES.items()} | {"etc/ziara/ziara.conf": 0o644}
        self.assertEqual({name: mode for name, mode in modes(root).items() if not name.startswith("DEBIAN/")}, wanted)
        self.assertNotRegex(self.good("dpkg-deb", "--contents", deb), r"(?m)^\S+ (?!root/root )")

    def test_twice_the_same(self):
        self.assertEqual(self.build("one", "1700000000").read_bytes(), self.build("two", "1700000000").read_bytes())


class Documents(unittest.TestCase):
    def test_purge_names_the_accounts_that_the_grants_make(self):
        grants = run(BUILD / "fcgi/ziara", "migrate", "--print-grants").stdout
        made = set(re.findall(r"ziara_\w+@localhost", grants))
        drop = re.search(r"DROP USER (.*);", (PACKAGE / "debian/postrm").read_text())[1]
        self.assertEqual(set(drop.split(", ")), made)

    def test_the_readme_names_this_version(self):
        version = re.search(r"project\(ziara VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text())[1]
        self.assertIn(f"apt install ./ziara_{version}_amd64.deb", (PACKAGE / "README.md").read_text())


if __name__ == "__main__":
    unittest.main()
