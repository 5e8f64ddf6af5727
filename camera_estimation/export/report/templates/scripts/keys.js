// What keys do, and the list of them.
const KEYS = [
  ["j or ↓", "next sample"], ["k or ↑", "the sample before"], ["← →", "wipe"], ["1 to 5", "picture on the right: source, render, overlay, contour, difference; 6: of a bent mesh its overlay"],
  ["⇧ 1 to 6", "picture on the left"], ["/", "filter"], ["t", "look through the selected camera"], ["Home End", "first and last sample"], ["Esc", "leave the filter"], ["?", "this list"],
];

function showHelp() {
  find("#help").append(make("h2", {}, "Keys"),
    make("dl", { class: "numbers" }, KEYS.map(([key, text]) => make("div", {}, make("dt", {}, make("kbd", {}, key)), make("dd", {}, text)))),
    make("form", { method: "dialog" }, make("button", {}, "close")));
}

const ACTIONS = {
  j: () => step(1), ArrowDown: () => step(1), k: () => step(-1), ArrowUp: () => step(-1),
  ArrowLeft: () => wipeTo(stage.wipe - 0.05), ArrowRight: () => wipeTo(stage.wipe + 0.05),
  Home: () => select(view.order[0] ?? -1), End: () => select(view.order.at(-1) ?? -1),
  "/": () => find("#filter").focus(), "?": () => find("#help").showModal(), t: toggleThrough,
};

addEventListener("keydown", (event) => {
  const target = event.target, isField = target.matches("input[type=search], select, textarea");
  if (event.key === "Escape" && isField) target.blur();
  if (isField || event.ctrlKey || event.metaKey || event.altKey || find("#help").open) return;
  if (target.id === "view" && event.key.startsWith("Arrow")) return;
  const digit = /^Digit([1-6])$/.exec(event.code);
  const action = digit ? () => chooseLayer(event.shiftKey ? "left" : "right", Object.keys(LAYERS)[digit[1] - 1]) : ACTIONS[event.key];
  if (!action) return;
  event.preventDefault();
  action();
});
