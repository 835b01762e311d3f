import { expect } from 'chai';
import fc from 'fast-check';
import { catalog } from '../../../settings/catalog.ts';
import { injectKind, lockKind } from '../../../settings/marks.ts';
import { settingTable } from '../../../settings/table.ts';
import { containerNames } from '../../../settings/value.ts';
import type { ValueKind } from '../../../settings/value.ts';
import { anyTelemetry, anyContainers, nearText } from './generate.ts';

const kinds: readonly (readonly [string, ValueKind<unknown>])[] = [
  ...catalog.rows.map(({ key, setting }) => [key, setting.kind] as const),
  ['inject', injectKind],
  ['lock', lockKind],
];

describe('settings/value', () => {
  const telemetry = settingTable.telemetry.kind;

  describe('telemetry', () => {
    const accepted: readonly (readonly [string, unknown])[] = [
      ['auto', 'auto'],
      ['off', 'off'],
      ['node', ['node']],
      ['node,java,python', ['node', 'java', 'python']],
      [' node , python ', ['node', 'python']],
      ['java,java', ['java']],
      ['\tnode\n,java\n', ['node', 'java']],
    ];
    for (const [text, value] of accepted) {
      it(`reads "${text}"`, () => {
        expect(telemetry.read(text)).to.deep.equal({ outcome: 'read', value });
      });
    }

    const refused: readonly (readonly [string, string | undefined])[] = [
      ['', undefined],
      ['Auto', 'auto'],
      ['aut', 'auto'],
      ['fof', 'off'],
      ['true', 'auto'],
      ['false', 'off'],
      ['nodejs', 'node'],
      ['nod,pyhton', 'node,python'],
      ['node,', 'node'],
      ['node,node,', 'node'],
      ['node java', undefined],
      ['node;java', undefined],
      ['rust', undefined],
      ['auto,node', undefined],
      ['constructor', undefined],
      [`nod,${'x,'.repeat(600)}`, undefined],
      ['x'.repeat(10_000), undefined],
    ];
    for (const [text, nearest] of refused) {
      it(`refuses ${JSON.stringify(text.slice(0, 20))}, nearest ${nearest ?? 'nothing'}`, () => {
        expect(telemetry.read(text)).to.deep.equal({ outcome: 'refused', nearest });
      });
    }
  });

  describe('telemetry-containers', () => {
    const cases: readonly (readonly [string, unknown])[] = [
      ['', { outcome: 'read', value: [] }],
      ['app', { outcome: 'read', value: ['app'] }],
      ['app, side-car', { outcome: 'read', value: ['app', 'side-car'] }],
      ['a'.repeat(63), { outcome: 'read', value: ['a'.repeat(63)] }],
      ['a'.repeat(64), { outcome: 'refused', nearest: undefined }],
      ['My_App', { outcome: 'refused', nearest: 'my-app' }],
      ['app,', { outcome: 'refused', nearest: 'app' }],
      [',', { outcome: 'refused', nearest: undefined }],
      ['-app', { outcome: 'refused', nearest: undefined }],
    ];
    for (const [text, result] of cases) {
      it(`reads "${text.slice(0, 20)}" (${text.length})`, () => {
        expect(containerNames.read(text)).to.deep.equal(result);
      });
    }
  });

  it('reads the longest annotation that Kubernetes stores within seconds of CPU', () => {
    const hostile = [
      `x${' '.repeat(260_000)}x`,
      'nod,'.repeat(65_000),
      `${'x'.repeat(255)},`.repeat(1_000),
      ','.repeat(260_000),
    ];
    for (const [key, kind] of kinds) {
      for (const text of hostile) {
        // CPU time, which a busy machine does not stretch; the square of the text would take minutes.
        const before = process.cpuUsage();
        expect(kind.read(text).outcome).to.equal('refused');
        expect(process.cpuUsage(before).user, `${key}: ${text.slice(0, 8)}`).to.be.lessThan(5e6);
      }
    }
  });

  it('reads back what it prints', () => {
    fc.assert(
      fc.property(anyTelemetry, anyContainers, (runtimes, containers) => {
        expect(telemetry.read(telemetry.print(runtimes))).to.deep.equal({ outcome: 'read', value: runtimes });
        expect(containerNames.read(containerNames.print(containers))).to.deep.equal({
          outcome: 'read',
          value: containers,
        });
      }),
    );
  });

  for (const [key, kind] of kinds) {
    it(`${key}: suggests only what it would accept`, () => {
      fc.assert(
        fc.property(nearText(kind), (text) => {
          const read = kind.read(text);
          if (read.outcome === 'refused' && read.nearest !== undefined) {
            expect(kind.read(read.nearest).outcome).to.equal('read');
          }
        }),
        { numRuns: 500 },
      );
    });

    it(`${key}: has a pattern that matches exactly what it accepts`, () => {
      const pattern = new RegExp(kind.pattern);
      fc.assert(
        fc.property(nearText(kind), (text) => {
          expect(pattern.test(text)).to.equal(kind.read(text).outcome === 'read');
        }),
        { numRuns: 500 },
      );
    });
  }
});
