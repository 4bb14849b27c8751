"""Words of many languages, and BM25 as a share of the most that a question could get."""

import math
import sqlite3
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index import Chunk
from index.errors import StoreUnavailable
from index.lexical import K1, LexicalIndex, terms, words_of

PASSAGES = [
    "Altman a visité le Japon et la Corée du Sud.",
    "La Corée a un marché; le marché croît.",
    "Die Straße nach Köln ist gesperrt.",
    "奥特曼访问了日本和印度。",
    "アルトマンは日本を訪問しました。",
    "올트먼은 일본과 인도를 방문했습니다.",
    "นายกรัฐมนตรีเดินทางไปญี่ปุ่น",
    "ऑल्टमैन ने जापान का दौरा किया।",
    "le chat dort sur le tapis",
    "le chien court dans le jardin",
]


def chunks(texts: list[str], key: str = "k") -> list[Chunk]:
    return [Chunk(f"{key}-{n}", key, "", 0, len(text), None, text) for n, text in enumerate(texts)]


def of_all(documents: dict[str, list[str]], keys: list[str]) -> list[Chunk]:
    return [chunk for key in keys for chunk in chunks(documents[key], key)]


def fill(index: LexicalIndex, **documents: list[str]) -> None:
    index.update("r1", dict.fromkeys(documents, ""), lambda keys: of_all(documents, keys))


@pytest.fixture
def index(tmp_path: Path) -> LexicalIndex:
    found = LexicalIndex(tmp_path / "lexical.sqlite")
    fill(found, k=PASSAGES)
    return found


def best(index: LexicalIndex, query: str) -> str | None:
    found = index.search(query, 10)
    return PASSAGES[int(next(iter(found)).split("-")[1])] if found else None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("L'été, ŒUVRE_x2", ["l", "ete", "œuvre", "x2"]),
        ("e\u0301te\u0301", ["ete"]),
        ("STRASSE Straße", ["strasse", "strasse"]),
        ("ﬁn № 5 ½", ["fin", "no", "5", "1", "2"]),
        ("Ёлка Άλτμαν", ["елка", "αλτμαν"]),
        ("日本和印度", ["日本", "本和", "和印", "印度"]),
        ("iPhone手机5G", ["iphone", "手机", "5g"]),
        ("茶", ["茶"]),
        ("ソフトバンク", ["ソフ", "フト", "トハ", "ハン", "ンク"]),
        ("ｶﾅ", ["カナ"]),
        ("방문했다", ["방문", "문했", "했다"]),
        ("กิน หมู", ["กิ", "ิน", "หม"]),
        ("हिन्दी में", ["हिनदी", "में"]),
        ("الهِنْدُ", ["الهند"]),
        ("🇫🇷 !? \0 \n", []),
        ("", []),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert words_of(text) == expected


@pytest.mark.parametrize(
    "forms",
    [
        "Ländern Länder Länders",
        "visitaron visitar visitantes",
        "построила построили",
        "εργοστάσιο εργοστασίου",
        "النبيذ بالنبيذ والنبيذ للنبيذ نبيذ ونبيذ",
        "وزير الوزير والوزير",
        "विद्यालय विद्यालयों",
    ],
)
def test_forms_of_a_word_are_one_term(forms: str) -> None:
    assert len(set(terms(forms))) == 1


@pytest.mark.parametrize("others", ["12345678 12345679", "SKU100234 SKU100235", "Mali Malta", "ولد والد", "日本 日光"])
def test_other_words_are_other_terms(others: str) -> None:
    assert len(set(terms(others))) == 2


@pytest.mark.parametrize(
    ("query", "passage"),
    [
        ("coree SUD", 0),
        ("MARCHÉ", 1),
        ("koln strasse", 2),
        ("访问日本", 3),
        ("日本を訪問", 4),
        ("방문했다", 5),
        ("ญี่ปุ่น", 6),
        ("जापान", 7),
        ("chat", 8),
    ],
)
def test_a_question_finds_its_words(index: LexicalIndex, query: str, passage: int) -> None:
    assert best(index, query) == PASSAGES[passage]


def test_words_that_no_passage_holds_find_nothing(index: LexicalIndex) -> None:
    assert index.search("quantum zebra", 10) == {}
    assert index.search("", 10) == {}
    assert index.search("?!", 10) == {}


