/** Times that a task is tried when it throws or its thread dies. */
export const attempts = 3;

/** What a job fails with that is no failure of its task: whoever still waits for it submits it anew. */
export const endings = {
  cancelled: "cancelled",
  lost: "input lost",
} as const;
