"""kill -9 of workers, Valkey and PostgreSQL in the middle of everything: nothing lost, nothing doubled.

RESONANZ_KILLS says how many (20), RESONANZ_SEED which. `test_blind_retry_doubles` is the negative control: the
same count, taken of a sender that repeats blindly, must show doubles.
"""

import csv
import io
import json
import os
import time
import uuid
from collections import Counter
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from clients import calendars, directory
from clients.models import Calendar, Channel, Event
from clients.networks import sandbox
from clients.networks.types import Account, Unknown
from clients.refusal import Conflict
from clients.scope import scope
from feedback import clocks, desk, events, facts, imports, mailing, policies, polling, rollup, sending, sla, sweeps
from feedback.models import Alert, Clock, Conversation, Import, InboundEvent, Interaction, Reply
from tests import factories
from tests.chaos import house as chaos
from tests.chaos.house import insist
from tests.clients.networks import town
from tests.feedback import sums
from tests.history import COLUMNS, brands

pytestmark = [pytest.mark.chaos, pytest.mark.slow]

KILLS = int(os.environ.get("RESONANZ_KILLS", 20))
SEED = int(os.environ.get("RESONANZ_SEED", time.time_ns() % 1_000_000))
ALWAYS = {day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
TARGET = 8  # seconds: some replies keep it, most don't
FAULTS = {
    "ignore_keys": True,
    "delay_ms": {"value": 40, "calls": ["reply", "poll"]},
    "drop_answer": {"probability": 0.15, "calls": ["reply", "poll"]},
    "live_500": {"probability": 0.1, "calls": ["reply"]},
    "error_500": {"probability": 0.1, "calls": ["reply", "poll", "find"]},
}


def doubled(account: Account) -> dict[str, int]:
    """The replies that the network holds more than once, by their key."""
    return {key: count for key, count in town.stats(account)["by_key"].items() if count > 1}


class Life:
    """What goes on in the house's two clients while its parts are killed, and what must have come of it."""

    def __init__(self, network: str):
        self.agency = factories.agency()
        self.user = self.agency.memberships.get().user
        self.clients = [factories.client(self.agency, slug, defaults=False) for slug in ("bakery", "florist")]
        self.lines = [self._line(client, network) for client in self.clients]
        self.said = {channel.id: set() for channel, _, _ in self.lines}
        self.filed = {paper.id: set() for _, _, paper in self.lines}
        self.round = 0

    def _line(self, client, network):
        with scope([client.id]):
            document = calendars.clean(Calendar.objects.get(client=client).document | {"week": ALWAYS, "closed": []})
            directory.set_hours(client=client, document=document, actor=None)
            values = {"first_seconds": TARGET, "next_seconds": TARGET, "warn_percent": 50, "severity": "critical"}
            policies.add_policy(client=client, name="soon", values=values, actor=self.user)
            channel = factories.channel(client, "social", "sandbox")
            paper = factories.channel(client, "paper", connected_at=timezone.now())
        channel.account = uuid.uuid4().hex
        channel.save()
        account = Account(network, channel.account)
        town.control(account, "faults", **FAULTS)
        return channel, account, paper

    def go_on(self) -> None:
        """A round: questions by poll and by webhook, files now and then, replies to what waits."""
        self.round += 1
        for channel, account, paper in self.lines:
            self._say(channel, account)
            if self.round % 4 == 1:
                self._file(paper)
            self._answer(channel)

    def seen(self) -> int:
        """How many interactions have been taken in."""
        with scope([client.id for client in self.clients]):
            return Interaction.objects.count()

    def sent(self) -> int:
        """How many replies the network holds."""
        return sum(town.stats(account)["replies"] for _, account, _ in self.lines)

    def _say(self, channel, account) -> None:
        for number in range(4):
            item = town.say(account, f"Frage {self.round}.{number}?", external_id=f"{self.round}-{number}")
            self._keep(channel, item)
        hooked = item | {"external_id": f"{self.round}-hook", "thread_id": f"{self.round}-hook"}
        self._keep(channel, hooked)

    def _keep(self, channel, item) -> None:
        """The webhook of an item, stored as the face stores it; once stored it must have its effect."""
        raw = json.dumps({"items": [item]}).encode()

        def keep():
            with scope([channel.client_id]):
                events.keep(channel=channel, delivery_id=item["external_id"], body=raw, now=timezone.now())

        insist(keep)
        self.said[channel.id].add(item["external_id"])

    def _file(self, paper) -> None:
        rows = brands(1, 60, seed=self.round)["baeckerei-anker"]
        rows = [row | {name: f"{self.round}/{row[name]}" for name in ("external_id", "thread_id")} for row in rows]
        text = io.StringIO()
        writer = csv.DictWriter(text, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)

        def add():
            with scope([paper.client_id]):
                imports.add(channel=paper, user=self.user, filename="x.csv", source=text.getvalue().encode())

        insist(add)
        self.filed[paper.id].update(row["external_id"] for row in rows)

    def _answer(self, channel) -> None:
        def answer():
            with scope([channel.client_id]):
                open_ones = Conversation.objects.filter(channel=channel, replies=None, answered_at=None)
                for conversation in open_ones.select_related("channel", "client")[:3]:
                    try:
                        desk.answer(conversation=conversation, user=self.user, text=f"Ja {uuid.uuid4()}")
                    except Conflict:
                        pass

        insist(answer)


def settle(life: Life) -> datetime:
    """All workers are gone; let time pass and every sweep work until nothing is left. Returns the last instant."""
    for _, account, _ in life.lines:
        town.request(account, "DELETE", "control", "faults")
        town.control(account, "faults", ignore_keys=True)
    now = timezone.now()
    for _ in range(40):
        now += timedelta(minutes=11)
        Channel.objects.update(poll_at=now)
        work = events.take_due(now=now), polling.poll_due(now=now), imports.run_due(now=now)
        work += (sending.deliver_due(now=now), sweeps.warn(now=now), sweeps.notice_breaches(now=now))
        work += (mailing.mail_due(now=now),)
        if not any(work):
            break
    for client in life.clients:
        with scope([client.id]):
            rollup.fill(client.id)
    return now


def derived_anew(client) -> tuple[dict, dict]:
    """The client's clocks as stored, and as the engine derives them from the facts alone."""
    names = ("started_at", "due_at", "stopped_at", "stop_reason", "answered_at", "target", "business_seconds")
    stored, fresh = {}, {}
    book = policies.rulebooks([client.id])[client.id]
    conversations = list(Conversation.objects.filter(client=client).select_related("channel"))
    told = facts.load([one.id for one in conversations])
    for one in conversations:
        live_from = max(one.channel.connected_at, book.enforce_from)
        for clock in clocks.derive(told[one.id], book, live_from, one.channel_id).clocks:
            seen = tuple(getattr(clock, name) or None for name in names)
            fresh[one.id, clock.kind, clock.cycle] = seen, sla.outcome_at(clock, timezone.now() + timedelta(days=2))
    for row in Clock.objects.filter(client=client):
        seen = tuple(getattr(row, "target_seconds" if name == "target" else name) or None for name in names)
        stored[row.conversation_id, row.kind, row.cycle] = seen, row.outcome
    return stored, fresh


@pytest.mark.timeout(1800)
def test_nothing_is_lost_or_doubled(django_db_blocker, settings, record_property):
    with django_db_blocker.unblock(), chaos.running(SEED) as (house, network, port, box):
        settings.SANDBOX_URL = network
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        life = Life(network)
        house.start()
        survive(house, life)
        by_workers = life.sent()
        settle(life)

        told = {client.slug: verdict(client, *line, life, box) for client, line in zip(life.clients, life.lines,
                                                                                      strict=True)}  # fmt: skip
        doubles = sum(box.taken.values()) - len(box.taken)
        print(f"\nseed {SEED}, kills {house.kills}, replies sent meanwhile {by_workers}, mails {len(box.taken)}, "
              f"of them repeated {doubles}, {told}")  # fmt: skip
        assert sum(house.kills.values()) == KILLS


def survive(house, life: Life) -> None:
    life.go_on()
    until(lambda: life.seen() > 0)
    for _ in range(KILLS):
        life.go_on()
        time.sleep(house.rng.uniform(0.5, 6))
        house.kill_something()
    life.go_on()
    until(lambda: life.sent() > 0)
    house.stop()
    insist(lambda: Channel.objects.count())


def until(done, patience: float = 300) -> None:
    """Wait for the workers, which take their time to start on a busy machine."""
    end = time.monotonic() + patience
    while not insist(done):
        assert time.monotonic() < end, "the workers did nothing"
        time.sleep(0.5)


def verdict(client, channel, account, paper, life: Life, box) -> dict:
    """Every promise of the design on one client, checked; returns what was counted."""
    with scope([client.id]):
        _everything_is_there_once(channel, paper, life)
        _replies_are_there_once(client, account)
        stored, fresh = derived_anew(client)
        assert stored == fresh
        _breaches_and_alerts_are_there_once(client, box)
        zone = rollup.zone(client.id)
        assert sums.stored(client.id) == sums.naive(client.id, zone)
        return {
            "interactions": Interaction.objects.filter(client=client).count(),
            "clocks": dict(Counter(row[1] for row in stored.values())),
            "alerts": Alert.objects.filter(client=client).count(),
            "replies": Reply.objects.filter(client=client).count(),
        }


def _everything_is_there_once(channel, paper, life: Life) -> None:
    came = list(Interaction.objects.filter(channel=channel, direction="in").values_list("external_id", flat=True))
    assert Counter(came) == Counter(life.said[channel.id])
    filed = list(Interaction.objects.filter(channel=paper).values_list("external_id", flat=True))
    assert Counter(filed) == Counter(life.filed[paper.id])
    assert set(InboundEvent.objects.filter(channel=channel).values_list("state", flat=True)) == {"done"}
    jobs = Import.objects.filter(channel=paper).values_list("state", "refused")
    assert set(jobs) == {("done", 0)}


def _replies_are_there_once(client, account: Account) -> None:
    replies = list(Reply.objects.filter(client=client))
    assert {reply.state for reply in replies} <= {"delivered"}
    assert town.stats(account)["by_key"] == {str(reply.key): 1 for reply in replies}
    out = Interaction.objects.filter(channel__network="sandbox", client=client, direction="out")
    assert Counter(out.values_list("external_id", flat=True)) == Counter(reply.external_id for reply in replies)


def _breaches_and_alerts_are_there_once(client, box) -> None:
    told = Event.objects.filter(client=client, action="clock.breached").values_list("subject_id", "after")
    noticed = Counter((id, after["kind"], after["cycle"]) for id, after in told)
    live = Clock.objects.filter(client=client, outcome="breached", live=True)
    breached = set(live.values_list("conversation_id", "kind", "cycle"))
    assert set(noticed.values()) <= {1}
    assert breached <= set(noticed)
    alerts = Alert.objects.filter(client=client)
    open_ones = set(live.filter(stopped_at=None).values_list("conversation_id", "kind", "cycle"))
    assert open_ones <= set(alerts.filter(level="breach").values_list("conversation_id", "kind", "cycle"))
    assert set(alerts.values_list("mail_state", flat=True)) <= {"sent"}
    assert {f"<alert-{id}@resonanz.invalid>" for id in alerts.values_list("id", flat=True)} <= set(box.taken)


def test_blind_retry_doubles(tmp_path):
    with town.running(tmp_path / "network.sqlite3") as url:
        account = Account(url, "control")
        town.control(account, "faults", ignore_keys=True, drop_answer={"probability": 0.5, "calls": ["reply"]})

        for number in range(20):
            _send_blindly(account, f"key-{number}")

        assert len(doubled(account)) > 0
        assert len(town.stats(account)["by_key"]) == 20


def _send_blindly(account: Account, key: str) -> None:
    for _ in range(30):
        try:
            return sandbox.reply(account, "t1", None, "Ja", key)
        except Unknown:
            continue
