"""The dashboard as a photographer sees it: from the address in the terminal to files that have come back."""

import io
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from browsers import Browser, Chromium, until
from conftest import sha256
from loopback import serving
from photos import pictures
from PIL import Image
from program import PASSWORD, Vault

DESK, PHONE = (1100, 900), (390, 844)
PICTURES_ARE_THERE = "[...document.images].length && [...document.images].every((image) => image.naturalWidth > 0)"


@dataclass
class Site:
    """A dashboard that runs, and its vault."""

    address: str
    vault: Vault

    @property
    def origin(self) -> str:
        return "http://" + urlsplit(self.address).netloc

    def enter(self, browser: Browser) -> None:
        browser.go(self.address)
        assert browser.evaluate("return location.href") == f"{self.origin}/", "the address keeps its token"

    def open_folder(self, browser: Browser, *names: str) -> None:
        """The newest snapshot of the first collection, and folders in it."""
        browser.go(f"{self.origin}/snapshots")
        browser.click("tbody a")
        for name in names:
            browser.go(browser.wait(
                "[...document.querySelectorAll('.sheet li')].find((item) =>"
                f" item.querySelector('label').innerText.trim() === '{name}')?.querySelector('a').href"
            ))  # fmt: skip
        shown = names[-1] if names else "top"
        browser.wait(f"document.querySelector('[aria-current=page]')?.innerText === '{shown}'")


@pytest.fixture(scope="module")
def site(request, tmp_path_factory):
    """Three replicas, one of them on a disk that is not connected; runs, a drill, a link and a grant."""
    folder = tmp_path_factory.mktemp("dashboard")
    disk = Path(tempfile.mkdtemp(prefix="shelf-"))
    request.addfinalizer(lambda: shutil.rmtree(disk))
    places = {"nas": folder / "nas", "shelf": disk / "disk"}
    more = ""
    for name, path in places.items():
        path.mkdir()
        more += f'[[provider]]\nname = "{name}"\npath = "{path}"\n'
    more += 'expected_every = "30d"\n'
    days = [folder / "sources/Weddings", folder / "sources/Camera"]
    more += "".join(f'[[collection]]\nname = "{day.name}"\nsources = ["{day}"]\n' for day in days)
    for number, (name, data) in enumerate(pictures().items()):
        path = days[number % 2] / f"day {1 + number // 10}" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        taken = 1_700_000_000 + number**2 * 450_000
        os.utime(path, (taken, taken))
    vault = Vault(folder, more)
    vault.run("backup")
    vault.run("verify", "--level", "read")
    vault.run("drill", PHOTOBACKUP_PASSWORD=PASSWORD)
    vault.run("share", "link", "Weddings", "--title", "Anna & Jón, 14 June")
    (folder / "friend.toml").touch(mode=0o600)
    friend = vault.messages("share", "identity", kind="friend")[0]["public_key"]
    vault.run("share", "grant", "Camera", "--to", friend, "--name", "Jón")
    places["shelf"].rename(disk / "in the cupboard")
    (days[1] / "day 1" / "notes.txt").write_text("after the disk was put away")
    vault.run("backup")
    with vault.dashboard() as address:
        yield Site(address, vault)


def test_nothing_is_shown_without_the_address(browser, site):
    for path in ("/", "/snapshots", "/?token=AAAA"):
        try:
            browser.go(site.origin + path)
        except Exception as error:  # Firefox shows a page of its own where an answer is empty
            assert "neterror" in str(error) or "error" in str(error).lower()
        assert "well" not in browser.text("body") and "Weddings" not in browser.evaluate(
            "return document.documentElement.outerHTML"
        )


def test_the_first_page_tells_whether_all_is_well(browser, site):
    site.enter(browser)
    assert browser.text(".verdict").startswith("All is well: ")
    shown = browser.text("body")
    for text in ("seaweedfs", "nas", "shelf", "Away, as expected", "Anna & Jón, 14 June", "Drills", "came back from", "backup"):
        assert text in shown, text
    # Both drawings have a size, and something in them.
    assert browser.evaluate(
        "return [...document.querySelectorAll('svg')].filter((drawing) =>"
        " drawing.getBoundingClientRect().width > 200 && drawing.querySelectorAll('*').length > 10).length"
    ) >= 2
    browser.click("form button")
    browser.wait("document.querySelector('.verdict')?.innerText.startsWith('All is well: ')")
    assert all(address.startswith(site.origin + "/") for address in browser.requested() if address.startswith("http"))


def test_what_is_ticked_comes_back(browser, site, tmp_path):
    site.enter(browser)
    site.open_folder(browser, "Camera", "day 1")
    browser.wait(PICTURES_ARE_THERE, 60)
    name = browser.evaluate(
        "const box = document.querySelector('.sheet li:has(img) input'); box.click();"
        "return box.closest('li').querySelector('label span').firstChild.textContent.trim()"
    )
    browser.type("#to", str(tmp_path / "back"))
    browser.click("form button:last-of-type")
    # The page loads itself again until the restore has ended, so that nothing can wait inside of it.
    until(lambda: "1 file restored" in (browser.text("body") or ""), 60, "restored")
    restored = [path for path in (tmp_path / "back").rglob("*") if path.is_file()]
    assert [path.name for path in restored] == [name]
    assert sha256(restored[0]) == sha256(site.vault.folder / "sources/Camera/day 1" / name)


