// The page: wires its parts together, follows the address and the events.
import { Actions } from "./actions.js";
import * as api from "./api.js";
import { Composer } from "./composer.js";
import { fill, h, icon, iconButton } from "./dom.js";
import { Forum } from "./forum.js";
import { Hint } from "./hint.js";
import { Messages } from "./messages.js";
import { channelAddress, channelIcon } from "./names.js";
import { Sidebar } from "./sidebar.js";
import { State, TYPE, isThread } from "./state.js";
import { startClock } from "./time.js";
import { Typing } from "./typing.js";

const NOTICE_TIME = 6000;
const WHO = "lantern.user";

class Page {
  constructor() {
    this.state = new State();
    this.root = document.getElementById("page");
    this.actions = new Actions(this.state, {
      notice: (sentence) => this.notice(sentence),
      reply: (message) => this.composer.reply(message),
      edit: (message) => this.composer.edit(message),
    });
    const stream = document.getElementById("stream");
    const foot = document.getElementById("foot");
    const talk = h("div", { class: "talk" });
    const forum = h("div", { class: "forum", hidden: true });
    const hint = h("div", { class: "hint", hidden: true });
    const typing = h("p", { class: "typing" });
    const composer = h("div", { class: "composer-area" });
    fill(stream, talk, forum);
    fill(foot, typing, hint, composer);
    this.messages = new Messages(talk, document.getElementById("announcer"), this.state, this.actions);
    this.composer = new Composer(composer, this.state, this.actions);
    this.typing = new Typing(typing, this.state);
    new Forum(forum, this.state, this.actions);
    new Hint(hint, this.state);
    new Sidebar(document.getElementById("places"), document.getElementById("player"), this.state, {
      playAs: (id) => this.playAs(id),
      openDm: () => this.actions.openDm(),
      closeDrawer: () => this.drawer(false),
    });
    this.state.on("channel world places", () => this.drawHead());
    this.state.on("world places", () => this.composer.refresh());
    this.bind();
  }

  bind() {
    addEventListener("hashchange", () => this.follow());
    document.getElementById("scrim").addEventListener("click", () => this.drawer(false));
    document.getElementById("skip").addEventListener("click", (event) => {
      event.preventDefault();
      this.composer.input.focus();
    });
    document.addEventListener("keydown", (event) => this.handleKey(event));
    startClock(document);
  }

  /** Printable keys pressed nowhere in particular go to the composer, as people expect of a chat. */
  handleKey(event) {
    if (event.key === "Escape" && this.root.classList.contains("drawer-open")) this.drawer(false);
    const plain = event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey && event.key !== " ";
    const nowhere = document.activeElement === document.body || document.activeElement.matches?.(".message");
    if (plain && nowhere && !document.querySelector("dialog[open], .popup")) this.composer.input.focus();
  }

  async start() {
    await this.playAs(localStorage.getItem(WHO));
    if (matchMedia("(pointer: fine)").matches) this.composer.input.focus();
  }

  async playAs(id) {
    this.stop?.();
    const { state } = this;
    try {
      await state.load(id);
    } catch (error) {
      if (!id || !(error instanceof api.Refusal)) throw error;
      await state.load(null);
    }
    localStorage.setItem(WHO, state.me.id);
    state.unread.clear();
    state.outgoing = [];
    this.stop = api.listen(state.me.id, (name, data) => this.hear(name, data), (connected, again) => this.line(connected, again));
    await this.follow(true);
  }

  /** Open the place that the address names, else the first that can be talked in. */
  async follow(force = false) {
    const { state } = this;
    const [, channelId, messageId] = location.hash.split("/");
    const talkable = (channel) => channel.type === TYPE.text || channel.type === TYPE.dm;
    const channel = state.findChannel(channelId) ?? state.findChannel(state.channelId) ?? state.allChannels().find(talkable);
    if (!channel) {
      this.notice("There is no place here that you may see.");
      return;
    }
    if (channel.id !== channelId) history.replaceState(null, "", channelAddress(channel.id));
    if (force || channel.id !== state.channelId) await this.actions.attempt(() => state.open(channel.id));
    if (messageId && !this.messages.show(messageId)) this.notice("That message is not among the newest here.");
  }

