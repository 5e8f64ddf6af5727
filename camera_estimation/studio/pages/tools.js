// What pointers and keys do on the stage: turn, shift, distance, pins, brush, eraser, box.
import { find } from "./dom.js";
import { strokeTo, paintMask } from "./mask.js";
import { drawPins, pinKey, pinPress, pinRelease, pinDrag } from "./pins.js";
import { approach, inCamera, project, shift, turn } from "./pose.js";
import { stage, wipeTo } from "./stage.js";
import { emit, isBusy, on, setPose, store, undo } from "./store.js";

const STEP = Math.PI / 180, PIXELS = 2, NEARER = 0.98; // of one key press
export const TOOLS = [["turn", "Turn", "Drag the mesh; beside it the drag rolls"], ["shift", "Shift", "Drag the mesh in the picture"], ["distance", "Distance", "Drag up to bring it nearer"],
  ["pin", "Pin", "Press on the mesh, drag to where that belongs"], ["brush", "Brush", "Paint the mask"], ["eraser", "Eraser", "Take from the mask"], ["box", "Box", "Draw a box around the object"]];
// Of tabs with tools of their own, by name: isReady, press, drag, release, pinch, wheel, key.
export const hands = {};
const pointers = new Map();
let action = null, pinched = null;

export function buildTools() {
  const marks = find("#marks");
  marks.addEventListener("pointerdown", press);
  marks.addEventListener("pointermove", move);
  marks.addEventListener("pointerup", release);
  marks.addEventListener("pointercancel", release);
  marks.addEventListener("contextmenu", (event) => event.preventDefault());
  marks.addEventListener("wheel", wheel, { passive: false });
  marks.addEventListener("keydown", key);
  on("draw-marks", (context, scale, pose) => {
    if (store.tab !== "correct") return;
    paintMask(context, scale);
    drawBox(context, scale);
    drawPins(context, scale, pose);
  });
}

// Pixels of the picture.
function place(event) {
  const box = find("#marks").getBoundingClientRect();
  return [(event.clientX - box.left) / stage.scale, (event.clientY - box.top) / stage.scale];
}

const isCorrecting = () => store.tab === "correct" && !isBusy();
const handOf = () => (hands[store.tab]?.isReady() ? hands[store.tab] : null);

function press(event) {
  const marks = find("#marks"), at = place(event);
  marks.setPointerCapture(event.pointerId);
  marks.focus({ preventScroll: true });
  pointers.set(event.pointerId, at);
  stage.isHeld = true;
  const hand = handOf();
  if (pointers.size === 2 && (hand || isCorrecting())) {
    pinched = pinch();
    action = null;
    return;
  }
  if (hand) {
    action = { kind: "hand", last: at };
    hand.press(at, event);
    return;
  }
  if (!isCorrecting() || stage.view === "picture" && ["turn", "shift", "distance", "pin"].includes(store.tool)) {
    action = stage.view === "wipe" ? { kind: "wipe", last: at } : null;
    if (action) wipeTo(at[0] / store.size.width);
    return;
  }
  const kind = event.button === 2 || event.shiftKey ? "shift" : store.tool;
  if (kind === "pin") {
    action = pinPress(at) ? { kind } : null;
  } else if (kind === "brush" || kind === "eraser") {
    action = { kind };
    strokeTo(at, null, kind === "brush");
  } else if (kind === "box") {
    action = { kind, from: at };
  } else if (store.pose) {
    action = { kind: kind === "turn" && isBeside(at) ? "roll" : kind, begin: store.pose };
    setPose(store.pose);
  }
  if (action) action.last = at;
}

function move(event) {
  if (!pointers.has(event.pointerId)) return;
  const at = place(event);
  pointers.set(event.pointerId, at);
  if (pointers.size === 2 && pinched) return pinchMove();
  if (!action) return;
  const [x, y] = action.last, du = at[0] - x, dv = at[1] - y, { center, radius } = store.mesh || {};
  action.last = at;
  if (action.kind === "hand") handOf()?.drag(at, [x, y]);
  else if (action.kind === "wipe") wipeTo(at[0] / store.size.width);
  else if (action.kind === "pin") pinDrag(at);
  else if (action.kind === "brush" || action.kind === "eraser") strokeTo(at, [x, y], action.kind === "brush");
  else if (action.kind === "box") setBox(action.from, at);
  else if (action.kind === "shift") setPose(shift(store.pose, center, du, dv), false);
  else if (action.kind === "distance") setPose(approach(store.pose, center, Math.exp((1.5 * dv) / store.size.height)), false);
  else if (action.kind === "roll") setPose(roll(store.pose, center, [x, y], at), false);
  else setPose(trackball(store.pose, center, radius, du, dv), false);
}

