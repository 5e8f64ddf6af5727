"""Several things of one category in a picture: which belong together, and their numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from camera_estimation.segmentation.picture import Mask

SAME = 0.5  # pieces that share this much of the smaller one are of the same thing
LEAST_SHARE = 0.2  # of a piece in the mask of a person that it may belong to


def union(masks: Sequence[Mask]) -> Mask:
    """What any of them covers."""
    return np.maximum.reduce(list(masks))


def overlap_share(first: Mask, second: Mask) -> float:
    """Intersection over union, of soft masks."""
    return float(np.minimum(first, second).sum() / max(np.maximum(first, second).sum(), 1e-6))


def inside_share(piece: Mask, whole: Mask) -> float:
    """The part of ``piece`` that ``whole`` covers."""
    return float(np.minimum(piece, whole).sum() / max(piece.sum(), 1e-6))


def join_pieces(pieces: Sequence[Mask]) -> list[Mask]:
    """One mask of each thing: pieces that lie upon each other, such as eyes and face, are one. From left to right."""
    joined: list[Mask] = []
    for piece in sorted(pieces, key=lambda mask: -mask.sum()):
        same = next((index for index, mask in enumerate(joined) if inside_share(piece, mask) >= SAME), None)
        if same is None:
            joined.append(piece)
        else:
            joined[same] = np.maximum(joined[same], piece)
    return left_to_right(joined)


def by_owner(pieces: Sequence[Mask], owners: Sequence[Mask]) -> list[Mask | None]:
    """For each of the owners, such as people, the union of the pieces that are theirs, or None.

    A piece belongs to the owner that covers most of it; pieces that nobody covers are left out. Without any, an empty
    list.
    """
    shared: list[list[Mask]] = [[] for _ in owners]
    for piece in pieces:
        shares = [inside_share(piece, owner) for owner in owners]
        if max(shares) >= LEAST_SHARE:
            shared[int(np.argmax(shares))].append(piece)
    masks = [union(own) if own else None for own in shared]
    return masks if any(mask is not None for mask in masks) else []


def left_to_right(masks: Sequence[Mask]) -> list[Mask]:
    """By the columns of their centroids."""
    return sorted(masks, key=lambda mask: float(mask.sum(0) @ np.arange(mask.shape[1]) / max(mask.sum(), 1e-6)))
