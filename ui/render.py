"""Answer -> HTML for the page, Markdown for the terminal, a dictionary for JSON.

Everything that comes from a document, a file name, a question or a model passes through `_escape`, and no
HTML is made from it: answers are shown in a small subset of Markdown (paragraphs, lists, quotes, bold, code)
that has no links, no images and no raw HTML.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from html import escape
from itertools import count
from typing import TYPE_CHECKING, Any, Literal

from index.documents import Chunk, Passage
from rag.citations import Answer, Citation

if TYPE_CHECKING:
    from index import SyncReport
    from index.records import DocumentRecord

_MARKER = re.compile(r"\[([1-9][0-9]{0,5})\]")
_INLINE = re.compile(r"\*\*(?=\S)(?P<bold>(?:[^*]|\*(?!\*))+)(?<=\S)\*\*|`(?P<code>[^`\n]+)`")
_BULLET = re.compile(r"\s{0,3}[-*+•]\s+(.*)")
_NUMBERED = re.compile(r"\s{0,3}([0-9]{1,4})[.)]\s+(.*)")
_QUOTED = re.compile(r"\s{0,3}>\s?(.*)")
_HEADING = re.compile(r"\s{0,3}#{1,6}\s+(.*?)[\s#]*$")
# A terminal obeys these: a document could clear the screen or rename the window.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_CONTEXT = 260  # characters of the passage on each side of the quote
_SECTION = 120  # of the name of a section, which may be a whole path of headings
_TIP = 320  # a tooltip is a glance; the panel has the whole quote
WEAK_SUPPORT = 0.5
_DOUBTS = {
    "checking": ("being checked", "Checking whether these words say what the answer says…"),
    "unchecked": ("not checked", "Not checked: the answer was stopped."),
    "weak": ("weak support", "Weak support: read it before you rely on it."),
}

State = Literal["waiting", "writing", "done", "stopped", "failed"]


@dataclass(frozen=True)
class Exchange:
    """One turn of a conversation as the page shows it; `notes` are lines for the reader above the answer."""

    question: str
    answer: Answer | None = None
    state: State = "waiting"
    notes: tuple[str, ...] = ()


def answer_html(answer: Answer, turn: int = 1, *, stopped: bool = False) -> str:
    """The text of an answer; each marker `[n]` that has a citation becomes the button of a footnote.

    A marker without a citation stays text. `turn` tells the answers of a conversation apart: footnotes of
    turn 2 open the sources of turn 2. If `stopped`, what is not checked will not be.
    """
    blocks = "".join(_blocks(answer, turn, stopped))
    return f'<div class="answer" data-turn="{turn}" data-verdict="{answer.verdict}">{blocks}</div>'


def sources_html(answer: Answer, turn: int = 1, *, stopped: bool = False) -> str:
    """The panel beside an answer: each footnote in its context, or the closest passages if there are none."""
    if answer.citations:
        cards = "".join(_source_card(citation, answer.passages, turn, stopped) for citation in answer.citations)
    elif answer.verdict == "not_in_documents" and answer.passages:
        cards = (
            '<h3 class="closest">Closest passages</h3>'
            '<p class="hint">None of these answers the question. They are the nearest the documents have.</p>'
            + "".join(map(_passage_card, answer.passages[:5]))
        )
    else:
        cards = '<p class="hint">No sources.</p>'
    return f'<section class="sources" data-turn="{turn}" data-verdict="{answer.verdict}">{cards}</section>'


def conversation_html(exchanges: Sequence[Exchange], examples: Iterable[str] = ()) -> str:
    """The conversation so far; before the first question, examples to click."""
    if not exchanges:
        return _welcome(examples)
    turns = "".join(_exchange(exchange, turn) for turn, exchange in enumerate(exchanges, 1))
    return f'<div class="turns" role="log" aria-label="Conversation">{turns}</div>'


def panel_html(exchanges: Sequence[Exchange]) -> str:
    """The sources of every turn; the page shows those of the last, or of the one whose footnote was clicked."""
    sections = [
        sources_html(exchange.answer, turn, stopped=exchange.state == "stopped")
        for turn, exchange in enumerate(exchanges, 1)
        if exchange.answer and (exchange.state == "done" or exchange.answer.citations)
    ]
    last = exchanges[-1] if exchanges else None
    if last and last.state in ("waiting", "writing") and not (last.answer and last.answer.citations):
        hint = '<p class="hint">Looking for sources…</p>'
        sections.append(f'<section class="sources" data-turn="{len(exchanges)}">{hint}</section>')
    if not sections:
        return '<p class="hint">Click a footnote in an answer to read the words behind it.</p>'
    return f'<div class="panel">{"".join(sections)}</div>'


def documents_html(documents: Sequence["DocumentRecord"]) -> str:
    """The list of what can be asked about."""
    if not documents:
        return '<p class="hint">No documents yet. Drop some files above.</p>'
    items = "".join(_document_item(document) for document in documents)
    return f'<ul class="documents" aria-label="Documents">{items}</ul>'


def masthead_html(model: str = "") -> str:
    """The line at the top, with the model that answers."""
    chip = f'<span class="model" title="The model that answers"><bdi>{_escape(model)}</bdi></span>' if model else ""
    return (
        '<header><h1 class="brand">Footnote<sup>1</sup></h1><span class="space"></span>'
        f'{chip}<button type="button" id="theme" title="Light or dark" aria-label="Light or dark">◐</button></header>'
    )


def notice_html(text: str, kind: str = "info") -> str:
    """A line for the reader; `kind` is `info`, `muted`, `warning` or `error`."""
    role = "alert" if kind == "error" else "status"
    return f'<p class="notice {kind}" role="{role}" dir="auto">{_escape(text)}</p>'


def progress_html(done: int, total: int, source: str) -> str:
    """How far indexing has come, and at which file it is."""
    if not total:
        return notice_html("Opening the index…", "muted")
    return (
        f'<div class="progress" role="status"><progress max="{max(total, 1)}" value="{done}"></progress>'
        f"<span>{done} of {total} <bdi>{_escape(source)}</bdi></span></div>"
    )


def report_html(report: "SyncReport") -> str:
    """What a sync did, and each file it left out with the reason."""
    skipped = "".join(
        f"<li><bdi>{_escape(skip.source)}</bdi>: <bdi>{_escape(skip.reason)}</bdi></li>" for skip in report.skipped
    )
    reasons = f'<ul class="skipped">{skipped}</ul>' if skipped else ""
    return notice_html(report.summary(), "warning" if skipped else "info") + reasons


def to_markdown(answer: Answer) -> str:
    """The answer with its footnotes as text, to copy or to print in a terminal.

    Quotes stand on one line each and are otherwise verbatim; control characters are taken out.
    """
    lines = [_plain(answer.text, keep_lines=True), *([""] if answer.citations else [])]
    for citation in answer.citations:
        kind = _doubt(citation, stopped=True)
        doubt = f" ({_DOUBTS[kind][0]})" if kind else ""
        lines.append(f"[{citation.number}] {_reference(citation)}{doubt}: “{_plain(citation.quote)}”")
    if answer.verdict == "not_in_documents" and answer.passages:
        lines += ["", "Closest passages:"]
        for chunk in (passage.chunk for passage in answer.passages[:3]):
            lines.append(f"- {_reference(chunk)}: {_shorten(_plain(chunk.text), 160)}")
    return "\n".join(lines)


def to_json(answer: Answer) -> dict[str, Any]:
    """The answer as `footnote ask --json` prints it. The keys are a contract."""
    citations = [asdict(citation) for citation in answer.citations]
    return {
        "question": answer.question,
        "answer": answer.text,
        "verdict": answer.verdict,
        "model": answer.model,
        "citations": [{key: citation[key] for key in citation if key != "checked"} for citation in citations],
        "passages": [
            {key: value for key, value in asdict(passage.chunk).items() if key != "id"} | {"score": passage.score}
            for passage in answer.passages
        ],
        "seconds": asdict(answer.seconds),
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


def _reference(to: Citation | Chunk) -> str:
    page = f"p. {to.page}" if to.page is not None else ""
    return ", ".join(filter(None, [_plain(to.title), page, _plain(_section(to)), _plain(to.source)]))


def _section(of: Citation | Chunk) -> str:
    """Its section, to be shown beside the page; "" where it has none, or only that of the title."""
    return _shorten(of.section, _SECTION) if of.section and of.section != of.title else ""


def _welcome(examples: Iterable[str]) -> str:
    tag = '<button type="button" class="example" data-event="example" dir="auto"'
    buttons = "".join(f'{tag} data-question="{safe}">{safe}</button>' for safe in map(_escape, examples))
    return (
        '<div class="welcome"><h2>Ask your documents</h2>'
        "<p>Every statement carries a footnote to the exact words that support it.</p>"
        f'<div class="examples">{buttons}</div></div>'
    )


def _exchange(exchange: Exchange, turn: int) -> str:
    """One turn: the question, notes, the answer, and what can be done with it."""
    answer, state = exchange.answer, exchange.state
    parts = [f'<div class="question" dir="auto">{_escape(exchange.question)}</div>']
    parts += [notice_html(note, "error" if state == "failed" else "warning") for note in exchange.notes]
    if state in ("waiting", "writing") and not (answer and answer.text):
        what = f"Reading {_plural(len(answer.passages), 'passage')}" if answer and answer.passages else "Searching"
        parts.append(f'<div class="thinking" role="status">{what}<i></i><i></i><i></i></div>')
    elif answer and answer.text:
        refusal = answer.verdict == "not_in_documents" and state == "done"
        text = answer_html(answer, turn, stopped=state == "stopped")
        if answer.model == "quotes" and not refusal:
            parts.append('<p class="hint">The closest sentences, word for word. No language model has judged them.</p>')
        parts.append(f'<div class="refusal"><h3>Not in the documents</h3>{text}</div>' if refusal else text)
    if state == "stopped":
        parts.append(notice_html("Stopped.", "muted"))
    if state in ("done", "stopped", "failed"):
        parts.append(_footer(answer, state))
    return f'<article class="turn" data-turn="{turn}" data-state="{state}">{"".join(parts)}</article>'


def _blocks(answer: Answer, turn: int, stopped: bool) -> Iterable[str]:
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
                out.append(_footnote(citation, f"tip-{turn}-{next(uses)}", stopped))
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


def _doubt(citation: Citation, stopped: bool) -> str:
    """What a footnote lacks, as a class of the page's style, whose words are in `_DOUBTS`; empty if nothing."""
    if not citation.checked:
        return "unchecked" if stopped else "checking"
    return "weak" if citation.support < WEAK_SUPPORT else ""


