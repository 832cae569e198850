import re
from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser
from django.utils import timezone

from agency.models import Role
from campaigns import approval, cards, posts, questions
from campaigns.models import Decision, Media, Post
from campaigns.vocabulary import Verdict
from clients.models import Notice
from clients.scope import scope
from clients.views import feed, sentences
from tests import factories

PAGES = ["/portal/", "/portal/posts/", "/portal/questions/", "/portal/calendar/", "/portal/results/", "/portal/data/"]


@pytest.fixture
def browser(cast):
    """A function that gives the browser of somebody who signed in."""

    def signed(user) -> Browser:
        made = Browser()
        made.force_login(user)
        return made

    return signed


@pytest.fixture
def viewer(cast):
    return factories.member(cast.agency, "vera", Role.VIEWER, [cast.bakery])


@pytest.fixture
def ask(cast):
    """A function that makes a post of a client which waits for its approval."""

    def make(client, slug="counter", text="Hallo"):
        with scope([client.id]):
            channel = client.channels.filter(slug=slug).first() or factories.channel(client, slug)
            approval.change_rule(client=client, actor=cast.sam, approval="internal_and_client")
            at = timezone.now() + timedelta(days=2)
            values = {"kind": "tip", "text": text, "publish_at": at}
            post = posts.add_post(client=client, channels=[channel.slug], actor=cast.sam, **values)
            posts.act(post, "submit", actor=cast.sam)
            posts.judge(post, Verdict.APPROVE, actor=cast.olga)
            return post

    return make


def decision(visitor: Browser, post, verdict: str, **more):
    """Press one of the buttons of the card that the visitor sees."""
    text = visitor.get("/portal/posts/").content.decode()
    seen = dict(re.findall(r'name="(seen-\d+)" value="(\w+)"', text))
    return visitor.post(f"/portal/posts/{post.id}/", seen | {"verdict": verdict} | more)


def states(client, post) -> set[str]:
    with scope([client.id]):
        return set(post.publications.values_list("state", flat=True))


@pytest.mark.parametrize("address", [*PAGES, "/portal/photos/"])
@pytest.mark.parametrize("language", ["de", "en"])
def test_each_page_shows_in_both_languages_without_scripts_or_styles_inside(cast, browser, ask, address, language):
    ask(cast.bakery)

    answer = browser(cast.ana).get(address, HTTP_ACCEPT_LANGUAGE=language)

    text = answer.content.decode()
    assert (answer.status_code, f'<html lang="{language}">' in text, text.count("<h1>")) == (200, True, 1)
    assert re.findall(r"<script(?![^>]*\bsrc=)", text) + re.findall(r'\son\w+="|\sstyle="', text) == []


@pytest.mark.parametrize("address", [*PAGES, "/portal/photos/"])
def test_the_staff_is_led_to_the_dashboard(cast, browser, address):
    answer = browser(cast.sam).get(address)

    assert (answer.status_code, answer.headers["Location"]) == (302, "/")


def test_the_start_tells_what_waits(cast, browser, ask):
    post = ask(cast.bakery)
    ask(cast.florist)
    with scope([cast.bakery.id]):
        questions.ask(client=cast.bakery, actor=cast.sam, text="Ja?", post=post)

    visit = browser(cast.ana).get("/portal/").context["visit"]

    assert (visit.waiting, visit.asked, visit.name) == (1, 1, "Bakery")


@pytest.mark.parametrize(
    ("verdict", "more", "state"),
    [
        ("approve", {}, "scheduled"),
        ("change", {"comment": "Heller"}, "draft"),
        ("reject", {"comment": "Nein"}, "draft"),
        ("hold", {}, "held"),
    ],
)
def test_the_client_decides_by_card(cast, browser, ask, verdict, more, state):
    post = ask(cast.bakery)

    answer = decision(browser(cast.ana), post, verdict, **more)

    assert (answer.status_code, answer.headers["Location"]) == (302, "/portal/posts/")
    assert states(cast.bakery, post) == {state}


def test_the_decision_is_the_clients_own(cast, browser, ask):
    post = ask(cast.bakery)

    decision(browser(cast.ana), post, "approve")

    with scope([cast.bakery.id]):
        last = Decision.objects.filter(publication__post=post).latest("id")
        assert (last.stage, last.user, last.reason) == ("client", cast.ana, "")


