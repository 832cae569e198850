"""Every route of the product and what to send there, read from the resolver and the API's own description."""

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import urlencode

from django.urls import URLPattern, get_resolver
from drf_spectacular.generators import SchemaGenerator

from agency.models import Endpoint, Membership, Token
from campaigns.models import ApprovalLink, Campaign, Media, Outcome, Post, Question, Slot, Strategy, Template, TimeEntry
from clients.models import Channel, Contact, Delivery, Invitation, Notice, Readiness
from clients.readiness.questionnaire import QUESTIONS
from feedback.models import (
    Alert,
    Conversation,
    Export,
    Import,
    Incident,
    Interaction,
    Policy,
    Reply,
    Report,
    SavedReply,
)
from tests import factories
from tests.world import Place

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
PARAMETER = re.compile(r"<(?:(\w+):)?(\w+)>")
ADDRESSED = {
    "tokens": Token,
    "members": Membership,
    "webhooks": Endpoint,
    "channels": Channel,
    "contacts": Contact,
    "invitations": Invitation,
    "campaigns": Campaign,
    "posts": Post,
    "approval-links": ApprovalLink,
    "questions": Question,
    "media": Media,
    "slots": Slot,
    "templates": Template,
    "interactions": Interaction,
    "conversations": Conversation,
    "replies": Reply,
    "saved-replies": SavedReply,
    "policies": Policy,
    "promises": Policy,
    "imports": Import,
    "exports": Export,
    "alerts": Alert,
    "notices": Notice,
    "plan": Post,
    "readiness": Readiness,
    "strategies": Strategy,
    "time-entries": TimeEntry,
    "reports": Report,
    "times": TimeEntry,
    "outcomes": Outcome,
    "incidents": Incident,
}
# What a parameter of a page's address names, whatever stands before it.
ANSWERS = {question.key: next(iter(question.options)) for question in QUESTIONS}
NAMED = {"post": Post, "question": Question, "link": ApprovalLink, "delivery": Delivery}
ITEM = {
    "external_id": "new", "thread_id": "new", "direction": "in", "kind": "comment", "author": {"id": "a", "name": "A"},
    "text": "Hallo", "created_at": "2026-03-27T15:45:00Z",
}  # fmt: skip
# The network's own ids: kept as they are, never looked up among other channels.
UNRESOLVED = {"api/v1/interactions/": {"parent_id"}}
NEW_PICTURE = base64.b64encode(factories.picture(colour="blue")).decode()
WEEK = {"zone": "Europe/Berlin", "week": {"mon": [["09:00", "17:00"]]}}


@dataclass(frozen=True)
class Route:
    """An address as the resolver has it; `rights` and `schema` are empty for what is no API view."""

    pattern: str
    view: type | None
    schema: dict

    @property
    def rights(self) -> dict[str, str]:
        return getattr(self.view, "rights", {})

    @property
    def parameters(self) -> list[tuple[str, str]]:
        return PARAMETER.findall(self.pattern)

    @property
    def is_api(self) -> bool:
        return self.pattern.startswith("api/v1/")

    def __str__(self):
        return f"/{self.pattern}"


@dataclass(frozen=True)
class Case:
    """One request. `kind` is where a foreign name stands in it: path, query, body, or plain for nowhere."""

    route: Route
    method: str
    path: str
    kind: str
    query: tuple[tuple[str, str], ...] = ()
    body: str = ""
    content_type: str = "application/json"

    @property
    def address(self) -> str:
        return f"{self.path}?{urlencode(self.query)}" if self.query else self.path

    @property
    def words(self) -> str:
        return " ".join([self.path, *(value for _, value in self.query), self.body])

    def rewritten(self, change) -> "Case":
        query = tuple((name, change(value)) for name, value in self.query)
        return replace(self, path=change(self.path), query=query, body=change(self.body))

    def __str__(self):
        return f"{self.method} {self.address} {self.body[:100]}"


def routes() -> list[Route]:
    return list(_walk(get_resolver().url_patterns, ""))


def _walk(patterns, before: str) -> Iterator[Route]:
    for entry in patterns:
        whole = before + str(entry.pattern)
        if isinstance(entry, URLPattern):
            template = "/" + PARAMETER.sub(r"{\2}", whole)
            yield Route(whole, getattr(entry.callback, "cls", None), _description()["paths"].get(template, {}))
        else:
            yield from _walk(entry.url_patterns, whole)


