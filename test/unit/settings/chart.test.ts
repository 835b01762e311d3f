import { Ajv } from 'ajv';
import { expect } from 'chai';
import fc from 'fast-check';
import { parseChartSettings } from '../../../settings/chart.ts';
import { settingTable } from '../../../settings/table.ts';
import { chartSettingsSchema } from '../../../settings/schema.ts';
import { nearText } from './generate.ts';

function found(settings: unknown, lock?: unknown): readonly string[] {
  const parsed = parseChartSettings(settings, lock);
  if (parsed.outcome === 'parsed') return [];
  return parsed.problems.map(({ code, field, value, nearest }) => [code, field, value, nearest ?? ''].join(' | '));
}

describe('settings/chart', () => {
  it('reads settings and locks', () => {
    expect(parseChartSettings({ telemetry: 'node' }, ['inject', 'telemetry'])).to.deep.equal({
      outcome: 'parsed',
      value: { values: { telemetry: ['node'] }, lock: new Set(['inject', 'telemetry']) },
    });
  });

  it('needs nothing to be said', () => {
    for (const nothing of [undefined, null]) {
      expect(parseChartSettings(nothing, nothing)).to.deep.equal({
        outcome: 'parsed',
        value: { values: {}, lock: new Set() },
      });
    }
  });

  it('knows what an unquoted off became on its way through Helm', () => {
    expect(found({ telemetry: false })).to.deep.equal(['InvalidSetting | settings.telemetry | false | off']);
  });

  it('reports everything at once', () => {
    expect(found({ telemetri: 'auto', telemetry: {}, inject: 'enabled' }, ['telemtry', 1, 'inject'])).to.deep.equal([
      'UnknownSetting | settings.telemetri | auto | telemetry',
      'InvalidSetting | settings.telemetry | {} | ',
      'MisplacedSetting | settings.inject | enabled | ',
      'InvalidSetting | lock[0] | telemtry | telemetry',
      'InvalidSetting | lock[1] | 1 | ',
    ]);
    expect(found('telemetry', 'inject')).to.have.length(2);
  });

  it('accepts what the schema of the chart accepts', () => {
    const schema = chartSettingsSchema();
    const ajv = new Ajv({ strict: true });
    const accepts = ajv.compile({ type: 'object', properties: schema });
    fc.assert(
      fc.property(nearText(settingTable.telemetry.kind), (telemetry) => {
        expect(accepts({ settings: { telemetry } })).to.equal(found({ telemetry }).length === 0);
      }),
    );
    expect(accepts({ settings: { telemetri: 'auto' } })).to.equal(false);
    expect(accepts({ lock: ['inject', 'telemetry'] })).to.equal(true);
    expect(accepts({ lock: ['nothing'] })).to.equal(false);
  });
});
