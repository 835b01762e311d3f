import { expect } from 'chai';
import { addressesOf, clusterNumbers } from '../../cluster/addresses.ts';

describe('cluster/addresses', () => {
  it('gives no two clusters an address in common, but for the pod ranges inside', () => {
    const all = Array.from({ length: clusterNumbers }, (_, number) => {
      const { hostAddress, apiAddress, nodes } = addressesOf(number, 2);
      return [hostAddress, apiAddress, ...nodes.map(({ address }) => address)];
    }).flat();
    expect(new Set(all).size).to.equal(all.length);
  });

  it('stays within the range that RFC 2544 sets aside for testing', () => {
    for (const number of [0, clusterNumbers - 1]) {
      const { hostAddress, apiAddress, nodes } = addressesOf(number, 2);
      for (const address of [hostAddress, apiAddress, ...nodes.map((node) => node.address)]) {
        expect(address).to.match(/^198\.1[89]\.\d{1,3}\.\d$/);
      }
    }
  });

  it('gives each node a pod range of 512 addresses that does not meet the next one', () => {
    expect(addressesOf(3, 2).nodes.map(({ name, podRange, podGateway }) => [name, podRange, podGateway])).to.deep.equal(
      [
        ['node1', '10.244.0.0/23', '10.244.0.1'],
        ['node2', '10.244.2.0/23', '10.244.2.1'],
      ],
    );
  });
});