@lru_cache(maxsize=1)
def _description() -> dict:
    return SchemaGenerator().get_schema(request=None, public=True)


def cases(route: Route, own: Place, other: Place, methods=METHODS) -> Iterator[Case]:
    """Requests that name something of `other` in each place where this route takes a name."""
    for method in methods:
        yield from _plain(route, method, own)
        for path in paths(route, other) if route.parameters else ():
            for query, body, content_type in contents(route, method, other):
                yield Case(route, method, path, "path", query, body, content_type)
        for path in paths(route, own)[:1]:
            yield from _queries(route, method, path, other)
            yield from _bodies(route, method, path, own, other)


def _plain(route: Route, method: str, own: Place) -> Iterator[Case]:
    if not route.parameters:
        for query, body, content_type in contents(route, method, own):
            yield Case(route, method, paths(route, own)[0], "plain", query, body, content_type)


def paths(route: Route, place: Place) -> list[str]:
    """The route with the names of the place; where it isn't known what is named, with everything that fits."""
    filled = [f"/{route.pattern}"]
    for kind, name in route.parameters:
        pattern = re.compile(rf"<(?:\w+:)?{name}>")
        filled = [pattern.sub(value, path, 1) for path in filled for value in _values(route, kind, name, place)]
    return filled


def _values(route: Route, kind: str, name: str, place: Place) -> list[str]:
    noun = route.pattern.removeprefix("api/v1/").removeprefix("portal/").partition("/")[0]
    if kind == "int" and not route.is_api:
        nearer = route.pattern.partition(f"<int:{name}>")[0].rstrip("/").rpartition("/")[2]
        noun = nearer if nearer in ADDRESSED else noun
    if route.pattern.startswith("hooks/"):
        return [place.hooked.network if name == "network" else place.hooked.hook_key]
    if noun == "inbox":
        named = {"client": place.client.slug, "id": place.conversation.id, "message": place.id(Interaction)}
        named |= {"reply": place.id(Reply), "incident": place.id(Incident)}
        if name == "act":
            return ["kind"] if "case" in route.pattern else ["drop"] if "replies" in route.pattern else ["decide"]
        return ["resolve", "reply"] if name == "action" else [str(named[name])]
    if name == "number":
        return ["1"]  # of the first version of a strategy
    if noun in ("clients", "publishing-rules", "contracts", "playbook", "calendar-feeds"):
        return [place.client.slug]
    if route.pattern.endswith("webhook/"):
        return [str(place.hooked.id)]
    if name == "client":
        return [place.client.slug]
    if name in NAMED:
        return [str(place.id(NAMED[name]))]
    if noun in ADDRESSED:
        return [str(place.id(ADDRESSED[noun]))]
    if kind == "int":
        return [str(ids[0]) for ids in place.ids.values()]
    return [place.client.slug, place.channel.slug, place.campaign.slug, place.hooked.hook_key, place.word]


def contents(route: Route, method: str, place: Place) -> list[tuple[tuple, str, str]]:
    """(query, body, content type) that the route should take, all about the place."""
    if route.pattern == "api/v1/imports/" and method == "POST":
        return _upload(place)
    if method == "POST" and route.pattern in (forms := _forms(place)):
        return [((), urlencode(forms[route.pattern], doseq=True), "application/x-www-form-urlencoded")]
    if method in ("POST", "PUT", "PATCH"):
        return [((), json.dumps(sample(route, method, place)), "application/json")]
    return [((), "", "application/json")]


