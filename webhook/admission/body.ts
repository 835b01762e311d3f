import type { IncomingMessage } from 'node:http';

/** An UPDATE carries the object twice, and etcd holds objects of up to 1.5 MiB; JSON escapes may grow them. */
export const bodyLimitBytes = 8 * 1024 * 1024;

export type ReadBody =
  | { readonly outcome: 'read'; readonly text: string }
  | { readonly outcome: 'refused'; readonly status: 413 | 415; readonly message: string };

/**
 * Reads a request's body as UTF-8 text, at most `limitBytes` of it.
 *
 * Rejects only when the connection broke; then there is nobody left to answer.
 */
export async function readBody(request: IncomingMessage, limitBytes = bodyLimitBytes): Promise<ReadBody> {
  const [mediaType = ''] = (request.headers['content-type'] ?? '').split(';', 1);
  if (mediaType.trim().toLowerCase() !== 'application/json') {
    return { outcome: 'refused', status: 415, message: 'Content-Type must be application/json' };
  }
  if ((request.headers['content-encoding'] ?? 'identity') !== 'identity') {
    return { outcome: 'refused', status: 415, message: 'a Content-Encoding is not supported' };
  }
  const tooLarge: ReadBody = { outcome: 'refused', status: 413, message: `body is larger than ${limitBytes} bytes` };
  if (Number(request.headers['content-length'] ?? 0) > limitBytes) return tooLarge;
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > limitBytes) return tooLarge;
    chunks.push(chunk);
  }
  return { outcome: 'read', text: (chunks.length === 1 ? chunks[0] : Buffer.concat(chunks))?.toString('utf8') ?? '' };
}
