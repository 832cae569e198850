"""Pictures of posts: kept once, told to nobody else, part of what is approved, and sent as they are."""

import base64
import hashlib
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from campaigns import approval, library, limits, media, posts
from campaigns.models import Attachment, Media, Publication
from campaigns.publishing import publish_due
from campaigns.vocabulary import Verdict
from clients import networks
from clients.refusal import Conflict, Refused
from config.logs import hide_keys
from tests import factories
from tests.parallel import in_parallel


@pytest.fixture
def kept(cast, in_scope):
    """A function that keeps a picture of this colour for the bakery."""

    def make(colour="red", alt="Ein Brot", client=None, **more):
        source = factories.picture(colour=colour, **more)
        return library.add(client=client or cast.bakery, actor=cast.sam, name="brot.png", alt=alt, source=source)[0]

    return make


def send(call, content, name="brot.png", **more):
    file = SimpleUploadedFile(name, content, content_type="image/png")
    return call.post("/api/v1/media/", {"client": "bakery", "file": file} | more, format="multipart")


def test_a_sent_picture_is_shown_and_served(api, cast):
    answer = send(api(cast.sam), factories.picture("JPEG"), alt="Ein Brot")

    told = answer.json()
    file = api(cast.sam).get(f"/api/v1/media/{told['id']}/file/")
    content = b"".join(file.streaming_content)
    assert (answer.status_code, told["mime"], told["alt"], told["width"], told["posts"]) == (201, "image/jpeg", "Ein Brot", 8, 0)
    assert (told["sha256"], told["size"]) == (hashlib.sha256(content).hexdigest(), len(content))
    assert (file["Content-Type"], file["X-Content-Type-Options"], file["Cache-Control"]) == (
        "image/jpeg", "nosniff", "private, no-cache",
    )  # fmt: skip


def test_base64_is_taken_too_and_the_same_picture_only_once(api, cast):
    body = {"client": "bakery", "name": "brot.png", "content": base64.b64encode(factories.picture()).decode()}

    first = api(cast.sam).post("/api/v1/media/", body, format="json")
    second = send(api(cast.sam), factories.picture(), name="other.png")
    third = api(cast.sam).post("/api/v1/media/", body | {"client": "florist"}, format="json")

    assert [first.status_code, second.status_code, third.status_code] == [201, 200, 201]
    assert (first.json()["id"] == second.json()["id"], first.json()["id"] == third.json()["id"]) == (True, False)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"content": "no base64!"}, "content"),
        ({"content": base64.b64encode(b"<svg/>").decode()}, "file"),
        ({"colour": "red"}, "colour"),
        ({"alt": "x" * 1_001}, "alt"),
    ],
)
def test_wrong_input_is_refused_by_its_field(more, field, api, cast):
    body = {"client": "bakery", "name": "a.png", "content": base64.b64encode(factories.picture()).decode()} | more

    answer = api(cast.sam).post("/api/v1/media/", body, format="json")

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)


def test_the_name_of_a_file_is_only_a_name(api, cast):
    body = {"client": "bakery", "name": "../../x\r\nSet-Cookie: a=b.png", "content": base64.b64encode(factories.picture()).decode()}

    told = api(cast.sam).post("/api/v1/media/", body, format="json").json()
    file = api(cast.sam).get(f"/api/v1/media/{told['id']}/file/")

    assert (told["name"], "Set-Cookie" in file) == ("../../xSet-Cookie: a=b.png", False)
    assert Media.objects.get().path.startswith(f"{cast.bakery.id}/")


def test_editors_send_pictures_and_the_client_sees_them(api, cast, agency, kept):
    editor = factories.member(agency, "edi", "editor", [cast.bakery])
    id = kept().id

    statuses = [
        send(api(editor), factories.picture(colour="blue")).status_code,
        send(api(cast.ana), factories.picture(colour="green")).status_code,
        api(cast.ana).get(f"/api/v1/media/{id}/file/?size=thumbnail").status_code,
        api(cast.flo).get(f"/api/v1/media/{id}/file/").status_code,
        api(cast.ana).delete(f"/api/v1/media/{id}/").status_code,
    ]

    assert statuses == [201, 403, 200, 404, 403]


def test_a_post_shows_its_pictures_in_order_and_says_what_is_missing(api, cast, line, kept):
    one, other = kept("red").id, kept("blue", alt="").id
    body = {"client": "bakery", "kind": "tip", "text": "Brot", "channels": ["counter"], "media": [other, one]}

    answer = api(cast.sam).post("/api/v1/posts/", body, format="json").json()
    turned = api(cast.sam).patch(f"/api/v1/posts/{answer['id']}/", {"media": [one, other]}, format="json").json()
    none = api(cast.sam).patch(f"/api/v1/posts/{answer['id']}/", {"media": []}, format="json").json()

    assert [row["id"] for row in answer["media"]] == [other, one]
    assert [row["id"] for row in turned["media"]] == [one, other]
    assert (len(answer["notices"]), none["media"], none["notices"]) == (1, [], [])


