import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agency.models import LogEntry, Membership, Token
from clients import directory, scope, vault
from clients.models import Calendar, Channel, Client, Event
from clients.refusal import Refused
from feedback.models import Policy
from tests import factories
from tests.asking import ask


@pytest.fixture
def pub(db):
    """The only client of another agency."""
    return factories.client(factories.agency("rival"), "pub")


@pytest.fixture
def olga(cast, api):
    """The API with every right of the owner."""
    return api(cast.olga)


def fields(answer) -> list[tuple[str, str]]:
    return [(entry["field"], entry["code"]) for entry in answer.json()["errors"]]


def test_a_new_client_starts_with_hours_and_promises(cast, olga):
    made = ask(olga, "POST", "/clients/", {"slug": "dentist", "name": "Dr. Zahn", "homepage": "https://zahn.example"})

    client = Client.objects.get(slug="dentist")
    with scope.scope({client.id}):
        assert Policy.objects.filter(client=client).count() == 5
        assert list(Event.objects.values_list("action", "actor__email")) == [("client.added", cast.olga.email)]
    assert made.status_code == 201
    assert {name: made.json()[name] for name in ("slug", "name", "homepage", "language", "archived_at")} == {
        "slug": "dentist", "name": "Dr. Zahn", "homepage": "https://zahn.example", "language": "de", "archived_at": None,
    }  # fmt: skip
    assert ask(olga, "GET", "/clients/dentist/hours/").json() == cast.agency.calendar


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ({"name": "A"}, [("slug", "required")]),
        ({"slug": "bakery", "name": "A"}, [("slug", "taken")]),
        ({"slug": "Bakery", "name": "A"}, [("slug", "invalid")]),
        ({"slug": "a--b", "name": "A"}, [("slug", "invalid")]),
        ({"slug": "a\n", "name": "A"}, []),
        ({"slug": "x" * 81, "name": "A"}, [("slug", "max_length")]),
        ({"slug": "a", "name": " "}, [("name", "blank")]),
        ({"slug": "a", "name": "A", "homepage": "javascript:alert(1)"}, [("homepage", "invalid")]),
        ({"slug": "a", "name": "A", "colour": 1, "size": 2}, [("colour", "unknown"), ("size", "unknown")]),
    ],
)
def test_a_new_client_is_checked_by_field(olga, body, wanted):
    answer = ask(olga, "POST", "/clients/", body)

    assert (answer.status_code, fields(answer) if wanted else []) == (400 if wanted else 201, wanted)


def test_only_who_serves_every_client_adds_one(cast, api):
    body = {"slug": "a", "name": "A"}

    asked = [api(cast.sam), api(cast.flo), api(cast.olga, clients=[cast.bakery])]

    assert [ask(asker, "POST", "/clients/", body).status_code for asker in asked] == [403, 403, 403]


def test_the_same_slug_serves_in_two_agencies(cast, olga):
    assert ask(olga, "POST", "/clients/", {"slug": "pub", "name": "Our Pub"}).status_code == 201


def test_an_archived_client_is_gone_but_keeps_its_slug(cast, olga):
    changed = ask(olga, "PATCH", "/clients/bakery/", {"archived": True})

    assert changed.json()["archived_at"].endswith("Z")
    assert ask(olga, "GET", "/clients/bakery/").status_code == 404
    assert fields(ask(olga, "POST", "/clients/", {"slug": "bakery", "name": "B"})) == [("slug", "taken")]


def test_changes_of_a_client_are_logged_with_before_and_after(cast, olga):
    answer = ask(olga, "PATCH", "/clients/bakery/", {"name": "Brown's"})

    event = ask(olga, "GET", "/events/?client=bakery&action=client.changed").json()["results"][0]
    assert (answer.json()["name"], event["actor"]) == ("Brown's", cast.olga.email)
    assert (event["before"], event["after"]) == ({"name": "Bakery"}, {"name": "Brown's"})
    assert event["request_id"] == answer["X-Request-ID"]


def test_the_slug_never_changes(olga):
    assert fields(ask(olga, "PATCH", "/clients/bakery/", {"slug": "x"})) == [("slug", "unknown")]


HOURS = {
    "zone": "Europe/Berlin", "country": "DE", "subdivision": "BY", "categories": ["public", "catholic"],
    "week": {"mon": [["13:00", "17:00"], ["09:00", "12:00"]], "tue": [["00:00", "24:00"]]},
    "closed": ["2026-12-24"], "open": {"2026-12-19": [["10:00", "14:00"]]},
}  # fmt: skip


