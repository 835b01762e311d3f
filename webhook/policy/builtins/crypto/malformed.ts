import { BuiltinError } from '../types.ts';

/** Ends a built-in over what it cannot read. */
export function malformed(what: string): never {
  throw new BuiltinError(`malformed ${what}`);
}
