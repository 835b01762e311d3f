import type { PlatformFacts } from '../plan/facts.ts';

/** Key of the ConfigMap `remora-platform`, which control fills (docs/adr/0008). */
export const platformKey = 'platform.json';

/** What is taken for true until control has looked: the fallbacks work everywhere. */
export const leastPlatform: PlatformFacts = { imageVolumes: false };

/**
 * Reads what control found out; anything that is not exactly `true` is a feature that the cluster does not have.
 * Unknown keys are of a newer control and are let be.
 */
export function parsePlatform(text: string | undefined): PlatformFacts {
  const found = parseObject(text);
  return { imageVolumes: found['imageVolumes'] === true };
}

function parseObject(text: string | undefined): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text ?? '{}');
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
