"""Fixtures that several test packages share."""

from __future__ import annotations

import asyncio
import gc
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import uvloop
from django.db import connections

from tests.databases import migrated_database
from tests.engine_processes import examples
from tests.gguf_files import write_model
from tests.promises import report
from tests.real_model import NoRealModel, default_folder, find_or_download
from tests.scheduling import SerialLastScheduling, mark_serial_group
from tests.server import write_fake_cli

proof = report.proof

# `make clients` runs these, in an environment of its own.
collect_ignore = ["clients"]

# A busy machine must not fail a test.
hypothesis.settings.register_profile(
    "patient", max_examples=examples(100), deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("patient")

BITNET_CLI = os.environ.get("BITNET_CLI")  # a llama-cli of bitnet.cpp, to test the engine on


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    mark_serial_group(config, items)
    report.mark_promises(items)


def pytest_configure(config: pytest.Config) -> None:
    report.register(config)


def pytest_collection_finish() -> None:
    gc.freeze()  # thousands of tests, which each garbage collection would visit
    uvloop.new_event_loop().close()  # the first one opens a pipe for signals, which no test leaves behind


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    return {"uvloop": uvloop.new_event_loop}  # as the server's


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> SerialLastScheduling:
    return SerialLastScheduling(config, log)


@pytest.fixture(autouse=True)
def settings_of_this_test() -> Iterator[None]:
    """Forget the configuration that a test put in force."""
    yield
    from inference.serving import configuration

    configuration.forget()


@pytest.fixture(scope="session")
def engine_binary() -> Callable[[str], Path]:
    """Find a program of llama.cpp by name: LLAMA_CLI and those beside it, else where build_engine puts them.

    With BITNET_CLI, that program of bitnet.cpp and those beside it.
    """

    def find(name: str) -> Path:
        configured = BITNET_CLI or os.environ.get("LLAMA_CLI")
        if configured and name == "llama-cli":
            return Path(configured)
        folder = Path(configured).parent if configured else Path(__file__).parent.parent / ".engine" / "bin"
        if not (folder / name).exists():
            pytest.fail(f"{folder / name} is missing: run manage.py build_engine --tools")
        return folder / name

    return find


@pytest.fixture(scope="session")
def small_model(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Write a model with the arguments of `write_model`, once per session for the same arguments.

    With BITNET_CLI, models are in I2_S by default.
    """
    written: dict[str, Path] = {}

    def model(**arguments: Any) -> Path:
        arguments = ({"weights": "I2_S"} if BITNET_CLI else {}) | arguments
        key = repr(sorted(arguments.items()))
        if key not in written:
            written[key] = write_model(tmp_path_factory.mktemp("model") / "model.gguf", **arguments)
        return written[key]

    return model


@pytest.fixture(scope="session")
def real_model() -> Path:
    """A model that others trained and published."""
    try:
        return find_or_download(default_folder(), sys.stdout)
    except NoRealModel as error:
        pytest.fail(str(error))


@pytest.fixture(scope="session")
def fake_cli(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The fake llama-cli as a program."""
    return write_fake_cli(tmp_path_factory.mktemp("fake"))


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    tmp_path_factory: pytest.TempPathFactory, django_db_modify_db_settings_parallel_suffix: None
) -> None:
    """Use a file for SQLite, as the server does: threads cannot wait for each other on a database in memory."""
    settings = connections["default"].settings_dict
    if settings["ENGINE"].endswith("sqlite3"):
        settings["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "test.sqlite3")
        shutil.copyfile(migrated_database(), settings["TEST"]["NAME"])


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """Take the migrated file instead of a new one."""
    return connections["default"].settings_dict["ENGINE"].endswith("sqlite3")
