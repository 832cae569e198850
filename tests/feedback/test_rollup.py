"""The sums of days: whatever happened and in whatever order, filled bit by bit they equal a plain recount."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from clients import directory
from clients.models import Calendar
from clients.refusal import Conflict, Refused
from clients.scope import scope
from feedback import clocks, desk, rollup, sweeps
from feedback.models import Conversation, DirtyDay, Interaction, ServiceDay, VolumeDay
from tests import factories
from tests.feedback import sums
from tests.parallel import in_parallel

MARCH = datetime(2026, 3, 1, tzinfo=UTC)
LATER = MARCH + timedelta(days=60)
BERLIN, PAGO_PAGO = "Europe/Berlin", "Pacific/Pago_Pago"
TEXTS = ("Wann macht ihr auf?", "Das war leider schlecht", "Super, vielen Dank!", "Hallo")


class Life:
    """A client's random days: messages, answers, edits, deletions, decisions, sweeps."""

    def __init__(self, seed, channel, user):
        self.rng, self.channel, self.user = random.Random(seed), channel, user
        self.told = []

    def step(self):
        self.rng.choice((self.say, self.say, self.answer, self.answer, self.edit, self.delete, self.repeat,
                         self.decide, self.decide, self.correct, self.sweep))()  # fmt: skip

    def at(self):
        """Often just beside midnight, once in a while in a week in which nothing else happened."""
        day = self.rng.choice((*range(8), 29, 40))
        return MARCH + timedelta(days=day, seconds=self.rng.choice((0, 82_799, 82_800, self.rng.randrange(86_400))))

    def say(self):
        kind = self.rng.choice(("comment", "review", "message"))
        stars = self.rng.randint(1, 5) if kind == "review" else None
        thread = f"t{self.rng.randrange(9)}"
        self.tell(factories.item(self.rng.choice(TEXTS), at=self.at(), thread=thread, kind=kind, stars=stars))

    def answer(self):
        self.tell(factories.answer(at=self.at(), thread=f"t{self.rng.randrange(9)}"))

    def tell(self, item):
        self.told.append(item)
        factories.receive(self.channel, item, now=LATER)

    def edit(self):
        if self.told:
            before = self.rng.choice(self.told)
            at = before.created_at + timedelta(seconds=self.rng.randrange(1, 200_000))
            factories.receive(self.channel, replace(before, text=self.rng.choice(TEXTS), edited_at=at), now=LATER)

    def delete(self):
        if self.told:
            gone = self.rng.choice(self.told)
            at = gone.created_at + timedelta(hours=30)
            factories.receive(self.channel, replace(gone, text="", deleted_at=at), now=LATER)

    def repeat(self):
        if self.told:
            factories.receive(self.channel, self.rng.choice(self.told), now=LATER)

    def decide(self):
        conversation = self.one_of(Conversation.objects.order_by("id"))
        action = self.rng.choice(("resolve", "reopen", "spam", "not_spam", "no_reply_needed", "wait"))
        options = {"on": "customer"} if action == "wait" else {}
        try:
            if conversation:
                getattr(desk, action)(conversation=conversation, user=self.user, **options)
        except (Conflict, Refused):
            pass

    def correct(self):
        message = self.one_of(Interaction.objects.filter(direction="in").order_by("id"))
        if message:
            sentiment = self.rng.choice(("negative", "neutral", "positive"))
            desk.correct(interaction=message, user=self.user, changes={"sentiment": sentiment})

    def one_of(self, rows):
        rows = list(rows)
        return self.rng.choice(rows) if rows else None

    def sweep(self):
        sweeps.notice_breaches(now=self.at())


@pytest.mark.parametrize("seed", range(4))
def test_sums_filled_bit_by_bit_equal_a_recount_and_a_rebuild(line, cast, seed):
    life, client = Life(seed, line, cast.sam), cast.bakery

    for number in range(45):
        life.step()
        if number % 7 == 0:
            rollup.fill(client.id)
    rollup.fill(client.id)

    filled = sums.stored(client.id)
    assert filled == sums.naive(client.id, BERLIN)
    rollup.rebuild(client.id)
    assert sums.stored(client.id) == filled


