"""How far the staff's training is: the report about everybody, without names."""

from __future__ import annotations

from starlette.requests import Request

from actions.store import training_report
from bot.learning.sheet import team_sheet
from bot.office.pages import Page, View, account_of, page, words_of

PERIODS = (30, 90, 365)


class Training(View):
    """What everybody together knows; single answers are for whoever gave them."""

    name = "training"
    path = "/training"

    @page("/training")
    def training(self, request: Request) -> Page:
        """Show the report of `sportello training report`."""
        asked = request.query_params.get("days", "")
        days = int(asked) if asked in {str(period) for period in PERIODS} else None
        language = account_of(request).language
        quiz = self.office.desk.quiz
        with self.office.sessions() as session:
            team = training_report.team(session, quiz, self.office.now(), days)
        values = {
            "title": words_of(request)("menu_training"),
            "sheet": team_sheet(team, quiz, self.office.report_words[language]),
            "periods": PERIODS,
            "days": days,
        }
        return Page("training.html", values)
