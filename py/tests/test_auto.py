"""No line of code: the environment alone, as a user would set it."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from receiver import Receiver

APP = textwrap.dedent("""
    from opentelemetry import trace
    tracer = trace.get_tracer("app")
    for name in range(3):
        with tracer.start_as_current_span(str(name)):
            pass
        trace.get_tracer_provider().force_flush()
""")


@pytest.mark.parametrize(
    "settings",
    [
        {"OTEL_TRACES_EXPORTER": "tracezip"},
        {
            "OTEL_TRACES_EXPORTER": "otlp",
            "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
            "OTEL_PYTHON_EXPORTER_OTLP_HTTP_TRACES_CREDENTIAL_PROVIDER": "tracezip",
        },
    ],
    ids=["exporter", "credential-provider"],
)
def test_opentelemetry_instrument(settings: dict[str, str], receiver: Receiver, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(APP)
    environment = {
        **os.environ,
        **settings,
        "OTEL_METRICS_EXPORTER": "none",
        "OTEL_LOGS_EXPORTER": "none",
        "OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url.removesuffix("/v1/traces"),
    }
    instrument = Path(sys.executable).with_name("opentelemetry-instrument")
    done = subprocess.run(
        [instrument, sys.executable, "app.py"], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert receiver.spans == {"0": 1, "1": 1, "2": 1}
    assert receiver.requests == ["gzip", "tracezip", "tracezip"]
