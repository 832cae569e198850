"""Files of a client's data: what is in them, that a kill repeats and loses nothing, and who may fetch them."""

import csv
import io
import json
import os
import zipfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from clients.models import Notice
from clients.scope import scope
from feedback import exports, extracts, tables
from feedback.models import Export
from tests import factories

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
PERIOD = {"low": date(2026, 3, 1), "high": date(2026, 3, 31)}


def ask(cast, kind="interactions", format="csv", language="de", **more):
    [made] = exports.add(
        clients=[cast.bakery], user=cast.sam, kind=kind, format=format, language=language, **(PERIOD | more)
    )
    return made


def built(export):
    exports.run_due(now=timezone.now())
    export.refresh_from_db()
    return export


def content(export) -> bytes:
    return b"".join(exports.content(export, 0, export.size))


def test_german_csv_has_semicolons_mark_and_local_times(cast, line):
    factories.receive(line, factories.item("=1+1; Grüße", at=AT, stars=4, kind="review", external_id="-7"))

    data = content(built(ask(cast))).decode()

    [head, row] = csv.reader(io.StringIO(data.removeprefix("\ufeff"), newline=""), delimiter=";")
    found = dict(zip(head, row, strict=True))
    assert data.startswith("\ufeff") and head == [name for name, _ in extracts.INTERACTIONS]
    assert {name: found[name] for name in ("client", "external_id", "text", "received_at", "question")} == {
        "client": "bakery", "external_id": "'-7", "text": "'=1+1; Grüße", "received_at": "02.03.2026 10:30:00",
        "question": "nein",
    }  # fmt: skip


@pytest.mark.parametrize("sign", "=+-@\t\r")
def test_no_cell_is_a_formula(sign):
    made = tables.csv_lines((("text", "text"),), [[f"{sign}cmd"]], "en", ZoneInfo("UTC")).decode()

    assert next(csv.reader(io.StringIO(made, newline=""))) == [f"'{sign}cmd"]


def test_decimals_are_those_of_the_language():
    made = [tables.csv_lines((("n", "number"), ("d", "decimal")), [[-5, 0.25]], language, ZoneInfo("UTC"))
            for language in ("de", "en")]  # fmt: skip

    assert made == [b"-5;0,25\r\n", b"-5,0.25\r\n"]


@pytest.mark.parametrize("kind", extracts.KINDS)
@pytest.mark.parametrize("format", exports.FORMATS)
def test_each_kind_comes_in_each_format_with_the_same_columns(cast, line, kind, format):
    factories.receive(line, factories.item("Offen?", at=AT))

    export = built(ask(cast, kind, format, "en"))

    names = [name for name, _ in extracts.KINDS[kind].columns]
    assert (export.state, export.error, len(export.sha256)) == ("finished", "", 64)
    if format == "csv":
        assert next(csv.reader(io.StringIO(content(export).decode(), newline=""))) == names
    elif format == "jsonl":
        assert [list(json.loads(line)) for line in content(export).splitlines()] == [names] * export.rows
    else:
        with zipfile.ZipFile(io.BytesIO(content(export))) as book:
            assert book.testzip() is None


def test_workbook_goes_on_in_another_sheet(tmp_path):
    columns = (("id", "number"), ("at", "moment"), ("text", "text"))
    lines = [tables.json_lines(columns, [[n, AT, "=x"]], ZoneInfo("UTC")) for n in range(5)]

    tables.workbook(str(tmp_path / "x.xlsx"), lines, columns, "rows", ZoneInfo("UTC"), lambda: None, sheet_rows=3)

    names = zipfile.ZipFile(tmp_path / "x.xlsx").namelist()
    assert [name for name in names if "worksheets/sheet" in name] == [f"xl/worksheets/sheet{n}.xml" for n in (1, 2, 3)]


@pytest.mark.parametrize("format", exports.FORMATS)
def test_killed_worker_repeats_and_loses_nothing(cast, line, monkeypatch, format):
    monkeypatch.setattr(extracts, "CHUNK", 3)
    factories.receive(line, *(factories.item(f"m{n}", at=AT + timedelta(minutes=n)) for n in range(10)))
    whole, broken = content(built(ask(cast, format=format))), ask(cast, format=format)
    pieces = iter(range(2))

    with pytest.raises(StopIteration):
        _die(broken, cast, pieces)
    with Path(default_storage.path(broken.draft)).open("ab") as file:
        file.write(b"torn line that was never committed")
    Export.objects.filter(pk=broken.pk).update(next_at=timezone.now())
    again = content(built(broken))

    assert broken.rows == 10
    assert _parts(again) == _parts(whole) if format == "xlsx" else again == whole


