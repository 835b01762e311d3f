/** A whole number as a value: a number where a double holds it exactly, else a bigint. */
export function integerValue(integer: bigint): number | bigint {
  const double = Number(integer);
  return Number.isSafeInteger(double) ? double : integer;
}
