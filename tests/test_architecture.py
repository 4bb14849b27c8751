"""The shape of the code: which module may import which, how long one may be, and what importing costs."""

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LAYERS = ("index", "rag", "ui")  # each may import itself and those before it
MODULES = sorted(path for layer in LAYERS for path in (ROOT / layer).rglob("*.py"))
LONGEST = 400  # lines
HEAVY = ("torch", "chromadb", "gradio", "sentence_transformers", "langchain")  # seconds each, so never at import


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imported(source: str, package: str) -> set[str]:
    """The top-level packages that a source imports anywhere, inside functions too."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(package if node.level else (node.module or "").split(".")[0])
    return found


def imports_of(path: Path) -> set[str]:
    return imported(path.read_text(encoding="utf-8"), path.relative_to(ROOT).parts[0])


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import rag.llm as llm, os", {"rag", "os"}),
        ("from ui.render import page", {"ui"}),
        ("from . import errors", {"index"}),
        ("def late():\n    if True:\n        from rag import answer", {"rag"}),
        ("async def late():\n    import ui", {"ui"}),
    ],
)
def test_the_check_itself_sees_every_form_of_import(source: str, expected: set[str]) -> None:
    assert imported(source, "index") == expected


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_go_one_way(path: Path) -> None:
    layer = path.relative_to(ROOT).parts[0]
    above = set(LAYERS[LAYERS.index(layer) + 1 :])
    against = imports_of(path) & (above | {"tests"})
    assert not against, f"{name_of(path)} imports {', '.join(sorted(against))}: imports go ui → rag → index only"


def test_no_module_is_too_long() -> None:
    paths = [*MODULES, *(ROOT / "tests").rglob("*.py")]
    lengths = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in paths}
    too_long = {name: lines for name, lines in lengths.items() if lines > LONGEST}
    assert not too_long, f"over {LONGEST} lines, split by concept: {too_long}"


def test_no_module_is_a_drawer_for_anything() -> None:
    drawers = [name_of(path) for path in MODULES if path.stem in {"utils", "util", "helpers", "common", "misc"}]
    assert not drawers, f"name these after what they hold: {drawers}"


def test_only_one_module_knows_chroma() -> None:
    users = {name_of(path) for path in MODULES if "chromadb" in imports_of(path)}
    assert users == {"index/chroma.py"}


@pytest.mark.parametrize(
    "script",
    [
        pytest.param("import index, rag, ui.cli", id="import"),
        pytest.param(
            "import sys\nsys.argv = ['footnote', '--help']\nfrom ui.cli import main\n"
            "try:\n    main()\nexcept SystemExit as exit:\n    assert not exit.code",
            id="footnote --help",
        ),
    ],
)
def test_nothing_heavy_loads_before_it_is_needed(script: str) -> None:
    report = "\nimport json, sys\nprint(json.dumps(sorted(sys.modules)), file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", script + report], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    loaded = set(json.loads(done.stderr.splitlines()[-1]))
    assert not loaded & set(HEAVY)


def test_the_page_is_built_before_models_and_chroma_load(tmp_path: Path) -> None:
    script = (
        "import json, sys\nfrom rag.settings import Settings\nimport ui.serving\nfrom ui.chat import build_app\n"
        "build_app(Settings(index_path=sys.argv[1], llm='quotes'))\nprint(json.dumps(sorted(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "index")], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    loaded = set(json.loads(done.stdout.splitlines()[-1]))
    assert not loaded & ({"langchain_core", "xllamacpp", *HEAVY} - {"gradio"})


def tracked_texts() -> dict[str, str]:
    """Every text file that git would ship, by name."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    contents = {name: (ROOT / name) for name in listed.stdout.split("\0") if name}
    raw = {name: path.read_bytes() for name, path in contents.items() if path.is_file()}
    return {name: data.decode("utf-8", "replace") for name, data in raw.items() if b"\0" not in data}


def test_packages_are_named_and_their_hosts_are_not() -> None:
    hosts = ("pypi" + ".org", "python" + "hosted.org", "registry.npmjs" + ".org")
    naming = {name: host for name, text in tracked_texts().items() for host in hosts if host in text}
    assert not naming, f"pip knows where its packages are, and a mirror may stand in: {naming}"


def test_no_path_of_anybodys_home() -> None:
    home = re.compile(r"(?<![\w.~$}:/-])/(?:home|Users|root)/[\w.]+")
    found = {name: match[0] for name, text in tracked_texts().items() if (match := home.search(text))}
    assert not found, f"these work on one machine only: {found}"