def _forms(place: Place) -> dict[str, dict]:
    """What pages send, by route."""
    talk = "inbox/<slug:client>/<int:id>/"
    post = {"kind": "tip", "text": f"Text {place.word}", "channels": [place.channel.slug], "version": 1}
    post |= {"client": place.client.slug, "media": [place.picture.id], "campaign": place.campaign.slug}
    return {
        "inbox/many/": {"conversation": [place.conversation.id], "action": "take"},
        f"{talk}<slug:action>/": {"text": f"Reply {place.word}", "then": ""},
        f"{talk}messages/<int:message>/correct/": {"sentiment": "negative"},
        f"{talk}case/<slug:act>/": {"kind": "troll"},
        "inbox/<slug:client>/incidents/<int:incident>/<slug:act>/": {"text": "New"},
        "plan/new/": post,
        "plan/<slug:client>/<int:id>/": post,
        "plan/<slug:client>/<int:id>/act/": {"action": "reuse"},
        "plan/<slug:client>/<int:id>/move/": {"day": "2100-01-02", "time": "10:00", "version": 1},
        "approvals/questions/": {"client": place.client.slug, "text": "New", "post": place.post.id},
        "approvals/<slug:client>/<int:post>/": {"action": "approve", "version": 1, "reason": "New"},
        "approvals/<slug:client>/link/": {"posts": [place.post.id], "name": "New"},
    } | _office_forms(place)


def _upload(place: Place) -> list[tuple[tuple, str, str]]:
    file = "external_id,thread_id,direction,kind,author_id,author_name,text,stars,created_at\r\n"
    names = (("client", place.client.slug), ("channel", place.channel.slug))
    parts = [f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in names]
    parts.append(f'--x\r\nContent-Disposition: form-data; name="file"; filename="f.csv"\r\n\r\n{file}\r\n--x--\r\n')
    return [((), "".join(parts), "multipart/form-data; boundary=x"), (names, file, "text/csv")]


def sample(route: Route, method: str, place: Place) -> object:
    """A body that the route takes, about the place."""
    known = _known(place).get(f"{method} {route.pattern.removeprefix('api/v1/')}")
    if known is not None:
        return known
    content = route.schema.get(method.lower(), {}).get("requestBody", {}).get("content", {})
    shape = _resolved(content.get("application/json", {}).get("schema", {}))
    required = set(shape.get("required", ())) | (set(shape.get("properties", ())) & set(references(place)))
    return {name: _value(name, shape["properties"][name], place) for name in sorted(required)}


