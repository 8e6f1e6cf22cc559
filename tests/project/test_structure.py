"""The structure of the code: no import circles, layers, small modules and folders."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PACKAGES = ("bitnetsite", "chat", "inference")
MAX_LINES = 300  # of a module
MAX_MODULES = 12  # in a folder, `__init__.py` not counted
MAX_TEST_MODULES = 14

LLAMA_CLI = "inference.engine.llama_cli"
ENGINE_FACTORY = "inference.engine.factory"
ENGINE_CONFIG = "inference.engine.config"  # has a part for each engine


@cache
def modules() -> dict[str, Path]:
    """Return every module of the project by its dotted name."""
    return {name(path): path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))}


def name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def imported(module: str) -> frozenset[str]:
    """Return what a module imports, as dotted names, including imports in functions and under TYPE_CHECKING."""
    path = modules()[module]
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    return frozenset(_imported(ast.parse(path.read_text()), package))


def _imported(tree: ast.AST, package: str) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*parents, *([node.module] if node.module else [])])
            for alias in node.names:
                inner = f"{base}.{alias.name}"
                yield inner if inner in modules() else base


@cache
def dependencies() -> dict[str, set[str]]:
    """Return the project's modules that each module imports."""
    return {
        module: {other for other in imported(module) if other in modules() and other != module} for module in modules()
    }


def circles() -> list[list[str]]:
    """Return groups of modules that import each other, directly or through others."""
    graph = dependencies()

    @cache
    def reachable(start: str) -> frozenset[str]:
        found: set[str] = set()
        waiting = [start]
        while waiting:
            for module in graph[waiting.pop()] - found:
                found.add(module)
                waiting.append(module)
        return frozenset(found)

    groups = {
        frozenset(other for other in reachable(module) if module in reachable(other))
        for module in graph
        if module in reachable(module)
    }
    return sorted(sorted(group) for group in groups)


def inside(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def crossing(importer: str, *packages: str) -> list[str]:
    """Return the imports of `packages` by the modules of the package `importer`."""
    return sorted(
        f"{module} imports {other}"
        for module in modules()
        if inside(module, importer)
        for other in imported(module)
        if any(inside(other, package) for package in packages)
    )


def test_no_module_imports_itself_through_others() -> None:
    assert circles() == []


def test_the_engine_knows_no_web_framework() -> None:
    assert crossing("inference.engine", "django", "rest_framework", "asgiref", "channels", "bitnetsite", "chat") == []


def test_inference_knows_no_chat() -> None:
    assert crossing("inference", "chat") == []


def test_only_the_factory_and_the_configuration_know_llama_cli() -> None:
    importers = {
        module
        for module in modules()
        if not inside(module, LLAMA_CLI) and any(inside(other, LLAMA_CLI) for other in imported(module))
    }
    assert importers == {ENGINE_FACTORY, ENGINE_CONFIG}


def test_no_text_names_the_path_of_a_page() -> None:
    """A server below a path prefix has other paths: `reverse` knows them."""
    found = [
        f"{module}: {node.value}"
        for module, path in modules().items()
        for node in _texts(ast.parse(path.read_text()))
        if any(page in node.value for page in ("/accounts/", "/admin/"))
    ]
    assert found == []


def test_importing_tests_changes_no_environment() -> None:
    """What one module sets for itself would change every test that is run: the promises' report set SOAK=1 once."""
    changing = []
    for path in set((ROOT / "tests").rglob("*.py")) - set((ROOT / "tests").rglob("conftest.py")):
        for statement in ast.parse(path.read_text()).body:
            if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.If):
                changing += [name(path) for node in ast.walk(statement) if _changes_environment(node)]
    assert changing == []


def _changes_environment(node: ast.AST) -> bool:
    match node:
        case ast.Assign(targets=[ast.Subscript(value=changed)]) | ast.AugAssign(target=changed):
            return ast.unparse(changed) == "os.environ"
        case ast.Call(func=ast.Attribute(value=changed, attr="setdefault" | "update")):
            return ast.unparse(changed) == "os.environ"
    return False


def _texts(tree: ast.AST) -> Iterator[Any]:
    """Return the texts of a module, without its docstrings."""
    docstrings = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in docstrings:
            yield node


def test_modules_are_short() -> None:
    paths = [*modules().values(), *sorted((ROOT / "tests").rglob("*.py"))]
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in paths}
    assert {path: count for path, count in lengths.items() if count > MAX_LINES and "/migrations/" not in path} == {}


def test_folders_are_small() -> None:
    paths = [*modules().values(), *(ROOT / "tests").rglob("*.py")]
    folders = Counter(path.parent.relative_to(ROOT) for path in paths if path.name != "__init__.py")
    folders = Counter({folder: count for folder, count in folders.items() if folder.name != "migrations"})
    limits = {folder: MAX_TEST_MODULES if folder.parts[0] == "tests" else MAX_MODULES for folder in folders}
    assert {str(folder): count for folder, count in folders.items() if count > limits[folder]} == {}
