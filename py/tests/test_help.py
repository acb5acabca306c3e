"""What `help()` says, from the compiled module, and what an editor shows, from the stubs, are the same words."""

import ast
import inspect
from pathlib import Path

import pytest
import tracezip
from tracezip import _tracezip

STUBS = ast.parse(Path(_tracezip.__file__).with_name("_tracezip.pyi").read_text())


def stub_docs() -> dict[str, str]:
    docs = {}
    for item in STUBS.body:
        if isinstance(item, ast.ClassDef | ast.FunctionDef):
            docs[item.name] = ast.get_docstring(item) or ""
        if isinstance(item, ast.ClassDef):
            members = (member for member in item.body if isinstance(member, ast.FunctionDef))
            docs |= {f"{item.name}.{member.name}": ast.get_docstring(member) or "" for member in members}
    return {name: doc for name, doc in docs.items() if "__" not in name}


@pytest.mark.parametrize("name", stub_docs())
def test_help(name: str) -> None:
    thing = _tracezip
    for part in name.split("."):
        thing = getattr(thing, part)
    assert (inspect.getdoc(thing) or "").split() == stub_docs()[name].split()


def test_everything_public_has_help() -> None:
    for name in tracezip.__all__:
        assert name == "__version__" or inspect.getdoc(getattr(tracezip, name)), name
