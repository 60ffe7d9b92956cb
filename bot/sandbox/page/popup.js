// Things that float beside what opened them: a plain popup, a chooser list, a menu.
import { h } from "./dom.js";
import { ListBox, matching } from "./listbox.js";

let openPopup = null;

/** Show `content` beside `anchor` (an element or a {x, y} point). One popup is open at a time.
 * Returns {close}. `onClose` runs once, however it was closed. */
export function popup({ anchor, content, className, onClose }) {
  openPopup?.close(false);
  const host = (anchor.closest?.("dialog")) ?? document.body;
  const node = h("div", { class: ["popup", className] }, content);
  const opener = document.activeElement;
  host.append(node);
  place(node, anchor);

  const controller = new AbortController();
  const { signal } = controller;
  const self = {
    node,
    close(refocus = true) {
      if (openPopup !== self) return;
      openPopup = null;
      controller.abort();
      node.remove();
      if (refocus && opener?.isConnected) opener.focus();
      onClose?.();
    },
  };
  openPopup = self;
  const outside = (event) => !node.contains(event.target) && self.close(false);
  document.addEventListener("pointerdown", outside, { signal, capture: true });
  addEventListener("resize", () => place(node, anchor), { signal });
  node.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    self.close();
  }, { signal });
  node.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !node.contains(event.relatedTarget)) self.close(false);
  }, { signal });
  return self;
}

/** Put a floating node next to its anchor, inside the window, above it where there is more room. */
function place(node, anchor) {
  const gap = 6;
  const rect = anchor.getBoundingClientRect?.() ?? { left: anchor.x, right: anchor.x, top: anchor.y, bottom: anchor.y, width: 0 };
  if (rect.width) node.style.setProperty("--anchor-width", `${rect.width}px`);
  const below = innerHeight - rect.bottom - gap * 2;
  const above = rect.top - gap * 2;
  const upward = node.offsetHeight > below && above > below;
  node.style.maxHeight = `${Math.max(120, upward ? above : below)}px`;
  node.style.top = `${upward ? Math.max(gap, rect.top - gap - node.offsetHeight) : rect.bottom + gap}px`;
  node.style.left = `${Math.max(gap, Math.min(rect.left, innerWidth - node.offsetWidth - gap))}px`;
}

/** A list to choose from, with a field to filter it when it is long.
 * `multiple`: {min, max}; then `onDone(values)` runs when the list closes, else at the pick. */
export function chooser({ anchor, label, items, multiple = null, onDone, className }) {
  const chosen = new Set(items.filter((item) => item.selected).map((item) => item.value));
  const search = items.length > 7
    ? h("input", { class: "chooser-search", type: "text", placeholder: "Search", role: "combobox", "aria-expanded": "true",
      "aria-label": `Search: ${label}`, autocomplete: "off", spellcheck: "false" })
    : null;
  const list = new ListBox({ label, owner: search, multiple: Boolean(multiple), onPick: pick });
  if (!search) list.node.tabIndex = 0;
  const done = multiple && h("button", { type: "button", class: "button small", on: { click: () => box.close() } }, "Done");
  const foot = multiple && h("div", { class: "chooser-foot" },
    h("span", {}, multiple.min === multiple.max ? `Choose ${multiple.max}` : `Choose ${multiple.min} to ${multiple.max}`), done);
  let given = false;

  function show(active) {
    const rows = items.map((item) => ({ ...item, selected: chosen.has(item.value) }));
    list.setItems(matching(rows, search?.value ?? ""), active);
  }

  function pick(item) {
    if (!multiple) {
      given = true;
      box.close();
      onDone([item.value]);
      return;
    }
    if (chosen.has(item.value)) chosen.delete(item.value);
    else if (multiple.max === 1) {
      chosen.clear();
      chosen.add(item.value);
    } else if (chosen.size < multiple.max) chosen.add(item.value);
    show(list.active);
  }

  const box = popup({
    anchor,
    className: ["chooser", className].filter(Boolean).join(" "),
    content: [search, list.node, foot],
    onClose: () => multiple && !given && onDone([...chosen]),
  });
  box.node.addEventListener("keydown", (event) => {
    if (list.handleKey(event) || event.target === done) return;
    if (event.key === "Enter" || (event.key === " " && !search)) {
      event.preventDefault();
      if (list.current) pick(list.current);
    } else if (event.key === "Tab" && !multiple) {
      event.preventDefault();
      box.close();
    }
  });
  search?.addEventListener("input", () => show(0));
  show(Math.max(0, items.findIndex((item) => item.selected)));
  place(box.node, anchor);
  (search ?? list.node).focus();
  return box;
}

/** A menu. Entries: {label, icon?, note?, danger?, act} or null for a line between. */
export function menu({ anchor, label, entries, before = null }) {
  const rows = entries.map((entry) => entry === null
    ? h("hr", { role: "separator" })
    : h("button", { type: "button", role: "menuitem", tabindex: "-1", class: entry.danger ? "danger" : null,
      on: { click: () => { box.close(); entry.act(); } } }, entry.lead, h("span", {}, entry.label),
    entry.note && h("span", { class: "option-note" }, entry.note)));
  const box = popup({ anchor, className: "menu", content: [before, h("div", { role: "menu", "aria-label": label }, rows)] });
  const buttons = [...box.node.querySelectorAll("button")];
  box.node.addEventListener("keydown", (event) => {
    const at = buttons.indexOf(document.activeElement);
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (step) buttons[(at + step + buttons.length) % buttons.length].focus();
    else if (event.key === "Home") buttons[0].focus();
    else if (event.key === "End") buttons.at(-1).focus();
    else if (event.key === "Tab") box.close();
    else return;
    event.preventDefault();
  });
  buttons.find((button) => button.role === "menuitem" || button.getAttribute("role") === "menuitem")?.focus();
  return box;
}
