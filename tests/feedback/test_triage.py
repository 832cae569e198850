import csv
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback import vocabulary
from feedback.lexicon import fold
from feedback.triage import Reason, assess

LABELLED = list(csv.DictReader((Path(__file__).parent / "labelled.csv").open(encoding="utf-8", newline="")))
LANGUAGES = {"de", "en", "fr", "it", "es", "nl", "und"}
URGENCIES = {"normal", "high", "critical"}
AWKWARD = "nicht gut Anwalt seit 3 Wochen ? ! \x00 \ud800 😡 nie , kein mal @x https://a".split(" ")
SENTIMENTS = {"negative", "neutral", "positive"}


def codes(text: str, stars: int | None = None) -> list[str]:
    return [reason.code for reason in assess(text, stars).reasons]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Ich habe gestern bei euch bestellt und warte noch.", "de"),
        ("Grüße", "de"),
        ("Mega lecker!", "de"),
        ("I ordered this from you yesterday", "en"),
        ("Delicious!", "en"),
        ("Je suis très content de votre service", "fr"),
        ("Non sono molto contento di questo", "it"),
        ("Estoy muy contento con el servicio", "es"),
        ("Ik ben niet blij met de bestelling", "nl"),
        ("", "und"),
        ("12345 🙂", "und"),
        ("これはペンです", "und"),
    ],
)
def test_language_is_the_one_most_words_speak_for(text, language):
    assert assess(text).language == language


@pytest.mark.parametrize(
    ("text", "sentiment"),
    [
        ("Das Essen war gut.", "positive"),
        ("Das Essen war nicht gut.", "negative"),
        ("Das Essen war gar nicht so schlecht.", "positive"),
        ("Kein Problem", "positive"),
        ("Nie wieder!", "negative"),
        ("Immer wieder gerne", "positive"),
        ("Gefällt mir überhaupt nicht", "negative"),
        ("Schmeckt leider nicht", "negative"),
        ("Ich bin nie enttäuscht worden", "positive"),
        ("Nicht nur lecker, sondern auch günstig", "positive"),
        ("Es hat einfach nicht funktioniert", "negative"),
        ("Keiner antwortet", "negative"),
        ("Der Kuchen war gut, aber der Service furchtbar", "negative"),
        ("aergerlich und unfreundlich", "negative"),
        ("enttauscht von euch", "negative"),
        ("Ein schöner Abend, die Bäckerin war großartig", "positive"),
        ("Ein schoener Abend, die Baeckerin war grossartig", "positive"),
        ("Suuuper", "positive"),
        ("Danke!", "positive"),
        ("Ich liebe euch", "positive"),
        ("Liebe Grüße aus Kiel", "neutral"),
        ("Guten Tag, anbei die Rechnung", "neutral"),
        ("Wir kommen um sieben", "neutral"),
        ("The food was good.", "positive"),
        ("The food was not good.", "negative"),
        ("Not bad at all", "positive"),
        ("No problem", "positive"),
        ("Never again", "negative"),
        ("I don't like it", "negative"),
        ("I would not recommend this place", "negative"),
        ("I can’t recommend this place", "negative"),
        ("I can't recommend this place enough", "positive"),
        ("Not only rude but also slow", "negative"),
        ("It doesn't work", "negative"),
        ("I was not disappointed", "positive"),
        ("The staff was great but the food was terrible", "negative"),
        ("Kind regards, Tom", "neutral"),
        ("I would like a table for two", "neutral"),
        ("😡", "negative"),
        ("Angekommen :)", "positive"),
        ("Je suis très déçu", "negative"),
        ("El servicio es excelente", "positive"),
    ],
)
def test_sentiment_follows_the_words(text, sentiment):
    assert assess(text).sentiment == sentiment


