"""Which weight files the perceptual networks need, where they live, and whether they are there.

Files lie in the folder ``$CAMERA_ESTIMATION_CACHE``, else ``$XDG_CACHE_HOME/camera-estimation``, else
``~/.cache/camera-estimation``, in a subfolder per network. Nothing heavy is imported here.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from camera_estimation.errors import InputError, MissingWeightsError
from camera_estimation.io import cache_folder, cache_home

DEFAULT_VARIANT = {"lpips": "vgg", "dreamsim": "ensemble", "dinov2": "vits14", "alike": "t"}
# Of networks that are not packages themselves: the one that has their code.
_PACKAGES = {"dinov2": "timm", "alike": "torch"}

FETCH_ADVICE = "fetch them with: camera-estimate --fetch_weights "

_TORCHVISION = "https://download.pytorch.org/models"
_DREAMSIM = "https://github.com/ssundaram21/dreamsim/releases/download"
_ALIKE = "https://github.com/Shiaoming/ALIKE/raw/main/models"
_META = "https://dl.fbaipublicfiles.com"


@dataclass(frozen=True)
class WeightFile:
    """One file to download into ``folder`` (the network's); an archive is present when all its ``members`` are."""

    name: str
    url: str
    folder: str
    contents: str  # what a message calls it
    size: str = ""
    members: tuple[str, ...] = ()
    sha256: str = ""  # of the whole file, or its beginning; empty where nobody publishes it
    lpips_net: str = ""  # of a classifier: the net of LPIPS that takes its convolutions, and needs no more of it

    @property
    def path(self) -> Path:
        """Where the file belongs."""
        return weights_folder() / self.folder / self.name

    def find(self) -> Path | None:
        """The file (or the folder that an archive is unpacked in), or None: torch.hub's own cache counts too."""
        if self.members:
            unpacked = all((self.path.parent / member).exists() for member in self.members)
            return self.path.parent if unpacked else None
        places = (self.path, _torch_hub_checkpoints() / self.name)
        return next((place for place in places if place.is_file()), None)

    def require(self) -> Path:
        """As ``find``; raises MissingWeightsError where that is None."""
        found = self.find()
        if found is None:
            raise MissingWeightsError(f"{self.path}: weights of {self.contents} are missing")
        return found


def weights_folder() -> Path:
    """The folder of all weights; see the module."""
    return cache_folder()


def weight_files(network: str, variant: str | None = None) -> tuple[WeightFile, ...]:
    """The files of a network ("lpips", "alike", "dinov2", "dreamsim") and its variant, such as LPIPS's net.

    Raises InputError for an unknown one.
    """
    if network not in _FILES:
        raise InputError(f"unknown network '{network}'; weights are known of: {', '.join(_FILES)}")
    variants = _FILES[network]
    variant = variant or DEFAULT_VARIANT[network]
    if variant not in variants:
        raise InputError(f"{network}: unknown variant '{variant}'; known: {', '.join(variants)}")
    return variants[variant]


def missing_files(network: str, variant: str | None = None) -> list[WeightFile]:
    """The files of ``weight_files`` that are not on this machine."""
    return [file for file in weight_files(network, variant) if file.find() is None]


def describe_missing(objective: str, networks: Iterable[tuple[str, str]]) -> str | None:
    """None, or one line that names what ``objective`` lacks and the command that gets it.

    ``networks`` are pairs of network and variant. Raises InputError for an unknown one.
    """
    lacking = {(network, variant): missing_files(network, variant) for network, variant in networks}
    needed = dict.fromkeys(_PACKAGES.get(network, network) for network, _ in lacking)
    packages = [package for package in needed if find_spec(package) is None]
    if packages:
        names = " ".join(packages)
        return f"{objective}: not installed: {names}; install with: pip install {names}"
    files = [file for files in lacking.values() for file in files]
    if not files:
        return None
    contents = " and ".join(file.contents for file in files)
    names = "; ".join(f"{file.name}, {file.size}" if file.size else file.name for file in files)
    specs = " ".join(_format_spec(network, variant) for (network, variant), files in lacking.items() if files)
    return f"{objective}: weights of {contents} are missing ({names}); {FETCH_ADVICE}{specs}"


def parse_spec(spec: str) -> tuple[str, str]:
    """("lpips", "alex") of "lpips:alex", the default variant where none is named. Raises InputError for an unknown."""
    network, _, variant = spec.partition(":")
    weight_files(network, variant)
    return network, variant or DEFAULT_VARIANT[network]


def _format_spec(network: str, variant: str) -> str:
    return network if variant == DEFAULT_VARIANT[network] else f"{network}:{variant}"


def _torch_hub_checkpoints() -> Path:
    home = os.environ.get("TORCH_HOME")
    return (Path(home).expanduser() if home else cache_home() / "torch") / "hub" / "checkpoints"


def _lpips_trunk(net: str, name: str, architecture: str, size: str) -> tuple[WeightFile, ...]:
    url = f"{_TORCHVISION}/{name}"
    # PyTorch's own files carry the start of their checksum in their names: vgg16-397923af.pth.
    sha256 = Path(name).stem.rpartition("-")[2]
    return (WeightFile(name, url, "lpips", f"the {architecture} trunk", size, sha256=sha256, lpips_net=net),)


def _dinov2_model(variant: str, size: str) -> tuple[WeightFile, ...]:
    name = f"dinov2_{variant}_pretrain.pth"
    return (WeightFile(name, f"{_META}/dinov2/dinov2_{variant}/{name}", "dinov2", f"DINOv2 {variant}", size),)


def _alike_model(variant: str, size: str, sha256: str) -> tuple[WeightFile, ...]:
    name = f"alike-{variant}.pth"
    return (WeightFile(name, f"{_ALIKE}/{name}", "alike", f"ALIKE-{variant.upper()}", size, sha256=sha256),)


def _dreamsim_archive(release: str, variant: str, size: str, *members: str) -> WeightFile:
    name = f"dreamsim_{variant}_checkpoint.zip"
    adapter = "ensemble_lora" if variant == "ensemble" else f"{variant}_single_lora"
    return WeightFile(
        name,
        f"{_DREAMSIM}/{release}-checkpoints/{name}",
        "dreamsim",
        f"DreamSim {variant}",
        size,
        (*members, f"{adapter}/adapter_config.json"),
    )


# What DreamSim loads through torch.hub beside its archive, in the place where torch.hub keeps it in DreamSim's folder.
BACKBONES = {
    "dino_vitb16": WeightFile(
        "dino_vitbase16_pretrain.pth",
        f"{_META}/dino/dino_vitbase16_pretrain/dino_vitbase16_pretrain.pth",
        "dreamsim/checkpoints",
        "the DINO backbone",
        "343 MB",
    ),
    "dinov2_vitb14": WeightFile(
        "dinov2_vitb14_pretrain.pth",
        f"{_META}/dinov2/dinov2_vitb14/dinov2_vitb14_pretrain.pth",
        "dreamsim/checkpoints",
        "the DINOv2 backbone",
        "346 MB",
    ),
}

_DINO_HEAD = "dino_vitb16_pretrain.pth"
_FILES: dict[str, dict[str, tuple[WeightFile, ...]]] = {
    "lpips": {
        "vgg": _lpips_trunk("vgg", "vgg16-397923af.pth", "VGG16", "528 MB"),
        "alex": _lpips_trunk("alex", "alexnet-owt-7be5be79.pth", "AlexNet", "233 MB"),
        "squeeze": _lpips_trunk("squeeze", "squeezenet1_1-b8a52dc0.pth", "SqueezeNet", "5 MB"),
    },
    "alike": {
        "t": _alike_model("t", "0.4 MB", "c0840329a6b88518d914b03af2be956f5607055a389ba17441db02bb94f7d12e"),
        "n": _alike_model("n", "1.4 MB", "8bd4789272eec779be280f8fc1007608ff604241440a0a3377c1559199412ee3"),
    },
    "dinov2": {
        "vits14": _dinov2_model("vits14", "88 MB"),
        "vitb14": _dinov2_model("vitb14", "346 MB"),
        "vitl14": _dinov2_model("vitl14", "1.2 GB"),
    },
    "dreamsim": {
        "ensemble": (
            _dreamsim_archive(
                "v0.2.0",
                "ensemble",
                "1.26 GB",
                _DINO_HEAD,
                "open_clip_vitb16_pretrain.pth.tar",
                "clip_vitb16_pretrain.pth.tar",
            ),
            BACKBONES["dino_vitb16"],
        ),
        "dino_vitb16": (_dreamsim_archive("v0.2.0", "dino_vitb16", "", _DINO_HEAD), BACKBONES["dino_vitb16"]),
        "dinov2_vitb14": (
            _dreamsim_archive("v0.2.1", "dinov2_vitb14", "", "dinov2_vitb14_pretrain.pth"),
            BACKBONES["dinov2_vitb14"],
        ),
        "clip_vitb32": (_dreamsim_archive("v0.2.0", "clip_vitb32", "", "clip_vitb32_pretrain.pth.tar"),),
        "open_clip_vitb32": (_dreamsim_archive("v0.2.0", "open_clip_vitb32", "", "open_clip_vitb32_pretrain.pth.tar"),),
        "synclr_vitb16": (_dreamsim_archive("v0.2.1", "synclr_vitb16", "", "synclr_vit_b_16.pth"),),
    },
}
