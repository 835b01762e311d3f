import { expect } from 'chai';
import { createInformer } from '../../../kube/informer.ts';
import { resources } from '../../../kube/resources.ts';
import type { Informer, KubeObject, ListQuery } from '../../../kube/types.ts';
import { systemTimer } from '../../../runtime/clock.ts';
import { silentLogger } from '../../../runtime/log.ts';
import { refuse, startApiServer } from './apiserver.ts';
import type { ApiServer } from './apiserver.ts';
import { clientOf, eventually } from './clients.ts';

interface ConfigMap extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

const base = '/api/v1/namespaces/shop/configmaps';
const configMap = (name: string, value: string) => ({ metadata: { name, namespace: 'shop' }, data: { value } });

describe('Informer', () => {
  let api: ApiServer;
  let stop: AbortController;
  let informer: Informer<string>;
  const changes: string[] = [];

  const start = async (query: ListQuery = {}): Promise<Promise<void>> => {
    informer = createInformer<ConfigMap, string>({
      client: clientOf(api.url, { deadlineMs: 500 }),
      type: resources.configMaps,
      query,
      keep: ({ data }) => {
        if (data?.value === 'poison') throw new Error('a bug');
        return data?.value === 'boring' ? undefined : data?.value;
      },
      timer: systemTimer,
      random: () => 0.05,
      log: silentLogger,
    });
    informer.onChange((namespace, name, value) => changes.push(`${namespace ?? ''}/${name}=${value ?? 'gone'}`));
    return informer.start(stop.signal);
  };
  const held = (): string[] => [...informer.all()].sort();
  const lists = (): number => api.seen.filter(({ query }) => query.get('watch') === null).length;
  const watched = (): Promise<void> => eventually(() => api.openWatches === 1);

  beforeEach(async () => {
    api = await startApiServer();
    stop = new AbortController();
    changes.length = 0;
  });
  afterEach(async () => {
    stop.abort();
    await api.close();
  });

  it('holds what keep makes of each object, and follows additions, changes and deletions', async () => {
    api.put(`${base}/a`, configMap('a', '1'));
    api.put(`${base}/b`, configMap('b', 'boring'));
    await start();
    expect(informer.isSynced).to.equal(true);
    expect(held()).to.deep.equal(['1']);
    api.put(`${base}/a`, configMap('a', '2'));
    api.put(`${base}/b`, configMap('b', '3'));
    await eventually(() => informer.get('shop', 'b') === '3');
    expect([...informer.inNamespace('shop')]).to.have.members(['2', '3']);
    expect([...informer.inNamespace('other')]).to.deep.equal([]);
    api.put(`${base}/b`, configMap('b', 'boring'));
    api.remove(`${base}/a`);
    await eventually(() => held().length === 0);
    expect(changes).to.deep.equal(['shop/a=1', 'shop/a=2', 'shop/b=3', 'shop/b=gone', 'shop/a=gone']);
  });

  it('takes a watch up where it was cut, in the middle of a line, without a new list', async () => {
    await start();
    await watched();
    api.put(`${base}/a`, configMap('a', '1'));
    await eventually(() => held().length === 1);
    for (let round = 2; round < 6; round += 1) {
      await watched();
      api.cutWatches(round % 2 === 0 ? 'midline' : 'clean');
      await eventually(() => api.openWatches === 0);
      api.put(`${base}/a`, configMap('a', String(round)));
      await eventually(() => informer.get('shop', 'a') === String(round));
    }
    expect(lists()).to.equal(1);
  });

  it('goes on from a bookmark, so that quiet objects do not cost a list after compaction', async () => {
    await start();
    await watched();
    api.put('/api/v1/namespaces/shop/pods/p', { metadata: { name: 'p', namespace: 'shop' } });
    api.compact();
    api.bookmark();
    api.cutWatches('clean');
    await eventually(() => api.seen.length === 3 && api.openWatches === 1);
    api.put(`${base}/a`, configMap('a', '1'));
    await eventually(() => held().length === 1);
    expect(lists()).to.equal(1);
  });

  it('lists again after 410, and learns what was deleted in between', async () => {
    api.put(`${base}/a`, configMap('a', '1'));
    api.put(`${base}/b`, configMap('b', '2'));
    await start();
    await watched();
    const away = (): boolean => true;
    api.faults.push((_, response) => away() && refuse(response, 503, 'ServiceUnavailable'));
    api.cutWatches('midline');
    await eventually(() => api.openWatches === 0);
    api.remove(`${base}/a`);
    api.put(`${base}/c`, configMap('c', '3'));
    api.compact();
    api.faults.length = 0;
    await eventually(() => held().join() === '2,3');
    expect(changes.slice(2)).to.have.members(['shop/b=2', 'shop/c=3', 'shop/a=gone']);
    expect(lists()).to.equal(2);
  });

  it('keeps answering from memory while the API server is away, and catches up when it is back', async () => {
    api.put(`${base}/a`, configMap('a', '1'));
    await start();
    await watched();
    api.faults.push((_, response) => {
      response.destroy();
      return true;
    });
    api.cutWatches('midline');
    const before = api.seen.length;
    await eventually(() => api.seen.length > before + 2);
    expect(held()).to.deep.equal(['1']);
    expect(informer.isSynced).to.equal(true);
    expect(informer.silentMs).to.be.greaterThan(0);
    api.faults.length = 0;
    api.put(`${base}/a`, configMap('a', '2'));
    await eventually(() => informer.get('shop', 'a') === '2');
  });

  it('is not synced until a first list succeeded, through refusals, slowness and a list that expires half way', async () => {
    for (let i = 0; i < 600; i += 1) api.put(`${base}/c${i}`, configMap(`c${i}`, String(i)));
    const answers = ['refuse', 'hang', 'page', 'expire'];
    api.faults.push((_, response) => {
      const answer = answers.shift();
      if (answer === 'refuse') return refuse(response, 403, 'Forbidden');
      if (answer === 'expire') return refuse(response, 410, 'Expired');
      return answer === 'hang';
    });
    const started = start();
    await eventually(() => answers.length < 3);
    expect(informer.isSynced).to.equal(false);
    await started;
    expect(held()).to.have.length(600);
    expect(answers).to.deep.equal([]);
  });

  it('waits as long as 429 asks before it watches again', async () => {
    const waits: number[] = [];
    const timer = {
      now: () => Date.now(),
      wait: async (ms: number, signal?: AbortSignal) => {
        waits.push(ms);
        await systemTimer.wait(Math.min(ms, 5), signal);
      },
    };
    api.faults.push(({ query }, response) =>
      query.get('watch') === 'true' ? refuse(response, 429, 'TooManyRequests', { 'retry-after': '7' }) : false,
    );
    const slow = createInformer({
      client: clientOf(api.url),
      type: resources.configMaps,
      keep: () => '',
      timer,
      random: () => 0,
      log: silentLogger,
    });
    await slow.start(stop.signal);
    await eventually(() => waits.includes(7_000));
  });

  it('selects by name and asks for metadata only when told to', async () => {
    api.put(`${base}/a`, configMap('a', '1'));
    api.put(`${base}/b`, configMap('b', '2'));
    await start({ namespace: 'shop', fieldSelector: 'metadata.name=a', metadataOnly: true });
    await watched();
    expect(held()).to.deep.equal(['1']);
    expect(api.seen.map(({ path }) => path)).to.deep.equal([base, base]);
    expect(api.seen.map(({ headers }) => headers.accept)).to.deep.equal([
      'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1',
      'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1',
    ]);
  });

  it('survives an object that keep throws at: it is not kept, in a list and in a watch, and all others are', async () => {
    api.put(`${base}/listed`, configMap('listed', 'poison'));
    api.put(`${base}/a`, configMap('a', '1'));
    await start();
    expect(held()).to.deep.equal(['1']);
    await watched();
    api.put(`${base}/a`, configMap('a', 'poison'));
    api.put(`${base}/b`, configMap('b', '2'));
    await eventually(() => held().join() === '2');
    api.put(`${base}/a`, configMap('a', '3'));
    await eventually(() => held().join() === '2,3');
    expect(lists()).to.equal(1);
  });

  it('survives a listener that throws', async () => {
    await start();
    informer.onChange(() => {
      throw new Error('a bug');
    });
    api.put(`${base}/a`, configMap('a', '1'));
    api.put(`${base}/b`, configMap('b', '2'));
    await eventually(() => held().length === 2);
  });
});
