import json

import pytest
from django.db import DatabaseError, connection, transaction

from agency import problems, strictjson
from clients import access, hours, scope
from clients.refusal import Conflict, Refused
from tests.asking import ask

BUSINESS = {"mon": [["09:00", "17:00"]]}


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        (b'{"a": 1}', {"a": 1}),
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        (b'{"a": 1, "a": 2}', {"a": 2}),
        (b'"\\ud83d\\ude00"', "😀"),
        ('{"ü": [1.5, null, true]}'.encode(), {"ü": [1.5, None, True]}),
        (b"9223372036854775807", 2**63 - 1),
    ],
)
def test_strict_json_reads_what_is_json(raw, wanted):
    assert strictjson.loads(raw) == wanted


@pytest.mark.parametrize(
    ("raw", "fields"),
    [
        (b'{"a": ', []),
        (b"", []),
        (b'{"a": "\xff"}', []),
        (b'{"a": "x\x00y"}', []),
        (b"[" * 40 + b"]" * 40, []),
        (b"[" * 100_000 + b"]" * 100_000, []),
        (b'{"a": NaN}', ["a"]),
        (b'{"a": [1, -Infinity]}', ["a[1]"]),
        (b'{"a": 1e999}', ["a"]),
        (b'{"a": 9223372036854775808}', ["a"]),
        (b'{"a": ' + b"9" * 5_000 + b"}", ["a"]),
        (b'{"items": [{}, {"text": "a\\u0000b"}]}', ["items[1].text"]),
        (b'{"items": [{"text": "\\ud800"}]}', ["items[0].text"]),
        (b'{"a": {"b c": "\\uDFFF"}}', ["a.'b c'"]),
        (b'{"\\u0000": 1}', ["'\\x00'"]),
    ],
)
def test_strict_json_refuses_and_names_the_field(raw, fields):
    with pytest.raises(strictjson.Unreadable) as caught:
        strictjson.loads(raw)

    assert [name for name, _ in caught.value.errors] == fields


@pytest.mark.parametrize(
    ("error", "status", "code", "fields"),
    [
        (access.NotFound("There is no client 'x'."), 404, "not_found", []),
        (access.Forbidden("inbox:write"), 403, "permission_denied", []),
        (Refused("slug", "is taken", "taken"), 400, "invalid", [("slug", "taken")]),
        (Refused(errors=[("a", "x"), ("b[0]", "y", "odd")]), 400, "invalid", [("a", "invalid"), ("b[0]", "odd")]),
        (hours.Invalid([("week.mon[0]", "x")]), 400, "invalid", [("week.mon[0]", "invalid")]),
        (Conflict("No.", "last_owner"), 409, "last_owner", []),
        (OverflowError("int too large"), 400, "out_of_range", []),
        (problems.OperationalError("gone"), 503, "unavailable", []),
        (problems.RequestDataTooBig(), 413, "too_large", []),
        (problems.exceptions.Throttled(3), 429, "throttled", []),
        (
            problems.exceptions.ValidationError({"items": [{}, {"text": ["x"]}], "non_field_errors": ["y"]}),
            400,
            "invalid",
            [("items[1].text", "invalid"), ("", "invalid")],
        ),
    ],
)
def test_exceptions_become_problems(error, status, code, fields):
    body = problems.translate(error).body()

    assert (body["status"], body["code"]) == (status, code)
    assert [(entry["field"], entry["code"]) for entry in body["errors"]] == fields


def test_an_unexpected_exception_is_no_problem_document():
    assert problems.translate(KeyError("x")) is None


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        (
            "INSERT INTO agency_agency (slug, name, calendar, logo, second_factor, created_at) "
            "SELECT slug, '', '{}', '', false, now() FROM agency_agency",
            "already_exists",
        ),
        ("SELECT 99999999999::int", "out_of_range"),
        ("UPDATE agency_agency SET slug = repeat('x', 99)", "out_of_range"),
        ("SELECT * FROM clients_event", None),
        ("UPDATE agency_agency SET slug = null", None),
    ],
)
def test_values_may_be_at_fault_but_a_missing_scope_is_ours(cast, sql, code):
    with pytest.raises(DatabaseError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)

    problem = problems.translate(caught.value)
    assert (problem and problem.code) == code


@pytest.mark.parametrize(
    ("method", "address", "status"),
    [
        ("GET", "/api/v1/nothing/", 404),
        ("GET", "/api/nothing", 404),
        ("POST", "/api/v1/clients", 404),
        ("GET", "/api/v1/clients/", 401),
        ("DELETE", "/api/v1/clients/", 401),
        ("POST", "/api/schema/", 405),
        ("GET", "/api/v1/clients/%00/", 404),
    ],
)
def test_every_failure_is_a_problem_document(db, client, method, address, status):
    answer = client.generic(method, address)

    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert answer.json()["status"] == status
    assert len(answer["X-Request-ID"]) == 36


