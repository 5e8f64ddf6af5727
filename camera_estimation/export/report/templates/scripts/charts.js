// Charts as SVG: the histogram of confidences, and curves over the frames of a sequence.
function histogram(onPick) {
  const bins = Array.from({ length: 10 }, () => ({ good: 0, doubtful: 0, wrong: 0 }));
  for (const sample of samples) {
    if (sample.status !== "ok" || !known(sample.confidence)) continue;
    bins[Math.min(9, Math.floor(sample.confidence * 10))][verdictOf(sample)] += 1;
  }
  const width = 320, height = 110, left = 34, bottom = 20, top = 8;
  const total = (bin) => bin.good + bin.doubtful + bin.wrong;
  const most = Math.max(1, ...bins.map(total));
  const step = (width - left) / 10, scale = (height - bottom - top) / most;
  const svg = draw("svg", { viewBox: `0 0 ${width} ${height}`, class: "histogram", role: "img",
    "aria-label": "How many samples have which confidence" });
  svg.append(
    draw("path", { class: "axis", d: `M${left} ${top}V${height - bottom}H${width}` }),
    draw("text", { x: left - 5, y: top + 8, "text-anchor": "end" }, String(most)),
    draw("text", { x: left - 5, y: height - bottom, "text-anchor": "end" }, "0"),
    draw("text", { x: left, y: height - 5 }, "0"),
    draw("text", { x: left + 5 * step, y: height - 5, "text-anchor": "middle" }, "confidence"),
    draw("text", { x: width, y: height - 5, "text-anchor": "end" }, "1"),
  );
  bins.forEach((bin, index) => {
    let y = height - bottom;
    const label = `${many(total(bin), "sample")} of confidence ${(index / 10).toFixed(1)} to ${((index + 1) / 10).toFixed(1)}`;
    const group = draw("g", { class: "bin", onclick: () => onPick(index / 10, (index + 1) / 10) }, draw("title", {}, label));
    group.append(draw("rect", { x: left + index * step, y: top, width: step, height: height - bottom - top, fill: "transparent" }));
    for (const verdict of ["good", "doubtful", "wrong"]) {
      const size = bin[verdict] * scale;
      if (!size) continue;
      y -= size;
      group.append(draw("rect", { class: verdict, x: left + index * step + 1.5, y, width: step - 3, height: size }));
    }
    svg.append(group);
  });
  return svg;
}

// One curve over the frames of a sequence; `value` gives a number or null, `spread` half the height of its band.
function frameChart(title, indices, value, spread, range, onPick) {
  const width = 460, height = 130, left = 44, right = 8, top = 20, bottom = 20;
  const values = indices.map((index) => value(samples[index], index));
  const spreads = indices.map((index) => (spread ? spread(samples[index]) : null));
  const all = values.flatMap((number, place) => (known(number) ? [number - (spreads[place] || 0), number + (spreads[place] || 0)] : []));
  if (!all.length) return null;
  let [low, high] = range || [Math.min(...all), Math.max(...all)];
  if (high - low < 1e-3 * Math.max(Math.abs(high), 1e-6)) [low, high] = [low - 0.5 * Math.abs(low || 1), high + 0.5 * Math.abs(high || 1)];
  const x = (place) => left + ((width - left - right) * place) / Math.max(1, indices.length - 1);
  const y = (number) => height - bottom - ((height - bottom - top) * (number - low)) / (high - low);
  const point = (place, number) => `${x(place).toFixed(1)},${y(number).toFixed(1)}`;
  const places = values.map((_, place) => place).filter((place) => known(values[place]));
  const svg = draw("svg", { viewBox: `0 0 ${width} ${height}`, class: "curve", role: "img", "aria-label": `${title} over frames` });
  svg.append(
    draw("text", { x: left, y: 12, class: "caption" }, title),
    draw("path", { class: "axis", d: `M${left} ${top}V${height - bottom}H${width - right}` }),
    draw("text", { x: left - 5, y: top + 8, "text-anchor": "end" }, short(high, 3)),
    draw("text", { x: left - 5, y: height - bottom, "text-anchor": "end" }, short(low, 3)),
    draw("text", { x: left, y: height - 5 }, frameLabel(indices[0], 0)),
    draw("text", { x: width - right, y: height - 5, "text-anchor": "end" }, frameLabel(indices.at(-1), indices.length - 1)),
  );
  if (spread) {
    const upper = places.map((place) => point(place, values[place] + (spreads[place] || 0)));
    const lower = places.map((place) => point(place, values[place] - (spreads[place] || 0))).reverse();
    svg.append(draw("polygon", { class: "band", points: [...upper, ...lower].join(" ") }));
  }
  svg.append(draw("polyline", { class: "line", points: places.map((place) => point(place, values[place])).join(" ") }));
  if (indices.length <= 400) {
    for (const place of places) {
      const sample = samples[indices[place]];
      svg.append(draw("circle", { class: verdictOf(sample), cx: x(place).toFixed(1), cy: y(values[place]).toFixed(1), r: indices.length > 80 ? 1.8 : 3 }));
    }
  }
  const cursor = draw("path", { class: "cursor", d: "" });
  svg.append(cursor);
  svg.addEventListener("click", (event) => {
    const box = svg.getBoundingClientRect();
    const share = (((event.clientX - box.left) / box.width) * width - left) / (width - left - right);
    onPick(indices[Math.max(0, Math.min(indices.length - 1, Math.round(share * (indices.length - 1))))]);
  });
  svg.follow = (index) => {
    const place = indices.indexOf(index);
    cursor.setAttribute("d", place < 0 ? "" : `M${x(place).toFixed(1)} ${top}V${height - bottom}`);
  };
  return svg;
}

