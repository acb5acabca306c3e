"""Where things are in the tree."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / "py"
CORPORA = ROOT / "tests" / "corpora"
VECTORS = ROOT / "tests" / "vectors"
NEGOTIATION = ROOT / "tests" / "negotiation.json"
