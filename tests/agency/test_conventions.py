"""Single promises of the doors, each by an example; tests/test_conventions.py asks for them at every address."""

import base64
import json
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from agency.models import Membership
from campaigns.models import Campaign
from clients import answers, scope
from clients.models import Assignment, KeptAnswer
from clients.tasks import tidy_answers
from tests import factories
from tests.asking import ask

KEY = {"Idempotency-Key": "order-4711"}
CAMPAIGN = {"client": "bakery", "slug": "xmas", "name": "Stollen"}
HOURS = {"zone": "Europe/Berlin", "week": {"mon": [["09:00", "17:00"]]}}


@pytest.fixture
def olga(cast, api):
    return api(cast.olga)


def seen(*clients) -> int:
    """How many kept answers a transaction with these clients sees."""
    with scope.scope([client.id for client in clients]):
        return KeptAnswer.objects.count()


# Request ids.


@pytest.mark.parametrize(
    ("given", "taken"),
    [("order-4711.a_b", True), ("a" * 64, True), ("a" * 65, False), ("short", False), ("has space 1", False),
     ("-dash-first", False), ("umlaut-äöü", False)],
)  # fmt: skip
def test_a_sane_request_id_is_taken_over_and_another_replaced(db, client, given, taken):
    answer = client.get("/api/v1/nothing/", HTTP_X_REQUEST_ID=given)

    assert (answer["X-Request-ID"] == given, answer.json()["request_id"] == answer["X-Request-ID"]) == (taken, True)


def test_a_request_id_reaches_the_log_of_what_happened(cast, olga):
    ask(olga, "PATCH", "/clients/bakery/", {"name": "New"}, **{"X-Request-ID": "change-of-name"})

    (event,) = ask(olga, "GET", "/events/?action=client.changed").json()["results"]
    assert event["request_id"] == "change-of-name"


# Idempotency keys.


def test_the_second_of_two_equal_posts_gets_the_answer_of_the_first(cast, olga):
    first, second = (ask(olga, "POST", "/campaigns/", CAMPAIGN, **KEY) for _ in range(2))

    with scope.scope([cast.bakery.id]):
        assert Campaign.objects.count() == 1
    assert (first.status_code, second.status_code, first.content == second.content) == (201, 201, True)
    assert ("Idempotency-Replayed" in first.headers, second["Idempotency-Replayed"]) == (False, "true")


@pytest.mark.parametrize(
    ("address", "body"),
    [("/campaigns/", CAMPAIGN | {"slug": "easter"}), ("/channels/", CAMPAIGN), ("/campaigns/", json.dumps(CAMPAIGN) + "\n")],
)
def test_a_key_is_for_one_request(cast, olga, address, body):
    ask(olga, "POST", "/campaigns/", CAMPAIGN, **KEY)

    answer = ask(olga, "POST", address, body, **KEY)

    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")


def test_a_key_belongs_to_one_asker(cast, olga, api):
    first = ask(olga, "POST", "/campaigns/", CAMPAIGN, **KEY)
    other = ask(api(cast.olga), "POST", "/campaigns/", CAMPAIGN | {"slug": "easter"}, **KEY)

    assert (first.status_code, other.status_code) == (201, 201)


def test_what_was_refused_left_its_key_free(cast, olga):
    refused = ask(olga, "POST", "/campaigns/", CAMPAIGN | {"slug": "Not a slug"}, **KEY)
    good = ask(olga, "POST", "/campaigns/", CAMPAIGN, **KEY)

    assert (refused.status_code, good.status_code) == (400, 201)


@pytest.mark.parametrize("key", ["", "two words", "x" * 256, "ümlaut"])
def test_odd_keys_are_refused_by_name(cast, olga, key):
    answer = ask(olga, "POST", "/campaigns/", CAMPAIGN, **{"Idempotency-Key": key})

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "Idempotency-Key")


@pytest.mark.django_db(transaction=True)
def test_a_key_in_flight_is_a_conflict_that_says_when_to_ask_again(cast, olga):
    token = cast.agency.tokens.get()
    busy = connection.copy()
    with busy.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"answer token {token.id} {KEY['Idempotency-Key']}"]
        )
    answer = ask(olga, "POST", "/campaigns/", CAMPAIGN, **KEY)
    busy.close()
    later = ask(olga, "POST", "/campaigns/", CAMPAIGN, **KEY)

    assert (answer.status_code, answer.json()["code"], answer["Retry-After"]) == (409, "idempotency_in_flight", "2")
    assert later.status_code == 201


def test_a_kept_answer_is_seen_only_with_all_of_its_clients(cast, olga):
    ask(olga, "POST", "/campaigns/", CAMPAIGN, **KEY)

    assert (seen(), seen(cast.bakery), seen(cast.bakery, cast.florist)) == (0, 0, 1)


