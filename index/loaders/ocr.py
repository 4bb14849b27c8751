"""Text of a picture, by the program `tesseract` where it is installed."""

import shutil
import subprocess
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DOTS_PER_INCH = 300
# Seconds; a page takes a few.
_PAGE_LIMIT = 60


def is_available() -> bool:
    """Whether pictures can be read here."""
    return shutil.which("tesseract") is not None


def installed() -> str:
    """The languages that pictures can be read in here, as `eng+fra`; "" if they can't be read."""
    program = shutil.which("tesseract")
    try:
        return _languages(program) if program else ""
    except (OSError, subprocess.SubprocessError, UnicodeError):  # it is there and does not run
        return ""


def read_picture(grey: "NDArray[np.uint8]") -> str:
    """The text of a picture of a page; "" if there is none, or if reading it takes longer than a minute.

    Args:
        grey: Brightness of its points, of shape (height, width).
    """
    height, width = grey.shape
    picture = b"P5 %d %d 255\n" % (width, height) + grey.tobytes()
    program = shutil.which("tesseract") or "tesseract"
    try:
        options = ["stdin", "stdout", "-l", _languages(program), "--dpi", str(DOTS_PER_INCH)]
        done = subprocess.run([program, *options], input=picture, capture_output=True, timeout=_PAGE_LIMIT, check=False)
    except (OSError, subprocess.SubprocessError, UnicodeError):
        return ""
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else ""


@lru_cache(maxsize=1)
def _languages(program: str) -> str:
    """All that are installed: nobody knows which language a picture is in before it is read."""
    listed = subprocess.run([program, "--list-langs"], capture_output=True, text=True, timeout=_PAGE_LIMIT, check=False)
    names = [line for line in listed.stdout.split("\n")[1:] if line and line != "osd" and "/" not in line]
    return "+".join(names) or "eng"
