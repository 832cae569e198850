import re
from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from agency.models import Role
from campaigns import approval, links, posts, rhythm, slots
from campaigns.models import ApprovalLink, Media, Post, Publication, Question
from clients.models import Channel, Event
from tests import factories

VIEWS = ("month", "week", "timeline", "list")
NEXT = datetime(2031, 3, 18, 9, 30, tzinfo=UTC)  # a Tuesday
MARCH = "day=2031-03-18"


@pytest.fixture
def browser(client, cast):
    """Sam's, who manages both clients."""
    client.force_login(cast.sam)
    return client


@pytest.fixture
def counter(line):
    return line


@pytest.fixture
def write(cast, counter):
    """A function that makes a draft of the bakery."""

    def make(text="Frisches Brot", **values):
        given = {"kind": "tip", "publish_at": NEXT} | values
        return posts.add_post(client=cast.bakery, channels=["counter"], actor=cast.olga, text=text, **given)

    return make


def typed(post: Post, **changes) -> dict:
    """What the form of a post sends."""
    given = {
        "client": "bakery", "kind": post.kind, "text": post.text, "channels": ["counter"],
        "day": post.local_time[:10], "time": post.local_time[11:],
    }  # fmt: skip
    return given | changes


def picture_file() -> SimpleUploadedFile:
    return SimpleUploadedFile("brot.png", factories.picture(), "image/png")


def submitted(post: Post, mode: str) -> Post:
    approval.change_rule(client=post.client, actor=None, approval=mode)
    posts.act(post, "submit", actor=post.author)
    return post


def state(post: Post) -> str:
    return Publication.objects.get(post=post).state


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_shows_the_post_at_the_clients_time(browser, write, view):
    write()

    text = browser.get(f"/plan/?view={view}&{MARCH}").content.decode()

    assert ("10:30" in text, "Frisches Brot" in text, "Entwurf" in text, "Bakery" in text) == (True,) * 4


@pytest.mark.parametrize("view", ("month", "week", "timeline"))
def test_over_many_clients_a_plan_is_drawn_again_once_somebody_did_something(browser, cast, write, monkeypatch, view):
    monkeypatch.setattr("agency.shared.FEW", 1)
    monkeypatch.setattr("agency.shared.as_of", lambda now, of, minutes: now.replace(minute=0, second=0, microsecond=0))
    post = write()

    def told(*words):
        text = browser.get(f"/plan/?view={view}&{MARCH}").content.decode()
        return [word in text for word in words]

    first = told("Frisches Brot", "Roggenbrot", "Entwurf", "Freigegeben")
    Post.objects.filter(id=post.id).update(text="Roggenbrot")  # by no action of the product
    kept = told("Frisches Brot", "Roggenbrot")
    submitted(post, "none")

    assert (first, kept) == ([True, False, True, False], [True, False])
    assert told("Frisches Brot", "Roggenbrot", "Entwurf") == [False, True, False]


def test_a_plan_that_was_drawn_for_who_writes_is_not_shown_to_who_reads(browser, cast, write, monkeypatch):
    monkeypatch.setattr("agency.shared.FEW", 1)
    write()
    address = f"/plan/?{MARCH}"
    writes = "/move/" in browser.get(address).content.decode()

    browser.force_login(factories.member(cast.agency, "ann", Role.ANALYST, [cast.bakery, cast.florist]))
    text = browser.get(address).content.decode()

    assert (writes, "Frisches Brot" in text, "/move/" in text) == (True, True, False)


def test_one_client_is_shown_alone_and_a_foreign_one_is_absent(browser, cast, write):
    write()

    assert "Frisches Brot" not in browser.get(f"/plan/?client=florist&{MARCH}").content.decode()
    assert browser.get("/plan/?client=pub").status_code == 404


