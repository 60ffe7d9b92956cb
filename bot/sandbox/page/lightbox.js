// A picture shown large, over everything; Esc closes, arrows go to the next one.
import { fill, h, icon, iconButton } from "./dom.js";

/** Show `items` ({url, name?, alt?, width?, height?}) large, beginning with number `start`. */
export function lightbox(items, start) {
  let at = start;
  const frame = h("div", { class: "lightbox-frame" });
  const caption = h("p", { class: "lightbox-caption" });
  const tools = h("div", { class: "lightbox-tools" });
  const many = items.length > 1;
  const dialog = h("dialog", { class: "lightbox", "aria-label": "Picture" }, tools, frame, caption,
    many && iconButton("left", "Previous picture", () => show(at - 1), { class: "icon-button lightbox-side left" }),
    many && iconButton("right", "Next picture", () => show(at + 1), { class: "icon-button lightbox-side right" }));

  function show(index) {
    at = (index + items.length) % items.length;
    const item = items[at];
    const image = h("img", { src: item.url, alt: item.alt || item.name || "Picture" });
    image.addEventListener("load", () => enlarge(image));
    fill(frame, image);
    const size = h("span", { class: "lightbox-size" });
    image.addEventListener("load", () => { size.textContent = `${image.naturalWidth} × ${image.naturalHeight}`; });
    fill(caption, item.alt && h("span", {}, item.alt), size, many && h("span", {}, `${at + 1} of ${items.length}`));
    fill(tools,
      h("a", { class: "icon-button", href: item.url, target: "_blank", rel: "noopener", "aria-label": "Open the original", title: "Open the original" },
        icon("out")),
      h("a", { class: "icon-button", href: item.url, download: item.name ?? "picture", "aria-label": "Download", title: "Download" },
        icon("download")),
      iconButton("close", "Close", () => dialog.close()));
  }

  dialog.addEventListener("keydown", (event) => {
    if (many && event.key === "ArrowLeft") show(at - 1);
    else if (many && event.key === "ArrowRight") show(at + 1);
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog || event.target === frame) dialog.close();
  });
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  show(start);
  dialog.showModal();
  dialog.querySelector(".lightbox-tools button").focus();
}

/** Small pictures grow, smoothly, up to four times; none grows past the window. */
function enlarge(image) {
  const room = { width: innerWidth * 0.94, height: innerHeight * 0.82 };
  const fit = Math.min(room.width / image.naturalWidth, room.height / image.naturalHeight, 4);
  image.style.width = `${Math.round(image.naturalWidth * fit)}px`;
}
