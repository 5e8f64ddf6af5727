"""Weight files of the right names, shapes and forms with random values; a few MB instead of a few GB."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from torch import Tensor

_ROW_SHIFT = 97
_LORA_RANK = 4


def random_state(shapes: dict[str, tuple[int, ...]], seed: int) -> dict[str, Tensor]:
    """A state dict scaled so that activations neither vanish nor explode.

    All tensors are overlapping views of one noise vector, which is all that ``torch.save`` writes.
    """
    longest = max(_ROW_SHIFT * shape[0] + _row(shape) for shape in shapes.values())
    noise = torch.randn(longest + 1000, generator=torch.Generator().manual_seed(seed))
    scaled = {}
    state = {}
    for index, (name, shape) in enumerate(shapes.items()):
        if len(shape) == 1 and "norm" in name and name.endswith("weight"):
            state[name] = torch.ones(shape)
            continue
        scale = 0.1 if len(shape) == 1 else (2 / _row(shape)) ** 0.5
        values = scaled.setdefault(scale, noise * scale)
        strides = [_ROW_SHIFT] + [_row(shape[axis:]) for axis in range(1, len(shape))]
        state[name] = values.as_strided(shape, strides, storage_offset=index % 1000)
    return state


def _row(shape: tuple[int, ...]) -> int:
    return torch.Size(shape[1:]).numel()


def shapes_of(build) -> dict[str, tuple[int, ...]]:
    """Names and shapes of a model's state, which ``build`` makes without memory."""
    with torch.device("meta"):
        return {name: tuple(value.shape) for name, value in build().state_dict().items()}


def write_lpips_trunks(folder: Path) -> None:
    """torchvision's files."""
    from torchvision import models

    folder.mkdir(parents=True)
    trunks = {
        "vgg16-397923af.pth": models.vgg16,
        "alexnet-owt-7be5be79.pth": models.alexnet,
        "squeezenet1_1-b8a52dc0.pth": models.squeezenet1_1,
    }
    for name, build in trunks.items():
        torch.save(random_state(shapes_of(build), seed=1), folder / name)


def write_dreamsim(folder: Path) -> None:
    """What the archives of all types unpack to, and the backbones of torch.hub."""
    (folder / "checkpoints").mkdir(parents=True)
    for patch in (16, 32):
        shapes = vit_shapes(patch)
        clip = {**shapes, "pos_drop.weight": (768,), "pos_drop.bias": (768,), "proj": (768, 512)}
        for seed, name in enumerate((f"clip_vitb{patch}", f"open_clip_vitb{patch}")):
            torch.save({"state_dict": random_state(clip, seed=seed)}, folder / f"{name}_pretrain.pth.tar")
        if patch == 16:
            torch.save(random_state(shapes, seed=2), folder / "checkpoints" / "dino_vitbase16_pretrain.pth")
            synclr = {f"module.visual.{name}": shape for name, shape in shapes.items()}
            torch.save({"model": random_state(synclr, seed=3)}, folder / "synclr_vit_b_16.pth")
    torch.save(random_state(dinov2_shapes(), seed=4), _dinov2_path(folder))
    (folder / "dinov2_vitb14_pretrain.pth").touch()
    torch.save({"student": random_state(_DINO_HEAD, seed=5)}, folder / "dino_vitb16_pretrain.pth")
    for name in ("dino_vitb16", "dinov2_vitb14", "clip_vitb32", "open_clip_vitb32", "synclr_vitb16"):
        _write_adapter(folder / f"{name}_single_lora", extractors=1)
    _write_adapter(folder / "ensemble_lora", extractors=3)


def vit_shapes(patch: int, tokens: int | None = None, width: int = 768) -> dict[str, tuple[int, ...]]:
    """A plain ViT-B, or one of another width; for 224 pixels where the number of tokens is not given."""
    layers = {
        "norm1": (width,),
        "attn.qkv": (3 * width, width),
        "attn.proj": (width, width),
        "norm2": (width,),
        "mlp.fc1": (4 * width, width),
        "mlp.fc2": (width, 4 * width),
    }
    blocks = {f"blocks.{block}.{layer}": shape for block in range(12) for layer, shape in layers.items()}
    shapes = {"cls_token": (1, 1, width), "pos_embed": (1, tokens or 1 + (224 // patch) ** 2, width)}
    for layer, shape in {"patch_embed.proj": (width, 3, patch, patch), **blocks, "norm": (width,)}.items():
        shapes[f"{layer}.weight"] = shape
        shapes[f"{layer}.bias"] = shape[:1]
    return shapes


def dinov2_shapes(width: int = 768) -> dict[str, tuple[int, ...]]:
    """DINOv2 for 518 pixels: beside a plain ViT it has layer scales and a mask token."""
    scales = {f"blocks.{block}.{name}.gamma": (width,) for block in range(12) for name in ("ls1", "ls2")}
    return {**vit_shapes(14, 1 + 37 * 37, width), **scales, "mask_token": (1, width)}


def write_dinov2(folder: Path) -> None:
    """The smallest of Meta's models."""
    folder.mkdir(parents=True)
    torch.save(random_state(dinov2_shapes(384), seed=7), folder / "dinov2_vits14_pretrain.pth")


def _dinov2_path(folder: Path) -> Path:
    return folder / "checkpoints" / "dinov2_vitb14_pretrain.pth"


_DINO_HEAD = {
    "module.head.mlp.0.weight": (2048, 768),
    "module.head.mlp.0.bias": (2048,),
    "module.head.mlp.2.weight": (2048, 2048),
    "module.head.mlp.2.bias": (2048,),
    "module.head.mlp.4.weight": (256, 2048),
    "module.head.mlp.4.bias": (256,),
    "module.head.last_layer.weight": (2048, 256),
}


def _write_adapter(folder: Path, extractors: int) -> None:
    folder.mkdir()
    config = {
        "peft_type": "LORA",
        "task_type": None,
        "base_model_name_or_path": None,
        "r": _LORA_RANK,
        "lora_alpha": 4,
        "lora_dropout": 0.3,
        "bias": "none",
        "target_modules": ["qkv"],
    }
    (folder / "adapter_config.json").write_text(json.dumps(config))
    shapes = {}
    for extractor in range(extractors):
        for block in range(12):
            layer = f"base_model.model.extractor_list.{extractor}.model.blocks.{block}.attn.qkv"
            shapes[f"{layer}.lora_A.weight"] = (_LORA_RANK, 768)
            shapes[f"{layer}.lora_B.weight"] = (3 * 768, _LORA_RANK)
    torch.save(random_state(shapes, seed=6), folder / "adapter_model.bin")
