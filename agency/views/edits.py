"""Two people at one form: whoever saves second sees what the first one stored, and decides field by field.

A form carries a mark of each field as it was read. A save is refused where a field is stored otherwise by now; the
page then shows both versions, and the next save says which of them to take.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from agency.conventions import tags
from clients.models import Client, Event

from .attempts import Trouble, attempt, in_words

READ, TAKE, THEIRS = "read", "take-", "theirs"
Words = Mapping[str, Mapping | Callable[[object], str]]


@dataclass(frozen=True)
class Line:
    """A field that is stored otherwise than it was typed; `theirs` and `yours` are words, `take` the usual choice.

    `both`: both have changed it. `token` names what was typed: whoever types on decides against what is stored.
    """

    name: str
    label: str
    theirs: str
    yours: str
    both: bool
    take: str
    token: str


class Edit:
    """What a form saves over what is `stored`; both are values by field, in the same shape.

    `labels` names the fields in their order, `words` says how a field is told: by a table of its values or a function.
    """

    def __init__(
        self,
        labels: Mapping[str, object],
        stored: dict,
        typed: dict | None = None,
        given: QueryDict | None = None,
        *,
        words: Words | None = None,
        of: tuple[Client, str, int] | None = None,
    ):
        self.labels, self.stored, self.of, self._words = labels, stored, of, words or {}
        self._given = QueryDict() if given is None else given
        self._read = dict(pair.split("=", 1) for pair in self._given.get(READ, "").split() if "=" in pair)
        self.values = stored if typed is None else {name: self._taken(name, value) for name, value in typed.items()}

    def _taken(self, name: str, typed: object) -> object:
        chosen = name in self.stored and self._given.get(f"{TAKE}{name}") == f"{THEIRS}-{mark(typed)}"
        return self.stored[name] if chosen else typed

    @property
    def read(self) -> str:
        """For the form: what its reader sees of what is stored."""
        return " ".join(f"{name}={mark(value)}" for name, value in self.stored.items())

    @cached_property
    def stale(self) -> bool:
        return any(self._moved(name) and self._differs(name) for name in self.labels if name in self.values)

    def _moved(self, name: str) -> bool:
        return name in self._read and name in self.stored and mark(self.stored[name]) != self._read[name]

    def _differs(self, name: str) -> bool:
        return mark(self.values.get(name)) != mark(self.stored.get(name))

    @cached_property
    def lines(self) -> list[Line]:
        """What both have changed comes first."""
        found = [self._line(name) for name in self.labels if name in self.values and self._differs(name)]
        return sorted(found, key=lambda line: not line.both)

    def _line(self, name: str) -> Line:
        yours, theirs = self.values[name], self.stored.get(name)
        mine = mark(yours) != self._read.get(name)
        return Line(
            name=name,
            label=str(self.labels[name]),
            theirs=self._told(name, theirs),
            yours=self._told(name, yours),
            both=mine and self._moved(name),
            take="mine" if mine else THEIRS,
            token=f"{THEIRS}-{mark(yours)}",
        )

    def _told(self, name: str, value: object) -> str:
        words = self._words.get(name)
        if callable(words):
            return words(value)
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        if isinstance(value, list | tuple):
            return ", ".join(_word(words, one) for one in value)
        return _word(words, value)

    @cached_property
    def last(self) -> Event | None:
        """The latest change of what is edited, where the log keeps it."""
        if self.of is None:
            return None
        client, subject, id = self.of
        found = Event.objects.filter(client=client, subject=subject, subject_id=id, actor__isnull=False)
        return found.select_related("actor").order_by("-at", "-id").first()

    def save(self, act: Callable[[], object]) -> Trouble:
        """Do it, unless somebody stored something else meanwhile; what was wrong."""
        return Trouble(409, {}, in_words("changed meanwhile")) if self.stale else attempt(act)


def begin(
    request: HttpRequest,
    what: tuple[str, object],
    labels: Mapping[str, object],
    stored: Callable[[], dict],
    typed: Callable[[QueryDict], dict],
    **more,
) -> Edit:
    """The edit that a request shows, or that it wants: then nobody else's is under way until its transaction ends.

    `what` is noun and name of the resource in the API, see `tags.alone`.
    """
    if request.method != "POST":
        return Edit(labels, stored(), **more)
    noun, name = what
    tags.alone(request.principal.agency.id, noun, [name])
    return Edit(labels, stored(), typed(request.POST), request.POST, **more)


def mark(value: object) -> str:
    """The same for what a form can't tell apart, such as 5 and "5", or nothing and an empty text."""
    return hashlib.sha256(json.dumps(_plain(value), sort_keys=True).encode()).hexdigest()[:12]


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, str):
        return [_plain(one) for one in value]
    if isinstance(value, bool):
        return value
    return "" if value is None else str(value).replace("\r\n", "\n").strip()


def _word(words: Mapping | None, value: object) -> str:
    return str((words or {}).get(value, "" if value is None else value))
