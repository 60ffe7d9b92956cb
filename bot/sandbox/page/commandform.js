// A slash command being written: its name, a chip for each option in use, a field that adds more.
import * as api from "./api.js";
import { nest } from "./commands.js";
import { fill, h, icon } from "./dom.js";
import { Field } from "./field.js";
import { matching } from "./listbox.js";

export class CommandForm {
  /** `page`: {state, panel, submit(), leave(words)}. */
  constructor(entry, page) {
    this.entry = entry;
    this.state = page.state;
    this.panel = page.panel;
    this.page = page;
    this.fields = entry.options.filter((option) => option.required).map((option) => new Field(option, this));
    this.adder = h("input", { class: "chip-add", type: "text", role: "combobox", "aria-expanded": "false", "aria-autocomplete": "list",
      "aria-label": "Add an option", autocomplete: "off", spellcheck: "false" });
    this.adder.addEventListener("focus", () => this.suggestOptions());
    this.adder.addEventListener("input", () => this.suggestOptions());
    const name = h("span", { class: "command-name" }, `/${entry.label}`,
      h("button", { type: "button", class: "chip-remove", tabindex: "-1", "aria-label": "Leave the command",
        on: { click: () => page.leave("") } }, icon("close", 12)));
    this.chips = h("div", { class: "chips" });
    this.node = h("div", { class: "command-form", role: "group", "aria-label": `Command ${entry.name}` }, name, this.chips);
    this.node.addEventListener("keydown", (event) => this.handleKey(event));
    this.node.addEventListener("focusout", () => queueMicrotask(() => this.node.contains(document.activeElement) || this.panel.close()));
    this.draw();
  }

  draw() {
    const left = this.unused().length;
    this.adder.placeholder = left === 1 ? "+ 1 more option" : `+ ${left} options`;
    this.adder.hidden = left === 0;
    fill(this.chips, this.fields.map((field) => field.node), this.adder);
  }

  unused() {
    return this.entry.options.filter((option) => !this.fields.some((field) => field.option === option));
  }

  focus() {
    const empty = this.fields.find((field) => field.isEmpty);
    if (empty) empty.focus();
    else (this.fields.at(-1)?.input ?? this.adderOrNode()).focus();
  }

  adderOrNode() {
    if (!this.adder.hidden) return this.adder;
    this.node.tabIndex = -1;
    return this.node;
  }

  /** Fill options by name with words, adding the optional ones among them. */
  setValues(values) {
    for (const [name, words] of values) {
      const field = this.fields.find((known) => known.option.name === name) ?? this.add(name);
      field?.setWords(words);
    }
    this.draw();
  }

  add(name) {
    const option = this.entry.options.find((known) => known.name === name);
    if (!option) return null;
    const field = new Field(option, this);
    this.fields.push(field);
    this.draw();
    return field;
  }

  drop(field) {
    const at = this.fields.indexOf(field);
    this.fields = this.fields.filter((known) => known !== field);
    this.draw();
    const next = this.fields[at - 1] ?? this.fields[0];
    if (next) next.focus();
    else this.adderOrNode().focus();
  }

  changed() {
    this.page.changed();
  }

  suggestOptions() {
    const items = this.unused().map((option) => ({ label: option.label, search: option.name, hint: option.description, value: option.name }));
    const shown = matching(items, this.adder.value);
    this.panel.open({ owner: this.adder, head: [h("strong", {}, "Options"), h("span", {}, "each is optional")], items: shown,
      active: this.adder.value ? 0 : -1, message: shown.length ? "" : "No option of that name; choose one, or empty this box.", onPick: (item) => this.take(item) });
  }

  take(item) {
    this.adder.value = "";
    this.add(item.value).focus();
  }

  handleKey(event) {
    if (event.isComposing) return;
    const owner = event.target;
    const field = this.fields.find((known) => known.input === owner);
    const { panel } = this;
    if (panel.offers(owner)) {
      if (panel.list.handleKey(event)) return;
      if ((event.key === "Enter" || event.key === "Tab") && !event.shiftKey && panel.list.current) {
        if (event.key === "Enter" || owner === this.adder) event.preventDefault();
        panel.onPick(panel.list.current);
        return;
      }
    }
    if (event.key === "Enter" && (field || owner === this.adder || owner === this.node)) {
      if (field?.input.type === "file") return;
      event.preventDefault();
      this.page.submit();
    } else if (event.key === "Escape") {
      event.preventDefault();
      if (panel.offers(owner)) panel.close();
      else this.page.leave("");
    } else if (event.key === "Backspace") this.backspace(event, field, owner);
  }

  backspace(event, field, owner) {
    if (owner === this.adder && !this.adder.value && this.fields.length) {
      event.preventDefault();
      this.fields.at(-1).focus();
    } else if (field && !field.option.required && field.isEmpty) {
      event.preventDefault();
      this.drop(field);
    } else if ((owner === this.adder && !this.adder.value) || (field && this.fields.every((known) => known.isEmpty))) {
      event.preventDefault();
      this.page.leave(`/${this.entry.name}`);
    }
  }

  /** Ask the bot to complete one option, telling it the others. */
  ask(field) {
    const values = this.fields.filter((known) => known !== field).map((known) => [known, known.read()])
      .filter(([, read]) => read.value !== undefined)
      .map(([known, read]) => ({ name: known.option.name, type: known.option.type, value: read.value }));
    const focused = { name: field.option.name, type: field.option.type, value: field.words, focused: true };
    return api.interact({ user: this.state.me.id, channel: this.state.channelId, type: 4, command: this.entry.command.id,
      options: nest(this.entry, [...values, focused]) });
  }

  /** The options as the server takes them, or null when one is wrong; that one then has the focus. */
  collect() {
    if (this.adder.value.trim()) {
      this.adder.focus();
      this.suggestOptions();
      return null;
    }
    const reads = this.fields.map((field) => [field, field.read()]);
    for (const [field, read] of reads) field.complain(read.problem ?? "");
    const wrong = reads.find(([, read]) => read.problem);
    if (wrong) {
      wrong[0].focus();
      wrong[0].suggest();
      return null;
    }
    const values = reads.filter(([, read]) => read.value !== undefined)
      .map(([field, read]) => ({ name: field.option.name, type: field.option.type, value: read.value }));
    return nest(this.entry, values);
  }

  /** What was written, to write it again. */
  words() {
    return new Map(this.fields.filter((field) => field.words && field.input.type !== "file").map((field) => [field.option.name, field.words]));
  }
}
