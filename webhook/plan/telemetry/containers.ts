import { nearestOf } from '../../../runtime/nearest.ts';
import { shown } from '../../../runtime/problem.ts';
import type { Problem } from '../../../runtime/problem.ts';
import type { Container, Pod } from '../pod.ts';

export type ChosenContainers =
  | { readonly outcome: 'chosen'; readonly containers: readonly Container[] }
  | { readonly outcome: 'refused'; readonly problems: readonly Problem[] };

/** What is injected grows with the containers, and the API server has not bounded them yet. */
const maxContainers = 100;

/**
 * The containers to instrument: all of the pod's, or those that are named.
 *
 * Init containers are left alone: they are short, and an agent's start would lengthen the pod's. A native sidecar
 * (KEP-753) runs as long as the pod, but is mostly infrastructure: it is instrumented when it is named.
 */
export function chooseContainers(pod: Pod, named: readonly string[]): ChosenContainers {
  const ours = ({ name }: Container): boolean => name.startsWith('remora-');
  const containers = pod.spec.containers.filter((container) => !ours(container));
  const sidecars = (pod.spec.initContainers ?? []).filter(
    (container) => container.restartPolicy === 'Always' && !ours(container),
  );
  const candidates = [...containers, ...sidecars];
  const names = new Set(candidates.map(({ name }) => name));
  const problems = named.filter((name) => !names.has(name)).map((name) => unknown(name, names));
  if (problems.length > 0) return { outcome: 'refused', problems };
  const chosen = named.length === 0 ? containers : candidates.filter(({ name }) => named.includes(name));
  if (chosen.length > maxContainers) return { outcome: 'refused', problems: [tooMany(chosen.length)] };
  return { outcome: 'chosen', containers: chosen };
}

function unknown(name: string, names: ReadonlySet<string>): Problem {
  const nearest = nearestOf(name, names);
  return {
    code: 'UnknownContainer',
    field: 'remora.dev/telemetry-containers',
    value: shown(name),
    allowed: shown(`names of containers and native sidecars of the pod: ${[...names].join(', ')}`),
    ...(nearest === undefined ? {} : { nearest }),
  };
}

function tooMany(count: number): Problem {
  return {
    code: 'TooManyContainers',
    field: 'spec.containers',
    value: String(count),
    allowed: `at most ${maxContainers} containers to instrument; name them in remora.dev/telemetry-containers`,
  };
}
