"""Vectors of texts, questions and tokens, from the bundled model."""

import re
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from langchain_core.embeddings import Embeddings

from index import embed, precision
from index.embed import SentenceEmbeddings, load_embeddings
from index.errors import IndexingError
from index.precision import AGREEMENT

TEXTS = [
    "Altman visited Japan.",
    "L'Inde est le deuxième marché de l'entreprise, selon son directeur général. " * 8,
    "东京",
    "",
    "The recipe needs two eggs and a pound of flour.",
]


def test_every_text_gets_a_unit_vector(embeddings: SentenceEmbeddings) -> None:
    for vectors in (embeddings.embed_passages(TEXTS), embeddings.embed_queries(TEXTS)):
        assert vectors.shape == (len(TEXTS), embeddings.dimensions)
        assert vectors.dtype == np.float32
        assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)


def test_neighbours_in_a_batch_change_nothing(embeddings: SentenceEmbeddings) -> None:
    together = embeddings.embed_passages(TEXTS)
    backwards = embeddings.embed_passages(TEXTS[::-1])[::-1]
    alone = np.concatenate([embeddings.embed_passages([text]) for text in TEXTS])
    assert np.abs(together - backwards).max() < 1e-5
    assert np.abs(together - alone).max() < 1e-5


def test_more_texts_than_a_batch_come_back_in_order(embeddings: SentenceEmbeddings) -> None:
    texts = [f"{'word ' * (number * 7 % 11)}{number}" for number in range(40)]
    vectors = embeddings.embed_passages(texts)
    assert np.abs(vectors[[0, 17, 39]] - embeddings.embed_passages([texts[0], texts[17], texts[39]])).max() < 1e-5


def test_questions_and_passages_are_told_apart(embeddings: SentenceEmbeddings) -> None:
    text = ["which countries did Altman visit?"]
    assert float(embeddings.embed_queries(text)[0] @ embeddings.embed_passages(text)[0]) < 0.99
    raw = embeddings._transformer.encode(["query: " + text[0], "passage: " + text[0]], normalize_embeddings=True)
    assert np.abs(embeddings.embed_queries(text)[0] - raw[0]).max() < 1e-5
    assert np.abs(embeddings.embed_passages(text)[0] - raw[1]).max() < 1e-5


def test_no_texts_make_no_vectors(embeddings: SentenceEmbeddings) -> None:
    assert embeddings.embed_passages([]).shape == (0, embeddings.dimensions)
    assert embeddings.embed_tokens([]) == []


def test_it_is_an_embeddings_of_langchain(embeddings: SentenceEmbeddings) -> None:
    assert isinstance(embeddings, Embeddings)
    assert embeddings.embed_documents(TEXTS[:2]) == embeddings.embed_passages(TEXTS[:2]).tolist()
    assert embeddings.embed_query(TEXTS[0]) == embeddings.embed_queries(TEXTS[:1])[0].tolist()


def test_a_question_is_embedded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    embeddings = SentenceEmbeddings()
    first = embeddings.embed_question(TEXTS[0])
    assert first.tolist() == embeddings.embed_queries(TEXTS[:1])[0].tolist()
    monkeypatch.setattr(embeddings, "embed_queries", lambda texts: pytest.fail("embedded again"))
    assert embeddings.embed_question(TEXTS[0]) is first


def test_every_token_has_its_vector(embeddings: SentenceEmbeddings) -> None:
    found = embeddings.embed_tokens(TEXTS)
    for text, (tokens, vectors) in zip(TEXTS, found, strict=True):
        assert "".join(tokens).replace("▁", "") == re.sub(r"\s", "", text)
        assert vectors.shape == (len(tokens), embeddings.dimensions)
        assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)


def test_vectors_of_tokens_stand_at_their_tokens(embeddings: SentenceEmbeddings) -> None:
    (names, vectors), (others, other_vectors) = embeddings.embed_tokens(
        ["Tokyo and Seoul and Delhi", "He was in Delhi, then in Seoul, never in Tokyo"]
    )
    for city in ("▁Tokyo", "▁Seoul", "▁Delhi"):
        assert others[int(np.argmax(other_vectors @ vectors[names.index(city)]))] == city


def test_the_prompt_and_the_marks_at_the_ends_are_left_out(embeddings: SentenceEmbeddings) -> None:
    states = embeddings._transformer.encode(["query: Tokyo is large"], output_value="token_embeddings")[0].cpu().numpy()
    ((tokens, vectors),) = embeddings.embed_tokens(["Tokyo is large"])
    assert len(states) == 1 + 3 + len(tokens) + 1  # <s> que ry : … </s>
    expected = states[4:-1] / np.linalg.norm(states[4:-1], axis=1, keepdims=True)
    assert np.abs(vectors - expected).max() < 1e-5


