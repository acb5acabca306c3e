"""What tests share."""

import os
from collections.abc import Iterator

import pytest
from receiver import Receiver


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """An OTLP receiver on localhost, which knows Tracezip until it is told otherwise."""
    with Receiver().listening() as receiver:
        yield receiver


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of whoever runs the tests must not matter."""
    for name in os.environ:
        if name.startswith(("OTEL_", "TRACEZIP_")) and name != "TRACEZIP_CORPORA":
            monkeypatch.delenv(name)
