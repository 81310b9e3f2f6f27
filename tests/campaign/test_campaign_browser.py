"""The pages in a browser, opened as the files that somebody mailed around."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from province_rows import NOW, library, province
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select

from shulu.campaign import verdicts
from shulu.campaign.page import page

OPTIONS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
)  # fmt: skip
ROWS = province(200)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for option in (*OPTIONS, f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"):
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
    yield driver
    driver.quit()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("pages")
    remark = {"weight": "no-go", "problem": "runs debian 11", "remedy": "install Debian 12"}
    found = [
        {key: row[key] for key in library("1")} | {"rtt_ms": 8.0, "remarks": [remark] * (place % 3 == 0)}
        for place, row in enumerate(ROWS)
    ]
    pages = {
        "status.html": page(ROWS, [{"code": "340103s01", "name": "社区图书室"}], "安徽省", NOW),
        "preflight.html": verdicts.page(verdicts.rank(found, NOW, {}), "安徽省", NOW),
    }
    for name, text in pages.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in pages]


def shown(browser: webdriver.Chrome, what: str) -> list[str]:
    """Return the codes of the libraries whose row or tile can be seen."""
    attribute = "id" if what == "tbody tr" else "href"
    script = (
        f"return [...document.querySelectorAll('{what}')].filter(each => each.offsetParent)"
        f".map(each => each.getAttribute('{attribute}').replace(/^#?l/, ''))"
    )
    found: list[str] = browser.execute_script(script)
    return sorted(found)


def choose(browser: webdriver.Chrome, label: str, value: str) -> None:
    place = f"//label[starts-with(normalize-space(), '{label}')]/select"
    Select(browser.find_element(By.XPATH, place)).select_by_visible_text(value)


def codes(**wanted: object) -> list[str]:
    return sorted(row["library"] for row in ROWS if all(row[key] == value for key, value in wanted.items()))


def test_libraries_are_chosen_by_everything_at_once_without_a_script(
    browser: webdriver.Chrome, files: list[Path]
) -> None:
    browser.get(files[0].as_uri())
    assert shown(browser, "tbody tr") == shown(browser, ".tile") == codes()
    browser.find_element(By.XPATH, "//label[contains(., '失败')]").click()
    assert shown(browser, "tbody tr") == shown(browser, ".tile") == codes(standing="failed")
    choose(browser, "批次", "第 2 批")
    assert shown(browser, "tbody tr") == codes(standing="failed", wave=2)
    browser.find_element(By.XPATH, "//label[contains(., '全部 all')]").click()
    choose(browser, "级别", "县馆")
    choose(browser, "推送方式", "硬盘")
    assert shown(browser, "tbody tr") == shown(browser, ".tile") == codes(tier="county", route="disk", wave=2)
    choose(browser, "地市", "芜湖市")
    wanted = codes(tier="county", route="disk", wave=2, prefecture="芜湖市")
    assert wanted and shown(browser, "tbody tr") == wanted
    places = [
        each.text for each in browser.find_elements(By.CSS_SELECTOR, ".place h3") if each.is_displayed()
    ]
    assert [place.split("\n")[0][:3] for place in places] == ["芜湖市"]
    browser.find_element(By.TAG_NAME, "button").click()
    assert shown(browser, "tbody tr") == codes()


@pytest.mark.parametrize("width", [390, 1024, 1366])
def test_nothing_is_cut_off_and_nothing_outside_is_asked(
    browser: webdriver.Chrome, files: list[Path], width: int
) -> None:
    screen = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    for log in ("performance", "browser"):
        browser.get_log(log)
    for file in files:
        browser.get(file.as_uri())
        assert browser.execute_script("return document.documentElement.scrollWidth") <= width
        overflowing = (
            "return [...document.querySelectorAll('td, .place, .tile, .legend label')]"
            ".filter(each => each.clientWidth && each.scrollWidth > each.clientWidth + 1)"
            ".map(each => each.textContent)"
        )
        assert browser.execute_script(overflowing) == []
    events = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    asked = {e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"}
    assert asked == {file.as_uri() for file in files}
    assert browser.get_log("browser") == []
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
