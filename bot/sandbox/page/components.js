// What can be pressed and chosen under a message, and the parts of messages made of components.
import { h, icon } from "./dom.js";
import { fileName } from "./embeds.js";
import { entityItems } from "./entities.js";
import { link, markdown } from "./markdown.js";
import { fileCard, foreignPicture, gallery, isOwn, picture } from "./media.js";
import { lightbox } from "./lightbox.js";
import { internalTarget } from "./names.js";
import { chooser } from "./popup.js";
import { hex } from "./state.js";

const STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger", 5: "link", 6: "secondary" };

/** `view`: {state, look, message, press(customId, values?), pending (a custom_id or null)}. */
export function components(list, view) {
  return (list ?? []).map((component) => draw(component, view));
}

const DRAW = {
  1: (part, view) => h("div", { class: "row" }, components(part.components, view)),
  2: button,
  3: select, 5: select, 6: select, 7: select, 8: select,
  9: (part, view) => h("div", { class: "section" }, h("div", { class: "section-words" }, components(part.components, view)),
    draw(part.accessory, view)),
  10: (part, view) => h("div", { class: "prose" }, markdown(part.content, view.look)),
  11: (part, view) => mediaItems([part], view, (items) => picture(items[0], () => lightbox(items, 0), "thumbnail")),
  12: (part, view) => mediaItems(part.items, view, gallery),
  13: (part) => fileCard({ ...part.file, filename: part.name ?? fileName(part.file.url), size: part.size }),
  14: (part) => h("hr", { class: ["separator", part.spacing === 2 && "wide", part.divider === false && "plain"] }),
  17: container,
};

function draw(part, view) {
  const make = DRAW[part?.type];
  return make ? make(part, view) : null;
}

function container(part, view) {
  const node = h("div", { class: "embed container" }, components(part.components, view));
  if (part.accent_color !== undefined && part.accent_color !== null) node.style.setProperty("--bar", hex(part.accent_color));
  return node;
}

function mediaItems(parts, view, make) {
  const items = parts.map((part) => ({
    ...part.media, url: part.media.url, alt: part.description, name: fileName(part.media.url), covered: part.spoiler,
  }));
  const own = items.filter((item) => isOwn(item.url));
  const foreign = items.filter((item) => !isOwn(item.url));
  return [own.length > 0 && make(own),
    ...foreign.map((item) => foreignPicture(item.url, (address, text) => link(address, text, view.look)))];
}

export function emojiText(emoji) {
  if (!emoji?.name) return null;
  return h("span", { class: "emoji", "aria-hidden": "true" }, emoji.id ? `:${emoji.name}:` : emoji.name);
}

function button(part, view) {
  const face = [emojiText(part.emoji), part.label && h("span", {}, part.label)];
  const className = ["button", STYLES[part.style] ?? "secondary"];
  const label = part.label ? null : part.emoji?.name;
  if (part.style === 5) {
    const inside = internalTarget(view.state, part.url);
    const safe = /^(https?|discord):/.test(part.url) ? part.url : null;
    const away = inside ? {} : { target: "_blank", rel: "noopener noreferrer nofollow" };
    return h("a", { class: className, href: inside ?? safe, ...away, "aria-label": label }, face, !inside && icon("out", 14));
  }
  const busy = view.pending === part.custom_id;
  return h("button", { type: "button", class: [...className, busy && "busy"], "aria-label": label, "aria-busy": busy || null,
    disabled: Boolean(part.disabled || (view.pending && !busy)), data: { customId: part.custom_id },
    on: { click: () => !view.pending && view.press(part.custom_id) } }, face);
}

/** The options of a select in the shape that lists take. */
export function selectItems(part, state) {
  if (part.type !== 3) return entityItems(part.type, state, { channelTypes: part.channel_types, chosen: defaults(part) });
  return part.options.map((option) => ({
    label: option.label, hint: option.description, value: option.value, selected: option.default, lead: emojiText(option.emoji),
  }));
}

const defaults = (part) => (part.default_values ?? []).map((value) => value.id);

function select(part, view) {
  return selectButton(part, view.state, {
    disabled: Boolean(part.disabled || view.pending), busy: view.pending === part.custom_id,
    onDone: (values) => view.press(part.custom_id, values),
  });
}

/** A button that opens the options of a select; `onDone(values)` when they were chosen. */
export function selectButton(part, state, { disabled = false, busy = false, onDone, describedBy = null }) {
  const items = selectItems(part, state);
  const min = part.min_values ?? 1;
  const max = part.max_values ?? 1;
  const placeholder = part.placeholder || "Choose…";
  let chosen = items.filter((item) => item.selected).map((item) => item.value);
  const words = h("span", { class: "select-words" });
  const node = h("button", { type: "button", class: ["select", busy && "busy"], "aria-haspopup": "listbox", disabled,
    "aria-describedby": describedBy, data: { customId: part.custom_id } }, words, icon("chevron", 16));

  function show() {
    const labels = items.filter((item) => chosen.includes(item.value)).map((item) => item.label);
    words.textContent = labels.join(", ") || placeholder;
    words.classList.toggle("empty", labels.length === 0);
    node.setAttribute("aria-label", labels.length ? `${placeholder}: ${labels.join(", ")}` : placeholder);
  }

  node.addEventListener("click", () => chooser({
    anchor: node,
    label: placeholder,
    items: items.map((item) => ({ ...item, selected: chosen.includes(item.value) })),
    multiple: max > 1 || min === 0 ? { min, max } : null,
    onDone: (values) => {
      const same = values.length === chosen.length && values.every((value) => chosen.includes(value));
      if (values.length < min || (same && (max > 1 || min === 0))) return;
      chosen = values;
      show();
      onDone(values);
    },
  }));
  show();
  return node;
}
