"""The list of clients, their files, and what people may do there."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from agency.models import Role
from campaigns.models import Cadence, MixTarget, PublishingRule
from clients import directory, scope
from clients.models import Calendar, Channel, Client
from feedback import policies
from feedback.models import Clock, Policy, PolicyVersion
from tests import factories

WEEK = {"zone": "Europe/Berlin", "country": "DE", "subdivision": "HH", "categories": "public"} | {
    f"{day}-{end}": time
    for day in ("mon", "tue", "wed", "thu", "fri")
    for end, time in (("from", "9"), ("to", "17:00"))
}
EXAMPLE = {"ask_day": "fri", "ask_time": "16:45", "ask_minutes": "30"}
TABS = ("", "channels/", "channels/new/", "hours/", "promises/", "promises/new/", "publishing/", "team/")


@pytest.fixture
def sam(cast, client):
    """The manager of both clients, signed in."""
    client.force_login(cast.sam)
    return client


@pytest.fixture
def olga(cast, client):
    client.force_login(cast.olga)
    return client


@pytest.fixture
def wall(cast):
    """What is looked at after a request."""
    with scope.scope([cast.bakery.id, cast.florist.id]):
        yield


def policy(client: Client) -> Policy:
    with scope.scope([client.id]):
        return policies.current(client).first().policy


def pages(client: Client) -> list[str]:
    with scope.scope([client.id]):
        channel = client.channels.first() or factories.channel(client, "counter")
    file = f"/clients/{client.slug}/"
    return [
        "/clients/", *(f"{file}{tab}" for tab in TABS), f"{file}channels/new/?network=facebook",
        f"{file}channels/{channel.id}/", f"{file}promises/{policy(client).id}/", "/settings/", "/settings/tokens/",
        "/settings/agency/", "/log/", "/log/agency/", "/search/?q=bak",
    ]  # fmt: skip


@pytest.mark.parametrize("language", ["de", "en"])
def test_every_screen_answers_in_both_languages_without_inline_scripts(cast, olga, language):
    found = {address: olga.get(address, HTTP_ACCEPT_LANGUAGE=language) for address in pages(cast.bakery)}

    texts = {address: answer.content.decode() for address, answer in found.items()}
    assert {address: answer.status_code for address, answer in found.items()} == dict.fromkeys(found, 200)
    assert [a for a, text in texts.items() if f'<html lang="{language}">' not in text] == []
    assert [a for a, text in texts.items() if len(re.findall("<h1[ >]", text)) != 1] == []
    assert {a: re.findall(r'<script(?![^>]*\bsrc=)|\bon\w+="|\bstyle="', text) for a, text in texts.items()} == {
        address: [] for address in texts
    }


@pytest.mark.parametrize("tab", TABS)
def test_the_file_of_a_client_one_does_not_serve_is_not_there(cast, client, tab):
    client.force_login(factories.member(cast.agency, "mia", Role.MANAGER, [cast.bakery]))

    absent = client.get(f"/clients/nothing/{tab}")

    assert [client.get(f"/clients/{slug}/{tab}").status_code for slug in ("bakery", "florist")] == [200, 404]
    assert absent.status_code == 404


@pytest.mark.parametrize("address", ["/clients/", "/clients/bakery/", "/settings/", "/log/", "/search/?q=x"])
def test_people_of_the_client_have_no_screen_of_the_dashboard(cast, client, address):
    client.force_login(cast.ana)

    assert client.get(address).status_code == 403


@pytest.mark.parametrize(
    ("address", "form"),
    [
        ("", {"name": "New"}),
        ("archive/", {"sure": "Bakery"}),
        ("channels/new/", {"network": "manual", "name": "New", "slug": "new"}),
        ("hours/", WEEK),
        ("promises/new/", {"name": "New", "first": "2"}),
        ("promises/apply/", {}),
        ("publishing/", {"what": "rule"}),
        ("team/", {"member": "1"}),
    ],
)
def test_who_only_reads_changes_nothing(cast, client, address, form):
    client.force_login(factories.member(cast.agency, "rita", Role.ANALYST, [cast.bakery]))

    answer = client.post(f"/clients/bakery/{address}", form)

    assert answer.status_code == 403
    assert Client.objects.get(slug="bakery").name == "Bakery"


def test_the_list_finds_clients_by_name_and_by_trouble(cast, sam, wall):
    factories.channel(cast.florist, "broken")
    Channel.objects.filter(slug="broken").update(trouble="away")

    found = {q: [row["client"].slug for row in sam.get(f"/clients/?{q}").context["rows"]]
             for q in ("", "q=BAK", "show=trouble", "show=late", "q=nothing", "cursor=x")}  # fmt: skip

    assert found == {
        "": ["bakery", "florist"], "q=BAK": ["bakery"], "show=trouble": ["florist"], "show=late": [], "q=nothing": [],
        "cursor=x": ["bakery", "florist"],
    }  # fmt: skip


def test_a_long_list_of_clients_goes_on_where_it_ended(cast, olga):
    for number in range(51):
        directory.add_client(agency=cast.agency, slug=f"client-{number}", name=f"Client {number:02}", actor=None)

    first = olga.get("/clients/").context
    second = olga.get(f"/clients/?{first['list'].more}").context

    names = [row["client"].name for page in (first, second) for row in page["rows"]]
    assert (len(first["rows"]), len(second["rows"]), names) == (50, 3, sorted(names))


def test_an_owner_adds_a_client_with_promises(cast, olga):
    answer = olga.post("/new-client/", {"name": "Café Süß & Söhne", "slug": "", "homepage": "", "language": "de"})

    made = Client.objects.get(slug="cafe-suess-soehne")
    with scope.scope([made.id]):
        count = policies.current(made).count()
    assert (answer.headers["Location"], count) == ("/clients/cafe-suess-soehne/", 5)


def test_a_refused_client_keeps_what_was_typed(cast, olga):
    answer = olga.post("/new-client/", {"name": "Zweite", "slug": "bakery", "homepage": "nowhere", "language": "de"})

    text = answer.content.decode()
    assert (answer.status_code, answer.context["trouble"].fields["homepage"]) == (
        400, "Bitte geben Sie eine Adresse wie https://bakery.example ein.",
    )  # fmt: skip
    assert ('value="Zweite"' in text, 'value="nowhere"' in text, 'aria-invalid="true"' in text) == (True, True, True)


def test_only_who_serves_all_adds_clients(cast, sam):
    assert (sam.get("/new-client/").status_code, sam.post("/new-client/", {"name": "X"}).status_code) == (403, 403)


def test_archiving_asks_for_the_name(cast, sam):
    wrong = sam.post("/clients/bakery/archive/", {"sure": "bakery"})
    right = sam.post("/clients/bakery/archive/", {"sure": "Bakery"})

    assert (wrong.status_code, right.headers["Location"]) == (400, "/clients/")
    assert sam.get("/clients/bakery/").status_code == 404


def test_saved_hours_move_open_deadlines(cast, sam, line):
    received = timezone.now().replace(microsecond=0)
    factories.receive(line, factories.item("Wann gibt es Brot?", at=received))
    before = Clock.objects.get(kind="first").due_at

    always = {f"{day}-{end}": time for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
              for end, time in (("from", "00:00"), ("to", "24:00"))}  # fmt: skip
    answer = sam.post("/clients/bakery/hours/", {"zone": "Europe/Berlin", "country": ""} | always)

    due = Clock.objects.get(kind="first").due_at
    assert (answer.status_code, due - received, due <= before) == (302, timedelta(hours=4), True)


def test_hours_are_read_as_people_type_them(cast, sam, wall):
    form = WEEK | {
        "mon-from": ["9", "14:30", ""], "mon-to": ["1200", "18", ""], "closed": ["2026-12-24", ""],
        "open-day": ["2026-12-27", "2026-12-27", ""], "open-from": ["10", "15", ""], "open-to": ["12", "17", ""],
    }  # fmt: skip

    answer = sam.post("/clients/bakery/hours/", form)

    document = Calendar.objects.get(client=cast.bakery).document
    assert (answer.status_code, document["week"]["mon"]) == (302, [["09:00", "12:00"], ["14:30", "18:00"]])
    assert (document["closed"], document["open"]) == (
        ["2026-12-24"], {"2026-12-27": [["10:00", "12:00"], ["15:00", "17:00"]]},
    )  # fmt: skip


def test_wrong_hours_are_marked_where_they_stand(cast, sam, wall):
    form = WEEK | {"tue-from": ["9:00", "11:00"], "tue-to": ["12:00", "10:00"], "subdivision": "XX"}

    answer = sam.post("/clients/bakery/hours/", form)

    tuesday = answer.context["week"][1]["pairs"]
    assert answer.status_code == 400
    assert [pair["wrong"] for pair in tuesday] == ["", "Das Ende muss nach dem Anfang liegen."]
    assert Calendar.objects.get(client=cast.bakery).version == 1


def test_hours_too_short_for_a_promise_are_undone(cast, sam, wall):
    with scope.scope([cast.bakery.id]):
        policies.add_policy(client=cast.bakery, name="Long", values={"first_seconds": 100 * 3600}, actor=None)

    answer = sam.post(
        "/clients/bakery/hours/", {"zone": "Europe/Berlin", "country": "", "mon-from": "9:00", "mon-to": "9:10"}
    )

    assert (answer.status_code, Calendar.objects.get(client=cast.bakery).version) == (400, 1)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({}, "um 16:45 mit 30 Minuten Ziel ist fällig am <strong>Montag um 09:15</strong>"),
        ({"ask_minutes": "10"}, "mit 10 Minuten Ziel ist fällig am <strong>Freitag um 16:55</strong>"),
        ({"sat-from": "10", "sat-to": "12"}, "mit 30 Minuten Ziel ist fällig am <strong>Samstag um 10:15</strong>"),
    ],
)
def test_the_preview_counts_with_the_hours_in_the_form(cast, sam, wall, change, sentence):
    form = WEEK | {"country": "", "subdivision": ""} | EXAMPLE | change

    answer = sam.post("/clients/bakery/hours/preview/", form, HTTP_HX_REQUEST="true")

    assert (answer.status_code, sentence in answer.content.decode()) == (200, True)
    assert Calendar.objects.get(client=cast.bakery).version == 1


@pytest.mark.parametrize("change", [{"zone": "Mars"}, {"ask_minutes": "x"}, {"ask_time": "99"}, {"mon-from": "x"}])
def test_the_preview_of_something_odd_says_so(cast, sam, change):
    answer = sam.post("/clients/bakery/hours/preview/", WEEK | EXAMPLE | change)

    assert (answer.status_code, answer.context["preview"].trouble != "") == (200, True)


def test_another_country_brings_its_regions(cast, sam):
    told = {"HTTP_HX_REQUEST": "true", "HTTP_HX_TRIGGER_NAME": "country"}

    text = sam.post("/clients/bakery/hours/preview/", WEEK | EXAMPLE | {"country": "AT"}, **told).content.decode()

    assert ("Tirol" in text, "Bayern" in text, 'hx-swap-oob="true"' in text) == (True, False, True)


def test_a_channel_names_what_its_network_needs(cast, sam, wall):
    form = {"network": "facebook", "name": "Seite", "slug": "seite", "account": "", "credentials.token": ""}

    page = sam.get("/clients/bakery/channels/new/?network=facebook").content.decode()
    answer = sam.post("/clients/bakery/channels/new/", form)

    assert ("Noch nicht gegen den echten Dienst erprobt" in page, 'name="credentials.token"' in page) == (True, True)
    assert (answer.status_code, answer.context["trouble"].fields) == (
        400, {"account": "Das wird gebraucht.", "credentials.token": "Das wird gebraucht."},
    )  # fmt: skip


def test_the_webhook_of_a_channel_is_shown_once(cast, sam, wall):
    form = {"network": "sandbox", "name": "Netz", "slug": "netz"}

    shown = sam.post("/clients/bakery/channels/new/", form)
    made = Channel.objects.get(slug="netz")
    later = sam.get(f"/clients/bakery/channels/{made.id}/").content.decode()
    again = sam.post(f"/clients/bakery/channels/{made.id}/webhook/")

    fresh = Channel.objects.get(slug="netz")
    assert (made.hook_key in shown.content.decode(), made.hook_key in later) == (True, False)
    assert (fresh.hook_key in again.content.decode(), fresh.hook_key != made.hook_key) == (True, True)
    assert "no-store" in again.headers["Cache-Control"]


def test_a_channel_is_renamed_switched_off_and_renewed(cast, sam, wall):
    made = directory.add_channel(
        client=cast.bakery, slug="page", name="Page", network="facebook", actor=None, account="1",
        credentials={"token": "old"},
    )  # fmt: skip
    address = f"/clients/bakery/channels/{made.id}/"

    statuses = [sam.post(address, form).status_code for form in (
        {"what": "name", "name": "Seite"}, {"what": "switch"}, {"what": "renew"},
        {"what": "renew", "credentials.token": "new", "expires_on": "2030-01-31"},
    )]  # fmt: skip

    made.refresh_from_db()
    assert statuses == [302, 302, 400, 302]
    assert (made.name, made.disabled_at is None, directory.opened(made)["token"]) == ("Seite", False, "new")
    assert made.expires_at.isoformat() == "2030-01-31T23:00:00+00:00"


def test_a_promise_is_added_changed_moved_and_archived(cast, sam, line):
    new = {"name": "Eilig", "first": "1,5", "first_unit": "h", "kinds": ["review"], "channels": ["counter"],
           "stars_max": "2", "question": "no", "warn_percent": "80", "grace": "30"}  # fmt: skip
    added = sam.post("/clients/bakery/promises/new/", new)
    made = Policy.objects.get(name="Eilig")
    address = f"/clients/bakery/promises/{made.id}/"

    changed = sam.post(address, new | {"name": "Sehr eilig", "first": "30", "first_unit": "min"})
    moved = sam.post(f"{address}move/", {"where": "down"})
    order = [row.policy.name for row in policies.current(cast.bakery)]
    archived = sam.post(f"{address}archive/")

    seconds = list(made.versions.order_by("number").values_list("first_seconds", flat=True))
    first = made.versions.get(number=1)
    assert [answer.status_code for answer in (added, changed, moved, archived)] == [302] * 4
    assert (seconds, order[:2]) == ([5400, 1800, 1800], ["1–2 Sterne", "Sehr eilig"])
    assert (first.kinds, first.channels, first.stars_max, first.question) == (["review"], [line.id], 2, False)
    assert Policy.objects.get(id=made.id).archived_at is not None


def test_a_refused_promise_is_marked_and_nothing_changes(cast, sam, line):
    form = {"name": "", "first": "9", "resolution": "2", "channels": ["counter"]}

    answers = [sam.post("/clients/bakery/promises/new/", form | more) for more in ({}, {"name": "X"})]

    assert [answer.context["trouble"].fields for answer in answers] == [
        {"name": "Bitte geben Sie 1 bis 200 Zeichen ein."},
        {"first_seconds": "Die erste Antwort darf nicht länger dauern als die Lösung."},
    ]
    assert Policy.objects.filter(client=cast.bakery).count() == 5


def test_a_promise_takes_no_channel_of_another_client(cast, sam, wall):
    factories.channel(cast.florist, "flowers")

    answer = sam.post("/clients/bakery/promises/new/", {"name": "X", "first": "2", "channels": ["flowers"]})

    assert (answer.status_code, PolicyVersion.objects.filter(policy__name="X").exists()) == (400, False)


def test_running_clocks_are_counted_before_the_promises_are_applied(cast, sam, line):
    factories.receive(line, factories.item("Wann gibt es Brot?", at=timezone.now()))
    sam.post("/clients/bakery/promises/new/", {"name": "Neu", "first": "1", "first_unit": "h", "grace": "0"})

    page = sam.get("/clients/bakery/promises/").context
    answer = sam.post("/clients/bakery/promises/apply/", follow=True)

    clock = Clock.objects.filter(kind="first", stopped_at=None).latest("id")
    assert page["running"] == Clock.objects.filter(stopped_at=None, live=True).count()
    assert (answer.status_code, clock.policy_version.policy.name) == (200, "Neu")


def test_the_publishing_rule_the_rhythm_and_the_mix_are_set(cast, sam, line):
    address = "/clients/bakery/publishing/"
    rule = {"what": "rule", "approval": "internal_and_client", "four_eyes": "on", "tolerance": "30",
            "routine_kinds": ["tip"], "remind_hours": "12", "escalate_hours": "2", "overdue": "skip"}  # fmt: skip

    statuses = [sam.post(address, form).status_code for form in (
        rule, rule | {"escalate_hours": "20"}, {"what": "cadence", "least-counter": "2", "most-counter": "4"},
        {"what": "cadence", "least-counter": "5", "most-counter": "4"}, {"what": "mix", "share-tip": "60", "share-job": "40"},
        {"what": "mix", "share-tip": "60"}, {"what": "odd"},
    )]  # fmt: skip

    saved, agreed = PublishingRule.objects.get(client=cast.bakery), Cadence.objects.get(channel=line)
    assert statuses == [302, 400, 302, 400, 302, 400, 400]
    assert (saved.approval, saved.four_eyes, saved.routine_kinds, saved.short_links, saved.escalate_hours) == (
        "internal_and_client", True, ["tip"], False, 2,
    )  # fmt: skip
    assert (agreed.least, agreed.most) == (2, 4)
    assert dict(MixTarget.objects.values_list("kind", "share")) == {"tip": 60, "job": 40}


def test_an_owner_decides_who_serves_a_client(cast, olga):
    sam = cast.sam.memberships.get()

    gone = olga.post("/clients/bakery/team/", {"member": sam.id, "serves": "no"})
    without = set(sam.assignments.values_list("client__slug", flat=True))
    back = olga.post("/clients/bakery/team/", {"member": sam.id, "serves": "yes"})
    odd = olga.post("/clients/bakery/team/", {"member": "99", "serves": "yes"})

    assert [answer.status_code for answer in (gone, back, odd)] == [302, 302, 400]
    assert (without, sam.assignments.count()) == ({"florist"}, 2)
