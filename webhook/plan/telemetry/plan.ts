import type { Settings, TelemetryRuntime } from '../../../settings/types.ts';
import type { Facts } from '../facts.ts';
import type { Container, Pod } from '../pod.ts';
import type { Additions, ContainerAdditions, EnvironmentAddition, Refused, Skip, Skipped } from '../types.ts';
import { agentsCopier, agentsMount, agentsVolume, mountInTheWay } from './agents.ts';
import { chooseContainers } from './containers.ts';
import { commonVariables, decideExporter, noCollector } from './exporter.ts';
import { identify } from './identity.ts';
import { unreachable } from './reach.ts';
import { podResource } from './resource.ts';
import type { PodResource } from './resource.ts';
import { decideRuntime } from './runtime.ts';
import { runtimes } from './runtimes.ts';

/**
 * Plans telemetry: OTEL_* for each container, and the language agents' files and switches.
 *
 * Codes of skips: `TelemetryOff`, `WindowsPod`, `HostNetwork`, `NodeResolver`, `NoCollector`, `MountPathTaken`,
 * `ConflictingEnvironment`, `ImageConfigurationUnknown`, `ResourceAttributesLeftOut`, and those of `lookUp`. Codes of
 * refusals: `UnknownContainer`, `TooManyContainers`.
 */
export function planTelemetry(pod: Pod, settings: Settings, facts: Facts): Additions | Skipped | Refused {
  const { telemetry, 'telemetry-containers': named } = settings.values;
  if (telemetry === 'off')
    return skipped([{ feature: 'telemetry', code: 'TelemetryOff', message: 'it is set to off' }]);
  const chosen = chooseContainers(pod, named);
  if (chosen.outcome === 'refused') return chosen;
  const obstacle = unreachable(pod, facts.chart.collectorEndpoint);
  if (obstacle !== undefined) return skipped([obstacle]);

  const resource = podResource(pod, facts.namespace.name);
  const planned = chosen.containers.map((container) => planContainer(container, settings, facts, resource));
  const skips = [...planned.flatMap((plan) => plan.skipped), ...leftOut(resource)];
  const containers = planned.flatMap(({ additions }) => (additions === undefined ? [] : [additions]));
  if (containers.length === 0) {
    const isUniform = skips.length > 0 && skips.every(({ code }) => code === 'NoCollector');
    return skipped(isUniform ? [{ feature: 'telemetry', code: 'NoCollector', message: noCollector }] : skips);
  }
  const used = new Set(planned.flatMap((plan) => plan.runtimes));
  return {
    outcome: 'additions',
    feature: 'telemetry',
    volumes: used.size === 0 ? [] : [agentsVolume(facts)],
    initContainers: used.size === 0 ? [] : agentsCopier(used, facts),
    containers,
    skipped: skips,
    summary: { containers: summarize(planned) },
  };
}

interface PlannedContainer {
  readonly name: string;
  readonly additions: ContainerAdditions | undefined;
  readonly runtimes: readonly TelemetryRuntime[];
  readonly skipped: readonly Skip[];
}

function planContainer(
  container: Container,
  { values: { telemetry } }: Settings,
  facts: Facts,
  resource: PodResource,
): PlannedContainer {
  const { name } = container;
  const without = (code: string, message: string): PlannedContainer => ({
    name,
    additions: undefined,
    runtimes: [],
    skipped: [{ feature: 'telemetry', code, message, container: name }],
  });

  const exporter = decideExporter(container, facts);
  if (exporter.outcome === 'out') return without(exporter.code, exporter.message);
  const mount = mountInTheWay(container);
  if (mount !== undefined) {
    return without(
      'MountPathTaken',
      `${mount.mountPath}, where volume ${mount.name} is mounted, is where the agents go`,
    );
  }

  const environment: EnvironmentAddition[] = [];
  const used: TelemetryRuntime[] = [];
  const skips: Skip[] = [];
  for (const runtime of runtimes) {
    if (telemetry !== 'auto' && !telemetry.includes(runtime.name)) continue;
    const decision = decideRuntime(runtime, container, telemetry, facts);
    if (decision.outcome === 'out') skips.push(decision.skip);
    else {
      environment.push(decision.addition);
      used.push(runtime.name);
    }
  }
  const identity = identify(container, resource, facts);
  environment.push(...identity.additions, ...exporter.additions, ...commonVariables(container, facts));
  const mounts = used.length === 0 ? [] : [agentsMount];
  return {
    name,
    additions: { container: name, environment, mounts },
    runtimes: used,
    skipped: [...skips, ...identity.skipped],
  };
}

function skipped(skips: readonly Skip[]): Skipped {
  return { outcome: 'skipped', skips };
}

function leftOut(resource: PodResource): readonly Skip[] {
  if (resource.leftOut.length === 0) return [];
  const message = `annotations that are too many, too long or no attribute names: ${resource.leftOut.slice(0, 3).join(', ')}`;
  return [
    {
      feature: 'telemetry',
      code: 'ResourceAttributesLeftOut',
      message: message.slice(0, 240),
      part: 'resource-attributes',
    },
  ];
}

/** Runtimes per container: what a reader of the annotation asks first. */
function summarize(planned: readonly PlannedContainer[]): Readonly<Record<string, readonly TelemetryRuntime[]>> {
  return Object.fromEntries(
    planned.filter(({ additions }) => additions !== undefined).map((plan) => [plan.name, plan.runtimes]),
  );
}
