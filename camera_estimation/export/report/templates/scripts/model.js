// Meshes and poses for three.js, which the page has in it, and the mesh drawn from single poses.
const models = new Map(); // index: promise of the mesh's arrays

async function loadThree() {
  await ready;
  if (!window.THREE) {
    const script = make("script", {}, find("#three").textContent);
    document.body.append(script);
    script.remove();
  }
  return window.THREE;
}

const bytesOf = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer;

function modelOf(index) {
  if (!models.has(index)) models.set(index, readModel(index));
  return models.get(index);
}

async function readModel(index) {
  await ready;
  const element = document.getElementById(`mesh-${index}`);
  if (!element) return null;
  const values = JSON.parse(element.textContent);
  const positions = Float32Array.from(new Uint16Array(bytesOf(values.positions)), (level) => (2 * level) / 65535 - 1);
  const parts = await Promise.all(values.parts.map(async (part) => ({ ...part, indices: new Uint32Array(bytesOf(part.indices)), picture: await decode("webp", part.texture) })));
  return { center: values.center, radius: values.radius, positions, uv: new Float32Array(bytesOf(values.uv)), colors: values.colors && new Uint8Array(bytesOf(values.colors)), parts };
}

// The mesh as it is drawn: without light as in renders, or lit to show its shape.
function meshGroup(THREE, model, isLit) {
  const wraps = { repeat: THREE.RepeatWrapping, mirror: THREE.MirroredRepeatWrapping, clamp: THREE.ClampToEdgeWrapping };
  const group = new THREE.Group();
  const positions = new THREE.BufferAttribute(model.positions, 3), uv = new THREE.BufferAttribute(model.uv, 2);
  const linear = model.colors && Float32Array.from(model.colors, (level) => new THREE.Color().setRGB(level / 255, 0, 0, THREE.SRGBColorSpace).r);
  for (const part of model.parts) {
    const geometry = new THREE.BufferGeometry();
    geometry.setAttribute("position", positions);
    geometry.setAttribute("uv", uv);
    if (linear) geometry.setAttribute("color", new THREE.BufferAttribute(linear, 3));
    geometry.setIndex(new THREE.BufferAttribute(part.indices, 1));
    const map = new THREE.Texture(part.picture);
    Object.assign(map, { colorSpace: THREE.SRGBColorSpace, flipY: false, wrapS: wraps[part.wrap[0]], wrapT: wraps[part.wrap[1]], needsUpdate: true });
    const look = { map, vertexColors: Boolean(linear), side: THREE.DoubleSide, alphaTest: part.cutoff };
    group.add(new THREE.Mesh(geometry, isLit ? new THREE.MeshLambertMaterial({ ...look, flatShading: true }) : new THREE.MeshBasicMaterial(look)));
  }
  return group;
}

// A pose in the mesh's normalized frame: rotation and translation of OpenCV's axes.
function normalizedPose(pose, model) {
  const rotation = pose.slice(0, 3).map((row) => row.slice(0, 3));
  const translation = rotation.map((row, axis) => (row.reduce((sum, value, column) => sum + value * model.center[column], 0) + pose[axis][3]) / model.radius);
  return { rotation, translation };
}

// Of a point in camera axes, where it is in the normalized frame.
function fromCamera({ rotation, translation }, point) {
  const moved = point.map((value, axis) => value - translation[axis]);
  return [0, 1, 2].map((column) => rotation.reduce((sum, row, axis) => sum + row[column] * moved[axis], 0));
}

function rayOf(camera, x, y) {
  return [(x * camera.width - camera.cx) / camera.fx, (y * camera.height - camera.cy) / camera.fy];
}

// A three.js camera that shows the part `window` (shares of the frame) of what a pose shows.
function poseCamera(THREE, camera, model, [left, top, right, bottom]) {
  const { rotation, translation } = normalizedPose(camera.world_to_camera, model);
  const distance = Math.hypot(...translation), near = Math.max(distance - 2, 0.01 * distance), far = distance + 6;
  const [x0, y0] = rayOf(camera, left, top), [x1, y1] = rayOf(camera, right, bottom);
  const shown = new THREE.PerspectiveCamera();
  shown.matrixAutoUpdate = false;
  const signs = [1, -1, -1];
  const rows = rotation.map((row, axis) => [...row, translation[axis]].map((value) => signs[axis] * value));
  shown.matrix.set(...rows[0], ...rows[1], ...rows[2], 0, 0, 0, 1).invert();
  shown.updateMatrixWorld(true);
  shown.projectionMatrix.makePerspective(x0 * near, x1 * near, -y0 * near, -y1 * near, near, far);
  shown.projectionMatrixInverse.copy(shown.projectionMatrix).invert();
  return shown;
}

let shots = null; // the renderer of single poses, and the mesh it has

// The mesh from a pose as pixels with alpha; null where that cannot be drawn.
async function drawPose(index, camera, window, width, height) {
  const [THREE, model] = await Promise.all([loadThree(), modelOf(index)]);
  if (!model) return null;
  try {
    shots ||= { renderer: new THREE.WebGLRenderer({ alpha: true, antialias: true, preserveDrawingBuffer: true }), index: -1 };
  } catch {
    return null;
  }
  if (shots.index !== index) Object.assign(shots, { index, scene: new THREE.Scene().add(meshGroup(THREE, model, false)) });
  shots.renderer.setSize(width, height, false);
  shots.renderer.render(shots.scene, poseCamera(THREE, camera, model, window));
  return pixelsOf(shots.renderer.domElement, width, height);
}

