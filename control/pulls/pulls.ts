import type { EventRecorder } from '../../kube/events.ts';
import { createInformer } from '../../kube/informer.ts';
import { resources } from '../../kube/resources.ts';
import type { KubeClient } from '../../kube/types.ts';
import type { Timer } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/log.ts';
import { shown } from '../../runtime/problem.ts';
import type { PullMetrics } from './metrics.ts';
import { stuckPull } from './stuck.ts';
import type { PendingPod, StuckPull } from './stuck.ts';

export interface PullsOptions {
  readonly client: KubeClient;
  readonly events: Pick<EventRecorder, 'record'>;
  readonly timer: Timer;
  readonly random: () => number;
  readonly log: Logger;
  readonly metrics: PullMetrics;
}

/**
 * Says on each pod that cannot start for want of an image that Remora put in, that it is Remora's, and what helps;
 * the kubelet's own event names only the image. Runs until `signal` aborts.
 */
export async function runPulls(options: PullsOptions, signal: AbortSignal): Promise<void> {
  const { client, events, timer, random, metrics } = options;
  const log = options.log.with({ part: 'pulls' });
  const pending = createInformer<PendingPod, StuckPull>({
    client,
    type: resources.pods,
    // A pod leaves this phase once its containers have been started.
    query: { fieldSelector: 'status.phase=Pending' },
    keep: stuckPull,
    timer,
    random,
    log,
  });
  const told = new Map<string, string>();
  pending.onChange((namespace = '', name, stuck) => {
    const key = `${namespace}/${name}`;
    // The kubelet writes the status anew at each attempt; one word is enough.
    const what = stuck === undefined ? undefined : `${stuck.uid} ${stuck.image}`;
    if (told.get(key) === what) return;
    if (stuck === undefined || what === undefined) told.delete(key);
    else {
      told.set(key, what);
      const regarding = { apiVersion: 'v1', kind: 'Pod', namespace, name, uid: stuck.uid };
      const note = describeStuckPull(stuck);
      events.record({ regarding, type: 'Warning', reason: 'InjectedImageUnavailable', action: 'Starting', note });
      log.warn('pull.stuck', { namespace, name, image: stuck.image, node: stuck.node });
    }
    metrics.setWaiting(told.size);
  });
  await pending.start(signal);
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
  metrics.setWaiting(0);
}

/** What, why, and what to do, in one line. */
function describeStuckPull({ image, part, node }: StuckPull): string {
  return (
    `the pod waits for image ${shown(image)} (${shown(part)}), which Remora put in and node ${shown(node)} cannot get; ` +
    'events of the kubelet name the cause. Make the image readable for the node, or label the pod template ' +
    'remora.dev/inject=disabled. docs/operations.md#an-image-that-cannot-be-pulled [InjectedImageUnavailable]'
  );
}
