# SPDX-License-Identifier: Apache-2.0
"""The shipped nginx files inside servers that have a life of their own; a stub in the application's place."""
import gzip
import http.client
import json
import socket
import time
import unittest
import urllib.parse

from harness import send
from nginx_site import DRUPAL, HOSTILE, WORDPRESS, Site

PREFIXES = ("/api/v1", "/registry/api")
PUBLIC = [("header", "X-Accel-Expires: 1"), ("header", "Cache-Control: public, no-cache"),
          ("header", "Vary: Accept, Authorization"), ("header", 'ETag: "1.1.aa.p.j"')]
PRIVATE = [("header", "Cache-Control: private, no-cache"), ("header", 'ETag: "1.1.aa.w.j"')]
KEY = {"Authorization": "Bearer zk_1_2"}


def asked(path, *parameters):
    return path + ("?" + urllib.parse.urlencode(parameters) if parameters else "")


class Client(unittest.TestCase):
    site = None
    server = None

    @classmethod
    def tearDownClass(cls):
        if cls.site:
            cls.site.close()

    def ask(self, method, path, server=None, source=None, **more):
        connection = http.client.HTTPConnection("127.0.0.1", self.site.ports[server or self.server], timeout=20,
                                                source_address=(source, 0) if source else None)
        try:
            return send(connection, method, path, **more)
        finally:
            connection.close()

    def hits(self, answer):
        return json.loads(answer.body)["hits"]

    def params(self, answer):
        self.assertEqual(answer.status, 200, answer.body)
        return dict(json.loads(answer.body)["params"])

    def assertProblem(self, answer, status):
        self.assertEqual(answer.status, status, answer.body)
        self.assertEqual(answer.headers["Content-Type"], "application/problem+json")
        body = json.loads(answer.body)
        self.assertEqual(body["status"], status)
        self.assertEqual(body["request_id"], answer.headers["X-Request-Id"])
        self.assertTrue(body["title"] and body["detail"] and body["type"])
        self.assertEqual(answer.headers["Access-Control-Allow-Origin"], "*")
        self.assertEqual(answer.headers["Cache-Control"], "no-store")
        return body


