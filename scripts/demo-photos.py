"""Makes a shoot: JPEG files with EXIF, their XMP sidecars, a large raw file, and names that are hard to keep."""

import argparse
import os
import pathlib

from PIL import Image

parser = argparse.ArgumentParser()
parser.add_argument("folder", type=pathlib.Path)
folder = parser.parse_args().folder
shoot = folder / "2026-11-21 Wedding"
shoot.mkdir(parents=True)

SIDECAR = """<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="{rating}"/></rdf:RDF></x:xmpmeta>
"""

for number in range(1, 25):
    width, height = (1800, 1200) if number % 3 else (1200, 1800)
    # A sky, and noise as a sensor makes it, so that the files are as large as photographs are.
    image = Image.blend(
        Image.linear_gradient("L").resize((width, height)), Image.effect_noise((width, height), 90), 0.4
    ).convert("RGB")
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "Demo", "Camera 1"  # Make, Model
    exif[0x0132] = f"2026:11:21 14:{number:02}:00"  # DateTime
    exif[0x0112] = 1 if number % 3 else 6  # Orientation
    picture = shoot / f"DSC_{number:04}.jpg"
    image.save(picture, quality=92, exif=exif)
    picture.with_suffix(".xmp").write_text(SIDECAR.format(rating=number % 6))
    taken = 1_795_269_600_000_000_000 + number * 60_000_000_123
    os.utime(picture, ns=(taken, taken))

raw = shoot / "raw"
raw.mkdir()
(raw / "DSC_0024.nef").write_bytes(os.urandom(100_000_000))
(shoot / "Zürich, Übersicht.jpg").symlink_to("DSC_0001.jpg")
(shoot / "empty folder").mkdir()
os.chmod(shoot / "DSC_0002.jpg", 0o600)
