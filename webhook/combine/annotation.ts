import type { Problem } from '../../runtime/problem.ts';
import type { Injected } from '../plan/injected.ts';

/** `remora.dev/injected` is read by people and by `kubectl describe`; it stays within 8 kB. */
export const maxInjectedBytes = 8192;

export type WrittenInjected =
  | { readonly outcome: 'written'; readonly injected: Injected; readonly text: string }
  | { readonly outcome: 'refused'; readonly problems: readonly Problem[] };

/** How many skips are named when not all of them fit. */
const shownSkips = 8;

/** What can be left out, in the order in which it is; what the proof needs never is. */
const cuts: readonly ((injected: Injected) => Injected)[] = [
  (injected) => ({
    ...cut(injected, 'features'),
    features: Object.fromEntries(Object.keys(injected.features).map((feature) => [feature, {}])),
  }),
  (injected) => ({ ...cut(injected, 'skipped'), skipped: injected.skipped.slice(0, shownSkips) }),
  (injected) => ({ ...cut(injected, 'settings'), settings: {} }),
];

/**
 * Writes the annotation; when it is too long, summaries are left out and named in `truncated`. A pod whose bare
 * inventory does not fit is refused with `InjectionTooLarge`: without it nothing could be proved.
 */
export function writeInjected(injected: Injected): WrittenInjected {
  let shorter = injected;
  for (const next of [...cuts, undefined]) {
    const text = JSON.stringify(shorter);
    if (Buffer.byteLength(text) <= maxInjectedBytes) return { outcome: 'written', injected: shorter, text };
    if (next !== undefined) shorter = next(shorter);
  }
  const problem: Problem = {
    code: 'InjectionTooLarge',
    field: 'spec.containers',
    value: `${injected.adds.containers.length} kinds of additions`,
    allowed: `a pod whose additions can be listed in ${maxInjectedBytes} bytes; name fewer containers in remora.dev/telemetry-containers`,
  };
  return { outcome: 'refused', problems: [problem] };
}

function cut(injected: Injected, part: string): Injected {
  return { ...injected, truncated: [...(injected.truncated ?? []), part] };
}