def test_tokens_beyond_what_the_model_reads_are_left_out(embeddings: SentenceEmbeddings) -> None:
    ((tokens, vectors),) = embeddings.embed_tokens(["Tokyo " * 600])
    assert len(tokens) == len(vectors) == 512 - 5


def test_threads_get_what_they_asked_for(embeddings: SentenceEmbeddings) -> None:
    expected = embeddings.embed_queries(TEXTS)
    found: dict[int, np.ndarray] = {}
    threads = [
        threading.Thread(target=lambda n=n: found.update({n: embeddings.embed_queries([TEXTS[n]])[0]}))
        for n in range(len(TEXTS))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(found) == len(TEXTS)
    assert all(np.abs(found[n] - expected[n]).max() < 1e-5 for n in found)


def test_a_folder_that_holds_no_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(IndexingError, match="can't be loaded") as caught:
        SentenceEmbeddings(str(tmp_path)).embed_queries(["hello"])
    assert str(tmp_path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_one_model_is_loaded_once() -> None:
    assert load_embeddings() is load_embeddings()
    assert load_embeddings("other/model") is not load_embeddings()
    assert load_embeddings("other/model").name == "other/model"  # and nothing was loaded for its name


def test_nothing_heavy_is_imported_for_the_name() -> None:
    code = "import sys; from index.embed import load_embeddings; load_embeddings().name; print('torch' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert run.stdout.strip() == "False"


SCRIPTS = [
    "Which countries did Sam Altman visit before he came to India? ",
    "Какие страны посетил Альтман? Ёлка и съезд в Сеуле. ",
    "ما هي البلدان التي زارها ألتمان؟ الهند واليابان. ",
    "ऑल्टमैन ने किन देशों का दौरा किया? हिन्दी में। ",
    "奥特曼访问了哪些国家？他在六月访问了日本和印度。",
    "올트먼은 어느 나라를 방문했습니까? ",
]
LENGTHS = {"a sentence": 1, "about 200 tokens": 12, "cut at 512 tokens": 60}


@pytest.mark.parametrize("times", LENGTHS.values(), ids=LENGTHS)
def test_both_ways_of_the_bundled_model_make_the_same_vectors(embeddings: SentenceEmbeddings, times: int) -> None:
    texts = [(text * times).strip() for text in SCRIPTS]
    model = embeddings._transformer
    for prompt, vectors in (
        ("query: ", embeddings.embed_queries(texts)),
        ("passage: ", embeddings.embed_passages(texts)),
    ):
        expected = model.encode(texts, prompt=prompt, normalize_embeddings=True)
        assert (vectors * expected).sum(axis=1).min() >= 0.9999


def test_both_ways_make_the_same_vectors_of_tokens(embeddings: SentenceEmbeddings, monkeypatch) -> None:
    texts = [*SCRIPTS, "🇫🇷 x²\u00adsoft\u200bzero ﬁn…\u00a0№5 \t½ ", "", SCRIPTS[2] * 60]
    small = embeddings.embed_tokens(texts)
    monkeypatch.setattr(embed, "SMALL", -1)
    large = embeddings.embed_tokens(texts)
    for (tokens, vectors), (expected, expected_vectors) in zip(small, large, strict=True):
        assert tokens == expected
        assert (vectors * expected_vectors).sum(axis=1).min(initial=1) >= 0.9999


def test_many_texts_are_one_model_with_a_few(embeddings: SentenceEmbeddings, monkeypatch) -> None:
    texts = [text * 3 for text in SCRIPTS]
    few = embeddings.embed_passages(texts)
    monkeypatch.setattr(embed, "SMALL", -1)
    many = embeddings.embed_passages(texts)  # in the precision of this machine
    assert np.linalg.norm(many, axis=1) == pytest.approx(1, abs=1e-5)
    assert (few * many).sum(axis=1).min() >= AGREEMENT


@pytest.mark.parametrize("share", [1.0, 0.9])
def test_bfloat16_is_taken_only_if_it_is_faster_and_makes_the_same_vectors(share: float, monkeypatch) -> None:
    import torch

    def encode() -> np.ndarray:
        is_exact = not torch.is_autocast_enabled("cpu")
        return np.array([[1.0, 0.0] if is_exact else [share, (1 - share**2) ** 0.5]], np.float32)

    for is_faster in (True, False):
        monkeypatch.setattr(precision, "is_bfloat16_faster", lambda is_faster=is_faster: is_faster)
        assert precision.prefers_bfloat16(encode) is (is_faster and share == 1)


def test_a_few_texts_need_no_torch() -> None:
    code = (
        "import sys; from index.embed import load_embeddings; model = load_embeddings(); "
        "model.embed_queries(['who?']); model.embed_sentences(['He.', 'She.']); model.embed_tokens(['He.']); "
        "print(sorted({'torch', 'transformers', 'sentence_transformers'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert run.stdout.strip() == "[]"