@pytest.mark.parametrize("ids", [lambda own, theirs: [own, theirs], lambda own, theirs: [own, own], lambda own, theirs: [4711]])
def test_pictures_of_others_and_doubled_ones_are_refused(ids, draft, kept, cast):
    own, theirs = kept().id, kept(client=cast.florist).id

    with pytest.raises(Refused) as refused:
        draft(media=ids(own, theirs))

    assert refused.value.errors[0][0].startswith("media")
    assert Attachment.objects.count() == 0


def test_without_alternative_text_nothing_is_submitted(draft, mode, kept, cast, states):
    mode("internal")
    picture = kept(alt=" ")
    post = draft(media=[picture.id])

    with pytest.raises(Refused) as refused:
        posts.act(post, "submit", actor=cast.sam)
    library.describe(picture=picture, actor=cast.sam, alt="Ein Brot")
    posts.act(post, "submit", actor=cast.sam)

    assert [(field, code) for field, _, code in refused.value.errors] == [("media", "required")]
    assert states(post) == {"social": "in_review"}


def test_a_scheduled_post_gets_no_picture_without_alternative_text(draft, mode, kept, cast, states):
    mode("none")
    post = draft(publish_at=timezone.now() + timedelta(days=1))
    posts.act(post, "submit", actor=cast.sam)

    with pytest.raises(Refused):
        posts.change_post(post=post, actor=cast.sam, media=[kept(alt="").id])

    assert (states(post), Attachment.objects.count()) == ({"social": "scheduled"}, 0)


def test_pictures_their_order_and_their_words_are_part_of_what_is_approved(planned, kept, cast, states):
    one, other = kept("red"), kept("blue")
    post = planned(media=[one.id, other.id], publish_at=timezone.now() + timedelta(days=1))
    seen = [states(post)["social"]]

    for change in ([other.id, one.id], [one.id], [one.id, other.id]):
        posts.change_post(post=post, actor=cast.sam, media=change)
        seen.append(states(post)["social"])
    library.describe(picture=one, actor=cast.sam, alt="Zwei Brote")
    seen.append(states(post)["social"])
    library.describe(picture=one, actor=cast.sam, alt="Ein Brot")
    seen.append(states(post)["social"])
    posts.change_post(post=post, actor=cast.sam, media=[one.id, other.id])

    assert seen == ["scheduled", "in_review", "in_review", "scheduled", "in_review", "scheduled"]
    assert states(post)["social"] == "scheduled"


def test_posts_without_pictures_keep_the_approvals_they_had(planned):
    post = planned()
    row = Publication.objects.get(post=post)

    assert approval.hash_of(post, row) == Publication.objects.get(post=post).decisions.get().hash
    assert post.media_hashes() == []


def test_what_is_out_keeps_its_words(planned, kept, cast, states):
    picture = kept()
    post = planned(media=[picture.id])
    publish_due(now=timezone.now())

    library.describe(picture=picture, actor=cast.sam, alt="Anders")

    assert (states(post)["social"], Attachment.objects.get().alt) == ("sent", "Ein Brot")


def test_nobody_takes_its_words_from_a_picture_that_is_on_its_way(api, cast, planned, kept, states):
    picture = kept()
    post = planned(media=[picture.id], publish_at=timezone.now() + timedelta(days=1))

    answer = api(cast.sam).patch(f"/api/v1/media/{picture.id}/", {"alt": ""}, format="json")

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "media")
    assert (Media.objects.get().alt, states(post)["social"]) == ("Ein Brot", "scheduled")


def test_a_picture_in_use_is_not_thrown_away(draft, kept, cast, django_capture_on_commit_callbacks):
    picture = kept()
    post = draft(media=[picture.id])

    with pytest.raises(Conflict) as used:
        library.remove(picture=picture, actor=cast.sam)
    posts.change_post(post=post, actor=cast.sam, media=[])
    with django_capture_on_commit_callbacks(execute=True):
        library.remove(picture=picture, actor=cast.sam)

    assert used.value.code == "in_use"
    assert [default_storage.exists(path) for path in (picture.path, picture.thumbnail)] == [False, False]
    assert Media.objects.count() == 0


def test_files_that_nothing_names_are_thrown_away_after_a_day(kept, cast):
    picture = kept()
    lost = [default_storage.save(f"{cast.bakery.id}/{name}", ContentFile(b"x")) for name in ("lost.png", "lost.small.webp")]

    now = timezone.now()
    found = [library.tidy(now=now), library.tidy(now=now + timedelta(days=2)), library.tidy(now=now + timedelta(days=2))]

    assert found == [0, 2, 0]
    assert [default_storage.exists(path) for path in (picture.path, picture.thumbnail, *lost)] == [True, True, False, False]


def test_a_connector_gets_the_pictures_with_their_words_and_address(draft, kept):
    picture = kept()
    post = draft(media=[picture.id])

    (sent,) = media.for_sending(post)

    assert (sent.name, sent.mime, sent.alt) == ("brot.png", "image/png", "Ein Brot")
    assert hashlib.sha256(sent.content).hexdigest() == picture.sha256
    assert sent.url.startswith("http://") and "/media/" in sent.url


