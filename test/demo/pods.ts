import type { KubeClient, KubeObject } from '../../kube/types.ts';
import { resources } from '../../kube/resources.ts';

interface Pod extends KubeObject {
  readonly spec: {
    readonly containers: readonly {
      readonly name: string;
      readonly env?: readonly { readonly name: string }[];
      readonly volumeMounts?: readonly { readonly mountPath: string }[];
    }[];
    readonly volumes?: readonly { readonly name: string }[];
  };
}

/** What a person wants to see of a pod before and after. */
export interface PodView {
  readonly app: string;
  readonly name: string;
  readonly variables: readonly string[];
  readonly volumes: readonly string[];
  /** Runtimes that are traced in the pod's first container; undefined when it was not injected. */
  readonly runtimes: readonly string[] | undefined;
}

/** Runtimes of the first container in `remora.dev/injected`; undefined when the annotation is not there. */
function runtimesIn(annotation: string | undefined): readonly string[] | undefined {
  if (annotation === undefined) return undefined;
  const { features } = JSON.parse(annotation) as {
    readonly features: { readonly telemetry?: { readonly containers: Readonly<Record<string, readonly string[]>> } };
  };
  return Object.values(features.telemetry?.containers ?? {})[0] ?? [];
}

/** The pods of a namespace that are not going away, by their app. */
export async function viewPods(client: KubeClient, namespace: string): Promise<ReadonlyMap<string, PodView>> {
  const listed = await client.list<Pod>(resources.pods, { namespace });
  if (listed.outcome === 'failed') throw new Error(`pods of ${namespace}: ${listed.message}`);
  const views = listed.value.items
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map(({ metadata, spec }): PodView => {
      const [container] = spec.containers;
      return {
        app: metadata.labels?.['app.kubernetes.io/name'] ?? '',
        name: metadata.name ?? '',
        variables: (container?.env ?? []).map(({ name }) => name),
        volumes: (spec.volumes ?? []).map(({ name }) => name).filter((name) => !name.startsWith('kube-api-access')),
        runtimes: runtimesIn(metadata.annotations?.['remora.dev/injected']),
      };
    });
  return new Map(views.map((view) => [view.app, view]));
}

/** One pod before and after, in a few lines. */
export function describeChange(before: PodView, after: PodView): readonly string[] {
  const added = (now: readonly string[], then: readonly string[]): string =>
    now.filter((name) => !then.includes(name)).join(' ') || 'nothing';
  return [
    after.app,
    `  before  ${before.name}: ${before.variables.length} variables, volumes ${before.volumes.join(' ') || 'none'}`,
    `  after   ${after.name}: + variables ${added(after.variables, before.variables)}`,
    `          + volumes ${added(after.volumes, before.volumes)}; traced when it runs ${after.runtimes?.join(', ') ?? 'nothing'}`,
  ];
}
