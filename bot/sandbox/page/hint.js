// The first words to a newcomer; gone after the first command, or when sent away.
import { fill, h, iconButton } from "./dom.js";

const KEY = "lantern.hint";
const EXAMPLE = { name: "imagine", option: "prompt", words: "1girl, blue hair, cat ears, beach" };

export class Hint {
  constructor(node, state) {
    this.node = node;
    this.state = state;
    state.on("commands channel", () => this.draw());
    state.on("sent", (detail) => detail?.command && this.done());
  }

  done() {
    localStorage.setItem(KEY, "done");
    this.draw();
  }

  draw() {
    const { state } = this;
    this.node.hidden = localStorage.getItem(KEY) === "done" || state.commands.length === 0;
    const example = state.commands.find((command) => command.name === EXAMPLE.name
      && command.options?.some((option) => option.name === EXAMPLE.option));
    fill(this.node, h("span", {}, "Type ", h("kbd", {}, "/"), " to begin"),
      example && h("button", { type: "button", class: "try", on: { click: () => state.tell("use-command", {
        name: EXAMPLE.name, values: new Map([[EXAMPLE.option, EXAMPLE.words]]) }) } },
      "Try: ", h("span", { class: "used-command" }, `/${EXAMPLE.name} ${EXAMPLE.words}`)),
      iconButton("close", "Hide this hint", () => this.done()));
  }
}
