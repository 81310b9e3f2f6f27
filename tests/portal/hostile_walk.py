"""Asks an application for everything it has, in every way that makes no sense, and judges each answer.

Routes come from the application itself, parameters from what it looks for while it is asked, values that make
sense from the links of its own answers: a new route is walked without being named here.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urljoin, urlsplit
from xml.etree import ElementTree

from flask import Flask, Request
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Rule

HEADERS = {
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
}
LEAKS = re.compile(
    rb"Traceback|site-packages|dist-packages|/shulu/(?:portal|catalogue|feeds|texts)/|sqlite3\.|\bFTS5?\b|fts5:"
    rb"|werkzeug|jinja2|gunicorn|/usr/|/etc/|/srv/|<\w+ object at 0x"
)
_ADDRESSES = ("href", "src", "action", "data", "poster", "srcset", "formaction", "xlink:href")
_BASE = "http://portal"


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.wrong: list[str] = []
        self.data: list[str] = []
        self._in_data = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag == "zqtag" or any(name.startswith(("on", "zq")) or name == "srcdoc" for name in named):
            self.wrong.append(f"<{tag} {named}>")
        self._in_data = tag == "script" and named.get("type") == "application/ld+json"
        if tag == "script" and not self._in_data and "src" not in named:
            self.wrong.append("a script without a file")
        for name in _ADDRESSES:
            if address := named.get(name):
                self.links.append(address)

    def handle_endtag(self, tag: str) -> None:
        self._in_data = False

    def handle_data(self, data: str) -> None:
        if self._in_data:
            self.data.append(data)


def links(kind: str, body: bytes) -> list[str]:
    """Return the addresses that an answer of this type names."""
    text = body.decode()
    if kind == "text/html":
        page = _Page()
        page.feed(text)
        return page.links
    if kind.endswith(("/xml", "+xml")):
        tree = ElementTree.fromstring(text)  # noqa: S314 - made by the application under test
        return [
            *(e.get(name, "") for e in tree.iter() for name in ("href", "template")),
            *((e.text or "") for e in tree.iter() if e.tag.endswith("}loc")),
        ]
    if kind.endswith(("/json", "+json")):
        return re.findall(r'"(?:href|id|@id|url)": ?"([^"]+)"', text)
    return []


def judge(status: int, headers: Mapping[str, str], body: bytes, secrets: Iterable[bytes] = ()) -> list[str]:
    """Return what is wrong with an answer; ``headers`` by names in lower case, ``secrets`` are paths here."""
    wrong = [] if status < 500 else [f"status {status}"]
    if headers.get("x-content-type-options") != "nosniff":
        wrong.append("a browser may guess what it is")
    policy = headers.get("content-security-policy", "")
    if "default-src 'none'" not in policy or re.search(r"script-src[^;]*'unsafe-(inline|eval)'", policy):
        wrong.append(f"the policy is {policy!r}")
    wrong += [f"the header {name}: {headers[name]}" for name in headers if name.startswith("x-zq")]
    whole = body + "\n".join(headers.values()).encode("utf-8", "replace")
    wrong += [f"tells {found.decode()}" for found in set(LEAKS.findall(body))]
    wrong += [f"tells {secret.decode()}" for secret in secrets if secret in whole]
    return wrong + _content(headers.get("content-type", "").partition(";")[0], body)


def judge_page(
    status: int, headers: Mapping[str, str], body: bytes, secrets: Iterable[bytes] = ()
) -> list[str]:
    """Return what is wrong with an answer of the application: all of them have the same headers."""
    wrong = judge(status, headers, body, secrets)
    return wrong + [
        f"{name} is {headers.get(name)!r}" for name in HEADERS if headers.get(name) != HEADERS[name]
    ]


def _content(kind: str, body: bytes) -> list[str]:
    try:
        if kind == "text/html":
            page = _Page()
            page.feed(body.decode())
            for data in page.data:
                json.loads(data)
            return page.wrong + [f"leads to {link}" for link in page.links if _leaves(link)]
        if kind.endswith(("/json", "+json")) and body:
            json.loads(body)
        if kind.endswith(("/xml", "+xml")) and body:
            tree = ElementTree.fromstring(body)  # noqa: S314 - made by the application under test
            return [
                f"has {e.tag}" for e in tree.iter() if "zqtag" in e.tag or any("zq" in n for n in e.attrib)
            ]
    except (ValueError, ElementTree.ParseError) as error:
        return [f"is no {kind}: {error}"]
    return []


def _leaves(link: str) -> bool:
    return bool(re.match(r"\s*(?:javascript|data|vbscript|https?:|//|\\)", link, re.IGNORECASE))


@dataclass
class Known:
    """What a walk found: addresses with an answer, names and values of parameters of each endpoint."""

    good: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """Addresses with answers, by endpoint."""
    names: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    values: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Values that made sense, by the name of a parameter or of a place in an address."""


