/** Rights that one of two lists has and the other has not, in words. */
export function differences(granted: readonly string[], known: Iterable<string>): readonly string[] {
  const table = new Set(known);
  const chart = new Set(granted);
  return [
    ...[...chart].filter((right) => !table.has(right)).map((right) => `${right}: no check knows this right`),
    ...[...table].filter((right) => !chart.has(right)).map((right) => `${right}: the chart does not grant it any more`),
  ];
}
