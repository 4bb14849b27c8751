"""What the page shows is made of text only, whatever the text tries to be."""

import json
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
from tricks import ATTRIBUTES, TAGS, TRICKS

from index.documents import Chunk, Document, Passage
from index.records import FileRecord
from index.syncing import Moved, Skipped, SyncReport
from rag.citations import Answer, Citation, Timings
from rag.settings import Settings
from ui.conversations import Exchange, Summary
from ui.conversations_panel import conversations_html
from ui.documents_panel import documents_html, progress_html, report_html
from ui.markup import button_html, masthead_html, notice_html
from ui.reader import gone_html, reader_html
from ui.render import answer_html, to_json, to_markdown, to_text
from ui.settings_panel import Preferences, settings_html
from ui.sources_panel import panel_html, sources_html
from ui.texts import Texts
from ui.thread_panel import bar_html, conversation_html, welcome_html


@dataclass
class Seen:
    tags: list[str]
    attributes: list[tuple[str, str | None]]
    text: str


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.seen = Seen([], [], "")
        self.open: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.seen.tags.append(tag)
        self.seen.attributes += attrs
        if tag not in ("br", "img", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, f"</{tag}> closes something else"

    def handle_data(self, data):
        self.seen.text += data

    def handle_comment(self, data):
        raise AssertionError(f"comment: {data}")

    handle_decl = handle_pi = unknown_decl = handle_comment


def read(html: str) -> Seen:
    """The HTML taken apart; anything that this page has no use for fails."""
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == []
    assert set(reader.seen.tags) <= TAGS
    assert {name for name, _ in reader.seen.attributes} <= ATTRIBUTES
    return reader.seen


def citation(number: int = 1, quote: str = "Altman met the minister", start: int = 10, **values) -> Citation:
    fields = {"source": "inde.txt", "title": "Altman in India", "page": None, "support": 0.9} | values
    return Citation(number=number, quote=quote, start=start, end=start + len(quote), **fields)


def passage(text: str, start: int = 0, source: str = "inde.txt", title: str = "Altman in India") -> Passage:
    return Passage(Chunk("id", source, title, start, start + len(text), None, text), 0.8)


def make(text: str = "He met him [1].", citations=(), passages=(), **values) -> Answer:
    fields = {"question": "whom?", "verdict": "answered", "model": "quotes", "seconds": Timings(0.01, 0.02, 0.03)}
    return Answer(text=text, citations=tuple(citations), passages=tuple(passages), **(fields | values))


def buttons(html: str) -> list[int]:
    return [
        int(n)
        for n in re.findall(
            r'<button type="button" class="fn[^"]*" data-event="open" data-turn="\d+" data-n="(\d+)"', html
        )
    ]


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


def test_a_report_names_what_came_and_went():
    many = tuple(f"{number}.txt" for number in range(30))
    seen = read(report_html(SyncReport(added=("a.txt",), moved=(Moved("new.txt", "old.txt"),), unchanged=many))).text
    assert "1 added: a.txt" in seen
    assert "1 moved: old.txt → new.txt" in seen
    assert "7.txt" not in seen
    assert "19.txt, …" in read(report_html(SyncReport(removed=many))).text


def test_a_marker_is_a_button_with_a_name_and_a_tooltip():
    html = answer_html(make("He met him [1].", [citation(page=4)]), turn=7)
    assert buttons(html) == [1]
    seen = read(html)
    assert ("aria-label", "Footnote 1: Altman in India") in seen.attributes
    described = dict(seen.attributes)["aria-describedby"]
    assert ("id", described) in seen.attributes
    assert "Altman met the minister" in seen.text
    assert "page 4" in seen.text
    assert "him<sup" in html  # no space where a line could break


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a [1] b [2]", [1, 2]),
        ("a [1][2]", [1, 2]),
        ("a [12].", [12]),
        ("a [1] and [1]", [1, 1]),
        ("**bold [1]**", [1]),
        ("- one [1]\n- two [2]", [1, 2]),
        ("1. one [1]\n2. two [2]", [1, 2]),
        ("> quoted [1]", [1]),
        ("## Head [1]", [1]),
        ("`code [1]`", [1]),
        ("a [1", []),
        ("a [", []),
        ("a [3] b [99] c [123456789]", []),
        ("a [0] [01] [-1] [1.5] [ 1 ] [a] []", []),
        ("a [١] [²]", []),
        ("[[1]]", [1]),
    ],
)
def test_markers(text, expected):
    html = answer_html(make(text, [citation(1), citation(2), citation(12)]))
    assert buttons(html) == expected
    ids = re.findall(r' id="([^"]+)"', html)
    assert len(ids) == len(set(ids))


