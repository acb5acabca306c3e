"""The `tracezip` command as the wheel installs it: the same one, with its exit codes."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import tracezip
from corpora import requests
from paths import CORPORA

TRACEZIP = Path(sys.executable).with_name("tracezip")


@pytest.fixture(params=[[TRACEZIP], [sys.executable, "-m", "tracezip"]], ids=["script", "module"])
def command(request: pytest.FixtureRequest) -> list[str]:
    return list(map(str, request.param))


def run(command: list[str], *arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([*command, *arguments], input=stdin, capture_output=True, timeout=120)


def test_pipes(command: list[str]) -> None:
    otlp = requests("java_orders")[0]
    frame = run(command, "compress", stdin=otlp)
    assert (frame.returncode, frame.stderr) == (0, b"")
    assert tracezip.decompress(frame.stdout) == otlp
    assert run(command, "decompress", stdin=frame.stdout).stdout == otlp


def test_version_and_help(command: list[str]) -> None:
    assert run(command, "--version").stdout.decode() == f"tracezip {tracezip.__version__}\n"
    assert b"Exit codes:" in run(command, "--help").stdout


def test_exit_codes(command: list[str]) -> None:
    wrong = run(command, "compress", "--no-such-option")
    assert (wrong.returncode, b"--no-such-option" in wrong.stderr, wrong.stdout) == (2, True, b"")
    assert run(command, "decompress", stdin=b"no frame").returncode == 3
    assert run(command, "decompress", "no-such-file").returncode == 1


def test_bench(command: list[str]) -> None:
    done = run(command, "bench", "--json", stdin=requests("smallreq")[0])
    assert done.returncode == 0
    assert b'"ratio"' in done.stdout


def test_ctrl_c_ends_it(command: list[str]) -> None:
    files = [str(path) for path in CORPORA.glob("*.zst")] * 20
    process = subprocess.Popen([*command, "bench", *files], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    time.sleep(2)
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=10)
    assert process.returncode == -signal.SIGINT
