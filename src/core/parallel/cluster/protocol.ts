/** What a job fails with that is no failure of its task: whoever still waits for it submits it anew. */
export const endings = {
  cancelled: "cancelled",
  lost: "input lost",
} as const;
