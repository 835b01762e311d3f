import { shown } from '../../../runtime/problem.ts';
import type { TelemetrySetting } from '../../../settings/types.ts';
import { escapeReferences, lookUp, valueOutside } from '../environment.ts';
import type { Facts } from '../facts.ts';
import type { Container } from '../pod.ts';
import type { EnvironmentAddition, Skip } from '../types.ts';
import { mergeEntry } from './runtimes.ts';
import type { Runtime } from './runtimes.ts';

export type RuntimeDecision =
  { readonly outcome: 'in'; readonly addition: EnvironmentAddition } | { readonly outcome: 'out'; readonly skip: Skip };

/**
 * Decides whether a container gets a runtime's agent, and with which value its own is merged.
 *
 * A variable in `env` hides the one of `envFrom` and of the image, so its value there has to be known: from a
 * ConfigMap and from an image that has been read it is taken over; from a Secret it never can be.
 */
export function decideRuntime(
  runtime: Runtime,
  container: Container,
  setting: TelemetrySetting,
  facts: Facts,
): RuntimeDecision {
  const { name, variable } = runtime;
  const out = (code: string, message: string): RuntimeDecision => ({
    outcome: 'out',
    skip: { feature: 'telemetry', code, message, container: container.name, part: name },
  });

  const found = lookUp(container, variable, facts);
  if (found.found === 'hidden') return out(found.code, found.message);
  const isImageKnown = facts.image(container.image ?? '') !== undefined;
  if (found.found === 'nowhere' && !isImageKnown && setting === 'auto' && !runtime.mayHideImage) {
    const message = `${variable} of image ${shown(container.image ?? '')} is not known and would be hidden; list ${name} in remora.dev/telemetry to set it all the same`;
    return out('ImageConfigurationUnknown', message);
  }
  const value = found.found === 'nowhere' ? '' : found.value;
  if (runtime.otherAgents.test(value)) return out('ConflictingEnvironment', conflict(variable, value));
  return into(runtime, valueOutside(found) ?? '');
}

/** `base` is a value from outside of `env`, where the kubelet expands nothing. */
function into(runtime: Runtime, base: string): RuntimeDecision {
  const merge = (current: string | undefined): string => mergeEntry(runtime, current ?? escapeReferences(base));
  return { outcome: 'in', addition: { how: 'merge', name: runtime.variable, merge } };
}

function conflict(variable: string, value: string): string {
  return `${variable} loads another agent: "${shown(value)}"`;
}
