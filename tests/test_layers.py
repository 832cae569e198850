"""Arrows point down: feedback → campaigns → clients → agency; faces on top of all, pure modules at the bottom."""

import re
import shutil
import sys
from pathlib import Path

import pytest

from tests import imports
from tests.imports import APPS, PRODUCT, Arrow

ROOT = Path(__file__).resolve().parent.parent

FACES = re.compile(
    r"""^(
        (agency|clients|campaigns|feedback)\.(api|views|hooks|shapes|templatetags)(\..*)?   # what answers HTTP, and its JSON
      | agency\.(doors|identity|paging|problems|schema|bodies|fields|conventions(\..*)?)          # what every face shares
      | (agency|clients|campaigns|feedback)\.management(\..*)?                 # what answers the command line
    )$""",
    re.VERBOSE,
)
PURE = re.compile(
    r"^(clients\.hours(\..*)?|clients\.readiness\.(questionnaire|verdict)|clients\.webhooks\.(vocabulary|schedule)"
    r"|clients\.refusal|agency\.strictjson|feedback\.sla(\..*)?"
    r"|campaigns\.strategy\.(document|measures)|campaigns\.effort\.sums"
    r"|campaigns\.(cadence|engagement|lines|mix|utm|wording)"
    r"|feedback\.(playbook|triage|vocabulary|lexicon|questions|patience))$"
)
NETWORKS = re.compile(r"^clients\.networks(\..*)?$")
# hours_bulk counts on stock, because ten thousand instants are too many for a loop; nobody decodes pictures alone.
ALSO_ALLOWED = {"clients.hours_bulk": {"numpy"}, "campaigns.pictures": {"PIL"}}


def wrong_arrows(root: Path) -> list[str]:
    return [f"{arrow}: {why}" for arrow in imports.arrows(root) if (why := _fault(arrow))]


def _fault(arrow: Arrow) -> str | None:
    checks = (_late, _impure, _network, _face, _upwards)
    return next((why for check in checks if (why := check(arrow))), None)


def _late(arrow: Arrow) -> str | None:
    return "an import inside a function hides a circle" if arrow.late else None


def _impure(arrow: Arrow) -> str | None:
    if not (PURE.match(arrow.module) or arrow.module in ALSO_ALLOWED):
        return None
    top = arrow.target.partition(".")[0]
    allowed = top in sys.stdlib_module_names or PURE.match(arrow.target) or top in _also(arrow.module)
    return None if allowed else "a pure module imports only the standard library"


def _also(module: str) -> set[str]:
    return ALSO_ALLOWED.get(module, set())


def _network(arrow: Arrow) -> str | None:
    if not NETWORKS.match(arrow.module) or NETWORKS.match(arrow.target):
        return None
    top = arrow.target.partition(".")[0]
    return "a network knows neither models nor the product" if top in (*PRODUCT, "django") else None


def _face(arrow: Arrow) -> str | None:
    if not FACES.match(arrow.target) or FACES.match(arrow.module) or arrow.module.startswith("config"):
        return None
    return "only config and other faces import a face"


def _upwards(arrow: Arrow) -> str | None:
    here, there = arrow.module.partition(".")[0], arrow.target.partition(".")[0]
    if there not in PRODUCT or here == "config":
        return None
    if there == "config":
        return "only config imports config"
    if not FACES.match(arrow.module) and APPS.index(there) > APPS.index(here):
        return "the domain imports downwards"
    return None


def circles(root: Path) -> list[list[str]]:
    """Modules that import each other in a ring; a package and what is in it count as one."""
    known = imports.names(root)
    below: dict[str, set[str]] = {}
    for arrow in imports.arrows(root):
        if arrow.target in known and not arrow.module.startswith(f"{arrow.target}."):
            below.setdefault(arrow.module, set()).add(arrow.target)
    return [ring for module in sorted(below) if (ring := _ring(module, below))]


def _ring(start: str, below: dict[str, set[str]]) -> list[str] | None:
    """A shortest way from a module back to itself."""
    ways, seen = [[start]], set()
    for way in ways:
        for target in sorted(below.get(way[-1], ())):
            if target == start:
                return [*way, start]
            if target not in seen:
                seen.add(target)
                ways.append([*way, target])
    return None


def test_imports_point_in_the_allowed_direction():
    assert wrong_arrows(ROOT) == []


def test_imports_make_no_circle():
    assert circles(ROOT) == []


def test_every_app_has_modules_of_each_sort():
    found = imports.names(ROOT)

    assert {module for module in found if FACES.match(module)} >= {f"{app}.api" for app in APPS}
    assert {module for module in found if PURE.match(module)} >= {"clients.hours.spans", "feedback.sla.replay"}
    assert {module for module in found if NETWORKS.match(module)} >= {"clients.networks.sandbox"}


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    made = tmp_path_factory.mktemp("product")
    for app in PRODUCT:
        keep = shutil.ignore_patterns("__pycache__", "static", "locale", "templates", "migrations")
        shutil.copytree(ROOT / app, made / app, ignore=keep)
    return made


PLANTED = [
    ("clients/access.py", "from feedback import inbox", "the domain imports downwards"),
    ("agency/rights.py", "from clients.models import Client", "the domain imports downwards"),
    ("agency/models.py", "import campaigns.models", "the domain imports downwards"),
    ("campaigns/planning.py", "from feedback.models import Clock", "the domain imports downwards"),
    ("clients/scope.py", "from config import settings", "only config imports config"),
    ("feedback/clocks.py", "from .api import filters", "only config and other faces import a face"),
    ("feedback/inbox.py", "from agency.doors import View", "only config and other faces import a face"),
    ("clients/directory.py", "from . import shapes", "only config and other faces import a face"),
    ("feedback/sla/clock.py", "from django.utils import timezone", "a pure module imports only the standard library"),
    ("clients/hours/spans.py", "import numpy", "a pure module imports only the standard library"),
    ("feedback/triage.py", "from feedback.models import Kind", "a pure module imports only the standard library"),
    ("clients/hours_bulk.py", "import pandas", "a pure module imports only the standard library"),
    ("clients/networks/sandbox.py", "from ..models import Channel", "a network knows neither models nor the product"),
    ("clients/networks/http.py", "from django.db import models", "a network knows neither models nor the product"),
    ("feedback/desk.py", "def late():\n    import json", "an import inside a function hides a circle"),
    ("config/health.py", "async def late():\n    import agency.roles", "an import inside a function hides a circle"),
]


@pytest.mark.parametrize(("place", "planted", "why"), PLANTED, ids=[f"{where}: {what}" for where, what, _ in PLANTED])
def test_a_planted_wrong_arrow_is_found(copy, place, planted, why):
    source = (copy / place).read_text()
    (copy / place).write_text(f"{source}\n{planted}\n")

    found = wrong_arrows(copy)

    (copy / place).write_text(source)
    assert [fault.rpartition(": ")[2] for fault in found] == [why]


def test_a_planted_circle_is_found(copy):
    source = (copy / "clients/refusal.py").read_text()
    (copy / "clients/refusal.py").write_text(f"{source}\nfrom . import access, directory\n")

    found = circles(copy)

    (copy / "clients/refusal.py").write_text(source)
    assert ["clients.refusal", "clients.directory", "clients.refusal"] in found
