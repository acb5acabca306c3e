"""tests/negotiation.json: the cases that every language runs."""

import json
from typing import Any

import pytest
from paths import NEGOTIATION
from tracezip.negotiation import LOST, Answer, Negotiation, advertises

TABLE: dict[str, Any] = json.loads(NEGOTIATION.read_text())


class Clock:
    now = 0.0


def machine(case: dict[str, Any]) -> tuple[Negotiation, Clock]:
    clock = Clock()
    return Negotiation(case["mode"], now=lambda: clock.now, jitter=lambda: case.get("jitter", 0.0)), clock


def answer(server: str, coding: str) -> Answer:
    said = TABLE["servers"][server][coding]
    return LOST if said == "lost" else Answer(**said)


def check_state(negotiation: Negotiation, step: dict[str, Any]) -> None:
    assert negotiation.state == step["state"], step
    assert negotiation.until == pytest.approx(step.get("until")), step


def by_name(table: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", TABLE[table], ids=lambda case: case["name"])


@by_name("cases")
def test_case(case: dict[str, Any]) -> None:
    negotiation, clock = machine(case)
    for step in case["steps"]:
        clock.now = step["at"]
        tracezip = negotiation.choose()
        requests = ["tracezip" if tracezip else "gzip"]
        last = answer(step["server"], requests[0])
        if negotiation.answered(tracezip, last):
            if step.get("no_time_left"):
                last = LOST
            else:
                requests.append("gzip")
                last = answer(step["server"], "gzip")
            negotiation.answered_again(last)
        assert requests == step["requests"], step
        assert (last.status or "lost") == step["result"], step
        check_state(negotiation, step)


@by_name("interleaved")
def test_calls_at_once(case: dict[str, Any]) -> None:
    negotiation, clock = machine(case)
    sent = {}
    for step in case["steps"]:
        clock.now = step["at"]
        if "begin" in step:
            sent[step["begin"]] = negotiation.choose()
            assert sent[step["begin"]] == (step["coding"] == "tracezip"), step
        else:
            tracezip = sent[step["answer"]]
            again = negotiation.answered(tracezip, answer(step["server"], "tracezip" if tracezip else "gzip"))
            assert again == step["again"], step
            if again:
                negotiation.answered_again(answer(step["server"], "gzip"))
        check_state(negotiation, step)


@pytest.mark.parametrize(("fields", "expected"), TABLE["advertisements"])
def test_advertisement(fields: list[str], expected: bool) -> None:
    assert advertises(fields) == expected


@pytest.mark.parametrize("kind", TABLE["classes"]["http"])
def test_class_of_status(kind: str) -> None:
    for status in TABLE["classes"]["http"][kind]:
        assert Answer(status).kind == kind, status


def test_jitter_is_drawn_at_each_downgrade() -> None:
    waits = set()
    for _ in range(100):
        negotiation = Negotiation("eager", now=lambda: 0.0)
        assert negotiation.answered(negotiation.choose(), Answer(415))
        assert negotiation.answered_again(Answer(200))
        assert negotiation.until is not None and 540 <= negotiation.until <= 660
        waits.add(negotiation.until)
    assert len(waits) > 50


def test_an_unknown_mode_is_named() -> None:
    with pytest.raises(ValueError, match="auto, eager, force, off, not 'always'"):
        Negotiation("always")
