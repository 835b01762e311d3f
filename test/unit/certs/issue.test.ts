import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRoot, issueLeaf } from '../../../certs/issue.ts';
import { readBundle, readCertificate, readPair, writeBundle } from '../../../certs/pem.ts';
import { randomBytes } from 'node:crypto';

const day = 24 * 3_600_000;
const names = ['remora-webhook.remora-system.svc', 'remora-webhook.remora-system.svc.cluster.local'];

describe('Issuing certificates', () => {
  const now = Date.now();

  it('makes a P-256 root that may sign leaves only, valid from 5 minutes before', async () => {
    const root = readPair(await createRoot(now, 365 * day, randomBytes))!;
    const { x509 } = root.read;
    expect(x509.ca).to.equal(true);
    expect(x509.publicKey.asymmetricKeyDetails).to.deep.equal({ namedCurve: 'prime256v1' });
    expect(root.read.notBefore).to.be.within(now - 301_000, now - 300_000);
    expect(root.read.notAfter).to.be.within(now + 365 * day - 1_000, now + 365 * day);
    expect(x509.verify(x509.publicKey)).to.equal(true);
  });

  it('issues a leaf for exactly the names, for servers only, that OpenSSL and Node verify', async () => {
    const root = await createRoot(now, 365 * day, randomBytes);
    const leaf = await issueLeaf(root, { now, lifeMs: day, names, random: randomBytes });
    const read = readPair(leaf)!.read.x509;
    expect(read.subjectAltName).to.equal(names.map((name) => `DNS:${name}`).join(', '));
    expect(read.ca).to.equal(false);
    expect(read.keyUsage).to.deep.equal(['1.3.6.1.5.5.7.3.1']);
    expect(read.checkIssued(readCertificate(root.certificate)!.x509)).to.equal(true);
    const folder = mkdtempSync(join(tmpdir(), 'remora-'));
    try {
      writeFileSync(join(folder, 'root.pem'), root.certificate);
      writeFileSync(join(folder, 'leaf.pem'), leaf.certificate);
      const verify = ['verify', '-x509_strict', '-purpose', 'sslserver', '-verify_hostname', names[1]!];
      const said = execFileSync('openssl', [...verify, '-CAfile', 'root.pem', 'leaf.pem'], { cwd: folder });
      expect(said.toString()).to.equal('leaf.pem: OK\n');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('never lets a leaf outlive its root, and gives each a serial and a key of its own', async () => {
    const root = await createRoot(now, day, randomBytes);
    const leaves = await Promise.all(
      [1, 2].map(() => issueLeaf(root, { now, lifeMs: 30 * day, names, random: randomBytes })),
    );
    const [first, second] = leaves.map((leaf) => readCertificate(leaf.certificate)!);
    expect(first!.notAfter).to.equal(readCertificate(root.certificate)!.notAfter);
    expect(first!.x509.serialNumber)
      .to.match(/^40[0-9A-F]{30}$/)
      .and.not.equal(second!.x509.serialNumber);
    expect(leaves[0]!.key).to.not.equal(leaves[1]!.key);
  });

  it('writes equal sets of certificates as equal bundles, and reads past what is none', async () => {
    const roots = await Promise.all([now, now + day].map((at) => createRoot(at, day, randomBytes)));
    const [a, b] = roots.map((root) => readCertificate(root.certificate)!);
    const bundle = writeBundle([b!, a!, b!]);
    expect(bundle).to.equal(writeBundle([a!, b!]));
    const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
    expect(readBundle(`text\n${broken}${bundle}`).map(({ fingerprint }) => fingerprint)).to.deep.equal([
      a!.fingerprint,
      b!.fingerprint,
    ]);
    expect(readPair({ certificate: roots[0]!.certificate, key: roots[1]!.key })).to.equal(undefined);
    expect(readPair({ certificate: 'x', key: 'y' })).to.equal(undefined);
  });
});
