"""Every published number that we keep is held by some test, and names its source."""

from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parent


def test_every_golden_number_is_tested(golden: dict[str, dict[str, Any]]) -> None:
    code = "\n".join(
        path.read_text(encoding="utf-8") for path in TESTS.rglob("*.py") if path != Path(__file__).resolve()
    )
    untested = [name for name in golden if f'"{name}"' not in code]
    assert not untested


def test_every_golden_number_has_a_source(golden: dict[str, dict[str, Any]]) -> None:
    assert len(golden) >= 16
    assert all(entry["source"] and entry["how_verified"] for entry in golden.values())
