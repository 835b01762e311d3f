/** One generation of the key that replicas seal injected pods with. */
export interface SealGeneration {
  readonly id: string;
  /** 32 bytes, base64. Never logged. */
  readonly secret: string;
  /** RFC 3339. */
  readonly createdAt: string;
}

/**
 * `keys.json` of the Secret `remora-seal`. Seals are made with `current`; those of `previous` are accepted too.
 *
 * A new key first stands in the place of `previous`, so that every replica accepts it before any replica uses it.
 */
export interface SealGenerations {
  readonly current: SealGeneration;
  readonly previous?: SealGeneration;
}

/** Reads `keys.json`; undefined when there is no usable current key. */
export function readSeal(text: string | undefined): SealGenerations | undefined {
  const { current, previous } = fields(parsed(text));
  const [now, before] = [generation(current), generation(previous)];
  if (now === undefined) return undefined;
  return before === undefined ? { current: now } : { current: now, previous: before };
}

/** The keys as they should be now, or undefined when nothing changes. `create` makes a key that nobody can guess. */
export function rotateSeal(
  keys: SealGenerations | undefined,
  now: number,
  times: { readonly sealMs: number; readonly overlapMs: number },
  create: (createdAt: string) => SealGeneration,
): SealGenerations | undefined {
  if (keys === undefined) return { current: create(new Date(now).toISOString()) };
  const { current, previous } = keys;
  const isIntroduced = previous !== undefined && Date.parse(previous.createdAt) > Date.parse(current.createdAt);
  if (isIntroduced) {
    const isKnown = now - Date.parse(previous.createdAt) >= times.overlapMs;
    return isKnown ? { current: previous, previous: current } : undefined;
  }
  const isDue = now - Date.parse(current.createdAt) >= times.sealMs;
  return isDue ? { current, previous: create(new Date(now).toISOString()) } : undefined;
}

type Fields = Readonly<Record<string, unknown>>;

function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

function parsed(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '{}');
  } catch {
    return {};
  }
}

function generation(value: unknown): SealGeneration | undefined {
  const { id, secret, createdAt } = fields(value);
  if (typeof id !== 'string' || typeof secret !== 'string' || typeof createdAt !== 'string') return undefined;
  const isUsable = Buffer.from(secret, 'base64').length >= 32 && !Number.isNaN(Date.parse(createdAt));
  return isUsable ? { id, secret, createdAt } : undefined;
}
