"""An answer as the page, a terminal and a script get it: markers, states, Markdown, JSON."""

import json
import re
from dataclasses import replace

import pytest
from shown import citation, make, passage, read

from rag.citations import Timings
from ui.conversations import Exchange
from ui.render import answer_html, to_json, to_markdown, to_text
from ui.sources_panel import panel_html, sources_html
from ui.thread_panel import conversation_html


def buttons(html: str) -> list[int]:
    return [
        int(n)
        for n in re.findall(
            r'<button type="button" class="fn[^"]*" data-event="open" data-turn="\d+" data-n="(\d+)"', html
        )
    ]


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


def test_how_a_question_was_read_stands_above_its_answer():
    html = conversation_html([Exchange("wher?", make(read_as="Where <b>?"), "done")])
    assert html.index("wher?") < html.index("Read as: Where &lt;b&gt;?") < html.index("He met him")
    assert "Read as" not in conversation_html([Exchange("where?", make(), "done")])


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
        "read_as": "",
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


def test_the_section_stands_beside_the_page():
    cited = citation(page=4, section="Results › 2024")
    answer = make("He met him [1].", [cited])
    assert "<bdi>page 4</bdi> · <bdi>Results › 2024</bdi>" in answer_html(answer)
    assert "<bdi>page 4</bdi> · <bdi>Results › 2024</bdi>" in sources_html(answer)
    assert "p. 4, Results › 2024, inde.txt" in to_text(answer)


def test_a_section_of_the_same_name_as_the_document_is_not_repeated():
    answer = make("He met him [1].", [citation(section="Altman in India")])
    assert read(sources_html(answer)).text.count("Altman in India") == 1
