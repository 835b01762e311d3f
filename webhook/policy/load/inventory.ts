import type { ApiResource } from '../../../kube/discovery.ts';
import type { Problem } from '../../../runtime/problem.ts';
import type { GatekeeperPolicy } from '../../../settings/policies/document.ts';
import type { Template } from '../../../settings/policies/gatekeeper/types.ts';
import type { InventoryKind } from '../../../settings/policies/types.ts';
import { isReadable, kindText, servedAs } from './readable.ts';
import type { Readable } from './readable.ts';

export interface TemplateInventory {
  /** What of it the template's Rego gets. */
  readonly kinds: readonly InventoryKind[];
  /** What it asks for and does not get, for it would then pass what it should not. Code: `InventoryNotReadable`. */
  readonly problems: readonly Problem[];
}

/**
 * What a template gets in `data.inventory`: of each list that it requires the first kind that is served and readable, and
 * all that a SyncSet or Gatekeeper's Config beside it asks for. Nothing where its Rego does not look.
 */
export function inventoryOfTemplate(
  { kind: name, inventory, isReferential }: Template,
  synced: readonly InventoryKind[],
  served: readonly ApiResource[],
  readable: Readable,
): TemplateInventory {
  if (!isReferential) return { kinds: [], problems: [] };
  const wanted = [
    ...inventory.map((kinds) => ({
      kinds,
      field: `ConstraintTemplate ${name}: metadata.gatekeeper.sh/requires-sync-data`,
    })),
    ...synced.map((kind) => ({ kinds: [kind], field: `SyncSet or Config, which ConstraintTemplate ${name} reads` })),
  ];
  const found = wanted.map(({ kinds }) => kinds.find((kind) => isHeld(kind, served, readable)));
  const chosen = found.filter((kind) => kind !== undefined);
  return {
    kinds: [...new Map(chosen.map((kind) => [kindText(kind), kind])).values()],
    problems: wanted
      .filter((_, at) => found[at] === undefined)
      .map(({ kinds, field }) => missing(field, kinds, readable)),
  };
}

function isHeld(kind: InventoryKind, served: readonly ApiResource[], readable: Readable): boolean {
  const found = servedAs(kind, served);
  return found !== undefined && isReadable(found, readable);
}

function missing(field: string, alternatives: readonly InventoryKind[], readable: Readable): Problem {
  return {
    code: 'InventoryNotReadable',
    field,
    value: alternatives.map(kindText).join(' or '),
    allowed: `what the API server serves and the chart's policies.readable lists: ${readable.join(', ')}`,
  };
}

/** What the templates of a document ask for and do not get. */
export function inventoryProblems(
  { templates, inventory }: GatekeeperPolicy,
  served: readonly ApiResource[],
  readable: Readable,
): readonly Problem[] {
  return templates.flatMap((template) => inventoryOfTemplate(template, inventory, served, readable).problems);
}
