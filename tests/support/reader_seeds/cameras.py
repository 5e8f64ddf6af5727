"""Cameras and poses, of this program and of others."""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from tests.support.reader_seeds.seed import Seed

CAMERA = {"width": 64, "height": 48, "fx": 60.0, "fy": 60.0, "cx": 32.0, "cy": 24.0}
POSE = [[1.0, 0, 0, 0], [0, 1.0, 0, 0], [0, 0, 1.0, 3.0], [0, 0, 0, 1.0]]


def camera_seeds(folder: Path) -> Iterator[Seed]:
    from camera_estimation.dataset import load_intrinsics, read_bop_scene
    from camera_estimation.results import load_initial_poses, read_entries, read_poses

    camera = {**CAMERA, "world_to_camera": POSE}
    yield Seed("json", "k.json", json.dumps({"a.png": {**CAMERA, "k1": 0.1}}).encode(), load_intrinsics)
    yield Seed("json", "init.json", json.dumps({"a": camera, "b": {"camera": camera}}).encode(), load_initial_poses)
    frames = {"camera_angle_x": 0.9, "w": 64, "h": 48, "frames": [{"file_path": "a.png", "transform_matrix": POSE}]}
    for read in (load_intrinsics, load_initial_poses):
        yield Seed("json", "transforms.json", json.dumps(frames).encode(), read)
    pose = {"cam_R_m2c": [1, 0, 0, 0, 1, 0, 0, 0, 1], "cam_t_m2c": [0, 0, 900.0], "obj_id": 1}
    yield Seed("json", "scene_gt.json", json.dumps({"0": [pose]}).encode(), read_bop_scene)
    cameras = {"0": {"cam_K": [60, 0, 32, 0, 60, 24, 0, 0, 1], "width": 64, "height": 48}}
    yield Seed("json", "scene_camera.json", json.dumps(cameras).encode(), load_intrinsics)
    entry = {"name": "a", "mesh": "a.glb", "image": "a.png", "status": "ok", **camera}
    run = {"format": "camera-estimation/poses", "version": 1, "poses": [entry]}
    for reads in (load_initial_poses, read_entries, read_poses):
        yield Seed("json", "poses.json", json.dumps(run).encode(), reads)
    yield Seed("text", "trajectory.txt", b"# sample a\n0.5 0 0 3 0 0 0 1\n", load_initial_poses)
    table = "name,image,mesh,width,height,fx,fy,cx,cy,center_x,center_y,center_z,qx,qy,qz,qw\n"
    row = "a,a.png,a.glb,64,48,60,60,32,24,0,0,-3,0,0,0,1\n"
    yield Seed("csv", "cameras.csv", (table + row).encode(), load_initial_poses)


def colmap_seeds(folder: Path) -> Iterator[Seed]:
    from camera_estimation.dataset import load_intrinsics
    from camera_estimation.results import load_initial_poses

    cameras = b"# cameras\n1 OPENCV 64 48 60 60 32 24 0.1 0 0 0\n"
    images = b"# images\n1 1 0 0 0 0 0 3 1 a.png\n3 4 -1\n"
    yield Seed("colmap", "cameras.txt", cameras, load_intrinsics, {"images.txt": images})
    yield Seed("colmap", "images.txt", images, load_initial_poses, {"cameras.txt": cameras})
    packed = struct.pack("<QIiQQ4d", 1, 1, 1, 64, 48, 60, 60, 32, 24)
    posed = struct.pack("<QI7dI", 1, 1, 1, 0, 0, 0, 0, 0, 3, 1) + b"a.png\0" + struct.pack("<Q2dq", 1, 3, 4, -1)
    yield Seed("colmap", "cameras.bin", packed, load_intrinsics, {"images.bin": posed})
    yield Seed("colmap", "images.bin", posed, load_initial_poses, {"cameras.bin": packed})


def opencv_seeds(folder: Path) -> Iterator[Seed]:
    import cv2

    from camera_estimation.dataset import load_intrinsics
    from camera_estimation.results import load_initial_poses

    for suffix in ("yaml", "xml"):
        storage = cv2.FileStorage(f".{suffix}", cv2.FILE_STORAGE_WRITE | cv2.FILE_STORAGE_MEMORY)
        storage.write("image_width", 64)
        storage.write("image_height", 48)
        storage.write("camera_matrix", np.array([[60.0, 0, 32], [0, 60, 24], [0, 0, 1]]))
        storage.write("distortion_coefficients", np.array([[0.1, 0, 0, 0, 0]]))
        storage.write("rvec", np.zeros((3, 1)))
        storage.write("tvec", np.array([[0.0], [0], [3]]))
        content = storage.releaseAndGetString().encode()
        for read in (load_intrinsics, load_initial_poses):
            yield Seed("yaml", f"cameras.{suffix}", content, read)


def array_seeds(folder: Path) -> Iterator[Seed]:
    from camera_estimation.dataset import load_intrinsics
    from camera_estimation.mesh import read_bend
    from camera_estimation.results import load_initial_poses

    def packed(**arrays: Any) -> bytes:
        stream = io.BytesIO()
        np.savez(stream, **arrays)
        return stream.getvalue()

    matrix = np.array([[60.0, 0, 32], [0, 60, 24], [0, 0, 1]])
    yield Seed("npz", "k.npz", packed(K=matrix, dist=np.zeros(5)), load_intrinsics)
    splats = {"name": np.array(["a"]), "viewmats": np.array([POSE]), "Ks": matrix[None]}
    yield Seed("npz", "cameras.npz", packed(**splats, width=np.array([64]), height=np.array([48])), load_initial_poses)
    bend = {"sources": np.zeros((2, 3)), "weights": np.zeros((2, 3)), "length": np.float64(1), "origin": np.zeros(3)}
    bend |= {"stretch": np.eye(3), "linear": np.eye(3), "shift": np.zeros(3)}
    yield Seed("npz", "bend.npz", packed(**bend), read_bend)
