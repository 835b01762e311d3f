import { nearestOf } from '../runtime/nearest.ts';

/** Outcome of reading one text: its value, or the nearest text that would have been valid. */
export type ReadText<T> =
  | { readonly outcome: 'read'; readonly value: T }
  | { readonly outcome: 'refused'; readonly nearest: string | undefined };

/**
 * A kind of value that people write as text. Every source of settings holds text, so one kind serves them all.
 *
 * Methods, not function properties: the table holds kinds of different values side by side, and a value always
 * meets the kind that read it.
 */
export interface ValueKind<T> {
  /** What may be written, in one line. */
  readonly allowed: string;
  /** The same as an ECMA-262 regular expression, for JSON Schema; it matches exactly what `read` accepts. */
  readonly pattern: string;
  read(text: string): ReadText<T>;
  /** Writes a value so that `read` gives it back. */
  print(value: T): string;
}

/** What people write for a word out of habit, by the word that they mean. */
type Habits = Readonly<Record<string, readonly string[]>>;

function byHabit<W extends string>(text: string, words: readonly W[], habits: Habits): W | undefined {
  const lower = text.toLowerCase();
  return words.find((word) => word === lower || habits[word]?.includes(lower));
}

function nearestWord(text: string, words: readonly string[], habits: Habits): string | undefined {
  return byHabit(text, words, habits) ?? nearestOf(text, words);
}

/** White space around values and commas is forgiven (a YAML block ends with a newline); nothing else is. */
export function spaced(pattern: string): string {
  return `^\\s*(?:${pattern})\\s*$`;
}

export function listOf(item: string): string {
  return `(?:${item})(?:\\s*,\\s*(?:${item}))*`;
}

function split(text: string): readonly string[] {
  return text.split(',').map((item) => item.trim());
}

/** One of the named words. */
export function word<const W extends string>(words: readonly W[], habits: Habits = {}): ValueKind<W> {
  return {
    allowed: `one of ${words.join(', ')}`,
    pattern: spaced(words.join('|')),
    read: (text) => {
      const written = text.trim();
      const value = words.find((candidate) => candidate === written);
      return value === undefined
        ? { outcome: 'refused', nearest: nearestWord(written, words, habits) }
        : { outcome: 'read', value };
    },
    print: (value) => value,
  };
}

/** Longest text that a spelling is suggested for. An annotation may hold 256 KiB, and looking for words takes time. */
const maxSuggestedLength = 1024;

/** Reads every item of a list, each once; refused with the nearest spelling of the whole list, when there is one. */
export function readItems<I extends string>(
  text: string,
  read: (item: string) => I | undefined,
  nearest: (item: string) => string | undefined,
): ReadText<readonly I[]> {
  const written = split(text);
  const items = written.map(read).filter((item) => item !== undefined);
  if (items.length === written.length) return { outcome: 'read', value: [...new Set(items)] };
  if (text.length > maxSuggestedLength) return { outcome: 'refused', nearest: undefined };
  const better = written.filter((item) => item !== '').map((item) => read(item) ?? nearest(item));
  const isNear = better.length > 0 && better.every((item) => item !== undefined);
  return { outcome: 'refused', nearest: isNear ? [...new Set(better)].join(',') : undefined };
}

/** A comma-separated list of the named items, at least one. */
export function listOfWords<const I extends string>(items: readonly I[]): ValueKind<readonly I[]> {
  return {
    allowed: `a comma-separated list of ${items.join(', ')}`,
    pattern: spaced(listOf(items.join('|'))),
    read: (text) =>
      readItems(
        text,
        (item) => items.find((candidate) => candidate === item),
        (item) => nearestOf(item, items),
      ),
    print: (value) => value.join(','),
  };
}

/** One of the words, or a comma-separated list of the items. */
export function wordOrList<const W extends string, const I extends string>(
  words: readonly W[],
  items: readonly I[],
  habits: Habits = {},
): ValueKind<W | readonly I[]> {
  const one = word(words, habits);
  const many = listOfWords(items);
  return {
    allowed: `${words.join(', ')}, or ${many.allowed}`,
    pattern: spaced(`${words.join('|')}|${listOf(items.join('|'))}`),
    read: (text) => {
      const asWord = one.read(text);
      if (asWord.outcome === 'read') return asWord;
      const asList = many.read(text);
      if (asList.outcome === 'read') return asList;
      // A habit is sure; else a list says more about what was meant than a word that is merely near.
      const nearest = byHabit(text.trim(), words, habits) ?? asList.nearest ?? asWord.nearest;
      return { outcome: 'refused', nearest };
    },
    print: (value) => (typeof value === 'string' ? value : value.join(',')),
  };
}

/** A DNS label (RFC 1123), as Kubernetes wants it of container names. */
const dnsLabel = '[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?';
const wholeDnsLabel = new RegExp(`^${dnsLabel}$`);

/** A comma-separated list of names that Kubernetes accepts for containers; the empty text is the empty list. */
export const containerNames: ValueKind<readonly string[]> = {
  allowed: 'a comma-separated list of container names (lower-case letters, digits and -), or nothing for all',
  pattern: spaced(`(?:${listOf(dnsLabel)})?`),
  read: (text) => {
    if (text.trim() === '') return { outcome: 'read', value: [] };
    const name = (item: string): string | undefined => (wholeDnsLabel.test(item) ? item : undefined);
    const corrected = (item: string): string | undefined => name(item.toLowerCase().replaceAll(/[_. ]/g, '-'));
    return readItems(text, name, corrected);
  },
  print: (value) => value.join(','),
};
