"""Bodies that no honest client sends, the same in every run, and what each writing route makes of them."""

import codecs
import gzip
import io
import json
import time
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlencode

from django.apps import apps
from django.db import connection, transaction
from django.http import HttpResponse
from rest_framework.test import APIClient

from agency.roles import as_owner
from clients.scope import scope
from tests import isolation, routes
from tests.routes import Route
from tests.world import Place

JSON, FORM, MULTIPART = "application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"
LONGEST_SECONDS = 20  # two are promised; a busy machine may need more, an endless loop needs ever more
WRITING = ("POST", "PUT", "PATCH")
# What a refused request may change: when the key was used last.
TOUCHED = {"agency_token", "django_session"}


@dataclass(frozen=True)
class Payload:
    name: str
    body: bytes
    content_type: str = JSON
    encoding: str = ""


def raw(good: bytes) -> list[Payload]:
    """What can be wrong with any body, whatever its fields are; `good` is one that the route takes."""
    text = good.decode()
    found = [Payload(f"cut at {part}/8", good[: len(good) * part // 8]) for part in range(8)]
    found += [Payload(f"doubled {name}", good + more) for name, more in (("", good), (" brace", b"}"), (" comma", b","))]
    found += [Payload(f"byte {byte:02x} inside", good[:9] + bytes([byte]) + good[9:]) for byte in _BYTES]
    found += [Payload(f"in {name}", text.encode(name)) for name in ("utf-16", "utf-16-le", "utf-32", "utf-7", "cp037")]
    found += [Payload(f"with the BOM of {name}", mark + good) for name, mark in _BOMS.items()]
    found += [Payload(f"charset {name}", good, f"{JSON}; charset={name}") for name in _CHARSETS]
    found += [Payload(f"as {kind}", good, kind) for kind in _KINDS]
    found += [Payload(f"compressed by {name}", pack(good), JSON, name) for name, pack in _PACKERS.items()]
    found += [Payload(f"said to be {name}", good, JSON, name) for name in ("gzip", "br", "zstd", "x" * 5_000)]
    found += [Payload(name, body) for name, body in _documents()]
    found += [Payload(f"form {name}", body, MULTIPART) for name, body in _multiparts()]
    return found


def fielded(body: dict, names: Iterator[str]) -> Iterator[Payload]:
    """Every field in turn with each of the values that are wrong for most fields."""
    for name in names:
        for told, value in VALUES.items():
            yield Payload(f"{name} {told}", json.dumps(body | {name: value}).encode())
        yield Payload(f"{name} twice", json.dumps(body | {name: 1}).encode()[:-1] + f', "{name}": [2]}}'.encode())
        yield Payload(f"{name} in other letters", json.dumps(body | {name.upper() + "\u200b": 1}).encode())


def formed(fields: dict) -> Iterator[Payload]:
    """The same for the form of a page."""
    for name in fields:
        for told, value in VALUES.items():
            sent = value if isinstance(value, str) else json.dumps(value)
            text = urlencode(fields | {name: sent.encode("utf-8", "surrogatepass")}, doseq=True)
            yield Payload(f"{name} {told}", text.encode(), FORM)


def writing() -> Iterator[tuple[Route, str]]:
    for route in routes.routes():
        for method in isolation.declared(route):
            if method in WRITING:
                yield route, method


def payloads(route: Route, method: str, place: Place) -> list[Payload]:
    query, body, content_type = routes.contents(route, method, place)[0]
    if content_type == FORM:
        fields = routes._forms(place)[route.pattern]
        return [*raw(b'{"a": 1}'), *formed(fields)]
    if content_type != JSON:
        return raw(b'{"a": 1}')
    known = routes.sample(route, method, place)
    known = known if isinstance(known, dict) else {}
    content = route.schema.get(method.lower(), {}).get("requestBody", {}).get("content", {})
    shape = routes._resolved(content.get(JSON, {}).get("schema", {}))
    names = sorted({*known, *shape.get("properties", ())})
    return [*raw(json.dumps(known).encode()), *fielded(known, names)]


def ask(call: APIClient, route: Route, method: str, place: Place, payload: Payload) -> tuple[HttpResponse, float]:
    """The answer and how many seconds it took."""
    more = {"HTTP_CONTENT_ENCODING": payload.encoding} if payload.encoding else {}
    call.raise_request_exception = False
    began = time.monotonic()
    with transaction.atomic():
        answer = call.generic(
            method, routes.paths(route, place)[0], payload.body, content_type=payload.content_type, **more
        )
        if answer.status_code < 400:
            transaction.set_rollback(True)
    return answer, time.monotonic() - began


def faults(call: APIClient, route: Route, method: str, place: Place, sent: list[Payload]) -> Iterator[str]:
    """What was wrong with the answers; whatever was refused must have left nothing behind."""
    with undone():
        before = contents(place)
        for payload in sent:
            answer, seconds = ask(call, route, method, place, payload)
            at = f"{method} {route} {payload.name}"
            if answer.status_code >= 500:
                yield f"{at}: {answer.status_code} {answer.content[:200]!r}"
            if seconds > LONGEST_SECONDS:
                yield f"{at}: took {seconds:.0f} s"
        yield from (f"{method} {route} left something in {table}" for table in sorted(_changed(before, contents(place))))


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def contents(place: Place) -> dict[str, str]:
    """A hash of the rows of each table, as far as they are the place's or nobody's."""
    tables = [model._meta.db_table for model in apps.get_models() if model._meta.managed]
    hashed = [
        f"SELECT '{table}', md5(string_agg(md5(t::text), '' ORDER BY md5(t::text))) FROM \"{table}\" t"
        for table in tables
        if table not in TOUCHED
    ]
    with scope([place.client.id]), as_owner(), connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(hashed))
        return dict(cursor.fetchall())


def _changed(before: dict[str, str], after: dict[str, str]) -> set[str]:
    return {table for table in after if before[table] != after[table]}


def _documents() -> Iterator[tuple[str, bytes]]:
    """Whole bodies: not an object, too deep, too wide, too large."""
    for text in ("", " ", "null", "true", "0", "-0", "1e5", '""', '"x"', "[]", "[[]]", "[{}]", "{}", '{"": ""}',
                 "undefined", "NaN", "-Infinity", "{'a': 1}", '{"a": 01}', '{"a": 1,}', '{"a": .5}', '{"a": 0x1f}',
                 '{"a": "\t"}', '{"a": /* no */ 1}', '{"a" 1}', '{a: 1}', "\ufeff{}", "{}\u2028", '{"__proto__": {}}',
                 '{"items": {}}', '{"items": [null, 1, "x", [], {}]}', '{"items": [[[[]]]]}'):  # fmt: skip
        yield f"whole {ascii(text)}", text.encode()
    for depth in (33, 1_000, 50_000):
        yield f"lists {depth} deep", b"[" * depth + b"]" * depth
        yield f"objects {depth} deep", b'{"a":' * depth + b"1" + b"}" * depth
        yield f"open {depth} deep", b"[" * depth
    for digits in (20, 400, 5_000, 100_000):
        yield f"number of {digits} digits", b'{"a": ' + b"9" * digits + b"}"
        yield f"fraction of {digits} digits", b'{"a": 0.' + b"1" * digits + b"}"
    for exponent in (308, 309, 99_999, -99_999):
        yield f"exponent {exponent}", f'{{"a": 1e{exponent}}}'.encode()
    for escape in ("u0000", "ud800", "udfff", "ud800\\u0041", "udc00\\ud800", "uD83D", "x41", "u12", "uzzzz"):
        yield f"escape {escape}", f'{{"a": "\\{escape}"}}'.encode()
        yield f"key escape {escape}", f'{{"\\{escape}": 1}}'.encode()
    for bad in (b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"\xe2\x82", b"\x80"):
        yield f"no UTF-8 {bad.hex()}", b'{"a": "' + bad + b'"}'
    yield "10,000 fields", json.dumps({f"f{number}": number for number in range(10_000)}).encode()
    yield "equal fields", b"{" + b",".join([b'"a": 1'] * 10_000) + b"}"
    yield "equal hashes", json.dumps({str(number * (2**61 - 1)): 1 for number in range(2_000)}).encode()
    yield "a megabyte", json.dumps({"a": "x" * 1_000_000}).encode()
    yield "items by the thousand", json.dumps({"items": [{}] * 5_000}).encode()


def _multiparts() -> Iterator[tuple[str, bytes]]:
    part = b'--x\r\nContent-Disposition: form-data; name="file"; filename="f.csv"\r\n'
    yield "without an end", part + b"\r\nabc"
    yield "without a part", b"--x--\r\n"
    yield "with another boundary", b"--y\r\n\r\n--y--\r\n"
    yield "without a name", b"--x\r\nContent-Disposition: form-data\r\n\r\nabc\r\n--x--\r\n"
    yield "with a path for a name", part.replace(b"f.csv", b"../../etc/passwd") + b"\r\nabc\r\n--x--\r\n"
    yield "with a NUL in its name", part.replace(b"f.csv", b"f\x00.csv") + b"\r\nabc\r\n--x--\r\n"
    yield "with bad base64", part + b"Content-Transfer-Encoding: base64\r\n\r\n!!!\r\n--x--\r\n"
    yield "with a headline of 100,000", b"--x\r\n" + b"A" * 100_000 + b": b\r\n\r\nabc\r\n--x--\r\n"
    yield "of 2,000 parts", (b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n' * 2_000) + b"--x--\r\n"
    yield "of 200 files", (part + b"\r\nb\r\n") * 200 + b"--x--\r\n"


@lru_cache(maxsize=1)
def _bomb() -> bytes:
    return gzip.compress(b" " * 100_000_000, 1, mtime=0)


def _zipped(good: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(zipfile.ZipInfo("body.json"), good)
    return out.getvalue()


_BYTES = (0x00, 0x01, 0x08, 0x0B, 0x1F, 0x7F, 0x80, 0xC0, 0xF8, 0xFE, 0xFF)
_BOMS = {
    "utf-8": codecs.BOM_UTF8, "utf-8 twice": codecs.BOM_UTF8 * 2, "utf-16": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE, "utf-32": codecs.BOM_UTF32_LE, "utf-7": b"+/v8",
}  # fmt: skip
_CHARSETS = ("utf-16", "latin-1", "cp1252", "utf-7", "nothing", "idna", "rot13", "base64", "x" * 2_000, '"')
_KINDS = (
    "", "text/plain", "text/csv", "text/html", "application/xml", "application/octet-stream", "application/yaml", FORM,
    MULTIPART, "multipart/form-data", "multipart/form-data; boundary=", "multipart/mixed; boundary=x", "json",
    "application/json, application/json", "application/vnd.api+json", "*/*", "application/", "/", "x" * 2_000,
    "application/json; a=" + "b" * 3_000,
)  # fmt: skip
_PACKERS = {
    "gzip": lambda good: gzip.compress(good, mtime=0),
    "deflate": zlib.compress,
    "gzip, gzip": lambda good: gzip.compress(gzip.compress(good, mtime=0), mtime=0),
    "gzip of 100 MB": lambda good: _bomb(),
    "zip": _zipped,
}
VALUES = {
    "is null": None, "is true": True, "is false": False, "is 0": 0, "is -1": -1, "is 2^31": 2**31, "is 2^63-1": 2**63 - 1,
    "is -2^63": -(2**63), "is 2^63": 2**63, "is 10^30": 10**30, "is 1.5": 1.5, "is 1e308": 1e308, "is empty": "",
    "is a blank": " ", "is a NUL": "\0", "is half a pair": "\ud800", "is 100,000 long": "x" * 100_000,
    "is a million long": "ä" * 1_000_000, "turns right to left": "\u202egnp.exe", "is a zero width": "\u200b",
    "is a byte order mark": "\ufeff", "is isolated": "\u2066a\u2069", "is stacked": "a" + "\u0301" * 500,
    "is a family": "👩\u200d👩\u200d👧" * 50, "is a noncharacter": "\uffff", "is a newline": "a\r\nb: c",
    "is the 30th of February": "2026-02-30T10:00:00Z", "is the year 1": "0001-01-01T00:00:00+14:00",
    "is the year 9999": "9999-12-31T23:59:59-14:00", "is without a zone": "2026-03-29T02:30:00", "is a week": "2026-W01-1",
    "is a date": "2026-01-01", "is 24 o'clock": "24:00", "is an offset": "2026-01-01T00:00:00+99:99",
    "is an e-mail": "a@b", "is a number in words": "1e3", "is full width": "１２", "is a script": "<script>alert(1)</script>",
    "is SQL": "'; DROP TABLE x; --", "is a format": "%s{0}${{x}}", "is a path": "../../../etc/passwd", "is a wild card": "%_\\",
    "is a URL": "javascript:alert(1)", "is an address": "http://[::1", "is a list": [], "is a list of lists": [[[]]],
    "is a list of nulls": [None, None], "is a long list": ["x"] * 10_001, "is mixed": [1, "a", None, {}, [], True],
    "is an object": {}, "is nested": {"a": {"b": {"c": [{}]}}}, "is a wide object": {str(n): n for n in range(2_000)},
    "is a formula": "=1+1", "is a zone": "Europe/Nowhere", "is a locale": "xx_XX", "is a bell": "\x07\x1b[31m",
}  # fmt: skip
