"""The wall as PostgreSQL knows it: no table, reference, index or grant without it, and loud where it is missing."""

from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction

from agency import roles
from agency.models import Role
from clients.scope import scope
from clients.wall import POLICY
from tests import catalogue, factories, world
from tests.catalogue import ask, run_as_owner

CHECKS = {
    check.__name__: check
    for check in (
        catalogue.unaccounted,
        catalogue.breaches,
        catalogue.loose_references,
        catalogue.telling_indexes,
        catalogue.grants,
        catalogue.role_faults,
        catalogue.back_doors,
    )
}


@pytest.mark.parametrize("check", CHECKS)
def test_the_schema_holds(db, check):
    assert CHECKS[check]() == []


def test_the_policy_is_the_one_that_was_designed():
    assert POLICY == catalogue.POLICY


def test_every_model_of_a_client_is_owned(db):
    models = {model._meta.db_table for model in world.OWNED}

    assert models == set(catalogue.owned())


def test_the_runtime_role_is_plain(db):
    assert roles.faults() == []


PLANTED = [
    ("unaccounted", "CREATE TABLE stray (id bigint)", "stray has no client_id and no reason to stand outside"),
    ("breaches", "CREATE TABLE stray (client_id bigint)", "stray: row security is off"),
    ("breaches", "DROP POLICY wall ON feedback_note", "feedback_note: its policies are []"),
    ("breaches", "ALTER TABLE feedback_note DISABLE ROW LEVEL SECURITY", "feedback_note: row security is off"),
    (
        "breaches",
        "ALTER TABLE feedback_note NO FORCE ROW LEVEL SECURITY",
        "feedback_note: row security is not forced on its owner",
    ),
    ("breaches", "ALTER POLICY wall ON feedback_note USING (true)", "feedback_note: its policies are"),
    ("breaches", "ALTER POLICY wall ON feedback_note WITH CHECK (true)", "feedback_note: its policies are"),
    ("breaches", "ALTER POLICY wall ON feedback_note TO {role}", "feedback_note: its policies are"),
    (
        "breaches",
        "ALTER POLICY wall ON feedback_note USING "
        "(client_id = ANY ((SELECT nullif(current_setting('app.clients', true), ''))::bigint[]))",
        "feedback_note: its policies are",
    ),
    ("breaches", "CREATE POLICY more ON feedback_note FOR SELECT USING (true)", "feedback_note: its policies are"),
    (
        "loose_references",
        "ALTER TABLE feedback_note DROP CONSTRAINT feedback_note_conversation_id_inside",
        "feedback_note.conversation_id may point at another client's feedback_conversation",
    ),
    (
        "loose_references",
        "ALTER TABLE feedback_reply DROP CONSTRAINT feedback_reply_channel_id_inside; ALTER TABLE feedback_reply "
        "ADD CONSTRAINT plain FOREIGN KEY (channel_id) REFERENCES clients_channel (id)",
        "feedback_reply.channel_id refers to clients_channel without the client",
    ),
    (
        "loose_references",
        "ALTER TABLE feedback_clock DROP CONSTRAINT feedback_clock_conversation_id_inside; ALTER TABLE feedback_clock "
        "ADD CONSTRAINT unchecked FOREIGN KEY (client_id, conversation_id) "
        "REFERENCES feedback_conversation (client_id, id) NOT VALID",
        "feedback_clock.conversation_id may point at another client's feedback_conversation",
    ),
    (
        "telling_indexes",
        "CREATE UNIQUE INDEX telling ON feedback_interaction (external_id)",
        "telling is unique across clients",
    ),
    (
        "telling_indexes",
        "ALTER TABLE feedback_reply ADD CONSTRAINT telling UNIQUE (key, client_id)",
        "telling is unique across clients",
    ),
    ("grants", 'GRANT UPDATE ON clients_event TO "{role}"', "clients_event: the runtime role may UPDATE"),
    ("grants", 'GRANT UPDATE (reason) ON feedback_step TO "{role}"', "feedback_step: the runtime role may UPDATE"),
    ("grants", 'GRANT DELETE ON agency_logentry TO "{role}"', "agency_logentry: the runtime role may DELETE"),
    ("grants", 'GRANT TRUNCATE ON feedback_clock TO "{role}"', "feedback_clock: the runtime role may TRUNCATE"),
    (
        "role_faults",
        'GRANT CREATE ON SCHEMA public TO "{role}"; ALTER TABLE feedback_note OWNER TO "{role}"',
        "the runtime role owns feedback_note",
    ),
    ("role_faults", 'GRANT CREATE ON SCHEMA public TO "{role}"', "the runtime role may create tables"),
    (
        "back_doors",
        "CREATE VIEW peep AS SELECT * FROM feedback_note",
        "peep shows rows with its owner's rights",
    ),
    (
        "back_doors",
        "CREATE MATERIALIZED VIEW peep AS SELECT * FROM feedback_note WITH NO DATA",
        "peep shows rows with its owner's rights",
    ),
    (
        "back_doors",
        "CREATE FUNCTION peep() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT 1::bigint'",
        "peep shows rows with its owner's rights",
    ),
]


