"""A reader's browser on the portal: headless Chromium that finds no name but the portal's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from portal_servers import Site
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.ui import WebDriverWait

OPTIONS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--autoplay-policy=no-user-gesture-required",
    "--window-size=1024,768",
)


@contextmanager
def chromium(profile: Path, portal: str = "127.0.0.1") -> Iterator[webdriver.Chrome]:
    """Run a browser with a profile of its own, for a portal at this address."""
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    names = f"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE {portal}"
    for option in (*OPTIONS, names, f"--user-data-dir={profile}"):
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
    try:
        yield driver
    finally:
        driver.quit()


def wait_until(browser: webdriver.Chrome, script: str) -> Any:
    """Wait until an expression in the page is true; return it."""
    return WebDriverWait(browser, 20, 0.1).until(lambda driver: driver.execute_script(f"return {script}"))


def open_page(browser: webdriver.Chrome, site: Site, path: str) -> None:
    browser.get(f"http://127.0.0.1:{site.port}{path}")


def requested(browser: webdriver.Chrome) -> list[str]:
    """Return the addresses that were asked for since the last look."""
    events = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    return [e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"]


@contextmanager
def screen(browser: webdriver.Chrome, width: int, height: int = 768) -> Iterator[None]:
    """Look through a screen of this size, a phone's below 500 pixels."""
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    try:
        yield
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