function release(event) {
  pointers.delete(event.pointerId);
  stage.isHeld = pointers.size > 0;
  if (pointers.size < 2) pinched = null;
  if (!action) return;
  const { kind } = action;
  action = null;
  if (kind === "hand") handOf()?.release();
  if (kind === "pin") pinRelease();
  if (kind === "box") emit("box-drawn");
  if (kind === "brush" || kind === "eraser") emit("mask-painted");
}

// The front of the mesh follows the pointer.
function trackball(pose, center, radius, du, dv) {
  const apparent = (radius * pose.fx) / Math.max(inCamera(pose, center)[2], radius);
  return turn(pose, center, [dv / apparent, -du / apparent, 0]);
}

function isBeside([u, v]) {
  const { center, radius } = store.mesh, middle = project(store.pose, center);
  return Math.hypot(u - middle.u, v - middle.v) > 1.02 * ((radius * store.pose.fx) / middle.z);
}

function roll(pose, center, from, to) {
  const { u, v } = project(pose, center);
  const angle = Math.atan2(to[1] - v, to[0] - u) - Math.atan2(from[1] - v, from[0] - u);
  return turn(pose, center, [0, 0, Math.atan2(Math.sin(angle), Math.cos(angle))]);
}

function pinch() {
  const [a, b] = [...pointers.values()];
  return { middle: [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2], span: Math.hypot(b[0] - a[0], b[1] - a[1]), angle: Math.atan2(b[1] - a[1], b[0] - a[0]) };
}

// Two fingers shift, scale and roll at once.
function pinchMove() {
  const now = pinch(), before = pinched, { center } = store.mesh;
  pinched = now;
  if (handOf()) return handOf().pinch(now, before);
  if (!store.pose) return;
  let pose = shift(store.pose, center, now.middle[0] - before.middle[0], now.middle[1] - before.middle[1]);
  pose = approach(pose, center, Math.max(0.5, Math.min(2, before.span / Math.max(1, now.span))));
  setPose(turn(pose, center, [0, 0, Math.atan2(Math.sin(now.angle - before.angle), Math.cos(now.angle - before.angle))]), false);
}

let wheeled = 0;
function wheel(event) {
  const hand = handOf();
  if (hand) {
    event.preventDefault();
    hand.wheel(event.deltaY);
    return;
  }
  if (!isCorrecting() || !store.pose) return;
  event.preventDefault();
  const isNew = Date.now() - wheeled > 800; // one turn of the wheel is one step back
  wheeled = Date.now();
  setPose(approach(store.pose, store.mesh.center, Math.exp(event.deltaY * (event.ctrlKey ? 0.01 : 0.0012))), isNew);
}

function key(event) {
  const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  if (hands[store.tab]) {
    if (handOf()?.key(event, arrows)) event.preventDefault();
    else wipeKey(event, arrows);
    return;
  }
  if (event.key === "z" && (event.ctrlKey || event.metaKey)) { undo(); event.preventDefault(); return; }
  if (!isCorrecting()) {
    wipeKey(event, arrows);
    return;
  }
  if (store.tool === "pin" && pinKey(event, arrows)) return;
  if (!store.pose) return;
  const { center } = store.mesh;
  let pose = null;
  if (arrows && (event.shiftKey || store.tool === "shift")) pose = shift(store.pose, center, PIXELS * arrows[0], PIXELS * arrows[1]);
  else if (arrows) pose = turn(store.pose, center, [STEP * arrows[1], -STEP * arrows[0], 0]);
  else if (event.key === "+" || event.key === "=") pose = approach(store.pose, center, NEARER);
  else if (event.key === "-") pose = approach(store.pose, center, 1 / NEARER);
  else if (event.key === "[") pose = turn(store.pose, center, [0, 0, -STEP]);
  else if (event.key === "]") pose = turn(store.pose, center, [0, 0, STEP]);
  if (!pose) return;
  setPose(pose);
  event.preventDefault();
}

function wipeKey(event, arrows) {
  if (!arrows || stage.view !== "wipe") return;
  wipeTo(stage.strength + 0.02 * arrows[0]);
  event.preventDefault();
}

function setBox(from, to) {
  const inside = ([u, v]) => [Math.max(0, Math.min(store.size.width, u)), Math.max(0, Math.min(store.size.height, v))];
  const [a, b] = [inside(from), inside(to)];
  store.box = [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[0], b[0]), Math.max(a[1], b[1])];
  emit("marks");
}

function drawBox(context, scale) {
  if (!store.box) return;
  const [left, top, right, bottom] = store.box.map((value) => value * scale);
  context.lineWidth = 3;
  context.strokeStyle = "rgba(0,0,0,.5)";
  context.strokeRect(left, top, right - left, bottom - top);
  context.lineWidth = 1.5;
  context.strokeStyle = "#facc15";
  context.strokeRect(left, top, right - left, bottom - top);
}

