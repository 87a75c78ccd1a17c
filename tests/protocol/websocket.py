"""A small websocket client (RFC 6455): what palco.v1 needs and no more."""

import base64
import hashlib
import os
import socket
import time
from urllib.parse import urlsplit

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


class Closed(Exception):
    """The other side closed: code (None without one) and reason."""

    def __init__(self, code, reason):
        super().__init__(f"closed with {code}: {reason}")
        self.code, self.reason = code, reason


class WebSocket:
    """One connection, read and written by one thread."""

    def __init__(self, url, subprotocol, timeout=10):
        parts = urlsplit(url)
        self.deadline = time.monotonic() + timeout
        self.buffer = b""
        self.socket = socket.create_connection((parts.hostname, parts.port or 80), timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            (
                f"GET {parts.path or '/'} HTTP/1.1\r\nHost: {parts.netloc}\r\nUpgrade: websocket\r\n"
                f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
                f"Sec-WebSocket-Protocol: {subprotocol}\r\n\r\n"
            ).encode()
        )
        while b"\r\n\r\n" not in self.buffer:
            self.fill()
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        status, *lines = head.decode().split("\r\n")
        headers = {k.strip().lower(): v.strip() for k, v in (line.split(":", 1) for line in lines)}
        accept = base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()
        if status.split()[1] != "101":
            raise ConnectionError(f"no websocket: {status}")
        if headers.get("sec-websocket-accept") != accept:
            raise ConnectionError("the answer does not fit the key")
        if headers.get("sec-websocket-protocol") != subprotocol:
            raise ConnectionError(f"the server does not speak {subprotocol}")

    def fill(self):
        """Reads some bytes before the deadline."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the server said nothing in time")
        self.socket.settimeout(left)
        more = self.socket.recv(65536)
        if not more:
            raise Closed(None, "the link ended without a close")
        self.buffer += more

    def take(self, count):
        """The next bytes. They stay in the buffer when the deadline comes before all are there."""
        while len(self.buffer) < count:
            self.fill()
        taken, self.buffer = self.buffer[:count], self.buffer[count:]
        return taken

    def frame(self):
        """The next frame: is it the last of its message, its opcode, its payload."""
        head = 2
        while len(self.buffer) < head:
            self.fill()
        length = self.buffer[1] & 127
        wide = {126: 2, 127: 8}.get(length, 0)
        while len(self.buffer) < head + wide:
            self.fill()
        if wide:
            length = int.from_bytes(self.buffer[head : head + wide], "big")
        if self.buffer[0] & 0x70 or self.buffer[1] & 0x80:
            raise ConnectionError("a reserved bit is set or the server masks")
        data = self.take(head + wide + length)
        return data[0] & 0x80, data[0] & 15, data[head + wide :]

    def receive(self, timeout):
        """The next whole message: str or bytes. Answers pings."""
        self.deadline = time.monotonic() + timeout
        whole, kind = b"", None
        while True:
            last, opcode, payload = self.frame()
            if opcode == PING:
                self.send(PONG, payload)
            elif opcode == CLOSE:
                code = int.from_bytes(payload[:2], "big") if payload else None
                self.send(CLOSE, payload[:2])
                raise Closed(code, payload[2:].decode())
            elif opcode != PONG:
                kind = kind or opcode
                whole += payload
                if last:
                    return whole.decode() if kind == TEXT else whole

    def send(self, opcode, payload):
        """Sends one frame, masked."""
        length = len(payload)
        if length < 126:
            head = bytes([0x80 | opcode, 0x80 | length])
        elif length < 65536:
            head = bytes([0x80 | opcode, 0x80 | 126]) + length.to_bytes(2, "big")
        else:
            head = bytes([0x80 | opcode, 0x80 | 127]) + length.to_bytes(8, "big")
        mask = os.urandom(4)
        self.socket.settimeout(10)
        self.socket.sendall(head + mask + bytes(b ^ mask[i & 3] for i, b in enumerate(payload)))

    def text(self, text):
        """Sends a text message."""
        self.send(TEXT, text.encode())

    def binary(self, data):
        """Sends a binary message."""
        self.send(BINARY, data)

    def cut(self):
        """Ends the connection without a word, as a dying link does."""
        self.socket.close()
