import { expect } from 'chai';
import { systemTimer } from '../../../../../runtime/clock.ts';
import { silentLogger } from '../../../../../runtime/log.ts';
import { createPool } from '../../../../../webhook/policy/evaluate/pool.ts';
import type { Pool, PoolOptions } from '../../../../../webhook/policy/evaluate/pool.ts';
import type { Item } from '../../../../../webhook/policy/evaluate/protocol.ts';
import type { Evaluation } from '../../../../../webhook/policy/types.ts';
import { compiled } from '../compiled.ts';

const rego = `package shop
import rego.v1

texts contains sprintf_free if sprintf_free := concat(" ", [input.name, input.review.name, input.parameters.word])
objects contains {"msg": "m", "details": {"set": {1, 2}, "n": 12345678901234567890}}
neither := 7
none contains "x" if input.name == "never"
listed := ["a", "b"]
many := numbers.range(1, 5000)
forever contains "x" if { some a in many; some b in many; some c in many; a == b; b == c; a != c }
huge contains x if { some i in numbers.range(1, 40000); x := concat("", [format_int(i, 10), input.parameters.padding]) }
stored contains data.inventory.word
quoted contains {"msg": "q", "found": input.deep}
bomb contains "x" if count([x | some i in numbers.range(1, 10000000); x := format_int(i, 10)]) < 0
`;
const rules = ['texts', 'objects', 'neither', 'none', 'listed', 'forever', 'huge', 'stored', 'quoted', 'bomb'];

function item(rule: string, more: Partial<Item> = {}): Item {
  return { module: 'm', entrypoint: `shop/${rule}`, input: 'native', parameters: '{"word":"w"}', ...more };
}

function messages(evaluation: Evaluation | undefined): readonly string[] | string {
  if (evaluation === undefined) return 'nothing';
  return evaluation.outcome === 'failed' ? evaluation.code : evaluation.violations.map(({ message }) => message);
}