def test_a_page_of_another_site_gets_nothing(browser, site, tmp_path):
    """One on the same host, to whose requests browsers add the cookie: only the port is another."""
    site.enter(browser)
    site.open_folder(browser)
    form = browser.evaluate("return document.querySelector('input[name=form]').value")
    snapshot = browser.evaluate("return document.querySelector('input[name=snapshot]').value")
    stolen = tmp_path / "stolen"
    pages = tmp_path / "pages"
    pages.mkdir()
    (pages / "evil.html").write_text(
        f"<!doctype html><form method=post action='{site.origin}/restore'><input name=form value='{form}'>"
        f"<input name=snapshot value='{snapshot}'><input name=to value='{stolen}'><button>Win</button></form>"
    )
    with serving(pages) as other:
        browser.go(f"{other.origin}/evil.html")
        read = browser.evaluate_async(
            "const done = arguments[arguments.length - 1];"
            f"fetch('{site.origin}/', {{credentials: 'include'}})"
            ".then((answer) => answer.text().then((text) => done('read: ' + text)), () => done('refused'))"
        )
        assert read == "refused"
        try:
            browser.click("button")
        except Exception as error:  # the empty answer, which Firefox calls an error
            assert "error" in str(error).lower()
        until(lambda: "evil" not in browser.evaluate("return location.href"), 20, "the form is sent")
    site.enter(browser)
    assert browser.text(".verdict").startswith("All is well: ")
    # A restore has a page from its beginning, with the folder that it goes into.
    for number in range(1, 9):
        browser.go(f"{site.origin}/restore/{number}")
        assert "stolen" not in browser.text("body")
    assert not stolen.exists()


def test_the_page_of_status_needs_nobody(browser, site, tmp_path):
    page = tmp_path / "status.html"
    site.vault.run("status", "--html", str(page), PHOTOBACKUP_PASSWORD=PASSWORD)
    browser.go("about:blank")
    browser.requested()
    browser.go(page.as_uri())
    assert browser.text(".verdict").startswith("All is well: ")
    assert browser.evaluate("return document.querySelectorAll('a, form, img, script, link').length") == 0
    assert not [address for address in browser.requested() if address.startswith("http")]


class Screen:
    """Sizes and colours for Chromium; saves whole pages where $PHOTOBACKUP_SCREENSHOTS says."""

    def __init__(self, browser: Chromium, folder: Path):
        self.browser, self.folder = browser, folder

    def look(self, name: str, size: tuple[int, int], scheme: str = "light") -> None:
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.browser.execute("Emulation.setEmulatedMedia", {"features": features})
        self.resize(size, size[1])
        wide = self.browser.evaluate("return document.documentElement.scrollWidth")
        assert wide <= size[0], f"{name}: the page is {wide} px wide on a screen of {size[0]}"
        if size != PHONE or "sheet" not in name:
            self.resize(size, self.browser.evaluate("return document.documentElement.scrollHeight"))
        self.browser.wait("[...document.images].every((image) => image.complete)")
        shown = Image.open(io.BytesIO(self.browser.screenshot())).convert("RGB")
        assert len(shown.getcolors(shown.width * shown.height)) > 8, f"{name} is blank"
        shown.save(self.folder / f"dashboard-{name}.png", optimize=True)

    def resize(self, size: tuple[int, int], height: int) -> None:
        metrics = {"width": size[0], "height": height, "deviceScaleFactor": 1, "mobile": size == PHONE}
        self.browser.execute("Emulation.setDeviceMetricsOverride", metrics)


def test_it_fits_every_screen(site, tmp_path):
    browser = Chromium()
    try:
        screen = Screen(browser, Path(os.environ.get("PHOTOBACKUP_SCREENSHOTS", tmp_path)))
        site.enter(browser)
        browser.go(f"{site.origin}/snapshots")
        screen.look("snapshots", DESK)
        site.open_folder(browser, "Camera", "day 1")
        browser.wait(PICTURES_ARE_THERE, 60)
        screen.look("contact-sheet", DESK)
        screen.look("contact-sheet-dark", DESK, "dark")
        screen.look("contact-sheet-phone", PHONE, "dark")
        site.enter(browser)
        browser.click("form button")
        screen.look("overview", DESK)
        screen.look("overview-dark", DESK, "dark")
        screen.look("phone", PHONE)
        wrong = [entry for entry in browser.driver.get_log("browser") if "favicon" not in entry["message"]]
        assert not wrong, wrong
    finally:
        browser.close()
