// Frames of a sequence by their confidence.
import { find, make, percent } from "./dom.js";
import { emit, on, store } from "./store.js";

const DOUBTFUL = ["doubtful", "wrong"];

export function buildTimeline() {
  on("samples", showFrames);
  on("sample", showFrames);
  on("next-doubtful", () => {
    const frames = framesOf(), place = frames.findIndex((each) => each.number === store.current.number);
    const next = [...frames.slice(place + 1), ...frames.slice(0, place)].find((each) => DOUBTFUL.includes(each.verdict));
    if (next) emit("choose", next.number);
  });
  find("#timeline").addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key], frames = framesOf();
    const next = step && frames[frames.findIndex((each) => each.number === store.current.number) + step];
    if (!next) return;
    event.preventDefault();
    emit("choose", next.number);
    requestAnimationFrame(() => find("#timeline [aria-current]")?.focus());
  });
}

const sequence = () => store.sequences.find((group) => group.includes(store.current?.number));
const framesOf = () => (sequence() || []).map((number) => store.samples.find((each) => each.number === number)).filter(Boolean);

function showFrames() {
  const frames = framesOf(), place = find("#timeline");
  place.hidden = frames.length < 2;
  place.replaceChildren(make("div", { class: "frames" }, frames.map((frame) => {
    const isCurrent = frame.number === store.current.number, words = frame.finished ? `${frame.name}: ${frame.verdict ?? "not judged"}, ${percent(frame.confidence)}` : `${frame.name}: not estimated`;
    const bar = make("button", { type: "button", class: `frame ${frame.finished ? frame.verdict ?? "" : "none"}`, title: words, "aria-label": words, tabIndex: isCurrent ? 0 : -1, onclick: () => emit("choose", frame.number) },
      make("i", { style: `height:${frame.finished ? Math.round(12 + 88 * (frame.confidence ?? 1)) : 8}%` }));
    if (isCurrent) bar.setAttribute("aria-current", "true");
    return bar;
  })));
}
