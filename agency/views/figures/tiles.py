"""One figure with what it was before."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from agency.templatetags.charts import told
from agency.templatetags.show import number, percent


@dataclass(frozen=True)
class Tile:
    """`tone` is good, bad or empty; `change` says in words what the sign says."""

    name: str
    value: str
    change: str = ""
    tone: str = ""
    hint: str = ""


def tile(name: str, now, before, unit: str = "number", *, better: int = 0, hint: str = "") -> Tile:
    """`better` is 1 where more is better, -1 where less is, 0 where neither."""
    if now is None or before is None:
        return Tile(name, told(now, unit), "", "", hint)
    tone = "" if now == before or not better else "good" if (now > before) == (better > 0) else "bad"
    return Tile(name, told(now, unit), _change(now, before, unit), tone, hint)


def _change(now: float, before: float, unit: str) -> str:
    sign = "▲" if now > before else "▼" if now < before else "="
    was = _("before %(value)s") % {"value": told(before, unit)}
    if unit == "percent":
        points = _("%(points)s points") % {"points": number(abs(now - before) * 100, 1)}
        return f"{sign} {points} · {was}"
    if unit == "number" and before:
        return f"{sign} {percent(abs(now - before) / before, 0)} · {was}"
    return f"{sign} {was}"
