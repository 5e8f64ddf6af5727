// Poses: OpenCV axes (x right, y down, z forward), X_camera = R X_world + t, u = fx x / z + cx; pixels of the picture.
export const poseOf = (values) => ({
  R: values.world_to_camera.slice(0, 3).map((row) => row.slice(0, 3)),
  t: values.world_to_camera.slice(0, 3).map((row) => row[3]),
  fx: values.fx, fy: values.fy, cx: values.cx, cy: values.cy, width: values.width, height: values.height,
});

export const valuesOf = (pose) => ({
  width: pose.width, height: pose.height, fx: pose.fx, fy: pose.fy, cx: pose.cx, cy: pose.cy,
  world_to_camera: [...pose.R.map((row, axis) => [...row, pose.t[axis]]), [0, 0, 0, 1]],
});

export const times = (R, x) => R.map((row) => row[0] * x[0] + row[1] * x[1] + row[2] * x[2]);
export const product = (A, B) => A.map((row) => [0, 1, 2].map((column) => row[0] * B[0][column] + row[1] * B[1][column] + row[2] * B[2][column]));
export const inCamera = (pose, x) => times(pose.R, x).map((value, axis) => value + pose.t[axis]);

export function project(pose, x) {
  const [cx, cy, cz] = inCamera(pose, x);
  return { u: (pose.fx * cx) / cz + pose.cx, v: (pose.fy * cy) / cz + pose.cy, z: cz };
}

export function rotation([x, y, z]) {
  const angle = Math.hypot(x, y, z);
  if (angle < 1e-12) return [[1, 0, 0], [0, 1, 0], [0, 0, 1]];
  const [a, b, c] = [x / angle, y / angle, z / angle], s = Math.sin(angle), k = 1 - Math.cos(angle);
  return [
    [1 - k * (b * b + c * c), k * a * b - s * c, k * a * c + s * b],
    [k * a * b + s * c, 1 - k * (a * a + c * c), k * b * c - s * a],
    [k * a * c - s * b, k * b * c + s * a, 1 - k * (a * a + b * b)],
  ];
}

// With the point `center` of the world at `place` in camera axes.
function placed(pose, R, center, place) {
  const turned = times(R, center);
  return { ...pose, R, t: place.map((value, axis) => value - turned[axis]) };
}

// Turned about `center` by a rotation vector in camera axes.
export const turn = (pose, center, vector) => placed(pose, orthonormal(product(rotation(vector), pose.R)), center, inCamera(pose, center));

export function shift(pose, center, du, dv) {
  const [x, y, z] = inCamera(pose, center);
  return placed(pose, pose.R, center, [x + (du * z) / pose.fx, y + (dv * z) / pose.fy, z]);
}

// Nearer or farther along the ray through `center`.
export const approach = (pose, center, factor) => placed(pose, pose.R, center, inCamera(pose, center).map((value) => value * factor));

export const fovDegrees = (pose) => (360 / Math.PI) * Math.atan(pose.height / (2 * pose.fy));

// Another field of view, at the same size in the picture.
export function withFov(pose, center, degrees) {
  const factor = pose.height / (2 * Math.tan((degrees * Math.PI) / 360)) / pose.fy;
  const [x, y, z] = inCamera(pose, center);
  return { ...placed(pose, pose.R, center, [x, y, z * factor]), fx: pose.fx * factor, fy: pose.fy * factor };
}

export function angleBetween(first, second) {
  const trace = first.R.reduce((sum, row, i) => sum + row.reduce((part, value, j) => part + value * second.R[i][j], 0), 0);
  return (Math.acos(Math.max(-1, Math.min(1, (trace - 1) / 2))) * 180) / Math.PI;
}

// Many small turns add their rounding up.
function orthonormal([a, b]) {
  const unit = (v) => { const length = Math.hypot(...v); return v.map((value) => value / length); };
  const x = unit(a), dot = x[0] * b[0] + x[1] * b[1] + x[2] * b[2];
  const y = unit(b.map((value, axis) => value - dot * x[axis]));
  return [x, y, [x[1] * y[2] - x[2] * y[1], x[2] * y[0] - x[0] * y[2], x[0] * y[1] - x[1] * y[0]]];
}

// A pose to begin with where nothing is known: the mesh from its front, as large as fits.
export function firstPose(width, height, mesh) {
  const focal = height / (2 * Math.tan((20 * Math.PI) / 180)), distance = (2.4 * mesh.radius * focal) / Math.min(width, height);
  const pose = { fx: focal, fy: focal, cx: width / 2, cy: height / 2, width, height, t: [0, 0, 0] };
  return placed(pose, [[1, 0, 0], [0, -1, 0], [0, 0, -1]], mesh.center, [0, 0, distance]);
}
