/** A key of the seal: an id that may be seen, and a secret of 32 bytes or more. */
export interface SealKey {
  readonly id: string;
  readonly secret: Uint8Array;
}

/** Two generations: new seals are made with `current`, and seals of `previous` are still good. */
export interface SealKeys {
  readonly current: SealKey;
  readonly previous?: SealKey;
}

const minSecretBytes = 32;
const idPattern = /^[A-Za-z0-9_-]{1,32}$/;

/**
 * Reads the key `keys.json` of the Secret `remora-seal`: `{"current": {"id", "secret"}, "previous": {…}}`, secrets in
 * base64. Undefined until control has written a usable one; an unreadable previous key is as good as none.
 */
export function parseSealKeys(text: string | undefined): SealKeys | undefined {
  const value = parse(text);
  const current = keyOf(value['current']);
  const previous = keyOf(value['previous']);
  if (current === undefined) return undefined;
  return previous === undefined ? { current } : { current, previous };
}

export function keyById({ current, previous }: SealKeys, id: string): SealKey | undefined {
  return [current, previous].find((key) => key?.id === id);
}

function parse(text: string | undefined): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text ?? '{}');
    return isFields(value) ? value : {};
  } catch {
    return {};
  }
}

function keyOf(value: unknown): SealKey | undefined {
  if (!isFields(value)) return undefined;
  const { id, secret } = value;
  if (typeof id !== 'string' || !idPattern.test(id) || typeof secret !== 'string') return undefined;
  const bytes = Buffer.from(secret, 'base64');
  return bytes.length < minSecretBytes ? undefined : { id, secret: bytes };
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
