"""The command line as a person meets it: each command run as a process of its own."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from actions.settings import Settings
from tests.conftest import HOME, free_port


def run(
    *arguments: str, text: str | None = None, **environ: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        input=text,
        capture_output=True,
        text=True,
        cwd=HOME,
        env={**os.environ, **environ},
        timeout=120,
        check=False,
    )


def one_line(result: subprocess.CompletedProcess[str]) -> str:
    """Return the single line of an error, after checking that it is one and the exit code is 2."""
    assert result.returncode == 2, (result.returncode, result.stdout, result.stderr)
    lines = result.stderr.strip().splitlines()
    assert len(lines) == 1, result.stderr
    assert lines[0].startswith("Error: ")
    assert "Traceback" not in result.stdout
    return lines[0]


@pytest.mark.parametrize(
    ("arguments", "remedy"),
    [
        (("up", "--fast"), "See 'sportello up --help'"),
        (("fly",), "See 'sportello --help'"),
        (("db",), "See 'sportello db --help'"),
        (("evaluate",), "See 'sportello evaluate --help'"),
        (("questions", "--since", "x"), "See 'sportello questions --help'"),
        (("questions", "check", "/nowhere/draft.yml"), "can't be read: No such file"),
        (("parse", "/nowhere/messages.txt"), "can't be read: No such file"),
        (("parse", "/"), "can't be read: Is a directory"),
        (("deadline", sys.executable), "not a text file in UTF-8"),
    ],
)
def test_bad_input_is_one_line(arguments: tuple[str, ...], remedy: str, trained: Settings) -> None:
    assert remedy in one_line(run(*arguments))


def test_wrong_settings_are_one_line(trained: Settings, tmp_path: Path) -> None:
    broken = tmp_path / "firm.yml"
    broken.write_text("name: [", encoding="utf-8")
    for environ, remedy in (
        ({"SPORTELLO_FIRM": str(tmp_path / "none.yml")}, "is missing: copy the firm.yml"),
        ({"SPORTELLO_FIRM": str(broken)}, "not valid YAML"),
        ({"DATABASE_URL": "mysql://localhost/x"}, "DATABASE_URL must start with"),
        ({"DATABASE_URL": "postgresql://me:secret@127.0.0.1:1/x"}, "check DATABASE_URL"),
        ({"SPORTELLO_BOT_PORT": "high"}, "SPORTELLO_BOT_PORT is 'high'"),
        ({"SPORTELLO_HOME": str(tmp_path)}, "name that folder in SPORTELLO_HOME"),
    ):
        line = one_line(run("up", **{"SPORTELLO_VAR": str(tmp_path / "var"), **environ}))
        assert remedy in line
        assert "secret" not in line


def test_a_mistake_in_the_training_questions_is_one_line(tmp_path: Path) -> None:
    for name in ("config.yml", "domain.yml", "firm.yml"):
        shutil.copy(HOME / name, tmp_path)
    shutil.copytree(HOME / "data", tmp_path / "data")
    (tmp_path / "data" / "quiz" / "empty.yml").write_text("", encoding="utf-8")
    for command in ("train", "up"):
        line = one_line(run(command, SPORTELLO_HOME=str(tmp_path)))
        assert "data/quiz/empty.yml: a topic has exactly these parts" in line


def test_a_busy_port_is_one_line(trained: Settings, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        database = f"sqlite:///{tmp_path / 'x.db'}"
        line = one_line(run("up", SPORTELLO_ACTION_PORT=port, DATABASE_URL=database))
    assert f"Port {port} of the action server is busy" in line
    assert "SPORTELLO_ACTION_PORT" in line


def test_no_model_is_one_line(tmp_path: Path) -> None:
    assert "run 'sportello train'" in one_line(
        run("parse", text="ciao", SPORTELLO_VAR=str(tmp_path))
    )


def test_parse(trained: Settings) -> None:
    messages = (
        'che cos\'è un cliente?\n{"text": "I want to talk to a person"}\n{"text": "\\ud800"}\n'
    )
    result = run("parse", text=messages)
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    italian, english, odd = map(json.loads, result.stdout.splitlines())
    assert set(italian) == {"text", "language", "label", "confidence"}
    assert (italian["language"], italian["label"]) == ("it", "faq/client_definition")
    assert (english["language"], english["label"]) == ("en", "human_handoff")
    assert odd["label"] == "out_of_scope"
    assert 0 <= english["confidence"] <= 1


def test_deadline(trained: Settings) -> None:
    rows = [
        {"text": "entro fine mese", "lang": "it", "now": "2026-11-23T10:00+01:00"},
        {"text": "by 5 March at 6pm", "lang": "en", "now": "2026-11-23T10:00+01:00"},
        {"text": "che cos'è un cliente?"},
    ]
    result = run("deadline", text="\n".join(map(json.dumps, rows)))
    assert result.returncode == 0, result.stderr
    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert all(set(row) == {"text", "kind", "date", "time", "said"} for row in found)
    assert [(row["kind"], row["date"], row["time"]) for row in found] == [
        ("date", "2026-11-30", None),
        ("date", "2027-03-05", "18:00"),
        (None, None, None),
    ]
    bad = json.dumps({"text": "domani", "now": "yesterday"})
    assert '"now" is' in one_line(run("deadline", text=bad))


def test_evaluate(trained: Settings, tmp_path: Path) -> None:
    path = tmp_path / "labelled.jsonl"
    rows = [
        {"text": "che cos'è un cliente?", "label": "faq/client_definition", "lang": "it"},
        {"text": "hello there", "label": "greet", "lang": "en"},
        {"text": "hello there", "label": "goodbye", "lang": "en"},
    ]
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    report = tmp_path / "report.html"
    result = run("evaluate", str(path), "--report", str(report))
    assert result.returncode == 0, result.stderr
    assert re.search(r"all\s+2\s+3\s+0\.667", result.stdout)
    assert re.search(r"1\s+goodbye → greet", result.stdout)
    assert "data:image/png;base64," in report.read_text(encoding="utf-8")
    # The same file again, with one label set right: compared with what is about to be replaced.
    rows[2]["label"] = "greet"
    deadline = {"kind": "date", "date": "2026-11-30"}
    rows.append({"text": "entro fine mese", "lang": "it", "now": "2026-11-23", "expect": deadline})
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    earlier = report.with_suffix(".json")
    result = run("evaluate", str(path), "--report", str(report), "--compare", str(earlier))
    assert result.returncode == 0, result.stderr
    assert "0 mended, 0 broken" in result.stdout
    assert re.search(r"it date\s+1\s+1\s+1\.000", result.stdout)
    assert len(json.loads(earlier.read_text(encoding="utf-8"))["messages"]) == 3


def test_evaluate_tells_what_it_cannot_use(trained: Settings, tmp_path: Path) -> None:
    path = tmp_path / "labelled.jsonl"
    path.write_text('{"text": "x"}', encoding="utf-8")
    assert 'a "label" is missing' in one_line(run("evaluate", str(path)))
    assert "--cross-validate" in one_line(run("evaluate", str(path), "--cross-validate"))
    assert "not an earlier run" in one_line(run("evaluate", str(path), "--compare", str(path)))
    assert "beside it" in one_line(run("evaluate", str(path), "--report", "x.json"))


def test_db_upgrade(tmp_path: Path) -> None:
    database = tmp_path / "deep" / "folder" / "x.db"
    result = run("db", "upgrade", DATABASE_URL=f"sqlite:///{database}")
    assert result.returncode == 0, result.stderr
    assert database.exists()


@pytest.mark.parametrize("command", ["up", "train", "chat", "parse", "deadline", "evaluate"])
def test_every_command_has_an_example(command: str) -> None:
    result = run(command, "--help")
    assert result.returncode == 0
    assert "Example:" in result.stdout


def test_up_serves_and_stops_on_sigterm(trained: Settings, tmp_path: Path) -> None:
    bot, actions = free_port(), free_port()
    environ = {
        **os.environ,
        "DATABASE_URL": f"sqlite:///{tmp_path / 'up.db'}",
        "SPORTELLO_BOT_PORT": str(bot),
        "SPORTELLO_ACTION_PORT": str(actions),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "up"],
        cwd=HOME,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert process.stdout is not None
        printed = ""
        while "Ctrl-C stops everything" not in printed:
            line = process.stdout.readline()
            assert line, printed
            printed += line
        assert f"http://127.0.0.1:{bot}" in printed
        url = f"http://127.0.0.1:{bot}/webhooks/rest/webhook"
        answer = requests.post(url, json={"sender": "up", "message": "Che cos'è un cliente?"})
        assert answer.json()[1]["custom"]["faq"] == "client_definition"
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
    time.sleep(0.2)
    for port in (bot, actions):
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", port)) != 0
    assert "Traceback" not in (process.stdout.read() if process.stdout else "")


def test_chat_talks_and_leaves_nothing_running(trained: Settings, tmp_path: Path) -> None:
    bot, actions = free_port(), free_port()
    result = run(
        "chat",
        text="1\nesci\n",
        DATABASE_URL=f"sqlite:///{tmp_path / 'chat.db'}",
        SPORTELLO_BOT_PORT=str(bot),
        SPORTELLO_ACTION_PORT=str(actions),
    )
    assert result.returncode == 0, result.stderr
    assert "→ Che cos'è un cliente?" in result.stdout
    assert "riceve servizi da un professionista" in " ".join(result.stdout.split())
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", bot)) != 0


def test_production_has_no_way_in_for_the_terminal(trained: Settings, tmp_path: Path) -> None:
    line = one_line(
        run(
            "chat",
            text="ciao\n",
            SPORTELLO_ENV="production",
            DATABASE_URL=f"sqlite:///{tmp_path / 'x.db'}",
        )
    )
    assert "SPORTELLO_ENV=development" in line
