import { expect } from 'chai';
import * as config from '../../../runtime/config.ts';
import { describeProblem } from '../../../runtime/problem.ts';

const file = config.section({
  name: config.text('a DNS label', /^[a-z]+$/),
  replicas: config.withDefault(config.integer(1, 9), 2),
  ratio: config.withDefault(config.number(0, 1), 1),
  leaf: config.withDefault(config.duration('10s', '2160h'), 1_000),
  provider: config.withDefault(config.choice(['self', 'cert-manager']), 'self'),
  isOpen: config.optional(config.flag),
  hosts: config.withDefault(config.list(config.text()), []),
  labels: config.optional(config.record(config.text())),
  nested: config.optional(config.section({ deep: config.flag })),
});

function problemsOf(source: string): string[] {
  const parsed = config.parseYamlConfig(source, file);
  return parsed.outcome === 'refused' ? parsed.problems.map(describeProblem) : [];
}

describe('Configuration reader', () => {
  it('reads typed values and completes what is left out', () => {
    const parsed = config.parseYamlConfig('name: a\nleaf: 90s\nhosts: [x]\nlabels: {a: b}\nnested: {deep: true}', file);
    expect(parsed).to.deep.equal({
      outcome: 'parsed',
      value: {
        name: 'a',
        replicas: 2,
        ratio: 1,
        leaf: 90_000,
        provider: 'self',
        isOpen: undefined,
        hosts: ['x'],
        labels: { a: 'b' },
        nested: { deep: true },
      },
    });
  });

  it('reports every problem at once: field, value, what is allowed, nearest spelling', () => {
    const source = [
      'replcas: 3',
      'replicas: 2.5',
      'ratio: "1"',
      'leaf: 1d',
      'provider: cert-manger',
      'isOpen: yes please',
      'hosts: [1, a, [b]]',
      'labels: [a]',
      'nested: {deep: 1, dep: 2}',
    ].join('\n');
    expect(problemsOf(source)).to.deep.equal([
      'replcas: "3" is not valid: unknown key; known are name, replicas, ratio, leaf, provider, isOpen, hosts, labels, nested. Did you mean "replicas"? [InvalidConfiguration]',
      'name: "" is not valid: required: a DNS label. [InvalidConfiguration]',
      'replicas: "2.5" is not valid: a whole number from 1 to 9. [InvalidConfiguration]',
      'ratio: "1" is not valid: a number from 0 to 1. [InvalidConfiguration]',
      'leaf: "1d" is not valid: a duration from 10s to 2160h, such as 90s or 24h. [InvalidConfiguration]',
      'provider: "cert-manger" is not valid: one of self, cert-manager. Did you mean "cert-manager"? [InvalidConfiguration]',
      'isOpen: "yes please" is not valid: true or false. [InvalidConfiguration]',
      'hosts[0]: "1" is not valid: text. [InvalidConfiguration]',
      'hosts[2]: "["b"]" is not valid: text. [InvalidConfiguration]',
      'labels: "["a"]" is not valid: a map; each value text. [InvalidConfiguration]',
      'nested.dep: "2" is not valid: unknown key; known are deep. Did you mean "deep"? [InvalidConfiguration]',
      'nested.deep: "1" is not valid: true or false. [InvalidConfiguration]',
    ]);
  });

  it('says where YAML breaks, and refuses duplicate keys and what is no map', () => {
    expect(problemsOf('name: [a')[0]).to.match(/^line 1, column \d+: /);
    expect(problemsOf('name: a\nname: b')[0]).to.match(/^line \d+, column \d+: ".*unique/);
    expect(problemsOf('- a')[0]).to.contain('a map with the keys name');
  });

  it('does not take what every object inherits for a key', () => {
    expect(problemsOf('name: a\nconstructor: 1')[0]).to.match(/^constructor: .*unknown key/);
  });
});
