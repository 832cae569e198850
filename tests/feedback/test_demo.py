"""The first start: the demo is whole, lively and the same again, and its keys are kept."""

import stat
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from agency import tokens
from agency.models import Agency, Membership, Role, Token, User
from campaigns import approval
from campaigns import metrics as engagement
from campaigns.models import Publication
from campaigns.vocabulary import State
from clients import access
from clients.models import Calendar, Client
from clients.scope import scope
from feedback import metrics
from feedback.demo import cast, directory, load, loader, script
from feedback.demo.stories import everything
from feedback.models import Alert, Clock, Conversation, DirtyDay, Interaction, PolicyVersion

NOON = datetime(2026, 3, 18, 11, 0, tzinfo=UTC)
NIGHT = datetime(2026, 3, 22, 2, 30, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path, settings):
    settings.DATA = tmp_path
    return tmp_path


def start(capsys, *words) -> list[str]:
    call_command("first_run", *words)
    return capsys.readouterr().out.splitlines()


@pytest.mark.parametrize("now", [NOON, NIGHT])
def test_scenes_are_the_same_again_and_lie_in_the_last_90_days(now):
    hours = directory.hours(now)

    scenes = script.scenes(everything(), hours, now)

    assert scenes == script.scenes(everything(), hours, now)
    assert 40 <= len(scenes) <= 60
    instants = [item.edited_at or item.created_at for scene in scenes for item in scene.items]
    assert now - timedelta(days=92) <= min(instants) <= max(instants) <= now
    assert all(scene.items for scene in scenes)
    assert all(scene.began <= at <= now for scene in scenes for at, _ in scene.steps)


def test_stories_name_what_there_is():
    channels = {f"{business.slug}/{channel}" for business in cast.BUSINESSES for channel in business.channels}
    campaigns = {slug for business in cast.BUSINESSES for slug in business.campaigns}

    assert {story.where for story in everything()} - channels == set()
    assert {story.campaign for story in everything()} - campaigns == {""}
    assert {
        (story.who, story.where.partition("/")[0])
        for story in everything()
        if story.who and story.where.partition("/")[0] not in cast.STAFF[story.who].clients
    } == set()


def test_clients_are_twelve_in_seven_lands():
    assert len({business.slug for business in cast.BUSINESSES}) == 12
    assert len({business.subdivision for business in cast.BUSINESSES}) == 7
    assert {len(business.channels) for business in cast.BUSINESSES} <= {2, 3, 4}
    assert cast.BUSINESSES[0].hours()["sun"] == [["08:00", "11:00"]]


@pytest.mark.slow
def test_first_run_shows_a_lively_agency_and_the_same_at_the_next_start(db, folder, capsys):
    first = start(capsys)
    second = start(capsys)

    agency = Agency.objects.get()
    assert second == first
    assert Counter(line.partition(":")[0] for line in first) == {"Login": 9, "API token": 1}
    _check_keys(first, folder)
    assert Counter(Membership.objects.values_list("role", flat=True)) == {
        "owner": 1, "manager": 2, "editor": 1, "analyst": 1, "approver": 3, "viewer": 1,
    }  # fmt: skip
    with scope(access.live_client_ids()):
        _check_liveliness(agency)


def _check_keys(lines: list[str], folder) -> None:
    secret = lines[-1].removeprefix("API token: ")
    principal = access.of_token(tokens.find(secret))
    assert (principal.role, len(principal.client_ids)) == (Role.OWNER, 12)
    assert {stat.S_IMODE((folder / name).stat().st_mode) for name in ("token", "logins")} == {0o600}
    passwords = {line.split()[1]: line.split()[2] for line in lines[:-1]}
    assert len(set(passwords.values())) == 9
    assert User.objects.get(email="greta@nordlicht-social.example").check_password(
        passwords["greta@nordlicht-social.example"]
    )