def test_a_marker_without_a_citation_is_text():
    html = answer_html(make("known [1], unknown [7]", [citation()]))
    assert "unknown [7]" in html


def test_blocks():
    html = answer_html(make("One\ntwo\n\n# Head\n- a\n\n- b\n3. c\n4. d\n> q\n**b** x`y`"))
    inner = html.partition(">")[2].removesuffix("</div>").replace(' dir="auto"', "")
    assert inner == (
        "<p>One<br>two</p><h4>Head</h4><ul><li>a</li><li>b</li></ul>"
        '<ol start="3"><li>c</li><li>d</li></ol><blockquote>q</blockquote><p><strong>b</strong> x<code>y</code></p>'
    )


@pytest.mark.parametrize(
    "text", ["2 * 3 * 4", "a ** b", "snake_case_name", "**open", "`open", "C# and F#", "-1 degree"]
)
def test_what_only_looks_like_markdown_stays(text):
    assert read(answer_html(make(text))).text == text


def test_right_to_left_text_keeps_its_own_direction():
    arabic = "التقى الوزير"
    answer = make(f"{arabic} [1]", [citation(title=arabic, quote=arabic, start=0)], [passage(arabic)])
    first, last = arabic.split()
    assert f'<p dir="auto">{first} <span class="tied">{last}<sup' in answer_html(answer)
    assert f'<blockquote dir="auto"><mark>{arabic}</mark></blockquote>' in sources_html(answer)
    assert f"<bdi>{arabic}</bdi>" in answer_html(answer)


def test_a_name_that_is_not_unicode_can_be_sent():
    documents_html([Listed(source="caf\udce9.txt", title="caf\udce9")], []).encode("utf-8")


def test_the_quote_is_marked_in_its_passage():
    text = "Before it. Altman met the minister. After it."
    quote = "Altman met the minister."
    cited = citation(quote=quote, start=100 + text.index(quote))
    html = sources_html(make(citations=[cited], passages=[passage("elsewhere"), passage(text, 100)]))
    assert "Before it. <mark>Altman met the minister.</mark> After it." in html


@pytest.mark.parametrize("where", [passage("other words, as long", 0), passage("Altman met the minister", 10, "b.txt")])
def test_without_its_passage_the_quote_stands_alone(where):
    html = sources_html(make(citations=[citation()], passages=[where]))
    assert '<blockquote dir="auto"><mark>Altman met the minister</mark></blockquote>' in html


def test_long_contexts_are_cut_at_words():
    quote = "the quote"
    text = "left " * 200 + quote + " right" * 200
    html = sources_html(make(citations=[citation(quote=quote, start=1000)], passages=[passage(text)]))
    assert read(html).text.count("left") < 60
    assert re.search(r">… left .*<mark>the quote</mark> right .* …</blockquote>", html)


def test_turns_do_not_mix():
    answer = make(citations=[citation()])
    ids = re.findall(r'id="([^"]+)"', answer_html(answer, 1) + sources_html(answer, 1))
    assert not set(ids) & set(re.findall(r'id="([^"]+)"', answer_html(answer, 2) + sources_html(answer, 2)))


