"""A report as one HTML file that needs nothing else: on a phone, on paper, in light and dark."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from bot.learning.sheet import Section, Sheet

# Nothing may be fetched and no script runs, whatever an answer says.
_HEAD = """<!doctype html>
<html lang="{language}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
  content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; --ink: #1a1a1a; --soft: #595959; --paper: #fff; --rule: #ddd;
  --bar: #2166ac; --line: #b00020; }}
@media (prefers-color-scheme: dark) {{ :root {{ --ink: #e8e8e8; --soft: #a8a8a8;
  --paper: #16181b; --rule: #3a3d42; --bar: #6aa9e0; --line: #ff8a80; }} }}
body {{ font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 56rem; margin: 1.5rem auto; padding: 0 1rem; }}
h1 {{ font-size: 1.5rem; line-height: 1.25; }}
h2 {{ font-size: 1.2rem; margin: 2.5rem 0 .5rem; }}
p {{ max-width: 40rem; color: var(--soft); }}
dl {{ display: grid; grid-template-columns: repeat(auto-fill, minmax(9rem, 1fr)); gap: .75rem;
  margin: 1.5rem 0; }}
dl div {{ border: 1px solid var(--rule); border-radius: .5rem; padding: .5rem .75rem; }}
dt {{ color: var(--soft); font-size: .875rem; }}
dd {{ margin: 0; font-size: 1.25rem; font-variant-numeric: tabular-nums; }}
.wide {{ overflow-x: auto; }}
table {{ border-collapse: collapse; width: 100%; }}
td, th {{ border-bottom: 1px solid var(--rule); padding: .35rem .75rem .35rem 0;
  text-align: left; vertical-align: top; font-weight: normal; }}
thead th {{ color: var(--soft); font-size: .875rem; }}
.n {{ text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }}
svg {{ display: block; width: 100%; max-width: 34rem; height: auto; margin: .5rem 0 1rem; }}
@media (max-width: 40rem) {{
  thead {{ position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }}
  tr {{ display: block; border-bottom: 1px solid var(--rule); padding: .5rem 0; }}
  td, tbody th {{ display: inline-block; border: 0; padding: 0 1rem 0 0; }}
  tbody th {{ display: block; }}
  td::before {{ content: attr(data-name) ": "; color: var(--soft); }}
  td:empty {{ display: none; }}
  .n {{ text-align: left; white-space: normal; }}
}}
</style>
"""


def page(sheet: Sheet) -> str:
    """Return the whole file."""
    title = escape(sheet.title)
    facts = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in sheet.facts
    )
    parts = [
        _HEAD.format(language=sheet.language, title=title),
        f"<main><h1>{title}</h1>",
        *(f"<p>{escape(note)}</p>" for note in sheet.notes),
        f"<dl>{facts}</dl>",
        *(part for section in sheet.sections for part in _section(section, sheet.nothing)),
        "</main>\n</html>\n",
    ]
    return "\n".join(parts)


def _section(section: Section, nothing: str) -> Iterator[str]:
    yield f"<section><h2>{escape(section.title)}</h2>"
    if not section.rows:
        yield f"<p>{escape(nothing)}</p></section>"
        return
    if section.text:
        yield f"<p>{escape(section.text)}</p>"
    if section.picture:
        yield section.picture()
    yield f"{_table(section)}</section>"


def _table(section: Section) -> str:
    def kind(column: int) -> str:
        return "" if column < section.texts else ' class="n"'

    head = "".join(
        f'<th scope="col"{kind(column)}>{escape(name)}</th>'
        for column, name in enumerate(section.headings)
    )
    body = "".join(
        f'<tr><th scope="row">{escape(row[0])}</th>'
        + "".join(
            f'<td{kind(column)} data-name="{escape(section.headings[column])}">{escape(cell)}</td>'
            for column, cell in enumerate(row[1:], 1)
        )
        + "</tr>\n"
        for row in section.rows
    )
    return (
        f'<div class="wide"><table aria-label="{escape(section.title)}">'
        f"<thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody></table></div>"
    )