  hear(name, data) {
    const { state } = this;
    const handlers = {
      MESSAGE_CREATE: () => {
        this.typing.stop(data.channel_id, data.author.id);
        state.putMessage(data);
        state.noteUnread(data);
      },
      MESSAGE_UPDATE: () => state.putMessage(data),
      MESSAGE_DELETE: () => state.dropMessage(data.channel_id, data.id),
      CHANNEL_CREATE: () => state.putChannel(data),
      CHANNEL_UPDATE: () => state.putChannel(data),
      THREAD_CREATE: () => state.putChannel(data),
      THREAD_UPDATE: () => state.putChannel(data),
      CHANNEL_DELETE: () => this.placeGone(data),
      THREAD_DELETE: () => this.placeGone(data),
      GUILD_UPDATE: () => this.reload(),
      TYPING_START: () => this.typing.start(data.channel_id, data.user_id),
      COMMANDS_UPDATE: () => this.actions.attempt(() => state.loadCommands()),
      BOT_STATUS: () => {
        state.world.bot.online = data.online;
        state.tell("places");
        this.actions.attempt(() => state.loadCommands());
      },
      INTERACTION_FAILED: () => {},
      TOKEN_EXPIRED: () => state.expire(data.message_id),
    };
    handlers[name]?.();
  }

  placeGone(channel) {
    const wasHere = channel.id === this.state.channelId;
    this.state.putChannel(channel, true);
    if (wasHere) this.follow();
  }

  async reload() {
    await this.actions.attempt(() => this.state.load(this.state.me.id));
    if (this.state.channel) this.actions.attempt(() => this.state.loadCommands());
    else this.follow();
  }

  /** The line to the server came or went; after a break everything is asked for again. */
  async line(connected, again) {
    this.root.classList.toggle("cut-off", !connected);
    if (!connected) this.notice("The line to the server is cut; trying again…", true);
    else if (again) {
      this.notice("");
      await this.reload();
      await this.actions.attempt(() => this.state.loadMessages());
    }
  }

  notice(sentence, stays = false) {
    const node = document.getElementById("notice");
    clearTimeout(this.noticeTimer);
    node.hidden = !sentence;
    fill(node, h("span", {}, sentence), iconButton("close", "Hide", () => this.notice("")));
    if (sentence && !stays) this.noticeTimer = setTimeout(() => { node.hidden = true; }, NOTICE_TIME);
  }

  drawer(open) {
    this.root.classList.toggle("drawer-open", open);
    const burger = document.querySelector(".burger");
    burger?.setAttribute("aria-expanded", String(open));
    if (open) document.querySelector("#places [tabindex='0']")?.focus();
  }

  drawHead() {
    const { state } = this;
    const channel = state.channel;
    if (!channel) return;
    const name = state.channelName(channel);
    const parent = isThread(channel) && state.findChannel(channel.parent_id);
    document.title = `${name} · Lantern`;
    const { bot } = state.world;
    fill(document.getElementById("room-head"),
      iconButton("menu", "Places", () => this.drawer(true), { class: "icon-button burger", "aria-expanded": "false", "aria-controls": "sidebar" }),
      h("div", { class: "room-title" }, h("div", { class: "room-name" },
        parent && h("a", { class: "crumb", href: channelAddress(parent.id) }, channelIcon(parent), parent.name),
        parent && h("span", { class: "crumb-mark", "aria-hidden": "true" }, "›"),
        h("h1", { class: "clip" }, channelIcon(channel, 18), name),
        channel.nsfw && h("span", { class: "age", title: "Age-restricted" }, "18+")),
      channel.topic && h("p", { class: "clip topic", title: channel.topic }, channel.topic)),
      h("span", { class: ["bot-state", bot.online && "online"], title: bot.online ? "The bot is online" : "No bot is connected" },
        h("span", { class: "clip" }, bot.global_name || bot.username), h("span", { class: "bot-word" }, bot.online ? "online" : "offline")),
      iconButton("moon", "Light or dark", () => document.documentElement.dispatchEvent(new Event("lantern:toggle-theme")),
        { class: "icon-button theme" }));
    document.querySelector(".theme").append(icon("sun"));
    const forum = channel.type === TYPE.forum;
    document.querySelector(".talk").hidden = forum;
    document.getElementById("foot").hidden = forum;
  }
}

new Page().start();
