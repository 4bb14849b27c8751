"""Questions for yes or no: the words that say which, since a small model gets it wrong too often."""

import pytest
from conftest import Write
from langchain_core.messages import AIMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from small_model import RIVAL, Small, ask, stated

from index import Index, sync
from rag.examples import CHECK, LIST, NO, SINGLE
from rag.reading import read
from rag.rephrasing import kind_of
from rag.retrieval import evidence, retrieve
from rag.support import Verifier

SHOES = "Can I return shoes that I have worn outside?"
NOT_TAKEN = "Shoes that have been worn outside are not taken back."
OTHERS = "Gift cards are valid for four years. The shop is open until eight."


def shown(index: Index, model: Small, likelihood: float, language: str = "en") -> list[str]:
    sentences = evidence(SHOES, retrieve(SHOES, index), index)
    verifier = Verifier(index.embeddings, model)
    options = {"likelihood": likelihood, "language": language}
    kind = kind_of(SHOES, model)
    *_, last = [], *read(SHOES, sentences, kind=kind, model=model, verifier=verifier, **options)
    return [statement.text for statement in last]


@pytest.fixture
def shop(index: Index, write: Write) -> Index:
    sync([write("shop.txt", f"{NOT_TAKEN} {OTHERS}")], index)
    return index


def test_the_words_answer_and_the_model_is_not_asked_to(shop: Index) -> None:
    model = Small(replies={"kind": CHECK, "say": "Yes, you can return shoes."}, believes=".", odds={"gives": 1.5})
    assert shown(shop, model, 0.9) == [f"> {NOT_TAKEN}"]
    assert "say" not in model.kinds()
    same = Small(replies={"kind": SINGLE, "say": "Yes, you can return shoes."}, believes=".", odds={"gives": 1.5})
    shown(shop, same, 0.9)
    assert "say" in same.kinds()


def test_how_likely_an_answer_is_decides_where_the_judge_hardly_can(shop: Index) -> None:
    def model() -> Small:
        return Small(replies={"kind": CHECK}, odds={"gives": 1.0})

    assert shown(shop, model(), 0.9) == [f"> {NOT_TAKEN}"]
    assert shown(shop, model(), 0.2) == []
    assert shown(shop, Small(replies={"kind": CHECK}, odds={"gives": -4.0}), 0.9) == []


def test_in_another_language_too_the_words_answer_alone(seeds_index: Index) -> None:
    replies = {"say": "Yes, DeepSeek has shaken Silicon Valley."}
    model = Small(replies=replies | {"kind": CHECK}, believes=".")
    found = ask(RIVAL, seeds_index, model)
    assert "DeepSeek" in found.text
    assert stated(found) == []
    assert "say" not in model.kinds()
    other = ask(RIVAL, seeds_index, Small(replies=replies, believes="."))
    assert stated(other)[0].startswith("Yes, DeepSeek")


def test_neither_what_the_model_said_nor_its_silence_counts(shop: Index) -> None:
    verifier = Verifier(shop.embeddings, Small(replies={}, odds={"gives": 0.5}))
    given = verifier.given(SHOES, NOT_TAKEN, 0.5, is_polar=True)
    assert verifier.given(SHOES, NOT_TAKEN, 0.5, 0.95, -12.0, is_polar=True) == given
    assert verifier.given(SHOES, NOT_TAKEN, 0.9, is_polar=True) > given > verifier.given(SHOES, NOT_TAKEN, 0.5)


class Kinds(Small):
    """Says how likely each kind of question is."""

    likely_kinds: dict[str, float]

    def _generate(self, *args: object, **kwargs: object) -> ChatResult:
        tokens = [{"token": kind, "logprob": value} for kind, value in self.likely_kinds.items()]
        message = AIMessage("", response_metadata={"logprobs": {"content": [{"top_logprobs": tokens}]}})
        return ChatResult(generations=[ChatGeneration(message=message)])


@pytest.mark.parametrize(
    ("likely", "kind"),
    [
        ({CHECK: -0.1, SINGLE: -2.5, LIST: -5.0}, CHECK),
        ({CHECK: -0.5, SINGLE: -1.0, LIST: -5.0}, SINGLE),  # as many of these ask for a reason
        ({CHECK: -0.5, SINGLE: -2.0, LIST: -1.0}, LIST),
        ({LIST: -0.1, SINGLE: -2.5}, LIST),
        ({SINGLE: -0.1, "other": -9.0}, SINGLE),
    ],
)
def test_a_question_is_one_for_yes_or_no_if_the_model_is_clear_about_it(likely: dict[str, float], kind: str) -> None:
    assert kind_of("Why is it so?", Kinds(replies={}, likely_kinds=likely)) == kind


def test_a_judge_that_says_no_may_mean_the_answer(shop: Index) -> None:
    model = Small(replies={"kind": CHECK, "gives": NO}, odds={"gives": -0.5})
    assert shown(shop, model, 0.99) == [f"> {NOT_TAKEN}"]
    assert shown(shop, model, 0.5) == []


def test_the_words_answer_also_who_wants_the_answer_in_another_language(shop: Index) -> None:
    model = Small(replies={"kind": CHECK, "say": "Oui, elles sont reprises."}, believes=".")
    assert shown(shop, model, 0.9, language="fr") == [f"> {NOT_TAKEN}"]
    assert "say" not in model.kinds()
