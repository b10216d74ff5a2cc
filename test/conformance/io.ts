import { array } from "./inputs.ts";
import type { Registration } from "./registration.ts";

export const registration: Registration = {
  methods: {
    formatNpy: { args: () => ({ array: array() }), accepts: { array: ["NaN", "empty"] } },
    parseEdgeList: {
      args: () => ({ source: "a,b,1\nb,c,2\n", options: {} }),
      long: true,
      invalid: { delimiter: ["|"], header: ["yes"], nodes: [0, 1.5], columns: [{ source: -1, target: 1 }] },
    },
  },
  notMethods: {
    "readers of files and bytes; hostile content is tested beside them": [
      "openFile",
      "parseNpy",
      "readBytes",
      "readEdgeList",
      "readNpy",
    ],
    "writers of files; interruption and failure are tested beside them": [
      "writeAtomically",
      "writeEdgeList",
      "writeNpy",
    ],
  },
};
