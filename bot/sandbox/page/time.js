// Discord's time marks (<t:seconds:style>) and the times beside messages.
import { h } from "./dom.js";

const STYLES = {
  t: { timeStyle: "short" },
  T: { timeStyle: "medium" },
  d: { dateStyle: "short" },
  D: { dateStyle: "long" },
  f: { dateStyle: "long", timeStyle: "short" },
  F: { dateStyle: "full", timeStyle: "short" },
};

const UNITS = [
  ["year", 31557600],
  ["month", 2629800],
  ["week", 604800],
  ["day", 86400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
];

const relativeFormat = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });

/** "in 5 minutes", "3 hours ago": `seconds` from the epoch, seen from `now` (milliseconds). */
export function relative(seconds, now = Date.now()) {
  const distance = seconds - now / 1000;
  const [unit, size] = UNITS.find(([, length]) => Math.abs(distance) >= length) ?? UNITS.at(-1);
  return relativeFormat.format(Math.round(distance / size), unit);
}

/** A <time> element in one of Discord's styles (t T d D f F R). */
export function timestamp(seconds, style = "f") {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return document.createTextNode(`<t:${seconds}>`);
  const full = date.toLocaleString(undefined, STYLES.F);
  const text = style === "R" ? relative(seconds) : date.toLocaleString(undefined, STYLES[style] ?? STYLES.f);
  const data = style === "R" ? { relative: String(seconds) } : {};
  return h("time", { class: "mark", datetime: date.toISOString(), title: full, data }, text);
}

/** The time beside a message: the hour today, the date with it before. */
export function messageTime(iso) {
  const date = new Date(iso);
  const today = new Date().toDateString() === date.toDateString();
  const text = today
    ? date.toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" })
    : date.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
  return h("time", { datetime: iso, title: date.toLocaleString(undefined, STYLES.F) }, text);
}

/** Keep every relative time on the page true while it is open. */
export function startClock(root) {
  setInterval(() => {
    for (const node of root.querySelectorAll("time[data-relative]")) {
      const text = relative(Number(node.dataset.relative));
      if (node.textContent !== text) node.textContent = text;
    }
  }, 1000);
}
