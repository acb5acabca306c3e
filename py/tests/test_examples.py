"""The examples, as their first lines say."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import requests
from paths import CORPORA, PYTHON
from receiver import Receiver

EXAMPLES = PYTHON / "examples"
BIN = Path(sys.executable).parent


def test_savings() -> None:
    command = [sys.executable, str(EXAMPLES / "savings.py"), str(CORPORA / "smallreq.otlp.zst")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    row = done.stdout.splitlines()[1].replace(",", "").split()
    spans, raw, gzipped, alone, stream = map(int, row[1:6])
    assert (row[0], spans) == ("smallreq", 3004)
    assert raw / 2 > gzipped > alone > stream


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


def get(url: str) -> requests.Response:
    for _ in range(200):
        try:
            return requests.get(url, timeout=5)
        except requests.ConnectionError:
            time.sleep(0.1)
    raise TimeoutError(url)


def test_shop_with_auto_instrumentation(receiver: Receiver) -> None:
    port = free_port()
    environment = {
        **os.environ,
        "OTEL_TRACES_EXPORTER": "tracezip",
        "OTEL_METRICS_EXPORTER": "none",
        "OTEL_LOGS_EXPORTER": "none",
        "OTEL_BSP_SCHEDULE_DELAY": "50",
        "OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url.removesuffix("/v1/traces"),
    }
    command = [f"{BIN}/opentelemetry-instrument", f"{BIN}/flask", "--app", "shop", "run", "--port", str(port)]
    app = subprocess.Popen(command, cwd=EXAMPLES, env=environment, stderr=subprocess.DEVNULL)
    try:
        answers = [get(f"http://127.0.0.1:{port}/price/{article}") for article in ("tea", "coffee", "beer")]
        wait_for(lambda: receiver.spans.total() >= 3)
        answers.append(get(f"http://127.0.0.1:{port}/price/tea"))
        wait_for(lambda: receiver.spans.total() >= 4)
    finally:
        app.terminate()
        app.wait(20)
    assert [answer.status_code for answer in answers] == [200, 200, 404, 200]
    assert receiver.spans == {"GET /price/<article>": 4}
    assert (receiver.requests[0], receiver.requests[-1]) == ("gzip", "tracezip")


def wait_for(condition: Callable[[], bool]) -> None:
    for _ in range(200):
        if condition():
            return
        time.sleep(0.05)


def test_receiver() -> None:
    port = free_port()
    command = [f"{BIN}/flask", "--app", "otlp_receiver", "run", "--port", str(port)]
    app = subprocess.Popen(command, cwd=EXAMPLES, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        get(f"http://127.0.0.1:{port}/")
        sender = [sys.executable, "-c", SENDER, f"http://127.0.0.1:{port}/v1/traces"]
        subprocess.run(sender, check=True, timeout=60)
    finally:
        app.terminate()
        said, _ = app.communicate(timeout=20)
    assert re.findall(r"^(\w+)  \d+\.\d ms$", said, re.MULTILINE) == ["first", "second"]


SENDER = """
import sys
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from tracezip.otel import TracezipSpanExporter
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(TracezipSpanExporter(sys.argv[1])))
for name in ("first", "second"):
    with provider.get_tracer("example").start_as_current_span(name):
        pass
provider.shutdown()
"""
