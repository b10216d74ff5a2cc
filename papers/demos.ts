import type { Demo } from "ockham/demo";
import type { PaperId } from "./catalogue.ts";

/** The papers that can be tried live, loaded when asked for. */
export const demos: { readonly [Id in PaperId]?: () => Promise<Demo> } = {
  "dpm-solver-v3": async () => (await import("./dpm-solver-v3/demo.ts")).demo,
  esma: async () => (await import("./esma/demo.ts")).demo,
  fastrp: async () => (await import("./fastrp/demo.ts")).demo,
  funbat: async () => (await import("./funbat/demo.ts")).demo,
  "greedy-bcd": async () => (await import("./greedy-bcd/demo.ts")).demo,
  "learn-to-relax": async () => (await import("./learn-to-relax/demo.ts")).demo,
  lightsb: async () => (await import("./lightsb/demo.ts")).demo,
  "linf-sketch": async () => (await import("./linf-sketch/demo.ts")).demo,
  lord: async () => (await import("./lord/demo.ts")).demo,
  muvera: async () => (await import("./muvera/demo.ts")).demo,
  "one-connection": async () => (await import("./one-connection/demo.ts")).demo,
  "perceptron-gd": async () => (await import("./perceptron-gd/demo.ts")).demo,
  powerwalk: async () => (await import("./powerwalk/demo.ts")).demo,
  "ptd-ssm": async () => (await import("./ptd-ssm/demo.ts")).demo,
  "robust-altmin": async () => (await import("./robust-altmin/demo.ts")).demo,
  skr: async () => (await import("./skr/demo.ts")).demo,
};
