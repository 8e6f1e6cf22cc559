"""Plots over time: their values, gaps, ticks, labels and tables."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from inference.models import EngineEvent
from inference.monitoring import plots
from inference.monitoring.history_plots import DAY, HOUR, MONTH, course
from inference.monitoring.plots import Plot, Series, Time
from tests.inference.administration import generation

TIME = Time([f"bin {number}" for number in range(6)], {0: "first", 3: "middle"})


def inside(plot: Plot) -> bool:
    """Return whether the ticks enclose every value, or stack of values."""
    known = [[value or 0 for value in each.values] for each in plot.drawn]
    heights = [sum(column) if plot.stacked else max(column) for column in zip(*known, strict=True)]
    return plot.ticks[0].at == 0 and all(0 <= height <= plot.ticks[-1].at for height in heights)


def test_unknown_values_stay_gaps() -> None:
    plot = plots.lines("key", "Title", TIME, [Series("p50", [1, 2, None, 3, None, 4], "accent solid")], plots.seconds)
    [drawn] = plot.drawn
    assert drawn.values == [1, 2, None, 3, None, 4]
    assert drawn.labels == ["1 s", "2 s", "–", "3 s", "–", "4 s"]
    assert inside(plot)
    assert [name for name, _ in plot.rows] == ["bin 0", "bin 1", "bin 3", "bin 5"]
    assert drawn.sum == "last 4 s"
    assert plot.about == "Peak: 4 s, bin 5."


def test_stacked_bars_fit_below_the_highest_tick() -> None:
    series = [Series("kept", [1, 0, 3, 0, 0, 10], "full"), Series("failed", [1, 0, 0, 0, 0, 5], "dots")]
    plot = plots.bars("key", "Title", TIME, series, "request")
    kept, failed = plot.drawn
    assert plot.stacked
    assert inside(plot)
    assert (kept.sum, failed.sum) == ("14", "6")
    assert plot.about == "20 requests. Peak: 15, bin 5."
    assert plot.rows == [("bin 0", ["1", "1"]), ("bin 2", ["3", "0"]), ("bin 5", ["10", "5"])]


def test_the_script_gets_everything_that_it_draws() -> None:
    plot = plots.bars("key", "Title", TIME, [Series("kept", [1, 0, 3, 0, 0, 1000], "accent full")], "request")
    assert json.loads(plot.data) == {
        "stacked": True,
        "bins": [f"bin {number}" for number in range(6)],
        "ticks": [[0, "0"], [500, "500"], [1000, "1 k"]],
        "times": [[0, "first"], [3, "middle"]],
        "series": [
            {
                "name": "kept",
                "look": "accent full",
                "values": [1, 0, 3, 0, 0, 1000],
                "labels": ["1", "0", "3", "0", "0", "1,000"],
            }
        ],
    }


def test_a_series_of_zeros_is_left_out() -> None:
    plot = plots.bars(
        "key", "Title", TIME, [Series("a", [0] * 6, "full"), Series("b", [1] + [0] * 5, "half")], "request"
    )
    assert plot.names == ["b"]
    assert plot.about == "1 request. Peak: 1, bin 0."
    assert plot.rows == [("bin 0", ["1"])]


@pytest.mark.parametrize("values", [[None] * 6, [0] * 6])
def test_a_plot_without_values_says_so(values: list[int | None]) -> None:
    plot = plots.bars("key", "Title", TIME, [Series("a", values, "full")], "request")
    assert (plot.drawn, plot.rows, plot.ticks) == ([], [], [])
    assert plot.about == "No data in this period."
    assert plot.times


@pytest.mark.parametrize("most", [0, 1, 3, 4, 5, 7, 19, 20, 21, 999, 123_456, 9_999_999_999])
def test_counts_have_whole_round_ticks(most: int) -> None:
    ticks = plots.whole_ticks(most)
    assert ticks[0] == 0
    assert ticks[-1] >= most
    assert 2 <= len(ticks) <= 5
    assert all(tick == int(tick) for tick in ticks)
    labels = [plots.short_amount(tick) for tick in ticks]
    assert len(set(labels)) == len(labels)
    assert all(len(label) <= 6 for label in labels)  # more would not fit beside the axis


@pytest.mark.parametrize("most", [0.0, 0.0004, 0.003, 0.05, 0.31, 1.0, 4.4, 17.0, 59.0, 61.0, 200.0, 4000.0, 90_000.0])
def test_seconds_have_round_ticks_with_distinct_labels(most: float) -> None:
    ticks = plots.round_ticks(most, plots.SECONDS)
    assert ticks[-1] >= most
    assert 2 <= len(ticks) <= 5
    labels = [plots.seconds(tick) for tick in ticks]
    assert len(set(labels)) == len(labels)


def test_numbers_have_their_units() -> None:
    formatted = [plots.seconds(value) for value in (0, 0.0004, 0.02, 0.25, 1.5, 9.96, 59.6, 150, 600, 9000)]
    assert formatted == ["0 s", "0.4 ms", "20 ms", "0.25 s", "1.5 s", "10 s", "60 s", "2.5 min", "10 min", "2.5 h"]
    assert [plots.amount(value) for value in (0, 12_345, 1_200_000, 3e9)] == ["0", "12,345", "1.2 M", "3 G"]
    assert [plots.speed(value) for value in (18.42, 20.0, 1234.5)] == ["18.4", "20", "1,234"]


def test_marks_stay_within_the_plot() -> None:
    everywhere = Time(TIME.names, {number: str(number) for number in range(7)})
    assert [tick.label for tick in everywhere.ticks] == ["0", "1", "2", "3", "4", "5"]


@pytest.mark.usefixtures("empty_history")
@pytest.mark.parametrize("span", [HOUR, DAY, MONTH], ids=lambda span: span.key)
def test_the_history_as_plots(span: object) -> None:
    assert span in (HOUR, DAY, MONTH)
    now = datetime.now(UTC)
    generation(at=now - timedelta(seconds=1))
    generation(at=now - timedelta(seconds=1), reason="length", decode=4.0, queue=8.0)
    generation(
        at=now - timedelta(seconds=1), reason="error", error_code="queue_full", generated_tokens=None, queue=None
    )
    generation(at=now - timedelta(days=400))
    EngineEvent.objects.create(kind="crash", at=now)
    history = course(span)  # type: ignore[arg-type]
    assert (history.requests, history.errors, history.generated_tokens) == (3, 1, 22)
    assert history.until > now > history.since
    drawn = {plot.key: plot for plot in history.plots}
    assert drawn["requests"].names == ["completed", "reached the token limit", "failed"]
    assert drawn["errors"].names == ["queue_full"]
    assert drawn["events"].names == ["crashes"]
    assert drawn["queue"].names == ["p95", "p50"]
    assert drawn["queue"].drawn[0].sum == "last 8 s"
    assert all(plot.drawn and inside(plot) for plot in history.plots)
    assert all(3 <= len(plot.times) <= 7 for plot in history.plots)


@pytest.mark.django_db
def test_many_kinds_of_errors_are_four_series() -> None:
    for number, code in enumerate(["queue_full", "engine_crashed", "queue_timeout", "prompt_too_long", "client_gone"]):
        for _ in range(6 - number):
            generation(reason="error", error_code=code)
    [errors] = [plot for plot in course(HOUR).plots if plot.key == "errors"]
    assert errors.names == ["queue_full", "engine_crashed", "queue_timeout", "others"]
    assert [each.sum for each in errors.drawn] == ["6", "5", "4", "5"]
    assert len({each.look for each in errors.drawn}) == 4


@pytest.mark.django_db
def test_series_differ_by_more_than_colour() -> None:
    for reason in ("stop", "length", "cancelled", "error"):
        generation(reason=reason, error_code="queue_full" if reason == "error" else "")
    for kind in ("start", "crash", "change"):
        EngineEvent.objects.create(kind=kind)
    for plot in course(HOUR).plots:
        shapes = [each.look.split()[1] for each in plot.drawn]
        assert len(set(shapes)) == len(shapes), plot.key
