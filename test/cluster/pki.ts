import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { webcrypto } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { clusterNetwork, type Addresses } from './addresses.ts';

/** Who a certificate speaks for (Kubernetes: CN is the user, O the group). */
interface Subject {
  readonly file: string;
  readonly commonName: string;
  readonly organization?: string;
}

type CryptoKey = webcrypto.CryptoKey;
type CryptoKeyPair = webcrypto.CryptoKeyPair;

const keyAlgorithm = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const signingAlgorithm = { name: 'ECDSA', hash: 'SHA-256' } as const;
const lifeMs = 30 * 24 * 3600 * 1000;
/** Clocks are the same here; the minute is for a machine whose clock is set back a little. */
const backdateMs = 60_000;

/** The file name of a node's client certificate. */
export function kubeletIdentity(node: string): string {
  return `kubelet-${node}`;
}

/**
 * Writes a cluster's certificates into a folder: `<name>.crt` and `<name>.key` for the authority, the API server and
 * each client, and the key pair of the ServiceAccount tokens.
 */
export async function writePki(folder: string, addresses: Addresses, now: number): Promise<void> {
  x509.cryptoProvider.set(webcrypto);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const authority = await generate();
  const validity = { notBefore: new Date(now - backdateMs), notAfter: new Date(now + lifeMs) };
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: '01',
    name: [{ CN: ['remora-test'] }],
    keys: authority,
    signingAlgorithm,
    ...validity,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    ],
  });
  await writePair(folder, 'ca', root.toString('pem'), authority.privateKey);

  const issue = async (subject: Subject, serial: number): Promise<void> => {
    const keys = await generate();
    const leaf = await x509.X509CertificateGenerator.create({
      serialNumber: serial.toString(16).padStart(2, '0'),
      subject: [
        { CN: [subject.commonName] },
        ...(subject.organization === undefined ? [] : [{ O: [subject.organization] }]),
      ],
      issuer: root.subject,
      publicKey: keys.publicKey,
      signingKey: authority.privateKey,
      signingAlgorithm,
      ...validity,
      extensions: [
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
        ...(subject.file === 'apiserver' ? [serverNames(addresses)] : []),
      ],
    });
    await writePair(folder, subject.file, leaf.toString('pem'), keys.privateKey);
  };
  await Promise.all(subjects(addresses).map((subject, at) => issue(subject, at + 2)));

  const tokens = await generate();
  await writeFile(join(folder, 'tokens.key'), await pem('PRIVATE KEY', 'pkcs8', tokens.privateKey), { mode: 0o600 });
  await writeFile(join(folder, 'tokens.pub'), await pem('PUBLIC KEY', 'spki', tokens.publicKey));
}

function subjects(addresses: Addresses): readonly Subject[] {
  return [
    { file: 'apiserver', commonName: 'kube-apiserver' },
    { file: 'admin', commonName: 'admin', organization: 'system:masters' },
    { file: 'controller-manager', commonName: 'system:kube-controller-manager' },
    { file: 'scheduler', commonName: 'system:kube-scheduler' },
    { file: 'proxy', commonName: 'system:kube-proxy' },
    { file: 'coredns', commonName: 'coredns', organization: 'system:masters' },
    ...addresses.nodes.map(({ name }) => ({
      file: kubeletIdentity(name),
      commonName: `system:node:${name}`,
      organization: 'system:nodes',
    })),
  ];
}

function serverNames(addresses: Addresses): x509.SubjectAlternativeNameExtension {
  const ips = [addresses.apiAddress, addresses.nodes[0]?.address ?? '', clusterNetwork.apiService, '127.0.0.1'];
  const names = [
    'kubernetes',
    'kubernetes.default',
    'kubernetes.default.svc',
    `kubernetes.default.svc.${clusterNetwork.domain}`,
  ];
  return new x509.SubjectAlternativeNameExtension([
    ...ips.map((value) => ({ type: 'ip', value }) as const),
    ...names.map((value) => ({ type: 'dns', value }) as const),
  ]);
}

async function generate(): Promise<CryptoKeyPair> {
  return await webcrypto.subtle.generateKey(keyAlgorithm, true, ['sign', 'verify']);
}

async function writePair(folder: string, name: string, certificate: string, key: CryptoKey): Promise<void> {
  await writeFile(join(folder, `${name}.crt`), `${certificate}\n`);
  await writeFile(join(folder, `${name}.key`), await pem('PRIVATE KEY', 'pkcs8', key), { mode: 0o600 });
}

async function pem(label: string, format: 'pkcs8' | 'spki', key: CryptoKey): Promise<string> {
  return `${x509.PemConverter.encode(await webcrypto.subtle.exportKey(format, key), label)}\n`;
}
