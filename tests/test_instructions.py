"""What a local model has read is there in the next process; with the real model."""

import os
import subprocess
import sys
from pathlib import Path

from rag import local
from rag.engine import SLOTS
from rag.prompts import beginnings

CODE = """
import sys
from pathlib import Path
from langchain_core.messages import HumanMessage, SystemMessage
from rag import engine, instructions, local

folder = Path(sys.argv[1])
prompt = [SystemMessage("You name the colour of a thing."), HumanMessage("The sky?")]
server = engine.serve(local.find(), folder)
instructions.read(server, [prompt], folder)
messages = [{"role": "system", "content": prompt[0].content}, {"role": "user", "content": "The sea?"}]
for _ in range(2):
    answer = server.post("/v1/chat/completions", {"messages": messages, "max_tokens": 4, "temperature": 0}, 100)
    print(answer["timings"]["cache_n"], answer["timings"]["prompt_n"], answer["choices"][0]["message"]["content"])
    instructions.restore(server, [prompt], folder)
"""


def ask_in_a_process(folder: Path) -> list[tuple[int, int, str]]:
    """Tokens cached, tokens read and the answer, of the same question twice; in between the model has to forget it."""
    done = subprocess.run(
        [sys.executable, "-c", CODE, str(folder)], capture_output=True, text=True, timeout=280, check=True
    )
    assert done.stderr == ""
    answers = [line.split(maxsplit=2) for line in done.stdout.splitlines()]
    return [(int(cached), int(read), said) for cached, read, said in answers]


def test_each_kind_of_prompt_has_a_slot_and_so_has_the_probe_and_one_is_left_for_others() -> None:
    assert len(beginnings()) + 1 < SLOTS


def test_instructions_are_read_once(tmp_path: Path) -> None:
    assert local.installed(), "this test needs the local model: footnote models pull"
    folder = tmp_path / "model" / "kept"
    folder.mkdir(parents=True)
    other, used = (folder.with_name(name) / "of-its-prompt" for name in ("of-another-llama.cpp", "in-use"))
    for path in (folder / "of-another-prompt", other, used):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"")
    for path in (folder / "of-another-prompt", other, other.parent, used.parent):
        os.utime(path, (0, 0))
    first = ask_in_a_process(folder)
    assert sorted(folder.parent.iterdir()) == [used.parent, folder]  # what nobody has used for long is gone
    (kept,) = folder.iterdir()
    whole, written = kept.read_bytes(), kept.stat().st_ino
    assert ask_in_a_process(folder) == first
    assert kept.stat().st_ino == written  # found, not written again
    (cached, read, _), again = first
    assert cached > read
    assert again == first[0]  # what was asked in between changes nothing
    kept.write_bytes(whole[: len(whole) // 2])
    assert ask_in_a_process(folder) == first
    assert len(kept.read_bytes()) == len(whole)


def test_without_a_place_to_keep_them_the_model_answers_all_the_same(tmp_path: Path) -> None:
    nowhere = tmp_path / "file"
    nowhere.write_text("no folder")
    assert ask_in_a_process(nowhere / "kept")[0][2].strip()