def test_hours_are_kept_in_normal_form_and_versioned(cast, olga):
    put = ask(olga, "PUT", "/clients/bakery/hours/", HOURS)

    calendar = Calendar.objects.get(client=cast.bakery)
    assert (put.status_code, put.json()["week"]["mon"]) == (200, [["09:00", "12:00"], ["13:00", "17:00"]])
    assert (put.json()["week"]["sun"], calendar.document, calendar.version) == ([], put.json(), 2)
    assert Event.objects.filter(client=cast.bakery, action="hours.changed").count() == 1


def test_equal_hours_are_no_change(cast, olga):
    ask(olga, "PUT", "/clients/bakery/hours/", HOURS)
    ask(olga, "PUT", "/clients/bakery/hours/", HOURS)

    assert Calendar.objects.get(client=cast.bakery).version == 2


@pytest.mark.parametrize(
    ("part", "wanted"),
    [
        ({"zone": "Mars/Olympus"}, "zone"),
        ({"country": "XX"}, "country"),
        ({"subdivision": "ZZ"}, "subdivision"),
        ({"week": {"mon": [["09:00", "12:00"], ["11:00", "13:00"]]}}, "week.mon[1]"),
        ({"week": {}}, "week"),
        ({"closed": ["0000-01-01"]}, "closed[0]"),
        ({"open": {"2026-02-30": [["10:00", "14:00"]]}}, "open.2026-02-30"),
        ({"holidays": True}, "holidays"),
    ],
)
def test_wrong_hours_are_refused_by_field(olga, part, wanted):
    answer = ask(olga, "PUT", "/clients/bakery/hours/", HOURS | part)

    assert (answer.status_code, [name for name, _ in fields(answer)][:1]) == (400, [wanted])


def test_hours_need_the_right_to_write(cast, api):
    assert ask(api(cast.flo), "PUT", "/clients/florist/hours/", HOURS).status_code == 403


def test_the_preview_counts_by_the_stored_hours(cast, olga):
    body = {
        "target_seconds": 1800,
        "starts": ["2026-03-27T15:45:00Z", "2026-03-28T12:00:00.9+01:00"],
        "pairs": [["2026-03-27T15:45:00Z", "2026-03-30T07:15:00Z"]],
    }

    answer = ask(olga, "POST", "/clients/bakery/hours/preview/", body)

    assert answer.json() == {
        "results": [
            {"start": "2026-03-27T15:45:00Z", "opens": "2026-03-27T15:45:00Z", "due": "2026-03-30T07:15:00Z"},
            {"start": "2026-03-28T11:00:00Z", "opens": "2026-03-30T07:00:00Z", "due": "2026-03-30T07:30:00Z"},
            {"from": "2026-03-27T15:45:00Z", "to": "2026-03-30T07:15:00Z", "business_seconds": 1800},
        ]
    }


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ({}, "starts"),
        ([], ""),
        ({"starts": ["2026-01-01T00:00:00Z"]}, "target_seconds"),
        ({"target_seconds": 1}, "starts"),
        ({"target_seconds": "1", "starts": []}, "target_seconds"),
        ({"target_seconds": True, "starts": []}, "target_seconds"),
        ({"target_seconds": -1, "starts": []}, "target_seconds"),
        ({"target_seconds": 1, "starts": ["2026-01-01T00:00:00Z", "2026-01-01T00:00:00"]}, "starts[1]"),
        ({"target_seconds": 1, "starts": ["2026-01-01"]}, "starts[0]"),
        ({"target_seconds": 1, "starts": ["0001-01-01T00:00:00+14:00"]}, "starts[0]"),
        ({"target_seconds": 1, "starts": ["1989-12-31T23:59:59Z"]}, "starts[0]"),
        ({"target_seconds": 1, "starts": ["9999-12-31T23:59:59-14:00"]}, "starts[0]"),
        ({"target_seconds": 1, "starts": [5]}, "starts[0]"),
        ({"target_seconds": 10**8, "starts": ["2026-01-01T00:00:00Z"]}, "starts[0]"),
        ({"target_seconds": 9 * 10**18, "starts": ["2026-01-01T00:00:00Z"]}, "starts[0]"),
        ({"target_seconds": 1, "starts": ["2026-01-01T00:00:00Z"] * 10_001}, "starts"),
        ({"pairs": [["2026-01-01T00:00:00Z"]]}, "pairs[0]"),
        ({"pairs": [["2026-01-01T00:00:00Z", "x"]]}, "pairs[0][1]"),
        ({"pairs": [["2026-01-01T00:00:01Z", "2026-01-01T00:00:00Z"]]}, "pairs[0]"),
        ({"pairs": {}}, "pairs"),
        ({"pairs": [], "extra": 1}, "extra"),
    ],
)
def test_a_wrong_preview_is_refused_by_field(olga, body, wanted):
    answer = ask(olga, "POST", "/clients/bakery/hours/preview/", body)

    assert (answer.status_code, [name for name, _ in fields(answer)]) == (400, [wanted])


