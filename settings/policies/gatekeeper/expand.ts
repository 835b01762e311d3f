import { isRecord, ownValue } from '../field.ts';
import { factsOf, groupVersionKindOf, metadataOf, textOf } from '../object.ts';
import type { KubeObject } from '../object.ts';
import type { Enforcement, InventoryKind } from '../types.ts';
import { appliesTo } from './expansion.ts';
import type { Expansion } from './types.ts';

/** An object that a controller would make of another. */
export interface Resultant {
  readonly object: KubeObject;
  /** Name of the ExpansionTemplate. */
  readonly template: string;
  /** What its violations do instead of what the constraint says. */
  readonly enforcement: Enforcement | undefined;
}

export type Expanded =
  | { readonly outcome: 'expanded'; readonly resultants: readonly Resultant[] }
  | {
      readonly outcome: 'failed';
      /** `ExpansionFailed`: the object has not what an ExpansionTemplate takes its template from, or too much is made of it. */
      readonly code: 'ExpansionFailed';
      readonly message: string;
    };

/** Expansions of expansions of …; cycles are refused when they are written, so that this is never reached. */
const maxDepth = 30;
/** Two expansions from each kind to the next make a million objects in twenty steps. */
const maxResultants = 100;

/** How many objects may still be made. */
interface Budget {
  left: number;
}

/**
 * What controllers would make of an object, and of that in turn, as Gatekeeper 3.23 expands it (`pkg/expansion`): the
 * template below `templateSource`, with the generated kind, the name `<name>-<kind>` in lower case, the namespace of the
 * object and an owner reference to it. `namespace` is that of the request; '' for none, undefined when it is not known, so
 * that the object's own counts. Expansions apply in the order of their names; what is made of made objects comes first.
 */
export function expand(object: KubeObject, namespace: string | undefined, expansions: readonly Expansion[]): Expanded {
  const ordered = [...expansions].sort((left, right) => (left.name < right.name ? -1 : 1));
  return expandBelow(object, namespace, ordered, 0, { left: maxResultants });
}

function expandBelow(
  object: KubeObject,
  namespace: string | undefined,
  expansions: readonly Expansion[],
  depth: number,
  budget: Budget,
): Expanded {
  if (depth >= maxDepth) return failed(`expansions nest more than ${maxDepth} levels`);
  const made: Resultant[] = [];
  const below: Resultant[] = [];
  for (const expansion of expansions) {
    if (!appliesTo(expansion, groupVersionKindOf(object))) continue;
    const template = templateOf(object, expansion.templateSource);
    if (template === undefined) {
      const { kind, name } = factsOf(object);
      return failed(
        `${kind} ${name} has no map at ${expansion.templateSource.join('.')}, which ${expansion.name} expands`,
      );
    }
    if (budget.left === 0) return failed(`expansions make more than ${maxResultants} objects`);
    budget.left -= 1;
    const resultant = resultantOf(object, template, namespace, expansion.generated);
    made.push({ object: resultant, template: expansion.name, enforcement: expansion.enforcement });
    const next = expandBelow(resultant, namespace, expansions, depth + 1, budget);
    if (next.outcome === 'failed') return next;
    below.push(...next.resultants);
  }
  return { outcome: 'expanded', resultants: [...below, ...made] };
}

function failed(message: string): Expanded {
  return { outcome: 'failed', code: 'ExpansionFailed', message };
}

function templateOf(object: KubeObject, path: readonly string[]): KubeObject | undefined {
  let value: unknown = object;
  for (const key of path) value = isRecord(value) ? ownValue(value, key) : undefined;
  return isRecord(value) ? value : undefined;
}

function resultantOf(
  parent: KubeObject,
  template: KubeObject,
  namespace: string | undefined,
  { group, version, kind }: InventoryKind,
): KubeObject {
  const { namespace: own, ...metadata } = metadataOf(template);
  const { name, namespace: ofParent } = factsOf(parent);
  const home = namespace ?? (ofParent === '' ? (own ?? '') : ofParent);
  return {
    ...template,
    apiVersion: group === '' ? version : `${group}/${version}`,
    kind,
    metadata: {
      ...metadata,
      ...(home === '' ? {} : { namespace: home }),
      name: `${name}-${kind}`.toLowerCase(),
      ...ownersOf(parent, metadata),
    },
  };
}

/** The template's own owner references, and one to what the object is made of. */
function ownersOf(parent: KubeObject, metadata: KubeObject): KubeObject {
  const [apiVersion, kind, name] = [textOf(parent, 'apiVersion'), textOf(parent, 'kind'), factsOf(parent).name];
  const written = ownValue(metadata, 'ownerReferences');
  const owners: readonly unknown[] = Array.isArray(written) ? written : [];
  const isOwner = (owner: unknown): boolean =>
    isRecord(owner) && owner['apiVersion'] === apiVersion && owner['kind'] === kind && owner['name'] === name;
  if (apiVersion === '' || kind === '' || name === '' || owners.some(isOwner)) return {};
  return { ownerReferences: [...owners, { apiVersion, kind, name, uid: '' }] };
}

/** Heads a message about a resultant, as Gatekeeper does. */
export function impliedMessage(template: string, message: string): string {
  return `[Implied by ${template}] ${message}`;
}
