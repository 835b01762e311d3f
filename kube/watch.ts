import { failureOf, malformed } from './failure.ts';
import type { KubeObject, KubeOutcome, WatchEvent } from './types.ts';

/** Cuts a stream of bytes into lines; an unfinished last line, as a cut connection leaves it, is dropped. */
export async function* lines(stream: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let rest: Buffer[] = [];
  for await (const chunk of stream) {
    let start = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      const line = Buffer.concat([...rest, chunk.subarray(start, end)]).toString('utf8');
      rest = [];
      start = end + 1;
      if (line.trim() !== '') yield line;
    }
    if (start < chunk.length) rest.push(chunk.subarray(start));
  }
}

interface WireEvent {
  readonly type?: unknown;
  readonly object?: unknown;
}

function parseLine(line: string): WireEvent | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Reads one line of a watch (API concepts, "Efficient detection of changes"). */
export function watchEvent<T extends KubeObject>(line: string): KubeOutcome<WatchEvent<T>> {
  const event = parseLine(line);
  const object = event?.object;
  if (typeof object !== 'object' || object === null) return malformed(`a watch event without an object: ${line}`);
  switch (event?.type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
      return { outcome: 'ok', value: { type: event.type, object: object as T } };
    case 'BOOKMARK': {
      const resourceVersion = (object as KubeObject).metadata.resourceVersion;
      return resourceVersion === undefined
        ? malformed('a bookmark without a resourceVersion')
        : { outcome: 'ok', value: { type: 'BOOKMARK', resourceVersion } };
    }
    case 'ERROR': {
      const code = (object as { readonly code?: unknown }).code;
      return failureOf(typeof code === 'number' ? code : 500, object);
    }
    default:
      return malformed(`an unknown type of watch event: ${line}`);
  }
}
