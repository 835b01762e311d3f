import { expect } from 'chai';
import { describeInjectedPods, injectedPods } from '../../../../control/removal/injected.ts';

const pod = (namespace: string, name: string, injected?: string): Parameters<typeof injectedPods>[0][number] => ({
  metadata: {
    namespace,
    name,
    ...(injected === undefined ? {} : { annotations: { 'remora.dev/injected': injected } }),
  },
});

describe('control/removal/injected', () => {
  it('finds the pods that carry the annotation, in order', () => {
    const found = injectedPods([
      pod('shop', 'web-2', '{"features":{"telemetry":{}}}'),
      pod('shop', 'plain'),
      pod('bank', 'api', '{"features":{}}'),
      pod('shop', 'web-1', '{"features":{"telemetry":{}}}'),
    ]);
    expect(found.map(({ namespace, name }) => `${namespace}/${name}`)).to.deep.equal([
      'bank/api',
      'shop/web-1',
      'shop/web-2',
    ]);
    expect(found.map(({ features }) => features)).to.deep.equal([[], ['telemetry'], ['telemetry']]);
  });

  for (const annotation of ['', 'null', '[]', '{"features":3}', '{"features":null}', '{']) {
    it(`survives the annotation ${annotation}`, () => {
      expect(injectedPods([pod('shop', 'web', annotation)])).to.deep.equal([
        { namespace: 'shop', name: 'web', features: [] },
      ]);
    });
  }

  it('says what to type for each namespace', () => {
    const text = describeInjectedPods(
      injectedPods([pod('shop', 'web', '{"features":{"telemetry":{}}}'), pod('a', 'b', '{}')]),
    );
    expect(text).to.contain('2 pods still have what Remora put in');
    expect(text).to.contain('shop       web  telemetry');
    expect(text).to.contain('kubectl rollout restart deployment,statefulset,daemonset -n shop');
  });

  it('says so when nothing is left', () => expect(describeInjectedPods([])).to.equal('No pod is injected any more.\n'));
});