def test_a_new_channel_shows_its_webhook_once(cast, olga):
    body = {"client": "bakery", "slug": "town", "name": "Town", "network": "sandbox", "credentials": {"token": "t"}}

    made = ask(olga, "POST", "/channels/", body)

    channel = Channel.objects.get(slug="town")
    sealed = vault.unseal(channel.credentials, client_id=cast.bakery.id, channel_id=channel.id)
    assert (made.status_code, made.json()["account"]) == (201, "nord.bakery.town")
    assert made.json()["webhook"] == {
        "url": f"http://127.0.0.1:8000/hooks/sandbox/{channel.hook_key}/", "secret": sealed["webhook_secret"],
    }  # fmt: skip
    assert sealed["token"] == "t" and channel.poll_at is not None
    shown = ask(olga, "GET", "/channels/").content + ask(olga, "GET", "/events/").content
    assert sealed["webhook_secret"].encode() not in shown and channel.hook_key.encode() not in shown


def test_a_manual_channel_has_no_webhook_and_no_poll(olga):
    made = ask(olga, "POST", "/channels/", {"client": "bakery", "slug": "desk", "name": "Desk", "network": "manual"})

    assert (made.json()["webhook"], Channel.objects.get().poll_at) == (None, None)


@pytest.mark.parametrize(
    ("part", "wanted"),
    [
        ({"network": "myspace"}, ("network", "invalid_choice")),
        ({"slug": "town"}, ("slug", "taken")),
        ({"slug": None}, ("slug", "null")),
        ({"credentials": {"token": 5}}, ("credentials.token", "invalid")),
        ({"client": 5}, ("client", "invalid")),
    ],
)
def test_a_wrong_channel_is_refused_by_field(olga, part, wanted):
    body = {"client": "bakery", "slug": "town", "name": "Town", "network": "sandbox"}
    ask(olga, "POST", "/channels/", body)

    answer = ask(olga, "POST", "/channels/", body | {"slug": "other"} | part)

    assert (answer.status_code, fields(answer)) == (400, [wanted])


def test_a_webhook_secret_is_rotated(cast, olga):
    made = ask(olga, "POST", "/channels/", {"client": "bakery", "slug": "a", "name": "A", "network": "sandbox"}).json()

    rotated = ask(olga, "POST", f"/channels/{made['id']}/webhook/").json()

    assert rotated["secret"] == directory.webhook_secret(Channel.objects.get())
    assert (rotated["secret"] == made["webhook"]["secret"], rotated["url"] == made["webhook"]["url"]) == (False, False)


def test_a_channel_is_switched_off_and_on(cast, olga):
    id = ask(olga, "POST", "/channels/", {"client": "bakery", "slug": "a", "name": "A", "network": "sandbox"}).json()[
        "id"
    ]

    off = ask(olga, "PATCH", f"/channels/{id}/", {"disabled": True}).json()["disabled"]
    on = ask(olga, "PATCH", f"/channels/{id}/", {"disabled": False, "name": "B"}).json()

    assert (off, on["disabled"], on["name"]) == (True, False, "B")


def test_foreign_and_absent_channels_answer_alike(cast, olga, pub):
    with scope.scope({pub.id}):
        foreign = directory.add_channel(client=pub, slug="a", name="A", network="manual", actor=None).id

    answers = {id: ask(olga, "GET", f"/channels/{id}/") for id in (foreign, foreign + 1_000, 10**30)}

    assert [answer.status_code for answer in answers.values()] == [404] * 3
    assert len({answer.content.replace(str(id).encode(), b"") for id, answer in answers.items()}) == 1


def test_lists_are_paged_without_gaps(cast, olga):
    for number in range(7):
        ask(olga, "POST", "/campaigns/", {"client": "bakery", "slug": f"c{number}", "name": "C"})

    seen, address = [], "/campaigns/?limit=3"
    while address:
        page = ask(olga, "GET", address).json()
        seen.append([row["slug"] for row in page["results"]])
        address = page["next"] and page["next"].partition("/api/v1")[2]

    assert seen == [["c0", "c1", "c2"], ["c3", "c4", "c5"], ["c6"]]


def test_descending_lists_with_equal_instants_are_paged_without_gaps(cast, olga):
    whole = [row["id"] for row in ask(olga, "GET", "/events/").json()["results"]]

    first = ask(olga, "GET", "/events/?limit=1").json()
    second = ask(olga, "GET", first["next"].partition("/api/v1")[2]).json()

    assert [row["id"] for row in first["results"] + second["results"]] == whole[:2]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"), ("limit=101", "limit"), ("limit=x", "limit"), ("limit=", "limit"), ("limit=²", "limit"),
        ("cursor=x", "cursor"), ("cursor=%F0%9F", "cursor"), ("cursor=WyJuYW1lIiwgMSwgMV0", "cursor"),
        ("cursor=bnVsbA", "cursor"), ("cursor=WyJzbHVnIiwgIlx1MDAwMCIsIDFd", "cursor"),
        ("cursor=WyJzbHVnIiwgIlx1ZDgwMCIsIDFd", "cursor"), ("cursor=WyJzbHVnIiwgInMiLCAxZTk5OV0", "cursor"),
    ],
)  # fmt: skip
def test_a_wrong_page_is_refused_by_field(olga, query, field):
    answer = ask(olga, "GET", f"/clients/?{query}")

    assert (answer.status_code, [name for name, _ in fields(answer)]) == (400, [field])


