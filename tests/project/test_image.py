"""Dockerfile and docker-compose.yml match the rest of the project. The image is not built here."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from bitnetsite.env import VARIABLES
from inference.provisioning.engine.bitnet_cpp import BitnetCpp
from inference.provisioning.engine.engine_source import SourceArchive
from inference.provisioning.engine.programs import BITNET_CPP_FOLDER, LLAMA_CPP_FOLDER
from inference.provisioning.models.model_source import ModelSource

ROOT = Path(__file__).parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVER = COMPOSE["services"]["server"]
NOT_OURS = {"PATH", "HOME", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"}  # variables of the system and of Python
SECRETS = re.compile(r"secret|passw|token|key|private", re.IGNORECASE)


def dockerfile() -> list[tuple[str, str]]:
    """Return every instruction with its arguments; continued lines are joined, comments removed."""
    lines = [line for line in (ROOT / "Dockerfile").read_text().split("\n") if not line.startswith("#")]
    joined = re.sub(r"\\\n", " ", "\n".join(lines))
    return [(line.split()[0], line.split(None, 1)[1]) for line in joined.split("\n") if line.strip()]


def last_stage() -> list[tuple[str, str]]:
    """Return the instructions of the final stage."""
    instructions = dockerfile()
    start = max(at for at, (name, _) in enumerate(instructions) if name == "FROM")
    return instructions[start:]


def environment() -> dict[str, str]:
    """Return the variables that the Dockerfile sets in any stage."""
    words = [word for name, rest in dockerfile() if name == "ENV" for word in shlex.split(rest)]
    return dict(word.split("=", 1) for word in words)


def build_arguments() -> dict[str, str]:
    """Return the Dockerfile's build arguments with their defaults."""
    return dict(rest.split("=", 1) for name, rest in dockerfile() if name == "ARG")


def test_every_variable_of_the_image_and_of_compose_is_one_that_the_server_reads() -> None:
    named = (environment().keys() - NOT_OURS) | SERVER["environment"].keys()
    assert {"MODEL_PATH", "FETCH_MODEL", "MAX_THREADS", "MODEL_INSTANCES"} <= named <= VARIABLES.keys()


def test_the_values_that_the_image_sets_are_valid() -> None:
    for name, value in environment().items():
        if name in VARIABLES:
            VARIABLES[name].parse(value)


@pytest.mark.parametrize("name", SERVER["environment"])
def test_compose_repeats_the_defaults_of_the_server(name: str) -> None:
    assert SERVER["environment"][name] == f"${{{name}:-{VARIABLES[name].default}}}"


def test_the_model_that_the_image_fetches_is_the_one_it_serves() -> None:
    assert environment()["FETCH_MODEL"] == "true"
    models = [rest for name, rest in dockerfile() if name == "ENV" and "FETCH_MODEL" in rest]
    source = ModelSource(VARIABLES["MODEL_REPO"].default, VARIABLES["MODEL_FILE"].default, "https://hub.test")
    assert f"MODEL_PATH={VARIABLES['MODELS_DIR'].default}/{source.saved_as} " in models[0]


def test_each_engine_has_its_stages_and_the_default_is_one_of_them() -> None:
    stages = {rest.split()[-1] for name, rest in dockerfile() if name == "FROM" and " AS " in rest}
    for engine in ("bitnet", "llamacpp", "both"):
        assert {f"engine-{engine}", f"serving-{engine}"} <= stages
    assert build_arguments()["ENGINE"] == "bitnet"
    chosen = [rest for name, rest in dockerfile() if name == "FROM" and "$" in rest]
    assert chosen == ["engine-${ENGINE:-bitnet} AS engine", "serving-${ENGINE:-bitnet}"]
    assert SERVER["build"]["args"] == {"ENGINE": "${ENGINE:-bitnet}", "PORTABLE": "${PORTABLE:-0}"}


