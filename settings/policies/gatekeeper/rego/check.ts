import { nearestOf } from '../../../../runtime/nearest.ts';
import { shown } from '../../../../runtime/problem.ts';
import { writePath } from '../../field.ts';
import type { Field } from '../../field.ts';
import { outlineRego } from './outline.ts';
import type { Reference, RegoOutline, RegoPosition } from './outline.ts';

/** Reports a problem of a Rego text at a position of it. */
export type RefuseRego = (code: string, at: RegoPosition, value: string, allowed: string, nearest?: string) => void;

/** What a template's Rego may read of `data`: the cluster, and its own libs. */
const readable = ['inventory', 'lib'];

const start: RegoPosition = { line: 1, column: 1 };

/**
 * Gatekeeper's rules for the Rego of a template: a package, a rule `violation`, imports of `data.lib` only (and of
 * `future` and `rego.v1`, which change the language), and no reference below `data` but to `data.inventory` and
 * `data.lib`. What else is wrong with it, OPA says. Codes: `TemplateRego`, `ExternalDataTemplate`.
 */
export function checkTemplateRego(text: string, refuse: RefuseRego): RegoOutline {
  const outline = outlineRego(text);
  if (outline.package === undefined)
    refuse('TemplateRego', start, firstLine(text), 'a package statement, as its first');
  if (!outline.rules.has('violation')) {
    const rules = [...outline.rules];
    const nearest = nearestOf('violation', rules) === undefined ? undefined : 'violation';
    refuse('TemplateRego', start, rules.join(', '), 'a rule named violation', nearest);
  }
  checkReferences(outline, refuse);
  return outline;
}

/** Gatekeeper's rules for a lib: its package is below `lib`, and it refers to no more than a template may. */
export function checkLibRego(text: string, refuse: RefuseRego): RegoOutline {
  const outline = outlineRego(text);
  const path = outline.package?.path ?? [];
  if (path[0] !== 'lib' || path.length < 2) {
    const named = outline.package === undefined ? firstLine(text) : `package ${path.join('.')}`;
    refuse('TemplateRego', outline.package ?? start, named, 'a package below lib, such as package lib.images');
  }
  checkReferences(outline, refuse);
  return outline;
}

function checkReferences(outline: RegoOutline, refuse: RefuseRego): void {
  for (const item of outline.imports) {
    const [root = '', part = ''] = item.path;
    const isLanguage = root === 'future' || (root === 'rego' && part === 'v1');
    if (isLanguage || (root === 'data' && part === 'lib')) continue;
    refuse('TemplateRego', item, `import ${item.path.join('.')}`, 'imports of data.lib, future.keywords and rego.v1');
  }
  for (const reference of outline.dataReferences) {
    if (readable.includes(reference.path[1] ?? '')) continue;
    refuse('TemplateRego', reference, written(reference), 'references to data.inventory and data.lib');
  }
  const external = outline.calls.get('external_data');
  if (external !== undefined) {
    refuse('ExternalDataTemplate', external, 'external_data', 'Rego that asks no external data provider');
  }
}

function written({ path }: Reference): string {
  return path.join('.');
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0] ?? '';
}

/** Refuses at a field of a document: at its own line where the text is a block of it, else with the line beside it. */
export function refuseRegoAt(field: Field, block: RegoPosition | undefined, file: string): RefuseRego {
  return (code, at, value, allowed, nearest) => {
    const { problems, locate } = field.report;
    const place =
      block === undefined
        ? `${locate(field.path)}:${at.line}:${at.column}`
        : `${file}:${block.line + at.line - 1}:${block.column + at.column - 1} ${writePath(field.path)}`;
    const problem = { code, field: place, value: shown(value), allowed };
    problems.push(nearest === undefined ? problem : { ...problem, nearest });
  };
}