def test_weak_support_is_said():
    weak = make(citations=[citation(support=0.2)])
    assert "Weak support" in sources_html(weak)
    assert "weak" in answer_html(weak)
    assert "(weak support)" in to_text(weak)
    assert "eak support" not in sources_html(make(citations=[citation()]))


def test_a_footnote_that_is_being_checked_says_so():
    answer = make(citations=[citation(checked=False), citation(2)], text="He met him [1] there [2].")
    html = conversation_html([Exchange("?", answer, "writing")])
    assert re.findall('class="(fn[^"]*)"', html) == ["fn checking", "fn"]
    labels = [value for name, value in read(html).attributes if name == "aria-label"]
    assert "Footnote 1, being checked: Altman in India" in labels
    assert "Footnote 2: Altman in India" in labels
    assert "being checked" in read(html).text
    panel = panel_html([Exchange("?", answer, "writing")])
    assert re.findall('class="(source(?!s)[^"]*)"', panel) == ["source checking", "source"]
    assert read(panel).text.count("Checking whether") == 1


def test_a_footnote_that_was_not_checked_before_the_stop_says_so():
    exchange = Exchange("?", make(citations=[citation(checked=False)]), "stopped")
    html = conversation_html([exchange]) + panel_html([exchange])
    assert "checking" not in html
    assert "Footnote 1, not checked: Altman in India" in html
    assert "Not checked: the answer was stopped." in html
    assert "(not checked)" in to_text(exchange.answer)


def test_words_that_are_being_written_look_unchecked_and_have_no_footnote():
    answer = make(citations=[citation()], unfinished=" Then she [1]")
    html = conversation_html([Exchange("?", answer, "writing")])
    assert '</p><span class="unfinished checking" title="being checked" dir="auto"> Then she [1]</span>' in html
    assert buttons(html) == [1]
    assert '<p class="unfinished' in conversation_html([Exchange("?", make("", unfinished="Then"), "writing")])
    for state in ("stopped", "done"):
        assert "Then she" not in conversation_html([Exchange("?", answer, state)])


def test_checked_footnotes_have_no_doubts():
    html = conversation_html([Exchange("?", make(citations=[citation()]), "done")]) + sources_html(
        make(citations=[citation()])
    )
    assert not re.search("checking|unchecked|weak|doubt|being checked", html)


def test_a_refusal_looks_different():
    refusal = make("The documents do not say.", verdict="not_in_documents", passages=[passage("Nearby words")])
    html = conversation_html([Exchange("?", refusal, "done")])
    assert 'class="refusal"' in html
    assert "Closest passages" in sources_html(refusal)
    assert "<mark>" not in sources_html(refusal)
    assert 'class="refusal"' not in conversation_html([Exchange("?", make(), "done")])


@pytest.mark.parametrize(
    ("state", "answer", "shown"),
    [
        ("waiting", None, "Searching"),
        ("writing", make("", passages=[passage("a"), passage("b")]), "Reading 2 passages"),
        ("writing", make("Half an"), "Half an"),
        ("stopped", make("Half an"), "Stopped"),
        ("failed", None, "the server is gone"),
        ("done", make("Whole", seconds=Timings(0, 0, 3.21)), "3.2 s"),
        ("done", make("Whole"), "30 ms"),
    ],
)
def test_states_of_a_turn(state, answer, shown):
    html = conversation_html([Exchange("q", answer, state, ("the server is gone",) if state == "failed" else ())])
    assert shown in read(html).text
    assert ("Retry" in html) == (state in ("done", "stopped", "failed"))
    assert ("Copy" in html) == (answer is not None and bool(answer.text) and state in ("done", "stopped"))


def test_markdown():
    answer = make(
        "He met [1] him [2].",
        [citation(page=3), citation(2, "a\nlong \x1b[2Jquote", title="T\n# x", support=0.1)],
    )
    assert to_text(answer) == (
        "He met [1] him [2].\n\n"
        "[1] Altman in India, p. 3, inde.txt: “Altman met the minister”\n\n"
        "[2] T # x, inde.txt (weak support): “a long [2Jquote”"
    )


