import { lookUp, valueOutside } from '../environment.ts';
import type { Lookup } from '../environment.ts';
import type { Facts } from '../facts.ts';
import type { Container } from '../pod.ts';
import type { EnvironmentAddition } from '../types.ts';

export type ExporterDecision =
  | { readonly outcome: 'in'; readonly additions: readonly EnvironmentAddition[] }
  | { readonly outcome: 'out'; readonly code: string; readonly message: string };

const endpointVariable = 'OTEL_EXPORTER_OTLP_ENDPOINT';
const protocolVariable = 'OTEL_EXPORTER_OTLP_PROTOCOL';
const samplerVariable = 'OTEL_TRACES_SAMPLER';

/**
 * Decides where a container's telemetry goes.
 *
 * Endpoint and protocol belong together: with an endpoint of the user's own the protocol is theirs too, and the
 * specification's default of one must not meet our value of the other. A container whose endpoint may come from a
 * Secret is left out, since our variable would hide it and send what is meant for it elsewhere.
 */
export function decideExporter(container: Container, facts: Facts): ExporterDecision {
  const endpoint = facts.chart.collectorEndpoint;
  const own = lookUp(container, endpointVariable, facts);
  if (own.found === 'hidden' && own.in === 'envFrom') return { outcome: 'out', code: own.code, message: own.message };
  if (own.found !== 'nowhere' && !isLiteral(own, endpoint)) return { outcome: 'in', additions: [] };
  if (endpoint === undefined) {
    return lookUp(container, 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', facts).found === 'nowhere'
      ? { outcome: 'out', code: 'NoCollector', message: noCollector }
      : { outcome: 'in', additions: [] };
  }
  const protocol = lookUp(container, protocolVariable, facts);
  if ((protocol.found === 'literal' ? protocol.value : valueOutside(protocol)) === 'grpc') {
    const message = `${protocolVariable} is grpc, which the collector does not speak at ${endpoint}; set ${endpointVariable} too`;
    return { outcome: 'out', code: 'ConflictingEnvironment', message };
  }
  return {
    outcome: 'in',
    additions: unlessFromElsewhere(container, facts, [
      [endpointVariable, endpoint],
      [protocolVariable, 'http/protobuf'],
    ]),
  };
}

export const noCollector =
  'the chart runs no collector and names none; set collector.endpoint, or OTEL_EXPORTER_OTLP_ENDPOINT in the container';

/**
 * Settings that every SDK reads (OpenTelemetry "Environment Variable Specification"). Logs stay on stdout, where they
 * are collected already. Sampler and argument belong together, as endpoint and protocol do.
 */
export function commonVariables(container: Container, facts: Facts): readonly EnvironmentAddition[] {
  const sampler = 'parentbased_traceidratio';
  const own = lookUp(container, samplerVariable, facts);
  const isOurs = own.found === 'nowhere' || isLiteral(own, sampler);
  return unlessFromElsewhere(container, facts, [
    ['OTEL_PROPAGATORS', 'tracecontext,baggage'],
    ['OTEL_METRICS_EXPORTER', 'otlp'],
    ['OTEL_LOGS_EXPORTER', 'none'],
    ...(isOurs
      ? ([
          [samplerVariable, sampler],
          ['OTEL_TRACES_SAMPLER_ARG', String(facts.chart.samplerRatio)],
        ] as const)
      : []),
  ]);
}

/**
 * Leaves out what `envFrom` gives, or may give, and what the image sets: a variable in `env` would hide it. What `env`
 * has, combine keeps.
 */
export function unlessFromElsewhere(
  container: Container,
  facts: Facts,
  variables: readonly (readonly [name: string, value: string])[],
): readonly EnvironmentAddition[] {
  return variables
    .filter(([name]) => {
      const found = lookUp(container, name, facts);
      return valueOutside(found) === undefined && !(found.found === 'hidden' && found.in === 'envFrom');
    })
    .map(([name, value]) => ({ how: 'set', variable: { name, value } }));
}

/** A second pass finds our own value, which is no reason to take it for the user's. */
function isLiteral(found: Lookup, value: string | undefined): boolean {
  return found.found === 'literal' && found.value === value;
}
