"""Keys, touch, focus, what a screen reader is told, and pictures of it all for people to look at: of the program's links."""

import io
import os
from pathlib import Path

import pytest
from browsers import Chromium
from conftest import ALARM, CAPTIONS, LARGE_PICTURE, open_large, open_link
from photos import pictures
from PIL import Image

TITLE = "Anna & Jón, 14 June"

WINDOW = {"width": 1280, "height": 800, "deviceScaleFactor": 1, "mobile": False}
PHONE = {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True}


@pytest.fixture
def screen(chromium, tmp_path):
    """Sizes and colours for Chromium; saves what it shows where $PHOTOBACKUP_SCREENSHOTS says."""
    folder = Path(os.environ.get("PHOTOBACKUP_SCREENSHOTS", tmp_path))
    yield Screen(chromium, folder)
    chromium.execute("Emulation.clearDeviceMetricsOverride", {})
    chromium.execute("Emulation.setTouchEmulationEnabled", {"enabled": False})
    chromium.execute("Emulation.setEmulatedMedia", {"features": []})


class Screen:
    def __init__(self, browser: Chromium, folder: Path):
        self.browser, self.folder = browser, folder

    def set(self, metrics: dict, scheme: str = "light") -> None:
        features = [
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]
        self.browser.execute("Emulation.setDeviceMetricsOverride", metrics)
        self.browser.execute("Emulation.setTouchEmulationEnabled", {"enabled": metrics["mobile"]})
        self.browser.execute("Emulation.setEmulatedMedia", {"features": features})

    def save(self, name: str) -> Image.Image:
        """A picture of few colours is a small file; that the page is not blank is seen from its colours."""
        shown = Image.open(io.BytesIO(self.browser.screenshot())).convert("RGB")
        assert len(shown.getcolors(shown.width * shown.height)) > 8
        small = shown.copy()
        small.thumbnail((900, 844))
        small.quantize(256, dither=Image.Dither.NONE).save(self.folder / f"viewer-{name}.png", optimize=True)
        return shown


def thumbnails_are_there(browser) -> None:
    browser.wait(
        "[...document.querySelectorAll('#gallery li')].every((tile) =>"
        " tile.getBoundingClientRect().top > innerHeight || tile.querySelector('img')?.complete)"
    )


@pytest.fixture(scope="module")
def link(vault, wedding):
    """The pictures alone."""
    return vault.link("Wedding", *(f"Wedding/{name}" for name in pictures()), "--title", TITLE)


@pytest.fixture(scope="module")
def names():
    """In the order of the gallery."""
    return sorted(pictures())


@pytest.mark.parametrize(
    ("name", "metrics", "scheme"),
    [
        ("gallery", WINDOW, "light"), ("gallery-dark", WINDOW, "dark"),
        ("phone", PHONE, "light"), ("phone-dark", PHONE, "dark"),
    ],
)
def test_the_gallery_fits_its_window(chromium, link, screen, name, metrics, scheme):
    screen.set(metrics, scheme)
    open_link(chromium, link)
    thumbnails_are_there(chromium)
    assert chromium.evaluate("return document.documentElement.scrollWidth <= innerWidth"), "nothing sticks out sideways"
    corner = screen.save(name).getpixel((2, 2))
    assert (sum(corner) > 600) == (scheme == "light")


@pytest.mark.parametrize(("name", "metrics"), [("large", WINDOW), ("large-phone", PHONE)])
def test_the_large_view_fits_its_window(chromium, link, names, screen, name, metrics):
    screen.set(metrics)
    open_link(chromium, link)
    open_large(chromium, 1 + names.index(next(iter(pictures()))))
    chromium.wait(LARGE_PICTURE)
    assert chromium.evaluate(
        "const { left, top, right, bottom } = document.querySelector('#large-stage img').getBoundingClientRect();"
        "return left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight"
    )
    screen.save(name)


def test_password_failure_and_damage_are_plain_to_see(chromium, vault, wedding, screen):
    screen.set(WINDOW)
    locked = vault.link("Wedding", "--password", "--no-previews", PHOTOBACKUP_SHARE_PASSWORD="right")
    chromium.go("about:blank")
    chromium.go(locked.address)
    chromium.wait("!document.getElementById('password-form').hidden")
    chromium.type("#password", "wrong")
    chromium.press("ENTER")
    chromium.wait("document.querySelector('#password-message.alarm')")
    assert ("textbox", "These photos are protected with a password.") in spoken(chromium)
    assert ("StaticText", "That password is not right.") in spoken(chromium)
    screen.save("password")
    revoked = vault.link("Wedding", "--no-previews", kind="published")
    vault.revoke(revoked, kind="published")
    chromium.go(revoked.address)
    chromium.wait("!document.getElementById('failure').hidden")
    assert "alert" in [role for role, _ in spoken(chromium)]
    screen.save("error")
    open_link(chromium, vault.damaged("Damaged"))
    open_large(chromium, 1)
    chromium.wait(ALARM)
    screen.save("damaged")


