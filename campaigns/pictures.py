"""Makes of a stranger's bytes a picture that may be kept: decoded, turned upright, written anew without what it told.

The type is what the decoder finds, never what a name or header says. Everything but the pixels is left behind: place,
camera, time, comments, whatever was appended. Colours are brought to sRGB, because the profile stays behind too.
"""

import io
import struct
import warnings
from dataclasses import dataclass

from PIL import Image, ImageCms, ImageOps, ImageSequence, UnidentifiedImageError

from clients.refusal import Refused

MIMES = {"JPEG": "image/jpeg", "MPO": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "GIF": "image/gif"}
SUFFIXES = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/gif": "gif"}
MOST_BYTES = 20 * 1024 * 1024
MOST_PIXELS = 50_000_000  # what a file may unfold to, its frames taken together
MOST_SIDE = 2_000  # pixels of the longer side as kept; no network shows more
THUMBNAIL = 320
JPEG = {"quality": 85, "optimize": True, "progressive": True}
WEBP = {"quality": 85, "method": 4}
# The decoder warns at its own limit, which is nobody's to read here, and stops at twice as much.
Image.MAX_IMAGE_PIXELS = MOST_PIXELS // 2
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)
TRANSPARENT = ("RGBA", "LA", "PA", "La", "RGBa")


@dataclass(frozen=True, slots=True)
class Picture:
    """`thumbnail` is WebP; `width` and `height` in pixels."""

    content: bytes
    mime: str
    width: int
    height: int
    thumbnail: bytes


def clean(raw: bytes) -> Picture:
    """The picture as it is kept. Raises Refused for what is none, is broken, or unfolds to too much."""
    if len(raw) > MOST_BYTES:
        raise Refused("file", f"must have at most {MOST_BYTES:,} bytes, not {len(raw):,}", "too_large")
    try:
        return _read(raw)
    except UnidentifiedImageError:
        raise Refused("file", "is no JPEG, PNG, WebP or GIF picture", "unsuitable") from None
    except Image.DecompressionBombError:
        raise _unfolds() from None
    except Refused:
        raise
    except Exception as error:  # decoders raise all sorts of things at bytes that were made to hurt
        raise Refused("file", f"is a broken picture ({type(error).__name__})", "broken") from None


def _unfolds() -> Refused:
    return Refused("file", f"unfolds to more than {MOST_PIXELS:,} pixels", "too_large")


def _read(raw: bytes) -> Picture:
    with Image.open(io.BytesIO(raw), formats=("JPEG", "PNG", "WEBP", "GIF")) as image:
        mime = MIMES[image.format]
        frames = 1 if mime == "image/jpeg" else getattr(image, "n_frames", 1)
        if image.width * image.height * frames > MOST_PIXELS:
            raise _unfolds()
        return _moving(image, mime) if frames > 1 else _still(image, mime)


def _still(image: Image.Image, mime: str) -> Picture:
    """Made smaller first, so that a large file needs its memory for a moment only."""
    image.draft(None, (MOST_SIDE, MOST_SIDE))
    image.load()
    upright = _upright(_in_full_colours(image))
    upright.thumbnail((MOST_SIDE, MOST_SIDE))
    kept = _bare(_in_srgb(upright), clear=mime != "image/jpeg" and upright.mode in TRANSPARENT)
    out = io.BytesIO()
    kept.save(out, SUFFIXES[mime].replace("jpg", "jpeg"), **_options(mime))
    return Picture(out.getvalue(), mime, *kept.size, _thumbnail(kept))


def _moving(image: Image.Image, mime: str) -> Picture:
    """An animation keeps its frames and pace; it is not made smaller."""
    if max(image.size) > MOST_SIDE:
        raise Refused("file", f"moves and is larger than {MOST_SIDE} pixels on one side", "too_large")
    loop, frames, pace = image.info.get("loop", 0), [], []
    for frame in ImageSequence.Iterator(image):
        frame.load()
        pace.append(frame.info.get("duration") or 100)
        frames.append(_bare(frame, clear=True))
    out = io.BytesIO()
    more = {"save_all": True, "append_images": frames[1:], "duration": pace, "loop": loop}
    frames[0].save(out, SUFFIXES[mime], **more, **({"disposal": 2} if mime == "image/gif" else {}))
    return Picture(out.getvalue(), mime, *image.size, _thumbnail(frames[0]))


def _in_full_colours(image: Image.Image) -> Image.Image:
    """Without a palette or odd depths, which can't be made smaller well."""
    clear = image.mode in TRANSPARENT or "transparency" in image.info
    if image.mode in ("RGB", "RGBA", "CMYK", "L") and clear == (image.mode == "RGBA"):
        return image
    return image.convert("RGBA" if clear else "RGB")


def _in_srgb(image: Image.Image) -> Image.Image:
    """With the colours that its profile meant; as it is where the profile can't be read."""
    if not (profile := image.info.get("icc_profile")):
        return image
    try:
        meant = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        mode = "RGBA" if image.mode == "RGBA" else "RGB"
        return ImageCms.profileToProfile(image, meant, ImageCms.createProfile("sRGB"), outputMode=mode)
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image


def _upright(image: Image.Image) -> Image.Image:
    """Turned as its camera was held; as it is where that can't be read."""
    try:
        return ImageOps.exif_transpose(image)
    except (OSError, SyntaxError, ValueError, TypeError, KeyError, struct.error):
        return image


def _bare(image: Image.Image, *, clear: bool) -> Image.Image:
    """The pixels alone, `clear` with their transparency: encoders write some of what else was there again."""
    bare = Image.new("RGBA" if clear else "RGB", image.size)
    bare.paste(image.convert(bare.mode))
    return bare


def _options(mime: str) -> dict:
    return {"image/jpeg": JPEG, "image/webp": WEBP, "image/png": {"optimize": True}}.get(mime, {})


def _thumbnail(image: Image.Image) -> bytes:
    small = image.copy()
    small.thumbnail((THUMBNAIL, THUMBNAIL))
    out = io.BytesIO()
    small.save(out, "webp", **WEBP)
    return out.getvalue()
