// A forum channel: its posts as cards, newest talk first.
import { fill, h } from "./dom.js";
import { channelAddress, face } from "./names.js";
import { TYPE, byId } from "./state.js";
import { relative } from "./time.js";

/** Discord's epoch in milliseconds: ids carry the time since then above their 22nd bit. */
const EPOCH = 1420070400000;

export class Forum {
  constructor(node, state, actions) {
    this.node = node;
    this.state = state;
    this.actions = actions;
    state.on("channel places world", () => this.draw());
  }

  draw() {
    const { state } = this;
    const channel = state.channel;
    this.node.hidden = channel?.type !== TYPE.forum;
    if (this.node.hidden) return;
    const posts = state.guild.threads.filter((thread) => thread.parent_id === channel.id)
      .sort((a, b) => byId({ id: b.last_message_id ?? b.id }, { id: a.last_message_id ?? a.id }));
    fill(this.node, h("div", { class: "forum-head" }, h("p", {}, posts.length === 1 ? "1 post" : `${posts.length} posts`),
      channel.can_send !== false && h("button", { type: "button", class: "button primary", on: { click: () => this.actions.newThread(channel) } },
        "New post")),
    posts.length ? h("ul", { class: "posts" }, posts.map((post) => this.card(post, channel)))
      : h("p", { class: "nothing" }, "No posts yet."));
  }

  card(post, forum) {
    const { state } = this;
    const owner = state.findUser(post.owner_id);
    const tags = (post.applied_tags ?? []).map((id) => forum.available_tags?.find((tag) => tag.id === id)?.name).filter(Boolean);
    const seconds = (Number(BigInt(post.last_message_id ?? post.id) >> 22n) + EPOCH) / 1000;
    const count = post.message_count ?? 0;
    return h("li", {}, h("a", { class: "post", href: channelAddress(post.id) },
      h("span", { class: "post-name" }, post.name),
      tags.length > 0 && h("span", { class: "tags" }, tags.map((tag) => h("span", { class: "tag" }, tag))),
      h("span", { class: "post-facts" }, owner && face(state, owner, "tiny"), owner && h("span", {}, state.nameOf(owner)),
        h("span", {}, count === 1 ? "1 message" : `${count} messages`), h("span", {}, relative(seconds)))));
  }
}
