"""Tables and settings about samples."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from tests.support.reader_seeds.seed import Seed


def table_seeds(folder: Path) -> Iterator[Seed]:
    from camera_estimation.configuration import load_preset
    from camera_estimation.dataset import load_boxes, load_points, pair_by_csv, read_bop_results, read_bop_table
    from camera_estimation.images import load_keypoints, load_region_weights
    from camera_estimation.segmentation import load_prompts

    pairs = (
        "mesh,image,mask,instance,box,fx,fy,cx,cy,note\na.glb,a.png,m.png#2,,1 2 30 40,60,60,32,24,=1+1\n"
        'b.glb,"b, c.png",,,,,,,,\n'
    )
    yield Seed("csv", "pairs.csv", pairs.encode(), pair_by_csv)
    yield Seed("csv", "boxes.csv", b"image,left,top,right,bottom\na.png,1,2,30,40\n", load_boxes)
    yield Seed("csv", "points.csv", b"image,x,y\na.png,3,4\na.png,5,6\n", load_points)
    points = "x,y,z,u,v,confidence,name\n0,0,0,3,4,1,tip\n1,0,0,5,4,0.5,\n"
    yield Seed("csv", "view.csv", points.encode(), load_keypoints)
    yield Seed(
        "csv", "ids.csv", b"image,mesh,scene_id,im_id,obj_id,mm_per_unit\na.png,a.glb,1,2,3,1000\n", read_bop_table
    )
    results = "scene_id,im_id,obj_id,score,R,t,time\n1,2,3,0.5,1 0 0 0 1 0 0 0 1,0 0 900,-1\n"
    yield Seed("csv", "results.csv", results.encode(), read_bop_results)
    yield Seed("json", "boxes.json", b'{"a.png": [1, 2, 30, 40]}', load_boxes)
    yield Seed("json", "points.json", b'{"a.png": [[3, 4], [5, 6]], "b.png": [1, 2]}', load_points)
    keypoints = [{"xyz": [0, 0, 0], "uv": [3, 4], "confidence": 1, "name": "tip"}]
    yield Seed("json", "view.json", json.dumps(keypoints).encode(), load_keypoints)
    prompts = '[images."a.png"]\nbox = [1, 2, 30, 40]\npoints = [[3, 4]]\n[categories.hat]\nwords = ["a hat"]\n'
    yield Seed("toml", "prompts.toml", prompts.encode(), load_prompts)
    yield Seed("toml", "weights.toml", b"hair = 0.0\nface = 2.0\n", load_region_weights)
    preset = b'seed = 3\n[search]\nviewpoints = 100\n[loss]\nname = "ncc"\n[[refinement.levels]]\nresolution = 64\n'
    yield Seed("toml", "own.toml", preset + b"blur = 1.0\niterations = 2\nkeep = 1\n", load_preset)
