import type { Demo } from "ockham/demo";
import type { PaperId } from "./catalogue.ts";

/** The papers that can be tried live, loaded when asked for. */
export const demos: { readonly [Id in PaperId]?: () => Promise<Demo> } = {
  lightsb: async () => (await import("./lightsb/demo.ts")).demo,
};
