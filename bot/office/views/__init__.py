"""The views, in the order of the menu."""

from __future__ import annotations

from collections.abc import Sequence

from bot.office.pages import View
from bot.office.views.accounts import Accounts
from bot.office.views.audit import Audit
from bot.office.views.calendar import Calendar
from bot.office.views.callbacks import Callbacks
from bot.office.views.clients import Clients
from bot.office.views.dashboard import Dashboard
from bot.office.views.inbox import Inbox
from bot.office.views.intakes import Intakes
from bot.office.views.notifications import Notifications
from bot.office.views.questions import Questions
from bot.office.views.sign_in import SignIn
from bot.office.views.training import Training


def every_view() -> Sequence[type[View] | type[Audit]]:
    """Return the views; those without a place in the menu are reached from others."""
    return (
        Inbox,
        Intakes,
        Calendar,
        Clients,
        Callbacks,
        Questions,
        Dashboard,
        Training,
        Notifications,
        Accounts,
        Audit,
        SignIn,
    )
