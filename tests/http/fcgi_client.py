# SPDX-License-Identifier: Apache-2.0
"""A FastCGI client that shows and forges single records (FastCGI Specification, 3.3 and appendix 8)."""
import socket
import struct

BEGIN, ABORT, END, PARAMS, STDIN, STDOUT, STDERR, DATA, GET_VALUES = range(1, 10)
KEEP_CONN = 1


def record(kind, content=b"", request_id=1, padding=None, version=1):
    """One record; padded to eight bytes unless told otherwise."""
    if padding is None:
        padding = -len(content) % 8
    return struct.pack("!BBHHBx", version, kind, request_id, len(content), padding) + content + bytes(padding)


def stream(kind, data, request_id=1, chunk=32768):
    """A whole stream: its records and its empty end record."""
    pieces = [record(kind, data[i:i + chunk], request_id) for i in range(0, len(data), chunk)]
    return b"".join(pieces) + record(kind, b"", request_id)


def begin(keep=True, request_id=1, role=1):
    return record(BEGIN, struct.pack("!HB5x", role, KEEP_CONN if keep else 0), request_id)


def length(n):
    return bytes([n]) if n < 128 else struct.pack("!I", n | 0x80000000)


def pair(name, value):
    name, value = name.encode(), value if isinstance(value, bytes) else value.encode()
    return length(len(name)) + length(len(value)) + name + value


def pairs(method="GET", target="/", content_length=None, extra=()):
    items = [("REQUEST_METHOD", method), ("REQUEST_URI", target),
             ("CONTENT_LENGTH", "" if content_length is None else str(content_length))]
    return b"".join(pair(n, v) for n, v in items + list(extra))


def request(method="GET", target="/", body=b"", content_length=..., keep=True, extra=(), request_id=1):
    """All bytes of a request; content_length is the body's unless given."""
    if content_length is ...:
        content_length = len(body) if body or method in ("POST", "PUT", "PATCH") else None
    return (begin(keep, request_id) + stream(PARAMS, pairs(method, target, content_length, extra), request_id)
            + stream(STDIN, body, request_id))


def bad_requests():
    """What is no request and must cost no more than its own connection."""
    params = stream(PARAMS, pairs())
    cases = {
        "no begin": params,
        "stdin first": record(STDIN, b"x"),
        "version": record(BEGIN, bytes(8), version=2),
        "http": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        "management": record(GET_VALUES, pair("FCGI_MAX_CONNS", "") * 20, request_id=0),
        "unknown type": record(99, b"x", request_id=0),
        "authorizer": begin(role=2) + params,
        "filter": begin(role=3) + params,
        "request id 0": begin(request_id=0),
        "abort": begin() + record(ABORT),
        "multiplexed": begin() + begin(request_id=2),
        "management in parameters": begin() + record(GET_VALUES, b"\xff\xff\xff\xff\x01", request_id=0),
        "data in body": begin() + params + record(DATA, b"x"),
        "management in body": begin() + params + record(GET_VALUES, pair("FCGI_MAX_CONNS", "") * 20, request_id=0),
    }
    for lengths in (b"\xff\xff\xff\xff\x01", b"\x01\xff\xff\xff\xff", b"\xff\xff\xff\xfe\xff\xff\xff\xfe",
                    b"\xc0\x00\x00\x00\xc0\x00\x00\x00", b"\x80\x10\x00\x00\x01"):
        cases["lengths " + lengths.hex()] = begin() + stream(PARAMS, lengths + b"A" * 64) + stream(STDIN, b"")
    return cases


class Closed(Exception):
    """The server closed the connection; `got` is what came before."""

    def __init__(self, got):
        super().__init__(f"closed after {got!r}")
        self.got = got


class Answer:
    def __init__(self, raw, app_status, protocol_status):
        self.raw, self.app_status, self.protocol_status = raw, app_status, protocol_status
        head, self.body = raw.split(b"\r\n\r\n", 1)
        self.lines = head.decode().split("\r\n")
        self.headers = {k.lower(): v for k, v in (line.split(": ", 1) for line in self.lines)}
        self.status = int(self.headers["status"].split()[0])


class Connection:
    def __init__(self, path, timeout=10):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(timeout)
        self.socket.connect(path)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def exactly(self, n, got=b""):
        data = b""
        while len(data) < n:
            try:
                piece = self.socket.recv(n - len(data))
            except ConnectionResetError:
                piece = b""
            if not piece:
                raise Closed(got + data)
            data += piece
        return data

    def read_record(self):
        version, kind, request_id, n, padding = struct.unpack("!BBHHBx", self.exactly(8))
        assert version == 1, version
        content = self.exactly(n)
        self.exactly(padding)
        return kind, request_id, content

    def answer(self, request_id=1):
        """Reads up to FCGI_END_REQUEST."""
        out = b""
        while True:
            kind, got_id, content = self.read_record()
            assert got_id == request_id, (got_id, request_id)
            if kind == STDOUT:
                out += content
            elif kind == END:
                app, protocol = struct.unpack("!IB3x", content)
                return Answer(out, app, protocol)
            else:
                raise AssertionError(f"unexpected record {kind}")

    def ask(self, *args, **kwargs):
        self.send(request(*args, **kwargs))
        return self.answer(kwargs.get("request_id", 1))

    def is_closed(self, within=3):
        """True when the server ends the connection without sending another byte."""
        patience = self.socket.gettimeout()
        self.socket.settimeout(within)
        try:
            data = self.socket.recv(1)
        except ConnectionResetError:
            return True
        except socket.timeout:
            return False
        finally:
            self.socket.settimeout(patience)
        if data:
            raise AssertionError(f"bytes instead of an end: {data!r}")
        return True
