"""Reads what a page of the inbox is asked for into the question that the API asks as well."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from types import SimpleNamespace

from django.http import QueryDict

from clients import access
from feedback import pulse
from feedback.api.parameters import Asked
from feedback.models import Conversation

from .. import typed
from . import words

CLOSED = ("resolved", "archived", "spam")
LIVING = ("open", "waiting_customer", "waiting_client")
ORDERINGS = {"due": "due_at", "new": "-received_at"}
NAMES = ("view", "client", "channel", "status", "sentiment", "sla", "sort", "q")


class Question(Asked):
    """A principal's question with the parameters of the API's list."""

    def __init__(self, principal: access.Principal, parameters: QueryDict | None = None):
        self.principal = principal
        self.request = SimpleNamespace(query_params=parameters or QueryDict())


@dataclass(frozen=True)
class Choice:
    """What was chosen on the page, each '' for anything; `cursor` is where the page of the list begins."""

    view: str
    client: str
    channel: str
    status: str
    sentiment: str
    sla: str
    sort: str
    q: str
    cursor: str

    @property
    def ordering(self) -> str:
        """Deadlines run only where somebody is waited for by the customer."""
        return ORDERINGS["new"] if self.status and self.status != "open" else ORDERINGS[self.sort]

    @cached_property
    def query(self) -> str:
        """As the end of an address, without what is so by default."""
        chosen = QueryDict(mutable=True)
        for name in NAMES:
            value = getattr(self, name)
            if value and (name, value) not in (("view", "all"), ("sort", "due")):
                chosen[name] = value
        return f"?{chosen.urlencode()}" if chosen else ""

    @property
    def query_of_views(self) -> str:
        """The same without the view, to be followed by another."""
        rest = QueryDict(self.query.removeprefix("?"), mutable=True)
        rest.pop("view", None)
        return f"&{rest.urlencode()}" if rest else ""

    @property
    def filtered(self) -> bool:
        return any((self.client, self.channel, self.status, self.sentiment, self.sla, self.q))


def choice(query: QueryDict) -> Choice:
    given = {name: query.get(name, "").strip() for name in (*NAMES, "cursor")}
    given["view"] = given["view"] if given["view"] in words.VIEWS else "all"
    given["sort"] = given["sort"] if given["sort"] in ORDERINGS else "due"
    given["channel"] = given["channel"] if given["client"] else ""
    return Choice(**given)


def question(principal: access.Principal, chosen: Choice) -> Question:
    asked = QueryDict(mutable=True)
    for name in ("client", "channel", "sentiment", "sla", "q"):
        if value := getattr(chosen, name):
            asked[name] = value
    if chosen.view != "all":
        asked["assignee"] = {"mine": "me", "unassigned": "none"}[chosen.view]
    asked["snoozed"] = "true" if chosen.status == "snoozed" else "false"
    if chosen.status != "snoozed":
        asked.setlist("status", [chosen.status] if chosen.status else LIVING)
    asked["ordering"] = chosen.ordering
    return Question(principal, asked)


def version_of_all(principal: access.Principal, now: datetime) -> str:
    """Grows with each change of a conversation that the principal may see."""
    return pulse.version(Question(principal).within(Conversation.objects.all()), now)


def some(principal: access.Principal, ids: list[str]) -> list[Conversation]:
    """These conversations, all of them. Raises access.NotFound."""
    wanted = {id for id in map(typed.id_of, ids) if id is not None}
    rows = Question(principal).within(Conversation.objects.filter(id__in=wanted)).order_by("id")
    found = list(rows.select_related("client__agency", "channel"))
    if len(found) != len(set(ids)):
        raise access.NotFound("There is no such conversation.")
    return found
