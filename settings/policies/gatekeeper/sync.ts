import { Field, isRecord } from '../field.ts';
import type { InventoryKind } from '../types.ts';

/** Annotation of a ConstraintTemplate that says which kinds its Rego reads in `data.inventory`. */
export const syncAnnotation = 'metadata.gatekeeper.sh/requires-sync-data';

/**
 * Reads what a template requires: JSON `[[{"groups": […], "versions": […], "kinds": […]}, …], …]`, of each list one kind.
 * Quotes and line ends around it are allowed, as Gatekeeper's documentation writes them.
 */
export function readSyncRequirements(annotations: Field): readonly (readonly InventoryKind[])[] {
  const field = annotations.at(syncAnnotation);
  if (field.isAbsent) return [];
  const text = field.text().replace(/^[\n"]+|[\n"]+$/g, '');
  const json = parse(text);
  const allowed = '[[{"groups": […], "versions": […], "kinds": […]}]] as JSON';
  if (json === undefined || !Array.isArray(json.value)) {
    field.refuse(allowed);
    return [];
  }
  const inner = { ...field.report, locate: () => field.report.locate(field.path) };
  return new Field(json.value, [], inner).items().map((alternatives) => alternatives.items().flatMap(readClause));
}

function parse(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}

function readClause(field: Field): readonly InventoryKind[] {
  field.entries(['groups', 'versions', 'kinds']);
  const [groups, versions, kinds] = [field.at('groups'), field.at('versions'), field.at('kinds')].map((list) =>
    list.texts(),
  );
  return (groups ?? []).flatMap((group) =>
    (versions ?? []).flatMap((version) => (kinds ?? []).map((kind) => ({ group, version, kind }))),
  );
}

/** Kinds of a SyncSet (`spec.gvks`), or of Gatekeeper's Config (`spec.sync.syncOnly`). */
export function readSyncedKinds(root: Field): readonly InventoryKind[] {
  const spec = root.at('spec');
  const list = isRecord(spec.value) && 'gvks' in spec.value ? spec.at('gvks') : spec.at('sync').at('syncOnly');
  return list.items().map((item) => {
    item.entries(['group', 'version', 'kind']);
    return {
      group: item.at('group').text(),
      version: item.at('version').text('required'),
      kind: item.at('kind').text('required'),
    };
  });
}
