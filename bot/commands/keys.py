"""Making and replacing the keys with which private texts are encrypted."""

from __future__ import annotations

import typer
from cryptography.fernet import Fernet

from actions.settings import Settings, SettingsError, encryption_keys
from actions.store.database import create_engine, session_factory
from actions.store.rotation import rotate as rotate_texts

keys = typer.Typer(help="The keys of encryption.")


@keys.command()
def new() -> None:
    """Print a new key for SPORTELLO_KEYS.

    Example: sportello keys new
    """
    typer.echo(Fernet.generate_key().decode())


@keys.command()
def rotate() -> None:
    """Write every private text anew with the first key of SPORTELLO_KEYS.

    Example: SPORTELLO_KEYS=new,old sportello keys rotate
    """
    if not encryption_keys():
        raise SettingsError(
            "SPORTELLO_KEYS is empty: put a key there that 'sportello keys new' prints, "
            "in front of those that are still in use."
        )
    engine = create_engine(Settings.read().database_url)
    with session_factory(engine)() as session:
        written = rotate_texts(session)
    engine.dispose()
    texts = "text" if written == 1 else "texts"
    typer.echo(f"{written} {texts} written anew with the first key of SPORTELLO_KEYS.")