class Portals(Client):
    """WordPress and Drupal shapes, each with the API at two places, beside the same without it."""

    @classmethod
    def setUpClass(cls):
        servers = {"wordpress-alone": WORDPRESS + HOSTILE, "drupal-alone": DRUPAL + HOSTILE}
        # In Drupal's the include stands last, so that every rule of the site comes before it.
        servers["wordpress"] = "API(/api/v1)\nAPI(/registry/api)\n" + servers["wordpress-alone"]
        servers["drupal"] = servers["drupal-alone"] + "\nAPI(/api/v1)\nAPI(/registry/api)"
        cls.site = Site(servers)

    def everywhere(self):
        for server in ("wordpress", "drupal"):
            for prefix in PREFIXES:
                with self.subTest(server=server, prefix=prefix):
                    self.server = server
                    yield prefix

    def test_configuration_is_accepted_without_a_warning(self):
        self.assertNotRegex(self.site.check.stdout, "warn|error|emerg")

    def test_site_is_the_same_with_the_api_and_without(self):
        paths = ["/", "/style.css", "/data.json", "/robots.txt", "/missing.css", "/missing", "/about/us?x=1", "/index.php?q=2",
                 "/a.php/b", "/.htaccess", "/sites/x/private/f", "/composer.json", "/wp-config.php", "/site-error.html",
                 "/api", "/api/v1x", "/api/v2/visits", "/registry", "/registry/apix", "/x/api/v1/visits"]
        for server in ("wordpress", "drupal"):
            for path in paths:
                with self.subTest(server=server, path=path):
                    answers = []
                    for name in (server + "-alone", server):
                        answer = self.ask("GET", path, name)
                        body = answer.body
                        if body.startswith(b'{"params"'):
                            body = [pair for pair in json.loads(body)["params"] if pair[0] != "HTTP_HOST"]
                        headers = sorted((n, v) for n, v in answer.headers.items() if n not in ("Date", "Expires", "Content-Length"))
                        answers.append((answer.status, headers, body))
                    self.assertEqual(answers[0], answers[1])

    def test_site_shows_its_own_pages(self):
        for server in ("wordpress", "drupal"):
            missing = self.ask("GET", "/missing.css", server)
            self.assertEqual((missing.status, missing.body), (404, b"<p>the site's own page</p>\n"))
            self.assertEqual(self.ask("GET", "/style.css", server).headers["X-Site"], "yes")
            self.assertTrue(self.params(self.ask("GET", "/about", server))["SCRIPT_FILENAME"].endswith("/site/index.php"))

    def test_every_path_below_the_prefix_reaches_the_application_raw(self):
        tails = ["", "/", "/visits", "/openapi.json", "/x.xml", "/x.css", "/x.yml", "/x.php", "/a.php/b", "/.hidden", "/index.php",
                 "/visits?dates.gte=2024&sort=-dates", "/a%20b/%C3%A9", "/a%2Fb", "/a//b", "/composer.json"]
        for prefix in self.everywhere():
            for tail in tails:
                params = self.params(self.ask("GET", prefix + tail))
                self.assertEqual((params["REQUEST_URI"], params["ZIARA_PREFIX"]), (prefix + tail, prefix))

    def test_every_method_reaches_the_application_with_its_body(self):
        for prefix in self.everywhere():
            for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"):
                answer = self.ask(method, prefix + "/visits", raw=b'{"a":1}', headers={"Content-Type": "application/json"})
                params = self.params(answer)
                self.assertEqual((params["REQUEST_METHOD"], params["CONTENT_TYPE"], params["CONTENT_LENGTH"]),
                                 (method, "application/json", "7"))
                self.assertEqual(json.loads(answer.body)["body_bytes"], 7)

    def test_problems_of_the_application_pass_unchanged(self):
        for prefix in self.everywhere():
            for status in (400, 404, 409, 413, 429, 500, 502, 503):
                answer = self.ask("GET", asked(prefix + "/visits", ("status", status)))
                self.assertEqual(answer.status, status)
                self.assertEqual(json.loads(answer.body)["params"][0], ["ZIARA_PREFIX", prefix])
                self.assertNotIn("X-Site", answer.headers)

    def test_settings_of_the_site_do_not_reach_the_api(self):
        for prefix in self.everywhere():
            path = asked(prefix + "/hostile", *PRIVATE)
            first = self.ask("GET", path)
            self.assertEqual(first.headers["ETag"], '"1.1.aa.w.j"')
            self.assertEqual(first.headers.get_all("Cache-Control"), ["private, no-cache"])
            self.assertEqual(first.headers["Content-Type"], "application/json")
            self.assertNotIn("Expires", first.headers)
            self.assertEqual(self.hits(self.ask("GET", path)), self.hits(first) + 1)  # not kept

    def test_body_over_the_limit(self):
        for prefix in self.everywhere():
            self.assertEqual(self.ask("POST", prefix + "/visits", raw=b"x" * 262144).status, 200)
            body = self.assertProblem(self.ask("POST", prefix + "/visits.json", raw=b"x" * 262145), 413)
            self.assertEqual(body["type"], "urn:ziara:problem:too_large")
            self.assertEqual(body["instance"], prefix + "/visits.json")

    def test_body_over_the_limit_without_a_length(self):
        for prefix in self.everywhere():
            with socket.create_connection(("127.0.0.1", self.site.ports[self.server])) as s:
                s.sendall(f"POST {prefix}/visits HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n50000\r\n".encode()
                          + b"x" * 0x50000 + b"\r\n0\r\n\r\n")
                self.assertTrue(s.recv(100).startswith(b"HTTP/1.1 413 "))

    def test_application_is_down(self):
        self.site.stop_app()
        try:
            for prefix in self.everywhere():
                for method in ("GET", "HEAD", "POST"):
                    answer = self.ask(method, prefix + "/visits.json")
                    self.assertEqual((answer.status, answer.headers["Retry-After"]), (502, "5"))
                    if method != "HEAD":
                        self.assertProblem(answer, 502)
        finally:
            self.site.start_app()
        for prefix in self.everywhere():
            self.assertEqual(self.ask("GET", prefix + "/visits").status, 200)  # at once, no peer taken out

    def test_application_is_slow(self):
        self.server = "wordpress"
        answer = self.ask("GET", asked("/api/v1/visits", ("sleep", 5)))
        self.assertProblem(answer, 504)
        self.assertEqual(answer.headers["Retry-After"], "5")

    def test_metrics_are_for_the_machine_itself(self):
        for prefix in self.everywhere():
            self.assertEqual(self.params(self.ask("GET", prefix + "/metrics"))["ZIARA_PREFIX"], prefix)
            self.assertProblem(self.ask("GET", prefix + "/metrics", source="127.0.0.2"), 403)

    def test_too_many_requests_from_one_address(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.site.ports["wordpress"], source_address=("127.0.0.3", 0))
        statuses = []
        for _ in range(900):
            answer = send(connection, "HEAD", "/api/v1/visits")
            statuses.append(answer.status)
            if answer.status == 429:
                break
        self.assertEqual(statuses[-1], 429)
        self.assertEqual(set(statuses[:400]), {200})  # the burst
        for _ in range(900):  # on a slow machine one place may be free again by now
            answer = send(connection, "GET", "/api/v1/visits")
            if answer.status == 429:
                break
        connection.close()
        self.assertProblem(answer, 429)
        self.assertEqual(answer.headers["Retry-After"], "1")
        self.assertEqual(self.ask("GET", "/style.css", "wordpress", source="127.0.0.3").status, 200)  # the site is not limited
        self.assertEqual(self.ask("GET", "/api/v1/visits", "wordpress", source="127.0.0.4").status, 200)

    def test_machine_itself_is_not_limited(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.site.ports["wordpress"])
        statuses = {send(connection, "HEAD", "/api/v1/visits").status for _ in range(1000)}
        connection.close()
        self.assertEqual(statuses, {200})