def _known(place: Place) -> dict[str, object]:
    """Bodies whose sense the description doesn't tell."""
    item = ITEM | {"client": place.client.slug, "channel": place.channel.slug}
    return {
        "POST interactions/": item,
        "POST interactions/bulk/": {"items": [item]},
        "POST clients/": {"slug": "new", "name": "New"},
        "PATCH clients/<slug:slug>/": {"homepage": "https://new.example"},
        "PUT clients/<slug:slug>/hours/": WEEK,
        "POST clients/<slug:slug>/hours/preview/": {"target_seconds": 60, "starts": ["2026-03-27T15:45:00Z"]},
        "POST policies/": {
            "client": place.client.slug, "name": "New", "first_seconds": 3600, "channels": [place.channel.slug],
            "campaigns": [place.campaign.slug],
        },
        "POST strategies/<int:id>/sign/": {"signed_as": "New", "reason": "New"},
        "POST strategies/<int:id>/decline/": {"objection": "New"},
        "POST strategies/": {"client": place.client.slug, "document": {"summary": "New"}},
        "POST time-entries/": {
            "client": place.client.slug, "activity": "plan", "day": "2026-11-20", "minutes": 5,
            "campaign": place.campaign.slug, "post": place.post.id,
        },
        "PATCH time-entries/<int:id>/": {"minutes": 7},
        "POST timer/": {"client": place.client.slug, "activity": "plan", "post": place.post.id},
        "PUT contracts/<slug:slug>/": {"fee_cents": 1, "minutes": 1, "hour_cents": None, "step": 0},
        "POST months/lock/": {"client": place.client.slug, "month": "2026-05"},
        "POST months/unlock/": {"client": place.client.slug, "month": "2026-05", "reason": "New"},
        "POST outcomes/": {
            "client": place.client.slug, "kind": "call", "day": "2026-11-20", "campaign": place.campaign.slug,
        },
        "POST assumptions/": {
            "client": place.client.slug, "kind": "visit", "cents": 5, "reason": "New", "since": "2026-11-20",
        },
        "POST reports/": {"client": place.client.slug, "month": "2026-09"},
        "PATCH reports/<int:id>/": {"comment": "New"},
        "POST readiness/": {"client": place.client.slug, "answers": ANSWERS},
        "POST channels/": {"client": place.client.slug, "slug": "new", "name": "New", "network": "manual"},
        "POST campaigns/": {"client": place.client.slug, "slug": "new", "name": "New"},
        "PATCH campaigns/<int:id>/": {"goal": "New"},
        "POST posts/": {
            "client": place.client.slug, "kind": "tip", "text": "New", "channels": [place.channel.slug],
            "campaign": place.campaign.slug, "media": [place.picture.id],
        },
        "POST posts/import/": {
            "client": place.client.slug, "csv": f"kind,text,channels\ntip,New,{place.channel.slug}\n",
        },
        "POST media/": {"client": place.client.slug, "name": "new.png", "content": NEW_PICTURE},
        "PATCH media/<int:id>/": {"alt": "New"},
        "POST slots/": {
            "client": place.client.slug, "weekday": "tue", "time": "10:00", "channels": [place.channel.slug],
        },
        "PATCH slots/<int:id>/": {"time": "11:00", "channels": [place.channel.slug]},
        "POST templates/": {"client": place.client.slug, "name": "New", "kind": "tip", "text": "New {dish}"},
        "PATCH templates/<int:id>/": {"text": "New"},
        "POST templates/<int:id>/render/": {"values": {"dish": "Brot"}},
        "PUT cadence/": {"client": place.client.slug, "channel": place.channel.slug, "least": 2},
        "PUT value-mix/": {"client": place.client.slug, "targets": {"tip": 100}},
        "POST posts/bulk/": {"items": [{"post": place.post.id, "action": "submit"}]},
        "PATCH posts/<int:id>/": {"text": "New", "campaign": place.campaign.slug, "channels": [place.channel.slug]},
        "POST posts/<int:id>/change/": {"comment": "New"},
        "POST posts/<int:id>/reject/": {"comment": "New"},
        "POST posts/<int:id>/settle/": {"channel": place.channel.slug, "sent": True},
        "POST questions/": {"client": place.client.slug, "text": "New", "post": place.post.id},
        "POST questions/<int:id>/answer/": {"text": "New", "reason": "New"},
        "POST exports/": {
            "kind": "interactions", "format": "csv", "clients": [place.client.slug], "channels": [place.channel.slug],
        },
        "POST snapshots/bulk/": {
            "items": [
                {
                    "client": place.client.slug, "channel": place.channel.slug, "post": place.post.id,
                    "observed_at": "2026-03-27T15:45:00Z", "reach": 9,
                }
            ]
        },
        "POST approval-links/": {"client": place.client.slug, "name": "New", "posts": [place.post.id]},
        "PATCH publishing-rules/<slug:slug>/": {"tolerance": 30},
        "POST members/": {
            "email": "new@people.example", "name": "New", "role": "viewer", "clients": [place.client.slug]
        },
        "PATCH members/<int:id>/": {"role": "viewer", "clients": [place.client.slug]},
        "POST webhooks/": {"url": "https://new.example/", "events": ["*"], "clients": [place.client.slug]},
        "PATCH webhooks/<int:id>/": {"description": "New", "clients": [place.client.slug]},
        "POST invitations/": {"email": "new@people.example", "role": "viewer", "clients": [place.client.slug]},
        "POST contacts/": {"client": place.client.slug, "name": "New"},
        "PATCH contacts/<int:id>/": {"name": "New", "call_order": 1},
        "POST tokens/": {"name": "New", "scopes": ["metrics:read"], "clients": [place.client.slug]},
        "PATCH channels/<int:id>/": {"name": "New"},
        "POST saved-replies/": {
            "client": place.client.slug, "shortcut": "new", "title": "New", "text": "New {customer}"
        },
        "PATCH saved-replies/<int:id>/": {"text": "New"},
        "POST conversations/<int:id>/snooze/": {"until": "2100-01-01T00:00:00Z"},
        "POST conversations/<int:id>/spam/": {"reason": "New"},
        "POST conversations/<int:id>/block/": {"reason": "New"},
        "POST conversations/<int:id>/case/steps/": {"step": "answer_calmly"},
        "POST conversations/<int:id>/case/close/": {"outcome": "settled"},
        "PATCH playbook/<slug:slug>/": {"crisis_count": 7},
        "POST incidents/": {"conversation": place.other.id, "title": "New"},
        "POST incidents/<int:id>/lead/": {"owner": place.staff.email},
        "POST incidents/<int:id>/link/": {"conversation": place.other.id},
        "POST interactions/<int:id>/correct/": {"sentiment": "negative"},
    }  # fmt: skip


