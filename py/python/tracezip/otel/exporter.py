"""`TracezipSpanExporter`: the stock exporter over a session with Tracezip."""

import os
from importlib.metadata import entry_points
from typing import Any

import requests
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

from tracezip.otel.adapter import mount
from tracezip.otel.counters import Counters

PROVIDER_VARIABLES = (
    "OTEL_PYTHON_EXPORTER_OTLP_HTTP_CREDENTIAL_PROVIDER",
    "OTEL_PYTHON_EXPORTER_OTLP_HTTP_TRACES_CREDENTIAL_PROVIDER",
)


class TracezipSpanExporter(OTLPSpanExporter):
    """The stock OTLPSpanExporter with Tracezip on the wire: the same arguments, the same OTEL_EXPORTER_OTLP_*
    variables.

    compression: the fallback, for servers that do not read Tracezip; gzip if neither this nor the environment says.
    session: its adapters stay in use.
    mode: auto, eager, force or off; TRACEZIP_MODE or auto if not given.
    level: 1 (fast) to 9 (small); TRACEZIP_LEVEL or 3 if not given.
    """

    def __init__(  # noqa: PLR0913 (the arguments of the stock exporter, in its order)
        self,
        endpoint: str | None = None,
        certificate_file: str | None = None,
        client_key_file: str | None = None,
        client_certificate_file: str | None = None,
        headers: Any = None,
        timeout: Any = None,
        compression: Compression | None = None,
        session: requests.Session | None = None,
        *,
        mode: str | None = None,
        level: int | None = None,
        **more: Any,
    ) -> None:
        super().__init__(
            endpoint,
            certificate_file,
            client_key_file,
            client_certificate_file,
            headers,
            timeout,
            Compression.NoCompression,
            mount(
                session or _provided() or requests.Session(),
                mode=mode,
                level=level,
                fallback=compression.value if compression else None,
                counters=Counters(more.get("meter_provider")),
            ),
            **more,
        )


def _provided() -> requests.Session | None:
    """The session of the credential provider that the environment names, as the stock exporter would load it."""
    name = next(filter(None, map(os.environ.get, PROVIDER_VARIABLES)), None)
    if name is None:
        return None
    for provider in entry_points(group="opentelemetry_otlp_credential_provider", name=name):
        session = provider.load()()
        if not isinstance(session, requests.Session):
            raise RuntimeError(f"the credential provider {name!r} gives a {type(session)}, not a requests.Session")
        return session
    raise RuntimeError(f"there is no credential provider {name!r}")
