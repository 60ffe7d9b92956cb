// Forms that a bot opens (modals), and the page's own.
import * as api from "./api.js";
import { selectButton } from "./components.js";
import { fill, h, icon, iconButton, uniqueId } from "./dom.js";
import { markdown } from "./markdown.js";
import { fileSize } from "./media.js";
import { lookups } from "./names.js";

/** Show a form: {title, components, state, submit(values)}. `submit` may refuse by throwing; then the
 * form stays with the sentence. Values: custom_id to text, or to a list for selects and files. */
export function openForm({ title, components, state, submit }) {
  const fields = components.flatMap((part) => (part.type === 1 ? part.components : [part])).map((part) => makeField(part, state));
  const problem = h("p", { class: "form-problem", role: "alert" });
  const send = h("button", { type: "submit", class: "button primary" }, "Submit");
  const heading = h("h2", { id: uniqueId("title") }, title);
  const form = h("form", { novalidate: true }, h("div", { class: "form-head" }, heading,
    iconButton("close", "Close", () => dialog.close())),
  h("div", { class: "form-body" }, fields.map((field) => field.node)), problem,
  h("div", { class: "form-foot" }, h("button", { type: "button", class: "button secondary", on: { click: () => dialog.close() } }, "Cancel"), send));
  const dialog = h("dialog", { class: "form", "aria-labelledby": heading.id }, form);

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const wrong = fields.filter((field) => !field.check());
    if (wrong.length) {
      wrong[0].focus();
      return;
    }
    send.disabled = true;
    send.classList.add("busy");
    problem.textContent = "";
    try {
      const asked = fields.filter((field) => field.id);
      await submit(Object.fromEntries(asked.map((field) => [field.id, field.value()])));
      dialog.close();
    } catch (error) {
      if (!(error instanceof api.Refusal)) throw error;
      problem.textContent = error.message;
    } finally {
      send.disabled = false;
      send.classList.remove("busy");
    }
  });
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  const opener = document.activeElement;
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (opener?.isConnected) opener.focus();
  });
  document.body.append(dialog);
  dialog.showModal();
  fields.find((field) => field.id)?.focus();
}

/** A field: {node, id?, value(), check(), focus()}; texts have no id. */
function makeField(part, state) {
  if (part.type === 10) {
    return { node: h("div", { class: "prose" }, markdown(part.content, lookups(state))), check: () => true };
  }
  const inner = part.type === 18 ? part.component : part;
  const make = { 4: textField, 19: fileField }[inner.type] ?? selectField;
  return framed(part, inner, make(inner, state));
}

/** Label, description and problem around a control: {control, read(), complain() -> sentence or null}. */
function framed(part, inner, made) {
  const required = inner.required ?? true;
  const id = uniqueId("field");
  const problem = h("p", { class: "field-problem", id: `${id}-problem` });
  made.control.id = id;
  made.control.setAttribute("aria-describedby", problem.id);
  const label = h("label", { for: id }, part.label ?? inner.label ?? inner.placeholder ?? "Answer",
    required ? h("span", { class: "required", title: "required" }, " *") : h("span", { class: "optional" }, " optional"));
  const node = h("div", { class: "form-field" }, label, part.description && h("p", { class: "field-about" }, part.description),
    made.outer ?? made.control, h("div", { class: "field-line" }, problem, made.note));
  return {
    node,
    id: inner.custom_id,
    value: made.read,
    focus: () => made.control.focus(),
    check: () => {
      const sentence = made.complain(required);
      problem.textContent = sentence ?? "";
      made.control.setAttribute("aria-invalid", String(Boolean(sentence)));
      return !sentence;
    },
  };
}

function textField(part) {
  const long = part.style === 2;
  const control = h(long ? "textarea" : "input", { class: "text-field", ...(long ? { rows: 4 } : { type: "text" }),
    placeholder: part.placeholder, autocomplete: "off", value: part.value ?? "" });
  const max = part.max_length ?? 4000;
  const note = h("span", { class: "count", hidden: !part.max_length });
  const count = () => {
    note.textContent = `${control.value.length} / ${max}`;
    note.classList.toggle("over", control.value.length > max);
  };
  control.addEventListener("input", count);
  count();
  return {
    control,
    note,
    read: () => control.value,
    complain: (required) => {
      const { length } = control.value;
      if (required && !control.value.trim()) return "This field is required.";
      if (length > max) return `At most ${max} characters; these are ${length}.`;
      if (part.min_length && length && length < part.min_length) return `At least ${part.min_length} characters; these are ${length}.`;
      return null;
    },
  };
}

function selectField(part, state) {
  let chosen = part.type === 3
    ? part.options.filter((option) => option.default).map((option) => option.value)
    : (part.default_values ?? []).map((value) => value.id);
  const control = selectButton(part, state, { onDone: (values) => { chosen = values; } });
  return {
    control,
    read: () => chosen,
    complain: (required) => (required && chosen.length < Math.max(1, part.min_values ?? 1) ? "Choose something here." : null),
  };
}

function fileField(part, state) {
  const max = part.max_values ?? 1;
  const control = h("input", { type: "file", class: "file-field", multiple: max > 1 });
  const shown = h("ul", { class: "file-list" });
  let uploads = [];
  control.addEventListener("change", async () => {
    const files = [...control.files].slice(0, max);
    fill(shown, files.map((file) => h("li", {}, icon("file", 16), `${file.name} · ${fileSize(file.size)}`)));
    uploads = null;
    try {
      uploads = (await Promise.all(files.map((file) => api.upload(state.me.id, file)))).map((file) => file.id);
    } catch (error) {
      if (!(error instanceof api.Refusal)) throw error;
      uploads = [];
      fill(shown, h("li", { class: "field-problem" }, error.message));
    }
  });
  return {
    control,
    outer: h("div", {}, control, shown),
    read: () => uploads ?? [],
    complain: (required) => {
      if (uploads === null) return "The file is still on its way.";
      return required && uploads.length < Math.max(1, part.min_values ?? 1) ? "Choose a file." : null;
    },
  };
}
