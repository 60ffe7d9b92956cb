// Who is writing just now in the open channel.
const LASTS = 10000;

export class Typing {
  constructor(node, state) {
    this.node = node;
    this.state = state;
    this.writing = new Map();
    state.on("channel", () => this.draw());
  }

  start(channelId, userId) {
    if (userId === this.state.me.id) return;
    const key = `${channelId} ${userId}`;
    clearTimeout(this.writing.get(key));
    this.writing.set(key, setTimeout(() => this.stop(channelId, userId), LASTS));
    this.draw();
  }

  stop(channelId, userId) {
    const key = `${channelId} ${userId}`;
    clearTimeout(this.writing.get(key));
    if (this.writing.delete(key)) this.draw();
  }

  draw() {
    const here = [...this.writing.keys()].map((key) => key.split(" ")).filter(([channel]) => channel === this.state.channelId)
      .map(([, id]) => this.state.findUser(id)).filter(Boolean).map((user) => this.state.nameOf(user));
    const many = here.length > 1 ? "are writing…" : "is writing…";
    this.node.textContent = here.length ? `${new Intl.ListFormat("en").format(here)} ${many}` : "";
  }
}
