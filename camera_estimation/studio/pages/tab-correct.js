// Correct: move the mesh by hand, pins, box and mask, and go on from there.
import { put, remove, startJob } from "./api.js";
import { button, find, make, notify, number, segments } from "./dom.js";
import { chosenSettings } from "./form.js";
import { clearMask, loadMask, mask, saveMask } from "./mask.js";
import { follow, pinState, removePin } from "./pins.js";
import { angleBetween, firstPose, fovDegrees, poseOf, valuesOf, withFov } from "./pose.js";
import { begin } from "./tab-estimate.js";
import { TOOLS } from "./tools.js";
import { emit, on, setPose, store, undo } from "./store.js";

const HINTS = {
  turn: "Drag the mesh to turn it; a drag beside it rolls. Shift-drag moves, the wheel brings nearer, two fingers do all at once. Keys: arrows, Shift with arrows, + and −, [ and ].",
  shift: "Drag to move the mesh in the picture, or use the arrow keys.", distance: "Drag up to bring the mesh nearer, down to push it away; or + and −.",
  pin: "Press on the mesh and drag to where that point belongs. One pin shifts, two also scale and roll, three and more turn. Arrow keys move the chosen pin, Delete takes it away.",
  brush: "Paint over the object. What is painted is the mask.", eraser: "Take away what is not the object.", box: "Draw a box around the object, roughly.",
};

export function buildCorrect(panel) {
  const hint = make("p", { class: "faint small", id: "tool-hint" }, HINTS.turn);
  const choose = (name) => {
    store.tool = name;
    hint.textContent = HINTS[name];
    find("#mask-part").hidden = !["brush", "eraser", "box"].includes(name);
    find("#pin-part").hidden = name !== "pin";
    find("#marks").dataset.tool = name;
    emit("marks");
  };
  const fov = make("input", { type: "range", min: 2, max: 110, step: 0.1, id: "fov", "aria-label": "Vertical field of view in degrees", oninput: () => store.pose && setPose(withFov(store.pose, store.mesh.center, Number(fov.value)), false), onpointerdown: () => store.pose && setPose(store.pose) });
  const tools = segments(TOOLS, store.tool, choose, "Tool");
  tools.id = "tools";
  panel.append(make("div", { class: "scroll" }, tools), hint,
    make("label", { class: "field" }, make("span", {}, "Field of view"), fov, make("output", { id: "fov-text" })),
    make("p", { id: "moved", class: "faint small" }),
    make("div", { class: "row" }, button("Refine from here", refine, { class: "primary", id: "refine" }), button("Undo", undo, { id: "undo" }), button("Back to the result", back, { id: "back" })),
    pinPart(), maskPart(),
    make("section", { id: "sequence-part", hidden: true }, make("h2", {}, "Sequence"), make("p", { class: "faint small" }, "Once this frame is right, the frames after it can be tracked from it."),
      make("div", { class: "row" }, button("Track onwards from this frame", () => begin("track"), { id: "track" }), button("Next doubtful frame", () => emit("next-doubtful")))));
  choose("turn");
  on("pose", showPose);
  on("pins", showPins);
  on("pin-errors", showPins);
  on("sample", () => { showPose(); showPins(); find("#sequence-part").hidden = !store.sequences.some((group) => group.includes(store.current?.number)); });
}

const refine = () => store.pose && begin("refine", { camera: valuesOf(store.pose) });

function back() {
  const { entry } = store.current || {};
  setPose(entry ? poseOf(entry) : firstPose(store.size.width, store.size.height, store.mesh));
}

const wordsOfAngle = (degrees) => (degrees < 0.01 ? "Turned as the result is." : `${number(degrees, 3)}° from the result.`);

function showPose() {
  const { pose, current } = store;
  if (!pose) return;
  find("#undo").disabled = !store.history.length;
  const degrees = fovDegrees(pose);
  find("#fov").value = String(degrees);
  find("#fov-text").textContent = `${degrees.toFixed(1)}°`;
  find("#moved").textContent = current?.entry ? wordsOfAngle(angleBetween(pose, poseOf(current.entry))) : "No result yet: place the mesh by hand, or estimate first.";
}

