"""The back office's process: its pages on the loopback address."""

from __future__ import annotations

import logging
import sys

import uvicorn

from actions.desk import SETUP_ERRORS, open_desk
from actions.settings import Settings
from bot.office.app import create_app
from bot.office.desk import OfficeDesk
from bot.office.words import WordsError


def main() -> None:
    """Serve until stopped; what a person can mend is told in one line."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    try:
        settings = Settings.read()
        app = create_app(OfficeDesk.open(open_desk(), settings))
    except (*SETUP_ERRORS, WordsError) as error:
        sys.exit(str(error))
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=settings.office_port,
        # The websockets that Rasa needs is too old for uvicorn's, and no page needs any.
        ws="none",
        # Addresses hold what was searched for; what staff did is in the audit.
        access_log=False,
        log_config=None,
        server_header=False,
    )


if __name__ == "__main__":
    main()
