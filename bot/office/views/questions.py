"""What people asked in vain, by meaning, and making answers of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from actions.firm import LANGUAGES
from actions.store.questions import Question, deal_with, list_questions, reopen
from bot.drafts import (
    Content,
    DraftError,
    drafts_in,
    find_draft_mistakes,
    publish_draft,
    read_draft,
    rewrite_draft,
    suggested_name,
    write_draft,
)
from bot.faq import FaqError
from bot.messages import MessagesError
from bot.office.guard import fingerprint
from bot.office.mistakes import told
from bot.office.pages import Page, View, go_to, page, posted, words_of
from bot.questions import Group, find_group
from bot.training import ModelMissingError
from bot.understanding.model import ModelError

MOST = 100
# Somebody edits the data files at this very moment, or there is no model yet.
NOT_NOW = (ModelError, ModelMissingError, FaqError, MessagesError)


class Questions(View):
    """Unanswered and unclear questions, and answers that did not help."""

    name = "questions"
    path = "/questions"

    @page("/questions")
    def questions(self, request: Request) -> Page:
        """List the groups, the most frequent first, and the drafts that are being written."""
        with self.office.sessions() as session:
            found = list_questions(session, only_open=True)
        groups, trouble = self._groups(found)
        values = {
            "title": words_of(request)("menu_questions"),
            "groups": groups[:MOST],
            "left_out": max(0, len(groups) - MOST),
            "trouble": trouble,
            "faq": self.office.faq(),
            "drafts": [path.stem for path in drafts_in(self._data)],
        }
        return Page("questions.html", values)

    @page("/questions/{name}")
    def group(self, request: Request) -> Page:
        """Show a group with the form that makes an entry of the FAQ of it."""
        with self.office.sessions() as session:
            group = self._group(session, request)
        return self._group_page(request, group)

    @page("/questions/{name}/draft", needs="staff", method="POST")
    def draft(self, request: Request) -> Page | Response:
        """Write a draft of an entry with what was typed and the group's questions."""
        content, name = _content(request), posted(request, "entry")
        with self.office.sessions() as session:
            group = self._group(session, request)
            # No transaction stays open while files are written; this one has only read.
            session.rollback()
            try:
                path = write_draft(group, self.office.faq(), self._data, name or None, content)
            except DraftError as error:
                return self._group_page(
                    request, group, content, name, told(str(error), words_of(request))
                )
            try:
                deal_with(session, group.questions, path.stem, self.office.now())
                # Not its name: that is made of somebody's words, and the audit keeps for ever.
                self.note(session, request, "draft", number=len(group.questions))
                session.commit()
            except BaseException:
                path.unlink()
                raise
        return go_to(f"/drafts/{path.stem}", "draft")

    @page("/questions/{name}/dismiss", needs="staff", method="POST")
    def dismiss(self, request: Request) -> Response:
        """Take a group off the list that needs no answer."""
        with self.office.sessions() as session:
            group = self._group(session, request)
            number = deal_with(session, group.questions, None, self.office.now())
            if number:
                self.note(session, request, "dismiss_questions", number=number)
            session.commit()
        return go_to("/questions", "dismissed")

    @page("/drafts/{name}")
    def show_draft(self, request: Request) -> Page:
        """Show a draft with what it still lacks."""
        return self._draft_page(request, self._draft(request))

    @page("/drafts/{name}", needs="staff", method="POST")
    def save_draft(self, request: Request) -> Page | Response:
        """Save what was changed in a draft."""
        path = self._draft(request)
        if posted(request, "seen") != _state(path):
            return self._draft_page(request, path, _content(request), changed=True)
        try:
            with self._noted(request, "draft"):
                rewrite_draft(path, _content(request), self.office.faq())
        except DraftError as error:
            return self._draft_page(
                request, path, _content(request), told(str(error), words_of(request))
            )
        return go_to(f"/drafts/{path.stem}", "saved")

    @page("/drafts/{name}/delete", needs="staff", method="POST")
    def delete_draft(self, request: Request) -> Response:
        """Throw a draft away; its questions are open again."""
        path = self._draft(request)
        with self._noted(request, "draft_deleted") as session:
            reopen(session, path.stem)
            path.unlink(missing_ok=True)
        return go_to("/questions", "draft_deleted")

    @page("/drafts/{name}/publish", needs="admin", method="POST")
    def publish(self, request: Request) -> Page | Response:
        """Make a draft without mistakes an entry; the assistant knows it from its next training."""
        path = self._draft(request)
        if posted(request, "seen") != _state(path):
            return self._draft_page(request, path, changed=True)
        mistakes, trouble = self._mistakes(path)
        if mistakes or trouble:
            return self._draft_page(request, path, problem=words_of(request)("not_complete"))
        try:
            with self._noted(request, "publish", name=path.stem):
                publish_draft(path, self._data)
        except DraftError as error:
            return self._draft_page(request, path, problem=told(str(error), words_of(request)))
        return go_to("/questions", "published")

    @property
    def _data(self) -> Path:
        return self.office.settings.home / "data"

    def _documents(self) -> dict[str, str]:
        text = (self._data / "documents.yml").read_text(encoding="utf-8")
        found: dict[str, str] = yaml.safe_load(text)
        return found

    def _groups(self, found: list[Question]) -> tuple[list[Group], bool]:
        """Return the groups; without a model each question by itself, and that it is so."""
        try:
            return (self.office.grouping.groups(found) if found else []), False
        except NOT_NOW:
            return [Group((question,), question, ()) for question in reversed(found)], True

    def _group(self, session: Session, request: Request) -> Group:
        found = list_questions(session, only_open=True)
        group = find_group(self._groups(found)[0], request.path_params["name"])
        if group is None:
            raise HTTPException(404)
        return group

    def _group_page(
        self,
        request: Request,
        group: Group,
        content: Content | None = None,
        name: str | None = None,
        problem: str | None = None,
    ) -> Page:
        asked = {
            language: "\n".join(
                dict.fromkeys(q.text for q in group.questions if q.language == language)
            )
            for language in LANGUAGES
        }
        values = {
            "title": words_of(request)("question"),
            "group": group,
            "faq": self.office.faq(),
            "documents": self._documents(),
            "content": content or Content(questions=asked),
            "entry": suggested_name(group) if name is None else name,
            "problem": problem,
        }
        return Page("question.html", values, 422 if problem else 200)

    def _draft(self, request: Request) -> Path:
        name = request.path_params["name"]
        path = next((path for path in drafts_in(self._data) if path.stem == name), None)
        if path is None:
            raise HTTPException(404)
        return path

    def _mistakes(self, path: Path) -> tuple[list[str], str | None]:
        """Return what is to be mended in a draft, or why that can't be told."""
        try:
            understanding = self.office.grouping.load()
        except NOT_NOW:
            understanding = None
        try:
            return find_draft_mistakes([path], self._data, understanding), None
        except (DraftError, *NOT_NOW) as error:
            return [], str(error)

    def _draft_page(
        self,
        request: Request,
        path: Path,
        content: Content | None = None,
        problem: str | None = None,
        *,
        changed: bool = False,
    ) -> Page:
        """Return the page of a draft: as it is, or as it was typed but can't be saved."""
        mistakes, trouble = self._mistakes(path)
        words = words_of(request)
        if changed:
            problem = words("draft_changed")
        # What was typed keeps what it had seen: sent again, it is refused again.
        seen = posted(request, "seen") if changed and content else _state(path)
        try:
            content = content or read_draft(path)
        except DraftError:
            content = Content()
        values = {
            "title": path.stem,
            "content": content,
            "seen": seen,
            "changed": changed,
            "documents": self._documents(),
            "mistakes": [told(line.partition(": ")[2], words) for line in mistakes],
            "trouble": trouble and told(trouble, words),
            "problem": problem,
        }
        return Page("draft.html", values, 409 if changed else 422 if problem else 200)

    @contextmanager
    def _noted(self, request: Request, action: str, **detail: Any) -> Iterator[Session]:
        """Change files in the block; where the audit can't be written they stay as they are.

        The commit comes last: should it alone fail, the files are changed without an entry.
        """
        with self.office.sessions() as session:
            self.note(session, request, action, **detail)
            session.flush()
            yield session
            session.commit()


def _state(path: Path) -> str:
    """Return by what a form notices that somebody else has saved the draft meanwhile."""
    return fingerprint(path.read_text(encoding="utf-8", errors="replace"))


def _content(request: Request) -> Content:
    def both(part: str) -> dict[str, str]:
        return {language: posted(request, f"{part}_{language}") for language in LANGUAGES}

    title, questions = both("title"), both("questions")
    for language, text in title.items():
        # Whoever presses the button of an entry says its title.
        if text and text not in questions[language].splitlines():
            questions[language] = f"{questions[language]}\n{text}".strip()
    return Content(
        title=title,
        document=posted(request, "document"),
        section=posted(request, "section"),
        answer=both("answer"),
        questions=questions,
    )