def test_markdown_of_a_refusal_names_the_closest_passages():
    refusal = make("The documents do not say.", verdict="not_in_documents", passages=[passage("Near\x07by")])
    assert to_text(refusal) == ("The documents do not say.\n\nClosest passages:\n- Altman in India, inde.txt: Nearby")


def test_markdown_to_copy_has_footnotes_that_load_nothing():
    picture = "![p](http://evil.example/p.png) <img src=x> a_b*"
    answer = make(
        f"**He** met {picture} [1] him [2][3] [7].\n\n- and `x` [1]",
        [citation(page=3, quote=picture, title="T <b>"), citation(2), citation(3, checked=False)],
    )
    escaped = r"!\[p\](http://evil.example/p.png) \<img src=x\> a"
    assert to_markdown(answer) == (
        rf"**He** met {escaped}_b*[^1] him[^2][^3] \[7\]." + "\n\n" + r"- and \`x\`[^1]" + "\n\n"
        rf"[^1]: “{escaped}\_b\*” — T \<b\>, page 3" + "\n\n"
        "[^2]: “Altman met the minister” — Altman in India\n\n"
        "[^3]: “Altman met the minister” — Altman in India (not checked)"
    )
    assert to_markdown(make(citations=[citation()]), turn=2) == (
        "He met him[^2-1].\n\n[^2-1]: “Altman met the minister” — Altman in India"
    )
    refusal = make("The documents do not say.", verdict="not_in_documents", passages=[passage("Near_by")])
    assert to_markdown(refusal) == ("The documents do not say.\n\nClosest passages:\n\n- “Near\\_by” — Altman in India")


@pytest.mark.parametrize("code", [*range(0x09), *range(0x0B, 0x20), *range(0x7F, 0xA0)])
def test_a_terminal_gets_no_control_characters(code):
    text = to_text(make(f"a{chr(code)}b [1]", [citation(quote=f"a{chr(code)}b", title=f"a{chr(code)}b")]))
    assert chr(code) not in text


def test_json_is_the_contract():
    answer = make(citations=[citation()], passages=[passage("text")])
    assert json.loads(json.dumps(to_json(answer))) == {
        "question": "whom?",
        "answer": "He met him [1].",
        "verdict": "answered",
        "model": "quotes",
        "citations": [
            {
                "number": 1,
                "source": "inde.txt",
                "title": "Altman in India",
                "page": None,
                "start": 10,
                "end": 33,
                "quote": "Altman met the minister",
                "support": 0.9,
                "section": None,
            }
        ],
        "passages": [
            {
                "source": "inde.txt",
                "title": "Altman in India",
                "page": None,
                "start": 0,
                "end": 4,
                "text": "text",
                "section": None,
                "score": 0.8,
            }
        ],
        "seconds": {"retrieve": 0.01, "first_token": 0.02, "total": 0.03},
    }


def test_an_answer_of_many_asterisks_takes_no_time():
    assert read(answer_html(replace(make(), text="**a " * 20_000))).text.startswith("**a **a")


@dataclass
class Listed:
    source: str = "inde.txt"
    title: str = "Altman in India"
    language: str | None = "fr"
    passages: int = 4
    pages: int = 0
    path: str = "no such file"


def test_documents_are_listed():
    text = read(documents_html([Listed(), Listed("a.pdf", "A", None, 1, 1)], [])).text
    first, second = (f" · file is gone, text is kept{rest}Remove from the index? RemoveKeep" for rest in ("fr×", "×"))
    assert text == f" Ask all documentsAltman in Indiainde.txt · 4 passages{first}Aa.pdf · 1 page · 1 passage{second}"
    assert "No documents yet" in documents_html([], [])


