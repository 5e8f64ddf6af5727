// Insert: another mesh in the photograph, moved by hand, then drawn by the server under the light of the picture.
import { get, picture, post, putBlob, startJob } from "./api.js";
import { button, find, make, notify, segments } from "./dom.js";
import { choice, chosenSettings } from "./form.js";
import { hand, scaleTo, turnBy, turnOf } from "./insert-hand.js";
import { resultPart, showMade } from "./insert-result.js";
import { lightThing, loadThing, placeThing, resultPose, thing } from "./insert-scene.js";
import { applyView, showComposite, stage } from "./stage.js";
import { isBusy, on, store } from "./store.js";
import { showTab } from "./tabs.js";

const STILL = 400, SELDOM = 150; // milliseconds without a change after which the server is asked; between numbers in a drag
const AXES = ["+y", "-y", "+z", "-z", "+x", "-x"], LARGEST = 4; // of the slider, in sizes of the known mesh
const HINTS = {
  move: "Drag the object to where it is to stand; Shift-drag turns it, Alt-drag and the wheel scale it, two fingers do all at once. Keys: arrows, [ and ], + and −.",
  turn: "Drag to the side to turn the object about its up axis, or use [ and ].", size: "Drag up to make the object larger, down to make it smaller; or + and −.",
};
const wish = { object: null, files: [], light: "environment", shadows: true, up: "auto", objectUp: "+y", version: 0, asked: -1, isWanted: false, isStarting: false, history: [] };
let timer = 0, shown = 0;

export function buildInsert(panel) {
  wish.light = choice.changes["light.method"] ?? wish.light;
  panel.append(
    make("section", { id: "insert-none", hidden: true }, make("h2", {}, "No camera yet"), make("p", {}, "An object is put in by the camera that was found. Estimate this sample first; then choose an object here."), make("div", { class: "row" }, button("Go to Estimate", () => showTab("estimate"), { class: "primary" }))),
    make("section", { id: "insert-ready" }, objectPart(), placePart(), lightPart(),
      make("div", { class: "row" }, button("Insert", compose, { class: "primary", id: "insert-now" }), button("Undo", undo, { id: "insert-undo" }), button("Place anew", placeAnew, { id: "place-anew" })),
      make("p", { class: "faint small", id: "insert-note", role: "status" }), resultPart(composeAll)));
  Object.assign(hand, { change, remember, undo });
  on("samples", showObjects);
  on("sample", takeSample);
  on("another", takeAnother);
  on("tab", () => { if (store.tab === "insert") { showState(); if (thing.place && !stage.isComposed) schedule(); } });
  on("inserted", takeInserted);
  on("job", takeJob);
  showObjects();
}

