import { expect } from 'chai';
import { countsIn } from '../../../soak/context/child.ts';
import { imagesThatRan, type RanPod } from '../../../soak/context/images.ts';

describe('soak context: what it looks at', () => {
  const pod = (status: RanPod['status']): RanPod => ({
    metadata: { name: 'web' },
    spec: {
      containers: [
        { name: 'main', image: 'a/main:1' },
        { name: 'waits', image: 'a/waits:1' },
      ],
      initContainers: [{ name: 'copy', image: 'a/copy:1' }],
      volumes: [{}, { image: { reference: 'a/agents:1' } }],
    },
    ...(status === undefined ? {} : { status }),
  });

  it('takes for an image that ran what a container was started from, and what was mounted before', () => {
    const containerStatuses = [
      { name: 'main', state: { running: {} } },
      { name: 'waits', state: {} },
    ];
    const initContainerStatuses = [{ name: 'copy', state: { terminated: {} } }];
    expect(imagesThatRan(pod({ containerStatuses, initContainerStatuses }))).to.deep.equal([
      'a/main:1',
      'a/copy:1',
      'a/agents:1',
    ]);
  });

  it('takes one that crashed for one that ran', () => {
    const containerStatuses = [{ name: 'main', state: {}, lastState: { terminated: {} } }];
    expect(imagesThatRan(pod({ containerStatuses }))).to.include('a/main:1');
  });

  it('leaves out what a pod asks for and never got', () => {
    expect(imagesThatRan(pod(undefined))).to.deep.equal([]);
    expect(imagesThatRan(pod({ containerStatuses: [{ name: 'main', state: {} }] }))).to.deep.equal([]);
  });

  it('reads the counts of a test run from its last line, and none where there is no such line', () => {
    expect(countsIn('=== e2e: passed\n38 passed, 1 failed, 0 skipped\n')).to.deep.equal({
      passed: 38,
      failed: 1,
      skipped: 0,
    });
    expect(countsIn('npm error\n    3 passed, 0 failed, 0 skipped of')).to.equal(undefined);
  });
});
