// What the page knows: who plays, places, people, messages; and who wants to hear of changes.
import * as api from "./api.js";
import { localise } from "./commands.js";

export const TYPE = { text: 0, dm: 1, category: 4, news: 5, newsThread: 10, thread: 11, privateThread: 12, forum: 15 };
export const FLAG = { ephemeral: 64, thinking: 128, v2: 32768 };
export const PERMISSION = { manageMessages: 1n << 13n, addReactions: 1n << 6n, createThreads: 1n << 35n };

export const isThread = (channel) => [TYPE.newsThread, TYPE.thread, TYPE.privateThread].includes(channel.type);

/** Ids grow with time: longer is later, then by digits. */
export const byId = (a, b) => a.id.length - b.id.length || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

export class State extends EventTarget {
  constructor() {
    super();
    this.world = null;
    this.channelId = null;
    this.messages = [];
    this.hasEarlier = false;
    this.commands = [];
    this.unread = new Set();
    this.expired = new Set();
    /** Commands on their way: {name, label, channelId, userId, error?}. */
    this.outgoing = [];
    /** By message id: the custom_id that was pressed and is not answered yet; what went wrong. */
    this.pending = new Map();
    this.failures = new Map();
  }

  /** Run `act` whenever one of the named things changed (world, channel, messages, commands, line). */
  on(names, act) {
    for (const name of names.split(" ")) this.addEventListener(name, (event) => act(event.detail));
  }

  tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  get me() {
    return this.world.me;
  }

  get limits() {
    return this.world.limits;
  }

  get channel() {
    return this.findChannel(this.channelId);
  }

  /** The guild of the open channel; undefined in a direct message. */
  get guild() {
    return this.guildOf(this.channel);
  }

  async load(user) {
    this.world = await api.getState(user);
    this.tell("world");
  }

  guildOf(channel) {
    return channel && this.world.guilds.find((guild) =>
      guild.id === channel.guild_id || [...guild.channels, ...guild.threads].includes(channel));
  }

  allChannels() {
    return [...this.world.guilds.flatMap((guild) => [...guild.channels, ...guild.threads]), ...this.world.dms];
  }

  findChannel(id) {
    return this.allChannels().find((channel) => channel.id === id);
  }

  findUser(id) {
    return this.world.users.find((user) => user.id === id);
  }

  findRole(id) {
    return this.world.guilds.flatMap((guild) => guild.roles).find((role) => role.id === id);
  }

  member(id, guild = this.guild) {
    return guild?.members.find((member) => member.user_id === id);
  }

  /** How a person is called here: the server's nickname, the name they chose, the account's. */
  nameOf(user, guild = this.guild) {
    const known = this.findUser(user.id) ?? user;
    return this.member(user.id, guild)?.nick || known.global_name || known.username;
  }

  /** The colour of a person's highest coloured role here, as #rrggbb, else null. */
  colourOf(user) {
    const held = this.member(user.id)?.roles ?? [];
    const roles = (this.guild?.roles ?? []).filter((role) => held.includes(role.id) && role.color);
    roles.sort((a, b) => b.position - a.position);
    return roles.length ? hex(roles[0].color) : null;
  }

  can(permission, channel = this.channel) {
    const mine = BigInt(channel?.permissions ?? "0");
    return (mine & permission) === permission || (mine & 8n) === 8n;
  }

  channelName(channel) {
    if (channel.type !== TYPE.dm) return channel.name;
    const other = channel.recipients?.find((user) => user.id !== this.me.id) ?? this.world.bot;
    return other.global_name || other.username;
  }

  async open(channelId) {
    this.channelId = channelId;
    this.messages = [];
    this.hasEarlier = false;
    this.unread.delete(channelId);
    this.tell("channel");
    await Promise.all([this.loadMessages(), this.loadCommands()]);
  }

