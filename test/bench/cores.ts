/** What is measured has one core to itself; everything else shares the other. */
export const measuredCore = 0;
export const otherCore = 1;
