"""The table [semantic_cosine] of a configuration: a short way to add one term to whatever objective there is.

Presets bring the table and the command line the objective, so that it becomes a term only once both are known.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from camera_estimation.configuration import LossConfig
from camera_estimation.errors import InputError

SEMANTIC_TERM = "semantic_cosine"
TERM_SETTINGS = ("features", "net", "global_fallback")
WEIGHT_SUFFIX = "_weight"


def add_semantic_term(config: LossConfig) -> LossConfig:
    """The configuration with the table, where it is enabled, as one more term of its objective, and without it.

    Raises:
        InputError: A setting that the table does not have.
    """
    table = dict(config.semantic_cosine)
    enabled = table.pop("enabled", False)
    if not isinstance(enabled, bool):
        raise InputError(f"[semantic_cosine]: 'enabled' is true or false, not {enabled!r}")
    if not enabled:
        return config
    weight = table.pop("weight", 1.0)
    settings: dict[str, Any] = {key: table.pop(key) for key in TERM_SETTINGS if key in table}
    unknown = [key for key in table if not key.endswith(WEIGHT_SUFFIX)]
    if unknown:
        raise InputError(
            f"[semantic_cosine] has no setting '{unknown[0]}'; its settings: enabled, weight, global_fallback, "
            "features, net, and a weight for each region, such as face_weight"
        )
    if table:
        settings["weights"] = {key.removesuffix(WEIGHT_SUFFIX): value for key, value in table.items()}
    if config.name == SEMANTIC_TERM and not config.terms:
        options = {"weight": weight, **settings, **config.options.get(SEMANTIC_TERM, {})}
        return replace(config, semantic_cosine={}, options={**config.options, SEMANTIC_TERM: options})
    own = config.terms or ({"objective": config.name, **config.options},)
    term = {"term": SEMANTIC_TERM, "weight": weight, **settings}
    options = config.options if config.terms else {}
    name = f"{config.name} + {SEMANTIC_TERM}"
    return replace(config, name=name, terms=(*own, term), options=options, semantic_cosine={})
