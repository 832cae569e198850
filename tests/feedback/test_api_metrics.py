"""Measures, policies and files over REST."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from campaigns import planning
from clients import scope
from clients.models import Event
from feedback import imports, retries, rollup
from feedback.models import Clock, Import, PolicyVersion, Refusal
from tests import factories
from tests.asking import ask

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def sam(cast, line, api):
    return api(cast.sam)


@pytest.fixture
def pub(db):
    """A client of another agency, with its default policies."""
    return factories.client(factories.agency("rival"), "pub")


def fields(answer) -> list[str]:
    return [error["field"] for error in answer.json()["errors"]]


@pytest.fixture
def week(cast, line):
    """Three turns of the bakery, answered after 1 and 3 hours and not at all; one of the florist."""
    for day, hours in ((0, 1), (1, 3), (1, None)):
        thread, at = f"{day}{hours}", MONDAY + timedelta(days=day)
        factories.receive(line, factories.item("Wann macht ihr auf?", at=at, thread=thread))
        if hours:
            factories.receive(line, factories.answer(at=at + hours * HOUR, thread=thread))
    shop = factories.channel(cast.florist, "shop")
    factories.receive(shop, factories.item("Habt ihr Rosen?", at=MONDAY, kind="message"))
    for client in (cast.bakery, cast.florist):
        rollup.fill(client.id)


ASKED = "/metrics/response-times/?from=2026-03-01&to=2026-03-07"


def test_times_are_told_per_client_in_seconds(week, sam):
    told = ask(sam, "GET", f"{ASKED}&client=bakery").json()

    (row,) = told["rows"]
    assert (told["from"], told["to"], told["by"]) == ("2026-03-01", "2026-03-07", "total")
    assert {name: row[name] for name in ("client", "received", "sent", "n", "answered", "open", "overdue")} == {
        "client": "bakery", "received": 3, "sent": 2, "n": 3, "answered": 2, "open": 1, "overdue": 1,
    }  # fmt: skip
    assert row["share_met"] == 0.6667
    assert row["first"]["business"] == {"median": 3600, "p90": 10800, "p95": 10800}
    assert row["first"]["wall"] == row["first"]["business"]
    assert row["next"]["wall"] == {"median": None, "p90": None, "p95": None}
    assert set(row) >= {"closed", "cancelled", "no_reply_needed", "late_ingest", "resolution"}
    assert {"n", "share_met", "median", "filled_to"} <= set(told["definitions"])


@pytest.mark.parametrize(
    ("by", "wanted"),
    [
        ("total", [("bakery", None, 3), ("florist", None, 1)]),
        ("day", [("bakery", "2026-03-02", 1), ("bakery", "2026-03-03", 2), ("florist", "2026-03-02", 1)]),
        ("channel", [("bakery", "counter", 3), ("florist", "shop", 1)]),
        ("kind", [("bakery", "comment", 3), ("florist", "message", 1)]),
        ("sentiment", [("bakery", "neutral", 3), ("florist", "neutral", 1)]),
    ],
)
def test_rows_are_keyed_by_what_was_asked_for(week, sam, by, wanted):
    rows = ask(sam, "GET", f"{ASKED}&by={by}").json()["rows"]

    assert [(row["client"], row.get(by), row["n"]) for row in rows if row["n"]] == wanted


def test_clients_may_be_named_several_times(week, sam):
    rows = ask(sam, "GET", f"{ASKED}&client=florist&client=bakery").json()["rows"]

    assert {row["client"] for row in rows} == {"bakery", "florist"}


def test_by_default_the_last_thirty_local_days_are_told(sam):
    told = ask(sam, "GET", "/metrics/response-times/?client=bakery").json()

    low, high = date.fromisoformat(told["from"]), date.fromisoformat(told["to"])
    assert high - low == timedelta(days=29)
    assert abs(high - timezone.now().date()) <= timedelta(days=1)


def test_what_waits_to_be_summed_is_told(line, week, sam):
    told = ask(sam, "GET", ASKED).json()["filled_to"]
    factories.receive(line, factories.item("Noch da?", at=MONDAY, thread="late"))

    assert ask(sam, "GET", ASKED).json()["filled_to"] >= told


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("by=week", "by"), ("by=", "by"), ("from=x", "from"), ("from=2026-02-30", "from"), ("from=20260301", "from"),
        ("to=0000-01-01", "to"), ("to=9999-12-31", "to"), ("from=2026-03-02&to=2026-03-01", "to"), ("to=2026-W10-1", "to"),
    ],
)  # fmt: skip
def test_a_period_that_makes_no_sense_is_refused_by_name(sam, query, field):
    answer = ask(sam, "GET", f"/metrics/response-times/?{query}")

    assert (answer.status_code, fields(answer)) == (400, [field])


def test_measures_of_others_are_absent(pub, sam):
    assert ask(sam, "GET", f"{ASKED}&client=pub").status_code == 404
    assert {row["client"] for row in ask(sam, "GET", ASKED).json()["rows"]} == {"bakery", "florist"}


def test_measures_need_their_right(cast, line, api):
    answer = ask(api(cast.sam, scopes=["inbox:read"]), "GET", ASKED)

    assert answer.json()["detail"] == "This needs the right 'metrics:read'."


def names(answer) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [row["name"] for row in answer.json()["results"]]


def test_policies_are_listed_in_the_order_in_which_they_are_tried(sam):
    answer = ask(sam, "GET", "/policies/?client=bakery")

    assert names(answer) == ["1–2 Sterne", "Kritik", "Fragen", "Lob", "Alles andere"]
    assert {name: value for name, value in answer.json()["results"][0].items() if name not in ("id", "valid_from")} == {
        "client": "bakery", "name": "1–2 Sterne", "version": 1, "position": 0, "user": None, "archived_at": None,
        "channels": [], "kinds": [], "sentiments": [], "stars_min": None, "stars_max": 2, "question": None,
        "campaigns": [], "vip": None, "first_seconds": 7200, "next_seconds": 7200, "resolution_seconds": 57600,
        "calendar": "client", "warn_percent": 75, "warn_before_seconds": None, "reopen_days": 7, "pause_first": False,
        "grace_seconds": 1800, "severity": "normal",
    }  # fmt: skip


def test_a_new_policy_is_tried_first(cast, sam):
    planning.add_campaign(client=cast.bakery, actor=cast.sam, slug="xmas", name="X")
    body = {"client": "bakery", "name": "Weihnachten", "channels": ["counter"], "campaigns": ["xmas"],
            "kinds": ["comment"], "first_seconds": 600, "warn_before_seconds": 300, "severity": "critical"}  # fmt: skip

    made = ask(sam, "POST", "/policies/", body)

    assert made.status_code == 201, made.content
    assert {name: made.json()[name] for name in body} == body
    assert made.json()["user"] == cast.sam.email
    assert names(ask(sam, "GET", "/policies/?client=bakery"))[0] == "Weihnachten"


def test_a_change_is_a_new_version_and_the_old_one_stays(cast, sam):
    id = ask(sam, "GET", "/policies/?client=bakery").json()["results"][0]["id"]

    changed = ask(sam, "PATCH", f"/policies/{id}/", {"name": "Verriss", "first_seconds": 3600}).json()
    versions = ask(sam, "GET", f"/policies/{id}/versions/").json()["results"]

    assert (changed["version"], changed["name"], changed["first_seconds"], changed["next_seconds"]) == (
        2, "Verriss", 3600, 7200,
    )  # fmt: skip
    assert [(row["version"], row["first_seconds"]) for row in versions] == [(2, 3600), (1, 7200)]
    assert ask(sam, "GET", f"/policies/{id}/").json() == changed
    assert ask(sam, "PATCH", f"/policies/{id}/", {}).json() == changed


def test_a_policy_is_archived_and_not_forgotten(sam):
    id = ask(sam, "GET", "/policies/?client=bakery").json()["results"][0]["id"]

    gone = ask(sam, "DELETE", f"/policies/{id}/")

    assert (gone.status_code, gone.content) == (204, b"")
    assert "1–2 Sterne" not in names(ask(sam, "GET", "/policies/?client=bakery"))
    assert names(ask(sam, "GET", "/policies/?archived=true")) == ["1–2 Sterne"]
    assert ask(sam, "GET", f"/policies/{id}/").json()["archived_at"] is not None
    assert ask(sam, "PATCH", f"/policies/{id}/", {"first_seconds": 1}).status_code == 409


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        ({"name": ""}, "name"), ({"name": None}, "name"), ({"first_seconds": 0}, "first_seconds"),
        ({"first_seconds": -1}, "first_seconds"), ({"first_seconds": 1.5}, "first_seconds"),
        ({"first_seconds": "600"}, "first_seconds"), ({"first_seconds": 10**12}, "first_seconds"),
        ({"first_seconds": None}, "first_seconds"), ({"first_seconds": 900, "resolution_seconds": 600}, "first_seconds"),
        ({"first_seconds": 34_000_000}, "calendar"), ({"stars_min": 5, "stars_max": 1}, "stars_min"),
        ({"stars_min": 6}, "stars_min"), ({"warn_percent": 0}, "warn_percent"), ({"warn_percent": 101}, "warn_percent"),
        ({"warn_percent": 50, "warn_before_seconds": 60}, "warn_before_seconds"), ({"kinds": ["rant"]}, "kinds[0]"),
        ({"kinds": "review"}, "kinds"), ({"sentiments": ["neutral", "x"]}, "sentiments[1]"), ({"channels": [1]}, "channels[0]"),
        ({"channels": ["counter", "shop"]}, "channels[1]"), ({"campaigns": ["x"]}, "campaigns[0]"),
        ({"calendar": "mine"}, "calendar"), ({"severity": "high"}, "severity"), ({"reopen_days": -1}, "reopen_days"),
        ({"reopen_days": None}, "reopen_days"), ({"grace_seconds": -1}, "grace_seconds"), ({"vip": 1}, "vip"),
        ({"question": "yes"}, "question"), ({"position": 10**10}, "position"), ({"id": 1}, "id"), ({"x": 1}, "x"),
    ],
)  # fmt: skip
def test_a_policy_that_can_not_be_kept_is_refused_by_field(cast, sam, change, wanted):
    factories.channel(cast.florist, "shop")

    answer = ask(sam, "POST", "/policies/", {"client": "bakery", "name": "N", "first_seconds": 600} | change)

    assert (answer.status_code, fields(answer)) == (400, [wanted])


def test_policies_are_applied_to_open_clocks_after_a_count(line, sam):
    factories.receive(line, factories.item("Wann macht ihr auf?", at=timezone.now() - timedelta(minutes=1)))
    ask(sam, "POST", "/policies/", {"client": "bakery", "name": "N", "first_seconds": 600})
    target = Clock.objects.filter(kind="first").values_list("target_seconds", flat=True)

    counted = ask(sam, "POST", "/policies/apply/", {"client": "bakery", "preview": True})
    before = target.get()
    applied = ask(sam, "POST", "/policies/apply/", {"client": "bakery", "preview": False})

    assert (counted.status_code, applied.status_code) == (200, 200)
    assert (before, target.get()) == (14400, 600)
    assert counted.json()["open_clocks"] >= 1
    assert Event.objects.filter(action="policies.applied").count() == 1
    assert fields(ask(sam, "POST", "/policies/apply/", {"client": "bakery"})) == ["preview"]


def test_policies_of_others_are_absent(pub, sam):
    with scope.scope([pub.id]):
        id = PolicyVersion.objects.filter(client=pub).first().policy_id
    routes = [("GET", f"/policies/{id}/", None), ("PATCH", f"/policies/{id}/", {"name": "x"}),
              ("DELETE", f"/policies/{id}/", None), ("GET", f"/policies/{id}/versions/", None),
              ("POST", "/policies/", {"client": "pub", "name": "x", "first_seconds": 1}),
              ("POST", "/policies/apply/", {"client": "pub", "preview": True}),
              ("GET", "/policies/?client=pub", None)]  # fmt: skip

    assert [ask(sam, *route).status_code for route in routes] == [404] * 7


def test_the_list_of_policies_asks_as_often_for_one_client_as_for_two(sam):
    ask(sam, "GET", "/me/")  # writes down that the token is in use
    counts = []
    for query in ("limit=1", "limit=100"):
        with CaptureQueriesContext(connection) as queries:
            ask(sam, "GET", f"/policies/?{query}")
        counts.append(len(queries))

    assert counts[0] == counts[1]


HEADER = ",".join(imports.COLUMNS)
LINES = [
    'a1,t1,in,comment,c1,Carla,"Wann macht ihr auf?",,2026-03-02T09:00:00Z',
    "a2,t1,out,comment,us,Bakery,Um acht,,2026-03-02T10:00:00Z",
    '=cmd(),t2,rant,comment,c1,Carla,"=1+1",,2026-03-02T09:00:00Z',
    "a4,t3,in,comment,c1,Carla,Hallo,,gestern",
]
FILE = "\n".join([HEADER, *LINES]).encode()


def upload(api, source: bytes, **values):
    given = {"client": "bakery", "channel": "counter"} | values
    return api.post("/api/v1/imports/", given | {"file": SimpleUploadedFile("history.csv", source)}, format="multipart")


def csv_body(api, query: str, source: bytes):
    return api.generic("POST", f"/api/v1/imports/?{query}", source, content_type="text/csv")


def run() -> None:
    imports.run_due(now=timezone.now())


def test_an_uploaded_file_is_a_job_that_a_worker_does(cast, sam):
    job = upload(sam, FILE)
    run()

    assert (job.status_code, job.json()["state"], job.json()["size"], job.json()["filename"]) == (
        202, "queued", len(FILE), "history.csv",
    )  # fmt: skip
    done = ask(sam, "GET", f"/imports/{job.json()['id']}/").json()
    assert {name: done[name] for name in ("client", "channel", "user", "state", "progress", "done_lines", "created",
                                          "updated", "duplicates", "refused", "error")} == {
        "client": "bakery", "channel": "counter", "user": cast.sam.email, "state": "done", "progress": 1.0,
        "done_lines": 4, "created": 2, "updated": 0, "duplicates": 0, "refused": 2, "error": "",
    }  # fmt: skip
    assert done["finished_at"] is not None
    assert [row["id"] for row in ask(sam, "GET", "/imports/").json()["results"]] == [done["id"]]


def test_the_refused_lines_are_downloaded_with_number_and_reason(sam):
    id = upload(sam, FILE).json()["id"]
    run()

    file = sam.get(ask(sam, "GET", f"/imports/{id}/").json()["refusals"], HTTP_ACCEPT="text/csv")
    rows = ask(sam, "GET", f"/imports/{id}/refusals/?as=json").json()["results"]

    assert (file.status_code, file["Content-Type"]) == (200, "text/csv; charset=utf-8")
    assert file["Content-Disposition"] == f'attachment; filename="import-{id}-refusals.csv"'
    first, *lines = file.content.decode("utf-8-sig").splitlines()
    assert (file.content[:3], first) == (b"\xef\xbb\xbf", "line,field,reason,text")
    assert [line.split(",")[:2] for line in lines] == [["4", "direction"], ["5", "created_at"]]
    assert "\"'=cmd()" in lines[0]
    assert [(row["line"], row["field"]) for row in rows] == [(4, "direction"), (5, "created_at")]


def test_refusals_come_in_pages(cast, sam):
    id = upload(sam, FILE).json()["id"]
    Refusal.objects.bulk_create(
        Refusal(client=cast.bakery, job_id=id, line=line, field="text", reason="x") for line in range(1, 6)
    )

    first = ask(sam, "GET", f"/imports/{id}/refusals/?as=json&limit=3").json()
    second = ask(sam, "GET", first["next"].partition("/api/v1")[2]).json()

    assert [[row["line"] for row in page["results"]] for page in (first, second)] == [[1, 2, 3], [4, 5]]
    assert fields(ask(sam, "GET", f"/imports/{id}/refusals/?as=xml")) == ["as"]


def test_a_file_may_be_the_body_itself(sam):
    job = csv_body(sam, "client=bakery&channel=counter", FILE)
    run()

    assert (job.status_code, ask(sam, "GET", f"/imports/{job.json()['id']}/").json()["created"]) == (202, 2)


def test_a_file_that_fails_is_tried_again_and_then_set_aside(cast, sam, monkeypatch):
    id = upload(sam, FILE).json()["id"]
    monkeypatch.setattr(imports.inbox, "receive", lambda *_, **__: 1 / 0)
    now, tries = timezone.now(), 0
    with pytest.raises(ZeroDivisionError):
        imports.run_due(now=now)
    assert imports.run_due(now=now) is None  # later, not at once
    while tries < 20 and ask(sam, "GET", f"/imports/{id}/").json()["state"] != "failed":
        tries += 1
        with pytest.raises(ZeroDivisionError):
            imports.run_due(now=now + timedelta(days=1))

    assert tries == retries.TRIES - 1
    assert ask(sam, "GET", f"/imports/{id}/").json()["error"].startswith("ZeroDivisionError")


def test_the_same_file_twice_changes_nothing(sam):
    for _ in range(2):
        last = upload(sam, FILE).json()["id"]
        run()

    done = ask(sam, "GET", f"/imports/{last}/").json()
    assert (done["created"], done["duplicates"], done["refused"]) == (0, 2, 2)


@pytest.mark.parametrize(
    ("send", "field"),
    [
        (lambda api: upload(api, b""), "file"),
        (lambda api: upload(api, b"a,b\n1,2"), "file"),
        (lambda api: upload(api, b"\0\0\0"), "file"),
        (lambda api: upload(api, b"\xff\xfe" * 100), "file"),
        (lambda api: upload(api, b'"' + b"x" * (17 * 1024 * 1024)), "file"),
        (lambda api: upload(api, FILE, also="x"), "also"),
        (lambda api: upload(api, FILE, client="A!"), "client"),
        (lambda api: api.post("/api/v1/imports/", {"client": "bakery", "channel": "counter"}, format="multipart"), "file"),
        (lambda api: api.post("/api/v1/imports/", {"client": "bakery", "channel": "counter", "file": "x"}, format="multipart"),
         "file"),
        (lambda api: csv_body(api, "client=bakery&channel=counter", b""), "file"),
        (lambda api: csv_body(api, "client=bakery", FILE), "channel"),
        (lambda api: csv_body(api, "client=Bakery!&channel=counter", FILE), "client"),
    ],
)  # fmt: skip
def test_what_is_no_such_file_is_refused_by_field(sam, send, field):
    answer = send(sam)

    assert (answer.status_code, fields(answer)) == (400, [field])
    assert Import.objects.count() == 0


def test_a_broken_form_is_refused(sam):
    answer = sam.generic("POST", "/api/v1/imports/", b"--x\r\nnonsense", content_type="multipart/form-data; boundary=")

    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert ask(sam, "POST", "/imports/", {"client": "bakery"}).status_code == 415


@pytest.mark.parametrize("send", [upload, lambda api, source: csv_body(api, "client=bakery&channel=counter", source)])
def test_a_file_that_is_too_large_is_refused_by_name(sam, settings, send):
    settings.IMPORT_MAX_BYTES = len(FILE) - 1

    answer = send(sam, FILE)

    assert (answer.status_code, fields(answer)) == (400, ["file"])


def test_imports_of_others_are_absent(pub, sam):
    with scope.scope([pub.id]):
        job = imports.add(channel=factories.channel(pub, "counter"), user=None, filename="canary.csv", source=FILE)

    routes = [f"/imports/{job.id}/", f"/imports/{job.id}/refusals/", f"/imports/{job.id}/refusals/?as=json",
              "/imports/?client=pub"]  # fmt: skip
    assert [ask(sam, "GET", route).status_code for route in routes] == [404] * 4
    assert upload(sam, FILE, client="pub").status_code == 404
    assert upload(sam, FILE, channel="absent").status_code == 404
    assert ask(sam, "GET", "/imports/").json()["results"] == []


def test_files_need_their_right(cast, line, api):
    reader = api(cast.sam, scopes=["imports:read"])

    assert upload(reader, FILE).json()["detail"] == "This needs the right 'imports:write'."
