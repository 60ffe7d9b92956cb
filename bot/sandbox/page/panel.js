// The panel above the composer: suggestions for whatever is being typed there.
import { fill, h } from "./dom.js";
import { ListBox } from "./listbox.js";

const KEYS = [["↑ ↓", "choose"], ["Enter", "take"], ["Esc", "close"]];

export class Panel {
  constructor() {
    this.head = h("div", { class: "panel-head" });
    this.message = h("p", { class: "panel-message", role: "status" });
    this.list = new ListBox({ label: "Suggestions", owner: null, onPick: (item) => this.onPick?.(item) });
    this.foot = h("div", { class: "panel-foot", "aria-hidden": "true" },
      KEYS.map(([key, does]) => h("span", {}, h("kbd", {}, key), ` ${does}`)));
    this.node = h("div", { class: "panel", hidden: true }, this.head, this.message, this.list.node, this.foot);
    this.owner = null;
  }

  /** `owner`: the field that has the focus. `head`: what is being chosen; `message`: a sentence. */
  open({ owner, head = null, items = [], active = -1, message = "", onPick = null }) {
    if (this.owner !== owner) this.close();
    this.owner = owner;
    this.onPick = onPick;
    this.list.setOwner(owner);
    owner.setAttribute("aria-expanded", String(items.length > 0));
    fill(this.head, head);
    this.head.hidden = !head;
    this.message.textContent = message;
    this.message.hidden = !message;
    this.list.node.hidden = items.length === 0;
    this.foot.hidden = items.length === 0;
    this.node.hidden = false;
    this.list.setItems(items, active);
    if (active < 0) this.list.node.scrollTop = 0;
  }

  close() {
    this.node.hidden = true;
    this.owner?.setAttribute("aria-expanded", "false");
    this.owner?.removeAttribute("aria-activedescendant");
    this.list.setItems([]);
    this.owner = null;
  }

  /** Whether there is a list to choose from for `owner`. */
  offers(owner) {
    return !this.node.hidden && this.owner === owner && this.list.items.length > 0;
  }
}
