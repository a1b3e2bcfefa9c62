"""The back office in a browser, as staff use it, and requests to be found in it."""

from __future__ import annotations

import datetime as dt
import html
import itertools
import json
import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from playwright.sync_api import Dialog, Locator, Page, expect
from sqlalchemy.engine import Engine

from actions.logic.deadlines import Deadline
from actions.logic.references import new_reference
from actions.store import audit, casework, models
from actions.store.audit import Staff
from actions.store.callbacks import request_callback
from actions.store.database import session_factory
from actions.store.intakes import CompletedIntake, submit_intake
from actions.store.models import (
    AnswerChange,
    Callback,
    Engagement,
    IntakeRun,
    Notification,
    UsageCount,
)
from actions.store.questions import keep_question
from tests.browser.chat import AXE, RULES, SCREENSHOTS
from tests.browser.test_harmless import ATTACKS
from tests.office_server import PASSWORD, Browser, email_of
from tests.webhook_receiver import wait_until

# The pages look for news every 5 s; this is what staff is promised.
NEWS_MS = 10_000
# What has the focus, how it shows, and whether it is on the screen.
FOCUS = """() => {
  const found = document.activeElement;
  const style = getComputedStyle(found);
  const box = found.getBoundingClientRect();
  return {
    tag: found.tagName,
    text: (found.innerText || found.labels?.[0]?.innerText || found.value || '').trim(),
    shows: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
    seen: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
  };
}"""
_runs = itertools.count(1)


@dataclass
class Office:
    """A page of the back office, and everything that went wrong on it."""

    page: Page
    url: str
    expected: set[int] = field(default_factory=set)  # answers that are no fault here
    stays: bool = False  # when asked whether to leave a page
    asked: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on(
            "console",
            lambda m: self.problems.append(m.text) if m.type in ("error", "warning") else None,
        )
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("request", lambda request: self._look_at(request.url))
        self.page.on(
            "response",
            lambda r: self.problems.append(f"{r.status} {r.url}") if r.status >= 500 else None,
        )
        self.page.on("dialog", self._answer)

    def visit(self, path: str) -> Office:
        self.page.goto(self.url + path)
        return self

    def sign_in(self, role: str) -> Office:
        """Fill in the form that whoever has not signed in gets."""
        self.page.get_by_label("E-mail").fill(email_of(role))
        self.page.get_by_label("Password").fill(PASSWORD)
        self.button("Accedi").click()
        expect(self.page.locator(".menu")).to_be_attached()
        return self

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def press(self, name: str, done: str) -> None:
        """Press a button and read what the page says then."""
        self.button(name).click()
        expect(self.page.locator(".message[role=status]").first).to_have_text(done)

    def section(self, name: str) -> Locator:
        return self.page.locator(f"section[aria-labelledby={name}]")

    def search(self, words: str) -> list[str]:
        """Search the inbox and return the references that were found."""
        self.page.locator("#q").fill(words)
        self.button("Mostra").click()
        expect(self.page.locator("#q")).to_have_value(words)
        return self.page.locator("#requests th a").all_inner_texts()

    def tab(self, name: str) -> int:
        """Return the number on a tab of the inbox."""
        text = self.page.locator(f"#tab-{name}").inner_text()
        return int(text.rpartition("(")[2].rstrip(")"))

    def look(self) -> None:
        """Look for news at once, as when somebody comes back to the page."""
        self.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        self.page.wait_for_timeout(500)

    @property
    def news(self) -> Locator:
        return self.page.locator("[data-news=changed]")

    @property
    def focus(self) -> dict[str, Any]:
        found: dict[str, Any] = self.page.evaluate(FOCUS)
        return found

    @property
    def faults(self) -> list[str]:
        """What went wrong and was not to."""
        known = tuple(f"status of {status}" for status in self.expected)
        return [text for text in self.problems if not (known and any(k in text for k in known))]

    def check_accessible(self) -> None:
        """Let axe look for what people with disabilities could not use, levels A and AA."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE.read_text(encoding="utf-8") + ";0")
        found: list[dict[str, Any]] = self.page.evaluate(
            "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})"
            ".then(r => r.violations)",
            RULES,
        )
        told = [(v["id"], [n["html"][:200] for n in v["nodes"]][:5]) for v in found]
        assert not told, (self.page.url, told)

    def check_fits(self) -> None:
        """See that the page as a whole does not scroll sideways."""
        fits = "document.scrollingElement.scrollWidth <= innerWidth"
        # Pictures follow the window a moment later. The page itself may not wait for that: its
        # policy allows no eval.
        wait_until(lambda: self.page.evaluate(fits))

    def shoot(self, name: str) -> Path:
        """Write a picture of the whole page."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        path = SCREENSHOTS / f"office-{name}.png"
        self.page.screenshot(path=path, full_page=True, animations="disabled")
        return path

    def _answer(self, dialog: Dialog) -> None:
        if dialog.type in ("confirm", "beforeunload"):
            self.asked.append(dialog.message)
        else:
            self.problems.append(f"dialog: {dialog.message}")
        if self.stays:
            dialog.dismiss()
        else:
            dialog.accept()

    def _look_at(self, address: str) -> None:
        if not address.startswith((self.url, "data:", "blob:")):
            self.foreign.append(address)


