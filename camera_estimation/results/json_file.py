"""JSON files that others may have written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from camera_estimation.errors import InputError


def read_json(path: Path) -> Any:
    """The tree of a JSON file that a user gave.

    Raises:
        InputError: There is no such file, or it is not JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; check the path") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); give a JSON file") from error
    except (ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{path}: is not valid JSON ({reason}); mend or write it again") from error
