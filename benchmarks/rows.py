"""The rows that every benchmark returns: a figure, its target, and whether it holds."""


def at_most(name: str, value: float, limit: float, unit: str = "x") -> dict:
    return _row(name, value, unit, f"<= {limit:g}", value <= limit)


def at_least(name: str, value: float, limit: float, unit: str = "x") -> dict:
    return _row(name, value, unit, f">= {limit:g}", value >= limit)


def none_of(name: str, found: list, out_of: int) -> dict:
    return _row(name, len(found), f"of {out_of}", "0", not found)


def told(name: str, value: float, unit: str) -> dict:
    """A figure without a target."""
    return _row(name, value, unit, None, True)


def _row(name: str, value: float, unit: str, target: str | None, ok: bool) -> dict:
    return {"name": name, "value": round(value, 3 if abs(value) < 10 else 1), "unit": unit, "target": target, "ok": ok}
