import type { EventRecorder } from '../../kube/events.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Decisions } from './decisions.ts';
import type { Decision } from './handler.ts';
import { fieldsOf } from './metadata.ts';
import type { AdmissionMetrics } from './metrics.ts';
import { describeSkip } from './mutate.ts';
import type { AdmissionRequest } from './review.ts';

export interface RecordOptions {
  readonly metrics: AdmissionMetrics;
  readonly events: Pick<EventRecorder, 'record'>;
  readonly decisions: Decisions;
  readonly clock: Clock;
}

/** Writes down what was decided: metrics, events and `/why`. A dry run leaves no trace in any of them. */
export function createRecord(
  options: RecordOptions,
): (webhook: 'mutate' | 'validate' | 'policies', request: AdmissionRequest, decision: Decision) => void {
  const { metrics, events, decisions, clock } = options;
  return (webhook, request, decision) => {
    if (request.isDryRun) return;
    const { response, skipped, features, subject, note } = decision;
    for (const { feature, code } of skipped) metrics.skips.inc({ feature, code });
    for (const feature of features) metrics.injections.inc({ feature });
    // A proof for each pod that was let in would push everything else out of the ring.
    if (webhook === 'mutate' || response.outcome === 'denied' || skipped.length > 0) {
      decisions.add({
        time: new Date(clock.now()).toISOString(),
        webhook,
        operation: request.operation,
        resource: request.resource.resource,
        namespace: request.namespace ?? '',
        name: nameOf(request),
        outcome: response.outcome,
        ...(response.outcome === 'denied' ? { code: response.code, message: response.message } : {}),
        features,
        skipped,
      });
    }
    if (subject === undefined) return;
    const about = {
      regarding: subject,
      type: 'Warning',
      action: webhook === 'policies' ? 'Judging' : 'Injecting',
    } as const;
    if (response.outcome === 'denied')
      events.record({ ...about, reason: response.code, note: oneLine(note ?? response.message) });
    else for (const skip of skipped) events.record({ ...about, reason: skip.code, note: describeSkip(skip) });
  };
}

/** `kubectl get events` shows nothing after the first line. */
function oneLine(message: string): string {
  return message.replace(/:\n- /g, ': ').replace(/\n(- )?/g, '; ');
}

/** `web-5d9c7b-*` while the API server has yet to generate the rest. */
function nameOf(request: AdmissionRequest): string {
  if (request.name !== undefined) return request.name;
  const generateName = fieldsOf(fieldsOf(request.object)['metadata'])['generateName'];
  return `${typeof generateName === 'string' ? generateName : ''}*`;
}
