"""A reader's program that asks the application as a web server does."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient

ADDRESS = "http://10.1.2.3:8080"


class Reader:
    """Asks the application as a web server does, for readers of an audience."""

    def __init__(self, client: FlaskClient, audience: str = "lan") -> None:
        self.client = client
        self.headers = {"X-Shulu-Address": ADDRESS, "X-Shulu-Audience": audience}

    def get(self, path: str, status: int = 200) -> Any:
        response = self.client.get(path, headers=self.headers)
        assert response.status_code == status, (path, response.status_code, response.text[:500])
        return response
