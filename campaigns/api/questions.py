"""Questions to the client over REST, and how long the client takes to answer and to approve."""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from agency.doors import ListView, View
from agency.fields import Moment, Nothing, Strict, Text, Whole
from clients import access
from feedback.api.parameters import CLIENTS, FROM, TO, Asked, InPeriod, one

from .. import questions, reverse
from ..models import Post, Question

LONGEST = 5_000
STATES = {
    "open": {"answered_at": None, "withdrawn_at": None},
    "answered": {"answered_at__isnull": False},
    "withdrawn": {"withdrawn_at__isnull": False},
}


class NewQuestion(Strict):
    client = Text(max_length=80, help_text="Slug of the client.")
    text = Text(max_length=LONGEST)
    post = Whole(required=False, min_value=1, help_text="Id of the post it is about; its approval link shows it too.")
    within = Whole(
        required=False,
        min_value=60,
        max_value=100 * 86_400,
        help_text=f"Business seconds of the client; by default {questions.WITHIN}.",
    )


class Answer(Strict):
    text = Text(max_length=LONGEST)
    reason = Text(
        required=False, max_length=2_000, help_text="How it is known; needed unless the client itself answers."
    )


class QuestionShape(serializers.Serializer):
    id = serializers.IntegerField()
    client = serializers.CharField(source="client.slug")
    post = serializers.IntegerField(source="post_id", allow_null=True)
    text = serializers.CharField()
    asker = serializers.EmailField(source="asker.email", default=None, allow_null=True)
    asked_at = Moment()
    due_at = Moment(help_text="By the client's own opening hours.")
    answer = serializers.CharField()
    answered_at = Moment(allow_null=True)
    by = serializers.SerializerMethodField(help_text="An e-mail address, or the name on an approval link.")
    reason = serializers.CharField()
    withdrawn_at = Moment(allow_null=True)
    business_seconds = serializers.IntegerField(allow_null=True, help_text="How long the client took.")
    wall_seconds = serializers.IntegerField(allow_null=True)

    def get_by(self, question: Question) -> str | None:
        return question.link.name if question.link else question.answerer and question.answerer.email


class QuestionView(Asked):
    serializer_class = QuestionShape
    queryset = Question.objects.none()

    def found(self) -> QuerySet[Question]:
        return self.within(Question.objects.select_related("client__agency", "asker", "answerer", "link"))

    def row(self, id: int) -> Question:
        question = self.found().filter(id=id).first()
        if question is None:
            raise access.NotFound(f"There is no question '{id}'.")
        return question


class Questions(QuestionView, ListView):
    """What the agency asks its clients, the newest first."""

    rights = {"GET": "campaigns:read", "POST": "campaigns:write"}
    page_ordering = "-asked_at"

    def rows(self):
        state = self.choice("state", STATES)
        return self.found().filter(**STATES[state]) if state else self.found()

    @extend_schema(parameters=[CLIENTS, one("state", STATES, "How the question stands.")])
    def get(self, request):
        return super().get(request)

    @extend_schema(request=NewQuestion, responses={201: QuestionShape})
    def post(self, request):
        given = dict(self.body(NewQuestion))
        client = access.client(self.principal, given.pop("client"))
        if (id := given.pop("post", None)) is not None:
            given["post"] = Post.objects.filter(client=client, id=id).first()
            if given["post"] is None:
                raise access.NotFound(f"The client '{client.slug}' has no post '{id}'.")
        question = questions.ask(client=client, actor=self.principal.user, **given)
        return Response(self.shown(self.row(question.id)), status=201)


class OneQuestion(QuestionView, View):
    rights = {"GET": "campaigns:read"}

    def get(self, request, id: int):
        return Response(self.shown(self.row(id)))


class AnswerQuestion(QuestionView, View):
    """By the client, or in its place with a reason."""

    rights = {"POST": "approvals:write"}

    @extend_schema(request=Answer)
    def post(self, request, id: int):
        question, said = self.row(id), self.body(Answer)
        questions.answer(question, actor=self.principal.user, for_client=self.principal.of_client, **said)
        return Response(self.shown(self.row(id)))


class WithdrawQuestion(QuestionView, View):
    rights = {"POST": "campaigns:write"}

    @extend_schema(request=Nothing)
    def post(self, request, id: int):
        self.body(Nothing)
        questions.withdraw(self.row(id), actor=self.principal.user)
        return Response(self.shown(self.row(id)))


class Took(serializers.Serializer):
    median = serializers.IntegerField(allow_null=True)
    p90 = serializers.IntegerField(allow_null=True)


class Waited(serializers.Serializer):
    n = serializers.IntegerField(help_text="Asked within the period.")
    answered = serializers.IntegerField()
    open = serializers.IntegerField()
    overdue = serializers.IntegerField(help_text="Open past the deadline, or past the post's slot.")
    business = Took(help_text="Seconds of the client's opening hours.")
    wall = Took()


class ClientResponseRow(serializers.Serializer):
    client = serializers.CharField(help_text="Slug.")
    questions = Waited()
    approvals = Waited()


class ClientResponseShape(serializers.Serializer):
    rows = ClientResponseRow(many=True)

    def get_fields(self):
        return {"from": serializers.DateField(), "to": serializers.DateField()} | super().get_fields()


class ClientResponse(InPeriod, View):
    """How long the clients take to answer the agency: questions, and posts to approve."""

    rights = {"GET": "metrics:read"}
    serializer_class = ClientResponseShape

    @extend_schema(parameters=[CLIENTS, FROM, TO])
    def get(self, request):
        slugs = self.slugs()
        low, high = self.period(list(slugs))
        found = reverse.report(list(slugs), low, high, self.now)
        rows = [{"client": slug} | {what: found[id, what] for what in reverse.WHAT} for id, slug in slugs.items()]
        return Response({"from": low, "to": high, "rows": rows})
