// One message as a list item.
import { components } from "./components.js";
import { h, icon, iconButton } from "./dom.js";
import { embeds } from "./embeds.js";
import { markdown } from "./markdown.js";
import { attachments } from "./media.js";
import { channelAddress, face } from "./names.js";
import { FLAG } from "./state.js";
import { messageTime } from "./time.js";

const NO_ANSWER = "The application did not respond";

/** `view`: what components() takes, with {joined, failure, actions}. */
export function messageNode(message, view) {
  const { state } = view;
  if (message.type === 18) return threadNote(message, view);
  const asker = message.interaction_metadata?.user;
  const joined = view.joined;
  const hidden = Boolean(message.flags & FLAG.ephemeral);
  const mentionsMe = message.mentions?.some((user) => user.id === state.me.id);
  const node = h("li", {
    class: ["message", joined && "joined", hidden && "ephemeral", mentionsMe && "mentions-me"],
    tabindex: "-1", data: { id: message.id }, "aria-label": summary(message, state),
  });
  node.append(
    h("div", { class: "gutter" }, joined ? messageTime(message.timestamp) : faceButton(message.author, view)),
    h("div", { class: "body" },
      asker && usedLine(message, asker, view),
      message.referenced_message && replyLine(message.referenced_message, view),
      !joined && head(message, view),
      content(message, view),
      view.failure && h("p", { class: "failure", role: "status" }, view.failure),
      hidden && ephemeralLine(message, view)),
    tools(message, view));
  return node;
}

function summary(message, state) {
  return `${state.nameOf(message.author)}: ${(message.content || message.embeds?.[0]?.title || "message").slice(0, 120)}`;
}

function faceButton(user, view) {
  return h("button", { type: "button", class: "face-button", tabindex: "-1", "aria-label": `About ${view.state.nameOf(user)}`,
    on: { click: (event) => view.actions.personMenu(user, event.currentTarget) } }, face(view.state, user));
}

function head(message, view) {
  const { state } = view;
  const colour = state.colourOf(message.author);
  const name = h("button", { type: "button", class: "author",
    on: { click: (event) => view.actions.personMenu(message.author, event.currentTarget) } }, state.nameOf(message.author));
  if (colour) name.style.setProperty("--role", colour);
  return h("div", { class: "head" }, name, message.author.bot && h("span", { class: "badge" }, "bot"), messageTime(message.timestamp));
}

function usedLine(message, asker, view) {
  const { state } = view;
  const name = message.interaction_metadata.name;
  return h("div", { class: "used" }, face(state, asker, "tiny"),
    h("span", {}, h("strong", {}, state.nameOf(asker)), " used "),
    h("span", { class: "used-command" }, message.type === 20 ? `/${name}` : name));
}

function replyLine(message, view) {
  const words = message.content || (message.attachments?.length ? "a file" : message.embeds?.length ? "a card" : "a message");
  return h("a", { class: "used", href: channelAddress(message.channel_id, message.id) }, icon("reply", 14),
    face(view.state, message.author, "tiny"), h("strong", {}, view.state.nameOf(message.author)), h("span", { class: "clip" }, words));
}

function content(message, view) {
  const { state, look } = view;
  if (message.flags & FLAG.thinking) {
    if (state.expired.has(message.id)) return h("p", { class: "failure" }, NO_ANSWER);
    return h("p", { class: "thinking", role: "status" }, h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")),
      `${state.nameOf(message.author)} is thinking…`);
  }
  const text = message.content && h("div", { class: ["prose", onlyEmoji(message.content) && "large"] },
    markdown(message.content, look),
    message.edited_timestamp && !message.author.bot && h("span", { class: "edited" }, "edited"));
  return [text, attachments(message.attachments ?? []), embeds(message.embeds ?? [], look),
    h("div", { class: "parts" }, components(message.components, view)), reactions(message, view)];
}

const onlyEmoji = (text) => text.length < 40 && /^(?:\p{Extended_Pictographic}|\u200d|\ufe0f|\s)+$/u.test(text);

function reactions(message, view) {
  if (!message.reactions?.length) return null;
  return h("div", { class: "reactions" }, message.reactions.map((reaction) => h("button", {
    type: "button", class: ["reaction", reaction.me && "mine"], "aria-pressed": String(reaction.me),
    "aria-label": `${reaction.emoji.name}, ${reaction.count}`, data: { customId: `reaction ${reaction.emoji.name}` },
    on: { click: () => view.actions.react(message, reaction.emoji.name, !reaction.me) },
  }, h("span", {}, reaction.emoji.name), h("span", {}, String(reaction.count)))));
}

function ephemeralLine(message, view) {
  return h("p", { class: "only-you" }, icon("eye", 14), h("span", {}, "Only you can see this ·"),
    h("button", { type: "button", class: "text-button", on: { click: () => view.actions.remove(message) } }, "dismiss"));
}

function tools(message, view) {
  const open = (anchor) => view.actions.messageMenu(message, anchor);
  const bar = h("div", { class: "tools" },
    iconButton("more", "More for this message", (event) => open(event.currentTarget), { "aria-haspopup": "menu" }));
  return bar;
}

function threadNote(message, view) {
  const threadId = message.message_reference?.channel_id;
  return h("li", { class: "message note", tabindex: "-1", data: { id: message.id } },
    h("div", { class: "gutter" }, icon("thread", 16)),
    h("p", { class: "body" }, h("strong", {}, view.state.nameOf(message.author)), " started a thread: ",
      h("a", { href: channelAddress(threadId) }, message.content)));
}

/** A command on its way, before its bot has answered, or after it failed to. */
export function outgoingNode(entry, view) {
  const waiting = h("p", { class: "thinking", role: "status" },
    h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")), "Asking the bot…");
  const failed = [h("p", { class: "failure", role: "alert" }, entry.error),
    h("p", { class: "only-you" }, icon("eye", 14), h("span", {}, "Only you can see this ·"),
      h("button", { type: "button", class: "text-button", on: { click: () => view.actions.forget(entry) } }, "dismiss"))];
  return h("li", { class: ["message outgoing", entry.error && "ephemeral"], tabindex: "-1" },
    h("div", { class: "gutter" }, face(view.state, view.state.me)),
    h("div", { class: "body" },
      h("div", { class: "used" }, h("strong", {}, view.state.nameOf(view.state.me)), h("span", {}, " used "),
        h("span", { class: "used-command" }, entry.label)),
      entry.error ? failed : waiting));
}