def add_intake(engine: Engine, **changes: Any) -> tuple[int, str]:
    """Store a request as the assistant would; return its number and its reference."""
    now = dt.datetime.now(dt.timezone.utc)
    number = next(_runs)
    due = changes.pop("due", dt.date(2030, 1, 15))
    said = changes.pop("said", "entro il 15 gennaio")
    intake = CompletedIntake(
        conversation_id=f"web:office-{number}",
        run=f"office-{number}",
        channel="web",
        language="it",
        name=f"Cliente Numero {number}",
        form="individual",
        relation="external",
        contact_name=None,
        email=f"cliente{number}@example.com",
        phone=None,
        service="Consulenza fiscale",
        expectations=("risposte chiare",),
        deadlines=((Deadline("date", due, None, said), None),),
        lead_days=7,
        today=now.date(),
        policy_version="2026-11",
        notice_hash="0" * 64,
        consent_given_at=now,
        consent_given_by="button",
    )
    sessions = session_factory(engine)
    reference = submit_intake(
        replace(intake, **changes), sessions=sessions, now=now, new_reference=new_reference
    )
    with sessions() as session:
        query = sa.select(Engagement.id).where(Engagement.reference == reference)
        return int(session.execute(query).scalar_one()), reference


@dataclass(frozen=True)
class Filled:
    """What there is to be looked at: numbers and names that stand in addresses."""

    intake: int
    client: int
    other: int
    question: str = ""
    draft: str = ""


def fill(engine: Engine, browser: Browser) -> Filled:
    """Store a week of a front desk: requests in every state, call-backs, questions, a draft."""
    sessions = session_factory(engine)
    now = dt.datetime.now(dt.timezone.utc)
    today = now.date()
    tax, legal, company = "Consulenza fiscale", "Assistenza legale", "Consulenza aziendale"
    number, _ = add_intake(
        engine,
        name="Cooperativa Agricola La Quercia",
        form="organisation",
        contact_name="Maria Grazia Dell'Acqua",
        email="amministrazione@laquercia.example",
        phone="+390669820001",
        service="Contabilità e bilanci",
        expectations=("il bilancio depositato in tempo", "una persona sola con cui parlare"),
        due=today + dt.timedelta(days=3),
        said="entro la fine della settimana",
    )
    for name, service, days in (
        ("Ernesto Bellini", tax, -4),
        ("Officine Meccaniche Fratelli Zanetti srl", company, 12),
        ("Comune di Castelvecchio di Sopra, Ufficio Tributi e Patrimonio", legal, 30),
        ("Sofia Marchetti", "una perizia sul valore di un terreno agricolo ereditato", 0),
    ):
        add_intake(engine, name=name, service=service, due=today + dt.timedelta(days=days))
    twice = {"email": "amministrazione@laquercia.example", "phone": "+390669820001"}
    other, _ = add_intake(engine, name="Coop. agricola La Quercia", form="organisation", **twice)
    colleague = Staff("staff:2", "Bruno Neri")
    with sessions() as session:
        casework.take(session, number, colleague, now)
        casework.add_note(
            session, number, "Manda i registri per posta.\nRisentirla.", colleague, now
        )
        clients = [session.get(Engagement, each).client_id for each in (number, other)]
        session.add(
            AnswerChange(
                engagement_id=number,
                field="email",
                old="info@laquercia.example",
                new="amministrazione@laquercia.example",
                changed_at=now,
                changed_by=colleague.name,
            )
        )
        session.add(
            Notification(
                key="office-undelivered",
                topic="intake",
                payload="{}",
                engagement_id=number,
                created_at=now,
                attempts=8,
                parked_at=now,
                last_error="HTTP 503",
            )
        )
        for n, outcome in enumerate(("submitted", "submitted", "kept", "cancelled", None)):
            session.add(
                IntakeRun(
                    run=f"office-run-{n}",
                    channel="web",
                    language="it",
                    started_at=now,
                    last_field="email",
                    last_at=now,
                    outcome=outcome,
                )
            )
        for kind, name, count in (
            ("faq", "confidentiality", 14),
            ("faq", "client_definition", 9),
            ("turn", "answered", 120),
            ("turn", "unanswered", 11),
        ):
            session.add(UsageCount(day=today, channel="slack", kind=kind, name=name, number=count))
        session.commit()
    for contact, name in (
        ("+393331112233", "Ada Riva"),
        ("ufficio.acquisti@zanetti.example", None),
    ):
        request_callback(
            contact,
            name=name,
            known={"service": tax, "client_form": "company"} if name else None,
            language="it",
            channel="web",
            conversation_id=f"web:{contact}",
            sessions=sessions,
            now=now,
        )
    for text in (
        "quanto costa una prima consulenza?",
        "qual è il prezzo della prima consulenza?",
        "accettate pagamenti a rate?",
        "avete un ascensore per le carrozzine?",
    ):
        ask_in_vain(engine, text)
    browser.sign_in("staff")
    questions = [
        html.unescape(found)
        for found in re.findall(r'href="/questions/(\w+)"', browser.get("/questions").text)
    ]
    browser.post(
        f"/questions/{questions[1]}/draft",
        {"entry": "prova", "questions_it": "avete un ascensore?"},
    )
    return Filled(number, clients[0], clients[1], questions[0], "prova")


