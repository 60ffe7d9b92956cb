// Files that will go with the message: chosen, dropped or pasted, and uploaded at once.
import * as api from "./api.js";
import { fill, h, icon, iconButton } from "./dom.js";
import { fileSize, isPicture } from "./media.js";

export class Tray {
  constructor(state, changed) {
    this.state = state;
    this.changed = changed;
    this.entries = [];
    this.picker = h("input", { type: "file", multiple: true, hidden: true, on: { change: () => this.take([...this.picker.files]) } });
    this.button = iconButton("plus", "Attach files", () => this.picker.click(), { class: "icon-button attach" });
    this.node = h("ul", { class: "tray", hidden: true, "aria-label": "Files to send" });
  }

  /** The uploads that are ready. */
  get files() {
    return this.entries.filter((entry) => entry.upload).map((entry) => entry.upload);
  }

  get isBusy() {
    return this.entries.some((entry) => !entry.upload && !entry.error);
  }

  /** Take files dropped on `room` or pasted into it while `allowed()`. */
  receive(room, allowed) {
    room.addEventListener("dragover", (event) => {
      if (!allowed() || !event.dataTransfer.types.includes("Files")) return;
      event.preventDefault();
      room.classList.add("dropping");
    });
    room.addEventListener("dragleave", () => room.classList.remove("dropping"));
    room.addEventListener("drop", (event) => {
      room.classList.remove("dropping");
      if (!allowed() || !event.dataTransfer.files.length) return;
      event.preventDefault();
      this.take([...event.dataTransfer.files]);
    });
    room.addEventListener("paste", (event) => {
      if (!allowed() || !event.clipboardData.files.length) return;
      event.preventDefault();
      this.take([...event.clipboardData.files]);
    });
  }

  clear() {
    this.entries = [];
    this.draw();
  }

  async take(files) {
    this.picker.value = "";
    const room = this.state.limits.files - this.entries.length;
    const added = files.slice(0, room).map((file) => ({ file, upload: null, error: null }));
    this.entries = [...this.entries, ...added];
    this.draw();
    await Promise.all(added.map((entry) => this.send(entry)));
  }

  async send(entry) {
    try {
      entry.upload = await api.upload(this.state.me.id, entry.file);
    } catch (error) {
      if (!(error instanceof api.Refusal)) throw error;
      entry.error = error.message;
    }
    this.draw();
  }

  draw() {
    this.node.hidden = this.entries.length === 0;
    fill(this.node, this.entries.map((entry) => this.row(entry)));
    this.changed();
  }

  row(entry) {
    const picture = entry.upload && isPicture(entry.upload);
    return h("li", { class: entry.error && "wrong" },
      picture ? h("img", { src: entry.upload.url, alt: "", width: 44, height: 44 }) : icon("file", 22),
      h("span", { class: "file-text" }, h("span", { class: "file-name" }, entry.file.name),
        h("span", { class: "file-facts" }, entry.error ?? (entry.upload ? fileSize(entry.file.size) : "on its way…"))),
      iconButton("close", `Remove ${entry.file.name}`, () => {
        this.entries = this.entries.filter((known) => known !== entry);
        this.draw();
      }));
  }
}
