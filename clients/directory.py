"""What we decide about agencies, their clients, opening hours and channels; each change is logged."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import IntegrityError, transaction
from django.utils import timezone

from agency.models import Agency, Role, User

from . import audit, calendars, networks, people, scope
from .credentials import keep, mend, opened
from .hours import Invalid
from .models import Calendar, Channel, Client, hook_key
from .people import add_member, change_member, remove_member
from .refusal import Refused
from .webhooks import signing

__all__ = [
    "add_channel", "add_client", "add_member", "archive_client", "change_channel", "change_client", "change_member",
    "found_agency", "remove_member", "rotate_webhook", "set_hours", "webhook_secret",
]  # fmt: skip

WEBHOOK_SECRET = "webhook_secret"
OVERLAPPING = ("webhook_secret_before", "webhook_before_until")
OVERLAP = timedelta(hours=24)
LANGUAGES = ("de", "en")

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@transaction.atomic
def found_agency(
    *,
    name: str,
    slug: str,
    owner_email: str,
    owner_name: str,
    password: str | None = None,
    zone: str = "Europe/Berlin",
    country: str | None = "DE",
    subdivision: str | None = None,
) -> Agency:
    """A new agency with its first owner, who may have an account already (then its password stays). Raises Refused."""
    agency = Agency(slug=_slug(slug), name=_name(name), calendar=_calendar(country, subdivision, zone))
    with _taken("slug", f"The agency '{slug}' is already there."):
        agency.save()
    audit.log(agency, None, "agency.founded", agency.slug, after={"name": name, "calendar": agency.calendar})
    people.add_member(
        agency=agency, email=owner_email, name=owner_name, role=Role.OWNER, clients=(), actor=None, password=password
    )
    return agency


@transaction.atomic
def add_client(
    *, agency: Agency, slug: str, name: str, actor: User | None, homepage: str = "", language: str = "de", **calendar
) -> Client:
    """A new client with the agency's opening hours; `zone`, `country`, `subdivision` replace parts of them.

    The caller's scope doesn't include it yet. Raises Refused.
    """
    client = Client(
        agency=agency, slug=_slug(slug), name=_name(name), homepage=_homepage(homepage), language=_language(language)
    )
    document = _hours_of(agency, calendar)
    with _taken("slug", "Another client of the agency, maybe an archived one, has this slug."):
        client.save()
    with scope.scope({client.id}):
        Calendar.objects.create(client=client, document=document)
        audit.record(client, actor, "client.added", "client", client.id, after=_facts(client))
    audit.log(agency, actor, "client.added", client.slug, after=_facts(client))
    return client


@transaction.atomic
def change_client(*, client: Client, actor: User | None, **changes) -> Client:
    """New `name`, `homepage` or `language`; the slug stays for ever, it is in others' addresses. Raises Refused."""
    cleaned = {field: CLIENT_FIELDS[field](value) for field, value in changes.items()}
    before = {field: getattr(client, field) for field in cleaned}
    if before == cleaned:
        return client
    _assign(client, cleaned)
    audit.record(client, actor, "client.changed", "client", client.id, before, cleaned)
    return client


@transaction.atomic
def archive_client(*, client: Client, actor: User | None) -> None:
    """The client is served no longer: nobody sees it, nothing is polled; its rows and its slug stay."""
    _assign(client, {"archived_at": timezone.now()})
    audit.record(client, actor, "client.archived", "client", client.id)
    audit.log(client.agency, actor, "client.archived", client.slug)


@transaction.atomic
def set_hours(*, client: Client, document: object, actor: User | None) -> tuple[dict, dict]:
    """New opening hours; returns the old and the new document, both in normal form. Raises hours.Invalid."""
    calendar = Calendar.objects.select_for_update().get(client=client)
    old, new = calendar.document, calendars.clean(document)
    if new != old:
        calendar.document, calendar.version = new, calendar.version + 1
        calendar.save()
        audit.record(client, actor, "hours.changed", "client", client.id, old, new)
    return old, new


