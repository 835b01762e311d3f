import { CST, Lexer } from 'yaml';

/** Far more than policies need, and little enough that the worst text within them is read in about a second. */
export const yamlLimits = { tokens: 200_000, depth: 64, anchors: 1_000, documents: 1_000 } as const;

export interface YamlExcess {
  /** Offset of the first character that is too much. */
  readonly offset: number;
  readonly allowed: string;
}

type TokenType = ReturnType<typeof CST.tokenType>;

interface Counts {
  tokens: number;
  /** Open brackets of flow style. */
  depth: number;
  /** Lists and maps that begin on one line. */
  indicators: number;
  anchors: number;
  documents: number;
}

/**
 * Where a text holds more than `yamlLimits`; undefined when it does not. The YAML library recurses with the depth of a
 * text, and takes time with the square of its depth and of its anchors; its lexer alone is linear. What stands within
 * scalars, such as Rego, is not counted.
 */
export function findExcess(text: string): YamlExcess | undefined {
  const counts: Counts = { tokens: 0, depth: 0, indicators: 0, anchors: 0, documents: 0 };
  let offset = 0;
  let isContent = false;
  for (const source of new Lexer().lex(text)) {
    const type: TokenType = isContent ? null : CST.tokenType(source);
    isContent = type === 'scalar';
    counts.tokens += 1;
    note(counts, type);
    const allowed = excessOf(counts);
    if (allowed !== undefined) return { offset, allowed };
    // The lexer's own marks, which are no part of the text.
    offset += type === 'doc-mode' || type === 'flow-error-end' || type === 'scalar' ? 0 : source.length;
  }
  return undefined;
}

function note(counts: Counts, type: TokenType): void {
  if (type === 'flow-map-start' || type === 'flow-seq-start') counts.depth += 1;
  else if (type === 'flow-map-end' || type === 'flow-seq-end') counts.depth = Math.max(0, counts.depth - 1);
  else if (type === 'seq-item-ind' || type === 'explicit-key-ind' || type === 'map-value-ind') counts.indicators += 1;
  else if (type === 'newline') counts.indicators = 0;
  else if (type === 'anchor') counts.anchors += 1;
  else if (type === 'doc-start') counts.documents += 1;
}

function excessOf({ tokens, depth, indicators, anchors, documents }: Counts): string | undefined {
  const { depth: deepest, tokens: most, anchors: mostAnchors, documents: mostDocuments } = yamlLimits;
  // A flow map may have any number of keys on one line.
  if (depth > deepest || (depth === 0 && indicators > deepest)) return `at most ${deepest} levels`;
  if (tokens > most) return `at most ${most} words and signs`;
  if (anchors > mostAnchors) return `at most ${mostAnchors} anchors`;
  return documents > mostDocuments ? `at most ${mostDocuments} documents` : undefined;
}