def ask_in_vain(engine: Engine, text: str) -> None:
    """Store a question that the assistant could not answer."""
    keep_question(
        text,
        reason="unanswered",
        language="it",
        channel="web",
        nearest=["confidentiality"],
        sessions=session_factory(engine),
        now=dt.datetime.now(dt.timezone.utc),
    )


def add_hostile(engine: Engine) -> Filled:
    """Store what would run or hide something if it were taken for anything but text, everywhere."""
    sessions = session_factory(engine)
    now = dt.datetime.now(dt.timezone.utc)
    attacks = itertools.cycle(ATTACKS)
    numbers = []
    for _ in range(2):
        number, _ = add_intake(
            engine,
            name=" ".join(ATTACKS),
            contact_name=next(attacks),
            email='"><script>parent.hit=1</script>"@example.com',
            phone="javascript:alert(1)",
            channel="<b onclick=x>",
            service=" ".join(ATTACKS)[:200],
            expectations=tuple(ATTACKS),
            due=now.date(),
            said=" ".join(ATTACKS),
        )
        numbers.append(number)
    with sessions() as session:
        staff = Staff("<img src=x onerror=alert(1)>", " ".join(ATTACKS)[:200])
        casework.take(session, numbers[0], staff, now)
        for attack in ATTACKS:
            casework.add_note(session, numbers[0], attack, staff, now)
            audit.note(session, staff, "export", now, filter={attack: attack})
            audit.note(session, staff, attack[:40], now, about=(attack[:20], 1))
            session.add(
                AnswerChange(
                    engagement_id=numbers[0],
                    field=attack[:20],
                    old=attack,
                    new=attack,
                    changed_at=now,
                    changed_by=attack,
                )
            )
            session.add(
                Callback(
                    contact=attack,
                    name=attack,
                    known=json.dumps({attack: attack, "service": attack}),
                    language="it",
                    channel="<b onclick=x>",
                    conversation_id="web:hostile",
                    created_at=now,
                )
            )
        hers = models.Deadline.engagement_id.in_(numbers)
        session.execute(sa.update(models.Deadline).where(hers).values(purpose=ATTACKS[1]))
        session.add(
            Callback(
                contact="javascript:alert(1)",
                language="it",
                channel="web",
                conversation_id="web:hostile",
                status="done",
                created_at=now,
                handled_name=ATTACKS[0],
                handled_at=now,
            )
        )
        for kind in ("faq", "turn"):
            name = ATTACKS[1]
            session.add(UsageCount(day=now.date(), channel="web", kind=kind, name=name, number=999))
        session.add(
            Notification(
                key="office-hostile",
                topic="intake",
                payload="{}",
                engagement_id=numbers[0],
                created_at=now,
                attempts=8,
                parked_at=now,
                last_error=ATTACKS[1],
            )
        )
        clients = [session.get(Engagement, each).client_id for each in numbers]
        session.commit()
    for attack in ATTACKS:
        ask_in_vain(engine, attack)
    return Filled(numbers[0], clients[0], clients[1], draft="hostile")
