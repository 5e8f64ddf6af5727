// The pictures of a sample, decoded when they are first shown, and what is made of them.
const OUTLINE = [90, 255, 0], OUTLINE_EDGE = [10, 30, 0], ONLY_SOURCE = [40, 120, 255], ONLY_RENDER = [255, 60, 40];
const GREY = 205, HALF = 128;
const KEPT = 16; // samples whose pictures stay decoded
const decoded = new Map();

async function pictureTexts(index) {
  let element = document.getElementById(`pictures-${index}`);
  if (!element) {
    await ready;
    element = document.getElementById(`pictures-${index}`);
  }
  return element ? element.textContent.trim().split("\n") : null;
}

async function decode(kind, text) {
  const image = new Image();
  image.src = `data:image/${kind};base64,${text}`;
  await image.decode();
  return image;
}

function pixelsOf(image, width = image.naturalWidth || image.width, height = image.naturalHeight || image.height) {
  const canvas = make("canvas", { width, height });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(image, 0, 0, width, height);
  return context.getImageData(0, 0, width, height);
}

// Source, render, mask and overlay of the bent mesh of a sample as pixels; null where the page has none.
function pixelsOfSample(index) {
  if (!decoded.has(index)) {
    while (decoded.size >= KEPT) decoded.delete(decoded.keys().next().value);
    decoded.set(index, readPixels(index));
  }
  return decoded.get(index);
}

async function readPixels(index) {
  const texts = await pictureTexts(index);
  if (!texts) return null;
  const [source, render, mask, bent] = await Promise.all(
    ["webp", "webp", "png", "webp"].map((kind, place) => (texts[place] ? decode(kind, texts[place]) : null)));
  const width = source.naturalWidth, height = source.naturalHeight;
  return { width, height, source: pixelsOf(source), render: render && pixelsOf(render, width, height), mask: mask && pixelsOf(mask, width, height), bent: bent && pixelsOf(bent, width, height) };
}

const LAYERS = {
  source: { title: "source", paint: (pixels) => pixels.source.data.slice() },
  render: { title: "render", needsRender: true, paint: paintRender },
  overlay: { title: "overlay", needsRender: true, paint: paintOverlay },
  contour: { title: "contour", needsRender: true, paint: paintContour },
  difference: { title: "difference", needsRender: true, paint: paintDifference },
  bent: { title: "overlay, bent", onlyBent: true, needsRender: true, paint: (pixels) => pixels.bent.data.slice() },
};

// The layer that is shown for a name: of a sample that lacks it the nearest.
function usableLayer(name, pixels) {
  if (LAYERS[name].needsRender && !pixels.render) return "source";
  return LAYERS[name].onlyBent && !pixels.bent ? "overlay" : name;
}

// A layer as a canvas.
function layerCanvas(name, pixels) {
  const canvas = make("canvas", { width: pixels.width, height: pixels.height });
  const painted = new ImageData(LAYERS[name].paint(pixels), pixels.width, pixels.height);
  canvas.getContext("2d").putImageData(painted, 0, 0);
  return canvas;
}

function paintRender({ render }) {
  const data = render.data.slice();
  for (let place = 0; place < data.length; place += 4) {
    const share = data[place + 3] / 255;
    for (let channel = 0; channel < 3; channel++) data[place + channel] = GREY + share * (data[place + channel] - GREY);
    data[place + 3] = 255;
  }
  return data;
}

function paintOverlay({ source, render, width, height }) {
  const data = source.data.slice();
  for (let place = 0; place < data.length; place += 4) {
    const share = (0.5 * render.data[place + 3]) / 255;
    for (let channel = 0; channel < 3; channel++) data[place + channel] += share * (render.data[place + channel] - data[place + channel]);
  }
  return paintOutline(data, coverage(render, 3), width, height, OUTLINE);
}

function paintContour({ source, render, mask, width, height }) {
  const data = source.data.slice();
  if (mask) paintOutline(data, coverage(mask, 0), width, height, ONLY_SOURCE);
  return paintOutline(data, coverage(render, 3), width, height, OUTLINE);
}

// Grey where both show the object: the difference of their colors; colored where only one of them shows it.
function paintDifference({ source, render, mask }) {
  const data = new Uint8ClampedArray(source.data.length);
  for (let place = 0; place < data.length; place += 4) {
    const drawn = render.data[place + 3] >= HALF, shown = mask ? mask.data[place] >= HALF : drawn;
    let color = [0, 0, 0];
    if (drawn && shown) {
      let off = 0;
      for (let channel = 0; channel < 3; channel++) off += Math.abs(source.data[place + channel] - render.data[place + channel]);
      color = [off / 3, off / 3, off / 3];
    } else if (shown) color = ONLY_SOURCE;
    else if (drawn) color = ONLY_RENDER;
    [data[place], data[place + 1], data[place + 2]] = color;
    data[place + 3] = 255;
  }
  return data;
}

function coverage(pixels, channel) {
  const covered = new Uint8Array(pixels.width * pixels.height);
  for (let place = 0; place < covered.length; place++) covered[place] = pixels.data[4 * place + channel] >= HALF ? 1 : 0;
  return covered;
}

// A line just outside of what is covered, with a dark edge, so that it shows on every color.
function paintOutline(data, covered, width, height, color) {
  const line = Math.max(1, Math.round(Math.max(width, height) / 350));
  let inner = covered;
  for (const [paint, times] of [[color, line], [OUTLINE_EDGE, line]]) {
    let grown = inner;
    for (let time = 0; time < times; time++) grown = dilate(grown, width, height);
    for (let place = 0; place < grown.length; place++) {
      if (grown[place] && !inner[place]) [data[4 * place], data[4 * place + 1], data[4 * place + 2]] = paint;
    }
    inner = grown;
  }
  return data;
}

function dilate(covered, width, height) {
  const grown = covered.slice();
  for (let y = 0, place = 0; y < height; y++) {
    for (let x = 0; x < width; x++, place++) {
      if (covered[place]) continue;
      if ((x && covered[place - 1]) || (x < width - 1 && covered[place + 1]) || (y && covered[place - width]) || (y < height - 1 && covered[place + width])) grown[place] = 1;
    }
  }
  return grown;
}
