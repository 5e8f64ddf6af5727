// The form of all settings, made from what the server says of the configuration and the registries.
import { button, find, make, number } from "./dom.js";
import { emit, store } from "./store.js";

export const choice = { model: "", presets: [], objective: "", changes: {}, options: {} };

// As the server takes it.
export function chosenSettings() {
  const { model, presets, objective, changes } = choice, options = {};
  for (const [path, value] of Object.entries(choice.options)) {
    const names = path.split("."), key = names.pop();
    names.reduce((table, name) => (table[name] ||= {}), options)[key] = value;
  }
  return { model, presets, objective, changes, options };
}

const changed = () => emit("settings");

export function settingsForm() {
  const { form } = store;
  const select = (values, value, onchange, attributes) => make("select", { onchange: (event) => onchange(event.target.value), ...attributes },
    values.map(([key, text]) => make("option", { value: key, selected: key === value }, text)));
  const options = make("div", { class: "options" }), about = make("p", { class: "faint small" });
  const choose = (name) => {
    choice.objective = name;
    choice.options = {};
    showObjective(name || "silhouette_color", about, options);
    changed();
  };
  const basics = make("div", { class: "basics" },
    field("Preset", select([["", "default"], ...form.presets.filter((name) => name !== "default").map((name) => [name, name])], choice.presets[0] || "", (value) => { choice.presets = value ? [value] : []; changed(); }, { id: "preset" })),
    field("Made by", select([["", "none, or unknown"], ...form.models.filter((name) => name !== "generic").map((name) => [name, name])], choice.model, (value) => { choice.model = value; changed(); }, { id: "model" })),
    field("Objective", select([["", "of the preset"], ...form.objectives.map((each) => [each.name, each.lacking ? `${each.name} (not here)` : each.name])], choice.objective, choose, { id: "objective" })));
  showObjective(choice.objective || "silhouette_color", about, options);
  const all = make("div", { class: "groups" }, form.groups.map(groupElement));
  const search = make("input", { type: "search", placeholder: "Find a setting", "aria-label": "Find a setting", oninput: () => filter(all, search.value) });
  const reset = button("Reset all", () => { Object.assign(choice, { changes: {}, options: {} }); all.replaceChildren(...form.groups.map(groupElement)); choose(choice.objective); });
  return make("div", {}, basics, about,
    make("details", {}, make("summary", {}, "Options of the objective"), options),
    make("details", { id: "all-settings" }, make("summary", {}, "All settings ", make("span", { id: "changed-count", class: "faint" })), make("div", { class: "row" }, search, reset), all));
}

const sentence = (text) => `${text[0].toUpperCase()}${text.slice(1).replace(/\.$/, "")}.`;

function field(title, control) {
  return make("label", { class: "field" }, make("span", {}, title), control);
}

function showObjective(name, about, options) {
  const found = store.form.objectives.find((each) => each.name === name);
  if (!found) return;
  about.textContent = [found.description, found.formula, found.lacking].filter(Boolean).map(sentence).join(" ");
  options.replaceChildren(...(found.options.length ? found.options.map(optionElement) : [make("p", { class: "faint small" }, "It has none.")]));
}

function optionElement(option) {
  const isNumber = typeof option.default === "number", isSwitch = typeof option.default === "boolean";
  const input = make("input", { type: isSwitch ? "checkbox" : isNumber ? "number" : "text", step: "any", placeholder: isSwitch ? null : String(option.default ?? ""), "data-option": option.path });
  if (isSwitch) input.checked = option.default;
  input.addEventListener("change", () => {
    const value = isSwitch ? input.checked : isNumber ? Number(input.value) : input.value;
    if (input.value === "" && !isSwitch) delete choice.options[option.path];
    else choice.options[option.path] = value;
    changed();
  });
  return field(option.path, input);
}

function groupElement(group) {
  return make("details", { class: "group" }, make("summary", {}, group.name),
    group.help && make("p", { class: "faint small" }, group.help), group.fields.map(settingElement));
}

function settingElement(setting) {
  const row = make("div", { class: "setting", "data-path": setting.path, title: [setting.path, setting.wanted].filter(Boolean).join(": ") });
  const set = (value, isDefault) => {
    if (isDefault) delete choice.changes[setting.path];
    else choice.changes[setting.path] = value;
    row.classList.toggle("changed", !isDefault);
    find("#changed-count")?.replaceChildren(countText());
    changed();
  };
  const control = setting.elsewhere ? make("span", { class: "faint small" }, "chosen above") : controlOf(setting, set);
  const hint = setting.help && sentence(setting.help);
  row.append(make("label", { class: "field" }, make("span", {}, setting.name), control), hint && make("p", { class: "faint small" }, hint));
  return row;
}

const countText = () => (Object.keys(choice.changes).length ? `· ${Object.keys(choice.changes).length} changed` : "");

function controlOf(setting, set) {
  const now = choice.changes[setting.path] ?? setting.default;
  const listen = (element, read) => {
    element.addEventListener("change", () => { const value = read(); set(value, value === null || value === setting.default || (value === "" && setting.default === null)); });
    return element;
  };
  if (setting.kind === "switch") {
    const element = make("input", { type: "checkbox", checked: now });
    return listen(element, () => element.checked);
  }
  if (setting.kind === "choice") {
    const element = make("select", {}, setting.choices.map((value) => make("option", { value, selected: value === (now ?? "") }, value || "not said")));
    return listen(element, () => element.value);
  }
  if (setting.kind === "toml") {
    const element = make("textarea", { rows: 3, spellcheck: false, value: now });
    return listen(element, () => element.value.trim());
  }
  if (setting.kind === "text") {
    const element = make("input", { type: "text", value: now, disabled: setting.path === "loss.file", list: setting.suggestions ? `list-${setting.path}` : null });
    const names = setting.suggestions && make("datalist", { id: `list-${setting.path}` }, setting.suggestions.map((value) => make("option", { value })));
    listen(element, () => element.value.trim());
    return names ? make("span", { class: "with-list" }, element, names) : element;
  }
  const element = make("input", { type: "number", step: setting.kind === "whole" ? 1 : "any", min: setting.ge ?? setting.gt, max: setting.le !== undefined && setting.le < 1e300 ? setting.le : setting.lt, placeholder: number(setting.default, 6), value: setting.path in choice.changes ? now : "" });
  return listen(element, () => (element.value === "" ? null : Number(element.value)));
}

function filter(all, text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  for (const group of all.children) {
    let some = false;
    for (const row of group.querySelectorAll(".setting")) {
      const isWanted = words.every((word) => `${row.dataset.path} ${row.textContent}`.toLowerCase().includes(word));
      row.hidden = !isWanted;
      some ||= isWanted;
    }
    group.hidden = !some;
    group.open = words.length > 0 && some;
  }
}
