"""Who read or changed what: SQLAdmin's list of the table that can only grow."""

from __future__ import annotations

from typing import Any, ClassVar

import sqlalchemy as sa
from sqladmin import ModelView
from starlette.requests import Request

from actions.store.models import AuditEntry
from bot.office.pages import may

MOST_PAGES = 1_000_000


class Audit(ModelView, model=AuditEntry):
    """The audit, for whoever administers; nobody can write in it, nor hand it out."""

    name = "audit"
    name_plural = "audit"
    path: ClassVar[str] = "/audit-entry/list"
    needs: ClassVar[str] = "admin"
    can_create = can_edit = can_delete = can_view_details = can_export = False
    column_list = ("at", "name", "action", "subject", "subject_id", "detail")
    column_searchable_list: ClassVar[list[Any]] = [AuditEntry.name]
    page_size = 50
    page_size_options = (50,)
    list_template = "office/audit.html"

    def is_accessible(self, request: Request) -> bool:
        """Tell whether the role of whoever asks is enough."""
        return may(request, self.needs)

    def sort_query(self, stmt: Any, request: Request) -> Any:
        """Put the newest first, whatever the address asks for."""
        return stmt.order_by(AuditEntry.id.desc())

    def validate_page_number(self, number: str | None, default: int) -> int:
        """Return a number of the address within what a database counts."""
        asked: int = super().validate_page_number(number, default)
        return max(default, min(asked, MOST_PAGES))

    def list_query(self, request: Request) -> Any:
        """Return the entries, those of one thing or one kind where that was asked for."""
        query = sa.select(AuditEntry)
        for name in ("action", "subject", "actor"):
            if value := request.query_params.get(name):
                query = query.where(getattr(AuditEntry, name) == value)
        number = request.query_params.get("id", "")
        if number.isascii() and number.isdecimal() and len(number) < 10:
            query = query.where(AuditEntry.subject_id == int(number))
        return query
