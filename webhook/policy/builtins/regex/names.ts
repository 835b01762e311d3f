/** A pattern whose groups all have names of their own, and what the new names stood for. */
export interface Renamed {
  readonly source: string;
  readonly originals: ReadonlyMap<string, string>;
}

/** What is read as one piece: quoted text, escapes, sets with classes like `[:alpha:]`, the start of a named group. */
const piece = /\\Q.*?(?:\\E|$)|\\.|\[\^?\]?(?:\\.|\[:\^?\w+:\]|[^\]\\])*\]|\(\?P?<(\w+)>/gs;

/** Go lets several groups have one name, re2js does not: gives each its own. */
export function renameGroups(source: string): Renamed {
  const originals = new Map<string, string>();
  const renamed = source.replace(piece, (whole, name?: string) => {
    if (name === undefined) return whole;
    const own = `group${originals.size}`;
    originals.set(own, name);
    return `(?<${own}>`;
  });
  return { source: renamed, originals };
}
