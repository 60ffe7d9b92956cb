// One option of the command being written: a chip with its own field.
import * as api from "./api.js";
import { OF_OPTION, listEntities } from "./entities.js";
import { OPTION, limitsOf, readValue } from "./commands.js";
import { fill, h, icon, uniqueId } from "./dom.js";
import { matching } from "./listbox.js";
import { isPicture } from "./media.js";

const PAUSE = 120;

export class Field {
  /** `form`: {panel, state, entry, siblings(field), changed(), drop(field)}. */
  constructor(option, form) {
    this.option = option;
    this.form = form;
    this.fixed = fixedItems(option, form.state);
    this.picked = null;
    this.upload = null;
    this.asked = 0;
    this.problem = "";
    this.input = this.makeInput();
    const name = h("label", { class: "chip-name", for: this.input.id }, option.label);
    const remove = !option.required && h("button", { type: "button", class: "chip-remove", tabindex: "-1",
      "aria-label": `Remove ${option.label}`, on: { click: () => form.drop(this) } }, icon("close", 12));
    this.node = h("div", { class: ["chip", option.type === OPTION.string && !this.fixed && "wide"] }, name,
      option.type === OPTION.attachment ? this.makeDrop() : this.input, remove);
  }

  makeInput() {
    const { option } = this;
    const id = uniqueId("option");
    const label = `${option.label}: ${option.description}`;
    if (option.type === OPTION.attachment) {
      const input = h("input", { type: "file", id, class: "hidden-text", "aria-label": label });
      input.addEventListener("change", () => this.takeFile(input.files[0]));
      input.addEventListener("focus", () => this.suggest());
      return input;
    }
    const numeric = option.type === OPTION.integer || option.type === OPTION.number;
    const long = option.type === OPTION.string && !this.fixed;
    const input = h(long ? "textarea" : "input", { id, class: "chip-input", role: "combobox", "aria-autocomplete": "list",
      "aria-expanded": "false", "aria-label": label, "aria-required": String(Boolean(option.required)), autocomplete: "off",
      spellcheck: "false", ...(long ? { rows: 1 } : { type: "text" }), inputmode: numeric ? "decimal" : null });
    input.addEventListener("input", () => this.typed());
    input.addEventListener("focus", () => this.suggest());
    return input;
  }

  makeDrop() {
    this.shown = h("span", { class: "chip-file" }, icon("clip", 14), "Choose a file");
    const drop = h("span", { class: "chip-drop" }, this.input, this.shown);
    drop.addEventListener("click", (event) => event.target !== this.input && this.input.click());
    return drop;
  }

  get words() {
    return this.input.value;
  }

  focus() {
    this.input.focus();
    if (this.input.setSelectionRange && this.option.type !== OPTION.attachment) this.input.setSelectionRange(this.words.length, this.words.length);
  }

  setWords(words) {
    if (this.option.type === OPTION.attachment) return;
    this.input.value = words;
    this.picked = null;
  }

  typed() {
    if (this.words.includes("\n")) this.input.value = this.words.replaceAll(/\s*\n\s*/g, " ");
    this.picked = null;
    this.complain("");
    this.form.changed();
    this.suggest();
  }

  async takeFile(file) {
    if (!file) return;
    this.complain("");
    fill(this.shown, icon("clip", 14), `${file.name} …`);
    try {
      this.upload = await api.upload(this.form.state.me.id, file);
      const face = isPicture(this.upload) ? h("img", { src: this.upload.url, alt: "", class: "chip-thumb" }) : icon("file", 14);
      fill(this.shown, face, this.upload.filename);
    } catch (error) {
      if (!(error instanceof api.Refusal)) throw error;
      this.upload = null;
      fill(this.shown, icon("clip", 14), "Choose a file");
      this.complain(error.message);
    }
  }

  head() {
    return [h("strong", {}, this.option.label), h("span", {}, this.option.description), h("em", {}, limitsOf(this.option))];
  }

  /** Show what would do here: the fixed choices, or what the bot completes. */
  suggest() {
    const open = (items, active, message = this.problem) => this.form.panel.open({
      owner: this.input, head: this.head(), items, active, message, onPick: (item) => this.pick(item) });
    if (this.fixed) {
      const settled = this.picked && this.picked.label === this.words;
      const items = settled ? this.fixed : matching(this.fixed, this.words);
      open(items, settled ? -1 : 0, items.length ? this.problem : "Nothing of that name.");
      return;
    }
    open(this.option.autocomplete && this.form.panel.owner === this.input ? this.form.panel.list.items : [], -1);
    if (this.option.autocomplete) this.complete(open);
  }

  async complete(open) {
    const turn = ++this.asked;
    await new Promise((resolve) => { setTimeout(resolve, PAUSE); });
    const isStale = () => turn !== this.asked || document.activeElement !== this.input || this.form.panel.owner !== this.input;
    if (isStale()) return;
    let choices = [];
    let message = this.problem;
    try {
      choices = (await this.form.ask(this)).choices ?? [];
    } catch (error) {
      if (!(error instanceof api.Refusal)) throw error;
      message = "The bot has no suggestions right now; what you type is sent as it is.";
    }
    if (!isStale()) open(choices.map((choice) => ({ label: choice.name, value: choice.value })), -1, message);
  }

  pick(item) {
    this.input.value = item.label;
    this.picked = item;
    this.asked += 1;
    this.complain("");
    this.form.changed();
    this.form.panel.open({ owner: this.input, head: this.head() });
    this.focusQuietly();
  }

  /** Keep the focus without opening the list again. */
  focusQuietly() {
    if (document.activeElement !== this.input) this.input.focus();
    this.input.setSelectionRange?.(this.words.length, this.words.length);
  }

  complain(sentence) {
    this.problem = sentence;
    this.node.classList.toggle("wrong", Boolean(sentence));
    this.input.setAttribute("aria-invalid", String(Boolean(sentence)));
  }

  get isEmpty() {
    return this.option.type === OPTION.attachment ? !this.upload : !this.words.trim();
  }

  /** {value} when it holds one, {} when it is empty and may be, {problem} otherwise. */
  read() {
    const { option } = this;
    if (this.isEmpty) return option.required ? { problem: `${option.label} is required.` } : {};
    if (option.type === OPTION.attachment) return { value: this.upload.id };
    if (this.picked && this.picked.label === this.words) return { value: this.picked.value };
    return readValue(option, this.words, this.fixed);
  }
}

function fixedItems(option, state) {
  if (option.choices?.length) return option.choices.map((choice) => ({ label: choice.name, value: choice.value }));
  if (option.type === OPTION.boolean) return [{ label: "True", value: true }, { label: "False", value: false }];
  if (OF_OPTION[option.type]) return listEntities(OF_OPTION[option.type], state, option.channel_types);
  return null;
}
