"""The check of the training messages: each fault is found, and only faults are."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bot.data_check import find_faults, main, same
from bot.messages import MessagesError
from bot.training_messages import TrainingMessage, load_training_messages
from tests.conftest import HOME


def message(text: str, label: str = "greet", language: str = "it") -> TrainingMessage:
    return TrainingMessage(text, language, label, "data/nlu.yml")


def faults(*messages: TrainingMessage, measured: str = "") -> list[str]:
    enough = [message(f"saluto {n}", language="it") for n in range(30)]
    enough += [message(f"greeting {n}", language="en") for n in range(20)]
    return find_faults([*enough, *messages], {"dev.jsonl": [measured] if measured else []})


def test_good_messages_have_no_faults() -> None:
    assert faults(message("Ciao!"), message("1/2 di [qualcosa] <3"), measured="ciao") == []


def test_repeated_messages() -> None:
    (fault,) = faults(message("Perché?"), message("perche'"))
    assert fault == "data/nlu.yml: «perche'» under greet repeats «Perché?»."


def test_contradicting_messages() -> None:
    enough = [message(f"aiuto {n}", "help") for n in range(30)]
    enough += [message(f"help {n}", "help", "en") for n in range(20)]
    (fault,) = faults(message("E ora?"), *enough, message("e ora", "help"))
    assert fault == "data/nlu.yml: «e ora» under help contradicts «E ora?» under greet."


def test_labels_with_too_few_messages() -> None:
    few = [message(f"aiuto {n}", "help") for n in range(29)]
    assert faults(*few) == [
        "help has 29 messages in Italian: at least 30 are needed.",
        "help has 0 messages in English: at least 20 are needed.",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("/restart", "starts with a slash"),
        ("chiamo da [Roma](city)", "holds markup"),
        ('chiamo da [Roma]{"entity": "city"}', "holds markup"),
        ("<b>ciao</b>", "holds markup"),
    ],
)
def test_what_is_not_words(text: str, said: str) -> None:
    (fault,) = faults(message(text))
    assert said in fault


def test_copies_of_messages_for_measuring() -> None:
    (fault,) = faults(
        message("Vorrei diventare Vostro cliente!"), measured="vorrei diventare vostro cliente"
    )
    assert fault.endswith("is in dev.jsonl too, which is for measuring only.")
    assert faults(message("vostro cliente, grazie"), measured="vostro cliente grazie") == []


def test_same_keeps_what_has_no_letter() -> None:
    assert same("C'è, «qui»?") == same("c e QUI")
    assert same("😀") != same("😂")


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    texts = [message.text for message in load_training_messages(HOME / "data")]
    text = next(text for text in texts if len(same(text).split()) > 3)
    labelled = tmp_path / "labelled.jsonl"
    labelled.write_text("una domanda che nessuno ha mai fatto\n", encoding="utf-8")
    assert main([str(labelled)]) == 0
    assert capsys.readouterr().out == ""
    labelled.write_text(f"{text}\n", encoding="utf-8")
    assert main([str(labelled)]) == 1
    assert len(capsys.readouterr().out.splitlines()) == 1
    assert main(["/nowhere.jsonl"]) == 2
    assert "can't be read" in capsys.readouterr().err


def test_a_mistake_in_the_training_questions_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("config.yml", "domain.yml"):
        (tmp_path / name).symlink_to(HOME / name)
    shutil.copytree(HOME / "data", tmp_path / "data")
    (tmp_path / "data" / "quiz" / "empty.yml").write_text("", encoding="utf-8")
    monkeypatch.setenv("SPORTELLO_HOME", str(tmp_path))
    assert main([]) == 2
    assert "data/quiz/empty.yml: a topic has exactly" in capsys.readouterr().err


def test_drafts_are_checked_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("config.yml", "domain.yml", "firm.yml"):
        (tmp_path / name).symlink_to(HOME / name)
    shutil.copytree(HOME / "data", tmp_path / "data")
    monkeypatch.setenv("SPORTELLO_HOME", str(tmp_path))
    monkeypatch.setenv("SPORTELLO_VAR", str(tmp_path / "var"))
    (tmp_path / "data" / "drafts").mkdir()
    draft = tmp_path / "data" / "drafts" / "fees.yml"
    shutil.copy(HOME / "data" / "faq" / "termination.yml", draft)
    assert main([]) == 1
    said = capsys.readouterr()
    assert "data/drafts/fees.yml: «Come finisce il rapporto con il professionista?»" in said.out
    # Without a model what can be compared is.
    assert "not compared by meaning" in said.err
    draft.write_text("title: [", encoding="utf-8")
    assert main([]) == 2
    assert "fees.yml" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("nlu: [", "data/nlu.yml:"),
        ("nlu:\n- intent: greet\n  examples: '- ciao'\n", "its language under metadata"),
        ("", "each block needs an intent"),
    ],
)
def test_a_broken_file_is_told(content: str, said: str, tmp_path: Path) -> None:
    for name in ("faq", "documents.yml", "out_of_scope.yml"):
        (tmp_path / name).symlink_to(HOME / "data" / name)
    (tmp_path / "nlu.yml").write_text(content, encoding="utf-8")
    with pytest.raises(MessagesError, match=said):
        load_training_messages(tmp_path)
