"""Pictures to share: real ones from $PHOTOBACKUP_PHOTOS, or some that are made here where that folder is not."""

import functools
import io
import os
from pathlib import Path

from PIL import Image

CHECKOUT = Path(__file__).resolve().parents[2]
FOLDER = Path(os.environ.get("PHOTOBACKUP_PHOTOS", CHECKOUT.parent / "shared/photos"))
CHOSEN = (
    "samples/jpg/hdr/iphone_hdr_YES.jpg",
    "orientation/Portrait_1.jpg",
    "samples/jpg/hdr/canon_hdr_YES.jpg",
    "samples/jpg/mobile/HMD_Nokia_8.3_5G.jpg",
    "orientation/Landscape_6.jpg",
    "samples/jpg/gps/DSCN0010.jpg",
    "samples/jpg/gps/DSCN0021.jpg",
    "samples/jpg/gps/DSCN0029.jpg",
    "orientation/Portrait_6.jpg",
    "samples/jpg/gps/DSCN0040.jpg",
    "samples/jpg/exif-org/nikon-e950.jpg",
    "samples/jpg/exif-org/canon-ixus.jpg",
    "samples/jpg/hdr/iphone_hdr_NO.jpg",
)


@functools.cache
def pictures() -> dict[str, bytes]:
    """Name → JPEG. The first one has more than one message, the rest differ in size, ratio and orientation."""
    if FOLDER.is_dir():
        return {Path(path).name: (FOLDER / path).read_bytes() for path in CHOSEN}
    return {f"picture {number}.jpg": made(number) for number in range(1, 14)}


def made(number: int) -> bytes:
    size = (1800, 1200) if number % 3 else (1200, 1800)
    sky, sun = Image.linear_gradient("L").resize(size), Image.radial_gradient("L").resize(size)
    image = Image.merge("RGB", (sky, Image.effect_noise(size, 60 + number), sun))
    exif = Image.Exif()
    exif[0x0112] = 6 if number % 4 == 0 else 1  # orientation
    data = io.BytesIO()
    image.save(data, "JPEG", quality=88, exif=exif)
    return data.getvalue()
