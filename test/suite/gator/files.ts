import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { describeProblem } from '../../../runtime/problem.ts';
import { readResources } from '../../../settings/policies/gatekeeper/document.ts';
import type { Resource } from '../../../settings/policies/gatekeeper/resource.ts';
import { readYaml } from '../../../settings/policies/yaml/documents.ts';
import type { Problem } from '../../../runtime/problem.ts';
import { isSuite, readSuite } from './suite.ts';
import type { Suite } from './suite.ts';

/** A suite, or why what says that it is one cannot be read. */
export type SuiteFile =
  | { readonly outcome: 'read'; readonly path: string; readonly suite: Suite }
  | { readonly outcome: 'broken'; readonly path: string; readonly reason: string };

/** Every suite below a folder, or in a file, in the order of paths. Other YAML files are left alone, broken or not. */
export async function findSuites(target: string): Promise<readonly SuiteFile[]> {
  const paths = (await stat(target)).isDirectory() ? await yamlFiles(target) : [target];
  const found = await Promise.all(paths.map(readSuiteFile));
  return found.filter((file) => file !== undefined);
}

async function yamlFiles(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && /\.ya?ml$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

async function readSuiteFile(path: string): Promise<SuiteFile | undefined> {
  const text = await readFile(path, 'utf8');
  if (!text.includes('test.gatekeeper.sh')) return undefined;
  const { documents, problems } = readYaml(relative('.', path), text, 'SuiteInvalid');
  const [first] = documents;
  if (problems.length > 0) return { outcome: 'broken', path, reason: reasonOf(problems) };
  if (first === undefined || !isSuite(first)) return undefined;
  const read = readSuite(first);
  return read.problems.length > 0
    ? { outcome: 'broken', path, reason: reasonOf(read.problems) }
    : { outcome: 'read', path, suite: read.suite };
}

export type ReadFile =
  | { readonly outcome: 'read'; readonly resources: readonly Resource[] }
  | { readonly outcome: 'broken'; readonly reason: string };

/** The Kubernetes objects of a file; broken when there is none. */
export async function readObjects(path: string): Promise<ReadFile> {
  const name = relative('.', path);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    return { outcome: 'broken', reason: `${name} cannot be read (${String(error.code)})` };
  }
  const problems: Problem[] = [];
  const resources = readResources(name, text, problems);
  if (problems.length > 0) return { outcome: 'broken', reason: reasonOf(problems) };
  return resources.length === 0
    ? { outcome: 'broken', reason: `${name} holds no object` }
    : { outcome: 'read', resources };
}

export function reasonOf(problems: readonly Problem[]): string {
  return problems.map(describeProblem).join('\n');
}
