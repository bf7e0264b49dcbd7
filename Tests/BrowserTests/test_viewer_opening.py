"""A link opens in a browser, and shows and saves exactly what was shared."""

import base64
import io
import json
import re

import pytest
from conftest import ALARM, LARGE_PICTURE, fill, open_gallery, open_large, sha256
from photos import CHECKOUT
from PIL import Image, ImageOps

REMEMBER_BLOBS = """
const make = URL.createObjectURL;
window.blobs = new Map();
URL.createObjectURL = (blob) => { const address = make(blob); blobs.set(address, blob); return address; };
"""
SHOWN_DIGEST = """
const done = arguments[arguments.length - 1];
const blob = window.blobs.get(document.querySelector('#large-stage > img').src);
blob.arrayBuffer().then((bytes) => crypto.subtle.digest('SHA-256', bytes)).then((digest) =>
    done([...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('')));
"""


def test_every_thumbnail_and_every_picture_is_shown(browser, provider, share):
    assert open_gallery(browser, provider, share) == len(share.originals)
    assert browser.text("h1") == "Anna & Jón <3"
    browser.wait("[...document.querySelectorAll('#gallery img')].filter((image) => image.naturalWidth > 0).length >= 4")
    open_large(browser, 1)
    for name, _ in share.originals.items():
        if not name.endswith(".jpg"):
            break
        browser.wait(f"document.getElementById('large-place').textContent.includes({json.dumps(name)})")
        assert min(browser.wait(LARGE_PICTURE)) > 0
        browser.press("ARROW_RIGHT")


def test_the_shown_picture_is_the_original(chromium, provider, share):
    added = chromium.execute("Page.addScriptToEvaluateOnNewDocument", {"source": REMEMBER_BLOBS})
    try:
        open_gallery(chromium, provider, share)
        open_large(chromium, 1)
        for name, digest in share.originals.items():
            if not name.endswith(".jpg"):
                break
            chromium.wait(f"document.getElementById('large-place').textContent.includes({json.dumps(name)})")
            chromium.wait(LARGE_PICTURE)
            assert chromium.evaluate_async(SHOWN_DIGEST) == digest, name
            chromium.press("ARROW_RIGHT")
    finally:
        chromium.execute("Page.removeScriptToEvaluateOnNewDocument", added)


def test_pictures_stand_upright(browser, provider):
    sideways = Image.new("RGB", (60, 40), "white")
    exif = Image.Exif()
    exif[0x0112] = 6
    data = io.BytesIO()
    sideways.save(data, "JPEG", exif=exif)
    maker = provider.maker()
    maker.add_picture("sideways.jpg", data.getvalue())
    assert ImageOps.exif_transpose(Image.open(data)).size == (40, 60)
    open_gallery(browser, provider, maker.write("sideways", provider.packs.origin))
    open_large(browser, 1)
    assert browser.wait(LARGE_PICTURE) == [40, 60]


def test_what_cannot_be_shown_says_so(browser, provider, share):
    open_gallery(browser, provider, share)
    open_large(browser, len(share.originals))  # the raw file, without preview
    assert "cannot be shown here" in browser.wait("return document.querySelector('#large-stage .message')?.innerText")


def test_no_name_passes_for_another(browser, provider):
    maker = provider.maker()
    maker.add("photo\u202egpj.exe", b"no picture", caption="A \u2066caption\nof two lines")
    maker.add("a\u200bb.txt", b"text")
    open_gallery(browser, provider, maker.write("names", provider.packs.origin))
    shown = browser.wait("return document.getElementById('gallery').innerText")
    assert "photo\\u{202e}gpj.exe" in shown and "a\\u{200b}b.txt" in shown
    labels = browser.wait("return [...document.querySelectorAll('#gallery button')].map((tile) => tile.ariaLabel)")
    assert labels[0] == "A \\u{2066}caption\nof two lines (photo\\u{202e}gpj.exe)"
    assert not any(character in "".join(labels) + shown for character in "\u202e\u2066\u200b")


def test_an_original_that_is_no_picture_says_so(browser, provider):
    maker = provider.maker()
    maker.add("broken.jpg", b"\xff\xd8 and then nothing of the kind", type="image/jpeg")
    open_gallery(browser, provider, maker.write("broken", provider.packs.origin))
    open_large(browser, 1)
    assert "this browser cannot show it" in browser.wait(
        "const text = document.querySelector('#large-stage .message')?.innerText;"
        "return text?.includes('whole') && text"
    )


