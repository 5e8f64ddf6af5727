// The stage: two layers of a sample, with a slider to wipe between them.
const stage = { left: "source", right: "overlay", wipe: 0.5, shown: null, canvases: {} };

function stageElement(sample) {
  const canvas = make("canvas", { id: "stage", width: 1, height: 1, role: "img" });
  const slider = make("input", { type: "range", id: "wipe", min: "0", max: "1000", value: String(1000 * stage.wipe), "aria-label": "Wipe between the pictures",
    oninput: () => wipeTo(slider.value / 1000) });
  const drag = (event) => {
    const box = canvas.getBoundingClientRect();
    wipeTo((event.clientX - box.left) / box.width);
  };
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    drag(event);
  });
  canvas.addEventListener("pointermove", (event) => canvas.hasPointerCapture(event.pointerId) && drag(event));
  const choice = (side) => make("select", { id: `${side}-layer`, "aria-label": `Picture on the ${side}`, onchange: (event) => { stage[side] = event.target.value; paintStage(); } },
    Object.entries(LAYERS).filter(([, layer]) => !layer.onlyBent || sample.bent).map(([name, layer]) => make("option", { value: name, selected: layerChoice(stage[side], sample) === name }, layer.title)));
  const legend = make("p", { id: "legend", class: "legend faint" });
  const controls = sample.status === "ok" ? [make("div", { class: "wipe" }, choice("left"), slider, choice("right")), legend] : [];
  return make("div", { class: "viewer" }, make("div", { class: "stage" }, canvas, make("p", { id: "stage-note", class: "note" }, "…")), controls);
}

// Shows pixels, or a note why there are none.
function showOnStage(pixels, note) {
  Object.assign(stage, { shown: pixels, canvases: {} });
  const canvas = find("#stage");
  if (!canvas) return;
  find("#stage-note").textContent = note || "";
  canvas.hidden = !pixels;
  if (!pixels) return;
  Object.assign(canvas, { width: pixels.width, height: pixels.height });
  canvas.style.width = `min(100%, ${((68 * pixels.width) / pixels.height).toFixed(2)}vh)`;
  canvas.style.imageRendering = Math.max(pixels.width, pixels.height) < 160 ? "pixelated" : "auto";
  paintStage();
}

// Of a sample whose mesh was not bent "overlay" is chosen where "overlay, bent" was on the stage before.
function layerChoice(name, sample) {
  return LAYERS[name].onlyBent && !sample.bent ? "overlay" : name;
}

function layerOf(name) {
  const usable = usableLayer(name, stage.shown);
  stage.canvases[usable] ||= layerCanvas(usable, stage.shown);
  return stage.canvases[usable];
}

function paintStage() {
  const canvas = find("#stage");
  if (!stage.shown || !canvas) return;
  const { width, height } = stage.shown, context = canvas.getContext("2d");
  const edge = Math.round(stage.wipe * width);
  context.drawImage(layerOf(stage.left), 0, 0);
  if (!stage.shown.render) {
    canvas.setAttribute("aria-label", "source");
    return;
  }
  if (edge < width) context.drawImage(layerOf(stage.right), edge, 0, width - edge, height, edge, 0, width - edge, height);
  if (edge > 0 && edge < width) {
    context.fillStyle = "rgba(255,255,255,.9)";
    context.fillRect(edge - 1, 0, 2, height);
  }
  canvas.setAttribute("aria-label", `${stage.left} on the left, ${stage.right} on the right`);
  find("#legend")?.replaceChildren(...legendOf());
}

function legendOf() {
  const key = (color, text) => [make("i", { style: `background:rgb(${color})` }), `${text} `];
  const shown = [stage.left, stage.right], parts = [];
  if (shown.includes("contour")) parts.push(...key(OUTLINE, "outline of the render"), ...key(ONLY_SOURCE, "of the mask"));
  if (shown.includes("difference")) parts.push(...key(ONLY_SOURCE, "only source"), ...key(ONLY_RENDER, "only render"), "· grey: difference of colors");
  return parts;
}

function wipeTo(share) {
  stage.wipe = Math.max(0, Math.min(1, share));
  const slider = find("#wipe");
  if (slider) slider.value = String(Math.round(1000 * stage.wipe));
  paintStage();
}

function chooseLayer(side, name) {
  const choice = find(`#${side}-layer`);
  if (!choice || !choice.querySelector(`[value=${name}]`)) return;
  choice.value = stage[side] = name;
  paintStage();
}
