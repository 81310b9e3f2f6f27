"""What a harvester asks for by OAI-PMH: arguments checked as strictly as the protocol wants it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime

from werkzeug.datastructures import MultiDict

from shulu.feeds import token as tokens
from shulu.feeds.token import Token
from shulu.feeds.works import NAMESPACE

PREFIX = "oai_dc"
_LIST = ({"metadataPrefix"}, {"from", "until", "set"})
VERBS: dict[str, tuple[set[str], set[str]]] = {
    "Identify": (set(), set()),
    "ListMetadataFormats": (set(), {"identifier"}),
    "ListSets": (set(), set()),
    "GetRecord": ({"identifier", "metadataPrefix"}, set()),
    "ListIdentifiers": _LIST,
    "ListRecords": _LIST,
}
"""The six verbs, each with the arguments that it needs and those that it may have."""
_RESUMED = {"ListSets", "ListIdentifiers", "ListRecords"}
_TOKEN = "resumptionToken"  # noqa: S105 - its name in the protocol
_DAY, _MOMENT = (
    re.compile(r"\d{4}-\d\d-\d\d", re.ASCII),
    re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII),
)
_WORD = r"[A-Za-z0-9\-_.!~*'()]+"
_WORDS = {"metadataPrefix": re.compile(_WORD), "set": re.compile(f"{_WORD}(?::{_WORD})*")}
_IDENTIFIER = re.compile(re.escape(NAMESPACE) + r"(?P<bag>[a-z0-9-]{1,200})/(?P<id>[0-9A-Za-z._-]{1,200})")


class Fault(Exception):  # noqa: N818 - the protocol calls it an error of the request
    """What is answered instead, by its code in the protocol."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code, self.text = code, text


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that is one: the verb, its arguments as they came, what they mean."""

    verb: str
    arguments: dict[str, str]
    token: Token | None = None
    since: str = ""
    until: str = "9999"
    key: tuple[str, str] | None = field(default=None)


def read(values: MultiDict[str, str]) -> Asked:
    """Return what is asked for; raises Fault."""
    verbs = values.getlist("verb")
    if len(verbs) != 1 or verbs[0] not in VERBS:
        raise Fault("badVerb", "the argument verb is missing, repeated, or none of the six")
    verb = verbs[0]
    needed, allowed = VERBS[verb]
    arguments = {name: values.getlist(name) for name in values if name != "verb"}
    repeated = [name for name, given in arguments.items() if len(given) != 1]
    single = {name: given[0] for name, given in arguments.items()}
    if repeated:
        raise Fault("badArgument", "an argument is repeated")
    if _TOKEN in single and verb in _RESUMED:
        if len(single) != 1:
            raise Fault("badArgument", f"{_TOKEN} stands alone")
        return _resumed(verb, single)
    if unknown := set(single) - needed - allowed:
        raise Fault("badArgument", f"{verb} has no argument {', '.join(sorted(unknown))}"[:200])
    if missing := needed - set(single):
        raise Fault("badArgument", f"{verb} needs {', '.join(sorted(missing))}")
    since, until = _limits(single)
    for name, pattern in _WORDS.items():
        if name in single and not pattern.fullmatch(single[name]):
            raise Fault("badArgument", f"{name} is not written as the protocol wants it")
    if single.get("metadataPrefix", PREFIX) != PREFIX:
        raise Fault("cannotDisseminateFormat", f"records come as {PREFIX} alone")
    return Asked(verb, single, None, since, until, _key(single.get("identifier")))


def _resumed(verb: str, single: dict[str, str]) -> Asked:
    try:
        token = tokens.read(single[_TOKEN])
        since = _moment(token.since, _MOMENT, "00:00:00") if token.since else ""
        until = _moment(token.until, _MOMENT, "") if token.until != "9999" else "9999"
    except (tokens.Bad, Fault):
        raise Fault("badResumptionToken", "this token is none of this repository's") from None
    if token.prefix != PREFIX or verb == "ListSets":
        raise Fault("badResumptionToken", "this token is none of this list's")
    return Asked(verb, single, token, since, until)


def _limits(single: dict[str, str]) -> tuple[str, str]:
    """Return the moments from and until which records are wanted; a day reaches to its last second."""
    since, until = single.get("from"), single.get("until")
    if since is not None and until is not None and len(since) != len(until):
        raise Fault("badArgument", "from and until differ in granularity")
    begin = "" if since is None else _limit(since, "00:00:00")
    end = "9999" if until is None else _limit(until, "23:59:59")
    if begin > end:
        raise Fault("badArgument", "from is later than until")
    return begin, end


def _limit(said: str, clock: str) -> str:
    return _moment(said, _DAY if len(said) == len("2026-11-23") else _MOMENT, clock)


def _moment(said: str, pattern: re.Pattern[str], clock: str) -> str:
    if not pattern.fullmatch(said):
        raise Fault("badArgument", "a date is neither YYYY-MM-DD nor YYYY-MM-DDThh:mm:ssZ")
    moment = said if pattern is _MOMENT else f"{said}T{clock}Z"
    try:
        datetime.strptime(moment, "%Y-%m-%dT%H:%M:%SZ")
    except ValueError:
        raise Fault("badArgument", "a date is on no calendar") from None
    return moment


def _key(identifier: str | None) -> tuple[str, str] | None:
    if identifier is None:
        return None
    found = _IDENTIFIER.fullmatch(identifier)
    if found is None:
        raise Fault("idDoesNotExist", "there is no such record")
    return found["bag"], found["id"]
