import type { Paper } from "ockham/paper";
import type { PaperId } from "./catalogue.ts";

export { factsOf, type PaperId, paperIds } from "./catalogue.ts";

/** The papers that have an experiment, loaded when asked for. */
export const papers: { readonly [Id in PaperId]?: () => Promise<Paper> } = {
  breadcrumbs: async () => (await import("./breadcrumbs/paper.ts")).paper,
  "dpm-solver-v3": async () => (await import("./dpm-solver-v3/paper.ts")).paper,
  esma: async () => (await import("./esma/paper.ts")).paper,
  fastrp: async () => (await import("./fastrp/paper.ts")).paper,
  funbat: async () => (await import("./funbat/paper.ts")).paper,
  "greedy-bcd": async () => (await import("./greedy-bcd/paper.ts")).paper,
  "learn-to-relax": async () => (await import("./learn-to-relax/paper.ts")).paper,
  lightsb: async () => (await import("./lightsb/paper.ts")).paper,
  "linf-sketch": async () => (await import("./linf-sketch/paper.ts")).paper,
  lord: async () => (await import("./lord/paper.ts")).paper,
  "lp-sensitivity": async () => (await import("./lp-sensitivity/paper.ts")).paper,
  "monarch-mixer": async () => (await import("./monarch-mixer/paper.ts")).paper,
  muvera: async () => (await import("./muvera/paper.ts")).paper,
  "one-connection": async () => (await import("./one-connection/paper.ts")).paper,
  "vr-halpern": async () => (await import("./vr-halpern/paper.ts")).paper,
  "perceptron-gd": async () => (await import("./perceptron-gd/paper.ts")).paper,
  powerwalk: async () => (await import("./powerwalk/paper.ts")).paper,
  ppg: async () => (await import("./ppg/paper.ts")).paper,
  "ptd-ssm": async () => (await import("./ptd-ssm/paper.ts")).paper,
  "robust-altmin": async () => (await import("./robust-altmin/paper.ts")).paper,
  skr: async () => (await import("./skr/paper.ts")).paper,
  trp: async () => (await import("./trp/paper.ts")).paper,
};