def test_free_slots_holidays_and_gaps_are_shown(browser, cast, counter):
    slots.add_slot(client=cast.bakery, actor=None, weekday=2, time=datetime(2031, 1, 1, 8, 15).time())
    rhythm.agree(client=cast.bakery, channel=counter, actor=None, least=2, most=None)

    text = browser.get("/plan/?client=bakery&day=2031-04-01").content.decode()

    assert ("08:15 frei" in text, "Karfreitag" in text, "0 von 2 in KW 14" in text) == (True, True, True)


def test_posts_without_a_time_have_their_own_list(browser, write):
    write(publish_at=None)

    assert "Frisches Brot" in browser.get("/plan/?view=list&undated=1").content.decode()
    assert "Frisches Brot" not in browser.get("/plan/?view=list").content.decode()


def test_list_goes_on_where_it_ended(browser, write):
    for number in range(52):
        write(f"Brot Nummer {number}.", publish_at=NEXT + timedelta(hours=number))

    first = browser.get(f"/plan/?view=list&{MARCH}")
    then = browser.get(first.context["next"])

    assert [len(page.context["rows"]) for page in (first, then)] == [50, 2]
    assert then.context["next"] is None


def test_moving_changes_the_time_and_keeps_the_rest(browser, write):
    post = write()

    answer = browser.post(
        f"/plan/bakery/{post.id}/move/", {"day": "2031-03-20", "time": "08:00", "version": 1, "back": "/plan/"}
    )

    post.refresh_from_db()
    assert (answer.status_code, answer["Location"]) == (302, "/plan/")
    assert (post.local_time, post.text, post.version) == ("2031-03-20T08:00", "Frisches Brot", 2)


def test_stale_move_is_refused_with_a_clear_message_and_what_was_typed(browser, write):
    post = write()
    posts.change_post(post=post, actor=None, text="Anderes Brot")

    answer = browser.post(f"/plan/bakery/{post.id}/move/", {"day": "2031-03-20", "time": "08:00", "version": 1})

    text = answer.content.decode()
    post.refresh_from_db()
    assert (answer.status_code, post.local_time) == (409, "2031-03-18T10:30")
    assert ("inzwischen geändert" in text, 'value="2031-03-20"' in text, 'value="2"' in text) == (True, True, True)


def test_time_left_out_by_the_clock_change_moves_with_a_notice(browser, write):
    post = write()

    answer = browser.post(
        f"/plan/bakery/{post.id}/move/", {"day": "2031-03-30", "time": "02:30", "version": 1}, follow=True
    )

    assert "02:30 Uhr gibt es an diesem Tag nicht" in answer.content.decode()


def test_move_leads_back_to_no_other_site(browser, write):
    post = write()
    given = {"day": "2031-03-20", "time": "08:00", "version": 1, "back": "//evil.example/"}

    assert browser.post(f"/plan/bakery/{post.id}/move/", given)["Location"] == f"/plan/bakery/{post.id}/"


def test_new_post_is_written_with_its_picture(browser, cast, counter):
    given = {
        "client": "bakery", "kind": "tip", "text": "Neu\r\nim Ofen", "channels": ["counter"], "tags": "brot, #ofen",
        "variant-counter": "Nur hier", "day": "2031-03-18", "time": "10:30", "picture_alt": "Ein Brot",
    }  # fmt: skip

    answer = browser.post("/plan/new/", given | {"picture": picture_file()})

    made = Post.objects.get()
    assert answer["Location"] == f"/plan/bakery/{made.id}/"
    assert (made.text, made.tags, made.publish_at) == ("Neu\nim Ofen", ["brot", "ofen"], NEXT)
    assert [one.alt for one in made.attachments.all()] == ["Ein Brot"]
    assert Publication.objects.get(post=made).variant == "Nur hier"


def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(browser, cast, counter):
    given = {"client": "bakery", "kind": "tip", "text": "Bleibt stehen", "day": "2031-03-18"}

    answer = browser.post("/plan/new/", given)

    errors = answer.context["form"].errors
    assert (answer.status_code, list(errors), Post.objects.count()) == (400, ["time"], 0)
    assert "Bleibt stehen" in answer.content.decode()


