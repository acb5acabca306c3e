"""docs/guide/python.md and the READMEs: their Python runs as it stands there."""

import re
from pathlib import Path
from typing import Any

import pytest
from corpora import requests
from paths import PYTHON, ROOT

PAGES = [ROOT / "docs" / "guide" / "python.md", PYTHON / "README.md", ROOT / "README.md"]


def blocks(page: Path) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_page(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"__name__": "__main__", "otlp": b"\x0a\x00", "samples": requests("smallreq")}
    assert blocks(page)
    for block in blocks(page):
        exec(compile(block, str(page), "exec"), names)
    if provider := names.get("provider"):
        provider.shutdown()


def test_the_flask_receiver_of_the_guide() -> None:
    import tracezip
    from werkzeug.test import Client

    names: dict[str, Any] = {"__name__": "__main__"}
    exec(next(block for block in blocks(PAGES[0]) if "Flask" in block), names)
    response = Client(names["app"]).post(
        "/v1/traces", data=tracezip.compress(b"\x0a\x00"), headers={"Content-Encoding": "tracezip"}
    )
    assert (response.status_code, response.headers["Accept-Encoding"]) == (200, "tracezip, gzip")
