"""Posts with gaps: which there are, and what they say filled in."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns import wording

LUNCH = {
    "client": "bakery", "name": "Mittag", "kind": "product", "title": "Heute: {dish}",
    "text": "Heute gibt es {dish} für {price} Euro. {Kein Feld} {} {dish}", "link": "https://bakery.example/{slug}",
    "tags": ["mittag", "{dish}"],
}  # fmt: skip


@pytest.fixture
def made(api, cast):
    return api(cast.sam).post("/api/v1/templates/", LUNCH, format="json").json()


def test_a_template_tells_its_gaps(made):
    assert made["gaps"] == ["dish", "price", "slug"]


def test_rendering_names_what_is_missing_and_what_is_unknown(made, api, cast):
    path = f"/api/v1/templates/{made['id']}/render/"
    body = {"values": {"dish": "Suppe {price}", "slug": "mittag", "colour": "rot"}}

    assert api(cast.sam).post(path, body, format="json").json() == {
        "kind": "product",
        "title": "Heute: Suppe {price}",
        "text": "Heute gibt es Suppe {price} für {price} Euro. {Kein Feld} {} Suppe {price}",
        "link": "https://bakery.example/mittag",
        "tags": ["mittag", "Suppe {price}"],
        "missing": ["price"],
        "unknown": ["colour"],
    }


def test_a_whole_rendering_makes_a_post(made, api, cast, line):
    call = api(cast.sam)
    values = {"dish": "Suppe", "price": "5", "slug": "mittag"}
    filled = call.post(f"/api/v1/templates/{made['id']}/render/", {"values": values}, format="json").json()
    post = {name: filled[name] for name in ("kind", "title", "text", "link", "tags")}

    answer = call.post("/api/v1/posts/", post | {"client": "bakery", "channels": ["counter"]}, format="json")

    assert (filled["missing"], answer.status_code, answer.json()["title"]) == ([], 201, "Heute: Suppe")


def test_templates_are_changed_listed_and_thrown_away(made, api, cast):
    call, path = api(cast.sam), f"/api/v1/templates/{made['id']}/"

    changed = call.patch(path, {"text": "Kurz"}, format="json").json()
    taken = call.post("/api/v1/templates/", LUNCH, format="json")
    listed = call.get("/api/v1/templates/?client=bakery").json()["results"]
    gone = call.delete(path).status_code, call.get(path).status_code

    assert (changed["text"], changed["gaps"], listed) == ("Kurz", ["dish", "slug"], [changed])
    assert (taken.status_code, taken.json()["errors"][0]["field"], gone) == (400, "name", (204, 404))


def test_the_client_reads_templates_only(made, api, cast):
    path = f"/api/v1/templates/{made['id']}/"

    assert [
        api(cast.ana).get(path).status_code,
        api(cast.ana).patch(path, {"text": "x"}, format="json").status_code,
        api(cast.flo).get(path).status_code,
    ] == [200, 403, 404]


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(st.text("ab{} _1", max_size=40), st.dictionaries(st.sampled_from(["a", "b", "ab"]), st.text("x{a}", max_size=5)))
def test_filling_leaves_everything_but_the_gaps(text, values):
    names = wording.gaps([text])

    filled = wording.filled(text, {name: "" for name in names})

    assert wording.filled(text, {}) == text
    assert filled == wording.GAP.sub("", text)
    assert [name for name in names if name not in values] == [n for n in wording.gaps([text]) if n not in values]
