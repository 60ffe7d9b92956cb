// The stream of messages of the open channel: drawn once, then changed in place.
import { fill, h, icon } from "./dom.js";
import { messageNode, outgoingNode } from "./message.js";
import { lookups } from "./names.js";
import { FLAG, TYPE } from "./state.js";

const TOGETHER = 7 * 60 * 1000;
const NEAR = 80;

export class Messages {
  constructor(root, announcer, state, actions) {
    this.state = state;
    this.actions = actions;
    this.announcer = announcer;
    this.drawn = new Map();
    this.sticks = true;
    this.lastTop = 0;
    this.earlier = h("button", { type: "button", class: "button secondary small earlier", on: { click: () => this.loadEarlier() } },
      "Earlier messages");
    this.welcome = h("div", { class: "welcome" });
    this.list = h("ol", { class: "messages", "aria-label": "Messages" });
    this.inner = h("div", { class: "stream-inner" }, this.welcome, this.earlier, this.list);
    this.scroller = h("div", { class: "scroller" }, this.inner);
    this.jump = h("button", { type: "button", class: "jump", hidden: true, on: { click: () => this.toEnd() } },
      icon("down", 16), "Newest");
    fill(root, this.scroller, this.jump);
    this.scroller.addEventListener("scroll", () => this.noteScroll(), { passive: true });
    new ResizeObserver(() => this.sticks && this.toEnd()).observe(this.inner);
    new ResizeObserver(() => this.sticks && this.toEnd()).observe(this.scroller);
    this.list.addEventListener("keydown", (event) => this.handleKey(event));
    this.list.addEventListener("contextmenu", (event) => this.contextMenu(event));
    state.on("channel", () => this.reset());
    state.on("messages", (detail) => this.update(detail));
    state.on("outgoing", () => this.draw());
    state.on("world", () => this.redraw());
  }

  reset() {
    this.drawn.clear();
    this.list.replaceChildren();
    this.sticks = true;
    this.drawWelcome();
    this.draw();
  }

  /** Draw every message anew: names or roles changed. */
  redraw() {
    if (!this.state.channel) return;
    this.drawn.clear();
    this.drawWelcome();
    this.draw();
  }

  update(detail) {
    const height = this.inner.offsetHeight;
    this.draw();
    if (detail.reason === "load") this.toEnd();
    if (detail.reason === "earlier") this.scroller.scrollTop += this.inner.offsetHeight - height;
    const answered = detail.before?.flags & FLAG.thinking && !(detail.message.flags & FLAG.thinking);
    if (detail.reason === "create" || answered) this.announce(detail.message);
  }

  announce(message) {
    if (message.author.id === this.state.me.id) return;
    const words = message.flags & FLAG.thinking ? "is thinking" : message.content || message.embeds?.[0]?.title || "sent a message";
    this.announcer.textContent = `${this.state.nameOf(message.author)}: ${words.slice(0, 200)}`;
  }

  draw() {
    const { state } = this;
    const look = lookups(state);
    const wanted = state.messages.map((message, index) => this.nodeOf(message, state.messages[index - 1], look));
    const outgoing = state.outgoing.filter((entry) => entry.channelId === state.channelId)
      .map((entry) => outgoingNode(entry, { state, actions: this.actions }));
    this.arrange([...wanted, ...outgoing]);
    for (const id of this.drawn.keys()) if (!state.messages.some((message) => message.id === id)) this.drawn.delete(id);
    this.earlier.hidden = !state.hasEarlier;
    this.welcome.hidden = state.hasEarlier || state.channel?.type === TYPE.forum;
    const last = this.list.lastElementChild;
    if (last && !this.list.querySelector(".message[tabindex='0']")) last.tabIndex = 0;
    if (this.sticks) this.toEnd();
  }

  /** The node of a message: the one drawn before unless something it shows has changed. */
  nodeOf(message, before, look) {
    const { state } = this;
    const joined = isJoined(before, message);
    const pending = state.pending.get(message.id) ?? null;
    const failure = state.failures.get(message.id) ?? null;
    const status = `${joined} ${pending} ${failure} ${state.expired.has(message.id)}`;
    const known = this.drawn.get(message.id);
    if (known && known.message === message && known.status === status) return known.node;
    const press = (customId, values) => this.actions.press(message, customId, values);
    const node = messageNode(message, { state, look, message, joined, pending, failure, press, actions: this.actions });
    this.drawn.set(message.id, { message, status, node });
    if (known) replaceQuietly(known.node, node);
    return node;
  }

