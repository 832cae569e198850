"""A list is read to its end while others write into it."""

import threading
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction

from agency import rights
from clients.scope import enter, scope
from feedback.models import Conversation, Interaction
from tests import factories

START = datetime(2026, 1, 1, tzinfo=UTC)
COLUMNS = [field.column for field in Interaction._meta.concrete_fields if field.name != "id"]


def insert(pattern: Interaction, first: int, last: int, second: str) -> None:
    """Messages like the pattern, numbered n; `second` says in SQL how long after START each was received."""
    made = {"external_id": "'c' || n", "received_at": f"%(start)s::timestamptz + {second} * interval '1 second'"}
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO feedback_interaction ({', '.join(COLUMNS)}) "
            f"SELECT {', '.join(made.get(column, f'pattern.{column}') for column in COLUMNS)} "
            "FROM feedback_interaction pattern, generate_series(%(first)s, %(last)s) n WHERE pattern.id = %(id)s",
            {"start": START, "first": first, "last": last, "id": pattern.id},
        )


@pytest.mark.parametrize("rows", [1_000, pytest.param(100_000, marks=pytest.mark.slow)])
@pytest.mark.django_db(transaction=True)
def test_each_old_row_comes_exactly_once_while_rows_are_inserted(rows):
    agency = factories.agency()
    bakery = factories.client(agency, "bakery")
    with scope([bakery.id]):
        line = factories.channel(bakery, "counter")
        factories.receive(line, factories.item("Hallo", at=START))
        pattern = Interaction.objects.get()
        insert(pattern, 1, rows, "(n / 3)")  # three of each instant
        old = set(Interaction.objects.values_list("id", flat=True))
    caller = factories.api(agency, agency.memberships.get().user, rights.SCOPES)
    done, written = threading.Event(), []

    def write():
        number = rows
        try:
            while not done.is_set():
                with transaction.atomic():
                    enter([bakery.id])
                    insert(pattern, number + 1, number + 5, f"(n::bigint * 7919 %% {rows // 3})")
                number += 5
                written.append(number)
                done.wait(0.02)
        finally:
            connection.close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        seen, address = [], "/api/v1/interactions/?limit=100&fields=id"
        while address:
            body = caller.get(address).json()
            seen += [row["id"] for row in body["results"]]
            address = body["next"]
    finally:
        done.set()
        writer.join()

    assert (len(seen) == len(set(seen)), old <= set(seen), len(old), len(written) > 0) == (True, True, rows + 1, True)
    with scope([bakery.id]):
        assert Conversation.objects.count() == 1