@pytest.mark.parametrize(
    ("text", "stars", "sentiment"),
    [
        ("Super!", 1, "negative"),
        ("Super!", 2, "negative"),
        ("Furchtbar", 4, "positive"),
        ("", 5, "positive"),
        ("", 3, "neutral"),
        ("Furchtbar", 3, "negative"),
        ("Wunderbar", 3, "positive"),
        ("Wunderbar", 0, "positive"),
        ("Furchtbar", 99, "negative"),
    ],
)
def test_stars_outrank_words_and_three_leave_it_to_the_words(text, stars, sentiment):
    assert assess(text, stars).sentiment == sentiment


@pytest.mark.parametrize(
    ("text", "urgency", "code"),
    [
        ("Ich schalte meinen Anwalt ein", "critical", "lawyer"),
        ("Meine Rechtsanwältin meldet sich", "critical", "lawyer"),
        ("You will hear from my lawyer", "critical", "lawyer"),
        ("Enthält das Nüsse? Ich habe eine Nussallergie", "critical", "allergy"),
        ("I have a peanut allergy", "critical", "allergy"),
        ("Mein Sohn hat sich verletzt", "critical", "health"),
        ("My son got injured", "critical", "health"),
        ("Lebensmittelvergiftung nach dem Buffet", "critical", "health"),
        ("Das ist Betrug", "critical", "fraud"),
        ("This is fraud", "critical", "fraud"),
        ("Das geht jetzt zur Polizei", "critical", "police"),
        ("Verstoß gegen den Datenschutz", "high", "privacy"),
        ("I want this deleted under GDPR", "high", "privacy"),
        ("Ich warte seit 3 Wochen", "high", "waiting"),
        ("Seit drei Wochen keine Antwort", "high", "waiting"),
        ("I have been waiting for 3 weeks", "high", "waiting"),
        ("Ich habe schon dreimal geschrieben", "high", "repeated"),
        ("I have written three times", "high", "repeated"),
        ("Bitte dringend melden", "high", "urgent"),
        ("Ich will sofort mein Geld zurück, das ist schlecht", "high", "refund"),
    ],
)
def test_urgent_words_come_first_and_are_named(text, urgency, code):
    found = assess(text)

    assert (found.urgency, found.reasons[0].code) == (urgency, code)


@pytest.mark.parametrize(
    "text",
    [
        "Seit 3 Jahren Kunde und sehr zufrieden",
        "Bester Anwalt der Stadt! Danke",
        "Das Gericht mit Lachs war gut",
        "Toll, dass ihr etwas für Allergiker habt!",
        "We booked a room for 3 days",
        "Wie läuft eine Rückerstattung ab?",
        "https://anwalt.example/allergie",
    ],
)
def test_praise_and_everyday_words_are_not_urgent(text):
    assert assess(text).urgency == "normal"


def test_five_stars_do_not_hide_a_threat():
    assert assess("Frechheit! Mein Anwalt meldet sich.", stars=5).urgency == "critical"


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("Habt ihr offen?", True),
        ("Wann habt ihr offen", True),
        ("Hallo, kann ich bei euch mit Karte zahlen", True),
        ("Wie lange dauert das", True),
        ("Wo finde ich die Karte", True),
        ("Ich wollte fragen, ob ihr Hunde erlaubt", True),
        ("Do you deliver", True),
        ("How much is it", True),
        ("can i bring my dog", True),
        ("Let me know if you have it in blue", True),
        ("???", True),
        ("Wie immer super", False),
        ("Kann ich nur empfehlen", False),
        ("How lovely", False),
        ("What a great place", False),
        ("Was soll das?", False),
        ("Are you kidding me?", False),
        ("Are you kidding me? When do you open?", True),
        ("Siehe https://shop.example/?page=2", False),
        ("Ich komme morgen", False),
    ],
)
def test_question_is_what_wants_an_answer(text, question):
    assert assess(text).question is question


def test_review_that_only_opens_like_a_question_asks_nothing():
    asked = [assess("Wer kann, geht hin", kind=kind).question for kind in ("message", "review")]

    assert asked == [True, False]


