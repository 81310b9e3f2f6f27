"""Headers and methods that make no sense, and how the tests of hostile input are run."""

from __future__ import annotations

from urllib.parse import quote

from hostile_content import EVIL
from hypothesis import HealthCheck, settings

METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND", "get", "X" * 200)
ODD_HEADERS = (
    *(("Accept", value) for value in ("", "*", "text/html;q=x", "application/" + "x" * 3000, ";" * 99, EVIL)),
    *(("Accept-Language", value) for value in ("", "zh-" * 999, "*;q=9", EVIL)),
    *(("Accept-Encoding", value) for value in ("gzip;q=x", "identity;q=0", EVIL)),
    *(
        ("Range", value)
        for value in ("bytes=-1", "bytes=9-1", "bytes=a-b", "bytes=" + "0-1," * 400, "x=0-0", EVIL)
    ),
    *(("If-None-Match", value) for value in ("*", '"', 'W/"', '"' * 99, "W/" * 99, EVIL)),
    *(("If-Match", value) for value in ("*", '"x"', EVIL)),
    *((name, value) for name in ("If-Range", "If-Modified-Since") for value in ("x", "9" * 99, '"x"', EVIL)),
    *(("If-Modified-Since", f"Mon, 01 Jan {year} 00:00:00 GMT") for year in ("0001", "9999", "99999")),
    *(("X-Shulu-Library", value) for value in (quote(EVIL), "%", "%ff%00%0d%0aX-Zq:1", "%E4" * 400)),
    *((f"X-Forwarded-{name}", EVIL) for name in ("For", "Host", "Proto", "Prefix", "Port")),
    *((name, "/librarian") for name in ("X-Original-URL", "X-Rewrite-URL", "X-Accel-Redirect", "X-Sendfile")),
    *(("X-Shulu-Audience", value) for value in ("province", "open", "", "LAN", EVIL)),
    ("X-HTTP-Method-Override", "DELETE"),
    ("Content-Type", "multipart/form-data"),
    ("Content-Type", "application/json"),
    ("Cookie", "session=" + "x" * 3000),
    ("Cookie", EVIL),
    ("Authorization", "Basic ///"),
    ("Expect", "100-continue"),
    ("Connection", "X-Shulu-Audience"),
)

SANE = settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
