"""Posts from a file: drafts and nothing more, each line on its own, each only once."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns import lines
from campaigns.models import Post, Publication
from clients.refusal import Refused
from tests import factories
from tests.parallel import in_parallel

FILE = """kind,text,channels,publish_at,local_time,campaign,title,link,tags,evergreen,ref
tip,"Brot, frisch
und warm",counter,2100-06-01T08:00:00+02:00,,,Titel,https://bakery.example/,brot|neu,ja,
event,Fest,counter|second,,01.12.2100 9:05,,,,,,fest-1
job,Gesucht,counter,,2100-12-01 09:05,,,,,false,
"""


@pytest.fixture
def taken(api, cast, line):
    """A function that sends a file and gives the answer."""
    factories.channel(cast.bakery, "second")
    return lambda csv, who=None: api(who or cast.sam).post(
        "/api/v1/posts/import/", {"client": "bakery", "csv": csv}, format="json"
    )


def statuses(answer):
    return [row["status"] for row in answer.json()["results"]]


def test_every_line_becomes_a_draft(taken):
    answer = taken(FILE)

    first, second, third = Post.objects.order_by("id")
    assert (answer.status_code, answer.json()["created"], statuses(answer)) == (200, 3, ["created"] * 3)
    assert [row["line"] for row in answer.json()["results"]] == [2, 4, 5]
    assert (first.text, first.title, first.tags, first.evergreen) == ("Brot, frisch\nund warm", "Titel", ["brot", "neu"], True)
    assert [post.local_time for post in (first, second, third)] == ["2100-06-01T08:00", "2100-12-01T09:05", "2100-12-01T09:05"]
    assert (second.ref, set(Publication.objects.values_list("state", flat=True))) == ("fest-1", {"draft"})


@pytest.mark.parametrize("change", [lambda file: file, lambda file: file.replace(",", ";").replace("Brot;", "Brot,"), lambda file: "\ufeff" + file])
def test_the_same_file_again_changes_nothing(change, taken):
    first = taken(FILE)

    answer = taken(change(FILE))

    assert (statuses(answer), answer.json()["duplicates"], Post.objects.count()) == (["duplicate"] * 3, 3, 3)
    assert [row["post"] for row in answer.json()["results"]] == [row["post"] for row in first.json()["results"]]


def test_a_line_with_a_known_ref_is_not_taken_again(taken):
    taken("kind,text,channels,ref\ntip,Brot,counter,a\n")

    answer = taken("ref,kind,text,channels\na,tip,Kuchen,counter\nb,tip,Brot,counter\nb,tip,Brot,counter\n")

    assert statuses(answer) == ["duplicate", "created", "duplicate"]
    assert list(Post.objects.order_by("id").values_list("text", flat=True)) == ["Brot", "Brot"]


def test_bad_lines_are_named_and_leave_the_good_ones(taken):
    answer = taken(
        "kind,text,channels,publish_at,local_time,campaign,link,evergreen\n"
        "tip,Gut,counter,,,,,\n"
        "advert,x,counter,,,,,\n"
        "tip,,counter,,,,,\n"
        "tip,x,,,,,,\n"
        "tip,x,nowhere,,,,,\n"
        "tip,x,counter,morgen,,,,\n"
        "tip,x,counter,,32.13.2100 09:00,,,\n"
        "tip,x,counter,,,spring,,\n"
        "tip,x,counter,,,,javascript:alert(1),\n"
        "tip,x,counter,,,,,vielleicht\n"
        "tip,x\n"
        "tip,Auch gut,counter,,,,,\n"
    )

    told = answer.json()
    faults = [(row["line"], row["field"]) for row in told["results"] if row["status"] == "refused"]
    assert (told["created"], told["refused"], Post.objects.count()) == (2, 10, 2)
    assert faults == [
        (3, "kind"), (4, "text"), (5, "channels"), (6, "channels"), (7, "publish_at"), (8, "local_time"),
        (9, "campaign"), (10, "link"), (11, "evergreen"), (12, "line"),
    ]  # fmt: skip
    assert all(row["reason"] for row in told["results"] if row["status"] == "refused")


@pytest.mark.parametrize(
    "csv",
    [
        "", "kind,text\ntip,Brot\n", "kind,text,channels,state\ntip,Brot,counter,approved\n",
        "kind,text,channels,text\n", "kind,text,channels\n" + "tip,x,counter\n" * 1_001,
    ],
    ids=["empty", "missing", "unknown", "twice", "too long"],
)  # fmt: skip
def test_files_without_our_columns_are_refused_as_a_whole(csv, taken):
    answer = taken(csv)

    assert (answer.status_code, answer.json()["errors"][0]["field"], Post.objects.count()) == (400, "csv", 0)


def test_files_come_as_a_form_or_as_they_are(api, cast, line):
    csv = "kind;text;channels\ntip;Brot;counter\n".encode("utf-8-sig")
    call, path = api(cast.sam), "/api/v1/posts/import/"

    form = call.post(path, {"client": "bakery", "file": SimpleUploadedFile("a.csv", csv)}, format="multipart")
    plain = call.generic("POST", f"{path}?client=bakery", csv, content_type="text/csv")

    assert (statuses(form), statuses(plain)) == (["created"], ["duplicate"])
    assert call.generic("POST", path, csv, content_type="text/csv").status_code == 400


def test_bytes_that_are_no_text_spoil_only_their_line(api, cast, line):
    csv = b"kind,text,channels,ref\ntip,Br\xf6tchen,counter,\ntip,Brot,counter,\ntip,a\0b,counter,\n"
    csv += b"tip,Brot,counter,\xf6\ntip,Brot,counter,a\0\n"

    answer = api(cast.sam).generic("POST", "/api/v1/posts/import/?client=bakery", csv, content_type="text/csv")

    assert statuses(answer) == ["refused", "created", "refused", "refused", "refused"]


def test_the_client_imports_nothing(taken, cast):
    assert taken(FILE, cast.ana).status_code == 403


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(st.binary(max_size=300))
def test_whatever_a_file_holds_it_is_read_or_refused(junk):
    try:
        found = lines.read(b"kind,text,channels\n" + junk)
    except Refused:
        return

    assert all(line.values is not None or line.wrong[0] for line in found)


@pytest.mark.django_db(transaction=True)
def test_the_same_file_twice_at_once_is_taken_once(cast):
    with factories.scope.scope([cast.bakery.id]):
        factories.channel(cast.bakery, "counter")
    body = {"client": "bakery", "csv": "kind,text,channels\n" + "".join(f"tip,Brot {n},counter\n" for n in range(9))}

    found = in_parallel(
        lambda: factories.api(cast.agency, cast.sam).post("/api/v1/posts/import/", body, format="json").json(), 3
    )

    assert (sum(told["created"] for told in found), sum(told["refused"] for told in found)) == (9, 0)