def test_post_without_a_channel_is_refused_at_the_channels(browser, cast, counter):
    answer = browser.post("/plan/new/", {"client": "bakery", "kind": "tip", "text": "Brot"})

    assert answer.context["form"].errors == {"channels": ["Wählen Sie mindestens einen Kanal."]}


def test_unchanged_save_keeps_version_and_approval(browser, write):
    post = submitted(write(), "internal")
    browser.post(f"/plan/bakery/{post.id}/act/", {"action": "approve", "version": post.version})

    browser.post(f"/plan/bakery/{post.id}/", typed(post))

    post.refresh_from_db()
    assert (post.version, state(post)) == (1, "scheduled")


def test_too_long_text_is_refused_where_it_stands(browser, cast, in_scope):
    Channel.objects.create(client=cast.bakery, slug="toots", name="Toots", network="mastodon", account="bakery")

    answer = browser.post("/plan/new/", {"client": "bakery", "kind": "tip", "text": "a" * 600, "channels": ["toots"]})

    assert (answer.status_code, list(answer.context["form"].errors)) == (400, ["text"])


@pytest.mark.parametrize(
    ("mode", "before", "action", "after"),
    [
        ("none", (), "submit", "scheduled"),
        ("internal", (), "submit", "in_review"),
        ("internal", ("submit",), "approve", "scheduled"),
        ("internal", ("submit",), "hold", "held"),
        ("internal", ("submit", "hold"), "release", "in_review"),
        ("internal", (), "cancel", "cancelled"),
    ],
)
def test_buttons_do_what_they_say(browser, write, mode, before, action, after):
    post = write()
    approval.change_rule(client=post.client, actor=None, approval=mode)
    for one in before:
        posts.act(post, one, actor=None)

    answer = browser.post(f"/plan/bakery/{post.id}/act/", {"action": action, "version": 1})

    assert (answer.status_code, state(post)) == (302, after)


def test_gate_is_not_passed_by_a_button(browser, write):
    post = write()

    answer = browser.post(f"/plan/bakery/{post.id}/act/", {"action": "schedule"})

    assert (answer.status_code, state(post)) == (409, "draft")
    assert "Es fehlt eine Freigabe" in answer.content.decode()


def test_four_eyes_are_asked_for(browser, write, cast):
    approval.change_rule(client=cast.bakery, actor=None, approval="internal", four_eyes=True)
    post = write()
    Post.objects.update(author=cast.sam)
    posts.act(post, "submit", actor=cast.sam)

    answer = browser.post(f"/plan/bakery/{post.id}/act/", {"action": "approve", "version": 1})

    assert (answer.status_code, state(post)) == (409, "in_review")


def test_manual_post_is_settled_with_its_address(browser, write, cast):
    approval.change_rule(client=cast.bakery, actor=None, approval="none")
    post = write(publish_at=timezone.now() + timedelta(hours=1))
    posts.act(post, "submit", actor=None)
    given = {"action": "settle", "channel": "counter", "sent": "1", "url": "https://there.example/1"}

    browser.post(f"/plan/bakery/{post.id}/act/", given)

    assert (state(post), Publication.objects.get().url) == ("sent", "https://there.example/1")


def test_queue_and_reuse(browser, write, cast):
    slots.add_slot(client=cast.bakery, actor=None, weekday=2, time=datetime(2031, 1, 1, 8, 15).time())
    post = write(publish_at=None)

    browser.post(f"/plan/bakery/{post.id}/act/", {"action": "queue"})
    again = browser.post(f"/plan/bakery/{post.id}/act/", {"action": "reuse"})

    copy = Post.objects.latest("id")
    post.refresh_from_db()
    assert (post.local_time[11:], copy.origin_id, again["Location"]) == ("08:15", post.id, f"/plan/bakery/{copy.id}/")


