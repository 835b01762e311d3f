import { canonicalVariable } from '../canonical.ts';
import { escapeReferences, lookUp, valueOutside } from '../environment.ts';
import type { Facts } from '../facts.ts';
import type { Container } from '../pod.ts';
import type { EnvironmentAddition, Skip } from '../types.ts';
import { attributeKeys, mergeAttributes } from './attributes.ts';
import { unlessFromElsewhere } from './exporter.ts';
import { helpers, resourceAttributes, serviceNameOf } from './resource.ts';
import type { Helper, PodResource } from './resource.ts';

export interface Identity {
  readonly additions: readonly EnvironmentAddition[];
  readonly skipped: readonly Skip[];
}

const variable = 'OTEL_RESOURCE_ATTRIBUTES';

/**
 * Says who a container is: `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES`, with the pod's name, uid and node by
 * the downward API.
 *
 * `OTEL_SERVICE_NAME` would win over a `service.name` among the user's attributes (OpenTelemetry resource
 * specification), so it is set only where there is none.
 */
export function identify(container: Container, resource: PodResource, facts: Facts): Identity {
  const found = lookUp(container, variable, facts);
  if (found.found === 'hidden') {
    const { code, message } = found;
    const skip: Skip = { feature: 'telemetry', code, message, container: container.name, part: 'resource-attributes' };
    return { additions: [], skipped: [skip] };
  }
  const outside = valueOutside(found);
  const base = outside === undefined ? undefined : escapeReferences(outside);
  const usable = usableHelpers(container);
  const attributes = resourceAttributes(resource, container, usable);
  const own = found.found === 'nowhere' ? '' : found.value;
  return {
    additions: [
      ...(attributeKeys(own).has('service.name')
        ? []
        : unlessFromElsewhere(container, facts, [['OTEL_SERVICE_NAME', serviceNameOf(resource, container)]])),
      ...usable.map((helper): EnvironmentAddition => ({ how: 'set', variable: helper.variable, before: variable })),
      { how: 'merge', name: variable, merge: (current) => mergeAttributes(current ?? base, attributes) },
    ],
    skipped: [],
  };
}

/**
 * Helpers that the attributes can refer to. A variable of that name which is not ours, or which stands behind the
 * attributes, cannot be one: the user's variables keep their values and their places.
 */
function usableHelpers({ env }: Container): readonly Helper[] {
  const variables = env ?? [];
  const target = variables.findLastIndex(({ name }) => name === variable);
  const end = target < 0 ? variables.length : target;
  return helpers.filter((helper) => {
    const last = variables.findLastIndex(({ name }) => name === helper.variable.name);
    const existing = variables[last];
    if (existing === undefined) return true;
    return last < end && canonicalVariable(existing) === canonicalVariable(helper.variable);
  });
}
