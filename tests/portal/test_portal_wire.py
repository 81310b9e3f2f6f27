"""The real nginx and gunicorn asked in ways that make no sense: paths, methods, headers, lengths."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote

import pytest
from hostile_content import NAME
from hostile_input import METHODS, ODD_HEADERS, SANE
from hostile_walk import judge
from hostile_wire import Told, request, send
from hypothesis import given, settings
from hypothesis import strategies as st
from portal_servers import Site, importing, web_server

TRICKS = (
    *(
        b"/..",
        b"/../",
        b"/%2e%2e/",
        b"/%2E%2E%2F",
        b"//",
        b"///",
        b"/./",
        b"/.%2e/",
        b"/..;/",
        b"/;/",
        b"\\..\\",
    ),
    *(
        b"/..%5c",
        b"/%c0%ae%c0%ae/",
        b"/%c0%af",
        b"/%e0%80%af",
        b"/%00",
        b"%00.html",
        b"/%0d%0aX-Zq:1",
        b"%",
        b"%2",
    ),
    *(
        b"/..%252f",
        b"/%25%32%65",
        b"/~root/",
        b"/%ff%fe",
        b"\xff\xfe",
        b"/.git/",
        b"?",
        b"#",
        b"/*",
        b"/%20",
        b"/.",
    ),
)
TARGETS = (
    *(
        b"/content/ebooks-001/files/",
        b"/content/ebooks-001/",
        b"/content/",
        b"/static/",
        b"/static/css/base.css",
    ),
    *(
        b"/",
        b"/shulu-allowed/ebooks-001/files/",
        b"/shulu-asked/content/ebooks-001/files/",
        b"/items/ebooks-001/",
    ),
    *(b"/shulu-unavailable.html", b"/collections/", b"/topics/", b"/content/journals-001/files/"),
)
ENDS = (
    b"",
    b"records.jsonl",
    b"release.json",
    b"etc/passwd",
    b"catalogue.db",
    b"app.py",
    b"bagit.txt",
    b"evil",
)
trick = st.sampled_from(TRICKS) | st.binary(max_size=12).map(lambda raw: raw.replace(b"\n", b""))
WEB_SERVERS_OWN = {0, 400, 403, 404, 405, 408, 411, 413, 414, 416, 417, 431, 501, 505}
"""What nginx itself may say of a request that is none; 0 is a closed connection."""


def _hold(answer: Told, secrets: list[bytes], *, may_tell_folder: bool = False) -> None:
    """Hold an answer of the web server against all that every answer must be."""
    if answer.status == 0:
        return
    own = answer.status in WEB_SERVERS_OWN
    wrong = judge(answer.status, answer.headers, answer.body, () if may_tell_folder else secrets)
    assert [one for one in wrong if not (own and one == f"status {answer.status}")] == []
    assert answer.headers["server"] == "nginx"
    assert "x-accel-redirect" not in answer.headers


@settings(SANE, max_examples=300)
@given(
    st.tuples(st.sampled_from(TARGETS), st.lists(trick, max_size=6), st.sampled_from(ENDS)),
    st.sampled_from(METHODS),
)
def test_no_path_leads_out_of_what_is_sent(
    hostile_site: Site, secrets: list[bytes], parts: tuple[bytes, list[bytes], bytes], method: str
) -> None:
    path = parts[0] + b"".join(parts[1]) + parts[2]
    answer = send(hostile_site.port, request(path, method.encode()))
    _hold(answer, secrets, may_tell_folder=b"librarian" in path)
    for inside in (b"root:x:0:", b"bagit", b'"files"', b"SQLite format", b"from __future__", b'"serial"'):
        assert inside not in answer.body.lower()


@settings(SANE, max_examples=200)
@given(
    st.sampled_from(
        ("/", "/search?q=zq", "/items/ebooks-001/evil", "/librarian", "/suggest?q=zq", "/nothing")
    ),
    st.lists(
        st.sampled_from(ODD_HEADERS).map(lambda pair: (pair[0].encode(), pair[1].encode("utf-8", "replace")))
        | st.tuples(
            st.sampled_from((b"Host", b"Range", b"Accept", b"Content-Length", b"Transfer-Encoding", b"Zq")),
            st.binary(max_size=60),
        ),
        max_size=3,
    ),
    st.sampled_from(METHODS),
)
def test_no_header_makes_the_web_server_fail_or_tell(
    hostile_site: Site,
    secrets: list[bytes],
    path: str,
    headers: list[tuple[bytes, bytes]],
    method: str,
) -> None:
    answer = send(hostile_site.port, request(path.encode(), method.encode(), tuple(headers)))
    _hold(answer, secrets, may_tell_folder=path == "/librarian")
    if answer.status == 200:
        assert method in {"GET", "HEAD"} or any(b"\n" in value for _, value in headers)


def test_forged_headers_gain_nothing(hostile_site: Site) -> None:
    plain = send(hostile_site.port, request(b"/librarian"))
    assert plain.status == 200
    for name, value in (
        *((b"X-Shulu-Audience", scope) for scope in (b"open", b"province", b"")),
        *((b"X-Forwarded-" + kind, b"10.0.0.1") for kind in (b"For", b"Host", b"Proto", b"Prefix")),
        *((kind, b"/shulu-allowed/x") for kind in (b"X-Original-URL", b"X-Rewrite-URL", b"X-Accel-Redirect")),
        (b"X-Shulu-Library", b"zq-forged"),
        (b"Forwarded", b"for=10.0.0.1;host=evil.example"),
        (b"Host", b"evil.example"),
    ):
        answer = send(hostile_site.port, request(b"/librarian", headers=((name, value),)))
        assert answer.status == 200
        assert _without_time(answer.body) == _without_time(plain.body)


def _without_time(body: bytes) -> bytes:
    """Return a librarian's page without the free space of the disk."""
    return re.sub(rb"<dd>[0-9.]+ [A-Za-z]+</dd>", b"", body)


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        (b"GET /search?q=" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: portal\r\n\r\n", 414),
        (request(b"/", headers=((b"Cookie", b"x" * 100_000),)), 400),
        (request(b"/search", b"POST", ((b"Content-Length", b"1000000"),)), 413),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/9.9\r\n\r\n", 505),
        (b"GET /\xff\xfe HTTP/1.1\r\nHost: portal\r\nConnection: close\r\n\r\n", 400),
        (b"GET /search?q=%00%ff&q=\xe4\xb8\xad HTTP/1.1\r\nHost: portal\r\nConnection: close\r\n\r\n", 400),
        (request(b"/", headers=((b"Transfer-Encoding", b"chunked"), (b"Content-Length", b"5"))), 400),
        (request(b"/", headers=((b"Range", b"bytes=" + b"0-1," * 900 + b"5-6"),)), 200),
    ],
)
def test_what_is_too_much_or_no_request_is_refused_plainly(
    hostile_site: Site, secrets: list[bytes], asked: bytes, status: int
) -> None:
    answer = send(hostile_site.port, asked)
    assert answer.status == status
    _hold(answer, secrets)
    assert b"portal" not in answer.body or status == 200