def test_a_download_shows_its_progress(chromium, link, screen):
    """Held in the middle: the provider answers, but the last part is never taken."""
    screen.set(WINDOW)
    open_link(chromium, link)
    thumbnails_are_there(chromium)
    chromium.evaluate(
        "window.Response = class { constructor(stream) { this.reader = stream.getReader(); }"
        " async blob() { while (document.getElementById('transfer-progress').value < 0.4) await this.reader.read();"
        " await new Promise(() => {}); } }"
    )
    chromium.click("#download-all")
    value = chromium.wait("return document.getElementById('transfer-progress').value >= 0.4 && "
                          "document.getElementById('transfer-progress').value")  # fmt: skip
    assert value < 1
    screen.save("download")


def test_keys_go_through_the_pictures_and_back(browser, link, names):
    open_link(browser, link)
    open_large(browser, 1)
    place = "return document.getElementById('large-place').textContent.split(' ·')[0]"
    count = len(names)
    for key, number in [("ARROW_RIGHT", 2), ("ARROW_RIGHT", 3), ("ARROW_LEFT", 2), ("END", count), ("ARROW_RIGHT", count),
                        ("HOME", 1), ("ARROW_LEFT", 1), ("ARROW_RIGHT", 2)]:  # fmt: skip
        browser.press(key)
        assert browser.evaluate(place) == f"{number} of {count}", key
    browser.press("ESCAPE")
    browser.wait("document.activeElement === document.querySelectorAll('#gallery button')[1]")
    assert not browser.evaluate("return document.getElementById('large').open")


def test_a_swipe_goes_on(chromium, link, screen):
    screen.set(PHONE)
    open_link(chromium, link)
    open_large(chromium, 1)
    chromium.wait(LARGE_PICTURE)

    def swipe(start: int, end: int, down: int = 0) -> None:
        touch = "Input.dispatchTouchEvent"
        chromium.execute(touch, {"type": "touchStart", "touchPoints": [{"x": start, "y": 400}]})
        chromium.execute(touch, {"type": "touchMove", "touchPoints": [{"x": end, "y": 400 + down}]})
        chromium.execute(touch, {"type": "touchEnd", "touchPoints": []})

    def place() -> str:
        return chromium.text("#large-place").split(" ")[0]

    swipe(300, 120)
    chromium.wait("document.getElementById('large-place').textContent.startsWith('2 of')")
    swipe(120, 300)
    chromium.wait("document.getElementById('large-place').textContent.startsWith('1 of')")
    swipe(200, 190)
    swipe(200, 120, down=200)
    assert place() == "1", "too short, or downwards, is no swipe"


def spoken(chromium) -> list[tuple[str, str]]:
    """Roles and names as the browser hands them to assistive technology."""
    nodes = chromium.execute("Accessibility.getFullAXTree", {})["nodes"]
    return [(node["role"]["value"], node.get("name", {}).get("value", "")) for node in nodes if not node.get("ignored")]


def test_a_screen_reader_is_told_all(chromium, link, names):
    open_link(chromium, link)
    gallery = spoken(chromium)
    assert ("heading", TITLE) in gallery
    assert ("button", "Download all") in gallery
    captioned, plain, *_ = pictures()
    assert ("button", f"{CAPTIONS[0]} ({captioned})") in gallery
    assert ("button", plain) in gallery
    assert all(name for role, name in gallery if role in ("button", "textbox", "dialog", "progressbar"))
    assert sum(role == "listitem" for role, _ in gallery) == len(names)
    open_large(chromium, 1 + names.index(captioned))
    chromium.wait(LARGE_PICTURE)
    large = spoken(chromium)
    for wanted in [("dialog", "Large view"), ("image", CAPTIONS[0]), ("button", "Next"), ("button", "Close"),
                   ("button", "Download")]:  # fmt: skip
        assert wanted in large
    assert ("button", "Download all") not in large, "what is behind the large view is out of reach"
    live = chromium.evaluate(
        "return [...document.querySelectorAll('[role=status],[role=alert],[aria-live]')].map((element) => element.id)"
    )
    assert {"opening", "failure", "password-message", "transfer-label", "large-place"} <= set(live)
