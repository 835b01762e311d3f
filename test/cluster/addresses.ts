/** Where one node of a cluster stands in the cluster's networks. */
export interface NodeAddresses {
  /** `node1`, `node2`. */
  readonly name: string;
  /** On the bridge that joins the nodes. */
  readonly address: string;
  /** 510 addresses: enough for maxPods 300 while pods come and go. */
  readonly podRange: string;
  readonly podGateway: string;
}

/** Every address of a cluster, from the number that no other cluster of this machine has. */
export interface Addresses {
  /** This machine's end of the link into the cluster, and the prefix length of both ends. */
  readonly hostAddress: string;
  /** The cluster's end: where this machine reaches the API server. */
  readonly apiAddress: string;
  readonly linkPrefix: number;
  readonly nodePrefix: number;
  readonly nodes: readonly NodeAddresses[];
}

/** The same in every cluster: no cluster sees another one's pods or Services. */
export const clusterNetwork = {
  podRange: '10.244.0.0/16',
  serviceRange: '10.96.0.0/16',
  apiService: '10.96.0.1',
  dnsService: '10.96.0.10',
  domain: 'cluster.local',
} as const;

/** Numbers that a cluster can have: the third byte of its addresses. */
export const clusterNumbers = 250;

/**
 * Addresses from 198.18.0.0/15, which RFC 2544 sets aside for testing in isolated networks: no real network of the
 * machine has them.
 */
export function addressesOf(number: number, nodeCount: number): Addresses {
  return {
    hostAddress: `198.19.${number}.1`,
    apiAddress: `198.19.${number}.2`,
    linkPrefix: 30,
    nodePrefix: 24,
    nodes: Array.from({ length: nodeCount }, (_, at) => ({
      name: `node${at + 1}`,
      address: `198.18.${number}.${at + 2}`,
      podRange: `10.244.${at * 2}.0/23`,
      podGateway: `10.244.${at * 2}.1`,
    })),
  };
}