def test_lists_ask_as_often_for_one_row_as_for_many(cast, olga):
    counts = []
    for number in range(3):
        ask(olga, "POST", "/channels/", {"client": "bakery", "slug": f"c{number}", "name": "C", "network": "manual"})
        with CaptureQueriesContext(connection) as queries:
            ask(olga, "GET", "/channels/")
        counts.append(len(queries))

    assert counts[0] == counts[2]


def test_campaigns_are_made_and_changed(cast, olga):
    made = ask(
        olga, "POST", "/campaigns/", {"client": "bakery", "slug": "xmas", "name": "X", "starts_on": "2026-12-01"}
    )
    id = made.json()["id"]

    bad = ask(olga, "PATCH", f"/campaigns/{id}/", {"ends_on": "2026-11-30"})
    good = ask(olga, "PATCH", f"/campaigns/{id}/", {"ends_on": "2026-12-24", "goal": "Stollen"})

    assert (made.status_code, fields(bad)) == (201, [("ends_on", "invalid")])
    assert (good.json()["ends_on"], good.json()["goal"], good.json()["client"]) == ("2026-12-24", "Stollen", "bakery")


def test_members_come_change_and_go(cast, olga):
    body = {"email": "Max@Nord.example", "name": "Max", "role": "editor", "clients": ["bakery"]}

    made = ask(olga, "POST", "/members/", body)
    id = made.json()["id"]
    changed = ask(olga, "PATCH", f"/members/{id}/", {"clients": ["florist"], "role": "analyst"})
    gone = ask(olga, "DELETE", f"/members/{id}/")

    assert (made.status_code, made.json()["email"], made.json()["clients"]) == (201, "max@nord.example", ["bakery"])
    assert (changed.json()["role"], changed.json()["clients"]) == ("analyst", ["florist"])
    assert (gone.status_code, ask(olga, "GET", f"/members/{id}/").status_code) == (204, 404)
    assert list(LogEntry.objects.filter(subject="max@nord.example").order_by("id").values_list("action", flat=True)) == [
        "member.added", "member.changed", "member.removed",
    ]  # fmt: skip


def test_the_last_owner_stays(cast, olga):
    id = Membership.objects.get(user=cast.olga).id

    answers = [ask(olga, "DELETE", f"/members/{id}/"), ask(olga, "PATCH", f"/members/{id}/", {"role": "editor"})]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(409, "last_owner")] * 2


def test_foreign_members_are_absent(cast, olga, pub):
    id = Membership.objects.get(agency=pub.agency).id

    assert ask(olga, "DELETE", f"/members/{id}/").status_code == 404


def test_only_owners_of_every_client_see_the_members(cast, api):
    asked = [api(cast.sam), api(cast.olga, clients=[cast.bakery])]

    assert [ask(asker, "GET", "/members/").status_code for asker in asked] == [403, 403]


def test_the_log_keeps_no_secrets(cast, olga):
    ask(olga, "POST", "/tokens/", {"name": "t", "scopes": ["inbox:read"]})
    body = {"client": "bakery", "slug": "a", "name": "A", "network": "sandbox", "credentials": {"token": "geheim"}}
    ask(olga, "POST", "/channels/", body)

    kept = str(list(Event.objects.values())) + str(list(LogEntry.objects.values()))
    assert ("geheim" in kept, Token.objects.first().digest in kept) == (False, False)


def test_an_audit_row_can_not_be_changed(cast):
    scope.enter({cast.bakery.id})

    with pytest.raises(Exception, match="permission denied"):
        Event.objects.update(action="x")


def test_another_country_leaves_the_subdivision_behind(cast):
    client = directory.add_client(
        agency=cast.agency, slug="wien", name="W", actor=None, zone="Europe/Vienna", country="AT"
    )

    scope.enter({client.id})
    document = Calendar.objects.get(client=client).document
    assert (document["zone"], document["country"], document["subdivision"]) == ("Europe/Vienna", "AT", None)


def test_an_agency_slug_is_taken_once(cast):
    with pytest.raises(Refused) as caught:
        directory.found_agency(name="H", slug="nord", owner_email="a@b.example", owner_name="A", password=None)

    assert caught.value.errors == [("slug", "The agency 'nord' is already there.", "taken")]
