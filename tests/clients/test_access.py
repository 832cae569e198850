from agency import rights
from agency.models import Role
from clients import access
from tests import factories


def test_staff_of_many_clients_is_that_of_each(cast):
    factories.member(cast.agency, "eva", Role.EDITOR, [cast.florist])
    gone = factories.member(cast.agency, "gus", Role.EDITOR, [cast.bakery])
    gone.is_active = False
    gone.save()
    other = factories.client(factories.agency("rival"), "pub")

    found = access.staff([cast.bakery.id, cast.florist.id, other.id], rights.ANSWERING)

    clients = (cast.bakery, cast.florist, other)
    assert found == {client.id: roles(client) for client in clients}
    assert [len(found[client.id]) for client in clients] == [2, 3, 1]


def roles(client) -> dict[int, str]:
    people = access.people(client, rights.ANSWERING)
    return {user.id: user.memberships.get(agency=client.agency).role for user in people}
