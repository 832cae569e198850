"""The scope lives exactly as long as its transaction."""

import pytest
from django.db import DatabaseError, transaction

from clients import scope
from clients.models import Event
from tests import factories


@pytest.mark.django_db(transaction=True)
def test_the_scope_ends_with_its_transaction():
    client = factories.client(factories.agency(), "bakery")

    with transaction.atomic():
        scope.enter([client.id])
        inside = Event.objects.filter(client=client).count()

    assert inside > 0
    assert scope.current() == ""
    with pytest.raises(DatabaseError):
        Event.objects.filter(client=client).count()


@pytest.mark.django_db(transaction=True)
def test_a_scope_needs_a_transaction():
    with pytest.raises(transaction.TransactionManagementError):
        scope.enter([1])


def test_an_inner_scope_gives_way_to_the_outer_one(db):
    with scope.scope([7, 3]):
        with scope.scope([5]):
            inner = scope.current()
        outer = scope.current()

    assert (inner, outer, scope.current()) == ("{5}", "{3,7}", "")
