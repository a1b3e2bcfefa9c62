"""What the outside was not told, and telling it again."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from actions.store import slack_posts
from actions.store.notifications import NotificationsError, list_open, send_again
from bot.office.pages import Page, View, go_to, number_of, page, words_of


class Notifications(View):
    """The webhook's and Slack's messages that were not delivered."""

    name = "notifications"
    path = "/notifications"

    @page("/notifications")
    def notifications(self, request: Request) -> Page:
        """List what waits or was given up."""
        webhook = self.office.settings.webhook_url is not None
        with self.office.sessions() as session:
            # Without a receiver what waits waits for nothing.
            waiting = [n for n in list_open(session) if webhook or n.due_at is None]
            values = {"open": waiting, "posts": slack_posts.list_given_up(session)}
        return Page(
            "notifications.html",
            {
                **values,
                "title": words_of(request)("menu_notifications"),
                "webhook": webhook,
            },
        )

    @page("/notifications/{id}/again", needs="staff", method="POST")
    def send_again(self, request: Request) -> Response:
        """Make a notification due now."""
        return self._again(request, "notification")

    @page("/notifications/slack/{id}/again", needs="staff", method="POST")
    def post_again(self, request: Request) -> Response:
        """Make a post of Slack's due now."""
        return self._again(request, "slack_post")

    def _again(self, request: Request, kind: str) -> Response:
        number = number_of(request, "id")
        with self.office.sessions() as session:
            now = self.office.now()
            try:
                if kind == "notification":
                    send_again(session, number, now)
                    found = True
                else:
                    found = slack_posts.try_again(session, number, now)
            except NotificationsError:
                found = False
            if not found:
                return go_to("/notifications", "delivered_meanwhile")
            self.note(session, request, "send_again", (kind, number))
            session.commit()
        return go_to("/notifications", "sent_again")
