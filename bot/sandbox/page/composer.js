// Where words and commands are written.
import * as api from "./api.js";
import { CommandForm } from "./commandform.js";
import { entriesOf, entryIn, valuesIn } from "./commands.js";
import { fill, h, icon, iconButton } from "./dom.js";
import { matching } from "./listbox.js";
import { Panel } from "./panel.js";
import { Tray } from "./tray.js";

const TYPING_EVERY = 8000;

export class Composer {
  constructor(root, state, actions) {
    this.state = state;
    this.actions = actions;
    this.panel = new Panel();
    this.form = null;
    this.target = null;
    this.lastCommand = null;
    this.lastTyping = 0;
    this.input = h("textarea", { id: "composer-input", class: "composer-input", rows: 1, role: "combobox", "aria-expanded": "false",
      "aria-autocomplete": "list", autocomplete: "off" });
    this.tray = new Tray(state, () => this.changed());
    this.context = h("div", { class: "context", hidden: true });
    this.slot = h("div", { class: "composer-slot" }, this.input);
    this.slashButton = iconButton("slash", "Commands", () => this.openCommands(), { class: "icon-button slash" });
    this.sendButton = iconButton("send", "Send", () => this.submit(), { class: "icon-button send" });
    this.box = h("div", { class: "composer" }, this.context, this.tray.node,
      h("div", { class: "composer-line" }, this.tray.picker, this.tray.button,
        this.slashButton, this.slot, this.sendButton));
    fill(root, this.panel.node, this.box);
    this.input.addEventListener("input", (event) => this.typed(event));
    this.input.addEventListener("focus", () => this.suggest());
    this.input.addEventListener("blur", () => this.panel.owner === this.input && this.panel.close());
    this.input.addEventListener("keydown", (event) => this.handleKey(event));
    this.tray.receive(root.closest(".room"), () => !this.form && this.state.channel?.can_send !== false);
    state.on("channel", () => this.reset());
    state.on("commands", () => this.suggest());
    state.on("use-command", ({ name, values }) => this.useCommand(name, values));
  }

  get entries() {
    return entriesOf(this.state.commands);
  }

  reset() {
    this.leave("", false);
    this.setTarget(null);
    this.tray.clear();
    this.refresh();
  }

  /** Follow what may be done here. */
  refresh() {
    const { state } = this;
    const channel = state.channel;
    if (!channel) return;
    const silent = channel.can_send === false;
    this.input.disabled = silent;
    this.input.placeholder = silent ? "You cannot write here" : "Write, or / for commands";
    this.input.setAttribute("aria-label", `Write in ${state.channelName(channel)}, or / for commands`);
    this.tray.button.disabled = silent;
    this.slashButton.disabled = silent;
    this.changed();
  }

  changed() {
    const ready = this.form || this.input.value.trim() || this.tray.files.length;
    this.sendButton.disabled = !ready;
    this.box.classList.toggle("commanding", Boolean(this.form));
  }

  typed(event) {
    const { value } = this.input;
    const entry = event.data === " " && entryIn(this.entries, value.slice(1).trimEnd());
    if (value.startsWith("/") && entry && !entry.rest) {
      this.start(entry.entry);
      return;
    }
    this.changed();
    this.suggest();
    if (value.trim() && !value.startsWith("/") && Date.now() - this.lastTyping > TYPING_EVERY) {
      this.lastTyping = Date.now();
      this.actions.attempt(() => api.sendTyping(this.state.me.id, this.state.channelId));
    }
  }

  /** The list of commands while "/" begins what is written. */
  suggest() {
    const { value } = this.input;
    if (this.form || document.activeElement !== this.input) return;
    if (!value.startsWith("/") || value.includes("\n")) {
      if (this.panel.owner === this.input) this.panel.close();
      return;
    }
    const { bot } = this.state.world;
    const botName = bot.global_name || bot.username;
    const typed = value.slice(1);
    const known = entryIn(this.entries, typed);
    const items = this.entries.map((entry) => ({ label: `/${entry.label}`, search: entry.name, hint: entry.description, value: entry,
      note: entry.options.filter((option) => option.required).map((option) => option.label).join(", ") }));
    const shown = known?.rest ? items.filter((item) => item.value === known.entry) : matching(items, `/${typed}`.trimEnd());
    const about = items.length ? matching(items, typed) : [];
    const all = shown.length ? shown : about;
    let message = "";
    if (!bot.online) message = `${botName} is not online.`;
    else if (!all.length) message = items.length ? "No command of that name." : "There are no commands here.";
    this.panel.open({ owner: this.input, head: [h("strong", {}, "Commands"), h("span", {}, botName)], items: all,
      active: 0, message, onPick: (item) => this.start(item.value) });
  }

