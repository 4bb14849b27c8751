"""Answer -> HTML for the page, Markdown for the terminal, a dictionary for JSON.

Everything that comes from a document, a file name, a question or a model passes through `_escape`, and no
HTML is made from it: answers are shown in a small subset of Markdown (paragraphs, lists, quotes, bold, code)
that has no links, no images and no raw HTML.
"""

import re
from collections.abc import Iterable, Sequence
from html import escape
from itertools import count
from typing import Any, Protocol

from index.documents import Passage
from rag.citations import Answer, Citation

_MARKER = re.compile(r"\[([1-9][0-9]{0,5})\]")
_INLINE = re.compile(r"\*\*(?=\S)(?P<bold>(?:[^*]|\*(?!\*))+)(?<=\S)\*\*|`(?P<code>[^`\n]+)`")
_BULLET = re.compile(r"\s{0,3}[-*+•]\s+(.*)")
_NUMBERED = re.compile(r"\s{0,3}([0-9]{1,4})[.)]\s+(.*)")
_QUOTED = re.compile(r"\s{0,3}>\s?(.*)")
_HEADING = re.compile(r"\s{0,3}#{1,6}\s+(.*?)[\s#]*$")
# A terminal obeys these: a document could clear the screen or rename the window.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_CONTEXT = 260  # characters of the passage on each side of the quote
_TIP = 320  # a tooltip is a glance; the panel has the whole quote
WEAK_SUPPORT = 0.5