def test_a_post_whose_picture_is_gone_fails_with_the_reason(planned, kept, states):
    picture = kept()
    post = planned(media=[picture.id])
    default_storage.delete(picture.path)

    publish_due(now=timezone.now())

    assert states(post)["social"] == "failed"
    assert Publication.objects.get(post=post).reason == f"The file of picture {picture.id} is gone."


def test_the_public_address_works_for_a_day_for_everybody_who_knows_it(client, kept, settings, monkeypatch):
    address = media.address(kept())

    known = client.get(address)
    wrong = [client.get(address[:-4] + "xyz/").status_code, client.get("/media/1/").status_code]
    monkeypatch.setattr(media, "OPEN_FOR", timedelta(seconds=-1))
    late = client.get(address).status_code

    assert (known.status_code, known["Content-Type"], known["X-Robots-Tag"]) == (200, "image/png", "noindex")
    assert (wrong, late) == ([404, 404], 404)


def test_the_public_address_stays_the_same_for_an_hour(kept, monkeypatch):
    picture, hour = kept(), 1_800_000_000 // 3600 * 3600
    told = []

    for second in (hour, hour + 3599, hour + 3600):
        monkeypatch.setattr(media.time, "time", lambda second=second: second)
        told.append(media.address(picture))

    assert told[0] == told[1] != told[2]


def test_the_public_address_is_not_logged(kept):
    address = media.address(kept())

    told = hide_keys(None, "info", {"request": f"GET {address}"})

    assert told == {"request": "GET /media/…/"}
    assert hide_keys(None, "info", {"request": "GET /api/v1/media/5/"}) == {"request": "GET /api/v1/media/5/"}


def test_the_public_address_ends_with_the_client(client, kept, cast):
    address = media.address(kept())
    cast.bakery.archived_at = timezone.now()
    cast.bakery.save()

    assert client.get(address).status_code == 404


def test_the_client_sees_on_the_approval_page_what_it_approves(api, cast, client, draft, kept, mode):
    mode("internal_and_client")
    post = draft(media=[kept(alt="Brot & Käse").id], publish_at=timezone.now() + timedelta(days=1))
    posts.act(post, "submit", actor=cast.sam)
    posts.judge(post, Verdict.APPROVE, actor=cast.olga)
    body = {"client": "bakery", "name": "Ana", "posts": [post.id]}
    url = api(cast.sam).post("/api/v1/approval-links/", body, format="json").json()["url"]

    page = client.get(url[url.index("/approval/"):]).content.decode()

    source = "/media/" + page.partition('src="/media/')[2].partition('"')[0]
    assert ("Brot &amp; Käse" in page, client.get(source).status_code) == (True, 200)


@pytest.mark.parametrize(
    ("network", "pictures", "told"),
    [
        ("sandbox", [("image/png", 9)] * 10, []),
        ("sandbox", [("image/png", 9)] * 12, ["2 pictures too many: sandbox takes 10, this has 12."]),
        ("manual", [("image/gif", 9)], []),
    ],
)
def test_pictures_are_counted_as_the_network_takes_them(network, pictures, told):
    assert limits.media_problems(network, pictures) == told


def test_types_and_bytes_are_limited_by_the_network(monkeypatch):
    monkeypatch.setitem(limits.PICTURES, "sandbox", limits.PICTURES["instagram"])

    assert limits.media_problems("sandbox", [("image/jpeg", 8_000_000)]) == []
    assert limits.media_problems("sandbox", [("image/png", 8_000_001)]) == [
        "Picture 1 is image/png: sandbox takes image/jpeg.",
        "Picture 1 is 1 bytes too large: sandbox takes 8000000.",
    ]
    assert [limits.media_missing("sandbox", number) for number in (0, 1)] == [
        ["sandbox takes no post with fewer than 1 pictures."],
        [],
    ]


def test_a_network_that_wants_a_picture_takes_drafts_without_one(monkeypatch, draft, mode, cast, kept, states):
    monkeypatch.setitem(limits.PICTURES, "sandbox", limits.Pictures(least=1))
    mode("internal")
    post = draft()

    with pytest.raises(Refused) as refused:
        posts.act(post, "submit", actor=cast.sam)
    posts.change_post(post=post, actor=cast.sam, media=[kept().id])
    posts.act(post, "submit", actor=cast.sam)

    assert (refused.value.errors[0][0], states(post)["social"]) == ("media", "in_review")


def test_browsers_get_the_same_limits(api, cast):
    table = api(cast.sam).get("/api/v1/limits/").json()

    assert set(table["media"]) == set(networks.names())
    assert table["media"]["sandbox"] == {"types": list(limits.ANY.types), "size": 0, "least": 0, "most": 10}


@pytest.mark.django_db(transaction=True)
def test_the_same_picture_sent_twice_at_once_is_kept_once(cast):
    found = in_parallel(lambda: send(factories.api(cast.agency, cast.sam), factories.picture()), 3)

    assert len({answer.json()["id"] for answer in found}) == 1
    assert sorted(answer.status_code for answer in found) == [200, 200, 201]
