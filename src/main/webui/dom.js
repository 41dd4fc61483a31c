// Elements are made from text nodes only: nothing that came from a server is ever read as HTML.

/** h("td", {class: "num"}, "text", element, null) */
export function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value != null) element.setAttribute(key, value);
  }
  element.append(...children.flat(Infinity).filter((child) => child != null && child !== false));
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

export function glyph(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", "#i-" + name);
  svg.append(use);
  return svg;
}

/** A share from 0 to 100, as a bar and as a number. */
export function progress(percent, kind) {
  const fill = h("i");
  fill.style.width = Math.max(0, Math.min(100, percent ?? 0)) + "%";
  return h("span", {},
    h("span", { class: "bar " + (kind === "ok" ? "done" : kind === "fail" ? "bad" : ""), "aria-hidden": "true" }, fill),
    h("span", { class: "mono" }, Math.round(percent ?? 0) + "%"));
}

/** Keeps the rows whose item has not changed, so that focus and selection of text stay where they are. */
export function keyed(parent, items, make) {
  const before = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  const focused = document.activeElement?.dataset?.focus;
  const now = items.map(([key, value]) => {
    const mark = JSON.stringify(value);
    const old = before.get(key);
    if (old && old.mark === mark) return old;
    const fresh = make(value);
    fresh.dataset.key = key;
    fresh.mark = mark;
    return fresh;
  });
  if (now.length !== parent.children.length || now.some((child, i) => child !== parent.children[i])) {
    parent.replaceChildren(...now);
    if (focused) parent.querySelector(`[data-focus="${CSS.escape(focused)}"]`)?.focus();
  }
}

export function age(milliseconds) {
  if (milliseconds < 0) return "0.0 s";
  if (milliseconds < 10_000) return (milliseconds / 1000).toFixed(1) + " s";
  if (milliseconds < 90_000) return Math.round(milliseconds / 1000) + " s";
  if (milliseconds < 5_400_000) return Math.round(milliseconds / 60_000) + " min";
  if (milliseconds < 129_600_000) return Math.round(milliseconds / 3_600_000) + " h";
  return Math.round(milliseconds / 86_400_000) + " d";
}

export function since(time) {
  return time ? age(Date.now() - Date.parse(time)) : "—";
}