def test_foreign_and_absent_answer_the_same_bytes(cast, api):
    asker = api(cast.olga)

    foreign = ask(asker, "GET", "/clients/pub/").content
    absent = ask(asker, "GET", "/clients/bar/").content

    assert foreign == absent.replace(b"bar", b"pub")


def test_an_unexpected_exception_is_a_500_without_details(cast, api):
    with scope.scope({cast.bakery.id}):
        cast.bakery.calendar.delete()

    answer = ask(api(cast.olga), "GET", "/clients/bakery/hours/")

    body = answer.json()
    assert (answer.status_code, answer["Content-Type"]) == (500, "application/problem+json")
    assert body["request_id"] == answer["X-Request-ID"]
    assert "Calendar" not in answer.content.decode()


def test_a_failure_undoes_what_was_written(cast, api):
    asker = api(cast.olga)
    long = {**BUSINESS, "mon": [["09:00", "09:01"]]}

    answer = ask(asker, "PUT", "/clients/bakery/hours/", {"zone": "Europe/Berlin", "week": long})

    # Two business days of a default promise take more than 400 days of one minute a week.
    assert answer.status_code == 400
    assert ask(asker, "GET", "/clients/bakery/hours/").json()["week"]["mon"] == [["09:00", "17:00"]]


def test_a_body_over_the_limit_is_413(cast, settings, api):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000

    answer = ask(api(cast.olga), "POST", "/clients/", {"slug": "a", "name": "x" * 1_000})

    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


BODIES = {
    ("POST", "/clients/"): {"slug": "new", "name": "New", "homepage": "https://new.example", "language": "de"},
    ("PATCH", "/clients/bakery/"): {"name": "New", "homepage": "", "language": "en", "archived": False},
    ("PUT", "/clients/bakery/hours/"): {
        "zone": "Europe/Berlin", "country": "DE", "subdivision": "BY", "categories": ["public"],
        "week": BUSINESS, "closed": ["2026-12-24"], "open": {"2026-12-19": [["10:00", "14:00"]]},
    },
    ("POST", "/clients/bakery/hours/preview/"): {
        "target_seconds": 1800, "starts": ["2026-03-27T15:45:00Z"],
        "pairs": [["2026-03-27T15:45:00Z", "2026-03-28T15:45:00Z"]],
    },
    ("POST", "/channels/"): {
        "client": "bakery", "slug": "new", "name": "New", "network": "sandbox", "account": "a",
        "credentials": {"token": "t"},
    },
    ("POST", "/campaigns/"): {
        "client": "bakery", "slug": "new", "name": "New", "goal": "g", "starts_on": "2026-01-01", "ends_on": None,
    },
    ("POST", "/tokens/"): {"name": "t", "scopes": ["inbox:read"], "clients": ["bakery"], "expires_in_days": 3},
    ("POST", "/members/"): {"email": "new@x.example", "name": "N", "role": "editor", "clients": ["bakery"]},
}  # fmt: skip
WRONG = ["true", "-1", "1.5", "1e999", "9" * 30, '"\\u0000"', '"\\ud800"', '"0000-00-00T00:00:00"', "[[[[]]]]",
         '{"x": {}}', '"' + "x" * 6_000 + '"']  # fmt: skip


def corpus():
    for (method, address), body in BODIES.items():
        whole = json.dumps(body)
        yield method, address, whole[: len(whole) // 2], []
        yield method, address, whole.encode("utf-16"), []
        yield method, address, "[1]", [""]
        yield method, address, '"text"', [""]
        yield method, address, json.dumps(body | {"surprise": 1}), ["surprise"]
        for name in body:
            rest = {key: value for key, value in body.items() if key != name}
            for wrong in WRONG:
                yield method, address, json.dumps(rest)[:-1] + f', "{name}": {wrong}}}', [name]


def test_corrupt_input_is_refused_by_field_and_never_an_error_of_ours(cast, api):
    asker = api(cast.olga)
    tried = 0

    for method, address, body, fields in corpus():
        tried += 1
        answer = ask(asker, method, address, body)
        told = (method, address, body[:120], answer.status_code, answer.content[:300])
        assert answer.status_code in (200, 201, 400, 404), told
        if answer.status_code >= 400:
            assert answer["Content-Type"] == "application/problem+json", told
        if answer.status_code == 400 and fields:
            named = {entry["field"].partition("[")[0].partition(".")[0] for entry in answer.json()["errors"]}
            assert named >= set(fields), told

    assert tried >= 200


def test_wrong_types_of_required_fields_are_refused(cast, api):
    asker = api(cast.olga)

    wrong = {name: ask(asker, "POST", "/clients/", {"slug": "a", "name": "A"} | {name: 5}) for name in ("slug", "name")}

    assert {name: answer.status_code for name, answer in wrong.items()} == {"slug": 400, "name": 400}


def test_another_content_type_is_415(cast, api):
    answer = api(cast.olga).generic("POST", "/api/v1/clients/", "slug=a", content_type="text/plain")

    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")
