// Names, faces and places as links, for messages, lists and markdown.
import { h, icon } from "./dom.js";
import { TYPE, isThread } from "./state.js";

/** Hues that sit well together; a person keeps theirs. */
const HUES = [14, 36, 78, 132, 168, 200, 232, 268, 318, 346];

/** A person's face: the first letter on a colour of their own. */
export function face(state, user, size = "") {
  const name = state.nameOf(user);
  const hue = HUES[Number(BigInt(user.id) % 9973n) % HUES.length];
  const letter = [...name.trim()].find((sign) => /[\p{L}\p{N}]/u.test(sign)) ?? "·";
  return h("span", { class: ["face", size, user.bot && "bot"], style: { "--hue": hue }, "aria-hidden": "true" },
    letter.toUpperCase());
}

export function channelIcon(channel, size = 16) {
  if (channel.type === TYPE.dm) return icon("at", size);
  if (channel.type === TYPE.forum) return icon("forum", size);
  return icon(isThread(channel) ? "thread" : "hash", size);
}

export const channelAddress = (id, message) => `#/${id}${message ? `/${message}` : ""}`;

/** A message address of Discord's own form, when it points at a place that this page has. */
export function internalTarget(state, address) {
  const found = /^https?:\/\/(?:\w+\.)?discord(?:app)?\.com\/channels\/(?:@me|\d+)\/(\d+)(?:\/(\d+))?\/?$/.exec(address);
  return found && state.findChannel(found[1]) ? channelAddress(found[1], found[2]) : null;
}

/** What markdown needs to know of the world. */
export function lookups(state) {
  return {
    user: (id) => {
      const user = state.findUser(id);
      return user && state.nameOf(user);
    },
    role: (id) => state.findRole(id)?.name.replace(/^@/, ""),
    channelLink: (id) => {
      const channel = state.findChannel(id);
      if (!channel) return h("span", { class: "mention" }, "# unknown place");
      return h("a", { class: "mention", href: channelAddress(id) }, channelIcon(channel, 13), state.channelName(channel));
    },
    commandLink: (name) => h("button", { type: "button", class: "mention",
      on: { click: () => state.tell("use-command", { name }) } }, `/${name}`),
    internal: (address) => internalTarget(state, address),
  };
}
