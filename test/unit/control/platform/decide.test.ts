import { expect } from 'chai';
import { decidePlatform } from '../../../../control/platform/decide.ts';
import type { NodeVersions } from '../../../../control/platform/decide.ts';

const node = (kubelet: string, runtime: string, name = 'node1'): NodeVersions => ({ name, kubelet, runtime });
const newest = node('v1.37.2', 'containerd://2.4.2');

describe('control/platform/decide', () => {
  const cases: readonly (readonly [string, readonly NodeVersions[], boolean])[] = [
    ['one new node', [newest], true],
    ['k3s', [node('v1.36.1+k3s1', 'containerd://2.2.1-k3s1')], true],
    ['CRI-O', [node('v1.35.0', 'cri-o://1.35.0')], true],
    ['containerd 2.1', [node('v1.35.0', 'containerd://2.1.0')], true],
    ['containerd 2.0', [node('v1.35.0', 'containerd://2.0.9')], false],
    ['containerd 1.7', [node('v1.37.0', 'containerd://1.7.30')], false],
    ['kubelet 1.34, where it is off by default', [node('v1.34.9', 'containerd://2.4.2')], false],
    ['one old node among new ones', [newest, node('v1.34.0', 'containerd://2.4.2', 'node2'), newest], false],
    ['a runtime that nobody knows', [node('v1.37.0', 'gvisor://1.0.0')], false],
    ['a node that says nothing', [node('', '')], false],
    ['no node', [], false],
  ];
  for (const [title, nodes, imageVolumes] of cases) {
    it(`${imageVolumes ? 'finds' : 'does not find'} image volumes with ${title}`, () => {
      const platform = decidePlatform({ imageVolumes: true }, nodes);
      expect(platform.imageVolumes).to.equal(imageVolumes);
      expect(Object.keys(platform.reasons)).to.deep.equal(imageVolumes ? [] : ['imageVolumes']);
    });
  }

  it('names the node that stands in the way, and the oldest kubelet', () => {
    const platform = decidePlatform({ imageVolumes: true }, [newest, node('v1.34.0', 'containerd://2.4.2', 'node2')]);
    expect(platform.reasons).to.deep.equal({ imageVolumes: 'node node2 runs kubelet v1.34.0; needs 1.35' });
    expect(platform.oldestKubelet).to.equal('v1.34.0');
  });

  it('believes the API server when it drops the field', () => {
    expect(decidePlatform({ imageVolumes: false }, [newest]).imageVolumes).to.equal(false);
  });
});