  /** Put the nodes in order, moving none that already stands right (moving would lose the focus). */
  arrange(nodes) {
    let place = this.list.firstChild;
    for (const node of nodes) {
      if (node === place) place = place.nextSibling;
      else this.list.insertBefore(node, place);
    }
    while (place) {
      const next = place.nextSibling;
      place.remove();
      place = next;
    }
  }

  noteScroll() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    // only a person moves up; content that grows below is followed
    if (scrollHeight - scrollTop - clientHeight < NEAR) this.sticks = true;
    else if (scrollTop < this.lastTop) this.sticks = false;
    this.lastTop = scrollTop;
    this.jump.hidden = this.sticks;
  }

  toEnd() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.sticks = true;
    this.jump.hidden = true;
  }

  /** Bring one message into view and give it the focus; false when it is not here. */
  show(id) {
    const node = this.drawn.get(id)?.node;
    if (!node) return false;
    this.focus(node);
    node.classList.add("flash");
    setTimeout(() => node.classList.remove("flash"), 1600);
    return true;
  }

  focus(node) {
    for (const other of this.list.querySelectorAll(".message[tabindex='0']")) other.tabIndex = -1;
    node.tabIndex = 0;
    node.focus({ preventScroll: true });
    node.scrollIntoView({ block: "nearest" });
  }

  handleKey(event) {
    const node = event.target.closest(".message");
    if (event.target !== node || !node) return;
    const step = { ArrowUp: "previousElementSibling", ArrowDown: "nextElementSibling" }[event.key];
    if (step && node[step]) this.focus(node[step]);
    else if (event.key === "Enter") node.querySelector(".tools button")?.click();
    else return;
    event.preventDefault();
  }

  contextMenu(event) {
    const id = event.target.closest(".message")?.dataset.id;
    const message = this.state.messages.find((known) => known.id === id);
    if (!message || event.target.closest("a, img, input, textarea") || String(getSelection())) return;
    event.preventDefault();
    this.actions.messageMenu(message, { x: event.clientX, y: event.clientY });
  }

  async loadEarlier() {
    this.earlier.disabled = true;
    await this.actions.attempt(() => this.state.loadEarlier());
    this.earlier.disabled = false;
  }

  drawWelcome() {
    const { state } = this;
    const channel = state.channel;
    if (!channel) return;
    const name = state.channelName(channel);
    fill(this.welcome, h("img", { src: "/static/lantern.svg", alt: "", width: 56, height: 56 }),
      h("h2", {}, channel.type === TYPE.dm ? `You and ${name}` : name),
      h("p", {}, channel.topic || (channel.type === TYPE.dm
        ? "Words between the two of you. Type / for what this bot can do here."
        : "This is where it begins. Nothing said here leaves this computer.")));
  }
}

function isJoined(before, message) {
  if (!before || before.author.id !== message.author.id || message.interaction_metadata || message.referenced_message) return false;
  if (before.type === 18 || message.type === 18) return false;
  if ((before.flags & FLAG.ephemeral) !== (message.flags & FLAG.ephemeral)) return false;
  return Date.parse(message.timestamp) - Date.parse(before.timestamp) < TOGETHER;
}

/** Swap a message for its newer self: keep the focus, and the old picture
 * behind the new one until that has loaded. */
function replaceQuietly(old, fresh) {
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  const key = focused?.dataset.customId;
  const oldPictures = old.querySelectorAll("img");
  for (const [index, image] of fresh.querySelectorAll("img").entries()) {
    const before = oldPictures[index];
    if (before && !image.complete) image.style.backgroundImage = `url(${JSON.stringify(before.src)})`;
  }
  fresh.tabIndex = old.tabIndex;
  old.replaceWith(fresh);
  if (!focused) return;
  const twin = key && [...fresh.querySelectorAll("[data-custom-id]")].find((node) => node.dataset.customId === key && !node.disabled);
  (twin || fresh).focus({ preventScroll: true });
}
