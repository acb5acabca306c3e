"""The WSGI and the ASGI middleware, with Flask and Starlette and without a server, and then over HTTP."""

import gzip
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
import requests
import tracezip
import uvicorn
from flask import Flask, Response, request
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response as StarletteResponse
from starlette.routing import Route
from starlette.testclient import TestClient
from tracezip import asgi, wsgi
from tracezip.otel import TracezipSpanExporter
from werkzeug.test import Client

MAX = 200_000
OTLP = bytes.fromhex("0a00") * 500
LARGE = random.Random(0).randbytes(100_000)
"""Its frame is above the size that is decoded off the event loop."""


def flask() -> Flask:
    app = Flask("receiver")

    @app.post("/v1/traces")
    def traces() -> Response:
        encoding = request.headers.get("Content-Encoding", "none")
        return Response(request.get_data(), headers={"X-Length": str(request.content_length), "X-Coding": encoding})

    @app.post("/says")
    def says() -> Response:
        return Response(b"", headers={"Accept-Encoding": "gzip, zstd"})

    app.wsgi_app = wsgi.TracezipMiddleware(app.wsgi_app, max_size=MAX)  # type: ignore[method-assign]
    return app


def starlette() -> asgi.TracezipMiddleware:
    async def traces(request: Request) -> StarletteResponse:
        coding, length = (request.headers.get(name, "none") for name in ("content-encoding", "content-length"))
        return StarletteResponse(await request.body(), headers={"X-Length": length, "X-Coding": coding})

    async def says(request: Request) -> StarletteResponse:
        return StarletteResponse(b"", headers={"Accept-Encoding": "gzip, zstd"})

    app = Starlette(routes=[Route("/v1/traces", traces, methods=["POST"]), Route("/says", says, methods=["POST"])])
    return asgi.TracezipMiddleware(app, max_size=MAX)


Post = Callable[..., tuple[int, dict[str, str], bytes]]


def post_wsgi(path: str, body: bytes, coding: str | None = "tracezip") -> tuple[int, dict[str, str], bytes]:
    headers = {"Content-Encoding": coding} if coding else {}
    response = Client(flask()).post(path, data=body, headers=headers)
    return response.status_code, {name.lower(): value for name, value in response.headers.items()}, response.data


def post_asgi(path: str, body: bytes, coding: str | None = "tracezip") -> tuple[int, dict[str, str], bytes]:
    headers = {"Content-Encoding": coding} if coding else {}
    response = TestClient(starlette()).post(path, content=body, headers=headers)
    return response.status_code, dict(response.headers), response.content


@pytest.fixture(params=[post_wsgi, post_asgi], ids=["wsgi", "asgi"])
def post(request: pytest.FixtureRequest) -> Post:
    made: Post = request.param
    return made


@pytest.mark.parametrize("otlp", [OTLP, LARGE, b""], ids=["small", "large", "empty"])
def test_the_application_sees_plain_otlp(post: Post, otlp: bytes) -> None:
    frame = tracezip.compress(otlp)
    assert (len(frame) > asgi.OFF_THE_LOOP) == (otlp == LARGE)
    status, headers, body = post("/v1/traces", frame)
    assert (status, body) == (200, otlp)
    assert (headers["x-length"], headers["x-coding"]) == (str(len(otlp)), "none")
    assert headers["accept-encoding"] == "tracezip, gzip"


def test_the_name_of_the_coding_in_any_case(post: Post) -> None:
    assert post("/v1/traces", tracezip.compress(OTLP), "TraceZip")[2] == OTLP


@pytest.mark.parametrize("coding", [None, "gzip"])
def test_other_requests_go_through(post: Post, coding: str | None) -> None:
    body = gzip.compress(OTLP)
    status, headers, echoed = post("/v1/traces", body, coding)
    assert (status, echoed, headers["x-coding"]) == (200, body, coding or "none")
    assert headers["accept-encoding"] == "tracezip, gzip"


