import type { ObjectMeta, OwnerReference } from './pod.ts';

/**
 * The workload that a pod belongs to, as far as its own metadata says.
 *
 * `names` holds the resource attributes `k8s.<kind>.name` that are known (OpenTelemetry semantic conventions for
 * Kubernetes), ancestors first.
 */
export interface Owner {
  readonly name: string | undefined;
  readonly names: readonly (readonly [attribute: string, name: string])[];
}

/**
 * Finds the owner without asking the API: a pod names only its controller, and that one's owner is in its name.
 *
 * ReplicaSets of Deployments are named `<deployment>-<pod-template-hash>`, those of Argo Rollouts carry
 * `rollouts-pod-template-hash`, Jobs of CronJobs are named `<cronjob>-<scheduled minute>`.
 */
export function ownerOf(metadata: ObjectMeta): Owner {
  const controller = controllerOf(metadata);
  if (controller === undefined) return { name: bareName(metadata), names: [] };
  const { name } = controller;
  const labels = metadata.labels ?? {};
  switch (controller.kind) {
    case 'ReplicaSet': {
      const deployment = withoutSuffix(name, labels['pod-template-hash']);
      if (deployment !== undefined) {
        return owner(deployment, ['k8s.deployment.name', deployment], ['k8s.replicaset.name', name]);
      }
      const rollout = withoutSuffix(name, labels['rollouts-pod-template-hash']);
      return owner(rollout ?? name, ['k8s.replicaset.name', name]);
    }
    case 'Job': {
      const cronJob = cronJobOf(name);
      if (cronJob === undefined) return owner(name, ['k8s.job.name', name]);
      return owner(cronJob, ['k8s.cronjob.name', cronJob], ['k8s.job.name', name]);
    }
    default: {
      const attribute = attributes.get(controller.kind);
      return attribute === undefined ? owner(name) : owner(name, [attribute, name]);
    }
  }
}

/** Owners whose pods, or whose templates in a preview, name them directly. */
const attributes: ReadonlyMap<string, string> = new Map([
  ['Deployment', 'k8s.deployment.name'],
  ['StatefulSet', 'k8s.statefulset.name'],
  ['DaemonSet', 'k8s.daemonset.name'],
  ['CronJob', 'k8s.cronjob.name'],
  ['ReplicationController', 'k8s.replicationcontroller.name'],
]);

export function controllerOf(metadata: ObjectMeta): OwnerReference | undefined {
  return metadata.ownerReferences?.find(({ controller }) => controller === true);
}

function owner(name: string, ...names: readonly (readonly [string, string])[]): Owner {
  return { name, names };
}

/** Of a pod with no controller: what its name is generated from, which stays the same from pod to pod. */
function bareName({ generateName, name }: ObjectMeta): string | undefined {
  const base = (generateName ?? '').replace(/-+$/, '');
  return base !== '' ? base : name === '' ? undefined : name;
}

function withoutSuffix(name: string, hash: string | undefined): string | undefined {
  return hash && name.endsWith(`-${hash}`) && name.length > hash.length + 1
    ? name.slice(0, -(hash.length + 1))
    : undefined;
}

/** Minutes since 1970 of 2020-01-01 and 2100-01-01. A date written YYYYMMDD lies below, up to the year 2629. */
const firstMinute = 26_297_280;
const lastMinute = 68_374_080;

/** The CronJob controller names Jobs by their scheduled time in minutes (`getJobName`, Kubernetes 1.21 and later). */
function cronJobOf(job: string): string | undefined {
  const match = /^(.+)-(\d{8})$/.exec(job);
  const minute = Number(match?.[2]);
  return minute >= firstMinute && minute < lastMinute ? match?.[1] : undefined;
}
