import type { Additions } from '../types.ts';

/** Says in a few words what telemetry would put where: `node, java into containers web, api`. */
export function describeTelemetry({ summary }: Additions): string {
  const containers = new Map<string, string[]>();
  for (const [container, used] of Object.entries(runtimesOf(summary))) {
    const what = used.length === 0 ? 'variables only' : used.join(', ');
    containers.set(what, [...(containers.get(what) ?? []), container]);
  }
  return [...containers]
    .map(([what, names]) => `(${what}) into container${names.length === 1 ? '' : 's'} ${names.join(', ')}`)
    .join('; ');
}

/** The shape that `planTelemetry` gives its summary. */
function runtimesOf(summary: Additions['summary']): Readonly<Record<string, readonly string[]>> {
  return summary['containers'] as Readonly<Record<string, readonly string[]>>;
}