def test_what_is_held_goes_on_when_the_client_says_so(cast, browser, ask):
    post, ana = ask(cast.bakery), browser(cast.ana)
    decision(ana, post, "hold")

    ana.post(f"/portal/posts/{post.id}/", {"verdict": "release"})

    assert states(cast.bakery, post) == {"client_review"}


def test_a_change_needs_words_and_keeps_what_was_typed(cast, browser, ask):
    post = ask(cast.bakery)

    answer = decision(browser(cast.ana), post, "change", comment="  ")

    assert (answer.status_code, answer.context["at"], answer.context["typed"]) == (400, post.id, "  ")
    assert states(cast.bakery, post) == {"client_review"}


def test_what_was_changed_meanwhile_is_not_approved(cast, browser, ask):
    post, ana = ask(cast.bakery), browser(cast.ana)
    text = ana.get("/portal/posts/").content.decode()
    seen = dict(re.findall(r'name="(seen-\d+)" value="(\w+)"', text))
    with scope([cast.bakery.id]):
        posts.change_post(post=Post.objects.get(id=post.id), actor=cast.sam, text="Anders")
        posts.judge(post, Verdict.APPROVE, actor=cast.olga)

    answer = ana.post(f"/portal/posts/{post.id}/", seen | {"verdict": "approve"})

    assert (answer.status_code, states(cast.bakery, post)) == (409, {"client_review"})


def test_a_viewer_looks_and_decides_nothing(cast, browser, ask, viewer):
    post, vera = ask(cast.bakery), browser(viewer)
    with scope([cast.bakery.id]):
        asked = questions.ask(client=cast.bakery, actor=cast.sam, text="Ja?")

    text = vera.get("/portal/posts/").content.decode()
    tries = [
        vera.post(f"/portal/posts/{post.id}/", {"verdict": verdict}).status_code for verdict in ("approve", "hold")
    ]
    tries += [
        vera.post(f"/portal/questions/{asked.id}/", {"answer": "Ja"}).status_code,
        vera.get("/portal/photos/").status_code,
    ]

    assert ("Hallo" in text, 'name="verdict"' in text, tries) == (True, False, [403] * 4)


def test_posts_and_questions_of_others_and_drafts_are_absent(cast, browser, ask):
    post, ana = ask(cast.florist), browser(cast.ana)
    with scope([cast.florist.id]):
        asked = questions.ask(client=cast.florist, actor=cast.sam, text="Ja?")
    with scope([cast.bakery.id]):
        factories.channel(cast.bakery, "counter")
        draft = posts.add_post(client=cast.bakery, channels=["counter"], actor=cast.sam, kind="tip", text="Entwurf")

    found = [
        call(address).status_code
        for address in (f"/portal/posts/{post.id}/", f"/portal/posts/{draft.id}/", f"/portal/questions/{asked.id}/")
        for call in (ana.get, ana.post)
    ]

    assert found == [404] * 6


def test_a_question_is_answered(cast, browser):
    with scope([cast.bakery.id]):
        asked = questions.ask(client=cast.bakery, actor=cast.sam, text="Welches Foto?")
    ana = browser(cast.ana)

    empty = ana.post(f"/portal/questions/{asked.id}/", {"answer": " "})
    given = ana.post(f"/portal/questions/{asked.id}/", {"answer": "Das mit dem Ofen"})

    with scope([cast.bakery.id]):
        asked.refresh_from_db()
    assert (empty.status_code, given.status_code) == (400, 302)
    assert (asked.answer, asked.answerer, asked.reason) == ("Das mit dem Ofen", cast.ana, "")


def test_a_photo_arrives_with_its_words_and_its_sender(cast, browser):
    file = SimpleUploadedFile("ofen.png", factories.picture(), "image/png")

    answer = browser(cast.ana).post("/portal/photos/", {"file": file, "alt": "Der Ofen"})

    with scope([cast.bakery.id]):
        kept = Media.objects.get(client=cast.bakery)
        told = list(Notice.objects.filter(kind="photo_sent").values_list("recipient__name", flat=True))
    assert (answer.status_code, kept.alt, kept.author) == (302, "Der Ofen", cast.ana)
    assert told == ["Olga", "Sam"]


