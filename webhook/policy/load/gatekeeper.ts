import type { GatekeeperPolicy } from '../../../settings/policies/document.ts';
import { enforcementsAt } from '../../../settings/policies/gatekeeper/enforcement.ts';
import type { Constraint, Template } from '../../../settings/policies/gatekeeper/types.ts';
import type { Enforcement, InventoryKind } from '../../../settings/policies/types.ts';
import type { LoadedExpansion, LoadedPolicy } from '../registry/loaded.ts';
import type { TakenModule } from './modules.ts';
import type { Place } from './native.ts';

/** Points at which Gatekeeper enforces what Remora does at admission and in its audit. */
const points = { admission: 'validation.gatekeeper.sh', audit: 'audit.gatekeeper.sh' } as const;

/** Each constraint is a policy of its own, named as Gatekeeper names it in its messages. */
export function constraintPolicies(
  document: GatekeeperPolicy,
  place: Place,
  modules: ReadonlyMap<string, TakenModule>,
  inventoryOf: (template: Template) => readonly InventoryKind[],
): readonly LoadedPolicy[] {
  const templates = new Map(document.templates.map((template) => [template.kind, template]));
  return document.constraints.flatMap((constraint) => {
    const template = templates.get(constraint.kind);
    const module = modules.get(constraint.kind);
    if (template === undefined || module === undefined) return [];
    return [constraintPolicy(constraint, template, document, place, module, inventoryOf(template))];
  });
}

function constraintPolicy(
  { name: title, match: { source, ...match }, enforcements, parameters }: Constraint,
  { operations }: Template,
  { onFailure }: GatekeeperPolicy,
  { namespace, name, isForAll }: Place,
  module: TakenModule,
  inventory: readonly InventoryKind[],
): LoadedPolicy {
  const atAdmission = strongest(enforcementsAt(enforcements, points.admission));
  const inAudit = strongest(enforcementsAt(enforcements, points.audit));
  return {
    name: { namespace, name, title },
    isForAll,
    match,
    source,
    isAdmitted: atAdmission !== undefined,
    isAudited: inAudit !== undefined,
    operations,
    onFailure,
    input: 'gatekeeper',
    parameters,
    rules: module.entrypoints.map((entrypoint) => ({
      module: module.hash,
      entrypoint,
      enforcement: atAdmission ?? inAudit ?? 'dryrun',
    })),
    inventory,
  };
}

/** Scoped actions may name several for one point; the one that refuses says it all. */
function strongest(enforcements: readonly Enforcement[]): Enforcement | undefined {
  return (['deny', 'warn', 'dryrun'] as const).find((each) => enforcements.includes(each));
}

export function expansionsOf(document: GatekeeperPolicy, { namespace, isForAll }: Place): readonly LoadedExpansion[] {
  return document.expansions.map((expansion) => ({ namespace, isForAll, expansion }));
}
