"""Pictures and networks that the tests of masks make themselves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image


def disc(width: int = 96, height: int = 72, center=(40, 36), radius: float = 20) -> np.ndarray:
    rows, columns = np.mgrid[:height, :width]
    return (columns - center[0]) ** 2 + (rows - center[1]) ** 2 < radius**2


def speckled(mask: np.ndarray, seed: int = 0) -> np.ndarray:
    """A bright warm object before a dark ground with too much noise to be plain, [H, W, 3]."""
    generator = np.random.default_rng(seed)
    ground = generator.integers(0, 60, (*mask.shape, 3))
    thing = np.array([240, 200, 150]) - generator.integers(0, 20, (*mask.shape, 3))
    return np.where(mask[..., None], thing, ground).astype(np.uint8)


def save(path: Path, pixels: np.ndarray) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
    return path


def overlap(first: np.ndarray, second: np.ndarray) -> float:
    first, second = (mask >= 0.5 if mask.dtype != bool else mask for mask in (first, second))
    return float((first & second).sum() / max((first | second).sum(), 1))


def write_brightness_network(folder: Path, name: str = "u2netp") -> Path:
    """An ONNX model with the inputs and outputs of u2netp, that takes what is bright for the object."""
    from onnx import TensorProto, checker, helper, save_model

    shape = {"input.1": [1, 3, 320, 320], "1959": [1, 1, 320, 320]}
    given, wanted = (helper.make_tensor_value_info(key, TensorProto.FLOAT, size) for key, size in shape.items())
    node = helper.make_node("ReduceMean", ["input.1"], ["1959"], axes=[1], keepdims=1)
    graph = helper.make_graph([node], "brightness", [given], [wanted])
    # Versions that older releases of onnxruntime read too.
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    checker.check_model(model)
    folder.mkdir(parents=True, exist_ok=True)
    save_model(model, folder / f"{name}.onnx")
    return folder / f"{name}.onnx"


def write_sam2(folder: Path) -> Path:
    """A SAM 2 of random weights, small, as transformers saves it."""
    import torch
    from transformers import Sam2Config, Sam2ImageProcessor, Sam2Model, Sam2Processor

    side, width = 64, 32
    backbone = {
        "model_type": "sam2_hiera_det_model",
        "hidden_size": 8,
        "image_size": [side, side],
        "blocks_per_stage": [1, 1, 2, 1],
        "embed_dim_per_stage": [8, 16, 32, 64],
        "num_attention_heads_per_stage": [1, 1, 1, 1],
        "window_size_per_stage": [4, 4, 4, 2],
        "global_attention_blocks": [3],
        "window_positional_embedding_background_size": [4, 4],
    }
    config = Sam2Config(
        vision_config={
            "backbone_config": backbone,
            "backbone_channel_list": [64, 32, 16, 8],
            "backbone_feature_sizes": [[16, 16], [8, 8], [4, 4]],
            "fpn_hidden_size": width,
        },
        prompt_encoder_config={"hidden_size": width, "image_size": side, "patch_size": 16},
        mask_decoder_config={
            "hidden_size": width,
            "mlp_dim": 32,
            "num_hidden_layers": 1,
            "num_attention_heads": 1,
            "iou_head_hidden_dim": 32,
        },
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        Sam2Model(config).save_pretrained(folder)
    images = Sam2ImageProcessor(size={"height": side, "width": side}, mask_size={"height": 16, "width": 16})
    Sam2Processor(images).save_pretrained(folder)
    return folder


def write_sam3(folder: Path) -> Path:
    """A SAM 3 of random weights, small, with a vocabulary of single letters."""
    import torch
    from transformers import CLIPTokenizer, Sam3Config, Sam3ImageProcessor, Sam3Model, Sam3Processor

    side = 56
    small = {"hidden_size": 32, "num_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    letters = [chr(code) for code in range(33, 127)]
    tokens = [*letters, *(f"{letter}</w>" for letter in letters), "<|startoftext|>", "<|endoftext|>"]
    vision = {
        "model_type": "sam3_vit_model",
        "hidden_size": 32,
        "intermediate_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "image_size": side,
        "patch_size": 14,
        "window_size": 2,
        "global_attn_indexes": [1],
        "pretrain_image_size": 28,
    }
    text = {
        "model_type": "clip_text_model",
        "vocab_size": len(tokens),
        "hidden_size": 32,
        "intermediate_size": 32,
        "projection_dim": 32,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "max_position_embeddings": 32,
        "bos_token_id": len(tokens) - 2,
        "eos_token_id": len(tokens) - 1,
    }
    config = Sam3Config(
        vision_config={
            "backbone_config": vision,
            "fpn_hidden_size": 32,
            "backbone_feature_sizes": [[16, 16], [8, 8], [4, 4]],
        },
        text_config=text,
        geometry_encoder_config=small,
        detr_encoder_config=small,
        detr_decoder_config={**small, "num_queries": 4},
        mask_decoder_config={"hidden_size": 32, "num_attention_heads": 2},
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        Sam3Model(config).save_pretrained(folder)
    images = Sam3ImageProcessor(size={"height": side, "width": side}, mask_size={"height": 16, "width": 16})
    tokenizer = CLIPTokenizer(vocab={token: index for index, token in enumerate(tokens)}, merges=[])
    Sam3Processor(images, tokenizer).save_pretrained(folder)
    return folder
