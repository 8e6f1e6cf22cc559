"""Run the benchmarks: `python -m tests.benchmarks [--rows 1,2,5] [--rounds 5] [--quick] [--model PATH]`.

Each row is kept as soon as it has been measured, so that a run that was interrupted goes on with `--rows`. With
BITNET_CLI, the path of bitnet.cpp's llama-cli, its programs are measured with weights in I2_S, on a page of their own.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
import traceback
from datetime import UTC, datetime
from pathlib import Path

from tests.models.large_model import write_large_model
from tests.real_model import default_folder
from tests.server import ROOT

from . import machine, page
from .bench import Bench
from .figures import Result, Results
from .rows import ROWS, Row

BITNET_CLI = os.environ.get("BITNET_CLI")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    model = default_folder() / f"random-2b-shape{'-i2_s' if BITNET_CLI else ''}.gguf"
    output = page.BITNET_PAGE if BITNET_CLI else page.PAGE
    parser.add_argument("--model", type=Path, default=model, help="a GGUF file (default: random weights)")
    parser.add_argument("--rows", default="", help=f"numbers from 1 to {max(ROWS)}, separated by commas (default: all)")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="few rounds and short answers, to try it")
    parser.add_argument("--busy", action="store_true", help="measure although the machine is busy")
    parser.add_argument("--output", type=Path, default=ROOT / "docs" / output)
    parser.add_argument("--page", action="store_true", help="only write the page again")
    return parser.parse_args()


def main() -> None:
    os.environ["SOAK"] = "1"  # every server is an interpreter of its own, as `make run` starts it: see `warm_python.py`
    options = arguments()
    options.output.parent.mkdir(parents=True, exist_ok=True)
    results = Results(options.output.with_suffix(".json"))
    numbers = [int(number) for number in options.rows.split(",")] if options.rows else list(ROWS)
    if unknown := set(numbers) - set(ROWS):
        sys.exit(f"Unknown rows: {unknown}. Choose from {', '.join(map(str, ROWS))}.")
    if not options.page:
        programs = Path(BITNET_CLI).parent if BITNET_CLI else ROOT / ".engine" / "bin"
        bench = Bench(options.model, programs, 1 if options.quick else options.rounds, options.quick)
        if not options.model.exists():
            bench.say(f"writing a model with random weights to {options.model}")
            options.model.parent.mkdir(parents=True, exist_ok=True)
            write_large_model(options.model, "I2_S" if BITNET_CLI else "TQ2_0")
        failed = []
        for number in numbers:
            try:
                results.keep(_measured(bench, number, ROWS[number], busy=options.busy))
            except Exception:  # the rows after it take half an hour, and do not depend on it
                traceback.print_exc()
                failed.append(str(number))
            page.write(options.output, results)
        if failed:
            sys.exit(f"Failed, see above: rows {','.join(failed)}. Measure them again with --rows {','.join(failed)}.")
    page.write(options.output, results)


def _measured(bench: Bench, number: int, row: Row, *, busy: bool) -> Result:
    bench.row = number
    load = machine.load()
    if load > machine.BUSY:
        if not busy:
            sys.exit(f"Other programs use {load:.0%} of the cores. Stop them, or add --busy.")
        bench.say(f"other programs use {load:.0%} of the cores: the figures mean little")
    bench.say(row.title)
    begun = time.monotonic()
    measured = row.measure(bench)
    figures, table = measured if isinstance(measured, tuple) else (measured, [])
    result = Result(number, figures, table, f"{datetime.now(UTC):%Y-%m-%d %H:%M}")
    result.commit, result.machine = machine.commit(), machine.description()
    result.model, result.engine, result.load = bench.model.stem, _engine(bench), round(load, 3)
    result.rounds, result.seconds = bench.rounds, time.monotonic() - begun
    for figure in figures:
        bench.say(f"{figure.name}: {figure.median:.3g} {figure.unit} {figure.target or ''} {figure.verdict}")
    for line in table:
        bench.say(" · ".join(map(str, line)))
    return result


def _engine(bench: Bench) -> str:
    return f"llama-cli of {'bitnet.cpp' if BITNET_CLI else 'llama.cpp, as build_engine builds it'}"


if __name__ == "__main__":
    main()
