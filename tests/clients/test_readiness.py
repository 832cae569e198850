from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from clients import directory
from clients.models import Mail, Prospect, Readiness
from clients.networks.types import Author, Incoming
from clients.readiness import checks, prospects, verdict
from clients.readiness.questionnaire import BEST, BY_KEY, QUESTIONS
from clients.refusal import Refused
from clients.scope import scope
from clients.views import readiness_words as words
from feedback import actuals, inbox
from feedback.arrivals import Arrival
from tests import factories

BEST_ANSWERS = {question.key: next(iter(question.options)) for question in QUESTIONS}
WORST_ANSWERS = {question.key: min(question.options, key=question.options.get) for question in QUESTIONS}
any_answers = st.fixed_dictionaries({question.key: st.sampled_from([*question.options]) for question in QUESTIONS})


def test_every_question_and_answer_has_words():
    assert words.QUESTIONS.keys() == BY_KEY.keys()
    assert {key: {*options} for key, options in words.ANSWERS.items()} == {q.key: {*q.options} for q in QUESTIONS}
    assert words.STRENGTHS.keys() == words.GAPS.keys() == {q.key for q in QUESTIONS if q.weight}
    assert words.CHANNELS.keys() == {"wordpress", *verdict.FITS}
    assert {said for fits in verdict.FITS.values() for said in fits} <= {
        (question.key, option) for question in QUESTIONS for option in question.options
    }


def test_the_best_answers_go_and_the_worst_do_not():
    best, worst = verdict.judge(BEST_ANSWERS), verdict.judge(WORST_ANSWERS)

    assert (best.outcome, best.score, best.gaps) == ("go", 100, ())
    assert (worst.outcome, worst.forbids) == ("not_now", ("weekday", "criticism"))
    assert [one.network for one in worst.channels][0] == "wordpress"


@pytest.mark.parametrize(
    ("change", "outcome"),
    [
        ({"criticism": "delete"}, "not_now"),
        ({"weekday": "nobody"}, "not_now"),
        ({"homepage": "none"}, "start_small"),
        ({"stories": "yearly"}, "start_small"),
        ({"aim": "unclear"}, "start_small"),
        ({"saturday": "nobody"}, "go"),
    ],
)
def test_one_answer_may_decide_it(change, outcome):
    found = verdict.judge(BEST_ANSWERS | change)

    assert found.outcome == outcome
    assert [reason.question for reason in found.gaps][:1] == [*change]


@given(any_answers)
def test_a_better_answer_never_makes_it_worse(answers):
    order = [verdict.NOT_NOW, verdict.SMALL, verdict.GO]
    before = verdict.judge(answers)

    for question in QUESTIONS:
        better = max(question.options, key=question.options.get)
        after = verdict.judge(answers | {question.key: better})
        assert (after.score >= before.score, order.index(after.outcome) >= order.index(before.outcome)) == (True, True)


@given(any_answers)
def test_the_score_is_the_share_of_points(answers):
    had = sum(question.weight * question.options[answers[question.key]] for question in QUESTIONS)
    could = sum(question.weight * BEST for question in QUESTIONS)

    assert verdict.judge(answers).score == round(100 * had / could)


@given(any_answers)
def test_few_channels_are_suggested_and_the_homepage_first(answers):
    found = verdict.judge(answers)
    networks = [one.network for one in found.channels]

    assert networks[0] == "wordpress"
    assert len(networks) <= 1 + verdict.MOST_CHANNELS[found.outcome] and len(set(networks)) == len(networks)


def test_what_is_wrong_is_named_and_nothing_is_stored(cast):
    answers = BEST_ANSWERS | {"hours": "many", "shoe_size": "44"}
    del answers["aim"]

    with scope([cast.bakery.id]), pytest.raises(Refused) as refused:
        checks.take(client=cast.bakery, actor=cast.sam, answers=answers)

    assert {field for field, *_ in refused.value.errors} == {"answers.hours", "answers.shoe_size", "answers.aim"}
    with scope([cast.bakery.id]):
        assert Readiness.objects.count() == 0


def test_a_check_is_held_against_the_facts(cast):
    now = timezone.now()
    with scope([cast.bakery.id]):
        channel = directory.add_channel(
            client=cast.bakery, slug="desk", name="Desk", network="manual", actor=None, connected_at=factories.LONG_AGO
        )
        reviews = [
            Incoming(
                f"r{n}", f"r{n}", "in", "review", Author("a", "A"), "Sehr gut.", now - timedelta(days=n + 3), stars=5
            )
            for n in range(4)
        ]
        inbox.receive([Arrival(channel, one) for one in reviews], now=now)
        found = {one.question: one for one in actuals.of(cast.bakery, BEST_ANSWERS, now)}

    told = {key: (one.answer, one.figure, one.against) for key, one in found.items()}
    assert told["reviews"] == ("few", 4, "worse")
    assert told["stories"] == ("yearly", 0, "worse")
    assert "pictures" not in told


