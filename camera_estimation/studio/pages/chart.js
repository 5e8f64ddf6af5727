// The loss over iterations, one line for each stage, on a logarithmic scale.
import { number } from "./dom.js";

const WIDTH = 420, HEIGHT = 130, LEFT = 44, BOTTOM = 18, TOP = 8;
const svg = (tag, attributes, text) => {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text !== undefined) element.textContent = text;
  return element;
};

export function lossChart(points) {
  const chart = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "chart", role: "img", "aria-label": `Loss over ${points.length} iterations` });
  const values = points.map((point) => point.loss).filter((value) => value > 0);
  if (!values.length) return chart;
  const low = Math.log(Math.min(...values)), high = Math.max(Math.log(Math.max(...values)), low + 1e-3);
  const x = (place) => LEFT + ((WIDTH - LEFT - 6) * place) / Math.max(1, points.length - 1);
  const y = (value) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - (Math.log(value) - low) / (high - low));
  for (const level of [high, (low + high) / 2, low]) {
    chart.append(svg("line", { x1: LEFT, x2: WIDTH, y1: y(Math.exp(level)), y2: y(Math.exp(level)), class: "grid" }),
      svg("text", { x: LEFT - 6, y: y(Math.exp(level)) + 3, "text-anchor": "end" }, number(Math.exp(level), 2)));
  }
  let line = [], stage = null, begin = 0;
  const finish = (end) => {
    if (line.length) chart.append(svg("polyline", { points: line.join(" "), class: "line" }));
    if (stage && x(end) - x(begin) > 52) chart.append(svg("text", { x: (x(begin) + x(end)) / 2, y: HEIGHT - 4, "text-anchor": "middle" }, stage.replace("refine ", "")));
    line = [];
  };
  points.forEach((point, place) => {
    if (point.stage !== stage) {
      finish(place - 1);
      if (stage !== null) chart.append(svg("line", { x1: x(place - 0.5), x2: x(place - 0.5), y1: TOP, y2: HEIGHT - BOTTOM, class: "grid" }));
      [stage, begin] = [point.stage, place];
    }
    if (point.loss > 0) line.push(`${x(place).toFixed(1)},${y(point.loss).toFixed(1)}`);
  });
  finish(points.length - 1);
  return chart;
}

export function sparkline(values) {
  const chart = svg("svg", { viewBox: "0 0 90 24", class: "spark", role: "img", "aria-label": `Loss over ${values.length} evaluations` });
  const low = Math.min(...values), span = Math.max(...values) - low || 1;
  chart.append(svg("polyline", { class: "line", points: values.map((value, place) => `${((88 * place) / Math.max(1, values.length - 1) + 1).toFixed(1)},${(22 - (20 * (value - low)) / span).toFixed(1)}`).join(" ") }));
  return chart;
}
