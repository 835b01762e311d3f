import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { Document, Scalar, visit } from 'yaml';
import type { Page } from './docs.ts';

/**
 * What a shipped policy does when it is applied as it is: it warns, so that nobody's deployments stop because somebody
 * tried a policy. It stands in an annotation, and nowhere in the Rego, for `kubectl annotate --overwrite` to change it.
 */
const enforcement = 'warn';

/** Names of the policies that ship: the folders of policies/ that hold one. */
export function shippedPolicies(policies: string): readonly string[] {
  return readdirSync(policies, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'lib')
    .map(({ name }) => name)
    .sort();
}

/**
 * Every shipped policy as a ConfigMap that `kubectl apply` takes: its Rego, the libraries that it imports, its tests,
 * its parameters and their schema. It names no namespace: whoever applies it says where it is to be in force.
 */
export async function renderPolicies(policies: string): Promise<readonly Page[]> {
  return await Promise.all(
    shippedPolicies(policies).map(async (name) => {
      const path = join(name, 'policy.yaml');
      const options = await resolveConfig(join(policies, path));
      return { path, text: await format(configMapOf(policies, name), { ...options, parser: 'yaml' }) };
    }),
  );
}

function configMapOf(policies: string, name: string): string {
  const own = [`${name}.rego`, `${name}_test.rego`];
  const optional = ['parameters.yaml', 'parameters.schema.yaml'].filter((file) =>
    existsSync(join(policies, name, file)),
  );
  const libraries = librariesOf(
    policies,
    own.map((file) => read(policies, name, file)),
  );
  const data = Object.fromEntries([
    ...libraries.map((library) => [`lib-${library}.rego`, read(policies, 'lib', `${library}.rego`)] as const),
    ...[...own, ...optional].map((file) => [file, read(policies, name, file)] as const),
  ]);
  const document = new Document({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name,
      labels: { 'remora.dev/policy': 'true' },
      annotations: { 'remora.dev/policy-enforcement': enforcement },
    },
    data,
  });
  document.commentBefore = ' Generated from the files beside it by `npm run docs`. Edit those.';
  visit(document, {
    Scalar: (_, scalar) => {
      if (typeof scalar.value === 'string' && scalar.value.includes('\n')) scalar.type = Scalar.BLOCK_LITERAL;
    },
  });
  return document.toString({ lineWidth: 0 });
}

function read(policies: string, ...path: readonly string[]): string {
  return readFileSync(join(policies, ...path), 'utf8');
}

/** Libraries that texts import, and those that these import, by name. */
function librariesOf(policies: string, texts: readonly string[], known: readonly string[] = []): readonly string[] {
  const imported = texts.flatMap((text) =>
    [...text.matchAll(/^import data\.remora\.lib\.(\w+)$/gm)].map(([, library = '']) => library),
  );
  const found = [...new Set(imported)].filter((library) => !known.includes(library));
  if (found.length === 0) return [...known].sort();
  const further = found.map((library) => read(policies, 'lib', `${library}.rego`));
  return librariesOf(policies, further, [...known, ...found]);
}
