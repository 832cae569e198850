"""Text with gaps in braces, and the same with the gaps filled in."""

import re
from collections.abc import Iterable, Mapping

GAP = re.compile(r"\{([a-z][a-z0-9_]{0,39})\}")


def gaps(texts: Iterable[str]) -> list[str]:
    """The names of the gaps in the order of their first appearance; braces round anything else are text."""
    return list(dict.fromkeys(name for text in texts for name in GAP.findall(text)))


def filled(text: str, values: Mapping[str, str]) -> str:
    """Each gap with its value; one without a value stays, and braces in values are text."""
    return GAP.sub(lambda found: values.get(found[1], found[0]), text)
