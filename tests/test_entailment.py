"""A cross-encoder of the user's own that checks statements; tiny ones with random weights, whose biases decide."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import huggingface_hub
import pytest
from small_model import Small
from test_answering import Scripted
from test_citing import Checker as Recorder
from test_citing import said, shown

from index import Index
from index.embed import SentenceEmbeddings
from index.errors import ModelNotAvailable, SettingsError
from rag import Settings, answer, stream_answer
from rag.entailment import load_checker
from rag.examples import NO, YES
from rag.phrases import NOT_IN_DOCUMENTS
from rag.support import SUPPORTED, Verifier

JAPAN = "Before India, Sam Altman visited Japan and South Korea."
QUESTION = "which countries did Altman visit?"
RIVAL = "Which Chinese rival has shaken Silicon Valley?"
NLI = ("contradiction", "entailment", "neutral")
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "sam", "altman", "visited", "japan", "and", "korea", "."]
# A bias that makes its class certain, whatever the random rest of the model says, and one that leaves it to that.
SURE, UNSURE = 12.0, 0.0

Build = Callable[..., str]


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """Writes a cross-encoder of two layers into a folder: its labels, and the bias of each."""

    def build(labels: tuple[str, ...], biases: tuple[float, ...], *, head: bool = True) -> str:
        import torch
        from transformers import BertConfig, BertForSequenceClassification, BertModel, BertTokenizerFast

        folder = tmp_path / f"checker{len(list(tmp_path.iterdir()))}"
        config = BertConfig(
            vocab_size=len(WORDS),
            hidden_size=32,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=64,
            max_position_embeddings=64,
            initializer_range=0.2,  # so that the words make a difference
            id2label=dict(enumerate(labels)),
            label2id={label: number for number, label in enumerate(labels)},
        )
        torch.manual_seed(1)
        model: Any = BertForSequenceClassification(config) if head else BertModel(config)
        if head:
            model.classifier.bias.data = torch.tensor(biases)
        model.save_pretrained(folder)
        BertTokenizerFast(vocab={word: number for number, word in enumerate(WORDS)}).save_pretrained(folder)
        return str(folder)

    return build


@pytest.fixture
def accepts(build: Build) -> str:
    """A folder with a model to which everything is stated."""
    return build(NLI, (0.0, SURE, 0.0))


@pytest.fixture
def refuses(build: Build) -> str:
    """A folder with a model to which nothing is."""
    return build(NLI, (0.0, 0.0, SURE))


@pytest.mark.parametrize(
    ("labels", "biases", "low", "high"),
    [
        (NLI, (0.0, SURE, 0.0), 0.99, 1.0),
        (NLI, (SURE, 0.0, 0.0), 0.0, 0.01),
        (NLI, (0.0, 0.0, SURE), 0.0, 0.01),
        (NLI, (UNSURE, UNSURE, UNSURE), 0.05, 0.95),
        (("ENTAILMENT", "not_entailment"), (SURE, 0.0), 0.99, 1.0),
        (("ENTAILMENT", "not_entailment"), (0.0, SURE), 0.0, 0.01),
        (("REFUTES", "NOT ENOUGH INFO", "Supports"), (0.0, 0.0, SURE), 0.99, 1.0),
        (("LABEL_0",), (SURE,), 0.99, 1.0),
        (("LABEL_0",), (-SURE,), 0.0, 0.01),
        (("LABEL_0",), (UNSURE,), 0.05, 0.95),
    ],
)
def test_the_label_that_means_entailment_gives_the_probability(
    build: Build, labels: tuple[str, ...], biases: tuple[float, ...], low: float, high: float
) -> None:
    assert low <= load_checker(build(labels, biases)).probability("Altman visited Japan.", JAPAN) <= high


def test_the_quote_is_the_premise_and_the_statement_the_hypothesis(build: Build) -> None:
    from sentence_transformers import CrossEncoder

    folder = build(NLI, (UNSURE, UNSURE, UNSURE))
    pairs = [(JAPAN, "Altman visited Japan."), ("Altman visited Japan.", JAPAN)]
    right, turned = CrossEncoder(folder, local_files_only=True).predict(pairs, apply_softmax=True)[:, 1]
    assert abs(right - turned) > 1e-3
    assert load_checker(folder).probability("Altman visited Japan.", JAPAN) == pytest.approx(right, abs=1e-6)


def test_a_quote_that_is_longer_than_the_model_reads(accepts: str) -> None:
    assert load_checker(accepts).probability("Altman visited Japan.", JAPAN * 50) > 0.99


def test_one_checker_is_loaded_once(accepts: str) -> None:
    assert load_checker(accepts) is load_checker(accepts)


def test_a_folder_that_is_not_there_is_not_looked_for_on_the_hub(tmp_path: Path) -> None:
    for name in (str(tmp_path / "nowhere"), "./nowhere", "~/nowhere"):
        with pytest.raises(SettingsError, match="there is no such folder"):
            load_checker(name)


def test_a_folder_that_holds_no_model_is_named_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(ModelNotAvailable, match="can't be loaded") as caught:
        load_checker(str(tmp_path))
    assert str(tmp_path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_hub_model_that_can_not_be_fetched_is_named_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    huggingface_hub.close_session()
    with pytest.raises(ModelNotAvailable, match="checker 'someone/nli-model' can't be loaded: ") as caught:
        load_checker("someone/nli-model")
    assert "\n" not in str(caught.value)


def test_labels_without_a_meaning_are_named(build: Build) -> None:
    with pytest.raises(SettingsError, match="has the labels LABEL_0, LABEL_1, LABEL_2; one has to be entail") as caught:
        load_checker(build(("LABEL_0", "LABEL_1", "LABEL_2"), (0.0, 0.0, 0.0)))
    assert "\n" not in str(caught.value)


def test_a_model_without_a_classifier_is_none(build: Build, capfd: pytest.CaptureFixture[str]) -> None:
    folder = build(NLI, (), head=False)
    capfd.readouterr()
    with pytest.raises(SettingsError, match="is a BertModel, no cross-encoder"):
        load_checker(folder)
    assert capfd.readouterr() == ("", "")


def test_a_checker_is_heard_in_place_of_alignment_and_of_the_judge(
    embeddings: SentenceEmbeddings, accepts: str, refuses: str
) -> None:
    judge = Small(replies={}, believes=".")
    yes, no = (Verifier(embeddings, judge, checker=load_checker(folder)) for folder in (accepts, refuses))
    assert no.score("Altman visited Japan.", JAPAN) < 0.01
    assert yes.score("Pandas eat bamboo.", JAPAN) > 0.99
    assert yes.align("Pandas eat bamboo.", [JAPAN])[0] < SUPPORTED
    assert judge.asked == []


def test_numbers_are_compared_all_the_same(embeddings: SentenceEmbeddings, accepts: str) -> None:
    verifier = Verifier(embeddings, checker=load_checker(accepts))
    quote = "The plant in Leeds was closed in 1984."
    right, wrong = (verifier.score(f"The plant in Leeds was closed in {year}.", quote) for year in (1984, 1985))
    assert wrong <= 0.1 < 0.99 < right


@pytest.mark.parametrize("believes", [".", ""])
def test_what_a_small_model_says_is_checked_without_asking_it(
    seeds_index: Index, accepts: str, refuses: str, believes: str
) -> None:
    for folder, gives, verdict in ((accepts, YES, "answered"), (refuses, NO, "not_in_documents")):
        model = Small(replies={"say": "DeepSeek has shaken Silicon Valley.", "gives": gives}, believes=believes)
        found = answer(RIVAL, index=seeds_index, model=model, settings=Settings(checker=folder))
        assert found.verdict == verdict
        assert "say" in model.kinds()
        assert "judge" not in model.kinds()
        assert all(citation.support > 0.99 and citation.checked for citation in found.citations)


def cited(index: Index, words: str) -> int:
    """What a model has to write to cite the passage with these words."""
    first, *_ = stream_answer(QUESTION, index=index, settings=Settings(llm="quotes"))
    return next(n for n, passage in enumerate(first.passages, 1) if words in passage.chunk.text)


def test_what_a_large_model_says_is_checked_without_a_second_call(
    seeds_index: Index, accepts: str, refuses: str
) -> None:
    text = f"Altman visited Japan and South Korea [{cited(seeds_index, 'visité le Japon')}]."
    model = Scripted(pieces=[text], checked=["1: no"])
    found = answer(QUESTION, index=seeds_index, model=model, settings=Settings(checker=accepts))
    assert found.text == "Altman visited Japan and South Korea [1]."
    (citation,) = found.citations
    assert "le Japon et la Corée du Sud" in citation.quote
    assert citation.support > 0.99
    assert citation.checked
    assert len(model.asked) == 1

    model = Scripted(pieces=[text], checked=["1: yes"])
    snapshots = list(stream_answer(QUESTION, index=seeds_index, model=model, settings=Settings(checker=refuses)))
    assert not any(snapshot.citations for snapshot in snapshots)
    assert (snapshots[-1].verdict, snapshots[-1].text) == ("not_in_documents", NOT_IN_DOCUMENTS["en"])
    assert len(model.asked) == 1


@dataclass
class Names:
    """Takes the place of a cross-encoder: a quote states what has no other names than it has itself."""

    asked: list[tuple[str, str]] = field(default_factory=list)

    def probability(self, statement: str, quote: str) -> float:
        self.asked.append((statement, quote))
        named, there = (set(re.findall(r"\b[A-Z]\w+", text)) for text in (statement, quote))
        return 0.9 if named <= there else 0.2


def test_statements_that_a_checker_refuses_go_and_the_others_stay(embeddings: SentenceEmbeddings) -> None:
    text = "Altman visited Japan [1], South Korea [1] and India [2]. Altman visited Japan and Mexico [1]."
    checker, model = Names(), Recorder()
    statements = said(text, Verifier(embeddings, checker=checker), pieces=7, check=model)
    assert shown(statements) == "Altman visited Japan[d1.txt], South Korea[d1.txt] and India[d2.txt]."
    assert {quote.support for statement in statements for quote in statement.quotes} == {0.9}
    assert all(quote.checked for statement in statements for quote in statement.quotes)
    assert model.asked == []
    assert len(checker.asked) <= 10  # alignment chooses what it reads


def test_a_large_model_is_still_asked_what_needs_no_source(seeds_index: Index, accepts: str) -> None:
    number = cited(seeds_index, "visité le Japon")
    said = f"The documents give two names, one of them twice. Altman visited Japan and South Korea [{number}]."
    for word, kept in (("frame", True), ("no", False)):
        model = Scripted(pieces=[said], checked=[f"1: {word}"])
        found = answer(QUESTION, index=seeds_index, model=model, settings=Settings(checker=accepts))
        assert found.text.startswith("The documents give two names") == kept
        assert "Altman visited Japan and South Korea [1]" in found.text
        assert len(model.asked) == 2
        assert "visité le Japon" not in model.asked[1][-1].text


def test_a_wrong_checker_is_said_before_the_model_is_asked(seeds_index: Index, tmp_path: Path) -> None:
    model = Scripted(pieces=["Altman visited Japan [1]."])
    with pytest.raises(ModelNotAvailable):
        answer(QUESTION, index=seeds_index, model=model, settings=Settings(checker=str(tmp_path)))
    assert model.asked == []


def test_quotes_need_no_checker(seeds_index: Index, tmp_path: Path) -> None:
    settings = Settings(llm="quotes", checker=str(tmp_path / "nowhere"))
    assert answer(QUESTION, index=seeds_index, settings=settings).verdict == "answered"


def test_the_variable_names_it(monkeypatch: pytest.MonkeyPatch, accepts: str) -> None:
    monkeypatch.setenv("FOOTNOTE_CHECKER", accepts)
    assert Settings().checker == accepts
    assert Settings(checker="").checker == ""
