"""The commands that set up Slack: the app's manifest, and whether everything is as it must be."""

from __future__ import annotations

import typer
from rich.console import Console

from actions.firm import Slack, load_firm
from actions.settings import Settings, SettingsError
from bot.channels.slack.check import findings
from bot.channels.slack.manifest import manifest as write_manifest

slack = typer.Typer(help="Setting up the assistant in Slack.")
NOT_READY = 1


@slack.command()
def manifest() -> None:
    """Write slack/manifest.yml, from which Slack makes the app.

    Slack then shows the bot token (SLACK_BOT_TOKEN) under OAuth & Permissions, the signing secret
    (SLACK_SIGNING_SECRET) under Basic Information, and with mode: socket an app token
    (SLACK_APP_TOKEN, scope connections:write) there too.

    Example: sportello slack manifest
    """
    from rasa.shared.core.domain import Domain

    from bot.channels.slack.speaker import Speaker

    settings = Settings.read()
    firm = load_firm(settings.firm_file)
    chosen = firm.slack or Slack()
    if chosen.mode == "events" and chosen.address is None:
        raise SettingsError(
            f"{settings.firm_file.name} does not say where Slack finds the assistant: write "
            "slack: {address: https://…} there, or slack: {mode: socket} if it has no public "
            "address."
        )
    domain = Domain.load(settings.home / "domain.yml")
    speaker = Speaker(lambda: domain, firm.languages[0])
    texts = {name: speaker(name) for name in ("description", "usage", "new_intake")}
    path = settings.home / "slack" / "manifest.yml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(write_manifest(firm, chosen, texts), encoding="utf-8")
    typer.echo(
        f"{path} is written: paste it into https://api.slack.com/apps, Create New App, "
        "From a manifest."
    )


@slack.command()
def check() -> None:
    """Tell which scope, secret or channel of Slack is wrong, if any is.

    Example: sportello slack check
    """
    settings = Settings.read()
    firm = load_firm(settings.firm_file)
    if settings.slack_bot_token is None:
        raise SettingsError(
            "SLACK_BOT_TOKEN is not set: copy it from OAuth & Permissions in Slack, "
            "after installing the app."
        )
    console = Console(highlight=False)
    wrong = 0
    for finding in findings(settings, firm.slack or Slack()):
        wrong += finding.advice is not None
        if finding.advice is None:
            console.print(f"[green]✓[/] {finding.what}", soft_wrap=True)
        else:
            console.print(f"[red]✗[/] {finding.what}: {finding.advice}", soft_wrap=True)
    if wrong:
        raise typer.Exit(NOT_READY)