def _office_forms(place: Place) -> dict[str, dict]:
    """The same for the screens of clients and settings."""
    name, promise = place.client.name, {"name": "New", "first": "2", "channels": [place.channel.slug]}
    week = {"zone": "Europe/Berlin", "mon-from": "9:00", "mon-to": "17:00"}
    saved = {"shortcut": "new", "title": "New", "text": "New", "language": "de"}
    member = {"role": "editor", "clients": [place.client.slug]}
    return {
        "new-client/": {"name": "New", "language": "de"},
        "clients/<slug:slug>/": {"name": "New", "homepage": "", "language": "de"},
        "clients/<slug:slug>/archive/": {"sure": name},
        "clients/<slug:slug>/team/": {"member": place.id(Membership), "serves": "no"},
        "clients/<slug:slug>/contacts/": {"name": "New", "email": "new@people.example"},
        "clients/<slug:slug>/contacts/<int:id>/": {"name": "New"},
        "clients/<slug:slug>/channels/new/": {"network": "manual", "name": "New", "slug": "new"},
        "clients/<slug:slug>/channels/<int:id>/": {"what": "name", "name": "New"},
        "clients/<slug:slug>/hours/": week,
        "clients/<slug:slug>/hours/preview/": week | {"ask_day": "fri", "ask_time": "16:45", "ask_minutes": "30"},
        "clients/<slug:slug>/promises/new/": promise,
        "clients/<slug:slug>/promises/<int:id>/": promise,
        "clients/<slug:slug>/promises/<int:id>/move/": {"where": "down"},
        "clients/<slug:slug>/publishing/": {"what": "mix", "share-tip": "100"},
        "clients/<slug:slug>/calendar-feed/": {"what": "renew"},
        "clients/<slug:slug>/criticism/": {"four_eyes_stars": "2", "crisis_count": "4", "crisis_hours": "3"},
        "clients/<slug:slug>/readiness/take/": ANSWERS,
        "portal/readiness/": ANSWERS,
        "clients/<slug:slug>/strategy/edit/": {"address": "Sie", "summary": "New", "seen": "2"},
        "figures/exports/": {
            "kind": "interactions", "form": "csv-en", "client": place.client.slug, "from": "2026-03-01",
            "to": "2026-03-31",
        },
        "reports/": {"client": place.client.slug, "month": "2026-09"},
        "reports/<slug:client>/<int:id>/": {"act": "comment", "comment": "New"},
        "times/": {"client": place.client.slug, "activity": "plan", "day": "2026-11-20", "minutes": "5"},
        "times/<int:id>/": {"activity": "plan", "day": "2026-11-20", "minutes": "6"},
        "times/start/": {"client": place.client.slug, "activity": "plan"},
        "clients/<slug:slug>/return/": {"what": "outcome", "kind": "call", "count": "1", "day": "2026-11-20"},
        "clients/<slug:slug>/return/months/": {"month": "2026-05", "act": "lock"},
        "portal/told/": {
            "client": place.client.slug, "what": "outcome", "kind": "call", "count": "1", "day": "2026-11-20",
        },
        "portal/strategy/": {"number": "2", "signed_as": "New"},
        "settings/": member | {"email": "new@people.example"},
        "settings/members/<int:id>/": member,
        "settings/webhooks/": {"url": "https://new.example/", "events": ["*"], "clients": [place.client.slug]},
        "settings/webhooks/<int:id>/": {"url": "https://new.example/", "events": ["*"], "clients": [place.client.slug]},
        "settings/webhooks/<int:id>/act/": {"action": "test"},
        "settings/saved-replies/": saved | {"clients": [place.client.slug]},
        "settings/saved-replies/<int:id>/": saved | {"version": 1},
        "settings/tokens/": {"name": "New", "scopes": ["metrics:read"], "clients": [place.client.slug]},
    }  # fmt: skip


