# SPDX-License-Identifier: Apache-2.0
"""A private nginx that serves a portal's site, with the shipped files hung into it and a stub behind them."""
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from fcgi_stub import Stub
from harness import ROOT, free_port

FILES = ROOT / "nginx"
NGINX = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")

# What such portals have in their server blocks, and settings at server level that would do harm
# if they reached the API.
WORDPRESS = r"""
    root SITE;
    index index.php;
    location / { try_files $uri $uri/ /index.php?$args; }
    location ~ \.php$ {
        fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
        fastcgi_param QUERY_STRING $query_string;
        fastcgi_param REQUEST_URI $request_uri;
        fastcgi_param REQUEST_METHOD $request_method;
        fastcgi_pass unix:DIR/php.sock;
    }
    location ~* \.(json|xml|css|js|png)$ { expires max; try_files $uri =404; }
    location = /wp-config.php { deny all; }
    error_page 404 502 /site-error.html;
    location = /site-error.html { internal; }
"""
DRUPAL = r"""
    root SITE;
    location = /robots.txt { allow all; }
    location ~ \..*/.*\.php$ { return 403; }
    location ~ ^/sites/.*/private/ { return 403; }
    location ~ (^|/)\. { return 403; }
    location / { try_files $uri /index.php?$query_string; }
    location ~ '\.php$|^/update.php' {
        fastcgi_split_path_info ^(.+?\.php)(|/.*)$;
        fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
        fastcgi_param REQUEST_URI $request_uri;
        fastcgi_param REQUEST_METHOD $request_method;
        fastcgi_intercept_errors on;
        fastcgi_pass unix:DIR/php.sock;
    }
    location ~* \.(engine|inc|install|make|module|profile|po|sh|.*sql|theme|twig|tpl(\.php)?|xtmpl|yml)(~|\.bak)?$|composer\.(json|lock)$ { return 404; }
    location ~* \.(js|css|png|json|xml)$ { try_files $uri =404; expires max; log_not_found off; }
    error_page 404 /site-error.html;
    location = /site-error.html { internal; }
"""
HOSTILE = """
    client_max_body_size 64m;
    fastcgi_intercept_errors on;
    fastcgi_ignore_headers Cache-Control Expires X-Accel-Expires;
    fastcgi_cache_valid 200 60m;
    fastcgi_hide_header ETag;
    expires max;
    add_header X-Site yes;
    charset utf-8;
"""
PAGES = {"style.css": "body { color: teal }\n", "data.json": '{"of": "the site"}\n', "robots.txt": "User-agent: *\n",
         "index.php": "<?php\n", "site-error.html": "<p>the site's own page</p>\n", "composer.json": "{}\n"}


class Site:
    """servers: name -> text inside server { }, where SITE is the document root, DIR the folder and
    API(/prefix) the shipped ziara-locations.conf for that prefix.  ports: name -> port."""

    def __init__(self, servers, read_timeout="1s"):
        self.read_timeout = read_timeout
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="ziara-nginx-"))
        self.process = self.app = self.php = None
        try:
            self._write(servers)
            self.check = subprocess.run([NGINX, "-t", *self._arguments()], stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True)
            if self.check.returncode:
                raise RuntimeError(self.check.stdout)
            self.start_app()
            self.php = Stub(str(self.dir / "php.sock"))
            self.process = subprocess.Popen([NGINX, *self._arguments()], stdin=subprocess.DEVNULL)
            self._wait()
        except BaseException:
            self.close()
            raise

    def _arguments(self):
        return ["-e", str(self.dir / "nginx.log"), "-c", str(self.dir / "nginx.conf")]

    def _shipped(self, name, prefix="/api/v1"):
        """A shipped file with its marked lines changed, as nginx/README.md says to do it."""
        text = (FILES / name).read_text(encoding="utf-8").replace("/api/v1", prefix)
        changes = [("/run/ziara/ziara.sock", f"{self.dir}/app.sock"), ("/var/lib/nginx/ziara", f"{self.dir}/cache"),
                   ("fastcgi_read_timeout       30s", f"fastcgi_read_timeout {self.read_timeout}")]
        for old, new in changes:
            text = text.replace(old, new)
        path = self.dir / (name + prefix.replace("/", "-"))
        path.write_text(text, encoding="utf-8")
        return path

    def _write(self, servers):
        site = self.dir / "site"
        site.mkdir()
        for name, text in PAGES.items():
            (site / name).write_text(text, encoding="utf-8")
        self.ports = {name: free_port() for name in servers}
        blocks = []
        for name, text in servers.items():
            text = text.replace("SITE", str(site)).replace("DIR", str(self.dir))
            text = re.sub(r"API\((.*?)\)", lambda m: f"include {self._shipped('ziara-locations.conf', m[1])};", text)
            text = text.replace("REFUSED", f"include {self._shipped('ziara-server.conf')};")
            blocks.append(f"server {{ listen 127.0.0.1:{self.ports[name]}; server_name {name};\n{text}\n}}")
        temp = "".join(f"{kind}_temp_path {self.dir}/{kind};\n" for kind in ("client_body", "fastcgi", "proxy", "scgi", "uwsgi"))
        (self.dir / "nginx.conf").write_text(
            ("user root;\n" if os.getuid() == 0 else "")
            + f"daemon off; worker_processes 1; pid {self.dir}/nginx.pid; error_log {self.dir}/nginx.log;\n"
            + "events { worker_connections 512; }\n"
            + f"http {{\naccess_log off;\ntypes {{ text/css css; application/json json; text/html html; text/plain txt; }}\n{temp}"
            + f"include {self._shipped('ziara.conf')};\n" + "\n".join(blocks) + "\n}\n", encoding="utf-8")

    def _wait(self):
        end = time.monotonic() + 10
        for port in self.ports.values():
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port)).close()
                    break
                except OSError:
                    if time.monotonic() > end or self.process.poll() is not None:
                        raise RuntimeError((self.dir / "nginx.log").read_text()) from None
                    time.sleep(0.02)

    def start_app(self):
        self.app = Stub(str(self.dir / "app.sock"))

    def stop_app(self):
        self.app.stop()

    def close(self):
        if self.process:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(10)
        for stub in (self.app, self.php):
            if stub:
                stub.stop()
        shutil.rmtree(self.dir, ignore_errors=True)