def test_a_thousand_ranges_of_a_file_are_not_sent(hostile_site: Site) -> None:
    path = f"/content/documentaries-001/files/{quote(f'{NAME} 1.webm')}".encode()
    whole = send(hostile_site.port, request(path))
    assert whole.status == 200
    ranges = b"bytes=" + b",".join(b"0-" for _ in range(1000))
    answer = send(hostile_site.port, request(path, headers=((b"Range", ranges),)))
    assert len(answer.body) < 2 * len(whole.body)


def test_a_file_whose_name_is_hostile_is_sent_and_nothing_of_the_name_is_a_header(hostile_site: Site) -> None:
    for bag, ending in (
        ("ebooks-001", ".epub"),
        ("ebooks-001", ".txt"),
        ("government-information-001", ".html"),
    ):
        for folder in ("", f"{NAME}/"):
            address = f"/content/{bag}/files/{quote(f'{folder}{NAME}{ending}')}"
            answer = send(hostile_site.port, request(address.encode()))
            assert answer.status == 200
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert "x-zq" not in answer.headers


def test_neither_the_export_nor_a_remote_library_says_more(
    hostile_site: Site, secrets: list[bytes], tmp_path: Path
) -> None:
    with web_server(tmp_path, "remote", importing(hostile_site.export)) as remote:
        for port in (hostile_site.export, remote):
            for target in (b"/", b"/content/ebooks-001/files/", b"/static/", b"/items/ebooks-001/"):
                for trick in TRICKS:
                    _hold(send(port, request(target + trick)), secrets)
                _hold(send(port, request(target, b"DELETE")), secrets)
            for name, value in ODD_HEADERS:
                sent = (name.encode(), value.encode("utf-8", "replace"))
                _hold(send(port, request(b"/search?q=zq", headers=(sent,))), secrets)
        assert b"zqtag" in send(remote, request(b"/search?q=zq")).body
