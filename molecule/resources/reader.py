"""What a reader's PC sees of a library, and what a machine that is no reader of it sees: nothing.

Run at a place of the lab: ``lab exec LAB reader-990101 -- python3 reader.py open 192.168.101.1 NAME``,
``away ADDRESS COLLECTION``, ``refused ADDRESS``, ``answer ADDRESS STATUS PATH ...``,
``silent ADDRESS WORD PATH ...``, or ``cut ADDRESS PATH ...``. Prints what it saw; exits with a line on what
it should have seen.
"""

from __future__ import annotations

import http.client
import re
import sys
import urllib.parse
from typing import NoReturn

SECONDS = 8


def fail(words: str) -> NoReturn:
    """End with a line that says what is wrong."""
    sys.exit(f"reader: {words}")


def get(address: str, path: str, **headers: str) -> tuple[int, http.client.HTTPMessage, bytes]:
    """Fetch a page or a file; return status, headers, body. Raises OSError where nobody answers."""
    connection = http.client.HTTPConnection(address, timeout=SECONDS)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def page(address: str, path: str) -> str:
    """Fetch a page that must be there and ask nothing of the outside."""
    status, _, body = get(address, path)
    text = body.decode()
    if status != 200:
        fail(f"{path} answers {status}")
    if outside := re.findall(r'(?:src|href|action)="((?:https?:)?//[^"]+)"', text):
        fail(f"{path} asks the outside: {outside}")
    return text


def links(text: str, form: str) -> list[str]:
    """Return the links of a page that match, each once, in their order."""
    return list(dict.fromkeys(re.findall(rf'(?:href|src|data-src|data-book)="({form})"', text)))


def see(address: str, name: str) -> None:
    """Walk from the portal's home through every collection to an item, and fetch a piece of its file."""
    home = page(address, "/")
    if name not in home:
        fail(f"the home page does not say {name}")
    collections = links(home, r"/collections/[^\"/?]+")
    if not collections:
        fail("the home page links no collection")
    pieces = 0
    for collection in collections:
        items = links(page(address, collection), r"/items/[^\"]+")
        if not items:
            fail(f"{collection} links no item")
        for file in links(page(address, items[0]), r"/content/[^\"]+")[:1]:
            take_piece(address, file.replace("&amp;", "&"))
            pieces += 1
    if not pieces:
        fail("no item has a file")
    if "上线时间" not in page(address, "/librarian"):
        fail("the librarian's page does not say since when the release is live")
    found = links(page(address, "/search?q=" + urllib.parse.quote("诗")), r"/items/[^\"]+")
    if not found:
        fail("the search for 诗 finds nothing")
    print(f"{address}: {len(collections)} collections, {pieces} files opened, {len(found)} items found")


def take_piece(address: str, path: str) -> None:
    """Fetch a file, then a piece of it, as a player does that jumps."""
    status, _, whole = get(address, path)
    if status != 200 or not whole:
        fail(f"{path} answers {status} with {len(whole)} bytes")
    first, last = len(whole) // 3, len(whole) // 2
    status, headers, piece = get(address, path, Range=f"bytes={first}-{last}")
    if status != 206 or piece != whole[first : last + 1]:
        fail(f"{path} answers {status} to a range, {headers.get('Content-Range')}")


def be_told(address: str, collection: str) -> None:
    """Hold that the items of a collection are said to be away, and their files too; the rest is there."""
    page(address, "/")
    items = links(page(address, f"/collections/{collection}"), r"/items/[^\"]+")
    bag = items[0].split("/")[2]
    for path in (items[0], f"/content/{bag}/files/any", f"/content/{bag}/files/any?v=1"):
        status, headers, body = get(address, path)
        if status != 503 or "暂时看不了" not in body.decode() or not headers.get("Retry-After"):
            fail(f"{path} answers {status}")
    print(f"{address}: {collection} is away, and readers are told")


def answer(address: str, expected: str, *paths: str) -> None:
    """Hold that each of these paths answers with this status."""
    for path in paths:
        status, _, body = get(address, path)
        if status != int(expected):
            fail(f"{path} answers {status} with {len(body)} bytes, and should {expected}")
    print(f"{address}: {len(paths)} paths answer {expected}")


def see_nothing_of(address: str, word: str, *paths: str) -> None:
    """Hold that these paths answer, and tell nothing that has this word."""
    for path in paths:
        status, _, body = get(address, path)
        if status != 200 or word in body.decode():
            fail(f"{path} answers {status}, and has {word} {body.decode().count(word)} times")
    print(f"{address}: {len(paths)} paths tell nothing of {word}")


def read_without_line(address: str, *paths: str) -> None:
    """Hold that what was read before is shown as a kept copy, and anything else says what it waits for."""
    for path in paths:
        if 'class="line-down"' not in page(address, path):
            fail(f"{path} does not say that it is a kept copy")
    status, headers, body = get(address, "/search?q=" + urllib.parse.quote("从未有人查过"))
    if status != 503 or not headers.get("Retry-After") or "线路暂时不通" not in body.decode():
        fail(f"a search that nobody made before answers {status}")
    print(f"{address}: {len(paths)} pages are kept copies, and say so")


def be_refused(address: str) -> None:
    """Hold that nobody answers, or that the answer is a refusal."""
    try:
        status, _, body = get(address, "/")
    except OSError as error:
        print(f"{address}: no answer ({error})")
        return
    if status != 403:
        fail(f"{address} answers {status}, {len(body)} bytes, and should refuse")
    print(f"{address}: refused")


if __name__ == "__main__":
    what, *words = sys.argv[1:]
    ways = {
        **{"open": see, "away": be_told, "refused": be_refused, "answer": answer},
        **{"silent": see_nothing_of, "cut": read_without_line},
    }
    ways[what](*words)