def test_what_the_application_says_is_kept(post: Post) -> None:
    assert post("/says", b"", None)[1]["accept-encoding"] == "tracezip, gzip, zstd"


def test_errors_advertise_too(post: Post) -> None:
    status, headers, _ = post("/nowhere", tracezip.compress(OTLP))
    assert (status, headers["accept-encoding"]) == (404, "tracezip, gzip")


FRAME = tracezip.compress(OTLP)
BAD = {
    "damaged": (FRAME[:-1] + bytes([FRAME[-1] ^ 1]), 400, b"damaged"),
    "cut": (FRAME[:-1], 400, b""),
    "empty": (b"", 400, b"cut short"),
    "no frame": (OTLP, 400, b"not a Tracezip frame"),
    "newer": (bytes([FRAME[0] | 0xE0]) + FRAME[1:], 415, b"newer version"),
    "too long": (tracezip.compress(bytes(MAX + 1)), 413, b"max_decoded_bytes"),
    "too long a body": (bytes(MAX + 17), 413, b"200016 bytes"),
}


@pytest.mark.parametrize(("body", "expected", "text"), BAD.values(), ids=BAD)
def test_what_is_refused(post: Post, body: bytes, expected: int, text: bytes) -> None:
    status, headers, said = post("/v1/traces", body)
    assert status == expected
    assert text in said or expected == 400
    assert headers["accept-encoding"] == "tracezip, gzip"
    assert headers["content-type"].startswith("text/plain")


def test_more_state_than_the_receiver_keeps_is_415(post: Post) -> None:
    """gzip helps there, so the client must be told to use it, not that its data is too long."""
    config = tracezip.TracezipConfig(max_state_bytes=64 << 20, min_batch_size=0)
    frame = tracezip.TraceCompressor(config).compress(OTLP)
    assert post("/v1/traces", frame)[0] == 415


def wsgi_call(environ: dict[str, Any]) -> tuple[str, bytes]:
    seen: list[str] = []

    def app(environ: dict[str, Any], start: Any) -> list[bytes]:
        start("200 OK", [])
        return [environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))]

    call = wsgi.TracezipMiddleware(app, max_size=MAX)
    environ = {"HTTP_CONTENT_ENCODING": "tracezip", **environ}
    body = b"".join(call(environ, lambda status, headers, *_: seen.append(status)))  # type: ignore[arg-type]
    return seen[0], body


def test_wsgi_bodies_without_a_length() -> None:
    chunked = {"wsgi.input": BytesIO(FRAME), "HTTP_TRANSFER_ENCODING": "chunked"}
    assert wsgi_call(chunked) == ("200 OK", OTLP)
    terminated = {"wsgi.input": BytesIO(FRAME), "wsgi.input_terminated": True}
    assert wsgi_call(terminated) == ("200 OK", OTLP)
    endless = {"wsgi.input": BytesIO(bytes(MAX * 2)), "HTTP_TRANSFER_ENCODING": "chunked"}
    assert wsgi_call(endless)[0].startswith("413")
    assert wsgi_call({"wsgi.input": BytesIO(FRAME)})[0].startswith("400")


class Quiet(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def wsgi_server() -> Iterator[str]:
    server = make_server("127.0.0.1", 0, flask(), handler_class=Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def asgi_server() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(starlette(), log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join()


@pytest.mark.parametrize("server", ["wsgi_server", "asgi_server"])
def test_with_our_exporter(server: str, request: pytest.FixtureRequest) -> None:
    url: str = request.getfixturevalue(server)
    sent = []

    class Session(requests.Session):
        def send(self, request: requests.PreparedRequest, **named: Any) -> requests.Response:
            response = super().send(request, **named)
            sent.append(response.request.headers["Content-Encoding"])
            return response

    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(TracezipSpanExporter(f"{url}/v1/traces", session=Session())))
    for name in "abc":
        with provider.get_tracer("test").start_as_current_span(name):
            pass
    provider.shutdown()
    assert sent == ["gzip", "tracezip", "tracezip"]
