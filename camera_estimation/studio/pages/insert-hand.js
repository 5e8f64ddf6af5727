// The object moved by hand in the picture: along the ground or over the known mesh, turned about its up axis, scaled.
import { cross, dot, resultPose, thing, unit } from "./insert-scene.js";
import { pointAt } from "./mesh.js";
import { inCamera, project } from "./pose.js";
import { stage } from "./stage.js";
import { store } from "./store.js";
import { hands } from "./tools.js";

const REACH = 50; // radii of the known mesh from the camera beyond it: what is farther on the ground is none of the scene
const TURN = 360; // degrees for a drag over the whole picture's width
const STEP = 0.02, TURN_STEP = 5, LARGER = 1.05; // of one key press: lengths of the known mesh, degrees
export const hand = { tool: "move", on: "ground", change: () => {}, remember: () => {}, undo: () => {} };
let grip = null;

hands.insert = {
  isReady: () => Boolean(thing.place && stage.guest && ["overlay", "render"].includes(stage.view)),
  press(at, event) {
    const { place } = thing, seen = project(resultPose(), place.point);
    hand.remember();
    grip = { tool: event.shiftKey ? "turn" : event.altKey ? "size" : hand.tool, offset: [seen.u - at[0], seen.v - at[1]] };
  },
  drag(at, last) {
    if (!grip) return;
    if (grip.tool === "move") moveTo([at[0] + grip.offset[0], at[1] + grip.offset[1]], true);
    else if (grip.tool === "turn") turnBy((TURN * (at[0] - last[0])) / store.size.width);
    else scaleBy(Math.exp((-2 * (at[1] - last[1]) + 2 * (at[0] - last[0])) / store.size.width));
    grip.at = at;
  },
  release() {
    if (grip?.at && grip.tool === "move") moveTo([grip.at[0] + grip.offset[0], grip.at[1] + grip.offset[1]], false);
    grip = null;
  },
  pinch(now, before) {
    if (grip) grip = null;
    const seen = project(resultPose(), thing.place.point), angle = Math.atan2(Math.sin(now.angle - before.angle), Math.cos(now.angle - before.angle));
    moveTo([seen.u + now.middle[0] - before.middle[0], seen.v + now.middle[1] - before.middle[1]], true);
    scaleBy(Math.max(0.5, Math.min(2, now.span / Math.max(1, before.span))));
    turnBy((-180 * angle) / Math.PI);
  },
  wheel(delta) { scaleBy(Math.exp(-0.0012 * delta)); },
  key(event, arrows) {
    if (event.key === "z" && (event.ctrlKey || event.metaKey)) { hand.undo(); return true; }
    const turn = { "[": TURN_STEP, "]": -TURN_STEP }[event.key], size = { "+": LARGER, "=": LARGER, "-": 1 / LARGER }[event.key];
    if (!arrows && !turn && !size) return false;
    hand.remember();
    if (turn) turnBy(turn);
    else if (size) scaleBy(size);
    else walk(arrows);
    return true;
  },
};

// What a pixel shows of the plane that the object stands on, or of the known mesh, in world coordinates; null: neither.
function meet(pose, [u, v], isQuick) {
  if (hand.on === "object") return pointAt((isQuick && stage.light?.children[0]) || store.group, pose, store.mesh, u, v);
  const { up, ground_height: height } = thing.place, { eye, ray } = rayAt(pose, u, v);
  const length = (height - dot(eye, up)) / dot(ray, up);
  const farthest = Math.hypot(...inCamera(pose, store.mesh.center)) + REACH * store.mesh.radius;
  return length > 0 && length < farthest && dot(eye, up) > height ? eye.map((value, axis) => value + length * ray[axis]) : null;
}

function rayAt(pose, u, v) {
  const { R, t } = pose, turned = (x) => [0, 1, 2].map((column) => R.reduce((sum, row, axis) => sum + row[column] * x[axis], 0));
  return { eye: turned(t.map((value) => -value)), ray: unit(turned([(u - pose.cx) / pose.fx, (v - pose.cy) / pose.fy, 1])) };
}

function moveTo(pixel, isQuick) {
  const point = meet(resultPose(), pixel, isQuick);
  if (point) hand.change({ ...thing.place, on: hand.on, point });
}

export function turnBy(degrees) {
  const { up, front } = thing.place, angle = (degrees * Math.PI) / 180, side = cross(up, front);
  hand.change({ ...thing.place, front: unit(front.map((value, axis) => Math.cos(angle) * value + Math.sin(angle) * side[axis])) });
}

const scaleBy = (factor) => scaleTo(thing.place.scale * factor);
export function scaleTo(scale) {
  const { length, known_length: known } = thing.place, size = Math.max(0.005, Math.min(20, (scale * length) / known));
  hand.change({ ...thing.place, scale: (size * known) / length });
}

// Along the ground as one sees it; on the mesh by pixels.
function walk([right, down]) {
  const pose = resultPose(), { place } = thing;
  if (hand.on === "object") {
    const seen = project(pose, place.point);
    moveTo([seen.u + 3 * right, seen.v + 3 * down], false);
    return;
  }
  const flat = (x) => unit(x.map((value, axis) => value - dot(x, place.up) * place.up[axis]));
  const aside = flat(pose.R[0]), away = cross(place.up, aside), step = STEP * place.known_length;
  hand.change({ ...place, point: place.point.map((value, axis) => value + step * (right * aside[axis] - down * away[axis])) });
}

// Degrees about up from looking at the camera, as camera-insert --turn has them.
export function turnOf(place) {
  const pose = resultPose(), { eye } = rayAt(pose, pose.cx, pose.cy), { up } = place;
  const flat = (x) => x.map((value, axis) => value - dot(x, up) * up[axis]);
  let front = flat(eye.map((value, axis) => value - place.point[axis]));
  if (Math.hypot(...front) < 1e-9) front = flat(pose.R[1].map((value) => -value));
  front = unit(front);
  return (180 / Math.PI) * Math.atan2(dot(place.front, cross(up, front)), dot(place.front, front));
}
