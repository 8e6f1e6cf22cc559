"""Write docs/benchmarks.md from the results of all rows."""

from __future__ import annotations

from pathlib import Path

from .figures import Figure, Result, Results, rounded
from .plot import draw
from .rows import ROWS

PAGE, BITNET_PAGE = "benchmarks.md", "benchmarks-bitnet-cpp.md"
TITLES = {PAGE: "Benchmarks", BITNET_PAGE: "Benchmarks with bitnet.cpp"}
INTRODUCTION = """Written by `make benchmark` on an otherwise idle machine, against real processes. Each figure compares
runs that alternate; it is the median of the rounds, with the lowest and highest. The value of every round is in
`{name}.json`. The model has random weights in the shape of BitNet-b1.58-2B-4T, and its speed.
"""
WITHOUT_BITNET = """bitnet.cpp was not measured. With its llama-cli, and its llama-server beside it, it is:
`make benchmark BITNET_CLI=PATH`."""


def write(path: Path, results: Results) -> None:
    measured = {number: results.rows[number] for number in ROWS if number in results.rows}
    lines = [f"# {TITLES.get(path.name, path.stem)}", "", INTRODUCTION.format(name=path.stem)]
    lines += ["## Against the programs alone", "", *_figures(measured)]
    if any(result.table for result in measured.values()):
        lines += ["", "## Growth", ""]
        for number, result in measured.items():
            if result.table:
                lines += [f"### {ROWS[number].title}", "", ROWS[number].about, "", *_table(result), ""]
        plot = path.with_suffix(".svg")
        if titles := draw(plot, measured):
            lines += [f"![{'; '.join(titles)}]({plot.name})", ""]
    lines += ["", "## What is measured", ""]
    lines += [f"{n}. **{ROWS[n].title}.** {ROWS[n].about}" for n, result in measured.items() if result.figures]
    lines += ["", "## When and where", "", "| row | date | commit | rounds | seconds | load before | machine |"]
    lines += ["| --- | --- | --- | --- | --- | --- | --- |"]
    for number, result in measured.items():
        lines.append(
            f"| {number} | {result.date} | {result.commit} | {result.rounds} | {result.seconds:.0f} | "
            f"{result.load:.0%} | {result.machine} |"
        )
    engines = sorted({result.engine for result in measured.values() if result.engine})
    lines += ["", f"Engine: {', '.join(engines)}."]
    if path.name == PAGE:
        other = path.with_name(BITNET_PAGE)
        lines += ["", f"The same with [bitnet.cpp]({other.name})." if other.exists() else WITHOUT_BITNET]
    path.write_text("\n".join(lines).replace("\n\n\n", "\n\n") + "\n")


def _figures(measured: dict[int, Result]) -> list[str]:
    lines = ["| # | measured | median | lowest – highest | target | |", "| --- | --- | --- | --- | --- | --- |"]
    for number, result in measured.items():
        for at, figure in enumerate(result.figures):
            name = f"**{ROWS[number].title}**: {figure.name}" if at == 0 else figure.name
            lines.append(f"| {number if at == 0 else ''} | {name} | {_columns(figure)} |")
    return lines


def _columns(figure: Figure) -> str:
    unit = f" {figure.unit}" if figure.unit else ""
    low, high = rounded(min(figure.values)), rounded(max(figure.values))
    spread = f"{low:g} – {high:g}" if len(figure.values) > 1 else ""
    target = str(figure.target) if figure.target else ""
    return f"{rounded(figure.median):g}{unit} | {spread} | {target} | {figure.verdict}"


def _table(result: Result) -> list[str]:
    header, *rows = result.table
    lines = [f"| {' | '.join(map(str, header))} |", "|" + " --- |" * len(header)]
    return lines + [f"| {' | '.join(map(str, row))} |" for row in rows]
