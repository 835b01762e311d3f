import type { Certificate } from './certificate.ts';

/** The object identifier of any policy, as it is encoded. */
const anyPolicy = Buffer.from('551d2000', 'hex').toString('hex');

/** A policy that is valid at one depth of the chain, and what certificates below may call it. */
interface PolicyNode {
  readonly policy: string;
  expected: readonly string[];
  readonly parents: ReadonlySet<PolicyNode>;
  readonly children: Set<PolicyNode>;
}

function connect(policy: string, parents: Iterable<PolicyNode>): PolicyNode {
  const node: PolicyNode = { policy, expected: [policy], parents: new Set(parents), children: new Set() };
  for (const parent of node.parents) parent.children.add(node);
  return node;
}

/** The policies valid at each depth, the trust anchor first (RFC 9618 section 4.1). */
class PolicyGraph {
  readonly #depths: Map<string, PolicyNode>[] = [new Map([[anyPolicy, connect(anyPolicy, [])]])];

  get leaves(): Map<string, PolicyNode> {
    return this.#depths.at(-1) ?? new Map<string, PolicyNode>();
  }

  /** Takes in the policies of the next certificate; where any will do, those that are expected are meant. */
  descend(policies: readonly string[], mayMeanAny: boolean): void {
    const parents = [...this.leaves.values()];
    const any = this.leaves.get(anyPolicy);
    const leaves = new Map<string, PolicyNode>();
    this.#depths.push(leaves);
    for (const policy of policies.filter((name) => name !== anyPolicy)) {
      const expecting = parents.filter(({ expected }) => expected.includes(policy));
      const from = expecting.length === 0 && any !== undefined ? [any] : expecting;
      if (from.length > 0) leaves.set(policy, connect(policy, from));
    }
    if (policies.includes(anyPolicy) && mayMeanAny) {
      const missing = new Set(parents.flatMap(({ expected }) => expected).filter((name) => !leaves.has(name)));
      for (const name of missing)
        leaves.set(
          name,
          connect(
            name,
            parents.filter(({ expected }) => expected.includes(name)),
          ),
        );
    }
    this.prune();
  }

  /** Takes away the policies above the leaves that lead to none of them. */
  prune(): void {
    for (const nodes of this.#depths.slice(1, -1).reverse()) {
      for (const [name, node] of nodes) {
        if (node.children.size > 0) continue;
        for (const parent of node.parents) parent.children.delete(node);
        nodes.delete(name);
      }
    }
  }

  remove(policy: string): void {
    const node = this.leaves.get(policy);
    for (const parent of node?.parents ?? []) parent.children.delete(node as PolicyNode);
    this.leaves.delete(policy);
  }

  map(policy: string, to: readonly string[]): void {
    const any = this.leaves.get(anyPolicy);
    const node = this.leaves.get(policy) ?? (any === undefined ? undefined : connect(policy, [any]));
    if (node === undefined) return;
    node.expected = to;
    this.leaves.set(policy, node);
  }

  /** Whether any policy is valid from the top to the bottom. */
  get isAnyValid(): boolean {
    const isUnderAny = ({ policy, parents }: PolicyNode) =>
      policy !== anyPolicy && parents.size === 1 && [...parents].every((parent) => parent.policy === anyPolicy);
    return this.leaves.has(anyPolicy) || this.#depths.some((nodes) => [...nodes.values()].some(isUnderAny));
  }
}

/** How many more certificates it takes until something is demanded or forbidden; never below zero. */
interface Countdowns {
  explicit: number;
  mapping: number;
  any: number;
}

/** Whether the policies of a chain, the leaf first, allow it for any purpose (RFC 5280 section 6.1, RFC 9618). */
export function hasValidPolicies(chain: readonly Certificate[]): boolean {
  const path = chain.slice(0, -1).reverse();
  const left: Countdowns = { explicit: path.length + 1, mapping: path.length + 1, any: path.length + 1 };
  let graph: PolicyGraph | undefined = new PolicyGraph();
  for (const [depth, certificate] of path.entries()) {
    const isLeaf = depth === path.length - 1;
    const isSelfIssued = certificate.rawIssuer.equals(certificate.rawSubject);
    const policies = (certificate.details.policies ?? []).map((oid) => oid.toString('hex'));
    if (policies.length === 0) graph = undefined;
    if (left.explicit === 0 && graph === undefined) return false;
    graph?.descend(policies, left.any > 0 || (!isLeaf && isSelfIssued));
    if (isLeaf) continue;
    if (graph !== undefined && !applyMappings(graph, certificate, left.mapping > 0)) return false;
    countDown(left, certificate, isSelfIssued);
  }
  const isExplicit = left.explicit <= 1 || chain[0]?.details.requireExplicitPolicy === 0n;
  return chain.length === 1 || !isExplicit || graph?.isAnyValid === true;
}

/** Applies what policies of the issuer are called below; false for a mapping from or to any policy. */
function applyMappings(graph: PolicyGraph, { details }: Certificate, isMapping: boolean): boolean {
  const mappings = details.policyMappings.map(
    ({ issuer, subject }) => [issuer.toString('hex'), subject.toString('hex')] as const,
  );
  if (!isMapping) {
    for (const [issuer] of mappings) graph.remove(issuer);
    graph.prune();
    return true;
  }
  if (mappings.flat().includes(anyPolicy)) return false;
  for (const [issuer, of] of Map.groupBy(mappings, ([from]) => from))
    graph.map(
      issuer,
      of.map(([, to]) => to),
    );
  return true;
}

function countDown(left: Countdowns, { details }: Certificate, isSelfIssued: boolean): void {
  const next = (count: number, limit: bigint | undefined) => {
    const counted = isSelfIssued ? count : Math.max(0, count - 1);
    return limit !== undefined && limit >= 0n && limit < counted ? Number(limit) : counted;
  };
  left.explicit = next(left.explicit, details.requireExplicitPolicy);
  left.mapping = next(left.mapping, details.inhibitPolicyMapping);
  left.any = next(left.any, details.inhibitAnyPolicy);
}
