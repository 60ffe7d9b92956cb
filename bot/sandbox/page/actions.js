// What the person does: commands, presses, choices, words; and what comes of it.
import * as api from "./api.js";
import { h } from "./dom.js";
import { openForm } from "./modal.js";
import { menu } from "./popup.js";
import { PERMISSION, TYPE, isThread } from "./state.js";

const QUICK = ["👍", "❤️", "✨", "🎨", "😂", "👀"];

export class Actions {
  /** `page`: {notice(sentence), reply(message), edit(message), startCommand(command, target)}. */
  constructor(state, page) {
    this.state = state;
    this.page = page;
  }

  /** Do something that the server may refuse; the refusal is shown. True when it went well. */
  async attempt(act) {
    try {
      await act();
      return true;
    } catch (error) {
      if (!(error instanceof api.Refusal)) throw error;
      this.page.notice(error.message);
      return false;
    }
  }

  /** Send a slash or context-menu command ({name, label}) and show it as on its way until the bot answers. */
  async command({ name, label, path }, body) {
    const { state } = this;
    const entry = { name, label: path ? `/${label}` : label, channelId: state.channelId, userId: state.me.id };
    state.send(entry);
    try {
      const answer = await api.interact({ user: state.me.id, channel: entry.channelId, type: 2, ...body });
      if (answer.kind === "failed") state.settle(entry, answer.error);
      else {
        state.settle(entry);
        this.take(answer, entry.userId);
      }
    } catch (error) {
      if (!(error instanceof api.Refusal)) throw error;
      state.settle(entry, error.message);
    }
  }

  /** A button was pressed or a select's values chosen. */
  async press(message, customId, values) {
    const { state } = this;
    const userId = state.me.id;
    state.setPending(message.id, customId);
    try {
      const answer = await api.interact({ user: userId, channel: message.channel_id, type: 3, message: message.id,
        custom_id: customId, ...(values ? { values } : {}) });
      state.setPending(message.id, null, answer.kind === "failed" ? "This interaction failed: the application did not respond." : null);
      this.take(answer, userId);
    } catch (error) {
      if (!(error instanceof api.Refusal)) throw error;
      state.setPending(message.id, null, error.message);
    }
  }

  /** What an interaction's first answer brings; nothing when another person is played by now. */
  take(answer, userId) {
    if (userId !== this.state.me.id) return;
    // what came by event is at least as new
    if (answer.message && !this.state.knows(answer.message.id)) this.state.putMessage(answer.message);
    if (answer.kind === "modal") this.openModal(answer.modal, userId);
  }

  openModal(modal, userId) {
    openForm({
      ...modal,
      state: this.state,
      submit: async (values) => {
        const answer = await api.interact({ user: userId, channel: this.state.channelId, type: 5, modal: modal.id, values });
        if (answer.kind === "failed") throw new api.Refusal("Something went wrong: the application did not respond. Try again.");
        this.take(answer, userId);
      },
    });
  }

  remove(message) {
    const { state } = this;
    return this.attempt(async () => {
      await api.deleteMessage(state.me.id, message.channel_id, message.id);
      state.dropMessage(message.channel_id, message.id);
    });
  }

  react(message, emoji, on) {
    return this.attempt(() => api.react({ user: this.state.me.id, channel: message.channel_id, message: message.id, emoji, on }));
  }

  forget(entry) {
    this.state.settle(entry);
  }

  async copy(text) {
    await navigator.clipboard.writeText(text);
    this.page.notice("Copied.");
  }