class Alone(Client):
    """The API's own server, with the optional ziara-server.conf."""
    server = "api"

    @classmethod
    def setUpClass(cls):
        cls.site = Site({"api": "REFUSED\nAPI(/api/v1)"})

    def raw(self, request):
        with socket.create_connection(("127.0.0.1", self.site.ports["api"])) as s:
            s.sendall(request)
            response = http.client.HTTPResponse(s)
            response.begin()
            body = response.read()
        return type("Raw", (), {"status": response.status, "headers": response.msg, "body": body})

    # --- what the application is told ---

    def test_caller_cannot_pass_what_nginx_passes(self):
        params = self.params(self.ask("GET", "/api/v1/x", headers={"ZIARA_PREFIX": "/evil", "Proxy": "http://evil", "Cookie": "session=1",
                                                                   "X_Forwarded_For": "6.6.6.6", "Ziara-Prefix": "/evil"}))
        self.assertEqual(params["ZIARA_PREFIX"], "/api/v1")
        self.assertEqual(params["REMOTE_ADDR"], "127.0.0.1")
        self.assertFalse(params.get("HTTP_PROXY") or params.get("HTTP_COOKIE") or params.get("HTTP_X_FORWARDED_FOR"))

    def test_request_id_of_the_caller_is_echoed_where_it_is_one(self):
        for sent, kept in (("abc-1.2_~Z", True), ("x" * 64, True), ("x" * 65, False), ('a"b', False), ("a b", False)):
            answer = self.ask("GET", "/api/v1/x", headers={"X-Request-Id": sent})
            ours = self.params(answer)["ZIARA_REQUEST_ID"]
            self.assertRegex(ours, "^[0-9a-f]{32}$")
            self.assertEqual(answer.headers.get_all("X-Request-Id"), [sent if kept else ours])

    def test_connections_to_the_application_are_kept(self):
        before = self.site.app.connections
        for _ in range(30):
            self.params(self.ask("GET", "/api/v1/x"))
        self.assertLessEqual(self.site.app.connections - before, 2)

    def test_conditions_of_a_write_reach_the_application(self):
        params = self.params(self.ask("PUT", "/api/v1/x", headers={"If-None-Match": "*", "If-Match": '"1.1.aa.w.j"'}))
        self.assertEqual((params["HTTP_IF_NONE_MATCH"], params["HTTP_IF_MATCH"]), ("*", '"1.1.aa.w.j"'))

    def test_conditions_of_a_caller_with_a_key_reach_the_application(self):
        answer = self.ask("GET", "/api/v1/x", headers={**KEY, "If-None-Match": 'W/"1.1.aa.w.j"'})
        self.assertEqual(self.params(answer)["HTTP_IF_NONE_MATCH"], 'W/"1.1.aa.w.j"')
        answer = self.ask("GET", asked("/api/v1/x", ("status", 304), *PRIVATE), headers={**KEY, "If-None-Match": '"1.1.aa.w.j"'})
        self.assertEqual((answer.status, answer.body), (304, b""))

    # --- the cache ---

    def test_public_answer_is_kept_for_a_second_or_two(self):
        path = asked("/api/v1/kept", *PUBLIC)
        # The application's second is counted in whole ones: start where at least most of one is left.
        time.sleep(1.05 - time.time() % 1)
        first, second = self.ask("GET", path), self.ask("GET", path)
        self.assertEqual(self.hits(first), self.hits(second))
        time.sleep(2.1)
        self.assertGreater(self.hits(self.ask("GET", path)), self.hits(first))

    def test_kept_answer_carries_the_id_of_its_own_request(self):
        path = asked("/api/v1/ids", *PUBLIC)
        for sent in ("first", "second"):
            answer = self.ask("GET", path, headers={"X-Request-Id": sent})
            self.assertEqual(answer.headers.get_all("X-Request-Id"), [sent])

    def test_nginx_answers_304_from_a_public_answer(self):
        path = asked("/api/v1/conditional", *PUBLIC)
        for tag, status in (('"1.1.aa.p.j"', 304), ('W/"1.1.aa.p.j"', 304), ('"other"', 200)):
            answer = self.ask("GET", path, headers={"If-None-Match": tag})
            self.assertEqual(answer.status, status)
            self.assertEqual(answer.headers["ETag"], '"1.1.aa.p.j"')

    def test_caller_with_a_key_neither_gets_nor_fills_the_cache(self):
        path = asked("/api/v1/keyed", *PUBLIC)
        hits = [self.hits(self.ask("GET", path, headers=KEY)) for _ in range(2)]
        hits.append(self.hits(self.ask("GET", path)))
        hits.append(self.hits(self.ask("GET", path, headers=KEY)))
        self.assertEqual(hits, sorted(set(hits)))

    def test_caller_with_a_wish_neither_gets_nor_fills_the_cache(self):
        path, wish = asked("/api/v1/wish", *PUBLIC), {"Prefer": "server-timing"}
        self.assertNotEqual(self.hits(self.ask("GET", path, headers=wish)), self.hits(self.ask("GET", path)))
        kept = self.hits(self.ask("GET", path))
        self.assertNotEqual(self.hits(self.ask("GET", path, headers=wish)), kept)

    def test_answer_that_is_private_or_says_nothing_is_not_kept(self):
        for path in (asked("/api/v1/private", *PRIVATE), "/api/v1/silent"):
            hits = [self.hits(self.ask("GET", path)) for _ in range(2)]
            self.assertEqual(hits[1], hits[0] + 1)

    def test_variants_by_accept_are_kept_apart(self):
        path = asked("/api/v1/variants", *PUBLIC)
        one = self.ask("GET", path, headers={"Accept": "application/json"})
        two = self.ask("GET", path, headers={"Accept": "text/csv"})
        self.assertNotEqual(self.hits(one), self.hits(two))

    def test_head_does_not_empty_the_answer_to_get(self):
        path = asked("/api/v1/head", *PUBLIC)
        self.assertEqual(self.ask("HEAD", path).body, b"")
        self.assertTrue(self.hits(self.ask("GET", path)))

    def test_no_part_of_a_kept_answer_is_served(self):
        path = asked("/api/v1/ranges", *PUBLIC)
        for _ in range(2):
            self.assertEqual(self.ask("GET", path, headers={"Range": "bytes=0-3"}).status, 200)

    # --- compression ---

    def test_compressed_answer_keeps_a_usable_tag(self):
        answer = self.ask("GET", asked("/api/v1/x", ("size", 5000), *PUBLIC), headers={"Accept-Encoding": "gzip"})
        self.assertEqual(answer.headers["Content-Encoding"], "gzip")
        self.assertEqual(len(json.loads(gzip.decompress(answer.body))["padding"]), 5000)
        self.assertEqual(answer.headers["ETag"], 'W/"1.1.aa.p.j"')
        vary = ", ".join(answer.headers.get_all("Vary")).split(", ")
        self.assertEqual(sorted(vary), ["Accept", "Accept-Encoding", "Authorization"])

    # --- refused before any location ---

    def test_address_too_long(self):
        self.assertProblem(self.ask("GET", "/api/v1/" + "a" * 9000), 414)

    def test_headers_too_long(self):
        self.assertProblem(self.ask("GET", "/api/v1/x", headers={"X-Long": "a" * 9000}), 431)

    def test_unreadable_requests(self):
        for text in (b"GET /api/v1/../../../x HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /api/v1/x HTTP/1.1\r\n\r\n",
                     b"GET /api/v1/%zz HTTP/1.1\r\nHost: x\r\n\r\n", b"G\x01T / HTTP/1.1\r\nHost: x\r\n\r\n",
                     b'PUT /api/v1/x HTTP/1.1\r\nHost: x\r\nIf-Match: "a"\r\nIf-Match: "b"\r\n\r\n'):
            with self.subTest(text):
                self.assertProblem(self.raw(text), 400)

    def test_address_that_cannot_stand_in_json_is_left_out(self):
        answer = self.raw(b'GET /api/v1/"\\x HTTP/1.1\r\nHost: x\r\nX-Long: ' + b"a" * 9000 + b"\r\n\r\n")
        self.assertNotIn("instance", self.assertProblem(answer, 431))


if __name__ == "__main__":
    unittest.main()
