import type { KubeObject } from '../../../kube/types.ts';

/** A pod that asks for as little as a pod can; it is not scheduled, since admission is all that is looked at. */
export function plainPod(
  name: string,
  image: string,
  more: {
    readonly labels?: object;
    readonly annotations?: object;
    readonly container?: object;
    readonly spec?: object;
  } = {},
): KubeObject {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: name, ...more.labels }, annotations: { ...more.annotations } },
    spec: {
      schedulingGates: [{ name: 'test.remora.dev/never' }],
      containers: [{ name: 'main', image, ...more.container }],
      ...more.spec,
    },
  };
  return pod;
}

/** A Deployment without replicas, whose template carries these annotations. */
export function plainDeployment(name: string, image: string, annotations: object = {}): KubeObject {
  const deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas: 0,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name }, annotations },
        spec: { containers: [{ name: 'main', image }] },
      },
    },
  };
  return deployment;
}

/** What an API call was refused with; a call that succeeds is the failure of the test. */
export async function refusal(call: Promise<string>): Promise<string> {
  return await call.then(
    (printed) => {
      throw new Error(`was not refused: ${printed}`);
    },
    (error: unknown) => String(error),
  );
}
