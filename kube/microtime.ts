/** RFC 3339 with microseconds, as meta/v1 MicroTime wants it; `ms` since the Unix epoch. */
export function microTime(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000Z');
}