def _footnote(citation: Citation, tip: str, stopped: bool) -> str:
    number, title, quote = citation.number, _escape(citation.title), _escape(_shorten(citation.quote, _TIP))
    where = "".join(f" · {part}" for part in _place(citation))
    kind = _doubt(citation, stopped)
    doubt = f", {_DOUBTS[kind][0]}" if kind else ""
    return (
        f'<sup class="ref"><button type="button" class="{f"fn {kind}".strip()}" data-n="{number}" '
        f'aria-label="Footnote {number}{doubt}: {title}" aria-describedby="{tip}">{number}</button>'
        f'<span class="tip" role="tooltip" id="{tip}"><span class="tip-quote" dir="auto">{quote}</span>'
        f'<span class="tip-where"><bdi>{title}</bdi>{where}{doubt}</span></span></sup>'
    )


def _where(to: Citation | Chunk) -> str:
    """Source, page and section, under the title; a source that the title already says is left out."""
    return " · ".join([*([] if to.source == to.title else [f"<bdi>{_escape(to.source)}</bdi>"]), *_place(to)])


def _place(of: Citation | Chunk) -> list[str]:
    page = [] if of.page is None else [f"page {of.page}"]
    return [*page, f"<bdi>{_escape(_section(of))}</bdi>"] if _section(of) else page


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


