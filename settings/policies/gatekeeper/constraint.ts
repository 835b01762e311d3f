import type { Problem } from '../../../runtime/problem.ts';
import { Field } from '../field.ts';
import { globPattern } from '../glob.ts';
import { matchRequest } from '../match.ts';
import type { MatchResult, MatchSubject } from '../match.ts';
import { writeJson } from '../json.ts';
import { readSelector } from '../selector.ts';
import type { KindSelector } from '../types.ts';
import { readEnforcements } from './enforcement.ts';
import { fieldOf } from './resource.ts';
import type { Resource } from './resource.ts';
import { withDefaults } from './schema/default.ts';
import { refuseUnknownKeys } from './schema/unknown.ts';
import { validate } from './schema/validate.ts';
import { sources } from './types.ts';
import type { Constraint, ConstraintMatch, Source, Template } from './types.ts';

const versions = ['v1beta1', 'v1alpha1'] as const;
const namePattern = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;
const matchKeys = [
  'source',
  'kinds',
  'scope',
  'namespaces',
  'excludedNamespaces',
  'labelSelector',
  'namespaceSelector',
  'name',
];

/**
 * Reads a constraint of a template, as Gatekeeper 3.23 and the template's CRD check it. Problems go to `problems`;
 * undefined when there are any.
 *
 * Codes: `ConstraintInvalid` for its name, version, kind and selectors, `ConstraintSchema` for the rest of its shape,
 * `ConstraintParameters` for parameters that do not fit the template's schema, and `ConstraintUnknownKey` for keys that
 * nothing reads. Gatekeeper tells the first apart from the middle two as well.
 */
export function readConstraint(resource: Resource, template: Template, problems: Problem[]): Constraint | undefined {
  const found: Problem[] = [];
  const root = fieldOf(resource, 'ConstraintInvalid', found);
  if (!versions.some((version) => version === resource.version)) {
    root.at('apiVersion').refuse(`one of ${versions.map((version) => `${resource.group}/${version}`).join(', ')}`);
  }
  if (resource.kind !== template.kind) root.at('kind').refuse('the kind of a template', template.kind);
  const name = root.at('metadata').at('name');
  if (name.text('required') !== '' && (resource.name.length > 63 || !namePattern.test(resource.name))) {
    name.refuse('a DNS name (RFC 1123) of at most 63 characters');
  }
  const spec = root.at('spec');
  root.coded('ConstraintUnknownKey').entries(['apiVersion', 'kind', 'metadata', 'spec', 'status']);
  spec.coded('ConstraintUnknownKey').entries(['match', 'parameters', 'enforcementAction', 'scopedEnforcementActions']);
  const constraint = {
    kind: resource.kind,
    name: resource.name,
    match: readMatch(spec.at('match').coded('ConstraintSchema')),
    enforcements: readEnforcements(spec.coded('ConstraintSchema')),
    parameters: writeJson(readParameters(spec, template) ?? {}),
  };
  problems.push(...found);
  return found.length > 0 ? undefined : constraint;
}

/** Reads `spec.match`; everything that is absent matches all. */
export function readMatch(field: Field): ConstraintMatch {
  field.coded('ConstraintUnknownKey').entries(matchKeys);
  return {
    kinds: field.at('kinds').items().map(readKinds),
    namespaces: field.at('namespaces').items().map(readGlob),
    excludedNamespaces: field.at('excludedNamespaces').items().map(readGlob),
    labelSelector: readSelector(field.at('labelSelector').coded('ConstraintInvalid')),
    namespaceSelector: readSelector(field.at('namespaceSelector').coded('ConstraintInvalid')),
    scope: field.at('scope').oneOf(['*', 'Namespaced', 'Cluster', '']) || '*',
    name: field.at('name').isAbsent ? '' : readGlob(field.at('name')),
    source: field.at('source').oneOf(sources) ?? 'All',
  };
}

function readKinds(field: Field): KindSelector {
  field.coded('ConstraintUnknownKey').entries(['apiGroups', 'kinds']);
  return { apiGroups: field.at('apiGroups').texts(), kinds: field.at('kinds').texts() };
}

function readGlob(field: Field): string {
  if (field.isAbsent) field.refuse('a text');
  const glob = field.text();
  if (!globPattern.test(glob)) field.refuse('a name, or one with * at either end, as kube-* and *-system');
  return glob;
}

function readParameters(spec: Field, { schema }: Template): unknown {
  const field = spec.at('parameters');
  if (schema === undefined) {
    if (field.value !== undefined)
      field.coded('ConstraintUnknownKey').refuse('nothing; the template has no parameters');
    return undefined;
  }
  refuseUnknownKeys(schema, field.coded('ConstraintUnknownKey'));
  // API servers fill in defaults before they validate.
  const filled = withDefaults(schema, field.value === undefined ? schema.default?.value : field.value);
  validate(schema, new Field(filled, field.path, field.coded('ConstraintParameters').report));
  return filled;
}

/** Whether a constraint is for a request. `source` says what made the request's object. */
export function matchConstraint(
  match: ConstraintMatch,
  subject: MatchSubject,
  source: Exclude<Source, 'All'>,
): MatchResult {
  const result = matchRequest(match, subject);
  if (result.outcome !== 'matched') return result;
  return match.source === 'All' || match.source === source ? result : { outcome: 'unmatched' };
}
