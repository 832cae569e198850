"""Questions to the client: asked, answered with and without an account, reminded of, and measured."""

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns import links, questions
from campaigns.models import Question
from clients.models import Notice
from clients.refusal import Conflict, Refused

DAYS = timedelta(days=1)


@pytest.fixture
def asked(cast, in_scope):
    return questions.ask(client=cast.bakery, actor=cast.sam, text="Habt ihr am 24. offen?")


def told(kind):
    return sorted(Notice.objects.filter(kind=kind).values_list("recipient__name", flat=True))


def test_client_is_told_of_a_question_and_the_asker_of_its_answer(asked, cast):
    questions.answer(asked, text="Bis 12 Uhr", actor=cast.ana, for_client=True)

    assert (told("question_asked"), told("question_answered")) == (["Ana"], ["Sam"])


def test_answer_is_measured_in_business_and_wall_time(asked, cast):
    Question.objects.update(asked_at=timezone.now() - 14 * DAYS)

    answered = questions.answer(asked, text="Ja", actor=cast.ana, for_client=True)

    assert answered.wall_seconds // 60 == 14 * 24 * 60
    assert 0 < answered.business_seconds <= 10 * 8 * 3600


def test_whoever_answers_in_the_clients_place_says_how_it_is_known(asked, cast):
    with pytest.raises(Refused) as refused:
        questions.answer(asked, text="Ja", actor=cast.sam)
    answered = questions.answer(asked, text="Ja", actor=cast.sam, reason="am Telefon")

    assert (refused.value.errors[0][0], answered.reason) == ("reason", "am Telefon")


def test_settled_question_stays_as_it_is(asked, cast):
    questions.withdraw(asked, actor=cast.sam)

    with pytest.raises(Conflict) as settled:
        questions.answer(asked, text="Ja", actor=cast.ana, for_client=True)

    assert settled.value.code == "not_open"


def test_overdue_question_is_reminded_of_once(asked):
    late = asked.due_at + timedelta(seconds=1)

    counts = [questions.remind(now=asked.due_at), questions.remind(now=late), questions.remind(now=late)]

    assert (counts, told("question_overdue")) == ([0, 1, 0], ["Ana", "Olga", "Sam"])


def test_question_is_answered_on_the_page_of_an_approval_link(cast, draft, client, in_scope):
    post = draft()
    question = questions.ask(client=cast.bakery, actor=cast.sam, text="Welches Foto?", post=post)
    link, key = links.make(client=cast.bakery, posts=[post.id], name="Ben", actor=cast.sam)
    page = f"/approval/{key}/"

    shown = client.get(page).content.decode()
    empty = client.post(page, {"question": question.id, "answer": " "}).status_code
    given = client.post(page, {"question": question.id, "answer": "Das mit dem Ofen"}).status_code
    again = client.post(page, {"question": question.id, "answer": "Oder doch nicht"}).status_code

    question.refresh_from_db()
    assert ("Welches Foto?" in shown, empty, given, again) == (True, 400, 302, 409)
    assert (question.answer, question.link, question.wall_seconds is not None) == ("Das mit dem Ofen", link, True)


def test_link_shows_no_questions_about_other_posts(cast, draft, client, in_scope):
    question = questions.ask(client=cast.bakery, actor=cast.sam, text="Geheim?", post=draft())
    _, key = links.make(client=cast.bakery, posts=[draft().id], name="Ben", actor=cast.sam)

    shown = client.get(f"/approval/{key}/").content.decode()
    given = client.post(f"/approval/{key}/", {"question": question.id, "answer": "Ja"}).status_code

    assert ("Geheim?" in shown, given) == (False, 409)


def test_questions_over_the_api(cast, api):
    sam, ana = api(cast.sam), api(cast.ana)
    body = {"client": "bakery", "text": "Welches Brot?", "within": 3600}

    made = sam.post("/api/v1/questions/", body, format="json").json()
    own = ana.post("/api/v1/questions/", body, format="json").status_code
    answered = ana.post(f"/api/v1/questions/{made['id']}/answer/", {"text": "Roggen"}, format="json").json()
    rows = sam.get("/api/v1/questions/?state=answered").json()["results"]

    assert (made["answered_at"], own, answered["answer"], answered["by"]) == (None, 403, "Roggen", cast.ana.email)
    assert [row["id"] for row in rows] == [made["id"]]


def test_report_of_how_long_clients_take(cast, api, in_scope):
    for days in (1, 2, 3):
        question = questions.ask(client=cast.bakery, actor=cast.sam, text="Na?")
        Question.objects.filter(pk=question.pk).update(asked_at=timezone.now() - days * DAYS)
        if days > 1:
            questions.answer(question, text="Ja", actor=cast.ana, for_client=True)

    row = api(cast.sam).get("/api/v1/metrics/client-response/?client=bakery").json()["rows"][0]

    took = sorted(Question.objects.filter(answered_at__isnull=False).values_list("wall_seconds", flat=True))
    assert row["client"] == "bakery"
    assert row["questions"]["wall"] == {"median": took[0], "p90": took[1]}
    assert [row["questions"][name] for name in ("n", "answered", "open")] == [3, 2, 1]
    assert row["approvals"]["n"] == 0
