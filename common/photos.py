"""Photos from strangers' cameras: checked, turned upright, made smaller and freed of everything but the picture."""

import io
import warnings
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps, UnidentifiedImageError

from common.errors.domain import DomainError

LARGEST_BYTES = 2_400_000  # under settings.DATA_UPLOAD_MAX_MEMORY_SIZE; our pages send about 300 kB
MOST_PIXELS = 40_000_000
LONGEST_SIDE = 1600
FORMATS = ("JPEG", "PNG", "WEBP")


class NotAPhoto(DomainError):
    """The file is no photo that we can keep."""

    code = "not_a_photo"
    status = 422
    title = _("This file is not a photo we can use. Send a JPEG, PNG or WebP of up to 2.4 MB.")


def clean_photo(upload: "UploadedFile[Any]") -> "ContentFile[bytes]":
    """Return `upload` as a JPEG of at most LONGEST_SIDE pixels, without EXIF (no place, no device), upright.

    Raises NotAPhoto for anything that is no JPEG, PNG or WebP, too many bytes or too many pixels.
    """
    if (upload.size or 0) > LARGEST_BYTES:
        raise NotAPhoto
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(upload, formats=FORMATS)
            if picture.width * picture.height > MOST_PIXELS:
                raise NotAPhoto
            picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
            upright = ImageOps.exif_transpose(picture).convert("RGB")
    except (
        UnidentifiedImageError,
        OSError,
        SyntaxError,
        ValueError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
    ) as error:
        raise NotAPhoto from error
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    fresh = Image.new("RGB", upright.size)
    fresh.paste(upright)
    kept = io.BytesIO()
    fresh.save(kept, "JPEG", quality=82, optimize=True)
    return ContentFile(kept.getvalue(), name="photo.jpg")