def test_the_score_is_the_share_of_the_upper_bound(index: LexicalIndex) -> None:
    # FTS5's BM25 by hand: b = 0.75, idf = ln((N - n + 0.5) / (n + 0.5))
    lengths = [len(terms(text)) for text in PASSAGES]
    mean = sum(lengths) / len(lengths)

    def idf(count: int) -> float:
        return max(math.log((len(PASSAGES) - count + 0.5) / (count + 0.5)), 1e-6)

    frequency = 2 * (K1 + 1) / (2 + K1 * (0.25 + 0.75 * lengths[1] / mean))  # "marche" twice in passage 1
    found = index.search("marché", 10)
    assert found == {"k-1": pytest.approx(frequency / (K1 + 1))}
    with_unseen = index.search("marché zebra", 10)
    bound = (K1 + 1) * (idf(1) + idf(0))
    assert with_unseen == {"k-1": pytest.approx(idf(1) * frequency / bound)}
    assert index.idf(["marche", "coree", "zebra"]) == pytest.approx(
        {"marche": idf(1), "coree": idf(2), "zebra": idf(0)}
    )


def test_common_words_say_little(index: LexicalIndex) -> None:
    found = index.search("le tapis", 10)
    assert found["k-8"] > 0.4
    assert max(score for chunk, score in found.items() if chunk != "k-8") < 0.3


