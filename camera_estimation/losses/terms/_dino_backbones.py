"""DINO and DINOv2 from weight files alone, in place of ``torch.hub.load``, which runs code from GitHub.

DreamSim carries DINO's model code and depends on timm, which has DINOv2's; both take the original state dicts.
"""

from __future__ import annotations

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from camera_estimation.weights import BACKBONES

DREAMSIM_INPUT = 224  # pixels
_DINOV2_PATCH = 14
# DINOv2 adds this to the size it resamples to, so that rounding cannot lose a row; it shifts the grid a little.
_DINOV2_OFFSET = 0.1


def load_dino_backbone(repository: str, model: str, *args: Any, **kwargs: Any) -> nn.Module:
    """As ``torch.hub.load(repository, model)`` for the two models that DreamSim asks for."""
    state = torch.load(BACKBONES[model].require(), map_location="cpu", weights_only=True)
    return _dinov2(state) if model == "dinov2_vitb14" else _dino(state)


def _dino(state: dict[str, Tensor]) -> nn.Module:
    from dreamsim.feature_extraction.vision_transformer import vit_base

    model = vit_base(patch_size=16)
    model.load_state_dict(state)
    return model


def _dinov2(state: dict[str, Tensor]) -> nn.Module:
    import timm

    model = timm.create_model("vit_base_patch14_dinov2", pretrained=False, img_size=DREAMSIM_INPUT, num_classes=0)
    # Used in training only.
    state = {name: value for name, value in state.items() if name != "mask_token"}
    state["pos_embed"] = _resample_positions(state["pos_embed"], DREAMSIM_INPUT // _DINOV2_PATCH)
    model.load_state_dict(state)
    return model


def _resample_positions(positions: Float[Tensor, "1 1+M*M D"], side: int) -> Float[Tensor, "1 1+side*side D"]:
    """Position embeddings for ``side`` x ``side`` patches, by DINOv2's own formula; timm's differs slightly."""
    for_class, grid = positions[:, :1], positions[:, 1:]
    grid_side = round(grid.shape[1] ** 0.5)
    grid = grid.unflatten(1, (grid_side, grid_side)).permute(0, 3, 1, 2)
    scale = (side + _DINOV2_OFFSET) / grid_side
    grid = F.interpolate(grid, scale_factor=(scale, scale), mode="bicubic")
    return torch.cat([for_class, grid.flatten(2).transpose(1, 2)], dim=1)
