import type { InventoryKind, Enforcement, Match, ModuleSource, PolicyOperation } from '../types.ts';
import type { Schema } from './schema/types.ts';

/** API groups of Gatekeeper's kinds. */
export const groups = {
  template: 'templates.gatekeeper.sh',
  constraint: 'constraints.gatekeeper.sh',
  expansion: 'expansion.gatekeeper.sh',
  syncSet: 'syncset.gatekeeper.sh',
  config: 'config.gatekeeper.sh',
} as const;

/** The one target of templates that Gatekeeper has. */
export const target = 'admission.k8s.gatekeeper.sh';

/** Where a text of the module stands in a file, so that OPA's line n is the file's line `line + n - 1`. */
export interface RegoPlace {
  /** Name in `ModuleSource.files`. */
  readonly name: string;
  /** Key of the ConfigMap, or path of the file. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A ConstraintTemplate. Plain data. */
export interface Template {
  /** Of its constraints: `K8sRequiredLabels`. */
  readonly kind: string;
  /** Answers at `gatekeeper/violation`, as Gatekeeper reads a template's violations. */
  readonly source: ModuleSource;
  readonly places: readonly RegoPlace[];
  /** Of `spec.parameters`; undefined where its constraints may have none. */
  readonly schema: Schema | undefined;
  /** What it names in `spec.targets[0].operations`; CREATE and UPDATE, as Gatekeeper is installed, when it names none. */
  readonly operations: readonly PolicyOperation[];
  /** Kinds that its Rego needs in `data.inventory` (`metadata.gatekeeper.sh/requires-sync-data`): one of each list. */
  readonly inventory: readonly (readonly InventoryKind[])[];
  /** Whether its Rego reads `data.inventory`, declared or not. */
  readonly isReferential: boolean;
}

/** Objects that were written, objects that an ExpansionTemplate made of them, or both. */
export const sources = ['All', 'Original', 'Generated'] as const;
export type Source = (typeof sources)[number];

export interface ConstraintMatch extends Match {
  readonly source: Source;
}

/** Where Gatekeeper enforces: at admission, in its audit, in `gator`, and in a ValidatingAdmissionPolicy. */
export const enforcementPoints = [
  'validation.gatekeeper.sh',
  'audit.gatekeeper.sh',
  'gator.gatekeeper.sh',
  'vap.k8s.io',
] as const;
export type EnforcementPoint = (typeof enforcementPoints)[number];

/** What violations of a constraint do at each point; nothing at a point that is not there. */
export type Enforcements = Readonly<Partial<Record<EnforcementPoint, readonly Enforcement[]>>>;

/** A constraint: a template with parameters, and what it is for. Plain data. */
export interface Constraint {
  readonly kind: string;
  readonly name: string;
  readonly match: ConstraintMatch;
  readonly enforcements: Enforcements;
  /** `input.parameters` as JSON, with the template's defaults filled in; `{}` when there are none. */
  readonly parameters: string;
}

/** Groups, versions and kinds, each combination of them; no globs. */
export interface ApplyTo {
  readonly groups: readonly string[];
  readonly versions: readonly string[];
  readonly kinds: readonly string[];
}

/** An ExpansionTemplate: objects that controllers will make of others. Plain data. */
export interface Expansion {
  readonly name: string;
  readonly applyTo: readonly ApplyTo[];
  /** Keys to the template within the object: `spec`, `template`. */
  readonly templateSource: readonly string[];
  readonly generated: InventoryKind;
  /** What violations of the made objects do instead of what the constraint says. */
  readonly enforcement: Enforcement | undefined;
}

/** All of Gatekeeper that one policy ConfigMap holds. */
export interface GatekeeperDocument {
  readonly kind: 'gatekeeper';
  readonly templates: readonly Template[];
  readonly constraints: readonly Constraint[];
  readonly expansions: readonly Expansion[];
  /** Kinds that a SyncSet or Gatekeeper's Config asks for, beside what the templates need. */
  readonly inventory: readonly InventoryKind[];
}
