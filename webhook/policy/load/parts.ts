import type { ApiResource } from '../../../kube/discovery.ts';
import type { PolicyDocument } from '../../../settings/policies/document.ts';
import type { Template } from '../../../settings/policies/gatekeeper/types.ts';
import type { NativeSource } from '../compile/types.ts';
import type { LoadedPolicy } from '../registry/loaded.ts';
import type { ModuleSource, RegoProblem } from '../types.ts';
import { constraintPolicies } from './gatekeeper.ts';
import { inventoryOfTemplate } from './inventory.ts';
import type { TakenModule } from './modules.ts';
import { nativePolicy, sourceOf } from './native.ts';
import type { Place } from './native.ts';
import { placedInTemplate } from './places.ts';
import type { Readable } from './readable.ts';

/** What of a document is compiled to one module: all of a native policy, or one of Gatekeeper's templates. */
export interface Part {
  /** Kind of the template; '' for a native policy. */
  readonly part: string;
  readonly source: ModuleSource | NativeSource;
  readonly template: Template | undefined;
}

export function partsOf(document: PolicyDocument): readonly Part[] {
  return document.kind === 'native'
    ? [{ part: '', source: sourceOf(document), template: undefined }]
    : document.templates.map((template) => ({ part: template.kind, source: template.source, template }));
}

/** A mistake in the Rego of a part, named by the place where its author finds it. */
export function placedIn({ template }: Part, problem: RegoProblem): RegoProblem {
  return template === undefined ? problem : placedInTemplate(problem, template);
}

/** The policies of a document, as far as the modules of its parts are there. */
export function policiesOf(
  document: PolicyDocument,
  place: Place,
  modules: ReadonlyMap<string, TakenModule>,
  served: readonly ApiResource[],
  readable: Readable,
): readonly LoadedPolicy[] {
  if (document.kind === 'gatekeeper') {
    return constraintPolicies(
      document,
      place,
      modules,
      (template) => inventoryOfTemplate(template, document.inventory, served, readable).kinds,
    );
  }
  const module = modules.get('');
  return module === undefined ? [] : [nativePolicy(document, place, module)];
}