@pytest.mark.parametrize(("check", "sql", "fault"), PLANTED, ids=[sql[:70] for _, sql, _ in PLANTED])
def test_a_planted_fault_is_found(db, check, sql, fault):
    with scope([]):  # a new reference is checked against rows, which may be there
        run_as_owner(sql)

    found = CHECKS[check]()

    assert [told[: len(fault)] for told in found if told.startswith(fault)] == [fault]


def test_the_owner_at_work_is_found(db):
    with roles.as_owner():
        found, at_start = catalogue.role_faults(), roles.faults()

    assert [fault for fault in found if fault.startswith("at work is")] != []
    assert at_start != []


@pytest.fixture(scope="module")
def furnished(django_db_setup, django_db_blocker):
    with world.lasting(django_db_blocker):
        agency = factories.agency()
        olga = agency.memberships.get(role=Role.OWNER).user
        yield SimpleNamespace(
            bakery=world.furnish(agency, "bakery", "zqowned", olga, [olga]),
            florist=world.furnish(agency, "florist", "zqother", olga, [olga]),
        )


@pytest.fixture
def places(furnished, db):
    """Two furnished clients of one agency."""
    return furnished


def _refused(sql: str, *values) -> str:
    """The SQLSTATE with which PostgreSQL refuses this; '' when it doesn't."""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(sql, values)
    except DatabaseError as error:
        return error.__cause__.pgcode
    return ""


NO_SCOPE = ("42704", "22P02")  # the setting is unknown, or empty and no array
OUTSIDE_SCOPE = "42501"
NO_SUCH_PARENT = "23503"


def test_every_owned_table_has_rows_of_both(places):
    empty = [model._meta.db_table for model in world.OWNED for place in vars(places).values() if not place.ids[model]]

    assert empty == []


def test_a_read_without_scope_raises(places):
    silent = [table for table in catalogue.owned() if _refused(f"SELECT 1 FROM {table}") not in NO_SCOPE]

    assert silent == []


def test_an_empty_scope_sees_nothing(places):
    with scope([]):
        seen = [table for table in catalogue.owned() if ask(f"SELECT 1 FROM {table} LIMIT 1")]

    assert seen == []


def test_a_scope_sees_exactly_its_clients(places):
    with scope([places.bakery.client.id]):
        seen = {table: ask(f"SELECT DISTINCT client_id FROM {table}") for table in catalogue.owned()}

    assert seen == {table: [(places.bakery.client.id,)] for table in catalogue.owned()}


def test_an_insert_without_or_outside_the_scope_fails(places):
    with scope([places.florist.client.id]):
        for table in catalogue.owned():
            ask(f"CREATE TEMP TABLE copy_{table} AS SELECT * FROM {table} LIMIT 1; SELECT 1")

    unscoped = {t: _refused(f"INSERT INTO {t} SELECT * FROM copy_{t}") for t in catalogue.owned()}
    with scope([places.bakery.client.id]):
        outside = {t: _refused(f"INSERT INTO {t} SELECT * FROM copy_{t}") for t in catalogue.owned()}

    assert [table for table, state in unscoped.items() if state not in NO_SCOPE] == []
    assert outside == dict.fromkeys(catalogue.owned(), OUTSIDE_SCOPE)


def test_a_row_cannot_move_to_a_client_outside_the_scope(places):
    movable = [table for table in catalogue.owned() if table not in catalogue.APPEND_ONLY]

    with scope([places.bakery.client.id]):
        moved = {t: _refused(f"UPDATE {t} SET client_id = %s", places.florist.client.id) for t in movable}

    assert moved == dict.fromkeys(movable, OUTSIDE_SCOPE)


def test_another_clients_parent_is_refused(places):
    ours, theirs = places.bakery, places.florist
    ids = {model._meta.db_table: theirs.ids[model] for model in theirs.ids}

    accepted = []
    with scope([ours.client.id, theirs.client.id]), roles.as_owner():
        for table, column, parent in catalogue.references():
            sql = f"UPDATE {table} SET {column} = %s WHERE id = (SELECT min(id) FROM {table} WHERE client_id = %s)"
            state = _refused(sql, ids[parent][0], ours.client.id)
            accepted += [] if state == NO_SUCH_PARENT else [(table, column, state)]

    assert accepted == []


@pytest.mark.parametrize("table", sorted(catalogue.APPEND_ONLY))
def test_history_cannot_be_rewritten(places, table):
    column = next(f.column for f in _model(table)._meta.fields if f.column not in ("id", "client_id"))

    with scope([places.bakery.client.id]):
        states = _refused(f"UPDATE {table} SET {column} = {column}"), _refused(f"DELETE FROM {table}")

    assert states == (OUTSIDE_SCOPE, OUTSIDE_SCOPE)


def _model(table: str):
    return next(model for model in apps.get_models() if model._meta.db_table == table)