def test_a_document_says_when_its_file_is_another_now(tmp_path):
    file = tmp_path / "a.txt"
    file.write_text("a")
    stat = file.stat()
    listed, known = (
        Listed(path=str(file)),
        [FileRecord(str(file), "a.txt", str(tmp_path), stat.st_size, stat.st_mtime_ns)],
    )
    assert "ready" in read(documents_html([listed], known)).text
    file.write_text("another")
    assert "changed on disk" in read(documents_html([listed], known)).text
    file.unlink()
    assert "file is gone" in read(documents_html([listed], known)).text


def test_files_without_text_are_listed_with_the_reason():
    file = FileRecord("/a.zip", "a.zip", "/", 1, 1, skipped=(Skipped("a.zip/b", "empty file"), Skipped("<c>", "x")))
    assert "2 skippeda.zip/b: empty file<c>: x" in read(documents_html([Listed()], [file])).text
    text = read(documents_html([], [file], Texts("fr"))).text
    assert text.startswith("Pas encore de documents")
    assert "2 ignorésa.zip/b: fichier vide" in text
    assert "skipped" not in documents_html([Listed()], [replace(file, skipped=())])


@pytest.mark.parametrize(
    ("seen", "label", "name"),
    [
        ("Sync", "Read the folders again", "Sync: Read the folders again"),
        ("↓ JSON", "Export as JSON", "Export as JSON"),
        ("×", "Close", "Close"),
    ],
)
def test_the_name_of_a_button_has_the_words_that_are_seen(seen, label, name):
    assert ("aria-label", name) in read(button_html(seen, label=label)).attributes
    document = Document("a.txt", "A", "x " * 9 + "the quote", "0")
    html = reader_html(document, "a.txt", citation(quote="the quote", start=18), 1, 3, Texts())
    assert 'aria-label="1 of 3: Back to footnote 1 in the answer">1 of 3<' in html


def test_documents_that_are_not_asked_are_not_ticked():
    html = documents_html([Listed("a"), Listed("b")], [], unticked={"b"})
    assert html.count('type="checkbox"') == 3
    assert html.count(" checked") == 1
    assert 'data-source="a" checked' in html


def test_a_long_document_is_shown_around_the_quote():
    text = "x " * 30_000 + "the quote" + " y" * 30_000
    document = Document("a.txt", "A", text, "0")
    html = reader_html(document, "a.txt", citation(quote="the quote", start=60_000), 2, 3, Texts())
    assert "<mark>the quote</mark>" in html
    assert "Only the surroundings" in html
    assert len(html) < 45_000
    assert re.findall(r'data-turn="2" data-n="(\d)" data-event="open"', html) == ["2"]  # the next; there is no previous


def test_a_footnote_that_is_gone_says_so():
    assert "not there any more" in read(gone_html(1, 2, 3, Texts())).text


def test_the_panel_has_the_sources_of_every_turn():
    answer = make(citations=[citation()])
    earlier = [Exchange("a", answer, "done"), Exchange("b", None, "failed")]
    for state, last, shown in [("writing", make("", []), "Looking for sources"), ("writing", answer, "source-3-1")]:
        html = panel_html([*earlier, Exchange("c", last, state)])
        assert re.findall(r'<section class="sources" data-turn="(\d)"', html) == ["1", "3"]
        assert "source-1-1" in html
        assert shown in html
    assert "Click a footnote" in panel_html([])


def test_the_section_stands_beside_the_page():
    cited = citation(page=4, section="Results › 2024")
    answer = make("He met him [1].", [cited])
    assert "<bdi>page 4</bdi> · <bdi>Results › 2024</bdi>" in answer_html(answer)
    assert "<bdi>page 4</bdi> · <bdi>Results › 2024</bdi>" in sources_html(answer)
    assert "p. 4, Results › 2024, inde.txt" in to_text(answer)


def test_a_section_of_the_same_name_as_the_document_is_not_repeated():
    answer = make("He met him [1].", [citation(section="Altman in India")])
    assert read(sources_html(answer)).text.count("Altman in India") == 1
