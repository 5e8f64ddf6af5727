// Pins: points of the mesh, and where they belong in the picture. The server's solver moves the pose after them.
import { post } from "./api.js";
import { notify } from "./dom.js";
import { pointAt } from "./mesh.js";
import { poseOf, project, valuesOf } from "./pose.js";
import { stage } from "./stage.js";
import { emit, setPose, store } from "./store.js";

const REACH = 14; // pixels of the screen around a pin that take hold of it
export const pinState = { chosen: -1, freeFocal: false, errors: [], isAsking: false, isWaiting: false, answered: 0 };

function pinNear([u, v]) {
  const distances = store.pins.map((pin) => Math.hypot(pin.uv[0] - u, pin.uv[1] - v) * stage.scale);
  const nearest = distances.indexOf(Math.min(...distances));
  return distances[nearest] < REACH ? nearest : -1;
}

// Takes hold of a pin, or sets one where the mesh is; whether there is anything to drag.
export function pinPress(at) {
  if (!store.pose) return false;
  let index = pinNear(at);
  if (index < 0) {
    const xyz = pointAt(store.group, store.pose, store.mesh, ...at);
    if (!xyz) return false;
    index = store.pins.push({ xyz, uv: at, name: `pin ${store.pins.length + 1}` }) - 1;
  }
  pinState.chosen = index;
  setPose(store.pose);
  emit("pins");
  return true;
}

export function pinDrag(at) {
  store.pins[pinState.chosen].uv = at;
  emit("marks");
  follow();
}

export function pinRelease() {
  follow();
  emit("pins");
}

export function pinKey(event, arrows) {
  const pin = store.pins[pinState.chosen];
  if (event.key === "Tab" || !pin) return false;
  if (arrows) pin.uv = [pin.uv[0] + arrows[0], pin.uv[1] + arrows[1]];
  else if (event.key === "Delete" || event.key === "Backspace") removePin(pinState.chosen);
  else return false;
  event.preventDefault();
  follow();
  emit("pins");
  return true;
}

export function removePin(index) {
  store.pins.splice(index, 1);
  pinState.chosen = Math.min(pinState.chosen, store.pins.length - 1);
  emit("pins");
  emit("marks");
}

// One question at a time; what happened meanwhile is asked with the next.
export async function follow() {
  if (pinState.isAsking) { pinState.isWaiting = true; return; }
  if (!store.pins.length || !store.pose) return;
  pinState.isAsking = true;
  const { number } = store.current;
  try {
    const pins = store.pins.map(({ xyz, uv }) => ({ xyz, uv }));
    const found = await post(`/api/samples/${number}/pose`, { pins, camera: valuesOf(store.pose), free_focal: pinState.freeFocal });
    if (store.current?.number === number) {
      pinState.errors = found.errors;
      setPose(poseOf(found.camera), false);
      pinState.answered += 1;
      emit("pin-errors");
    }
  } catch (error) {
    notify(error.message);
  }
  pinState.isAsking = false;
  if (pinState.isWaiting) { pinState.isWaiting = false; follow(); }
}

export function drawPins(context, scale, pose) {
  store.pins.forEach((pin, index) => {
    const [x, y] = pin.uv.map((value) => value * scale), isChosen = index === pinState.chosen;
    if (pose) {
      const seen = project(pose, pin.xyz);
      line(context, x, y, seen.u * scale, seen.v * scale);
    }
    context.beginPath();
    context.arc(x, y, isChosen ? 8 : 6.5, 0, 7);
    context.fillStyle = isChosen ? "#f59e0b" : "#2563eb";
    context.fill();
    context.lineWidth = 2;
    context.strokeStyle = "#fff";
    context.stroke();
    context.fillStyle = "#fff";
    context.font = "600 10px system-ui, sans-serif";
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillText(String(index + 1), x, y + 0.5);
  });
}

function line(context, x0, y0, x1, y1) {
  context.lineWidth = 1.5;
  context.strokeStyle = "#f97316";
  context.beginPath();
  context.moveTo(x0, y0);
  context.lineTo(x1, y1);
  context.moveTo(x1 - 5, y1);
  context.lineTo(x1 + 5, y1);
  context.moveTo(x1, y1 - 5);
  context.lineTo(x1, y1 + 5);
  context.stroke();
}
