// Embeds: the framed cards that bots answer with.
import { h } from "./dom.js";
import { lightbox } from "./lightbox.js";
import { inline, link, markdown } from "./markdown.js";
import { foreignPicture, gallery, isOwn, picture } from "./media.js";
import { hex } from "./state.js";
import { messageTime } from "./time.js";

/** The embeds of a message as nodes. Those that share an address are one card with a gallery. */
export function embeds(list, look) {
  const cards = [];
  for (const embed of list) {
    const twin = embed.url && cards.find((card) => card.embed.url === embed.url);
    if (twin && embed.image) twin.images.push(embed.image);
    else cards.push({ embed, images: embed.image ? [embed.image] : [] });
  }
  return cards.map((card) => embedCard(card.embed, card.images, look));
}

function embedCard(embed, images, look) {
  const title = embed.title && inline(embed.title, look);
  const own = images.filter((image) => isOwn(image.url));
  const foreign = images.filter((image) => !isOwn(image.url));
  const thumbnail = embed.thumbnail && thumb(embed.thumbnail, look);
  const card = h("article", { class: "embed" },
    h("div", { class: "embed-main" },
      h("div", { class: "embed-words" },
        embed.author && small("embed-author", embed.author, look),
        title && h("h3", { class: "embed-title" }, embed.url ? link(embed.url, title, look) : title),
        embed.description && h("div", { class: "prose" }, markdown(embed.description, look)),
        embed.fields?.length > 0 && h("dl", { class: "embed-fields" }, embed.fields.map((field) => fieldNode(field, look)))),
      thumbnail),
    own.length > 0 && gallery(own.map((image) => ({ ...image, alt: image.description || embed.title, name: fileName(image.url) }))),
    foreign.map((image) => foreignPicture(image.url, (address, text) => link(address, text, look))),
    foot(embed));
  if (embed.color !== undefined && embed.color !== null) card.style.setProperty("--bar", hex(embed.color));
  return card;
}

function fieldNode(field, look) {
  return h("div", { class: ["field", field.inline && "inline"] },
    h("dt", {}, inline(field.name, look)), h("dd", { class: "prose" }, markdown(field.value, look)));
}

function small(className, author, look) {
  const name = author.url ? link(author.url, author.name, look) : author.name;
  return h("p", { class: className }, ownIcon(author.icon_url), h("span", {}, name));
}

function ownIcon(address) {
  return isOwn(address) && h("img", { src: address, alt: "", width: 20, height: 20 });
}

function thumb(image, look) {
  if (!isOwn(image.url)) return foreignPicture(image.url, (address, text) => link(address, text, look));
  const item = { ...image, alt: image.description, name: fileName(image.url) };
  return picture(item, () => lightbox([item], 0), "thumbnail");
}

function foot(embed) {
  if (!embed.footer && !embed.timestamp) return null;
  const dot = embed.footer && embed.timestamp && h("span", { "aria-hidden": "true" }, "·");
  return h("p", { class: "embed-foot" }, embed.footer && ownIcon(embed.footer.icon_url),
    embed.footer && h("span", {}, embed.footer.text), dot, embed.timestamp && messageTime(embed.timestamp));
}

/** The file's name in an address, for saving it. */
export function fileName(address) {
  return decodeURIComponent(new URL(address, location.href).pathname.split("/").at(-1)) || "picture";
}
