// Elements and words.
export const find = (selector, root = document) => root.querySelector(selector);

// An element with attributes (functions are listeners) and children; text is text, never markup.
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (name in element && !["list", "form", "width", "height"].includes(name)) element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export const button = (text, onclick, attributes = {}) => make("button", { type: "button", onclick, ...attributes }, text);

// A choice of which one is pressed.
export function segments(names, chosen, onchoose, label) {
  const group = make("div", { className: "segments", role: "group", "aria-label": label });
  const press = (name) => {
    for (const each of group.children) each.setAttribute("aria-pressed", String(each.dataset.name === name));
  };
  for (const [name, title, hint] of names) {
    const each = button(title, () => { press(name); onchoose(name); }, { title: hint || "" });
    each.dataset.name = name;
    group.append(each);
  }
  press(chosen);
  group.press = press;
  return group;
}

export function number(value, digits = 3) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  return size !== 0 && (size < 1e-3 || size >= 1e5) ? value.toExponential(2) : String(Number(value.toPrecision(digits)));
}

export const percent = (value) => (Number.isFinite(value) ? `${Math.round(100 * value)} %` : "–");

// A sentence that stays until it is read; an error until it is closed.
export function notify(text, isError = true) {
  const notice = make("div", { className: isError ? "notice error" : "notice" }, make("span", {}, text),
    button("×", () => notice.remove(), { "aria-label": "Close" }));
  const all = find("#notices");
  all.append(notice);
  while (all.children.length > 4) all.firstChild.remove();
  if (!isError) setTimeout(() => notice.remove(), 5000);
}

export async function copyText(text, from) {
  try {
    await navigator.clipboard.writeText(text);
  } catch { // not allowed here, as over plain HTTP from another machine
    const area = make("textarea", { value: text });
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  const before = from.textContent;
  from.textContent = "Copied";
  setTimeout(() => { from.textContent = before; }, 1500);
}

export function saveText(text, name) {
  const link = make("a", { href: URL.createObjectURL(new Blob([text], { type: "text/plain" })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
