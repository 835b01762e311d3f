import { expect } from 'chai';
import { parseAllDocuments } from 'yaml';
import { annotationsGuide } from '../../../settings/guide.ts';
import { readSettingsConfigMap } from '../../../settings/document.ts';
import { catalog } from '../../../settings/catalog.ts';
import { resolveSettings } from '../../../settings/resolve.ts';
import { sources } from './sources.ts';

/** Every fenced YAML block of the guide. */
const blocks = [...annotationsGuide().matchAll(/```yaml\n([^]*?)```/g)].map(([, text = '']) => text);

describe('settings/guide', () => {
  it('shows an example of every setting, and each is accepted on a pod', () => {
    const shown = blocks.flatMap((block) =>
      [...block.matchAll(/^ *(remora\.dev\/[a-z-]+): "([^"]*)"/gm)].map(([, key = '', text = '']) => ({ key, text })),
    );
    const settings = shown.filter(({ key }) => catalog.find(key.replace('remora.dev/', '')) !== undefined);
    for (const { key, setting } of catalog.rows) {
      expect(settings.filter((each) => each.key === `remora.dev/${key}`)).to.have.length.at.least(
        setting.examples.length,
      );
    }
    for (const { key, text } of settings) {
      const result = resolveSettings(sources({ podAnnotations: { [key]: text } }));
      expect(result.outcome, `${key}: ${text}`).to.equal('resolved');
    }
  });

  it('shows a settings ConfigMap that is accepted, and that does what it shows', () => {
    const manifests = blocks.filter((block) => block.includes('kind: ConfigMap'));
    expect(manifests).to.have.length(1);
    const [document] = parseAllDocuments(manifests.join('')) as { toJS(): { data: Record<string, string> } }[];
    const configMap = readSettingsConfigMap('shop-settings', document?.toJS().data);
    const result = resolveSettings(sources({ configMaps: [configMap], podLabels: { app: 'cart' } }));
    expect(result).to.deep.include({ outcome: 'resolved' });
    expect(result).to.have.nested.property('settings.sources.telemetry', 'configmap/shop-settings');
  });
});
