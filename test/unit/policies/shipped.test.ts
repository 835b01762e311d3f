import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { parseDocument } from 'yaml';
import { stalePages } from '../../../scripts/docs.ts';
import { renderPolicies, shippedPolicies } from '../../../scripts/policies.ts';
import { ensureBinaries } from '../../cluster/binaries/build.ts';
import { attemptUntil } from '../../e2e/harness/attempts.ts';
import type { Stored } from '../kube/apiserver.ts';
import { openDoor } from './door.ts';
import type { Door } from './door.ts';

const execute = promisify(execFile);
const folder = fileURLToPath(new URL('../../../policies', import.meta.url));
const names = shippedPolicies(folder);

/** Issue 4 names these. */
const promised = [
  ...['baseline', 'cost', 'host-path', 'images', 'owners', 'probes', 'resources', 'restricted', 'safety'],
  'supply-chain',
];

function configMapOf(name: string): Stored & { readonly data: Readonly<Record<string, string>> } {
  const text = readFileSync(join(folder, name, 'policy.yaml'), 'utf8');
  const object = parseDocument(text).toJS() as Stored & { readonly data: Readonly<Record<string, string>> };
  return { ...object, metadata: { namespace: 'remora-system', ...object.metadata } };
}

describe('policies that ship', function () {
  this.timeout(600_000);
  let opa = '';
  let door: Door;

  before('OPA, and what takes policies', async () => {
    ({ opa = '' } = await ensureBinaries(['opa'], { environment: process.env, report: console.log }));
    door = await openDoor('shop');
  });
  after(async () => {
    await door.close();
  });

  it('are those that were promised', () => {
    expect(names).to.deep.equal(promised);
  });

  it('pass OPA’s strict check, and are formatted as OPA formats', async () => {
    await execute(opa, ['check', '--strict', '--ignore', '*.yaml', folder]);
    expect((await execute(opa, ['fmt', '--list', folder])).stdout).to.equal('');
  });

  it('stand in ConfigMaps that are made of the Rego beside them', async () => {
    const pages = await renderPolicies(folder);
    expect(stalePages(folder, pages).map(({ path }) => path)).to.deep.equal([]);
    const [first] = pages;
    const edited = [{ path: first?.path ?? '', text: `${first?.text ?? ''}# another\n` }];
    expect(stalePages(folder, edited)).to.have.length(1);
  });

  it('says in its messages and its description that no signature is verified', async () => {
    const { data } = configMapOf('supply-chain');
    const rego = data['supply-chain.rego'] ?? '';
    expect(rego).to.match(/# description:[^]*nothing here verifies a\s+#\s+signature[^]*package remora\.supply_chain/);
    await door.write(configMapOf('supply-chain'));
    const pod = { containers: [{ name: 'a', image: 'nginx' }] };
    const object = { apiVersion: 'v1', kind: 'Pod', metadata: { namespace: 'shop', name: 'a' }, spec: pod };
    const warnings = await attemptUntil('the policy is in force', 30_000, async () => {
      const said = (await door.write(object, { isDryRun: true })).warnings.filter((line) => /supply-chain/.test(line));
      return said.length === 0 ? undefined : said;
    });
    expect(warnings.join('\n')).to.contain('an annotation is not a signature: none is verified');
  });

  for (const name of names) {
    it(`${name}: passes its own tests, of which there is at least one`, async () => {
      const words = ['test', '--format', 'json', '--ignore', '*.yaml', `${folder}/lib`, `${folder}/${name}`];
      const { stdout } = await execute(opa, words);
      const results = JSON.parse(stdout) as readonly { readonly name: string; readonly fail?: boolean }[];
      expect(results.filter(({ fail }) => fail === true)).to.deep.equal([]);
      expect(results).to.not.be.empty;
    });

    it(`${name}: is taken as it is, with its tests, and comes as a warning`, async () => {
      const configMap = configMapOf(name);
      expect(await door.write(configMap))
        .to.include({ outcome: 'allowed' })
        .and.deep.include({ warnings: [] });
      expect(configMap.metadata['annotations']).to.deep.equal({ 'remora.dev/policy-enforcement': 'warn' });
      expect(Object.keys(configMap.data)).to.include(`${name}_test.rego`);
    });

    it(`${name}: would be refused if it were broken, with the place`, async () => {
      const { data, ...rest } = configMapOf(name);
      const broken = { ...data, [`${name}.rego`]: `${data[`${name}.rego`] ?? ''}\ndeny contains nowhere if true\n` };
      const response = await door.write({ ...rest, data: broken }, { isDryRun: true });
      const at = (broken[`${name}.rego`] ?? '').split('\n').length - 1;
      expect(response.outcome === 'denied' && response.message).to.match(
        new RegExp(`${name}\\.rego:${at}:\\d+: .*var nowhere is unsafe.*\\[InvalidRego\\]`),
      );
    });

    it(`${name}: would be refused if one of its tests failed`, async () => {
      const { data, ...rest } = configMapOf(name);
      const failing = `${data[`${name}_test.rego`] ?? ''}\ntest_planted if false\n`;
      const object = { ...rest, data: { ...data, [`${name}_test.rego`]: failing } };
      const response = await door.write(object, { isDryRun: true });
      expect(response.outcome === 'denied' && response.message).to.contain('test_planted failed');
    });

    it(`${name}: holds parameters to a schema where it has any`, async () => {
      const { data, ...rest } = configMapOf(name);
      const parameters = data['parameters.yaml'];
      expect(data['parameters.schema.yaml'] === undefined).to.equal(parameters === undefined);
      if (parameters === undefined) return;
      const object = { ...rest, data: { ...data, 'parameters.yaml': `${parameters}planted: 1\n` } };
      const response = await door.write(object, { isDryRun: true });
      expect(response.outcome === 'denied' && response.code).to.equal('PolicyParameters');
      const without = await door.write({ ...rest, data: { ...data, 'parameters.yaml': '{}' } }, { isDryRun: true });
      expect(without.outcome === 'denied' && without.code).to.equal('PolicyParameters');
    });
  }
});
