import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { expect } from 'chai';
import fc from 'fast-check';
import { policyDocumentSchema } from '../../../../settings/policies/document-schema.ts';
import { readPolicy } from '../../../../settings/policies/document.ts';
import { policyKeys, policyTable } from '../../../../settings/policies/keys.ts';

const published = JSON.parse(
  readFileSync(new URL('../../../../docs/policy.schema.json', import.meta.url), 'utf8'),
) as Record<string, unknown>;
const ajv = new Ajv({ strict: false });
const validate = ajv.compile(published);
const metadata = ajv.addSchema(published, 'policy').compile({ $ref: 'policy#/definitions/metadata' });

interface Written {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly data: Readonly<Record<string, string>>;
}

function isValid({ labels, annotations, data }: Written): boolean {
  return validate({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'p', labels, annotations }, data });
}

function isRead(written: Written): boolean {
  return readPolicy({ namespace: 'shop', name: 'p', binaryKeys: [], ...written }).outcome === 'parsed';
}

const rego = 'package shop\n\ndeny contains "no" if input.object.x\n';
const examples = Object.fromEntries(policyKeys.map((key) => [`remora.dev/policy-${key}`, policyTable[key].example]));
const full: Written = { labels: { 'remora.dev/policy': 'true' }, annotations: examples, data: { 'owner.rego': rego } };

describe('docs/policy.schema.json', () => {
  it('is the one that the table makes', () => {
    expect(published).to.deep.equal(policyDocumentSchema());
  });

  it('takes every example, and METADATA as text or list', () => {
    expect(isValid(full)).to.equal(true);
    expect(isRead(full)).to.equal(true);
    expect(metadata(Object.fromEntries(policyKeys.map((key) => [key, policyTable[key].example])))).to.equal(true);
    expect(metadata({ kinds: ['Pod', 'apps/Deployment'] })).to.equal(true);
    expect(metadata({ kind: 'Pod' })).to.equal(false);
    expect(metadata({ enforcement: 'no' })).to.equal(false);
  });

  it('refuses what the parser refuses of values and keys, and takes what it takes', () => {
    const key = fc.constantFrom(...policyKeys);
    const odd = fc.oneof(
      fc.string({ maxLength: 6 }),
      fc.constantFrom('Pod', 'pod', '*', 'a,b', 'v1/Secret', 'deny', ''),
    );
    const known = fc
      .tuple(key, fc.oneof({ weight: 6, arbitrary: fc.constant(undefined) }, odd))
      .map(([of, text]) => [`remora.dev/policy-${of}`, text ?? policyTable[of].example] as const);
    const other = fc
      .constantFrom('remora.dev/policy-kind', 'remora.dev/inject', 'example.com/x', 'plain')
      .map((name) => [name, 'x'] as const);
    const annotations = fc
      .array(fc.oneof({ weight: 12, arbitrary: known }, other), { maxLength: 3 })
      .map((all) => ({ 'remora.dev/policy-kinds': 'Pod', ...Object.fromEntries(all) }));
    const dataKey = fc.constantFrom('a.rego', 'b_test.rego', 'x.txt', 'a.rego.bak', '_test.rego');
    const written = fc.record({
      labels: fc.oneof(
        { weight: 6, arbitrary: fc.constant({ 'remora.dev/policy': 'true' }) },
        fc.constantFrom({ 'remora.dev/policy': 'yes' }, {}),
      ),
      annotations,
      data: fc.oneof(
        { weight: 3, arbitrary: fc.constant({ 'owner.rego': rego }) },
        fc.dictionary(dataKey, fc.constant(rego), { maxKeys: 2 }),
      ),
    });
    const seen = { taken: 0, refused: 0 };
    fc.assert(
      fc.property(written, (each) => {
        const taken = isRead(each);
        seen[taken ? 'taken' : 'refused'] += 1;
        expect(isValid(each), JSON.stringify([each, validate.errors])).to.equal(taken);
      }),
      { numRuns: 1_000 },
    );
    console.log(`      ${seen.taken} taken, ${seen.refused} refused`);
    expect(Math.min(seen.taken, seen.refused)).to.be.above(50);
  });

  it('tells Gatekeeper’s documents from Rego', () => {
    const labels = full.labels;
    const valid = (annotations: Written['annotations'], ...keys: readonly string[]) =>
      isValid({ labels, annotations, data: Object.fromEntries(keys.map((key) => [key, ''])) });
    expect(valid({}, 'template.yaml', 'constraint.yml')).to.equal(true);
    expect(valid({ 'remora.dev/policy-on-failure': 'deny' }, 'template.yaml')).to.equal(true);
    expect(valid({ 'remora.dev/policy-kinds': 'Pod' }, 'template.yaml')).to.equal(false);
    expect(valid({}, 'template.yaml', 'a.rego')).to.equal(false);
    expect(valid({}, 'template.yaml', 'notes')).to.equal(false);
    expect(valid({}, 'parameters.yaml')).to.equal(false);
    expect(valid({})).to.equal(false);
  });
});
