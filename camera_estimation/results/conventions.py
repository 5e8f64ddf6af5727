"""What the values in the project's files mean, as each file says itself."""

CONVENTIONS = {
    "world": "the GLB scene as glTF defines it: right-handed, +Y up, every node transform applied, in the file's units",
    "camera_axes": "OpenCV: x right, y down, z forward",
    "world_to_camera": "4x4, a list of rows: X_camera = R @ X_world + t",
    "pixels": "of the full image, upright (EXIF orientation applied): u = fx * x / z + cx, v = fy * y / z + cy; "
    "the origin is the top left corner and the centre of the first pixel is (0.5, 0.5)",
    "distortion": "of the lens, before the matrix of fx, fy, cx, cy: null for a pinhole; else OpenCV's model (opencv: "
    "k1 to k6, p1, p2, s1 to s4; or fisheye: k1 to k4, equidistant) and its coefficients; those that are absent are 0",
    "paths": "mesh, image and the mask in object: from the folder of this file; absolute_paths has those of the run. "
    "clip.mp4/clip_000123 is frame 123 of clip.mp4",
    "object": "which of several objects in the image, as the table of pairs says; null: the only one",
    "focal": "source is where the focal length is from: intrinsics, given for the image; fov_deg, given for all; exif, "
    "the image's file; assumed, the settings; estimated, with the pose, and prior is the source of what was expected; "
    "fov_deg is the vertical field of view (of a pinhole of this focal length, where the lens distorts), "
    "fov_deviation_deg its standard deviation, 0 if it is not estimated",
    "orbit": "in a +Z-up frame, where glTF's (x, y, z) is (x, -z, y): camera centre = look_at + radius * "
    "(sin(yaw) cos(pitch), cos(yaw) cos(pitch), sin(pitch)); look_at is the point of the optical axis nearest to the "
    "mesh's centre; roll turns the picture clockwise",
    "frame": "of a video: its number from 0, and time_s the seconds since the first frame; null: a picture",
    "angles": "degrees",
    "loss": "value of the objective named in loss_type at this camera; lower is better",
    "silhouette_iou": "overlap of the render's silhouette with the image's mask, 1 is perfect",
    "confidence": "probability that the rotation is within 10 degrees and projected points are within 5 % of the "
    "object's size; verdict: good, doubtful or wrong by it; reason: what speaks against the estimate, in words",
    "start": "where the pose was looked for: search, everywhere; neighbour, near the poses of the frames before it and "
    "a few candidates of the search; init, near the pose that was given, which explained the image; resume, from "
    "the pose that was given alone; random, from random poses: the best of what these led to; joint, everywhere, and "
    "together with other images of the mesh; scene, near the pose that was found before other objects of the image "
    "were known to hide a part of this one; tracked, near the frame before, by contour and details (loss is null "
    "then, silhouette_iou the overlap with what the colors show of the object); of a comparison candidates, near or "
    "far, see its page",
    "uncertainty": "standard deviations: rotation_deg of the angle of rotation, translation of the position of the "
    "mesh's centre along the camera's x, y, z in the file's units, focal_share of the focal length as a share of it "
    "(0: it was given)",
    "ambiguous": "true if a pose that differs by more than 10 degrees explains the image as well, as far as one "
    "can tell",
    "occluded": "true if a part of the object counted as hidden by something else",
    "mask": "given with the image; estimated, found with the pose in an image without one; or inverted, without shadow "
    "or alpha, another mask of the image that explains the mesh better than the given one",
    "deformation": "root-mean-square displacement of the mesh's surface that was found with the pose, as a share of "
    "its radius; 0: the mesh as it is",
    "alternatives": "other poses that the search found for the same image, best first; angle_deg is by how much the "
    "rotation differs, evidence how surely the answer explains the image better, in standard deviations",
    "diagnosis": "what the confidence is from: overlap of the silhouettes where nothing is hidden, of the mesh as it "
    "was refined, and rigid_overlap of the mesh as it is; hidden, the share in areas of difference; detail, color, "
    "contrast, of what is inside; rival_*, of the alternative that is least spoken against among those that differ by "
    "more than 10 degrees; agreeing, the share of candidates that led here, and lead, the logarithm of how many times "
    "the others cost as much; deviations: aside and distance as shares of the diameter; pixels, the object's size; "
    "picture_*, agreement with a picture that has no mask. null: there is none",
    "seconds": "wall time of each stage",
}
