// The left side: places to be, and who to be there.
import { fill, h, icon } from "./dom.js";
import { channelAddress, channelIcon, face } from "./names.js";
import { chooser } from "./popup.js";
import { TYPE, isThread } from "./state.js";

export class Sidebar {
  /** `page`: {playAs(userId), openDm(), closeDrawer()}. */
  constructor(places, player, state, page) {
    this.places = places;
    this.player = player;
    this.state = state;
    this.page = page;
    state.on("world channel places unread", () => this.draw());
    places.addEventListener("keydown", (event) => this.handleKey(event));
  }

  draw() {
    const { state } = this;
    const focused = document.activeElement?.dataset.channel;
    const guilds = state.world.guilds.map((guild) => this.guildSection(guild));
    fill(this.places, guilds, this.directSection());
    const links = this.links();
    const here = links.find((link) => link.dataset.channel === state.channelId) ?? links[0];
    for (const link of links) link.tabIndex = link === here ? 0 : -1;
    if (focused) links.find((link) => link.dataset.channel === focused)?.focus();
    this.drawPlayer();
  }

  links() {
    return [...this.places.querySelectorAll("[data-channel]")];
  }

  guildSection(guild) {
    const rows = guild.channels.filter((channel) => !channel.parent_id && channel.type !== TYPE.category)
      .flatMap((channel) => this.channelRows(guild, channel));
    const categories = guild.channels.filter((channel) => channel.type === TYPE.category).flatMap((category) => {
      const inside = guild.channels.filter((channel) => channel.parent_id === category.id);
      if (!inside.length) return [];
      return [h("li", { class: "category" }, category.name), ...inside.flatMap((channel) => this.channelRows(guild, channel))];
    });
    return h("section", { class: "guild" }, h("h2", {}, guild.name), h("ul", {}, rows, categories));
  }

  channelRows(guild, channel) {
    const threads = guild.threads.filter((thread) => thread.parent_id === channel.id && !thread.thread_metadata?.archived);
    return [this.channelRow(channel), ...threads.map((thread) => this.channelRow(thread))];
  }

  channelRow(channel) {
    const { state } = this;
    const here = channel.id === state.channelId;
    const unread = state.unread.has(channel.id);
    return h("li", { class: isThread(channel) && "thread" }, h("a", {
      class: ["place", here && "here", unread && "unread"], href: channelAddress(channel.id), data: { channel: channel.id },
      "aria-current": here ? "page" : null, on: { click: () => this.page.closeDrawer() },
    }, channelIcon(channel), h("span", { class: "clip" }, state.channelName(channel)),
    channel.nsfw && !isThread(channel) && h("span", { class: "age", title: "Age-restricted" }, "18+"),
    unread && h("span", { class: "hidden-text" }, "unread")));
  }

  directSection() {
    const { state } = this;
    const { bot } = state.world;
    const known = state.world.dms.map((channel) => this.channelRow(channel));
    const start = h("li", {}, h("button", { type: "button", class: "place", data: { channel: "dm" },
      on: { click: () => { this.page.closeDrawer(); this.page.openDm(); } } },
    icon("at", 16), h("span", { class: "clip" }, bot.global_name || bot.username)));
    return h("section", { class: "guild" }, h("h2", {}, "Just you and the bot"), h("ul", {}, known.length ? known : start));
  }

  drawPlayer() {
    const { state } = this;
    const { me } = state;
    const button = h("button", { type: "button", class: "player-button", "aria-haspopup": "listbox",
      "aria-label": `Playing as ${state.nameOf(me)}. Change who you are`, on: { click: () => this.choose(button) } },
    face(state, me), h("span", { class: "player-text" }, h("span", { class: "player-hint" }, "Playing as"),
      h("strong", { class: "clip" }, state.nameOf(me))), icon("chevron", 16));
    const had = this.player.contains(document.activeElement);
    fill(this.player, button);
    if (had) button.focus();
  }

  choose(anchor) {
    const { state } = this;
    chooser({
      anchor,
      label: "Play as",
      className: "people",
      items: state.world.users.filter((user) => !user.bot).map((user) => ({
        label: state.nameOf(user), hint: rolesOf(state, user), value: user.id, selected: user.id === state.me.id,
        lead: face(state, user),
      })),
      onDone: ([id]) => id !== state.me.id && this.page.playAs(id),
    });
  }

  handleKey(event) {
    const links = this.links();
    const at = links.indexOf(event.target);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (at < 0 || !step) return;
    event.preventDefault();
    const next = links[(at + step + links.length) % links.length];
    for (const link of links) link.tabIndex = link === next ? 0 : -1;
    next.focus();
  }
}

/** A person's roles in each server they are in, in a line. */
function rolesOf(state, user) {
  const places = state.world.guilds.filter((guild) => state.member(user.id, guild)).map((guild) => {
    const held = state.member(user.id, guild).roles;
    const names = guild.roles.filter((role) => held.includes(role.id)).sort((a, b) => b.position - a.position).map((role) => role.name);
    return names.length ? names.join(", ") : null;
  }).filter(Boolean);
  return [...new Set(places)].join(" · ") || "member";
}
