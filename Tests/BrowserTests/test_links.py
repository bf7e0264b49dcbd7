"""Links that the program itself has made, from a real bucket to a file on the reader's disk."""

import hashlib
import random
import re
import zipfile
from urllib.parse import urlsplit

import pytest
from browsers import Chromium, Firefox
from bucket import SERVERS
from conftest import ALARM, CAPTIONS, LARGE_PICTURE, open_large, open_link, sha256
from memory import peaks, reset_peaks
from wire import recording

KINDS = pytest.mark.parametrize("kind", ["presigned", "published"])
SAVED = "document.getElementById('transfer-label').textContent.startsWith('Saved')"
FILM = 200_000_000
# Megabytes. At 200 and at 800 MB alike, Chromium takes 490 and Firefox 400; a page that kept the file took 830 and 745.
MOST_MEMORY = 620


@pytest.fixture(scope="module")
def wire():
    with recording() as wire:
        yield wire


@pytest.fixture(scope="module", params=[Chromium, Firefox], ids=lambda kind: kind.name)
def reader(request, wire):
    """A browser whose every request goes over the wire, and is written down there."""
    if request.param is Chromium:
        opened = Chromium(f"--proxy-server=http://127.0.0.1:{wire.port}", "--proxy-bypass-list=<-loopback>")
    else:
        opened = Firefox(**{
            "network.proxy.type": 1, "network.proxy.http": "127.0.0.1", "network.proxy.http_port": wire.port,
            "network.proxy.ssl": "127.0.0.1", "network.proxy.ssl_port": wire.port, "network.proxy.no_proxies_on": "",
            "network.proxy.allow_hijacking_localhost": True,
        })  # fmt: skip
    opened.go("about:blank")
    yield opened
    opened.close()


def digests(files: dict[str, bytes]) -> dict[str, str]:
    return {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}


@KINDS
def test_every_picture_comes_as_it_was_and_nobody_else_is_asked(reader, wire, vault, wedding, kind):
    link = vault.link("Wedding", "--title", "Anna & Jón <3", kind=kind)
    wire.log.clear()
    reader.requested()
    assert open_link(reader, link) == len(wedding)
    assert reader.text("h1") == "Anna & Jón <3"
    reader.wait("[...document.querySelectorAll('#gallery img')].filter((image) => image.naturalWidth > 0).length >= 4")
    reader.click(f"#gallery button[aria-label^='{CAPTIONS[0]} (']")
    reader.wait(LARGE_PICTURE)
    assert reader.text("#large-caption") == CAPTIONS[0]
    reader.press("ESCAPE")
    reader.evaluate("delete window.showSaveFilePicker")
    reader.click("#download-all")
    reader.wait(SAVED, 60)
    path = reader.saved("Anna & Jón -3.zip")
    with zipfile.ZipFile(path) as archive:
        assert {name: hashlib.sha256(archive.read(name)).hexdigest() for name in archive.namelist()} == digests(wedding)
    path.unlink()

    # Every request of the browser went over the wire; the page's own are told by the browser too.
    page = urlsplit(link.address)
    beside = {page.path, page.path.removesuffix("html") + "manifest"}
    packs = f"{vault.photos.endpoint}/{vault.photos.name}/packs/"
    assert any(address.startswith(packs) for address in wire.asked)
    inside = ("blob:", "data:", "about:")
    for address in wire.asked + [address for address in reader.requested() if not address.startswith(inside)]:
        there = urlsplit(address)
        assert address.startswith(packs) or (there.netloc == page.netloc and there.path in beside), address
    log = "\n".join(wire.log).lower()
    assert "referer:" not in log and "cookie:" not in log and re.search(r"range: bytes=\d+-\d+", log)
    written = log + (SERVERS / "seaweedfs/log").read_text(errors="replace").lower()
    for start in range(len(link.fragment) - 7):
        assert link.fragment[start : start + 8].lower() not in written


def test_a_picture_that_the_browser_cannot_show_is_named_and_downloads(reader, vault, wedding):
    """HEIC, of which the program makes no preview."""
    open_link(reader, vault.link("Wedding"))
    tile = "#gallery button[aria-label='IMG_5195.HEIC']"
    assert reader.text(tile).split() == ["HEIC", "IMG_5195.HEIC"]
    reader.click(tile)
    assert "cannot show it. It can be downloaded." in reader.wait(
        "const text = document.querySelector('#large-stage .message')?.innerText; return text?.includes('whole') && text"
    )
    reader.click("#large-download")
    reader.wait(SAVED)
    assert sha256(reader.saved("IMG_5195.HEIC")) == digests(wedding)["IMG_5195.HEIC"]


