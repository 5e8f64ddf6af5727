// The object in the picture as it is moved: drawn by the found camera, behind what of the known mesh is before it.
import { bytes } from "./api.js";
import { meshGroup, readMesh } from "./mesh.js";
import { poseOf } from "./pose.js";
import { LIGHT_FACES, SLOW, applyView, drawMoved, stage, timeOfDrawing } from "./stage.js";
import { store } from "./store.js";

const GAMMA = 1 / 2.2; // from light to levels of pixels, nearly
export const thing = { mesh: null, path: "", place: null, shading: null }; // what is put in, and where
const drawn = { whole: null, light: null, known: null };

export const cross = (a, b) => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
export const dot = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
export const unit = (a) => { const length = Math.hypot(...a) || 1; return a.map((value) => value / length); };
export const resultPose = () => (store.current?.entry ? poseOf(store.current.entry) : null);

// From the server; the mesh as its file has it.
export async function loadThing(path) {
  const mesh = await readMesh(await bytes(path));
  Object.assign(thing, { mesh, path, place: null });
  stage.guest = null;
}

// Where it stands from now on; null: nowhere.
export function placeThing(place) {
  thing.place = place;
  if (!place || !thing.mesh || !store.group) {
    stage.guest = null;
    applyView();
    return;
  }
  if (!stage.guest || drawn.known !== store.group) build(place);
  stage.guest.ball = ballOf(place);
  for (const part of [drawn.whole, drawn.light]) if (part) move(part, place);
  drawMoved();
}

// The light of the last picture: nine numbers a channel.
export function lightThing(shading) {
  thing.shading = shading;
  for (const part of [drawn.whole, drawn.light]) if (part) part.isStale = true;
  drawMoved();
}

function build(place) {
  Object.assign(drawn, { whole: partOf(store.group, thing.mesh), light: null, known: store.group });
  move(drawn.whole, place);
  stage.guest = { ball: ballOf(place), isSlow: false, scene: (isLight) => sceneOf((isLight && drawn.light) || drawn.whole) };
  findLight(thing.mesh, stage.guest);
  applyView();
}

// Copies of fewer faces, where they are needed to follow a pointer.
async function findLight(mesh, guest) {
  const pose = resultPose();
  if (!pose || !stage.renderer) return;
  timeOfDrawing(guest.scene(false), pose, guest.ball); // the first time arrays go to where it is drawn
  guest.isSlow = timeOfDrawing(guest.scene(false), pose, guest.ball) > SLOW;
  if (!guest.isSlow) return;
  const known = stage.light?.children[0] || store.group;
  const light = mesh.shown_faces > LIGHT_FACES ? await readMesh(await bytes(`${thing.path}?faces=${LIGHT_FACES}`)) : mesh;
  if (stage.guest !== guest || thing.mesh !== mesh) return;
  const part = partOf(known, light);
  if (thing.place) move(part, thing.place);
  drawn.light = part;
  timeOfDrawing(guest.scene(true), pose, guest.ball); // that is not to wait for the first movement
  guest.light = part;
}

function partOf(knownGroup, mesh) {
  const scene = new THREE.Scene(), outer = new THREE.Group(), own = meshGroup(mesh), known = new THREE.Group();
  for (const each of knownGroup.children) {
    const { map, alphaTest } = each.material;
    const hidden = new THREE.Mesh(each.geometry, new THREE.MeshBasicMaterial({ map: alphaTest ? map : null, alphaTest, colorWrite: false, side: THREE.DoubleSide }));
    hidden.renderOrder = -1; // first, for what is behind it is not drawn then
    known.add(hidden);
  }
  known.scale.copy(knownGroup.scale);
  known.position.copy(knownGroup.position);
  outer.matrixAutoUpdate = false;
  scene.add(known, outer.add(own));
  return { scene, outer, own, mesh, normals: normalsOf(mesh), isStale: true, rotation: null };
}

function sceneOf(part) {
  if (part.isStale) shade(part);
  return part.scene;
}

const rotationOf = ({ up, front, own_axes: own }) => {
  const axes = [cross(up, front), up, front]; // world directions of right, up and front
  return [0, 1, 2].map((row) => [0, 1, 2].map((column) => axes.reduce((sum, axis, which) => sum + axis[row] * own[column][which], 0)));
};

function move(part, place) {
  const { scale, foot, point } = place, R = rotationOf(place);
  const shift = R.map((row, axis) => point[axis] - scale * dot(row, foot));
  part.outer.matrix.set(...R.flatMap((row, axis) => [...row.map((value) => scale * value), shift[axis]]), 0, 0, 0, 1);
  part.outer.matrixWorldNeedsUpdate = true;
  if (String(R) !== String(part.rotation)) Object.assign(part, { rotation: R, isStale: true });
}

function ballOf(place) {
  const R = rotationOf(place), { mesh } = thing;
  const center = R.map((row, axis) => place.point[axis] + place.scale * dot(row, mesh.center.map((value, other) => value - place.foot[other])));
  return { center, radius: place.scale * mesh.radius };
}

// Normals of vertices, weighted by areas, of all parts together.
function normalsOf(mesh) {
  const { positions, parts } = mesh, normals = new Float32Array(positions.length);
  for (const { indices } of parts) {
    for (let face = 0; face < indices.length; face += 3) {
      const [a, b, c] = [3 * indices[face], 3 * indices[face + 1], 3 * indices[face + 2]];
      const ux = positions[b] - positions[a], uy = positions[b + 1] - positions[a + 1], uz = positions[b + 2] - positions[a + 2];
      const vx = positions[c] - positions[a], vy = positions[c + 1] - positions[a + 1], vz = positions[c + 2] - positions[a + 2];
      const x = uy * vz - uz * vy, y = uz * vx - ux * vz, z = ux * vy - uy * vx;
      for (const corner of [a, b, c]) { normals[corner] += x; normals[corner + 1] += y; normals[corner + 2] += z; }
    }
  }
  return normals;
}

// Colors of vertices as the light of the last picture makes them.
function shade(part) {
  part.isStale = false;
  if (!thing.shading || !part.rotation) return;
  const { normals, mesh, rotation: R } = part, colors = new Float32Array(normals.length), c = thing.shading;
  for (let place = 0; place < normals.length; place += 3) {
    const a = normals[place], b = normals[place + 1], d = normals[place + 2], length = Math.hypot(a, b, d) || 1;
    const x = (R[0][0] * a + R[0][1] * b + R[0][2] * d) / length, y = (R[1][0] * a + R[1][1] * b + R[1][2] * d) / length, z = (R[2][0] * a + R[2][1] * b + R[2][2] * d) / length;
    for (let channel = 0; channel < 3; channel += 1) {
      const value = c[0][channel] + c[1][channel] * x + c[2][channel] * y + c[3][channel] * z + c[4][channel] * x * y + c[5][channel] * y * z + c[6][channel] * z * x + c[7][channel] * x * x + c[8][channel] * y * y;
      colors[place + channel] = Math.max(value, 0) ** GAMMA * (mesh.colors ? mesh.colors[place + channel] / 255 : 1);
    }
  }
  const attribute = new THREE.BufferAttribute(colors, 3);
  for (const each of part.own.children) {
    each.geometry.setAttribute("color", attribute);
    if (!each.material.vertexColors) Object.assign(each.material, { vertexColors: true, needsUpdate: true });
  }
}
