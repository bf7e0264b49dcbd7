"""What is wrong is refused, and said in words; damage never becomes a picture."""

import os

import pytest
from browsers import Chromium, Firefox
from conftest import ALARM, LARGE_PICTURE, fill, open_gallery, open_large
from share_maker import CONTENT, MANIFEST, base64url, seal, subkey


def failure(browser, provider, share, **how) -> str:
    browser.open_share(provider.pages.origin, share, **how)
    said = browser.wait("!document.getElementById('failure').hidden && document.getElementById('failure').innerText")
    assert browser.evaluate("return document.getElementById('gallery').hidden && !document.querySelector('img')")
    return said


def flip(path, at: int) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ 1]))


@pytest.mark.parametrize("place", ["header", "first message", "last byte"])
def test_a_flipped_byte_shows_as_damage_and_not_as_a_picture(browser, provider, share, place):
    reference = fill(provider.maker(), 1)  # the same kind of share, whose references are known here
    damaged = reference.write("damaged", provider.packs.origin)
    chunk = reference.files[0]["content"][0]
    at = {"header": 0, "first message": 24 + 1000, "last byte": chunk["length"] - 1}[place]
    flip(damaged.packs[chunk["pack"]], chunk["offset"] + at)
    open_gallery(browser, provider, damaged)
    open_large(browser, 1)
    name = next(iter(damaged.originals))
    assert browser.wait(ALARM).startswith(f"“{name}” is damaged where it is stored.")
    assert not browser.evaluate(LARGE_PICTURE)
    browser.press("ESCAPE")
    assert browser.text("#gallery li:first-child .mark.alarm") == "Damaged"


def test_a_damaged_thumbnail_is_marked(browser, provider):
    maker = fill(provider.maker(), 4)
    share = maker.write("thumbnail", provider.packs.origin)
    chunk = maker.files[3]["thumbnail"]["chunk"]
    flip(share.packs[chunk["pack"]], chunk["offset"] + 30)
    open_gallery(browser, provider, share)
    assert browser.wait("document.querySelector('#gallery li:nth-child(4) .mark.alarm')?.innerText") == "Damaged"
    assert not browser.evaluate("return document.querySelector('#gallery li:nth-child(4) img')")


def test_damage_stops_an_archive_and_the_next_one_goes_without(browser, provider):
    maker = fill(provider.maker(title="Damaged"), 3)
    share = maker.write("partly", provider.packs.origin)
    chunk = maker.files[1]["content"][0]
    flip(share.packs[chunk["pack"]], chunk["offset"] + 100)
    damaged = list(share.originals)[1]
    open_gallery(browser, provider, share)
    browser.click("#download-all")
    assert browser.wait("document.querySelector('#transfer.alarm')?.innerText").startswith(f"“{damaged}” is damaged")
    assert not (browser.downloads / "Damaged.zip").exists()
    browser.click("#transfer-end")
    browser.click("#download-all")
    said = browser.wait("return document.getElementById('transfer-label').textContent.match(/^Saved.*/)?.[0]")
    assert said == f"Saved Damaged.zip. Damaged, and left out: {damaged}."
    browser.saved("Damaged.zip")


def test_a_truncated_pack_is_damage(browser, provider):
    maker = fill(provider.maker(), 1)
    share = maker.write("short", provider.packs.origin)
    os.truncate(share.packs[0], maker.files[0]["content"][0]["length"] - 1)
    open_gallery(browser, provider, share)
    open_large(browser, 1)
    assert "is damaged" in browser.wait(ALARM)


def test_an_expired_link_says_so(browser, provider, share):
    provider.packs.fault = "expired"
    open_gallery(browser, provider, share)
    open_large(browser, 1)
    assert "This link has expired." in browser.wait(ALARM)
    browser.press("ESCAPE")
    browser.click("#download-all")
    assert "This link has expired." in browser.wait("document.querySelector('#transfer.alarm')?.innerText")


def test_photos_that_are_gone_say_so(browser, provider, share):
    provider.packs.fault = "gone"
    open_gallery(browser, provider, share)
    open_large(browser, 1)
    assert "no longer shared" in browser.wait(ALARM)


def test_a_revoked_share_says_so(browser, provider):
    share = fill(provider.maker(), 1).write("revoked", provider.packs.origin, beside=True)
    (provider.folder / "revoked.manifest").unlink()
    assert "no longer shared" in failure(browser, provider, share)


@pytest.mark.parametrize(
    ("expires", "words"), [(4_102_444_800, "cannot be reached"), (1_700_000_000, "This link has expired.")]
)
def test_packs_out_of_reach_say_so(browser, provider, expires, words):
    """A refusal without CORS headers looks like this too, so then the time of expiry decides."""
    maker = fill(provider.maker(), 1)
    maker.pack_url = "http://127.0.0.1:9/"
    share = maker.write("far", "http://127.0.0.1:9", expires=expires)
    open_gallery(browser, provider, share)
    open_large(browser, 1)
    assert words in browser.wait(ALARM)


def test_a_host_that_the_page_does_not_name_is_never_asked(browser, provider):
    share = fill(provider.maker(), 1).write("policy", "http://127.0.0.1:9", expires=4_102_444_800)
    open_gallery(browser, provider, share)
    open_large(browser, 1)
    assert "cannot be reached" in browser.wait(ALARM)
    assert provider.packs.log == []


