import type { ImageFacts } from '../plan/facts.ts';

/** Key of the ConfigMap `remora-images`, which control fills with what images set. */
export const imagesKey = 'images.json';

/**
 * Reads `{"<reference>": {"environment": {"NODE_OPTIONS": "…"}}}`; entries of another shape are left out, and their
 * images count as not read.
 */
export function parseImages(text: string | undefined): ReadonlyMap<string, ImageFacts> {
  const images = new Map<string, ImageFacts>();
  for (const [reference, entry] of entriesOf(parse(text))) {
    const environment = entriesOf(entry).find(([key]) => key === 'environment')?.[1];
    if (environment === undefined) continue;
    const texts = entriesOf(environment).filter((pair): pair is [string, string] => typeof pair[1] === 'string');
    images.set(reference, { environment: new Map(texts) });
  }
  return images;
}

function parse(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '{}');
  } catch {
    return {};
  }
}

function entriesOf(value: unknown): readonly (readonly [string, unknown])[] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}