def test_reasons_show_the_words_as_written():
    found = assess("Meine ANWÄLTIN ist informiert, der Service ist nicht gut!!")

    assert found.reasons == [
        Reason("lawyer", ("ANWÄLTIN",)),
        Reason("exclamation", ("!!",)),
        Reason("negated", ("nicht … gut",)),
    ]


def test_shouting_is_a_hint_and_no_mood():
    assert codes("HALLO ZUSAMMEN") == ["shouting"]
    assert assess("HALLO ZUSAMMEN!!!").sentiment == "neutral"


def test_assessment_as_json_round_trips():
    found = assess("Nie wieder! Wo ist mein Geld?", stars=1).as_json()

    assert json.loads(json.dumps(found)) == {
        "language": "de",
        "urgency": "normal",
        "sentiment": "negative",
        "question": True,
        "reasons": [
            {"code": "stars", "words": ["1"]},
            {"code": "negative", "words": ["Nie wieder"]},
            {"code": "question", "words": ["?"]},
        ],
    }


@settings(max_examples=200, deadline=None)
@given(
    text=st.text(st.characters(), max_size=300) | st.lists(st.sampled_from(AWKWARD)).map(" ".join),
    stars=st.none() | st.integers(),
    kind=st.sampled_from(["comment", "mention", "review", "message", ""]),
)
def test_assess_never_raises_and_its_values_are_valid(text, stars, kind):
    found = assess(text, stars, kind)

    assert found.language in LANGUAGES
    assert found.urgency in URGENCIES
    assert found.sentiment in SENTIMENTS
    assert type(found.question) is bool
    json.dumps(found.as_json(), ensure_ascii=False).encode("utf-8")
    assert "\\u0000" not in json.dumps(found.as_json())


@pytest.mark.parametrize(
    "text",
    ["\ud800" * 6000, "\x00" * 6000, "nicht gut " * 10**6, "a" * 10**7, "?" * 10**7],
    ids=["surrogates", "nul", "words", "letters", "marks"],
)
def test_hostile_text_gets_an_answer(text):
    assert assess(text).urgency == "normal"


def test_only_the_first_5000_characters_are_read():
    assert assess("x " * 2_500 + "Anwalt").reasons == []


def test_words_stand_in_one_list_of_feeling_only():
    moods = (
        vocabulary.STRONG_NEGATIVE,
        vocabulary.NEGATIVE,
        vocabulary.POSITIVE,
        vocabulary.STRONG_POSITIVE,
    )
    for language in ("de", "en"):
        groups = [{fold(word) for word in mood[language].split()} for mood in moods]

        assert sum(map(len, groups)) == len(set().union(*groups))


def measured(part: str) -> dict[str, float]:
    """Shares of right answers over the labelled messages of one part."""
    rows = [(row, assess(row["text"])) for row in LABELLED if row["part"] == part]
    complaints = [found for row, found in rows if row["sentiment"] == "negative"]
    urgent = [found for row, found in rows if row["urgency"] != "normal"]
    return {
        "sentiment": sum(found.sentiment == row["sentiment"] for row, found in rows) / len(rows),
        "complaints": sum(found.sentiment == "negative" for found in complaints) / len(complaints),
        "question": sum(found.question == (row["question"] == "1") for row, found in rows) / len(rows),
        "urgency": sum(found.urgency == row["urgency"] for row, found in rows) / len(rows),
        "urgent": sum(found.urgency != "normal" for found in urgent) / len(urgent),
    }


LEVELS = {
    "tuned": {"sentiment": 0.95, "complaints": 0.93, "question": 0.99, "urgency": 0.99, "urgent": 0.99},
    "held_out": {"sentiment": 0.93, "complaints": 0.86, "question": 0.99, "urgency": 0.97, "urgent": 0.99},
}


@pytest.mark.parametrize("part", LEVELS)
def test_quality_stays_at_the_published_level(part):
    quality = measured(part)

    assert {name: quality[name] for name, level in LEVELS[part].items() if quality[name] < level} == {}
