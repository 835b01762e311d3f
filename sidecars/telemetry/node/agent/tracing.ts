import { context, propagation, trace, type TextMapPropagator } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core';
import { LazyExporter } from './exporter.ts';
import { B3InjectEncoding, B3Propagator } from '@opentelemetry/propagator-b3';
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';

type Environment = Readonly<Record<string, string | undefined>>;

/** A running tracer that can be asked to send what it holds, and to end. */
export interface Tracing {
  readonly flush: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

const propagators: Readonly<Record<string, () => TextMapPropagator>> = {
  tracecontext: () => new W3CTraceContextPropagator(),
  baggage: () => new W3CBaggagePropagator(),
  b3: () => new B3Propagator({ injectEncoding: B3InjectEncoding.SINGLE_HEADER }),
  b3multi: () => new B3Propagator({ injectEncoding: B3InjectEncoding.MULTI_HEADER }),
};

/** Propagators of OTEL_PROPAGATORS, as the specification names them; unknown ones are passed over. */
function propagatorOf(environment: Environment): TextMapPropagator {
  const named = environment.OTEL_PROPAGATORS ?? 'tracecontext,baggage';
  const chosen = new Set(named.split(',').map((name) => name.trim()));
  return new CompositePropagator({ propagators: [...chosen].flatMap((name) => propagators[name]?.() ?? []) });
}

/**
 * Starts tracing by the OTEL_* variables of the OpenTelemetry specification.
 *
 * The process's command line is left out of the resource: it may hold secrets.
 */
export function startTracing(
  agentFile: string,
  environment: Environment,
  processId: number,
  nodeVersion: string,
): Tracing {
  const resource = defaultResource()
    .merge(
      resourceFromAttributes({
        'process.pid': processId,
        'process.runtime.name': 'nodejs',
        'process.runtime.version': nodeVersion,
        'telemetry.distro.name': 'remora',
      }),
    )
    .merge(detectResources({ detectors: [envDetector] }));
  const provider = new BasicTracerProvider({
    resource,
    spanProcessors: [new BatchSpanProcessor(new LazyExporter(agentFile))],
  });
  trace.setGlobalTracerProvider(provider);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(propagatorOf(environment));
  return {
    flush: () => provider.forceFlush(),
    stop: () => {
      trace.disable();
      context.disable();
      propagation.disable();
      return provider.shutdown();
    },
  };
}
