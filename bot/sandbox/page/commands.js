// Slash commands as the composer needs them: one entry for each thing that can be run.

/** Option types of Discord's application commands. */
export const OPTION = { sub: 1, group: 2, string: 3, integer: 4, boolean: 5, user: 6, channel: 7, role: 8, mentionable: 9, number: 10, attachment: 11 };

/** Commands as a person of `locale` reads them: every node gets a `label` beside its name. */
export function localise(commands, locale) {
  const translate = (node) => ({
    ...node,
    label: node.name_localizations?.[locale] ?? node.name,
    description: node.description_localizations?.[locale] ?? node.description,
    options: node.options?.map(translate),
    choices: node.choices?.map((choice) => ({ ...choice, name: choice.name_localizations?.[locale] ?? choice.name })),
  });
  return commands.map(translate);
}

/** Entries {command, path, name, label, description, options} of the slash commands, sub commands unfolded. */
export function entriesOf(commands) {
  return commands.filter((command) => (command.type ?? 1) === 1).flatMap((command) => unfold(command, command, []))
    .sort((a, b) => a.name.localeCompare(b.name));
}

function unfold(command, node, path) {
  const options = node.options ?? [];
  const inner = options.filter((option) => option.type === OPTION.sub || option.type === OPTION.group);
  if (inner.length) return inner.flatMap((option) => unfold(command, option, [...path, option]));
  const nodes = [command, ...path];
  const joined = (key) => nodes.map((part) => part[key]).join(" ");
  return [{ command, path, name: joined("name"), label: joined("label"), description: node.description, options }];
}

/** The options as the server takes them: values inside their sub command and group. */
export function nest(entry, values) {
  return entry.path.toReversed().reduce((inner, part) => [{ name: part.name, type: part.type, options: inner }], values);
}

/** The longest entry whose name begins the text typed after "/", with the text that follows; or null. */
export function entryIn(entries, typed) {
  const found = entries.flatMap((entry) => [[entry, entry.name], [entry, entry.label]])
    .filter(([, name]) => typed === name || typed.startsWith(`${name} `)).sort((a, b) => b[1].length - a[1].length)[0];
  return found ? { entry: found[0], rest: typed.slice(found[1].length).trim() } : null;
}

/** Values in a pasted command line: "prompt: a cat size: 832x1216"; words before the first named
 * option belong to the first option that takes words. */
export function valuesIn(entry, rest) {
  const names = entry.options.map((option) => option.name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const values = new Map();
  const marks = names.length ? [...rest.matchAll(new RegExp(`(?:^|\\s)(${names.join("|")}):(?!//)`, "g"))] : [];
  const lead = rest.slice(0, marks[0]?.index ?? rest.length).trim();
  for (const [index, mark] of marks.entries()) {
    const end = marks[index + 1]?.index ?? rest.length;
    values.set(mark[1], rest.slice(mark.index + mark[0].length, end).trim());
  }
  const first = entry.options.find((option) => option.type !== OPTION.attachment && !values.has(option.name));
  if (lead && first) values.set(first.name, lead);
  return values;
}

/** Read one option's words: {value} or {problem}, a sentence that says what would do. */
export function readValue(option, words, items) {
  const { type } = option;
  if (items) return readChoice(words, items);
  if (type === OPTION.integer || type === OPTION.number) return readNumber(option, words);
  if (option.min_length && words.length < option.min_length) return { problem: `Write at least ${option.min_length} characters.` };
  const most = Math.min(option.max_length ?? 6000, 6000);
  if (words.length > most) return { problem: `Write at most ${most} characters; these are ${words.length}.` };
  return { value: words };
}

function readChoice(words, items) {
  const said = words.trim().toLowerCase();
  const item = items.find((known) => String(known.label).toLowerCase() === said || String(known.value) === words.trim());
  return item ? { value: item.value } : { problem: "Choose one of the list." };
}

function readNumber(option, words) {
  const whole = option.type === OPTION.integer;
  const form = whole ? /^[+-]?\d+$/ : /^[+-]?(\d+\.?\d*|\.\d+)$/;
  const value = Number(words);
  if (!form.test(words.trim()) || (whole && !Number.isSafeInteger(value))) return { problem: whole ? "Write a whole number." : "Write a number." };
  if (option.min_value !== undefined && value < option.min_value) return { problem: `The least is ${option.min_value}.` };
  if (option.max_value !== undefined && value > option.max_value) return { problem: `The most is ${option.max_value}.` };
  return { value };
}

/** "required · 1 to 4": what an option takes, in a few words. */
export function limitsOf(option) {
  const words = [option.required ? "required" : "optional"];
  const numeric = option.type === OPTION.integer || option.type === OPTION.number;
  const { min_value: least, max_value: most } = option;
  if (numeric) words.push(option.type === OPTION.integer ? "whole number" : "number");
  if (least !== undefined && most !== undefined) words.push(`${least} to ${most}`);
  else if (least !== undefined) words.push(`from ${least}`);
  else if (most !== undefined) words.push(`up to ${most}`);
  if (option.max_length) words.push(`up to ${option.max_length} characters`);
  if (option.type === OPTION.attachment) words.push("a file");
  return words.join(" · ");
}
