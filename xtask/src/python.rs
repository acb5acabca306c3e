//! The steps in Python: a virtual environment under `target/`, the wheel as a user installs it, types, tests.

use std::process::Command;

use crate::run::{command, root};

/// Of the virtual environment.
const PYTHON: &str = "target/python/bin/python";

/// All steps. They need Python 3.11 or newer (`PYTHON`, else `python3`) and what pip fetches.
pub(crate) fn steps() -> Vec<Command> {
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".into());
    vec![
        command(&python, "-m venv target/python"),
        venv("-m pip install --quiet --disable-pip-version-check --requirement py/requirements-test.txt"),
        install(),
        venv("-m mypy --config-file py/pyproject.toml --package tracezip"),
        types("-m mypy --config-file py/pyproject.toml py/tests py/examples py/benches"),
        venv("-m mypy.stubtest --mypy-config-file py/pyproject.toml tracezip._tracezip"),
        venv("-m pytest py"),
    ]
}

fn venv(arguments: &str) -> Command {
    command(&root().join(PYTHON).display().to_string(), arguments)
}

/// `pip install ./py`, built with the profile of the other tests: a wheel takes minutes to optimize.
fn install() -> Command {
    let mut install = venv("-m pip install --quiet --disable-pip-version-check --force-reinstall --no-deps ./py");
    install.env("MATURIN_PEP517_ARGS", "--profile dev");
    install
}

fn types(arguments: &str) -> Command {
    let mut types = venv(arguments);
    types.env("MYPYPATH", "py/tests");
    types
}
