import { readdir, readFile } from 'node:fs/promises';
import { parseAllDocuments } from 'yaml';
import type { KubeObject } from '../../../kube/types.ts';

/** A ConstraintTemplate and one constraint of it. */
export interface PolicyDocument {
  readonly template: Template;
  readonly constraint: KubeObject & { readonly kind: string };
}

interface Template extends KubeObject {
  readonly spec: {
    readonly crd: { readonly spec: { readonly names: { readonly kind: string } } };
    readonly targets: readonly { readonly rego: string }[];
  };
}

const folder = new URL('./templates/', import.meta.url);

/**
 * So many policies in Gatekeeper's format: those of `templates/`, and then the same again under other names. Each has
 * Rego of its own, as the templates of a cluster have, so that nothing is compiled or kept once for two of them.
 */
export async function policyDocuments(count: number): Promise<readonly PolicyDocument[]> {
  const names = (await readdir(folder)).sort();
  const written = await Promise.all(names.map(readDocument));
  return Array.from({ length: count }, (_, at) => {
    const document = written[at % written.length];
    if (document === undefined) throw new Error('there are no templates');
    const copy = Math.floor(at / written.length);
    return copy === 0 ? document : renamed(document, copy + 1);
  });
}

async function readDocument(name: string): Promise<PolicyDocument> {
  const [template, constraint] = parseAllDocuments(await readFile(new URL(name, folder), 'utf8')).map(
    (document) => document.toJS() as unknown,
  );
  return { template, constraint } as PolicyDocument;
}

function renamed({ template, constraint }: PolicyDocument, copy: number): PolicyDocument {
  const kind = `${constraint.kind}${copy}`;
  const { spec } = template;
  const targets = spec.targets.map((target) => ({ ...target, rego: target.rego.replace(/^package \w+/, `$&${copy}`) }));
  return {
    template: {
      ...template,
      metadata: { name: kind.toLowerCase() },
      spec: { ...spec, crd: { spec: { ...spec.crd.spec, names: { kind } } }, targets },
    },
    constraint: { ...constraint, kind, metadata: { name: `${constraint.metadata.name}-${copy}` } },
  };
}
