import { array } from "./inputs.ts";
import type { Registration } from "./registration.ts";

export const registration: Registration = {
  methods: {
    npyHeader: { args: () => ({ dtype: "float32", shape: [2, 3] }), accepts: { shape: ["empty"] } },
    safetensorsHeader: { args: () => ({ tensors: { x: { dtype: "float32", shape: [2] } } }) },
    formatNpy: { args: () => ({ array: array() }), accepts: { array: ["NaN", "empty"] } },
    formatPng: { args: () => ({ image: { dtype: "uint8", shape: [1, 2], data: Uint8Array.of(0, 255) } }) },
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
      "openSafetensors",
      "parseIdx",
      "parseJsonLines",
      "parseMat",
      "parseMatrixMarket",
      "parseNpy",
      "parseNpz",
      "parseSafetensors",
      "readBytes",
      "readEdgeList",
      "readEmbeddings",
      "readIdx",
      "readJsonLines",
      "readMat",
      "readMatrixMarket",
      "readNpy",
      "readNpz",
      "readParquetEdges",
      "readSparseMatrix",
      "readTable",
      "readVector",
      "unzip",
    ],
    "forms of text and trees that writers use, tested with them": [
      "flattenTree",
      "formatMatrixMarket",
      "formatSafetensors",
      "nestTree",
    ],
    "writers of files; interruption and failure are tested beside them": [
      "writeAtomically",
      "writeEdgeList",
      "writeEmbeddings",
      "writeJsonLines",
      "writeMatrixMarket",
      "writeNpy",
      "writeParquetEdges",
      "writeSafetensors",
    ],
  },
};
