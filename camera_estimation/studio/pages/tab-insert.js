// Insert: another mesh in the photograph, moved by hand, then drawn by the server under the light of the picture.
import { get, picture, post, putBlob, startJob } from "./api.js";
import { button, find, make, notify } from "./dom.js";
import { choice } from "./form.js";
import { hand, turnOf } from "./insert-hand.js";
import { lightPart, objectPart, placePart } from "./insert-parts.js";
import { resultPart, showMade } from "./insert-result.js";
import { lightThing, loadThing, placeThing, resultPose, thing } from "./insert-scene.js";
import { note, remember, showHistory, wish, wishValues } from "./insert-wish.js";
import { applyView, showComposite, stage } from "./stage.js";
import { isBusy, on, store } from "./store.js";
import { showTab } from "./tabs.js";

const STILL = 400, SELDOM = 150; // milliseconds without a change after which the server is asked; between numbers in a drag
let timer = 0, shown = 0;

export function buildInsert(panel) {
  wish.light = choice.changes["light.method"] ?? wish.light;
  panel.append(
    make("section", { id: "insert-none", hidden: true }, make("h2", {}, "No camera yet"), make("p", {}, "An object is put in by the camera that was found. Estimate this sample first; then choose an object here."), make("div", { class: "row" }, button("Go to Estimate", () => showTab("estimate"), { class: "primary" }))),
    make("section", { id: "insert-ready" }, objectPart(takeFiles, chooseObject), placePart(placeAnew), lightPart(renew),
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

// While another object is loaded there is no place, and nothing to draw.
function schedule() {
  clearTimeout(timer);
  timer = setTimeout(() => {
    if (stage.isHeld) schedule();
    else if (thing.place) compose();
  }, STILL);
}

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