function pinPart() {
  const free = make("input", { type: "checkbox", id: "free-focal", onchange: () => { pinState.freeFocal = free.checked; follow(); } });
  return make("section", { id: "pin-part", hidden: true }, make("h2", {}, "Pins"), make("ol", { id: "pin-list" }),
    make("label", { class: "check" }, free, "The field of view follows too (from four pins on)"),
    make("div", { class: "row" }, button("Save as keypoints", savePins, { id: "save-pins" }), button("Take all away", () => { store.pins.length = 0; pinState.chosen = -1; emit("pins"); emit("marks"); })),
    make("p", { class: "faint small", id: "pins-note" }, "Saved pins count in the next estimate, as --keypoints_dir does."));
}

async function savePins() {
  try {
    const { saved } = await put(`/api/samples/${store.current.number}/pins`, { pins: store.pins });
    find("#pins-note").textContent = saved ? `Saved: ${saved}. They count in the next estimate.` : "No pins: the file is taken away.";
  } catch (error) {
    notify(error.message);
  }
}

function showPins() {
  find("#pin-list").replaceChildren(...store.pins.map((pin, index) => make("li", { class: index === pinState.chosen ? "chosen" : "" },
    button(`${pin.name}: ${pinState.errors[index] === undefined ? "set" : `off by ${number(Math.round(100 * pinState.errors[index]) / 100, 2)} px`}`, () => { pinState.chosen = index; showPins(); emit("marks"); find("#marks").focus(); }, { class: "link" }),
    button("×", () => { removePin(index); follow(); }, { "aria-label": `Take ${pin.name} away` }))));
}

function maskPart() {
  const size = make("input", { type: "range", min: 2, max: 120, value: mask.size, "aria-label": "Size of brush and eraser", oninput: () => { mask.size = Number(size.value); } });
  const usable = store.form.segmenters.filter((each) => each.name !== "plain");
  const segmenter = make("select", { id: "segmenter", "aria-label": "Segmenter" }, usable.map((each) => make("option", { value: each.name, title: each.lacking || each.description, disabled: Boolean(each.lacking) }, each.lacking ? `${each.name} (not here)` : `${each.name}: ${each.description}`)));
  const run = (work) => async () => {
    try {
      await work(store.current.number);
    } catch (error) {
      notify(error.message);
    }
  };
  const propose = run(async (number) => {
    await put(`/api/samples/${number}/box`, { box: store.box || null });
    await startJob("propose", { sample: number, segmenter: segmenter.value });
  });
  const again = run(async (number) => {
    if (mask.isDirty) await saveMask(number);
    await put(`/api/samples/${number}/box`, { box: store.box || null });
    await startJob("estimate", { sample: number, settings: chosenSettings() });
  });
  const forget = run(async (number) => {
    await remove(`/api/samples/${number}/mask`);
    clearMask();
    store.box = null;
    await put(`/api/samples/${number}/box`, { box: null });
    emit("marks");
  });
  const boxOnly = run(async (number) => {
    await put(`/api/samples/${number}/box`, { box: store.box || null });
    const settings = chosenSettings();
    await startJob("estimate", { sample: number, settings: { ...settings, changes: { ...settings.changes, mask: "none" } } });
  });
  return make("section", { id: "mask-part", hidden: true }, make("h2", {}, "Mask"),
    make("label", { class: "field" }, make("span", {}, "Brush size"), size),
    make("div", { class: "row" }, button("Show the present mask", run((number) => loadMask(`/api/samples/${number}/mask`)), { id: "load-mask" }), segmenter, button("Propose", propose, { id: "propose" })),
    make("div", { class: "row" }, button("Estimate again", again, { class: "primary", id: "estimate-again" }), button("Estimate without a mask, in the box", boxOnly), button("Forget mask and box", forget)));
}

on("proposal", async (number) => {
  if (number !== store.current?.number) return;
  try {
    await loadMask(`/api/samples/${number}/proposal`);
    notify("This is a proposal: correct it with brush and eraser, then estimate again.", false);
  } catch (error) {
    notify(error.message);
  }
});
