"""The back office's pictures are drawn under its policy: light, dark, on any screen, on paper."""

from __future__ import annotations

import functools
import html
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from bot.office.guard import POLICY
from tests.browser.chat import SCREENSHOTS
from tests.conftest import HOME
from tests.webhook_receiver import wait_until

WEEKS = [f"{day} {month}" for month in ("set", "ott", "nov") for day in (1, 8, 15, 22)]
CHARTS: list[dict[str, Any]] = [
    {
        "kind": "columns",
        "stacked": True,
        "categories": WEEKS,
        "series": [
            {"name": "Completati", "values": [3, 5, 4, 8, 7, 9, 6, 10, 12, 9, 11, 7]},
            {"name": "Interrotti", "values": [1, 2, 0, 3, 1, 2, 4, 1, 2, 3, None, 1]},
            {"name": "In corso", "values": [0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2, 3]},
        ],
        "unit": "",
        "label": "Intake a settimana",
    },
    {
        "kind": "columns",
        "stacked": False,
        "categories": WEEKS,
        "series": [{"name": "Richieste", "values": [0, 1, 0, 2, 1, 1, 0, 2, 0, 1, 1, 0]}],
        "unit": "",
        "label": "Richieste di richiamata",
    },
    {
        "kind": "bars",
        "stacked": False,
        "categories": [
            "Che differenza c'è tra il cliente interno e il cliente esterno dello studio?",
            "Riservatezza",
            "Quanto costa la prima consulenza e come si paga?",
            "Orari",
        ],
        "series": [{"name": "Domande", "values": [128, 57, 31, 0]}],
        "unit": "",
        "label": "Domande più frequenti",
    },
    {
        "kind": "bars",
        "stacked": False,
        "categories": ["Sito", "Slack", "Telefono"],
        "series": [{"name": "Completati", "values": [81.5, 100, 33.333]}],
        "unit": "%",
        "label": "Intake completati per canale",
    },
    {
        "kind": "bars",
        "stacked": True,
        "categories": ["Contrattualistica", "Diritto del lavoro", "Protezione dei dati"],
        "series": [
            {"name": "Interno", "values": [12, 3, None]},
            {"name": "Esterno", "values": [7, 9, 1]},
        ],
        "unit": "",
        "label": "Materie",
    },
    {
        "kind": "bars",
        "stacked": False,
        "categories": ["Italiano", "Inglese"],
        "series": [
            {"name": "Questo periodo", "values": [40, 22]},
            {"name": "Periodo precedente", "values": [35, 26]},
        ],
        "unit": "",
        "label": "Lingue",
    },
]
BROKEN = ["", "{", "null", '{"kind": "pie"}', '{"kind": "bars", "categories": []}']
STYLE = """
:root { color-scheme: light dark; --paper: #fff; --ink: #1a2129; --muted: #55606e; --line: #d5dbe3;
  --chart-1: #1d4f8c; --chart-2: #c2571a; --chart-3: #2c7a55; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #1b222b; --ink: #e8edf3; --muted: #a5b1bf; --line: #384350;
    --chart-1: #8fbdf2; --chart-2: #f0a36b; --chart-3: #7fcda3; }
}
@media print { :root { --paper: #fff; --ink: #000; --muted: #333; --line: #999;
  --chart-1: #1d4f8c; --chart-2: #c2571a; --chart-3: #2c7a55; } }
body { margin: 1rem; font: 1rem/1.5 system-ui, sans-serif; color: var(--ink);
  background: var(--paper); }
main { display: grid; gap: 1.5rem;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 30rem), 1fr)); }
section { min-width: 0; break-inside: avoid; }
"""
# The colours that fill a visible part of a canvas.
COLOURS = """canvas => {
  const { width, height } = canvas;
  const copy = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  copy.drawImage(canvas, 0, 0);
  const { data } = copy.getImageData(0, 0, width, height);
  const found = {};
  for (let i = 0; i < data.length; i += 4) {
    if (data[i + 3] === 255) {
      const colour = [data[i], data[i + 1], data[i + 2]].join();
      found[colour] = (found[colour] ?? 0) + 1;
    }
  }
  return Object.keys(found).filter(colour => found[colour] > data.length / 40000);
}"""
BLUE, BLUE_IN_THE_DARK = "29,79,140", "143,189,242"