  async loadMessages() {
    const channel = this.channel;
    if (!channel || channel.type === TYPE.forum) return;
    const { messages } = await api.getMessages(this.me.id, channel.id);
    if (this.channelId !== channel.id) return;
    this.messages = messages.toSorted(byId);
    this.hasEarlier = messages.length === 50;
    this.tell("messages", { reason: "load" });
  }

  async loadEarlier() {
    const channelId = this.channelId;
    const { messages } = await api.getMessages(this.me.id, channelId, this.messages[0].id);
    if (this.channelId !== channelId) return;
    this.hasEarlier = messages.length === 50;
    this.messages = [...messages.toSorted(byId), ...this.messages];
    this.tell("messages", { reason: "earlier" });
  }

  async loadCommands() {
    const channelId = this.channelId;
    if (!this.channel || this.channel.type === TYPE.forum) return;
    const { commands } = await api.getCommands(this.me.id, channelId);
    if (this.channelId !== channelId) return;
    this.commands = localise(commands, this.me.locale);
    this.tell("commands");
  }

  /** Take a message in its newest form, from an event or from an answer; both may bring the same. */
  putMessage(message) {
    if (message.channel_id !== this.channelId) return;
    this.settleBy(message);
    const at = this.messages.findIndex((known) => known.id === message.id);
    const before = this.messages[at];
    if (at >= 0) this.messages = this.messages.with(at, message);
    else this.messages = [...this.messages, message].sort(byId);
    this.tell("messages", { reason: before ? "update" : "create", message, before });
  }

  knows(messageId) {
    return this.messages.some((message) => message.id === messageId);
  }

  noteUnread(message) {
    if (message.channel_id === this.channelId || message.author.id === this.me.id) return;
    this.unread.add(message.channel_id);
    this.tell("unread");
  }

  /** A place was made or changed (or, with `gone`, taken away). */
  putChannel(channel, gone = false) {
    const guild = this.guildOf(this.findChannel(channel.id)) ?? this.world.guilds.find((known) => known.id === channel.guild_id);
    const owner = guild ?? this.world;
    const key = !guild ? "dms" : isThread(channel) ? "threads" : "channels";
    const before = owner[key].find((known) => known.id === channel.id);
    const others = owner[key].filter((known) => known !== before);
    owner[key] = gone ? others : [...others, { ...before, ...channel }];
    if (key === "channels") owner[key].sort((a, b) => a.position - b.position || byId(a, b));
    this.tell("places");
  }

  send(entry) {
    this.outgoing = [...this.outgoing, entry];
    this.tell("outgoing");
  }

  /** The command was answered; with `error` it stays to be read. */
  settle(entry, error = null) {
    const known = this.outgoing.includes(entry);
    this.outgoing = this.outgoing.filter((other) => other !== entry);
    if (error) this.outgoing = [...this.outgoing, Object.assign(entry, { error })];
    if (known || error) this.tell("outgoing");
  }

  /** The answer to a command may come by event before the command's own request returns. */
  settleBy(message) {
    const asked = message.interaction_metadata;
    if (asked?.user?.id !== this.me.id) return;
    const entry = this.outgoing.find((other) => !other.error && other.name === asked.name);
    if (entry) this.outgoing = this.outgoing.filter((other) => other !== entry);
  }

  setPending(messageId, customId, failure = null) {
    if (customId) this.pending.set(messageId, customId);
    else this.pending.delete(messageId);
    if (failure) this.failures.set(messageId, failure);
    else this.failures.delete(messageId);
    this.tell("outgoing");
  }

  dropMessage(channelId, id) {
    if (channelId !== this.channelId) return;
    this.messages = this.messages.filter((message) => message.id !== id);
    this.tell("messages", { reason: "delete" });
  }

  expire(id) {
    this.expired.add(id);
    const message = this.messages.find((known) => known.id === id);
    if (message) this.tell("messages", { reason: "update", message });
  }
}

export function hex(colour) {
  return `#${colour.toString(16).padStart(6, "0")}`;
}
