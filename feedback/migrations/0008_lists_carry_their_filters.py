from datetime import UTC, datetime

from django.db import migrations, models
from django.db.models import Case, F, Index, Q, Value, When

LATE_FROM = Case(When(breached=True, then=Value(datetime(1, 1, 1, tzinfo=UTC))), default="due_at")
FACETS = ("assignee", "snoozed_until", LATE_FROM, "warn_at", "status", "kind", "sentiment", "met", "historic")
BUT_STATUS = tuple(facet for facet in FACETS if facet != "status")
NEWEST = (F("received_at").desc(), F("id").desc())
SOON, CHANGED = ("due_at", "id"), ("updated_at", "id")
DUE, RISK = Q(due_at__isnull=False), Q(warn_at__isnull=False, breached=False)
ASSIGNED, SNOOZED = Q(assignee__isnull=False), Q(snoozed_until__isnull=False)
WITHIN = {"db_index": False, "db_constraint": False, "null": True, "on_delete": models.DO_NOTHING}
REPLACED = [
    Index("client", *NEWEST, "channel", *FACETS, name="conversation_inbox"),
    Index("agency", *NEWEST, "client", *FACETS, name="conversation_inbox_agency"),
    Index("client", *SOON, "channel", *FACETS, name="conversation_due", condition=DUE),
    Index("agency", *SOON, "client", *FACETS, name="conversation_due_agency", condition=DUE),
    Index("client", *CHANGED, "channel", *FACETS, name="conversation_changed"),
    Index("agency", *CHANGED, "client", *FACETS, name="conversation_changed_agency"),
    Index("client", "status", *NEWEST, "channel", *BUT_STATUS, name="conversation_status"),
    Index("agency", "status", *NEWEST, "client", *BUT_STATUS, name="conversation_status_agency"),
    Index("assignee", *NEWEST, "client", name="conversation_assignee", condition=ASSIGNED),
]
NEW = [
    Index("agency", "kind", *NEWEST, "client", name="conversation_kind_agency"),
    Index("agency", "sentiment", *NEWEST, "client", name="conversation_sentiment_agency"),
    Index("agency", *NEWEST, "client", name="conversation_historic_agency", condition=Q(historic=True)),
    Index("agency", "warn_at", "client", name="conversation_risk_agency", condition=RISK),
    Index("agency", "snoozed_until", "client", name="conversation_snoozed_agency", condition=SNOOZED),
    Index("campaign", name="conversation_campaign", condition=Q(campaign__isnull=False)),
    Index("merged_into", name="conversation_merged", condition=Q(merged_into__isnull=False)),
]
# A channel belongs to one client. Beside a list of the commonest pairs the planner would not use that: where a pair is
# not listed, it expects hardly any row, reads all there are, and sorts them.
STATISTICS = """
DROP STATISTICS {table}_client_channel;
CREATE STATISTICS {table}_client_channel {kinds} ON client_id, channel_id FROM {table};
"""


def _dependent(table: str) -> migrations.RunSQL:
    return migrations.RunSQL(*(STATISTICS.format(table=table, kinds=kinds) for kinds in ("(dependencies)", "")))


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0004_posts_wall"), ("feedback", "0007_wall_hides_its_list")]

    operations = [
        migrations.AlterField("conversation", "campaign", models.ForeignKey("campaigns.campaign", **WITHIN)),
        migrations.AlterField("conversation", "merged_into", models.ForeignKey("feedback.conversation", **WITHIN)),
        *(migrations.RemoveIndex("conversation", index.name) for index in REPLACED),
        *(migrations.AddIndex("conversation", index) for index in REPLACED + NEW),
        _dependent("feedback_conversation"),
        _dependent("feedback_interaction"),
    ]
