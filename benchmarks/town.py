"""A large agency in plain SQL: up to a million messages and running clocks of 500 clients, and history beside them."""

from agency.models import Agency
from clients import calendars
from clients.models import Calendar, Channel, Client
from clients.scope import scope

from .data import LONG_AGO, NOW
from .database import fill, owned, vacuum

CLIENTS = 500
FILLED = ("feedback_conversation", "feedback_interaction", "feedback_clock")
WALLED = ("clients_client", "clients_channel", "feedback_policyversion", *FILLED)
CONVERSATIONS = """
INSERT INTO feedback_conversation (client_id, agency_id, channel_id, thread_id, vip, status, resolved_as, historic,
    author_id, author_name, preview, kind, language, sentiment, urgency, started_at, received_at, due_at, breached, met,
    version, created_at, updated_at)
SELECT t.client, %(agency)s, t.channel, 'seed-' || n, false,
    CASE WHEN dice < 40 THEN 'resolved' WHEN dice < 97 THEN 'open' ELSE 'waiting_client' END, '',
    false, 'u' || n %% 5000, 'Carla Kundin', 'Habt ihr am Sonntag offen? ' || n,
    CASE WHEN dice %% 3 = 0 THEN 'review' ELSE 'comment' END, 'de',
    CASE WHEN dice %% 4 = 0 THEN 'negative' ELSE 'neutral' END, 'normal', t.at, t.at,
    CASE WHEN dice >= 40 AND dice < 97 THEN t.at + dice * interval '1 day' END, dice %% 7 = 0, dice %% 2 = 0, 1,
    t.at, t.at
FROM generate_series(1::bigint, %(count)s) n
CROSS JOIN LATERAL (SELECT (hashint8(n)::bigint + 2147483648) %% 100 AS dice,
    (%(clients)s::bigint[])[1 + n %% %(many)s] AS client, (%(channels)s::bigint[])[1 + n %% %(many)s] AS channel,
    %(now)s - ((%(count)s - n) * 5184000 / %(count)s + n * 7919 %% 7200) * interval '1 second' AS at) t
"""
INTERACTIONS = """
INSERT INTO feedback_interaction (client_id, agency_id, channel_id, conversation_id, external_id, parent_external_id,
    direction, kind, author_id, author_name, automated, text, received_at, ingested_at, updated_at, language, urgency,
    sentiment, question, reasons, first_sentiment, first_question)
SELECT c.client_id, c.agency_id, c.channel_id, c.id, c.thread_id || '-' || place, '',
    CASE WHEN place = 0 THEN 'in' ELSE 'out' END, c.kind, c.author_id, c.author_name, false,
    'Habt ihr am Sonntag offen? Wir kämen gern mit vier Leuten zum Frühstück, Nummer ' || c.id,
    c.received_at + place * interval '20 minutes', c.received_at, c.received_at, 'de', 'normal', c.sentiment, true,
    '[{"code": "question", "words": ["?"]}]', c.sentiment, true
FROM feedback_conversation c, generate_series(0, 1) place
"""
CLOCKS = """
INSERT INTO feedback_clock (client_id, agency_id, channel_id, conversation_id, kind, cycle, severity, live, started_at,
    target_seconds, paused_seconds, due_at, warn_at, grace, stopped_at, stop_reason, answered_at, outcome, late_ingest,
    business_seconds, wall_seconds, interaction_kind, sentiment, updated_at)
SELECT c.client_id, c.agency_id, c.channel_id, c.id, {kind}, {cycle}, 'normal', true, c.received_at, 14400, 0,
    {due}, {due} - interval '1 hour', false, {stopped}, '', {stopped}, '{outcome}', false, {seconds}, {seconds}, c.kind,
    c.sentiment, c.received_at
FROM feedback_conversation c, generate_series(1, %(times)s) cycle
"""
OPEN = CLOCKS.format(
    kind="(ARRAY['first', 'resolution'])[cycle]",
    cycle="1",
    due="%(now)s + (c.id * 2 + cycle)::bigint * 104729 %% 2592000 * interval '1 second'",
    stopped="NULL::timestamptz",
    outcome="open",
    seconds="NULL::int",
)
CLOSED = CLOCKS.format(
    kind="'next'",
    cycle="cycle + %(from)s",
    due="c.received_at + interval '4 hours'",
    stopped="c.received_at + c.id %% 14400 * interval '1 second'",
    outcome="met",
    seconds="(c.id %% 14400)::int",
)


class Town:
    """The agency and its clients; each conversation has two messages and two running clocks.

    They came in within two months, almost in the order of time; each kind of row is spread evenly over all clients.
    """

    def __init__(self, conversations: int):
        self.conversations = conversations
        self.agency = Agency.objects.create(slug="town", name="Town", calendar=calendars.default())
        self.clients = _clients(self.agency)
        self.channels = _channels(self.clients)
        self.ids = [client.id for client in self.clients]
        self._fill()

    def _fill(self) -> None:
        values = {
            "agency": self.agency.id,
            "now": NOW,
            "clients": self.ids,
            "channels": [channel.id for channel in self.channels],
            "many": len(self.ids),
            "count": self.conversations,
        }
        self._load(CONVERSATIONS, values)
        self._load(INTERACTIONS, {})
        self._load(OPEN, {"now": NOW, "times": 2})

    def age(self, times: int, since: int) -> None:
        """Add so many closed clocks to each conversation, with cycles after `since`."""
        self._load(CLOSED, {"times": times, "from": since})

    def _load(self, sql: str, values: dict) -> None:
        with owned(WALLED), scope(self.ids):
            fill(sql, values)
        vacuum(sql.split()[2])


def _clients(agency: Agency) -> list[Client]:
    return Client.objects.bulk_create(
        Client(agency=agency, slug=f"town-{n}", name=f"Town {n}", enforce_from=LONG_AGO) for n in range(CLIENTS)
    )


def _channels(clients: list[Client]) -> list[Channel]:
    document = calendars.default()
    with scope([client.id for client in clients]):
        Calendar.objects.bulk_create(Calendar(client=client, document=document) for client in clients)
        return Channel.objects.bulk_create(
            Channel(client=client, slug="main", name="Main", network="manual", account="main", connected_at=LONG_AGO)
            for client in clients
        )