@transaction.atomic
def add_channel(
    *,
    client: Client,
    slug: str,
    name: str,
    network: str,
    actor: User | None,
    url: str = "",
    account: str | None = None,
    credentials: dict[str, str] | None = None,
    expires_at: datetime | None = None,
    connected_at=None,
) -> Channel:
    """A new channel; one of a network that polls is polled at once. Raises Refused.

    One of a retired network is history: nothing is read from it or written to it.
    """
    entry = _network(network)
    _check_needs(entry, {"url": url, "account": account}, credentials or {})
    now = timezone.now()
    channel = Channel(
        client=client,
        slug=_slug(slug),
        name=_name(name),
        network=entry.slug,
        url=_server(entry, url),
        account=account or f"{client.agency.slug}.{client.slug}.{slug}"[:200],
        connected_at=connected_at or now,
    )
    mend(channel, expires_at)
    with _taken("slug", f"The client '{client.slug}' already has a channel '{slug}'."):
        channel.save()
    _seal(channel, (credentials or {}) | ({WEBHOOK_SECRET: signing.new_secret()} if entry.webhooks else {}))
    audit.record(client, actor, "channel.added", "channel", channel.id, after=_channel_facts(channel))
    return channel


@transaction.atomic
def change_channel(
    *,
    channel: Channel,
    actor: User | None,
    name: str | None = None,
    url: str | None = None,
    disabled: bool | None = None,
    credentials: dict[str, str] | None = None,
    expires_at: datetime | None = None,
) -> Channel:
    """What is None stays. A channel that comes back is polled at once; `credentials` are added to those there are.

    New credentials end the trouble with the old ones; when they expire is `expires_at`.
    """
    before, entry = _channel_facts(channel), networks.get(channel.network)
    if name is not None:
        channel.name = _name(name)
    if url is not None:
        channel.url = _server(entry, url)
    if credentials or expires_at:
        mend(channel, expires_at)
    if disabled is not None and disabled != (channel.disabled_at is not None):
        _switch(channel, disabled)
    channel.save()
    if url is not None or credentials:
        secrets = opened(channel) | (credentials or {})
        _check_needs(entry, {"url": channel.url, "account": channel.account}, secrets)
        _seal(channel, secrets)
    after = _channel_facts(channel)
    if before != after or credentials:
        renewed = {"renewed": sorted(credentials)} if credentials else {}
        audit.record(channel.client, actor, "channel.changed", "channel", channel.id, before, after | renewed)
    return channel


@transaction.atomic
def rotate_webhook(*, channel: Channel, actor: User | None, overlap: bool = False) -> str:
    """A new webhook address and secret, which is returned; the old ones stop working at once. Raises Refused.

    With `overlap`, for a system of the client's own, the address stays and the old secret is taken for a day more.
    """
    entry = networks.get(channel.network)
    if not entry.webhooks:
        raise Refused("network", f"The network '{channel.network}' has no webhooks.")
    if overlap and not entry.own:
        raise Refused("overlap", f"is not possible on the network '{channel.network}'")
    held = Channel.objects.select_for_update(no_key=True).get(pk=channel.pk)
    told = {name: value for name, value in opened(held).items() if name not in OVERLAPPING}
    if overlap:
        until = str((timezone.now() + OVERLAP).timestamp())
        told |= dict(zip(OVERLAPPING, (told[WEBHOOK_SECRET], until), strict=True))
    else:
        channel.hook_key = hook_key()
    channel.save(update_fields=["hook_key", "updated_at"])
    _seal(channel, told | {WEBHOOK_SECRET: signing.new_secret()})
    after = {"overlap": overlap}
    audit.record(channel.client, actor, "channel.webhook_rotated", "channel", channel.id, after=after)
    return webhook_secret(channel)


def webhook_secret(channel: Channel) -> str:
    """'' for a network without webhooks. Raises vault.Sealed."""
    return opened(channel).get(WEBHOOK_SECRET, "")