def document() -> str:
    def chart(text: str, label: str = "") -> str:
        return (
            f"<section><h2>{html.escape(label)}</h2><div class='chart' role='img' "
            f'aria-label="{html.escape(label)}" data-chart="{html.escape(text)}"></div></section>'
        )

    return (
        "<!doctype html><html lang='it'><meta charset='utf-8'><title>Figures</title>"
        "<meta name='viewport' content='width=device-width'><link rel='icon' href='/style.css'>"
        "<link rel='stylesheet' href='/style.css'>"
        "<script src='/static/charts/office/charts.js' defer></script><main>"
        + "".join(chart(json.dumps(each), each["label"]) for each in CHARTS)
        + "".join(map(chart, BROKEN))
        + "</main>"
    )


class Handler(BaseHTTPRequestHandler):
    """The page, its sheet and the bundle; nothing else."""

    def do_GET(self) -> None:
        bundle = HOME / "var" / "widget" / "office" / "charts.js"
        kind, content = {
            "/": ("text/html; charset=utf-8", document().encode()),
            "/style.css": ("text/css", STYLE.encode()),
            "/static/charts/office/charts.js": ("text/javascript", bundle.read_bytes()),
        }[self.path]
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=functools.partial(server.serve_forever, poll_interval=0.05))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def visit(chromium: Browser, address: str) -> Iterator[Any]:
    """Opens the page as a reader's browser is set; whatever it complains of fails the test."""
    contexts, problems, asked = [], [], []

    def open_one(**options: Any) -> Page:
        context = chromium.new_context(locale="it-IT", **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: problems.append(message.text))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(address)
        expect(page.locator(".chart.drawn")).to_have_count(len(CHARTS))
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert problems == []
    assert [url for url in asked if not url.startswith(address)] == []


SCREENS = {"desktop": {"width": 1280, "height": 800}, "phone": {"width": 375, "height": 720}}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", SCREENS)
def test_drawn_in_the_colours_of_the_page(visit: Any, scheme: str, screen: str) -> None:
    page = visit(color_scheme=scheme, reduced_motion="reduce", viewport=SCREENS[screen])
    blue = BLUE_IN_THE_DARK if scheme == "dark" else BLUE
    for canvas in page.locator(".chart canvas").all():
        assert blue in canvas.evaluate(COLOURS)
    assert page.locator(".chart canvas").count() == len(CHARTS)
    tip = {"desktop": 0, "phone": 2}[screen]
    overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(overflow) == 0
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"charts-{screen}-{scheme}.png", full_page=True)
    page.locator(".chart").nth(tip).hover(position={"x": 250, "y": 100})
    page.locator("section").nth(tip).screenshot(
        path=SCREENSHOTS / f"charts-{screen}-{scheme}-tip.png"
    )


def test_what_cannot_be_read_is_left_alone(visit: Any) -> None:
    page = visit()
    for element in page.locator(".chart").all()[len(CHARTS) :]:
        assert element.evaluate("e => e.childElementCount + e.style.length") == 0


def test_follows_the_scheme_and_the_room(visit: Any) -> None:
    page = visit(color_scheme="light", reduced_motion="reduce", viewport=SCREENS["desktop"])
    page.emulate_media(color_scheme="dark")
    canvas = page.locator(".chart canvas").first
    assert BLUE_IN_THE_DARK in canvas.evaluate(COLOURS)
    page.set_viewport_size({"width": 375, "height": 720})
    expect(canvas).to_have_css("width", "343px")


def test_grows_into_the_same_picture(visit: Any) -> None:
    page = visit(color_scheme="light", reduced_motion="no-preference")
    for canvas in page.locator(".chart canvas").all():
        wait_until(lambda canvas=canvas: BLUE in canvas.evaluate(COLOURS))


def test_on_paper(visit: Any) -> None:
    page = visit(
        color_scheme="dark", reduced_motion="reduce", viewport={"width": 800, "height": 800}
    )
    canvas = page.locator(".chart canvas").first
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.pdf(path=SCREENSHOTS / "charts.pdf", format="A4")
    expect(canvas).to_have_css("width", "768px")
    assert BLUE_IN_THE_DARK in canvas.evaluate(COLOURS)
    page.emulate_media(media="print")
    expect(canvas).to_have_css("width", "640px")
    assert BLUE in canvas.evaluate(COLOURS)
    page.emulate_media(media="screen")
    expect(canvas).to_have_css("width", "768px")
    assert BLUE_IN_THE_DARK in canvas.evaluate(COLOURS)
