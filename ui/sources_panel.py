"""The sources on the right of the page: the words behind each footnote, or the passages that came nearest."""

from collections.abc import Sequence

from index.documents import Passage
from rag.citations import Answer, Citation
from ui.conversations import Exchange
from ui.markup import button_html, doubt, doubt_html, safe, shorten, where_html
from ui.texts import ENGLISH, Texts

CONTEXT = 260  # characters of the passage on each side of the quote
MOST_PASSAGES = 5


def panel_html(exchanges: Sequence[Exchange], texts: Texts = ENGLISH) -> str:
    """The sources of every turn; the page shows those of the last, or of the one whose footnote was clicked."""
    sections = [
        sources_html(exchange.answer, turn, texts, state=exchange.state)
        for turn, exchange in enumerate(exchanges, 1)
        if exchange.answer and (exchange.state == "done" or exchange.answer.citations or exchange.is_running)
    ]
    last = exchanges[-1] if exchanges else None
    if last and last.is_running and not last.answer:
        hint = f'<p class="hint">{safe(texts("looking"))}</p>'
        sections.append(f'<section class="sources" data-turn="{len(exchanges)}">{hint}</section>')
    if not sections:
        return f'<p class="hint">{safe(texts("click_footnote"))}</p>'
    return f'<div class="panel">{"".join(sections)}</div>'


def sources_html(answer: Answer, turn: int = 1, texts: Texts = ENGLISH, *, state: str = "done") -> str:
    """The panel beside an answer: each footnote in its context, or the passages if there are none."""
    if answer.citations:
        stopped = state == "stopped"
        cards = "".join(_source_card(citation, answer.passages, turn, texts, stopped) for citation in answer.citations)
    elif state == "writing" and answer.passages:
        cards = _passages("found", answer, texts)
    elif answer.verdict == "not_in_documents" and answer.passages:
        cards = _passages("closest", answer, texts)
    else:
        cards = f'<p class="hint">{safe(texts("looking" if state == "writing" else "no_sources"))}</p>'
    return f'<section class="sources" data-turn="{turn}" data-verdict="{answer.verdict}">{cards}</section>'


def _passages(key: str, answer: Answer, texts: Texts) -> str:
    cards = "".join(_passage_card(passage, texts) for passage in answer.passages[:MOST_PASSAGES])
    return f'<h3 class="{key}">{safe(texts(key))}</h3><p class="hint">{safe(texts(f"{key}_how"))}</p>{cards}'


def _context(citation: Citation, passages: Sequence[Passage]) -> tuple[str, str]:
    """What stands before and after the quote in the passage that holds it."""
    for passage in passages:
        chunk = passage.chunk
        start, end = citation.start - chunk.start, citation.end - chunk.start
        if chunk.source == citation.source and start >= 0 and chunk.text[start:end] == citation.quote:
            before, after = chunk.text[:start], chunk.text[end:]
            if len(before) > CONTEXT:
                before = "… " + before[-CONTEXT:].split(None, 1)[-1]
            return before, shorten(after, CONTEXT)
    return "", ""


def _source_card(citation: Citation, passages: Sequence[Passage], turn: int, texts: Texts, stopped: bool) -> str:
    number, title = citation.number, safe(citation.title)
    before, after = _context(citation, passages)
    kind = doubt(citation, stopped=stopped)
    back = safe(texts("back", n=number))
    opening = button_html(texts("open_source"), event="open", kind="open", turn=turn, n=number)
    return (
        f'<article class="{f"source {kind}".strip()}" id="source-{turn}-{number}" data-turn="{turn}" data-n="{number}" '
        f'tabindex="-1" aria-label="{safe(texts("source", n=number))}: {title}">'
        f'<header><button type="button" class="back" data-turn="{turn}" data-n="{number}" title="{back}" '
        f'aria-label="{back}">{number}</button>'
        f'<div><h3 dir="auto">{title}</h3><p class="where">{where_html(citation, texts)}</p></div></header>'
        f'<blockquote dir="auto">{safe(before)}<mark>{safe(citation.quote)}</mark>{safe(after)}</blockquote>'
        f"{doubt_html(citation, texts, stopped=stopped)}{opening}</article>"
    )


def _passage_card(passage: Passage, texts: Texts) -> str:
    chunk = passage.chunk
    return (
        '<article class="source passage"><header>'
        f'<div><h3 dir="auto">{safe(chunk.title)}</h3><p class="where">{where_html(chunk, texts)}</p></div></header>'
        f'<blockquote dir="auto">{safe(shorten(chunk.text, 2 * CONTEXT))}</blockquote></article>'
    )
