import { defineTask } from "ockham/parallel";

/** Shows that a pool can start a worker and hear from it. */
export const poolCheck = defineTask({
  name: "cli/pool-check",
  module: import.meta.url,
  run: (input: number) => input,
});