@KINDS
def test_a_file_of_200_megabytes_saves_whole(reader, vault, film, kind):
    """And no process of the browser keeps it in memory."""
    open_link(reader, vault.link("Film", "--no-previews", kind=kind))
    reader.evaluate("delete window.showSaveFilePicker")  # the way that every browser has
    open_large(reader, 1)
    reader.wait("document.querySelector('#large-stage .message')")
    processes = reset_peaks(reader)
    reader.click("#large-download")
    reader.wait(SAVED, 120)
    path = reader.saved("film.mxf", 60)
    assert sha256(path) == film
    path.unlink()
    assert max(peaks(processes)) < MOST_MEMORY


@KINDS
def test_a_byte_flipped_in_the_bucket_is_damage_and_no_picture(reader, vault, kind):
    open_link(reader, vault.damaged(f"{reader.name} {kind}", kind))
    open_large(reader, 1)
    assert reader.wait(ALARM).startswith("“damaged.jpg” is damaged where it is stored.")
    assert not reader.evaluate(LARGE_PICTURE)


@KINDS
def test_a_wrong_password_says_so_and_the_right_one_opens(reader, vault, wedding, kind):
    link = vault.link("Wedding", "--password", "--no-previews", kind=kind, PHOTOBACKUP_SHARE_PASSWORD="Möwe & Salz")
    reader.go("about:blank")
    reader.go(link.address)
    reader.wait("!document.getElementById('password-form').hidden")
    reader.type("#password", "Moewe & Salz")
    reader.click("#password-form button")
    assert reader.wait("document.querySelector('#password-message.alarm')?.innerText") == "That password is not right."
    assert reader.evaluate("return document.getElementById('gallery').hidden")
    reader.type("#password", "Möwe & Salz")  # what was wrong is selected, so typing replaces it
    reader.click("#password-form button")
    tiles = reader.wait("document.querySelectorAll('#gallery li').length")
    assert tiles == len(wedding)


def test_a_revoked_link_says_so_when_it_is_loaded_again(reader, vault, wedding):
    link = vault.link("Wedding", "--no-previews", kind="published")
    open_link(reader, link)
    vault.revoke(link, kind="published")
    reader.reload()
    assert "no longer shared" in reader.wait(
        "!document.getElementById('failure').hidden && document.getElementById('failure').innerText"
    )
    assert reader.evaluate("return document.getElementById('gallery').hidden")


def test_links_that_have_ended_say_so(reader, vault, wedding):
    presigned, published = [
        vault.link("Wedding", "--expires", "6s", "--no-previews", kind=kind) for kind in ("presigned", "published")
    ]
    open_link(reader, presigned)
    reader.wait(f"Date.now() > Date.parse('{published.ends}')", 20)
    open_large(reader, 1)
    assert "This link has expired." in reader.wait(ALARM)
    open_link(reader, published)  # its page is still there
    assert "expired on" in reader.text("#summary")
    open_large(reader, 1)
    assert "This link has expired." in reader.wait(ALARM)


def test_a_presigned_page_is_refused_by_its_bucket(reader, vault, wedding):
    """No page of ours can be there to say so: what is shown is what the provider says, and nothing of the photos."""
    link = vault.link("Wedding", "--no-previews")
    vault.revoke(link, kind="presigned")
    reader.go("about:blank")
    reader.go(link.address)
    assert "NoSuchKey" in reader.evaluate("return document.documentElement.textContent")


def test_packs_that_do_not_let_the_page_ask_are_out_of_reach(reader, vault, wedding):
    """What a bucket without the rule looks like, which is why docs/PROVIDERS.md has one."""
    link = vault.link("Wedding", "--no-previews", kind="published")
    vault.photos.let_ask("https://photos.example.org")
    try:
        open_link(reader, link)
        open_large(reader, 1)
        assert "cannot be reached" in reader.wait(ALARM)
    finally:
        vault.photos.let_ask(vault.pages.own_origin)


@pytest.fixture(scope="module")
def film(vault):
    data = random.Random(6).randbytes(FILM)
    vault.archive("Film", {"film.mxf": data})
    return hashlib.sha256(data).hexdigest()
