"""A NATS client that takes little CPU time, so that the server is the limit: batches, and counts of what comes back."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Sequence

from streamsign.errors import ConnectionFailed

_TIMEOUT_S = 60.0


def publication(subject: str, payload: bytes, *, reply: str = "", headers: dict[str, str] | None = None) -> bytes:
    """One message as the client protocol of NATS writes it (PUB and HPUB)."""
    words = " ".join(filter(None, (subject, reply)))
    if headers is None:
        return f"PUB {words} {len(payload)}\r\n".encode() + payload + b"\r\n"
    head = "NATS/1.0\r\n" + "".join(f"{name}: {value}\r\n" for name, value in headers.items()) + "\r\n"
    return f"HPUB {words} {len(head)} {len(head) + len(payload)}\r\n{head}".encode() + payload + b"\r\n"


class RawClient:
    """One blocking connection.

    Args:
        port: of a server on this computer.

    Attributes:
        received: messages received so far.
    """

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=_TIMEOUT_S)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._lines = self._socket.makefile("rb", buffering=1 << 18)
        self.received = 0
        self._lines.readline()  # INFO
        self.send([b'CONNECT {"verbose":false,"headers":true,"no_responders":true}\r\n'])
        self.settle()

    def send(self, messages: Sequence[bytes]) -> None:
        """Write messages at once."""
        self._socket.sendall(b"".join(messages))

    def subscribe(self, subject: str) -> None:
        """Receive a subject from now on."""
        self.send([f"SUB {subject} 1\r\n".encode()])
        self.settle()

    def settle(self) -> None:
        """Wait until the server has read everything that was sent."""
        self.send([b"PING\r\n"])
        while not self._lines.readline().startswith(b"PONG"):
            pass

    def receive(self) -> bytes:
        """Wait for the next message and return its payload, headers before it.

        Raises:
            ConnectionFailed: the connection ended, or the server reports an error.
        """
        while True:
            line = self._lines.readline()
            if line.startswith((b"MSG", b"HMSG")):
                payload: bytes = self._lines.read(int(line.split()[-1]) + 2)
                self.received += 1
                return payload[:-2]
            if line.startswith(b"PING"):
                self.send([b"PONG\r\n"])
            elif not line or line.startswith(b"-ERR"):
                raise ConnectionFailed(f"NATS ended the connection: {line!r}.", "Run it alone on the machine.")

    def acknowledged(self, count: int) -> None:
        """Wait for acknowledgements of stored messages.

        Raises:
            ConnectionFailed: one is an error.
        """
        for _ in range(count):
            answer = self.receive()
            if b'"error"' in answer or b"503" in answer[:20]:
                raise ConnectionFailed(f"NATS did not store a message: {answer!r}.", "Free space on the disk.")

    def request(self, subject: str, body: dict[str, object]) -> None:
        """Call the JetStream API and wait until it has answered.

        Raises:
            ConnectionFailed: it answers with an error.
        """
        inbox = "_INBOX.api"
        self.send([f"SUB {inbox} 2\r\n".encode(), publication(subject, json.dumps(body).encode(), reply=inbox)])
        self.acknowledged(1)
        self.send([b"UNSUB 2\r\n"])

    def close(self) -> None:
        """End the connection."""
        self._lines.close()
        self._socket.close()


class Drain(threading.Thread):
    """Receives messages of a subject in a thread until :meth:`stop`.

    Attributes:
        client: its connection; ``client.received`` counts.
    """

    def __init__(self, port: int, subject: str) -> None:
        super().__init__(daemon=True)
        self.client = RawClient(port)
        self.client.subscribe(subject)
        self.start()

    def run(self) -> None:
        """Receive until the connection ends."""
        try:
            while True:
                self.client.receive()
        except (OSError, ValueError, ConnectionFailed):
            return

    def stop(self) -> None:
        """End the connection and the thread."""
        self.client._socket.shutdown(socket.SHUT_RDWR)
        self.join()
        self.client.close()
