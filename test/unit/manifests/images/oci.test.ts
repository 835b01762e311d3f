import { Ajv } from 'ajv';
import { expect } from 'chai';
import { createHash } from 'node:crypto';
import { layOut, type ImageParts, type LayerBlob } from '../../../../manifests/images/oci.ts';
import type { Entry } from '../../../../manifests/images/tar.ts';

const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;
const layer = (letter: string, size: number): LayerBlob => ({
  path: `${letter}.tar.zst`,
  digest: digest(letter),
  diffId: digest('f'),
  size,
  unpackedSize: size * 3,
});

const parts: ImageParts = {
  reference: 'docker.io/remora/remora:0.1.0',
  architecture: 'arm64',
  run: { user: '65532:65532', entrypoint: ['/bin/a'], environment: { B: 'c=d' }, labels: { l: 'm' } },
  layers: [layer('1', 10), layer('2', 20)],
};

function read(entries: readonly Entry[], path: string): Buffer {
  const found = entries.find((entry) => entry.path === path);
  if (found?.type !== 'file' || found.content.kind !== 'bytes') {
    throw new Error(`no ${path} in memory`);
  }
  return Buffer.from(found.content.bytes);
}

interface Index {
  readonly manifests: readonly { readonly digest: string; readonly annotations: object; readonly platform: object }[];
}

const descriptor = {
  type: 'object',
  required: ['mediaType', 'digest', 'size'],
  properties: {
    mediaType: { type: 'string' },
    digest: { type: 'string', pattern: '^sha256:[0-9a-f]{64}$' },
    size: { type: 'integer', minimum: 1 },
  },
};

describe('the OCI layout of an image', () => {
  const layout = layOut(parts);
  const index = JSON.parse(read(layout.entries, 'index.json').toString()) as Index;
  const blobPath = (of: string): string => `blobs/${of.replace(':', '/')}`;
  const manifestBytes = read(layout.entries, blobPath(layout.digest));
  const manifest = JSON.parse(manifestBytes.toString()) as { config: { digest: string }; layers: object[] };

  it('has a manifest of the shape that the image specification gives', () => {
    const validate = new Ajv().compile({
      type: 'object',
      required: ['schemaVersion', 'mediaType', 'config', 'layers'],
      properties: {
        schemaVersion: { const: 2 },
        mediaType: { const: 'application/vnd.oci.image.manifest.v1+json' },
        config: descriptor,
        layers: { type: 'array', minItems: 1, items: descriptor },
      },
    });
    expect(validate(manifest), JSON.stringify(validate.errors)).to.equal(true);
  });

  it('finds every blob under the digest of its bytes', () => {
    for (const known of [layout.digest, manifest.config.digest]) {
      const actual = createHash('sha256')
        .update(read(layout.entries, blobPath(known)))
        .digest('hex');
      expect(known).to.equal(`sha256:${actual}`);
    }
    const paths = layout.entries.map(({ path }) => path);
    expect(paths).to.include.members([blobPath(digest('1')), blobPath(digest('2')), 'oci-layout']);
  });

  it('names the image for containerd in full, and for docker by its tag', () => {
    expect(index.manifests[0]?.annotations).to.deep.equal({
      'io.containerd.image.name': 'docker.io/remora/remora:0.1.0',
      'org.opencontainers.image.ref.name': '0.1.0',
    });
    expect(index.manifests[0]?.digest).to.equal(layout.digest);
    expect(index.manifests[0]?.platform).to.deep.equal({ architecture: 'arm64', os: 'linux' });
  });

  it('says user, environment and layers in its configuration, and no date but the epoch', () => {
    const config = JSON.parse(read(layout.entries, blobPath(manifest.config.digest)).toString()) as {
      created: string;
      config: { User: string; Env: string[] };
      rootfs: { diff_ids: string[] };
    };
    expect(config.created).to.equal('1970-01-01T00:00:00Z');
    expect(config.config.User).to.equal('65532:65532');
    expect(config.config.Env).to.deep.equal(['B=c=d']);
    expect(config.rootfs.diff_ids).to.have.length(2);
  });

  it('holds a layer once that two places share', () => {
    const shared = layOut({ ...parts, layers: [layer('1', 10), layer('1', 10)] });
    expect(shared.entries.filter(({ path }) => path === blobPath(digest('1')))).to.have.length(1);
  });
});