class ListedDocument(Protocol):
    """What the list of documents shows of a document (`index.DocumentRecord`)."""

    @property
    def source(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def language(self) -> str | None: ...
    @property
    def passages(self) -> int: ...
    @property
    def pages(self) -> int: ...


def answer_html(answer: Answer, turn: int = 1) -> str:
    """The text of an answer; each marker `[n]` that has a citation becomes the button of a footnote.

    A marker without a citation stays text. `turn` tells the answers of a conversation apart: footnotes of
    turn 2 open the sources of turn 2.
    """
    blocks = "".join(_blocks(answer, turn))
    return f'<div class="answer" data-turn="{turn}" data-verdict="{answer.verdict}">{blocks}</div>'


def sources_html(answer: Answer, turn: int = 1) -> str:
    """The panel beside an answer: each footnote in its context, or the closest passages if there are none."""
    if answer.citations:
        cards = "".join(_source_card(citation, answer.passages, turn) for citation in answer.citations)
    elif answer.verdict == "not_in_documents" and answer.passages:
        cards = (
            '<h3 class="closest">Closest passages</h3>'
            '<p class="hint">None of these answers the question. They are the nearest the documents have.</p>'
            + "".join(map(_passage_card, answer.passages[:5]))
        )
    else:
        cards = '<p class="hint">No sources.</p>'
    return f'<section class="sources" data-turn="{turn}" data-verdict="{answer.verdict}">{cards}</section>'


def exchange_html(question: str, answer: Answer | None, turn: int, *, state: str, notes: Sequence[str]) -> str:
    """One turn of the conversation: question, answer, notes and what can be done with it.

    `state` is `waiting`, `writing`, `done`, `stopped` or `failed`.
    """
    parts = [f'<div class="question" dir="auto">{_escape(question)}</div>']
    parts += [notice_html(note, "error" if state == "failed" else "warning") for note in notes]
    if state == "waiting" or (state == "writing" and not (answer and answer.text)):
        what = f"Reading {len(answer.passages)} passages" if answer and answer.passages else "Searching"
        parts.append(f'<div class="thinking" role="status">{what}<i></i><i></i><i></i></div>')
    elif answer and answer.text:
        if answer.verdict == "not_in_documents" and state == "done":
            parts.append('<div class="refusal"><h3>Not in the documents</h3>' + answer_html(answer, turn) + "</div>")
        else:
            parts.append(answer_html(answer, turn))
    if state == "stopped":
        parts.append(notice_html("Stopped. What stands above is unfinished, and was not checked.", "muted"))
    if state in ("done", "stopped", "failed"):
        parts.append(_footer(answer, state))
        if answer and answer.text:
            parts.append(f'<pre class="copy-source" hidden>{_escape(to_markdown(answer))}</pre>')
    return f'<article class="turn" data-turn="{turn}" data-state="{state}">{"".join(parts)}</article>'


def documents_html(documents: Sequence[ListedDocument]) -> str:
    """The list of what can be asked about."""
    if not documents:
        return '<p class="hint">No documents yet. Drop some files above.</p>'
    items = "".join(_document_item(document) for document in documents)
    return f'<ul class="documents" aria-label="Documents">{items}</ul>'


def examples_html(questions: Iterable[str]) -> str:
    """The empty conversation, with questions to click."""
    safe = [_escape(question) for question in questions]
    buttons = "".join(
        f'<button type="button" class="example" data-question="{question}" dir="auto">{question}</button>'
        for question in safe
    )
    return (
        '<div class="welcome"><h2>Ask your documents</h2>'
        "<p>Every statement carries a footnote to the exact words that support it.</p>"
        f'<div class="examples">{buttons}</div></div>'
    )


def notice_html(text: str, kind: str = "info") -> str:
    """A line for the reader; `kind` is `info`, `muted`, `warning` or `error`."""
    role = "alert" if kind == "error" else "status"
    return f'<p class="notice {kind}" role="{role}" dir="auto">{_escape(text)}</p>'


def progress_html(done: int, total: int, source: str) -> str:
    """How far indexing has come, and at which file it is."""
    return (
        f'<div class="progress" role="status"><progress max="{max(total, 1)}" value="{done}"></progress>'
        f"<span>{done} of {total} <bdi>{_escape(source)}</bdi></span></div>"
    )


def to_markdown(answer: Answer) -> str:
    """The answer with its footnotes as text, to copy or to print in a terminal.

    Quotes stand on one line each and are otherwise verbatim; control characters are taken out.
    """
    lines = [_plain(answer.text, keep_lines=True)]
    if answer.citations:
        lines.append("")
    for citation in answer.citations:
        where = ", ".join(filter(None, [_plain(citation.title), _page(citation.page), _plain(citation.source)]))
        weak = " (weak support)" if citation.support < WEAK_SUPPORT else ""
        lines.append(f"[{citation.number}] {where}{weak}: “{_plain(citation.quote)}”")
    if answer.verdict == "not_in_documents" and answer.passages:
        lines += ["", "Closest passages:"]
        for passage in answer.passages[:3]:
            chunk = passage.chunk
            where = ", ".join(filter(None, [_plain(chunk.title), _page(chunk.page), _plain(chunk.source)]))
            lines.append(f"- {where}: {_shorten(_plain(chunk.text), 160)}")
    return "\n".join(lines)


def to_json(answer: Answer) -> dict[str, Any]:
    """The answer as `footnote ask --json` prints it. The keys are a contract."""
    return {
        "question": answer.question,
        "answer": answer.text,
        "verdict": answer.verdict,
        "model": answer.model,
        "citations": [
            {
                "number": citation.number,
                "source": citation.source,
                "title": citation.title,
                "page": citation.page,
                "start": citation.start,
                "end": citation.end,
                "quote": citation.quote,
                "support": citation.support,
            }
            for citation in answer.citations
        ],
        "passages": [
            {
                "source": passage.chunk.source,
                "title": passage.chunk.title,
                "page": passage.chunk.page,
                "start": passage.chunk.start,
                "end": passage.chunk.end,
                "text": passage.chunk.text,
                "score": passage.score,
            }
            for passage in answer.passages
        ],
        "seconds": {
            "retrieve": answer.seconds.retrieve,
            "first_token": answer.seconds.first_token,
            "total": answer.seconds.total,
        },
    }


def _escape(text: str) -> str:
    """Text that is safe as content and as an attribute in double quotes."""
    # A file name that is not UTF-8 holds lone surrogates, which no response can carry.
    return escape(text.encode("utf-8", "replace").decode("utf-8"), quote=True)


def _plain(text: str, *, keep_lines: bool = False) -> str:
    text = _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return text if keep_lines else " ".join(text.split())


def _shorten(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[:limit].rsplit(None, 1)[0] + " …"


def _page(page: int | None) -> str:
    return f"p. {page}" if page is not None else ""


def _blocks(answer: Answer, turn: int) -> Iterable[str]:
    """The answer's text as paragraphs, lists and quotes."""
    cited = {citation.number: citation for citation in answer.citations}
    uses = count(1)  # a footnote can be used twice, an id only once

    def inline(text: str) -> str:
        out, end = [], 0
        for match in _INLINE.finditer(text):
            out.append(markers(text[end : match.start()]))
            bold, code = match["bold"], match["code"]
            out.append(f"<strong>{inline(bold)}</strong>" if bold else f"<code>{markers(code)}</code>")
            end = match.end()
        return "".join([*out, markers(text[end:])])

    def markers(text: str) -> str:
        out, end = [], 0
        for match in _MARKER.finditer(text):
            citation = cited.get(int(match[1]))
            if citation:
                # The space before a marker would let the line break there.
                out.append(_escape(text[end : match.start()].rstrip(" ")))
                out.append(_footnote(citation, f"tip-{turn}-{next(uses)}"))
                end = match.end()
        return "".join([*out, _escape(text[end:])])

    open_tag, lines = "", list[str]()

    def close() -> Iterable[str]:
        if open_tag == "p" and lines:
            yield f'<p dir="auto">{"<br>".join(lines)}</p>'
        elif open_tag == "blockquote":
            yield f'<blockquote dir="auto">{"<br>".join(lines)}</blockquote>'
        elif open_tag == "ul":
            yield "<ul>" + "".join(lines) + "</ul>"
        elif open_tag.startswith("ol"):
            yield f"<{open_tag}>" + "".join(lines) + "</ol>"

    for line in answer.text.splitlines():
        bullet, numbered = _BULLET.fullmatch(line), _NUMBERED.fullmatch(line)
        quoted, heading = _QUOTED.fullmatch(line), _HEADING.fullmatch(line)
        if not line.strip():
            # A blank line ends a paragraph; between two items of a list it does not end the list.
            tag = open_tag if open_tag.startswith(("ul", "ol")) else ""
            item = ""
        elif bullet:
            tag, item = "ul", f'<li dir="auto">{inline(bullet[1])}</li>'
        elif numbered:
            tag = open_tag if open_tag.startswith("ol") else f'ol start="{int(numbered[1])}"'
            item = f'<li dir="auto">{inline(numbered[2])}</li>'
        elif quoted:
            tag, item = "blockquote", inline(quoted[1])
        elif heading:
            tag, item = "heading", ""
        else:
            tag, item = "p", inline(line.strip())
        if tag != open_tag:
            yield from close()
            open_tag, lines = tag, []
        if heading and tag == "heading":
            yield f'<h4 dir="auto">{inline(heading[1])}</h4>'
        elif item:
            lines.append(item)
    yield from close()


def _footnote(citation: Citation, tip: str) -> str:
    number, title, quote = citation.number, _escape(citation.title), _escape(_shorten(citation.quote, _TIP))
    page = f" · page {citation.page}" if citation.page is not None else ""
    weak = " weak" if citation.support < WEAK_SUPPORT else ""
    return (
        f'<sup class="ref"><button type="button" class="fn{weak}" data-n="{number}" '
        f'aria-label="Footnote {number}: {title}" aria-describedby="{tip}">{number}</button>'
        f'<span class="tip" role="tooltip" id="{tip}"><span class="tip-quote" dir="auto">{quote}</span>'
        f'<span class="tip-where"><bdi>{title}</bdi>{page}</span></span></sup>'
    )


def _where(source: str, title: str, page: int | None) -> str:
    """Source and page, under the title; a source that the title already says is left out."""
    parts = [] if source == title else [f"<bdi>{_escape(source)}</bdi>"]
    if page is not None:
        parts.append(f"page {page}")
    return " · ".join(parts)


def _context(citation: Citation, passages: Sequence[Passage]) -> tuple[str, str]:
    """What stands before and after the quote in the passage that holds it."""
    for passage in passages:
        chunk = passage.chunk
        start, end = citation.start - chunk.start, citation.end - chunk.start
        if chunk.source == citation.source and start >= 0 and chunk.text[start:end] == citation.quote:
            before, after = chunk.text[:start], chunk.text[end:]
            if len(before) > _CONTEXT:
                before = "… " + before[-_CONTEXT:].split(None, 1)[-1]
            return before, _shorten(after, _CONTEXT)
    return "", ""


def _source_card(citation: Citation, passages: Sequence[Passage], turn: int) -> str:
    number = citation.number
    before, after = _context(citation, passages)
    weak = '<p class="weak">Weak support: read it before you rely on it.</p>' if citation.support < WEAK_SUPPORT else ""
    return (
        f'<article class="source" id="source-{turn}-{number}" data-n="{number}" tabindex="-1" '
        f'aria-label="Source {number}: {_escape(citation.title)}">'
        f'<header><button type="button" class="back" data-n="{number}" title="Back to the answer" '
        f'aria-label="Back to footnote {number} in the answer">{number}</button>'
        f'<div><h3 dir="auto">{_escape(citation.title)}</h3>'
        f'<p class="where">{_where(citation.source, citation.title, citation.page)}</p></div></header>'
        f'<blockquote dir="auto">{_escape(before)}<mark>{_escape(citation.quote)}</mark>{_escape(after)}</blockquote>'
        f"{weak}</article>"
    )


def _passage_card(passage: Passage) -> str:
    chunk = passage.chunk
    return (
        '<article class="source passage"><header>'
        f'<div><h3 dir="auto">{_escape(chunk.title)}</h3>'
        f'<p class="where">{_where(chunk.source, chunk.title, chunk.page)}</p></div></header>'
        f'<blockquote dir="auto">{_escape(_shorten(chunk.text, 2 * _CONTEXT))}</blockquote></article>'
    )


def _document_item(document: ListedDocument) -> str:
    title, source = _escape(document.title), _escape(document.source)
    facts = [f"<bdi>{source}</bdi>"]
    if document.pages:
        facts.append(_plural(document.pages, "page"))
    facts.append(_plural(document.passages, "passage"))
    language = f'<span class="language">{_escape(document.language)}</span>' if document.language else ""
    return (
        f'<li><div><span class="title" dir="auto" title="{title}">{title}</span>'
        f'<span class="facts">{" · ".join(facts)}</span></div>{language}'
        f'<button type="button" class="remove" data-source="{source}" title="Remove" '
        f'aria-label="Remove {title}">×</button></li>'
    )


def _footer(answer: Answer | None, state: str) -> str:
    facts = ""
    if answer and state == "done":
        total = answer.seconds.total
        took = f"{total:.1f} s" if total >= 1 else f"{max(total, 0.001) * 1000:.0f} ms"
        facts = f'<span class="facts"><bdi>{_escape(answer.model)}</bdi> · {took}</span>'
    copy = '<button type="button" class="action copy">Copy</button>' if answer and answer.text else ""
    return f'<footer>{copy}<button type="button" class="action retry">Retry</button>{facts}</footer>'


def _plural(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
