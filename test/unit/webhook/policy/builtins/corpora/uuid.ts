import fc from 'fast-check';
import { callsOf } from '../corpus.ts';
import type { Call } from '../oracle.ts';

const digits = fc.string({
  unit: fc.constantFrom(...Array.from('0123456789abcdefABCDEF')),
  minLength: 32,
  maxLength: 32,
});
const versioned = fc
  .tuple(
    digits,
    fc.constantFrom('1', '2', '3', '4', '5', '6', '7', '8', '0', 'f'),
    fc.constantFrom('0', '8', 'b', 'c', 'e'),
  )
  .map(([text, version, variant]) => text.slice(0, 12) + version + text.slice(13, 16) + variant + text.slice(17))
  // The byte of a domain that has a name.
  .chain((text) => fc.constantFrom(text, text, `${text.slice(0, 18)}0${String(text.length % 3)}${text.slice(20)}`));
const dashed = versioned.map((text) => text.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5'));
const text = fc.oneof(
  { weight: 8, arbitrary: dashed },
  { weight: 3, arbitrary: versioned },
  { weight: 2, arbitrary: dashed.map((uuid) => `urn:uuid:${uuid}`) },
  { weight: 2, arbitrary: dashed.map((uuid) => `{${uuid}}`) },
  { weight: 1, arbitrary: dashed.map((uuid) => `URN:uuid:${uuid}`) },
  { weight: 1, arbitrary: dashed.map((uuid) => `x${uuid}y`) },
  { weight: 1, arbitrary: dashed.map((uuid) => `é${uuid}`) },
  { weight: 1, arbitrary: dashed.map((uuid) => uuid.replace('-', '_')) },
  { weight: 1, arbitrary: dashed.map((uuid) => uuid.slice(1)) },
  { weight: 1, arbitrary: dashed.map((uuid) => `${uuid.slice(0, -1)}g`) },
);

export const documentedUuids: readonly Call[] = [
  'c2fc67c2-47f2-11ee-b67a-9f3619c7493f',
  '000003e8-48b9-21ee-b200-325096b39f47',
  '6bea8ef2-d3d3-3cd1-84e0-9bab06a52ece',
  '00000000-0000-fcd1-f4e0-9bab06a52ece',
  'urn:uuid:c2fc67c2-47f2-11ee-b67a-9f3619c7493f',
  '{000003e8-48b9-21ee-b200-325096b39f47}',
  '\n000003e8-48b9-21ee-b200-325096b39f47\n',
  '00000000-0000-1000-8000-000000000000',
  'ffffffff-ffff-1fff-bfff-ffffffffffff',
  '00000000000040008000000000000000',
  '',
].map((uuid) => ({ name: 'uuid.parse', args: [uuid] }));

export function generatedUuids(): readonly Call[] {
  return callsOf('uuid.parse', [text], 2_000);
}
