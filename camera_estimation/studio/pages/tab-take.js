// Take it away: every format, the command line and the settings.
import { post } from "./api.js";
import { button, copyText, find, make, notify, saveText } from "./dom.js";
import { chosenSettings } from "./form.js";
import { begin } from "./tab-estimate.js";
import { on, store } from "./store.js";

export function buildTake(panel) {
  const all = make("input", { type: "checkbox", id: "export-all" });
  panel.append(
    make("section", {}, make("h2", {}, "Files for other programs"), make("label", { class: "check" }, all, "of all samples that have a result"),
      make("div", { class: "formats" }, store.form.exporters.map((each) => formatElement(each, all)))),
    make("section", {}, make("div", { class: "row spread" }, make("h2", {}, "The same on the command line"), button("Copy", (event) => copyText(find("#command").textContent, event.target), { id: "copy-command" })), make("p", { class: "faint small", id: "command-note" }), make("pre", { id: "command", tabIndex: 0 })),
    make("section", {}, make("div", { class: "row spread" }, make("h2", {}, "Settings as TOML"), make("span", {}, button("Copy", (event) => copyText(find("#toml").textContent, event.target)), " ", button("Save", () => saveText(find("#toml").textContent, "settings.toml"), { id: "save-toml" }))),
      make("label", { class: "check" }, make("input", { type: "checkbox", id: "toml-all", onchange: showCommand }), "all of them, not only what differs from the defaults"), make("pre", { id: "toml", tabIndex: 0 })));
  on("sample", showCommand);
  on("settings", showCommand);
  on("tab", showCommand);
  on("download", ({ download }) => make("a", { href: `/api/downloads/${download}`, download: "" }).click());
}

function formatElement(format, all) {
  const inputs = format.options.map((option) => make("input", { type: "text", name: option.name, "aria-label": option.name, placeholder: option.help, disabled: ["program", "ids"].includes(option.name), title: ["program", "ids"].includes(option.name) ? "names a file of this machine: camera-export has it" : option.help }));
  const write = () => begin("export", { format: format.name, all: all.checked, options: Object.fromEntries(inputs.filter((input) => input.value).map((input) => [input.name, input.value])) });
  return make("article", { class: "format" }, make("div", { class: "row spread" }, make("b", {}, format.name), button("Download", write, { disabled: Boolean(format.lacking), "data-format": format.name, "aria-label": `Download ${format.name}` })),
    make("p", { class: "faint small" }, format.lacking || format.description),
    inputs.length > 0 && make("details", {}, make("summary", { class: "small" }, "Options"), inputs.map((input) => make("label", { class: "field" }, make("span", {}, input.name), input))));
}

let asked = 0;
async function showCommand() {
  if (store.tab !== "take" || !store.current) return;
  const turn = ++asked;
  try {
    const told = await post(`/api/samples/${store.current.number}/command`, { settings: chosenSettings() });
    if (turn !== asked) return;
    find("#command").textContent = told.command;
    find("#command-note").textContent = told.of_result ? `What gives this result. Files that it names are in ${store.studio.folder}.` : "There is no result yet: what would be estimated by the settings as they are.";
    find("#toml").textContent = (find("#toml-all").checked ? told.all_settings : told.toml) || "# all as by default\n";
  } catch (error) {
    notify(error.message);
  }
}
