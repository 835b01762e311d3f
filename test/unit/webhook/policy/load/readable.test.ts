import { expect } from 'chai';
import { isReadable, kindText, servedAs, unreadableKinds } from '../../../../../webhook/policy/load/readable.ts';
import { served } from './served.ts';

const services = { group: '', version: 'v1', kind: 'Service' };
const ingresses = { group: 'networking.k8s.io', version: 'v1', kind: 'Ingress' };
const secrets = { group: '', version: 'v1', kind: 'Secret' };

describe('policy/load: kinds that data.inventory may hold', () => {
  it('are named as in the chart: by plural, and by group where there is one', () => {
    const readable = ['services', 'networking.k8s.io/ingresses'];
    expect(served.filter((each) => isReadable(each, readable)).map(kindText)).to.deep.equal([
      'v1/Service',
      'networking.k8s.io/v1/Ingress',
    ]);
    expect(isReadable({ group: 'example.com', plural: 'services' }, readable)).to.equal(false);
    expect(isReadable({ group: '', plural: 'ingresses' }, readable)).to.equal(false);
    expect(isReadable({ group: '', plural: 'services' }, [])).to.equal(false);
  });

  it('are served in exactly the version that is asked for', () => {
    expect(servedAs(ingresses, served)).to.include({ plural: 'ingresses' });
    expect(servedAs({ ...ingresses, version: 'v1beta1' }, served)).to.equal(undefined);
    expect(servedAs({ ...ingresses, group: '' }, served)).to.equal(undefined);
  });

  it('are refused otherwise, each with what may be asked for', () => {
    const readable = ['services'];
    const allowed = "what the chart's policies.readable lists: services";
    const anyServed = 'a kind in a version that this API server serves, as kubectl api-resources lists them';
    expect(unreadableKinds([services], served, readable)).to.deep.equal([]);
    expect(
      unreadableKinds([services, ingresses, secrets, { ...services, version: 'v2' }], served, readable),
    ).to.deep.equal([
      { code: 'InventoryNotReadable', field: 'inventory', value: 'networking.k8s.io/v1/Ingress', allowed },
      { code: 'InventoryNotReadable', field: 'inventory', value: 'v1/Secret', allowed },
      { code: 'UnknownKind', field: 'inventory', value: 'v2/Service', allowed: anyServed, nearest: 'v1/Service' },
    ]);
    expect(unreadableKinds([{ group: 'x.dev', version: 'v9', kind: 'Far' }], served, readable)).to.deep.equal([
      { code: 'UnknownKind', field: 'inventory', value: 'x.dev/v9/Far', allowed: anyServed },
    ]);
  });
});
