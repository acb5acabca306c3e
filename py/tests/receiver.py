"""A real HTTP server on localhost that receives OTLP, behaves as it is told, and counts."""

import gzip
import json
import threading
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import tracezip
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from paths import NEGOTIATION

SERVERS: dict[str, Any] = json.loads(NEGOTIATION.read_text())["servers"]
DECODERS: dict[str, Callable[[bytes], bytes]] = {"tracezip": tracezip.decompress, "gzip": gzip.decompress, "deflate": zlib.decompress, "none": bytes}


class Receiver:
    """What the server has seen."""

    def __init__(self) -> None:
        self.behaves("knows")
        self.requests: list[str] = []
        """The coding of every request, in order."""
        self.headers: list[dict[str, str]] = []
        self.connections: list[tuple[str, int]] = []
        """The client's address of every request."""
        self.spans: Counter[str] = Counter()
        """Names of spans that were acknowledged, and how often."""
        self.url = ""

    def behaves(self, server: str, text: bytes = b"", slowly: float = 0.0) -> None:
        """As this one of tests/negotiation.json; `text` is the body of refusals."""
        self._answers, self._text, self._slowly = SERVERS[server], text, slowly

    def take(self, handler: BaseHTTPRequestHandler) -> None:
        """One request."""
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        coding = handler.headers.get("Content-Encoding", "none")
        self.requests.append(coding)
        self.headers.append({name.lower(): value for name, value in handler.headers.items()})
        self.connections.append(handler.client_address)
        answer = self._answers["tracezip" if coding == "tracezip" else "gzip"]
        if answer == "lost":
            handler.close_connection = True
            return
        if 200 <= answer["status"] < 300:
            request = ExportTraceServiceRequest.FromString(DECODERS[coding](body))
            self.spans.update(
                span.name for group in request.resource_spans for scope in group.scope_spans for span in scope.spans
            )
        self._answer(handler, **answer)

    def _answer(self, handler: BaseHTTPRequestHandler, status: int, advertises: bool) -> None:
        text = b"" if status < 300 else self._text
        lines = [f"HTTP/1.1 {status} -", f"Content-Length: {len(text)}", "Accept-Encoding: tracezip, gzip"]
        for line in lines if advertises else lines[:2]:
            handler.wfile.write(f"{line}\r\n".encode())
            time.sleep(self._slowly)
        handler.wfile.write(b"\r\n" + text)

    @contextmanager
    def listening(self, port: int = 0) -> Iterator["Receiver"]:
        """Serves until the end of the block."""

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(handler) -> None:  # noqa: N802, N805
                self.take(handler)

            def log_message(handler, *_: Any) -> None:  # noqa: N805
                pass

        server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        self.url = f"http://127.0.0.1:{server.server_port}/v1/traces"
        try:
            yield self
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
