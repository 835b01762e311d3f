import { expect } from 'chai';
import type { KubeObject } from '../../../kube/types.ts';
import { resources } from '../../../kube/resources.ts';
import { applyObjects } from '../harness/apply.ts';
import { sharedRemora } from '../harness/remora.ts';
import { describeOnCluster } from '../harness/suite.ts';
import { plainPod, refusal } from './objects.ts';

describeOnCluster('settings', (suite) => {
  const image = 'docker.io/library/app:1';
  let shop: string;

  const settingsMap = (text: string): unknown => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'settings', labels: { 'remora.dev/settings': 'true' } },
    data: { 'settings.yaml': text },
  });
  const pod = async (
    name: string,
  ): Promise<{ readonly sources: Readonly<Record<string, string>>; readonly text: string }> => {
    const read = await suite.cluster.client.get<KubeObject>(resources.pods, { namespace: shop, name });
    if (read.outcome === 'failed') throw new Error(read.message);
    const annotation = read.value.metadata.annotations?.['remora.dev/injected'] ?? '{}';
    const { settings } = JSON.parse(annotation) as { readonly settings: Readonly<Record<string, string>> };
    return { sources: settings, text: JSON.stringify(read.value) };
  };

  before(async () => {
    await sharedRemora(suite.cluster);
    shop = await suite.makeNamespace('shop', { labels: { 'remora.dev/inject': 'enabled' } });
  });

  it('refuses a settings ConfigMap with line and column', async () => {
    const text = '- match: {labels: {app: web}}\n  settings: {telemetry: nod}\n- settings: [\n';
    expect(await refusal(applyObjects(suite.cluster, shop, [settingsMap(text)]))).to.match(/settings\.yaml:\d+:\d+/);
  });

  it('takes each value from the source that wins, and says which it was', async () => {
    await suite.cluster.kubectl('annotate', 'namespace', shop, 'remora.dev/telemetry=java');
    await applyObjects(suite.cluster, shop, [
      settingsMap('- match: {labels: {app: web}}\n  settings: {telemetry: "node"}\n'),
    ]);
    // Informers follow within moments; the pod that is looked at is the first that shows it.
    const first = async (
      name: string,
      isRight: (text: string) => boolean,
      labels: object,
      annotations: object = {},
    ): Promise<void> => {
      for (let attempt = 0; attempt < 50; attempt += 1) {
        await suite.cluster.kubectl(
          '-n',
          shop,
          'delete',
          'pod',
          name,
          '--ignore-not-found',
          '--grace-period=0',
          '--force',
        );
        await applyObjects(suite.cluster, shop, [plainPod(name, image, { labels, annotations })]);
        if (isRight((await pod(name)).text)) return;
      }
    };
    await first('other', (text) => !text.includes('NODE_OPTIONS'), {});
    expect((await pod('other')).sources).to.include({ telemetry: 'namespace' });
    await first('web', (text) => !text.includes('JAVA_TOOL_OPTIONS'), { app: 'web' });
    expect((await pod('web')).sources).to.include({ telemetry: 'configmap/settings' });
    await first('own', () => true, { app: 'web' }, { 'remora.dev/telemetry': 'off' });
    expect((await pod('own')).sources).to.include({ telemetry: 'pod' });
  });

  it('refuses to loosen what the namespace locks', async () => {
    await suite.cluster.kubectl('annotate', 'namespace', shop, 'remora.dev/lock=telemetry');
    let message = '';
    for (let attempt = 0; attempt < 50 && message === ''; attempt += 1) {
      const annotations = { 'remora.dev/telemetry': 'off' };
      message = await applyObjects(suite.cluster, shop, [plainPod(`looser-${attempt}`, image, { annotations })]).then(
        () => '',
        String,
      );
    }
    expect(message).to.contain('SettingLocked').and.contain('remora.dev/telemetry');
  });

  it('refuses a namespace that is labelled or annotated wrongly, and never stops it from being unlabelled', async () => {
    const label = await refusal(
      suite.cluster.kubectl('label', 'namespace', suite.namespace, 'remora.dev/inject=enable'),
    );
    expect(label).to.contain('Did you mean "enabled"?');
    const annotated = await refusal(
      suite.cluster.kubectl('annotate', 'namespace', shop, '--overwrite', 'remora.dev/telemetry=jav'),
    );
    expect(annotated).to.contain('InvalidSetting');
    expect(
      await suite.cluster.kubectl('label', 'namespace', shop, 'remora.dev/inject=disabled', '--overwrite'),
    ).to.contain('labeled');
    expect(await suite.cluster.kubectl('label', 'namespace', shop, 'remora.dev/inject-')).to.contain('unlabeled');
  });

  it('warns when a namespace is labelled that Remora may need itself', async () => {
    const printed = await suite.cluster.kubectl('create', 'namespace', 'vault');
    expect(printed).to.contain('created');
    try {
      expect(
        await suite.cluster.kubectlWithWarnings('label', 'namespace', 'vault', 'remora.dev/inject=enabled'),
      ).to.contain('InfrastructureNamespace');
    } finally {
      await suite.cluster.kubectl('delete', 'namespace', 'vault', '--wait=false');
    }
  });
});
