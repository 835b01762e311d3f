import { expect } from 'chai';
import { imagesOf } from '../../../../control/images/seen.ts';

const spec = {
  initContainers: [{ name: 'init', image: 'busybox:1' }],
  containers: [{ name: 'web', image: 'web:1' }, { name: 'again', image: 'web:1' }, { name: 'none' }],
};

describe('control/images/seen', () => {
  const objects = {
    'a pod': { metadata: {}, spec },
    'a Deployment': { metadata: {}, spec: { template: { spec } } },
    'a CronJob': { metadata: {}, spec: { jobTemplate: { spec: { template: { spec } } } } },
  };
  for (const [kind, object] of Object.entries(objects)) {
    it(`names each image of ${kind} once`, () => expect(imagesOf(object)).to.deep.equal(['web:1', 'busybox:1']));
  }

  it('finds none in an object without a spec', () => expect(imagesOf({ metadata: {} })).to.deep.equal([]));
});
