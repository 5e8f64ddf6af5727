// The light of a picture: a gray ball under it, an arrow, and words.
import { percent } from "./dom.js";

const INSIDE = 0.62; // of the canvas, that the ball takes
const arrow = (context, from, to) => {
  const angle = Math.atan2(to[1] - from[1], to[0] - from[0]);
  context.beginPath();
  context.moveTo(...from);
  context.lineTo(...to);
  for (const side of [-0.5, 0.5]) {
    context.moveTo(...to);
    context.lineTo(to[0] - 16 * Math.cos(angle + side), to[1] - 16 * Math.sin(angle + side));
  }
  context.stroke();
};

// Draws it, and returns what it shows in words.
export function drawLight(canvas, made, pose) {
  const context = canvas.getContext("2d"), side = canvas.width, middle = side / 2, radius = (INSIDE * side) / 2;
  const direction = made.direction && pose && pose.R.map((row) => row.reduce((sum, value, axis) => sum + value * made.direction[axis], 0));
  const words = wordsOf(made, direction), ball = new Image();
  canvas.setAttribute("aria-label", words);
  context.clearRect(0, 0, side, side);
  ball.onload = () => {
    context.drawImage(ball, middle - radius, middle - radius, 2 * radius, 2 * radius);
    if (!direction) return;
    const [x, y] = direction, length = Math.hypot(x, y), aside = length > 0.05 ? [x / length, y / length] : [0, -1];
    Object.assign(context, { lineWidth: 5, lineCap: "round", strokeStyle: "#f59e0b" });
    arrow(context, aside.map((value) => middle + 0.97 * middle * value), aside.map((value) => middle + (radius + 4) * value));
  };
  ball.src = made.ball;
  return words;
}

function wordsOf({ method, explained, light_from: from }, direction) {
  if (method === "none") return "No light is estimated: the object looks as its textures do, and casts no shadow.";
  const told = explained === null ? "" : ` It explains ${percent(Math.max(0, explained))} of how the mesh is shaded.`, shared = from.startsWith("the sequence") ? ` One light of ${from}.` : "";
  if (!direction) return `Light from all sides alike.${told}${shared}`;
  const [x, y, z] = direction, sides = [y < -0.3 ? "above" : y > 0.3 ? "below" : "", x < -0.3 ? "the left" : x > 0.3 ? "the right" : "", z < -0.3 ? "where the camera is" : z > 0.3 ? "behind" : ""].filter(Boolean);
  return `Most light comes from ${sides.join(" and ")}.${told}${shared}`;
}
