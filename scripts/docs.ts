/**
 * Writes the generated pages of docs/: annotations.md and policy.schema.json from the tables of settings/, errors.md
 * from docs/errors.d/; and the ConfigMaps of policies/ from the Rego beside them.
 *
 * `node scripts/docs.ts` writes them; `node scripts/docs.ts --check` changes nothing and fails when one is stale.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { annotationsGuide } from '../settings/guide.ts';
import { policyDocumentSchema } from '../settings/policies/document-schema.ts';
import { renderPolicies } from './policies.ts';

/** A generated page: its path under its folder, and its text. */
export interface Page {
  readonly path: string;
  readonly text: string;
}

/** One part of docs/errors.md, written by the part of Remora that its codes belong to. */
export interface Fragment {
  readonly name: string;
  readonly text: string;
}

const heading = /^## (\S+)$/gm;

/** Codes that a fragment explains, in its order. */
export function codesOf(fragment: Fragment): readonly string[] {
  return [...fragment.text.matchAll(heading)].map(([, code = '']) => code);
}

/** Codes that more than one heading explains. */
export function doubledCodes(fragments: readonly Fragment[]): readonly string[] {
  const codes = fragments.flatMap(codesOf);
  return [...new Set(codes.filter((code, index) => codes.indexOf(code) !== index))];
}

/** Text of docs/errors.md: fragments by name, with a table of contents of every code in front. */
export function errorsGuide(fragments: readonly Fragment[]): string {
  const ordered = [...fragments].sort((left, right) => (left.name < right.name ? -1 : 1));
  const contents = ordered.map((fragment) => {
    const links = codesOf(fragment).map((code) => `[${code}](#${code.toLowerCase()})`);
    return `- **${fragment.name.replace(/\.md$/, '')}**: ${links.join(', ')}`;
  });
  const introduction = [
    '# Reason codes',
    '<!-- Generated from docs/errors.d/ by `npm run docs`. Edit the fragments there. -->',
    'Every refusal, skip and warning of Remora names one of these codes. Codes are stable; texts may change.',
    contents.join('\n'),
  ];
  return [...introduction, ...ordered.map(({ text }) => text.trim())].join('\n\n') + '\n';
}

/** Every generated page, formatted as the rest of the repository. */
export async function renderPages(docs: string): Promise<readonly Page[]> {
  const folder = join(docs, 'errors.d');
  const fragments = readdirSync(folder)
    .filter((name) => name.endsWith('.md'))
    .map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') }));
  const doubled = doubledCodes(fragments);
  if (doubled.length > 0) throw new Error(`docs/errors.d explains more than once: ${doubled.join(', ')}`);
  const pages = [
    { path: 'annotations.md', text: annotationsGuide() },
    { path: 'errors.md', text: errorsGuide(fragments) },
    { path: 'policy.schema.json', text: JSON.stringify(policyDocumentSchema()) },
  ];
  return Promise.all(
    pages.map(async ({ path, text }) => {
      const options = await resolveConfig(join(docs, path));
      return { path, text: await format(text, { ...options, filepath: path }) };
    }),
  );
}

/** Pages whose file in a folder differs from what would be written now, or is absent. */
export function stalePages(folder: string, pages: readonly Page[]): readonly Page[] {
  return pages.filter(({ path, text }) => {
    try {
      return readFileSync(join(folder, path), 'utf8') !== text;
    } catch {
      return true;
    }
  });
}

if (import.meta.main) {
  const root = join(import.meta.dirname, '..');
  const isCheck = process.argv.includes('--check');
  const renderers = { docs: renderPages, policies: renderPolicies };
  for (const [name, render] of Object.entries(renderers)) {
    const folder = join(root, name);
    for (const { path, text } of stalePages(folder, await render(folder))) {
      if (!isCheck) writeFileSync(join(folder, path), text);
      else {
        console.error(`${name}/${path} is stale: run \`npm run docs\` and commit it`);
        process.exitCode = 1;
      }
    }
  }
}
