import { expect } from 'chai';
import { createLogger, parseLogLevel } from '../../../runtime/log.ts';
import type { LogFields, LogLevel } from '../../../runtime/log.ts';
import { selfSigned } from './certificate.ts';

function logged(fields: LogFields, level: LogLevel = 'info'): Record<string, unknown> {
  const lines: string[] = [];
  const clock = { now: () => Date.UTC(2026, 0, 2, 3, 4, 5, 6) };
  createLogger({ component: 'test', level, clock, write: (line) => lines.push(line) }).info('it.happened', fields);
  expect(lines.join('').match(/\n/g)).to.have.length(1);
  return JSON.parse(lines[0]!) as Record<string, unknown>;
}

describe('Logger', () => {
  it('writes one JSON line with time, level, component, event and fields', () => {
    expect(logged({ text: 'two\nlines', count: 3, isOk: true, none: null, list: ['a'] })).to.deep.equal({
      time: '2026-01-02T03:04:05.006Z',
      level: 'info',
      component: 'test',
      event: 'it.happened',
      text: 'two\nlines',
      count: 3,
      isOk: true,
      none: null,
      list: ['a'],
    });
  });

  it('writes an error with its causes, and numbers that JSON has not', () => {
    const error = new Error('outer', { cause: new Error('inner') });
    expect(logged({ error, ratio: NaN })).to.include({ error: 'outer: inner', ratio: 'NaN' });
  });

  it('keeps the fields that every line has when a field has their name', () => {
    expect(logged({ level: 'mine' })).to.include({ level: 'info', 'field.level': 'mine' });
  });

  it('leaves out what is below its level', () => {
    const lines: string[] = [];
    const log = createLogger({
      component: 'c',
      level: 'warn',
      clock: { now: () => 0 },
      write: (line) => lines.push(line),
    });
    log.debug('a');
    log.info('b');
    log.with({ part: 'p' }).warn('c');
    log.error('d');
    expect(lines.map((line) => (JSON.parse(line) as { event: string; part?: string }).event)).to.deep.equal(['c', 'd']);
    expect(lines[0]).to.contain('"part":"p"');
    expect([parseLogLevel('warn'), parseLogLevel('loud')]).to.deep.equal(['warn', undefined]);
  });

  it('cuts long values', () => {
    expect(logged({ long: 'x'.repeat(5_000) }).long).to.have.length(2_000);
  });

  it('lets no secret through, wherever in a value it stands', async () => {
    const { key } = await selfSigned();
    const token = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl';
    const planted = {
      key: `before ${key.trim()} after`,
      half: key.slice(0, 100),
      header: 'authorization: Bearer abc.def-ghi',
      jwt: `token ${token}`,
      list: [token],
      url: 'postgres://user:hunter2@db/shop',
      error: new Error(`refused ${token}`),
    };
    const text = JSON.stringify(logged(planted));
    for (const secret of [key.split('\n')[1]!, 'abc.def-ghi', token, 'hunter2']) expect(text).to.not.contain(secret);
    expect(text).to.contain('before [private key] after').and.contain('postgres://user:[password]@db/shop');
  });
});
