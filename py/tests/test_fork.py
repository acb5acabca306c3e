"""gunicorn with workers that are forked from a process that has exported already."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import requests
from receiver import Receiver

APP = """
import os
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from tracezip.otel import TracezipSpanExporter

provider = TracerProvider(shutdown_on_exit=False)
provider.add_span_processor(BatchSpanProcessor(TracezipSpanExporter(), schedule_delay_millis=20))
tracer = provider.get_tracer("app")
for name in ("parent-1", "parent-2"):  # the second one as Tracezip: all state there is exists before the fork
    with tracer.start_as_current_span(name):
        pass
    provider.force_flush()

def app(environ, start_response):
    with tracer.start_as_current_span(environ["QUERY_STRING"]):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [str(os.getpid()).encode()]
"""


def test_gunicorn(receiver: Receiver, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(APP)
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    environment = {**os.environ, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": receiver.url}
    command = [sys.executable, "-m", "gunicorn", "--preload", "--workers", "3", "--bind", address, "app:app"]
    server = subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True)
    try:
        workers = serve(address, 200)
        expected = Counter({"parent-1": 1, "parent-2": 1, **{str(name): 1 for name in range(200)}})
        wait_for(receiver, expected)
    finally:
        server.send_signal(signal.SIGTERM)
        _, said = server.communicate(timeout=30)
    assert receiver.spans == expected, said
    assert len(workers) > 1, "one worker has served everything"
    assert receiver.requests[:2] == ["gzip", "tracezip"]
    assert receiver.requests.count("gzip") <= 1 + len(workers), "each worker asks once"
    parents, childrens = receiver.connections[:2], receiver.connections[2:]
    assert not set(parents) & set(childrens), "a worker speaks on its parent's connection"
    assert "Error" not in said


def serve(address: str, count: int) -> set[str]:
    """The ids of the workers that have answered."""
    for _ in range(200):
        try:
            requests.get(f"http://{address}/?0", timeout=5)
            break
        except requests.ConnectionError:
            time.sleep(0.1)
    with ThreadPoolExecutor(8) as pool:
        return set(pool.map(lambda name: requests.get(f"http://{address}/?{name}", timeout=10).text, range(1, count)))


def wait_for(receiver: Receiver, expected: Counter[str]) -> None:
    for _ in range(100):
        if receiver.spans.total() >= expected.total():
            time.sleep(0.2)  # for what would be too much
            return
        time.sleep(0.1)
