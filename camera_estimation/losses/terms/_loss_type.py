"""The option ``loss_type`` of keypoint terms."""

from __future__ import annotations

from camera_estimation.errors import InputError


def check_loss_type(term: str, loss_type: str, known: tuple[str, ...]) -> None:
    """Raises InputError for one that is not known."""
    if loss_type not in known:
        raise InputError(f"term '{term}': loss_type '{loss_type}' is unknown; choose {', '.join(known)}")
