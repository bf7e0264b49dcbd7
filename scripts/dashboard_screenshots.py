#!/usr/bin/env python3
"""Opens a dashboard's address in headless Chromium and keeps pictures of its pages: light, dark, on a phone.

usage: dashboard_screenshots.py ADDRESS FOLDER

ADDRESS is the line that `photobackup dashboard` prints. Fails where a page loads anything that its content security
policy refuses, or is wider than the screen.
"""

import sys
from pathlib import Path
from urllib.parse import urlsplit

from selenium import webdriver
from selenium.webdriver.common.by import By

DESK, PHONE = (1100, 900), (390, 844)


def chromium() -> webdriver.Chrome:
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(options=options, service=webdriver.ChromeService("/usr/bin/chromedriver"))


def look(driver: webdriver.Chrome, size: tuple[int, int], dark: bool, path: Path, whole: bool = True) -> None:
    """Keeps a picture of the page that is open, as it is in a window of that size."""
    driver.execute_cdp_cmd(
        "Emulation.setEmulatedMedia",
        {"features": [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]},
    )

    def resize(height: int) -> None:
        driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": size[0], "height": height, "deviceScaleFactor": 1, "mobile": size == PHONE},
        )

    resize(size[1])
    wide = driver.execute_script("return document.documentElement.scrollWidth")
    assert wide <= size[0], f"{path.name}: the page is {wide} px wide on a screen of {size[0]}"
    if whole:
        resize(driver.execute_script("return document.documentElement.scrollHeight"))
    driver.execute_async_script(
        "const done = arguments[0];"
        "Promise.all([...document.images].map(i => { i.loading = 'eager'; return i.decode().catch(() => 0); })).then(done)"
    )
    driver.save_screenshot(str(path))


def main() -> None:
    address, folder = sys.argv[1], Path(sys.argv[2])
    origin = "http://" + urlsplit(address).netloc
    driver = chromium()
    try:
        driver.get(address)
        assert "token" not in driver.current_url, "the address keeps its token"
        look(driver, DESK, False, folder / "dashboard-overview.png")
        look(driver, DESK, True, folder / "dashboard-overview-dark.png")
        look(driver, PHONE, False, folder / "dashboard-phone.png")
        driver.get(origin + "/snapshots")
        look(driver, DESK, False, folder / "dashboard-snapshots.png")
        driver.find_element(By.CSS_SELECTOR, "tbody a").click()
        while links := driver.find_elements(By.CSS_SELECTOR, ".sheet a.picture"):
            if driver.find_elements(By.CSS_SELECTOR, ".sheet img"):
                break
            links[0].click()
        look(driver, DESK, False, folder / "dashboard-contact-sheet.png")
        look(driver, DESK, True, folder / "dashboard-contact-sheet-dark.png")
        look(driver, PHONE, True, folder / "dashboard-contact-sheet-phone.png", whole=False)
        wrong = [entry for entry in driver.get_log("browser") if "favicon" not in entry["message"]]
        assert not wrong, wrong
    finally:
        driver.quit()


main()
