import { stringify } from 'yaml';
import type { Problem } from '../../../../../runtime/problem.ts';
import { readGatekeeper } from '../../../../../settings/policies/gatekeeper/document.ts';
import type { GatekeeperDocument } from '../../../../../settings/policies/gatekeeper/types.ts';

/** A ConstraintTemplate that is fine but for what is said. */
export function writtenTemplate({
  kind = 'K8sShop',
  version = 'v1',
  rego = 'package shop\n\nviolation[{"msg": "no"}] { input.parameters.no }\n',
  validation,
  target = {},
  metadata = {},
}: {
  readonly kind?: string;
  readonly version?: string;
  /** Null for none. */
  readonly rego?: string | null;
  readonly validation?: unknown;
  readonly target?: object;
  readonly metadata?: object;
} = {}): string {
  return stringify({
    apiVersion: `templates.gatekeeper.sh/${version}`,
    kind: 'ConstraintTemplate',
    metadata: { name: kind.toLowerCase(), ...metadata },
    spec: {
      crd: { spec: { names: { kind }, ...(validation === undefined ? {} : { validation }) } },
      targets: [{ target: 'admission.k8s.gatekeeper.sh', ...(rego === null ? {} : { rego }), ...target }],
    },
  });
}

/** A constraint of that template. */
export function writtenConstraint(spec: unknown = {}, name = 'one', kind = 'K8sShop', version = 'v1beta1'): string {
  return stringify({ apiVersion: `constraints.gatekeeper.sh/${version}`, kind, metadata: { name }, spec });
}

/** What was read of the texts, one file each, `0.yaml`, `1.yaml`, …. */
export function read(...texts: readonly string[]): ReturnType<typeof readGatekeeper> {
  return readGatekeeper(texts.map((text, at) => ({ name: `${at}.yaml`, text })));
}

/** What must be fine. */
export function readWell(...texts: readonly string[]): GatekeeperDocument {
  const result = read(...texts);
  if (result.outcome === 'refused') throw new Error(JSON.stringify(result.problems, null, 1));
  return result.document;
}

/** Problems as lines: code, field without its place, value, what is allowed, nearest. */
export function problems(...texts: readonly string[]): readonly string[] {
  const result = read(...texts);
  return result.outcome === 'refused' ? result.problems.map(line) : [];
}

function line({ code, field, value, allowed, nearest }: Problem): string {
  const parts = [code, field.replace(/^\d\.yaml:\d+:\d+ ?/, ''), value, allowed];
  return [...parts, ...(nearest === undefined ? [] : [`-> ${nearest}`])].join(' | ');
}
