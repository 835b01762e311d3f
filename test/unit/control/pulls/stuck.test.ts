import { expect } from 'chai';
import { stuckPull } from '../../../../control/pulls/stuck.ts';
import type { PendingPod } from '../../../../control/pulls/stuck.ts';

const image = 'mirror.example/remora/remora-telemetry:0.1.0';
const own = 'quay.io/shop/web:1';

/** A pod as a kubelet reports it while its container waits. */
function pod(reason: string, message: string, changes: Partial<PendingPod> = {}): PendingPod {
  return {
    metadata: { name: 'web', namespace: 'shop', uid: 'u1', annotations: { 'remora.dev/injected': '{}' } },
    spec: { nodeName: 'node1', volumes: [{ name: 'data' }, { name: 'remora-telemetry', image: { reference: image } }] },
    status: { containerStatuses: [{ name: 'web', state: { waiting: { reason, message } } }] },
    ...changes,
  };
}

describe('control/pulls/stuck', () => {
  // Messages of kubelet 1.37 with containerd 2.4.
  const stuck: readonly (readonly [string, string])[] = [
    ['ErrImagePull', `failed to pull and unpack image "${image}": failed to resolve reference: no such host`],
    ['ImagePullBackOff', `Back-off pulling image "${image}": ErrImagePull: no such host`],
    ['ErrImageNeverPull', `Container image "${image}" is not present with pull policy of Never`],
  ];
  for (const [reason, message] of stuck) {
    it(`finds an image volume of Remora's that a container waits for: ${reason}`, () => {
      expect(stuckPull(pod(reason, message))).to.deep.equal({
        uid: 'u1',
        image,
        part: 'volume remora-telemetry',
        node: 'node1',
      });
    });
  }

  it("finds the image of Remora's init container, whatever the message says", () => {
    const found = stuckPull(
      pod('', '', {
        spec: { nodeName: 'node1', initContainers: [{ name: 'remora-telemetry', image }] },
        status: {
          initContainerStatuses: [{ name: 'remora-telemetry', state: { waiting: { reason: 'ImagePullBackOff' } } }],
        },
      }),
    );
    expect(found).to.include({ image, part: 'init container remora-telemetry' });
  });

  const innocent: readonly (readonly [string, PendingPod])[] = [
    ["waits for the app's own image", pod('ErrImagePull', `failed to pull and unpack image "${own}": not found`)],
    ['is being created', pod('ContainerCreating', '')],
    ['does not start for another reason', pod('CreateContainerConfigError', `${image}: secret not found`)],
    [
      'was not injected',
      pod('ErrImagePull', `failed to pull "${image}"`, { metadata: { name: 'web', namespace: 'shop' } }),
    ],
    ['says nothing of itself', { metadata: { annotations: { 'remora.dev/injected': '{}' } } }],
  ];
  for (const [what, found] of innocent) {
    it(`finds nothing in a pod that ${what}`, () => expect(stuckPull(found)).to.equal(undefined));
  }
});