class Walker:
    """Walks an application in this process."""

    def __init__(self, app: Flask, known: Known | None = None) -> None:
        self.app = app
        self.known = known or Known()
        self._asked: set[str] = set()
        self._client = app.test_client()
        self._endpoint = ""
        walker = self

        class Noted(ImmutableMultiDict[str, str]):
            """Parameters that tell the walker what is looked for."""

            def __getitem__(self, key: str) -> str:
                walker.known.names[walker._endpoint].add(key)
                return super().__getitem__(key)

            def get(self, key: str, *rest: Any, **named: Any) -> Any:
                walker.known.names[walker._endpoint].add(key)
                return super().get(key, *rest, **named)

            def getlist(self, key: str, *rest: Any, **named: Any) -> Any:
                walker.known.names[walker._endpoint].add(key)
                return super().getlist(key, *rest, **named)

            def __contains__(self, key: object) -> bool:
                walker.known.names[walker._endpoint].add(str(key))
                return super().__contains__(key)

        class Asked(Request):
            parameter_storage_class = Noted

        app.request_class = Asked

    def rules(self) -> list[Rule]:
        """Return the routes, that of the static files among them."""
        return list(self.app.url_map.iter_rules())

    def match(self, path: str) -> tuple[str, Mapping[str, Any]]:
        """Return the endpoint of a path and what stands in its places, "" where it has none."""
        adapter = self.app.url_map.bind("portal")
        try:
            endpoint, values = adapter.match(path)
        except (HTTPException, ValueError):
            return "", {}
        return endpoint, values

    def methods(self, path: str) -> set[str]:
        """Return the methods that the route of a path declares: a harvester may post its question."""
        endpoint = self.match(path)[0]
        return set().union(*(rule.methods or () for rule in self.rules() if rule.endpoint == endpoint))

    def ask(
        self, path: str, query: str = "", method: str = "GET", headers: Mapping[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        """Ask for a path (not encoded, as gateways give it) with an encoded query; POST sends it too."""
        self._endpoint = self.match(path)[0]
        given = {"PATH_INFO": path.encode("utf-8", "surrogatepass").decode("latin-1"), "QUERY_STRING": query}
        sent = dict(headers or {})
        form = b""
        if method == "POST":
            sent, form = {"Content-Type": "application/x-www-form-urlencoded", **sent}, query.encode()
        with self._client.open(
            "/", method=method, headers=sent, data=form, environ_overrides=given
        ) as answer:
            named = {name.lower(): value for name, value in answer.headers.items()}
            return answer.status_code, named, answer.get_data()

    def crawl(self, secrets: Iterable[bytes] = (), seeds: Iterable[str] = (), limit: int = 300) -> list[str]:
        """Follow all links from the pages that need no value and from ``seeds``; return what is wrong there.

        Routes that were seldom asked come first, so that none waits behind the many pages of another. What is
        known then stays as it is: the same draw has to be the same question.
        """
        wrong: list[str] = []
        waiting: dict[str, list[str]] = defaultdict(list)
        for address in (*(rule.rule for rule in self.rules() if not rule.arguments), *seeds):
            self._wait(address, waiting)
        asked: Counter[str] = Counter()
        for _ in range(limit):
            endpoints = [endpoint for endpoint, left in waiting.items() if left]
            if not endpoints:
                break
            endpoint = min(endpoints, key=asked.__getitem__)
            asked[endpoint] += 1
            wrong += self._visit(waiting[endpoint].pop(0), waiting, secrets)
        self.app.request_class = Request
        return wrong

    def _wait(self, address: str, waiting: dict[str, list[str]]) -> None:
        if address not in self._asked:
            self._asked.add(address)
            waiting[self.match(unquote(urlsplit(address).path))[0]].append(address)

    def _visit(self, address: str, waiting: dict[str, list[str]], secrets: Iterable[bytes]) -> list[str]:
        parted = urlsplit(address)
        endpoint, places = self.match(unquote(parted.path))
        status, named, body = self.ask(unquote(parted.path), parted.query)
        wrong = judge_page(status, named, body, secrets if endpoint != "librarian.page" else ())
        if status == 200 and endpoint:
            if endpoint != "static":
                self.known.good[endpoint].append(address)
            for name, value in (*places.items(), *parse_qsl(parted.query)):
                self.known.values[name].add(str(value))
            if endpoint != "static":
                for link in links(named.get("content-type", "").partition(";")[0], body):
                    found = urlsplit(urljoin(f"{_BASE}{address}", link))
                    if found.netloc in {"portal", "localhost"} and not found.path.startswith("/content/"):
                        self._wait(found._replace(scheme="", netloc="", fragment="").geturl(), waiting)
        return [f"{address}: {one}" for one in wrong]


def encoded(pairs: Iterable[tuple[str, str]]) -> str:
    """Return a query string of any texts, halves of surrogate pairs too."""
    return urlencode(list(pairs), errors="surrogatepass")
