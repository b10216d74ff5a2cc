import type { Paper } from "ockham/paper";
import type { PaperId } from "./catalogue.ts";

export { factsOf, type PaperId, paperIds } from "./catalogue.ts";

/** The papers that have an experiment, loaded when asked for. */
export const papers: { readonly [Id in PaperId]?: () => Promise<Paper> } = {
  fastrp: async () => (await import("./fastrp/paper.ts")).paper,
  muvera: async () => (await import("./muvera/paper.ts")).paper,
  "learn-to-relax": async () => (await import("./learn-to-relax/paper.ts")).paper,
  skr: async () => (await import("./skr/paper.ts")).paper,
  powerwalk: async () => (await import("./powerwalk/paper.ts")).paper,
};
