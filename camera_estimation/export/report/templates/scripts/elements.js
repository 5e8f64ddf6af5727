// Elements and texts. Text goes into the page as text, never as markup.
const report = JSON.parse(document.getElementById("data").textContent);
const samples = report.samples;
const VERDICTS = ["good", "doubtful", "wrong", "failed"];
const SVG = "http://www.w3.org/2000/svg";
const find = (selector, root = document) => root.querySelector(selector);

function fill(element, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}
const make = (tag, attributes = {}, ...children) => fill(document.createElement(tag), attributes, children);
const draw = (tag, attributes = {}, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);

const verdictOf = (sample) => (sample.status === "ok" ? sample.verdict || "good" : "failed");
const known = (value) => value !== null && value !== undefined;
const fixed = (value, digits = 2) => (known(value) ? Number(value).toFixed(digits).replace(/^-(?=[0.]+$)/, "") : "–");
const short = (value, digits = 4) => (known(value) ? String(Number(Number(value).toPrecision(digits))) : "–");
// Two digits that count, of which a zero is one: 0.050 beside 0.091.
const deviationText = (value) => (Math.abs(value) < 99.5 && Math.abs(value) >= 1e-6 ? Number(value).toPrecision(2) : short(value, 2));
const many = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;
const secondsOf = (sample) => (sample.seconds ? Object.values(sample.seconds).reduce((sum, value) => sum + value, 0) : null);
const baseName = (path) => path.split(/[\\/]/).pop();

function duration(seconds) {
  if (!known(seconds)) return "–";
  if (seconds < 90) return `${seconds < 10 ? seconds.toFixed(1) : seconds.toFixed(0)} s`;
  if (seconds < 5400) return `${(seconds / 60).toFixed(0)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

function median(values) {
  const sorted = values.filter(known).sort((first, second) => first - second);
  if (!sorted.length) return null;
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

// The pictures come after this script: who looks for one that is not there yet waits.
const ready = new Promise((done) => {
  if (document.readyState !== "loading") done();
  else document.addEventListener("DOMContentLoaded", done, { once: true });
});
