import type { KubeClient, KubeObject, ResourceType } from '../../../../kube/types.ts';
import { withoutRight, type Rule } from '../../../rights/rights.ts';
import { attemptUntil } from '../../../e2e/harness/attempts.ts';
import { grantText, roleTypes, type Grant, type Role } from './grants.ts';
import { valueOf } from './outcome.ts';

/** authorization.k8s.io/v1 SubjectAccessReview: what the API server itself would say to a request. */
interface Review extends KubeObject {
  readonly status?: { readonly allowed: boolean };
}

const reviews: ResourceType = { group: 'authorization.k8s.io', version: 'v1', plural: 'subjectaccessreviews' };

/** The authorizer follows roles by a watch of its own; it is a matter of milliseconds. */
const heardMs = 30_000;

/** Whether an account of `namespace` may do what a grant says, by the API server's own answer. */
export async function isAllowed(client: KubeClient, namespace: string, grant: Grant): Promise<boolean> {
  const { account, right, scope } = grant;
  const review = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    metadata: {},
    spec: {
      user: `system:serviceaccount:${namespace}:${account}`,
      groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
      ...attributesOf(right, scope),
    },
  };
  return valueOf(await client.create<Review>(reviews, review)).status?.allowed === true;
}

function attributesOf(right: Grant['right'], scope: string | undefined): object {
  if ('path' in right) return { nonResourceAttributes: right };
  const [resource = '', subresource = ''] = right.resource.split('/', 2);
  const { verb, group, name = '' } = right;
  return { resourceAttributes: { verb, group, resource, subresource, name, namespace: scope ?? '' } };
}

/**
 * Takes exactly one right from its role, and resolves when the API server refuses it, and only it, of all `grants`.
 *
 * @returns gives it back, and resolves when the API server allows it.
 * @throws Error when the account has the right from elsewhere too, or lost another one; the role is then as it was.
 */
export async function takeAway(
  client: KubeClient,
  namespace: string,
  grant: Grant,
  grants: readonly Grant[],
): Promise<() => Promise<void>> {
  const type = roleTypes[grant.role.kind];
  const { rules } = valueOf(await client.get<Role>(type, grant.role));
  const write = async (written: readonly Rule[]): Promise<void> => {
    valueOf(await client.mergePatch(type, grant.role, { rules: written }));
  };
  const heard = async (what: string, isRight: () => Promise<boolean>): Promise<void> => {
    await attemptUntil(what, heardMs, async () => ((await isRight()) ? true : undefined));
  };
  const restore = async (): Promise<void> => {
    await write(rules ?? []);
    await heard(`${grantText(grant)} is allowed again`, () => isAllowed(client, namespace, grant));
  };
  await write(withoutRight(rules ?? [], grant.right));
  try {
    await heard(`${grantText(grant)} is refused`, async () => !(await isAllowed(client, namespace, grant)));
    const others = grants.filter((other) => grantText(other) !== grantText(grant));
    const answers = await Promise.all(others.map((other) => isAllowed(client, namespace, other)));
    const lost = others.filter((_, index) => answers[index] === false);
    if (lost.length > 0) throw new Error(`with it went ${lost.map(grantText).join('; ')}`);
  } catch (error) {
    await restore();
    throw error;
  }
  return restore;
}

/** Adds one rule to a role, and returns the way to take it off. */
export async function plant(client: KubeClient, role: Grant['role'], rule: Rule): Promise<() => Promise<void>> {
  const type = roleTypes[role.kind];
  const rules = valueOf(await client.get<Role>(type, role)).rules ?? [];
  valueOf(await client.mergePatch(type, role, { rules: [...rules, rule] }));
  return async () => void valueOf(await client.mergePatch(type, role, { rules }));
}
