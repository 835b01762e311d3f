import { expect } from 'chai';
import { configMapKeeper } from '../../../../webhook/cluster/configmaps.ts';
import { parseImages } from '../../../../webhook/cluster/images.ts';
import { keepNamespace } from '../../../../webhook/cluster/namespaces.ts';
import { parsePlatform } from '../../../../webhook/cluster/platform.ts';
import { keepSealKeys, keepServing } from '../../../../webhook/cluster/secrets.ts';
import { keepSettings } from '../../../../webhook/cluster/settings.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('what stays in memory', () => {
  it('of a namespace is its labels, and of its annotations our own', () => {
    const metadata = {
      name: 'shop',
      labels: { a: 'b' },
      annotations: { 'remora.dev/lock': 'inject', 'kubectl.kubernetes.io/last-applied-configuration': '{}' },
    };
    expect(keepNamespace({ metadata })).to.deep.equal({
      name: 'shop',
      labels: { a: 'b' },
      annotations: { 'remora.dev/lock': 'inject' },
    });
  });

  it('of a ConfigMap is its keys, and the values that envFrom, with any prefix, can make a list-like variable', () => {
    const keep = configMapKeeper(['NODE_OPTIONS', 'PYTHONPATH']);
    const data = { NODE_OPTIONS: '1', OPTIONS: '2', PATH: '3', LOG: '4', 'big.properties': 'x'.repeat(1e6), '': '5' };
    const kept = keep({ metadata: { name: 'environment' }, data });
    expect([...kept.keys]).to.deep.equal(Object.keys(data));
    expect(Object.fromEntries(kept.values)).to.deep.equal({ NODE_OPTIONS: '1', OPTIONS: '2', PATH: '3' });
    expect(keep({ metadata: { name: 'empty' } }).keys.size).to.equal(0);
  });

  it('of a settings ConfigMap is what it says, parsed, or every problem', () => {
    const data = { 'settings.yaml': '[{match: {labels: {app: web}}, settings: {telemetry: node}}]' };
    expect(keepSettings({ metadata: { name: 's' }, data }).document.outcome).to.equal('parsed');
    expect(keepSettings({ metadata: { name: 's' }, data: { 'settings.yaml': '{' } }).document.outcome).to.equal(
      'refused',
    );
  });

  it('of the platform is what is surely there; anything unreadable is the fallback', () => {
    expect(parsePlatform('{"imageVolumes": true, "newer": 1}')).to.deep.equal({ imageVolumes: true });
    for (const text of [undefined, '', '{', '[]', 'null', '{"imageVolumes": "true"}']) {
      expect(parsePlatform(text)).to.deep.equal({ imageVolumes: false });
    }
  });

  it('of images is the environment of those that were read', () => {
    const images = parseImages('{"a:1": {"environment": {"NODE_OPTIONS": "-x", "N": 1}}, "b:1": {}, "c:1": 3}');
    expect([...images.keys()]).to.deep.equal(['a:1']);
    expect([...(images.get('a:1')?.environment ?? [])]).to.deep.equal([['NODE_OPTIONS', '-x']]);
    for (const text of [undefined, '', '{', 'null', '[1]']) expect(parseImages(text).size).to.equal(0);
  });

  it('of the serving certificate is the pair, once both are there', () => {
    const metadata = { name: 'remora-webhook-tls' };
    const data = { 'tls.crt': base64('certificate'), 'tls.key': base64('key') };
    expect(keepServing({ metadata, data })).to.deep.equal({ certificate: 'certificate', key: 'key' });
    for (const partial of [undefined, null, {}, { 'tls.crt': base64('c') }, { ...data, 'tls.key': '' }]) {
      expect(keepServing({ metadata, data: partial ?? null })).to.equal(undefined);
    }
  });

  it('of the seal is its keys, once control has written them', () => {
    const secret = base64('0'.repeat(32));
    const data = { 'keys.json': base64(JSON.stringify({ current: { id: 'k1', secret } })) };
    expect(keepSealKeys({ metadata: {}, data })?.current.id).to.equal('k1');
    expect(keepSealKeys({ metadata: {}, data: {} })).to.equal(undefined);
  });
});
