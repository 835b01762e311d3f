import { expect } from 'chai';
import { addressesOf } from '../../cluster/addresses.ts';
import { containerdConfig, podNetwork } from '../../cluster/containerd.ts';
import { controlPlane } from '../../cluster/controlplane.ts';
import { corefile } from '../../cluster/dns.ts';
import { kubeletConfig } from '../../cluster/kubelet.ts';
import { layoutOf, nodeLayout } from '../../cluster/layout.ts';

const environment = { REMORA_CACHE: '/cache' };
const layout = layoutOf('one', environment);
const addresses = addressesOf(7, 1);
const node = nodeLayout(layout, 'node1');

describe('cluster: what its programs are told', () => {
  it('refuses a name that is no folder, or too long for the path of a socket', () => {
    for (const name of ['', 'A', '../up', '1st', 'a'.repeat(21)]) {
      expect(() => layoutOf(name, environment), name).to.throw("cannot be a cluster's name");
    }
  });

  it('keeps all that containerd and the kubelet write in the folder of the node', () => {
    const texts = [containerdConfig(node, '/bin/shim', 'pause'), JSON.stringify(kubeletConfig('/cache/ca.crt', node))];
    for (const text of texts) {
      const paths = [...text.matchAll(/["'](?:unix:\/\/)?(\/[^"']+)["']/g)].map(([, path]) => path);
      const elsewhere = new Set(paths.filter((path) => path?.startsWith('/cache/run/one/node1/') === false));
      expect([...elsewhere]).to.have.members(
        text.startsWith('{') ? ['/cache/ca.crt', '/remora-one/node1'] : ['/usr/lib/cni', '/bin/shim'],
      );
    }
  });

  it('gives pods addresses of their node’s range, without masquerading', () => {
    expect(JSON.stringify(podNetwork(addresses.nodes[0]!, node)))
      .to.contain('10.244.0.0/23')
      .and.to.contain('"ipMasq":false');
  });

  it('holds 300 pods on a node', () => {
    expect(kubeletConfig('/cache/ca.crt', node)).to.include({ maxPods: 300 });
  });

  it('turns features off where a suite asks for it', () => {
    const runtimeConfig = ['certificates.k8s.io/v1/podcertificaterequests=false'];
    const plain = controlPlane(layout, addresses, {}, { featureGates: [], runtimeConfig: [] });
    const older = controlPlane(
      layout,
      addresses,
      {},
      { featureGates: ['ImageVolume=false', 'EnvFiles=false'], runtimeConfig },
    );
    expect(plain.apiserver.words.join(' ')).not.to.match(/feature-gates|runtime-config/);
    expect(older.apiserver.words).to.include.members([
      '--feature-gates=ImageVolume=false,EnvFiles=false',
      `--runtime-config=${runtimeConfig[0]}`,
    ]);
    expect(older.scheduler.words).to.include('--feature-gates=ImageVolume=false,EnvFiles=false');
  });

  it('answers DNS for the cluster alone: nothing is forwarded', () => {
    expect(corefile('198.18.7.2', '/k'))
      .to.contain('kubernetes cluster.local')
      .and.not.to.match(/forward|cache/);
  });
});
