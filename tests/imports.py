"""Which module of the product imports which, read from the source without running it."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

APPS = ("agency", "clients", "campaigns", "feedback")
PRODUCT = (*APPS, "config")


@dataclass(frozen=True)
class Arrow:
    """`module` imports `target`; `late` when it does so inside a function."""

    module: str
    target: str
    line: int
    late: bool

    def __str__(self):
        return f"{self.module}:{self.line} imports {self.target}"


def names(root: Path) -> dict[str, Path]:
    """The product's modules by dotted name; migrations are history and left out."""
    found = {}
    for app in PRODUCT:
        for path in (root / app).rglob("*.py"):
            parts = path.relative_to(root).with_suffix("").parts
            if "migrations" not in parts:
                found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def arrows(root: Path) -> list[Arrow]:
    known = names(root)
    return [arrow for module, path in sorted(known.items()) for arrow in _of(module, path, known)]


def _of(module: str, path: Path, known: dict[str, Path]) -> Iterator[Arrow]:
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node, late in _statements(path.read_text("utf-8")):
        for target in _targets(node, package, known):
            yield Arrow(module, target, node.lineno, late)


@lru_cache(maxsize=1_000)
def _statements(source: str) -> list[tuple[ast.AST, bool]]:
    """The import statements, and whether each is inside a function."""
    return list(_walk(ast.parse(source), False))


def _walk(node: ast.AST, late: bool) -> Iterator[tuple[ast.AST, bool]]:
    if isinstance(node, ast.Import | ast.ImportFrom):
        yield node, late
    late = late or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    for inner in ast.iter_child_nodes(node):
        if isinstance(inner, ast.stmt | ast.ExceptHandler | ast.match_case):
            yield from _walk(inner, late)


def _targets(node: ast.AST, package: str, known: dict[str, Path]) -> Iterator[str]:
    """Modules that a statement imports: `from x import y` is x.y where that is a module, else x."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
        base = ".".join([*above, *([node.module] if node.module else [])])
        for alias in node.names:
            inner = f"{base}.{alias.name}"
            yield inner if inner in known else base
