"""What a reader's browser shows of a library: one item of every kind in every collection is opened.

Run at a place of the lab: ``lab exec LAB reader-990101 -- browser.py 192.168.101.1 FOLDER``. Page images,
pictures and films must be seen, recitations heard, books and web documents read; nothing else than the
portal may be asked, and no page may complain. Prints what it saw and leaves pictures of it in the folder;
exits with a line on what it should have seen.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

sys.path.append(str(Path(__file__).parents[2] / "tests/portal"))

from playing_browser import VIDEO, hears_a_recitation, play, sees_a_film
from portal_browser import chromium, requested, wait_until
from reader import links, page
from reading_browser import PDF, READY, SHOWN
from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.by import By

COLOURS = """(function () {
  var canvas = document.querySelector('.stage canvas'), found = {}, at;
  if (!canvas || !document.querySelector('[data-shown]')) { return 0; }
  var dots = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  for (at = 0; at < dots.length; at += 404) { found[dots[at] << 16 | dots[at + 1] << 8 | dots[at + 2]] = 1; }
  return Object.keys(found).length;
}())"""
"""How many colours a page image or a picture has in the viewer; paper and print are more than a few."""

TEXT = "document.querySelector('#main[data-page]')"
LAYERS = (
    "[].map.call(document.querySelectorAll('.textLayer'), function (one) { return one.innerText; }).join('')"
)
"""Where a page of a text stands, and the words of the pages of a PDF that are drawn."""


def fail(words: str) -> NoReturn:
    """End with a line that says what is wrong."""
    sys.exit(f"browser: {words}")


def see_picture(browser: webdriver.Chrome) -> str:
    return f"seen in {wait_until(browser, f'{COLOURS} > 8 && {COLOURS}')} colours"


def see_film(browser: webdriver.Chrome) -> str:
    play(browser, VIDEO)
    return f"seen to move in {sees_a_film(browser)} colours"


def hear(browser: webdriver.Chrome) -> str:
    return f"heard at {hears_a_recitation(browser):.2f}"


def read_book(browser: webdriver.Chrome) -> str:
    browser.find_element(By.CSS_SELECTOR, ".books .main").click()
    wait_until(browser, f"{READY} || {PDF} === 'ready' || {TEXT}")
    if browser.execute_script(f"return {PDF} === 'ready'"):
        for _ in range(2):  # a cover may have no words
            browser.find_element(By.ID, "on").click()
    words = str(wait_until(browser, f"{SHOWN} || {LAYERS} || ({TEXT} || {{}}).innerText"))
    return f"read: {' '.join(words.split())[:20]}"


def read_document(browser: webdriver.Chrome) -> str:
    words = browser.find_element(By.CSS_SELECTOR, "article.text").text
    browser.find_element(By.PARTIAL_LINK_TEXT, "网页原貌").click()
    browser.switch_to.frame(browser.find_element(By.CSS_SELECTOR, "iframe[sandbox='']"))
    whole = browser.find_element(By.TAG_NAME, "body").text
    browser.switch_to.default_content()
    if not words or words.split()[-1] not in whole:
        fail(f"the document is not what it was: {words[:80]}")
    return f"read: {' '.join(words.split())[:20]}"


KINDS: dict[str, Callable[[webdriver.Chrome], str]] = {
    "pages": see_picture,
    "picture": see_picture,
    "video": see_film,
    "audio": hear,
    "book": read_book,
    "web": read_document,
}


def media(address: str) -> dict[tuple[str, str, str], str]:
    """Return an item's path for each collection, kind and form of file that the portal has."""
    found: dict[tuple[str, str, str], str] = {}
    for collection in links(page(address, "/"), r"/collections/[^\"/?]+"):
        for item in links(page(address, collection), r"/items/[^\"?#]+"):
            shown = page(address, item)
            kind = re.search(r'class="item item-(\w+)"', shown)
            file = re.search(r"/content/[^\"?]+\.(\w+)", shown)
            if kind is None or file is None:
                fail(f"{item} shows neither kind nor file")
            found.setdefault((collection.rpartition("/")[2], kind[1], file[1]), item)
    return found


def look(browser: webdriver.Chrome, address: str, folder: Path) -> None:
    """Open one item of every kind, as a reader does."""
    items = media(address)
    if missing := KINDS.keys() - {kind for _, kind, _ in items}:
        fail(f"the library has no {', '.join(sorted(missing))}")
    requested(browser)
    for (collection, kind, form), path in items.items():
        browser.get(f"http://{address}{path}")
        try:
            saw = KINDS[kind](browser)
        except WebDriverException as error:
            browser.save_screenshot(f"{folder}/{collection}-{form}.png")
            fail(f"{path} is not shown: {type(error).__name__}; see {folder}/{collection}-{form}.png")
        browser.save_screenshot(f"{folder}/{collection}-{form}.png")
        print(f"{collection}, {form}: {saw}")
    outside = [
        one for one in requested(browser) if not re.match(rf"(blob:)?http://{address}/|data:|about:", one)
    ]
    if outside:
        fail(f"the outside is asked: {outside[:3]}")
    if complaints := [one["message"] for one in browser.get_log("browser") if one["level"] == "SEVERE"]:
        fail(f"pages complain: {complaints[:3]}")


def main() -> None:
    """Look, with a browser of its own."""
    address, folder = sys.argv[1], Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    with chromium(folder / "profile", address) as browser:
        look(browser, address, folder)


if __name__ == "__main__":
    main()