  openCommands() {
    this.leave("/");
    this.suggest();
  }

  /** Begin a command; `values` (names to words) fill its options. */
  start(entry, values = new Map()) {
    this.panel.close();
    this.input.value = "";
    this.setTarget(null);
    this.form = new CommandForm(entry, {
      state: this.state,
      panel: this.panel,
      submit: () => this.submit(),
      leave: (words) => this.leave(words),
      changed: () => this.changed(),
    });
    this.form.setValues(values);
    fill(this.slot, this.form.node);
    this.changed();
    this.form.focus();
  }

  useCommand(name, values) {
    const entry = this.entries.find((known) => known.name === name);
    if (entry) this.start(entry, values);
    else this.actions.page.notice(`/${name} cannot be used here.`);
  }

  /** Back to plain writing, with these words. */
  leave(words, focus = true) {
    this.form = null;
    this.panel.close();
    this.input.value = words;
    fill(this.slot, this.input);
    this.changed();
    if (focus) this.input.focus();
  }

  handleKey(event) {
    if (event.isComposing) return;
    if (this.panel.offers(this.input)) {
      if (this.panel.list.handleKey(event)) return;
      const { current } = this.panel.list;
      if (current && (event.key === "Tab" || event.key === "Enter") && !event.shiftKey) {
        event.preventDefault();
        if (event.key === "Enter" && entryIn(this.entries, this.input.value.slice(1))?.rest) this.submit();
        else this.start(current.value);
        return;
      }
    }
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.submit();
    } else if (event.key === "Escape") this.escape(event);
    else if (event.key === "ArrowUp" && !this.input.value) this.recall(event);
  }

  escape(event) {
    if (!this.panel.node.hidden) this.panel.close();
    else if (this.target) this.setTarget(null);
    else return;
    event.preventDefault();
  }

  /** Arrow up in an empty field: the last command again, else one's last words to change them. */
  recall(event) {
    const mine = this.state.messages.findLast((message) => message.author.id === this.state.me.id && message.type !== 18);
    if (this.lastCommand) this.useCommand(this.lastCommand.name, this.lastCommand.values);
    else if (mine) this.edit(mine);
    else return;
    event.preventDefault();
  }

  reply(message) {
    this.setTarget({ reply: message });
  }

  edit(message) {
    this.leave(message.content);
    this.setTarget({ edit: message });
  }

  setTarget(target) {
    const wasEditing = this.target?.edit;
    this.target = target;
    if (wasEditing && !target) this.input.value = "";
    this.context.hidden = !target;
    if (!target) return;
    const what = target.reply ? `Replying to ${this.state.nameOf(target.reply.author)}` : "Changing your message";
    fill(this.context, icon("reply", 14), h("span", {}, what), iconButton("close", "Cancel", () => this.setTarget(null)));
    this.input.focus();
  }

  async submit() {
    if (this.form) {
      this.sendCommand();
      return;
    }
    const words = this.input.value.trim();
    const typed = words.startsWith("/") && entryIn(this.entries, words.slice(1));
    if (typed) {
      this.start(typed.entry, valuesIn(typed.entry, typed.rest));
      this.sendCommand();
      return;
    }
    if (!words && !this.tray.files.length) return;
    if (this.tray.isBusy) {
      this.actions.page.notice("A file is still on its way.");
      return;
    }
    await this.sendWords(words);
  }

  async sendWords(content) {
    const { state, target } = this;
    const files = this.tray.files;
    const good = await this.actions.attempt(async () => {
      const body = { user: state.me.id, content };
      const message = target?.edit
        ? await api.editMessage(target.edit.channel_id, target.edit.id, body)
        : await api.postMessage({ ...body, channel: state.channelId, attachments: files.map((file) => file.id),
          ...(target?.reply ? { reply_to: target.reply.id } : {}) });
      state.putMessage(message);
    });
    if (!good) return;
    this.lastCommand = null;
    this.setTarget(null);
    this.tray.clear();
    this.input.value = "";
    this.changed();
    state.tell("sent");
  }

  sendCommand() {
    const options = this.form.collect();
    if (!options) return;
    const { entry } = this.form;
    this.lastCommand = { name: entry.name, values: this.form.words() };
    this.leave("");
    this.state.tell("sent", { command: entry.name });
    this.actions.command(entry, { command: entry.command.id, options });
  }
}
