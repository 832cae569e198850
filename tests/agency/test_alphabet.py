"""Names in the order of a German dictionary: in memory and in the database the same."""

import pytest

from agency import alphabet
from agency.models import Agency
from tests import factories

NAMES = ["Ähren", "ahorn", "Anker", "Österhof", "ofen", "Ostern", "Straße", "strasse", "Strauß", "Zum Löwen", "10 Minuten"]
IN_ORDER = ["10 Minuten", "ahorn", "Ähren", "Anker", "ofen", "Österhof", "Ostern", "Straße", "strasse", "Strauß", "Zum Löwen"]


def test_memory_sorts_as_a_dictionary():
    assert sorted(NAMES, key=lambda name: (alphabet.key(name), name != "Straße")) == IN_ORDER


@pytest.mark.django_db
def test_the_database_sorts_as_memory_does():
    for number, name in enumerate(NAMES):
        Agency.objects.create(slug=f"a{number}", name=name, calendar={})

    found = list(Agency.objects.order_by(alphabet.place("name")).values_list("name", flat=True))

    assert [alphabet.key(name) for name in found] == sorted(map(alphabet.key, NAMES))


def test_pages_of_clients_go_on_behind_an_umlaut(cast, client):
    for number in range(60):
        factories.client(cast.agency, f"c{number}", defaults=False)
    client.force_login(cast.olga)
    names = ["Ähren", "bar", "Öfen", "Zoo"]
    for row, name in zip(cast.agency.clients.order_by("id"), names * 16, strict=False):
        type(row).objects.filter(pk=row.pk).update(name=name)

    first = client.get("/clients/").context["list"]
    second = client.get(f"/clients/?{first.more}").context["list"]

    shown = [row.name for row in (*first.rows, *second.rows)]
    assert (shown, second.more) == (sorted(shown, key=alphabet.key), "")
    assert len(shown) == cast.agency.clients.count()
