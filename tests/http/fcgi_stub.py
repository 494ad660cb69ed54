# SPDX-License-Identifier: Apache-2.0
"""A FastCGI responder that answers with what nginx sent it, for tests of the nginx files alone."""
import json
import os
import socket
import socketserver
import struct
import threading
import urllib.parse

BEGIN, END, PARAMS, STDIN, STDOUT = 1, 3, 4, 5, 6
KEEP_CONN = 1


def _read_exactly(stream, n):
    data = stream.read(n)
    if len(data) != n:
        raise EOFError
    return data


def _record(stream):
    _, kind, request_id, length, padding, _ = struct.unpack("!BBHHBB", _read_exactly(stream, 8))
    content = _read_exactly(stream, length)
    _read_exactly(stream, padding)
    return kind, request_id, content


def _pairs(data):
    """Name-value pairs of FastCGI 1.0, section 3.4, in order and with repetitions."""
    at, pairs = 0, []
    while at < len(data):
        sizes = []
        for _ in range(2):
            if data[at] & 0x80:
                sizes.append(struct.unpack_from("!I", data, at)[0] & 0x7FFFFFFF)
                at += 4
            else:
                sizes.append(data[at])
                at += 1
        name = data[at:at + sizes[0]].decode("latin-1")
        at += sizes[0]
        pairs.append((name, data[at:at + sizes[1]].decode("latin-1")))
        at += sizes[1]
    return pairs


class _Handler(socketserver.StreamRequestHandler):
    def handle(self):
        self.server.connections += 1
        try:
            while self.one_request():
                pass
        except (EOFError, ConnectionError):
            pass

    def one_request(self):
        kind, request_id, content = _record(self.rfile)
        if kind != BEGIN:
            return False
        keep = content[2] & KEEP_CONN
        params, body = b"", b""
        while True:
            kind, _, content = _record(self.rfile)
            if kind == PARAMS:
                params += content
            elif kind == STDIN:
                if not content:
                    break
                body += content
        answer = self.server.answer(_pairs(params), body)
        for at in range(0, len(answer), 32768):
            self.send(STDOUT, request_id, answer[at:at + 32768])
        self.send(STDOUT, request_id, b"")
        self.send(END, request_id, bytes(8))
        return bool(keep)

    def send(self, kind, request_id, content):
        self.wfile.write(struct.pack("!BBHHBB", 1, kind, request_id, len(content), 0, 0) + content)
        self.wfile.flush()


class Stub(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """Answers JSON {"params": [[name, value]…], "body_bytes": n, "hits": n}.

    The query of the request shapes the answer: status=404, header=Name:%20value (repeatable, in
    this order), size=BYTES of padding, sleep=SECONDS.
    """
    daemon_threads = True
    request_queue_size = 512

    def __init__(self, path):
        self.path, self.connections, self.hits = path, 0, 0
        self.lock, self.slept = threading.Lock(), threading.Event()
        super().__init__(path, _Handler)
        os.chmod(path, 0o666)
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def answer(self, pairs, body):
        with self.lock:
            self.hits += 1
            hits = self.hits
        params = dict(pairs)
        query = urllib.parse.parse_qs(params.get("REQUEST_URI", "").partition("?")[2])
        if "sleep" in query:
            self.slept.wait(float(query["sleep"][0]))
        status = query.get("status", ["200"])[0]
        headers = query.get("header", [])
        problem = int(status) >= 400
        text = json.dumps({"params": pairs, "body_bytes": len(body), "hits": hits,
                           "padding": "x" * int(query.get("size", ["0"])[0])}).encode()
        kind = "application/problem+json" if problem else "application/json"
        head = [f"Status: {status}", f"Content-Type: {kind}", "X-Request-Id: from-the-stub", *headers]
        if status == "304":
            text, head = b"", [f"Status: {status}", *headers]
        else:
            head.append(f"Content-Length: {len(text)}")
        if params.get("REQUEST_METHOD") == "HEAD":
            text = b""
        return "\r\n".join(head).encode() + b"\r\n\r\n" + text

    def stop(self):
        self.slept.set()
        self.shutdown()
        self.server_close()
        try:
            os.unlink(self.path)
        except FileNotFoundError:
            pass


def socket_answers(path):
    with socket.socket(socket.AF_UNIX) as s:
        try:
            s.connect(path)
        except OSError:
            return False
    return True
