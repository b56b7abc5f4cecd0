"""A VOEvent broker and a VOEvent subscriber, written from the protocol alone, and an HTTP server.

Each listens, or connects, on a thread of its own until close() is called; what came is in
`received`. A broker can be closed and another opened at its port, as after a crash.
"""

import contextlib
import datetime
import http.server
import socket
import struct
import threading
import xml.etree.ElementTree as ElementTree

TRANSPORT = "http://www.telescope-networks.org/xml/Transport/v1.1"


def read_exactly(connection, size):
    """So many bytes; raises ConnectionError at the end of the stream."""
    data = b""
    while len(data) < size:
        piece = connection.recv(size - len(data))
        if not piece:
            raise ConnectionError("the peer hung up")
        data += piece
    return data


def read_message(connection):
    (length,) = struct.unpack(">I", read_exactly(connection, 4))
    return read_exactly(connection, length)


def send_message(connection, text):
    data = text.encode("utf-8")
    connection.sendall(struct.pack(">I", len(data)) + data)


def transport(role, origin, response):
    now = datetime.datetime.utcnow().strftime("%Y-%m-%dT%H:%M:%SZ")
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><Transport xmlns="{TRANSPORT}" version="1.0" '
        f'role="{role}"><Origin>{origin}</Origin><Response>{response}</Response>'
        f"<TimeStamp>{now}</TimeStamp></Transport>"
    )


def ivorn_of(document):
    return ElementTree.fromstring(document).get("ivorn")


class Broker:
    """Takes VOEvents from authors, one a connection, and acknowledges each."""

    def __init__(self, received, port=0):
        self.received = received
        self.listener = socket.create_server(("127.0.0.1", port))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection:
                try:
                    document = read_message(connection)
                    # Kept before it is acknowledged: at worst it comes twice.
                    self.received.append(document)
                    send_message(connection, transport("ack", ivorn_of(document), "ivo://broker/b"))
                except ConnectionError:
                    pass

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join()


class Subscriber:
    """Receives VOEvents from a broker, and answers all that it says."""

    def __init__(self, received, port):
        self.received = received
        self.roles = []
        self.connection = socket.create_connection(("127.0.0.1", port))
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while True:
            try:
                message = read_message(self.connection)
                root = ElementTree.fromstring(message)
                if root.tag == f"{{{TRANSPORT}}}Transport":
                    role = root.get("role")
                    origin = root.find("Origin")
                    origin = root.find(f"{{{TRANSPORT}}}Origin") if origin is None else origin
                    self.roles.append(role)
                    send_message(self.connection, transport(role, origin.text, "ivo://subscriber/s"))
                    continue
                self.received.append(message)
                send_message(
                    self.connection, transport("ack", root.get("ivorn"), "ivo://subscriber/s"))
            except OSError:
                return

    def close(self):
        with contextlib.suppress(OSError):  # the broker may have left first
            self.connection.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.connection.close()


class Web:
    """Takes POSTs, and keeps their headers and bodies."""

    def __init__(self, received, port=0):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                received.append((dict(self.headers), body))
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