def test_in_a_large_index_rare_words_find_and_common_ones_count(
    index: LexicalIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything = index.search("le chat tapis", 10)
    assert everything.keys() > {"k-8", "k-9"}
    monkeypatch.setattr("index.lexical.MOST_MATCHES", 1)
    assert index.search("le chat tapis", 10) == {"k-8": everything["k-8"]}
    assert list(index.search("le", 10)) == ["k-8", "k-9", "k-1", "k-0"]  # the rarest there is


def test_what_was_found_in_another_way_is_scored_too(index: LexicalIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    everything = index.search("le chat tapis", 10)
    monkeypatch.setattr("index.lexical.MOST_MATCHES", 1)
    found = index.scores("le chat tapis", ["k-9", "k-3", "k-99", "unknown-1"])
    assert found == {"k-9": everything["k-9"], "k-3": 0, "k-99": 0}
    assert index.scores("?!", ["k-9", "unknown"]) == {"k-9": 0}
    index.update("r2", {}, lambda keys: [])
    assert index.scores("le chat tapis", ["k-9"]) == {}


@settings(deadline=None)
@given(query=st.lists(st.sampled_from(sorted({term for text in PASSAGES for term in terms(text)})), max_size=8))
def test_scores_are_those_of_fts5(tmp_path_factory: pytest.TempPathFactory, query: list[str]) -> None:
    index = filled(tmp_path_factory)
    bound = (K1 + 1) * sum(index.idf(query).values())
    match = " OR ".join(f'"{term}"' for term in dict.fromkeys(query)) or '""'
    rows = index._db.execute("SELECT id, -bm25(passages) FROM passages WHERE passages MATCH ?", [match])
    assert index.search(" ".join(query), 20) == {i: pytest.approx(score / bound) for i, score in rows}


def test_no_more_than_asked_for(index: LexicalIndex) -> None:
    assert list(index.search("le tapis", 1)) == ["k-8"]


@pytest.mark.parametrize(
    "query",
    [
        '"',
        'chat"',
        '"chat" OR',
        "chat AND",
        "NEAR(chat tapis)",
        "chat*",
        "* chat",
        "-chat",
        "terms:chat",
        "^chat",
        "(chat",
        "chat'; --",
        "id:k",
        "NOT chat",
        "{terms}: chat",
        "chat + tapis",
        "cha\0t chat",
    ],
)
def test_syntax_is_only_words(index: LexicalIndex, query: str) -> None:
    found = index.search(query, 10)
    assert ("k-8" in found) == ("chat" in terms(query))
    assert set(found) <= {"k-8", "k-9", "k-0", "k-1"}


def test_a_very_long_question_is_searched(index: LexicalIndex) -> None:
    assert "k-8" in index.search(" ".join(f"word{n}" for n in range(3000)) + " chat", 10)


@settings(deadline=None)
@given(query=st.text(st.sampled_from("le chatCoré日本訪問방문\"*():^-+ANDORT'{}"), max_size=40))
def test_scores_are_between_nothing_and_one(tmp_path_factory: pytest.TempPathFactory, query: str) -> None:
    assert all(0 < score < 1 for score in filled(tmp_path_factory).search(query, 10).values())


shared: list[LexicalIndex] = []


def filled(tmp_path_factory: pytest.TempPathFactory) -> LexicalIndex:
    """One that is made once: Hypothesis calls a test a hundred times."""
    if not shared:
        shared.append(LexicalIndex(tmp_path_factory.mktemp("lexical") / "lexical.sqlite"))
        fill(shared[0], k=PASSAGES)
    return shared[0]


# Kept in step with the store.


def test_documents_come_and_go(index: LexicalIndex) -> None:
    assert set(index.versions()) == {"k"}
    read: list[str] = []

    def chunks_of(keys: list[str]) -> list[Chunk]:
        read.extend(keys)
        return [chunk for key in keys for chunk in chunks(["un tapis volant"], key)]

    index.update("r2", {"k": "", "new": ""}, chunks_of)
    assert (index.revision, set(index.versions()), read) == ("r2", {"k", "new"}, ["new"])
    assert set(index.search("tapis", 10)) == {"k-8", "new-0"}
    index.update("r3", {"new": ""}, chunks_of)
    assert (set(index.versions()), read) == ({"new"}, ["new"])
    assert set(index.search("tapis", 10)) == {"new-0"}
    index.update("r4", {"new": "", "empty": ""}, lambda keys: [])
    index.update("r5", {}, chunks_of)
    assert index.search("tapis", 10) == {}


def test_the_languages_of_passages_are_known(index: LexicalIndex) -> None:
    known = index.languages([f"k-{n}" for n in range(len(PASSAGES))] + ["k-99"])
    assert known == {
        f"k-{n}": code for n, code in enumerate(["fr", "fr", "de", "zh", "ja", "ko", "th", "hi", "fr", "fr"])
    }
    assert index.all_languages() == {"fr", "de", "zh", "ja", "ko", "th", "hi"}
    texts = {"new": ["The cat sleeps on the carpet in the garden.", "42"]}
    index.update("r2", {"new": ""}, lambda keys: of_all(texts, keys))
    assert index.languages(["new-0", "new-1", "k-0"]) == {"new-0": "en"}
    assert index.all_languages() == {"en"}
    index.update("r3", {}, lambda keys: [])
    assert index.all_languages() == set()


def test_a_document_whose_text_is_another_one_is_read_again(index: LexicalIndex) -> None:
    index.update("r2", {"k": "with its scans"}, lambda keys: chunks(["le bateau"], *keys))
    assert set(index.search("bateau", 10)) == {"k-0"}
    assert index.search("tapis", 10) == {}


def test_an_update_that_fails_changes_nothing(index: LexicalIndex) -> None:
    def broken(keys: list[str]) -> list[Chunk]:
        raise StoreUnavailable("gone")

    with pytest.raises(StoreUnavailable):
        index.update("r2", {"new": ""}, broken)
    assert (index.revision, set(index.versions())) == ("r1", {"k"})
    assert "k-8" in index.search("tapis", 10)


def test_two_processes_may_bring_it_up_to_date_at_once(index: LexicalIndex, tmp_path: Path) -> None:
    other = LexicalIndex(tmp_path / "lexical.sqlite")
    documents = {"k": PASSAGES, "new": ["un tapis volant"]}
    for each in (index, other):
        each.update("r2", dict.fromkeys(documents, ""), lambda keys: of_all(documents, keys))
    assert set(other.search("tapis", 10)) == set(index.search("tapis", 10)) == {"k-8", "new-0"}


def test_it_is_still_there_when_opened_again(index: LexicalIndex, tmp_path: Path) -> None:
    index.close()
    again = LexicalIndex(tmp_path / "lexical.sqlite")
    assert again.revision == "r1"
    assert "k-8" in again.search("tapis", 10)


@pytest.mark.parametrize("content", [b"not a database at all" * 100, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_damaged_file_is_begun_again(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "below" / "lexical.sqlite"
    path.parent.mkdir()
    path.write_bytes(content)
    Path(f"{path}-journal").write_bytes(b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7" + b"\xff" * 5000)
    index = LexicalIndex(path)
    assert (index.revision, set(index.versions())) == (None, set())
    fill(index, k=PASSAGES)
    assert "k-8" in index.search("tapis", 10)


def test_a_file_of_another_layout_is_begun_again(index: LexicalIndex, tmp_path: Path) -> None:
    index.close()
    with sqlite3.connect(tmp_path / "lexical.sqlite") as file:
        file.execute("PRAGMA user_version = 0")
    again = LexicalIndex(tmp_path / "lexical.sqlite")
    assert (again.revision, set(again.versions())) == (None, set())


def test_a_file_that_someone_is_writing_is_not_deleted(
    index: LexicalIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.lexical.PATIENCE", 0.1)
    path = tmp_path / "lexical.sqlite"
    before = path.stat().st_ino
    with sqlite3.connect(path, isolation_level=None) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreUnavailable, match="locked"):
            LexicalIndex(path)
        writer.execute("ROLLBACK")
    assert path.stat().st_ino == before
    assert LexicalIndex(path).revision == "r1"


def test_a_place_that_can_not_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreUnavailable, match="can't be opened") as caught:
        LexicalIndex(tmp_path / "file" / "lexical.sqlite")
    assert "\n" not in str(caught.value)


def test_a_folder_in_its_place_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "lexical.sqlite").mkdir()
    with pytest.raises(StoreUnavailable, match="can't be opened"):
        LexicalIndex(tmp_path / "lexical.sqlite")
