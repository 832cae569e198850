"""Bytes of strangers: what is kept of them, and what is refused."""

import io
import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from campaigns import pictures
from clients.refusal import Refused
from tests.factories import picture

CANARY = b"zqcanary"
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><script>alert(1)</script>"


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def photo(**options) -> bytes:
    """A JPEG with everything a camera writes: place, maker, time, a comment, a colour profile."""
    exif = Image.Exif()
    exif[0x010F] = CANARY.decode()  # maker
    exif[0x0112] = 6  # held on its side
    exif.get_ifd(0x8825).update({1: "N", 2: (53.0, 33.0, 2.0), 3: "E", 4: (9.0, 59.0, 37.0)})
    exif.get_ifd(0x8769)[0x9286] = CANARY  # comment of the user
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    given = {"exif": exif, "comment": CANARY, "icc_profile": profile, "xmp": CANARY, "size": (40, 20)} | options
    return picture("JPEG", **given)


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, *more: bytes) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(more) + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("kind", "mime"),
    [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp"), ("GIF", "image/gif")],
)
def test_each_type_is_known_by_its_content_and_stays_what_it_is(kind, mime):
    kept = pictures.clean(picture(kind))

    assert (kept.mime, opened(kept.content).format, kept.width, kept.height) == (mime, kind, 8, 6)
    assert opened(kept.thumbnail).format == "WEBP"


def test_place_maker_and_comments_are_gone_and_the_picture_stands_upright():
    raw = photo()
    assert opened(raw).getexif().get_ifd(0x8825)[1] == "N"

    kept = pictures.clean(raw)

    image = opened(kept.content)
    assert (dict(image.getexif()), CANARY in kept.content, b"Exif" in kept.content) == ({}, False, False)
    assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "progressive", "progression"}
    assert (kept.width, kept.height) == (20, 40)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF"])
def test_no_other_type_keeps_what_it_was_told(kind):
    exif = Image.Exif()
    exif[0x010F] = CANARY.decode()
    more = {"GIF": {"comment": CANARY}, "PNG": {"exif": exif}, "WEBP": {"exif": exif, "xmp": CANARY}}[kind]
    raw = picture(kind, **more) + CANARY

    kept = pictures.clean(raw)

    assert (CANARY in raw, CANARY in kept.content + kept.thumbnail) == (True, False)


def test_what_stands_behind_a_picture_is_left_behind():
    kept = pictures.clean(picture("PNG") + HTML)

    assert b"script" not in kept.content


def test_colours_of_another_profile_become_those_of_the_web():
    cmyk = io.BytesIO()
    Image.new("CMYK", (4, 4), (0, 255, 255, 0)).save(cmyk, "JPEG")

    kept = opened(pictures.clean(cmyk.getvalue()).content)

    assert (kept.mode, kept.getpixel((0, 0))[0] > 200) == ("RGB", True)


def test_transparency_stays():
    out = io.BytesIO()
    Image.new("RGBA", (4, 4), (255, 0, 0, 0)).save(out, "PNG")

    assert opened(pictures.clean(out.getvalue()).content).getpixel((0, 0))[3] == 0


def test_large_pictures_become_smaller():
    kept = pictures.clean(picture("JPEG", (4_000, 1_000)))

    assert (kept.width, kept.height) == (2_000, 500)
    assert opened(kept.thumbnail).size == (320, 80)


@pytest.mark.parametrize("kind", ["GIF", "WEBP"])
def test_what_moves_goes_on_moving(kind):
    frames = [Image.new("RGB", (9, 9), colour) for colour in ("red", "green", "blue")]
    out = io.BytesIO()
    frames[0].save(out, kind, save_all=True, append_images=frames[1:], duration=[50, 60, 70], loop=0)

    kept = opened(pictures.clean(out.getvalue()).content)

    assert (kept.format, kept.n_frames) == (kind, 3)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "unsuitable"),
        (b"GIF89a", "broken"),
        (SVG, "unsuitable"),
        (HTML, "unsuitable"),
        (b"\x89PNG\r\n\x1a\n" + HTML, "broken"),
        (b"\xff\xd8\xff\xe0" + HTML, "broken"),
        (b"%PDF-1.7\n" + HTML, "unsuitable"),
        (b"\0\0\0\x20ftypisom" + b"\0" * 99, "unsuitable"),
        (photo()[:-40], "broken"),
        (picture("PNG", (200, 200))[:-30], "broken"),
        (picture("WEBP", (200, 200))[:60], "broken"),
        (png(60_000, 60_000), "too_large"),
        (png(8_000, 8_000), "too_large"),
        (png(2_000_000_000, 2_000_000_000), "too_large"),
        (png(0, 5), "broken"),
        (png(9, 9), "broken"),
        (b"x" * (20 * 1024 * 1024 + 1), "too_large"),
    ],
    ids=lambda value: value if isinstance(value, str) else f"{value[:12]!r}"[:30],
)
def test_what_is_no_sound_picture_is_refused(raw, code):
    with pytest.raises(Refused) as refused:
        pictures.clean(raw)

    assert {(field, told) for field, _, told in refused.value.errors} <= {("file", code), ("file", "unsuitable")}


def test_an_animation_that_unfolds_to_too_much_is_refused():
    frames = [Image.new("L", (1_900, 1_900), number) for number in range(15)]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])

    with pytest.raises(Refused) as refused:
        pictures.clean(out.getvalue())

    assert refused.value.errors[0][2] == "too_large"


def test_text_that_unfolds_to_too_much_is_refused():
    bomb = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"a" * 80_000_000))

    with pytest.raises(Refused):
        pictures.clean(png(4, 4, bomb))


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(st.sampled_from(["JPEG", "PNG", "WEBP", "GIF"]), st.data())
def test_whatever_is_broken_in_a_picture_it_is_kept_or_refused(kind, data):
    raw = bytearray(photo() if kind == "JPEG" else picture(kind, (30, 30)))
    for place in data.draw(st.lists(st.integers(0, len(raw) - 1), max_size=8)):
        raw[place] = data.draw(st.integers(0, 255))

    try:
        kept = pictures.clean(bytes(raw))
    except Refused:
        return

    assert opened(kept.content).size == (kept.width, kept.height)
