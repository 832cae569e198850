"""What the demo's people wrote down: four months of time, the contracts, and what the clients say came of it."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from agency.models import User
from campaigns.effort import budget
from campaigns.models import Assumption, Campaign, Contract, Outcome, TimeEntry
from campaigns.vocabulary import Layer
from clients.models import Client

DAYS = 115
WORK = (("plan", 25), ("create", 50), ("answer", 20), ("approve", 15), ("report", 40), ("talk", 30))
# Hours a month by contract, fee and how much work there is, in the order of the cast: one is over, one hardly pays.
CONTRACTS = (
    (12, 690, 1.0), (10, 590, 0.9), (8, 490, 0.8), (12, 690, 1.45), (10, 590, 0.9), (6, 390, 1.1),
    (8, 490, 0.7), (8, 450, 1.25), (6, 390, 0.8), (8, 490, 0.9), (10, 590, 1.0), (6, 350, 1.0),
)  # fmt: skip
HOUR_CENTS = 4_200
KINDS = ("call", "guest", "booking", "inquiry")


def add(clients: Iterable[Client], people: list[User], now: datetime) -> None:
    """The clients' scope is open."""
    for place, client in enumerate(clients):
        numbers, (hours, fee, load) = Random(client.slug), CONTRACTS[place % len(CONTRACTS)]
        Contract.objects.update_or_create(
            client=client,
            defaults={"fee_cents": fee * 100, "minutes": hours * 60, "hour_cents": HOUR_CENTS, "step": 15},
        )
        today = now.astimezone(ZoneInfo(client.calendar.document["zone"])).date()
        owner = User.objects.filter(memberships__assignments__client=client, memberships__role="approver").first()
        entries, outcomes = [], []
        for ago in range(DAYS):
            day = today - timedelta(days=ago)
            if day.weekday() < 5:
                entries += _work(client, people, day, hours * load, numbers)
            if day.weekday() == 4:
                outcomes += _told(client, owner or people[0], day, place, numbers)
                if owner:
                    row = {"by_client": True, "activity": "other", "seconds": 600 * numbers.randint(1, 4)}
                    entries.append(TimeEntry(client=client, person=owner, day=day, note="Fotos und Freigaben", **row))
        TimeEntry.objects.bulk_create(entries)
        Outcome.objects.bulk_create(outcomes)
        since = today - timedelta(days=DAYS)
        Assumption.objects.create(
            client=client, kind="visit", cents=35, since=since, author=people[0],
            reason="Ein Klick aus einer Anzeige kostete im Frühjahr im Schnitt 0,35 €.",
        )  # fmt: skip
        Assumption.objects.create(
            client=client, kind="call", cents=1_200, since=since, author=people[0],
            reason="Jeder fünfte Anruf wird ein Auftrag von rund 60 €.",
        )  # fmt: skip
        for months in (3, 2):
            first = (today.replace(day=1) - timedelta(days=31 * (months - 1))).replace(day=1)
            if first < today.replace(day=1):
                budget.lock(client=client, month=first, actor=people[0], now=now)


def _work(client: Client, people: list[User], day, hours: float, numbers: Random) -> list[TimeEntry]:
    """So much that the hours of a month come together over about 21 working days."""
    found = []
    for activity, minutes in WORK:
        if numbers.random() < hours * 60 / 21 / 180:
            spent = max(5, round(numbers.gauss(minutes, minutes / 4)))
            found.append(
                TimeEntry(client=client, person=numbers.choice(people), activity=activity, day=day, seconds=spent * 60)
            )
    return found


def _told(client: Client, reporter: User, day, place: int, numbers: Random) -> list[Outcome]:
    campaign = Campaign.objects.filter(client=client).order_by("id").first()
    rows = [
        Outcome(
            client=client, layer=Layer.DECLARED, kind=KINDS[place % len(KINDS)], day=day, count=numbers.randint(1, 6),
            source="portal", reporter=reporter,
        )
    ]  # fmt: skip
    if place % 3 == 0:
        for number in range(numbers.randint(0, 3)):
            rows.append(
                Outcome(
                    client=client, layer=Layer.MEASURED, kind="order", day=day, count=1,
                    cents=numbers.randint(900, 8_900), campaign=campaign, source="Onlineshop",
                    external_id=f"{day:%Y%m%d}-{number + 1}",
                )
            )  # fmt: skip
    return rows
