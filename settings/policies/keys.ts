import { listOfWords, word } from '../value.ts';
import type { ValueKind } from '../value.ts';
import type { Enforcement, InventoryKind, KindSelector, LabelSelector, OnFailure, PolicyOperation } from './types.ts';
import { inventoryList, kindList, labelSelector, namespaceList, packageName } from './values.ts';

/** What a native policy says of itself beside its Rego. Each is written by the policy's author. */
export interface PolicyValues {
  readonly kinds: readonly KindSelector[];
  readonly namespaces: readonly string[];
  readonly 'excluded-namespaces': readonly string[];
  readonly selector: LabelSelector;
  readonly 'namespace-selector': LabelSelector;
  readonly operations: readonly PolicyOperation[];
  readonly enforcement: Enforcement;
  readonly 'on-failure': OnFailure;
  readonly inventory: readonly InventoryKind[];
  readonly package: string;
}

export type PolicyKey = keyof PolicyValues;

/** One row of the table of keys: all that the parser, the schema and the documentation know of a key. */
export interface PolicyRow<T> {
  readonly kind: ValueKind<T>;
  /** What holds when nothing is written, in words. */
  readonly otherwise: string;
  /** What it says, in one paragraph of Markdown. */
  readonly description: string;
  readonly example: string;
}

type PolicyTable = { readonly [K in PolicyKey]: PolicyRow<PolicyValues[K]> };

/**
 * Every key of a native policy: an annotation `remora.dev/policy-<key>` of its ConfigMap, or `custom.remora.<key>` in a
 * `# METADATA` block of its Rego.
 */
export const policyTable: PolicyTable = {
  kinds: {
    kind: kindList,
    otherwise: 'required',
    description:
      'The kinds that the policy is asked about, with their API group. A kind without a group is of the core group; ' +
      '`*/Ingress` is every group that has the kind, `apps/*` every kind of a group, `*` everything.',
    example: 'Pod, apps/Deployment',
  },
  namespaces: {
    kind: namespaceList,
    otherwise: 'every namespace of the policy',
    description:
      'Namespaces that the policy is for. It narrows only: a policy outside of `remora-system` is for its own namespace.',
    example: 'shop, team-*',
  },
  'excluded-namespaces': {
    kind: namespaceList,
    otherwise: 'none',
    description: 'Namespaces that the policy is not for.',
    example: '*-test',
  },
  selector: {
    kind: labelSelector,
    otherwise: 'every object',
    description: 'Labels of the objects that the policy is for.',
    example: 'app=web,!canary',
  },
  'namespace-selector': {
    kind: labelSelector,
    otherwise: 'every namespace of the policy',
    description: 'Labels of the namespaces that the policy is for.',
    example: 'tier in (gold,silver)',
  },
  operations: {
    kind: listOfWords(['CREATE', 'UPDATE', 'DELETE', 'CONNECT']),
    otherwise: 'CREATE,UPDATE',
    description:
      'What is done to the objects. Deletions are asked about only where it says `DELETE`; while the webhook is away ' +
      'they pass.',
    example: 'CREATE,UPDATE,DELETE',
  },
  enforcement: {
    kind: word(['deny', 'warn', 'dryrun'], {
      deny: ['enforce', 'block', 'reject'],
      warn: ['warning'],
      dryrun: ['dry-run', 'audit', 'off', 'none'],
    }),
    otherwise: 'deny',
    description:
      'What a violation does: `deny` refuses the request, `warn` shows a warning, `dryrun` only counts. Messages of a ' +
      'rule `warn` never refuse.',
    example: 'warn',
  },
  'on-failure': {
    kind: word(['allow', 'deny'], { allow: ['ignore', 'open', 'pass'], deny: ['fail', 'closed', 'block'] }),
    otherwise: 'allow',
    description: 'Whether a request passes when the policy cannot be evaluated: it ran away, or was lost.',
    example: 'deny',
  },
  inventory: {
    kind: inventoryList,
    otherwise: 'none',
    description:
      'Kinds whose objects `data.inventory` is to hold. Which there may be, the chart says (`policies.readable`). A ' +
      'policy outside of `remora-system` sees its own namespace only.',
    example: 'v1/Service, networking.k8s.io/v1/Ingress',
  },
  package: {
    kind: packageName,
    otherwise: 'the only package that defines a rule to ask',
    description: 'The package whose rules `deny`, `warn` and `violation` are asked.',
    example: 'shop.owner',
  },
};

export const policyKeys = Object.keys(policyTable) as readonly PolicyKey[];

export function isPolicyKey(key: string): key is PolicyKey {
  return Object.hasOwn(policyTable, key);
}
