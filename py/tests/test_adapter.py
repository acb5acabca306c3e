"""The session with Tracezip against a real server: every case of tests/negotiation.json over HTTP, and what is not
in the table."""

import gzip
import json
from functools import partial
from typing import Any

import pytest
import requests
import tracezip
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from paths import NEGOTIATION
from receiver import Receiver
from tracezip.negotiation import Negotiation
from tracezip.otel import adapter, mount
from tracezip.otel.adapter import TracezipAdapter, time_left

CASES = json.loads(NEGOTIATION.read_text())["cases"]
HEADERS = {"Content-Type": "application/x-protobuf"}


def payload(name: str) -> bytes:
    request = ExportTraceServiceRequest()
    request.resource_spans.add().scope_spans.add().spans.add(name=name, trace_id=bytes(16), span_id=bytes(8))
    return request.SerializeToString()


def post(session: requests.Session, receiver: Receiver, name: str, **more: Any) -> int | str:
    """The status, or "lost"."""
    try:
        more = {"headers": HEADERS, "timeout": 5, **more}
        return session.post(receiver.url, data=payload(name), **more).status_code
    except requests.RequestException:
        return "lost"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_case(case: dict[str, Any], receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    injected = partial(Negotiation, now=lambda: clock[0], jitter=lambda: case.get("jitter", 0.0))
    monkeypatch.setattr(adapter, "Negotiation", injected)
    session = mount(requests.Session(), mode=case["mode"])
    for number, step in enumerate(case["steps"]):
        clock[0] = step["at"]
        slow = step.get("no_time_left", False)
        receiver.behaves(step["server"], slowly=0.6 if slow else 0)
        receiver.requests.clear()
        result = post(session, receiver, str(number), timeout=1 if slow else 5)
        assert (result, receiver.requests) == (step["result"], step["requests"]), step
        delivered = isinstance(result, int) and 200 <= result < 300
        assert receiver.spans[str(number)] == int(delivered), "lost or doubled"


def test_a_connection_is_kept(receiver: Receiver) -> None:
    session = mount(requests.Session(), mode="eager")
    for name in "abc":
        assert post(session, receiver, name) == 200
    assert len(set(receiver.connections)) == 1
    receiver.behaves("old-400", text=b"unsupported Content-Encoding: tracezip")
    assert post(session, receiver, "d") == 200
    assert receiver.spans == dict.fromkeys("abcd", 1)


@pytest.mark.parametrize("fallback", ["gzip", "deflate", "none"])
def test_the_fallback_is_the_users_choice(fallback: str, receiver: Receiver) -> None:
    receiver.behaves("silent")
    assert post(mount(requests.Session(), fallback=fallback), receiver, "a") == 200
    assert receiver.requests == [fallback]
    assert receiver.spans == {"a": 1}


def test_a_body_that_came_as_gzip_goes_as_tracezip_and_falls_back_to_what_it_was(receiver: Receiver) -> None:
    session = mount(requests.Session(), mode="eager")
    body = gzip.compress(payload("a"))
    headers = {**HEADERS, "Content-Encoding": "gzip"}
    assert session.post(receiver.url, data=body, headers=headers).ok
    receiver.behaves("old-415")
    assert session.post(receiver.url, data=body, headers=headers).ok
    assert receiver.requests == ["tracezip", "tracezip", "gzip"]
    assert receiver.spans == {"a": 2}
    assert int(receiver.headers[-1]["content-length"]) == len(body)


def test_a_body_that_only_says_it_is_gzip_goes_as_it_is(receiver: Receiver) -> None:
    receiver.behaves("bad-data")
    session = mount(requests.Session(), mode="eager")
    response = session.post(receiver.url, data=b"no gzip", headers={**HEADERS, "Content-Encoding": "gzip"})
    assert (response.status_code, receiver.requests) == (400, ["gzip"])


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/v1/metrics", HEADERS),
        ("/v1/logs", HEADERS),
        ("/v1/traces", {"Content-Type": "application/json"}),
        ("/v1/traces", {**HEADERS, "Content-Encoding": "zstd"}),
    ],
)
def test_what_is_not_traces_goes_as_it_is(path: str, headers: dict[str, str], receiver: Receiver) -> None:
    receiver.behaves("bad-data")
    session = mount(requests.Session(), mode="force")
    url = receiver.url.replace("/v1/traces", path)
    session.post(url, data=b"{}", headers=headers)
    assert receiver.requests == [headers.get("Content-Encoding", "none")]
    assert receiver.headers[0]["content-length"] == "2"


