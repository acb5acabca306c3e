"""Tracezip in front of an ASGI application that receives OTLP: Starlette, FastAPI, …, on an asyncio server.

    app = TracezipMiddleware(app)
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from tracezip.receiver import MAX_SIZE, Receiver, Refusal, is_tracezip

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]

OFF_THE_LOOP: Final = 64 << 10
"""Bodies of so many bytes and more are decoded in a thread: they would keep the event loop for milliseconds."""


class TracezipMiddleware:
    """Decodes requests with `Content-Encoding: tracezip`, so that the application sees plain OTLP, and advertises
    Tracezip in every response. Other requests go through as they are.

    max_size: most bytes of a decoded request; more is answered with 413.
    others: the other codings that the application reads, for the advertisement; "" for none.
    """

    def __init__(self, app: Application, *, max_size: int = MAX_SIZE, others: str = "gzip") -> None:
        self._app, self._receiver = app, Receiver(max_size, others)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)

        async def advertise(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": self._advertised(message.get("headers", ()))}
            await send(message)

        if is_tracezip(_field(scope["headers"], b"content-encoding") or ""):
            try:
                scope, receive = await self._decoded(scope, receive)
            except Refusal as refusal:
                return await _answer(advertise, refusal)
        await self._app(scope, receive, advertise)

    def _advertised(self, headers: Any) -> list[tuple[bytes, bytes]]:
        others = [(name, value) for name, value in headers if name.lower() != b"accept-encoding"]
        accept = self._receiver.advertisement(_field(headers, b"accept-encoding"))
        return [*others, (b"accept-encoding", accept.encode("latin-1"))]

    async def _decoded(self, scope: Message, receive: Receive) -> tuple[Message, Receive]:
        body = await self._body(receive)
        decode = self._receiver.decode
        otlp = await asyncio.to_thread(decode, body) if len(body) >= OFF_THE_LOOP else decode(body)
        message: Message | None = {"type": "http.request", "body": otlp, "more_body": False}

        async def replay() -> Message:
            nonlocal message
            if message is None:
                return await receive()
            first, message = message, None
            return first

        ours = (b"content-encoding", b"content-length", b"transfer-encoding")
        headers = [(name, value) for name, value in scope["headers"] if name.lower() not in ours]
        length = (b"content-length", str(len(otlp)).encode())
        return {**scope, "headers": [*headers, length]}, replay

    async def _body(self, receive: Receive) -> bytes:
        body = bytearray()
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise Refusal(400, "the client has gone")
            body += message.get("body", b"")
            self._receiver.check_length(len(body))
            more = message.get("more_body", False)
        return bytes(body)


def _field(headers: Any, name: bytes) -> str | None:
    values: list[str] = [value.decode("latin-1") for key, value in headers if key.lower() == name]
    return ", ".join(values) if values else None


async def _answer(send: Send, refusal: Refusal) -> None:
    text = f"{refusal.text}\n".encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(text)).encode())]
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": text})