def test_post_tells_who_decided_and_what_is_missing(browser, write, cast):
    post = submitted(write(), "internal_and_client")
    browser.post(f"/plan/bakery/{post.id}/act/", {"action": "approve", "version": 1, "comment": "Schön"})

    text = browser.get(f"/plan/bakery/{post.id}/").content.decode()

    assert ("Wartet auf: Kunde" in text, "Sam" in text, "Schön" in text) == (True, True, True)


def test_history_tells_what_happened(browser, write):
    post = write()
    browser.post(f"/plan/bakery/{post.id}/", typed(post, text="Anders"))

    text = browser.get(f"/plan/bakery/{post.id}/history/", headers={"HX-Request": "true"}).content.decode()

    assert ("hat den Beitrag geändert: Text" in text, "<html" in text) == (True, False)
    assert Event.objects.filter(action="post.changed").count() == 1


def test_approvals_show_what_waits_the_nearest_slot_first(browser, write):
    late = submitted(write("Später", publish_at=NEXT + timedelta(days=2)), "internal")
    soon = submitted(write("Früher"), "internal")
    none = submitted(write("Irgendwann", publish_at=None), "internal")

    rows = browser.get("/approvals/").context["rows"]

    assert [row["post"].id for row in rows] == [soon.id, late.id, none.id]


def test_verdict_in_the_list_needs_its_words(browser, write):
    post = submitted(write(), "internal")

    without = browser.post(f"/approvals/bakery/{post.id}/", {"action": "reject", "version": 1, "show": "mine"})
    refused = state(post)
    given = {"action": "reject", "version": 1, "show": "mine", "comment": "Zu früh"}
    done = browser.post(f"/approvals/bakery/{post.id}/", given)

    assert (without.status_code, refused) == (400, "in_review")
    assert "was anders sein soll" in without.content.decode()
    assert (done["Location"], state(post)) == ("/approvals/?show=mine", "draft")


def test_stale_verdict_is_refused(browser, write):
    post = submitted(write(), "internal")
    posts.change_post(post=post, actor=None, text="Anders")

    answer = browser.post(f"/approvals/bakery/{post.id}/", {"action": "approve", "version": 1})

    assert (answer.status_code, state(post)) == (409, "in_review")


def test_deciding_for_the_client_needs_a_reason(browser, write):
    post = submitted(write(), "internal_and_client")
    browser.post(f"/approvals/bakery/{post.id}/", {"action": "approve", "version": 1})

    without = browser.post(f"/approvals/bakery/{post.id}/", {"action": "approve", "version": 1, "show": "clients"})
    waiting = state(post)
    browser.post(f"/approvals/bakery/{post.id}/", {"action": "approve", "version": 1, "reason": "am Telefon"})

    assert (without.status_code, waiting, state(post)) == (400, "client_review", "scheduled")


def test_link_is_made_for_a_selection_and_its_address_shown_once(browser, write):
    post = submitted(write(), "internal_and_client")
    browser.post(f"/approvals/bakery/{post.id}/", {"action": "approve", "version": 1})

    answer = browser.post("/approvals/bakery/link/", {"posts": [post.id], "name": "Ana"})

    address = re.search(r"/approval/([\w-]+)/", answer.content.decode())[0]
    assert (ApprovalLink.objects.get().posts, answer["Cache-Control"].count("no-store")) == ([post.id], 1)
    assert browser.get(address).status_code == 200
    assert "/approval/" not in browser.get("/approvals/?show=links").content.decode()


def test_link_without_posts_or_name_is_refused(browser, cast, in_scope):
    answer = browser.post("/approvals/bakery/link/", {})

    assert (answer.status_code, ApprovalLink.objects.count()) == (400, 0)


def test_link_is_revoked(browser, write, cast):
    made, _ = links.make(client=cast.bakery, posts=[write().id], name="Ana", actor=cast.sam)

    browser.post(f"/approvals/bakery/link/{made.id}/revoke/")

    made.refresh_from_db()
    assert made.revoked_at is not None