def test_previews_only_holds_no_original(browser, provider):
    maker = provider.maker()
    fill(maker, 2)
    for file in maker.files:
        del file["content"]
    open_gallery(browser, provider, maker.write("previews", provider.packs.origin))
    assert "previews only" in browser.text("#summary")
    assert browser.evaluate("return document.getElementById('download-all').hidden")
    open_large(browser, 1)
    assert max(browser.wait(LARGE_PICTURE)) == 480
    assert browser.evaluate("return document.getElementById('large-download').hidden")


def test_a_manifest_beside_the_page(browser, provider):
    share = fill(provider.maker(), 2).write("beside", provider.packs.origin, beside=True)
    assert open_gallery(browser, provider, share) == 2
    open_large(browser, 1)
    browser.wait(LARGE_PICTURE)


def test_a_server_that_knows_no_ranges(browser, provider, share):
    provider.packs.fault = "no ranges"
    open_gallery(browser, provider, share)
    open_large(browser, 1)
    browser.wait(LARGE_PICTURE)
    assert browser.evaluate(ALARM) is None


def test_a_password(browser, provider):
    maker = fill(provider.maker(), 1)
    share = maker.write("locked", provider.packs.origin, password="Möwe & Salz")
    browser.open_share(provider.pages.origin, share)
    browser.wait("!document.getElementById('password-form').hidden")
    browser.type("#password", "Moewe & Salz")
    browser.click("#password-form button")
    assert browser.wait("document.querySelector('#password-message.alarm')?.innerText") == "That password is not right."
    assert browser.evaluate("return document.getElementById('gallery').hidden")
    browser.type("#password", "Möwe & Salz")  # what was wrong is selected, so typing replaces it
    browser.click("#password-form button")
    browser.wait("!document.getElementById('gallery').hidden")


def documented(name: str) -> list[str]:
    """What the example in the format's document gives under that name, without and with a password."""
    example = (CHECKOUT / "docs/SHARE-FORMAT.md").read_text().partition("## An example")[2]
    return re.findall(rf"^{name} +(.*)$", example, re.MULTILINE)


@pytest.mark.parametrize("password", [False, True], ids=["secret alone", "secret and password"])
def test_the_documents_example_opens(browser, provider, password):
    maker = provider.maker(share=bytes.fromhex(documented("share id")[0]))
    sealed = base64.urlsafe_b64decode(documented("manifest")[password] + "==")
    header = {"password": {"check": documented("check")[0], "kdf": "argon2id13", "memory": 67108864, "passes": 2}}
    share = maker.write("example", "'none'", sealed=sealed, header_changes=header if password else None)
    browser.open_share(provider.pages.origin, share, fragment=documented("fragment")[0])
    if password:
        browser.wait("!document.getElementById('password-form').hidden")
        browser.type("#password", "Möwe")
        browser.click("#password-form button")
    browser.wait("!document.getElementById('gallery').hidden")
    assert browser.text("h1") == "Example"
    assert "empty.txt" in browser.text("#gallery")


def test_nothing_leaves_but_the_packs_addresses(browser, provider, share):
    """No other host, no referrer, no cookie, and no part of the fragment in anything that was sent."""
    browser.requested()
    open_gallery(browser, provider, share)
    open_large(browser, 1)
    browser.wait(LARGE_PICTURE)
    browser.press("ESCAPE")
    browser.click("#download-all")
    browser.wait("document.getElementById('transfer-label').textContent.startsWith('Saved')")
    addresses = [address for address in browser.requested() if not address.startswith(("blob:", "data:", "about:"))]
    packs = {f"/{path.name}?X-Amz-Signature={path.name[:8]}" for path in share.packs}
    assert any(address.startswith(provider.packs.origin) for address in addresses)
    for address in addresses:
        if address.startswith(provider.pages.origin):
            assert address.split("#")[0] == f"{provider.pages.origin}/share.html"
        else:
            assert address.removeprefix(provider.packs.origin) in packs
    log = provider.log.lower()
    assert "referer:" not in log and "cookie:" not in log
    for length in range(len(share.fragment) - 8):
        assert share.fragment[length : length + 8].lower() not in log
    assert len(provider.pages.log) == 1, "only the page itself is asked for there"
    assert re.search(r"range: bytes=\d+-\d+", log)


def test_each_file_downloads_as_it_was(browser, provider, share):
    open_gallery(browser, provider, share)
    open_large(browser, 1)
    for number, (name, digest) in enumerate(share.originals.items(), 1):
        short = name.rsplit("/")[-1]
        browser.wait(f"document.getElementById('large-place').textContent.startsWith('{number} of')")
        browser.click("#large-download")
        browser.wait(f"document.getElementById('transfer-label').textContent === {json.dumps(f'Saved {short}.')}")
        assert sha256(browser.saved(short)) == digest, name
        browser.press("ARROW_RIGHT")
