"""What the demo's clients want: most have signed, one waits for a signature, one wants it to be different."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from agency.models import User
from campaigns.models import Campaign, Goal, Strategy
from campaigns.strategy import signing
from clients.models import Client, Notice

SIGNED = timedelta(days=92)
GOALS = (
    ("bekannter-im-ort", "Im Ort bekannter werden", "reach", 0, 60_000),
    ("mehr-stammkunden", "Mehr Menschen, die uns folgen", "followers", 900, 1_400),
    ("schneller-antworten", "Neun von zehn Antworten in der Frist", "in_time", 70, 90),
    ("gute-bewertungen", "Zehn neue Bewertungen", "reviews", 0, 10),
)
TONE = {
    "address": "Sie",
    "style": "Freundlich und genau, ohne Ausrufezeichen. Wir sagen, was wir wissen, und was nicht.",
}
TABOOS = ["Politik", "Preise von Mitbewerbern", "Fotos von Kunden ohne schriftliches Einverständnis"]
MIX = {"tip": 35, "product": 20, "behind_the_scenes": 25, "event": 10, "job": 5, "reaction": 5}


def add(clients: Iterable[Client], author: User, now: datetime) -> None:
    """The clients' scope is open."""
    for place, client in enumerate(clients):
        signer = User.objects.filter(
            memberships__assignments__client=client, memberships__role="approver", is_active=True
        ).first()
        zone = ZoneInfo(client.calendar.document["zone"])
        first = _document(client, (now - SIGNED).astimezone(zone).date(), place)
        signing.write(client=client, actor=author, document=first, note="Erste Fassung nach dem Auftaktgespräch.")
        signing.offer(client=client, actor=author)
        signing.sign(client=client, number=1, actor=signer or author, signed_as=signer.name if signer else "Inhaberin")
        at = now - SIGNED
        Strategy.objects.filter(client=client).update(created_at=at, updated_at=at, offered_at=at, signed_at=at)
        Campaign.objects.filter(client=client).update(serves=Goal.objects.filter(client=client).order_by("id").first())
        if place in (0, 1, 5):
            second = first | {"budget": {"minutes": 900, "cents": 90_000}, "taboos": [*TABOOS, "Interna"]}
            note = "Mehr Zeit für Antworten am Wochenende; Interna bleiben draußen."
            signing.write(client=client, actor=author, document=second, note=note)
            signing.offer(client=client, actor=author)
        if place == 5 and signer:
            signing.decline(
                client=client, number=2, actor=signer, objection="Bitte das Budget bei zwölf Stunden lassen."
            )
    Notice.objects.filter(client__in=clients, kind__startswith="strategy_").delete()


def _document(client: Client, begins, place: int) -> dict:
    ends = begins + timedelta(days=180)
    days = {"begins_on": begins.isoformat(), "ends_on": ends.isoformat()}
    names = ("slug", "text", "measure", "start", "target")
    chosen = GOALS[: 3 if place % 3 else 4]
    channels = client.channels.filter(disabled_at=None).order_by("slug")
    return signing.EMPTY | {
        "summary": f"{client.name} bleibt mit seinen Kunden das ganze Jahr in Kontakt, hilft mit Tipps aus der Praxis "
        "und antwortet auf jede Frage und jede Kritik, so wie im Laden auch.",
        "goals": [dict(zip(names, goal, strict=True)) | days for goal in chosen],
        "audiences": [
            {"name": "Stammkundschaft", "needs": "Termine, Neuigkeiten und jemanden, der antwortet"},
            {"name": "Neue im Ort", "needs": "Wer sind die, was können die, wann haben die auf?"},
        ],
        "tone": TONE,
        "channels": [
            {"channel": one.slug, "role": _role(one.slug), "least": 1 if one.slug in ("facebook", "instagram") else 0,
             "most": 5 if one.slug in ("facebook", "instagram") else None}
            for one in channels
        ],
        "mix": MIX,
        "budget": {"minutes": 720, "cents": 65_000},
        "contacts": [
            {"name": f"Leitung {client.name}", "phone": "0160 5550100", "email": f"notfall@{client.slug}.example",
             "when": "Täglich bis 21 Uhr"}
        ],
        "taboos": TABOOS,
    }  # fmt: skip


def _role(slug: str) -> str:
    roles = {"facebook": "Mit der Nachbarschaft in Kontakt bleiben, Termine", "instagram": "Unsere Arbeit zeigen",
             "google": "Gefunden werden, jede Bewertung beantworten"}  # fmt: skip
    return roles.get(slug, "Fragen beantworten")
