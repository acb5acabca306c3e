"""Tracezip in front of a WSGI application that receives OTLP: Flask, Django, …

    app.wsgi_app = TracezipMiddleware(app.wsgi_app)
"""

from collections.abc import Iterable
from http import HTTPStatus
from io import BytesIO
from typing import TYPE_CHECKING, Any

from tracezip.receiver import MAX_SIZE, Receiver, Refusal, is_tracezip

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


class TracezipMiddleware:
    """Decodes requests with `Content-Encoding: tracezip`, so that the application sees plain OTLP, and advertises
    Tracezip in every response. Other requests go through as they are.

    max_size: most bytes of a decoded request; more is answered with 413.
    others: the other codings that the application reads, for the advertisement; "" for none.
    """

    def __init__(self, app: "WSGIApplication", *, max_size: int = MAX_SIZE, others: str = "gzip") -> None:
        self._app, self._receiver = app, Receiver(max_size, others)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """WSGI."""

        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            said = [value for name, value in headers if name.lower() == "accept-encoding"]
            others = [header for header in headers if header[0].lower() != "accept-encoding"]
            accept = self._receiver.advertisement(", ".join(said) if said else None)
            return start_response(status, [*others, ("Accept-Encoding", accept)], *error)

        if is_tracezip(environ.get("HTTP_CONTENT_ENCODING", "")):
            try:
                self._decode(environ)
            except Refusal as refusal:
                text = f"{refusal.text}\n".encode()
                headers = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(text)))]
                start(f"{refusal.status} {HTTPStatus(refusal.status).phrase}", headers)
                return [text]
        return self._app(environ, start)

    def _decode(self, environ: "WSGIEnvironment") -> None:
        otlp = self._receiver.decode(self._body(environ))
        del environ["HTTP_CONTENT_ENCODING"]
        environ["CONTENT_LENGTH"] = str(len(otlp))
        environ["wsgi.input"] = BytesIO(otlp)

    def _body(self, environ: "WSGIEnvironment") -> bytes:
        length = environ.get("CONTENT_LENGTH") or ""
        if length.isdigit():
            limit = int(length)
        elif "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "") or environ.get("wsgi.input_terminated"):
            limit = self._receiver.max_body + 1
        else:
            limit = 0  # a request that names no length has no body
        self._receiver.check_length(int(length or 0))
        body: bytes = environ["wsgi.input"].read(limit)
        self._receiver.check_length(len(body))
        return body