def test_who_has_lost_a_client_neither_sees_the_old_answer_nor_works_twice(cast, api):
    sam = api(cast.sam)
    ask(sam, "POST", "/campaigns/", CAMPAIGN | {"client": "florist"}, **KEY)
    membership = Membership.objects.get(user=cast.sam)
    Assignment.objects.filter(membership=membership, client=cast.bakery).delete()

    again = ask(sam, "POST", "/campaigns/", CAMPAIGN | {"client": "florist", "slug": "easter"}, **KEY)

    with scope.scope([cast.florist.id]):
        assert list(Campaign.objects.values_list("slug", flat=True)) == ["xmas"]
    assert (again.status_code, again.json()["code"]) == (409, "idempotency_key_used")


def test_kept_answers_show_neither_key_nor_secrets(cast, olga):
    secret = ask(olga, "POST", "/tokens/", {"name": "t", "scopes": ["inbox:read"]}, **KEY).json()["token"]
    again = ask(olga, "POST", "/tokens/", {"name": "t", "scopes": ["inbox:read"]}, **KEY).json()["token"]

    with scope.scope([cast.bakery.id, cast.florist.id]):
        (row,) = KeptAnswer.objects.values()
    stored = str({name: bytes(value) if name == "body" else value for name, value in row.items()})
    assert (secret == again, secret in stored, KEY["Idempotency-Key"] in stored) == (True, False, False)


def test_an_answer_sealed_with_a_lost_secret_is_a_conflict(cast, olga, settings):
    ask(olga, "POST", "/campaigns/", CAMPAIGN, **KEY)
    settings.SECRET_KEY = "another one"

    answer = ask(olga, "POST", "/campaigns/", CAMPAIGN, **KEY)

    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_key_used")


def test_answers_are_kept_a_day_and_then_tidied(cast, olga):
    for hours in (23, 25):
        ask(olga, "POST", "/campaigns/", CAMPAIGN | {"slug": f"c{hours}"}, **{"Idempotency-Key": f"after-{hours}"})
        with scope.scope([cast.bakery.id, cast.florist.id]):
            row = KeptAnswer.objects.latest("id")
            KeptAnswer.objects.filter(id=row.id).update(created_at=timezone.now() - timedelta(hours=hours))

    tidy_answers()
    tidy_answers()

    assert seen(cast.bakery, cast.florist) == 1


def test_a_form_sent_again_with_another_boundary_is_the_same_form():
    def of(boundary: bytes) -> str:
        return answers.fingerprint(b"POST", b"/", b"--" + boundary.replace(boundary, b"") + b"x")

    assert of(b"abc") == of(b"def")


# Tags.


def test_an_edit_of_what_has_changed_meanwhile_is_refused(cast, olga):
    tag = ask(olga, "GET", "/clients/bakery/")["ETag"]
    first = ask(olga, "PATCH", "/clients/bakery/", {"name": "One"}, **{"If-Match": tag})
    second = ask(olga, "PATCH", "/clients/bakery/", {"name": "Two"}, **{"If-Match": tag})
    third = ask(olga, "PATCH", "/clients/bakery/", {"name": "Three"}, **{"If-Match": first["ETag"]})

    assert (first.status_code, second.status_code, third.status_code) == (200, 412, 200)
    assert ask(olga, "GET", "/clients/bakery/").json()["name"] == "Three"


def test_hours_are_replaced_only_by_who_says_what_was_read(cast, olga):
    blind = olga.put("/api/v1/clients/bakery/hours/", HOURS, format="json")
    tag = ask(olga, "GET", "/clients/bakery/hours/")["ETag"]
    told = ask(olga, "PUT", "/clients/bakery/hours/", HOURS, **{"If-Match": tag})
    late = ask(olga, "PUT", "/clients/bakery/hours/", HOURS, **{"If-Match": tag})

    assert (blind.status_code, blind.json()["code"]) == (428, "precondition_required")
    assert (told.status_code, late.status_code) == (200, 412)


def test_a_tag_is_of_the_whole_whatever_was_asked_for(cast, olga):
    address = f"/campaigns/{ask(olga, 'POST', '/campaigns/', CAMPAIGN).json()['id']}/"
    whole = ask(olga, "GET", address)["ETag"]
    part = ask(olga, "GET", f"{address}?fields=name")["ETag"]
    expanded = ask(olga, "GET", f"{address}?expand=client")["ETag"]

    changed = ask(olga, "PATCH", address, {"name": "New"}, **{"If-Match": expanded})

    assert (part == whole, expanded == whole, changed.status_code) == (True, False, 200)


def test_what_was_expanded_is_read_again_when_it_has_changed(cast, olga):
    id = ask(olga, "POST", "/campaigns/", CAMPAIGN).json()["id"]
    tag = ask(olga, "GET", f"/campaigns/{id}/?expand=client")["ETag"]
    ask(olga, "PATCH", "/clients/bakery/", {"name": "New"})

    again = ask(olga, "GET", f"/campaigns/{id}/?expand=client", **{"If-None-Match": tag})

    assert (again.status_code, again.json()["expanded"]["client"]["name"]) == (200, "New")


# Queries.


