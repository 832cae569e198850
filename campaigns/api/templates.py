"""Templates of posts over REST, and what they say with their gaps filled."""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from agency.doors import ListView, View
from agency.fields import Moment, Strict, Text
from clients import access
from feedback.api.parameters import CLIENTS, Asked

from .. import templates
from ..models import Template
from ..vocabulary import PostKind
from .shapes import LONGEST_TEXT

LONGEST_VALUE = 5_000


class TemplateChange(Strict):
    name = Text(max_length=200, help_text="Unique within the client.")
    kind = serializers.ChoiceField(PostKind.values)
    text = Text(max_length=LONGEST_TEXT, trim_whitespace=False, help_text="With gaps: Heute {dish} für {price}!")
    title = Text(required=False, allow_blank=True, max_length=200)
    link = Text(required=False, allow_blank=True, max_length=2_000, help_text="May have gaps too.")
    tags = serializers.ListField(child=Text(max_length=80), required=False, max_length=50)


class NewTemplate(TemplateChange):
    client = Text(max_length=80, help_text="Slug of the client.")


class TemplateShape(serializers.Serializer):
    id = serializers.IntegerField()
    client = serializers.CharField(source="client.slug", help_text="Slug.")
    name = serializers.CharField()
    kind = serializers.ChoiceField(PostKind.values)
    title = serializers.CharField()
    text = serializers.CharField()
    link = serializers.CharField()
    tags = serializers.ListField(child=serializers.CharField())
    gaps = serializers.SerializerMethodField(help_text="What has to be filled in.")
    updated_at = Moment()

    def get_gaps(self, template: Template) -> list[str]:
        return templates.gaps(template)


class Filling(Strict):
    values = serializers.DictField(
        child=Text(allow_blank=True, max_length=LONGEST_VALUE, trim_whitespace=False),
        required=False,
        help_text="Name of a gap to what stands there.",
    )


class Rendered(serializers.Serializer):
    """What a post can be made of; gaps without a value are still there."""

    kind = serializers.ChoiceField(PostKind.values)
    title = serializers.CharField()
    text = serializers.CharField()
    link = serializers.CharField()
    tags = serializers.ListField(child=serializers.CharField())
    missing = serializers.ListField(child=serializers.CharField(), help_text="Gaps without a value.")
    unknown = serializers.ListField(child=serializers.CharField(), help_text="Values without a gap.")


class TemplateView(Asked):
    serializer_class = TemplateShape
    queryset = Template.objects.none()

    def rows(self) -> QuerySet[Template]:
        return self.within(Template.objects.select_related("client"))

    def row(self, id: int) -> Template:
        found = self.rows().filter(id=id).first()
        if found is None:
            raise access.NotFound(f"There is no template '{id}'.")
        return found


class Templates(TemplateView, ListView):
    """Posts with gaps, for what comes again."""

    rights = {"GET": "campaigns:read", "POST": "campaigns:write"}

    @extend_schema(parameters=[CLIENTS])
    def get(self, request):
        return super().get(request)

    @extend_schema(request=NewTemplate, responses={201: TemplateShape})
    def post(self, request):
        given = dict(self.body(NewTemplate))
        client = access.client(self.principal, given.pop("client"))
        made = templates.add_template(client=client, actor=self.principal.user, **given)
        return Response(self.shown(made), status=201)


class OneTemplate(TemplateView, View):
    rights = {"GET": "campaigns:read", "PATCH": "campaigns:write", "DELETE": "campaigns:write"}

    def get(self, request, id: int):
        return Response(self.shown(self.row(id)))

    @extend_schema(request=TemplateChange)
    def patch(self, request, id: int):
        template, changes = self.row(id), self.body(TemplateChange, partial=True)
        return Response(
            self.shown(templates.change_template(template=template, actor=self.principal.user, **changes))
        )

    @extend_schema(responses={204: None})
    def delete(self, request, id: int):
        templates.remove_template(template=self.row(id), actor=self.principal.user)
        return Response(status=204)


class Render(TemplateView, View):
    """Nothing is stored: the answer is the start of a post."""

    rights = {"POST": "campaigns:write"}

    @extend_schema(request=Filling, responses=Rendered)
    def post(self, request, id: int):
        template = self.row(id)
        return Response(Rendered(templates.render(template, self.body(Filling).get("values", {}))).data)
