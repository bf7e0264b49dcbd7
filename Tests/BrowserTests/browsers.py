"""Debian's Chromium and Firefox behind one small interface, headless, each with an empty profile."""

import base64
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from marionette import ELEMENT, Marionette
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

# Waits inside of the page, so that a condition is seen in the moment in which it holds.
WAIT = """
const [look, limit, done] = [() => { EXPRESSION }, performance.now() + arguments[0], arguments[arguments.length - 1]];
(function again() {
    let seen;
    try { seen = look(); } catch (error) { seen = undefined; }
    if (seen) done(seen);
    else if (performance.now() > limit) done(null);
    else setTimeout(again, 15);
})();
"""


def until(condition: Callable, seconds: float, what: str):
    """What `condition` gives as soon as that is true; fails after so many seconds."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"{what}: not within {seconds} s"
        time.sleep(0.02)
    return found


class Browser:
    name: str
    downloads: Path
    pid: int  # of the process whose descendants all of its processes are

    def wait(self, expression: str, seconds: float = 20):
        """What the body of a function gives as soon as that is true."""
        if "return " not in expression:
            expression = f"return {expression}"
        found = self.evaluate_async(WAIT.replace("EXPRESSION", expression), int(seconds * 1000))
        assert found, f"{self.name}: not within {seconds} s: {expression}\nthe page says: {self.text('body')}"
        return found

    def text(self, selector: str) -> str:
        return self.evaluate(f"return document.querySelector({json.dumps(selector)}).innerText")

    def open_share(self, origin: str, share, fragment: str | None = None, suffix: str = "") -> None:
        """Loads a share's page; `about:blank` first, since a new fragment alone loads nothing."""
        self.go("about:blank")
        self.go(f"{origin}/{share.page.name}{suffix}#{share.fragment if fragment is None else fragment}")

    def saved(self, name: str, seconds: float = 30) -> Path:
        """The file that a download has left, once it is whole; the browsers give it its name at the end."""
        path = self.downloads / name
        partial = (".crdownload", ".part")
        until(
            lambda: path.exists() and not any(other.suffix in partial for other in self.downloads.iterdir()),
            seconds,
            f"{self.name}: {name} saved",
        )
        return path


class Chromium(Browser):
    name = "chromium"

    def __init__(self, *arguments: str):
        self.profile = tempfile.TemporaryDirectory(prefix="viewer-chromium-")
        self.downloads = Path(self.profile.name) / "saved"
        self.downloads.mkdir()
        options = webdriver.ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        for argument in (
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--disable-dev-shm-usage", f"--user-data-dir={self.profile.name}/profile", "--window-size=1280,860",
            *arguments,
        ):  # fmt: skip
            options.add_argument(argument)
        options.add_experimental_option(
            "prefs", {"download.default_directory": str(self.downloads), "download.prompt_for_download": False}
        )
        options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
        self.driver = webdriver.Chrome(options, webdriver.ChromeService("/usr/bin/chromedriver"))
        self.driver.set_script_timeout(120)
        self.pid = self.driver.service.process.pid
        self.execute = self.driver.execute_cdp_cmd

    def go(self, url: str) -> None:
        self.driver.get(url)

    def reload(self) -> None:
        self.driver.refresh()

    def evaluate(self, body: str, *arguments):
        return self.driver.execute_script(body, *arguments)

    def evaluate_async(self, body: str, *arguments):
        return self.driver.execute_async_script(body, *arguments)

    def click(self, selector: str) -> None:
        self.driver.find_element(By.CSS_SELECTOR, selector).click()

    def type(self, selector: str, text: str) -> None:
        self.driver.find_element(By.CSS_SELECTOR, selector).send_keys(text)

    def press(self, key: str) -> None:
        self.driver.switch_to.active_element.send_keys(getattr(Keys, key, key))

    def screenshot(self) -> bytes:
        return self.driver.get_screenshot_as_png()

    def requested(self) -> list[str]:
        """The addresses of all requests since the last call, as the browser's own network log has them."""
        messages = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        return [
            message["params"]["request"]["url"]
            for message in messages
            if message["method"] == "Network.requestWillBeSent"
        ]

    def close(self) -> None:
        self.driver.quit()
        self.profile.cleanup()


class Firefox(Browser):
    name = "firefox"

    def __init__(self, **preferences):
        self.folder = tempfile.TemporaryDirectory(prefix="viewer-saved-")
        self.downloads = Path(self.folder.name)
        self.marionette = Marionette(
            "/usr/bin/firefox-esr",
            {
                "browser.download.folderList": 2,
                "browser.download.dir": str(self.downloads),
                "browser.download.useDownloadDir": True,
                "browser.download.always_ask_before_handling_new_types": False,
                "browser.shell.checkDefaultBrowser": False,
                "browser.startup.page": 0,
                "datareporting.policy.dataSubmissionEnabled": False,
                "app.normandy.enabled": False,
                "network.captive-portal-service.enabled": False,
                "network.connectivity-service.enabled": False,
                "toolkit.telemetry.reportingpolicy.firstRun": False,
            }
            | preferences,
        )
        self.pid = self.marionette.process.pid
        self.marionette("WebDriver:SetWindowRect", width=1280, height=860)

    def go(self, url: str) -> None:
        self.marionette("WebDriver:Navigate", url=url)

    def reload(self) -> None:
        self.marionette("WebDriver:Refresh")

    def evaluate(self, body: str, *arguments):
        return self.marionette("WebDriver:ExecuteScript", script=body, args=list(arguments), sandbox=None)["value"]

    def evaluate_async(self, body: str, *arguments):
        return self.marionette("WebDriver:ExecuteAsyncScript", script=body, args=list(arguments), sandbox=None)["value"]

    def _element(self, selector: str) -> str:
        found = self.marionette("WebDriver:FindElement", using="css selector", value=selector)
        return found["value"][ELEMENT]

    def click(self, selector: str) -> None:
        self.marionette("WebDriver:ElementClick", id=self._element(selector))

    def type(self, selector: str, text: str) -> None:
        self.marionette("WebDriver:ElementSendKeys", id=self._element(selector), text=text)

    def press(self, key: str) -> None:
        pressed = getattr(Keys, key, key)
        strokes = [{"type": "keyDown", "value": pressed}, {"type": "keyUp", "value": pressed}]
        self.marionette("WebDriver:PerformActions", actions=[{"type": "key", "id": "keyboard", "actions": strokes}])

    def screenshot(self) -> bytes:
        return base64.b64decode(self.marionette("WebDriver:TakeScreenshot", full=False)["value"])

    def requested(self) -> list[str]:
        """The addresses of what the page has loaded, as the page itself is told them."""
        return self.evaluate("return performance.getEntriesByType('resource').map((entry) => entry.name)")

    def close(self) -> None:
        self.marionette.close()
        self.folder.cleanup()