@pytest.mark.parametrize(
    ("query", "field", "code"),
    [
        ("surprise=1", "surprise", "unknown"),
        ("fields=slug,secret", "fields", "invalid"),
        ("expand=owner", "expand", "unknown"),
        ("ordering=name", "ordering", "invalid"),
        ("updated_since=yesterday", "updated_since", "invalid"),
        ("limit=101", "limit", "invalid"),
        ("cursor=xyz", "cursor", "invalid"),
        ("cursor=W10", "cursor", "invalid"),
    ],
)
def test_odd_queries_are_refused_by_name(cast, olga, query, field, code):
    answer = ask(olga, "GET", f"/clients/?{query}")

    assert (answer.status_code, [(one["field"], one["code"]) for one in answer.json()["errors"]]) == (400, [(field, code)])


def test_an_unknown_parameter_is_told_the_known_ones(cast, olga):
    text = ask(olga, "GET", "/channels/?clients=bakery").json()["errors"][0]["detail"]

    assert text.startswith("unknown parameter; known are client, cursor, expand, fields, limit, ordering")


def test_several_values_may_be_given_with_commas(cast, olga):
    for slug in ("bakery", "florist"):
        ask(olga, "POST", "/templates/", {"client": slug, "name": "T", "kind": "tip", "text": "x"})

    both = ask(olga, "GET", "/templates/?client__in=bakery,florist").json()["results"]
    one = ask(olga, "GET", "/templates/?client__in=florist").json()["results"]

    assert ([row["client"] for row in both], [row["client"] for row in one]) == (["bakery", "florist"], ["florist"])


def test_expanding_takes_the_right_to_read_it(cast, api):
    answer = ask(api(cast.olga, scopes=["campaigns:read"]), "GET", "/campaigns/?expand=client")

    assert (answer.status_code, answer.json()["detail"]) == (403, "This needs the right 'clients:read'.")


def test_a_conversation_shows_its_last_messages_and_its_channel(cast, line, olga):
    start = timezone.now() - timedelta(hours=1)
    factories.receive(line, *[factories.item(f"Frage {n}", at=start + timedelta(minutes=n)) for n in range(12)])

    (row,) = ask(olga, "GET", "/conversations/?expand=messages,channel,campaign&fields=id").json()["results"]

    assert [message["text"] for message in row["expanded"]["messages"]] == [f"Frage {n}" for n in range(2, 12)]
    assert (row["expanded"]["channel"]["name"], row["expanded"]["campaign"]) == ("Counter", None)


def test_changes_are_told_in_their_order_with_where_to_go_on(cast, olga):
    ask(olga, "PATCH", "/clients/bakery/", {"name": "Later"})
    before = timezone.now()

    first = ask(olga, "GET", "/clients/?updated_since=2020-01-01T00:00:00Z&limit=1").json()
    second = olga.get(first["next"]).json()

    assert [row["slug"] for page in (first, second) for row in page["results"]] == ["florist", "bakery"]
    assert first["sync_from"] == second["sync_from"]
    assert first["sync_from"] < (before - timedelta(seconds=110)).isoformat()


def test_a_cursor_of_changes_that_was_tampered_with_is_refused(cast, olga):
    place = ["updated_at", "2026-01-01T00:00:00+00:00", 1, "not an instant"]
    cursor = base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")

    answer = ask(olga, "GET", f"/clients/?updated_since=2020-01-01T00:00:00Z&cursor={cursor}")

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "cursor")


# Languages.


@pytest.mark.parametrize(
    ("header", "language", "title"),
    [("de", "de", "Nicht gefunden"), ("de-AT,de;q=0.9,en;q=0.5", "de", "Nicht gefunden"), ("fr", "en", "Not Found"),
     ("en,de", "en", "Not Found"), ("", "en", "Not Found")],
)  # fmt: skip
def test_problems_speak_german_where_it_is_asked_for(db, client, header, language, title):
    answer = client.get("/api/v1/nothing/", headers={"Accept-Language": header})

    assert (answer.json()["title"], answer["Content-Language"]) == (title, language)
    assert (answer.json()["code"], "Accept-Language" in answer["Vary"]) == ("not_found", True)


def test_refused_fields_are_told_in_german_with_the_same_codes(cast, olga):
    english = ask(olga, "POST", "/clients/", {"slug": "Not a slug", "surprise": 1}).json()["errors"]
    german = ask(olga, "POST", "/clients/", {"slug": "Not a slug"}, **{"Accept-Language": "de"}).json()["errors"]

    assert [one["detail"] for one in english] == ["unknown field; known are homepage, language, name, slug"]
    assert sorted((one["field"], one["code"], one["detail"]) for one in german) == [
        ("name", "required", "Dieses Feld ist zwingend erforderlich."),
        ("slug", "invalid", "verwenden Sie Kleinbuchstaben, Ziffern und einzelne Bindestriche"),
    ]


def test_what_is_stored_does_not_depend_on_the_language_of_the_request(cast, olga):
    for language in ("de", "en"):
        ask(olga, "PATCH", "/clients/bakery/", {"name": language}, **{"Accept-Language": language})

    events = ask(olga, "GET", "/events/?action=client.changed").json()["results"]
    assert [(event["action"], sorted(event["after"])) for event in events] == [("client.changed", ["name"])] * 2
