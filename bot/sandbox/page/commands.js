// Slash commands as the composer needs them: one entry for each thing that can be run.

/** Option types of Discord's application commands. */
export const OPTION = { sub: 1, group: 2, string: 3, integer: 4, boolean: 5, user: 6, channel: 7, role: 8, mentionable: 9, number: 10, attachment: 11 };

/** Entries {command, path, name, description, options} of the slash commands, sub commands unfolded. */
export function entriesOf(commands) {
  return commands.filter((command) => (command.type ?? 1) === 1).flatMap((command) => unfold(command, command, []))
    .sort((a, b) => a.name.localeCompare(b.name));
}

function unfold(command, node, path) {
  const options = node.options ?? [];
  const inner = options.filter((option) => option.type === OPTION.sub || option.type === OPTION.group);
  if (inner.length) return inner.flatMap((option) => unfold(command, option, [...path, option]));
  const name = [command.name, ...path.map((part) => part.name)].join(" ");
  return [{ command, path, name, description: node.description, options }];
}

/** The options as the server takes them: values inside their sub command and group. */
export function nest(entry, values) {
  return entry.path.toReversed().reduce((inner, part) => [{ name: part.name, type: part.type, options: inner }], values);
}

/** The longest entry whose name begins the text typed after "/", with the text that follows; or null. */
export function entryIn(entries, typed) {
  const found = entries.filter((entry) => typed === entry.name || typed.startsWith(`${entry.name} `))
    .sort((a, b) => b.name.length - a.name.length)[0];
  return found ? { entry: found, rest: typed.slice(found.name.length).trim() } : null;
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
