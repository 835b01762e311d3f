import { Field, isRecord } from '../../../settings/policies/field.ts';
import { groupVersionKindOf } from '../../../settings/policies/object.ts';
import type { YamlDocument } from '../../../settings/policies/yaml/documents.ts';
import type { Problem } from '../../../runtime/problem.ts';

/** What a case expects of the violations whose message matches: how many there are. */
export interface Assertion {
  /** `yes`: at least one; `no`: none. */
  readonly violations: 'yes' | 'no' | number;
  /** A regular expression of RE2, found anywhere in the message; undefined matches all. */
  readonly message: string | undefined;
}

/** One object that is judged. Paths are relative to the suite's folder. */
export interface SuiteCase {
  readonly name: string;
  readonly object: string;
  readonly inventory: readonly string[];
  readonly assertions: readonly Assertion[];
  readonly isSkipped: boolean;
}

/** A template with a constraint. */
export interface SuiteTest {
  readonly name: string;
  readonly template: string;
  readonly constraint: string;
  /** '' for none. */
  readonly expansion: string;
  readonly cases: readonly SuiteCase[];
  /** The constraint is expected not to fit the schema of its template. */
  readonly isInvalid: boolean;
  readonly isSkipped: boolean;
}

export interface Suite {
  readonly tests: readonly SuiteTest[];
  readonly isSkipped: boolean;
}

export function isSuite({ value }: YamlDocument): boolean {
  if (!isRecord(value)) return false;
  const { group, kind } = groupVersionKindOf(value);
  return group === 'test.gatekeeper.sh' && kind === 'Suite';
}

/**
 * Reads a suite (`test.gatekeeper.sh/v1alpha1`). Keys that Gatekeeper's gator ignores are reported here as well: a
 * misspelt assertion asserts nothing.
 *
 * https://open-policy-agent.github.io/gatekeeper/website/docs/gator#writing-test-suites
 */
export function readSuite({ value, locate }: YamlDocument): {
  readonly suite: Suite;
  readonly problems: readonly Problem[];
} {
  const problems: Problem[] = [];
  const root = new Field(value, [], { code: 'SuiteInvalid', problems, locate });
  root.entries(['apiVersion', 'kind', 'metadata', 'tests', 'skip']);
  const suite = { tests: root.at('tests').items().map(readTest), isSkipped: root.at('skip').flag() ?? false };
  return { suite, problems };
}

function readTest(field: Field): SuiteTest {
  field.entries(['name', 'template', 'constraint', 'expansion', 'cases', 'invalid', 'skip']);
  return {
    name: field.at('name').text(),
    template: field.at('template').text('required'),
    constraint: field.at('constraint').text('required'),
    expansion: field.at('expansion').text(),
    cases: field.at('cases').items().map(readCase),
    isInvalid: field.at('invalid').flag() ?? false,
    isSkipped: field.at('skip').flag() ?? false,
  };
}

function readCase(field: Field): SuiteCase {
  field.entries(['name', 'object', 'inventory', 'assertions', 'skip']);
  if (field.at('assertions').items().length === 0) field.at('assertions').refuse('at least one assertion');
  return {
    name: field.at('name').text(),
    object: field.at('object').text('required'),
    inventory: field.at('inventory').texts(),
    assertions: field.at('assertions').items().map(readAssertion),
    isSkipped: field.at('skip').flag() ?? false,
  };
}

function readAssertion(field: Field): Assertion {
  field.entries(['violations', 'message']);
  const message = field.at('message');
  return { violations: readCount(field.at('violations')), message: message.isAbsent ? undefined : message.text() };
}

function readCount(field: Field): Assertion['violations'] {
  const { value } = field;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value;
  if (!field.isAbsent && value !== 'yes' && value !== 'no') field.refuse('yes, no, or a whole number');
  return value === 'no' ? 'no' : 'yes';
}
