import type { LapackPlatform } from "./library.ts";

/** Browsers have no native libraries. */
export const platform: LapackPlatform = {
  setting: undefined,
  mainThread: true,
  defaultThreads: () => 1,
  find: () => ({ problems: ["browsers cannot load native libraries"] }),
  advice: "run under Node to use a system LAPACK",
};
