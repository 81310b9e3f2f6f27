"""Films and recitations in a reader's browser: they play, go on where they were left, and on to the next."""

from __future__ import annotations

from typing import Any

import pytest
from playing_browser import AUDIO, VIDEO, hears_a_recitation, play, sees_a_film
from portal_browser import open_page, wait_until
from portal_servers import Site
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

FILM = "/items/documentaries-001/canal"
POEMS = "/items/wenjin-recitation-001/jing-ye-si"

pytestmark = pytest.mark.usefixtures("forgetful")


def test_a_film_goes_on_where_it_was_left(browser: webdriver.Chrome, site: Site) -> None:
    open_page(browser, site, FILM)
    wait_until(browser, f"{VIDEO}.readyState >= 1")
    assert browser.execute_script(f"return {VIDEO}.poster").endswith(".png?v=1")
    play(browser, VIDEO)
    browser.execute_script(f"{VIDEO}.currentTime = 3")
    wait_until(browser, f"{VIDEO}.currentTime >= 3.2")
    browser.execute_script(f"{VIDEO}.pause()")
    stopped = wait_until(browser, f"{VIDEO}.paused && {VIDEO}.currentTime")
    browser.refresh()
    wait_until(browser, f"{VIDEO}.currentTime > 3")
    assert abs(browser.execute_script(f"return {VIDEO}.currentTime") - stopped) < 0.5
    said = browser.find_element(By.CSS_SELECTOR, "[data-resumed]")
    assert "0:03" in said.text
    said.find_element(By.TAG_NAME, "button").click()
    wait_until(browser, f"{VIDEO}.currentTime < 2 && !{VIDEO}.paused")


def test_a_film_is_seen_and_its_picture_moves(browser: webdriver.Chrome, site: Site) -> None:
    open_page(browser, site, FILM)
    play(browser, VIDEO)
    assert sees_a_film(browser) > 5


def test_keys_play_stop_and_skip(browser: webdriver.Chrome, site: Site) -> None:
    open_page(browser, site, FILM)
    wait_until(browser, f"{VIDEO}.readyState >= 1")
    browser.execute_script(f"{VIDEO}.muted = true")
    page = browser.find_element(By.TAG_NAME, "body")
    page.send_keys(" ")
    wait_until(browser, f"{VIDEO}.currentTime > 0.2 && !{VIDEO}.paused")
    page.send_keys(" ")
    stopped = wait_until(browser, f"{VIDEO}.paused && {VIDEO}.currentTime")
    page.send_keys(Keys.ARROW_LEFT)
    wait_until(browser, f"{VIDEO}.currentTime < {min(stopped, 0.1)}")
    page.send_keys(Keys.ARROW_RIGHT)
    wait_until(browser, f"Math.abs({VIDEO}.currentTime - 5) < 0.1")
    field = browser.find_element(By.ID, "q")
    field.send_keys("a b")
    assert field.get_attribute("value") == "a b"
    assert browser.execute_script(f"return {VIDEO}.paused")


def test_a_recitation_is_heard(browser: webdriver.Chrome, site: Site) -> None:
    open_page(browser, site, POEMS)
    assert hears_a_recitation(browser) < 0.1


def test_a_film_s_speed_subtitles_and_next_episode(browser: webdriver.Chrome, site: Site) -> None:
    open_page(browser, site, FILM)
    assert wait_until(browser, f"{VIDEO}.textTracks[0].cues.length") == 2
    assert browser.execute_script(f"return {VIDEO}.textTracks[0].mode") == "showing"
    browser.find_element(By.CSS_SELECTOR, "[data-speed='2']").click()
    play(browser, VIDEO)
    clock = f"[performance.now() / 1000, {VIDEO}.currentTime]"
    before = browser.execute_script(f"return {clock}")
    wait_until(browser, f"{VIDEO}.currentTime > {before[1]} + 1.5")
    after = browser.execute_script(f"return {clock}")
    assert 1.5 < (after[1] - before[1]) / (after[0] - before[0]) < 2.5
    list_ = browser.find_element(By.CSS_SELECTOR, ".playlist")
    assert [line.split("\n") for line in list_.text.split("\n1\n")[1:]] == [
        ["开篇", "0:06", "2", "中段", "0:06"]
    ]
    browser.execute_script(f"{VIDEO}.currentTime = 5.7")
    wait_until(browser, "location.search === '?n=2'")
    wait_until(browser, f"{VIDEO}.src.indexOf({'02%20'!r}) > 0 && {VIDEO}.currentTime > 0.2")
    assert browser.execute_script(f"return {VIDEO}.playbackRate") == 2
    assert browser.find_element(By.CSS_SELECTOR, "[data-now]").text == "中段"
    assert browser.execute_script(f"return {VIDEO}.videoWidth") == 320
    browser.find_element(By.CSS_SELECTOR, "a[data-step=prev]").click()
    wait_until(browser, f"{VIDEO}.src.indexOf({'01%20'!r}) > 0")
    assert wait_until(browser, f"{VIDEO}.textTracks[0].cues.length") == 2
    browser.back()
    wait_until(browser, f"{VIDEO}.src.indexOf({'02%20'!r}) > 0")


def line(browser: webdriver.Chrome) -> Any:
    """Return the line that is being spoken."""
    return browser.execute_script(
        "return (document.querySelector('.lines [aria-current]') || {}).textContent"
    )


def test_a_recitation_is_read_along_and_goes_on_to_the_next(browser: webdriver.Chrome, site: Site) -> None:
    open_page(browser, site, POEMS)
    wait_until(browser, "document.querySelectorAll('.lines button').length === 2")
    browser.execute_script(f"{AUDIO}.muted = true; {AUDIO}.play()")
    spoken = "(document.querySelector('.lines [aria-current]') || {}).textContent"
    wait_until(browser, f"{spoken} === '静夜思'")
    wait_until(browser, f"{spoken} === '末句'")
    wait_until(browser, f"location.search === '?n=2' && {spoken} === '春晓'")
    assert browser.find_element(By.CSS_SELECTOR, "[data-now]").text == "春晓"
    wait_until(browser, "location.pathname === '/items/wenjin-recitation-001/chun-wang'")
    wait_until(browser, f"{spoken} === '春望' && {AUDIO}.currentTime > 0")


def test_a_line_is_chosen_and_one_poem_repeated(browser: webdriver.Chrome, site: Site) -> None:
    open_page(browser, site, POEMS)
    wait_until(browser, "document.querySelectorAll('.lines button').length === 2")
    browser.execute_script(f"{AUDIO}.muted = true")
    browser.find_element(By.CSS_SELECTOR, "[data-again]").click()
    browser.execute_script(
        f"window.rounds = 0; {AUDIO}.addEventListener('ended', function () {{ window.rounds += 1; }})"
    )
    browser.find_elements(By.CSS_SELECTOR, ".lines button")[1].click()
    wait_until(browser, f"!{AUDIO}.paused && {AUDIO}.currentTime >= 0.5")
    assert line(browser) in {"末句", None}
    wait_until(browser, "window.rounds >= 2")
    assert browser.execute_script("return location.search") == ""
