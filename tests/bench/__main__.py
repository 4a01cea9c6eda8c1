"""`./dev bench` lists the benchmarks; `./dev bench NAME [ARGS]` runs tests/bench/bench_NAME.py."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

HERE = Path(__file__).parent


def benchmarks() -> dict[str, Path]:
    """Each benchmark's file under its short name."""
    return {path.stem.removeprefix("bench_"): path for path in sorted(HERE.glob("bench_*.py"))}


def first_line(path: Path) -> str:
    """What a benchmark says about itself."""
    return path.read_text(encoding="utf-8").lstrip().strip('"').splitlines()[0].strip('"')


def main(arguments: list[str]) -> int:
    """Run the named benchmark; without a name list them, with an unknown one list them and fail."""
    found = benchmarks()
    if not arguments or arguments[0] not in found:
        for name, path in found.items():
            print(f"{name:12} {first_line(path)}")
        return int(bool(arguments))
    sys.argv = [str(found[arguments[0]]), *arguments[1:]]
    runpy.run_module(f"tests.bench.bench_{arguments[0]}", run_name="__main__", alter_sys=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
