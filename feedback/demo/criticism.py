"""The demo's criticism: cases in several states, the shitstorm as one incident, and what stands in the open."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from agency.models import User
from clients.models import Client, Notice
from feedback import cases, disclosures, playbook
from feedback.models import Case, Conversation, Incident, IncidentEntry, Status

from .stories_waves import WRONG_AD

ENDS = ("recovered", "settled", "recovered", "stands", "recovered")
NOTES = {
    "recovered": "Am Telefon geklärt, der Kunde kommt wieder.",
    "settled": "Entschuldigt und erstattet.",
    "stands": "Mehrmals Hilfe angeboten, ohne Antwort.",
}
HIDDEN = "Auf Bitte des Verfassers ausgeblendet: Er hatte das Geschäft mit einem anderen verwechselt."
DECIDED = (
    (10, "Spot gelöscht, Kampagne gestoppt. Geantwortet wird persönlich, nichts wird ausgeblendet."),
    (35, "Geschäftsführer informiert; er entschuldigt sich morgen mit eigenem Beitrag."),
)
SUMMARY = (
    "Ein Werbespot kam als frauenfeindlich an. Nach 25 Minuten war er gelöscht, jede Kritik wurde einzeln beantwortet. "
    "Gelernt: Jeder Spot wird vorher von zwei Menschen außerhalb der Abteilung angesehen."
)


def add(clients: Iterable[Client], people: list[User], now: datetime) -> None:
    """The clients' scope is open; people hear of nothing."""
    for client in clients:
        for place, row in enumerate(_criticism(client)):
            _handle(row, people[place % len(people)], place, now)
        if client.slug == WRONG_AD[0].partition("/")[0]:
            _storm(client, people[0])
        else:
            _hidden(client, people[0], now)
    Notice.objects.filter(kind__in=["incident_opened", "incident_yours", "reply_waits"]).delete()


def _criticism(client: Client) -> Iterable[Conversation]:
    rows = Conversation.objects.filter(client=client, historic=False).exclude(status__in=["spam", "merged"])
    rows = rows.select_related("client").order_by("received_at", "id")
    return [row for row in rows if playbook.critical(row.sentiment, row.stars)]


def _handle(row: Conversation, user: User, place: int, now: datetime) -> None:
    """Closed ones with their outcome, open ones somewhere on their way."""
    closed = row.status in (Status.RESOLVED, Status.ARCHIVED)
    begun = min(row.received_at + timedelta(minutes=12), now)
    case = cases.open_case(conversation=row, at=begun)
    if not closed and place % 3 == 2:
        return  # a guess of the rules that nobody has looked at
    cases.choose(conversation=row, user=user, kind=case.kind)
    steps = [step for step in playbook.KINDS[case.kind].steps if step != "record_outcome"]
    for number, step in enumerate(steps if closed else steps[:2]):
        at = min(begun + timedelta(minutes=9 * number), now)
        cases.do(conversation=row, user=user, step=step, at=at)
    if closed:
        outcome = ENDS[place % len(ENDS)]
        if outcome not in playbook.KINDS[case.kind].outcomes:
            outcome = "settled"
        at = min(row.received_at + timedelta(hours=26), now)
        cases.close(conversation=row, user=user, outcome=outcome, note=NOTES[outcome], at=at)


def _hidden(client: Client, user: User, now: datetime) -> None:
    """One entry for clients with much criticism: words hidden by hand."""
    rows = _criticism(client)
    if len(rows) > 3:
        at = min(rows[1].received_at + timedelta(minutes=50), now)
        disclosures.remove(conversation=rows[1], user=user, action="hide", reason=HIDDEN, at=at)


def _storm(client: Client, user: User) -> None:
    """The wave of one evening, opened, led, decided and closed as it went."""
    channel = client.channels.get(slug=WRONG_AD[0].partition("/")[2])
    rows = [row for row in _criticism(client) if row.channel_id == channel.id and row.campaign_id]
    if not rows:
        return
    began = rows[min(4, len(rows) - 1)].received_at
    incident = Incident.objects.create(
        client=client, channel=channel, title="Werbespot „Probefahrt“", opened_at=began, owner=user,
        closed_at=began + timedelta(days=2), closer=user, summary=SUMMARY,
    )  # fmt: skip
    Case.objects.filter(client=client, conversation__in=rows).update(incident=incident)
    log = [("opened", None, 0, ""), ("owner", user, 3, user.name)]
    log += [("decision", user, minutes, text) for minutes, text in DECIDED] + [("closed", user, 2 * 24 * 60, SUMMARY)]
    IncidentEntry.objects.bulk_create(
        IncidentEntry(
            client=client, incident=incident, kind=kind, user=who, text=text, at=began + timedelta(minutes=minutes)
        )
        for kind, who, minutes, text in log
    )
