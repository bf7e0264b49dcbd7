"""What the tests share: two browsers, two origins, and a share of real pictures."""

import hashlib
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from browsers import Browser, Chromium, Firefox
from loopback import Server, serving
from photos import captioned, heic, pictures
from program import Link, Vault
from share_maker import ShareMaker

CAPTIONS = ["The evening before", "", "Morning, seen from the terrace", "", "A long way down"]


@pytest.fixture(scope="session", params=[Chromium, Firefox], ids=lambda kind: kind.name)
def browser(request):
    opened = request.param()
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def chromium():
    opened = Chromium()
    yield opened
    opened.close()


@dataclass
class Provider:
    """A page's origin and the packs' origin: two ports, so that what is across origins is so here."""

    folder: Path
    pages: Server
    packs: Server

    def maker(self, **settings) -> ShareMaker:
        return ShareMaker(self.folder, f"{self.packs.origin}/", **settings)

    @property
    def log(self) -> str:
        return "\n".join(self.pages.log + self.packs.log)


@pytest.fixture
def provider(tmp_path):
    with serving(tmp_path) as pages, serving(tmp_path) as packs:
        yield Provider(tmp_path, pages, packs)


def fill(maker: ShareMaker, count: int | None = None) -> ShareMaker:
    for number, (name, data) in enumerate(list(pictures().items())[:count]):
        caption = CAPTIONS[number % len(CAPTIONS)]
        # Thumbnails come both ways, and files with and without the optional fields.
        facts = {"caption": caption} if caption else {}
        maker.add_picture(name, data, inline=number % 4 != 3, modified=1_763_000_000 + number, **facts)
    return maker


@pytest.fixture
def share(provider):
    """Pictures, a sidecar that is compressed, an empty file, and one without anything to show."""
    maker = fill(provider.maker(title="Anna & Jón <3"))
    sidecar = b"<x:xmpmeta>somewhere</x:xmpmeta>\n" * 2000
    maker.add("notes/where.xmp", sidecar, compress=True, type="application/rdf+xml")
    maker.add("empty.txt", b"")
    maker.add("DSC_0001.NEF", bytes(range(256)) * 1200, modified=1_763_000_100)
    return maker.write("share", provider.packs.origin)


@pytest.fixture(scope="session")
def vault(tmp_path_factory):
    """A vault of the built program's, on a bucket of its own."""
    return Vault(tmp_path_factory.mktemp("vault"))


@pytest.fixture(scope="session")
def wedding(vault) -> dict[str, bytes]:
    """The collection "Wedding": name → content."""
    files = {
        name: captioned(data, caption) if (caption := CAPTIONS[number % len(CAPTIONS)]) else data
        for number, (name, data) in enumerate(pictures().items())
    }
    files |= {"IMG_5195.HEIC": heic(), "notes/where.xmp": b"<x:xmpmeta>somewhere</x:xmpmeta>\n" * 2000, "empty.txt": b""}
    vault.archive("Wedding", files)
    return files


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def open_gallery(browser: Browser, provider: Provider, share, **how) -> int:
    """Opens a share's page; gives the number of tiles once the gallery is there."""
    browser.open_share(provider.pages.origin, share, **how)
    return browser.wait("!document.getElementById('gallery').hidden && document.querySelectorAll('#gallery li').length")


def open_link(browser: Browser, link: Link) -> int:
    """The same for a link of the program's."""
    browser.go("about:blank")
    browser.go(link.address)
    return browser.wait("!document.getElementById('gallery').hidden && document.querySelectorAll('#gallery li').length")


def open_large(browser: Browser, number: int) -> None:
    """Opens the large view of the tile with that number, from 1."""
    browser.click(f"#gallery li:nth-child({number}) button")
    browser.wait("document.getElementById('large').open")


LARGE_PICTURE = (
    "const image = document.querySelector('#large-stage > img:not(.waiting)');"
    "return image && image.naturalWidth && [image.naturalWidth, image.naturalHeight]"
)
ALARM = "return document.querySelector('#large-stage .message.alarm')?.innerText"


@pytest.fixture(scope="session", autouse=True)
def built_page():
    """The page that is tested is the one that its sources give."""
    build = Path(__file__).resolve().parents[2] / "viewer/build.py"
    subprocess.run([sys.executable, build, "--check"], check=True)
