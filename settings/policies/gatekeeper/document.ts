import type { Problem } from '../../../runtime/problem.ts';
import { nearestOf } from '../../../runtime/nearest.ts';
import type { InventoryKind, PolicyWarning, ReadPolicy } from '../types.ts';
import { readYaml } from '../yaml/documents.ts';
import { readConstraint } from './constraint.ts';
import { expansionCycles, readExpansion } from './expansion.ts';
import { fieldOf, readResource } from './resource.ts';
import type { Resource } from './resource.ts';
import { readSyncedKinds } from './sync.ts';
import { readTemplate } from './template.ts';
import { groups } from './types.ts';
import type { Constraint, Expansion, GatekeeperDocument, Template } from './types.ts';

/** A key of a ConfigMap, or a file. */
export interface WrittenFile {
  readonly name: string;
  readonly text: string;
}

/** Problems that one document reports; a page of them helps nobody, and a hostile text has thousands. */
const maxProblems = 50;

/**
 * Reads all of Gatekeeper's documents of a policy ConfigMap: ConstraintTemplates, constraints, ExpansionTemplates, SyncSets
 * and its Config, in any order and any file. Every problem names file, line and column.
 *
 * Codes, beside those of the readers: `GatekeeperYaml`, `GatekeeperKind` (of no use here), `TemplateRepeated`,
 * `TemplateMissing` (a constraint of no template), `ConstraintRepeated`, `ExpansionRepeated`, `ExpansionCycle`; as warnings
 * `TemplateUnused` and `TemplateUnknownKey`.
 */
export function readGatekeeper(files: readonly WrittenFile[]): ReadPolicy<GatekeeperDocument> {
  const problems: Problem[] = [];
  const warnings: PolicyWarning[] = [];
  const resources = files.flatMap(({ name, text }) => readResources(name, text, problems));
  const of = (group: string): readonly Resource[] => resources.filter((resource) => resource.group === group);
  const templates = readTemplates(of(groups.template), problems, warnings);
  const constraints = readConstraints(of(groups.constraint), templates, problems);
  const expansions = readExpansions(of(groups.expansion), problems);
  const inventory = readInventory([...of(groups.syncSet), ...of(groups.config)], problems);
  refuseOthers(resources, problems);
  if (problems.length > 0) return { outcome: 'refused', problems: problems.slice(0, maxProblems) };
  warnings.push(...unusedTemplates(templates, constraints));
  const read = [...templates.values()].filter((template) => template !== undefined);
  return {
    outcome: 'parsed',
    document: { kind: 'gatekeeper', templates: read, constraints, expansions, inventory },
    warnings,
  };
}

/** Objects of one YAML file. */
export function readResources(file: string, text: string, problems: Problem[]): readonly Resource[] {
  const yaml = readYaml(file, text, 'GatekeeperYaml');
  problems.push(...yaml.problems);
  return yaml.documents.flatMap((document) => readResource(file, document, 'GatekeeperYaml', problems) ?? []);
}

/** By kind; undefined is a template that has problems, so that its constraints are not called orphans as well. */
type Templates = ReadonlyMap<string, Template | undefined>;

function readTemplates(resources: readonly Resource[], problems: Problem[], warnings: PolicyWarning[]): Templates {
  const templates = new Map<string, Template | undefined>();
  for (const resource of resources) {
    if (resource.kind !== 'ConstraintTemplate') continue;
    const kind = fieldOf(resource, 'TemplateRepeated', problems).at('spec').at('crd').at('spec').at('names').at('kind');
    const template = readTemplate(resource, problems, warnings);
    const name = template?.kind ?? (typeof kind.value === 'string' ? kind.value : '');
    if (templates.has(name)) kind.refuse('one template of each kind');
    templates.set(name, template);
  }
  return templates;
}

function readConstraints(
  resources: readonly Resource[],
  templates: Templates,
  problems: Problem[],
): readonly Constraint[] {
  const seen = new Set<string>();
  return resources.flatMap((resource) => {
    const template = templates.get(resource.kind);
    if (template === undefined) {
      if (!templates.has(resource.kind)) {
        const kinds = [...templates.keys()];
        const field = fieldOf(resource, 'TemplateMissing', problems).at('kind');
        field.refuse(
          kinds.length === 0
            ? 'the kind of a ConstraintTemplate; there is none'
            : `the kind of a template: ${kinds.join(', ')}`,
          nearestOf(resource.kind, kinds),
        );
      }
      return [];
    }
    const key = `${resource.kind} ${resource.name}`;
    if (seen.has(key)) {
      fieldOf(resource, 'ConstraintRepeated', problems)
        .at('metadata')
        .at('name')
        .refuse('one constraint of each kind and name');
    }
    seen.add(key);
    return readConstraint(resource, template, problems) ?? [];
  });
}

function readExpansions(resources: readonly Resource[], problems: Problem[]): readonly Expansion[] {
  const seen = new Set<string>();
  const read = resources
    .filter(({ kind }) => kind === 'ExpansionTemplate')
    .flatMap((resource) => {
      if (seen.has(resource.name)) {
        fieldOf(resource, 'ExpansionRepeated', problems)
          .at('metadata')
          .at('name')
          .refuse('one ExpansionTemplate of each name');
      }
      seen.add(resource.name);
      const expansion = readExpansion(resource, problems);
      return expansion === undefined ? [] : [{ resource, expansion }];
    });
  const expansions = read.map(({ expansion }) => expansion);
  const cycles = expansionCycles(expansions);
  for (const { resource } of read.filter(({ expansion }) => cycles.includes(expansion.name))) {
    const field = fieldOf(resource, 'ExpansionCycle', problems).at('spec').at('generatedGVK');
    field.refuse('a kind that no ExpansionTemplate makes this one expand again');
  }
  return expansions;
}

function readInventory(resources: readonly Resource[], problems: Problem[]): readonly InventoryKind[] {
  return resources
    .filter(({ kind }) => kind === 'SyncSet' || kind === 'Config')
    .flatMap((resource) => readSyncedKinds(fieldOf(resource, 'GatekeeperKind', problems)));
}

const readable: Readonly<Record<string, readonly string[]>> = {
  [groups.template]: ['ConstraintTemplate'],
  [groups.expansion]: ['ExpansionTemplate'],
  [groups.syncSet]: ['SyncSet'],
  [groups.config]: ['Config'],
};

function refuseOthers(resources: readonly Resource[], problems: Problem[]): void {
  for (const resource of resources) {
    const kinds = Object.hasOwn(readable, resource.group) ? readable[resource.group] : undefined;
    if (resource.group === groups.constraint || kinds?.includes(resource.kind) === true) continue;
    const isProvider = resource.group === 'externaldata.gatekeeper.sh';
    const field = fieldOf(resource, isProvider ? 'ExternalDataTemplate' : 'GatekeeperKind', problems);
    field.at('kind').refuse('ConstraintTemplate, a kind of one, ExpansionTemplate, SyncSet or Config');
  }
}

function unusedTemplates(templates: Templates, constraints: readonly Constraint[]): readonly PolicyWarning[] {
  return [...templates.keys()]
    .filter((kind) => constraints.every((constraint) => constraint.kind !== kind))
    .map((kind) => ({
      code: 'TemplateUnused',
      message: `ConstraintTemplate ${kind} has no constraint here, so that it does nothing. [TemplateUnused]`,
    }));
}
