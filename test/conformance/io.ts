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
    parseTable: {
      args: () => ({ source: "a,b\n1,x\n2,y\n", options: {} }),
      long: true,
      invalid: { delimiter: ["|"] },
    },
  },
  notMethods: {
    "readers of files and bytes; hostile content is tested beside them": [
      "openFile",
      "parseIdx",
      "parseJsonLines",
      "parseMat",
      "parseNpy",
      "parseNpz",
      "readBytes",
      "readEdgeList",
      "readEmbeddings",
      "readIdx",
      "readJsonLines",
      "readMat",
      "readNpy",
      "readNpz",
      "readParquetEdges",
      "readTable",
      "unzip",
    ],
    "writers of files; interruption and failure are tested beside them": [
      "writeAtomically",
      "writeEdgeList",
      "writeEmbeddings",
      "writeJsonLines",
      "writeNpy",
      "writeParquetEdges",
    ],
  },
};
