import fc from 'fast-check';
import type { TelemetrySetting } from '../../../settings/types.ts';
import type { ValueKind } from '../../../settings/value.ts';

/** Any value of `telemetry`. */
export const anyTelemetry: fc.Arbitrary<TelemetrySetting> = fc.oneof(
  fc.constantFrom('auto' as const, 'off' as const),
  fc.uniqueArray(fc.constantFrom('node' as const, 'java' as const, 'python' as const), { minLength: 1 }),
);

/** Any value of `telemetry-containers`. */
export const anyContainers = fc.uniqueArray(fc.stringMatching(/^[a-z0-9](?:[-a-z0-9]{0,8}[a-z0-9])?$/), {
  maxLength: 4,
});

/** Texts that are valid for a kind, nearly so (an edit away, joined by commas), or anything at all. */
export function nearText(kind: ValueKind<unknown>): fc.Arbitrary<string> {
  const words = kind.allowed.match(/[a-z-]{2,}/g) ?? ['app'];
  const one = fc.constantFrom(...words);
  const edited = fc
    .tuple(one, fc.nat(8), fc.string({ maxLength: 2 }))
    .map(([text, at, edit]) => text.slice(0, at) + edit + text.slice(at + 1));
  const item = fc.oneof(
    one,
    one.map((text) => text.toUpperCase()),
    one.map((text) => ` ${text} `),
    edited,
  );
  return fc.oneof(
    item,
    fc.array(item, { maxLength: 4 }).map((items) => items.join(',')),
    fc.string(),
  );
}