describe('policy/evaluate', function () {
  this.timeout(600_000);

  let module: WebAssembly.Module;
  let pool: Pool;
  const review = JSON.stringify({ name: 'é' });
  const start = (more: Partial<PoolOptions> = {}): Pool => {
    pool = createPool({
      script: new URL('../../../../../webhook/policy/evaluate/worker.ts', import.meta.url),
      workers: 2,
      timeoutMs: 5_000,
      queueMs: 60_000,
      limits: { instanceBytes: 64 << 20, keptBytes: 16 << 20, resultBytes: 1 << 20 },
      timer: systemTimer,
      log: silentLogger,
      ...more,
    });
    pool.add('m', module);
    return pool;
  };

  before('a module', async () => {
    module = await compiled(rego, ...rules.map((rule) => `shop/${rule}`));
  });
  afterEach(async () => {
    await pool.close();
  });

  it('answers every item in its order, for the request and with the parameters', async () => {
    const found = await start().evaluate(review, [
      item('texts'),
      item('none'),
      item('listed'),
      item('texts', { parameters: '{"word":"other"}' }),
    ]);
    expect(found.map(messages)).to.deep.equal([['é é w'], [], ['a', 'b'], ['é é other']]);
  });

  it('gives a Gatekeeper rule its review and parameters, and nothing else', async () => {
    expect((await start().evaluate(review, [item('texts', { input: 'gatekeeper' })])).map(messages)).to.deep.equal([
      [],
    ]);
  });

  it('reads objects with their details, and says what a rule gave that is no violation', async () => {
    const [objects, neither] = (await start().evaluate(review, [item('objects'), item('neither')])).map(
      ({ tookMs, ...evaluation }) => {
        expect(tookMs).to.be.a('number');
        return evaluation;
      },
    );
    expect(objects).to.deep.equal({
      outcome: 'evaluated',
      violations: [{ message: 'm', details: { details: { set: [1, 2], n: '12345678901234567890' } } }],
    });
    expect(neither).to.deep.equal({
      outcome: 'failed',
      code: 'PolicyOutput',
      message: 'gave 7; a rule gives texts, or objects with a text "msg"',
    });
  });

  it('gives a rule the data that belongs to the request, and the newer when it changes', async () => {
    start();
    const words: (readonly string[] | string)[] = [];
    for (const word of ['one', 'two', 'two']) {
      const text = JSON.stringify({ inventory: { word } });
      const json = Buffer.from(new SharedArrayBuffer(text.length));
      json.write(text);
      const data = { key: word, json };
      words.push(...(await pool.evaluate(review, [item('stored', { data })])).map(messages));
    }
    expect(words).to.deep.equal([['one'], ['two'], ['two']]);
  });

  it('shows a rule without data none, also when another policy of the same source has some', async () => {
    start({ workers: 1 });
    const data = { key: 'cluster', json: Buffer.from(JSON.stringify({ inventory: { word: 'theirs' } })) };
    const found = await pool.evaluate(review, [item('stored', { data }), item('stored'), item('stored', { data })]);
    expect(found.map(messages)).to.deep.equal([['theirs'], [], ['theirs']]);
  });

  it('answers a rule that quotes an object as deep as the API server takes, and leaves out what is deepest', async () => {
    start({ workers: 1, timeoutMs: 20_000 });
    const deep = `{"name":"é","deep":${'['.repeat(10_000)}${']'.repeat(10_000)}}`;
    const [quoted, texts] = await pool.evaluate(deep, [item('quoted'), item('texts')]);
    expect([quoted, texts].map(messages)).to.deep.equal([['q'], ['é é w']]);
    const text = JSON.stringify(quoted);
    expect(text.match(/\[/g)).to.have.length.within(90, 110);
    expect(text).to.contain('…');
  });

  it('gives back the memory of rules that used up theirs', async () => {
    start({ workers: 1, timeoutMs: 20_000 });
    await pool.evaluate(review, [item('texts')]);
    const { rss } = process.memoryUsage();
    const limit = 256 << 20;
    for (let round = 0; round < 12; round += 1) {
      // Each with parameters of its own: one that runs away three times is not asked any more.
      const bomb = item('bomb', { parameters: JSON.stringify({ round }) });
      expect((await pool.evaluate(review, [bomb, item('texts')])).map(messages)).to.deep.equal([
        'PolicyMemory',
        ['é é w'],
      ]);
    }
    expect(process.memoryUsage().rss - rss).to.be.lessThan(limit);
    // The planted case: memories that are not given back would be seen.
    const kept = Array.from({ length: 6 }, () => new WebAssembly.Memory({ initial: 1_024, maximum: 1_024 }));
    for (const { buffer } of kept) new Uint8Array(buffer).fill(1);
    expect(process.memoryUsage().rss - rss).to.be.greaterThan(limit);
  });

  it('ends a runaway, answers what else the request asked, and other requests meanwhile', async () => {
    start();
    const runaway = pool.evaluate(review, [item('listed'), item('forever'), item('texts')]);
    let isOver = false;
    void runaway.then(() => (isOver = true));
    for (let round = 0; round < 20; round += 1) {
      expect((await pool.evaluate(review, [item('texts')])).map(messages)).to.deep.equal([['é é w']]);
    }
    expect(isOver).to.equal(false);
    expect((await runaway).map(messages)).to.deep.equal([['a', 'b'], 'PolicyTimeout', ['é é w']]);
  });

  it('asks a rule that runs away again and again no more, for a while', async () => {
    start({ timeoutMs: 1_000 });
    for (let round = 0; round < 3; round += 1) await pool.evaluate(review, [item('forever')]);
    const [barred, other] = await pool.evaluate(review, [item('forever'), item('texts')]);
    expect(barred).to.have.property('message').that.contains('three times');
    expect(messages(other)).to.deep.equal(['é é w']);
  });

  it('asks a rule that uses up its memory again and again no more either', async () => {
    start({ workers: 1, timeoutMs: 20_000 });
    const codes: string[] = [];
    for (let round = 0; round < 4; round += 1) {
      const [bomb] = await pool.evaluate(review, [item('bomb', { parameters: '{"again":1}' })]);
      codes.push(bomb?.outcome === 'failed' ? bomb.code : 'evaluated');
    }
    expect(codes).to.deep.equal(['PolicyMemory', 'PolicyMemory', 'PolicyMemory', 'PolicyTimeout']);
  });

  it('stops an output of 50 MB, and one that does not fit the memory', async () => {
    const parameters = JSON.stringify({ padding: 'x'.repeat(1_300) });
    const large = { instanceBytes: 512 << 20, keptBytes: 16 << 20, resultBytes: 1 << 20 };
    start({ limits: large, timeoutMs: 20_000 });
    const found = await pool.evaluate(review, [item('huge', { parameters }), item('texts')]);
    expect(found.map(messages)).to.deep.equal(['PolicyOutput', ['é é w']]);
    await pool.close();
    start({ timeoutMs: 20_000 });
    expect((await pool.evaluate(review, [item('huge', { parameters }), item('texts')])).map(messages)).to.deep.equal([
      'PolicyMemory',
      ['é é w'],
    ]);
  });

  it('goes on when instances of many modules do not fit together', async () => {
    start({ workers: 1, limits: { instanceBytes: 4 << 20, keptBytes: 1 << 20, resultBytes: 1 << 20 } });
    const hashes = Array.from({ length: 20 }, (_, at) => `m${at}`);
    for (const hash of hashes) pool.add(hash, module);
    for (let round = 0; round < 3; round += 1) {
      const found = await pool.evaluate(
        review,
        hashes.map((hash) => item('texts', { module: hash })),
      );
      expect(found.map(messages)).to.deep.equal(hashes.map(() => ['é é w']));
    }
  });

  it('says so when a module is not there any more', async () => {
    start();
    pool.forget('m');
    expect((await pool.evaluate(review, [item('texts')])).map(messages)).to.deep.equal(['PolicyBroken']);
  });

  it('answers what waits too long, and everything when it closes', async () => {
    start({ workers: 1, queueMs: 1, timeoutMs: 1_000 });
    const [first, late] = await Promise.all([
      pool.evaluate(review, [item('forever')]),
      pool.evaluate(review, [item('texts')]),
    ]);
    expect([first, late].flat().map(messages)).to.deep.equal(['PolicyTimeout', 'PolicyTimeout']);
    const open = pool.evaluate(review, [item('forever')]);
    await pool.close();
    expect((await open).map(messages)).to.deep.equal(['PolicyTimeout']);
    expect((await pool.evaluate(review, [item('texts')])).map(messages)).to.deep.equal(['PolicyTimeout']);
  });
});
