"""What the page shows is made of text only, whatever the text tries to be."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from shown import citation, make, passage, read
from tricks import TRICKS

from index.documents import Document
from index.syncing import Moved, Skipped, SyncReport
from rag.settings import Settings
from ui.conversations import Exchange, Summary
from ui.conversations_panel import conversations_html
from ui.documents_panel import documents_html, progress_html, report_html
from ui.markup import masthead_html, notice_html
from ui.reader import reader_html
from ui.render import answer_html, to_markdown
from ui.settings_panel import Preferences, settings_html
from ui.sources_panel import sources_html
from ui.texts import Texts
from ui.thread_panel import bar_html, conversation_html, welcome_html


def bare(text: str) -> str:
    """Without what the answer's own small Markdown takes away."""
    return re.sub(r"[\s*`]", "", text)


@pytest.mark.parametrize("trick", TRICKS)
class TestTricks:
    def test_in_the_answer(self, trick):
        text = read(answer_html(make(f"He said {trick} to him [1].", [citation()], unfinished=f" and {trick}"))).text
        assert bare(text).count(bare(trick)) == 2

    def test_in_the_answer_as_its_own_line(self, trick):
        read(answer_html(make(f"{trick}\n\n- {trick}\n1. {trick}\n> {trick}\n# {trick}\n{trick} [1]", [citation()])))

    def test_in_title_source_and_quote(self, trick):
        cited = citation(source=trick, title=trick, quote=trick, start=4, page=3, section=trick + "s")
        answer = make(citations=[cited], passages=[passage(f"ab: {trick} and more", 0, source=trick)])
        assert read(answer_html(answer)).text.count(trick) == 3  # quote, title and section of the tooltip
        seen = read(sources_html(answer))
        assert f"ab: {trick} and more" in seen.text
        assert ("aria-label", f"Source 1: {trick}") in seen.attributes

    def test_in_the_passages_of_a_refusal(self, trick):
        answer = make("no", verdict="not_in_documents", passages=[passage(trick, source=trick, title=trick)])
        assert trick in read(sources_html(answer)).text

    def test_in_markdown_that_is_copied(self, trick):
        cited = citation(source=trick, title=trick, quote=trick)
        text = to_markdown(make(f"He said {trick} to him [1].", [cited]))
        bare_of_escapes = re.sub(r"\\.", "", text)
        assert re.findall(r"[<\[`&$|~][^\]\s]*", bare_of_escapes) == ["[^1", "[^1"]
        shown = re.sub(r"\\(.)", r"\1", text)
        assert bare(shown).count(re.sub(r"[\x00-\x1f\x7f-\x9f]", "", bare(trick))) == 3  # the answer, quote and title

    def test_in_the_question_and_the_notes(self, trick):
        html = conversation_html([Exchange(trick, make(trick, model=trick), "done", (trick,))])
        assert read(html).text.count(trick) >= 2

    def test_in_what_was_left_out_and_what_a_reader_wrote(self, trick):
        answer = make(trick, removed=(trick,))
        seen = read(conversation_html([Exchange(trick, answer, "done", vote=-1, comment=trick)]))
        assert ("value", trick) in seen.attributes
        assert seen.text.count(trick) >= 3  # the question, its field, what was left out

    def test_in_a_document_that_is_open(self, trick):
        text = f"Before {trick} it. {trick} After {trick} it."
        start = text.index(" it. ") + 5
        document = Document(trick, trick, text, "0", language=None)
        cited = citation(source=trick, title=trick, quote=trick, start=start)
        seen = read(reader_html(document, trick, cited, 1, 1, Texts()))
        assert text in seen.text
        assert ("aria-label", f"Source 1: {trick}") in seen.attributes

    def test_in_conversations_and_settings(self, trick):
        summary = Summary(trick, trick, datetime(2026, 1, 2, tzinfo=UTC), 3)
        seen = read(conversations_html([summary], trick, Texts()))
        assert trick in seen.text
        assert ("data-id", trick) in seen.attributes
        settings = settings_html(Preferences(llm=trick), Settings(), trick, [trick], Texts())
        assert ("value", trick) in read(settings).attributes
        assert trick in read(masthead_html(trick) + bar_html(trick, Texts())).text

    def test_in_the_list_of_documents(self, trick):
        @dataclass
        class Record:
            source: str = trick
            title: str = trick
            language: str | None = trick
            passages: int = 1
            pages: int = 0
            path: str = trick

        seen = read(documents_html([Record()], []))
        assert seen.text.count(trick) >= 2
        assert ("data-source", trick) in seen.attributes

    def test_in_examples_notices_and_progress(self, trick):
        assert ("data-question", trick) in read(welcome_html([trick])).attributes
        assert trick in read(notice_html(trick)).text
        assert trick in read(progress_html(1, 2, trick)).text
        report = SyncReport(added=(trick,), moved=(Moved(trick, trick),), skipped=(Skipped(trick, trick),))
        assert read(report_html(report)).text.count(trick) == 5
