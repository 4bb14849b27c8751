"""A question to a cited answer: the whole way, readable top to bottom."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache, lru_cache, partial
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from index.chroma import is_server
from index.documents import Passage
from index.errors import IndexingError, QuestionError
from index.language import detect_language
from index.lexical import words_of
from index.search import Index
from rag.checking import check
from rag.citations import Answer, Statement, Timings, Turn, compose
from rag.citing import cite
from rag.entailment import Checker, load_checker
from rag.examples import CHECK, LIST
from rag.llm import default_spec, forget, is_local, load_model, model_name, stream_text
from rag.phrases import not_in_documents
from rag.probe import HARDLY_READ, answering_odds, informed
from rag.prompts import answer_messages
from rag.quotes import QUOTED, is_quoted, quote_sentences
from rag.reading import read
from rag.rephrasing import kind_of, restated, translated, two_parts
from rag.retrieval import (
    FOLLOWS,
    HARDLY,
    LIKELY,
    Sentence,
    answerability,
    evidence,
    language_of,
    readings,
    retrieve,
    without_copies,
)
from rag.settings import Settings
from rag.spelling import respelt
from rag.support import Verifier

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from index.syncing import Progress

LONGEST_QUESTION = 2000
REPEATED = 0.6  # of the words of another statement
SAMPLES = Path(__file__).parent.parent / "seeds"


def answer(
    question: str,
    *,
    history: Sequence[Turn] = (),
    index: Index | None = None,
    model: "BaseChatModel | None" = None,
    settings: Settings | None = None,
) -> Answer:
    """Answer a question from the documents of an index, with a footnote under every statement.

    Args:
        question: In any language, up to 2,000 characters.
        history: Earlier exchanges of the same conversation, oldest first.
        index: Where to look; the one that `settings` name by default, filled with the samples if it is empty.
        model: Any LangChain chat model; the one that `settings` name by default.
        settings: Read from FOOTNOTE_ variables by default.

    Raises:
        FootnoteError: one line that says what is wrong and what to do; see index/errors.py.
        TypeError: an argument is something else than it should be.
    """
    *_, last = stream_answer(question, history=history, index=index, model=model, settings=settings)
    return last


def stream_answer(
    question: str,
    *,
    history: Sequence[Turn] = (),
    index: Index | None = None,
    model: "BaseChatModel | None" = None,
    settings: Settings | None = None,
) -> Iterator[Answer]:
    """As `answer`, in snapshots: first the passages without text, then the text as it grows, last the whole answer."""
    _check_types(question, history, index, model, settings)
    settings = settings or Settings()
    question = checked_question(question)
    history = [Turn(whole_text(turn.question), whole_text(turn.answer)) for turn in history]
    index = index or open_index(settings)
    model = model or chosen_model(settings)
    checker = chosen_checker(settings, model)
    started = perf_counter()
    questions = [question, *(turn.question for turn in reversed(history))]
    asked_in = next(filter(None, map(detect_language, questions)), None)
    language = settings.answer_language or asked_in

    asked = question
    if model is not None and is_local(model) and history:
        forget(model)
        asked, history = restated(question, history, model), ()
    passages = retrieve(asked, index, history=history, top_k=settings.top_k)
    if (right := respelt(asked, passages, index)) != asked:
        asked = right
        passages = retrieve(asked, index, history=history, top_k=settings.top_k)
    seconds = Timings(retrieve=perf_counter() - started)
    name = model_name(model) if model else "quotes"
    seconds = replace(seconds, total=seconds.retrieve)
    read_as = asked if words_of(asked) != words_of(question) else ""
    draft = Answer(question, "", (), tuple(passages), "answered", name, seconds, read_as=read_as)
    yield draft

    removed: list[str] = []
    if model is None:
        written = _quoted(asked, passages, history, index, asked_in, settings.top_k)
    elif is_local(model):
        written = _read(asked, passages, index, model, checker, asked_in, language, settings.strict, removed)
    else:
        written = _cited(asked, passages, history, index, model, checker, language, settings.strict, removed)
    settled: list[Statement] = []
    for statements in written if passages else ():
        unfinished = "".join(one.text for one in statements if one.unfinished)
        if (whole := [one for one in statements if not one.unfinished]) != settled:
            settled = whole
            text, citations = compose(settled, index, passages)
            draft = replace(draft, text=text, citations=citations)
        total = perf_counter() - started
        seconds = replace(seconds, first_token=seconds.first_token or total, total=total)
        draft = replace(draft, unfinished=unfinished, seconds=seconds)
        yield draft
    shown = {one.text for one in settled}  # what one sentence does not support, or one reading, another may
    draft = replace(draft, unfinished="", removed=tuple(one for one in dict.fromkeys(removed) if one not in shown))
    if not draft.citations:
        refusal = not_in_documents(language)
        draft = replace(draft, text=refusal, verdict="not_in_documents")
    yield replace(draft, seconds=replace(seconds, total=perf_counter() - started))


def _quoted(
    question: str,
    passages: Sequence[Passage],
    history: Sequence[Turn],
    index: Index,
    language: str | None,
    top_k: int,
) -> Iterator[list[Statement]]:
    """The best sentences; after the previous question only where the question alone finds something, but no answer.

    What has nothing to do with the documents would otherwise be answered with what was found for the question before.
    Only passages that were found for both together are quoted: no others are listed beside the answer.
    """
    listed = {passage.chunk.id for passage in passages}
    for asked in readings(question, history):
        own = retrieve(asked, index, top_k=top_k) if history else passages
        found = [passage for passage in own if passage.chunk.id in listed]
        sentences = evidence(asked, found, index)
        likelihood = answerability(asked, sentences, index, language)
        if likelihood >= LIKELY and (quoted := quote_sentences(question, sentences)):
            yield quoted
        if not FOLLOWS <= likelihood < LIKELY:
            return


def _read(
    question: str,
    passages: Sequence[Passage],
    index: Index,
    model: "BaseChatModel",
    checker: Checker | None,
    asked_in: str | None,
    language: str | None,
    strict: bool,
    removed: list[str],
) -> Iterator[list[Statement]]:
    """What a small model reads in the best sentences; it is not asked where there is hardly an answer in them."""
    verifier = Verifier(index.embeddings, model, checker)
    kind = cache(partial(kind_of, model=model))

    def reading(asked: str) -> Iterator[list[Statement]]:
        sentences = evidence(asked, passages, index)
        likelihood = answerability(asked, sentences, index, asked_in)
        if likelihood < HARDLY:
            return
        forget(model)
        odds = None if kind(asked) == CHECK else answering_odds(asked, sentences, model)
        if odds is not None:
            likelihood = informed(likelihood, odds)
            if likelihood < HARDLY_READ and kind(asked) != LIST:
                return
        if translations := _translations(asked, asked_in, sentences, model):
            sentences = evidence(asked, passages, index, translations=translations)
        yield from read(
            asked,
            sentences,
            kind=kind(asked),
            model=model,
            verifier=verifier,
            likelihood=likelihood,
            is_probed=odds is not None,
            language=language,
            strict=strict,
            removed=removed,
        )

    found: list[Statement] = []
    for found in reading(question):
        yield found
    own = [one for one in found if one.quotes and not is_quoted(one)]
    if found and kind(question) == LIST and len(own) <= 1 and (parts := two_parts(question, model)):
        first, second = parts
        if not own:  # alone it may be said better than with the other part
            *_, alone = [], *reading(first)
            found = alone or found
            yield found
        second = restated(second, [Turn(first, found[0].text.removeprefix(QUOTED))], model)
        for more in reading(second):
            new = [one for one in more if not _is_repeated(one, found)]
            yield [*_quoted_once(found, new), *_quoted_once(new, found)]


def _translations(
    question: str, language: str | None, sentences: Sequence[Sentence], model: "BaseChatModel"
) -> dict[str, str]:
    """The question in the language of the best sentence, if that is another one.

    A small embedding model finds the sentence in one language more often than in two.
    """
    other = language_of(sentences)
    if not language or not other or other == language:
        return {}
    translation = translated(question, other, model)
    return {other: translation} if translation else {}


def _places(statement: Statement) -> set[tuple[str, int, int]]:
    return {(quote.chunk.source, quote.start, quote.end) for quote in statement.quotes}


def _is_repeated(statement: Statement, others: Sequence[Statement]) -> bool:
    """Whether a statement rests on the same words as another, or on some of them and says much of the same."""
    said = {*words_of(statement.text)}
    return bool(statement.quotes) and any(
        _places(statement) == _places(other)
        or (
            _rests_on(statement, [other])
            and len(said & {*words_of(other.text)}) >= REPEATED * len({*words_of(other.text)})
        )
        for other in others
    )


def _rests_on(statement: Statement, others: Sequence[Statement]) -> bool:
    """Whether all words that support a statement are among those of others."""
    there = [place for other in others for place in _places(other)]

    def is_there(source: str, start: int, end: int) -> bool:
        return any(source == other and first <= start <= end <= last for other, first, last in there)

    return all(is_there(*place) for place in _places(statement))


def _quoted_once(statements: Sequence[Statement], others: Sequence[Statement]) -> list[Statement]:
    """The statements, but for words of a source that others quote with more."""
    quoted = [other for other in others if is_quoted(other)]
    return [one for one in statements if not (is_quoted(one) and _rests_on(one, quoted))]


def _cited(
    question: str,
    passages: Sequence[Passage],
    history: Sequence[Turn],
    index: Index,
    model: "BaseChatModel",
    checker: Checker | None,
    language: str | None,
    strict: bool,
    removed: list[str],
) -> Iterator[list[Statement]]:
    """What a large model writes of the passages, with its markers."""
    passages = without_copies(passages)
    sources = [(one.title, f"{one.head}\n{one.text}".strip()) for one in (passage.chunk for passage in passages)]
    stream = stream_text(model, answer_messages(question, sources, history, language))
    yield from cite(
        stream,
        passages,
        verifier=Verifier(index.embeddings, checker=checker),
        check=partial(check, model, question),
        strict=strict,
        language=language,
        removed=removed,
    )


def open_index(settings: Settings, *, progress: "Progress | None" = None) -> Index:
    """The index that the settings name, opened once per process and kept.

    Documents that the settings name are synced into it, and the samples make way for them; if the settings name none
    and it is empty, the samples are what it holds.

    Raises:
        IndexingError: it can't be opened, or a document's path does not exist.
    """
    location = settings.index_path if is_server(settings.index_path) else str(Path(settings.index_path).absolute())
    index = _opened(location, settings.embedding_model)
    paths = settings.documents or (() if index.documents() else (SAMPLES,))
    if paths == (SAMPLES,) and not SAMPLES.is_dir():
        raise IndexingError(f"index {settings.index_path} is empty; fill it with: footnote index PATH")
    if paths:
        from index.syncing import sync

        report = sync(paths, index, progress=progress)
        if settings.documents and (report.added or report.replaced or report.moved or report.unchanged):
            remove_samples(index, unless_in=paths)
    return index


@lru_cache(maxsize=8)
def _opened(location: str, embedding_model: str) -> Index:
    return Index.open(location, embedding_model)


def remove_samples(index: Index, *, unless_in: Sequence[str | Path]) -> None:
    """Take the samples out: they make way for documents that somebody chose, unless they were chosen themselves."""
    samples = SAMPLES.resolve()
    if any(samples.is_relative_to(Path(path).resolve()) for path in unless_in):
        return
    if any(Path(file.path).is_relative_to(samples) for file in index.files()):
        from index.syncing import remove

        remove([SAMPLES], index)


def chosen_model(settings: Settings) -> "BaseChatModel | None":
    """The language model that the settings name, loaded once per process; None for quotes.

    Raises:
        SettingsError: they name none that there could be.
        ModelNotAvailable: a package, a key or a file is missing.
    """
    spec = settings.llm or default_spec()
    return None if spec == "quotes" else _loaded(spec, settings.llm_base_url, settings.llm_timeout)


def chosen_checker(settings: Settings, model: "BaseChatModel | None") -> Checker | None:
    """What checks the statements of that model, loaded once per process; None if the settings name nothing.

    Raises:
        SettingsError: they name what can't be a checker.
        ModelNotAvailable: it can't be loaded.
    """
    return load_checker(settings.checker) if settings.checker and model is not None else None  # quotes need none


@lru_cache(maxsize=4)
def _loaded(spec: str, base_url: str | None, timeout: float | None) -> "BaseChatModel":
    return load_model(spec, base_url=base_url, timeout=timeout)


def _check_types(question: object, history: object, index: object, model: object, settings: object) -> None:
    """What a script may mistake, in one line each instead of an error from far below."""
    wanted = ""
    if not isinstance(question, str):
        wanted = "the question is a string"
    elif not isinstance(history, Sequence) or not all(
        isinstance(turn, Turn) and isinstance(turn.question, str) and isinstance(turn.answer, str) for turn in history
    ):
        wanted = "the history is a list of Turn(question, answer)"
    elif not isinstance(index, Index | None):
        wanted = "the index is open: Index.open(PATH)"
    elif isinstance(model, str):
        wanted = f"the model is a LangChain chat model; by name: settings=Settings(llm={model!r})"
    elif not isinstance(settings, Settings | None):
        wanted = "the settings are a Settings(…)"
    if wanted:
        raise TypeError(wanted)


def checked_question(question: str) -> str:
    """The question without white space around it, and without halves of characters.

    Raises:
        QuestionError: it has no letter and no number, or is too long.
    """
    question = whole_text(question).strip()
    if not any(map(str.isalnum, question)):
        raise QuestionError("the question is empty")
    if len(question) > LONGEST_QUESTION:
        raise QuestionError(f"the question has {len(question)} characters; {LONGEST_QUESTION} is the most")
    return question


def whole_text(text: str) -> str:
    """A text without halves of characters, which no tokenizer takes: where there was one stands a question mark."""
    return text.encode("utf-8", "replace").decode("utf-8")
