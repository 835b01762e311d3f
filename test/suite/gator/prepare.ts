import { dirname, join, relative } from 'node:path';
import type { Problem } from '../../../runtime/problem.ts';
import { readConstraint } from '../../../settings/policies/gatekeeper/constraint.ts';
import { expansionCycles, readExpansion } from '../../../settings/policies/gatekeeper/expansion.ts';
import { readTemplate } from '../../../settings/policies/gatekeeper/template.ts';
import { groups } from '../../../settings/policies/gatekeeper/types.ts';
import type { Expansion, Template } from '../../../settings/policies/gatekeeper/types.ts';
import { placedInTemplate } from '../../../webhook/policy/load/places.ts';
import type { RegoProblem } from '../../../webhook/policy/types.ts';
import type { Engine } from './engine.ts';
import { readObjects, reasonOf } from './files.ts';
import type { Subject } from './judge.ts';
import type { SuiteTest } from './suite.ts';

export type Prepared =
  | { readonly outcome: 'prepared'; readonly subject: Subject }
  /** The constraint does not fit its template's schema, which a test may want. */
  | { readonly outcome: 'invalid'; readonly reason: string }
  | { readonly outcome: 'failed'; readonly reason: string }
  /** What Remora does not run, by name. */
  | { readonly outcome: 'skipped'; readonly reason: string };

type Failed = Exclude<Prepared, { readonly outcome: 'prepared' }>;

/** Codes that make a test count as skipped: templates that Remora refuses by name. */
const unsupported: readonly string[] = ['CelTemplate', 'ExternalDataTemplate'];

/** Codes of a constraint that does not fit the schema; `gator` says the same of nothing else. */
const ofSchema: readonly string[] = ['ConstraintSchema', 'ConstraintParameters'];

/** Reads and compiles what a test is about. Paths are relative to the suite. */
export async function prepare(test: SuiteTest, suitePath: string, engine: Engine): Promise<Prepared> {
  const folder = dirname(suitePath);
  const template = await prepareTemplate(join(folder, test.template), engine);
  if (template.outcome !== 'template') return template;
  const file = await readObjects(join(folder, test.constraint));
  if (file.outcome === 'broken') return failed(file.reason);
  const [resource] = file.resources;
  if (resource?.group !== groups.constraint) return failed(`${test.constraint} is no constraint`);
  const problems: Problem[] = [];
  const constraint = readConstraint(resource, template.template, problems);
  if (constraint === undefined) return refusedConstraint(problems);
  const expanded = await prepareExpansions(test.expansion === '' ? undefined : join(folder, test.expansion));
  if (expanded.outcome !== 'expansions') return expanded;
  const { expansions } = expanded;
  return { outcome: 'prepared', subject: { engine, module: template.hash, constraint, expansions } };
}

type PreparedTemplate = { readonly outcome: 'template'; readonly template: Template; readonly hash: string } | Failed;

async function prepareTemplate(path: string, engine: Engine): Promise<PreparedTemplate> {
  const file = await readObjects(path);
  if (file.outcome === 'broken') return failed(file.reason);
  const [resource] = file.resources;
  if (resource?.group !== groups.template || resource.kind !== 'ConstraintTemplate') {
    return failed(`${relative('.', path)} is no ConstraintTemplate`);
  }
  const problems: Problem[] = [];
  const template = readTemplate(resource, problems, []);
  if (template === undefined) {
    const isUnsupported = problems.every(({ code }) => unsupported.includes(code));
    return isUnsupported ? { outcome: 'skipped', reason: reasonOf(problems) } : failed(reasonOf(problems));
  }
  const compiled = await engine.compile(template.source);
  return compiled.outcome === 'compiled'
    ? { outcome: 'template', template, hash: compiled.hash }
    : failed(compiled.problems.map((problem) => describeRego(problem, template)).join('\n'));
}

/** Names the file's own line where the Rego is a block of it. */
function describeRego(problem: RegoProblem, template: Template): string {
  const { code, file, line, column, message, source } = placedInTemplate(problem, template);
  const at = line === 0 ? '' : `${file}:${line}:${column}: `;
  return `${at}${message} [${code}]${source === '' ? '' : `\n  ${source}`}`;
}

function refusedConstraint(problems: readonly Problem[]): Failed {
  const isOfSchema = problems.some(({ code }) => ofSchema.includes(code));
  const isElse = problems.some(({ code }) => code === 'ConstraintInvalid');
  return { outcome: isOfSchema && !isElse ? 'invalid' : 'failed', reason: reasonOf(problems) };
}

type PreparedExpansions = { readonly outcome: 'expansions'; readonly expansions: readonly Expansion[] } | Failed;

async function prepareExpansions(path: string | undefined): Promise<PreparedExpansions> {
  if (path === undefined) return { outcome: 'expansions', expansions: [] };
  const file = await readObjects(path);
  if (file.outcome === 'broken') return failed(file.reason);
  if (file.resources.some(({ group, kind }) => group !== groups.expansion || kind !== 'ExpansionTemplate')) {
    return failed(`${relative('.', path)} holds something else than ExpansionTemplates`);
  }
  const problems: Problem[] = [];
  const expansions = file.resources.flatMap((resource) => readExpansion(resource, problems) ?? []);
  if (problems.length > 0) return failed(reasonOf(problems));
  const cycles = expansionCycles(expansions);
  return cycles.length > 0
    ? failed(`expansions go in circles: ${cycles.join(', ')}`)
    : { outcome: 'expansions', expansions };
}

function failed(reason: string): Failed {
  return { outcome: 'failed', reason };
}