function objectPart() {
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

function placePart() {
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

function lightPart() {
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

function showObjects() {
  const select = find("#object-choice"), seen = new Set();
  if (!select) return;
  const rows = [...wish.files.map(({ upload, name }) => [{ upload }, name]), ...store.samples.map((each) => [{ sample: each.number }, each.mesh])].filter(([, name]) => !seen.has(name) && seen.add(name));
  select.replaceChildren(make("option", { value: "" }, "choose one"), ...rows.map(([object, name]) => make("option", { value: JSON.stringify(object), selected: JSON.stringify(object) === JSON.stringify(wish.object) }, object.sample ? `${name}, of this session` : name)));
}

async function takeFiles(files) {
  for (const file of files.slice(0, 1)) {
    note(`${file.name} …`);
    try {
      const taken = await putBlob(`/api/uploads?name=${encodeURIComponent(file.name)}`, file);
      if (taken.kind !== "mesh") throw new Error(`${taken.name}: is a picture; an object is a mesh: give a .glb`);
      wish.files = [{ upload: taken.upload, name: taken.name }, ...wish.files.filter((each) => each.name !== taken.name)];
      await chooseObject({ upload: taken.upload });
    } catch (error) {
      note("");
      notify(error.message);
    }
  }
}

async function chooseObject(object) {
  wish.object = object;
  showObjects();
  note("Loading the object …");
  try {
    await loadThing(object.upload ? `/api/uploads/${object.upload}/mesh` : `/api/samples/${object.sample}/mesh`);
    wish.history = [];
    await placeAnew();
  } catch (error) {
    note("");
    notify(error.message);
  }
}

// Where the library would put it.
async function placeAnew() {
  const { number } = store.current;
  if (!wish.object) { notify("Choose an object first, or drop its mesh."); return; }
  note("Looking for a place …");
  try {
    const place = await post(`/api/samples/${number}/placement`, { object: wish.object, placement: { on: hand.on, up: wish.up, object_up: wish.objectUp } });
    if (store.current.number !== number) return;
    if (thing.place) remember();
    note(place.up_remark);
    change(place);
  } catch (error) {
    note("");
    notify(error.message);
  }
}

const showHistory = () => { find("#insert-undo").disabled = !wish.history.length; };
const note = (text) => { find("#insert-note").textContent = text; };
const remember = () => { if (thing.place) wish.history = [...wish.history.slice(-99), thing.place]; showHistory(); };

function undo() {
  if (wish.history.length) change(wish.history.pop());
}

// While it is dragged the picture comes first: numbers and sliders follow a few times a second.
function change(place) {
  placeThing(place);
  if (!stage.isHeld) showPlace();
  else shown ||= setTimeout(() => { shown = 0; showPlace(); }, SELDOM);
  renew();
}

// What the server made is not what is wanted any more.
function renew() {
  wish.version += 1;
  if (stage.isComposed) {
    stage.isComposed = false;
    applyView();
  }
  if (thing.place) schedule();
}

function showPlace() {
  const { place } = thing;
  showHistory();
  for (const id of ["turn", "size", "place-anew", "insert-now"]) find(`#${id}`).disabled = !place;
  if (!place || !resultPose()) return;
  const degrees = turnOf(place), size = (place.scale * place.length) / place.known_length;
  find("#turn").value = String(degrees);
  find("#turn-text").textContent = `${Math.round(degrees)}°`;
  find("#size").value = String(Math.log2(size));
  find("#size-text").textContent = `× ${size.toPrecision(2)}`;
}

function schedule() {
  clearTimeout(timer);
  timer = setTimeout(() => (stage.isHeld ? schedule() : compose()), STILL);
}

const wishValues = () => {
  const { on, point, scale, up_word: up, object_up } = thing.place;
  return { sample: store.current.number, object: wish.object, light: wish.light, shadows: wish.shadows, settings: chosenSettings(), placement: { on, point, scale, turn_deg: turnOf(thing.place), up, object_up } };
};

// One picture at a time: one that is out of date is stopped, and the next begun when it has ended.
async function compose() {
  if (store.tab !== "insert" || !store.current?.entry) return;
  if (!thing.place) { notify("Choose an object first, or drop its mesh."); return; }
  clearTimeout(timer);
  if (isBusy() || wish.isStarting) {
    wish.isWanted = true;
    if (store.job?.kind === "insert") post("/api/jobs/stop").catch(() => {});
    else if (isBusy()) note(`Waits for '${store.job.title}'.`);
    return;
  }
  Object.assign(wish, { asked: wish.version, isStarting: true });
  note("Drawing the picture …");
  try {
    await startJob("insert", wishValues());
  } catch (error) {
    note("");
    if (isBusy()) wish.isWanted = true;
    else notify(error.message);
  }
  wish.isStarting = false;
  takeJob();
}

async function composeAll() {
  try {
    await startJob("insert_all", wishValues());
  } catch (error) {
    notify(error.message);
  }
}

function takeJob() {
  if (isBusy() || wish.isStarting) return;
  if (find("#insert-note").textContent.endsWith("…")) note(store.job?.state === "stopped" ? "Stopped." : "");
  if (wish.isWanted) {
    wish.isWanted = false;
    if (wish.asked !== wish.version) schedule();
  }
}

async function takeInserted(number) {
  if (number !== store.current?.number) return;
  const { version } = wish, isAsked = wish.asked === version || store.job?.kind === "insert_all";
  try {
    const [{ insertion }, { bitmap }] = await Promise.all([get(`/api/samples/${number}/insertion`), picture(`/api/samples/${number}/insertion/picture`)]);
    if (number !== store.current?.number || !insertion) return;
    lightThing(insertion.shading);
    if (isAsked && version === wish.version) showComposite(bitmap);
    showMade(insertion);
  } catch (error) {
    notify(error.message);
  }
}

function showState() {
  const isReady = Boolean(store.current?.entry);
  find("#insert-none").hidden = isReady;
  find("#insert-ready").hidden = !isReady;
  find("#every-frame").hidden = !store.sequences.some((group) => group.includes(store.current?.number));
  showPlace();
}

let camera = "";
function takeSample() {
  showState();
  const now = JSON.stringify([store.current?.number, store.current?.entry?.world_to_camera]);
  if (now === camera) return;
  camera = now;
  showMade(null);
  placeThing(thing.place);
  renew();
}

// Of another sample; the object stays at its place before the same mesh.
let meshName = "";
async function takeAnother() {
  const { number, entry, mesh } = store.current;
  wish.history = [];
  thing.shading = null;
  showMade(null);
  stage.isComposed = false;
  clearTimeout(timer);
  const isSame = mesh === meshName;
  meshName = mesh;
  placeThing(isSame ? thing.place : null);
  if (!entry) return;
  const { insertion } = await get(`/api/samples/${number}/insertion`).catch(() => ({}));
  if (store.current.number !== number) return;
  if (insertion) {
    wish.asked = wish.version;
    clearTimeout(timer);
    await takeInserted(number);
  } else if (thing.place) {
    schedule();
  } else if (thing.mesh) {
    await placeAnew();
  }
}
