// Pictures, galleries and files.
import { h, icon } from "./dom.js";
import { lightbox } from "./lightbox.js";

/** Whether an address may be loaded: the page asks nothing of any other place. */
export function isOwn(address) {
  if (!address || address.startsWith("data:text")) return false;
  if (/^(data:image\/|blob:)/.test(address)) return true;
  try {
    return new URL(address, location.href).origin === location.origin;
  } catch {
    return false;
  }
}

const IMAGE = /^image\/(png|jpeg|gif|webp|avif|bmp)/;

export const isPicture = (file) => IMAGE.test(file.content_type ?? "");

export function fileSize(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  const units = ["KB", "MB", "GB"];
  const power = Math.min(Math.floor(Math.log2(bytes) / 10), units.length);
  const value = bytes / 1024 ** power;
  return `${value.toFixed(value < 10 ? 1 : 0)} ${units[power - 1]}`;
}

/** The attachments of a message: its pictures in one gallery, then its other files. */
export function attachments(files) {
  const pictures = files.filter((file) => isPicture(file) && isOwn(file.url));
  const others = files.filter((file) => !pictures.includes(file));
  const items = pictures.map((file) => ({
    url: file.url, width: file.width, height: file.height, name: file.filename, alt: file.description,
    covered: file.filename.startsWith("SPOILER_"),
  }));
  return [items.length > 0 && gallery(items), ...others.map(fileCard)];
}

/** Pictures side by side; each opens large. Items: {url, width?, height?, name?, alt?, covered?}. */
export function gallery(items) {
  const seen = items.slice(0, 10);
  return h("div", { class: ["gallery", `gallery-${Math.min(seen.length, 5)}`] },
    seen.map((item, index) => picture(item, () => lightbox(seen, index))));
}

/** One picture that opens large when pressed. */
export function picture(item, open, className = "") {
  const image = h("img", { src: item.url, alt: item.alt || item.name || "Picture", width: item.width, height: item.height,
    draggable: "false" });
  const label = item.alt || item.name || "picture";
  const button = h("button", { type: "button", class: ["picture", className, item.covered && "covered"],
    "aria-label": item.covered ? "Spoiler picture, press to show" : `Open large: ${label}` }, image);
  if (item.width && item.height) {
    button.style.setProperty("--ratio", `${item.width} / ${item.height}`);
    button.style.setProperty("--natural", `${item.width}px`);
    button.style.setProperty("--tall", `${item.width / item.height}`);
  }
  image.addEventListener("load", () => image.style.removeProperty("background-image"));
  image.addEventListener("error", () => button.classList.add("broken"));
  button.addEventListener("click", () => {
    if (button.classList.contains("covered")) {
      button.classList.remove("covered");
      button.setAttribute("aria-label", `Open large: ${label}`);
    } else if (!button.classList.contains("broken")) open();
  });
  return button;
}

/** A file to keep. */
export function fileCard(file) {
  const name = file.filename ?? file.name ?? "file";
  const facts = [file.size !== undefined && fileSize(file.size), file.content_type].filter(Boolean).join(" · ");
  return h("div", { class: "file-card" }, icon("file", 22),
    h("span", { class: "file-text" }, h("span", { class: "file-name" }, name), facts && h("span", { class: "file-facts" }, facts)),
    isOwn(file.url) && h("a", { class: "icon-button", href: file.url, download: name, "aria-label": `Download ${name}`, title: "Download" },
      icon("download")));
}

/** What stands for a picture of another site: its address, never the picture. */
export function foreignPicture(address, link) {
  return h("p", { class: "foreign" }, icon("out", 14), link(address, address),
    h("span", {}, " (a picture on another site, not loaded)"));
}
