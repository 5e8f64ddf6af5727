// The mask that is painted: a canvas of the picture's size, its alpha is the mask.
import { bytes, putBlob } from "./api.js";
import { emit, store } from "./store.js";

const TINT = "rgb(37, 99, 235)";
export const mask = { canvas: null, size: 24, isDirty: false };

function canvasOfPicture() {
  const { width, height } = store.size;
  if (!mask.canvas || mask.canvas.width !== width || mask.canvas.height !== height) {
    mask.canvas = Object.assign(document.createElement("canvas"), { width, height });
  }
  return mask.canvas;
}

export function clearMask() {
  mask.canvas = null;
  mask.isDirty = false;
  emit("marks");
}

// Brush or eraser from one place to the next; both in pixels of the picture.
export function strokeTo(to, from, isBrush) {
  const context = canvasOfPicture().getContext("2d");
  context.globalCompositeOperation = isBrush ? "source-over" : "destination-out";
  Object.assign(context, { lineWidth: mask.size, lineCap: "round", lineJoin: "round", strokeStyle: TINT });
  context.beginPath();
  context.moveTo(...(from || to));
  context.lineTo(to[0] + 0.01, to[1]);
  context.stroke();
  mask.isDirty = true;
  emit("marks");
}

export function paintMask(context, scale) {
  if (!mask.canvas) return;
  context.save();
  context.globalAlpha = 0.45;
  context.drawImage(mask.canvas, 0, 0, store.size.width * scale, store.size.height * scale);
  context.restore();
}

// A gray picture of the server's as the mask to paint on.
export async function loadMask(path) {
  const bitmap = await createImageBitmap(new Blob([await bytes(path)], { type: "image/png" }));
  const canvas = canvasOfPicture(), context = canvas.getContext("2d", { willReadFrequently: true });
  context.globalCompositeOperation = "copy";
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  const levels = context.getImageData(0, 0, canvas.width, canvas.height), data = levels.data;
  for (let place = 0; place < data.length; place += 4) {
    data[place + 3] = data[place];
    [data[place], data[place + 1], data[place + 2]] = [37, 99, 235];
  }
  context.putImageData(levels, 0, 0);
  mask.isDirty = true;
  emit("marks");
}

export async function saveMask(number) {
  const source = canvasOfPicture(), { width, height } = source;
  const pixels = source.getContext("2d").getImageData(0, 0, width, height), data = pixels.data;
  for (let place = 0; place < data.length; place += 4) {
    data[place] = data[place + 1] = data[place + 2] = data[place + 3];
    data[place + 3] = 255;
  }
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  canvas.getContext("2d").putImageData(pixels, 0, 0);
  const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
  await putBlob(`/api/samples/${number}/mask`, blob);
  mask.isDirty = false;
}
