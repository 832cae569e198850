"""The readiness check as a form and its verdict in words, for the public page, the dashboard and the portal."""

from django.http import QueryDict
from django.utils.translation import gettext as _

from clients.readiness.questionnaire import AREAS, BY_KEY, QUESTIONS
from clients.refusal import Refused

from . import readiness_words as words

SIGNS = {"go": "good", "start_small": "warn", "not_now": "bad"}


def given(form: QueryDict) -> dict[str, str]:
    """The answers that a form brought, those of questions that are known."""
    return {key: form[key] for key in BY_KEY if form.get(key)}


def faults(error: Refused) -> dict[str, str]:
    """What is wrong by question, in the reader's words."""
    return {field.removeprefix("answers."): _("Please choose an answer.") for field, *_rest in error.errors}


def contact_faults(error: Refused) -> dict[str, str]:
    said = {
        "business": _("Please say what your business is called."),
        "name": _("Please say your name."),
        "email": _("Please give a valid e-mail address, or a telephone number."),
    }
    return {field: said.get(field, _("This is too long.")) for field, *_rest in error.errors}


def areas(answers: dict[str, str], wrong: dict[str, str]) -> list[dict]:
    """The questions by area, each with its options and what was chosen."""
    return [
        {
            "name": words.AREAS[area],
            "questions": [
                {
                    "key": question.key,
                    "text": words.QUESTIONS[question.key],
                    "options": [
                        (option, words.ANSWERS[question.key][option], answers.get(question.key) == option)
                        for option in question.options
                    ],
                    "wrong": wrong.get(question.key, ""),
                }
                for question in QUESTIONS
                if question.area == area
            ],
        }
        for area in AREAS
    ]


def told(verdict: dict) -> dict:
    """A stored verdict in words; what an older questionnaire asked and this one doesn't is left out."""
    return {
        "outcome": words.OUTCOMES[verdict["outcome"]],
        "sign": SIGNS[verdict["outcome"]],
        "sentence": words.SENTENCES[verdict["outcome"]],
        "score": verdict["score"],
        "strengths": [
            words.STRENGTHS[one["question"]] for one in verdict["strengths"] if one["question"] in words.STRENGTHS
        ],
        "gaps": [
            {"advice": words.GAPS[one["question"]], "said": said(one["question"], one["answer"]),
             "decisive": one["question"] in (*verdict["forbids"], *verdict["holds_back"])}
            for one in verdict["gaps"]
            if one["question"] in words.GAPS
        ],
        "channels": [
            {"text": words.CHANNELS[one["network"]], "because": [said(*because) for because in one["because"]]}
            for one in verdict["channels"]
            if one["network"] in words.CHANNELS
        ],
    }  # fmt: skip


def said(question: str, answer: str) -> str:
    """An answer in words, '' where the questionnaire has changed."""
    return words.ANSWERS.get(question, {}).get(answer, "")