def _die(export, cast, pieces):
    Export.objects.filter(pk=export.pk).update(state="running")

    def progress(rows):
        next(pieces)

    exports.run(export.id, cast.bakery.id, progress)


def _parts(book: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(book)) as read:
        return {name: read.read(name) for name in read.namelist() if "worksheets" in name}


def test_filters_and_period_are_kept_to(cast, line):
    items = [factories.item(f"m{n}", at=AT + timedelta(days=20 * n), external_id=f"m{n}") for n in range(3)]
    factories.receive(line, *items, factories.answer("Danke", at=AT + timedelta(hours=1)))

    export = built(ask(cast, format="jsonl", filters={"direction": ["in"], "channels": [line.slug]}))

    assert [json.loads(row)["external_id"] for row in content(export).splitlines()] == ["m0", "m1"]


def test_asker_is_told_once(cast, line):
    built(ask(cast))

    told = list(Notice.objects.filter(kind="export_ready").values_list("recipient__email", flat=True))
    assert told == [cast.sam.email]


def test_file_is_gone_after_a_week(cast, line, api):
    export = built(ask(cast))
    old = timezone.now().timestamp() - 8 * 86_400
    path = Path(default_storage.path(export.path))
    os.utime(path, (old, old))

    thrown = exports.tidy(now=timezone.now() + exports.KEPT)

    assert (path.exists(), thrown >= 1) == (False, True)
    assert api(cast.sam).get(f"/api/v1/exports/{export.id}/file/").status_code == 404


def body(**more):
    return {"kind": "interactions", "format": "jsonl", "from": "2026-03-01", "to": "2026-03-31"} | more


def test_each_client_has_a_file_of_its_own(cast, line, api):
    answer = api(cast.sam).post("/api/v1/exports/", body())

    items = answer.json()["items"]
    assert (answer.status_code, [item["client"] for item in items]) == (202, ["bakery", "florist"])
    assert len({item["batch"] for item in items}) == 1


def test_file_comes_in_parts_and_only_when_it_changed(cast, line, api):
    factories.receive(line, *(factories.item(f"m{n}", at=AT) for n in range(3)))
    export = built(ask(cast, format="jsonl"))
    whole, address, caller = content(export), f"/api/v1/exports/{export.id}/file/", api(cast.sam)

    asked = {
        given: caller.get(address, headers={"Range": given})
        for given in ("bytes=0-9", "bytes=10-", "bytes=-5", "bytes=999999-", "bytes=0-1,3-4")
    }
    same = caller.get(address, headers={"If-None-Match": f'"{export.sha256}"'})

    got = {given: (one.status_code, one.getvalue()) for given, one in asked.items() if one.status_code != 416}
    assert got == {
        "bytes=0-9": (206, whole[:10]), "bytes=10-": (206, whole[10:]), "bytes=-5": (206, whole[-5:]),
        "bytes=0-1,3-4": (200, whole),
    }  # fmt: skip
    assert asked["bytes=999999-"].status_code == 416
    assert (same.status_code, same["ETag"]) == (304, f'"{export.sha256}"')


def test_rights_are_looked_at_at_each_request(cast, line, api):
    export = built(ask(cast))
    address = f"/api/v1/exports/{export.id}/file/"

    codes = [
        api(cast.sam).get(address).status_code,
        api(cast.sam, scopes=["metrics:read"]).get(address).status_code,
        api(cast.sam, clients=[cast.florist]).get(address).status_code,
        api(cast.flo).get(address).status_code,
    ]

    assert codes == [200, 404, 404, 404]
    assert api(cast.sam, scopes=["metrics:read"]).post("/api/v1/exports/", body()).status_code == 403


def test_foreign_names_are_absent_and_wrong_filters_refused(cast, line, api):
    caller = api(cast.sam)

    codes = [
        caller.post("/api/v1/exports/", body(**more)).status_code
        for more in ({"clients": ["nobody"]}, {"channels": ["nothing"]}, {"status": ["open"]}, {"to": "2026-02-01"},
                     {"sentiment": ["odd"]}, {"format": "pdf"})
    ]  # fmt: skip

    assert codes == [404, 404, 400, 400, 400, 400]


def test_cancelled_export_is_not_made(cast, line, api):
    export = ask(cast)

    state = api(cast.sam).post(f"/api/v1/exports/{export.id}/cancel/").json()["state"]
    exports.run_due(now=timezone.now())

    with scope([cast.bakery.id]):
        export.refresh_from_db()
    assert (state, export.state, export.rows) == ("cancelled", "cancelled", 0)