class _taken:
    """Turns a clash with a unique constraint into a refusal of `field`; what was written inside is undone."""

    def __init__(self, field: str, message: str):
        self.refusal = Refused(field, message, "taken")

    def __enter__(self):
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()

    def __exit__(self, kind, error, trace):
        self.savepoint.__exit__(kind, error, trace)
        if isinstance(error, IntegrityError):
            raise self.refusal from error


def _slug(slug: str) -> str:
    if len(slug) > 80 or not _SLUG.fullmatch(slug):
        raise Refused("slug", "use lower-case letters, digits and single hyphens, at most 80")
    return slug


def _name(name: str) -> str:
    if not name.strip() or len(name) > 200:
        raise Refused("name", "needs 1 to 200 characters")
    return name.strip()


def _homepage(homepage: str) -> str:
    if len(homepage) > 200:
        raise Refused("homepage", "has more than 200 characters")
    return _address("homepage", homepage)


def _address(field: str, address: str, schemes: Sequence[str] = ("https", "http")) -> str:
    try:
        if address:
            URLValidator(schemes=schemes)(address)
    except ValidationError:
        raise Refused(field, f"must be an address such as {schemes[0]}://bakery.example") from None
    return address


def _language(language: str) -> str:
    if language not in LANGUAGES:
        raise Refused("language", f"must be one of {', '.join(LANGUAGES)}")
    return language


CLIENT_FIELDS = {"name": _name, "homepage": _homepage, "language": _language}


def _calendar(country: str | None, subdivision: str | None, zone: str) -> dict:
    try:
        return calendars.default(country, subdivision, zone)
    except Invalid as error:
        raise Refused(errors=error.errors) from error


def _hours_of(agency: Agency, parts: dict) -> dict:
    """The agency's calendar with other parts; another country leaves its subdivision and categories behind."""
    if "country" in parts and parts["country"] != agency.calendar["country"]:
        parts = {"subdivision": None, "categories": ["public"]} | parts
    return calendars.clean(agency.calendar | parts)


def _network(slug: str) -> networks.Network:
    try:
        return networks.get(slug)
    except networks.UnknownNetwork as error:
        raise Refused("network", str(error), "unknown") from error


PLAIN = {"https": "http", "imaps": "imap"}


def _server(entry: networks.Network, url: str) -> str:
    """The address of the network's server; without TLS only where the machine's own network may be called."""
    schemes = [*entry.schemes]
    if settings.ALLOW_PRIVATE_ADDRESSES:
        schemes += [PLAIN[scheme] for scheme in entry.schemes if scheme in PLAIN]
    return _address("url", url, schemes)


def _check_needs(entry: networks.Network, fields: dict[str, str | None], credentials: dict[str, str]) -> None:
    """Raises Refused naming each thing that is missing and without which nothing works on this network."""
    given = fields | {name: credentials.get(name) for name in entry.needs if name not in fields}
    if missing := [name for name in entry.needs if not given[name]]:
        places = [name if name in fields else f"credentials.{name}" for name in missing]
        raise Refused(errors=[(place, f"is needed for {entry.name}", "required") for place in places])


def _assign(client: Client, values: dict) -> None:
    for field, value in values.items():
        setattr(client, field, value)
    client.save(update_fields=[*values, "updated_at"])


def _facts(client: Client) -> dict:
    return {field: getattr(client, field) for field in ("slug", "name", "homepage", "language")}


def _channel_facts(channel: Channel) -> dict:
    return {
        "slug": channel.slug,
        "name": channel.name,
        "network": channel.network,
        "url": channel.url,
        "account": channel.account,
        "expires_at": channel.expires_at,
        "disabled": channel.disabled_at is not None,
    }


def _switch(channel: Channel, disabled: bool) -> None:
    now = timezone.now()
    channel.disabled_at = now if disabled else None
    if not disabled and networks.get(channel.network).polls:
        channel.poll_at, channel.failures, channel.trouble, channel.broken_at = now, 0, "", None


def _seal(channel: Channel, values: dict[str, str]) -> None:
    if values:
        keep(channel, values)
        channel.save(update_fields=["credentials", "updated_at"])
