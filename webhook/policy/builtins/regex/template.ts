import { BuiltinError } from '../types.ts';

/**
 * The regular expression of a template: what stands between the delimiters is one, the rest is text.
 * `urn:foo:{.*}` becomes `^urn:foo:(.*)$`.
 *
 * @throws BuiltinError where delimiters do not pair.
 */
export function patternOfTemplate(
  template: string,
  open: string,
  close: string,
  check: (part: string) => void,
): string {
  const parts = ['^'];
  let [level, start, end] = [0, 0, 0];
  for (let at = 0; at < template.length; at += 1) {
    if (template[at] === open) {
      level += 1;
      if (level === 1) start = at;
    } else if (template[at] === close) {
      level -= 1;
      if (level < 0) break;
      if (level > 0) continue;
      const part = template.slice(start + 1, at);
      check(`^${part}$`);
      parts.push(quoteText(template.slice(end, start)), `(${part})`);
      end = at + 1;
    }
  }
  if (level !== 0) throw new BuiltinError(`unbalanced braces in ${template}`);
  return [...parts, quoteText(template.slice(end)), '$'].join('');
}

/** Makes a text match itself (`regexp.QuoteMeta`). */
function quoteText(text: string): string {
  return text.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&');
}
