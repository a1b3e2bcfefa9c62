"""A report as text, for the terminal or a file."""

from __future__ import annotations

from textwrap import shorten

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.learning.sheet import Section, Sheet

LONGEST = 80  # letters of a cell: the page in HTML holds all of them


def show(sheet: Sheet, console: Console) -> None:
    """Print the report."""
    console.print(f"[bold]{escape(sheet.title)}[/]")
    for note in sheet.notes:
        console.print(note, markup=False)
    facts = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for name, value in sheet.facts:
        facts.add_row(escape(name), escape(value))
    console.print()
    console.print(facts)
    for section in sheet.sections:
        console.print(f"\n[bold]{escape(section.title)}[/]")
        if section.rows:
            if section.text:
                console.print(section.text, markup=False, style="dim")
            console.print(_table(section))
        else:
            console.print(sheet.nothing, markup=False)


def _table(section: Section) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for column, heading in enumerate(section.headings):
        table.add_column(escape(heading), justify="left" if column < section.texts else "right")
    for row in section.rows:
        table.add_row(*(escape(shorten(cell, LONGEST, placeholder=" …")) for cell in row))
    return table
