import { expect } from 'chai';
import { ofKind, render, valueSets } from './helm.ts';
import type { Rendered } from './helm.ts';

interface Certificate extends Rendered {
  readonly spec: { readonly secretName: string; readonly dnsNames: readonly string[] };
}

const hookAnnotation = 'helm.sh/hook';
const deletePolicy = 'helm.sh/hook-delete-policy';

describe('what the chart owns', function () {
  this.timeout(1_800_000);

  for (const [name, values] of Object.entries(valueSets)) {
    describe(`with values: ${name}`, () => {
      it('never holds what control writes, so that no upgrade wipes it', async () => {
        const objects = await render(values);
        const filled = [...ofKind(objects, 'Secret'), ...ofKind(objects, 'ConfigMap'), ...ofKind(objects, 'Lease')]
          .filter((object) => ['data', 'stringData', 'binaryData', 'spec'].some((key) => key in object))
          .map(({ metadata }) => metadata.name);
        expect(filled.filter((each) => !['remora-config', 'remora-collector'].includes(each))).to.deep.equal([]);
      });

      it('is in its namespace, or has the name of Remora where there is no namespace', async () => {
        for (const { kind, metadata } of await render(values)) {
          if (metadata.namespace === undefined) expect(metadata.name, kind).to.match(/^(zz-)?remora(-|$)/);
          else expect(metadata.namespace, kind).to.equal('remora-system');
          expect(metadata.labels, `${kind} ${metadata.name}`).to.include({ 'app.kubernetes.io/part-of': 'remora' });
        }
      });

      it('has nothing that stays when the hook has run', async () => {
        const hooks = (await render(values)).filter(({ metadata }) => metadata.annotations?.[hookAnnotation]);
        expect(hooks).to.have.lengthOf(4);
        for (const { metadata } of hooks) {
          expect(metadata.annotations?.[hookAnnotation]).to.equal('pre-delete');
          expect(metadata.annotations?.[deletePolicy]).to.equal('before-hook-creation,hook-succeeded');
        }
      });

      it('keeps nothing back on uninstall', async () => {
        const kept = (await render(values)).filter(({ metadata }) => metadata.annotations?.['helm.sh/resource-policy']);
        expect(kept).to.deep.equal([]);
      });

      it('names each object once', async () => {
        const names = (await render(values)).map(({ kind, metadata }) => `${kind} ${metadata.name}`);
        expect(new Set(names).size).to.equal(names.length);
      });
    });
  }

  it('leaves remora-webhook-tls to cert-manager when told to', async () => {
    const objects = await render(valueSets['cert-manager'] ?? {});
    expect(ofKind(objects, 'Secret').map(({ metadata }) => metadata.name)).to.not.include('remora-webhook-tls');
    const [certificate] = ofKind<Certificate>(objects, 'Certificate');
    expect(certificate?.spec.secretName).to.equal('remora-webhook-tls');
    expect(certificate?.spec.dnsNames).to.include('remora-webhook.remora-system.svc');
  });

  it('adds no Certificate when no issuer is named', async () => {
    expect(ofKind(await render({ 'certificates.provider': 'cert-manager' }), 'Certificate')).to.deep.equal([]);
  });
});
