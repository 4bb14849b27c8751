"""What a small model says in several sentences, and what two sentences of a source say; the replies are scripted."""

import pytest
from conftest import Write
from small_model import Small, ask

from index import Index, sync
from rag.attribution import SURE, attribute
from rag.retrieval import evidence, retrieve
from rag.support import Verifier

HOLIDAY = "I am going on holiday, what do I do with the mill?"
EMPTY, COLD = "Empty the water tank of the mill.", "Never leave the mill in a cold room."
RETURN = "Ask for a number before you return the mill."


@pytest.fixture
def mill(index: Index, write: Write) -> Index:
    sync([write("mill.txt", f"{EMPTY} {COLD} It weighs nine kilos.")], index)
    sync([write("shop.txt", f"{RETURN} The shop is open until eight.")], index)
    return index


def believed(*sentences: str) -> str:
    """What the judge believes of each of these: that it is stated where it stands, and of all together nothing."""
    return "|".join(f"^{sentence} <- (.* )?{sentence}" for sentence in sentences)


def test_each_of_several_sentences_has_its_source(mill: Index) -> None:
    model = Small(replies={"say": f"{EMPTY} {COLD} Sell the mill."}, believes=believed(EMPTY, COLD))
    found = ask(HOLIDAY, mill, model)
    assert found.text == f"{EMPTY} [1]\n\n{COLD} [2]"
    assert [citation.quote for citation in found.citations] == [EMPTY, COLD]
    assert found.removed == ("Sell the mill.",)


def test_what_another_document_says_to_do_is_left_out(mill: Index) -> None:
    model = Small(replies={"say": f"{EMPTY} {COLD} {RETURN}"}, believes=believed(EMPTY, COLD, RETURN))
    found = ask(HOLIDAY, mill, model)
    assert (found.text, found.removed) == (f"{EMPTY} [1]\n\n{COLD} [2]", (RETURN,))


def test_two_sentences_may_have_one_source(index: Index, write: Write) -> None:
    emptied, locked = "Empty the water tank of the mill.", "Lock the lid of the mill with the key."
    told = "On holiday empty the water tank of the mill and lock the lid of the mill with the key."
    sync([write("mill.txt", told)], index)
    model = Small(replies={"say": f"{emptied} {locked}"}, believes=f"^{emptied} <- {told}|^{locked} <- {told}")
    found = ask(HOLIDAY, index, model)
    assert (found.text, found.removed) == (f"{emptied} [1]\n\n{locked} [2]", ())


@pytest.mark.parametrize("said", ["NONE. ...", ". .."])
def test_no_answer_is_no_sentence(mill: Index, said: str) -> None:
    assert ask(HOLIDAY, mill, Small(replies={"say": said})).removed == ()


def test_one_of_several_sentences_that_is_doubted_is_said_in_the_words_of_its_source(mill: Index) -> None:
    emptied = "Leave the water tank of the mill empty."
    model = Small(replies={"say": f"{emptied} {COLD}"}, believes=f"^{emptied} <- {EMPTY}|{believed(COLD)}")
    assert ask(HOLIDAY, mill, model).text == f"> {EMPTY} [1]\n\n{COLD} [2]"


def test_the_sentence_before_is_tried_with_the_one_that_says_most(index: Index, write: Write) -> None:
    asked, told = "Now about the damage of the sawmill owner.", "The expert speaks of 640,000 euros."
    sync([write("a.txt", "The sawmill owner of Wenau has a dog and made the first call about the damage.")], index)
    sync([write("b.txt", f"{asked} {told}")], index)
    said = "The sawmill owner has 640,000 euros of damage."
    question = "How much damage does the sawmill owner have?"
    sentences = evidence(question, retrieve(question, index), index)
    judge = Small(replies={}, believes=f"<- (.* )?{told}", doubts=f"Source: {told}")
    quote = attribute(said, sentences, Verifier(index.embeddings, judge))
    assert (quote.text, quote.support >= SURE) == (f"{asked} {told}", True)
