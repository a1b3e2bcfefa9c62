"""The action server: Rasa's protocol on the loopback address, and nothing of a conversation in
its errors.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from dataclasses import replace

from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionExecutionRejection, ActionNotFoundException
from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, json

from actions import conversation, intake, leaving, questions, requests, training
from actions.base import DeskAction
from actions.desk import SETUP_ERRORS, Desk, open_desk
from actions.logic.grading import Grader
from actions.logic.quiz import Quiz
from actions.settings import Settings

logger = logging.getLogger(__name__)


def all_actions(desk: Callable[[], Desk]) -> list[DeskAction]:
    """Return every action that domain.yml names."""
    return [
        intake.ValidateIntakeForm(desk),
        *intake.question_actions(desk),
        intake.SubmitIntake(desk),
        leaving.DiscardIntake(desk),
        leaving.KeepIntake(desk),
        leaving.ResumeIntake(desk),
        requests.OpenRequest(desk),
        requests.ValidateRequestForm(desk),
        *requests.question_actions(desk),
        requests.FinishRequest(desk),
        *training.practice_actions(desk),
        conversation.SwitchLanguage(desk),
        conversation.ExplainQuestion(desk),
        questions.AskWhich(desk),
        questions.AnswerOutOfScope(desk),
    ]


def create_app(desk: Callable[[], Desk] = open_desk) -> Sanic:
    """Return the application with all actions of this package registered."""
    executor = ActionExecutor()
    for action in all_actions(desk):
        executor.register_action(action)
    app = Sanic("sportello_actions", configure_logging=False)

    @app.get("/health")
    async def health(_request: Request) -> HTTPResponse:
        return json({"status": "ok"})

    @app.post("/webhook")
    async def webhook(request: Request) -> HTTPResponse:
        call = request.json
        if not isinstance(call, dict):
            return json({"error": "expected an action call"}, status=400)
        try:
            return json(await executor.run(call))
        except ActionExecutionRejection as rejection:
            return json(
                {"error": rejection.message, "action_name": rejection.action_name}, status=400
            )
        except ActionNotFoundException as missing:
            return json({"error": missing.message, "action_name": missing.action_name}, status=404)

    return app


def main(make_grader: Callable[[Quiz], Grader] | None = None) -> None:
    """Serve until the process is told to stop.

    Args:
        make_grader: Makes what grades the written answers of the training: the actions have no
            encoder.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("rasa_sdk").setLevel(logging.WARNING)
    try:
        settings = Settings.read()
        desk = open_desk()
        if make_grader is not None:
            desk = replace(desk, grade=make_grader(desk.quiz))
    except SETUP_ERRORS as error:
        print(error, file=sys.stderr)
        raise SystemExit(2) from None
    create_app(lambda: desk).run("127.0.0.1", settings.action_port, access_log=False, motd=False)


if __name__ == "__main__":
    main()