def test_each_engine_lies_where_the_server_looks_for_it() -> None:
    stages = re.split(r"^FROM ", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
    for engine, folder in (("llamacpp", LLAMA_CPP_FOLDER), ("bitnet", BITNET_CPP_FOLDER)):
        (stage,) = [text for text in stages if re.match(rf"\S+ AS engine-{engine}\n", text)]
        assert f"/engine{folder.removeprefix('.engine')}/bin/llama-cli" in stage
    assert ("COPY", "--from=engine /engine .engine") in last_stage()


def test_the_engine_is_built_from_pinned_commits() -> None:
    assert all(re.fullmatch("[0-9a-f]{40}", commit) for commit in BitnetCpp().pin.values())
    assert re.fullmatch("[0-9a-f]{64}", SourceArchive.pinned().sha256)


@pytest.mark.parametrize(("engine", "source"), [("bitnet", "bitnet_cpp"), ("llamacpp", "engine_source")])
def test_a_stage_has_every_module_that_its_build_imports(engine: str, source: str, tmp_path: Path) -> None:
    stages = re.split(r"^FROM ", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
    (stage,) = [text for text in stages if re.match(rf"\S+ AS engine-{engine}\n", text)]
    for name in re.findall(r"inference/\S+\.py", stage):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    imports = f"import inference.provisioning.engine.engine_build, inference.provisioning.engine.{source}"
    subprocess.run([sys.executable, "-ISc", f"import sys; sys.path[0:0] = ['.']; {imports}"], cwd=tmp_path, check=True)


def test_the_image_does_not_run_as_root_and_has_a_health_check() -> None:
    users = [rest for name, rest in last_stage() if name == "USER"]
    assert users
    assert users[-1] not in ("root", "0")
    health = [rest for name, rest in last_stage() if name == "HEALTHCHECK"]
    assert len(health) == 1
    assert "/health/live" in health[0]


def test_the_image_has_no_compilers() -> None:
    finished = {"base", "engine-both", "serving-bitnet", "serving-llamacpp", "serving-both", last_stage()[0][1]}
    stage = ""
    for name, rest in dockerfile():
        if name == "FROM":
            stage = rest.split()[-1]
        elif name == "RUN" and stage in finished:
            assert not re.search(r"build-essential|clang|cmake|-dev\b|\bgit\b|python3-venv", rest)


def test_data_and_models_are_volumes_in_both_files() -> None:
    (declared,) = [rest for name, rest in last_stage() if name == "VOLUME"]
    mounted = {volume.split(":")[1]: volume.split(":")[0] for volume in SERVER["volumes"]}
    assert set(yaml.safe_load(declared)) == set(mounted) == {"/app/data", "/app/models"}
    assert set(mounted.values()) == COMPOSE["volumes"].keys()


def test_the_image_has_only_collected_static_files() -> None:
    collecting = [rest for name, rest in dockerfile() if name == "RUN" and "collectstatic" in rest]
    assert len(collecting) == 1
    assert "DATA_DIR=/tmp/" in collecting[0]  # the settings make a signing key there, which stays behind
    assert ("COPY", "--from=static /app/staticfiles staticfiles") in last_stage()
    # The sources would be newer than the collected files, and be served instead.
    assert any(re.search(r"\brm -r .*\bstatic\b", rest) for name, rest in dockerfile() if name == "RUN")


def test_no_volume_hides_the_demo_model() -> None:
    models = [word for _, rest in dockerfile() for word in rest.split() if word.endswith("demo-bitnet.gguf")]
    assert models
    assert not any(word.startswith(("MODEL_PATH=models", "MODEL_PATH=data")) for word in models)


def test_compose_publishes_on_this_machine_only() -> None:
    assert SERVER["ports"] == ["${PUBLISH:-127.0.0.1:8000}:8000"]
    assert "network_mode" not in SERVER


def test_the_stop_grace_period_exceeds_the_drain() -> None:
    # bitnetsite/gunicorn.py adds 5 seconds to the drain, and ending takes a moment.
    assert int(SERVER["stop_grace_period"].removesuffix("s")) >= float(VARIABLES["DRAIN_TIMEOUT"].default) + 10
    assert ("STOPSIGNAL", "SIGTERM") in last_stage()


@pytest.mark.parametrize("file", ["Dockerfile", "docker-compose.yml"])
def test_neither_file_sets_a_secret(file: str) -> None:
    text = (ROOT / file).read_text()
    set_names = re.findall(r"\b([A-Za-z_]+)(?:=|: )", text)
    assert set_names
    assert not [name for name in set_names if SECRETS.search(name)]


def test_only_listed_files_are_in_the_build_context() -> None:
    patterns = [line for line in (ROOT / ".dockerignore").read_text().split("\n") if line and not line.startswith("#")]
    assert patterns[0] == "*"
    allowed = {pattern.removeprefix("!") for pattern in patterns if pattern.startswith("!")}
    assert not allowed & {".", "data", ".git", ".env", ".venv", ".engine", "models"}
    copied = {word.rstrip("/") for name, rest in dockerfile() if name == "COPY" and "--from" not in rest
              for word in rest.split()[:-1]} - {"."}  # fmt: skip
    assert all(any(path == entry or path.startswith(f"{entry}/") for entry in allowed) for path in copied)
