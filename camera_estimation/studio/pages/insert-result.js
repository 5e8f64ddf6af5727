// What the server made: its light, the files, and the command that gives the same.
import { button, copyText, find, make } from "./dom.js";
import { drawLight } from "./insert-light.js";
import { resultPose } from "./insert-scene.js";
import { showView } from "./stage.js";
import { store } from "./store.js";

export function resultPart(composeAll) {
  const file = (what, text, id) => make("a", { id, class: "button", download: "", href: "#", "data-what": what }, text);
  return make("section", { id: "inserted", hidden: true },
    make("div", { class: "light-row" }, make("canvas", { id: "light-ball", width: 240, height: 240, role: "img" }), make("p", { id: "light-words", class: "small" })),
    make("ul", { id: "insert-remarks", class: "small faint" }),
    make("div", { class: "row" }, button("Wipe against the photograph", () => showView("wipe"), { id: "show-wipe" }), file("picture", "Download picture", "take-picture"), file("placement", "Download placement", "take-placement")),
    make("div", { class: "row", id: "every-frame", hidden: true }, button("Insert into every frame", composeAll, { class: "primary", id: "insert-all" }), make("span", { class: "faint small" }, "One place and one light for the sequence; comes as a video.")),
    make("div", { class: "row spread" }, make("h2", {}, "The same on the command line"), button("Copy", (event) => copyText(find("#insert-command").textContent, event.target), { id: "copy-insert" })), make("pre", { id: "insert-command", tabIndex: 0 }));
}

// null: there is nothing yet.
export function showMade(made) {
  const place = find("#inserted");
  place.hidden = !made;
  if (!made) return;
  find("#light-words").textContent = drawLight(find("#light-ball"), made, resultPose());
  find("#insert-command").textContent = made.command;
  find("#insert-remarks").replaceChildren(...made.remarks.map((text) => make("li", {}, text)));
  for (const link of place.querySelectorAll("a[data-what]")) link.href = `/api/samples/${store.current.number}/insertion/files/${link.dataset.what}`;
}