@pytest.mark.parametrize(
    ("fragment", "words"),
    [
        (lambda right: "", "This link is not complete"),
        (lambda right: right[:-1], "This link is not complete"),
        (lambda right: right + "A", "This link is not complete"),
        (lambda right: "Ag" + right[2:], "needs a newer viewer"),
        (lambda right: right[:-1] + ("B" if right[-1] == "A" else "A"), "does not open this share"),
    ],
    ids=["none", "cut off", "too long", "version 2", "another secret"],
)
def test_a_wrong_link_says_so(browser, provider, fragment, words):
    share = fill(provider.maker(), 1).write("link", provider.packs.origin)
    assert words in failure(browser, provider, share, fragment=fragment(share.fragment))


def test_a_manifest_of_another_share_does_not_open(browser, provider):
    """Even sealed with this share's own secret: its id is in the key and in what the seals bind."""
    mine, other = fill(provider.maker(), 1), fill(provider.maker(), 2)
    other.secret = mine.secret
    other.write("other", provider.packs.origin, beside=True)
    sealed = (provider.folder / "other.manifest").read_bytes()
    share = mine.write("swapped", provider.packs.origin, sealed=sealed)
    assert "does not open this share" in failure(browser, provider, share)


@pytest.mark.parametrize("wrong", ["share id", "role", "tag", "tail"])
def test_a_manifest_must_be_sealed_as_one(browser, provider, wrong):
    maker = fill(provider.maker(), 1)
    maker.write("right", provider.packs.origin)
    key = subkey(maker.secret, "share", maker.share)
    sealed = {
        "share id": lambda: seal(maker.manifest(), key, os.urandom(16), MANIFEST),
        "role": lambda: seal(maker.manifest(), key, maker.share, CONTENT),
        "tag": lambda: seal(maker.manifest() + bytes(262144), key, maker.share, MANIFEST)[: 24 + 262161],
        "tail": lambda: seal(maker.manifest(), key, maker.share, MANIFEST) + b"\0",
    }[wrong]()
    share = maker.write("sealed", provider.packs.origin, sealed=sealed)
    assert "does not open this share" in failure(browser, provider, share)


@pytest.mark.parametrize(
    "changes",
    [
        {"memory": 67108864 - 1024}, {"passes": 1}, {"memory": 1073741824 + 1024},
        {"memory": 1073741824, "passes": 5}, {"kdf": "scrypt"}, {"passes": "2"},
    ],
    ids=lambda changes: " ".join(f"{name} {value}" for name, value in changes.items()),
)  # fmt: skip
def test_password_protection_out_of_bounds_is_refused(browser, provider, changes):
    header = {"password": {"kdf": "argon2id13", "memory": 67108864, "passes": 2, "check": "00" * 32} | changes}
    share = fill(provider.maker(), 1).write("kdf", provider.packs.origin, header_changes=header)
    assert "protected too weakly, or beyond measure" in failure(browser, provider, share)


@pytest.mark.parametrize(
    "name", ["../up.jpg", "/root.jpg", "a//b.jpg", "a/./b.jpg", "", "line\nfeed.jpg", "back\\slash.jpg"]
)
def test_a_name_that_leads_elsewhere_is_refused(chromium, provider, name):
    maker = provider.maker()
    maker.add(name, b"content")
    assert "a name is not one" in failure(chromium, provider, maker.write("name", provider.packs.origin))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"format": 2}, "needs a newer viewer"),
        ({"packs": ["javascript:alert(1)"]}, "no web address"),
        ({"vault": "00"}, "a bad field"),
        ({"files": [{"name": "a", "size": 1, "content": []}]}, "do not add up"),
        ({"files": [{"name": "a", "size": 0}, {"name": "a", "size": 0}]}, "two files have one name"),
        ({"files": [{"name": "a", "size": 1, "content": [
            {"key": base64url(bytes(32)), "length": 42, "offset": 0, "pack": 7, "size": 1}]}]}, "a reference is wrong"),
        ({"files": 1}, "its list is wrong"),
    ],
    ids=["format", "address", "vault", "size", "names", "reference", "files"],
)  # fmt: skip
def test_a_manifest_that_is_wrong_is_refused(chromium, provider, changes, words):
    share = fill(provider.maker(), 1).write("wrong", provider.packs.origin, **changes)
    assert words in failure(chromium, provider, share)


@pytest.mark.parametrize("header", [{"format": 2}, {"id": "zz" * 16}, {"manifest": "../other"}])
def test_a_header_that_is_wrong_is_refused(chromium, provider, header):
    share = fill(provider.maker(), 1).write("header", provider.packs.origin, header_changes=header)
    assert failure(chromium, provider, share)


@pytest.mark.parametrize(
    "start",
    [lambda: Chromium("--js-flags=--jitless"), lambda: Firefox(**{"javascript.options.wasm": False})],
    ids=["chromium", "firefox"],
)
def test_a_browser_without_webassembly_says_so(provider, start):
    share = fill(provider.maker(), 1).write("plain", provider.packs.origin)
    browser = start()
    try:
        assert "does not run WebAssembly" in failure(browser, provider, share)
    finally:
        browser.close()


def test_what_is_written_as_html_is_text(browser, provider):
    """Titles, names and captions come from a photographer, and go into the page as text."""
    spiteful = "</script><img src=x onerror=document.title='broken'><b>"
    maker = fill(provider.maker(title=spiteful), 1)
    maker.files[0] |= {"caption": spiteful, "name": spiteful.replace("/", "")}
    open_gallery(browser, provider, maker.write("html", provider.packs.origin))
    open_large(browser, 1)
    browser.wait(LARGE_PICTURE)
    assert browser.text("h1") == spiteful
    assert browser.text("#large-caption") == spiteful
    assert browser.evaluate("return document.title") == spiteful