@pytest.mark.parametrize(
    ("content", "alt", "wrong"), [(b"no picture", "Ofen", ["file"]), (None, "", ["file", "alt"]), (b"x", " ", ["alt"])]
)
def test_a_photo_that_cannot_be_used_is_said_at_its_field(cast, browser, content, alt, wrong):
    file = {} if content is None else {"file": SimpleUploadedFile("a.png", content, "image/png")}

    answer = browser(cast.ana).post("/portal/photos/", file | {"alt": alt})

    assert (answer.status_code, list(answer.context["errors"])) == (400, wrong)


def test_the_calendar_shows_the_clients_own_clock_and_no_drafts(cast, browser, ask):
    ask(cast.bakery)
    with scope([cast.bakery.id]):
        posts.add_post(
            client=cast.bakery, channels=["counter"], actor=cast.sam, kind="tip", text="Entwurf",
            publish_at=timezone.now(),
        )  # fmt: skip
        found = cards.planned([cast.bakery.id], timezone.now() - timedelta(days=9), timezone.now() + timedelta(days=9))

    month = found[0]["at"].strftime("%Y-%m")
    text = browser(cast.ana).get("/portal/calendar/", {"month": month}).content.decode()

    assert [card["post"].text for card in found] == ["Hallo"]
    assert (f"{found[0]['at']:%H:%M}" in text, "Entwurf" in text) == (True, False)


@pytest.mark.parametrize("month", ["2026-13", "x", "0001-01", "9999-12", "2100-12", "1990-01"])
def test_any_month_can_be_asked_for(cast, browser, month):
    assert browser(cast.ana).get("/portal/calendar/", {"month": month}).status_code == 200
    assert browser(cast.ana).get("/portal/results/", {"month": month}).status_code == 200


def test_the_feed_works_without_signing_in_until_the_password_changes(cast, ask):
    ask(cast.bakery, text="Neues Brot")
    ask(cast.florist, text="Rosen")
    address = "/" + feed.address(cast.ana).split("/", 3)[3]

    before = Browser().get(address)
    cast.ana.set_password("another one 4711")
    cast.ana.save()
    after = Browser().get(address)

    text = before.content.decode()
    assert (before.status_code, before["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    assert (text.count("BEGIN:VEVENT"), "Neues Brot" in text, "Rosen" in text) == (1, True, False)
    assert (after.status_code, Browser().get("/portal/calendar/made-up.ics").status_code) == (404, 404)


def test_the_feed_ends_with_the_membership(cast):
    address = "/" + feed.address(cast.ana).split("/", 3)[3]
    cast.ana.memberships.all().delete()

    assert Browser().get(address).status_code == 404


@pytest.mark.parametrize(
    ("today", "low", "high"),
    [
        (date(2026, 11, 25), date(2026, 11, 1), date(2026, 11, 25)),
        (date(2026, 11, 3), date(2026, 10, 1), date(2026, 10, 31)),
        (date(2026, 1, 7), date(2025, 12, 1), date(2025, 12, 31)),
    ],
)
def test_the_month_that_is_told(today, low, high):
    assert sentences.month_to_tell(today) == (low, high)


@pytest.mark.parametrize(
    ("now", "before", "text"),
    [
        (None, 5, "Im November gibt es noch keine Zahlen zu Ihren Beiträgen."),
        (1_500, None, "Im November wurden Ihre Beiträge 1.500-mal gesehen."),
        (1_500, 1_000, "Im November wurden Ihre Beiträge 1.500-mal gesehen, 50\u00a0% öfter als in den 25 Tagen davor."),
        (500, 1_000, "Im November wurden Ihre Beiträge 500-mal gesehen, 50\u00a0% seltener als in den 25 Tagen davor."),
        (1_010, 1_000, "Im November wurden Ihre Beiträge 1.010-mal gesehen, so oft wie in den 25 Tagen davor."),
    ],
)
def test_the_month_in_one_sentence(now, before, text):
    assert sentences.reach({"reach": now}, {"reach": before}, date(2026, 11, 1), date(2026, 11, 25)) == text
