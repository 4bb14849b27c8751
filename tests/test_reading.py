"""How a small model is asked and what is made of its replies; the replies are scripted, sources and checks are real."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from conftest import Write
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import Field

from index import Index, sync
from rag import Answer, Settings, Turn, answer, stream_answer
from rag.citations import Statement
from rag.examples import LIST, NO, SINGLE, YES
from rag.prompts import (
    DISAGREEMENT,
    GIVES_SYSTEM,
    JUDGE_SYSTEM,
    KIND_SYSTEM,
    NOT_IN_DOCUMENTS,
    READ_SYSTEM,
    RESTATE_SYSTEM,
    SAY_SYSTEM,
    SPLIT_SYSTEM,
)
from rag.reading import read
from rag.retrieval import evidence, retrieve
from rag.support import Verifier

COUNTRIES = "which countries did Altman visit?"
RIVAL = "Which Chinese rival has shaken Silicon Valley?"
KINDS = {
    KIND_SYSTEM: "kind",
    SAY_SYSTEM: "say",
    READ_SYSTEM: "read",
    JUDGE_SYSTEM: "judge",
    GIVES_SYSTEM: "gives",
    RESTATE_SYSTEM: "restate",
    SPLIT_SYSTEM: "split",
}


class Small(BaseChatModel):
    """Replies by the kind of prompt and keeps the last message of each.

    The judge believes what `believes` is found in, written as `claim <- source`.
    """

    replies: Mapping[str, Any]
    believes: str = ""
    doubts: str = ""  # of what it believes
    asked: list[tuple[str, str]] = Field(default_factory=list)
    most_tokens: list[int] = Field(default_factory=list)
    metadata: dict[str, Any] | None = Field(default_factory=lambda: {"footnote_local": True})

    @property
    def _llm_type(self) -> str:
        return "small"

    def _reply(self, messages: list[BaseMessage]) -> str:
        kind, last = KINDS.get(str(messages[0].content), "state"), str(messages[-1].content)
        self.asked.append((kind, last))
        if kind == "judge":
            source, claim = re.findall(r"Source: (.*)\nClaim: (.*)\n", last)[0]
            return YES if self.believes and re.search(self.believes, f"{claim} <- {source}") else NO
        reply = self.replies.get(kind, YES if kind == "gives" else SINGLE)
        return str(reply(last) if callable(reply) else reply)

    def _generate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        reply = self._reply(messages)
        other = {YES: NO, NO: YES, LIST: SINGLE, SINGLE: LIST}.get(reply, "other")
        is_doubted = self.doubts and re.search(self.doubts, str(messages[-1].content))
        tokens = [{"token": reply, "logprob": -0.6}, {"token": other, "logprob": -0.8 if is_doubted else -6.0}]
        message = AIMessage(reply, response_metadata={"logprobs": {"content": [{"top_logprobs": tokens}]}})
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _stream(
        self, messages: list[BaseMessage], *args: Any, logit_bias: Any = None, **kwargs: Any
    ) -> Iterator[ChatGenerationChunk]:
        self.most_tokens.append(kwargs["max_tokens"])
        text = self._reply(messages)
        if text == "NONE" and logit_bias:
            text = str(self.replies["insisted"])
        yield ChatGenerationChunk(message=AIMessageChunk(text))

    def kinds(self) -> list[str]:
        return [kind for kind, _ in self.asked]


def ask(question: str, index: Index, model: Small, **more: Any) -> Answer:
    return answer(question, index=index, model=model, **({"settings": Settings()} | more))


def test_one_fact_is_one_sentence_with_its_source(seeds_index: Index) -> None:
    model = Small(replies={"say": "DeepSeek has shaken Silicon Valley."}, believes="DeepSeek")
    found = ask(RIVAL, seeds_index, model)
    assert found.text == "DeepSeek has shaken Silicon Valley. [1]"
    assert "le rival chinois DeepSeek" in found.citations[0].quote
    assert found.citations[0].checked
    assert "read" not in model.kinds()


def test_countries_get_their_name_in_the_language_of_the_question(seeds_index: Index) -> None:
    model = Small(replies={"kind": LIST, "read": "Japon; la Corée du Sud", "state": "Altman hat Japan besucht."})
    ask("Welche Länder hat Altman besucht?", seeds_index, model)
    (stated,) = (last for kind, last in model.asked if kind == "state")
    assert "Answers: Japan; Südkorea\n" in stated


def test_a_list_has_each_item_with_its_source(seeds_index: Index) -> None:
    sentences = "Altman visited Japan.\nAltman visited South Korea."
    model = Small(replies={"kind": LIST, "read": "Japan; South Korea", "state": sentences}, believes="Japan|Korea")
    found = ask(COUNTRIES, seeds_index, model)
    assert found.text == "Altman visited Japan. [1]\n\nAltman visited South Korea. [2]"
    assert all("le Japon et la Corée du Sud" in citation.quote for citation in found.citations)


def visited(last: str) -> str:
    """The sentences for the items that are asked about."""
    items = re.findall(r"Answers: (.*)\n", last)[0].split("; ")
    return "\n".join(f"Altman visited {item}." for item in items)


def test_items_that_were_overlooked_are_asked_for_again(seeds_index: Index) -> None:
    def read(last: str) -> str:
        return "Japan; South Korea" if "le Japon et la Corée du Sud" in last else "India"

    model = Small(replies={"kind": LIST, "read": read, "state": visited}, believes=".")
    found = ask(COUNTRIES, seeds_index, model)
    assert [line.rsplit(" [", 1)[0] for line in found.text.split("\n\n")] == [
        "Altman visited Japan.",
        "Altman visited South Korea.",
        "Altman visited India.",
    ]


def test_items_of_files_that_are_alike_are_asked_for_again_too(index: Index, write: Write) -> None:
    files = {"a.txt": "Japan", "b.txt": "Korea", "c.txt": "India"}
    sync([write(name, f"Altman visited {country} in spring.") for name, country in files.items()], index)

    replies = {"kind": LIST, "read": lambda last: "Japan; Korea" if "Japan" in last else "India", "state": visited}
    found = ask(COUNTRIES, index, Small(replies=replies, believes=r"visited (\w+)\. <- Altman visited \1"))
    assert sorted(citation.source for citation in found.citations) == ["a.txt", "b.txt", "c.txt"]


def test_the_first_sentence_of_a_document_says_who_the_second_is_about(index: Index, write: Write) -> None:
    text = "Marie Curie was born in Warsaw in 1867. She moved to Paris in 1891."
    sync([write("a.txt", text)], index)
    model = Small(
        replies={"say": "Marie Curie moved to Paris in 1891."}, believes="<- Marie Curie was born .* She moved"
    )
    found = ask("When did Marie Curie move to Paris?", index, model)
    assert [citation.quote for citation in found.citations] == [text]


def test_a_model_that_says_nothing_has_found_nothing(index: Index, write: Write) -> None:
    sentence = "Die Brücke von Wenau ist 310 Meter lang."
    sync([write("a.txt", sentence)], index)
    assert ask(BRIDGE, index, Small(replies={"say": ""})).text == f"> {sentence} [1]"


def test_what_the_judge_does_not_believe_is_left_out(seeds_index: Index) -> None:
    sentences = "Altman visited Japan.\nAltman visited the Moon."
    replies = {"kind": LIST, "read": "Japan; the Moon", "state": sentences}
    found = ask(COUNTRIES, seeds_index, Small(replies=replies, believes="Japan"))
    assert (found.text, found.removed) == ("Altman visited Japan. [1]", ("Altman visited the Moon.",))
    marked = ask(COUNTRIES, seeds_index, Small(replies=replies, believes="Japan"), settings=Settings(strict=False))
    assert marked.text == "Altman visited Japan. [1]\n\nAltman visited the Moon. (no source found)"


def test_items_that_only_retell_a_source_in_pieces_are_no_list(index: Index, write: Write) -> None:
    source = "Apotheker dürfen keine Verbände mit Ärzten gründen und ihnen keine Provisionen zahlen."
    sync([write("a.txt", source)], index)
    said = "Apotheker dürfen mit Ärzten keine Verbände gründen und ihnen keine Provisionen zahlen."
    pieces = "keine Verbände mit Ärzten zu gründen; ihnen keine Provisionen zu zahlen"
    model = Small(replies={"kind": LIST, "read": pieces, "say": said}, believes=".")
    assert ask("Was ist Apothekern verboten?", index, model).text == f"{said} [1]"
    assert "state" not in model.kinds()


BRIDGE = "Wie lang ist die Brücke von Wenau?"


def test_one_fact_that_the_judge_doubts_is_given_in_the_words_of_the_source(index: Index, write: Write) -> None:
    sentence = "Die Brücke von Wenau ist 310 Meter lang."
    sync([write("a.txt", f"{sentence} Sie wurde von dem Ingenieur Ruiz gebaut.")], index)
    model = Small(replies={"say": "Ruiz hat die Brücke von Wenau gebaut."}, believes=".", doubts="Claim: Ruiz")
    found = ask(BRIDGE, index, model)
    assert found.text == f"> {sentence} [1]"
    assert found.citations[0].quote == sentence
    assert found.citations[0].support == 1


def test_where_the_words_of_the_sources_answer_those_that_the_model_read_are_among_them(
    index: Index, write: Write
) -> None:
    best, next_best = "Wie lang die Brücke von Wenau ist, fragen viele.", "Die Brücke von Wenau ist lang."
    own = "Der Ingenieur Ruiz maß 310 Meter."
    sync([write("a.txt", f"{next_best} {best} {own}")], index)
    said = "Die Brücke von Wenau ist 310 Meter lang."
    found = ask(BRIDGE, index, Small(replies={"say": said}, believes=f"<- {own}$", doubts="Claim: "))
    assert [citation.quote for citation in found.citations] == [best, own]
    assert found.text == f"> {best} [1]\n\n> {own} [2]"


def test_a_heading_does_not_answer_though_the_model_read_it(index: Index, write: Write) -> None:
    sync([write("a.md", "# Die Brücke von Wenau")], index)
    model = Small(replies={"say": "Die Brücke von Wenau ist von Ruiz."}, believes=".", doubts="Claim: ")
    assert ask(BRIDGE, index, model).verdict == "not_in_documents"


def test_a_sentence_that_says_no_more_than_the_question_is_no_answer(index: Index, write: Write) -> None:
    sentence = "Die Brücke von Wenau ist 310 Meter lang."
    sync([write("a.txt", sentence)], index)
    found = ask(BRIDGE, index, Small(replies={"say": "Die lange Brücke ist die von Wenau."}, believes="."))
    assert found.text == f"> {sentence} [1]"


def test_words_of_another_language_stand_below_the_sentence_that_is_doubted(seeds_index: Index) -> None:
    replies = {"say": "DeepSeek, a Chinese rival, has shaken the Valley."}
    model = Small(replies=replies, believes="DeepSeek", doubts="DeepSeek")
    found = ask(RIVAL, seeds_index, model)
    sentence, quoted, *_ = found.text.split("\n\n")
    assert sentence == "DeepSeek, a Chinese rival, has shaken the Valley. [1]"
    assert quoted.startswith("> ")
    assert "le rival chinois DeepSeek" in quoted


def test_a_sentence_that_says_no_more_than_the_question_stands_for_a_quote_only_where_an_answer_is_likely(
    index: Index, write: Write
) -> None:
    sync([write("a.txt", "Die Brücke von Wenau ist 310 Meter lang.")], index)
    sentences = evidence(BRIDGE, retrieve(BRIDGE, index), index)
    model = Small(replies={"say": "Die lange Brücke ist die von Wenau."}, believes=".")
    verifier = Verifier(index.embeddings, model)

    def last(likelihood: float) -> list[Statement]:
        *_, found = read(BRIDGE, sentences, model=model, verifier=verifier, likelihood=likelihood, language="de")
        return found

    assert [statement.text for statement in last(0.9)] == ["> Die Brücke von Wenau ist 310 Meter lang."]
    assert last(0.2) == []


def test_nothing_believed_is_a_refusal(seeds_index: Index) -> None:
    found = ask(RIVAL, seeds_index, Small(replies={"say": "Apple has shaken Silicon Valley.", "gives": NO}))
    assert found.removed == ("Apple has shaken Silicon Valley.",)
    assert (found.verdict, found.text, found.citations) == ("not_in_documents", NOT_IN_DOCUMENTS["en"], ())
    assert found.passages


def test_a_model_that_says_none_is_believed_unless_a_source_gives_what_is_asked_for(seeds_index: Index) -> None:
    model = Small(replies={"say": "NONE", "gives": NO}, believes=".")
    assert ask(RIVAL, seeds_index, model).verdict == "not_in_documents"
    assert model.kinds() == ["kind", "say", "gives"]
    found = ask(RIVAL, seeds_index, Small(replies={"say": "NONE"}))
    assert "le rival chinois DeepSeek" in found.citations[0].quote
    assert found.text.startswith("> ")


def test_a_true_sentence_about_the_subject_alone_is_no_answer(seeds_index: Index) -> None:
    said = "DeepSeek has shaken Silicon Valley."
    found = ask("When was DeepSeek founded?", seeds_index, Small(replies={"say": said, "gives": NO}, believes="."))
    assert (found.verdict, found.removed) == ("not_in_documents", (said,))


def test_a_model_that_says_none_of_a_list_is_asked_again_and_then_judged(seeds_index: Index) -> None:
    replies = {"kind": LIST, "read": "NONE", "insisted": "Japan; Korea", "say": "NONE"}
    replies["state"] = "Altman visited Japan.\nAltman visited Korea."
    found = ask(COUNTRIES, seeds_index, Small(replies=replies, believes="Japan|Korea"))
    assert found.text == "Altman visited Japan. [1]\n\nAltman visited Korea. [2]"
    assert ask(COUNTRIES, seeds_index, Small(replies=replies | {"gives": NO})).verdict == "not_in_documents"


def test_of_a_list_items_from_a_sentence_beside_the_point_are_left_out(seeds_index: Index) -> None:
    replies: dict[str, Any] = {"kind": LIST, "read": "Japan; South Korea; Vaishnaw"}
    replies["state"] = "Altman visited Japan.\nAltman visited South Korea.\nAltman visited Vaishnaw."
    replies["gives"] = lambda last: NO if "Vaishnaw" in last else YES
    found = ask(COUNTRIES, seeds_index, Small(replies=replies, believes="Japan|Korea|Vaishnaw"))
    assert found.text == "Altman visited Japan. [1]\n\nAltman visited South Korea. [2]"


def test_in_one_language_a_list_that_one_sentence_has_is_quoted(index: Index, write: Write) -> None:
    sentence = "Die Brücken von Wenau und Langerwehe wurden 1911 vollendet."
    sync([write("a.txt", f"{sentence} In Düren gibt es keine.")], index)
    replies = {"kind": LIST, "read": "Wenau; Langerwehe", "state": "Wenau hat Brücken.\nLangerwehe hat Brücken."}
    found = ask("Welche Orte haben Brücken?", index, Small(replies=replies, believes="."))
    assert found.text == f"> {sentence} [1]"


def test_beside_the_best_sentence_stands_the_one_that_has_what_the_model_says(index: Index, write: Write) -> None:
    best, named = "Wenau hat eine Initiative für neue Brücken begonnen.", "Ruiz nannte den Plan Wege zum Nachbarn."
    sync([write("a.txt", f"{best} Die Initiative für neue Brücken in Wenau kostet viel. {named}")], index)
    said = "Die Initiative für neue Brücken heißt Wege zum Nachbarn."
    model = Small(replies={"say": said}, believes=f"<- {re.escape(best)}", doubts="Claim: ")
    found = ask("Welche Initiative für neue Brücken hat Wenau begonnen?", index, model)
    assert [citation.quote for citation in found.citations] == [best, named]


def test_in_one_language_a_sentence_with_a_word_of_its_own_gives_way_to_the_source(index: Index, write: Write) -> None:
    sentence = "Die Brücke von Wenau wurde in den 1950er Jahren gebaut."
    sync([write("a.txt", sentence)], index)
    asked = "In welchem Jahr wurde die Brücke von Wenau gebaut?"
    for said, shown in (
        ("Die Brücke von Wenau wurde im Jahr 1950er Jahren gebaut.", f"> {sentence} [1]"),
        ("Die Brücke wurde in den 1950er Jahren gebaut.", "Die Brücke wurde in den 1950er Jahren gebaut. [1]"),
        ("Die Brücke wurde in den 1950er", f"> {sentence} [1]"),  # cut off
    ):
        assert ask(asked, index, Small(replies={"say": said}, believes=".")).text == shown


WHAT_AND_WHY = "What did India's finance ministry advise, and why?"
WHAT, WHY = "What did India's finance ministry advise?", "Why did India's finance ministry advise that?"


def test_a_second_part_that_is_left_open_is_read_as_a_follow_up(seeds_index: Index) -> None:
    def say(last: str) -> str:
        is_second = "Question: Why" in last
        return "It feared for confidentiality." if is_second else "The ministry advised its staff not to use ChatGPT."

    replies = {"kind": lambda last: LIST if last == WHAT_AND_WHY else SINGLE, "read": "not to use ChatGPT"}
    replies |= {"say": say, "split": f"{WHAT}\n{WHY}", "restate": WHY}
    model = Small(replies=replies, believes="ChatGPT.* <- .*avait conseillé|confidentiality.* <- .*le risque")
    found = ask(WHAT_AND_WHY, seeds_index, model)
    assert found.text == "The ministry advised its staff not to use ChatGPT. [1]\n\nIt feared for confidentiality. [2]"
    assert "Il invoquait le risque" in found.citations[1].quote
    (restating,) = (last for kind, last in model.asked if kind == "restate")
    assert f"Question: {WHAT}\nAnswer: The ministry advised its staff not to use ChatGPT.\n" in restating


def test_a_second_part_that_rests_on_the_same_words_is_not_said_again(seeds_index: Index) -> None:
    replies = {"kind": lambda last: LIST if last == WHAT_AND_WHY else SINGLE, "read": "not to use ChatGPT"}
    replies |= {"say": "The ministry advised its staff not to use ChatGPT.", "split": f"{WHAT}\n{WHY}", "restate": WHY}
    found = ask(WHAT_AND_WHY, seeds_index, Small(replies=replies, believes="ChatGPT.* <- .*avait conseillé"))
    assert found.text == "The ministry advised its staff not to use ChatGPT. [1]"


def test_a_list_of_one_is_no_question_with_two_parts(seeds_index: Index) -> None:
    replies = {"kind": LIST, "read": "Japan", "say": "Altman visited Japan."}
    model = Small(replies=replies | {"split": f"{COUNTRIES}\nWhat did Altman visit?"}, believes="Japan")
    assert ask(COUNTRIES, seeds_index, model).text == "Altman visited Japan. [1]"
    assert "restate" not in model.kinds()


def test_documents_that_do_not_agree_are_both_cited(index: Index, write: Write) -> None:
    sync([write("a.txt", "The bridge of Wenau cost 10 million euros.")], index)
    sync([write("b.txt", "The bridge of Wenau cost 12 million euros, says the town.")], index)

    def say(last: str) -> str:
        return f"The bridge cost {10 if '10 million' in last else 12} million euros."

    question = "How much did the bridge of Wenau cost?"
    believes = "10 .* <- .* 10 |12 .* <- .* 12 "
    found = ask(question, index, Small(replies={"say": say}, believes=believes))
    assert found.text.split("\n\n") == [
        DISAGREEMENT["en"],
        "The bridge cost 10 million euros. [1]",
        "The bridge cost 12 million euros. [2]",
    ]
    assert [citation.source for citation in found.citations] == ["a.txt", "b.txt"]


def test_documents_that_say_the_same_do_not_disagree(index: Index, write: Write) -> None:
    sync([write("a.txt", "The bridge of Wenau cost 10 million euros.")], index)
    sync([write("b.txt", "The bridge of Wenau cost 10 million euros, says the town.")], index)
    model = Small(replies={"say": "The bridge cost 10 million euros."}, believes="10 .* <- .* 10 ")
    found = ask("How much did the bridge of Wenau cost?", index, model)
    assert found.text == "The bridge cost 10 million euros. [1]"


def test_of_documents_with_the_same_text_both_are_cited(index: Index, write: Write, docs: Path) -> None:
    for name in ("a.txt", "b.txt"):
        write(name, "The bridge of Wenau cost 10 million euros.")
    sync([docs], index)
    model = Small(replies={"say": "The bridge cost 10 million euros."}, believes="10 million")
    found = ask("How much did the bridge of Wenau cost?", index, model)
    assert found.text == "The bridge cost 10 million euros. [1][2]"
    assert [citation.source for citation in found.citations] == ["a.txt", "b.txt"]


def test_a_model_is_not_asked_what_has_nothing_to_do_with_the_documents(seeds_index: Index) -> None:
    model = Small(replies={"say": "The capital of Mongolia is Ulaanbaatar."}, believes=".")
    assert ask("What is the capital of Mongolia?", seeds_index, model).verdict == "not_in_documents"
    assert model.asked == []


def test_statements_show_before_they_are_checked(seeds_index: Index) -> None:
    model = Small(replies={"say": "DeepSeek has shaken Silicon Valley."}, believes="DeepSeek")
    first, *rest = stream_answer(RIVAL, index=seeds_index, model=model, settings=Settings())
    assert first.passages
    assert not first.text
    written, *rest = rest
    assert (written.unfinished, written.text, written.citations) == ("DeepSeek has shaken Silicon Valley.", "", ())
    assert [[citation.checked for citation in snapshot.citations] for snapshot in rest[:2]] == [[False], [True]]
    assert not any(snapshot.unfinished for snapshot in rest)
    assert rest[-1].text == rest[0].text


class Slow(Small):
    """Gives its replies letter by letter."""

    def _stream(self, *args: Any, **kwargs: Any) -> Iterator[ChatGenerationChunk]:
        for chunk in super()._stream(*args, **kwargs):
            for letter in str(chunk.message.content):
                yield ChatGenerationChunk(message=AIMessageChunk(letter))


def test_a_sentence_is_seen_while_it_is_written_unless_it_may_become_none(seeds_index: Index) -> None:
    def unfinished(said: str) -> list[str]:
        model = Slow(replies={"say": said}, believes="DeepSeek")
        snapshots = list(stream_answer(RIVAL, index=seeds_index, model=model, settings=Settings()))
        assert snapshots[-1].unfinished == ""
        return list(dict.fromkeys(snapshot.unfinished for snapshot in snapshots if snapshot.unfinished))

    assert unfinished("No, DeepSeek.") == ["No,", "No, D"] + ["No, DeepSeek."[:end] for end in range(6, 14)]
    assert unfinished("NONE") == unfinished(" none. ") == []


def test_a_follow_up_is_restated_and_the_earlier_answer_plays_no_part(seeds_index: Index) -> None:
    replies = {"restate": "Which minister did Altman meet?", "say": "Altman met Ashwini Vaishnaw."}
    model = Small(replies=replies, believes="Vaishnaw")
    history = [Turn("Which countries did Altman visit?", "Altman visited Japan. [1]")]
    found = ask("And which minister did he meet?", seeds_index, model, history=history)
    assert found.question == "And which minister did he meet?"
    assert "Ashwini Vaishnaw" in found.citations[0].quote
    restating, *others = model.asked
    assert "Altman visited Japan.\n" in restating[1]
    assert "[1]" not in restating[1]
    assert not any("Altman visited Japan" in last for _, last in others)


def test_a_follow_up_is_restated_whole_however_long_and_stands_for_itself_if_nothing_is_said(
    seeds_index: Index,
) -> None:
    question = "And " + "because I have to write about it in detail, " * 20 + "which minister did he meet?"
    model = Small(replies={"restate": "", "say": "Altman met Ashwini Vaishnaw."}, believes="Vaishnaw")
    ask(question, seeds_index, model, history=[Turn("Which countries did Altman visit?", "Japan. [1]")])
    assert model.most_tokens[0] > 2 * len(question)
    assert any(question in last for kind, last in model.asked if kind == "kind")


def test_the_language_of_a_conversation_is_that_of_the_last_question_that_shows_one(seeds_index: Index) -> None:
    history = [Turn("Wann besuchte Altman Japan im letzten Jahr?", "2025."), Turn("Altman?", "Ja.")]
    model = Small(replies={"restate": "Wie hoch ist der Turm von Wenau?"})
    assert ask("2023?", seeds_index, model, history=history).text == NOT_IN_DOCUMENTS["de"]


def test_a_question_without_a_history_is_not_restated(seeds_index: Index) -> None:
    model = Small(replies={"say": "DeepSeek has shaken Silicon Valley."}, believes="DeepSeek")
    ask(RIVAL, seeds_index, model)
    assert "restate" not in model.kinds()
