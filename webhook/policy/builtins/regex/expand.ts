import type { Match, Pattern } from './compile.ts';

/** `$name`, `${name}` or `$$`; a name is as long as letters, digits and underscores go. */
const reference = /\$(?:(\$)|([\p{L}\p{Nd}_]+)|\{([\p{L}\p{Nd}_]+)\})/gu;

/**
 * Replaces each match by a template as Go's `ReplaceAllString` does: `$1` and `${1}` are groups, `$1x` is the group
 * named `1x`, one that is not there is empty, `$$` is a dollar sign.
 */
export function replaceMatches(pattern: Pattern, text: string, template: string): string {
  const parts: string[] = [];
  let at = 0;
  for (const match of pattern.findAll(text)) {
    const [start = 0, end = 0] = match;
    parts.push(text.slice(at, start), expand(pattern, text, template, match));
    at = end;
  }
  return [...parts, text.slice(at)].join('');
}

function expand(pattern: Pattern, text: string, template: string, match: Match): string {
  if (!template.includes('$')) return template;
  return template.replace(reference, (_, dollar?: string, plain?: string, braced?: string) => {
    if (dollar !== undefined) return '$';
    for (const group of groupsOf(pattern, plain ?? braced ?? '')) {
      const [start = -1, end = -1] = match.slice(group * 2, group * 2 + 2);
      if (start >= 0) return text.slice(start, end);
    }
    return '';
  });
}

/** A number without leading zeros is a group's number, anything else the name of groups: the first that matched counts. */
function groupsOf({ names }: Pattern, name: string): readonly number[] {
  return /^(?:0|[1-9]\d{0,8})$/.test(name) ? [Number(name)] : (names.get(name) ?? []);
}
