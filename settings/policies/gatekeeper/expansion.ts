import type { Problem } from '../../../runtime/problem.ts';
import type { Field } from '../field.ts';
import type { InventoryKind } from '../types.ts';
import { fieldOf } from './resource.ts';
import type { Resource } from './resource.ts';
import type { ApplyTo, Expansion } from './types.ts';

const versions = ['v1beta1', 'v1alpha1'] as const;

/**
 * Reads an ExpansionTemplate (`expansion.gatekeeper.sh`) as Gatekeeper 3.23 checks it. Problems go to `problems` under the
 * code `ExpansionInvalid`; undefined when there are any.
 */
export function readExpansion(resource: Resource, problems: Problem[]): Expansion | undefined {
  const found: Problem[] = [];
  const root = fieldOf(resource, 'ExpansionInvalid', found);
  if (!versions.some((version) => version === resource.version)) {
    root.at('apiVersion').refuse(`one of ${versions.map((version) => `${resource.group}/${version}`).join(', ')}`);
  }
  const name = root.at('metadata').at('name');
  if (name.text('required').length > 63) name.refuse('at most 63 characters');
  root.entries(['apiVersion', 'kind', 'metadata', 'spec', 'status']);
  const spec = root.at('spec');
  spec.entries(['applyTo', 'templateSource', 'generatedGVK', 'enforcementAction']);
  const expansion = {
    name: resource.name,
    applyTo: readApplyTo(spec.at('applyTo')),
    templateSource: spec.at('templateSource').text('required').split('.'),
    generated: readGenerated(spec.at('generatedGVK')),
    enforcement: spec.at('enforcementAction').oneOf(['deny', 'warn', 'dryrun', '']) || undefined,
  };
  if (appliesTo(expansion, expansion.generated)) spec.at('generatedGVK').refuse('another kind than those of applyTo');
  problems.push(...found);
  return found.length > 0 ? undefined : expansion;
}

function readApplyTo(field: Field): readonly ApplyTo[] {
  const items = field.items().map((item) => {
    item.entries(['groups', 'versions', 'kinds']);
    const [groups, versionsOf, kinds] = [item.at('groups'), item.at('versions'), item.at('kinds')];
    for (const list of [groups, versionsOf, kinds]) {
      if (list.items().length === 0) list.refuse('at least one; there are no globs here');
    }
    return { groups: groups.texts(), versions: versionsOf.texts(), kinds: kinds.texts() };
  });
  if (items.length === 0) field.refuse('at least one {groups, versions, kinds}');
  return items;
}

function readGenerated(field: Field): InventoryKind {
  field.entries(['group', 'version', 'kind']);
  return {
    group: field.at('group').text(),
    version: field.at('version').text('required'),
    kind: field.at('kind').text('required'),
  };
}

export function appliesTo({ applyTo }: Pick<Expansion, 'applyTo'>, { group, version, kind }: InventoryKind): boolean {
  return applyTo.some(
    (item) => item.groups.includes(group) && item.versions.includes(version) && item.kinds.includes(kind),
  );
}

/** Names of the expansions that stand on a cycle, each making what another expands, in the order given. */
export function expansionCycles(expansions: readonly Expansion[]): readonly string[] {
  const nextOf = (expansion: Expansion): readonly Expansion[] =>
    expansions.filter((other) => appliesTo(other, expansion.generated));
  return expansions.filter((expansion) => reaches(expansion, expansion, nextOf)).map(({ name }) => name);
}

function reaches(from: Expansion, to: Expansion, nextOf: (expansion: Expansion) => readonly Expansion[]): boolean {
  const seen = new Set<Expansion>();
  const waiting = [...nextOf(from)];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (next === to) return true;
    if (seen.has(next)) continue;
    seen.add(next);
    waiting.push(...nextOf(next));
  }
  return false;
}

function workload(name: string, group: string, kinds: readonly string[], templateSource: readonly string[]): Expansion {
  const applyTo = [{ groups: [group], versions: ['v1'], kinds }];
  return {
    name,
    applyTo,
    templateSource,
    generated: { group: '', version: 'v1', kind: 'Pod' },
    enforcement: undefined,
  };
}

/** Expansions of all workloads of Kubernetes to their pods, for who wants them without writing ExpansionTemplates. */
export const workloadExpansions: readonly Expansion[] = [
  workload('apps', 'apps', ['Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet'], ['spec', 'template']),
  workload('replicationcontrollers', '', ['ReplicationController'], ['spec', 'template']),
  workload('jobs', 'batch', ['Job'], ['spec', 'template']),
  workload('cronjobs', 'batch', ['CronJob'], ['spec', 'jobTemplate', 'spec', 'template']),
];
