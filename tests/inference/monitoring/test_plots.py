"""Pictures of figures over time: inside their frames, with gaps where nothing is known, and labels of their own."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from inference.models import EngineEvent
from inference.monitoring import plots
from inference.monitoring.history_plots import DAY, HOUR, MONTH, course
from inference.monitoring.plots import BOTTOM, LEFT, RIGHT, TOP, Picture, Series, Time
from tests.inference.administration import generation

TIME = Time([f"bin {number}" for number in range(6)], {0: "first", 3: "middle"})


def points(path: str) -> list[tuple[str, float, float]]:
    return [(letter, float(x), float(y)) for letter, x, y in re.findall(r"([ML])([\d.]+) ([\d.]+)", path)]


def inside(picture: Picture) -> bool:
    """Whether everything is within the frame."""
    xs, ys = [], []
    for each in picture.drawn:
        for _, x, y in points(each.path):
            xs.append(x)
            ys.append(y)
        ys += [float(y) for y in re.findall(r"V([\d.]+)", each.path)]
        for x, y in each.dots:
            xs.append(x)
            ys.append(y)
    xs += [edge for column in picture.columns for edge in (column.x, column.x + column.width)]
    return all(LEFT - 0.1 <= x <= RIGHT + 0.2 for x in xs) and all(TOP - 0.1 <= y <= BOTTOM + 0.1 for y in ys)


def test_no_line_goes_across_what_is_not_known() -> None:
    picture = plots.lines("key", "Title", TIME, [Series("p50", [1, 2, None, 3, None, 4], "accent")], plots.seconds)
    [drawn] = picture.drawn
    assert [letter for letter, _, _ in points(drawn.path)] == ["M", "L"]
    assert len(drawn.dots) == 2
    assert inside(picture)
    assert [name for name, _ in picture.rows] == ["bin 0", "bin 1", "bin 3", "bin 5"]
    assert drawn.sum == "last 4 s"
    assert picture.about == "At most 4 s, bin 5."


def test_bars_stand_on_each_other_and_the_highest_reaches_no_further_than_the_top() -> None:
    series = [Series("kept", [1, 0, 3, 0, 0, 10], "full"), Series("failed", [1, 0, 0, 0, 0, 5], "dots")]
    picture = plots.bars("key", "Title", TIME, series, "requests")
    kept, failed = picture.drawn
    assert inside(picture)
    bottoms = [float(y) for y in re.findall(r"M[\d.]+ ([\d.]+)V", failed.path)]
    tops = [float(y) for y in re.findall(r"M[\d.]+ [\d.]+V([\d.]+)", kept.path)]
    assert bottoms == [tops[0], tops[2]]
    assert (kept.sum, failed.sum) == ("14", "6")
    assert picture.about == "20 requests. The most: 15, bin 5."
    assert next(column.said for column in picture.columns) == "bin 0: kept 1, failed 1"
    assert len(picture.columns) == 3


def test_a_series_without_anything_is_left_out() -> None:
    picture = plots.bars("key", "Title", TIME, [Series("a", [0] * 6, "full"), Series("b", [1] + [0] * 5, "half")], "x")
    assert picture.names == ["b"]
    assert picture.rows == [("bin 0", ["1"])]


@pytest.mark.parametrize("values", [[None] * 6, [0] * 6])
def test_nothing_is_said_as_nothing(values: list[int | None]) -> None:
    picture = plots.bars("key", "Title", TIME, [Series("a", values, "full")], "requests")
    assert (picture.drawn, picture.rows, picture.columns, picture.ticks) == ([], [], [], [])
    assert picture.about == "Nothing in this time."
    assert picture.times


@pytest.mark.parametrize("most", [0, 1, 3, 4, 5, 7, 19, 20, 21, 999, 123_456, 9_999_999_999])
def test_counts_have_whole_round_ticks(most: int) -> None:
    ticks = plots.whole_ticks(most)
    assert ticks[0] == 0
    assert ticks[-1] >= most
    assert 2 <= len(ticks) <= 5
    assert all(tick == int(tick) for tick in ticks)
    labels = [plots.short_amount(tick) for tick in ticks]
    assert len(set(labels)) == len(labels)
    assert all(len(label) <= 6 for label in labels)  # more would leave the picture at the left


@pytest.mark.parametrize("most", [0.0, 0.0004, 0.003, 0.05, 0.31, 1.0, 4.4, 17.0, 59.0, 61.0, 200.0, 4000.0, 90_000.0])
def test_seconds_have_round_ticks_with_labels_of_their_own(most: float) -> None:
    ticks = plots.round_ticks(most, plots.SECONDS)
    assert ticks[-1] >= most
    assert 2 <= len(ticks) <= 5
    labels = [plots.seconds(tick) for tick in ticks]
    assert len(set(labels)) == len(labels)


def test_numbers_have_their_units() -> None:
    told = [plots.seconds(value) for value in (0, 0.0004, 0.02, 0.25, 1.5, 9.96, 59.6, 150, 600, 9000)]
    assert told == ["0 s", "0.4 ms", "20 ms", "0.25 s", "1.5 s", "10 s", "60 s", "2.5 min", "10 min", "2.5 h"]
    assert [plots.amount(value) for value in (0, 12_345, 1_200_000, 3e9)] == ["0", "12,345", "1.2 M", "3 G"]
    assert [plots.speed(value) for value in (18.42, 20.0, 1234.5)] == ["18.4", "20", "1,234"]


def test_marks_stay_within_the_picture() -> None:
    everywhere = Time(TIME.names, {number: str(number) for number in range(7)})
    assert [tick.label for tick in everywhere.ticks] == ["0", "1", "2", "3", "4", "5"]


@pytest.mark.usefixtures("empty_history")
@pytest.mark.parametrize("over", [HOUR, DAY, MONTH], ids=lambda over: over.key)
def test_the_history_as_pictures(over: object) -> None:
    assert over in (HOUR, DAY, MONTH)
    now = datetime.now(UTC)
    generation(at=now - timedelta(seconds=1))
    generation(at=now - timedelta(seconds=1), reason="length", decode=4.0, queue=8.0)
    generation(
        at=now - timedelta(seconds=1), reason="error", error_code="queue_full", generated_tokens=None, queue=None
    )
    generation(at=now - timedelta(days=400))
    EngineEvent.objects.create(kind="crash", at=now)
    told = course(over)  # type: ignore[arg-type]
    assert (told.requests, told.errors, told.generated_tokens) == (3, 1, 22)
    assert told.until > now > told.since
    pictures = {picture.key: picture for picture in told.pictures}
    assert pictures["requests"].names == ["ended by itself", "cut by length", "failed"]
    assert pictures["errors"].names == ["queue_full"]
    assert pictures["events"].names == ["crashes"]
    assert pictures["queue"].names == ["p95", "p50"]
    assert pictures["queue"].drawn[0].sum == "last 8 s"
    assert all(inside(picture) and picture.drawn for picture in told.pictures)
    assert all(3 <= len(picture.times) <= 7 for picture in told.pictures)


@pytest.mark.django_db
def test_many_kinds_of_errors_are_four_series() -> None:
    for number, code in enumerate(["queue_full", "engine_crashed", "queue_timeout", "prompt_too_long", "client_gone"]):
        for _ in range(6 - number):
            generation(reason="error", error_code=code)
    [errors] = [picture for picture in course(HOUR).pictures if picture.key == "errors"]
    assert errors.names == ["queue_full", "engine_crashed", "queue_timeout", "others"]
    assert [each.sum for each in errors.drawn] == ["6", "5", "4", "5"]
    assert len({each.look for each in errors.drawn}) == 4


@pytest.mark.django_db
def test_no_series_is_told_from_another_by_its_colour_alone() -> None:
    for reason in ("stop", "length", "cancelled", "error"):
        generation(reason=reason, error_code="queue_full" if reason == "error" else "")
    for kind in ("start", "crash", "change"):
        EngineEvent.objects.create(kind=kind)
    for picture in course(HOUR).pictures:
        shapes = [each.look.split()[1] for each in picture.drawn]
        assert len(set(shapes)) == len(shapes), picture.key
