"""What the demo's clients answered to the readiness check, half a year ago and this month, and who asked meanwhile."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from agency.models import Agency, User
from clients.models import Client, Readiness
from clients.readiness import checks
from clients.readiness.prospects import check

FIRST, AGAIN = timedelta(days=98), timedelta(days=12)
GOOD = {
    "buyers": "consumers", "ages": "mixed", "place": "shop", "sought": "often", "reviews": "few",
    "recommended": "mostly", "stories": "weekly", "pictures": "some", "faces": "some", "explains": "much",
    "hours": "three", "budget": "thousand", "patience": "year", "weekday": "one", "saturday": "agency",
    "criticism": "answer", "goodwill": "after_asking", "homepage": "good", "changes": "somebody", "listing": "right",
    "legal": "yes", "consent": "asked", "aim": "customers", "measure": "number",
}  # fmt: skip
# How each client departs from that, in the order of the cast; what is not named stays good.
DEPARTURES = (
    {"faces": "yes", "pictures": "yes"},
    {"stories": "monthly", "consent": "no", "aim": "reputation"},
    {"homepage": "dated", "measure": "feeling"},
    {"buyers": "both", "saturday": "nobody", "criticism": "if_needed"},
    {"ages": "young", "pictures": "yes", "faces": "yes"},
    {"hours": "one", "weekday": "whoever", "listing": "partly"},
    {"stories": "yearly", "hours": "one", "budget": "few_hundred"},
    {"buyers": "both", "place": "visits", "aim": "staff", "measure": "none"},
    {"aim": "loyalty", "legal": "partly"},
    {"ages": "old", "goodwill": "unclear"},
    {"explains": "much", "saturday": "somebody"},
    {"budget": "few_hundred", "aim": "loyalty", "reviews": "none"},
)
PROSPECTS = (
    ({}, "Strandkorbverleih Möwenschiet", "Wiebke Thomsen", "wiebke@strandkorb-moewenschiet.example", 2),
    ({"weekday": "nobody", "saturday": "nobody", "criticism": "delete", "homepage": "none"}, "", "", "", 5),
    ({"stories": "monthly", "hours": "one", "budget": "few_hundred", "homepage": "dated"}, "", "", "", 9),
)


def add(agency: Agency, clients: Iterable[Client], taker: User, now: datetime) -> None:
    """The clients' scope is open."""
    for client, departure in zip(clients, DEPARTURES, strict=False):
        for before, answers in ((FIRST, GOOD | departure | {"listing": "partly"}), (AGAIN, GOOD | departure)):
            Readiness.objects.create(client=client, taker=taker, taken_at=now - before, **checks.judged(answers))
    for departure, business, name, email, days in PROSPECTS:
        prospect, _ = check(agency=agency, answers=GOOD | departure)
        prospect.business, prospect.name, prospect.email = business, name, email
        prospect.taken_at = now - timedelta(days=days)
        prospect.asked_at = prospect.taken_at if business else None
        prospect.save()
