"""Whether a client's posts are of the kinds that they are meant to be, and which kind should come next."""

from collections.abc import Mapping

DAYS = 28  # local days, today included


def share(count: int, total: int) -> float | None:
    """In percent; None where nothing was published."""
    return round(100 * count / total, 1) if total else None


def following(counts: Mapping[str, int], targets: Mapping[str, int]) -> str | None:
    """The kind that the next post should be: the one furthest below its share; None without targets."""
    total = sum(counts.values()) + 1
    wanted = [kind for kind, target in targets.items() if target]
    return max(wanted, key=lambda kind: targets[kind] * total - 100 * counts.get(kind, 0), default=None)


def short(counts: Mapping[str, int], targets: Mapping[str, int]) -> list[str]:
    """Kinds with less than half of their share, and at least one post behind it."""
    total = sum(counts.values())
    return [
        kind for kind, target in targets.items()
        if (behind := target * total - 100 * counts.get(kind, 0)) >= 100 and 2 * behind > target * total
    ]  # fmt: skip