def test_a_prospect_takes_the_check_and_leaves_an_address(cast, client):
    page = f"/check/{cast.bakery.agency.slug}/"

    asked = client.get(page)
    answer = client.post(page, BEST_ANSWERS)
    result = client.get(answer.headers["Location"])
    left = client.post(answer.headers["Location"], {"business": "Imker", "name": "Ida", "phone": "040 1"})

    assert (asked.status_code, answer.status_code, result.status_code, left.status_code) == (200, 302, 200, 302)
    assert "Ja, fangen Sie an." in result.content.decode()
    assert result.headers["X-Robots-Tag"] == "noindex"
    found = Prospect.objects.get()
    assert (found.business, found.outcome, found.asked_at is not None) == ("Imker", "go", True)
    mail = Mail.objects.get(kind="prospect_asked")
    assert (mail.to, mail.values["business"]) == ("olga@nord.example", "Imker")


def test_nothing_is_stored_of_an_incomplete_check_or_of_a_machine(cast, client):
    page = f"/check/{cast.bakery.agency.slug}/"

    incomplete = client.post(page, {"hours": "one"})
    machine = client.post(page, BEST_ANSWERS | {"website": "https://spam.example"})

    assert (incomplete.status_code, machine.status_code, Prospect.objects.count()) == (400, 302, 0)
    assert incomplete.content.decode().count("Bitte wählen Sie eine Antwort.") == len(QUESTIONS) - 1


def test_results_are_found_by_their_key_alone(cast, client):
    row, key = prospects.check(agency=cast.bakery.agency, answers=BEST_ANSWERS)
    rival = factories.agency("rival")
    slug = cast.bakery.agency.slug

    found = [client.get(f"/check/{where}/{what}/").status_code
             for where, what in ((slug, key), (slug, "x" * 32), (rival.slug, key), ("nowhere", key))]  # fmt: skip

    assert (found, key in str(row.__dict__)) == ([200, 404, 404, 404], False)


def test_prospects_are_the_agencys_own(cast, client):
    rival = factories.agency("rival")
    theirs, _ = prospects.check(agency=rival, answers=BEST_ANSWERS)
    ours, _ = prospects.check(agency=cast.bakery.agency, answers=BEST_ANSWERS)
    client.force_login(cast.olga)

    listed = client.get("/prospects/").context["rows"]
    foreign = [client.get(f"/prospects/{theirs.id}/"), client.post(f"/prospects/{theirs.id}/handle/")]
    own = client.post(f"/prospects/{ours.id}/handle/")

    assert ([row.id for row, *_ in listed], [one.status_code for one in foreign]) == ([ours.id], [404, 404])
    assert (own.status_code, Prospect.objects.get(id=ours.id).handler) == (302, cast.olga)


def test_old_results_are_forgotten(db):
    agency = factories.agency("nord")
    kept, _ = prospects.check(agency=agency, answers=BEST_ANSWERS)
    old, _ = prospects.check(agency=agency, answers=BEST_ANSWERS)
    Prospect.objects.filter(id=old.id).update(taken_at=timezone.now() - timedelta(days=91))

    assert (prospects.tidy(now=timezone.now()), list(Prospect.objects.all())) == (1, [kept])


def test_nobody_fills_the_database_from_outside(db, client, monkeypatch):
    agency = factories.agency("nord")
    monkeypatch.setattr(prospects, "MOST_A_DAY", 2)

    statuses = [client.post(f"/check/{agency.slug}/", BEST_ANSWERS).status_code for _ in range(3)]

    assert statuses == [302, 302, 429]


def test_the_owner_takes_the_check_in_the_portal_and_the_agency_sees_it(cast, client):
    client.force_login(cast.ana)
    taken = client.post("/portal/readiness/", WORST_ANSWERS)
    shown = client.get("/portal/readiness/").content.decode()
    client.force_login(cast.sam)
    office = client.get("/clients/bakery/readiness/").content.decode()

    assert (taken.status_code, "Jetzt nicht." in shown, "Jetzt nicht." in office) == (302, True, True)
    assert client.get("/clients/florist/readiness/").status_code == 200
