"""One picture of the growth tables, as SVG without a library. Its colours follow the reader's light or dark scheme."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from inference.monitoring.plots import round_ticks

from .figures import Result

WIDTH, HEIGHT, LEFT, TOP = 320, 200, 56, 44
STYLE = """<style>
svg { font: 12px system-ui, sans-serif; background: #fff; --text: #24292f; --line: #d0d7de; --a: #0550ae; --b: #b35900 }
@media (prefers-color-scheme: dark) {
  svg { background: #0d1117; --text: #e6edf3; --line: #30363d; --a: #79b8ff; --b: #ffab70 }
}
text { fill: var(--text) } .axis { stroke: var(--line) } path { fill: none; stroke-width: 2 }
.a { stroke: var(--a) } .b { stroke: var(--b); stroke-dasharray: 5 3 }
circle { stroke: none } circle.a { fill: var(--a) } circle.b { fill: var(--b) }
</style>"""


def draw(path: Path, measured: dict[int, Result]) -> list[str]:
    """Write the plot, if there is something to draw. Return the titles of its panels."""
    panels: list[tuple[str, list[Any], dict[str, list[float]]]] = []
    if 12 in measured:
        clients, together, *_ = zip(*measured[12].table[1:], strict=True)
        panels.append(("Tokens/s by clients", list(clients), {"together": list(together)}))
    if 13 in measured:
        history, evaluated, held, *_ = zip(*measured[13].table[1:], strict=True)
        lines = {"evaluated": list(evaluated), "held by a process": list(held)}
        panels.append(("Seconds to first token by history", list(history), lines))
    if not panels:
        return []
    size = f'width="{len(panels) * (WIDTH + LEFT + 24)}" height="{HEIGHT + TOP + 40}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">'
    drawn = [_panel(number, *panel) for number, panel in enumerate(panels)]
    path.write_text("\n".join([head, STYLE, *drawn, "</svg>\n"]))
    return [title for title, *_ in panels]


def _panel(number: int, title: str, names: Sequence[Any], lines: Mapping[str, Sequence[float]]) -> str:
    ticks = round_ticks(max(max(values) for values in lines.values()))
    highest = ticks[-1]
    step = WIDTH / max(1, len(names) - 1)
    drawn = [
        f'<g transform="translate({number * (WIDTH + LEFT + 24) + LEFT} {TOP})">',
        f'<text y="-26" font-weight="600">{title}</text>',
    ]
    for tick in ticks:
        y = HEIGHT * (1 - tick / highest)
        drawn.append(f'<line class="axis" x1="0" x2="{WIDTH}" y1="{y:.0f}" y2="{y:.0f}"/>')
        drawn.append(f'<text x="-8" y="{y + 4:.0f}" text-anchor="end">{tick:g}</text>')
    for at, name in enumerate(names):
        drawn.append(f'<text x="{at * step:.0f}" y="{HEIGHT + 20}" text-anchor="middle">{name}</text>')
    for look, (label, values) in zip("ab", lines.items(), strict=False):
        points = [(at * step, HEIGHT * (1 - value / highest)) for at, value in enumerate(values)]
        drawn.append(f'<path class="{look}" d="M' + " L".join(f"{x:.1f} {y:.1f}" for x, y in points) + '"/>')
        drawn += [f'<circle class="{look}" cx="{x:.1f}" cy="{y:.1f}" r="3"/>' for x, y in points]
        if len(lines) > 1:
            x = 0 if look == "a" else WIDTH / 2
            drawn.append(f'<path class="{look}" d="M{x} -10 h20"/><text x="{x + 26}" y="-6">{label}</text>')
    return "\n".join([*drawn, "</g>"])
