// Discord's markdown, the part that bots use, from text to DOM nodes (never through HTML).
import { h } from "./dom.js";
import { timestamp } from "./time.js";

/** Inline marks in the order in which they are tried at one place in the text. */
const INLINE = [
  [/^\\([^\sA-Za-z0-9])/, (m) => m[1]],
  [/^(`+)([^]*?[^`])\1(?!`)/, (m) => h("code", {}, m[2].trim() || m[2])],
  [/^\|\|([^]+?)\|\|/, (m, look) => spoiler(inline(m[1], look))],
  [/^\*\*\*([^]+?)\*\*\*(?!\*)/, (m, look) => h("strong", {}, h("em", {}, inline(m[1], look)))],
  [/^\*\*([^]+?)\*\*(?!\*)/, (m, look) => h("strong", {}, inline(m[1], look))],
  [/^__([^]+?)__(?!_)/, (m, look) => h("u", {}, inline(m[1], look))],
  [/^~~([^]+?)~~/, (m, look) => h("s", {}, inline(m[1], look))],
  [/^\*(?!\s)([^*]*?[^\s*])\*(?!\*)/, (m, look) => h("em", {}, inline(m[1], look))],
  [/^_((?:__|[^_])+?)_(?![A-Za-z0-9_])/, (m, look) => h("em", {}, inline(m[1], look))],
  [/^<t:(-?\d{1,13})(?::([tTdDfFR]))?>/, (m) => timestamp(Number(m[1]), m[2])],
  [/^<@!?(\d{5,20})>/, (m, look) => mention("@", look.user(m[1]) ?? "unknown person")],
  [/^<@&(\d{5,20})>/, (m, look) => mention("@", look.role(m[1]) ?? "unknown role")],
  [/^<#(\d{5,20})>/, (m, look) => look.channelLink(m[1])],
  [/^<\/([^:>\n]{1,100}):(\d{5,20})>/, (m, look) => look.commandLink(m[1])],
  [/^<a?(:\w{2,32}:)\d{5,20}>/, (m) => h("span", { class: "custom-emoji", title: m[1] }, m[1])],
  [/^<(https?:\/\/[^\s<>]+)>/, (m, look) => link(m[1], m[1], look)],
  [/^\[((?:\\.|[^\]\\\n])+)\]\(<?(https?:\/\/[^\s<>()]+(?:\([^\s<>()]*\))?[^\s<>()]*)>?(?:\s+"[^"\n]*")?\)/,
    (m, look) => link(m[2], inline(m[1], look), look)],
  [/^https?:\/\/(?:[^\s<()]|\([^\s<()]*\))*(?:[^\s<().,:;"'\]!?*|_~]|\([^\s<()]*\))/, (m, look) => link(m[0], m[0], look)],
  [/^@(everyone|here)\b/, (m) => mention("@", m[1])],
];

/** Characters that can begin a mark; runs without them are copied whole. */
const PLAIN = /^(?:[^\\`|*_~<[h@\n]|h(?!ttps?:)|\n)+/;

/** Lists nested deeper than this are shown as text: hostile text must not exhaust the stack. */
const DEEPEST = 20;

function mention(mark, name) {
  return h("span", { class: "mention" }, `${mark}${name}`);
}

/** A link: http and https only, opened apart and without a referrer; an address that names a
 * place of this page leads there instead. */
export function link(address, children, look) {
  const inside = look.internal(address);
  if (inside) return h("a", { class: "mention", href: inside }, children);
  let url;
  try {
    url = new URL(address);
  } catch {
    return h("span", {}, children);
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") return h("span", {}, children);
  return h("a", { href: url.href, target: "_blank", rel: "noopener noreferrer nofollow" }, children);
}

/** Text that stays covered until it is asked for. */
function spoiler(children) {
  const node = h("span", { class: "spoiler", role: "button", tabindex: "0", "aria-label": "Spoiler, press to show" },
    h("span", { class: "spoiler-text", "aria-hidden": "true" }, children));
  const show = (event) => {
    if (node.classList.contains("shown") || (event.type === "keydown" && event.key !== "Enter" && event.key !== " ")) return;
    event.preventDefault();
    event.stopPropagation();
    node.classList.add("shown");
    for (const name of ["role", "tabindex", "aria-label"]) node.removeAttribute(name);
    node.firstElementChild.removeAttribute("aria-hidden");
  };
  node.addEventListener("click", show);
  node.addEventListener("keydown", show);
  return node;
}

/** Inline marks of `text` as a list of nodes and strings. */
export function inline(text, look) {
  const depth = (look.depth ?? 0) + 1;
  if (depth > DEEPEST) return [text];
  const inner = Object.assign(Object.create(look), { depth });
  const out = [];
  let rest = text;
  while (rest) {
    const plain = PLAIN.exec(rest);
    if (plain) {
      out.push(plain[0]);
      rest = rest.slice(plain[0].length);
      continue;
    }
    const [size, node] = firstMark(rest, inner, out);
    out.push(node);
    rest = rest.slice(size);
  }
  return out;
}

function firstMark(rest, look, before) {
  for (const [pattern, build] of INLINE) {
    const found = pattern.exec(rest);
    if (!found) continue;
    // snake_case_words are words, not emphasis
    if (rest[0] === "_" && rest[1] !== "_" && /[A-Za-z0-9]$/.test(lastText(before))) continue;
    return [found[0].length, build(found, look)];
  }
  return [1, rest[0]];
}

function lastText(before) {
  const last = before.at(-1);
  return typeof last === "string" ? last : "";
}

const BULLET = /^\s*[-*] \S/;
const NUMBER = /^\s*\d+\. \S/;

/** Block marks: fences, quotes, headings, small text, lists; everything else is lines. */
export function markdown(text, look) {
  const out = [];
  const fence = /```(?:([\w+-]+)\n)?\n?([^]*?)\n?```/g;
  let from = 0;
  for (const found of text.matchAll(fence)) {
    out.push(...lines(text.slice(from, found.index).replace(/\n$/, ""), look));
    out.push(h("pre", { tabindex: "0" }, h("code", {}, found[2])));
    from = found.index + found[0].length;
  }
  out.push(...lines(text.slice(from).replace(from ? /^\n/ : /^$/, ""), look));
  return out;
}

function lines(text, look) {
  if (!text) return [];
  const out = [];
  const rows = text.split("\n");
  for (let at = 0; at < rows.length; at += 1) {
    const row = rows[at];
    if (row.startsWith(">>> ")) {
      out.push(h("blockquote", {}, lines([row.slice(4), ...rows.slice(at + 1)].join("\n"), look)));
      break;
    }
    if (/^> /.test(row)) {
      const end = runEnd(rows, at, /^> /);
      out.push(h("blockquote", {}, lines(rows.slice(at, end).map((r) => r.slice(2)).join("\n"), look)));
      at = end - 1;
    } else if (BULLET.test(row) || NUMBER.test(row)) {
      const end = runEnd(rows, at, BULLET.test(row) ? BULLET : NUMBER);
      out.push(list(rows.slice(at, end), look));
      at = end - 1;
    } else out.push(line(row, look));
  }
  return out;
}

function runEnd(rows, from, pattern) {
  let end = from;
  while (end < rows.length && pattern.test(rows[end])) end += 1;
  return end;
}

function list(rows, look) {
  const ordered = NUMBER.test(rows[0]);
  const items = rows.map((row) => {
    const [, indent, body] = /^(\s*)(?:[-*]|\d+\.) (.*)$/.exec(row);
    return h("li", { class: indent.length > 1 ? "deeper" : null }, inline(body, look));
  });
  return h(ordered ? "ol" : "ul", {}, items);
}

function line(row, look) {
  const heading = /^(#{1,3}) (\S.*)$/.exec(row);
  if (heading) return h("p", { class: `heading heading-${heading[1].length}` }, inline(heading[2], look));
  const small = /^-# (\S.*)$/.exec(row);
  if (small) return h("p", { class: "small-text" }, inline(small[1], look));
  return h("p", { class: row ? null : "blank" }, inline(row, look));
}
