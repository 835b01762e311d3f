import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/log.ts';
import { decided } from './handler.ts';
import type { Decision, Handler } from './handler.ts';
import type { AdmissionMetrics } from './metrics.ts';
import { allowed, encodeReview, errored, warned } from './response.ts';
import { parseReviewText } from './review.ts';
import type { AdmissionRequest } from './review.ts';

type WebhookName = 'mutate' | 'validate' | 'policies';

export interface AnswererOptions {
  readonly handlers: Readonly<Record<WebhookName, Handler>>;
  /** Called after each answer to a request that could be read. */
  readonly record: (webhook: WebhookName, request: AdmissionRequest, decision: Decision) => void;
  readonly metrics: AdmissionMetrics;
  readonly log: Logger;
  /** Milliseconds with fractions, from any start. */
  readonly clock: Clock;
}

export interface Answered {
  readonly status: 200 | 400;
  readonly contentType: 'application/json' | 'text/plain';
  readonly body: string;
}

/** Resources that have a label value of their own in the metrics; a hostile request cannot add another. */
const countedResources: ReadonlySet<string> = new Set([
  'pods',
  'namespaces',
  'configmaps',
  'deployments',
  'statefulsets',
  'daemonsets',
  'replicasets',
  'jobs',
  'cronjobs',
]);

/**
 * Makes the function between HTTP and the handlers: text in, text out, every fault answered, everything counted.
 *
 * A handler that throws is a bug. For a pod it is answered with `InternalError` and 500 inside the AdmissionReview,
 * which refuses the pod whatever the failure policy says: HTTP 500 would let it pass bare where the policy is Ignore,
 * only for the proof to refuse it with a reason that misleads. Anything else is let in with a warning, since a bug of
 * ours must never stand between an admin and a label that is to be taken off.
 */
export function createAnswerer(options: AnswererOptions): (webhook: WebhookName, body: string) => Promise<Answered> {
  const { handlers, record, metrics, log, clock } = options;
  return async (webhook, body) => {
    const startedAt = clock.now();
    const parsed = parseReviewText(body);
    if (parsed.outcome === 'malformed') {
      log.warn('admission.malformed', { webhook, code: parsed.code, message: parsed.message });
      const labels = { webhook, operation: 'unknown', resource: 'unknown', outcome: 'malformed', code: parsed.code };
      metrics.requests.inc(labels);
      return parsed.uid === undefined
        ? { status: 400, contentType: 'text/plain', body: `${parsed.message} [${parsed.code}]\n` }
        : review(parsed.uid, decided(errored(parsed.code, 400, parsed.message)));
    }
    const { request } = parsed;
    const decision = await decide(handlers[webhook], request, options);
    const answered = review(request.uid, decision);
    metrics.duration.observe({ webhook }, (clock.now() - startedAt) / 1000);
    metrics.requests.inc({
      webhook,
      operation: request.operation,
      resource: countedResources.has(request.resource.resource) ? request.resource.resource : 'other',
      outcome: outcomeOf(decision),
      code: decision.response.outcome === 'denied' ? decision.response.code : '',
    });
    record(webhook, request, decision);
    return answered;
  };
}

async function decide(
  handler: Handler,
  request: AdmissionRequest,
  { log, metrics }: Pick<AnswererOptions, 'log' | 'metrics'>,
): Promise<Decision> {
  try {
    return await handler(request);
  } catch (error) {
    metrics.bugs.inc();
    log.error('admission.bug', {
      uid: request.uid,
      operation: request.operation,
      resource: request.resource.resource,
      namespace: request.namespace,
      name: request.name,
      error: error instanceof Error ? error : new Error(String(error)),
      stack: error instanceof Error ? error.stack : undefined,
    });
    const message = `Remora met a bug with this object (request ${request.uid}); its log says more`;
    return request.resource.resource === 'pods'
      ? decided(errored('InternalError', 500, message))
      : decided(warned(allowed(), [`${message}, and it was not validated [InternalError]`]));
  }
}

function outcomeOf({ response }: Decision): string {
  if (response.outcome === 'denied') return 'denied';
  return response.patch.length > 0 ? 'patched' : 'allowed';
}

function review(uid: string, decision: Decision): Answered {
  return { status: 200, contentType: 'application/json', body: encodeReview(uid, decision.response) };
}