function frameLabel(index, place) {
  const sample = samples[index];
  return known(sample.frame) ? `frame ${sample.frame}` : place ? `frame ${place}` : "frame 0";
}

// Where cameras of a sequence are, seen from above the mesh: the trajectory in the plane of the ground.
function trajectoryChart(indices, onPick) {
  const size = 220, room = 16;
  const places = indices.map((index) => centerOf(samples[index].world_to_camera)).map(([x, , z]) => [x, z]);
  const target = indices.map((index) => samples[index].orbit.look_at).reduce(([x, z], [a, b]) => [x + a / indices.length, z - b / indices.length], [0, 0]);
  const xs = [...places.map(([x]) => x), target[0]], zs = [...places.map(([, z]) => z), target[1]];
  const extent = Math.max(Math.max(...xs) - Math.min(...xs), Math.max(...zs) - Math.min(...zs), 1e-9);
  const middle = [(Math.max(...xs) + Math.min(...xs)) / 2, (Math.max(...zs) + Math.min(...zs)) / 2];
  const place = ([x, z]) => [size / 2 + ((size - 2 * room) * (x - middle[0])) / extent, size / 2 + ((size - 2 * room) * (z - middle[1])) / extent];
  const drawn = places.map(place);
  const svg = draw("svg", { viewBox: `0 0 ${size} ${size}`, class: "trajectory", role: "img", "aria-label": "The cameras' trajectory from above" });
  const [cx, cy] = place(target);
  svg.append(
    draw("text", { x: 4, y: 12, class: "caption" }, "trajectory from above"),
    draw("path", { class: "target", d: `M${cx - 5} ${cy}h10M${cx} ${cy - 5}v10` }, draw("title", {}, "what the cameras look at")),
    draw("polyline", { class: "line", points: drawn.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" ") }),
  );
  drawn.forEach(([x, y], index) => {
    svg.append(draw("circle", { class: verdictOf(samples[indices[index]]), cx: x.toFixed(1), cy: y.toFixed(1), r: index ? 2.2 : 4.5,
      onclick: () => onPick(indices[index]) }, draw("title", {}, samples[indices[index]].name)));
  });
  const cursor = draw("circle", { class: "cursor", r: 7, cx: -50, cy: -50 });
  svg.append(cursor);
  svg.follow = (index) => {
    const found = drawn[indices.indexOf(index)] || [-50, -50];
    cursor.setAttribute("cx", found[0]);
    cursor.setAttribute("cy", found[1]);
  };
  return svg;
}

// Of a pose as a list of rows: minus the transposed rotation times the translation.
function centerOf(pose) {
  return [0, 1, 2].map((column) => -(pose[0][column] * pose[0][3] + pose[1][column] * pose[1][3] + pose[2][column] * pose[2][3]));
}

// Degrees between the rotations of two poses.
function angleBetween(first, second) {
  let trace = 0;
  for (let row = 0; row < 3; row++) for (let column = 0; column < 3; column++) trace += first[row][column] * second[row][column];
  return (Math.acos(Math.max(-1, Math.min(1, (trace - 1) / 2))) * 180) / Math.PI;
}
