// Everything this page asks of its own server, and the stream of events it hears from it.

/** A refusal by the server, with a sentence for the person. */
export class Refusal extends Error {
  constructor(message, code = 0) {
    super(message);
    this.code = code;
  }
}

async function ask(method, path, body) {
  const options = { method, credentials: "same-origin" };
  if (body instanceof FormData) options.body = body;
  else if (body !== undefined) {
    options.body = JSON.stringify(body);
    options.headers = { "Content-Type": "application/json" };
  }
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new Refusal("The server of this page cannot be reached. Is it still running?");
  }
  if (response.status === 204) return null;
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refusal(answer.message ?? `The server answered ${response.status}.`, answer.code);
  return answer;
}

const query = (values) => new URLSearchParams(values).toString();

export const getState = (user) => ask("GET", `/page/state${user ? `?${query({ user })}` : ""}`);
export const getCommands = (user, channel) => ask("GET", `/page/commands?${query({ user, channel })}`);
export const getMessages = (user, channel, before) =>
  ask("GET", `/page/messages?${query({ user, channel, limit: 50, ...(before ? { before } : {}) })}`);
export const interact = (body) => ask("POST", "/page/interactions", body);
export const postMessage = (body) => ask("POST", "/page/messages", body);
export const editMessage = (channel, message, body) => ask("PATCH", `/page/messages/${channel}/${message}`, body);
export const deleteMessage = (user, channel, message) =>
  ask("DELETE", `/page/messages/${channel}/${message}?${query({ user })}`);
export const react = (body) => ask("POST", "/page/reactions", body);
export const openDm = (user) => ask("POST", "/page/dms", { user });
export const createThread = (body) => ask("POST", "/page/threads", body);
export const sendTyping = (user, channel) => ask("POST", "/page/typing", { user, channel });

export function upload(user, file) {
  const form = new FormData();
  form.append("file", file, file.name);
  return ask("POST", `/page/upload?${query({ user })}`, form);
}

/** Listen to what `user` may see; reconnects by itself. `onEvent(name, data)` for each event,
 * `onLine(isConnected, isAgain)` when the connection comes and goes. Returns a function that ends it. */
export function listen(user, onEvent, onLine) {
  let socket;
  let timer;
  let tries = 0;
  let ended = false;
  let before = false;

  function connect() {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    socket = new WebSocket(`${scheme}://${location.host}/page/events?${query({ user })}`);
    socket.addEventListener("message", (frame) => {
      if (ended) return;
      const { event, data } = JSON.parse(frame.data);
      if (event === "HELLO") {
        tries = 0;
        onLine(true, before);
        before = true;
      } else onEvent(event, data);
    });
    socket.addEventListener("close", () => {
      if (ended) return;
      onLine(false, before);
      timer = setTimeout(connect, Math.min(8000, 400 * 2 ** tries));
      tries += 1;
    });
  }

  connect();
  return () => {
    ended = true;
    clearTimeout(timer);
    socket.close();
  };
}
