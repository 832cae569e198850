"""What the first page says about today."""

from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from agency.models import Role
from campaigns.models import Post, Publication
from clients import notices
from clients.scope import scope
from feedback import desk
from tests import factories

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def talk(client, thread: str, ago: timedelta, user=None):
    with scope([client.id]):
        line = client.channels.first() or factories.channel(client, f"{client.slug}-desk")
        now = timezone.now()
        factories.receive(line, factories.item("Wann macht ihr auf?", at=now - ago, thread=thread), now=now)
        conversation = factories.conversation(line, thread)
        if user:
            desk.assign(conversation=conversation, user=user, assignee=user)
        return conversation


def post(client, title: str, ahead: timedelta, state: str) -> None:
    with scope([client.id]):
        line = client.channels.first() or factories.channel(client, f"{client.slug}-desk")
        made = Post.objects.create(
            client=client, kind="tip", title=title, text="Brot", publish_at=timezone.now() + ahead
        )
        Publication.objects.create(client=client, post=made, channel=line, state=state)


def test_my_next_deadlines_are_those_i_have_taken(cast, client):
    talk(cast.bakery, "later", HOUR, cast.sam)
    talk(cast.florist, "sooner", 9 * DAY, cast.sam)
    talk(cast.bakery, "of somebody else", HOUR, cast.olga)
    client.force_login(cast.sam)

    assert [row.thread_id for row in client.get("/").context["mine"]] == ["sooner", "later"]


def test_late_approvals_and_the_next_posts_are_shown(cast, client):
    post(cast.bakery, "Brottag", 5 * HOUR, "in_review")
    post(cast.bakery, "Kuchen", 3 * HOUR, "scheduled")
    post(cast.bakery, "Torte", 3 * DAY, "in_review")
    client.force_login(cast.sam)

    told = client.get("/").context["outlook"]

    assert (told.lates, "Brottag" in told.late, "Torte" in told.late) == (1, True, False)
    first, second = told.posts.split("Brottag")
    assert ["Kuchen" in first, "noch nicht freigegeben" in first] == [True, False]
    assert "noch nicht freigegeben" in second


def test_the_lights_put_the_worst_client_first(cast, client):
    quiet = factories.client(cast.agency, "archive")
    post(cast.florist, "Rosen", HOUR, "in_review")
    talk(cast.bakery, "late", 9 * DAY)
    client.force_login(cast.olga)

    rows = client.get("/").context["rows"]

    assert [(row["client"].slug, row["state"]) for row in rows] == [
        ("bakery", "overdue"), ("florist", "waiting"), (quiet.slug, "calm"),
    ]  # fmt: skip


def test_a_broken_channel_is_red(cast, client):
    talk(cast.bakery, "answered", HOUR)
    cast.bakery.channels.update(broken_at=timezone.now())
    client.force_login(cast.sam)

    text = client.get("/").content.decode()

    assert ("Kanal gestört" in text, "Bakery-Desk muss neu verbunden werden" in text) == (True, True)


def test_unread_notices_are_shown(cast, client):
    with scope([cast.bakery.id]):
        notices.tell(cast.bakery, "post_failed", "k", channel="Tafel", reason="")
    client.force_login(cast.sam)

    assert "Tafel" in client.get("/").content.decode()


def test_a_viewer_is_led_to_the_portal(cast, client):
    client.force_login(factories.member(cast.agency, "vera", Role.VIEWER, [cast.bakery]))

    assert client.get("/").headers["Location"] == "/portal/"


def test_over_many_clients_the_lights_are_counted_again_only_after_a_change(cast, client, monkeypatch):
    monkeypatch.setattr("agency.shared.FEW", 1)
    monkeypatch.setattr("agency.shared.as_of", lambda now, of, minutes: now.replace(minute=0, second=0, microsecond=0))
    pia = factories.member(cast.agency, "pia", Role.MANAGER, [cast.florist, factories.client(cast.agency, "poppy")])
    talk(cast.bakery, "one", HOUR)
    with scope([cast.florist.id]):
        factories.channel(cast.florist, "florist-desk")

    def told(user):
        client.force_login(user)
        with CaptureQueriesContext(connection) as seen:
            found = client.get("/").context["outlook"].open
        return found, len(seen)

    (first, cold), (again, warm), (foreign, _others) = told(cast.sam), told(cast.sam), told(pia)
    talk(cast.florist, "two", HOUR)

    assert (first, again, foreign, warm) == (1, 1, 0, cold - 3)
    assert (told(cast.sam)[0], told(pia)[0]) == (2, 1)


def test_what_is_drawn_once_for_many_clients_is_drawn_in_each_language(cast, client, monkeypatch):
    monkeypatch.setattr("agency.shared.FEW", 1)
    client.force_login(cast.sam)

    def told(address):
        return [client.get(address, HTTP_ACCEPT_LANGUAGE=language).content.decode() for language in ("de", "en", "de")]

    for address, german, english in (
        ("/", "Alles beantwortet", "All answered"),
        ("/figures/", "Was die Zahlen bedeuten", "What the figures mean"),
        ("/plan/", "Hier ist noch nichts geplant", "Nothing is planned here yet"),
    ):
        assert [(german in text, english in text) for text in told(address)] == [
            (True, False), (False, True), (True, False),
        ]  # fmt: skip


def test_over_many_clients_the_views_of_the_inbox_count_anew_after_a_change(cast, client, monkeypatch):
    monkeypatch.setattr("agency.shared.FEW", 1)
    talk(cast.bakery, "one", HOUR)
    client.force_login(cast.sam)
    before = [client.get("/inbox/").context["counts"] for _time in range(2)]

    talk(cast.florist, "two", HOUR, cast.sam)

    assert before == [{"all": 1, "mine": 0, "unassigned": 1}] * 2
    assert client.get("/inbox/").context["counts"] == {"all": 2, "mine": 1, "unassigned": 1}