def _check_liveliness(agency: Agency) -> None:
    now = timezone.now()
    conversations = Conversation.objects.filter(agency=agency)
    assert conversations.count() == len(everything())
    assert not conversations.filter(historic=True).exists()
    assert conversations.filter(due_at__lt=now).count() == 2
    assert conversations.filter(due_at__gte=now, warn_at__lte=now).count() >= 2
    assert set(conversations.values_list("status", flat=True)) == {
        "open", "resolved", "waiting_customer", "waiting_client", "spam",
    }  # fmt: skip
    assert conversations.filter(resolved_as="recovered", stars__gte=4).count() == 2
    assert set(conversations.values_list("urgency", flat=True)) == {"normal", "high", "critical"}
    assert not Interaction.objects.filter(ingested_at__gt=now).exists()
    assert not Clock.objects.filter(late_ingest=True).exists()
    assert Clock.objects.filter(kind="first", outcome="breached").count() >= 4
    assert not Alert.objects.exists()
    assert not DirtyDay.objects.exists()
    assert PolicyVersion.objects.filter(valid_from__gt=now - timedelta(days=99)).count() == 0
    clients = list(Client.objects.filter(agency=agency).values_list("id", flat=True))
    today = now.date()
    rows = metrics.response_times(clients, today - timedelta(days=95), today, "total", now)
    counted = Clock.objects.filter(kind="first").exclude(outcome="cancelled")
    assert sum(row["first"]["n"] for row in rows) == counted.count()
    assert Calendar.objects.get(client__slug="blauer-dachs").document["subdivision"] == "BY"


def test_first_run_without_demo_founds_one_agency(db, folder, capsys):
    first = start(capsys, "--no-demo")
    second = start(capsys, "--no-demo")

    assert second == first
    assert [line.partition(":")[0] for line in first] == ["Login", "API token"]
    assert list(Agency.objects.values_list("name", flat=True)) == ["Meine Agentur"]
    assert User.objects.get().check_password(first[0].split()[2])


@pytest.mark.parametrize("end", ["revoked", "lost", "garbled"])
def test_token_that_works_no_longer_is_made_again(db, folder, capsys, end):
    before = start(capsys, "--no-demo")[-1]
    if end == "revoked":
        Token.objects.update(revoked_at=timezone.now())
    elif end == "lost":
        (folder / "token").unlink()
    else:
        (folder / "token").write_text("rsz_nothing\n")

    after = start(capsys, "--no-demo")[-1]

    assert after != before
    assert access.of_token(tokens.find(after.removeprefix("API token: "))).role == Role.OWNER


def test_agency_without_kept_logins_says_so(agency, folder, capsys):
    lines = start(capsys, "--no-demo")

    assert lines[0] == "Logins: none made here; `manage.py changepassword E-MAIL` sets a password."
    assert list(Agency.objects.values_list("slug", flat=True)) == ["nord"]


def test_load_is_of_the_size_asked_for(db, capsys):
    call_command("seed_load", "--clients", "2", "--messages", "60")

    agency = Agency.objects.get(slug=load.AGENCY)
    with scope(access.live_client_ids()):
        assert Client.objects.filter(agency=agency).count() == 2
        assert Interaction.objects.filter(agency=agency).count() == 60
        assert not Alert.objects.exists()
        assert not Clock.objects.filter(outcome="open", due_at__lt=timezone.now() - timedelta(minutes=5)).exists()
        assert not DirtyDay.objects.exists()


def test_failing_load_of_the_demo_leaves_nothing(db, folder):
    def fail():
        raise RuntimeError

    with pytest.raises(RuntimeError):
        loader.load(now=NOON, folder=folder, progress=fail)

    assert not Agency.objects.exists()
    assert list(folder.iterdir()) == []


def test_demo_shows_posts_in_every_state(folder, db, capsys):
    start(capsys)

    with scope(Client.objects.values_list("id", flat=True)):
        states = set(Publication.objects.values_list("state", flat=True))
        out = Publication.objects.filter(state="sent").select_related("post__campaign", "post__client")
        unapproved = [row.id for row in out if approval.missing(row.post, row, approval.rule_of(row.post.client))]

    assert states == set(State.values) - {State.SENDING}
    assert unapproved == []


def test_demo_has_numbers_of_ninety_days_with_a_viral_day_and_a_dip(folder, db, capsys):
    start(capsys)
    client = Client.objects.get(slug="tidenhub")
    today = timezone.now().date()

    with scope([client.id]):
        days = engagement.rows([client.id], today - timedelta(days=89), today, "day", "reach")

    reached = sorted(row["reach"] or 0 for row in days)
    assert (len(days) > 80, reached[-1] > 5 * reached[-15]) == (True, True)
