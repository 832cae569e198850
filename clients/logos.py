"""The sign of the agency and of each client, as their reports show it: written anew as a PNG, named by its content."""

import hashlib
import io

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from PIL import Image, UnidentifiedImageError

from agency.models import Agency, User

from . import audit
from .models import Client
from .refusal import Refused

WIDEST, HIGHEST, MOST_BYTES, MOST_PIXELS = 600, 240, 2 * 1024 * 1024, 20_000_000


def _png(raw: bytes) -> bytes:
    """Raises Refused for what is no picture, or unfolds to too much."""
    if len(raw) > MOST_BYTES:
        raise Refused("logo", f"must have at most {MOST_BYTES:,} bytes, not {len(raw):,}", "too_large")
    try:
        with Image.open(io.BytesIO(raw), formats=("PNG", "JPEG", "WEBP", "GIF")) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise Refused("logo", f"unfolds to more than {MOST_PIXELS:,} pixels", "too_large")
            small = picture.convert("RGBA")
    except Refused:
        raise
    except UnidentifiedImageError:
        raise Refused("logo", "is no JPEG, PNG, WebP or GIF picture", "unsuitable") from None
    except Exception as error:  # decoders raise all sorts of things at bytes that were made to hurt
        raise Refused("logo", f"is a broken picture ({type(error).__name__})", "broken") from None
    small.thumbnail((WIDEST, HIGHEST))
    out = io.BytesIO()
    small.save(out, "PNG", optimize=True)
    return out.getvalue()


def _store(raw: bytes) -> str:
    content = _png(raw)
    path = f"logos/{hashlib.sha256(content).hexdigest()}.png"
    return path if default_storage.exists(path) else default_storage.save(path, ContentFile(content))


@transaction.atomic
def of_agency(*, agency: Agency, raw: bytes, actor: User) -> Agency:
    """Raises Refused. No bytes: no logo any more."""
    agency.logo = _store(raw) if raw else ""
    agency.save(update_fields=["logo"])
    audit.log(agency, actor, "agency.logo_changed", agency.slug, after={"logo": agency.logo})
    return agency


@transaction.atomic
def of_client(*, client: Client, raw: bytes, actor: User) -> Client:
    """Raises Refused. No bytes: no logo any more."""
    client.logo = _store(raw) if raw else ""
    client.save(update_fields=["logo", "updated_at"])
    audit.record(client, actor, "client.logo_changed", "client", client.id, after={"logo": client.logo})
    return client
