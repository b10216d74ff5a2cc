import type { Paper } from "ockham/paper";
import type { PaperId } from "./catalogue.ts";

export { factsOf, type PaperId, paperIds } from "./catalogue.ts";

/** The papers that have an experiment, loaded when asked for. */
export const papers: { readonly [Id in PaperId]?: () => Promise<Paper> } = {
  "dpm-solver-v3": async () => (await import("./dpm-solver-v3/paper.ts")).paper,
  lightsb: async () => (await import("./lightsb/paper.ts")).paper,
  fastrp: async () => (await import("./fastrp/paper.ts")).paper,
};
