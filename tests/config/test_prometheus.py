from prometheus_client.parser import text_string_to_metric_families

from clients.scope import scope
from config.celery import SWEEPS
from feedback import backlog
from feedback.models import Export, Reply
from tests import factories
from tests.feedback.test_exports import AT, ask

TOKEN = {"Authorization": "Bearer secret"}


def scraped(client) -> dict:
    text = client.get("/metrics", headers=TOKEN).content.decode()
    return {
        (one.name, *one.labels.values()): one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
    }


def test_metrics_are_absent_without_a_token_of_ours_and_closed_without_it(db, client, settings):
    absent = client.get("/metrics").status_code
    settings.METRICS_TOKEN = "secret"

    codes = [client.get("/metrics", headers={"Authorization": given}).status_code for given in ("", "Bearer no", "ü")]

    assert (absent, codes) == (404, [401, 401, 401])


def test_every_queue_and_what_failed_is_counted(cast, line, client, settings):
    settings.METRICS_TOKEN = "secret"
    ask(cast)
    Export.objects.filter(pk=ask(cast).pk).update(state="failed")
    factories.receive(line, factories.item("Offen?", at=AT))
    Reply.objects.create(
        client=cast.bakery, channel=line, conversation=factories.conversation(line), text="Ja", user=cast.sam
    )

    found = scraped(client)

    assert {name: found["resonanz_queue_due_rows", name] for name in backlog.QUEUES if name != "service_sums"} == {
        "replies": 1, "webhooks": 0, "imports": 0, "exports": 1, "posts": 0, "polls": 0, "credentials": 0,
        "alert_mails": 0, "notice_mails": 0,
    }  # fmt: skip
    assert found["resonanz_failed_rows", "exports"] == 1
    assert all(found["resonanz_queue_oldest_seconds", name] >= 0 for name in backlog.QUEUES)


def test_no_client_is_named(cast, line, client, settings):
    settings.METRICS_TOKEN = "secret"
    with scope([cast.bakery.id]):
        ask(cast)

    text = client.get("/metrics", headers=TOKEN).content.decode()

    own = [key for key in scraped(client) if not key[0].startswith(("resonanz_build", "resonanz_request"))]
    names = {key[1] for key in own if len(key) > 1}
    assert names <= {*backlog.QUEUES, *SWEEPS}
    assert "bakery" not in text and line.slug not in text
