"""The readiness check over REST: its questions, the checks of clients, the prospects of the public page."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from agency.doors import SIGNED_IN, ListView, View
from agency.fields import Moment, Strict, Text
from agency.schema import CLIENT
from feedback import actuals

from .. import access
from ..models import Prospect, Readiness
from ..readiness import checks, prospects
from ..readiness.questionnaire import QUESTIONS, VERSION
from ..readiness.verdict import GO, NOT_NOW, SMALL
from ..views import readiness_words as words


class OptionShape(serializers.Serializer):
    key = serializers.CharField()
    text = serializers.CharField()
    points = serializers.IntegerField(help_text="0 to 3.")


class QuestionOfCheck(serializers.Serializer):
    key = serializers.CharField()
    area = serializers.CharField()
    text = serializers.CharField()
    weight = serializers.IntegerField(help_text="0: only decides which channels fit.")
    options = OptionShape(many=True)


class Questionnaire(serializers.Serializer):
    version = serializers.IntegerField()
    questions = QuestionOfCheck(many=True)


class CheckReason(serializers.Serializer):
    question = serializers.CharField()
    answer = serializers.CharField()
    points = serializers.IntegerField()


class SuggestionShape(serializers.Serializer):
    network = serializers.CharField()
    because = serializers.ListField(
        child=serializers.ListField(child=serializers.CharField()), help_text="Pairs of question and answer."
    )


class VerdictShape(serializers.Serializer):
    outcome = serializers.ChoiceField([GO, SMALL, NOT_NOW])
    score = serializers.IntegerField(help_text="Percent of the points that could be had.")
    forbids = serializers.ListField(child=serializers.CharField(), help_text="Questions that alone mean: not now.")
    holds_back = serializers.ListField(child=serializers.CharField(), help_text="Questions that mean: start small.")
    strengths = CheckReason(many=True)
    gaps = CheckReason(many=True)
    channels = SuggestionShape(many=True)


class CheckedShape(serializers.Serializer):
    id = serializers.IntegerField()
    version = serializers.IntegerField(help_text="Of the questionnaire.")
    taken_at = Moment()
    answers = serializers.DictField(child=serializers.CharField())
    verdict = VerdictShape()


class ReadinessShape(CheckedShape):
    client = serializers.CharField(source="client.slug")
    by = serializers.EmailField(source="taker.email", default=None, allow_null=True)


class ProspectShape(CheckedShape):
    business = serializers.CharField()
    name = serializers.CharField()
    email = serializers.CharField()
    phone = serializers.CharField()
    message = serializers.CharField()
    asked_at = Moment(allow_null=True, help_text="When they left their address and asked for a word.")
    handled_at = Moment(allow_null=True)


class NewCheck(Strict):
    client = Text(max_length=80, help_text="Slug of the client.")
    answers = serializers.DictField(child=Text(max_length=40), help_text="Question to answer, all of them.")


class ActualShape(serializers.Serializer):
    question = serializers.CharField()
    answer = serializers.CharField(help_text="What the figure stands for.")
    figure = serializers.FloatField(help_text="A share of 0 to 1; posts a week; a number of reviews.")
    n = serializers.IntegerField(help_text="Cases it was observed in.")
    against = serializers.ChoiceField(["better", "worse", "as_said", ""], help_text="Held against the answer given.")


class Actuals(serializers.Serializer):
    days = serializers.IntegerField()
    results = ActualShape(many=True)


class ReadinessQuestions(View):
    """The questions of today's check."""

    rights = {"GET": SIGNED_IN}
    serializer_class = Questionnaire

    def get(self, request):
        questions = [
            {
                "key": one.key, "area": one.area, "text": words.QUESTIONS[one.key], "weight": one.weight,
                "options": [
                    {"key": key, "text": words.ANSWERS[one.key][key], "points": points}
                    for key, points in one.options.items()
                ],
            }
            for one in QUESTIONS
        ]  # fmt: skip
        return Response({"version": VERSION, "questions": questions})


class ReadinessView:
    serializer_class = ReadinessShape
    queryset = Readiness.objects.none()


class ReadinessChecks(ReadinessView, ListView):
    """The checks of the clients, the newest first."""

    rights = {"GET": "clients:read", "POST": "clients:write"}
    page_ordering = "-taken_at"

    def rows(self):
        client = self.named_client()
        rows = Readiness.objects.filter(client__in=[client.id] if client else self.principal.client_ids)
        return rows.select_related("client", "taker")

    @extend_schema(parameters=[CLIENT])
    def get(self, request):
        return super().get(request)

    @extend_schema(request=NewCheck, responses={201: ReadinessShape})
    def post(self, request):
        given = self.body(NewCheck)
        client = access.client(self.principal, given["client"])
        check = checks.take(client=client, actor=self.principal.user, answers=given["answers"])
        return Response(self.shown(check), status=201)


class OneReadinessCheck(ReadinessView, View):
    rights = {"GET": "clients:read"}

    def get(self, request, id: int):
        return Response(self.shown(_check(self.principal, id)))


class ReadinessActuals(ReadinessView, View):
    """What the last 90 days of the client show, held against the answers of the check."""

    rights = {"GET": "metrics:read"}
    serializer_class = Actuals

    def get(self, request, id: int):
        check = _check(self.principal, id)
        return Response(
            self.shown({"days": actuals.DAYS, "results": actuals.of(check.client, check.answers, timezone.now())})
        )


class Prospects(ListView):
    """Businesses that took the check on the agency's public page, the newest first."""

    rights = {"GET": "clients:write"}
    serializer_class = ProspectShape
    queryset = Prospect.objects.none()
    page_ordering = "-taken_at"

    def rows(self):
        return prospects.listed(self.principal.agency)


def _check(principal: access.Principal, id: int) -> Readiness:
    rows = Readiness.objects.filter(client__in=principal.client_ids, id=id).select_related("client", "taker")
    found = rows.first()
    if found is None:
        raise access.NotFound(f"There is no check '{id}'.")
    return found
