"""SQLAdmin as it comes, on the same tables: what the back office's lists are measured beside.

Takes the address of a database and a port.
"""

from __future__ import annotations

import sys
from typing import Any, ClassVar

import uvicorn
from sqladmin import Admin, ModelView
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from actions.store.database import create_engine
from actions.store.models import Client, Engagement


class Engagements(ModelView, model=Engagement):
    """The requests with their clients, searched by the client's name."""

    column_list: ClassVar[list[Any]] = [
        *("reference", "client.name", "service", "status", "due_date", "created_at"),
    ]
    column_searchable_list: ClassVar[list[Any]] = ["client.name"]
    column_default_sort = ("id", True)
    page_size = 25


class Clients(ModelView, model=Client):
    """The clients; the list of requests names them."""


async def health(_request: Any) -> PlainTextResponse:
    """Say that the process lives."""
    return PlainTextResponse("ok")


def main() -> None:
    """Serve until stopped."""
    app = Starlette(routes=[Route("/health", health)])
    admin = Admin(app, create_engine(sys.argv[1]))
    admin.add_view(Engagements)
    admin.add_view(Clients)
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[2]), ws="none", log_level="error")


if __name__ == "__main__":
    main()
