"""The chat on a page, as a person uses it: what they see, press and type."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.conftest import HOME

SCREENSHOTS = HOME / "var" / "screenshots"
AXE = HOME / "widget" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
PATIENCE_MS = 30_000
# What has the focus, through all shadow roots: its id, its part, or its kind.
FOCUS = """() => {
  let found = document.activeElement;
  while (found?.shadowRoot?.activeElement) found = found.shadowRoot.activeElement;
  return found.id || found.dataset.part || found.dataset.action || found.tagName;
}"""


@dataclass
class Chat:
    """A page with the chat on it, and everything that went wrong on it."""

    page: Page
    url: str
    problems: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on(
            "console",
            lambda m: self.problems.append(m.text) if m.type in ("error", "warning") else None,
        )
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("request", lambda request: self._look_at(request.url))
        self.page.on("dialog", lambda dialog: self.problems.append(f"dialog: {dialog.message}"))

    def visit(self, language: str = "it", *, open_it: bool = True) -> Chat:
        """Go to the firm's page and open the chat."""
        self.page.goto(f"{self.url}/webhooks/web/?lang={language}")
        if open_it:
            self.open()
        return self

    def open(self) -> None:
        self.part("launcher").click()
        expect(self.input).to_be_visible(timeout=PATIENCE_MS)

    def part(self, name: str) -> Locator:
        return self.page.locator(f"[data-part={name}]")

    @property
    def input(self) -> Locator:
        return self.page.locator("#text-input")

    @property
    def choices(self) -> Locator:
        return self.page.locator("button[data-part=choice]")

    def choice(self, title: str) -> Locator:
        return self.page.locator("button[data-part=choice]", has_text=title).first

    @property
    def turns(self) -> int:
        return self.page.locator("[data-turn]").count()

    @property
    def mine(self) -> list[str]:
        """What the visitor has said, as it stands in the bubbles."""
        return self.page.locator(".mine").all_inner_texts()

    @property
    def last(self) -> str:
        """What the bot said last."""
        return self.page.locator("[data-turn]").last.inner_text()

    @property
    def status(self) -> str:
        return self.part("status").inner_text()

    @property
    def focus(self) -> str:
        return str(self.page.evaluate(FOCUS))

    def answered(self, number: int) -> Chat:
        """Wait until the bot has answered so many times."""
        expect(self.page.locator("[data-turn]")).to_have_count(number, timeout=PATIENCE_MS)
        return self

    def say(self, text: str) -> Chat:
        """Type a message, send it, and wait for its answer."""
        before = self.turns
        self.input.fill(text)
        self.input.press("Enter")
        return self.answered(before + 1)

    def choose(self, title: str) -> Chat:
        """Press a button of the bot and wait for the answer."""
        before = self.turns
        self.choice(title).click()
        return self.answered(before + 1)

    def answer_all(self, answers: Sequence[str]) -> Chat:
        for text in answers:
            self.say(text)
        return self

    def menu(self, action: str) -> None:
        self.part("menu").click()
        self.page.locator(f"[data-action={action}]").click()

    def shoot(self, name: str) -> Path:
        """Write a picture of the window."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        path = SCREENSHOTS / f"{name}.png"
        self.page.wait_for_timeout(250)
        self.page.screenshot(path=path)
        return path

    def check_accessible(self) -> None:
        """Let axe look for what people with disabilities could not use, levels A and AA."""
        self.page.evaluate(AXE.read_text(encoding="utf-8") + ";0")
        found: list[dict[str, Any]] = self.page.evaluate(
            "rules => axe.run(document, {runOnly: rules}).then(r => r.violations)", RULES
        )
        assert [(v["id"], [n["html"][:200] for n in v["nodes"]]) for v in found] == []

    def _look_at(self, address: str) -> None:
        if not address.startswith((self.url, "data:", "blob:")):
            self.foreign.append(address)
