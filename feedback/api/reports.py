"""Monthly reports and the portfolio over REST."""

from datetime import date

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.response import Response

from agency.doors import ListView, View
from agency.fields import Moment, Strict, Text, Whole
from campaigns.api.links import Nothing
from clients import access
from clients.refusal import Refused

from .. import portfolio
from ..models import Report
from ..report import monthly
from ..report import rows as opened
from .parameters import CLIENTS, Asked, one

STEER = "clients:write"


class NewReport(Strict):
    client = Text(max_length=80, help_text="Slug of the client.")
    month = Text(max_length=7, help_text="Such as 2026-10.")


class ReportChange(Strict):
    comment = Text(max_length=monthly.LONGEST, allow_blank=True, help_text="What the client should know about it.")
    version = Whole(required=False, min_value=1, help_text="The version that was read: refused when it has changed.")


class ReportRow(serializers.Serializer):
    id = serializers.IntegerField()
    client = serializers.CharField(source="client.slug")
    month = serializers.DateField(help_text="Its first day.")
    comment = serializers.CharField()
    composed_at = Moment()
    released_at = Moment(allow_null=True, help_text="From then on it never changes.")
    version = serializers.IntegerField()
    updated_at = Moment()


class ReportShape(ReportRow):
    document = serializers.DictField(
        help_text="All figures: counts, seconds, cents, shares of 0 to 1; null: not known."
    )


class ReportView(Asked):
    serializer_class = ReportShape
    queryset = Report.objects.none()

    def reports(self):
        rows = self.within(Report.objects.select_related("client__agency", "releaser"))
        return rows.filter(released_at__isnull=False) if self.principal.of_client else rows

    def row(self, id: int) -> Report:
        found = self.reports().filter(id=id).first()
        if found is None:
            raise access.NotFound(f"There is no report '{id}'.")
        return found


class Reports(ReportView, ListView):
    """All reports, the newest month first; people of a client see the released ones."""

    rights = {"GET": "metrics:read", "POST": "metrics:write"}
    serializer_class = ReportRow
    page_ordering = "-month"

    def rows(self):
        return self.reports().defer("document")

    @extend_schema(parameters=[CLIENTS])
    def get(self, request):
        return super().get(request)

    @extend_schema(request=NewReport, responses={201: ReportShape})
    def post(self, request):
        """Draft a month, or compose its draft anew."""
        given = self.body(NewReport)
        client = access.client(self.principal, given["client"])
        made = monthly.draft(client=client, month=_month(given["month"]), actor=self.principal.user)
        return Response(ReportShape(self.row(made.id)).data, status=201)


def _month(text: str) -> date:
    try:
        month = date.fromisoformat(f"{text}-01") if len(text) == 7 else None
    except ValueError:
        month = None
    if month is None or not 1990 <= month.year <= 2100:
        raise Refused("month", "must be a month such as 2026-10")
    return month


class OneReport(ReportView, View):
    rights = {"GET": "metrics:read", "PATCH": "metrics:write"}

    def get(self, request, id: int):
        return Response(self.shown(self.row(id)))

    @extend_schema(request=ReportChange)
    def patch(self, request, id: int):
        given = self.body(ReportChange)
        monthly.comment(self.row(id), text=given["comment"], actor=self.principal.user, version=given.get("version"))
        return Response(self.shown(self.row(id)))


class ReleaseReport(ReportView, View):
    """The client sees it from now on, and it never changes."""

    rights = {"POST": STEER}

    @extend_schema(request=Nothing)
    def post(self, request, id: int):
        self.body(Nothing)
        monthly.release(self.row(id), actor=self.principal.user)
        return Response(self.shown(self.row(id)))


class ReportFile(ReportView, View):
    """The report as a tagged PDF."""

    rights = {"GET": "metrics:read"}

    @extend_schema(
        parameters=[one("language", monthly.LANGUAGES, "By default German.")],
        responses={(200, "application/pdf"): OpenApiTypes.BINARY},
    )
    def get(self, request, id: int):
        found = self.row(id)
        answer = HttpResponse(
            monthly.file(found, self.choice("language", monthly.LANGUAGES, "de")), content_type="application/pdf"
        )
        answer["Content-Disposition"] = f'attachment; filename="report-{found.client.slug}-{found.month:%Y-%m}.pdf"'
        return answer


class FigureRows(serializers.Serializer):
    title = serializers.CharField()
    columns = serializers.ListField(child=serializers.CharField())
    rows = serializers.ListField(child=serializers.ListField())
    total = serializers.FloatField(allow_null=True, help_text="The figure as these rows make it today; null: no sum.")


class ReportRows(ReportView, View):
    """The rows that a figure comes from, as they are today, at most 5,000."""

    rights = {"GET": "metrics:read"}

    @extend_schema(
        parameters=[
            one("figure", list(opened.KEYS), "Which figure to open, by default received."),
            OpenApiParameter("of", str, description="Which part of it: a channel's name, a kind, a goal's slug …"),
            one("before", ["true", "false"], "Of as many days before the month."),
            OpenApiParameter("day", date, description="Of this local day alone."),
        ],
        responses=FigureRows,
    )
    def get(self, request, id: int):
        self.principal.need("inbox:read")
        found = self.row(id)
        asked = opened.Asked(
            self.choice("figure", list(opened.KEYS), "received"),
            self.request.query_params.get("of", "").replace("\0", ""),
            self.choice("before", ["true", "false"], "false") == "true",
            self.day("day"),
        )
        table = opened.rows(found.client, found.month, asked, self.now)
        if table is None:
            raise access.NotFound("There is no such figure.")
        rows = [[str(cell) if hasattr(cell, "isoformat") else cell for cell in row] for row in table.rows]
        columns = [str(name) for name, _kind in table.columns]
        return Response({"title": table.title, "columns": columns, "rows": rows, "total": table.total})


class RiskReason(serializers.Serializer):
    kind = serializers.ChoiceField(portfolio.RISKS)
    n = serializers.IntegerField()
    about = serializers.CharField()
    weight = serializers.IntegerField()


class PortfolioRow(serializers.Serializer):
    client = serializers.CharField(source="client.slug")
    risk = serializers.IntegerField(help_text="Sum of the reasons' weights.")
    reasons = RiskReason(many=True)
    minutes = serializers.IntegerField(source="month.minutes", help_text="Of ours this month.")
    budget = serializers.IntegerField(source="month.budget")
    fee = serializers.IntegerField(source="before.fee", help_text="Cents, last month.")
    margin = serializers.IntegerField(source="before.margin", allow_null=True, help_text="Cents, last month.")
    per_hour = serializers.IntegerField(allow_null=True, help_text="Cents of the fee for an hour of ours, last month.")


class Portfolio(Asked, View):
    """All clients by risk, the highest first, each with its reasons."""

    rights = {"GET": STEER}
    queryset = Report.objects.none()
    serializer_class = PortfolioRow

    @extend_schema(
        parameters=[OpenApiParameter("client", str, many=True, description="Only these clients, by slug.")],
        responses=inline_serializer("PortfolioRows", {"rows": PortfolioRow(many=True)}),
    )
    def get(self, request):
        found = portfolio.rows(self.client_ids, self.now)
        return Response({"rows": PortfolioRow(found, many=True).data})
