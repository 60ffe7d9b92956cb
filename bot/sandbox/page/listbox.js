// A list of options with one active at a time; whoever has the focus (a field or the list itself)
// owns it through aria-activedescendant.
import { fill, h, uniqueId } from "./dom.js";

export class ListBox {
  /** `owner`: the focused element that speaks for the list. `onPick(item)`: an option was taken.
   * Items: {label, hint?, note?, value, selected?, lead? (a node), group?}. */
  constructor({ label, owner, onPick, multiple = false }) {
    this.node = h("ul", { class: "listbox", role: "listbox", id: uniqueId("list"), "aria-label": label });
    if (multiple) this.node.setAttribute("aria-multiselectable", "true");
    this.onPick = onPick;
    this.items = [];
    this.active = -1;
    this.setOwner(owner ?? this.node);
    // the owner keeps the focus while an option is pressed
    this.node.addEventListener("pointerdown", (event) => event.preventDefault());
  }

  setOwner(owner) {
    this.owner = owner;
    if (owner !== this.node) owner.setAttribute("aria-controls", this.node.id);
  }

  setItems(items, active = -1) {
    this.items = items;
    let group = null;
    const rows = items.flatMap((item, index) => {
      const head = item.group && item.group !== group ? [h("li", { class: "group", role: "presentation" }, item.group)] : [];
      group = item.group ?? group;
      return [...head, this.row(item, index)];
    });
    fill(this.node, rows);
    this.activate(Math.min(active, items.length - 1));
  }

  row(item, index) {
    const row = h("li", { role: "option", id: `${this.node.id}-${index}`, "aria-selected": String(Boolean(item.selected)) },
      item.lead && h("span", { class: "lead" }, item.lead),
      h("span", { class: "option-text" },
        h("span", { class: "option-label" }, item.label),
        item.hint && h("span", { class: "option-hint" }, item.hint)),
      item.note && h("span", { class: "option-note" }, item.note));
    row.addEventListener("click", () => this.onPick(item));
    row.addEventListener("pointermove", () => index !== this.active && this.activate(index, false));
    return row;
  }

  rows() {
    return this.node.querySelectorAll("[role=option]");
  }

  get current() {
    return this.items[this.active] ?? null;
  }

  activate(index, scroll = true) {
    this.active = index;
    for (const [at, row] of this.rows().entries()) row.classList.toggle("active", at === index);
    const row = this.rows()[index];
    if (!row) {
      this.owner.removeAttribute("aria-activedescendant");
      return;
    }
    this.owner.setAttribute("aria-activedescendant", row.id);
    if (scroll) row.scrollIntoView({ block: "nearest" });
  }

  move(step) {
    const count = this.items.length;
    if (!count) return;
    const from = this.active < 0 && step < 0 ? 0 : this.active;
    this.activate((from + step + count) % count);
  }

  /** Arrow keys, Home, End; true when the key was one of them. */
  handleKey(event) {
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in steps && !event.altKey) this.move(steps[event.key]);
    else if (event.key === "PageDown") this.activate(Math.min(this.active + 8, this.items.length - 1));
    else if (event.key === "PageUp") this.activate(Math.max(this.active - 8, 0));
    else return false;
    event.preventDefault();
    return true;
  }
}

/** Items whose label, hint or search text holds the words typed; those that begin with them first. */
export function matching(items, typed) {
  const words = typed.trim().toLowerCase();
  if (!words) return items;
  const rank = (item) => {
    const label = String(item.label).toLowerCase();
    if (label === words) return 0;
    if (label.startsWith(words)) return 1;
    if (label.includes(words)) return 2;
    return `${item.hint ?? ""} ${item.search ?? ""}`.toLowerCase().includes(words) ? 3 : 4;
  };
  return items.map((item) => [rank(item), item]).filter(([order]) => order < 4)
    .sort((a, b) => a[0] - b[0]).map(([, item]) => item);
}