  messageMenu(message, anchor) {
    const { state } = this;
    const mine = message.author.id === state.me.id;
    const hidden = Boolean(message.flags & 64);
    const place = state.guild?.id ?? "@me";
    const addressOf = `https://discord.com/channels/${place}/${message.channel_id}/${message.id}`;
    const apps = state.commands.filter((command) => command.type === 3);
    const entries = [
      ...apps.map((command) => ({ label: command.label, note: "app", act: () => this.command(command, { command: command.id, target: message.id }) })),
      apps.length ? null : undefined,
      !hidden && { label: "Reply", act: () => this.page.reply(message) },
      mine && !hidden && { label: "Edit", act: () => this.page.edit(message) },
      !hidden && state.guild && !isThread(state.channel) && state.can(PERMISSION.createThreads)
        && { label: "Start a thread", act: () => this.newThread(state.channel, message) },
      message.content && { label: "Copy text", act: () => this.copy(message.content) },
      !hidden && { label: "Copy message link", act: () => this.copy(addressOf) },
      { label: "Copy message ID", act: () => this.copy(message.id) },
      hidden && { label: "Dismiss", act: () => this.remove(message) },
      !hidden && (mine || (state.guild && state.can(PERMISSION.manageMessages)))
        && { label: "Delete", danger: true, act: () => this.remove(message) },
    ].filter((entry) => entry !== false && entry !== undefined && entry !== "");
    menu({ anchor, label: "Message", entries, before: hidden ? null : this.quickReactions(message) });
  }

  quickReactions(message) {
    const isMine = (emoji) => message.reactions?.some((reaction) => reaction.me && reaction.emoji.name === emoji);
    return h("div", { class: "quick-reactions", role: "group", "aria-label": "React" }, QUICK.map((emoji) => h("button", {
      type: "button", "aria-label": `React with ${emoji}`,
      on: { click: (event) => {
        this.react(message, emoji, !isMine(emoji));
        event.currentTarget.closest(".popup").dispatchEvent(new KeyboardEvent("keydown", { key: "Escape" }));
      } },
    }, emoji)));
  }

  personMenu(user, anchor) {
    const { state } = this;
    const roles = (state.member(user.id)?.roles ?? []).map((id) => state.findRole(id)?.name).filter(Boolean);
    const apps = state.commands.filter((command) => command.type === 2);
    const about = h("div", { class: "person" }, h("strong", {}, state.nameOf(user)),
      h("span", {}, `${user.username}${user.bot ? " · bot" : ""}`), roles.length > 0 && h("span", {}, roles.join(", ")));
    menu({
      anchor, label: state.nameOf(user), before: about,
      entries: [
        ...apps.map((command) => ({ label: command.label, note: "app", act: () => this.command(command, { command: command.id, target: user.id }) })),
        user.id === state.world.bot.id && { label: "Message", act: () => this.openDm() },
        { label: "Copy user ID", act: () => this.copy(user.id) },
      ].filter(Boolean),
    });
  }

  openDm() {
    return this.attempt(async () => {
      const channel = await api.openDm(this.state.me.id);
      this.state.putChannel(channel);
      location.hash = `#/${channel.id}`;
    });
  }

  /** Ask for a name (and, in a forum, the first words and tags) and make a thread or a post. */
  newThread(channel, message = null) {
    const forum = channel.type === TYPE.forum;
    const tags = (channel.available_tags ?? []).map((tag) => ({ label: tag.name, value: tag.id }));
    const field = (label, component) => ({ type: 18, label, component });
    openForm({
      title: forum ? "New post" : "Start a thread",
      state: this.state,
      components: [
        field(forum ? "Title" : "Name", { type: 4, custom_id: "name", style: 1, max_length: 100 }),
        forum && field("Message", { type: 4, custom_id: "content", style: 2, max_length: this.state.limits.content }),
        forum && tags.length > 0 && field("Tags", { type: 3, custom_id: "tags", options: tags, min_values: 0,
          max_values: Math.min(5, tags.length), required: false, placeholder: "No tags" }),
      ].filter(Boolean),
      submit: async (values) => {
        const thread = await api.createThread({ user: this.state.me.id, channel: channel.id, name: values.name,
          ...(message ? { message: message.id } : {}), ...(forum ? { content: values.content, applied_tags: values.tags ?? [] } : {}) });
        this.state.putChannel(thread);
        location.hash = `#/${thread.id}`;
      },
    });
  }
}
