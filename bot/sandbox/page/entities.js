// People, roles and places of the open channel's server, as options of a list.
import { h } from "./dom.js";
import { channelIcon, face } from "./names.js";
import { TYPE, hex, isThread } from "./state.js";

/** Which of the three a select (5-8) or a command option (6-9) asks for. */
const KINDS = { user: ["user"], role: ["role"], mentionable: ["user", "role"], channel: ["channel"] };
const OF_SELECT = { 5: "user", 6: "role", 7: "mentionable", 8: "channel" };
export const OF_OPTION = { 6: "user", 7: "channel", 8: "role", 9: "mentionable" };

/** Items for a select component of type 5 to 8. */
export function entityItems(selectType, state, { channelTypes, chosen = [] }) {
  return listEntities(OF_SELECT[selectType], state, channelTypes)
    .map((item) => ({ ...item, selected: chosen.includes(item.value) }));
}

/** Items for `kind`: user, role, mentionable or channel. */
export function listEntities(kind, state, channelTypes) {
  const make = { user: people, role: roles, channel: (world) => channels(world, channelTypes) };
  return KINDS[kind].flatMap((part) => make[part](state));
}

function people(state) {
  const guild = state.guild;
  const here = guild ? state.world.users.filter((user) => state.member(user.id, guild)) : [state.me, state.findUser(state.world.bot.id)];
  return here.filter(Boolean).map((user) => ({
    label: state.nameOf(user), hint: user.username, value: user.id, lead: face(state, user, "tiny"),
  }));
}

function roles(state) {
  return (state.guild?.roles ?? []).toSorted((a, b) => b.position - a.position).map((role) => ({
    label: role.id === state.guild.id ? "@everyone" : `@${role.name}`, value: role.id,
    lead: h("span", { class: "role-dot", style: role.color ? { "--dot": hex(role.color) } : {} }),
  }));
}

function channels(state, types) {
  const guild = state.guild;
  if (!guild) return [];
  return [...guild.channels, ...guild.threads]
    .filter((channel) => (types?.length ? types.includes(channel.type) : channel.type !== TYPE.category))
    .map((channel) => ({
      label: channel.name, value: channel.id, lead: channelIcon(channel),
      hint: isThread(channel) ? `in ${state.findChannel(channel.parent_id)?.name ?? "a channel"}` : null,
    }));
}
