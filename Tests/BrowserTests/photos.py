"""Pictures to share: real ones from $PHOTOBACKUP_PHOTOS, or some that are made here where that folder is not."""

import functools
import html
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


def heic() -> bytes:
    """What an iPhone takes, or the beginning of one."""
    path = FOLDER / "samples/heic/IMG_5195.HEIC"
    return path.read_bytes() if path.exists() else b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(2000)


def made(number: int) -> bytes:
    size = (1800, 1200) if number % 3 else (1200, 1800)
    sky, sun = Image.linear_gradient("L").resize(size), Image.radial_gradient("L").resize(size)
    image = Image.merge("RGB", (sky, Image.effect_noise(size, 60 + number), sun))
    exif = Image.Exif()
    exif[0x0112] = 6 if number % 4 == 0 else 1  # orientation
    data = io.BytesIO()
    image.save(data, "JPEG", quality=88, exif=exif)
    return data.getvalue()


def captioned(jpeg: bytes, caption: str) -> bytes:
    """The same picture with a caption as editors write it: an XMP packet in a segment of its own."""
    packet = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:description><rdf:Alt>'
        f'<rdf:li xml:lang="x-default">{html.escape(caption)}</rdf:li>'
        "</rdf:Alt></dc:description></rdf:Description></rdf:RDF></x:xmpmeta>"
    )
    segment = b"http://ns.adobe.com/xap/1.0/\0" + packet.encode()
    return jpeg[:2] + b"\xff\xe1" + (len(segment) + 2).to_bytes(2, "big") + segment + jpeg[2:]
