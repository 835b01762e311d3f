import { expect } from 'chai';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { maxDocumentBytes, parseSettingsConfigMap, readSettingsConfigMap } from '../../../settings/document.ts';
import { settingTable } from '../../../settings/table.ts';
import { anyTelemetry } from './generate.ts';

function found(text: string): readonly string[] {
  const parsed = parseSettingsConfigMap(text);
  if (parsed.outcome === 'parsed') return [];
  return parsed.problems.map(({ code, field, value, nearest }) =>
    [code, field.replace('settings.yaml:', ''), value, ...(nearest === undefined ? [] : [`-> ${nearest}`])].join(' | '),
  );
}

const entry = (settings: string): string => `- match: {labels: {}}\n  settings: ${settings}\n`;

describe('settings/document', () => {
  it('reads entries in their order, with values, texts and places', () => {
    const text = [
      '# for the shop',
      '- match:',
      '    labels: {app: cart, version: 1.10}',
      '  settings:',
      '    telemetry: node, java',
      '- {match: {labels: {}}, settings: {telemetry: off}}',
    ].join('\n');
    expect(parseSettingsConfigMap(text)).to.deep.equal({
      outcome: 'parsed',
      value: {
        entries: [
          {
            matchLabels: { app: 'cart', version: '1.10' },
            settings: [
              {
                key: 'telemetry',
                text: 'node, java',
                field: 'settings.yaml:5:5 [0].settings.telemetry',
                value: ['node', 'java'],
              },
            ],
          },
          {
            matchLabels: {},
            settings: [
              { key: 'telemetry', text: 'off', field: 'settings.yaml:6:36 [1].settings.telemetry', value: 'off' },
            ],
          },
        ],
      },
    });
  });

  for (const text of ['', '\n', '# only a comment\n', '[]', '---\n', 'null', '\uFEFF[]']) {
    it(`reads ${JSON.stringify(text)} as nothing said`, () => {
      expect(parseSettingsConfigMap(text)).to.deep.equal({ outcome: 'parsed', value: { entries: [] } });
    });
  }

  const refused: readonly (readonly [string, string, readonly string[]])[] = [
    [
      'an unknown key',
      entry('{telemtry: auto}'),
      ['UnknownSetting | 2:14 [0].settings.telemtry | auto | -> telemetry'],
    ],
    [
      'a key with the prefix',
      entry('{remora.dev/telemetry: auto}'),
      ['UnknownSetting | 2:14 [0].settings.remora.dev/telemetry | auto | -> telemetry'],
    ],
    ['a label', entry('{inject: enabled}'), ['MisplacedSetting | 2:14 [0].settings.inject | enabled']],
    ['a bad value', entry('{telemetry: ooff}'), ['InvalidSetting | 2:14 [0].settings.telemetry | ooff | -> off']],
    ['a boolean', entry('{telemetry: false}'), ['InvalidSetting | 2:14 [0].settings.telemetry | false | -> off']],
    [
      'a list',
      entry('{telemetry: [node, java]}'),
      ['SettingsShape | 2:14 [0].settings.telemetry | a list | -> node,java'],
    ],
    ['a map', entry('{telemetry: {a: b}}'), ['SettingsShape | 2:14 [0].settings.telemetry | a map']],
    ['no value', entry('{telemetry: }'), ['SettingsShape | 2:14 [0].settings.telemetry | nothing']],
    [
      'a key that is a list',
      entry('{[a]: b, telemetry: fof}'),
      ['SettingsShape | 2:14 [0].settings | a list', 'InvalidSetting | 2:22 [0].settings.telemetry | fof | -> off'],
    ],
    [
      'a duplicate key',
      entry('{telemetry: auto, telemetry: off}'),
      ['SettingsSyntax | 2:31 [0].settings.telemetry | telemetry'],
    ],
    [
      'a duplicate key of an entry',
      '- match: {labels: {}}\n  match: {labels: {}}\n  settings: {}',
      ['SettingsSyntax | 2:3 [0].match | match'],
    ],
    ['a map at the root', 'telemetry: auto', ['SettingsShape | 1:1 | a map']],
    ['a text at the root', 'auto', ['SettingsShape | 1:1 | auto']],
    ['a text as entry', '- auto', ['SettingsShape | 1:3 [0] | auto']],
    ['nothing as entry', '-\n', ['SettingsShape | 1:2 [0] | nothing']],
    ['an entry without its parts', '- {}', ['SettingsShape | 1:3 [0] | nothing', 'SettingsShape | 1:3 [0] | nothing']],
    [
      'misspelt parts',
      '- mach: {labels: {}}\n  settings: {}',
      ['SettingsShape | 1:3 [0].mach | mach | -> match', 'SettingsShape | 1:3 [0] | nothing'],
    ],
    [
      'another selector',
      '- match: {labels: {}, matchExpressions: []}\n  settings: {}',
      ['SettingsShape | 1:23 [0].match.matchExpressions | matchExpressions'],
    ],
    [
      'labels that no pod can carry',
      '- match: {labels: {"a b": x, app: "-"}}\n  settings: {}',
      ['SettingsShape | 1:20 [0].match.labels.a b | a b', 'SettingsShape | 1:30 [0].match.labels.app | -'],
    ],
    ['two documents', '[]\n---\n[]\n', ['SettingsSyntax | 2:1 | 2 documents']],
    ['an alias', `- &a {match: {labels: {}}, settings: {}}\n- *a`, ['SettingsShape | 2:3 [1] | an alias (*a)']],
    [
      'an alias as a value',
      entry('{telemetry: &a auto, telemetry-containers: *a}'),
      ['SettingsShape | 2:34 [0].settings.telemetry-containers | an alias (*a)'],
    ],
    ['a merge key', entry('{<<: {telemetry: auto}}'), ['SettingsShape | 2:14 [0].settings.<< | a map']],
    ['deep nesting', `- match: ${'['.repeat(70)}`, [`SettingsSyntax | 1:74 | ${'['.repeat(6)}`]],
    ['a tab', '-\tmatch:\n\t\tlabels: {}', ['SettingsSyntax']],
    ['an open bracket', '- [', ['SettingsSyntax']],
  ];
  for (const [what, text, problems] of refused) {
    it(`refuses ${what}, with line and column`, () => {
      if (problems[0] === 'SettingsSyntax') expect(found(text)[0]).to.match(/^SettingsSyntax \| \d+:\d+ \| /);
      else expect(found(text)).to.deep.equal(problems);
    });
  }

  it('reports every mistake of a document', () => {
    expect(found(entry('{a: b, telemetry: c}') + '- 1\n' + entry('{telemetry-containers: _, d: [e]}'))).to.have.length(
      5,
    );
  });

  it('refuses a text that is too large without parsing it', () => {
    const text = `# ${'é'.repeat(maxDocumentBytes / 2)}`;
    expect(found(text)).to.deep.equal([`SettingsTooLarge | settings.yaml | ${maxDocumentBytes + 2} bytes`]);
  });

  const hostile: readonly (readonly [string, string])[] = [
    ['brackets', '['.repeat(maxDocumentBytes)],
    ['nested lists', '- '.repeat(maxDocumentBytes / 2)],
    ['nested maps', '{a: '.repeat(maxDocumentBytes / 4)],
    ['mixed brackets', '[{'.repeat(maxDocumentBytes / 2)],
    ['quotes', '"\n'.repeat(maxDocumentBytes / 2)],
    ['anchors', '&a '.repeat(maxDocumentBytes / 3)],
    ['closing brackets', ']'.repeat(maxDocumentBytes)],
    ['many keys', Array.from({ length: 5_000 }, (_, index) => `${index}:`).join('\n')],
    [
      'aliases of aliases',
      ['- &a0 [x]', ...Array.from({ length: 60 }, (_, i) => `- &a${i + 1} [*a${i}, *a${i}]`)].join('\n'),
    ],
  ];
  for (const [what, text] of hostile) {
    // CPU time, which a busy machine does not stretch; work that grew with the square of the text would take minutes.
    it(`refuses a hostile text within seconds of CPU: ${what}`, () => {
      const before = process.cpuUsage();
      const problems = found(text);
      expect(process.cpuUsage(before).user).to.be.lessThan(10e6);
      expect(problems).to.have.length.within(1, 50);
    });
  }

  it('never throws', () => {
    const piece = fc.constantFrom(
      '- ',
      'match:',
      ' ',
      '\n',
      '{',
      '}',
      '[',
      ']',
      '&a',
      '*a',
      '!!x ',
      '"',
      "'",
      '|',
      '? ',
      '%',
      ':',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join('')),
        ),
        (text) => {
          expect(parseSettingsConfigMap(text).outcome).to.be.oneOf(['parsed', 'refused']);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('reads back what a YAML library writes', () => {
    const anyEntry = fc.record({
      labels: fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.constantFrom('a', '1', 'true')),
      telemetry: anyTelemetry,
    });
    fc.assert(
      fc.property(fc.array(anyEntry, { maxLength: 5 }), (entries) => {
        const print = settingTable.telemetry.kind;
        const text = stringify(
          entries.map(({ labels, telemetry }) => ({
            match: { labels },
            settings: { telemetry: print.print(telemetry) },
          })),
        );
        const parsed = parseSettingsConfigMap(text);
        const read = parsed.outcome === 'parsed' ? parsed.value.entries : [];
        expect(
          read.map(({ matchLabels, settings }) => ({ labels: matchLabels, telemetry: settings[0]?.value })),
        ).to.deep.equal(entries.map(({ labels, telemetry }) => ({ labels: { ...labels }, telemetry })));
      }),
    );
  });

  it('refuses a settings ConfigMap without settings.yaml', () => {
    for (const data of [undefined, null, {}, { 'settings.yml': '[]' }]) {
      const { document } = readSettingsConfigMap('a', data);
      expect(document).to.have.nested.property('problems[0].code', 'SettingsShape');
    }
    expect(readSettingsConfigMap('a', { 'settings.yaml': '[]', other: 'x' }).document.outcome).to.equal('parsed');
  });
});