def test_question_is_asked_and_withdrawn(browser, write, cast):
    post = write()

    browser.post("/approvals/questions/", {"client": "bakery", "text": "Welches Brot?", "post": post.id})
    question = Question.objects.get()
    text = browser.get("/approvals/?show=questions").content.decode()
    browser.post(f"/approvals/bakery/question/{question.id}/withdraw/")

    question.refresh_from_db()
    assert (question.post_id, question.asker, "Welches Brot?" in text) == (post.id, cast.sam, True)
    assert question.withdrawn_at is not None


def test_empty_question_is_refused(browser, cast, in_scope):
    answer = browser.post("/approvals/questions/", {"client": "bakery", "text": " "})

    assert (answer.status_code, Question.objects.count()) == (400, 0)


PAGES = ("/plan/", "/plan/?view=timeline", "/plan/?view=list", "/plan/new/", "/approvals/", "/approvals/?show=links")


@pytest.mark.parametrize("address", PAGES)
def test_screens_are_the_agencys(client, cast, agency, address):
    client.force_login(cast.ana)
    portal = client.get(address).status_code
    client.force_login(factories.member(agency, "vera", Role.VIEWER, [cast.bakery]))
    viewer = client.get(address).status_code

    assert (portal, viewer) == (403, 403)


@pytest.mark.parametrize("address", [*PAGES[:3], *PAGES[4:]])
def test_who_only_reads_gets_no_button_that_changes_something(client, cast, agency, write, address):
    submitted(write(), "internal")
    client.force_login(factories.member(agency, "ansgar", Role.ANALYST, [cast.bakery]))

    text = client.get(f"{address}{'&' if '?' in address else '?'}{MARCH}").content.decode()

    assert re.findall(r'name="action"|draggable|/move/|/plan/new/', text) == []


def test_editor_writes_but_does_not_decide(client, cast, agency, write):
    post = submitted(write(), "internal")
    client.force_login(factories.member(agency, "edda", Role.EDITOR, [cast.bakery]))

    saved = client.post(f"/plan/bakery/{post.id}/", typed(post, text="Anders")).status_code
    decided = client.post(f"/approvals/bakery/{post.id}/", {"action": "approve", "version": 2}).status_code
    acted = client.post(f"/plan/bakery/{post.id}/act/", {"action": "approve", "version": 2}).status_code

    assert (saved, decided, acted, state(post)) == (302, 403, 403, "in_review")


@pytest.mark.parametrize("part", ["", "move/", "history/", "numbers/"])
def test_post_of_another_client_is_absent(browser, write, part):
    post = write()

    assert browser.get(f"/plan/florist/{post.id}/{part}").status_code == 404


@pytest.mark.parametrize("address", [*PAGES, "/plan/bakery/{id}/", "/plan/bakery/{id}/move/", "/plan/bakery/pictures/"])
def test_pages_hold_nothing_inline_and_speak_both_languages(browser, write, address):
    address = address.format(id=submitted(write(), "internal").id)

    german = browser.get(address).content.decode()
    browser.cookies["django_language"] = "en"
    english = browser.get(address).content.decode()

    assert re.findall(r'<script(?![^>]*\bsrc=)|\bon\w+="|style="|(?:src|href)="(?:https?:)?//', german) == []
    assert ('<html lang="de">' in german, '<html lang="en">' in english) == (True, True)
    assert (german.count("<h1"), "Redaktionsplan" in english) == (1, False)


def test_pictures_to_choose_from_are_the_clients(browser, write, cast):
    media = Media.objects.filter(client=cast.bakery)
    browser.post("/plan/new/", typed(write(), picture=picture_file(), picture_alt="Ein Brot"))

    chosen = media.get()
    text = browser.get("/plan/bakery/pictures/").content.decode()
    without = browser.get(f"/plan/bakery/pictures/?media={chosen.id}").content.decode()

    assert (f'value="{chosen.id}"' in text, f'value="{chosen.id}"' in without) == (True, False)
