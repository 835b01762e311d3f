import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import type { Container, Pod } from '../../../../webhook/plan/pod.ts';

interface Deployment {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: { readonly template: Pod };
}

const path = new URL('../../../fixtures/online-boutique.yaml', import.meta.url);

/** The pods of Online Boutique's twelve workloads, as their ReplicaSets make them. */
export function boutiquePods(): readonly Pod[] {
  const documents = parseAllDocuments(readFileSync(path, 'utf8')).map(
    (document) => document.toJS() as Deployment | null,
  );
  return documents
    .filter((document): document is Deployment => document?.kind === 'Deployment')
    .map(({ metadata: { name }, spec: { template } }) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        ...template.metadata,
        generateName: `${name}-6f9c8d-`,
        labels: { ...template.metadata.labels, 'pod-template-hash': '6f9c8d' },
        ownerReferences: [
          { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: `${name}-6f9c8d`, uid: `uid-${name}`, controller: true },
        ],
      },
      spec: template.spec,
    }));
}

/** The same pod as its author would harden it for the Pod Security Standard "restricted". */
export function hardened(pod: Pod): Pod {
  const { spec } = pod;
  return {
    ...pod,
    spec: {
      ...spec,
      securityContext: { ...spec.securityContext, runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      containers: spec.containers.map(hardenedContainer),
      ...(spec.initContainers === undefined ? {} : { initContainers: spec.initContainers.map(hardenedContainer) }),
    },
  };
}

function hardenedContainer(container: Container): Container {
  return {
    ...container,
    securityContext: {
      ...container.securityContext,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
    },
  };
}
