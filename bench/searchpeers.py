"""Servers that a library might search with instead: groonga, and kiwix-serve over a ZIM file."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlencode

from bench.harness import say
from bench.searchcorpus import TRUTH

GROONGA_PORT, KIWIX_PORT = 18041, 18042
LIBZIM = "libzim==3.13.1"
ZIM_RECORDS = 20_000
"""Records of the ZIM file: writing more takes an hour, and what it shows is whether they are found."""

_SCHEMA = """\
table_create Values TABLE_HASH_KEY ShortText
table_create Records TABLE_NO_KEY
column_create Records title COLUMN_SCALAR Text
column_create Records rest COLUMN_SCALAR Text
column_create Records text COLUMN_SCALAR LongText
column_create Records collection COLUMN_SCALAR Values
column_create Records medium COLUMN_SCALAR Values
column_create Records year COLUMN_SCALAR Values
column_create Records language COLUMN_SCALAR Values
table_create Terms TABLE_PAT_KEY ShortText --default_tokenizer TokenBigram --normalizer NormalizerAuto
column_create Terms title COLUMN_INDEX|WITH_POSITION Records title
column_create Terms rest COLUMN_INDEX|WITH_POSITION Records rest
column_create Terms text COLUMN_INDEX|WITH_POSITION Records text
"""


def need(command: str, package: str) -> None:
    """Raise RuntimeError where a peer is not installed."""
    if shutil.which(command) is None:
        raise RuntimeError(f"{command} is missing: apt-get install --no-install-recommends {package}")


def groonga_database(corpus: Path) -> Path:
    """Return groonga's database of a corpus; made first where it is not there."""
    need("groonga", "groonga-bin")
    folder = corpus / "groonga"
    if (folder / "whole").exists():
        return folder / "db"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    say("search: groonga's index")
    began = time.monotonic()
    argv = ["groonga", "-n", str(folder / "db")]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as process:
        assert process.stdin is not None  # noqa: S101 - for the type checker
        process.stdin.write(_SCHEMA + "load --table Records\n[\n")
        with (corpus / TRUTH).open() as lines:
            for number, line in enumerate(lines):
                raw = json.loads(line)
                title, *rest, text = raw["texts"]
                row = {key: raw[key] for key in ("collection", "medium", "year", "language")}
                row |= {"title": title, "rest": "\n".join(rest), "text": text}
                process.stdin.write(("," if number else "") + json.dumps(row, ensure_ascii=False) + "\n")
        process.stdin.write("]\n")
    if process.returncode:
        raise RuntimeError(f"groonga ended with {process.returncode}")
    (folder / "whole").write_text(f"{time.monotonic() - began:.1f}\n")
    return folder / "db"


def groonga_address(query: str) -> str:
    """Return the address of a search like ours: total, four facets, ranked, twenty records."""
    drilldowns = {
        f"drilldowns[{name}].{key}": value
        for name in ("collection", "medium", "year", "language")
        for key, value in (("keys", name), ("limit", "-1"), ("output_columns", "_key,_nsubrecs"))
    }
    escaped = "".join(f"\\{character}" if character in '"()\\*:~<>+-' else character for character in query)
    return "/d/select?" + urlencode(
        {
            "table": "Records",
            "match_columns": "title * 8 || rest * 4 || text",
            "query": escaped,
            "sort_keys": "-_score",
            "limit": 20,
            "output_columns": "_id,_score,title,rest",
            **drilldowns,
        },
        quote_via=quote,
    )


def groonga_total(query: str) -> int:
    """Return how many records groonga finds."""
    total: int = json.loads(_get(GROONGA_PORT, groonga_address(query)))[1][0][0][0]
    return total


def kiwix_file(corpus: Path) -> Path:
    """Return a ZIM file of the first records of a corpus; made first where it is not there."""
    need("kiwix-serve", "kiwix-tools")
    file = corpus / "records.zim"
    if not file.exists():
        python = corpus / "zim-venv/bin/python"
        if not python.exists():
            subprocess.run([sys.executable, "-m", "venv", python.parents[1]], check=True)
            pip = [str(python), "-m", "pip", "--quiet", "--disable-pip-version-check", "install", LIBZIM]
            subprocess.run(pip, check=True)
        say(f"search: a ZIM file of {ZIM_RECORDS} records")
        draft = file.with_suffix(".draft")
        draft.unlink(missing_ok=True)
        script = Path(__file__).with_name("searchzim.py")
        subprocess.run([python, script, corpus / TRUTH, draft, str(ZIM_RECORDS)], check=True)
        draft.rename(file)
    return file


def kiwix_address(query: str) -> str:
    """Return the address of a search for 20 pages."""
    return f"/search?content=records&pattern={quote(query)}&pageLength=20"


def kiwix_total(query: str) -> int:
    """Return how many pages kiwix-serve finds."""
    page = _get(KIWIX_PORT, kiwix_address(query)).decode()
    _, found, rest = page.partition("of <b>")
    return int(rest.partition("</b>")[0].replace(",", "").replace(".", "")) if found else 0


@contextlib.contextmanager
def serving(argv: list[str], port: int, first: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server while the caller asks it; it answers at the address ``first`` when this begins."""
    with subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            for _ in range(300):
                with contextlib.suppress(OSError):
                    _get(port, first)
                    break
                time.sleep(0.1)
            else:
                raise RuntimeError(f"{argv[0]} does not answer")
            yield process
        finally:
            process.terminate()


def _get(port: int, address: str) -> bytes:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{address}", timeout=60) as answer:
        content: bytes = answer.read()
        return content