def test_the_adapter_that_was_mounted_stays_in_use(receiver: Receiver) -> None:
    seen = []

    class Mine(requests.adapters.HTTPAdapter):
        def send(self, request: requests.PreparedRequest, *more: Any, **named: Any) -> requests.Response:
            seen.append(request.headers["Content-Encoding"])
            return super().send(request, *more, **named)

    session = requests.Session()
    session.mount("http://", Mine())
    for _ in range(2):  # mounting twice is mounting once
        mount(session, mode="eager")
    assert post(session, receiver, "a") == 200
    assert seen == ["tracezip"]


def test_endpoints_are_asked_one_by_one(receiver: Receiver) -> None:
    session = mount(requests.Session())
    for path in ("/v1/traces", "/v1/traces?tenant=1", "/other/v1/traces", "/v1/traces"):
        url = receiver.url.replace("/v1/traces", path)
        assert session.post(url, data=payload(path), headers=HEADERS).ok
    assert receiver.requests == ["gzip", "tracezip", "gzip", "tracezip"]


def test_a_fault_of_the_codec_loses_nothing(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(data: bytes, *, level: int) -> bytes:
        raise tracezip.InternalError("a fault", "internal", 0)

    monkeypatch.setattr("tracezip.otel.payload.compress", fails)
    assert post(mount(requests.Session(), mode="eager"), receiver, "a") == 200
    assert receiver.requests == ["gzip"]
    assert receiver.spans == {"a": 1}


def test_both_tries_share_the_time_out(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    times = []
    inner = requests.adapters.HTTPAdapter.send

    def send(self: Any, request: Any, **named: Any) -> Any:
        times.append(named["timeout"])
        return inner(self, request, **named)

    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", send)
    receiver.behaves("old-415", slowly=0.1)
    assert post(mount(requests.Session(), mode="eager"), receiver, "a", timeout=5) == 200
    assert times[0] == 5
    assert 0 < times[1] < 4.9


def test_time_left() -> None:
    assert time_left(2, 0.5) == 1.5
    assert time_left(2, 3) == 0
    assert time_left((1, 2), 0.5) == (1, 1.5)
    assert time_left((1, 2), 2) == 0
    assert time_left((1, None), 2) == (1, None)
    assert time_left(None, 2) is None


def test_wrong_arguments_are_named() -> None:
    for wrong in ({"mode": "always"}, {"fallback": "zstd"}, {"level": 10}):
        with pytest.raises(ValueError, match="must be"):
            mount(requests.Session(), **wrong)


def test_a_wrong_environment_is_said_and_ignored(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, receiver: Receiver
) -> None:
    monkeypatch.setenv("TRACEZIP_MODE", "always")
    monkeypatch.setenv("TRACEZIP_LEVEL", "x")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "zstd")
    session = mount(requests.Session())
    assert [record.message.split()[0] for record in caplog.records] == [
        "TRACEZIP_MODE",
        "TRACEZIP_LEVEL",
        "OTEL_EXPORTER_OTLP_COMPRESSION",
    ]
    assert post(session, receiver, "a") == 200
    assert receiver.requests == ["gzip"]


def test_every_adapter_of_a_session_is_ours() -> None:
    assert all(isinstance(adapter, TracezipAdapter) for adapter in mount(requests.Session()).adapters.values())
