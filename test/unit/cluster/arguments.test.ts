import { expect } from 'chai';
import { parseCommand } from '../../cluster/arguments.ts';

describe('cluster/arguments', () => {
  it('brings up one node named dev, with every feature as it is by default', () => {
    expect(parseCommand(['up'])).to.deep.equal({
      command: 'up',
      name: 'dev',
      nodes: 1,
      proxyMode: 'nftables',
      featureGates: [],
      runtimeConfig: [],
    });
  });

  it('takes features apart at commas', () => {
    const words = [
      'up',
      '--nodes',
      '2',
      '--feature-gates',
      'ImageVolume=false,EnvFiles=false',
      '--proxy-mode',
      'iptables',
    ];
    expect(parseCommand(words)).to.include({ nodes: 2, proxyMode: 'iptables' });
    expect(parseCommand(words))
      .to.have.property('featureGates')
      .that.deep.equals(['ImageVolume=false', 'EnvFiles=false']);
  });

  it('leaves the words of kubectl alone, options that look like ours included', () => {
    expect(parseCommand(['--name', 'two', 'kubectl', 'get', 'pods', '--name', '-A'])).to.deep.equal({
      command: 'kubectl',
      name: 'two',
      words: ['get', 'pods', '--name', '-A'],
    });
  });

  it('takes down one cluster by its name, never all of them', () => {
    expect(parseCommand(['down', '--name', 'two'])).to.deep.equal({ command: 'down', name: 'two', onlyDead: false });
    expect(parseCommand(['down', '--dead'])).to.include({ onlyDead: true });
    expect(parseCommand(['down', '--all'])).to.include({ command: 'help' });
  });

  for (const words of [['fly'], ['up', '--nodes', '3'], ['up', '--proxy-mode', 'ipvs'], ['load'], ['list', '--loud']]) {
    it(`answers "${words.join(' ')}" with the mistake and the usage`, () => {
      expect(parseCommand(words)).to.have.property('command', 'help');
      expect(parseCommand(words)).to.have.property('mistake').that.is.a('string');
    });
  }

  it('shows the usage when nothing is asked', () => {
    expect(parseCommand([])).to.deep.equal({ command: 'help', mistake: undefined });
  });
});
