"""JSON as feeds answer it."""

from __future__ import annotations

import json
from typing import Any

from flask import Response

Json = dict[str, Any]


def answer_json(value: Json, content_type: str) -> Response:
    """Return an object as a response; what UTF-8 cannot hold becomes a question mark."""
    return Response(
        json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"), content_type=content_type
    )