def references(place: Place) -> dict[str, object]:
    """By the name of a field or parameter: something of this place that it could mean."""
    return {
        "client": place.client.slug,
        "clients": [place.client.slug],
        "channel": place.channel.slug,
        "channels": [place.channel.slug],
        "campaign": place.campaign.slug,
        "campaigns": [place.campaign.slug],
        "assignee": place.staff.email,
        "into": place.other.id,
        "post": place.post.id,
        "media": [place.picture.id],
        "posts": [place.post.id],
        "conversation": place.conversation.id,
        "subject_id": place.conversation.id,
        "parent_id": f"message-{place.word}-a-0",
        "q": f"Frage {place.word}",
    }


def _value(name: str, shape: dict, place: Place) -> object:
    shape = _resolved(shape)
    if name in references(place):
        return references(place)[name]
    if "enum" in shape or "const" in shape:
        return shape["enum"][0] if "enum" in shape else shape["const"]
    kinds = shape.get("type", "string")
    kind = kinds if isinstance(kinds, str) else next(one for one in kinds if one != "null")
    if kind == "object":
        inner = shape.get("properties", {})
        return {key: _value(key, inner[key], place) for key in shape.get("required", ())}
    instant = datetime(2026, 3, 27, tzinfo=UTC).isoformat()
    text = {"date-time": instant, "date": instant[:10]}.get(shape.get("format"), "New")
    return {"integer": max(1, shape.get("minimum", 1)), "number": 1.0, "boolean": True, "array": []}.get(kind, text)


def _resolved(shape: dict) -> dict:
    for option in shape.get("oneOf", shape.get("allOf", ())):
        if option.get("type") != "null":
            return _resolved(option)
    if "$ref" in shape:
        return _resolved(_description()["components"]["schemas"][shape["$ref"].rpartition("/")[2]])
    return shape


def _queries(route: Route, method: str, path: str, other: Place) -> Iterator[Case]:
    if method not in ("GET", "HEAD"):
        return
    for parameter in route.schema.get("get", {}).get("parameters", ()):
        name, shape = parameter["name"], _resolved(parameter.get("schema", {}))
        if parameter["in"] == "query" and not _closed(shape):
            value = references(other).get(name, other.conversation.id if shape.get("type") == "integer" else other.word)
            yield Case(route, method, path, "query", ((name, str(value)),))


def _closed(shape: dict) -> bool:
    """Takes no name: one of a few words, or yes and no."""
    inner = _resolved(shape.get("items", {}))
    return "enum" in shape or "enum" in inner or shape.get("type") == "boolean"


def _bodies(route: Route, method: str, path: str, own: Place, other: Place) -> Iterator[Case]:
    """The route's body about `own`, with each name in turn replaced by one of `other`."""
    for query, body, content_type in contents(route, method, own):
        if content_type == "application/x-www-form-urlencoded":
            yield from _forms_with(route, method, path, other)
        elif content_type != "application/json":
            yield from _uploads(route, path, query, body, content_type, own, other)
        elif body:
            yield from _replaced(route, method, path, json.loads(body), other)


def _forms_with(route: Route, method: str, path: str, other: Place) -> Iterator[Case]:
    body = urlencode(_forms(other)[route.pattern], doseq=True)
    yield Case(route, method, path, "body", (), body, "application/x-www-form-urlencoded")


def _uploads(route, path, query, body, content_type, own: Place, other: Place) -> Iterator[Case]:
    case = Case(route, "POST", path, "body", query, body, content_type)
    for mine, theirs in ((own.client.slug, other.client.slug), (own.channel.slug, other.channel.slug)):
        yield case.rewritten(lambda text, mine=mine, theirs=theirs: text.replace(mine, theirs))


def _replaced(route: Route, method: str, path: str, body: dict, other: Place) -> Iterator[Case]:
    content = route.schema.get(method.lower(), {}).get("requestBody", {}).get("content", {})
    named = _resolved(content.get("application/json", {}).get("schema", {})).get("properties", {})
    theirs = references(other)
    for name in sorted(((set(named) | set(body)) & set(theirs)) - UNRESOLVED.get(route.pattern, set())):
        yield Case(route, method, path, "body", (), json.dumps(body | {name: theirs[name]}))
    if "items" in body:
        for name in sorted(set(body["items"][0]) & set(theirs)):
            items = [body["items"][0] | {name: theirs[name]}, body["items"][0] | {"external_id": "new2"}]
            yield Case(route, method, path, "bulk", (), json.dumps({"items": items}))