def _source_card(citation: Citation, passages: Sequence[Passage], turn: int, stopped: bool) -> str:
    number = citation.number
    before, after = _context(citation, passages)
    kind = _doubt(citation, stopped)
    doubt = f'<p class="doubt">{_DOUBTS[kind][1]}</p>' if kind else ""
    return (
        f'<article class="{f"source {kind}".strip()}" id="source-{turn}-{number}" data-n="{number}" tabindex="-1" '
        f'aria-label="Source {number}: {_escape(citation.title)}">'
        f'<header><button type="button" class="back" data-n="{number}" title="Back to the answer" '
        f'aria-label="Back to footnote {number} in the answer">{number}</button>'
        f'<div><h3 dir="auto">{_escape(citation.title)}</h3>'
        f'<p class="where">{_where(citation)}</p></div></header>'
        f'<blockquote dir="auto">{_escape(before)}<mark>{_escape(citation.quote)}</mark>{_escape(after)}</blockquote>'
        f"{doubt}</article>"
    )


def _passage_card(passage: Passage) -> str:
    chunk = passage.chunk
    return (
        '<article class="source passage"><header>'
        f'<div><h3 dir="auto">{_escape(chunk.title)}</h3>'
        f'<p class="where">{_where(chunk)}</p></div></header>'
        f'<blockquote dir="auto">{_escape(_shorten(chunk.text, 2 * _CONTEXT))}</blockquote></article>'
    )


def _document_item(document: "DocumentRecord") -> str:
    title, source = _escape(document.title), _escape(document.source)
    facts = [f"<bdi>{source}</bdi>"]
    if document.pages:
        facts.append(_plural(document.pages, "page"))
    facts.append(_plural(document.passages, "passage"))
    language = f'<span class="language">{_escape(document.language)}</span>' if document.language else ""
    return (
        f'<li><div><span class="title" dir="auto" title="{title}">{title}</span>'
        f'<span class="facts">{" · ".join(facts)}</span></div>{language}'
        f'<button type="button" class="remove" data-event="remove" data-source="{source}" '
        f'title="Remove from the index" aria-label="Remove {title}">×</button></li>'
    )


def _footer(answer: Answer | None, state: str) -> str:
    facts = ""
    if answer and state == "done":
        total = answer.seconds.total
        took = f"{total:.1f} s" if total >= 1 else f"{max(total, 0.001) * 1000:.0f} ms"
        facts = f'<span class="facts"><bdi>{_escape(answer.model)}</bdi> · {took}</span>'
    copy = ""
    if answer and answer.text:
        copy = (
            '<button type="button" class="action copy">Copy</button>'
            f'<pre class="copied" hidden>{_escape(to_markdown(answer))}</pre>'
        )
    return f'<footer>{copy}<button type="button" class="action retry" data-event="retry">Retry</button>{facts}</footer>'


def _plural(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
