// What is chosen on the tab Insert: the object, where it stands and how it is turned, and the light.
import { button, find, make, segments } from "./dom.js";
import { hand, scaleTo, turnBy, turnOf } from "./insert-hand.js";
import { thing } from "./insert-scene.js";
import { remember, wish } from "./insert-wish.js";
import { on, store } from "./store.js";
import { showTab } from "./tabs.js";

const AXES = ["+y", "-y", "+z", "-z", "+x", "-x"], LARGEST = 4; // of the slider, in sizes of the known mesh
const HINTS = {
  move: "Drag the object to where it is to stand; Shift-drag turns it, Alt-drag and the wheel scale it, two fingers do all at once. Keys: arrows, [ and ], + and −.",
  turn: "Drag to the side to turn the object about its up axis, or use [ and ].", size: "Drag up to make the object larger, down to make it smaller; or + and −.",
};

export function objectPart(takeFiles, chooseObject) {
  const picker = make("input", { type: "file", hidden: true, id: "object-picker", accept: ".glb,.ply,.stl,.off,.obj", onchange: () => { takeFiles([...picker.files]); picker.value = ""; } });
  const zone = make("div", { class: "drop", id: "object-drop" }, make("p", {}, make("b", {}, "Drop the mesh of an object here"), " or ", button("choose a file", () => picker.click(), { class: "link" })), picker);
  for (const kind of ["dragover", "dragleave", "drop"]) {
    document.addEventListener(kind, (event) => {
      zone.classList.toggle("over", kind === "dragover");
      if (kind === "drop" && store.tab === "insert") takeFiles([...event.dataTransfer.files]);
    });
  }
  const select = make("select", { id: "object-choice", "aria-label": "Object", onchange: () => select.value && chooseObject(JSON.parse(select.value)) });
  return make("section", {}, zone, make("label", { class: "field" }, make("span", {}, "Object"), select));
}

export function placePart(placeAnew) {
  const hint = make("p", { class: "faint small", id: "hand-hint" }, HINTS.move);
  const tools = segments([["move", "Move"], ["turn", "Turn"], ["size", "Size"]], hand.tool, (name) => { hand.tool = name; hint.textContent = HINTS[name]; }, "What a drag does");
  tools.id = "hand-tools";
  const stands = segments([["ground", "On the ground"], ["object", "On the mesh"]], hand.on, (name) => { hand.on = name; if (thing.mesh) placeAnew(); }, "What the object stands on");
  stands.id = "stands-on";
  const turn = make("input", { type: "range", min: -180, max: 180, step: 1, id: "turn", "aria-label": "Turn in degrees", onpointerdown: remember, oninput: () => thing.place && turnBy(Number(turn.value) - turnOf(thing.place)) });
  const size = make("input", { type: "range", min: -4, max: Math.log2(LARGEST), step: 0.02, id: "size", "aria-label": "Size beside the mesh", onpointerdown: remember, oninput: () => thing.place && scaleTo((2 ** Number(size.value) * thing.place.known_length) / thing.place.length) });
  const axis = (id, label, values, take) => { const select = make("select", { id, onchange: () => { take(select.value); if (thing.mesh) placeAnew(); } }, values.map((value) => make("option", { value }, value))); return make("label", { class: "field" }, make("span", {}, label), select); };
  return make("section", {}, make("h2", {}, "Place"), make("div", { class: "row" }, stands, tools), hint,
    make("label", { class: "field" }, make("span", {}, "Turn"), turn, make("output", { id: "turn-text" }, "–")),
    make("label", { class: "field" }, make("span", {}, "Size"), size, make("output", { id: "size-text" }, "–")),
    make("details", {}, make("summary", {}, "Which way is up"), axis("known-up", "Of the mesh in the picture", ["auto", ...AXES], (value) => { wish.up = value; }), axis("object-up", "Of the object", AXES, (value) => { wish.objectUp = value; })));
}

export function lightPart(renew) {
  const { lights } = store.form, about = make("p", { class: "faint small" });
  const tell = () => { const found = lights.find((each) => each.name === wish.light); about.textContent = found ? found.lacking || `${found.description[0].toUpperCase()}${found.description.slice(1)}.` : ""; };
  const select = make("select", { id: "light-method", "aria-label": "Light", onchange: () => { wish.light = select.value; tell(); renew(); } }, lights.map((each) => make("option", { value: each.name, selected: each.name === wish.light, disabled: Boolean(each.lacking), title: each.lacking }, each.name)));
  const shadows = make("input", { type: "checkbox", id: "shadows", checked: wish.shadows, onchange: () => { wish.shadows = shadows.checked; renew(); } });
  tell();
  on("settings", () => store.tab === "insert" && renew());
  return make("section", {}, make("h2", {}, "Light"), make("label", { class: "field" }, make("span", {}, "Estimated as"), select), about,
    make("label", { class: "check" }, shadows, "The object casts shadows"),
    make("p", { class: "small" }, button("Terms of the fit", showTerms, { class: "link" })));
}

// The settings of a light are those of the whole program, on the tab Estimate.
function showTerms() {
  showTab("estimate");
  const search = find("#all-settings input[type=search]");
  find("#all-settings").open = true;
  search.value = "light.";
  search.dispatchEvent(new Event("input"));
  search.focus();
}
