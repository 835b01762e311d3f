/** Exit statuses with a meaning of their own, from sysexits.h; any other failure is 1. */
export const exitStatus = {
  /** EX_CONFIG: the configuration is wrong, and every problem was written to the log. */
  configuration: 78,
} as const;