def test_correction_of_an_answered_message_moves_its_volume(line, cast):
    factories.receive(line, factories.item("Hallo", at=MARCH), factories.answer(at=MARCH + timedelta(hours=1)))
    rollup.fill(cast.bakery.id)

    message = Interaction.objects.get(direction="in")
    desk.correct(interaction=message, user=cast.sam, changes={"sentiment": "negative"})
    rollup.fill(cast.bakery.id)

    assert sums.stored(cast.bakery.id) == sums.naive(cast.bakery.id, BERLIN)
    assert VolumeDay.objects.get(received=1).sentiment == "negative"


def test_filling_twice_changes_nothing(line, cast):
    factories.receive(line, factories.item(at=MARCH))
    counts = [rollup.fill(cast.bakery.id)]
    rows = list(ServiceDay.objects.order_by("id").values())

    counts.append(rollup.fill(cast.bakery.id))

    assert counts[1] == 0 < counts[0]
    assert list(ServiceDay.objects.order_by("id").values()) == rows


def test_other_clients_are_neither_read_nor_marked(line, cast):
    shop = factories.channel(cast.florist, "shop")
    factories.receive(line, factories.item(at=MARCH))
    factories.receive(shop, factories.item(at=MARCH))

    rollup.fill(cast.bakery.id)

    assert set(ServiceDay.objects.values_list("client", flat=True)) == {cast.bakery.id}
    assert rollup.dirty_clients(10) == [cast.florist.id]


def test_filled_to_is_the_oldest_fact_that_is_not_summed(line, cast):
    now = timezone.now()
    clients = [cast.bakery.id, cast.florist.id]
    before = rollup.filled_to(clients, now)
    factories.receive(line, factories.item(at=MARCH))
    marked = DirtyDay.objects.order_by("marked_at").first().marked_at
    later = timezone.now() + timedelta(hours=1)

    behind = rollup.filled_to(clients, later), rollup.filled_to([cast.florist.id], later)
    rollup.fill(cast.bakery.id)

    assert (before, behind) == (now, (marked, later))
    assert rollup.filled_to(clients, later) == later


def test_new_time_zone_moves_facts_to_other_days(line, cast):
    life, client = Life(99, line, cast.sam), cast.bakery
    for _ in range(25):
        life.step()
    rollup.fill(client.id)

    document = Calendar.objects.get(client=client).document | {"zone": PAGO_PAGO}
    old, _ = directory.set_hours(client=client, document=document, actor=None)
    clocks.calendar_changed(client, zone_before=old["zone"])
    rollup.fill(client.id)

    assert rollup.zone(client.id) == PAGO_PAGO
    assert sums.stored(client.id) == sums.naive(client.id, PAGO_PAGO)


@pytest.mark.django_db(transaction=True)
def test_filling_at_once_and_beside_intake_loses_no_mark():
    client = factories.client(factories.agency(), "bakery")
    with scope([client.id]):
        line = factories.channel(client, "counter")
    works = iter([_fill(client), _fill(client), _talk(client, line, 0), _talk(client, line, 1)])

    in_parallel(lambda: next(works)(), threads=4)

    with scope([client.id]):
        rollup.fill(client.id)
        assert Interaction.objects.count() == 40
        assert sums.stored(client.id) == sums.naive(client.id, BERLIN)


def _fill(client):
    def work():
        for _ in range(10):
            with scope([client.id]):
                rollup.fill(client.id)

    return work


def _talk(client, line, who):
    def work():
        for number in range(20):
            at = MARCH + timedelta(hours=number)
            with scope([client.id]):
                factories.receive(line, factories.item(at=at, thread=f"{number % 3}", external_id=f"{who}-{number}"))

    return work
